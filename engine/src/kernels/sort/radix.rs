#![expect(
    unsafe_code,
    reason = "tiles write to places that their counts keep apart"
)]
//! Sorts records byte by byte, from the lowest byte of their keys up.

use crate::kernels::Tiles;
use crate::kernels::parts::{each_chunk, each_part};

/// Below this many records comparisons are faster.
const FEW: usize = 1 << 12;

/// Records of a tile, and the most tiles: each has a count for every byte.
const GRAIN: usize = 1 << 16;
const MOST_TILES: usize = 64;

/// How often each byte comes.
type Counts = [usize; 256];

/// The places that tiles write to.
struct Places<R>(*mut R);

// SAFETY: `spread` gives every tile its own places.
unsafe impl<R: Send> Sync for Places<R> {}

impl<R> Places<R> {
    /// # Safety
    ///
    /// `at` is inside the slice of the places, and nobody else uses that one.
    #[inline(always)]
    unsafe fn write(&self, at: usize, record: R) {
        // SAFETY: promised by the caller.
        unsafe { self.0.add(at).write(record) };
    }
}

/// Sorts `records`, by `digits` bytes of each; records with equal bytes are in order already or
/// are the same. With 0 digits, by comparisons alone.
pub(super) fn sort<R: Copy + Ord + Default + Send + Sync>(
    tiles: &dyn Tiles,
    records: &mut Vec<R>,
    digits: usize,
    digit: impl Fn(R, usize) -> usize + Sync,
) {
    if records.len() < FEW || digits == 0 {
        return records.sort_unstable();
    }
    let block = records.len().div_ceil(MOST_TILES).max(GRAIN);
    let mut other = vec![R::default(); records.len()];
    for i in 0..digits {
        let digit = |record| digit(record, i);
        let mut counts = count(tiles, records, block, digit);
        if to_starts(&mut counts, records.len()) {
            spread(tiles, records, block, counts, &mut other, digit);
            std::mem::swap(records, &mut other);
        }
    }
}

/// Counts the bytes of each block.
fn count<R: Copy + Sync>(
    tiles: &dyn Tiles,
    records: &[R],
    block: usize,
    digit: impl Fn(R) -> usize + Sync,
) -> Vec<Counts> {
    let mut counts = vec![[0; 256]; records.len().div_ceil(block)];
    each_chunk(tiles, &mut counts, 1, |i, counts| {
        let end = records.len().min((i + 1) * block);
        for &record in &records[i * block..end] {
            counts[0][digit(record) & 0xff] += 1;
        }
    });
    counts
}

/// Turns counts into the places where the records of each byte and block start; false if all
/// records have the same byte and stay where they are.
fn to_starts(counts: &mut [Counts], n: usize) -> bool {
    let mut start = 0;
    for byte in 0..256 {
        let before = start;
        for block in counts.iter_mut() {
            start += std::mem::replace(&mut block[byte], start);
        }
        if start - before == n {
            return false;
        }
    }
    true
}

/// Writes the records of each block to their places.
fn spread<R: Copy + Send + Sync>(
    tiles: &dyn Tiles,
    records: &[R],
    block: usize,
    starts: Vec<Counts>,
    out: &mut [R],
    digit: impl Fn(R) -> usize + Sync,
) {
    assert_eq!(records.len(), out.len(), "every record has a place");
    let places = Places(out.as_mut_ptr());
    each_part(tiles, starts, |i, mut next| {
        let end = records.len().min((i + 1) * block);
        for &record in &records[i * block..end] {
            let at = &mut next[digit(record) & 0xff];
            // SAFETY: `count` counted the same bytes of the same block, so the places from its
            // starts on are inside `out` and of this block alone.
            unsafe { places.write(*at, record) };
            *at += 1;
        }
    });
}
