use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};

use super::*;
use crate::dtype::{C64, C128};
use crate::kernels::InOrder;

/// Numbers 0, 1, 2, ... in a shape.
fn counted<T: Element>(shape: &[usize], make: impl Fn(usize) -> T) -> ArrayD<T> {
    let n = shape.iter().product();
    ArrayD::from_shape_vec(IxDyn(shape), (0..n).map(make).collect()).unwrap()
}

fn check<T: Element>(src: ArrayViewD<'_, T>) {
    let expected: Vec<T> = src.iter().copied().collect();
    let mut out = vec![T::default(); src.len()];
    copy_to_slice(&InOrder, src.view(), &mut out);
    assert!(out == expected, "{:?} {:?}", src.shape(), src.strides());
    // Into a view with its axes turned around and every second element.
    let mut wide = ArrayD::from_elem(
        src.shape()
            .iter()
            .rev()
            .map(|len| 2 * len)
            .collect::<Vec<_>>(),
        T::default(),
    );
    let mut view = wide.view_mut().reversed_axes();
    for axis in 0..src.ndim() {
        let step = if axis % 2 == 0 { 2 } else { -2 };
        view.slice_axis_inplace(Axis(axis), Slice::new(0, None, step));
    }
    copy_to_view(&InOrder, src.view(), view.view_mut());
    assert!(view == src, "{:?} {:?}", src.shape(), src.strides());
}

fn check_views<T: Element>(make: impl Fn(usize) -> T + Copy) {
    let shapes: &[&[usize]] = &[
        &[],
        &[0],
        &[1],
        &[7],
        &[70_001],
        &[3, 5],
        &[130, 70],
        &[300, 400],
        &[4, 0, 2],
        &[2, 3, 4, 5],
        &[33, 2, 65],
        &[2, 1, 3, 1],
    ];
    for shape in shapes {
        let x = counted(shape, make);
        check(x.view());
        check(x.view().reversed_axes());
        for axis in 0..shape.len() {
            let mut sliced = x.view();
            sliced.slice_axis_inplace(Axis(axis), Slice::new(0, None, -2));
            check(sliced.view());
            check(sliced.reversed_axes());
        }
        if shape.len() > 1 {
            let mut swapped = x.view();
            swapped.swap_axes(0, 1);
            check(swapped);
        }
        let mut more = vec![3];
        more.extend(*shape);
        more.push(2);
        let widened = x.view().insert_axis(Axis(shape.len()));
        check(widened.broadcast(IxDyn(&more)).unwrap());
    }
}

#[test]
fn every_view_is_copied_element_by_element() {
    check_views(|i| i % 3 == 0);
    check_views(|i| i as u16);
    check_views(|i| i as f32);
    check_views(|i| i as f64);
    check_views(|i| C64::new(i as f32, -1.0));
    check_views(|i| C128::new(i as f64, -1.0));
}

#[test]
fn axes_are_merged_and_sorted() {
    let dense = Walk::new(&[2, 3, 4], &[12, 4, 1], &[12, 4, 1]);
    assert_eq!(
        (dense.axes.len(), dense.axes[0].len, dense.blocked),
        (1, 24, false)
    );
    let both_transposed = Walk::new(&[4, 6], &[1, 4], &[1, 4]);
    assert_eq!(both_transposed.axes.len(), 1);
    let transposed = Walk::new(&[4, 6], &[1, 4], &[6, 1]);
    assert!(transposed.blocked);
    let broadcast = Walk::new(&[5, 6], &[0, 0], &[6, 1]);
    assert_eq!((broadcast.axes.len(), broadcast.axes[0].src), (1, 0));
}

#[test]
fn parts_of_a_walk_cover_it_once() {
    let walk = Walk::new(&[5, 300, 70], &[1, 5, 1500], &[21_000, 70, 1]);
    let mut parts = Vec::new();
    walk.cut(1000, &mut parts);
    assert!(parts.iter().all(|part| part.size() <= 1000));
    assert_eq!(parts.iter().map(Walk::size).sum::<usize>(), 5 * 300 * 70);
}
