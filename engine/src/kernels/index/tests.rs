use ndarray::{Array2, ArrayD, ArrayViewD, Axis, IxDyn, Slice};

use super::*;
use crate::kernels::{InOrder, Tiles};

/// Runs the tiles from the last to the first.
struct Backwards;

impl Tiles for Backwards {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        (0..n).rev().for_each(tile);
    }
}

fn counted(shape: &[usize]) -> ArrayD<f32> {
    let n: usize = shape.iter().product();
    ArrayD::from_shape_vec(IxDyn(shape), (0..n).map(|i| i as f32).collect()).unwrap()
}

fn indices(shape: &[usize], values: &[i64]) -> ArrayD<i64> {
    ArrayD::from_shape_vec(IxDyn(shape), values.to_vec()).unwrap()
}

/// Numbers in `-len..len` that look random.
fn scattered(shape: &[usize], len: i64) -> ArrayD<i64> {
    let n: i64 = shape.iter().product::<usize>() as i64;
    let values: Vec<i64> = (0..n)
        .map(|i| (i * i * 7919 + i * 31) % (2 * len) - len)
        .collect();
    indices(shape, &values)
}

fn wrapped(index: i64, len: usize) -> usize {
    index.rem_euclid(len as i64) as usize
}

fn taken(x: ArrayViewD<'_, f32>, axis: usize, at: &ArrayD<i64>, mode: Mode) -> Vec<f32> {
    let mut out = vec![0.0; x.len() / x.shape()[axis] * at.len()];
    take(&InOrder, x, axis, at.view(), mode, &mut out).unwrap();
    out
}

#[test]
fn take_reads_along_any_axis_of_any_view() {
    let x = counted(&[5, 70, 6]);
    let mut sliced = x.view();
    sliced.slice_axis_inplace(ndarray::Axis(1), Slice::new(0, None, -3));
    for view in [x.view(), x.view().reversed_axes(), sliced] {
        for axis in 0..3 {
            let len = view.shape()[axis];
            let at = scattered(&[4, 9], len as i64);
            let whole: Vec<usize> = at.iter().map(|&i| wrapped(i, len)).collect();
            let expected: Vec<f32> = view
                .select(ndarray::Axis(axis), &whole)
                .iter()
                .copied()
                .collect();
            assert_eq!(taken(view.view(), axis, &at, Mode::Raise), expected);
            assert_eq!(taken(view.view(), axis, &at, Mode::Wrap), expected);
        }
    }
}

#[test]
fn indices_out_of_bounds_raise_clip_or_wrap() {
    let x = counted(&[3]);
    let at = indices(&[4], &[2, -4, 3, -1]);
    let mut out = [9.0; 4];
    let raised = take(&InOrder, x.view(), 0, at.view(), Mode::Raise, &mut out);
    assert_eq!(
        raised,
        Err(OutOfBounds {
            index: -4,
            len: 3,
            axis: 0
        })
    );
    assert_eq!(taken(x.view(), 0, &at, Mode::Clip), [2.0, 0.0, 2.0, 0.0]);
    assert_eq!(taken(x.view(), 0, &at, Mode::Wrap), [2.0, 2.0, 0.0, 2.0]);
    let empty = counted(&[0]);
    for mode in [Mode::Raise, Mode::Clip, Mode::Wrap] {
        let at = indices(&[1], &[0]);
        assert!(take(&InOrder, empty.view(), 0, at.view(), mode, &mut out[..1]).is_err());
        assert!(
            take(
                &InOrder,
                empty.view(),
                0,
                indices(&[0], &[]).view(),
                mode,
                &mut []
            )
            .is_ok()
        );
    }
}

#[test]
fn gather_follows_several_index_arrays() {
    let x = counted(&[4, 3, 5, 2]);
    let a = scattered(&[6, 1], 4);
    let b = scattered(&[7], 5);
    let at = [Some(a.view()), None, Some(b.view())];
    let mut out = ArrayD::zeros(IxDyn(&[3, 6, 7, 2]));
    // The axis that is not indexed goes first in memory.
    let view = out.view_mut().permuted_axes(IxDyn(&[1, 2, 0, 3]));
    gather(&InOrder, x.view(), &at, view).unwrap();
    for ((k, i, j, l), &value) in out
        .view()
        .into_dimensionality::<ndarray::Ix4>()
        .unwrap()
        .indexed_iter()
    {
        assert_eq!(value, x[[wrapped(a[[i, 0]], 4), k, wrapped(b[[j]], 5), l]]);
    }
    let bad = indices(&[2], &[0, 5]);
    let at = [None, None, Some(bad.view())];
    let mut out = ArrayD::zeros(IxDyn(&[2, 4, 3, 2]));
    let error = gather(&InOrder, x.view(), &at, out.view_mut()).unwrap_err();
    assert_eq!(
        error,
        OutOfBounds {
            index: 5,
            len: 5,
            axis: 2
        }
    );
}

#[test]
fn scatter_keeps_the_last_write_and_scatter_add_all() {
    for width in [1, 5, 400] {
        let at = scattered(&[900], 40);
        let values = counted(&[900, width]);
        let (mut last, mut sums) = (
            Array2::<f32>::zeros((40, width)),
            Array2::zeros((40, width)),
        );
        for (i, &index) in at.iter().enumerate() {
            for j in 0..width {
                last[[wrapped(index, 40), j]] = values[[i, j]];
                sums[[wrapped(index, 40), j]] += values[[i, j]];
            }
        }
        for tiles in [&InOrder as &dyn Tiles, &Backwards] {
            let rows = [Some(at.view()), None];
            let mut base = ArrayD::zeros(IxDyn(&[40, width]));
            scatter(tiles, base.view_mut(), &rows, values.view()).unwrap();
            assert_eq!(base, last.clone().into_dyn());
            let mut base = ArrayD::zeros(IxDyn(&[width, 40]));
            let columns = base.view_mut().reversed_axes();
            scatter_add(tiles, columns, &rows, values.view()).unwrap();
            assert_eq!(base.reversed_axes(), sums.clone().into_dyn());
        }
    }
}

/// The true elements of a mask, counted as its readers want it.
fn counts(mask: &ArrayD<bool>) -> Vec<usize> {
    let mut counts = vec![0; n_blocks(mask.len())];
    count_true(&InOrder, mask.view(), &mut counts);
    counts.into_iter().map(|n| n as usize).collect()
}

#[test]
fn masks_choose_in_order_and_put_back() {
    for shape in [
        vec![4, 5, 6],
        vec![1],
        vec![0, 3],
        vec![200_000],
        vec![300, 401],
    ] {
        let mask = counted(&shape).mapv(|x| (x as i64 * 7) % 3 == 1);
        let x = counted(&shape).insert_axis(Axis(shape.len()));
        let x = ndarray::concatenate![Axis(shape.len()), x, -&x];
        let counts = counts(&mask);
        let n = counts.iter().sum();
        let places: Vec<_> = mask
            .indexed_iter()
            .filter(|(_, is)| **is)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(n, places.len());
        for axis in 0..shape.len() {
            let mut found = vec![-1; n];
            coordinates(&Backwards, mask.view(), &counts, axis, &mut found);
            assert!(
                found
                    .iter()
                    .zip(&places)
                    .all(|(&at, place)| at == place[axis] as i64)
            );
        }
        let mut rows = vec![0.0; 2 * n];
        compress(&Backwards, x.view(), mask.view(), &counts, &mut rows);
        let mut put_back = vec![9.0; x.len()];
        let rows = ArrayD::from_shape_vec(IxDyn(&[n, 2]), rows).unwrap();
        expand(&Backwards, rows.view(), mask.view(), &counts, &mut put_back);
        let mut rows = rows.outer_iter();
        let parts = x.rows().into_iter().zip(put_back.chunks(2));
        for (&is_true, (x, back)) in mask.iter().zip(parts) {
            if is_true {
                assert!(rows.next().unwrap().iter().eq(x.iter()));
                assert_eq!(back, x.to_vec());
            } else {
                assert_eq!(back, [0.0, 0.0]);
            }
        }
    }
}

#[test]
fn one_hot_rows_have_one_element_on() {
    let mut out = [9.0; 12];
    let at = indices(&[4], &[2, 0, -1, 3]);
    one_hot(&InOrder, at.view(), 3, [0.0, 5.0], &mut out);
    assert_eq!(
        out,
        [0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    );
}
