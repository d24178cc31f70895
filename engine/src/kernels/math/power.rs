//! Powers, roots and lengths of `f32`, computed in `f64`.

use super::exponential::exp2_normal;
use super::float::clamp;
use super::logarithm::log2;

/// `a^y` for `a >= 0`, where `log2(a) y` is a number.
#[inline(always)]
fn pow_magnitude(a: f32, y: f64) -> f32 {
    // Beyond these exponents an f32 is infinite or 0.
    exp2_normal(clamp(log2(f64::from(a)) * y, (-200.0, 200.0))) as f32
}

#[inline(always)]
pub(super) fn pow(x: f32, y: f32) -> f32 {
    let is_integer = y.round_ties_even() == y;
    let half = 0.5 * y;
    let is_odd = is_integer && half.round_ties_even() != half;
    let p = pow_magnitude(x.abs(), f64::from(y));
    let p = if is_odd { p.copysign(x) } else { p };
    let p = if x < 0.0 && !is_integer && x > f32::NEG_INFINITY {
        f32::NAN
    } else {
        p
    };
    // 1 to anything is 1, even to NaN; so is -1 to infinity, and anything to 0.
    let is_one = x == 1.0 || y == 0.0 || (x == -1.0 && half == y);
    if is_one { 1.0 } else { p }
}

#[inline(always)]
pub(super) fn cbrt(x: f32) -> f32 {
    pow_magnitude(x.abs(), 1.0 / 3.0).copysign(x)
}

#[inline(always)]
pub(super) fn hypot(x: f32, y: f32) -> f32 {
    let (a, b) = (f64::from(x), f64::from(y));
    let length = a.mul_add(a, b * b).sqrt() as f32;
    if x.is_infinite() || y.is_infinite() {
        f32::INFINITY
    } else {
        length
    }
}
