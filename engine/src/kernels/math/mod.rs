//! Scalar functions of `f32` and `f64` for the loops of elementwise kernels.
//!
//! A loop over one of them is vectorised where it is inlined into a version of a kernel (see
//! [`simd`](super::simd)): they are straight-line code, with selects for branches, polynomials for
//! tables, and no calls. The exceptions, which call the standard library or branch, are named in
//! [`Real`]. Half precision is computed as `f32`.
//!
//! Errors stay below 4 units in the last place, over the whole range, subnormal numbers included.

pub mod complex;
mod divide;
mod exponential;
mod float;
mod integer;
mod logarithm;
mod power;
mod special;
mod trigonometric;

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::dtype::Element;
pub use integer::Integer;

/// A real type that kernels compute in, with its functions.
///
/// Call them through a type parameter: on a value of type `f32` itself, `x.exp()` is the standard
/// library's. Not vectorised are `gammaln`, `digamma`, `trigamma`, `fmod`, `modulo` and
/// `floor_divide`.
pub trait Real:
    Element
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;

    /// The nearest value of this type to `x`.
    fn of(x: f64) -> Self;
    /// As an `f64`.
    fn to_f64(self) -> f64;
    /// `self * a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `e^x` for `x <= 0`, cheaper; 0 where it would be subnormal.
    fn exp_of_negative(self) -> Self;
    /// `2^x`.
    fn exp2(self) -> Self;
    /// `e^x - 1`, exact near 0.
    fn expm1(self) -> Self;
    /// Natural logarithm.
    fn log(self) -> Self;
    /// `log(1 + x)`, exact near 0.
    fn log1p(self) -> Self;
    /// Logarithm to base 2.
    fn log2(self) -> Self;
    /// Logarithm to base 10.
    fn log10(self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Inverse hyperbolic sine.
    fn asinh(self) -> Self;
    /// Inverse hyperbolic cosine.
    fn acosh(self) -> Self;
    /// Inverse hyperbolic tangent.
    fn atanh(self) -> Self;
    /// `1 / (1 + e^-x)`.
    fn sigmoid(self) -> Self;
    /// `log(1 + e^x)`.
    fn softplus(self) -> Self;
    /// Sine.
    fn sin(self) -> Self;
    /// Cosine.
    fn cos(self) -> Self;
    /// Tangent.
    fn tan(self) -> Self;
    /// Inverse sine.
    fn asin(self) -> Self;
    /// Inverse cosine.
    fn acos(self) -> Self;
    /// Inverse tangent.
    fn atan(self) -> Self;
    /// The angle of the point `(x, self)`, from -pi to pi.
    fn atan2(self, x: Self) -> Self;
    /// `self` to the power `y`, by the rules of C.
    fn pow(self, y: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// `1 / sqrt(x)`.
    fn rsqrt(self) -> Self;
    /// Cube root.
    fn cbrt(self) -> Self;
    /// `sqrt(self^2 + y^2)` without overflow.
    fn hypot(self, y: Self) -> Self;
    /// Error function.
    fn erf(self) -> Self;
    /// Inverse of the error function.
    fn erfinv(self) -> Self;
    /// Logarithm of the absolute value of gamma.
    fn gammaln(self) -> Self;
    /// Derivative of `gammaln`.
    fn digamma(self) -> Self;
    /// Derivative of `digamma`.
    fn trigamma(self) -> Self;
    /// The largest integer that is not above.
    fn floor(self) -> Self;
    /// The smallest integer that is not below.
    fn ceil(self) -> Self;
    /// The integer part.
    fn trunc(self) -> Self;
    /// The nearest integer, ties to even.
    fn rint(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// -1, 0 or 1; NaN for NaN.
    fn sign(self) -> Self;
    /// With the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// The larger; NaN if either is.
    fn maximum(self, y: Self) -> Self;
    /// The smaller; NaN if either is.
    fn minimum(self, y: Self) -> Self;
    /// The larger; the other one if either is NaN.
    fn fmax(self, y: Self) -> Self;
    /// The smaller; the other one if either is NaN.
    fn fmin(self, y: Self) -> Self;
    /// Remainder with the sign of the dividend.
    fn fmod(self, y: Self) -> Self;
    /// Remainder with the sign of the divisor, as `%` in Python.
    fn modulo(self, y: Self) -> Self;
    /// The integer below the quotient, such that `modulo` is what it leaves.
    fn floor_divide(self, y: Self) -> Self;
    /// True for NaN.
    fn is_nan(self) -> bool;
    /// True for both infinities.
    fn is_infinite(self) -> bool;
    /// False for NaN and the infinities.
    fn is_finite(self) -> bool;
}

macro_rules! real {
    ($float:ident: { $($own:tt)* }) => {
        impl Real for $float {
            const ZERO: $float = 0.0;
            const ONE: $float = 1.0;
            const INFINITY: $float = $float::INFINITY;
            const NAN: $float = $float::NAN;

            #[inline(always)]
            fn exp(self) -> $float {
                exponential::exp(self)
            }

            #[inline(always)]
            fn exp_of_negative(self) -> $float {
                exponential::exp_of_negative(self)
            }

            #[inline(always)]
            fn exp2(self) -> $float {
                exponential::exp2(self)
            }

            #[inline(always)]
            fn expm1(self) -> $float {
                exponential::expm1(self)
            }

            #[inline(always)]
            fn sinh(self) -> $float {
                exponential::sinh(self)
            }

            #[inline(always)]
            fn cosh(self) -> $float {
                exponential::cosh(self)
            }

            #[inline(always)]
            fn tanh(self) -> $float {
                exponential::tanh(self)
            }

            #[inline(always)]
            fn sigmoid(self) -> $float {
                exponential::sigmoid(self)
            }

            #[inline(always)]
            fn softplus(self) -> $float {
                exponential::softplus(self)
            }

            #[inline(always)]
            fn log(self) -> $float {
                logarithm::log(self)
            }

            #[inline(always)]
            fn log1p(self) -> $float {
                logarithm::log1p(self)
            }

            #[inline(always)]
            fn log2(self) -> $float {
                logarithm::log2(self)
            }

            #[inline(always)]
            fn asinh(self) -> $float {
                logarithm::asinh(self)
            }

            #[inline(always)]
            fn acosh(self) -> $float {
                logarithm::acosh(self)
            }

            #[inline(always)]
            fn atanh(self) -> $float {
                logarithm::atanh(self)
            }

            #[inline(always)]
            fn sin(self) -> $float {
                trigonometric::sin(self)
            }

            #[inline(always)]
            fn cos(self) -> $float {
                trigonometric::cos(self)
            }

            #[inline(always)]
            fn tan(self) -> $float {
                trigonometric::tan(self)
            }

            #[inline(always)]
            fn asin(self) -> $float {
                trigonometric::asin(self)
            }

            #[inline(always)]
            fn acos(self) -> $float {
                trigonometric::acos(self)
            }

            #[inline(always)]
            fn atan(self) -> $float {
                trigonometric::atan(self)
            }

            #[inline(always)]
            fn atan2(self, x: $float) -> $float {
                trigonometric::atan2(self, x)
            }

            #[inline(always)]
            fn sqrt(self) -> $float {
                $float::sqrt(self)
            }

            #[inline(always)]
            fn floor(self) -> $float {
                $float::floor(self)
            }

            #[inline(always)]
            fn ceil(self) -> $float {
                $float::ceil(self)
            }

            #[inline(always)]
            fn trunc(self) -> $float {
                $float::trunc(self)
            }

            #[inline(always)]
            fn abs(self) -> $float {
                $float::abs(self)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                $float::is_nan(self)
            }

            #[inline(always)]
            fn is_infinite(self) -> bool {
                $float::is_infinite(self)
            }

            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }

            #[inline(always)]
            fn mul_add(self, a: $float, b: $float) -> $float {
                $float::mul_add(self, a, b)
            }

            #[inline(always)]
            fn copysign(self, sign: $float) -> $float {
                $float::copysign(self, sign)
            }

            #[inline(always)]
            fn rint(self) -> $float {
                $float::round_ties_even(self)
            }

            #[inline(always)]
            fn of(x: f64) -> $float {
                x as $float
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn rsqrt(self) -> $float {
                1.0 / $float::sqrt(self)
            }

            #[inline(always)]
            fn gammaln(self) -> $float {
                special::gammaln(f64::from(self)) as $float
            }

            #[inline(always)]
            fn digamma(self) -> $float {
                special::digamma(f64::from(self)) as $float
            }

            #[inline(always)]
            fn trigamma(self) -> $float {
                special::trigamma(f64::from(self)) as $float
            }

            #[inline(always)]
            fn sign(self) -> $float {
                // The sum turns -0 into 0.
                if self > 0.0 { 1.0 } else if self < 0.0 { -1.0 } else { self + 0.0 }
            }

            #[inline(always)]
            fn maximum(self, y: $float) -> $float {
                if self > y || $float::is_nan(self) { self } else { y }
            }

            #[inline(always)]
            fn minimum(self, y: $float) -> $float {
                if self < y || $float::is_nan(self) { self } else { y }
            }

            #[inline(always)]
            fn fmax(self, y: $float) -> $float {
                if self > y || $float::is_nan(y) { self } else { y }
            }

            #[inline(always)]
            fn fmin(self, y: $float) -> $float {
                if self < y || $float::is_nan(y) { self } else { y }
            }

            #[inline(always)]
            fn fmod(self, y: $float) -> $float {
                self % y
            }

            #[inline(always)]
            fn modulo(self, y: $float) -> $float {
                divide::modulo(self, y)
            }

            #[inline(always)]
            fn floor_divide(self, y: $float) -> $float {
                divide::floor_divide(self, y)
            }
            $($own)*
        }
    };
}

real!(f32: {
    #[inline(always)]
    fn log10(self) -> f32 {
        (logarithm::log2(f64::from(self)) * std::f64::consts::LOG10_2) as f32
    }

    #[inline(always)]
    fn pow(self, y: f32) -> f32 {
        power::pow32(self, y)
    }

    #[inline(always)]
    fn cbrt(self) -> f32 {
        power::cbrt32(self)
    }

    #[inline(always)]
    fn hypot(self, y: f32) -> f32 {
        power::hypot32(self, y)
    }

    #[inline(always)]
    fn erf(self) -> f32 {
        special::erf32(self)
    }

    #[inline(always)]
    fn erfinv(self) -> f32 {
        special::erfinv32(self)
    }
});

real!(f64: {
    #[inline(always)]
    fn log10(self) -> f64 {
        logarithm::log10(self)
    }

    #[inline(always)]
    fn cbrt(self) -> f64 {
        power::cbrt64(self)
    }

    #[inline(always)]
    fn pow(self, y: f64) -> f64 {
        power::pow64(self, y)
    }

    #[inline(always)]
    fn hypot(self, y: f64) -> f64 {
        power::hypot64(self, y)
    }

    #[inline(always)]
    fn erf(self) -> f64 {
        special::erf64(self)
    }

    #[inline(always)]
    fn erfinv(self) -> f64 {
        special::erfinv64(self)
    }
});

#[cfg(test)]
mod tests;
