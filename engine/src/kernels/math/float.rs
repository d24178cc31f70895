//! What the functions of this folder are written in: one straight-line text for `f32` and `f64`,
//! over the bits of a float and the polynomials of its precision.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A binary float and the constants that depend on its precision.
///
/// The polynomials are least-maximum fits made for these functions; each gives what is left once
/// the leading terms, which must be exact, are taken away.
pub(super) trait Float:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    const INFINITY: Self;
    const NAN: Self;
    /// Adding and subtracting it rounds to an integer, ties to even.
    const ROUNDER: Self;
    /// `ln 2`, and what the float nearest to it leaves out.
    const LN_2: (Self, Self);
    /// Arguments of `exp` beyond which it is 0 or infinite, with some room.
    const EXP_RANGE: (Self, Self);
    /// The least argument, with some room, of which `exp` is a normal number.
    const LEAST_NORMAL_EXP: Self;
    /// The same as `EXP_RANGE` for `exp2`.
    const EXP2_RANGE: (Self, Self);
    /// `exp` of less is lost beside 1.
    const LOG_EPSILON: Self;

    /// The float nearest to `x`.
    fn of(x: f64) -> Self;
    /// `self * a + b`, rounded once.
    fn fma(self, a: Self, b: Self) -> Self;
    /// Its square root.
    fn sqrt(self) -> Self;
    /// The nearest integer, ties to even.
    fn rint(self) -> Self;
    /// Without its sign.
    fn magnitude(self) -> Self;
    /// With the sign of `sign`.
    fn signed_as(self, sign: Self) -> Self;
    /// 2 to an integer `self`; the result must be a normal number.
    fn pow2(self) -> Self;
    /// The `(f, e)` of `self = (1 + f) * 2^e` with `1 + f` from `sqrt(1/2)` to `sqrt(2)`, for
    /// positive finite numbers, subnormal ones included.
    fn split(self) -> (Self, Self);
    /// `(e^r - 1 - r) / r^2` for `|r| <= ln(2)/2`.
    fn exp_tail(r: Self) -> Self;
    /// `log(1 + f) - f` for the `f` of [`Float::split`].
    fn log_tail(f: Self) -> Self;
}

/// The polynomial with these coefficients, constant term first, at `x`.
#[inline(always)]
pub(super) fn polynomial<T: Float, const N: usize>(x: T, coefficients: [T; N]) -> T {
    let mut sum = coefficients[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.fma(x, coefficients[i]);
    }
    sum
}

/// The integer nearest to `x`, for `|x|` well below [`Float::ROUNDER`].
#[inline(always)]
pub(super) fn nearest<T: Float>(x: T) -> T {
    (x + T::ROUNDER) - T::ROUNDER
}

/// `x`, or the nearer bound of `low..=high`; a NaN stays one.
#[inline(always)]
pub(super) fn clamp<T: Float>(x: T, (low, high): (T, T)) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

impl Float for f32 {
    const INFINITY: f32 = f32::INFINITY;
    const NAN: f32 = f32::NAN;
    const ROUNDER: f32 = 12_582_912.0;
    const LN_2: (f32, f32) = (std::f32::consts::LN_2, -1.904_654_3e-9);
    const EXP_RANGE: (f32, f32) = (-104.0, 89.0);
    const LEAST_NORMAL_EXP: f32 = -87.3;
    const EXP2_RANGE: (f32, f32) = (-151.0, 129.0);
    const LOG_EPSILON: f32 = -18.0;

    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }

    #[inline(always)]
    fn fma(self, a: f32, b: f32) -> f32 {
        self.mul_add(a, b)
    }

    #[inline(always)]
    fn sqrt(self) -> f32 {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn rint(self) -> f32 {
        self.round_ties_even()
    }

    #[inline(always)]
    fn magnitude(self) -> f32 {
        self.abs()
    }

    #[inline(always)]
    fn signed_as(self, sign: f32) -> f32 {
        self.copysign(sign)
    }

    #[inline(always)]
    fn pow2(self) -> f32 {
        // The low bits of the sum hold the biased exponent, the shift drops all others.
        f32::from_bits((self + (f32::ROUNDER + 127.0)).to_bits() << 23)
    }

    #[inline(always)]
    fn split(self) -> (f32, f32) {
        const SQRT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
        let subnormal = self < f32::MIN_POSITIVE;
        let scaled = self * if subnormal { 33_554_432.0 } else { 1.0 };
        let bits = scaled.to_bits();
        let e = (bits.wrapping_sub(SQRT_HALF) as i32) >> 23;
        let m = f32::from_bits(bits.wrapping_sub((e as u32) << 23));
        (m - 1.0, e as f32 - if subnormal { 25.0 } else { 0.0 })
    }

    #[inline(always)]
    fn exp_tail(r: f32) -> f32 {
        polynomial(
            r,
            [
                0.5,
                0.166_665_46,
                0.041_666_3,
                0.008_366_311,
                0.001_394_557_7,
            ],
        )
    }

    #[inline(always)]
    fn log_tail(f: f32) -> f32 {
        let p = polynomial(
            f,
            [
                0.333_333_16,
                -0.250_008,
                0.200_022_6,
                -0.166_249_26,
                0.141_819_2,
                -0.131_262_78,
                0.128_762_19,
                -0.078_591_03,
            ],
        );
        let square = f * f;
        square.fma(-0.5, square * f * p)
    }
}

impl Float for f64 {
    const INFINITY: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    const LN_2: (f64, f64) = (std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);
    const EXP_RANGE: (f64, f64) = (-746.0, 710.0);
    const LEAST_NORMAL_EXP: f64 = -708.3;
    const EXP2_RANGE: (f64, f64) = (-1076.0, 1025.0);
    const LOG_EPSILON: f64 = -38.0;

    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }

    #[inline(always)]
    fn fma(self, a: f64, b: f64) -> f64 {
        self.mul_add(a, b)
    }

    #[inline(always)]
    fn sqrt(self) -> f64 {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn rint(self) -> f64 {
        self.round_ties_even()
    }

    #[inline(always)]
    fn magnitude(self) -> f64 {
        self.abs()
    }

    #[inline(always)]
    fn signed_as(self, sign: f64) -> f64 {
        self.copysign(sign)
    }

    #[inline(always)]
    fn pow2(self) -> f64 {
        f64::from_bits((self + (f64::ROUNDER + 1023.0)).to_bits() << 52)
    }

    #[inline(always)]
    fn split(self) -> (f64, f64) {
        const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
        const BIAS: u64 = 1023;
        const TWO_52: f64 = 4_503_599_627_370_496.0;
        let subnormal = self < f64::MIN_POSITIVE;
        let scaled = self
            * if subnormal {
                18_014_398_509_481_984.0
            } else {
                1.0
            };
        let bits = scaled.to_bits();
        // AVX2 neither shifts 64-bit integers with their sign nor converts them, so the exponent
        // stays biased and becomes a float as the low bits of 2^52.
        let e = bits.wrapping_sub(SQRT_HALF).wrapping_add(BIAS << 52) >> 52;
        let m = f64::from_bits(bits.wrapping_sub(e << 52).wrapping_add(BIAS << 52));
        let e = f64::from_bits(e | TWO_52.to_bits()) - (TWO_52 + BIAS as f64);
        (m - 1.0, e - if subnormal { 54.0 } else { 0.0 })
    }

    #[inline(always)]
    fn exp_tail(r: f64) -> f64 {
        polynomial(
            r,
            [
                0.5,
                0.166_666_666_666_666_74,
                0.041_666_666_666_666_7,
                0.008_333_333_333_322_479,
                0.001_388_888_888_886_829,
                0.000_198_412_698_843_860_06,
                2.480_158_735_843_742_2e-5,
                2.755_724_562_968_905e-6,
                2.755_724_413_691_890_4e-7,
                2.510_863_904_210_08e-8,
                2.092_411_601_829_544_7e-9,
            ],
        )
    }

    #[inline(always)]
    fn log_tail(f: f64) -> f64 {
        // In s = f / (2 + f) the series has few terms: log(1 + f) = f - f²/2 + s (f²/2 + R(s²)).
        let s = f / (2.0 + f);
        let z = s * s;
        let r = z * polynomial(
            z,
            [
                0.666_666_666_666_673_3,
                0.399_999_999_994_174_6,
                0.285_714_287_429_639_7,
                0.222_221_984_213_803_65,
                0.181_835_761_407_455_36,
                0.153_136_625_773_847_57,
                0.148_005_859_596_336_91,
            ],
        );
        let half_square = 0.5 * f * f;
        s.fma(half_square + r, -half_square)
    }
}
