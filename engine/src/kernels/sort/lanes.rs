//! The lanes of an axis, one after the other in memory.

use ndarray::{ArrayViewD, IxDyn};

use super::GRAIN;
use super::buckets::MANY;
use crate::dtype::Element;
use crate::kernels::copy::{Flat, copy_to_slice, flat};
use crate::kernels::parts::each_part;
use crate::kernels::{InOrder, Tiles};
use crate::memory::Scratch;

/// The elements of an array with one axis moved to the end, in C order.
#[derive(Debug)]
pub(super) struct Lanes<'a, T: Element> {
    pub(super) data: Flat<'a, T>,
    /// Elements of a lane.
    pub(super) len: usize,
    /// The axes in the order of `data`.
    shape: Vec<usize>,
    /// Where the last axis of `data` was.
    axis: usize,
}

impl<'a, T: Element> Lanes<'a, T> {
    pub(super) fn new(tiles: &dyn Tiles, x: ArrayViewD<'a, T>, axis: usize) -> Lanes<'a, T> {
        let last = x.ndim() - 1;
        let axes: Vec<usize> = (0..=last)
            .filter(|&other| other != axis)
            .chain([axis])
            .collect();
        let x = x.permuted_axes(IxDyn(&axes));
        let shape = x.shape().to_vec();
        Lanes {
            data: flat(tiles, x),
            len: shape[last],
            shape,
            axis,
        }
    }
}

/// Calls `lane(tiles, elements, results)` for each lane, with `k` results each; `out` gets them
/// in the axis order of the array that the lanes are of.
pub(super) fn each_lane<T: Element, U: Element>(
    tiles: &dyn Tiles,
    lanes: &Lanes<'_, T>,
    k: usize,
    out: &mut [U],
    lane: impl Fn(&dyn Tiles, &[T], &mut [U]) + Sync,
) {
    if out.is_empty() {
        return;
    }
    let last_axis = lanes.shape.len() - 1;
    if lanes.axis == last_axis {
        return run(tiles, lanes, k, out, lane);
    }
    let mut results = Scratch::<U>::new(out.len());
    run(tiles, lanes, k, &mut results, lane);
    let mut shape = lanes.shape.clone();
    shape[last_axis] = k;
    let results = ArrayViewD::from_shape(IxDyn(&shape), &results).expect("k results for each lane");
    // Back from the end: the axes before `axis`, the last, the others.
    let mut axes: Vec<usize> = (0..last_axis).collect();
    axes.insert(lanes.axis, last_axis);
    copy_to_slice(tiles, results.permuted_axes(IxDyn(&axes)), out);
}

fn run<T: Element, U: Element>(
    tiles: &dyn Tiles,
    lanes: &Lanes<'_, T>,
    k: usize,
    out: &mut [U],
    lane: impl Fn(&dyn Tiles, &[T], &mut [U]) + Sync,
) {
    let len = lanes.len;
    let n = out.len() / k;
    // Few long lanes are split inside, many lanes among tiles.
    if n < 8 && len >= MANY {
        for (elements, results) in lanes.data.chunks(len).zip(out.chunks_mut(k)) {
            lane(tiles, elements, results);
        }
        return;
    }
    let group = (GRAIN / 4 / len).max(1);
    let parts = lanes
        .data
        .chunks(group * len)
        .zip(out.chunks_mut(group * k))
        .collect();
    each_part(tiles, parts, |_, (elements, results): (&[T], &mut [U])| {
        for (elements, results) in elements.chunks(len).zip(results.chunks_mut(k)) {
            lane(&InOrder, elements, results);
        }
    });
}
