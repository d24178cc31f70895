//! Reading and adding at positions along an axis, for each place of the others its own.
#![expect(
    unsafe_code,
    reason = "elements are named by checked offsets from a pointer"
)]

use ndarray::{ArrayViewD, IxDyn};

use super::gather::each_range;
use super::places::{Along, FirstFailure, Mode, OutOfBounds, offsets_of, position};
use super::scatter::Plus;
use crate::dtype::Element;
use crate::kernels::Tiles;
use crate::kernels::copy::{Ends, flat};
use crate::kernels::parts::each_chunk;

/// For each position of `indices` the element of `x` at that index along `axis` and at the same
/// position of the other axes, to which `x` is broadcast; `out` is dense, of the shape of
/// `indices`.
///
/// # Errors
///
/// The first index out of bounds, which leaves `out` written in part.
pub fn take_along<T: Element>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: usize,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    assert_eq!(out.len(), indices.len(), "out has the shape of the indices");
    if out.is_empty() {
        return Ok(());
    }
    let along = Along {
        axis,
        len: x.shape()[axis],
        stride: x.strides()[axis],
    };
    // The way along the axis is the index's, not the position's.
    let shape = indices.shape().to_vec();
    let mut x_shape = shape.clone();
    x_shape[axis] = along.len;
    let x = x
        .broadcast(IxDyn(&x_shape))
        .expect("the other axes fit the indices");
    let mut strides = x.strides().to_vec();
    strides[axis] = 0;
    let last = shape.len() - 1;
    let (n, step) = (shape[last], strides[last]);
    let rows = offsets_of(&shape[..last], &strides[..last]);
    let indices = flat(tiles, indices);
    let ends = Ends::new(x.as_ptr(), out.as_mut_ptr());
    let failure = FirstFailure::default();
    each_range(tiles, out.len(), 1, |elements| {
        let mut at = elements.start;
        while at < elements.end {
            let (row, column) = (at / n, at % n);
            let len = (elements.end - at).min(n - column);
            let mut place = rows[row] + column as isize * step;
            for (at, &index) in (at..).zip(&indices[at..at + len]) {
                let offset = match along.offset(index, mode) {
                    Ok(offset) => offset,
                    Err(found) => return failure.note(at, found),
                };
                // SAFETY: `place` is where an element of `x` is, but for the way along the axis,
                // and that was checked; elements of `out` belong to one tile.
                unsafe { ends.copy_one(place + offset, at as isize) };
                place += step;
            }
            at += len;
        }
    });
    failure.into_result()
}

/// Adds the elements of each row of `values` to the row of `out` at the positions in `indices`;
/// `out` has rows of `len` elements.
///
/// # Errors
///
/// The first index out of bounds, which leaves `out` written in part.
pub fn add_along<T: Plus>(
    tiles: &dyn Tiles,
    values: ArrayViewD<'_, T>,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    len: usize,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    let axis = values.ndim() - 1;
    if values.is_empty() {
        return Ok(());
    }
    if len == 0 {
        let index = indices.first().copied().unwrap_or(0);
        return Err(OutOfBounds { index, len, axis });
    }
    let n = values.shape()[axis];
    let (values, indices) = (flat(tiles, values), flat(tiles, indices));
    let failure = FirstFailure::default();
    let rows_per_tile = (super::GRAIN / len.max(n)).max(1);
    each_chunk(tiles, out, rows_per_tile * len, |start, chunk| {
        for (row, out) in (start / len..).zip(chunk.chunks_exact_mut(len)) {
            let places = row * n..(row + 1) * n;
            for ((at, &value), &index) in places
                .clone()
                .zip(&values[places.clone()])
                .zip(&indices[places])
            {
                match position(index, len, mode) {
                    Some(place) => out[place as usize] = out[place as usize].plus(value),
                    None => return failure.note(at, OutOfBounds { index, len, axis }),
                }
            }
        }
    });
    failure.into_result()
}

/// The index that `mode` makes of each.
///
/// # Errors
///
/// The first index out of bounds.
pub fn resolve(
    indices: ArrayViewD<'_, i64>,
    len: usize,
    axis: usize,
    mode: Mode,
) -> Result<Vec<i64>, OutOfBounds> {
    let resolved = indices
        .iter()
        .map(|&index| position(index, len, mode).ok_or(OutOfBounds { index, len, axis }));
    resolved.collect()
}
