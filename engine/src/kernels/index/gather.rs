//! Copies the rows at given places.
#![expect(
    unsafe_code,
    reason = "rows are named by checked offsets from a pointer"
)]

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::GRAIN;
use super::places::{
    Along, FirstFailure, Mode, OutOfBounds, Starts, kept_axes, offsets_of, row_offsets,
};
use crate::dtype::Element;
use crate::kernels::Tiles;
use crate::kernels::copy::{Ends, Walk, flat};

/// The elements of `src` at `indices` along an axis: `out` is dense, of the shape of `src` with
/// that of `indices` in the place of the axis.
///
/// # Errors
///
/// The first index out of bounds, which leaves `out` written in part.
pub fn take<T: Element>(
    tiles: &dyn Tiles,
    src: ArrayViewD<'_, T>,
    axis: usize,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    let (shape, strides) = (src.shape(), src.strides());
    let along = Along {
        axis,
        len: shape[axis],
        stride: strides[axis],
    };
    let indices = flat(tiles, indices);
    let outer = offsets_of(&shape[..axis], &strides[..axis]);
    let (rest, rest_strides) = (&shape[axis + 1..], &strides[axis + 1..]);
    let size: usize = rest.iter().product();
    let n_rows = outer.len() * indices.len();
    assert_eq!(out.len(), n_rows * size, "out has the shape of the result");
    if out.is_empty() {
        return indices
            .iter()
            .try_for_each(|&index| along.offset(index, mode).map(drop));
    }
    let row = Walk::new(rest, rest_strides, &dense_strides(rest));
    let ends = Ends::new(src.as_ptr(), out.as_mut_ptr());
    let failure = FirstFailure::default();
    each_range(tiles, n_rows, size, |rows| {
        let mut r = rows.start;
        while r < rows.end {
            let (o, j) = (r / indices.len(), r % indices.len());
            let n = (rows.end - r).min(indices.len() - j);
            for (r, &index) in (r..).zip(&indices[j..j + n]) {
                let offset = match along.offset(index, mode) {
                    Ok(offset) => offset,
                    Err(found) => return failure.note(r, found),
                };
                // SAFETY: the offset was checked to name a row of `src`; the r-th row of `out` is
                // inside it and belongs to this tile alone.
                unsafe { copy_row(&ends, &row, outer[o] + offset, (r * size) as isize) };
            }
            r += n;
        }
    });
    failure.into_result()
}

/// The rows of `base` at the points of index arrays, one for each axis that has one.
///
/// The index arrays have, or broadcast to, one shape; `out` has that shape followed by the axes of
/// `base` without an index array, in any layout.
///
/// # Errors
///
/// The first index, by axis, that is out of bounds, which leaves `out` as it was.
pub fn gather<T: Element>(
    tiles: &dyn Tiles,
    base: ArrayViewD<'_, T>,
    indices: &[Option<ArrayViewD<'_, i64>>],
    mut out: ArrayViewMutD<'_, T>,
) -> Result<(), OutOfBounds> {
    let (shape, strides) = kept_axes(base.shape(), base.strides(), indices);
    let n = out.ndim() - shape.len();
    assert_eq!(
        &out.shape()[n..],
        shape,
        "out ends with the axes that are not indexed"
    );
    let points = &out.shape()[..n];
    let places = row_offsets(tiles, base.shape(), base.strides(), indices, points)?;
    if out.is_empty() {
        return Ok(());
    }
    let targets = Starts::new(points, &out.strides()[..n]);
    let row = Walk::new(&shape, &strides, &out.strides()[n..]);
    let ends = Ends::new(base.as_ptr(), out.as_mut_ptr());
    each_range(tiles, places.len(), row.size(), |rows| {
        for r in rows {
            // SAFETY: the offsets were checked to name rows of `base`; `targets` are the rows of
            // `out`, each of which belongs to one tile.
            unsafe { copy_row(&ends, &row, places[r], targets.at(r)) };
        }
    });
    Ok(())
}

/// Copies a row.
///
/// # Safety
///
/// As for [`Ends::copy`].
#[inline(always)]
unsafe fn copy_row<T: Element>(ends: &Ends<T>, row: &Walk, src: isize, dst: isize) {
    // SAFETY: promised by the caller.
    unsafe {
        if row.is_single() {
            ends.copy_one(src, dst);
        } else {
            ends.copy(row, src, dst);
        }
    }
}

/// Runs tiles of whole rows of `size` elements.
pub(super) fn each_range(
    tiles: &dyn Tiles,
    n_rows: usize,
    size: usize,
    tile: impl Fn(std::ops::Range<usize>) + Sync,
) {
    let step = (GRAIN / size.max(1)).max(1);
    tiles.run(n_rows.div_ceil(step), &|i| {
        tile(i * step..n_rows.min((i + 1) * step))
    });
}

fn dense_strides(shape: &[usize]) -> Vec<isize> {
    crate::Shape::from(shape).dense_strides().to_vec()
}
