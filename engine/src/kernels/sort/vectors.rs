//! Vectors of numbers in AVX-512: what sorting asks of them.
#![expect(unsafe_code, reason = "instructions that not every machine has")]

use std::arch::x86_64::*;

/// Numbers side by side.
///
/// # Safety
/// Of each function: the machine has AVX-512, and what is loaded or stored lies within one slice.
pub(super) trait Vector: Copy {
    type Word: Copy + Ord;
    const LANES: usize;

    unsafe fn load_whole(from: *const Self::Word) -> Self;
    /// The first `n` lanes from memory, the largest number in the others.
    unsafe fn load(from: *const Self::Word, n: usize) -> Self;
    unsafe fn store(self, to: *mut Self::Word);
    /// Stores the first `n` lanes.
    unsafe fn store_first(self, to: *mut Self::Word, n: usize);
    unsafe fn splat(word: Self::Word) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    /// The larger in the lanes whose number has `bit`, the smaller in the others.
    unsafe fn pick(self, other: Self, bit: usize) -> Self;
    /// Lane `i` is lane `i ^ mask` of this one.
    unsafe fn exchanged(self, mask: usize) -> Self;
    /// The lanes of both in turn.
    unsafe fn zip(self, other: Self) -> [Self; 2];
    /// A bit for each lane that is above that of the other, or also for each that equals it.
    unsafe fn above(self, other: Self, equal: bool) -> u32;
    /// The lanes of a mask, moved together.
    unsafe fn compressed(self, mask: u32) -> Self;
}

macro_rules! vector {
    (
        $(#[$doc:meta])*
        $name:ident = $lanes:literal x $word:ty, mask $mask:ty, lanes $numbers:expr,
        zip $low:expr, $high:expr;
        $load:ident $store:ident $store_first:ident $splat:ident $min:ident $max:ident
        $pick:ident $test:ident $permute:ident $permute_two:ident $above:ident $not_below:ident $compress:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name(__m512i);

        impl Vector for $name {
            type Word = $word;
            const LANES: usize = $lanes;

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn load_whole(from: *const $word) -> $name {
                // SAFETY: promised by the caller.
                $name(unsafe { _mm512_loadu_si512(from.cast()) })
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn load(from: *const $word, n: usize) -> $name {
                let first = ((1u32 << n) - 1) as $mask;
                // SAFETY: promised by the caller; other lanes are not read.
                $name(unsafe { $load($splat(-1), first, from.cast()) })
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn store(self, to: *mut $word) {
                // SAFETY: promised by the caller.
                unsafe { $store(to.cast(), self.0) };
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn store_first(self, to: *mut $word, n: usize) {
                let first = ((1u32 << n) - 1) as $mask;
                // SAFETY: promised by the caller; other lanes are not written.
                unsafe { $store_first(to.cast(), first, self.0) };
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn splat(word: $word) -> $name {
                $name($splat(word as _))
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn min(self, other: $name) -> $name {
                $name($min(self.0, other.0))
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn max(self, other: $name) -> $name {
                $name($max(self.0, other.0))
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn pick(self, other: $name, bit: usize) -> $name {
                let larger = $test($numbers, $splat(bit as _));
                $name($pick($min(self.0, other.0), larger, self.0, other.0))
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn exchanged(self, mask: usize) -> $name {
                let from = _mm512_xor_si512($numbers, $splat(mask as _));
                $name($permute(from, self.0))
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn zip(self, other: $name) -> [$name; 2] {
                let (low, high) = ($low, $high);
                [
                    $name($permute_two(self.0, low, other.0)),
                    $name($permute_two(self.0, high, other.0)),
                ]
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn above(self, other: $name, equal: bool) -> u32 {
                u32::from(match equal {
                    false => $above(self.0, other.0),
                    true => $not_below(self.0, other.0),
                })
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512dq,bmi2,popcnt")]
            unsafe fn compressed(self, mask: u32) -> $name {
                $name($compress(mask as $mask, self.0))
            }
        }
    };
}

vector! {
    /// 16 numbers of 32 bits.
    Of32 = 16 x u32, mask u16,
    lanes _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    zip _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    _mm512_mask_loadu_epi32 _mm512_storeu_epi32 _mm512_mask_storeu_epi32
    _mm512_set1_epi32 _mm512_min_epu32 _mm512_max_epu32
    _mm512_mask_max_epu32 _mm512_test_epi32_mask
    _mm512_permutexvar_epi32 _mm512_permutex2var_epi32
    _mm512_cmpgt_epu32_mask _mm512_cmpge_epu32_mask _mm512_maskz_compress_epi32
}

vector! {
    /// 8 numbers of 64 bits.
    Of64 = 8 x u64, mask u8,
    lanes _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7),
    zip _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11),
        _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    _mm512_mask_loadu_epi64 _mm512_storeu_epi64 _mm512_mask_storeu_epi64
    _mm512_set1_epi64 _mm512_min_epu64 _mm512_max_epu64
    _mm512_mask_max_epu64 _mm512_test_epi64_mask
    _mm512_permutexvar_epi64 _mm512_permutex2var_epi64
    _mm512_cmpgt_epu64_mask _mm512_cmpge_epu64_mask _mm512_maskz_compress_epi64
}
