//! Functions of complex numbers that num_complex lacks, or computes with less range or precision.

use num_complex::Complex;
use num_traits::Float;

/// `x / |x|`; 0 for 0.
#[inline(always)]
pub fn sign<T: Float>(x: Complex<T>) -> Complex<T> {
    let norm = x.re.hypot(x.im);
    if norm == T::zero() {
        x
    } else {
        Complex::new(x.re / norm, x.im / norm)
    }
}

/// `e^x - 1`, exact near 0.
#[inline(always)]
pub fn expm1<T: Float>(x: Complex<T>) -> Complex<T> {
    let (sin, cos) = x.im.sin_cos();
    let half = (x.im / (T::one() + T::one())).sin();
    let real = x.re.exp_m1() * cos - (half * half + half * half);
    Complex::new(real, x.re.exp() * sin)
}

/// `log(1 + x)`, exact near 0.
#[inline(always)]
pub fn log1p<T: Float>(x: Complex<T>) -> Complex<T> {
    let two = T::one() + T::one();
    let square = x.re * x.re + x.im * x.im + two * x.re;
    Complex::new(square.ln_1p() / two, x.im.atan2(T::one() + x.re))
}

/// Hyperbolic tangent; where the real part is large the quotient of the two sides is lost.
#[inline(always)]
pub fn tanh<T: Float>(x: Complex<T>) -> Complex<T> {
    let limit = T::from(20.0).expect("a float holds 20");
    if x.re.abs() > limit && x.im.is_finite() {
        return Complex::new(x.re.signum(), T::zero());
    }
    x.tanh()
}

/// Tangent.
#[inline(always)]
pub fn tan<T: Float>(x: Complex<T>) -> Complex<T> {
    let turned = tanh(Complex::new(-x.im, x.re));
    Complex::new(turned.im, -turned.re)
}

/// `a` to the power `b`.
#[inline(always)]
pub fn power<T: Float>(a: Complex<T>, b: Complex<T>) -> Complex<T> {
    let zero = Complex::new(T::zero(), T::zero());
    if b == zero {
        return Complex::new(T::one(), T::zero());
    }
    if a == zero {
        let nan = Complex::new(T::nan(), T::nan());
        return if b.re > T::zero() { zero } else { nan };
    }
    a.powc(b)
}
