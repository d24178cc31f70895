//! Circular functions of `f32`, over the whole range without a branch, and their inverses.
//!
//! `f64` has the standard library's.

use std::f32::consts::{FRAC_PI_2, PI};

use super::float::{Float, nearest, polynomial};

/// What `pi / 2` is more than the `f32` nearest to it.
const FRAC_PI_2_REST: f32 = -4.371_139e-8;

/// `x / 2 pi` without whole turns, for `x >= 0`.
///
/// A large `x` is taken as `y 2^s` with an integer `y` and `s` = 26, 52 or 78, so that only the
/// fraction of `2^s / 2 pi` matters (the idea of Payne and Hanek). It is held in three parts; the
/// first two have 29 bits, which makes their products with the 24 bits of `y` exact and lets whole
/// turns come off without a trace.
#[inline(always)]
fn turns(x: f64) -> f64 {
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

/// `2^n`.
const fn two_to(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

/// The sine and cosine of `|x|` less the nearest quarter turns, and the number of these as an
/// integer in the low bits of a word.
#[inline(always)]
fn reduced_sin_cos(x: f32) -> (f32, f32, u32) {
    let quarters = 4.0 * turns(f64::from(x.abs()));
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
    (sin, cos, n)
}

/// `x`, negated where bit 1 of `n` is set.
#[inline(always)]
fn negate_if_bit_1(x: f32, n: u32) -> f32 {
    f32::from_bits(x.to_bits() ^ ((n & 2) << 30))
}

#[inline(always)]
pub(super) fn sin(x: f32) -> f32 {
    let (sin, cos, n) = reduced_sin_cos(x);
    let y = negate_if_bit_1(if n & 1 == 0 { sin } else { cos }, n);
    f32::from_bits(y.to_bits() ^ (x.to_bits() & (1 << 31)))
}

#[inline(always)]
pub(super) fn cos(x: f32) -> f32 {
    let (sin, cos, n) = reduced_sin_cos(x);
    negate_if_bit_1(if n & 1 == 0 { cos } else { sin }, n.wrapping_add(n & 1))
}

#[inline(always)]
pub(super) fn tan(x: f32) -> f32 {
    let (sin, cos, n) = reduced_sin_cos(x);
    let y = if n & 1 == 0 { sin / cos } else { -(cos / sin) };
    f32::from_bits(y.to_bits() ^ (x.to_bits() & (1 << 31)))
}

/// `atan` of `0..=1`.
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

#[inline(always)]
pub(super) fn atan(x: f32) -> f32 {
    let a = x.abs();
    let steep = a > 1.0;
    let y = atan_unit(if steep { 1.0 / a } else { a });
    (if steep {
        FRAC_PI_2 - (y - FRAC_PI_2_REST)
    } else {
        y
    })
    .copysign(x)
}

#[inline(always)]
pub(super) fn atan2(y: f32, x: f32) -> f32 {
    let (a, b) = (y.abs(), x.abs());
    let steep = a > b;
    let (short, long) = if steep { (b, a) } else { (a, b) };
    // Zero over zero counts as 0, infinity over infinity as 1.
    let ratio = if short == long {
        if long == 0.0 { 0.0 } else { 1.0 }
    } else {
        short / long
    };
    let angle = atan_unit(ratio);
    let angle = if steep {
        FRAC_PI_2 - (angle - FRAC_PI_2_REST)
    } else {
        angle
    };
    let angle = if x.is_sign_negative() {
        PI - (angle - 2.0 * FRAC_PI_2_REST)
    } else {
        angle
    };
    angle.copysign(y)
}

#[inline(always)]
pub(super) fn asin(x: f32) -> f32 {
    atan2(x, ((1.0 - x) * (1.0 + x)).sqrt())
}

#[inline(always)]
pub(super) fn acos(x: f32) -> f32 {
    atan2(((1.0 - x) * (1.0 + x)).sqrt(), x)
}
