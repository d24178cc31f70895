//! Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) for one
//! position, and the sequence of draws that belongs to one element.

use super::Key;

/// The multipliers and key increments of the paper.
pub(super) const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(super) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(super) const ROUNDS: u32 = 10;

/// The four random words of a counter under a key.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c, mut k] = [counter, [key[0], key[1], 0, 0]];
    for _ in 0..ROUNDS {
        let p0 = u64::from(MULTIPLIERS[0]) * u64::from(c[0]);
        let p1 = u64::from(MULTIPLIERS[1]) * u64::from(c[2]);
        let high = |p: u64| (p >> 32) as u32;
        c = [
            high(p1) ^ c[1] ^ k[0],
            p1 as u32,
            high(p0) ^ c[3] ^ k[1],
            p0 as u32,
        ];
        k[0] = k[0].wrapping_add(WEYL[0]);
        k[1] = k[1].wrapping_add(WEYL[1]);
    }
    c
}

impl Key {
    /// The words of block `block` in its `attempt`-th turn.
    ///
    /// Positions take 48 bits, turns the 16 above: the fills use turn 0, an element that needs
    /// more bits goes on with its own block in later turns.
    pub(super) fn block(self, block: u64, attempt: u16) -> [u32; 4] {
        let high = (block >> 32) as u32 & 0xffff | u32::from(attempt) << 16;
        let counter = [
            block as u32,
            high,
            self.stream as u32,
            (self.stream >> 32) as u32,
        ];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }
}

/// The endless sequence of random numbers that belongs to one element.
#[derive(Debug)]
pub(super) struct Draws {
    key: Key,
    element: u64,
    attempt: u16,
    words: [u32; 4],
    used: usize,
}

impl Draws {
    /// The sequence of `element`; independent of the bits that fills use.
    pub(super) fn new(key: Key, element: u64) -> Draws {
        Draws {
            key,
            element,
            attempt: 0,
            words: [0; 4],
            used: 4,
        }
    }

    pub(super) fn next_u64(&mut self) -> u64 {
        if self.used == 4 {
            // After 65535 turns the sequence repeats; no rejection comes near that.
            self.attempt = self.attempt.checked_add(1).unwrap_or(1);
            self.words = self.key.block(self.element, self.attempt);
            self.used = 0;
        }
        let [low, high] = [self.words[self.used], self.words[self.used + 1]];
        self.used += 2;
        u64::from(low) | u64::from(high) << 32
    }

    /// Unbiased in `0..range`; `range` is not 0.
    pub(super) fn below(&mut self, range: u64) -> u64 {
        loop {
            if let Some(x) = scale_below(self.next_u64(), range) {
                return x;
            }
        }
    }
}

/// `word` scaled to `0..range`, or `None` where accepting it would make some results likelier
/// than others (Lemire, "Fast random integer generation in an interval", 2019).
#[inline]
pub(super) fn scale_below(word: u64, range: u64) -> Option<u64> {
    let product = u128::from(word) * u128::from(range);
    let low = product as u64;
    if low < range && low < range.wrapping_neg() % range {
        return None;
    }
    Some((product >> 64) as u64)
}

/// As [`scale_below`], for 32 bits.
#[inline(always)]
pub(super) fn scale_below32(word: u32, range: u32) -> Option<u32> {
    let product = u64::from(word) * u64::from(range);
    let low = product as u32;
    if low < range && low < range.wrapping_neg() % range {
        return None;
    }
    Some((product >> 32) as u32)
}
