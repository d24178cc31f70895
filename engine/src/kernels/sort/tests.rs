use std::cmp::Ordering;

use half::{bf16, f16};
use ndarray::{ArrayD, Axis, IxDyn};

use super::quick::{Word, sort_at};
use super::*;
use crate::dtype::{C64, C128, Element};
use crate::kernels::InOrder;
use crate::kernels::simd::Level;

/// Numbers that look random.
fn random(n: usize) -> impl Iterator<Item = u64> {
    (0..n as u64).map(|i| {
        let x = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^ x >> 32
    })
}

fn float(x: u64) -> f64 {
    match x % 17 {
        0 => f64::NAN,
        1 => -f64::NAN,
        2 => -0.0,
        3 => 0.0,
        4 => f64::INFINITY,
        5 => f64::NEG_INFINITY,
        _ => ((x >> 8) % 4001) as f64 / 16.0 - 125.0,
    }
}

fn array<T: Element>(shape: &[usize], make: impl Fn(u64) -> T) -> ArrayD<T> {
    let n = shape.iter().product();
    ArrayD::from_shape_vec(IxDyn(shape), random(n).map(make).collect()).unwrap()
}

/// NumPy's order of floats.
fn by_value(a: f64, b: f64) -> Ordering {
    a.is_nan()
        .cmp(&b.is_nan())
        .then(a.partial_cmp(&b).unwrap_or(Ordering::Equal))
}

fn stable<T: Copy>(lane: &[T], by: impl Fn(T, T) -> Ordering) -> Vec<i64> {
    let mut order: Vec<i64> = (0..lane.len() as i64).collect();
    order.sort_by(|&i, &j| by(lane[i as usize], lane[j as usize]));
    order
}

fn check<T: SortKey>(make: impl Fn(u64) -> T, by: impl Fn(T, T) -> Ordering + Copy) {
    let shapes: &[(&[usize], usize)] = &[
        (&[0], 0),
        (&[1], 0),
        (&[100], 0),
        (&[9000], 0),
        (&[200_000], 0),
        (&[40, 7], 0),
        (&[40, 7], 1),
        (&[3, 5000, 2], 1),
        (&[3, 0], 0),
        (&[3, 0], 1),
        (&[2, 3, 4], 0),
    ];
    for &(shape, axis) in shapes {
        let x = array(shape, &make);
        let mut order = vec![0; x.len()];
        argsort(&InOrder, x.view(), axis, Order::Ascending, &mut order);
        let order = ArrayD::from_shape_vec(IxDyn(shape), order).unwrap();
        let mut sorted = vec![T::default(); x.len()];
        sort(&InOrder, x.view(), axis, &mut sorted);
        let sorted = ArrayD::from_shape_vec(IxDyn(shape), sorted).unwrap();
        let lanes = order
            .lanes(Axis(axis))
            .into_iter()
            .zip(sorted.lanes(Axis(axis)));
        for ((order, sorted), x) in lanes.zip(x.lanes(Axis(axis))) {
            let x = x.to_vec();
            let expected = stable(&x, by);
            assert_eq!(order.to_vec(), expected, "{shape:?} {axis}");
            let equal = |(&a, &i): (&T, &i64)| by(a, x[i as usize]).is_eq();
            assert!(sorted.iter().zip(&expected).all(equal), "{shape:?} {axis}");
        }
    }
}

#[test]
fn every_dtype_sorts_along_any_axis() {
    check(|x| x % 3 == 0, |a, b| a.cmp(&b));
    check(|x| x as u8, |a, b| a.cmp(&b));
    check(|x| x as i8, |a, b| a.cmp(&b));
    check(|x| x as i16, |a, b| a.cmp(&b));
    check(|x| x as u32, |a, b| a.cmp(&b));
    check(|x| x as i32 % 1000, |a, b| a.cmp(&b));
    check(|x| x as i64, |a, b| a.cmp(&b));
    check(|x| x, |a, b| a.cmp(&b));
    check(
        |x| f16::from_f64(float(x)),
        |a, b| by_value(a.to_f64(), b.to_f64()),
    );
    check(
        |x| bf16::from_f64(float(x)),
        |a, b| by_value(a.to_f64(), b.to_f64()),
    );
    check(|x| float(x) as f32, |a, b| by_value(a.into(), b.into()));
    check(float, by_value);
}

#[test]
fn complex_numbers_sort_by_real_part_then_imaginary_with_nan_last() {
    let nans = |x: C128| 2 * u8::from(x.re.is_nan()) + u8::from(x.im.is_nan());
    let by = |a: C128, b: C128| {
        nans(a)
            .cmp(&nans(b))
            .then(by_value(a.re, b.re))
            .then(by_value(a.im, b.im))
    };
    check(|x| C128::new(float(x % 100), float(x >> 20)), by);
    let wide = |x: C64| C128::new(x.re.into(), x.im.into());
    check(
        |x| C64::new(float(x % 100) as f32, float(x >> 20) as f32),
        |a, b| by(wide(a), wide(b)),
    );
}

#[test]
fn views_are_sorted_as_they_are_seen() {
    let x = array(&[50, 30], |x| x as i32);
    let mut out = vec![0; 1500];
    sort(&InOrder, x.view().reversed_axes(), 0, &mut out);
    for (i, column) in x.rows().into_iter().enumerate() {
        let mut expected = column.to_vec();
        expected.sort_unstable();
        assert!((0..30).all(|j| out[j * 50 + i] == expected[j]));
    }
    sort_flat(&InOrder, x.view().reversed_axes(), &mut out);
    assert!(out.is_sorted());
}

#[test]
fn a_descending_order_keeps_equal_elements_in_place() {
    for n in [50, 20_000] {
        let x = array(&[n], float);
        let mut order = vec![0; n];
        argsort(&InOrder, x.view(), 0, Order::Descending, &mut order);
        assert_eq!(order, stable(x.as_slice().unwrap(), |a, b| by_value(b, a)));
    }
}

#[test]
fn topk_gives_the_start_of_a_sort() {
    for order in [Order::Ascending, Order::Descending] {
        for axis in 0..2 {
            let x = array(&[60, 50], float);
            let k = 7;
            let mut whole = vec![0; x.len()];
            argsort(&InOrder, x.view(), axis, order, &mut whole);
            let whole = ArrayD::from_shape_vec(IxDyn(&[60, 50]), whole).unwrap();
            let mut shape = [60, 50];
            shape[axis] = k;
            let n = shape.iter().product();
            let (mut values, mut positions) = (vec![0.0; n], vec![0; n]);
            topk(
                &InOrder,
                x.view(),
                axis,
                k,
                order,
                Some(&mut values),
                Some(&mut positions),
            );
            let positions = ArrayD::from_shape_vec(IxDyn(&shape), positions).unwrap();
            assert_eq!(positions, whole.slice_axis(Axis(axis), (0..k).into()));
            for ((at, &position), value) in positions.indexed_iter().zip(values) {
                let mut from = [at[0], at[1]];
                from[axis] = position as usize;
                assert_eq!(x[from].to_bits(), value.to_bits());
            }
        }
    }
}

#[test]
fn distinct_values_come_with_their_places() {
    for n in [0, 300, 10_000] {
        let x = array(&[n], float);
        let (mut order, mut sorted) = (vec![0; n], vec![0.0; n]);
        argsort(&InOrder, x.view(), 0, Order::Ascending, &mut order);
        sort(&InOrder, x.view(), 0, &mut sorted);
        let found = unique(x.view(), &order);
        let values = unique_values(&sorted);
        assert_eq!(values.len(), found.values.len());
        assert!(
            values
                .iter()
                .zip(&found.values)
                .all(|(&a, &b)| by_value(a, b).is_eq())
        );
        assert!(
            found
                .values
                .windows(2)
                .all(|w| by_value(w[0], w[1]).is_lt())
        );
        assert_eq!(found.counts.iter().sum::<i64>(), n as i64);
        for (&x, &at) in x.iter().zip(&found.inverse) {
            assert!(by_value(x, found.values[at as usize]).is_eq());
        }
        for (at, &first) in found.first.iter().enumerate() {
            assert_eq!(
                found.inverse.iter().position(|&i| i == at as i64),
                Some(first as usize)
            );
        }
    }
}

#[test]
fn searches_give_either_end_of_equal_elements() {
    let sorted = [1.0, 2.0, 2.0, 4.0, f64::NAN];
    let values =
        ArrayD::from_shape_vec(IxDyn(&[6]), vec![0.0, 2.0, 3.0, 4.0, 9.0, f64::NAN]).unwrap();
    let mut out = [0; 6];
    searchsorted(&InOrder, &sorted, None, Side::Left, values.view(), &mut out);
    assert_eq!(out, [0, 1, 3, 3, 4, 4]);
    searchsorted(
        &InOrder,
        &sorted,
        None,
        Side::Right,
        values.view(),
        &mut out,
    );
    assert_eq!(out, [0, 3, 3, 4, 4, 5]);
    let shuffled = [f64::NAN, 4.0, 2.0, 1.0, 2.0];
    searchsorted(
        &InOrder,
        &shuffled,
        Some(&[3, 2, 4, 1, 0]),
        Side::Left,
        values.view(),
        &mut out,
    );
    assert_eq!(out, [0, 1, 3, 3, 4, 4]);
}

/// Runs of numbers that sorting could stumble over.
fn runs(n: usize) -> Vec<Vec<u64>> {
    let numbers: Vec<u64> = random(n).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    let with = |make: &dyn Fn(usize, u64) -> u64| {
        let numbers = numbers.iter().enumerate();
        numbers.map(|(i, &x)| make(i, x)).collect::<Vec<u64>>()
    };
    vec![
        with(&|_, x| x % 3),
        with(&|_, _| u64::MAX),
        with(&|i, x| if i == n / 2 { 0 } else { x | u64::MAX << 8 }),
        with(&|i, x| if i % 7 == 0 { x } else { x & 1 }),
        with(&|i, _| i.min(n - i) as u64 * 3),
        with(&|i, _| (i % 16) as u64),
        // As signed numbers -1, more than half of them, and the greatest.
        with(&|i, _| match i % 10 {
            _ if i == n / 3 => (1 << 62) + (1 << 40),
            0..5 => u64::MAX,
            5..7 => (1 << 62) - 2,
            _ => u64::MAX >> 1,
        }),
        sorted.iter().rev().copied().collect(),
        sorted,
        numbers,
    ]
}

#[test]
fn words_sort_alike_at_every_level() {
    fn check<W: Word + Element>(level: Level, make: impl Fn(u64) -> W) {
        let around = [16, 32, 64, 128, 256].map(|n| n - 1..n + 2);
        for n in around.into_iter().flatten().chain([0, 1, 7, 1000, 5000]) {
            for run in runs(n) {
                let mut words: Vec<W> = run.into_iter().map(&make).collect();
                let mut expected = words.clone();
                expected.sort_unstable();
                sort_at(level, &mut words, &mut vec![W::default(); n]);
                assert_eq!(words, expected, "{level:?} {n}");
            }
        }
    }
    for level in Level::ALL {
        check(level, |x| x);
        check(level, |x| x as u32);
    }
}

#[test]
fn more_than_fit_a_cache_sort_like_few() {
    fn check<T: SortKey>(numbers: &[u64], make: impl Fn(u64) -> T) {
        let x: Vec<T> = numbers.iter().map(|&x| make(x)).collect();
        let view = ArrayViewD::from_shape(IxDyn(&[x.len()]), &x).unwrap();
        let mut out = vec![T::default(); x.len()];
        sort(&InOrder, view.view(), 0, &mut out);
        for order in [Order::Ascending, Order::Descending] {
            let mut positions = vec![0; x.len()];
            argsort(&InOrder, view.view(), 0, order, &mut positions);
            let key = |at: i64| (x[at as usize].ordered_key(order), at);
            assert!(
                positions.is_sorted_by(|&a, &b| key(a) < key(b)),
                "{order:?}"
            );
            if order == Order::Ascending {
                let mut keys = out.iter().zip(&positions);
                assert!(keys.all(|(x, &at)| x.key() == key(at).0));
            }
        }
    }
    for run in runs(buckets::MANY + 5) {
        check(&run, |x| x);
        check(&run, |x| x as i64);
        check(&run, |x| x as u32);
        check(&run, |x| x as u16);
        check(&run, |x| x as i8);
        check(&run, |x| f32::from_bits(x as u32));
        check(&run, f64::from_bits);
    }
}
