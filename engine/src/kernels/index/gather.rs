#![expect(
    unsafe_code,
    reason = "rows are named by checked offsets from a pointer"
)]
//! Copies the rows at given places.

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::GRAIN;
use super::places::{Along, Mode, OutOfBounds, add_offsets, kept_axes, offsets_of, row_offsets};
use crate::dtype::Element;
use crate::kernels::Tiles;
use crate::kernels::copy::{Ends, Walk};

/// The elements of `src` at `indices` along an axis: `out` is dense, of the shape of `src` with
/// that of `indices` in the place of the axis.
///
/// # Errors
///
/// The first index out of bounds, which leaves `out` as it was.
pub fn take<T: Element>(
    tiles: &dyn Tiles,
    src: ArrayViewD<'_, T>,
    axis: usize,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    let (shape, strides) = (src.shape(), src.strides());
    let mut along = vec![0; indices.len()];
    add_offsets(
        &indices,
        Along {
            axis,
            len: shape[axis],
            stride: strides[axis],
        },
        mode,
        &mut along,
    )?;
    let outer = offsets_of(&shape[..axis], &strides[..axis]);
    let size: usize = shape[axis + 1..].iter().product();
    assert_eq!(
        out.len(),
        outer.len() * along.len() * size,
        "out has the shape of the result"
    );
    if out.is_empty() {
        return Ok(());
    }
    let row = Walk::new(
        &shape[axis + 1..],
        &strides[axis + 1..],
        &dense_strides(&shape[axis + 1..]),
    );
    let ends = Ends::new(src.as_ptr(), out.as_mut_ptr());
    let n_rows = outer.len() * along.len();
    each_range(tiles, n_rows, size, |rows| {
        let (mut o, mut j) = (rows.start / along.len(), rows.start % along.len());
        for r in rows {
            // SAFETY: the offsets were checked to name rows of `src`; the r-th row of `out` is
            // inside it and belongs to this tile alone.
            unsafe { copy_row(&ends, &row, outer[o] + along[j], (r * size) as isize) };
            j += 1;
            if j == along.len() {
                (o, j) = (o + 1, 0);
            }
        }
    });
    Ok(())
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
    let places = row_offsets(base.shape(), base.strides(), indices, &out.shape()[..n])?;
    if out.is_empty() {
        return Ok(());
    }
    let targets = offsets_of(&out.shape()[..n], &out.strides()[..n]);
    let row = Walk::new(&shape, &strides, &out.strides()[n..]);
    let ends = Ends::new(base.as_ptr(), out.as_mut_ptr());
    each_range(tiles, places.len(), row.size(), |rows| {
        for (&place, &target) in places[rows.clone()].iter().zip(&targets[rows]) {
            // SAFETY: the offsets were checked to name rows of `base`; `targets` are the rows of
            // `out`, each of which belongs to one tile.
            unsafe { copy_row(&ends, &row, place, target) };
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
fn each_range(
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
