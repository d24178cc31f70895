//! Reading and writing at positions given by integer arrays, and making such arrays.
//!
//! Index arrays turn into offsets (`places`), each of which names a row of the axes that are not
//! indexed; `gather` copies rows out, `scatter` writes or adds them in. `along` does so for single
//! elements, `mask` by truth values.

mod along;
mod gather;
mod mask;
mod places;
mod scatter;

#[cfg(test)]
mod tests;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice, Zip};

pub use along::{add_along, resolve, take_along};
pub use gather::{gather, take};
pub use mask::{compress, coordinates, count_true, expand, n_blocks};
pub use places::{Mode, OutOfBounds};
pub use scatter::{Plus, scatter, scatter_add};

use super::Tiles;
use super::parts::{each_chunk, each_part};
use crate::dtype::Element;

/// Elements of a tile.
const GRAIN: usize = 1 << 16;

/// Writes each of `values` to its place in `out` where `mask` is `on`; all have one shape.
pub fn write_masked<T: Element>(
    tiles: &dyn Tiles,
    values: ArrayViewD<'_, T>,
    mask: ArrayViewD<'_, bool>,
    on: bool,
    out: ArrayViewMutD<'_, T>,
) {
    let write = |values: ArrayViewD<'_, T>, mask: ArrayViewD<'_, bool>, out| {
        Zip::from(out)
            .and(values)
            .and(mask)
            .for_each(|out: &mut T, &value, &mask| {
                *out = if mask == on { value } else { *out };
            });
    };
    if out.len() <= GRAIN || out.shape()[0] == 1 {
        return write(values, mask, out);
    }
    let rows = (GRAIN / (out.len() / out.shape()[0])).max(1);
    let mut out = out;
    let parts = out.axis_chunks_iter_mut(Axis(0), rows).collect();
    each_part(tiles, parts, |i, out: ArrayViewMutD<'_, T>| {
        let part = Slice::from(i * rows..i * rows + out.shape()[0]);
        write(
            values.slice_axis(Axis(0), part),
            mask.slice_axis(Axis(0), part),
            out,
        );
    });
}

/// Rows of `depth` elements that are `on` at their index and `off` elsewhere; a row whose index
/// is out of range is all `off`.
pub fn one_hot<T: Element>(
    tiles: &dyn Tiles,
    indices: ArrayViewD<'_, i64>,
    depth: usize,
    [off, on]: [T; 2],
    out: &mut [T],
) {
    if depth == 0 {
        return;
    }
    assert_eq!(out.len(), indices.len() * depth, "one row for each index");
    let indices: Vec<i64> = indices.iter().copied().collect();
    let rows = (GRAIN / depth).max(1);
    each_chunk(tiles, out, rows * depth, |start, chunk| {
        chunk.fill(off);
        for (row, &index) in chunk.chunks_mut(depth).zip(&indices[start / depth..]) {
            if let Some(place) = usize::try_from(index).ok().and_then(|i| row.get_mut(i)) {
                *place = on;
            }
        }
    });
}
