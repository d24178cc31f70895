#![expect(unsafe_code, reason = "a test makes elements through the unsafe trait")]

use half::{bf16, f16};
use ndarray::{Array1, Array2, ArrayD, ArrayViewD, Axis, Dimension, IxDyn};

use super::*;
use crate::dtype::{C64, C128, Element};
use crate::kernels::InOrder;

/// Runs tiles on two threads, last ones first.
struct Backwards;

impl Tiles for Backwards {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            scope.spawn(|| (0..n / 2).rev().for_each(tile));
            (n / 2..n).rev().for_each(tile);
        });
    }
}

const SHAPES: [&[usize]; 14] = [
    &[],
    &[1],
    &[7],
    &[5000],
    &[140_000],
    &[3, 4],
    &[40, 50],
    &[2000, 3],
    &[3, 2000],
    &[1, 5, 1],
    &[6, 7, 8],
    &[130, 2, 1100],
    &[0, 3],
    &[270_000, 2],
];

/// Arrays of each shape, also transposed, reversed, with gaps and stretched.
fn arrays<T: Element>(cast: impl Fn(i64) -> T) -> Vec<ArrayD<T>> {
    let mut arrays = Vec::new();
    for shape in SHAPES {
        let mut i = 0;
        let x = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
            i += 1;
            cast((i * 7919) % 11 - 5)
        });
        arrays.push(x.clone().reversed_axes());
        let mut reversed = x.clone();
        (0..shape.len()).for_each(|axis| reversed.invert_axis(Axis(axis)));
        arrays.push(reversed);
        if shape.len() > 1 {
            let mut gaps = x.clone();
            gaps.slice_each_axis_inplace(|axis| {
                ndarray::Slice::new(0, None, 1 + isize::from(axis.len > 3))
            });
            arrays.push(gaps);
        }
        arrays.push(x);
    }
    arrays
}

/// All subsets of the axes.
fn masks(ndim: usize) -> impl Iterator<Item = Vec<bool>> {
    (0..1_u32 << ndim).map(move |bits| (0..ndim).map(|axis| bits >> axis & 1 == 1).collect())
}

/// The elements of each output, gathered one by one.
fn gathered<T: Copy>(x: &ArrayViewD<'_, T>, mask: &[bool]) -> Vec<Vec<T>> {
    let kept: Vec<usize> = (0..mask.len()).filter(|&axis| !mask[axis]).collect();
    let n = kept.iter().map(|&axis| x.shape()[axis]).product();
    let mut outputs = vec![Vec::new(); n];
    for (at, &element) in x.indexed_iter() {
        let at = at.slice();
        let output = kept
            .iter()
            .fold(0, |output, &axis| output * x.shape()[axis] + at[axis]);
        outputs[output].push(element);
    }
    outputs
}

fn check<T, R>(op: R, cast: impl Fn(i64) -> T, expected: impl Fn(&[T]) -> R::Out)
where
    T: Element,
    R: Reduction<T>,
    R::Out: PartialEq + std::fmt::Debug + Default,
{
    for x in arrays(cast) {
        for mask in masks(x.ndim()) {
            let expected: Vec<_> = gathered(&x.view(), &mask)
                .iter()
                .map(|elements| expected(elements))
                .collect();
            for tiles in [&InOrder as &dyn Tiles, &Backwards] {
                let mut out = vec![R::Out::default(); expected.len()];
                reduce(tiles, &op, x.view(), &mask, &mut out);
                assert!(
                    out == expected,
                    "{:?} {:?} {mask:?}",
                    x.shape(),
                    x.strides()
                );
            }
        }
    }
}

#[test]
fn sums_agree_over_any_axes_and_strides() {
    check(Sum::<f32>::new(), |x| x as f32, |x| x.iter().sum());
    check(Sum::<f64>::new(), |x| x as f64, |x| x.iter().sum());
    check(
        Sum::<C64>::new(),
        |x| C64::new(x as f32, 1.0),
        |x| x.iter().sum(),
    );
    check(Sum::<i32>::new(), |x| x as i32, |x| x.iter().sum());
}

#[test]
fn sums_convert_their_elements() {
    check(
        Sum::<i64>::new(),
        |x| x > 0,
        |x| x.iter().filter(|&&x| x).count() as i64,
    );
    check(
        Sum::<i64>::new(),
        |x| x as i8,
        |x| x.iter().map(|&x| i64::from(x)).sum(),
    );
    check(
        Sum::<f64>::new(),
        |x| f16::from_f32(x as f32),
        |x| x.iter().map(|x| x.to_f64()).sum(),
    );
    check(
        Sum::<f16>::new(),
        |x| f16::from_f32(x as f32),
        |x| f16::from_f32(x.iter().map(|x| x.to_f32()).sum()),
    );
    check(
        Sum::<bf16>::new(),
        |x| bf16::from_f32(x as f32),
        |x| bf16::from_f32(x.iter().map(|x| x.to_f32()).sum()),
    );
    check(
        Sum::<C128>::new(),
        |x| C64::new(0.0, x as f32),
        |x| C128::new(0.0, x.iter().map(|x| f64::from(x.im)).sum()),
    );
}

#[test]
fn products_extremes_and_truth_agree_over_any_axes_and_strides() {
    let sign = |x: i64| if x > 0 { 1 } else { -1 };
    check(
        Prod::<f32>::new(),
        |x| sign(x) as f32,
        |x| x.iter().product(),
    );
    check(
        Prod::<u8>::new(),
        |x| x as u8,
        |x| x.iter().fold(1, |a: u8, &b| a.wrapping_mul(b)),
    );
    let max = |x: &[f32]| x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    check(Max, |x| x as f32, max);
    check(
        Max,
        |x| f16::from_f32(x as f32),
        |x| x.iter().copied().fold(f16::NEG_INFINITY, f16::max),
    );
    check(
        Min,
        |x| x as i16,
        |x| x.iter().copied().min().unwrap_or(i16::MAX),
    );
    check(Any, |x| x > 4, |x| x.iter().any(|&x| x));
    check(All, |x| x as f32, |x| x.iter().all(|&x| x != 0.0));
}

#[test]
fn a_nan_is_both_extremes() {
    check_nan(|x| x as f32, f32::NAN);
    check_nan(|x| f16::from_f32(x as f32), f16::NAN);
    check_nan(|x| f16::from_f32(x as f32), -f16::NAN);
}

fn check_nan<T: Ordered>(cast: impl Fn(i32) -> T, nan: T) {
    for (n, at) in [
        (100, 0),
        (100, 5),
        (100, 40),
        (100, 99),
        (9, 3),
        (3000, 1500),
        (3000, 2999),
    ] {
        let mut x = Array1::from_iter((0..n).map(&cast));
        x[at] = nan;
        let (mut max, mut min) = ([T::default()], [T::default()]);
        reduce(&InOrder, &Max, x.view().into_dyn(), &[true], &mut max);
        reduce(&InOrder, &Min, x.view().into_dyn(), &[true], &mut min);
        assert!(T::is_nan(max[0].key()) && T::is_nan(min[0].key()));
        let mut found = [0];
        argmax(&InOrder, x.view().into_dyn(), None, &mut found);
        assert_eq!(found, [at as i64]);
        argmin(
            &InOrder,
            x.insert_axis(Axis(1)).view().into_dyn(),
            Some(0),
            &mut found,
        );
        assert_eq!(found, [at as i64]);
    }
}

/// Mean and squared distances beside those of two passes, with the same bits from tiles in any
/// order.
fn check_moments<T: Element + To<f64>>(cast: impl Fn(i64) -> T, tolerance: f64) {
    let is_close = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs();
    for x in arrays(cast) {
        for mask in masks(x.ndim()) {
            let lanes = gathered(&x.view(), &mask);
            let moments = [&InOrder as &dyn Tiles, &Backwards].map(|tiles| {
                let mut out = vec![Moments::default(); lanes.len()];
                reduce(tiles, &Spread::<f64>::new(), x.view(), &mask, &mut out);
                out
            });
            for ((lane, a), b) in lanes.iter().zip(&moments[0]).zip(&moments[1]) {
                assert_eq!(a.mean.to_bits(), b.mean.to_bits());
                assert_eq!(a.squares.to_bits(), b.squares.to_bits());
                let lane: Vec<f64> = lane.iter().map(|&x| x.to()).collect();
                let mean = lane.iter().sum::<f64>() / lane.len() as f64;
                let squares: f64 = lane.iter().map(|x| (x - mean) * (x - mean)).sum();
                let context = || {
                    let (shape, strides) = (x.shape(), x.strides());
                    format!("{shape:?} {strides:?} {mask:?}: {a:?}, not {mean} {squares}")
                };
                assert!(lane.is_empty() || is_close(a.mean, mean), "{}", context());
                assert!(lane.is_empty() == a.mean.is_nan(), "{}", context());
                assert!(is_close(a.squares, squares), "{}", context());
            }
        }
    }
}

#[test]
fn moments_agree_with_two_passes_beside_a_large_mean() {
    // The bounds leave room for the rounding of the reference, which adds up one by one.
    check_moments(|x| (1_000_000 + x) as f32, 1e-10);
    check_moments(|x| 1e9 + x as f64 / 8.0, 1e-11);
    check_moments(|x| f16::from_f32((1000 + x) as f32), 1e-11);
    check_moments(|x| bf16::from_f32((100 + x) as f32), 1e-11);
}

#[test]
fn moments_of_complex_numbers_are_those_of_their_parts() {
    let parts = |i: usize| (((i * 31) % 23) as f64, ((i * 17) % 29) as f64);
    let x = Array2::from_shape_fn((300, 70), |(i, j)| {
        let (re, im) = parts(i * 70 + j);
        C128::new(re, im)
    });
    for mask in [[true, false], [false, true], [true, true]] {
        let lanes = gathered(&x.view().into_dyn(), &mask);
        let mut out = vec![Moments::default(); lanes.len()];
        let x = x.view().into_dyn();
        reduce(&Backwards, &Spread::<C128>::new(), x, &mask, &mut out);
        for (lane, moments) in lanes.iter().zip(&out) {
            let mean = lane.iter().sum::<C128>() / lane.len() as f64;
            let squares: f64 = lane.iter().map(|x| (x - mean).norm_sqr()).sum();
            assert!((moments.mean - mean).norm() < 1e-12 * mean.norm());
            assert!((moments.squares - squares).abs() < 1e-12 * squares);
        }
    }
}

#[test]
fn the_moments_of_a_constant_have_no_spread() {
    let x = ArrayD::from_elem(IxDyn(&[200_001]), 0.1_f32);
    let mut out = [Moments::default()];
    reduce(&InOrder, &Spread::<f64>::new(), x.view(), &[true], &mut out);
    assert!(out[0].squares < 1e-20, "{}", out[0].squares);
}

#[test]
fn a_long_sum_of_singles_loses_a_few_units_in_the_last_place() {
    let x = ArrayD::from_elem(IxDyn(&[3_000_000]), 0.1_f32);
    let mut out = [0.0_f32];
    reduce(&InOrder, &Sum::<f32>::new(), x.view(), &[true], &mut out);
    let exact = f64::from(0.1_f32) * 3e6;
    assert!((f64::from(out[0]) - exact).abs() < 4.0 * f64::from(f32::EPSILON) * exact);
}

/// Makes the elements of a slice, and remembers how often each was asked for.
struct Counted<'a>(&'a [f64], Vec<std::sync::atomic::AtomicUsize>);

// SAFETY: the elements lie in the slice.
unsafe impl Blocks for Counted<'_> {
    fn dtype(&self) -> crate::dtype::DType {
        crate::dtype::DType::F64
    }

    fn each(&self, tile: &mut dyn FnMut(&mut Make<'_>)) {
        tile(&mut |at, n| {
            assert!(n <= BLOCK);
            for count in &self.1[at..at + n] {
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            self.0[at..at + n].as_ptr().cast()
        });
    }
}

#[test]
fn rows_that_are_made_are_asked_for_once_and_give_the_same_bits() {
    for (n_rows, len) in [
        (1, 1),
        (300, 3),
        (40, 1000),
        (3, 1025),
        (2, 70_000),
        (2, 200_000),
    ] {
        let x: Vec<f64> = (0..n_rows * len).map(|i| (i as f64).sin()).collect();
        let made = Counted(&x, x.iter().map(|_| Default::default()).collect());
        let (mut a, mut b) = (vec![0.0; n_rows], vec![0.0; n_rows]);
        let sum = Sum::<f64>::new();
        reduce_rows(&Backwards, &sum, Rows::Slice(&x), len, &mut a);
        reduce_rows::<f64, _>(&Backwards, &sum, Rows::Made(&made), len, &mut b);
        assert_eq!(a, b);
        assert!(made.1.into_iter().all(|count| count.into_inner() == 1));
    }
}

#[test]
fn positions_of_extremes_are_the_first() {
    for x in arrays(|x| x as f32) {
        if x.is_empty() {
            continue;
        }
        let first = |xs: &[f32], end: fn(f32, f32) -> f32| {
            let best = xs.iter().copied().reduce(end).unwrap();
            xs.iter().position(|&x| x == best).unwrap() as i64
        };
        let axes = (0..x.ndim()).map(Some).chain([None]);
        for axis in axes {
            let mask: Vec<bool> = (0..x.ndim())
                .map(|other| axis.is_none_or(|axis| axis == other))
                .collect();
            let lanes = gathered(&x.view(), &mask);
            let mut out = vec![-1; lanes.len()];
            argmax(&Backwards, x.view(), axis, &mut out);
            let expected: Vec<_> = lanes.iter().map(|xs| first(xs, f32::max)).collect();
            assert!(
                out == expected,
                "{:?} {:?} {axis:?}",
                x.shape(),
                x.strides()
            );
            argmin(&Backwards, x.view(), axis, &mut out);
            let expected: Vec<_> = lanes.iter().map(|xs| first(xs, f32::min)).collect();
            assert!(
                out == expected,
                "{:?} {:?} {axis:?}",
                x.shape(),
                x.strides()
            );
        }
    }
}

#[test]
fn scans_accumulate_along_their_axis() {
    // Lanes that are long enough to be skewed: two groups of them and some left.
    let long = ArrayD::from_shape_fn(IxDyn(&[19, 600]), |at| {
        ((at[0] * 31 + at[1]) % 11) as f32 - 5.0
    });
    for x in arrays(|x| x as f32).into_iter().chain([long]) {
        for axis in 0..x.ndim() {
            let mut expected = x.as_standard_layout().into_owned();
            expected.accumulate_axis_inplace(Axis(axis), |&last, x| *x += last);
            let mut out = vec![0.0; x.len()];
            scan(&Backwards, &Sum::<f32>::new(), x.view(), axis, &mut out);
            assert!(
                expected.iter().eq(&out),
                "{:?} {:?} {axis}",
                x.shape(),
                x.strides()
            );
        }
    }
}
