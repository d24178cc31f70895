//! The error function and its inverse, and the logarithm of gamma with its derivative.

use std::f64::consts::PI;

use super::exponential::exp_normal;
use super::float::{clamp, polynomial};
use super::logarithm::log;

#[inline(always)]
pub(super) fn erf32(x: f32) -> f32 {
    // From 4 on the result is 1.
    let a = clamp(x.abs(), (0.0, 4.0));
    let near = polynomial(
        a * a,
        [
            0.128_379_17,
            -0.376_126_26,
            0.112_836,
            -0.026_854_439,
            0.005_189_523,
            -0.000_802_073_3,
            7.888_762e-5,
        ],
    );
    let log_erfc = polynomial(
        a,
        [
            0.000_187_882_15,
            -1.129_577_8,
            -0.633_221_27,
            -0.108_417_16,
            0.025_207_391,
            -0.004_204_252_3,
            0.000_441_276_24,
            -2.168_196_8e-5,
        ],
    );
    let far = 1.0 - exp_normal(log_erfc);
    (if a < 1.0 { a.mul_add(near, a) } else { far }).copysign(x)
}

#[inline(always)]
pub(super) fn erf64(x: f64) -> f64 {
    // From 6 on the result is 1.
    let a = clamp(x.abs(), (0.0, 6.0));
    let near = polynomial(
        a * a,
        [
            0.128_379_167_095_512_6,
            -0.376_126_389_031_837_5,
            0.112_837_916_709_548_85,
            -0.026_866_170_645_077_84,
            0.005_223_977_624_828_09,
            -0.000_854_832_698_140_677_1,
            0.000_120_553_311_322_961_97,
            -1.492_559_575_688_685e-5,
            1.646_100_824_077_192_3e-6,
            -1.635_039_379_221_276_2e-7,
            1.466_031_289_157_194_5e-8,
            -1.137_489_642_164_096_4e-9,
            5.960_587_991_898_826e-11,
        ],
    );
    let e_to_square_erfc = polynomial(
        (a - 2.0) / (a + 2.0),
        [
            1.021_582_705_242_023_4,
            -0.687_160_684_413_800_2,
            0.279_472_092_555_511_1,
            -0.036_442_231_517_770_84,
            -0.021_510_661_878_957_966,
            0.006_479_186_332_436_58,
            0.003_090_618_647_136_995,
            -0.000_837_319_000_282_589_6,
            -0.000_663_365_316_859_907_1,
            3.372_588_666_050_147e-5,
            0.000_146_269_176_079_092_2,
            4.561_485_382_393_668_4e-5,
        ],
    ) / (a + 2.0);
    let far = 1.0 - exp_normal(-a * a) * e_to_square_erfc;
    (if a < 1.0 { a.mul_add(near, a) } else { far }).copysign(x)
}

#[inline(always)]
pub(super) fn erfinv32(x: f32) -> f32 {
    let w = -log((1.0 - x) * (1.0 + x));
    let near = polynomial(
        w - 2.5,
        [
            1.501_409_4,
            0.246_640_3,
            -0.004_177_384,
            -0.001_252_763_8,
            0.000_218_342_29,
            -4.950_504e-6,
            -3.462_133_5e-6,
            4.633_937_7e-7,
            2.318_561e-8,
            -8.591_551e-9,
        ],
    );
    let far = polynomial(
        w.sqrt() - 3.0,
        [
            2.832_976_8,
            1.001_675,
            0.009_444_772,
            -0.007_636_947_6,
            0.005_691_072,
            -0.003_599_933,
            0.001_474_624_7,
            -4.966_119_4e-5,
            -0.000_301_144_73,
            0.000_109_251_116,
        ],
    );
    let y = x * if w < 5.0 { near } else { far };
    if x.abs() == 1.0 {
        f32::INFINITY.copysign(x)
    } else {
        y
    }
}

#[inline(always)]
pub(super) fn erfinv64(x: f64) -> f64 {
    let w = -log((1.0 - x) * (1.0 + x));
    let s = w.sqrt();
    let far = if s < 4.0 {
        erfinv64_middle(s - 3.25)
    } else {
        erfinv64_far(s - 5.0)
    };
    let y = x * if w < 6.25 {
        erfinv64_near(w - 3.125)
    } else {
        far
    };
    if x.abs() == 1.0 {
        f64::INFINITY.copysign(x)
    } else {
        y
    }
}

#[inline(always)]
fn erfinv64_near(u: f64) -> f64 {
    polynomial(
        u,
        [
            1.653_654_562_683_102_7,
            0.240_158_182_425_589_64,
            -0.006_033_670_871_428_508,
            -0.000_740_702_534_166_384,
            0.000_186_734_208_027_336_17,
            -1.388_252_336_251_083_9e-05,
            -1.365_469_189_346_049_8e-06,
            4.234_787_779_825_53e-07,
            -2.907_037_875_738_052_8e-08,
            -4.112_633_805_305_115e-09,
            1.051_216_480_903_414_2e-09,
            -5.415_418_241_395_557e-11,
            -1.297_638_766_209_164_3e-11,
            2.633_522_984_800_239e-12,
            -8.127_914_763_038_267e-14,
            -4.054_756_496_432_901_4e-14,
            6.608_090_947_808_02e-15,
            2.113_470_090_968_430_7e-17,
            -1.310_600_772_284_415_3e-16,
            1.115_017_835_475_545e-17,
            1.188_406_535_265_018e-18,
            -1.683_493_169_173_884_2e-19,
            -1.827_748_229_413_090_6e-21,
        ],
    )
}

#[inline(always)]
fn erfinv64_middle(u: f64) -> f64 {
    polynomial(
        u,
        [
            3.083_885_610_492_220_8,
            1.005_258_967_694_159_2,
            0.005_370_914_553_584_6,
            -0.003_751_208_507_568_608,
            0.002_491_442_096_370_250_7,
            -0.001_688_275_556_046_649_4,
            0.000_953_289_374_888_658_3,
            -0.000_355_037_520_018_514_25,
            2.403_115_524_446_018_8e-05,
            6.828_484_889_589_134e-05,
            -4.731_846_201_631_759_5e-05,
            1.247_531_489_988_394_6e-05,
            2.924_155_598_444_691_4e-06,
            -4.013_890_983_533_107e-06,
            1.501_477_488_511_191_2e-06,
            1.826_707_801_179_048e-08,
            -2.739_642_042_429_558_4e-07,
            9.074_354_722_438_508e-08,
            1.730_929_463_456_868_9e-09,
        ],
    )
}

#[inline(always)]
fn erfinv64_far(u: f64) -> f64 {
    polynomial(
        u,
        [
            4.849_906_401_408_584,
            1.010_300_464_864_545_5,
            -0.000_138_719_318_374_454_47,
            -0.000_215_030_119_835_426_07,
            7.599_527_794_297_259e-05,
            -1.968_177_060_395_718_8e-05,
            4.526_054_114_001_757_5e-06,
            -9.930_299_367_037_849e-07,
            2.290_446_537_811_653_4e-07,
            -6.755_450_500_489_712e-08,
            2.904_212_190_619_281e-08,
            -1.525_802_505_284_125_5e-08,
            7.781_919_041_986_947e-09,
            -3.468_380_861_915_717_7e-09,
            1.354_682_929_477_27e-09,
            -4.391_168_806_084_449_4e-10,
            4.916_721_028_876_788e-11,
            4.320_408_817_589_803_6e-11,
            -1.591_227_318_363_973_8e-11,
        ],
    )
}

/// From here on the asymptotic series of [`gammaln`] and its derivatives have all digits of an `f64`.
const ASYMPTOTIC: f64 = 12.0;

/// The logarithm of `|gamma(x)|`, infinite at the poles. Near its zeros 1 and 2 the absolute error
/// is some `1e-15`.
pub(super) fn gammaln(x: f64) -> f64 {
    if x < 0.5 {
        let sin = sin_pi(x).abs();
        return if sin == 0.0 {
            f64::INFINITY
        } else {
            (PI / sin).ln() - gammaln(1.0 - x)
        };
    }
    if x == f64::INFINITY {
        return x;
    }
    let (mut z, mut product) = (x, 1.0);
    while z < ASYMPTOTIC {
        product *= z;
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let series = polynomial(
        inverse * inverse,
        [
            1.0 / 12.0,
            -1.0 / 360.0,
            1.0 / 1260.0,
            -1.0 / 1680.0,
            1.0 / 1188.0,
            -691.0 / 360_360.0,
        ],
    );
    let half_log_2pi = 0.5 * (2.0 * PI).ln();
    (z - 0.5) * z.ln() - z + (half_log_2pi + series * inverse) - product.ln()
}

/// The derivative of [`gammaln`]; NaN at the poles.
pub(super) fn digamma(x: f64) -> f64 {
    if x < 0.5 {
        let sin = sin_pi(x);
        let cot = sin_pi(x + 0.5) / sin;
        return if sin == 0.0 {
            f64::NAN
        } else {
            digamma(1.0 - x) - PI * cot
        };
    }
    let (mut z, mut sum) = (x, 0.0);
    while z < ASYMPTOTIC {
        sum += 1.0 / z;
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let series = polynomial(
        inverse * inverse,
        [
            1.0 / 12.0,
            -1.0 / 120.0,
            1.0 / 252.0,
            -1.0 / 240.0,
            1.0 / 132.0,
            -691.0 / 32_760.0,
        ],
    );
    z.ln() - 0.5 * inverse - series * inverse * inverse - sum
}

/// The derivative of [`digamma`]; infinite at the poles.
pub(super) fn trigamma(x: f64) -> f64 {
    if x < 0.5 {
        let sin = sin_pi(x);
        let ratio = PI / sin;
        return if sin == 0.0 {
            f64::INFINITY
        } else {
            ratio * ratio - trigamma(1.0 - x)
        };
    }
    let (mut z, mut sum) = (x, 0.0);
    while z < ASYMPTOTIC {
        sum += 1.0 / (z * z);
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    let series = polynomial(
        square,
        [
            1.0 / 6.0,
            -1.0 / 30.0,
            1.0 / 42.0,
            -1.0 / 30.0,
            5.0 / 66.0,
            -691.0 / 2730.0,
        ],
    );
    inverse + square * (0.5 + inverse * series) + sum
}

/// `sin(pi x)`, exactly 0 at integers.
fn sin_pi(x: f64) -> f64 {
    let n = x.round_ties_even();
    let sin = (PI * (x - n)).sin();
    if n % 2.0 == 0.0 { sin } else { -sin }
}
