//! Numbers of events: Poisson and binomial. Large counts are split at a gamma or beta number, the
//! time of an event in the middle, until few events are left to count one by one.

use super::Key;
use super::fill::positive_f64;
use super::philox::Draws;
use super::reject::{CHUNK, Param, ln_gamma};
use crate::kernels::Tiles;
use crate::kernels::parts::each_chunk;

/// Expected events from which a split costs less than counting.
const MANY: f64 = 16.0;

/// Poisson numbers of the given means; NaN where one is negative.
pub fn poisson(tiles: &dyn Tiles, key: Key, means: Param<'_>, out: &mut [f64]) {
    each_chunk(tiles, out, CHUNK, |start, chunk| {
        for (i, out) in (start..).zip(chunk) {
            *out = poisson_number(&mut Draws::new(key, i as u64), means.at(i));
        }
    });
}

/// Binomial numbers of `n` attempts with probability `p`; NaN where there are none such.
pub fn binomial(tiles: &dyn Tiles, key: Key, n: Param<'_>, p: Param<'_>, out: &mut [f64]) {
    each_chunk(tiles, out, CHUNK, |start, chunk| {
        for (i, out) in (start..).zip(chunk) {
            *out = binomial_number(&mut Draws::new(key, i as u64), n.at(i), p.at(i));
        }
    });
}

/// The method of Ahrens and Dieter ("Computer methods for sampling from gamma, beta, Poisson and
/// binomial distributions", 1974).
fn poisson_number(draws: &mut Draws, mut mean: f64) -> f64 {
    if !(mean >= 0.0 && mean.is_finite()) {
        return f64::NAN;
    }
    let mut n = 0.0;
    while mean > MANY {
        // When the event number `middle` happens.
        let middle = (mean * 7.0 / 8.0).floor();
        let time = ln_gamma(draws, middle).exp();
        if time > mean {
            return n + binomial_number(draws, middle - 1.0, mean / time);
        }
        n += middle;
        mean -= time;
    }
    let (limit, mut product) = ((-mean).exp(), positive_f64(draws.next_u64()));
    while product > limit {
        product *= positive_f64(draws.next_u64());
        n += 1.0;
    }
    n
}

/// The method of Relles ("A simple algorithm for generating binomial random variables when N is
/// large", 1972).
fn binomial_number(draws: &mut Draws, n: f64, mut p: f64) -> f64 {
    if !(n >= 0.0 && n.is_finite() && (0.0..=1.0).contains(&p)) {
        return f64::NAN;
    }
    let (mut n, mut n_successes) = (n.floor(), 0.0);
    while n > MANY {
        // The `middle` smallest of n uniform numbers, whose largest is a beta number.
        let middle = 1.0 + (n / 2.0).floor();
        let (x, y) = (ln_gamma(draws, middle), ln_gamma(draws, n + 1.0 - middle));
        let at = 1.0 / (1.0 + (y - x).exp());
        if at <= p {
            n_successes += middle;
            n -= middle;
            p = ((p - at) / (1.0 - at)).clamp(0.0, 1.0);
        } else {
            n = middle - 1.0;
            p = (p / at).min(1.0);
        }
    }
    // `positive_f64` is in (0, 1].
    let successes = (0..n as usize).filter(|_| positive_f64(draws.next_u64()) <= p);
    n_successes + successes.count() as f64
}
