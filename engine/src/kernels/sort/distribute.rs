//! Distributes records among 256 buckets, in one pass over counts and one over the records.
#![expect(
    unsafe_code,
    reason = "tiles write to places that their counts keep apart"
)]

use super::GRAIN;
use crate::kernels::Tiles;
use crate::kernels::parts::{each_chunk, each_part};

/// The most tiles: each has a count for every byte.
const MOST_TILES: usize = 64;

/// How often each byte comes.
pub(in crate::kernels) type Counts = [usize; 256];

/// Turns counts into the places where the records of each byte and block start; false if all
/// records have the same byte and stay where they are.
pub(in crate::kernels) fn to_starts(counts: &mut [Counts], n: usize) -> bool {
    let (mut start, mut all_same) = (0, false);
    for byte in 0..256 {
        let before = start;
        for block in counts.iter_mut() {
            start += std::mem::replace(&mut block[byte], start);
        }
        all_same |= start - before == n;
    }
    !all_same
}

/// Records cut into blocks of one length, one for each tile.
pub(in crate::kernels) struct Blocks<'a> {
    tiles: &'a dyn Tiles,
    n: usize,
    len: usize,
}

impl Blocks<'_> {
    pub(in crate::kernels) fn new(tiles: &dyn Tiles, n: usize) -> Blocks<'_> {
        let len = n.div_ceil(MOST_TILES).max(GRAIN);
        Blocks { tiles, n, len }
    }

    fn range(&self, block: usize) -> std::ops::Range<usize> {
        block * self.len..self.n.min((block + 1) * self.len)
    }

    /// Counts the bytes of each block, given that of the record at a position.
    pub(in crate::kernels) fn count(&self, byte: impl Fn(usize) -> usize + Sync) -> Vec<Counts> {
        let mut counts = vec![[0; 256]; self.n.div_ceil(self.len)];
        each_chunk(self.tiles, &mut counts, 1, |block, counts| {
            // Neighbours are often alike; of two counters neither waits for the other.
            let mut even = [0; 256];
            let odd = &mut counts[0];
            let mut range = self.range(block);
            while let Some(at) = range.next() {
                even[byte(at)] += 1;
                if let Some(at) = range.next() {
                    odd[byte(at)] += 1;
                }
            }
            for (count, more) in odd.iter_mut().zip(even) {
                *count += more;
            }
        });
        counts
    }

    /// Writes what `from` makes of the records of each block to the places that their bytes have from
    /// the starts on. `byte` is the one that was counted.
    ///
    /// # Panics
    ///
    /// If the starts do not fit the bytes.
    pub(in crate::kernels) fn spread<R: Copy, Y: Send>(
        &self,
        record: impl Fn(usize) -> R + Sync,
        starts: Vec<Counts>,
        byte: impl Fn(R) -> usize + Sync,
        from: impl Fn(R) -> Y + Sync,
        out: &mut [Y],
    ) {
        assert_eq!(out.len(), self.n, "every record has a place");
        let places = Places(out.as_mut_ptr());
        each_part(self.tiles, starts, |block, mut next| {
            for at in self.range(block) {
                let record = record(at);
                let place = &mut next[byte(record)];
                // SAFETY: `count` counted the same bytes of the same block, so the places from its
                // starts on are inside `out` and of this block alone.
                unsafe { places.write(*place, from(record)) };
                *place += 1;
            }
        });
    }
}

/// The places that tiles write to.
struct Places<Y>(*mut Y);

// SAFETY: `spread` gives every tile its own places.
unsafe impl<Y: Send> Sync for Places<Y> {}

impl<Y> Places<Y> {
    /// # Safety
    ///
    /// `at` is inside the slice of the places, and nobody else uses that one.
    #[inline(always)]
    unsafe fn write(&self, at: usize, y: Y) {
        // SAFETY: promised by the caller.
        unsafe { self.0.add(at).write(y) };
    }
}
