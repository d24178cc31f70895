//! Indexing: what `x[...]` reads and writes, and its gradients.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod differences;

use differences::check_gradient_at;
use forerun_engine::ops::{self, Index, Index::*};
use forerun_engine::{DType, Device};

fn range(start: Option<isize>, stop: Option<isize>, step: Option<isize>) -> Index {
    Range { start, stop, step }
}

fn ints(elements: &[i64], shape: &[usize]) -> Index {
    Array(forerun_engine::Array::from_elements(elements, shape, Device::default()).unwrap())
}

fn mask(elements: &[bool], shape: &[usize]) -> Index {
    Array(forerun_engine::Array::from_elements(elements, shape, Device::default()).unwrap())
}

fn counting<const N: usize>(shape: [usize; N]) -> forerun_engine::Array {
    let elements: Vec<f64> = (0..shape.iter().product()).map(|i| i as f64).collect();
    forerun_engine::Array::from_elements(&elements, shape, Device::default()).unwrap()
}

/// Indices of `arange(24).reshape(2, 3, 4)`, and the shape and elements that NumPy gives.
#[rustfmt::skip]
fn cases() -> Vec<(Vec<Index>, &'static [usize], &'static [i64])> {
    vec![
        (vec![], &[2, 3, 4], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![At(-1)], &[3, 4], &[12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![At(1), At(2), At(3)], &[], &[23]),
        (vec![range(None, None, None), range(Some(1), None, None)], &[2, 2, 4], &[4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![Ellipsis, At(-1)], &[2, 3], &[3, 7, 11, 15, 19, 23]),
        (vec![range(None, None, Some(-1)), At(0), range(Some(-1), Some(0), Some(-2))], &[2, 2], &[15, 13, 3, 1]),
        (vec![At(0), NewAxis, Ellipsis, NewAxis, range(Some(1), Some(3), None)], &[1, 3, 1, 2], &[1, 2, 5, 6, 9, 10]),
        (vec![range(Some(5), Some(9), None)], &[0, 3, 4], &[]),
        (vec![range(None, None, None), range(Some(-9), Some(99), Some(2))], &[2, 2, 4], &[0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]),
        (vec![ints(&[1, 0, 1], &[3])], &[3, 3, 4], &[12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![At(0), range(None, None, None), ints(&[3, 0], &[2])], &[2, 3], &[3, 7, 11, 0, 4, 8]),
        (vec![range(None, None, None), At(0), ints(&[3, 0], &[2])], &[2, 2], &[3, 0, 15, 12]),
        (vec![ints(&[0, 1], &[2]), range(None, None, None), ints(&[1, 2], &[2])], &[2, 3], &[1, 5, 9, 14, 18, 22]),
        (vec![range(None, None, None), ints(&[0, 2, 1, -1], &[2, 2]), range(Some(1), Some(3), None)], &[2, 2, 2, 2], &[1, 2, 9, 10, 5, 6, 9, 10, 13, 14, 21, 22, 17, 18, 21, 22]),
        (vec![range(None, None, None), ints(&[0, 2], &[2]), ints(&[1, 3], &[2, 1])], &[2, 2, 2], &[1, 9, 3, 11, 13, 21, 15, 23]),
        (vec![NewAxis, ints(&[1, 0], &[2]), Ellipsis, ints(&[0, 0], &[2])], &[2, 1, 3], &[12, 16, 20, 0, 4, 8]),
        (vec![ints(&[1, 1], &[2]), NewAxis, ints(&[0, 2], &[2])], &[2, 1, 4], &[12, 13, 14, 15, 20, 21, 22, 23]),
        (vec![range(None, None, None), ints(&[0, 2], &[2]), range(None, None, Some(-1))], &[2, 2, 4], &[3, 2, 1, 0, 11, 10, 9, 8, 15, 14, 13, 12, 23, 22, 21, 20]),
        (vec![mask(&[true, false, true, false, true, false], &[2, 3])], &[3, 4], &[0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19]),
        (vec![mask(&[true, false, true, false, true, false], &[2, 3]), ints(&[0, 1, 2], &[3])], &[3], &[0, 9, 18]),
        (vec![range(None, None, None), mask(&[false, true, true], &[3])], &[2, 2, 4], &[4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![range(None, None, None), mask(&[false, true, true], &[3]), ints(&[1, 2], &[2])], &[2, 2], &[5, 10, 17, 22]),
        (vec![At(0), mask(&[false, true, true], &[3]), mask(&[true, false, false, true], &[4])], &[2], &[4, 11]),
        (vec![Ellipsis, mask(&[true, false, false, true], &[4])], &[2, 3, 2], &[0, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23]),
        (vec![mask(&[true], &[])], &[1, 2, 3, 4], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]),
        (vec![mask(&[false], &[])], &[0, 2, 3, 4], &[]),
        (vec![range(None, None, None), mask(&[true], &[]), ints(&[0, 2], &[2])], &[2, 2, 4], &[0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]),
        (vec![ints(&[0, 1], &[2]), Ellipsis, ints(&[0, 1], &[2]), ints(&[2, 3], &[2])], &[2], &[2, 19]),
        (vec![range(None, None, None), ints(&[], &[0])], &[2, 0, 4], &[]),
    ]
}

#[test]
fn getitem_gives_what_numpy_gives() {
    let x = counting([2, 3, 4]);
    for (indices, shape, elements) in cases() {
        let y = ops::getitem(&x, &indices).unwrap();
        assert_eq!(&y.shape()[..], shape, "{indices:?}");
        let expected: Vec<f64> = elements.iter().map(|&x| x as f64).collect();
        assert_eq!(y.to_vec::<f64>().unwrap(), expected, "{indices:?}");
    }
}

#[test]
fn setitem_writes_where_getitem_reads() {
    for (indices, shape, elements) in cases() {
        let n_written = {
            let mut distinct = elements.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            distinct.len()
        };
        let x = counting([2, 3, 4]);
        // A value for each place, so that one named twice gets the same both times.
        let values: Vec<f64> = elements.iter().map(|&x| -1.0 - x as f64).collect();
        let values = forerun_engine::Array::from_elements(&values, shape, x.device()).unwrap();
        ops::setitem(&x, &indices, &values).unwrap();
        let expected: Vec<f64> = (0..24)
            .map(|i| {
                if elements.contains(&i) {
                    -1.0 - i as f64
                } else {
                    i as f64
                }
            })
            .collect();
        assert_eq!(x.to_vec::<f64>().unwrap(), expected, "{indices:?}");
        let y = counting([2, 3, 4]);
        ops::setitem(&y, &indices, 100i64).unwrap();
        let n_changed = y
            .to_vec::<f64>()
            .unwrap()
            .iter()
            .filter(|&&y| y == 100.0)
            .count();
        assert_eq!(n_changed, n_written, "{indices:?}");
    }
}

#[test]
fn setitem_on_a_view_writes_to_its_variable() {
    let x = counting([3, 4]);
    let view = x.transpose(None).unwrap();
    ops::setitem(
        &view,
        &[ints(&[1, 3], &[2]), range(Some(1), None, None)],
        -1.0,
    )
    .unwrap();
    let expected = [
        0.0, 1.0, 2.0, 3.0, 4.0, -1.0, 6.0, -1.0, 8.0, -1.0, 10.0, -1.0,
    ];
    assert_eq!(x.to_vec::<f64>().unwrap(), expected);
}

#[test]
fn a_broadcast_view_is_read_only() {
    let x = counting([4]).broadcast_to([3, 4]).unwrap();
    let error = ops::setitem(&x, &[ints(&[0], &[1])], 1.0).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
}

#[test]
fn the_later_of_two_writes_to_a_place_stays() {
    let x = counting([3]);
    let values = counting([4]);
    ops::setitem(&x, &[ints(&[1, 1, 0, 1], &[4])], &values).unwrap();
    assert_eq!(x.to_vec::<f64>().unwrap(), [2.0, 3.0, 2.0]);
}

#[test]
fn float_indices_are_cut() {
    let indices = forerun_engine::Array::from_slice(&[1.9f32, 0.2]);
    let y = ops::getitem(&counting([3]), &[Array(indices)]).unwrap();
    assert_eq!(y.to_vec::<f64>().unwrap(), [1.0, 0.0]);
}

#[test]
fn wrong_indices_are_refused_as_they_are_issued() {
    let x = counting([2, 3]);
    let refused = |indices: &[Index]| ops::getitem(&x, indices).unwrap_err().to_string();
    assert_eq!(
        refused(&[At(0), At(0), At(0)]),
        "getitem: too many indices for array: array is 2-dimensional, but 3 were indexed"
    );
    assert_eq!(
        refused(&[At(0), At(3)]),
        "getitem: index 3 is out of bounds for axis 1 with size 3"
    );
    assert_eq!(
        refused(&[ints(&[0, 1], &[2]), ints(&[0, 1, 2], &[3])]),
        "getitem: shape mismatch: indexing arrays could not be broadcast together with shapes \
         (2,) (3,)"
    );
    assert!(refused(&[mask(&[true], &[1])]).contains("size of corresponding boolean axis is 1"));
    assert!(refused(&[range(None, None, Some(0))]).contains("step cannot be zero"));
    assert!(refused(&[Ellipsis, Ellipsis]).contains("single ellipsis"));
}

#[test]
fn an_index_out_of_bounds_in_data_fails_the_value() {
    let x = counting([3]);
    let y = ops::getitem(&x, &[ints(&[0, 7], &[2])]).unwrap();
    let error = y.wait().unwrap_err();
    let expected = "getitem: index 7 is out of bounds for axis 0 with size 3";
    assert_eq!(error.root().to_string(), expected);
    ops::setitem(&x, &[ints(&[-4], &[1])], 0.0).unwrap();
    assert!(x.wait().is_err());
}

#[test]
fn take_follows_its_mode() {
    let x = counting([2, 3]);
    let indices = forerun_engine::Array::from_slice(&[-1i64, 4]);
    let taken = |axis, mode| ops::take(&x, &indices, axis, mode).unwrap().to_vec::<f64>();
    assert_eq!(taken(Some(1), None).unwrap(), [0.0, 2.0, 3.0, 5.0]);
    assert_eq!(taken(Some(-1), Some("wrap")).unwrap(), [2.0, 1.0, 5.0, 4.0]);
    assert_eq!(taken(None, Some("raise")).unwrap(), [5.0, 4.0]);
    assert!(taken(Some(0), Some("raise")).is_err());
}

#[test]
fn places_along_an_axis_are_taken_and_put() {
    let x = counting([2, 3]);
    let places =
        forerun_engine::Array::from_elements(&[2i64, 0, 1, 1], [2, 2], x.device()).unwrap();
    let taken = ops::take_along_axis(&x, &places, Some(1)).unwrap();
    assert_eq!(taken.to_vec::<f64>().unwrap(), [2.0, 0.0, 4.0, 4.0]);
    ops::put_along_axis(&x, &places, (-1.0).into(), Some(1)).unwrap();
    assert_eq!(
        x.to_vec::<f64>().unwrap(),
        [-1.0, 1.0, -1.0, 3.0, -1.0, 5.0]
    );
}

#[test]
fn points_are_gathered_updated_and_added() {
    let x = counting([2, 3]);
    let points = forerun_engine::Array::from_elements(&[0i64, 1, 0, 2, 0, 2], [2, 3], x.device());
    let points = points.unwrap();
    let values = forerun_engine::Array::from_slice(&[10.0, 20.0, 30.0]);
    let gathered = ops::gather_nd(&x, &points).unwrap();
    assert_eq!(gathered.to_vec::<f64>().unwrap(), [2.0, 3.0, 2.0]);
    let added = ops::index_add(&x, &points, &values).unwrap();
    assert_eq!(
        added.to_vec::<f64>().unwrap(),
        [0.0, 1.0, 42.0, 23.0, 4.0, 5.0]
    );
    let updated = ops::index_update(&x, &points, &values).unwrap();
    assert_eq!(
        updated.to_vec::<f64>().unwrap(),
        [0.0, 1.0, 30.0, 20.0, 4.0, 5.0]
    );
    assert_eq!(x.to_vec::<f64>().unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn diagonals_are_views_or_matrices() {
    let x = counting([3, 4]);
    let diagonal = |k| {
        ops::diagonal(&x, Some(k), None, None)
            .unwrap()
            .to_vec::<f64>()
            .unwrap()
    };
    assert_eq!(diagonal(0), [0.0, 5.0, 10.0]);
    assert_eq!(diagonal(2), [2.0, 7.0]);
    assert_eq!(diagonal(-1), [4.0, 9.0]);
    assert!(diagonal(4).is_empty() && diagonal(-9).is_empty());
    let matrix = ops::diag(&counting([2]), Some(-1)).unwrap();
    assert_eq!(
        matrix.to_vec::<f64>().unwrap(),
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    );
}

#[test]
fn numbers_that_are_not_zero_are_found() {
    let x =
        forerun_engine::Array::from_elements(&[0.0f32, 2.0, 0.0, -1.0], [2, 2], Device::default());
    let found = ops::nonzero(&x.unwrap()).unwrap();
    let found: Vec<Vec<i64>> = found
        .iter()
        .map(|places| places.to_vec().unwrap())
        .collect();
    assert_eq!(found, [[0, 1], [1, 1]]);
}

#[test]
fn gradients_flow_through_what_is_read() {
    for (indices, shape, _) in cases() {
        if !shape.contains(&0) {
            check_gradient_at(&[2, 3, 4], |x| ops::getitem(x, &indices));
        }
    }
    let places = forerun_engine::Array::from_elements(&[-1i64, 5, 1, 1], [2, 2], Device::default());
    let places = places.unwrap();
    for mode in ["clip", "wrap"] {
        check_gradient_at(&[2, 3], |x| ops::take(x, &places, Some(1), Some(mode)));
    }
}

#[test]
fn gradients_flow_through_what_is_written() {
    let distinct = [3, 7, 12, 18, 19, 20, 22];
    for i in distinct {
        let (indices, shape, _) = &cases()[i];
        let n: usize = shape.iter().product();
        // What was there, where it is kept.
        check_gradient_at(&[2, 3, 4], |x| {
            let y = x * 2.0;
            ops::setitem(&y, indices, 3.0)?;
            Ok(&y * &y)
        });
        // What was written.
        check_gradient_at(&[n], |x| {
            let y = &counting([2, 3, 4]) * 1.0;
            let lens: Vec<isize> = shape.iter().map(|&len| len as isize).collect();
            ops::setitem(&y, indices, &(x * x).reshape(&lens)?)?;
            Ok(&y * &y)
        });
    }
}

#[test]
fn a_gradient_that_is_a_view_flows_through_what_is_written() {
    // The gradient of a sum is one number, broadcast; that of a transposed array is transposed.
    let summed = |y: &forerun_engine::Array| ops::sum(y, ops::Axes::ALL, false, None);
    let transposed = |y: &forerun_engine::Array| y.transpose(None);
    for i in [3, 7, 12, 18, 19, 20, 22] {
        let (indices, shape, _) = &cases()[i];
        let lens: Vec<isize> = shape.iter().map(|&len| len as isize).collect();
        let written = |x: &forerun_engine::Array| {
            let y = &counting([2, 3, 4]) * 1.0;
            ops::setitem(&y, indices, &x.reshape(&lens)?)?;
            Ok::<_, forerun_engine::Error>(y)
        };
        let n = shape.iter().product();
        check_gradient_at(&[n], |x| summed(&written(x)?));
        check_gradient_at(&[n], |x| transposed(&written(x)?));
    }
}

#[test]
fn writing_a_number_where_a_mask_is_true_waits_for_nothing() {
    let x = forerun_engine::Array::from_slice(&[-1.0, 2.0, -3.0]);
    let negative = ops::less(&x, 0.0).unwrap();
    assert_eq!(negative.dtype(), DType::Bool);
    ops::setitem(&x, &[Array(negative)], 0.0).unwrap();
    assert_eq!(x.to_vec::<f64>().unwrap(), [0.0, 2.0, 0.0]);
}
