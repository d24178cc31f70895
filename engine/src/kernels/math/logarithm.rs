//! Logarithms and the inverse hyperbolic functions.

use super::float::{Float, clamp, polynomial};

#[inline(always)]
pub(super) fn log<T: Float>(x: T) -> T {
    let (f, e) = x.split();
    at_the_ends(x, e.fma(T::LN_2.0, f + e.fma(T::LN_2.1, T::log_tail(f))))
}

#[inline(always)]
pub(super) fn log2<T: Float>(x: T) -> T {
    let (f, e) = x.split();
    let ln = f + T::log_tail(f);
    at_the_ends(x, ln.fma(T::of(std::f64::consts::LOG2_E), e))
}

/// The logarithm to base 2 of `x >= 0` in two floats, of which the second is 0 or no number where
/// the first is no finite number.
#[inline(always)]
pub(super) fn log2_extended(x: f64) -> (f64, f64) {
    const TWO_THIRDS: (f64, f64) = (0.666_666_666_666_666_6, 3.700_743_415_417_188e-17);
    const LOG2_E: (f64, f64) = (std::f64::consts::LOG2_E, 2.035_527_374_093_103_3e-17);
    let (f, e) = x.split();
    // ln(1 + f) = 2 s + s^3 (2/3 + s^2 q) with s = f / (2 + f): all but q in two floats.
    let sum = 2.0 + f;
    let sum_rest = f - (sum - 2.0);
    let inverse = 1.0 / sum;
    let s = f * inverse;
    let s_rest = (s.mul_add(-sum, f) - s * sum_rest) * inverse;
    let z = s * s;
    let z_rest = s.mul_add(s, -z) + 2.0 * s * s_rest;
    let q = polynomial(
        z,
        [
            0.4,
            0.285_714_285_714_293_86,
            0.222_222_222_216_446_58,
            0.181_818_183_378_298_28,
            0.153_845_947_115_926_86,
            0.133_348_179_106_466_74,
            0.117_058_921_973_400_27,
            0.117_266_892_855_532_05,
        ],
    );
    let t = z * TWO_THIRDS.0;
    let t_rest =
        z.mul_add(TWO_THIRDS.0, -t) + (z_rest * TWO_THIRDS.0 + z.mul_add(TWO_THIRDS.1, z * z * q));
    let u = s * t;
    let u_rest = s.mul_add(t, -u) + s.mul_add(t_rest, s_rest * t);
    let ln = s.mul_add(2.0, u);
    let ln_rest = (s.mul_add(2.0, -ln) + u) + s_rest.mul_add(2.0, u_rest);
    let log = ln * LOG2_E.0;
    let log_rest = ln.mul_add(LOG2_E.0, -log) + ln.mul_add(LOG2_E.1, ln_rest * LOG2_E.0);
    let y = e + log;
    (at_the_ends(x, y), ((e - y) + log) + log_rest)
}

/// Logarithm to base 10; powers of ten have exact ones.
#[inline(always)]
pub(super) fn log10(x: f64) -> f64 {
    const LOG10_2: (f64, f64) = (std::f64::consts::LOG10_2, -2.803_728_127_785_170_4e-18);
    let (log, rest) = log2_extended(x);
    let y = log * LOG10_2.0;
    let y_rest = log.mul_add(LOG10_2.0, -y) + log.mul_add(LOG10_2.1, rest * LOG10_2.0);
    at_the_ends(x, y + y_rest)
}

#[inline(always)]
pub(super) fn log1p<T: Float>(x: T) -> T {
    let one = T::of(1.0);
    let u = one + x;
    let shown = u - one;
    // What rounding 1 + x has lost goes back in at the scale of f, where it is at most 2^-e.
    let lost = (one - (u - shown)) + (x - shown);
    let (f, e) = u.split();
    let f = lost.fma((-clamp(e, (T::of(-64.0), T::of(64.0)))).pow2(), f);
    let y = e.fma(T::LN_2.0, f + e.fma(T::LN_2.1, T::log_tail(f)));
    at_the_ends(u, y).signed_as(x)
}

/// `y`, the logarithm of `x`, unless `x` is not a positive finite number.
#[inline(always)]
fn at_the_ends<T: Float>(x: T, y: T) -> T {
    let y = if x < T::INFINITY { y } else { x };
    let y = if x == T::of(0.0) { -T::INFINITY } else { y };
    if x < T::of(0.0) { T::NAN } else { y }
}

/// Above it, `2^60`, squares may overflow, while `asinh(a)`, `acosh(a)` and `log(2 a)` are the same
/// to all digits, and so are `log(a)` and `log(1 + a)`.
const HUGE: f64 = 1_152_921_504_606_846_976.0;

#[inline(always)]
pub(super) fn asinh<T: Float>(x: T) -> T {
    let one = T::of(1.0);
    let a = x.magnitude();
    let huge = a > T::of(HUGE);
    let b = if huge { one } else { a };
    let near = b + b * b / (one + T::sqrt(b.fma(b, one)));
    let y = log1p(if huge { a } else { near });
    (if huge { y + T::LN_2.0 } else { y }).signed_as(x)
}

#[inline(always)]
pub(super) fn acosh<T: Float>(x: T) -> T {
    let huge = x > T::of(HUGE);
    let t = if huge { T::of(1.0) } else { x - T::of(1.0) };
    let near = t + T::sqrt(t.fma(t, t + t));
    let y = log1p(if huge { x } else { near });
    let y = if huge { y + T::LN_2.0 } else { y };
    if x < T::of(1.0) { T::NAN } else { y }
}

#[inline(always)]
pub(super) fn atanh<T: Float>(x: T) -> T {
    let a = x.magnitude();
    let y = log1p((a + a) / (T::of(1.0) - a));
    (T::of(0.5) * y).signed_as(x)
}
