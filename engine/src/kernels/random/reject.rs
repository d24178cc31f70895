//! Numbers that may take several attempts: each element draws from a sequence of its own.

use super::Key;
use super::fill::{Raw, Raw64, ln_f64, normal_pair, positive_f64};
use super::philox::{Draws, scale_below, scale_below32};
use super::wide::{LANES, Sampler, Words, fill_from};
use crate::kernels::parts::each_chunk;
use crate::kernels::{Tiles, simd};

/// Elements of a tile: these numbers cost tens of nanoseconds each.
pub(super) const CHUNK: usize = 1 << 13;

/// A parameter of a distribution: the same for all elements, or one for each.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    /// The same for all.
    All(f64),
    /// One for each element; as long as the output.
    Each(&'a [f64]),
}

impl Param<'_> {
    pub(super) fn at(self, i: usize) -> f64 {
        match self {
            Param::All(value) => value,
            Param::Each(values) => values[i],
        }
    }
}

/// Integers in `[low, high)`, each equally likely.
///
/// # Panics
///
/// If `low >= high`.
pub fn integers(tiles: &dyn Tiles, key: Key, low: i64, high: i64, out: &mut [i64]) {
    assert!(
        low < high,
        "integers from {low} to below {high}: there are none"
    );
    let range = high.wrapping_sub(low) as u64;
    let settle = |i: usize| low.wrapping_add(Draws::new(key, i as u64).below(range) as i64);
    each_chunk(tiles, out, 1 << 16, |start, chunk| {
        match u32::try_from(range) {
            Ok(range) => narrow_integers(key, start, low, range, chunk, settle),
            Err(_) => wide_integers(key, start, low, range, chunk, settle),
        }
    });
}

/// Integers of the positions from `start` on, of one word each; `settle` gives those that the word
/// does not decide.
fn narrow_integers(
    key: Key,
    start: usize,
    low: i64,
    range: u32,
    out: &mut [i64],
    settle: impl Fn(usize) -> i64,
) {
    let refused = range.wrapping_neg() % range;
    let mut words = [0; 1024];
    for (i, part) in out.chunks_mut(words.len()).enumerate() {
        let start = start + i * words.len();
        let words = &mut words[..part.len()];
        fill_from(key, start, Raw, words);
        let undecided = simd::run(
            #[inline(always)]
            || {
                let mut undecided = false;
                for (out, &word) in part.iter_mut().zip(&*words) {
                    let product = u64::from(word) * u64::from(range);
                    *out = low.wrapping_add((product >> 32) as i64);
                    undecided |= (product as u32) < refused;
                }
                undecided
            },
        );
        if undecided {
            for (j, (out, &word)) in part.iter_mut().zip(&*words).enumerate() {
                if scale_below32(word, range).is_none() {
                    *out = settle(start + j);
                }
            }
        }
    }
}

/// As [`narrow_integers`], of two words each.
fn wide_integers(
    key: Key,
    start: usize,
    low: i64,
    range: u64,
    out: &mut [i64],
    settle: impl Fn(usize) -> i64,
) {
    let mut words = [0; 512];
    for (i, part) in out.chunks_mut(words.len()).enumerate() {
        let start = start + i * words.len();
        fill_from(key, start, Raw64, &mut words[..part.len()]);
        for (j, (out, &word)) in part.iter_mut().zip(&words).enumerate() {
            *out = match scale_below(word, range) {
                Some(offset) => low.wrapping_add(offset as i64),
                None => settle(start + j),
            };
        }
    }
}

/// Gamma numbers of the given shape and scale 1; NaN where the shape is negative.
pub fn gamma(tiles: &dyn Tiles, key: Key, shape: Param<'_>, out: &mut [f64]) {
    let one = |i: usize, shape| ln_gamma(&mut Draws::new(key, i as u64), shape).exp();
    match shape {
        Param::All(shape) if shape >= 1.0 => {
            let first = FirstGamma::new(shape);
            each_chunk(tiles, out, CHUNK, |start, chunk| {
                fill_from(key, start, first, chunk);
                for (i, out) in (start..).zip(chunk) {
                    if out.is_nan() {
                        *out = one(i, shape);
                    }
                }
            });
        }
        _ => each_chunk(tiles, out, CHUNK, |start, chunk| {
            for (i, out) in (start..).zip(chunk) {
                *out = one(i, shape.at(i));
            }
        }),
    }
}

/// The first attempt at a gamma number, as in [`ln_gamma`]; NaN where it is refused.
#[derive(Clone, Copy)]
struct FirstGamma {
    d: f64,
    c: f64,
}

impl FirstGamma {
    fn new(shape: f64) -> FirstGamma {
        let d = shape - 1.0 / 3.0;
        FirstGamma {
            d,
            c: 1.0 / (9.0 * d).sqrt(),
        }
    }
}

impl Sampler for FirstGamma {
    type Out = f64;
    const LEN: usize = LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f64]) {
        for (lane, out) in out.iter_mut().enumerate() {
            let [a, b, c, d] = std::array::from_fn(|word| u64::from(words[word][lane]));
            // 64 bits for the radius, 32 each for the angle and for the decision.
            let (x, _) = normal_pair(a | b << 32, c << 32);
            let u = positive_f64(d << 32 | 1 << 31);
            let v = 1.0 + self.c * x;
            let cube = v * v * v;
            let limit = 0.5 * x * x + self.d - self.d * cube + 3.0 * self.d * ln_f64(v);
            *out = if v > 0.0 && ln_f64(u) < limit {
                self.d * cube
            } else {
                f64::NAN
            };
        }
    }
}

/// Beta numbers of the two given shapes; NaN where one is negative.
pub fn beta(tiles: &dyn Tiles, key: Key, a: Param<'_>, b: Param<'_>, out: &mut [f64]) {
    each_chunk(tiles, out, CHUNK, |start, chunk| {
        for (i, out) in (start..).zip(chunk) {
            let mut draws = Draws::new(key, i as u64);
            let x = ln_gamma(&mut draws, a.at(i));
            let y = ln_gamma(&mut draws, b.at(i));
            // x / (x + y) of their exponentials, which may be too small for an f64.
            *out = 1.0 / (1.0 + (y - x).exp());
        }
    });
}

/// The logarithm of a gamma number (Marsaglia and Tsang, "A simple method for generating gamma
/// variables", 2000).
pub(super) fn ln_gamma(draws: &mut Draws, shape: f64) -> f64 {
    if shape.is_nan() || shape < 0.0 {
        return f64::NAN;
    }
    if shape == 0.0 {
        return f64::NEG_INFINITY;
    }
    if shape < 1.0 {
        // The paper's way to small shapes: gamma(shape + 1) * u^(1 / shape).
        let u = positive_f64(draws.next_u64());
        return ln_gamma(draws, shape + 1.0) + ln_f64(u) / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let (x, _) = normal_pair(draws.next_u64(), draws.next_u64());
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let (cube, ln_cube) = (v * v * v, 3.0 * ln_f64(v));
        let u = positive_f64(draws.next_u64());
        if ln_f64(u) < 0.5 * x * x + d - d * cube + d * ln_cube {
            return ln_f64(d) + ln_cube;
        }
    }
}
