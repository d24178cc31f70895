//! Circular functions, over the whole range without a branch, and their inverses.

use super::float::{Float, nearest, polynomial};

/// What the circular functions need to know of a float type.
pub(super) trait Circular: Float {
    /// `pi / 2`, and what the float nearest to it leaves out.
    const FRAC_PI_2: (Self, Self);
    /// `pi`.
    const PI: Self;

    /// The sine and cosine of `a >= 0`.
    fn sin_cos(a: Self) -> (Self, Self);
    /// `atan` of `0..=1`.
    fn atan_unit(z: Self) -> Self;
}

#[inline(always)]
pub(super) fn sin<T: Circular>(x: T) -> T {
    let (sin, _) = T::sin_cos(x.magnitude());
    sin * T::of(1.0).signed_as(x)
}

#[inline(always)]
pub(super) fn cos<T: Circular>(x: T) -> T {
    T::sin_cos(x.magnitude()).1
}

#[inline(always)]
pub(super) fn tan<T: Circular>(x: T) -> T {
    let (sin, cos) = T::sin_cos(x.magnitude());
    sin / cos * T::of(1.0).signed_as(x)
}

#[inline(always)]
pub(super) fn atan<T: Circular>(x: T) -> T {
    let a = x.magnitude();
    let steep = a > T::of(1.0);
    let y = T::atan_unit(if steep { T::of(1.0) / a } else { a });
    let rest = T::FRAC_PI_2.0 - (y - T::FRAC_PI_2.1);
    (if steep { rest } else { y }).signed_as(x)
}

#[inline(always)]
pub(super) fn atan2<T: Circular>(y: T, x: T) -> T {
    let zero = T::of(0.0);
    let (a, b) = (y.magnitude(), x.magnitude());
    let steep = a > b;
    let (short, long) = if steep { (b, a) } else { (a, b) };
    // Zero over zero counts as 0, infinity over infinity as 1.
    let ratio = if short == long {
        if long == zero { zero } else { T::of(1.0) }
    } else {
        short / long
    };
    let angle = T::atan_unit(ratio);
    let angle = if steep {
        T::FRAC_PI_2.0 - (angle - T::FRAC_PI_2.1)
    } else {
        angle
    };
    let angle = if T::of(1.0).signed_as(x) < zero {
        T::PI - (angle - T::of(2.0) * T::FRAC_PI_2.1)
    } else {
        angle
    };
    angle.signed_as(y)
}

#[inline(always)]
pub(super) fn asin<T: Circular>(x: T) -> T {
    atan2(x, T::sqrt((T::of(1.0) - x) * (T::of(1.0) + x)))
}

#[inline(always)]
pub(super) fn acos<T: Circular>(x: T) -> T {
    atan2(T::sqrt((T::of(1.0) - x) * (T::of(1.0) + x)), x)
}

/// `2^n`.
const fn two_to(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

impl Circular for f32 {
    const FRAC_PI_2: (f32, f32) = (std::f32::consts::FRAC_PI_2, -4.371_139e-8);
    const PI: f32 = std::f32::consts::PI;

    #[inline(always)]
    fn sin_cos(a: f32) -> (f32, f32) {
        let quarters = 4.0 * turns32(f64::from(a));
        let n = nearest(quarters);
        let r = ((quarters - n) * std::f64::consts::FRAC_PI_2) as f32;
        let n = (n as f32 + f32::ROUNDER).to_bits();
        let square = r * r;
        let tail = polynomial(
            square,
            [
                -0.166_666_67,
                0.008_333_329,
                -0.000_198_393_75,
                2.718_615_2e-6,
            ],
        );
        let sin = (r * square).mul_add(tail, r);
        let tail = polynomial(square, [0.041_666_646, -0.001_388_737_8, 2.443_929_8e-5]);
        let cos = (square * square).mul_add(tail, square.mul_add(-0.5, 1.0));
        let (sin, cos) = if n & 1 == 0 { (sin, cos) } else { (cos, sin) };
        // The sine is negative after two quarters, the cosine after one.
        let negated = |x: f32, n: u32| f32::from_bits(x.to_bits() ^ ((n & 2) << 30));
        (negated(sin, n), negated(cos, n.wrapping_add(1)))
    }

    #[inline(always)]
    fn atan_unit(z: f32) -> f32 {
        let square = z * z;
        let tail = polynomial(
            square,
            [
                -0.333_333_1,
                0.199_988_78,
                -0.142_675_77,
                0.109_689_504,
                -0.084_508_51,
                0.058_747_03,
                -0.031_946_167,
                0.011_318_776,
                -0.001_882_379_1,
            ],
        );
        (z * square).mul_add(tail, z)
    }
}

/// `x / 2 pi` without whole turns, for the `x >= 0` of an `f32`.
///
/// A large `x` is taken as `y 2^s` with an integer `y` and `s` = 26, 52 or 78, so that only the
/// fraction of `2^s / 2 pi` matters (the idea of Payne and Hanek). It is held in three parts; the
/// first two have 29 bits, which makes their products with the 24 bits of `y` exact and lets whole
/// turns come off without a trace.
#[inline(always)]
fn turns32(x: f64) -> f64 {
    const PARTS: [[f64; 3]; 4] = [
        [
            0.159_154_943_190_515_04,
            -9.861_970_528_407_538e-11,
            -2.983_592_197_188_044_5e-19,
        ],
        [
            0.430_881_743_319_332_6,
            2.710_157_567_115_123_5e-10,
            -4.434_306_760_543_816e-19,
        ],
        [
            0.330_687_559_209_764,
            3.194_878_372_275_722_4e-10,
            -6.795_293_464_488_651e-19,
        ],
        [
            0.458_940_465_934_574_6,
            -1.620_177_637_884_356_9e-10,
            -5.333_449_019_995_822e-19,
        ],
    ];
    const LIMITS: [f64; 3] = [two_to(49), two_to(75), two_to(101)];
    let pick = |values: [f64; 4]| {
        let low = if x < LIMITS[0] { values[0] } else { values[1] };
        let high = if x < LIMITS[2] { values[2] } else { values[3] };
        if x < LIMITS[1] { low } else { high }
    };
    let part = |i: usize| pick([PARTS[0][i], PARTS[1][i], PARTS[2][i], PARTS[3][i]]);
    let y = x * pick([1.0, two_to(-26), two_to(-52), two_to(-78)]);
    let (first, second) = (y * part(0), y * part(1));
    y.mul_add(
        part(2),
        (first - nearest(first)) + (second - nearest(second)),
    )
}

impl Circular for f64 {
    const FRAC_PI_2: (f64, f64) = (std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17);
    const PI: f64 = std::f64::consts::PI;

    #[inline(always)]
    fn sin_cos(a: f64) -> (f64, f64) {
        let (quarters, rest, n) = quarters64(a);
        // The angle with what its float leaves out.
        let r = quarters * f64::FRAC_PI_2.0;
        let lost = quarters.mul_add(f64::FRAC_PI_2.0, -r)
            + quarters.mul_add(f64::FRAC_PI_2.1, rest * f64::FRAC_PI_2.0);
        let square = r * r;
        let half = 0.5 * square;
        let one_less_half = 1.0 - half;
        let tail = polynomial(
            square,
            [
                -0.166_666_666_666_666_3,
                0.008_333_333_333_322_016,
                -0.000_198_412_698_295_025_88,
                2.755_731_358_965_346_7e-6,
                -2.505_074_256_477_099_4e-8,
                1.589_591_654_084_056_8e-10,
            ],
        );
        let sin = r + (r * square).mul_add(tail, lost * one_less_half);
        let tail = polynomial(
            square,
            [
                0.041_666_666_666_666_6,
                -0.001_388_888_888_887_399_5,
                2.480_158_728_939_73e-5,
                -2.755_731_432_656_523e-7,
                2.087_571_961_562_793_3e-9,
                -1.135_945_099_658_157_3e-11,
            ],
        );
        let cos = one_less_half
            + ((1.0 - one_less_half) - half + (square * square).mul_add(tail, -r * lost));
        let (sin, cos) = if n & 1 == 0 { (sin, cos) } else { (cos, sin) };
        // The sine is negative after two quarters, the cosine after one.
        let negated = |x: f64, n: u64| f64::from_bits(x.to_bits() ^ ((n & 2) << 62));
        (negated(sin, n), negated(cos, n.wrapping_add(1)))
    }

    #[inline(always)]
    fn atan_unit(z: f64) -> f64 {
        // Above tan(pi / 8) as the difference to pi / 4.
        let above = z > 0.414_213_562_373_095_03;
        let t = if above { (z - 1.0) / (z + 1.0) } else { z };
        let (base, rest) = if above {
            (
                0.5 * <f64 as Circular>::FRAC_PI_2.0,
                0.5 * <f64 as Circular>::FRAC_PI_2.1,
            )
        } else {
            (0.0, 0.0)
        };
        let square = t * t;
        let tail = polynomial(
            square,
            [
                -0.333_333_333_333_333_26,
                0.199_999_999_999_976_47,
                -0.142_857_142_853_851_93,
                0.111_111_110_880_007_26,
                -0.090_909_081_380_929_96,
                0.076_922_826_122_393_57,
                -0.066_662_245_832_440_8,
                0.058_770_004_004_156_27,
                -0.052_182_659_868_403_38,
                0.045_029_840_375_366_066,
                -0.033_461_233_962_381_334,
                0.015_181_663_099_570_596,
            ],
        );
        base + (t + (t * square).mul_add(tail, rest))
    }
}

/// `x / (pi / 2)` without the nearest integer, in two floats, and that integer in the low bits of a
/// word; for `x >= 0`.
///
/// As in [`turns32`], with `s` a multiple of 32 and four parts of 53 bits: the errors of the products
/// are floats too, so that nothing is lost before the last part.
#[inline(always)]
fn quarters64(x: f64) -> (f64, f64, u64) {
    // The exponent from which `y` would not fit an integer of 53 bits otherwise.
    const LARGE: u64 = 1023 + 52;
    let exponent = x.to_bits() >> 52;
    let step = (if exponent < LARGE { LARGE } else { exponent } - LARGE) >> 5 & 31;
    let parts = &PARTS64[step as usize];
    let y = x * f64::from_bits((1023 - 32 * step) << 52);
    // Whole turns come off at once; products beyond the range of `nearest` are nothing else.
    let product = |part: f64| {
        let high = y * part;
        (high, y.mul_add(part, -high))
    };
    let without_turns = |x: f64| x - 4.0 * nearest(0.25 * x);
    let ((first, first_rest), (second, second_rest)) = (product(parts[0]), product(parts[1]));
    let (third, third_rest) = product(parts[2]);
    let (sum, e1) = two_sum(without_turns(first), without_turns(first_rest));
    let (sum, e2) = two_sum(sum, without_turns(second));
    let n = nearest(sum);
    let (tail, e3) = two_sum(e1, e2);
    let (tail, e4) = two_sum(tail, second_rest);
    let (tail, e5) = two_sum(tail, third);
    let (quarters, rest) = two_sum(sum - n, tail);
    let rest = rest + ((e3 + e4) + (e5 + y.mul_add(parts[3], third_rest)));
    (quarters, rest, (n + f64::ROUNDER).to_bits())
}

/// A sum and what rounding has taken from it.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let shown = sum - a;
    (sum, (a - (sum - shown)) + (b - shown))
}

/// `2^s * 2 / pi` without multiples of 4, for `s` = 0, 32, 64, ..., each in four parts.
static PARTS64: [[f64; 4]; 32] = {
    let mut parts = [[0.0; 4]; 32];
    let mut i = 0;
    while i < 128 {
        let (step, part) = (i / 4, i % 4);
        parts[step][part] =
            turn_bits(32 * step + 53 * part) as f64 * two_to(2 - 53 * (part as i64 + 1));
        i += 1;
    }
    parts
};

/// 53 binary digits of `1 / 2 pi` from a place behind the point.
const fn turn_bits(place: usize) -> u64 {
    const DIGITS: [u64; 19] = [
        0x28be_60db_9391_054a,
        0x7f09_d5f4_7d4d_3770,
        0x36d8_a566_4f10_e410,
        0x7f94_58ea_f7ae_f158,
        0x6dc9_1b8e_9093_74b8,
        0x0192_4bba_8274_6487,
        0x3f87_7ac7_2c4a_69cf,
        0xba20_8d7d_4bae_d121,
        0x3a67_1c09_ad17_df90,
        0x4e64_758e_60d4_ce7d,
        0x2721_17e2_ef7e_4a0e,
        0xc7fe_25ff_f781_6603,
        0xfbcb_c462_d682_9b47,
        0xdb4d_9fb3_c9f2_c26d,
        0xd3d1_8fd9_a797_fa8b,
        0x5d49_eeb1_faf9_7c5e,
        0xcf41_ce7d_e294_a4ba,
        0x9afe_d7ec_47e3_5742,
        0x1580_cc11_bf1e_daea,
    ];
    let word = place / 64;
    let two = (DIGITS[word] as u128) << 64 | DIGITS[word + 1] as u128;
    (two << (place % 64) >> (128 - 53)) as u64
}
