//! Ops of neural networks: values against loops, gradients against differences.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod differences;

use differences::{array, check_first, check_gradient, random};
use forerun_engine::{Array, DType, Device, Result, Scalar, ops};

#[track_caller]
fn assert_close(actual: &Array, expected: &[f64]) {
    let actual = actual.to_vec::<f64>().unwrap();
    assert_eq!(actual.len(), expected.len());
    for (a, e) in actual.iter().zip(expected) {
        assert!(
            (a - e).abs() <= 1e-9 * (1.0 + e.abs()),
            "{actual:?} is not {expected:?}"
        );
    }
}

#[test]
fn a_layer_multiplies_by_its_weights_and_adds_its_bias() {
    let (x, w) = (random(&[2, 3, 4], 1), random(&[5, 12], 2));
    let b = random(&[5], 3);
    let y = ops::fully_connected(&x, &w, Some(&b), true).unwrap();
    let flat = x.reshape(&[2, 12]).unwrap();
    let expected = ops::dot(&flat, &w.transpose(None).unwrap()).unwrap() + &b;
    assert_close(&y, &expected.to_vec::<f64>().unwrap());
    check_gradient(&[x.copy().unwrap(), w, b.copy().unwrap()], |x| {
        ops::fully_connected(&x[0], &x[1], Some(&x[2]), true)
    });
    let w = random(&[5, 4], 2);
    let y = ops::fully_connected(&x, &w, None, false).unwrap();
    assert_eq!(&y.shape()[..], [2, 3, 5]);
    check_gradient(&[x.copy().unwrap(), w.copy().unwrap()], |x| {
        ops::fully_connected(&x[0], &x[1], None, false)
    });
    assert!(ops::fully_connected(&x, &w, None, true).is_err());
}

type Softmax = fn(&Array, Option<isize>, Option<f64>) -> Result<Array>;

#[test]
fn a_softmax_sums_to_one_along_its_axis() {
    for axis in [-1isize, 0, 1] {
        let x = random(&[3, 2, 37], 4);
        let exps = ops::exp(&(&x / 0.5)).unwrap();
        let total = ops::sum(&exps, axis, true, None).unwrap();
        let expected = exps / total;
        let y = ops::softmax(&x, Some(axis), Some(0.5)).unwrap();
        assert_close(&y, &expected.to_vec::<f64>().unwrap());
        let y = ops::log_softmax(&x, Some(axis), Some(0.5)).unwrap();
        assert_close(&y, &ops::log(&expected).unwrap().to_vec::<f64>().unwrap());
        for f in [ops::softmax as Softmax, ops::log_softmax] {
            check_gradient(&[random(&[3, 2, 4], 5)], |x| {
                f(&x[0], Some(axis), Some(0.5))
            });
        }
    }
}

#[test]
fn a_softmax_of_large_or_half_numbers_is_finite() {
    let x = Array::from_slice(&[1000.0f32, 1000.0, -1000.0]);
    let y = ops::softmax(&x, None, None).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [0.5, 0.5, 0.0]);
    let x = ops::astype(&x, DType::BF16).unwrap();
    let y = ops::astype(&ops::softmax(&x, None, None).unwrap(), DType::F32).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [0.5, 0.5, 0.0]);
}

/// `x` with the mean and variance over `axes` taken out, in other ops.
fn normalized(x: &Array, axes: &[isize], eps: f64) -> Array {
    let mean = ops::mean(x, axes, true, None).unwrap();
    let var = ops::var(x, axes, true, None, None).unwrap();
    (x - mean) / ops::sqrt(&(var + eps)).unwrap()
}

#[test]
fn layers_normalise_over_their_axes() {
    let x = random(&[2, 4, 3, 2], 1);
    let (gamma, beta) = (random(&[4], 2), random(&[4], 3));
    let column = |v: &Array| v.reshape(&[4, 1, 1]).unwrap();
    let check = |y: Array, over: Array| {
        let expected = over * column(&gamma) + column(&beta);
        assert_close(&y, &expected.to_vec::<f64>().unwrap());
    };
    let made = ops::batch_norm_train(&x, &gamma, &beta, 1e-3, 1).unwrap();
    check(made[0].clone(), normalized(&x, &[0, 2, 3], 1e-3));
    let mean = ops::mean(&x, [0, 2, 3], false, None).unwrap();
    assert_close(&made[1], &mean.to_vec::<f64>().unwrap());
    let y = ops::batch_norm(&x, &gamma, &beta, &made[1], &made[2], 1e-3, 1).unwrap();
    check(y, normalized(&x, &[0, 2, 3], 1e-3));
    let y = ops::instance_norm(&x, &gamma, &beta, 1e-3).unwrap();
    check(y, normalized(&x, &[2, 3], 1e-3));
    let y = ops::layer_norm(&x, &gamma, &beta, 1, 1e-3).unwrap();
    check(y, normalized(&x, &[1], 1e-3));
    let groups = normalized(&x.reshape(&[2, 2, 12]).unwrap(), &[2], 1e-3);
    let y = ops::group_norm(&x, &gamma, &beta, 2, 1e-3).unwrap();
    check(y, groups.reshape(&[2, 4, 3, 2]).unwrap());
}

#[test]
fn gradients_of_normalisations_are_their_differences() {
    let inputs = || [random(&[3, 4, 2], 1), random(&[4], 2), random(&[4], 3)];
    check_gradient(&inputs(), |x| ops::layer_norm(&x[0], &x[1], &x[2], 1, 1e-2));
    check_gradient(&inputs(), |x| {
        Ok(ops::batch_norm_train(&x[0], &x[1], &x[2], 1e-2, 1)?.swap_remove(0))
    });
    check_gradient(&inputs(), |x| ops::instance_norm(&x[0], &x[1], &x[2], 1e-2));
    check_gradient(&inputs(), |x| ops::group_norm(&x[0], &x[1], &x[2], 2, 1e-2));
    let rows = [random(&[3, 5], 1), random(&[5], 2), random(&[5], 3)];
    check_gradient(&rows, |x| ops::layer_norm(&x[0], &x[1], &x[2], -1, 1e-2));
    check_gradient(&[random(&[3, 5, 2], 1)], |x| {
        ops::l2_normalization(&x[0], 1e-3, "channel")
    });
}

#[test]
fn dropout_keeps_the_mean_and_repeats_with_its_seed() {
    let x = ops::ones([100_000], DType::F32, Device::default()).unwrap();
    let y = ops::dropout(&x, 0.25, 7, 1, None)
        .unwrap()
        .to_vec::<f32>()
        .unwrap();
    assert!(y.iter().all(|&y| y == 0.0 || (y - 4.0 / 3.0).abs() < 1e-6));
    let mean = y.iter().sum::<f32>() / y.len() as f32;
    assert!((mean - 1.0).abs() < 0.01, "{mean}");
    assert_eq!(
        y,
        ops::dropout(&x, 0.25, 7, 1, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap()
    );
    assert_ne!(
        y,
        ops::dropout(&x, 0.25, 7, 2, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap()
    );
    assert_eq!(
        ops::dropout(&x, 1.0, 7, 2, None)
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [0.0; 100_000]
    );
    let x = ops::ones([3, 50], DType::F32, Device::default()).unwrap();
    let y = ops::dropout(&x, 0.5, 7, 1, Some(vec![0])).unwrap();
    let y = y.to_vec::<f32>().unwrap();
    assert_eq!(y[..50], y[50..100]);
    check_gradient(&[random(&[4, 5], 1)], |x| {
        ops::dropout(&x[0], 0.5, 3, 1, None)
    });
    assert!(ops::dropout(&x, 1.5, 7, 1, None).is_err());
}

#[test]
fn elements_are_picked_and_placed_at_their_index() {
    let x = array(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[2, 3]);
    let index = Array::from_slice(&[2.0f32, 0.0]);
    assert_close(
        &ops::pick(&x, &index, None, false, None).unwrap(),
        &[2.0, 3.0],
    );
    let kept = ops::pick(&x, &index, Some(1), true, None).unwrap();
    assert_eq!(&kept.shape()[..], [2, 1]);
    let columns = Array::from_slice(&[0i32, 1, 5]);
    assert_close(
        &ops::pick(&x, &columns, Some(0), false, None).unwrap(),
        &[0.0, 4.0, 5.0],
    );
    assert_close(
        &ops::pick(&x, &columns, Some(0), false, Some("wrap")).unwrap(),
        &[0.0, 4.0, 5.0],
    );
    check_gradient(&[random(&[2, 3], 1)], |x| {
        ops::pick(&x[0], &columns, Some(0), false, None)
    });
    let y = ops::one_hot(&columns, 3, None::<Scalar>, Some(-1i64), Some(DType::I8)).unwrap();
    assert_eq!(
        y.to_vec::<i8>().unwrap(),
        [1, -1, -1, -1, 1, -1, -1, -1, -1]
    );
}

#[test]
fn an_embedding_reads_rows_and_adds_their_gradients() {
    let w = array(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], &[3, 2]);
    let at = Array::from_slice(&[2i32, 0, 2, 9])
        .reshape(&[2, 2])
        .unwrap();
    let y = ops::embedding(&at, &w).unwrap();
    assert_eq!(&y.shape()[..], [2, 2, 2]);
    assert_close(&y, &[4.0, 5.0, 0.0, 1.0, 4.0, 5.0, 4.0, 5.0]);
    check_gradient(&[w], |w| ops::embedding(&at, &w[0]));
}

#[test]
fn a_sequence_is_masked_after_its_end() {
    let x = ops::ones([3, 2], DType::F64, Device::default()).unwrap();
    let lengths = Array::from_slice(&[1.0f32, 2.0]);
    let y = ops::sequence_mask(&x, Some(&lengths), true, -1.0, 0).unwrap();
    assert_close(&y, &[1.0, 1.0, -1.0, 1.0, -1.0, -1.0]);
    let turned = x.transpose(None).unwrap();
    let y = ops::sequence_mask(&turned, Some(&lengths), true, 0.0, 1).unwrap();
    assert_close(&y, &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
    check_first(&[random(&[3, 2, 2], 2)], &|x| {
        ops::sequence_mask(&x[0], Some(&lengths), true, 0.5, 0)
    });
    assert_eq!(
        ops::sequence_mask(&x, None, false, 0.0, 0)
            .unwrap()
            .to_vec::<f64>()
            .unwrap(),
        [1.0; 6]
    );
}
