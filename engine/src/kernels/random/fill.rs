//! Uniform, normal and exponential numbers and random masks: a fixed number of bits an element.
//!
//! Logarithm, sine and cosine are the series below and nothing is fused, so that every CPU gets
//! the same bits.

use super::Key;
use super::philox::Draws;
use super::wide::{LANES, Sampler, Words, fill, fill_from};
use crate::kernels::parts::each_chunk;
use crate::kernels::{Tiles, simd};

/// A float type that random numbers are made in: `f32` or `f64`.
pub trait Real: Copy + Default + PartialOrd + Send + Sync + 'static {
    /// Fills `out` as [`uniform`] does.
    fn uniform(tiles: &dyn Tiles, key: Key, low: Self, high: Self, out: &mut [Self]);
    /// Fills `out` as [`normal`] does.
    fn normal(tiles: &dyn Tiles, key: Key, loc: Self, scale: Self, out: &mut [Self]);
    /// Fills `out` as [`exponential`] does.
    fn exponential(tiles: &dyn Tiles, key: Key, scale: Self, out: &mut [Self]);
}

/// Uniform numbers in `[low, high)`, with 24 random bits in `f32` and 53 in `f64`.
pub fn uniform<T: Real>(tiles: &dyn Tiles, key: Key, low: T, high: T, out: &mut [T]) {
    T::uniform(tiles, key, low, high, out);
}

/// Normal numbers of mean `loc` and standard deviation `scale`.
pub fn normal<T: Real>(tiles: &dyn Tiles, key: Key, loc: T, scale: T, out: &mut [T]) {
    T::normal(tiles, key, loc, scale, out);
}

/// Exponential numbers of mean `scale`.
pub fn exponential<T: Real>(tiles: &dyn Tiles, key: Key, scale: T, out: &mut [T]) {
    T::exponential(tiles, key, scale, out);
}

/// Masks that are true with probability `p`.
pub fn bernoulli(tiles: &dyn Tiles, key: Key, p: f64, out: &mut [bool]) {
    // `p` in units of 2^-64, of which the first random word decides all but one case in 2^32.
    let threshold = (p.clamp(0.0, 1.0) * 2f64.powi(64)) as u128;
    let Ok(high) = u32::try_from(threshold >> 32) else {
        return out.fill(true);
    };
    let low = threshold as u32;
    each_chunk(tiles, out, 1 << 16, |start, chunk| {
        let mut words = [0; 1024];
        for (i, part) in chunk.chunks_mut(words.len()).enumerate() {
            let start = start + i * words.len();
            let words = &mut words[..part.len()];
            fill_from(key, start, Raw, words);
            let undecided = simd::run(
                #[inline(always)]
                || {
                    let mut undecided = false;
                    for (out, &word) in part.iter_mut().zip(&*words) {
                        *out = word < high;
                        undecided |= word == high;
                    }
                    undecided
                },
            );
            if undecided {
                settle(key, start, words, high, low, part);
            }
        }
    });
}

/// Decides by further bits where the first word of an element equals the threshold's.
#[cold]
fn settle(key: Key, start: usize, words: &[u32], high: u32, low: u32, out: &mut [bool]) {
    for (i, (out, &word)) in out.iter_mut().zip(words).enumerate() {
        if word == high {
            *out = (Draws::new(key, (start + i) as u64).next_u64() as u32) < low;
        }
    }
}

/// The random words themselves.
#[derive(Clone, Copy)]
pub(super) struct Raw;

impl Sampler for Raw {
    type Out = u32;
    const LEN: usize = 4 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [u32]) {
        out.copy_from_slice(words.as_flattened());
    }
}

/// Random 64-bit words, of two words each.
#[derive(Clone, Copy)]
pub(super) struct Raw64;

impl Sampler for Raw64 {
    type Out = u64;
    const LEN: usize = 2 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [u64]) {
        for half in 0..2 {
            for lane in 0..LANES {
                out[half * LANES + lane] = join(words, half, lane);
            }
        }
    }
}

/// Words `2 * half` and `2 * half + 1` of a lane as one.
#[inline(always)]
fn join(words: &Words, half: usize, lane: usize) -> u64 {
    u64::from(words[2 * half][lane]) | u64::from(words[2 * half + 1][lane]) << 32
}

#[derive(Clone, Copy)]
struct Uniform<T> {
    low: T,
    span: T,
    /// The largest number that may be given: rounding could reach `high` itself.
    top: T,
}

#[derive(Clone, Copy)]
struct Normal<T> {
    loc: T,
    scale: T,
}

#[derive(Clone, Copy)]
struct Exponential<T> {
    scale: T,
}

macro_rules! real {
    ($ty:ident) => {
        impl Real for $ty {
            fn uniform(tiles: &dyn Tiles, key: Key, low: $ty, high: $ty, out: &mut [$ty]) {
                let top = if high > low { high.next_down() } else { low };
                fill(
                    tiles,
                    key,
                    Uniform {
                        low,
                        span: high - low,
                        top,
                    },
                    out,
                );
            }

            fn normal(tiles: &dyn Tiles, key: Key, loc: $ty, scale: $ty, out: &mut [$ty]) {
                fill(tiles, key, Normal { loc, scale }, out);
            }

            fn exponential(tiles: &dyn Tiles, key: Key, scale: $ty, out: &mut [$ty]) {
                fill(tiles, key, Exponential { scale }, out);
            }
        }
    };
}

real!(f32);
real!(f64);

impl Sampler for Uniform<f32> {
    type Out = f32;
    const LEN: usize = 4 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f32]) {
        for (out, &word) in out.iter_mut().zip(words.as_flattened()) {
            // 24 bits fit an i32, which vectors convert in one instruction.
            let unit = (word >> 8) as i32 as f32 * (1.0 / (1 << 24) as f32);
            *out = (self.low + unit * self.span).min(self.top);
        }
    }
}

impl Sampler for Uniform<f64> {
    type Out = f64;
    const LEN: usize = 2 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f64]) {
        for half in 0..2 {
            for lane in 0..LANES {
                let unit = unit_f64(join(words, half, lane));
                out[half * LANES + lane] = (self.low + unit * self.span).min(self.top);
            }
        }
    }
}

impl Sampler for Normal<f32> {
    type Out = f32;
    const LEN: usize = 4 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f32]) {
        for pair in 0..2 {
            for lane in 0..LANES {
                let radius = (-2.0 * ln_f32(positive_f32(words[2 * pair][lane]))).sqrt();
                let (sin, cos) = sin_cos_f32(words[2 * pair + 1][lane]);
                out[2 * pair * LANES + lane] = self.loc + self.scale * (radius * cos);
                out[(2 * pair + 1) * LANES + lane] = self.loc + self.scale * (radius * sin);
            }
        }
    }
}

impl Sampler for Normal<f64> {
    type Out = f64;
    const LEN: usize = 2 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f64]) {
        for lane in 0..LANES {
            let (sin, cos) = normal_pair(join(words, 0, lane), join(words, 1, lane));
            out[lane] = self.loc + self.scale * cos;
            out[LANES + lane] = self.loc + self.scale * sin;
        }
    }
}

impl Sampler for Exponential<f32> {
    type Out = f32;
    const LEN: usize = 4 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f32]) {
        for (out, &word) in out.iter_mut().zip(words.as_flattened()) {
            *out = -ln_f32(positive_f32(word)) * self.scale;
        }
    }
}

impl Sampler for Exponential<f64> {
    type Out = f64;
    const LEN: usize = 2 * LANES;

    #[inline(always)]
    fn group(self, words: &Words, out: &mut [f64]) {
        for half in 0..2 {
            for lane in 0..LANES {
                let unit = positive_f64(join(words, half, lane));
                out[half * LANES + lane] = -ln_f64(unit) * self.scale;
            }
        }
    }
}

/// Two independent standard normal numbers of 128 random bits (Box and Muller, 1958).
#[inline(always)]
pub(super) fn normal_pair(first: u64, second: u64) -> (f64, f64) {
    let radius = (-2.0 * ln_f64(positive_f64(first))).sqrt();
    let (sin, cos) = sin_cos_f64(second);
    (radius * sin, radius * cos)
}

/// Uniform in `[0, 1)`, a multiple of 2^-53.
#[inline(always)]
pub(super) fn unit_f64(word: u64) -> f64 {
    (word >> 11) as i64 as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Uniform in `(0, 1]`, a multiple of 2^-52.
#[inline(always)]
pub(super) fn positive_f64(word: u64) -> f64 {
    2.0 - f64::from_bits(word >> 12 | 0x3ff0_0000_0000_0000)
}

/// Uniform in `(0, 1]`, with 32 bits near 0 where a logarithm shows them.
#[inline(always)]
fn positive_f32(word: u32) -> f32 {
    // Vectors convert signed numbers in one instruction, so the halves of the word go separately.
    let (high, low) = ((word >> 16) as i32 as f32, (word & 0xffff) as i32 as f32);
    high * (1.0 / 65536.0) + (low + 1.0) * (1.0 / 4_294_967_296.0)
}

/// Natural logarithm of a positive normal number.
///
/// With `x = 2^e m`, `m` near 1 and `s = (m - 1) / (m + 1)`: `ln m = 2 (s + s^3/3 + s^5/5 + ...)`.
/// As `s^2 < 0.0295`, the terms left out are below the last bit.
#[inline(always)]
fn ln_f32(x: f32) -> f32 {
    // The bits of sqrt(1/2), where the range of `m` starts.
    const START: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(START);
    let exponent = (shifted as i32 >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007f_ffff) + START);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let series = 1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0)));
    exponent * std::f32::consts::LN_2 + 2.0 * (s + s * z * series)
}

/// As [`ln_f32`], with more terms.
#[inline(always)]
pub(super) fn ln_f64(x: f64) -> f64 {
    const START: u64 = 0x3fe6_a09e_667f_3bcd;
    let shifted = x.to_bits().wrapping_sub(START);
    let exponent = f64::from((shifted >> 32) as i32 >> 20);
    let m = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff) + START);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let mut series = 1.0 / 21.0;
    for k in (1..10).rev() {
        series = series * z + 1.0 / f64::from(2 * k + 1);
    }
    exponent * std::f64::consts::LN_2 + 2.0 * (s + s * z * series)
}

/// Sine and cosine of a random angle: the top two bits of the word are the quadrant, the rest
/// the angle inside it, from -pi/4 to pi/4, where Taylor's series end early.
#[inline(always)]
fn sin_cos_f32(word: u32) -> (f32, f32) {
    const UNIT: f32 = std::f32::consts::FRAC_PI_2 / 4_294_967_296.0;
    let x = (word << 2) as i32 as f32 * UNIT;
    let z = x * x;
    let sin =
        x + x * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0 + z * (1.0 / 362_880.0))));
    let cos = 1.0 + z * (-0.5 + z * (1.0 / 24.0 + z * (-1.0 / 720.0 + z * (1.0 / 40_320.0))));
    let (a, b) = if word & 1 << 30 == 0 {
        (sin, cos)
    } else {
        (cos, -sin)
    };
    let sign = word & 1 << 31;
    (
        f32::from_bits(a.to_bits() ^ sign),
        f32::from_bits(b.to_bits() ^ sign),
    )
}

/// As [`sin_cos_f32`], with more terms.
#[inline(always)]
fn sin_cos_f64(word: u64) -> (f64, f64) {
    // The 52 bits below the quadrant, as a number in [-1/2, 1/2).
    let part = f64::from_bits(word << 2 >> 12 | 0x3ff0_0000_0000_0000) - 1.5;
    let x = part * std::f64::consts::FRAC_PI_2;
    let z = x * x;
    let (mut sin, mut cos) = (1.0, 1.0);
    for k in (1..9).rev() {
        sin = 1.0 - sin * z * (1.0 / f64::from(2 * k * (2 * k + 1)));
        cos = 1.0 - cos * z * (1.0 / f64::from(2 * k * (2 * k - 1)));
    }
    sin *= x;
    let (a, b) = if word & 1 << 62 == 0 {
        (sin, cos)
    } else {
        (cos, -sin)
    };
    let sign = word & 1 << 63;
    (
        f64::from_bits(a.to_bits() ^ sign),
        f64::from_bits(b.to_bits() ^ sign),
    )
}
