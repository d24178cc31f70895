//! Sorts records byte by byte, from the lowest byte of their keys up. Of long keys only as many of
//! the highest bytes as tell most records apart; the few that these leave together are compared.
#![expect(unsafe_code, reason = "a record says that any bytes are one")]

use super::GRAIN;
use super::distribute::{Blocks, to_starts};
use super::keys::Key;
use crate::kernels::Tiles;
use crate::kernels::parts::{each_chunk, each_part};
use crate::memory::{Plain, Scratch};

/// Below this many records for each byte of a key comparisons are faster.
const FEW: usize = 1 << 8;

/// Bytes of long keys that are sorted by, and records in the sample that chooses them.
const MOST_DIGITS: usize = 4;
const SAMPLE: usize = 256;

// SAFETY: two unsigned numbers and their parts; any bytes are some.
unsafe impl<K: Key> Plain for (K, u32) {}

/// What is sorted by its key: the key alone, or with the position of its element, which differs
/// from that of any other and orders those with the same key.
pub(super) trait Record: Plain + Ord + Send + Sync {
    type Key: Key;
    fn key(self) -> Self::Key;
}

impl<K: Key> Record for K {
    type Key = K;

    #[inline(always)]
    fn key(self) -> K {
        self
    }
}

impl<K: Key> Record for (K, u32) {
    type Key = K;

    #[inline(always)]
    fn key(self) -> K {
        self.0
    }
}

/// Sorts what `to` makes of the positions and elements of `x`, and writes what `from` makes of it
/// to `out`. Records with positions are given in the order of these.
pub(super) fn sort<X, R, Y>(
    tiles: &dyn Tiles,
    x: &[X],
    to: impl Fn(usize, X) -> R + Sync,
    from: impl Fn(R) -> Y + Sync,
    out: &mut [Y],
) where
    X: Copy + Sync,
    R: Record,
    Y: Copy + Send,
{
    let n = x.len();
    assert_eq!(n, out.len(), "every record has a place");
    let first = |at: usize| to(at, x[at]);
    let mut records = Scratch::<R>::new(n);
    if n < FEW * R::Key::DIGITS {
        for (at, record) in records.iter_mut().enumerate() {
            *record = first(at);
        }
        records.sort_unstable();
        return write(tiles, |at| records[at], from, out);
    }
    let blocks = Blocks::new(tiles, n);
    let mut other = Scratch::<R>::new(n);
    // The elements become records as they are read first, and results as they are moved last.
    let mut is_read = false;
    let lowest = lowest_digit((0..SAMPLE).map(|i| first(i * (n / SAMPLE)).key()));
    for i in lowest..R::Key::DIGITS {
        let digit = |record: R| record.key().digit(i) & 0xff;
        let is_last = i + 1 == R::Key::DIGITS && lowest == 0;
        let mut counts = match is_read {
            false => blocks.count(|at| digit(first(at))),
            true => blocks.count(|at| digit(records[at])),
        };
        if !to_starts(&mut counts, n) {
            continue;
        }
        match (is_read, is_last) {
            (false, false) => blocks.spread(first, counts, digit, |record| record, &mut records),
            (false, true) => return blocks.spread(first, counts, digit, from, out),
            (true, true) => return blocks.spread(|at| records[at], counts, digit, from, out),
            (true, false) => {
                blocks.spread(|at| records[at], counts, digit, |record| record, &mut other);
                std::mem::swap(&mut records, &mut other);
            }
        }
        is_read = true;
    }
    if lowest > 0 {
        sort_runs(tiles, &mut records, |a, b| {
            a.key().same_from(b.key(), lowest)
        });
    }
    match is_read {
        false => write(tiles, first, from, out),
        true => write(tiles, |at| records[at], from, out),
    }
}

/// The digit to begin with: all if few of them differ in the sample.
fn lowest_digit<K: Key>(mut sample: impl Iterator<Item = K>) -> usize {
    let Some(one) = sample.next() else { return 0 };
    let differs = sample.fold([false; 32], |mut differs, key| {
        for (i, differs) in differs[..K::DIGITS].iter_mut().enumerate() {
            *differs |= key.digit(i) != one.digit(i);
        }
        differs
    });
    let mut differing = (0..K::DIGITS).rev().filter(|&i| differs[i]);
    differing.nth(MOST_DIGITS - 1).unwrap_or(0)
}

/// Sorts each run of records that are the same in what they have been sorted by.
fn sort_runs<R: Record>(
    tiles: &dyn Tiles,
    mut records: &mut [R],
    same: impl Fn(R, R) -> bool + Sync,
) {
    let mut parts = Vec::new();
    while !records.is_empty() {
        // Up to the end of the run that a tile ends in.
        let len = records.len().min(GRAIN);
        let last = records[len - 1];
        let len = len + records[len..].partition_point(|&record| same(record, last));
        let part;
        (part, records) = records.split_at_mut(len);
        parts.push(part);
    }
    each_part(tiles, parts, |_, part: &mut [R]| {
        for run in part.chunk_by_mut(|&a, &b| same(a, b)) {
            if run.len() > 1 {
                run.sort_unstable();
            }
        }
    });
}

/// Writes the records in the order that they are in.
fn write<R, Y: Copy + Send>(
    tiles: &dyn Tiles,
    record: impl Fn(usize) -> R + Sync,
    from: impl Fn(R) -> Y + Sync,
    out: &mut [Y],
) {
    each_chunk(tiles, out, GRAIN, |start, chunk| {
        for (at, out) in (start..).zip(chunk) {
            *out = from(record(at));
        }
    });
}
