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

/// Turns the counts of blocks into the places where their records of each byte start.
fn to_starts(counts: &mut [Counts]) {
    let mut start = 0;
    for byte in 0..256 {
        for block in counts.iter_mut() {
            start += std::mem::replace(&mut block[byte], start);
        }
    }
}

/// The records of each byte, given where these start.
pub(in crate::kernels) fn split<'a, Y>(mut out: &'a mut [Y], starts: &Counts) -> Vec<&'a mut [Y]> {
    let mut parts = Vec::with_capacity(starts.len());
    for bounds in starts.windows(2) {
        let part;
        (part, out) = out.split_at_mut(bounds[1] - bounds[0]);
        parts.push(part);
    }
    parts.push(out);
    parts
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

    /// Where the records of each byte start, given the byte of the record at a position.
    pub(in crate::kernels) fn starts(&self, byte: impl Fn(usize) -> usize + Sync) -> Counts {
        self.starts_by_block(byte)[0]
    }

    fn starts_by_block(&self, byte: impl Fn(usize) -> usize + Sync) -> Vec<Counts> {
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
        to_starts(&mut counts);
        counts
    }

    /// Writes the record that `make` gives for each position to `out`, those of the lowest byte
    /// first, and returns where the records of each byte start. `byte` gives the same each time.
    ///
    /// # Panics
    ///
    /// If `out` has another length than the records.
    pub(in crate::kernels) fn distribute<Y: Copy + Send>(
        &self,
        byte: impl Fn(usize) -> usize + Sync + Copy,
        make: impl Fn(usize) -> Y + Sync + Copy,
        out: &mut [Y],
    ) -> Counts {
        assert_eq!(out.len(), self.n, "every record has a place");
        let places = Places(out.as_mut_ptr());
        let starts = self.starts_by_block(byte);
        let first = starts[0];
        each_part(self.tiles, starts, |block, starts| {
            // Of its own, so that what they hold is not read again after each write.
            let (byte, make) = (byte, make);
            let mut lines = Lines::new(&places, starts);
            for at in self.range(block) {
                // SAFETY: the same bytes of the same block were counted, so the places from its
                // starts on are inside `out` and of this block alone.
                unsafe { lines.write(byte(at), make(at)) };
            }
            // SAFETY: as above.
            unsafe { lines.finish() };
        });
        first
    }
}

/// The places that tiles write to.
struct Places<Y>(*mut Y);

// SAFETY: `distribute` gives every tile its own places.
unsafe impl<Y: Send> Sync for Places<Y> {}

/// Bytes of a line: two of a cache, which are fetched together.
const LINE: usize = 128;

/// Lines of the places of each byte, which go to memory when they are full: to write there at 256
/// places in turn would fetch each line, and wait for it.
struct Lines<'a, Y> {
    places: &'a Places<Y>,
    /// How many elements the places begin after a line does.
    skew: usize,
    starts: Counts,
    next: Counts,
    lines: [Line; 256],
}

/// A line of records.
#[derive(Clone, Copy)]
#[repr(align(128))]
struct Line(#[expect(dead_code, reason = "written as records")] [u8; LINE]);

impl<Y: Copy> Lines<'_, Y> {
    /// Elements of a line.
    const LEN: usize = LINE / size_of::<Y>();

    fn new(places: &Places<Y>, starts: Counts) -> Lines<'_, Y> {
        const {
            assert!(
                LINE.is_multiple_of(size_of::<Y>()),
                "records fill a line whole"
            )
        };
        Lines {
            places,
            skew: places.0.addr() % LINE / size_of::<Y>(),
            starts,
            next: starts,
            lines: [Line([0; LINE]); 256],
        }
    }

    /// # Safety
    /// The next place of `byte` is inside the slice of the places, and nobody else uses it.
    #[inline(always)]
    unsafe fn write(&mut self, byte: usize, y: Y) {
        let place = self.next[byte];
        self.next[byte] = place + 1;
        let slot = (place + self.skew) % Self::LEN;
        let line = (&raw mut self.lines[byte]).cast::<Y>();
        // SAFETY: a slot is within its line.
        unsafe { line.add(slot).write(y) };
        if slot + 1 == Self::LEN {
            // SAFETY: promised by the caller.
            unsafe { self.flush(byte, Self::LEN) };
        }
    }

    /// Writes the first `n` slots of a line to their places, but for those before the start.
    ///
    /// # Safety
    /// As of [`write`](Lines::write).
    #[inline(always)]
    unsafe fn flush(&mut self, byte: usize, n: usize) {
        let from = (&raw const self.lines[byte]).cast::<Y>();
        let n_own = n.min(self.next[byte] - self.starts[byte]);
        // SAFETY: these are places of `byte`, written to its line since the last flush.
        unsafe {
            let to = self.places.0.add(self.next[byte] - n_own);
            match n_own == Self::LEN {
                true => stream(from.cast(), to.cast()),
                false => from.add(n - n_own).copy_to_nonoverlapping(to, n_own),
            }
        }
    }

    /// Writes the lines that are not full.
    ///
    /// # Safety
    /// As of [`write`](Lines::write).
    unsafe fn finish(mut self) {
        for byte in 0..256 {
            let n = (self.next[byte] + self.skew) % Self::LEN;
            // SAFETY: promised by the caller.
            unsafe { self.flush(byte, n) };
        }
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 has this instruction.
        unsafe {
            std::arch::x86_64::_mm_sfence();
        }
    }
}

/// Copies a line to memory past the caches, without reading it first.
///
/// # Safety
/// Both are lines, aligned as such.
#[inline(always)]
unsafe fn stream(from: *const Line, to: *mut Line) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: promised by the caller; every x86-64 has these instructions.
    unsafe {
        use std::arch::x86_64::{__m128i, _mm_load_si128, _mm_stream_si128};
        let (from, to) = (from.cast::<__m128i>(), to.cast::<__m128i>());
        for i in 0..LINE / size_of::<__m128i>() {
            _mm_stream_si128(to.add(i), _mm_load_si128(from.add(i)));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: promised by the caller.
    unsafe {
        to.write(*from);
    }
}
