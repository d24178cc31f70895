//! Copies of blocks into the order in which register tiles read them.

#![expect(unsafe_code, reason = "blocks are reached from pointers by steps")]

use super::register::{Real, Steps, prefetch};

/// Rows that are fetched ahead: each begins on another page or far from the last, where no processor
/// expects it.
const AHEAD: isize = 8;

/// Copies `len` elements that are `step` apart.
///
/// # Safety
/// The elements are readable, and `to` has room for them.
pub(super) unsafe fn copy_line<T: Copy>(from: *const T, step: isize, to: *mut T, len: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if step == 1 {
            return std::ptr::copy_nonoverlapping(from, to, len);
        }
        for i in 0..len {
            *to.add(i) = *from.offset(i as isize * step);
        }
    }
}

/// Copies `k` rows of `n` elements into slivers of `width` columns, one after the other; the last
/// one is filled up with zeros.
///
/// # Safety
/// The elements are readable, and `to` has room for the slivers, each of `k` rows; the level that
/// kernels run at has register tiles.
pub(super) unsafe fn pack_slivers<T: Real>(
    b: Steps<T>,
    k: usize,
    n: usize,
    to: *mut T,
    width: usize,
) {
    let n_whole = n - n % width;
    // SAFETY: promised by the caller.
    unsafe {
        if n_whole < n {
            std::slice::from_raw_parts_mut(to.add(n_whole * k), k * width).fill(T::default());
        }
        if b.row == 1 && b.col != 1 {
            for col in (0..n).step_by(width) {
                let from = b.at.wrapping_offset(col as isize * b.col);
                transpose(from, b.col, k, width.min(n - col), to.add(col * k), width);
            }
            return;
        }
        // Row by row: a row of several slivers is a few cache lines of one page.
        for p in 0..k {
            let row = b.at.wrapping_offset(p as isize * b.row);
            for col in (0..n).step_by(width) {
                let from = row.wrapping_offset(col as isize * b.col);
                let to = to.add(col * k + p * width);
                if b.col == 1 && col < n_whole {
                    prefetch(from.wrapping_offset(AHEAD * b.row).cast());
                    copy_whole(from, to, width);
                } else {
                    copy_line(from, b.col, to, width.min(n - col));
                }
            }
        }
    }
}

/// Copies a row of a sliver: a few vectors, for which calling the C library takes longer.
///
/// # Safety
/// As for [`copy_line`].
#[inline(always)]
unsafe fn copy_whole<T: Copy>(from: *const T, to: *mut T, width: usize) {
    const STEP: usize = 8;
    debug_assert!(width.is_multiple_of(STEP), "slivers are whole vectors");
    for i in (0..width).step_by(STEP) {
        // SAFETY: promised by the caller.
        unsafe { *to.add(i).cast::<[T; STEP]>() = *from.add(i).cast::<[T; STEP]>() };
    }
}

/// Writes `n` lines of `k` elements, `step` apart, as columns of a matrix of `width` columns.
///
/// # Safety
/// The elements are readable, and `to` has room for the matrix; the level that kernels run at has
/// register tiles.
pub(super) unsafe fn transpose<T: Real>(
    from: *const T,
    step: isize,
    k: usize,
    n: usize,
    to: *mut T,
    width: usize,
) {
    let (k_whole, n_whole) = (k - k % T::SQUARE, n - n % T::SQUARE);
    // SAFETY: promised by the caller.
    unsafe {
        for j in (0..n_whole).step_by(T::SQUARE) {
            let from = from.offset(j as isize * step);
            for p in (0..k_whole).step_by(T::SQUARE) {
                T::transpose_square(from.add(p), step, to.add(p * width + j), width);
            }
        }
        for j in 0..n {
            for p in if j < n_whole { k_whole } else { 0 }..k {
                *to.add(p * width + j) = *from.offset(j as isize * step).add(p);
            }
        }
    }
}

/// Transposes squares in registers.
#[cfg(target_arch = "x86_64")]
pub(super) mod square {
    use std::arch::x86_64::*;

    /// Transposes 8 by 8 elements: rows `step` apart into rows `to_step` apart.
    ///
    /// # Safety
    /// The elements are readable and writable there.
    #[target_feature(enable = "avx2")]
    pub(in super::super) unsafe fn transpose_f32(
        from: *const f32,
        step: isize,
        to: *mut f32,
        to_step: usize,
    ) {
        for half in [0, 4] {
            // SAFETY: promised by the caller.
            let [a, b, c, d] = std::array::from_fn(|i| unsafe {
                let row = from.offset(i as isize * step).add(half);
                let low = _mm256_castps128_ps256(_mm_loadu_ps(row));
                _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(row.offset(4 * step)))
            });
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            let columns = [
                _mm256_shuffle_ps::<0x44>(ab, cd),
                _mm256_shuffle_ps::<0xee>(ab, cd),
                _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
            ];
            for (i, column) in columns.into_iter().enumerate() {
                // SAFETY: promised by the caller.
                unsafe { _mm256_storeu_ps(to.add((half + i) * to_step), column) };
            }
        }
    }

    /// Transposes 4 by 4 elements: rows `step` apart into rows `to_step` apart.
    ///
    /// # Safety
    /// The elements are readable and writable there.
    #[target_feature(enable = "avx2")]
    pub(in super::super) unsafe fn transpose_f64(
        from: *const f64,
        step: isize,
        to: *mut f64,
        to_step: usize,
    ) {
        for half in [0, 2] {
            // SAFETY: promised by the caller.
            let [a, b] = std::array::from_fn(|i| unsafe {
                let row = from.offset(i as isize * step).add(half);
                let low = _mm256_castpd128_pd256(_mm_loadu_pd(row));
                _mm256_insertf128_pd::<1>(low, _mm_loadu_pd(row.offset(2 * step)))
            });
            let columns = [_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)];
            for (i, column) in columns.into_iter().enumerate() {
                // SAFETY: promised by the caller.
                unsafe { _mm256_storeu_pd(to.add((half + i) * to_step), column) };
            }
        }
    }
}
