//! Exponentials and hyperbolic functions, all over `x = n ln 2 + r` with a small `r`.

use super::float::{Float, clamp, nearest};
use super::logarithm::log1p;

/// The integer `n` and `e^r - 1`, where `x = n ln 2 + r`.
#[inline(always)]
fn reduce<T: Float>(x: T) -> (T, T) {
    let n = nearest(x * T::of(std::f64::consts::LOG2_E));
    let r = n.fma(-T::LN_2.1, n.fma(-T::LN_2.0, x));
    (n, (r * r).fma(T::exp_tail(r), r))
}

/// `x * 2^n` for `x` near 1, subnormal or infinite where it must be.
#[inline(always)]
fn scale<T: Float>(x: T, n: T) -> T {
    let small = n < T::of(-64.0);
    let (shift, back) = if small {
        (T::of(63.0), T::of(63.0))
    } else {
        (-T::of(1.0), -T::of(1.0))
    };
    x * (n + shift).pow2() * (-back).pow2()
}

#[inline(always)]
pub(super) fn exp<T: Float>(x: T) -> T {
    let (n, q) = reduce(clamp(x, T::EXP_RANGE));
    scale(T::of(1.0) + q, n)
}

/// `exp` where neither the argument nor the result comes near the ends of the range.
#[inline(always)]
pub(super) fn exp_normal<T: Float>(x: T) -> T {
    let (n, q) = reduce(x);
    let two_n = n.pow2();
    two_n.fma(q, two_n)
}

/// `exp` of what is not above 0; 0 where the result would be subnormal.
#[inline(always)]
pub(super) fn exp_of_negative<T: Float>(x: T) -> T {
    let y = exp_normal(x);
    if x < T::LEAST_NORMAL_EXP {
        T::of(0.0)
    } else {
        y
    }
}

#[inline(always)]
pub(super) fn exp2<T: Float>(x: T) -> T {
    let x = clamp(x, T::EXP2_RANGE);
    let n = nearest(x);
    scale(exp2_fraction(x - n), n)
}

/// `exp2` where the result is a normal number.
#[inline(always)]
pub(super) fn exp2_normal<T: Float>(x: T) -> T {
    let n = nearest(x);
    exp2_fraction(x - n) * n.pow2()
}

/// `exp2(x + rest)`, where `rest` matters only for a finite `x`.
#[inline(always)]
pub(super) fn exp2_of_sum<T: Float>(x: T, rest: T) -> T {
    let inside = clamp(x, T::EXP2_RANGE);
    let rest = if inside == x { rest } else { T::of(0.0) };
    let n = nearest(inside);
    scale(exp2_fraction((inside - n) + rest), n)
}

#[inline(always)]
fn exp2_fraction<T: Float>(x: T) -> T {
    let r = x * T::LN_2.0;
    T::of(1.0) + (r * r).fma(T::exp_tail(r), r)
}

#[inline(always)]
pub(super) fn expm1<T: Float>(x: T) -> T {
    let (n, q) = reduce(clamp(x, (T::LOG_EPSILON, T::EXP_RANGE.1)));
    // Half of 2^n, as 2^n itself is infinite for the largest results.
    let half = (n - T::of(1.0)).pow2();
    let y = half.fma(q, half - T::of(0.5));
    (y + y).signed_as(x)
}

/// `e^a / 4` and `(e^a - 1) / 4` for `a >= 0`, finite wherever `cosh` is.
#[inline(always)]
fn quarters<T: Float>(a: T) -> (T, T) {
    let (n, q) = reduce(clamp(a, (T::of(0.0), T::EXP_RANGE.1 + T::of(0.5))));
    let quarter = (n - T::of(2.0)).pow2();
    (
        quarter.fma(q, quarter),
        quarter.fma(q, quarter - T::of(0.25)),
    )
}

#[inline(always)]
pub(super) fn sinh<T: Float>(x: T) -> T {
    let (e, em1) = quarters(x.magnitude());
    let y = em1 + T::of(0.25) * (em1 / e);
    (y + y).signed_as(x)
}

#[inline(always)]
pub(super) fn cosh<T: Float>(x: T) -> T {
    let (e, _) = quarters(x.magnitude());
    let y = e + T::of(1.0 / 16.0) / e;
    y + y
}

#[inline(always)]
pub(super) fn tanh<T: Float>(x: T) -> T {
    let minus_2a = x.magnitude() * T::of(-2.0);
    let minus_2a = if minus_2a < T::LOG_EPSILON - T::of(1.0) {
        T::LOG_EPSILON - T::of(1.0)
    } else {
        minus_2a
    };
    let (n, q) = reduce(minus_2a);
    let two_n = n.pow2();
    let em1 = two_n.fma(q, two_n - T::of(1.0));
    (em1 / (em1 + T::of(2.0))).signed_as(x)
}

/// `1 / (1 + e^-x)`, from `e^-|x|` so that nothing overflows and small results stay exact.
#[inline(always)]
pub(super) fn sigmoid<T: Float>(x: T) -> T {
    let e = exp(-x.magnitude());
    let top = if x < T::of(0.0) { e } else { T::of(1.0) };
    top / (T::of(1.0) + e)
}

/// `log(1 + e^x)`.
#[inline(always)]
pub(super) fn softplus<T: Float>(x: T) -> T {
    let rest = log1p(exp(-x.magnitude()));
    if x > T::of(0.0) { x + rest } else { rest }
}
