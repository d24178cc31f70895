//! Writes or adds rows at given places.
//!
//! Rows are taken in order wherever two of them meet, so that the last write wins and sums are
//! always added up in the same order: a tile owns a range of places, not a range of rows.
#![expect(
    unsafe_code,
    reason = "rows are named by checked offsets from a pointer"
)]

use half::{bf16, f16};
use ndarray::{ArrayViewD, ArrayViewMutD};

use super::GRAIN;
use super::places::{OutOfBounds, Starts, kept_axes, row_offsets};
use crate::dtype::{C64, C128, Element};
use crate::kernels::Tiles;
use crate::kernels::copy::{Ends, Walk};
use crate::kernels::sort::Blocks;
use crate::memory::Scratch;

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
    let points = &values.shape()[..n];
    let places = row_offsets(tiles, base.shape(), base.strides(), indices, points)?;
    if values.is_empty() {
        return Ok(());
    }
    let sources = Starts::new(points, &values.strides()[..n]);
    let row = Walk::new(&shape, &values.strides()[n..], &strides);
    let ends = Ends::new(values.as_ptr(), base.as_mut_ptr());
    if places.len() * row.size() < 2 * GRAIN {
        for (r, &place) in places.iter().enumerate() {
            write(&ends, &row, sources.at(r), place);
        }
        return Ok(());
    }
    let buckets = Buckets::new(tiles, &places);
    tiles.run(buckets.len(), &|bucket| {
        let rows = buckets.rows(bucket);
        for (i, &r) in rows.iter().enumerate() {
            if let Some(&next) = rows.get(i + AHEAD) {
                let next = next as usize;
                ends.prefetch(sources.at(next), places[next], row.size());
            }
            let r = r as usize;
            write(&ends, &row, sources.at(r), places[r]);
        }
    });
    Ok(())
}

/// How many rows before its turn a row is fetched: the order is by places, and neither side's is one
/// that a processor foresees.
const AHEAD: usize = 4;

/// Rows by ranges of their places, in order inside each, so that a range stays in a cache and
/// belongs to one tile.
struct Buckets {
    rows: Scratch<i64>,
    /// Where each begins, and the end of the last.
    bounds: Vec<usize>,
}

impl Buckets {
    fn new(tiles: &dyn Tiles, places: &[isize]) -> Buckets {
        let n = places.len();
        let (min, max) = places
            .iter()
            .fold((isize::MAX, isize::MIN), |(min, max), &place| {
                (min.min(place), max.max(place))
            });
        // The shift that leaves 8 bits of the distance.
        let shift = (max.abs_diff(min).max(1).ilog2() + 1).saturating_sub(8);
        let bucket = |r: usize| places[r].abs_diff(min) >> shift;
        let mut rows = Scratch::new(n);
        let starts = Blocks::new(tiles, n).distribute(bucket, |r| r as i64, &mut rows);
        let bounds = starts.into_iter().chain([n]).collect();
        Buckets { rows, bounds }
    }

    fn len(&self) -> usize {
        self.bounds.len() - 1
    }

    fn rows(&self, bucket: usize) -> &[i64] {
        &self.rows[self.bounds[bucket]..self.bounds[bucket + 1]]
    }
}
