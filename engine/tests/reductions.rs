//! Reductions: values against loops, gradients against differences.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod differences;

use differences::{array, check_first, check_gradient, numbers, random};
use forerun_engine::ops::{self, Axes, NormOrd};
use forerun_engine::{Array, DType, Device, Error};

/// The elements of a (2, 3, 4) array as a function reduces them along the axes of `mask`.
fn by_loop(x: &[f64], mask: [bool; 3], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut groups = std::collections::BTreeMap::<[usize; 3], Vec<f64>>::new();
    for (i, &x) in x.iter().enumerate() {
        let mut at = [i / 12, i / 4 % 3, i % 4];
        for axis in 0..3 {
            if mask[axis] {
                at[axis] = 0;
            }
        }
        groups.entry(at).or_default().push(x);
    }
    groups.values().map(|group| f(group)).collect()
}

const AXES: [(&[isize], [bool; 3]); 6] = [
    (&[0], [true, false, false]),
    (&[1], [false, true, false]),
    (&[-1], [false, false, true]),
    (&[0, 2], [true, false, true]),
    (&[1, 2], [false, true, true]),
    (&[0, 1, 2], [true, true, true]),
];

#[track_caller]
fn assert_close(actual: &Array, expected: &[f64]) {
    let actual = ops::astype(actual, DType::F64)
        .unwrap()
        .to_vec::<f64>()
        .unwrap();
    assert_eq!(actual.len(), expected.len());
    for (a, e) in actual.iter().zip(expected) {
        assert!(
            (a - e).abs() <= 1e-9 * (1.0 + e.abs()),
            "{actual:?} is not {expected:?}"
        );
    }
}

type Reduce = fn(&Array, &[isize], bool) -> forerun_engine::Result<Array>;
type Naive = fn(&[f64]) -> f64;

fn variance(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64
}

const TABLE: &[(&str, Reduce, Naive)] = &[
    ("sum", |x, a, k| ops::sum(x, a, k, None), |x| x.iter().sum()),
    (
        "prod",
        |x, a, k| ops::prod(x, a, k, None),
        |x| x.iter().product(),
    ),
    (
        "mean",
        |x, a, k| ops::mean(x, a, k, None),
        |x| x.iter().sum::<f64>() / x.len() as f64,
    ),
    (
        "max",
        |x, a, k| ops::max(x, a, k),
        |x| x.iter().copied().fold(f64::MIN, f64::max),
    ),
    (
        "min",
        |x, a, k| ops::min(x, a, k),
        |x| x.iter().copied().fold(f64::MAX, f64::min),
    ),
    ("var", |x, a, k| ops::var(x, a, k, None, None), variance),
    (
        "std",
        |x, a, k| ops::std(x, a, k, None, None),
        |x| variance(x).sqrt(),
    ),
    (
        "nansum",
        |x, a, k| ops::nansum(x, a, k, None),
        |x| x.iter().sum(),
    ),
    (
        "logsumexp",
        |x, a, k| ops::logsumexp(x, a, k),
        |x| x.iter().map(|x| x.exp()).sum::<f64>().ln(),
    ),
    (
        "norm",
        |x, a, k| ops::norm(x, NormOrd::Frobenius, a.into(), k),
        |x| x.iter().map(|x| x * x).sum::<f64>().sqrt(),
    ),
];

#[test]
fn a_reduction_gives_what_a_loop_gives() {
    let elements = numbers(24, 3);
    let x = array(&elements, &[2, 3, 4]);
    for (name, reduce, naive) in TABLE {
        for (axes, mask) in AXES {
            let expected = by_loop(&elements, mask, naive);
            let y = reduce(&x, axes, false).unwrap();
            assert_close(&y, &expected);
            let kept = reduce(&x, axes, true).unwrap();
            let shape: Vec<usize> = [2, 3, 4]
                .iter()
                .zip(mask)
                .map(|(&len, gone)| if gone { 1 } else { len })
                .collect();
            assert_eq!(&kept.shape()[..], &shape[..], "{name} with keepdims");
            assert_close(&kept, &expected);
        }
    }
}

#[test]
fn a_gradient_of_a_reduction_is_its_difference() {
    for (_, reduce, _) in TABLE {
        for (axes, _) in AXES {
            check_gradient(&[random(&[2, 3, 4], 5)], |x| reduce(&x[0], axes, false));
        }
    }
}

#[test]
fn norms_are_those_of_numpy() {
    let x = Array::from_slice(&[3.0, -4.0, 0.0, 12.0]);
    let vector = |order| ops::norm(&x, NormOrd::Order(order), Axes::ALL, false).unwrap();
    assert_close(&vector(2.0), &[13.0]);
    assert_close(&vector(1.0), &[19.0]);
    assert_close(&vector(0.0), &[3.0]);
    assert_close(&vector(f64::INFINITY), &[12.0]);
    assert_close(&vector(f64::NEG_INFINITY), &[0.0]);
    assert_close(&vector(3.0), &[(27.0f64 + 64.0 + 1728.0).cbrt()]);
    let m = x.reshape(&[2, 2]).unwrap();
    let matrix = |order| ops::norm(&m, NormOrd::Order(order), Axes::ALL, false).unwrap();
    assert_close(&matrix(1.0), &[16.0]);
    assert_close(&matrix(-1.0), &[3.0]);
    assert_close(&matrix(f64::INFINITY), &[12.0]);
    assert_close(&matrix(f64::NEG_INFINITY), &[7.0]);
    let kept = ops::norm(&m, NormOrd::Order(1.0), Axes::ALL, true).unwrap();
    assert_eq!(&kept.shape()[..], [1, 1]);
    for order in [1.0, 2.0, f64::INFINITY] {
        check_gradient(&[random(&[3, 4], 9)], |x| {
            ops::norm(&x[0], NormOrd::Order(order), 1.into(), false)
        });
    }
}

#[test]
fn integers_are_added_up_in_64_bits() {
    let x = Array::from_slice(&[200u8, 200]);
    assert_eq!(
        ops::sum(&x, Axes::ALL, false, None)
            .unwrap()
            .to_vec::<u64>()
            .unwrap(),
        [400]
    );
    let x = Array::from_slice(&[true, true, false]);
    assert_eq!(
        ops::sum(&x, Axes::ALL, false, None)
            .unwrap()
            .to_vec::<i64>()
            .unwrap(),
        [2]
    );
    let x = Array::from_slice(&[100i8, 100]);
    let cut = ops::sum(&x, Axes::ALL, false, Some(DType::I8)).unwrap();
    assert_eq!(cut.to_vec::<i8>().unwrap(), [-56]);
    let mean = ops::mean(&x, Axes::ALL, false, None).unwrap();
    assert_eq!(mean.to_vec::<f32>().unwrap(), [100.0]);
    let half = Array::from_slice(&[half::f16::from_f32(60000.0); 4]);
    let mean = ops::mean(&half, Axes::ALL, false, None).unwrap();
    assert_eq!(
        mean.to_vec::<half::f16>().unwrap(),
        [half::f16::from_f32(60000.0)]
    );
}

#[test]
fn a_degree_of_freedom_less_gives_the_variance_of_a_sample() {
    let x = Array::from_slice(&[1.0, 2.0, 3.0, 4.0]);
    assert_close(
        &ops::var(&x, Axes::ALL, false, None, Some(1.0)).unwrap(),
        &[5.0 / 3.0],
    );
}

#[test]
fn positions_and_truth_are_found() {
    let x = array(&[1.0, 5.0, 5.0, 0.0, -2.0, -2.0], &[2, 3]);
    let at = |y: Array| y.to_vec::<i64>().unwrap();
    assert_eq!(at(ops::argmax(&x, None, false).unwrap()), [1]);
    assert_eq!(at(ops::argmax(&x, Some(1), false).unwrap()), [1, 0]);
    assert_eq!(at(ops::argmin(&x, Some(-1), true).unwrap()), [0, 1]);
    assert_eq!(at(ops::argmin(&x, Some(0), false).unwrap()), [1, 1, 1]);
    let truth = |y: Array| y.to_vec::<bool>().unwrap();
    assert_eq!(truth(ops::any(&x, 0, false).unwrap()), [true, true, true]);
    assert_eq!(truth(ops::all(&x, 1, false).unwrap()), [true, false]);
}

#[test]
fn running_totals_go_along_their_axis() {
    let x = array(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
    assert_close(
        &ops::cumsum(&x, None, None).unwrap(),
        &[1.0, 3.0, 6.0, 10.0, 15.0, 21.0],
    );
    assert_close(
        &ops::cumsum(&x, Some(0), None).unwrap(),
        &[1.0, 2.0, 3.0, 5.0, 7.0, 9.0],
    );
    assert_close(
        &ops::cumprod(&x, Some(1), None).unwrap(),
        &[1.0, 2.0, 6.0, 4.0, 20.0, 120.0],
    );
    for axis in [None, Some(0), Some(-1)] {
        check_gradient(&[random(&[3, 4], 1)], |x| ops::cumsum(&x[0], axis, None));
        check_gradient(&[random(&[3, 4], 1)], |x| ops::cumprod(&x[0], axis, None));
    }
}

#[test]
fn products_have_gradients_where_elements_are_zero() {
    for zeros in [&[][..], &[1], &[1, 2], &[0, 3, 4]] {
        let mut elements = [1.5, -2.0, 3.0, 0.5, 2.0, -1.0];
        zeros.iter().for_each(|&at| elements[at] = 0.0);
        let x = array(&elements, &[2, 3]);
        for axes in [Axes::ALL, Axes::from(0), Axes::from(-1)] {
            check_gradient(&[x.copy().unwrap()], |x| {
                ops::prod(&x[0], axes.clone(), false, None)
            });
        }
        for axis in [None, Some(0), Some(1)] {
            check_gradient(&[x.copy().unwrap()], |x| ops::cumprod(&x[0], axis, None));
        }
    }
}

#[test]
fn the_gradient_of_an_extreme_is_shared_among_equals() {
    let x = Array::from_slice(&[1.0f32, 4.0, 4.0]);
    x.attach_grad(forerun_engine::GradReq::Write).unwrap();
    let y = {
        let _recording = forerun_engine::Scope::record(true);
        ops::max(&x, Axes::ALL, false).unwrap()
    };
    y.backward().unwrap();
    assert_eq!(x.grad().unwrap().to_vec::<f32>().unwrap(), [0.0, 0.5, 0.5]);
}

#[test]
fn empty_arrays_reduce_as_in_numpy() {
    let x = ops::zeros([0, 3], DType::F32, Device::default()).unwrap();
    assert_eq!(
        ops::sum(&x, 0, false, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [0.0; 3]
    );
    assert_eq!(
        ops::prod(&x, 0, false, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [1.0; 3]
    );
    assert_eq!(
        ops::max(&x, 1, false).unwrap().to_vec::<f32>().unwrap(),
        [0.0; 0]
    );
    let error = ops::max(&x, 0, false).unwrap_err();
    assert!(matches!(error, Error::Argument { .. }));
    assert!(
        error
            .to_string()
            .contains("zero-size array to reduction operation")
    );
    assert!(ops::argmax(&x, None, false).is_err());
    assert!(
        ops::mean(&x, 0, false, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap()[0]
            .is_nan()
    );
}

#[test]
fn infinite_exponents_have_a_logarithm_of_their_sum() {
    let infinity = f64::INFINITY;
    let x = array(
        &[-infinity, -infinity, infinity, 0.0, 1000.0, 1000.0],
        &[3, 2],
    );
    let y = ops::logsumexp(&x, 1, false)
        .unwrap()
        .to_vec::<f64>()
        .unwrap();
    assert_eq!(y[..2], [-infinity, infinity]);
    assert!((y[2] - 1000.0 - 2f64.ln()).abs() < 1e-9);
}

#[test]
fn a_nan_is_left_out_of_a_nansum() {
    let x = Array::from_slice(&[1.0, f64::NAN, 2.0]);
    assert_close(&ops::nansum(&x, Axes::ALL, false, None).unwrap(), &[3.0]);
    check_first(&[Array::from_slice(&[1.0, 2.0])], &|x| {
        ops::nansum(&x[0], Axes::ALL, false, None)
    });
}
