//! Sorting and what rests on it: orders, the largest elements, distinct values, searches.
//!
//! An element becomes an unsigned key that sorts as it should (`keys`). Many are first
//! `distribute`d among `buckets` that fit a cache, where vectors sort them (`quick`). NaN is larger
//! than everything.

mod buckets;
mod distribute;
mod keys;
mod lanes;
mod order;
mod quick;
mod real;
mod unique;
#[cfg(target_arch = "x86_64")]
mod vectors;

#[cfg(test)]
mod tests;

use ndarray::ArrayViewD;

pub(super) use distribute::{Blocks, split};
pub use keys::SortKey;
pub use unique::{Unique, unique, unique_rows, unique_values};

use self::lanes::{Lanes, each_lane};
use super::Tiles;
use super::copy::flat;
use super::parts::each_chunk;

/// Elements of a tile.
const GRAIN: usize = 1 << 16;

/// Whether the smallest elements come first or the largest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The smallest first, NaN last.
    Ascending,
    /// The largest first, NaN before them.
    Descending,
}

/// Which end of a run of equal elements a search gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The position of the first of them.
    Left,
    /// The position after the last of them.
    Right,
}

/// Sorts along an axis, the smallest first; `out` is dense, of the shape of `x`.
pub fn sort<T: SortKey>(tiles: &dyn Tiles, x: ArrayViewD<'_, T>, axis: usize, out: &mut [T]) {
    let lanes = Lanes::new(tiles, x, axis);
    each_lane(tiles, &lanes, lanes.len, out, T::sort);
}

/// Sorts the elements of all axes together.
pub fn sort_flat<T: SortKey>(tiles: &dyn Tiles, x: ArrayViewD<'_, T>, out: &mut [T]) {
    T::sort(tiles, &flat(tiles, x), out);
}

/// The positions along an axis that sort it; equal elements keep their order.
pub fn argsort<T: SortKey>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: usize,
    order: Order,
    out: &mut [i64],
) {
    let lanes = Lanes::new(tiles, x, axis);
    each_lane(tiles, &lanes, lanes.len, out, |tiles, lane, out| {
        T::argsort(tiles, lane, order, out);
    });
}

/// A key with the position of its element.
type Record<K> = (K, u32);

/// The first `k` elements of an axis in an order, with their positions: of equal elements the
/// earlier one comes first. The outputs that are wanted are dense, of the shape of `x` with `k`
/// in the place of the axis.
///
/// # Panics
///
/// If the axis has fewer than `k` elements.
pub fn topk<T: SortKey>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: usize,
    k: usize,
    order: Order,
    values: Option<&mut [T]>,
    positions: Option<&mut [i64]>,
) {
    assert!(
        k <= x.shape()[axis],
        "{k} elements of an axis of {}",
        x.shape()[axis]
    );
    let lanes = Lanes::new(tiles, x, axis);
    if let Some(values) = values {
        each_lane(tiles, &lanes, k, values, |_, lane, out| {
            for (out, (_, at)) in out.iter_mut().zip(first_records(lane, k, order)) {
                *out = lane[at as usize];
            }
        });
    }
    if let Some(positions) = positions {
        each_lane(tiles, &lanes, k, positions, |_, lane, out| {
            for (out, (_, at)) in out.iter_mut().zip(first_records(lane, k, order)) {
                *out = i64::from(at);
            }
        });
    }
}

fn first_records<T: SortKey>(lane: &[T], k: usize, order: Order) -> Vec<Record<T::Key>> {
    // A few are kept in order while the others pass by: most are turned away by one comparison.
    const FEW: usize = 64;
    let mut records = (0..).zip(lane).map(|(at, &x)| (x.ordered_key(order), at));
    if (1..=FEW).contains(&k) {
        let mut first: Vec<Record<T::Key>> = records.by_ref().take(k).collect();
        first.sort_unstable();
        for record in records {
            if record.0 < first[k - 1].0 {
                first.pop();
                first.insert(first.partition_point(|one| *one < record), record);
            }
        }
        return first;
    }
    let mut records: Vec<Record<T::Key>> = records.collect();
    if k < records.len() {
        records.select_nth_unstable(k);
        records.truncate(k);
    }
    records.sort_unstable();
    records
}

/// Where each value would go into `sorted` to keep it sorted; with a `sorter`, into the elements
/// of `sorted` at those positions.
pub fn searchsorted<T: SortKey>(
    tiles: &dyn Tiles,
    sorted: &[T],
    sorter: Option<&[i64]>,
    side: Side,
    values: ArrayViewD<'_, T>,
    out: &mut [i64],
) {
    let values = flat(tiles, values);
    let goes_before = |x: T, key: T::Key| match side {
        Side::Left => x.key() < key,
        Side::Right => x.key() <= key,
    };
    each_chunk(tiles, out, 1 << 12, |start, chunk| {
        for (out, value) in chunk.iter_mut().zip(&values[start..]) {
            let key = value.key();
            let at = match sorter {
                None => sorted.partition_point(|&x| goes_before(x, key)),
                Some(sorter) => sorter.partition_point(|&i| goes_before(sorted[i as usize], key)),
            };
            *out = at as i64;
        }
    });
}
