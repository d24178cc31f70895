//! Element-wise ops against plain Rust loops, their gradients against finite differences, and fused
//! against unfused runs.

#![expect(clippy::unwrap_used, reason = "an error in a test fails it")]

use std::f64::consts::PI;

use forerun_engine::kernels::math::Real;
use forerun_engine::ops::registry::{self, Argument, Made};
use forerun_engine::ops::{self, Axes};
use forerun_engine::{Array, DType, Device, Error, GradReq, Scalar, Scope, dispatch, runtime};
use half::f16;
use num_complex::Complex;

type Unary = (&'static str, fn(f64) -> f64, [f64; 2]);
type Binary = (&'static str, fn(f64, f64) -> f64, [f64; 4]);

type Integers = (&'static str, fn(i64, i64) -> i64);

/// Every function of one float with a reference, and where its gradient is tested.
const UNARY: &[Unary] = &[
    ("positive", |x| x, [-2.0, 2.0]),
    ("negative", |x| -x, [-2.0, 2.0]),
    ("absolute", f64::abs, [0.1, 2.0]),
    ("sign", Real::sign, [0.1, 2.0]),
    ("exp", f64::exp, [-2.0, 2.0]),
    ("exp2", f64::exp2, [-2.0, 2.0]),
    ("expm1", f64::exp_m1, [-2.0, 2.0]),
    ("log", f64::ln, [0.1, 3.0]),
    ("log2", f64::log2, [0.1, 3.0]),
    ("log10", f64::log10, [0.1, 3.0]),
    ("log1p", f64::ln_1p, [-0.8, 3.0]),
    ("sqrt", f64::sqrt, [0.1, 3.0]),
    ("rsqrt", |x| 1.0 / x.sqrt(), [0.1, 3.0]),
    ("cbrt", f64::cbrt, [0.1, 3.0]),
    ("square", |x| x * x, [-3.0, 3.0]),
    ("reciprocal", |x| 1.0 / x, [0.2, 3.0]),
    ("sin", f64::sin, [-3.0, 3.0]),
    ("cos", f64::cos, [-3.0, 3.0]),
    ("tan", f64::tan, [-1.2, 1.2]),
    ("arcsin", f64::asin, [-0.9, 0.9]),
    ("arccos", f64::acos, [-0.9, 0.9]),
    ("arctan", f64::atan, [-3.0, 3.0]),
    ("sinh", f64::sinh, [-3.0, 3.0]),
    ("cosh", f64::cosh, [-3.0, 3.0]),
    ("tanh", f64::tanh, [-3.0, 3.0]),
    ("arcsinh", Real::asinh, [-3.0, 3.0]),
    ("arccosh", Real::acosh, [1.1, 3.0]),
    ("arctanh", Real::atanh, [-0.9, 0.9]),
    ("sigmoid", |x| 1.0 / (1.0 + (-x).exp()), [-3.0, 3.0]),
    ("softplus", Real::softplus, [-3.0, 3.0]),
    ("relu", |x| Real::maximum(x, 0.0), [0.1, 3.0]),
    ("softsign", |x| x / (1.0 + x.abs()), [-3.0, 3.0]),
    ("erf", Real::erf, [-2.0, 2.0]),
    ("erfinv", Real::erfinv, [-0.9, 0.9]),
    ("gammaln", Real::gammaln, [0.3, 4.0]),
    ("digamma", Real::digamma, [0.3, 4.0]),
    ("trigamma", Real::trigamma, [0.0, 0.0]),
    ("floor", f64::floor, [0.1, 0.9]),
    ("ceil", f64::ceil, [0.1, 0.9]),
    ("trunc", f64::trunc, [0.1, 0.9]),
    ("fix", f64::trunc, [0.1, 0.9]),
    ("rint", f64::round_ties_even, [0.6, 1.4]),
    ("degrees", f64::to_degrees, [-3.0, 3.0]),
    ("radians", f64::to_radians, [-3.0, 3.0]),
    ("real", |x| x, [-3.0, 3.0]),
    ("imag", |_| 0.0, [-3.0, 3.0]),
    ("conjugate", |x| x, [-3.0, 3.0]),
    (
        "angle",
        |x| {
            if x < 0.0 {
                PI
            } else if x.is_nan() {
                x
            } else {
                0.0
            }
        },
        [-3.0, -0.1],
    ),
    (
        "gelu",
        |x| x * 0.5 * (1.0 + Real::erf(x * 0.5f64.sqrt())),
        [-3.0, 3.0],
    ),
    ("silu", |x| x * Real::sigmoid(x), [-3.0, 3.0]),
    ("selu", selu, [-3.0, -0.1]),
    ("isnan", |x| truth(x.is_nan()), [0.0, 0.0]),
    ("isinf", |x| truth(x.is_infinite()), [0.0, 0.0]),
    ("isfinite", |x| truth(x.is_finite()), [0.0, 0.0]),
    ("isposinf", |x| truth(x == f64::INFINITY), [0.0, 0.0]),
    ("isneginf", |x| truth(x == f64::NEG_INFINITY), [0.0, 0.0]),
    ("signbit", |x| truth(x.is_sign_negative()), [0.0, 0.0]),
    ("logical_not", |x| truth(x == 0.0), [0.0, 0.0]),
    ("log_sigmoid", |x| -Real::softplus(-x), [-3.0, 3.0]),
    ("mish", |x| x * Real::softplus(x).tanh(), [-3.0, 3.0]),
    (
        "hard_sigmoid",
        |x| Real::minimum(Real::maximum(0.2 * x + 0.5, 0.0), 1.0),
        [-2.0, 2.0],
    ),
    ("round", f64::round_ties_even, [0.6, 1.4]),
];

/// Every function of two floats, and where its gradient is tested.
const BINARY: &[Binary] = &[
    ("add", |a, b| a + b, [-3.0, 3.0, -3.0, 3.0]),
    ("subtract", |a, b| a - b, [-3.0, 3.0, -3.0, 3.0]),
    ("multiply", |a, b| a * b, [-3.0, 3.0, -3.0, 3.0]),
    ("true_divide", |a, b| a / b, [-3.0, 3.0, 0.5, 3.0]),
    ("floor_divide", Real::floor_divide, [2.1, 2.9, 0.9, 1.0]),
    ("mod", Real::modulo, [2.1, 2.9, 0.9, 1.0]),
    ("fmod", |a, b| a % b, [-2.9, -2.1, 0.99, 1.0]),
    ("power", f64::powf, [0.3, 3.0, -2.0, 2.0]),
    ("arctan2", f64::atan2, [0.3, 3.0, -3.0, 3.0]),
    ("hypot", f64::hypot, [0.3, 3.0, -3.0, 3.0]),
    ("copysign", f64::copysign, [-3.0, -0.1, 0.1, 3.0]),
    ("logaddexp", log_add_exp, [-3.0, 3.0, -3.0, 3.0]),
    ("maximum", Real::maximum, [-3.0, 3.0, -3.0, 3.0]),
    ("minimum", Real::minimum, [-3.0, 3.0, -3.0, 3.0]),
    ("fmax", Real::fmax, [-3.0, 3.0, -3.0, 3.0]),
    ("fmin", Real::fmin, [-3.0, 3.0, -3.0, 3.0]),
    (
        "heaviside",
        |a, b| {
            if a.is_nan() {
                a
            } else if a == 0.0 {
                b
            } else {
                truth(a > 0.0)
            }
        },
        [0.1, 1.0, 0.1, 1.0],
    ),
    (
        "xlogy",
        |a, b| {
            if a == 0.0 && !b.is_nan() {
                0.0
            } else {
                a * b.ln()
            }
        },
        [0.1, 3.0, 0.1, 3.0],
    ),
    ("ldexp", |a, b| a * b.exp2(), [-3.0, 3.0, -3.0, 3.0]),
    (
        "leaky_relu",
        |x, s| if x > 0.0 { x } else { x * s },
        [-3.0, -0.1, 0.1, 0.5],
    ),
    (
        "elu",
        |x, a| if x > 0.0 { x } else { a * x.exp_m1() },
        [-3.0, -0.1, 0.5, 2.0],
    ),
    ("smooth_l1", smooth_l1, [-3.0, 3.0, 1.0, 1.0]),
    ("equal", |a, b| truth(a == b), [0.0; 4]),
    ("not_equal", |a, b| truth(a != b), [0.0; 4]),
    ("less", |a, b| truth(a < b), [0.0; 4]),
    ("less_equal", |a, b| truth(a <= b), [0.0; 4]),
    ("greater", |a, b| truth(a > b), [0.0; 4]),
    ("greater_equal", |a, b| truth(a >= b), [0.0; 4]),
    ("logical_and", |a, b| truth(a != 0.0 && b != 0.0), [0.0; 4]),
    ("logical_or", |a, b| truth(a != 0.0 || b != 0.0), [0.0; 4]),
    (
        "logical_xor",
        |a, b| truth((a != 0.0) != (b != 0.0)),
        [0.0; 4],
    ),
];

fn truth(x: bool) -> f64 {
    f64::from(u8::from(x))
}

fn selu(x: f64) -> f64 {
    1.0507009873554805
        * if x > 0.0 {
            x
        } else {
            1.6732632423543772 * x.exp_m1()
        }
}

fn log_add_exp(a: f64, b: f64) -> f64 {
    let distance = if a == b { 0.0 } else { (a - b).abs() };
    Real::maximum(a, b) + (-distance).exp().ln_1p()
}

fn smooth_l1(x: f64, sigma: f64) -> f64 {
    let square = sigma * sigma;
    if x.abs() * square < 1.0 {
        0.5 * square * x * x
    } else {
        x.abs() - 0.5 / square
    }
}

/// A small generator: tests must not depend on what they test.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next() as f64 / (1u64 << 31) as f64
    }

    fn floats(&mut self, n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|_| self.within(low, high)).collect()
    }
}

fn array(elements: &[f64], shape: &[usize]) -> Array {
    Array::from_elements(elements, shape, Device::default()).unwrap()
}

fn call(name: &str, inputs: &[&Array]) -> Array {
    let inputs: Vec<Argument> = inputs
        .iter()
        .map(|x| Argument::Array((*x).clone()))
        .collect();
    let entry = registry::find(name).unwrap_or_else(|| panic!("no op {name}"));
    match entry
        .call(&inputs)
        .unwrap_or_else(|error| panic!("{error}"))
    {
        Made::One(array) => array,
        other => panic!("{name} made {other:?}"),
    }
}

fn to_f64(x: &Array) -> Vec<f64> {
    ops::astype(x, DType::F64).unwrap().to_vec().unwrap()
}

fn rounded(x: f64, dtype: DType) -> f64 {
    match dtype {
        DType::F16 => f16::from_f64(x).to_f64(),
        DType::F32 => f64::from(x as f32),
        _ => x,
    }
}

#[track_caller]
fn assert_close(what: &str, dtype: DType, got: f64, want: f64) {
    let (relative, tiny) = match dtype {
        DType::F16 => (2e-3, 2e-7),
        DType::F32 => (2e-6, 1e-37),
        _ => (1e-13, 1e-300),
    };
    let want = rounded(want, dtype);
    let same = got == want || got.is_nan() && want.is_nan();
    assert!(
        same || (got - want).abs() <= relative * want.abs() + tiny,
        "{what} {dtype}: {got}, not {want}"
    );
}

const FLOATS: [DType; 3] = [DType::F16, DType::F32, DType::F64];
const SPECIAL: [f64; 12] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    -0.0,
    0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    100.0,
    -100.0,
];

#[test]
fn functions_of_one_array_equal_a_plain_loop() {
    let mut random = Random(1);
    let mut inputs = random.floats(3000, -5.0, 5.0);
    inputs.extend(SPECIAL);
    for &(name, reference, _) in UNARY {
        for dtype in FLOATS {
            let x = ops::astype(&array(&inputs, &[inputs.len()]), dtype).unwrap();
            let got = to_f64(&call(name, &[&x]));
            for (x, got) in to_f64(&x).into_iter().zip(got) {
                // Sums of larger terms keep the digits of those terms.
                let is_sum = ["gammaln", "digamma", "mish", "hard_sigmoid", "gelu"].contains(&name);
                let of_terms = match dtype {
                    DType::F16 => 5e-3,
                    DType::F32 => 2e-6,
                    _ => 1e-14,
                };
                let want = reference(x);
                if is_sum && (got - want).abs() < of_terms {
                    continue;
                }
                assert_close(&format!("{name}({x})"), dtype, got, want);
            }
        }
    }
}

#[test]
fn functions_of_two_arrays_equal_a_plain_loop() {
    let mut random = Random(2);
    let mut a = random.floats(50, -5.0, 5.0);
    a.extend(SPECIAL);
    let (n, mut b) = (a.len(), random.floats(50, -5.0, 5.0));
    b.extend(SPECIAL);
    for &(name, reference, _) in BINARY {
        for dtype in FLOATS {
            // A column beside a row: every pair.
            let x = ops::astype(&array(&a, &[n, 1]), dtype).unwrap();
            let y = ops::astype(&array(&b, &[n]), dtype).unwrap();
            let got = to_f64(&call(name, &[&x, &y]));
            let (x, y) = (to_f64(&x), to_f64(&y));
            assert_eq!(got.len(), n * n);
            for (i, got) in got.into_iter().enumerate() {
                let (x, y) = (x[i / n], y[i % n]);
                let want = reference(x, y);
                let lost = name == "logaddexp" && (got - want).abs() < 1e-6;
                if !lost {
                    assert_close(&format!("{name}({x}, {y})"), dtype, got, want);
                }
            }
        }
    }
}

#[test]
fn every_element_wise_op_has_a_row() {
    let others = [
        "full",
        "arange",
        "copy",
        "astype",
        "sum",
        "where",
        "clip",
        "bitwise_not",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "left_shift",
        "right_shift",
        "gcd",
        "lcm",
        // Not element-wise.
        "dot",
        "matmul",
        "inner",
        "outer",
        "vdot",
        "kron",
        "solve",
        "nonzero",
        "ravel",
        "flatten",
        "random_permuted",
        "random_shuffle",
        "unique",
    ];
    for entry in registry::all() {
        let is_unary = entry.params == ["x"] && !others.contains(&entry.name);
        let is_binary = entry.params == ["a", "b"] && !others.contains(&entry.name);
        let listed = UNARY.iter().any(|row| row.0 == entry.name)
            || BINARY.iter().any(|row| row.0 == entry.name);
        assert!(
            listed || !(is_unary || is_binary),
            "{} has no row",
            entry.name
        );
    }
}

#[test]
fn strided_and_broadcast_inputs_are_read_in_order() {
    let mut random = Random(3);
    let (x, y) = (
        array(&random.floats(70 * 50, -1.0, 1.0), &[70, 50]),
        array(&random.floats(70, -1.0, 1.0), &[70]),
    );
    let got = ops::multiply(&x.transpose(None).unwrap(), &y).unwrap();
    let (a, b) = (to_f64(&x), to_f64(&y));
    let want: Vec<f64> = (0..50 * 70)
        .map(|i| a[(i % 70) * 50 + i / 70] * b[i % 70])
        .collect();
    assert_eq!(to_f64(&got), want);
    let part = x.index_axis(1, 7).unwrap();
    let want: Vec<f64> = (0..70).map(|i| (a[i * 50 + 7]).exp()).collect();
    for (got, want) in to_f64(&ops::exp(&part).unwrap()).into_iter().zip(want) {
        assert_close("exp", DType::F64, got, want);
    }
}

#[test]
fn empty_arrays_and_single_elements_work() {
    let (empty, one) = (array(&[], &[0, 3]), array(&[2.0], &[]));
    for &(name, reference, _) in UNARY {
        assert_eq!(call(name, &[&empty]).shape()[..], [0, 3]);
        let got = call(name, &[&one]);
        assert_eq!(got.ndim(), 0);
        assert_close(name, DType::F64, to_f64(&got)[0], reference(2.0));
    }
    for &(name, ..) in BINARY {
        assert_eq!(call(name, &[&empty, &one]).shape()[..], [0, 3]);
    }
    assert!(
        ops::where_(&empty, &empty, 1.0)
            .unwrap()
            .to_vec::<f64>()
            .unwrap()
            .is_empty()
    );
}

/// A function of two integers in wider ones; the result wraps.
const INTEGERS: &[Integers] = &[
    ("add", |a, b| a + b),
    ("subtract", |a, b| a - b),
    ("multiply", |a, b| a * b),
    ("floor_divide", |a, b| {
        if b == 0 {
            0
        } else {
            (a as f64 / b as f64).floor() as i64
        }
    }),
    ("mod", |a, b| {
        if b == 0 {
            0
        } else {
            a - b * (a as f64 / b as f64).floor() as i64
        }
    }),
    ("fmod", |a, b| if b == 0 { 0 } else { a % b }),
    ("maximum", i64::max),
    ("minimum", i64::min),
    ("bitwise_and", |a, b| a & b),
    ("bitwise_or", |a, b| a | b),
    ("bitwise_xor", |a, b| a ^ b),
    (
        "left_shift",
        |a, b| if (0..8).contains(&b) { a << b } else { 0 },
    ),
    ("right_shift", |a, b| {
        if (0..8).contains(&b) { a >> b } else { a >> 63 }
    }),
    ("gcd", gcd),
    ("lcm", |a, b| {
        if gcd(a, b) == 0 {
            0
        } else {
            (a * b).abs() / gcd(a, b)
        }
    }),
];

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

#[test]
fn integers_follow_numpy_for_every_pair_of_bytes() {
    let signed: Vec<i8> = (i8::MIN..=i8::MAX).collect();
    let unsigned: Vec<u8> = (0..=u8::MAX).collect();
    let (column, row) = (
        |x: Array| x.expand_dims(1).unwrap(),
        |x: Array| x.expand_dims(0).unwrap(),
    );
    for &(name, reference) in INTEGERS {
        let got = call(
            name,
            &[
                &column(Array::from_slice(&signed)),
                &row(Array::from_slice(&signed)),
            ],
        );
        for (i, got) in got.to_vec::<i8>().unwrap().into_iter().enumerate() {
            let (a, b) = (signed[i / 256], signed[i % 256]);
            assert_eq!(got, reference(a.into(), b.into()) as i8, "{name}({a}, {b})");
        }
        let got = call(
            name,
            &[
                &column(Array::from_slice(&unsigned)),
                &row(Array::from_slice(&unsigned)),
            ],
        );
        for (i, got) in got.to_vec::<u8>().unwrap().into_iter().enumerate() {
            let (a, b) = (unsigned[i / 256], unsigned[i % 256]);
            assert_eq!(got, reference(a.into(), b.into()) as u8, "{name}({a}, {b})");
        }
    }
    let lowest = Array::from_slice(&[i64::MIN]);
    let quotient = ops::floor_divide(&lowest, -1i64).unwrap();
    assert_eq!(quotient.to_vec::<i64>().unwrap(), [i64::MIN]);
}

#[test]
fn integer_powers_wrap_and_refuse_negative_exponents() {
    let x = Array::from_slice(&[2i32, -3, 0, 10]);
    let cube = ops::power(&x, 3i64).unwrap();
    assert_eq!(cube.to_vec::<i32>().unwrap(), [8, -27, 0, 1000]);
    assert!(matches!(ops::power(&x, -1i64), Err(Error::Argument { .. })));
    let failed = ops::power(2i64, &x).unwrap();
    assert!(matches!(
        failed.wait().unwrap_err().root(),
        Error::Argument { .. }
    ));
    let root = ops::power(&x, 0.5).unwrap();
    assert_eq!(root.dtype(), DType::F32);
    let flag = Array::from_slice(&[true, false]);
    assert_eq!(
        ops::power(&flag, &flag).unwrap().to_vec::<i8>().unwrap(),
        [1, 1]
    );
}

#[test]
fn dtypes_follow_the_rules() {
    let (ints, flags) = (
        Array::from_slice(&[1i32, 0]),
        Array::from_slice(&[true, false]),
    );
    assert_eq!(ops::true_divide(&ints, &ints).unwrap().dtype(), DType::F32);
    assert_eq!(ops::multiply(&ints, 0.5).unwrap().dtype(), DType::F32);
    assert_eq!(
        ops::add(&flags, &flags).unwrap().to_vec::<bool>().unwrap(),
        [true, false]
    );
    let complex = Array::from_slice(&[Complex::new(3.0f32, 4.0)]);
    assert_eq!(
        ops::absolute(&complex).unwrap().to_vec::<f32>().unwrap(),
        [5.0]
    );
    for refused in [
        ops::subtract(&flags, &flags),
        ops::negative(&flags),
        ops::erf(&complex),
        ops::floor(&complex),
        ops::less(&complex, 1.0),
        ops::bitwise_and(&complex, &complex),
        ops::left_shift(&ints, 1.5),
    ] {
        assert!(matches!(refused, Err(Error::DType { .. })), "{refused:?}");
    }
    let bytes = Array::from_slice(&[200u8, 3]);
    assert_eq!(
        ops::less(&bytes, 300i64).unwrap().to_vec::<bool>().unwrap(),
        [true, true]
    );
    assert_eq!(
        ops::greater(&bytes, -1i64)
            .unwrap()
            .to_vec::<bool>()
            .unwrap(),
        [true, true]
    );
}

#[test]
fn where_and_clip_choose_elements() {
    let x = array(&[-2.0, -1.0, 0.5, 3.0, f64::NAN], &[5]);
    let positive = ops::greater(&x, 0.0).unwrap();
    let chosen = ops::where_(&positive, &x, 7i64).unwrap();
    assert_eq!(to_f64(&chosen), [7.0, 7.0, 0.5, 3.0, 7.0]);
    let clipped = to_f64(&ops::clip(&x, Some(-1.0), Some(1.0)).unwrap());
    assert_eq!(clipped[..4], [-1.0, -1.0, 0.5, 1.0]);
    assert!(clipped[4].is_nan());
    let low = ops::clip(&x, Some(0.0), None::<f64>).unwrap();
    assert_eq!(to_f64(&low)[..4], [0.0, 0.0, 0.5, 3.0]);
    assert!(ops::clip(&x, None::<f64>, None::<f64>).is_err());
}

#[test]
fn round_keeps_decimals() {
    let x = array(&[1.2345, -2.5, 1250.0], &[3]);
    assert_eq!(
        to_f64(&ops::round(&x, Some(2)).unwrap()),
        [1.23, -2.5, 1250.0]
    );
    assert_eq!(to_f64(&ops::round(&x, None).unwrap()), [1.0, -2.0, 1250.0]);
    let ints = Array::from_slice(&[1250i64, 1350, 7]);
    assert_eq!(
        ops::round(&ints, Some(-2))
            .unwrap()
            .to_vec::<i64>()
            .unwrap(),
        [1200, 1400, 0]
    );
}

/// The gradients of `sum(f(inputs) * w)` by backward and by central differences.
fn check_gradients(name: &str, inputs: &[Array], f: &dyn Fn(&[Array]) -> Array) {
    let mut random = Random(11);
    let shape = f(inputs).shape().clone();
    let w = array(&random.floats(shape.size(), 0.5, 1.5), &shape);
    let loss = |inputs: &[Array]| ops::sum(&(f(inputs) * &w), Axes::ALL, false, None).unwrap();
    for x in inputs {
        x.attach_grad(GradReq::Write).unwrap();
    }
    let y = {
        let _recording = Scope::record(true);
        loss(inputs)
    };
    y.backward().unwrap();
    for (i, x) in inputs.iter().enumerate() {
        let grad = x.grad().unwrap().to_vec::<f64>().unwrap();
        let elements = x.to_vec::<f64>().unwrap();
        for (at, grad) in grad.into_iter().enumerate() {
            let h = 1e-5;
            let moved = |by: f64| {
                let mut elements = elements.clone();
                elements[at] += by;
                let mut inputs = inputs.to_vec();
                inputs[i] = array(&elements, x.shape());
                loss(&inputs).to_vec::<f64>().unwrap()[0]
            };
            let want = (moved(h) - moved(-h)) / (2.0 * h);
            assert!(
                (grad - want).abs() <= 1e-6 * (1.0 + want.abs()),
                "{name}: gradient {i} at {}: {grad}, not {want}",
                elements[at]
            );
        }
    }
}

#[test]
fn gradients_of_one_array_equal_finite_differences() {
    let mut random = Random(5);
    for &(name, _, [low, high]) in UNARY {
        if low < high {
            let x = array(&random.floats(6, low, high), &[2, 3]);
            check_gradients(name, &[x], &|x| call(name, &[&x[0]]));
        }
    }
}

#[test]
fn gradients_of_two_arrays_equal_finite_differences() {
    let mut random = Random(6);
    for &(name, _, [a, b, c, d]) in BINARY {
        if a < b {
            let x = array(&random.floats(3, a, b), &[3, 1]);
            let y = array(&random.floats(4, c, d), &[4]);
            if c < d {
                check_gradients(name, &[x.clone(), y.clone()], &|x| {
                    call(name, &[&x[0], &x[1]])
                });
            }
            let entry = registry::find(name).unwrap();
            check_gradients(name, &[x], &|x| {
                let given = [
                    Argument::Array(x[0].clone()),
                    Argument::Number(Scalar::Float(c + 0.7 * (d - c))),
                ];
                let Made::One(y) = entry.call(&given).unwrap() else {
                    panic!("not one array")
                };
                y
            });
        }
    }
    let x = array(&random.floats(4, 0.5, 2.0), &[4]);
    for exponent in [2.0, 0.5, -1.0, 1.0, 3.0, 0.0, -1.7] {
        check_gradients("power", std::slice::from_ref(&x), &|x| {
            ops::power(&x[0], exponent).unwrap()
        });
    }
}

#[test]
fn gradients_of_three_arrays_equal_finite_differences() {
    let mut random = Random(7);
    let x = array(&random.floats(12, -2.0, 2.0), &[3, 4]);
    let y = array(&random.floats(4, -2.0, 2.0), &[4]);
    let condition = Array::from_slice(&[true, false, false, true]);
    check_gradients("where", &[x.clone(), y], &|x| {
        ops::where_(&condition, &x[0], &x[1]).unwrap()
    });
    let (low, high) = (array(&[-1.0], &[1]), array(&[0.7], &[1]));
    check_gradients("clip", &[x, low, high], &|x| {
        ops::clip(&x[0], Some(&x[1]), Some(&x[2])).unwrap()
    });
}

#[test]
fn gradients_of_complex_functions_equal_finite_differences() {
    let mut random = Random(8);
    let names = [
        "negative",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "square",
        "reciprocal",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "arcsinh",
        "arccosh",
        "arctanh",
        "sign",
        "absolute",
        "real",
        "imag",
        "conjugate",
        "angle",
    ];
    // A complex number from two real arrays, and two real numbers of a complex one.
    let complex = |x: &[Array]| &x[0] + ops::multiply(&x[1], Complex::new(0.0, 1.0)).unwrap();
    let parts = |z: Array| ops::real(&z).unwrap() + ops::imag(&z).unwrap() * 0.3;
    let mut pair = || array(&random.floats(3, 0.2, 0.8), &[3]);
    for name in names {
        check_gradients(name, &[pair(), pair()], &|x| {
            parts(call(name, &[&complex(x)]))
        });
    }
    for name in ["add", "subtract", "multiply", "true_divide", "power"] {
        let inputs = [pair(), pair(), pair(), pair()];
        check_gradients(name, &inputs, &|x| {
            parts(call(name, &[&complex(&x[..2]), &complex(&x[2..])]))
        });
    }
}

/// The elements as text, which tells every bit but those of a NaN.
fn text(x: &Array) -> String {
    dispatch!(all, x.dtype(), T => format!("{:?}", x.to_vec::<T>().unwrap()))
}

/// Arrays that a random program makes.
fn random_program(seed: u64) -> Vec<String> {
    const UNARY: &[&str] = &[
        "negative",
        "exp",
        "tanh",
        "sqrt",
        "isnan",
        "square",
        "floor",
        "sign",
        "logical_not",
        "relu",
    ];
    const BINARY: &[&str] = &[
        "add",
        "subtract",
        "multiply",
        "true_divide",
        "maximum",
        "less",
        "mod",
        "power",
        "bitwise_and",
        "logical_or",
        "arctan2",
    ];
    let random = &mut Random(seed);
    let dtypes = [
        DType::Bool,
        DType::I8,
        DType::U8,
        DType::I32,
        DType::I64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
        DType::C64,
    ];
    let shapes: [&[usize]; 5] = [&[], &[33], &[40, 33], &[40, 1], &[33, 40]];
    let mut arrays: Vec<Array> = (0..6)
        .map(|i| {
            let shape = shapes[i % 5];
            let elements = random.floats(shape.iter().product(), -3.0, 3.0);
            let x = ops::astype(&array(&elements, shape), dtypes[random.below(10)]).unwrap();
            if shape == [33, 40] {
                x.transpose(None).unwrap()
            } else {
                x
            }
        })
        .collect();
    for _ in 0..40 {
        let a = arrays[random.below(arrays.len())].clone();
        let b = arrays[random.below(arrays.len())].clone();
        let given = |x: &Array| Argument::Array(x.clone());
        let number = Argument::Number(
            [Scalar::Int(2), Scalar::Float(0.5), Scalar::Bool(true)][random.below(3)],
        );
        let made = match random.below(5) {
            0 => registry::find(UNARY[random.below(UNARY.len())])
                .unwrap()
                .call(&[given(&a)]),
            1 => registry::find(BINARY[random.below(BINARY.len())])
                .unwrap()
                .call(&[given(&a), number]),
            2 => ops::where_(&a, &b, 2i64).map(Made::One),
            3 => ops::astype(&a, dtypes[random.below(10)]).map(Made::One),
            _ => registry::find(BINARY[random.below(BINARY.len())])
                .unwrap()
                .call(&[given(&a), given(&b)]),
        };
        // What is refused is refused either way.
        if let Ok(Made::One(y)) = made {
            arrays.push(y);
        }
        if random.below(3) == 0 {
            arrays.swap_remove(random.below(arrays.len()));
        }
    }
    arrays
        .iter()
        .map(|x| {
            if let Err(error) = x.wait() {
                format!("{}", error.root())
            } else {
                text(x)
            }
        })
        .collect()
}

#[test]
fn fused_and_unfused_programs_give_the_same_bits() {
    for seed in 0..150 {
        runtime::set_fusion(true);
        let fused = random_program(seed);
        runtime::set_fusion(false);
        let unfused = random_program(seed);
        runtime::set_fusion(true);
        for (i, (a, b)) in fused.iter().zip(&unfused).enumerate() {
            assert!(a == b, "seed {seed}, array {i}:\n{a:.300}\n{b:.300}");
        }
    }
}

#[test]
fn two_arithmetic_ops_in_one_loop_round_as_two() {
    type Op = (
        fn(&Array, &Array) -> forerun_engine::Result<Array>,
        fn(f32, f32) -> f32,
    );
    let ops: [Op; 3] = [
        (|a, b| ops::add(a, b), |a, b| a + b),
        (|a, b| ops::subtract(a, b), |a, b| a - b),
        (|a, b| ops::multiply(a, b), |a, b| a * b),
    ];
    let numbers = |by: usize| -> Vec<f32> {
        let spread = |i: usize| (i * by % 1009) as f32 / 313.0 - 1.5;
        (0..1500).map(spread).collect()
    };
    let data = [numbers(7), numbers(31), numbers(101)];
    let [a, b, c] = data.each_ref().map(|x| Array::from_slice(x));
    for (first, first_of) in ops {
        for (second, second_of) in ops {
            for is_right in [false, true] {
                let ab = first(&a, &b).unwrap();
                let made = match is_right {
                    false => second(&ab, &c),
                    true => second(&c, &ab),
                };
                drop(ab);
                let expected = (0..1500).map(|i| {
                    let (ab, c) = (first_of(data[0][i], data[1][i]), data[2][i]);
                    match is_right {
                        false => second_of(ab, c),
                        true => second_of(c, ab),
                    }
                });
                let bits = |x: f32| x.to_bits();
                let made = made.unwrap().to_vec::<f32>().unwrap().into_iter().map(bits);
                assert!(made.eq(expected.map(bits)), "right: {is_right}");
            }
        }
    }
}

/// Larger than the caches, where results may be written past them: also while a reduction reads
/// them, whose rows do not begin where lines of the cache do.
#[test]
fn large_results_are_those_of_their_parts() {
    const ROWS: usize = 140_000;
    const LEN: usize = 101;
    let values: Vec<f32> = (0..ROWS * LEN).map(|i| (i % 1009) as f32).collect();
    let x = Array::from_slice(&values);
    let x = x.reshape(&[ROWS as isize, LEN as isize]).unwrap();
    let other = &x + 1.0;
    other.wait().unwrap();
    let y = &x * 2.0 + &other;
    let totals = ops::sum(&y, -1, false, None).unwrap();
    let [y, totals] = [y, totals].map(|x| x.to_vec::<f32>().unwrap());
    for (i, &x) in values.iter().enumerate() {
        assert_eq!(y[i], x * 3.0 + 1.0, "{i}");
    }
    for (row, total) in y.chunks(LEN).zip(totals) {
        assert_eq!(row.iter().sum::<f32>(), total);
    }
}

/// Arithmetic on a half-precision type in `$round`'s steps, alone and in pairs, against loops.
macro_rules! check_halves {
    ($half:ty, $name:ident) => {{
        let round = <$half>::from_f32;
        let mut seed = 7u32;
        let mut halves = |n: usize| -> Vec<$half> {
            let next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                <$half>::from_bits((seed >> 16) as u16)
            };
            std::iter::repeat_with(next).take(n).collect()
        };
        let functions: [(&str, fn(f32, f32) -> f32); 3] = [
            ("add", |a, b| a + b),
            ("subtract", |a, b| a - b),
            ("multiply", |a, b| a * b),
        ];
        let same = |made: &Array, expected: &[$half], what: &str| {
            let made = made.to_vec::<$half>().unwrap();
            for (i, (a, b)) in made.iter().zip(expected).enumerate() {
                let is_same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                assert!(is_same, "{what}, {i} of {}: {a} {b}", made.len());
            }
        };
        // 1.01 is no half: a number keeps single precision.
        for (n, number) in [1, 15, 16, 50, 1100, 2500]
            .into_iter()
            .zip([2.0, 1.01].into_iter().cycle())
        {
            let (a, b) = (halves(n), halves(n));
            let (x, y) = (Array::from_slice(&a), Array::from_slice(&b));
            for ((first, f), (second, g)) in functions
                .iter()
                .flat_map(|f| functions.iter().map(move |g| (f, g)))
            {
                let each = |of: &dyn Fn(f32, f32) -> f32| -> Vec<$half> {
                    let pairs = a.iter().zip(&b);
                    pairs
                        .map(|(a, b)| round(of(a.to_f32(), b.to_f32())))
                        .collect()
                };
                let between = |a, b| round(f(a, b)).to_f32();
                let what = |form: &str| format!("{}: {first}, {second}, {form}", DType::$name);
                let one = call(first, &[&x, &y]);
                same(&one, &each(f), &what("alone"));
                let two = call(second, &[&call(first, &[&x, &y]), &x]);
                same(&two, &each(&|a, b| g(between(a, b), a)), &what("first"));
                let two = call(second, &[&y, &call(first, &[&x, &y])]);
                same(&two, &each(&|a, b| g(b, between(a, b))), &what("second"));
                let two = |number| {
                    let inner = call(first, &[&x, &y]);
                    let arguments = [Argument::Array(inner), Argument::Number(number)];
                    match registry::find(second).unwrap().call(&arguments).unwrap() {
                        Made::One(array) => array,
                        _ => unreachable!("an element-wise op makes one array"),
                    }
                };
                let two = two(Scalar::Float(number));
                let expected = each(&|a, b| g(between(a, b), number as f32));
                same(&two, &expected, &what("number"));
            }
        }
    }};
}

#[test]
fn arithmetic_on_halves_rounds_after_each_function() {
    check_halves!(f16, F16);
    check_halves!(half::bf16, BF16);
}
