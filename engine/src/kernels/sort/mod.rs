//! Sorting and what rests on it: orders, the largest elements, distinct values, searches.
//!
//! An element becomes an unsigned key that sorts as it should (`keys`); long runs of keys are
//! sorted digit by digit (`radix`), short ones by comparisons. NaN is larger than everything.

mod keys;
mod lanes;
mod radix;
mod unique;

#[cfg(test)]
mod tests;

use ndarray::ArrayViewD;

pub use keys::{Key, SortKey};
pub use unique::{Unique, unique, unique_values};

use self::lanes::{Lanes, each_lane, flat};
use super::Tiles;
use super::copy::copy_to_slice;
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

impl Order {
    fn key<T: SortKey>(self, x: T) -> T::Key {
        match self {
            Order::Ascending => x.key(),
            Order::Descending => x.key().reversed(),
        }
    }
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
    each_lane(tiles, &lanes, lanes.len, out, sort_lane);
}

/// Sorts the elements of all axes together.
pub fn sort_flat<T: SortKey>(tiles: &dyn Tiles, x: ArrayViewD<'_, T>, out: &mut [T]) {
    copy_to_slice(tiles, x, out);
    let sorted = sorted_keys(tiles, out);
    write_keys(tiles, &sorted, out);
}

fn sort_lane<T: SortKey>(tiles: &dyn Tiles, lane: &[T], out: &mut [T]) {
    write_keys(tiles, &sorted_keys(tiles, lane), out);
}

/// The exact keys of `x`, sorted.
fn sorted_keys<T: SortKey>(tiles: &dyn Tiles, x: &[T]) -> Vec<T::Key> {
    let mut keys = vec![T::Key::default(); x.len()];
    each_chunk(tiles, &mut keys, GRAIN, |start, chunk| {
        chunk
            .iter_mut()
            .zip(&x[start..])
            .for_each(|(key, x)| *key = x.exact_key());
    });
    radix::sort(tiles, &mut keys, T::Key::DIGITS, T::Key::digit);
    keys
}

fn write_keys<T: SortKey>(tiles: &dyn Tiles, keys: &[T::Key], out: &mut [T]) {
    each_chunk(tiles, out, GRAIN, |start, chunk| {
        chunk
            .iter_mut()
            .zip(&keys[start..])
            .for_each(|(x, &key)| *x = T::from_key(key));
    });
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
        let records = sorted_records(tiles, lane, order);
        each_chunk(tiles, out, GRAIN, |start, chunk| {
            chunk
                .iter_mut()
                .zip(&records[start..])
                .for_each(|(at, r)| *at = i64::from(r.1));
        });
    });
}

/// The keys of `x` with their positions, sorted.
fn sorted_records<T: SortKey>(tiles: &dyn Tiles, x: &[T], order: Order) -> Vec<(T::Key, u32)> {
    let mut records = records(tiles, x, order);
    radix::sort(tiles, &mut records, T::Key::DIGITS, |record, i| {
        record.0.digit(i)
    });
    records
}

/// The keys of `x` with their positions.
fn records<T: SortKey>(tiles: &dyn Tiles, x: &[T], order: Order) -> Vec<(T::Key, u32)> {
    assert!(
        u32::try_from(x.len()).is_ok(),
        "positions of {} elements exceed 32 bits",
        x.len()
    );
    let mut records = vec![(T::Key::default(), 0); x.len()];
    each_chunk(tiles, &mut records, GRAIN, |start, chunk| {
        for (i, record) in (start..).zip(chunk) {
            *record = (order.key(x[i]), i as u32);
        }
    });
    records
}

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
        each_lane(tiles, &lanes, k, values, |tiles, lane, out| {
            for (out, (_, at)) in out.iter_mut().zip(first_records(tiles, lane, k, order)) {
                *out = lane[at as usize];
            }
        });
    }
    if let Some(positions) = positions {
        each_lane(tiles, &lanes, k, positions, |tiles, lane, out| {
            for (out, (_, at)) in out.iter_mut().zip(first_records(tiles, lane, k, order)) {
                *out = i64::from(at);
            }
        });
    }
}

fn first_records<T: SortKey>(
    tiles: &dyn Tiles,
    lane: &[T],
    k: usize,
    order: Order,
) -> Vec<(T::Key, u32)> {
    let mut records = records(tiles, lane, order);
    if k < records.len() {
        records.select_nth_unstable(k);
        records.truncate(k);
    }
    radix::sort(tiles, &mut records, 0, |_, _| 0);
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
