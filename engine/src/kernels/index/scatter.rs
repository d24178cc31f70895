#![expect(
    unsafe_code,
    reason = "rows are named by checked offsets from a pointer"
)]
//! Writes or adds rows at given places.
//!
//! Rows are taken in order wherever two of them meet, so that the last write wins and sums are
//! always added up in the same order: a tile owns a range of places, not a range of rows.

use half::{bf16, f16};
use ndarray::{ArrayViewD, ArrayViewMutD};

use super::GRAIN;
use super::places::{OutOfBounds, kept_axes, offsets_of, row_offsets};
use crate::dtype::{C64, C128, Element};
use crate::kernels::Tiles;
use crate::kernels::copy::{Ends, Walk};

/// Elements that [`scatter_add`] adds: integers wrap around, booleans are or-ed.
pub trait Plus: Element {
    /// The sum.
    fn plus(self, other: Self) -> Self;
}

macro_rules! plus {
    ($($ty:ty)*: |$a:ident, $b:ident| $sum:expr) => {
        $(impl Plus for $ty {
            #[inline(always)]
            fn plus(self, other: $ty) -> $ty {
                let ($a, $b) = (self, other);
                $sum
            }
        })*
    };
}

plus!(bool: |a, b| a | b);
plus!(i8 i16 i32 i64 u8 u16 u32 u64: |a, b| a.wrapping_add(b));
plus!(f16 bf16 f32 f64 C64 C128: |a, b| a + b);

/// Writes `values` to the rows of `base` at the points of index arrays; where two points are the
/// same, the later one stays.
///
/// `values` has the common shape of the index arrays, followed by the axes of `base` without one.
///
/// # Errors
///
/// The first index, by axis, that is out of bounds, which leaves `base` as it was.
pub fn scatter<T: Element>(
    tiles: &dyn Tiles,
    base: ArrayViewMutD<'_, T>,
    indices: &[Option<ArrayViewD<'_, i64>>],
    values: ArrayViewD<'_, T>,
) -> Result<(), OutOfBounds> {
    each_row(tiles, base, indices, values, |ends, row, src, dst| {
        // SAFETY: `each_row` gives rows inside both views, and no other tile writes this one.
        unsafe { ends.copy(row, src, dst) }
    })
}

/// Adds `values` to the rows of `base` at the points of index arrays, once for each point.
///
/// Shapes and errors are those of [`scatter`].
///
/// # Errors
///
/// The first index, by axis, that is out of bounds, which leaves `base` as it was.
pub fn scatter_add<T: Plus>(
    tiles: &dyn Tiles,
    base: ArrayViewMutD<'_, T>,
    indices: &[Option<ArrayViewD<'_, i64>>],
    values: ArrayViewD<'_, T>,
) -> Result<(), OutOfBounds> {
    each_row(tiles, base, indices, values, |ends, row, src, dst| {
        // SAFETY: `each_row` gives rows inside both views, and no other tile writes this one.
        unsafe { ends.combine(row, src, dst, T::plus) }
    })
}

/// Calls `write` with the offsets in `values` and in `base` of each row, in order for the rows of
/// one place.
fn each_row<T: Element>(
    tiles: &dyn Tiles,
    mut base: ArrayViewMutD<'_, T>,
    indices: &[Option<ArrayViewD<'_, i64>>],
    values: ArrayViewD<'_, T>,
    write: impl Fn(&Ends<T>, &Walk, isize, isize) + Sync,
) -> Result<(), OutOfBounds> {
    let (shape, strides) = kept_axes(base.shape(), base.strides(), indices);
    let n = values.ndim() - shape.len();
    assert_eq!(
        &values.shape()[n..],
        shape,
        "values end with the axes that are not indexed"
    );
    let places = row_offsets(base.shape(), base.strides(), indices, &values.shape()[..n])?;
    let (Some(&min), Some(&max)) = (places.iter().min(), places.iter().max()) else {
        return Ok(());
    };
    if values.is_empty() {
        return Ok(());
    }
    let sources = offsets_of(&values.shape()[..n], &values.strides()[..n]);
    let row = Walk::new(&shape, &values.strides()[n..], &strides);
    let ends = Ends::new(values.as_ptr(), base.as_mut_ptr());
    let n_tiles = n_tiles(places.len(), row.size());
    let range = (max - min) as usize / n_tiles + 1;
    tiles.run(n_tiles, &|tile| {
        for (&source, &place) in sources.iter().zip(&places) {
            if n_tiles == 1 || (place - min) as usize / range == tile {
                write(&ends, &row, source, place);
            }
        }
    });
    Ok(())
}

/// Each tile looks at every place, which pays only where rows are long.
fn n_tiles(n_rows: usize, row_size: usize) -> usize {
    if row_size < 32 {
        1
    } else {
        (n_rows * row_size / GRAIN).clamp(1, 16)
    }
}
