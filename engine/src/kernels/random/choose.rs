//! Permutations, and draws from lists with or without replacement.

use std::collections::HashMap;

use super::Key;
use super::fill::{Raw, ln_f64, positive_f64, unit_f64};
use super::philox::{Draws, scale_below32};
use super::wide::{Sampler, fill, fill_from};
use crate::kernels::Tiles;
use crate::kernels::parts::{each_chunk, each_part};
use crate::kernels::sort::{Blocks, split};
use crate::memory::Scratch;

/// Draws that a tile makes.
const CHUNK: usize = 1 << 13;

/// Numbers below which a permutation fits a cache.
const FEW: usize = 1 << 14;

/// Fills `out` with the numbers below its length in random order, every order equally likely.
///
/// Where they do not fit a cache each number first goes to a random one of 256 buckets, and these
/// are shuffled (Rao, "Generation of random permutation of given number of elements using random
/// sampling numbers", 1961).
pub fn permutation(tiles: &dyn Tiles, key: Key, out: &mut [i64]) {
    let n = out.len();
    if n < FEW {
        out.iter_mut().zip(0..).for_each(|(out, i)| *out = i);
        return shuffle(key, 0, out);
    }
    let mut words = Scratch::<u32>::new(n);
    fill(tiles, key, Raw, &mut words);
    let bucket = |at: usize| (words[at] >> 24) as usize;
    let starts = Blocks::new(tiles, n).distribute(bucket, |at| at as i64, out);
    // The words of the buckets come after those that chose them.
    let first = n.next_multiple_of(Raw::LEN);
    each_part(tiles, split(out, &starts), |bucket, part| {
        shuffle(key, first + starts[bucket], part)
    });
}

/// Brings elements into random order by the words of the positions from `start` on, one for each
/// (Durstenfeld, "Algorithm 235: random permutation", 1964).
fn shuffle(key: Key, start: usize, elements: &mut [i64]) {
    let n = elements.len();
    let mut words = [0; 1024];
    let mut filled = 0..0;
    for i in 0..n.saturating_sub(1) {
        let at = start + i;
        if !filled.contains(&at) {
            let from = at / Raw::LEN * Raw::LEN;
            filled = from..from + words.len();
            fill_from(key, from, Raw, &mut words);
        }
        let word = words[at - filled.start];
        let below = scale_below32(word, (n - i) as u32)
            .unwrap_or_else(|| Draws::new(key, at as u64).below((n - i) as u64) as u32);
        elements.swap(i, i + below as usize);
    }
}

/// Draws after which a long sequence goes on with the block of its position: before the 16 bits
/// that count turns run out.
const REKEY: usize = 1 << 15;

/// Positions drawn from `0..n` without replacement: each equally likely, or in proportion to its
/// weight among those left.
///
/// # Panics
///
/// If there are fewer positions (with a weight above 0) than draws.
pub fn choice(key: Key, n: usize, weights: Option<&[f64]>, out: &mut [i64]) {
    match weights {
        Some(weights) => choice_weighted(key, weights, out),
        None => choice_uniform(key, n, out),
    }
}

/// The start of a shuffle of `0..n`, of which only the moved places are kept.
fn choice_uniform(key: Key, n: usize, out: &mut [i64]) {
    assert!(
        out.len() <= n,
        "cannot draw {} of {n} without replacement",
        out.len()
    );
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let mut draws = Draws::new(key, 0);
    for (i, out) in out.iter_mut().enumerate() {
        if i % REKEY == 0 {
            draws = Draws::new(key, i as u64);
        }
        let j = i + draws.below((n - i) as u64) as usize;
        let here = moved.remove(&i).unwrap_or(i);
        *out = if j == i {
            here
        } else {
            moved.insert(j, here).unwrap_or(j)
        } as i64;
    }
}

/// The positions with the smallest exponential times of rate `weight` (Efraimidis and Spirakis,
/// "Weighted random sampling with a reservoir", 2006).
fn choice_weighted(key: Key, weights: &[f64], out: &mut [i64]) {
    let mut times: Vec<(f64, usize)> = weights
        .iter()
        .enumerate()
        .filter(|&(_, &weight)| weight > 0.0)
        .map(|(i, &weight)| {
            let u = positive_f64(Draws::new(key, i as u64).next_u64());
            (-ln_f64(u) / weight, i)
        })
        .collect();
    let k = out.len();
    assert!(
        k <= times.len(),
        "cannot draw {k} of {} without replacement",
        times.len()
    );
    let earlier = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if k < times.len() {
        times.select_nth_unstable_by(k, earlier);
    }
    times.truncate(k);
    times.sort_unstable_by(earlier);
    for (out, (_, i)) in out.iter_mut().zip(times) {
        *out = i as i64;
    }
}

/// Positions drawn with replacement from each row of `weights`, `k` to a row, in proportion to
/// them; `out` has the same number of draws for each row.
///
/// # Panics
///
/// If the weights of a row are negative, not finite, or all 0.
pub fn categorical(tiles: &dyn Tiles, key: Key, weights: &[f64], k: usize, out: &mut [i64]) {
    if out.is_empty() {
        return;
    }
    let sums = running_sums(weights, k);
    let n_draws = out.len() / (weights.len() / k);
    each_chunk(tiles, out, CHUNK, |start, chunk| {
        for (i, out) in (start..).zip(chunk) {
            let row = &sums[i / n_draws * k..][..k];
            *out = draw(&mut Draws::new(key, i as u64), row) as i64;
        }
    });
}

/// How often each of `k` results came in `n` independent draws, for each row of `out`.
///
/// # Panics
///
/// If the weights are negative, not finite, or all 0.
pub fn multinomial(tiles: &dyn Tiles, key: Key, n: usize, weights: &[f64], out: &mut [i64]) {
    let k = weights.len();
    if k == 0 || out.is_empty() {
        return;
    }
    let sums = running_sums(weights, k);
    let rows_per_tile = (CHUNK / n.max(1)).max(1);
    each_chunk(tiles, out, rows_per_tile * k, |start, chunk| {
        for (row, counts) in (start / k..).zip(chunk.chunks_mut(k)) {
            counts.fill(0);
            let first = row as u64 * (n as u64).div_ceil(REKEY as u64);
            for i in 0..n.div_ceil(REKEY) {
                let mut draws = Draws::new(key, first + i as u64);
                for _ in 0..REKEY.min(n - i * REKEY) {
                    counts[draw(&mut draws, &sums)] += 1;
                }
            }
        }
    });
}

/// The sums of the weights up to and with each, row by row.
fn running_sums(weights: &[f64], k: usize) -> Vec<f64> {
    let mut sums = weights.to_vec();
    for row in sums.chunks_mut(k) {
        let mut sum = 0.0;
        for weight in row {
            assert!(*weight >= 0.0, "probabilities are not negative");
            sum += *weight;
            *weight = sum;
        }
        assert!(
            sum > 0.0 && sum.is_finite(),
            "probabilities have a positive finite sum"
        );
    }
    sums
}

/// A position in proportion to its weight, given the running sums of the weights.
fn draw(draws: &mut Draws, sums: &[f64]) -> usize {
    let total = sums[sums.len() - 1];
    // Rounding can reach the total; the last position with a weight is meant then.
    let x = (unit_f64(draws.next_u64()) * total).min(total.next_down());
    sums.partition_point(|&sum| sum <= x)
}
