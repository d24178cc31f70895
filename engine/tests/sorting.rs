//! Sorting, orders, distinct values, searches, quantiles; reading files.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod differences;

use differences::check_gradient_at;
use forerun_engine::ops::{self, Axes};
use forerun_engine::{Array, DType, Device, Error};

fn array(elements: &[f64], shape: &[usize]) -> Array {
    Array::from_elements(elements, shape, Device::default()).unwrap()
}

/// Numbers without order, some of them equal.
fn mixed(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 7919) % 101) as f64 - 50.0).collect()
}

#[test]
fn elements_are_sorted_along_an_axis() {
    let x = array(&[3.0, 1.0, 2.0, f64::NAN, 0.0, -1.0], &[2, 3]);
    let rows = ops::sort(&x, Some(-1)).unwrap().to_vec::<f64>().unwrap();
    assert_eq!(rows[..5], [1.0, 2.0, 3.0, -1.0, 0.0]);
    assert!(rows[5].is_nan());
    let columns = ops::argsort(&x, Some(0), false)
        .unwrap()
        .to_vec::<i64>()
        .unwrap();
    assert_eq!(columns, [0, 1, 1, 1, 0, 0]);
    let elements = mixed(1000);
    let mut expected = elements.clone();
    expected.sort_by(f64::total_cmp);
    let flat = ops::sort(&array(&elements, &[10, 100]), None).unwrap();
    assert_eq!(flat.to_vec::<f64>().unwrap(), expected);
    let order = ops::argsort(&array(&elements, &[1000]), Some(0), true).unwrap();
    let order = order.to_vec::<i64>().unwrap();
    assert!(order.is_sorted_by(|&a, &b| {
        let (x, y) = (elements[a as usize], elements[b as usize]);
        x > y || (x == y && a < b)
    }));
    check_gradient_at(&[3, 4], |x| ops::sort(x, Some(0)));
    check_gradient_at(&[3, 4], |x| ops::sort(&(x * x), None));
}

#[test]
fn the_largest_elements_come_first() {
    let x = array(&[3.0, 1.0, 2.0, 4.0, 0.0, 9.0], &[2, 3]);
    let (values, positions) = ops::topk(&x, 2, Some(1), false).unwrap();
    assert_eq!(values.to_vec::<f64>().unwrap(), [3.0, 2.0, 9.0, 4.0]);
    assert_eq!(positions.to_vec::<i64>().unwrap(), [0, 2, 2, 0]);
    assert!(ops::topk(&x, 3, Some(0), true).is_err());
    check_gradient_at(&[2, 5], |x| Ok(ops::topk(x, 2, Some(1), true)?.0));
}

#[test]
fn distinct_values_know_where_they_came_from() {
    let found = ops::unique(&array(&[2.0, 1.0, 2.0, 5.0], &[2, 2]), None, true).unwrap();
    assert_eq!(found[0].to_vec::<f64>().unwrap(), [1.0, 2.0, 5.0]);
    let positions = |i: usize| found[i].to_vec::<i64>().unwrap();
    assert_eq!(positions(1), [1, 0, 3]);
    assert_eq!(positions(2), [1, 0, 1, 2]);
    assert_eq!(positions(3), [1, 2, 1]);
}

#[test]
fn a_search_gives_either_end_of_equal_elements() {
    let sorted = Array::from_slice(&[1i32, 2, 2, 3]);
    let values = array(&[2.0, 0.5, 9.0, 2.5], &[2, 2]);
    let places = |right| ops::searchsorted(&sorted, &values, right, None).unwrap();
    assert_eq!(places(false).to_vec::<i64>().unwrap(), [1, 0, 4, 3]);
    assert_eq!(places(true).to_vec::<i64>().unwrap(), [3, 0, 4, 3]);
    let (shuffled, sorter) = (
        Array::from_slice(&[3i32, 1, 2]),
        Array::from_slice(&[1i64, 2, 0]),
    );
    let places = ops::searchsorted(&shuffled, &values, false, Some(&sorter)).unwrap();
    assert_eq!(places.to_vec::<i64>().unwrap(), [1, 0, 3, 2]);
}

#[test]
fn quantiles_lie_between_elements() {
    let x = array(&[4.0, 1.0, 3.0, 2.0, 10.0, f64::NAN, 30.0, 20.0], &[2, 4]);
    let quantile = |q: &[f64], method| {
        let found = ops::quantile(&x, q.to_vec(), 1, Some(method), false).unwrap();
        assert_eq!(found.shape()[..], [q.len(), 2]);
        let found = found.to_vec::<f64>().unwrap();
        assert!(found.iter().skip(1).step_by(2).all(|x| x.is_nan()));
        found.into_iter().step_by(2).collect::<Vec<_>>()
    };
    assert_eq!(quantile(&[0.0, 0.5, 1.0], "linear"), [1.0, 2.5, 4.0]);
    assert_eq!(quantile(&[0.1], "linear"), [1.3]);
    assert_eq!(quantile(&[0.5, 0.6], "lower"), [2.0, 2.0]);
    assert_eq!(quantile(&[0.5, 0.6], "higher"), [3.0, 3.0]);
    assert_eq!(quantile(&[0.4], "midpoint"), [2.5]);
    assert_eq!(quantile(&[0.5, 0.9], "nearest"), [3.0, 4.0]);
    let all = ops::quantile(
        &array(&mixed(30), &[2, 3, 5]),
        vec![0.3],
        [0, 2],
        None,
        true,
    );
    assert_eq!(all.unwrap().shape()[..], [1, 1, 3, 1]);
    assert!(ops::quantile(&x, vec![1.5], Axes::ALL, None, false).is_err());
    check_gradient_at(&[3, 4], |x| {
        ops::quantile(x, vec![0.25, 0.4], 1, None, false)
    });
}

#[test]
fn integers_are_counted_or_weighed() {
    let x = Array::from_slice(&[1i32, 3, 1]);
    let counts = ops::bincount(&x, None, Some(5)).unwrap();
    assert_eq!(counts.to_vec::<i64>().unwrap(), [0, 2, 0, 1, 0]);
    let weights = array(&[0.5, 2.0, 1.0], &[3]);
    let sums = ops::bincount(&x, Some(&weights), None).unwrap();
    assert_eq!(sums.to_vec::<f64>().unwrap(), [0.0, 1.5, 0.0, 2.0]);
    assert!(ops::bincount(&Array::from_slice(&[-1i32]), None, None).is_err());
}

#[test]
fn a_file_is_read_into_an_array() {
    let path = std::env::temp_dir().join(format!("forerun-read-{}", std::process::id()));
    let bytes: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    let read = |offset, shape: [usize; 2]| {
        let part = ops::Part {
            offset,
            shape: shape.into(),
            dtype: DType::F32,
        };
        let arrays = ops::read_file(&path, vec![part], Device::default());
        arrays.map(|arrays| arrays[0].clone())
    };
    let whole = read(0, [2, 3]).unwrap();
    let later = &read(8, [2, 2]).unwrap() + 1.0;
    assert_eq!(
        whole.to_vec::<f32>().unwrap(),
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    );
    assert_eq!(later.to_vec::<f32>().unwrap(), [3.0, 4.0, 5.0, 6.0]);
    let short = read(16, [3, 1]).unwrap().wait().unwrap_err();
    assert!(
        short
            .root()
            .to_string()
            .ends_with("12 bytes wanted from offset 16, 8 there")
    );
    // What was opened is read, whatever becomes of the name.
    let opened = read(20, [1, 1]).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(opened.to_vec::<f32>().unwrap(), [5.0]);
    assert!(matches!(read(0, [1, 1]), Err(Error::Io { .. })));
}
