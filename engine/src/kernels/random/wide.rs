//! Philox on many blocks at once, and loops over groups of blocks compiled for wide vectors.
//!
//! A group is [`LANES`] consecutive blocks. Its words stay where the vectors have them: word `w`
//! of lane `l` belongs to slot `w * LANES + l` of the group.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "calls versions compiled for the vector units found at run time"
    )
)]

use super::Key;
use super::philox::{MULTIPLIERS, ROUNDS, WEYL};
use crate::kernels::Tiles;
use crate::kernels::parts::each_chunk;

/// Blocks in a group.
pub(super) const LANES: usize = 16;

/// Elements of a tile; a multiple of every group's length.
const CHUNK: usize = 1 << 16;

/// The words of a group: `words[w][lane]`.
pub(super) type Words = [[u32; LANES]; 4];

/// Makes the elements of one group of its words. The methods are `#[inline(always)]`, so that
/// they are compiled with the vectors of the loop around them.
pub(super) trait Sampler: Copy + Sync {
    /// The type of an element.
    type Out: Copy + Default + Send;
    /// Elements made of a group: 64, or 32 where each takes two words.
    const LEN: usize;

    /// Writes the `LEN` elements of a group.
    fn group(self, words: &Words, out: &mut [Self::Out]);
}

/// Fills `out` with what the sampler makes of the groups from the first on.
pub(super) fn fill<S: Sampler>(tiles: &dyn Tiles, key: Key, sampler: S, out: &mut [S::Out]) {
    each_chunk(tiles, out, CHUNK, |start, chunk| {
        fill_from(key, start, sampler, chunk)
    });
}

/// Fills `out` with the elements from position `start` on, a multiple of `S::LEN`.
pub(super) fn fill_from<S: Sampler>(key: Key, start: usize, sampler: S, out: &mut [S::Out]) {
    debug_assert!(start.is_multiple_of(S::LEN));
    let first = (start / S::LEN) as u64;
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the CPU has the features, as just asked.
            return unsafe { groups_avx512(key, first, sampler, out) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the CPU has the feature, as just asked.
            return unsafe { groups_avx2(key, first, sampler, out) };
        }
    }
    groups(key, first, sampler, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn groups_avx512<S: Sampler>(key: Key, first: u64, sampler: S, out: &mut [S::Out]) {
    groups(key, first, sampler, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn groups_avx2<S: Sampler>(key: Key, first: u64, sampler: S, out: &mut [S::Out]) {
    groups(key, first, sampler, out);
}

#[inline(always)]
fn groups<S: Sampler>(key: Key, first: u64, sampler: S, out: &mut [S::Out]) {
    let mut group = first;
    let mut whole = out.chunks_exact_mut(S::LEN);
    for part in &mut whole {
        sampler.group(&words(key, group), part);
        group += 1;
    }
    let rest = whole.into_remainder();
    if !rest.is_empty() {
        let mut last = [S::Out::default(); 4 * LANES];
        sampler.group(&words(key, group), &mut last[..S::LEN]);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// The words of group `group`: what [`Key::block`] gives for its blocks in turn 0.
#[inline(always)]
fn words(key: Key, group: u64) -> Words {
    const HALF: usize = LANES / 2;
    let mut words = [[0; LANES]; 4];
    for half in 0..2 {
        let block = group * LANES as u64 + (half * HALF) as u64;
        let counters = half_group(key, block);
        for (to, from) in words.iter_mut().zip(&counters) {
            for lane in 0..HALF {
                to[half * HALF + lane] = from[lane] as u32;
            }
        }
    }
    words
}

/// Eight blocks from `block` on; 32-bit words in 64-bit lanes, where vectors multiply them whole.
#[inline(always)]
fn half_group(key: Key, block: u64) -> [[u64; LANES / 2]; 4] {
    const LOW: u64 = 0xffff_ffff;
    let blocks: [u64; LANES / 2] = std::array::from_fn(|lane| block + lane as u64);
    let mut c = [
        blocks.map(|block| block & LOW),
        blocks.map(|block| block >> 32 & 0xffff),
        [key.stream & LOW; LANES / 2],
        [key.stream >> 32; LANES / 2],
    ];
    let mut k = [key.seed as u32, (key.seed >> 32) as u32];
    for _ in 0..ROUNDS {
        let mut next = [[0; LANES / 2]; 4];
        for lane in 0..LANES / 2 {
            let p0 = c[0][lane] * u64::from(MULTIPLIERS[0]);
            let p1 = c[2][lane] * u64::from(MULTIPLIERS[1]);
            next[0][lane] = p1 >> 32 ^ c[1][lane] ^ u64::from(k[0]);
            next[1][lane] = p1 & LOW;
            next[2][lane] = p0 >> 32 ^ c[3][lane] ^ u64::from(k[1]);
            next[3][lane] = p0 & LOW;
        }
        c = next;
        k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
    }
    c
}
