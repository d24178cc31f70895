//! Sorts numbers in a cache: quicksort on vectors that splits from one half of the memory to the
//! other, down to what a network in registers sorts (Batcher, "Sorting networks and their
//! applications", 1968); digit by digit where there are no such vectors.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vectors that not every machine has, at places that counts give"
    )
)]

#[cfg(target_arch = "x86_64")]
use super::vectors::{Of32, Of64, Vector};
use crate::kernels::simd::Level;
use crate::memory::Plain;

/// A number that can be sorted here.
pub(super) trait Word: Plain + Ord + Default + Send + Sync {
    /// The vector of such numbers.
    #[cfg(target_arch = "x86_64")]
    type Vector: Vector<Word = Self>;
    /// Its `i`-th byte from the lowest.
    fn byte(self, i: usize) -> usize;
}

macro_rules! word {
    ($($word:ty, $vector:ident;)*) => {
        $(impl Word for $word {
            #[cfg(target_arch = "x86_64")]
            type Vector = $vector;

            #[inline(always)]
            fn byte(self, i: usize) -> usize {
                (self >> (8 * i)) as usize & 0xff
            }
        })*
    };
}

word! {
    u32, Of32;
    u64, Of64;
}

/// Sorts `words`; `spare` is as long and has any value after it.
pub(super) fn sort<W: Word>(words: &mut [W], spare: &mut [W]) {
    sort_at(Level::current(), words, spare);
}

/// Sorts at a level, or at the machine's own if that is lower.
pub(super) fn sort_at<W: Word>(level: Level, words: &mut [W], spare: &mut [W]) {
    assert_eq!(words.len(), spare.len(), "two halves are of one size");
    match level.min(Level::of_machine()) {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => {
            let part = Part {
                from: words.as_mut_ptr(),
                to: spare.as_mut_ptr(),
                n: words.len(),
                stays: true,
            };
            // SAFETY: the level has been found, and each half has its own elements.
            unsafe { part.sort::<W::Vector>(2 * (words.len() | 1).ilog2()) };
        }
        _ if words.len() < FEW * size_of::<W>() => words.sort_unstable(),
        _ => by_digits(words, spare),
    }
}

/// Below this many words for each byte of one comparisons are faster than digits.
const FEW: usize = 1 << 8;

/// Sorts byte by byte, from the lowest up.
fn by_digits<'a, W: Word>(mut words: &'a mut [W], mut spare: &'a mut [W]) {
    let mut counts = vec![[0_usize; 256]; size_of::<W>()];
    for &word in words.iter() {
        for (i, counts) in counts.iter_mut().enumerate() {
            counts[word.byte(i)] += 1;
        }
    }
    let mut moves = 0;
    for (i, next) in counts.iter_mut().enumerate() {
        if next[words[0].byte(i)] == words.len() {
            continue;
        }
        let mut start = 0;
        for next in next.iter_mut() {
            start += std::mem::replace(next, start);
        }
        for &word in words.iter() {
            let place = &mut next[word.byte(i)];
            spare[*place] = word;
            *place += 1;
        }
        std::mem::swap(&mut words, &mut spare);
        moves += 1;
    }
    if moves % 2 == 1 {
        spare.copy_from_slice(words);
    }
}

/// Words to sort.
#[cfg(target_arch = "x86_64")]
struct Part<W> {
    /// Where they are.
    from: *mut W,
    /// The same place in the other half.
    to: *mut W,
    n: usize,
    /// Whether they are to be sorted where they are or in the other half.
    stays: bool,
}

#[cfg(target_arch = "x86_64")]
impl<W: Ord + Copy> Part<W> {
    /// # Safety
    /// The machine has AVX-512, and nobody else uses the two places, of `n` words each.
    #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
    unsafe fn sort<V: Vector<Word = W>>(mut self, mut splits_left: u32) {
        // SAFETY: promised by the caller; a split keeps each part within its places.
        unsafe {
            while self.n > MOST * V::LANES {
                if splits_left == 0 {
                    return self.sort_by_comparisons();
                }
                splits_left -= 1;
                let pivot = self.pivot::<V>();
                let mut n = self.split::<V>(V::splat(pivot), false);
                if n > 0 {
                    let part = Part { n, ..self.other() };
                    part.sort::<V>(splits_left);
                } else {
                    // None is below: those that equal it are sorted by that.
                    n = self.split::<V>(V::splat(pivot), true);
                    if self.stays {
                        std::slice::from_raw_parts_mut(self.from, n).fill(pivot);
                    }
                }
                let other = self.other();
                self = Part {
                    from: other.from.add(n),
                    to: other.to.add(n),
                    n: self.n - n,
                    ..other
                };
            }
            let to = if self.stays { self.from } else { self.to };
            match self.n.div_ceil(V::LANES) {
                0 => {}
                1 => network::<V, 1>(self.from, to, self.n),
                2..=4 => network::<V, 4>(self.from, to, self.n),
                5..=8 => network::<V, 8>(self.from, to, self.n),
                _ => network::<V, MOST>(self.from, to, self.n),
            }
        }
    }

    /// The same words once they are in the other half.
    fn other(&self) -> Part<W> {
        Part {
            from: self.to,
            to: self.from,
            n: self.n,
            stays: !self.stays,
        }
    }

    /// For an order that splits badly again and again.
    #[cold]
    unsafe fn sort_by_comparisons(self) {
        // SAFETY: promised by the caller of `sort`.
        unsafe {
            std::slice::from_raw_parts_mut(self.from, self.n).sort_unstable();
            if !self.stays {
                std::ptr::copy_nonoverlapping(self.from, self.to, self.n);
            }
        }
    }

    /// The median of a few words.
    #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
    unsafe fn pivot<V: Vector<Word = W>>(&self) -> W {
        let step = self.n / V::LANES;
        // SAFETY: as many steps as lanes stay within the words, which are more than a vector.
        unsafe {
            let mut few = [*self.from; MOST];
            for (i, one) in few[..V::LANES].iter_mut().enumerate() {
                *one = *self.from.add(i * step + step / 2);
            }
            let words = few.as_mut_ptr();
            network::<V, 1>(words, words, V::LANES);
            few[V::LANES / 2]
        }
    }

    /// Moves the words to the other half: those below the pivot, or also those equal to it, to its
    /// start, the others to its end. The number of the first.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
    unsafe fn split<V: Vector<Word = W>>(&self, pivot: V, equal: bool) -> usize {
        let (mut start, mut end) = (0, self.n);
        let n_whole = self.n - self.n % V::LANES;
        // SAFETY: from `start` to `end` there is room for the words from `at` on. The whole vector
        // that is stored at the start is within it, and the end is stored after that.
        unsafe {
            for at in (0..n_whole).step_by(V::LANES) {
                let v = V::load_whole(self.from.add(at));
                let first = pivot.above(v, equal);
                let n_first = first.count_ones() as usize;
                v.compressed(first).store(self.to.add(start));
                start += n_first;
                end -= V::LANES - n_first;
                v.compressed(!first)
                    .store_first(self.to.add(end), V::LANES - n_first);
            }
            let n = self.n - n_whole;
            let v = V::load(self.from.wrapping_add(n_whole), n);
            let all = (1 << n) - 1;
            let first = pivot.above(v, equal) & all;
            let n_first = first.count_ones() as usize;
            let at = self.to.wrapping_add(start);
            v.compressed(first).store_first(at, n_first);
            let at = at.wrapping_add(n_first);
            v.compressed(!first & all).store_first(at, n - n_first);
            start + n_first
        }
    }
}

/// Vectors of the largest network.
#[cfg(target_arch = "x86_64")]
const MOST: usize = 16;

/// Compares the vectors whose numbers differ by a mask.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
unsafe fn compare<V: Vector, const N: usize>(v: &mut [V; N], mask: usize) {
    for a in 0..N {
        if a < a ^ mask {
            let (low, high) = (v[a], v[a ^ mask]);
            // SAFETY: promised by the caller.
            (v[a], v[a ^ mask]) = unsafe { (low.min(high), low.max(high)) };
        }
    }
}

/// Sorts two halves, of which all of one are below all of the other, and so their halves: those of
/// `2 * from` vectors one after the other.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
unsafe fn finish<V: Vector, const N: usize>(v: &mut [V; N], from: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if from >= 8 {
            compare(v, 8);
        }
        if from >= 4 {
            compare(v, 4);
        }
        if from >= 2 {
            compare(v, 2);
        }
        if from >= 1 {
            compare(v, 1);
        }
    }
}

/// Sorts up to `N` vectors of words, a power of 2. Until the end the words of one lane follow each
/// other, so that most comparisons are of whole vectors.
///
/// # Safety
/// The machine has AVX-512; both places have `n` words.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
unsafe fn network<V: Vector, const N: usize>(from: *const V::Word, to: *mut V::Word, n: usize) {
    let lanes_of = |i: usize| n.saturating_sub(i * V::LANES).min(V::LANES);
    // SAFETY: promised by the caller; a vector outside the words has no lanes.
    unsafe {
        let mut v: [V; N] = [V::load(from, 0); N];
        for (i, v) in v.iter_mut().enumerate() {
            *v = V::load(from.wrapping_add(i * V::LANES), lanes_of(i));
        }
        // Each lane, as runs of 2, 4, 8 and 16 vectors.
        if N > 1 {
            compare(&mut v, 1);
        }
        if N > 2 {
            compare(&mut v, 3);
            finish(&mut v, 1);
        }
        if N > 4 {
            compare(&mut v, 7);
            finish(&mut v, 2);
        }
        if N > 8 {
            compare(&mut v, 15);
            finish(&mut v, 4);
        }
        // Lanes that follow each other.
        let mut lanes = 2;
        while lanes <= V::LANES {
            for a in 0..N.div_ceil(2) {
                let (one, other) = (v[a], v[N - 1 - a]);
                v[a] = one.pick(other.exchanged(lanes - 1), lanes / 2);
                v[N - 1 - a] = other.pick(one.exchanged(lanes - 1), lanes / 2);
            }
            let mut apart = lanes / 4;
            while apart > 0 {
                for v in &mut v {
                    *v = v.pick(v.exchanged(apart), apart);
                }
                apart /= 2;
            }
            finish(&mut v, N / 2);
            lanes *= 2;
        }
        let mut half = N / 2;
        while half > 0 {
            let old = v;
            for a in 0..N / 2 {
                [v[2 * a], v[2 * a + 1]] = old[a].zip(old[a + N / 2]);
            }
            half /= 2;
        }
        for (i, v) in v.iter().enumerate() {
            v.store_first(to.wrapping_add(i * V::LANES), lanes_of(i));
        }
    }
}
