//! Powers, roots and lengths: those of `f32` are computed in `f64`, those of `f64` by way of a
//! logarithm in two floats.

use super::exponential::{exp2_normal, exp2_of_sum};
use super::float::{Float, clamp};
use super::logarithm::{log2, log2_extended};

/// `x` to the power `y` by the rules of C, where `power` is that of the magnitude of `x`.
#[inline(always)]
fn by_the_rules<T: Float>(x: T, y: T, power: T) -> T {
    let (zero, one) = (T::of(0.0), T::of(1.0));
    let is_integer = y.rint() == y;
    let half = T::of(0.5) * y;
    let is_odd = is_integer && half.rint() != half;
    let p = if is_odd { power.signed_as(x) } else { power };
    let p = if x < zero && !is_integer && x > -T::INFINITY {
        T::NAN
    } else {
        p
    };
    // 1 to anything is 1, even to NaN; so is -1 to infinity, and anything to 0.
    let is_one = x == one || y == zero || (x == -one && half == y);
    if is_one { one } else { p }
}

/// `a^y` for `a >= 0`, where `log2(a) y` is a number.
#[inline(always)]
fn pow_magnitude32(a: f32, y: f64) -> f32 {
    // Beyond these exponents an f32 is infinite or 0.
    exp2_normal(clamp(log2(f64::from(a)) * y, (-200.0, 200.0))) as f32
}

#[inline(always)]
pub(super) fn pow32(x: f32, y: f32) -> f32 {
    by_the_rules(x, y, pow_magnitude32(x.abs(), f64::from(y)))
}

#[inline(always)]
pub(super) fn pow64(x: f64, y: f64) -> f64 {
    // Any logarithm but 0 times this passes the range of results, without overflow.
    const MOST: f64 = 1.0e21;
    let (log, rest) = log2_extended(x.abs());
    let times = clamp(y, (-MOST, MOST));
    let exponent = log * times;
    let rest = log.mul_add(times, -exponent) + rest * times;
    by_the_rules(x, y, exp2_of_sum(exponent, rest))
}

#[inline(always)]
pub(super) fn cbrt32(x: f32) -> f32 {
    pow_magnitude32(x.abs(), 1.0 / 3.0).copysign(x)
}

#[inline(always)]
pub(super) fn cbrt64(x: f64) -> f64 {
    // Small numbers are taken times 2^180, so that the remainder below has all its digits.
    let small = x.abs() < 1.0e-250;
    let a = x.abs()
        * if small {
            1_532_495_540_865_888_858_358_347_027_150_309_183_618_739_122_183_602_176.0
        } else {
            1.0
        };
    let root = exp2_normal(clamp(log2(a) * (1.0 / 3.0), (-400.0, 400.0)));
    // One step of Newton's method, with an exact square.
    let square = root * root;
    let remainder = square.mul_add(root, -a) + root.mul_add(root, -square) * root;
    let root = root - remainder / (3.0 * square);
    let y = root
        * if small {
            8.673_617_379_884_035e-19
        } else {
            1.0
        };
    if a == 0.0 || a == f64::INFINITY || x.is_nan() {
        x
    } else {
        y.copysign(x)
    }
}

#[inline(always)]
pub(super) fn hypot32(x: f32, y: f32) -> f32 {
    let (a, b) = (f64::from(x), f64::from(y));
    let length = a.mul_add(a, b * b).sqrt() as f32;
    if x.is_infinite() || y.is_infinite() {
        f32::INFINITY
    } else {
        length
    }
}

#[inline(always)]
pub(super) fn hypot64(x: f64, y: f64) -> f64 {
    let (a, b) = (x.abs(), y.abs());
    let most = if a > b { a } else { b };
    // Powers of two that keep the squares inside the range.
    let (scale, back) = match () {
        () if most > 1.0e150 => (1.0 / TWO_600, TWO_600),
        () if most < 1.0e-140 => (TWO_600, 1.0 / TWO_600),
        () => (1.0, 1.0),
    };
    let (a, b) = (a * scale, b * scale);
    let length = a.mul_add(a, b * b).sqrt() * back;
    if x.is_infinite() || y.is_infinite() {
        f64::INFINITY
    } else {
        length
    }
}

/// `2^600`.
const TWO_600: f64 = f64::from_bits((1023 + 600) << 52);
