//! Copies of blocks into the order in which register tiles read them.

#![expect(unsafe_code, reason = "blocks are reached from pointers by steps")]

use super::register::{Real, Steps};

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

/// Copies `k` rows of `n` elements, filled up with zeros to `width`.
///
/// # Safety
/// The elements are readable, and `to` has room for `k` rows of `width`; the level that kernels run
/// at has register tiles.
pub(super) unsafe fn pack_sliver<T: Real>(
    b: Steps<T>,
    k: usize,
    n: usize,
    to: *mut T,
    width: usize,
) {
    // SAFETY: promised by the caller.
    unsafe {
        if n < width {
            std::slice::from_raw_parts_mut(to, k * width).fill(T::default());
        }
        if b.row == 1 && b.col != 1 {
            return transpose(b.at, b.col, k, n, to, width);
        }
        for p in 0..k {
            let row = b.at.wrapping_offset(p as isize * b.row);
            copy_line(row, b.col, to.add(p * width), n);
        }
    }
}

/// Writes `n` lines of `k` elements, `step` apart, as columns of a matrix of `width` columns.
///
/// # Safety
/// As for [`pack_sliver`].
unsafe fn transpose<T: Real>(
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
