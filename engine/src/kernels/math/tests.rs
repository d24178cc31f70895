use super::Real;
use crate::kernels::simd::{Kernel, Level, version_at};

type Unary<T> = for<'a> fn((&'a [T], &'a mut [T]));

macro_rules! functions {
    ($($name:ident)*) => {
        $(
            #[expect(non_camel_case_types, reason = "named as its function")]
            struct $name<T>(T);

            impl<T: Real> Kernel for $name<T> {
                type Args<'a> = (&'a [T], &'a mut [T]);
                type Out = ();

                #[inline(always)]
                fn body((x, out): (&[T], &mut [T])) {
                    for (out, &x) in out.iter_mut().zip(x) {
                        *out = x.$name();
                    }
                }
            }
        )*

        /// The function called `name`, compiled for `level`.
        fn function<T: Real>(name: &str, level: Level) -> Unary<T> {
            match name {
                $(stringify!($name) => version_at::<$name<T>>(level),)*
                _ => panic!("no function {name}"),
            }
        }

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

functions! {
    exp exp2 expm1 log log1p log2 log10 sinh cosh tanh asinh acosh atanh sigmoid softplus
    sin cos tan asin acos atan sqrt rsqrt cbrt erf erfinv gammaln digamma
    floor ceil trunc rint abs sign
}

/// Functions whose results are the nearest floats.
const EXACT: [&str; 6] = ["sqrt", "floor", "ceil", "trunc", "rint", "abs"];

/// Functions that have a test of their own.
const UNREFERENCED: [&str; 4] = ["erfinv", "gammaln", "digamma", "sign"];

/// Arguments and values of `erf`.
const ERF: [(f64, f64); 15] = [
    (1.0e-300, 1.128_379_167_095_512_6e-300),
    (1.0e-05, 1.128_379_167_057_9e-05),
    (0.1, 0.112_462_916_018_284_9),
    (0.5, 0.520_499_877_813_046_5),
    (0.817_333_396_147_721_8, 0.752_271_381_286_975_8),
    (0.95, 0.820_890_807_273_277_9),
    (0.999_999_999_999_980_2, 0.842_700_792_949_706_7),
    (1.0, 0.842_700_792_949_714_9),
    (1.01, 0.846_810_496_228_276_8),
    (1.546_999_999_999_9, 0.971_314_979_372_942_5),
    (2.0, 0.995_322_265_018_952_7),
    (3.3, 0.999_996_942_290_203_5),
    (4.4, 0.999_999_999_510_829),
    (5.5, 0.999_999_999_999_992_7),
    (5.9, 0.999_999_999_999_999_9),
];

/// Arguments and values of `erfinv`.
const ERFINV: [(f64, f64); 11] = [
    (1.0e-300, 8.862_269_254_527_58e-301),
    (1.0e-09, 8.862_269_254_527_58e-10),
    (0.1, 0.088_855_990_494_257_69),
    (0.5, 0.476_936_276_204_469_9),
    (0.95, 1.385_903_824_349_677_7),
    (0.998_5, 2.244_840_250_384_720_5),
    (0.999_9, 2.751_063_905_712_08),
    (0.999_999, 3.458_910_737_275_499),
    (0.999_999_999, 4.320_005_388_105_362),
    (0.999_999_999_999_9, 5.261_483_331_372_676),
    (0.999_999_999_999_999_9, 5.863_584_748_755_167_6),
];

/// Arguments and values of `gammaln` and `digamma`.
const GAMMA: [(f64, f64, f64); 17] = [
    (1.0e-10, 23.025_850_929_882_736, -10_000_000_000.577_215),
    (0.1, 2.252_712_651_734_206, -10.423_754_940_411_076),
    (0.5, 0.572_364_942_924_700_1, -1.963_510_026_021_423_5),
    (0.75, 0.203_280_951_431_295_38, -1.085_860_879_786_472_2),
    (1.0, 0.0, -0.577_215_664_901_532_9),
    (1.5, -0.120_782_237_635_245_22, 0.036_489_973_978_576_52),
    (2.0, 0.0, 0.422_784_335_098_467_13),
    (3.3, 0.987_098_577_894_734_4, 1.034_822_489_059_621_6),
    (7.9, 8.324_265_868_008_81, 2.002_238_487_563_571),
    (11.99, 17.477_885_575_426_185, 2.441_792_283_668_335),
    (12.0, 17.502_307_845_873_887, 2.442_661_679_975_812),
    (30.5, 72.953_471_184_169_4, 3.401_243_668_961_661),
    (1000.0, 5_905.220_423_209_181, 6.907_255_195_648_812),
    (
        10_000_000_000.0,
        220_258_509_288.810_58,
        23.025_850_929_890_456,
    ),
    (-0.5, 1.265_512_123_484_645_4, 0.036_489_973_978_576_52),
    (-1.3, 1.202_475_786_390_111_4, 2.882_540_548_866_167_3),
    (-7.75, -8.581_847_763_551_867, -1.030_768_832_830_931_5),
];

fn results<T: Real>(name: &str, level: Level, x: &[T]) -> Vec<T> {
    let mut out = vec![T::ZERO; x.len()];
    function::<T>(name, level)((x, &mut out));
    out
}

/// Floats of every exponent and both signs, infinities and NaNs among them, and some that matter.
fn floats32() -> Vec<f32> {
    let spread = (0..u32::MAX / 10_007).map(|i| f32::from_bits(i * 10_007));
    // Where most arguments are, and where results pass from normal to subnormal or infinite.
    let usual = (-60_000..60_000).map(|i| i as f32 * 1.7e-3 + 1e-7);
    let near_one =
        (-3000..3000).map(|i: i32| f32::from_bits(1.0f32.to_bits().wrapping_add_signed(i)));
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f32::MAX,
        f32::MIN_POSITIVE,
        1e-45,
        f32::INFINITY,
    ];
    spread.chain(usual).chain(near_one).chain(special).collect()
}

fn floats64() -> Vec<f64> {
    let spread = (0..300_000u64).map(|i| f64::from_bits(i.wrapping_mul(61_489_146_912_000 + 7919)));
    let usual = (-60_000..60_000).map(|i| f64::from(i) * 1.3e-2 + 1e-13);
    let near_one = (-3000..3000).map(|i| f64::from_bits(1.0f64.to_bits().wrapping_add_signed(i)));
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::INFINITY,
    ];
    spread.chain(usual).chain(near_one).chain(special).collect()
}

/// How many units in the last place of an `f32` are between `got` and `want`.
fn ulps32(got: f32, want: f64) -> f64 {
    let rounded = want as f32;
    if rounded.is_nan() || rounded.is_infinite() || rounded == 0.0 && want == 0.0 {
        let same = got.is_nan() && rounded.is_nan() || got.to_bits() == rounded.to_bits();
        return if same { 0.0 } else { f64::INFINITY };
    }
    let exponent = rounded.abs().max(f32::MIN_POSITIVE).log2().floor();
    (f64::from(got) - want).abs() / f64::from(exponent - 23.0).exp2()
}

fn ulps64(got: f64, want: f64) -> f64 {
    if want.is_nan() || want.is_infinite() || want == 0.0 {
        let same = got.is_nan() && want.is_nan() || got.to_bits() == want.to_bits();
        return if same { 0.0 } else { f64::INFINITY };
    }
    (got.to_bits() as i64 - want.to_bits() as i64).unsigned_abs() as f64
}

/// The reference, in `f64`.
fn reference(name: &str, x: f64) -> f64 {
    match name {
        "exp" => x.exp(),
        "exp2" => x.exp2(),
        "expm1" => x.exp_m1(),
        "log" => x.ln(),
        "log1p" => x.ln_1p(),
        "log2" => x.log2(),
        "log10" => x.log10(),
        "sinh" => x.sinh(),
        "cosh" => x.cosh(),
        "tanh" => x.tanh(),
        // The standard library's overflows near the end.
        "asinh" if x.abs() > 1e300 => (x.abs().ln() + std::f64::consts::LN_2).copysign(x),
        "asinh" => x.asinh(),
        "acosh" if (1.0..1.1).contains(&x) => ((x - 1.0) + ((x - 1.0) * (x + 1.0)).sqrt()).ln_1p(),
        "acosh" if x > 1e300 => x.ln() + std::f64::consts::LN_2,
        "acosh" => x.acosh(),
        // That of the standard library loses digits near -1.
        "atanh" => x.abs().atanh().copysign(x),
        "sigmoid" if x < 0.0 => x.exp() / (1.0 + x.exp()),
        "sigmoid" => 1.0 / (1.0 + (-x).exp()),
        "softplus" if x > 0.0 => x + (-x).exp().ln_1p(),
        "softplus" => x.exp().ln_1p(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.tan(),
        "asin" => x.asin(),
        "acos" => x.acos(),
        "atan" => x.atan(),
        "sqrt" => x.sqrt(),
        "rsqrt" => 1.0 / x.sqrt(),
        "cbrt" => x.cbrt(),
        "erf" => erf_reference(x),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        "trunc" => x.trunc(),
        "rint" => x.round_ties_even(),
        "abs" => x.abs(),
        _ => panic!("no reference for {name}"),
    }
}

/// The error function: near 0 by its series, whose terms have one sign, else by the continued
/// fraction of its complement.
fn erf_reference(x: f64) -> f64 {
    let a = x.abs();
    let e = (-a * a).exp() * std::f64::consts::FRAC_2_SQRT_PI;
    if a < 1.0 {
        let next = |&(term, n): &(f64, f64)| Some((term * 2.0 * a * a / (2.0 * n + 1.0), n + 1.0));
        let terms = std::iter::successors(Some((x, 1.0)), next).take(40);
        return e * terms.map(|(term, _)| term).sum::<f64>();
    }
    let fraction = (1..200)
        .rev()
        .fold(a, |rest, n| a + 0.5 * f64::from(n) / rest);
    if a < 6.0 {
        (1.0 - 0.5 * e / fraction).copysign(x)
    } else {
        x.signum()
    }
}

/// The functions that differ from [`reference`] by more than `bound(name)`, and where most.
fn failures<T: Real>(
    x: &[T],
    ulps: impl Fn(T, f64) -> f64,
    bound: impl Fn(&str) -> f64,
) -> Vec<(&'static str, f64, T)> {
    let names = NAMES.iter().filter(|name| !UNREFERENCED.contains(name));
    let worst = names.map(|&name| {
        let got = results(name, Level::current(), x);
        let errors = got
            .iter()
            .zip(x)
            .map(|(&got, &x)| (ulps(got, reference(name, x.to_f64())), x));
        let (error, at) = errors.fold((0.0, T::ZERO), |a, b| if b.0 > a.0 { b } else { a });
        (name, error, at)
    });
    worst
        .filter(|&(name, error, _)| error > bound(name))
        .collect()
}

#[test]
fn single_precision_is_within_its_bound_everywhere() {
    let bound = |name: &str| if EXACT.contains(&name) { 0.5 } else { 4.0 };
    assert_eq!(failures(&floats32(), ulps32, bound), []);
}

#[test]
fn double_precision_is_within_its_bound_everywhere() {
    let bound = |name: &str| match name {
        // The reference itself is some units off; `ERF` has better values.
        "erf" => 8.0,
        _ if EXACT.contains(&name) => 0.0,
        _ => 4.0,
    };
    assert_eq!(failures(&floats64(), ulps64, bound), []);
    for (x, y) in ERF {
        assert!(ulps64(at("erf", x), y) <= 2.0, "erf({x})");
    }
}

/// `f(x)` of one, by its name.
fn at<T: Real>(name: &str, x: T) -> T {
    results(name, Level::current(), &[x])[0]
}

#[test]
fn erfinv_undoes_erf() {
    for i in -9999..=9999 {
        let x = f64::from(i) * 1e-4;
        let y = Real::erfinv(x);
        assert!((erf_reference(y) - x).abs() <= 1e-15, "{x}: {y}");
        let single = Real::erfinv(x as f32);
        let error = f64::from(single) - Real::erfinv(f64::from(x as f32));
        assert!(error.abs() <= 3e-7 * y.abs(), "{x}: {single}");
    }
    for (x, y) in ERFINV {
        assert!(ulps64(Real::erfinv(x), y) <= 8.0, "{x}");
    }
    assert_eq!(at("erfinv", 1.0f32), f32::INFINITY);
    assert_eq!(at("erfinv", -1.0f64), f64::NEG_INFINITY);
    assert!(at("erfinv", 1.5f32).is_nan() && at("erfinv", -1.5f64).is_nan());
}

#[test]
fn gammaln_and_digamma_agree_with_known_values() {
    for (x, log_gamma, psi) in GAMMA {
        let close = |got: f64, want: f64| (got - want).abs() <= 4e-15 * want.abs().max(1.0);
        assert!(
            close(Real::gammaln(x), log_gamma),
            "gammaln({x}) = {}",
            Real::gammaln(x)
        );
        assert!(
            close(Real::digamma(x), psi),
            "digamma({x}) = {}",
            Real::digamma(x)
        );
    }
    assert_eq!(Real::gammaln(-3.0f32), f32::INFINITY);
    assert_eq!(Real::gammaln(0.0f64), f64::INFINITY);
    assert_eq!(Real::gammaln(f64::INFINITY), f64::INFINITY);
    assert!(Real::gammaln(f64::NAN).is_nan() && Real::digamma(-2.0f64).is_nan());
}

#[test]
fn every_level_gives_the_same_bits() {
    let x: Vec<f32> = floats32().into_iter().step_by(37).collect();
    for &name in NAMES {
        let want = results(name, Level::Base, &x);
        for level in [Level::Avx2, Level::Avx512] {
            let got = results(name, level, &x);
            let differ = (0..x.len()).find(|&i| {
                got[i].to_bits() != want[i].to_bits() && !(got[i].is_nan() && want[i].is_nan())
            });
            assert_eq!(differ.map(|i| (x[i], want[i], got[i])), None, "{name}");
        }
    }
}

/// Every pair of some numbers, zeros, infinities and NaN among them.
fn pairs() -> impl Iterator<Item = (f32, f32)> {
    let magnitudes = [
        0.0,
        1.0,
        0.5,
        2.0,
        3.0,
        2.7,
        1e-3,
        88.0,
        16_777_217.0,
        1e-45,
        3e38,
        f32::INFINITY,
    ];
    let numbers: Vec<f32> = magnitudes
        .into_iter()
        .flat_map(|x| [x, -x])
        .chain([f32::NAN])
        .collect();
    let others = numbers.clone();
    numbers
        .into_iter()
        .flat_map(move |x| others.clone().into_iter().map(move |y| (x, y)))
}

#[test]
fn functions_of_two_numbers_follow_the_rules_of_c() {
    for (x, y) in pairs() {
        let (a, b) = (f64::from(x), f64::from(y));
        assert!(
            ulps32(Real::pow(x, y), a.powf(b)) <= 1.0,
            "{x}^{y}: {}",
            Real::pow(x, y)
        );
        assert!(
            ulps32(Real::atan2(x, y), a.atan2(b)) <= 3.0,
            "{x}, {y}: {}",
            Real::atan2(x, y)
        );
        assert!(
            ulps32(Real::hypot(x, y), a.hypot(b)) <= 1.0,
            "{x}, {y}: {}",
            Real::hypot(x, y)
        );
        assert!(
            ulps32(Real::fmod(x, y), a % b) <= 0.0,
            "{x}, {y}: {}",
            Real::fmod(x, y)
        );
    }
}

#[test]
fn random_powers_and_angles_are_within_their_bound() {
    for i in 0..200_000u32 {
        let x = f32::from_bits(i.wrapping_mul(2_654_435_761));
        let y = (i % 1999) as f32 * 0.013 - 13.0;
        let (a, b) = (f64::from(x), f64::from(y));
        assert!(
            ulps32(Real::pow(x, y), a.powf(b)) <= 1.0,
            "{x}^{y}: {}",
            Real::pow(x, y)
        );
        assert!(
            ulps32(Real::atan2(x, y), a.atan2(b)) <= 4.0,
            "{x}, {y}: {}",
            Real::atan2(x, y)
        );
    }
}

#[test]
fn division_with_remainder_has_the_sign_of_the_divisor() {
    let cases = [
        (7.0, 3.0, 2.0, 1.0),
        (-7.0, 3.0, -3.0, 2.0),
        (7.0, -3.0, -3.0, -2.0),
        (-7.0, -3.0, 2.0, -1.0),
        (1.0, 0.1, 9.0, 1.0 % 0.1),
        (-6.0, 3.0, -2.0, 0.0),
        (5.0, f64::INFINITY, 0.0, 5.0),
        (-5.0, f64::INFINITY, -1.0, f64::INFINITY),
        (0.0, -2.0, -0.0, -0.0),
    ];
    for (x, y, quotient, rest) in cases {
        assert_eq!(
            Real::floor_divide(x, y).to_bits(),
            f64::to_bits(quotient),
            "{x} // {y}"
        );
        assert_eq!(
            Real::modulo(x, y).to_bits(),
            f64::to_bits(rest),
            "{x} % {y}"
        );
    }
    assert_eq!(Real::floor_divide(1.0f32, 0.0), f32::INFINITY);
    assert!(Real::modulo(1.0f32, 0.0).is_nan() && Real::modulo(f32::NAN, 1.0).is_nan());
}

#[test]
fn nan_passes_through_maximum_but_not_through_fmax() {
    let nan = f32::NAN;
    assert!(Real::maximum(nan, 1.0).is_nan() && Real::maximum(1.0, nan).is_nan());
    assert!(Real::minimum(nan, 1.0).is_nan() && Real::minimum(1.0, nan).is_nan());
    assert_eq!((Real::fmax(nan, 1.0), Real::fmax(1.0, nan)), (1.0, 1.0));
    assert_eq!((Real::fmin(nan, 1.0), Real::fmin(1.0, nan)), (1.0, 1.0));
    assert_eq!(
        (Real::maximum(2.0f32, -3.0), Real::minimum(2.0f32, -3.0)),
        (2.0, -3.0)
    );
}

#[test]
fn the_sign_of_zero_is_zero_and_of_nan_is_nan() {
    assert_eq!(
        [-2.0f32, -0.0, 0.0, 1e-45].map(Real::sign),
        [-1.0, 0.0, 0.0, 1.0]
    );
    assert_eq!(Real::sign(-0.0f64).to_bits(), 0);
    assert!(Real::sign(f32::NAN).is_nan());
}

#[test]
fn exp_of_negative_is_exp_but_for_subnormal_results() {
    for i in 0..90_000 {
        let x = -1e-3 * i as f32;
        let (got, exact) = (Real::exp_of_negative(x), f64::from(x).exp());
        assert!(got == 0.0 && x < -87.2 || ulps32(got, exact) < 4.0, "{x}");
        let x = f64::from(x) * 8.0;
        let (got, exact) = (Real::exp_of_negative(x), x.exp());
        assert!(got == 0.0 && x < -708.0 || ulps64(got, exact) < 4.0, "{x}");
    }
    assert_eq!(Real::exp_of_negative(f32::NEG_INFINITY), 0.0);
    assert_eq!(Real::exp_of_negative(f64::NEG_INFINITY), 0.0);
    assert!(Real::exp_of_negative(f32::NAN).is_nan());
}
