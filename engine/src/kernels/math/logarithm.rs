//! Logarithms and the inverse hyperbolic functions.

use super::float::{Float, clamp};

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
