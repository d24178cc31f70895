//! The innermost loops of a product of real floats: tiles of the result that are held in
//! registers while the inner axis goes by.
//!
//! A register tile is a few rows of `a` times a sliver of `b`, two vectors wide (or one, at the
//! edge). Each step of the inner axis loads the vectors once and multiplies them with one element
//! of each row, so that arithmetic, not loads, is the limit. At either level the sums of a tile fill
//! the registers and no more; they are vectors by type (`lanes`), since LLVM spills arrays of doubles.

#![expect(unsafe_code, reason = "tiles are reached from pointers by steps")]

use std::mem::MaybeUninit;

use num_traits::Float;

use super::Cell;
use super::lanes::{Lanes, f32s, f64s};
use crate::kernels::simd::{self, Level};

/// A type with register tiles.
pub(super) trait Real: Cell + Float {
    /// Columns of a sliver and the rows that heights of tiles are multiples of, at the level that
    /// kernels run at; `None` if the level has no fused multiply-add to count on.
    fn tile_shape() -> Option<TileShape>;

    /// Edge of the squares that are transposed at once.
    const SQUARE: usize;

    /// Transposes a square: rows `step` apart into rows `to_step` apart.
    ///
    /// # Safety
    /// The elements are readable and writable there, and [`Self::tile_shape`] has a shape.
    unsafe fn transpose_square(from: *const Self, step: isize, to: *mut Self, to_step: usize);

    /// Computes a strip.
    ///
    /// # Safety
    /// As [`Strip`] says, with the sliver and the rows as long as [`Self::tile_shape`] says.
    unsafe fn strip(strip: &Strip<Self>);
}

/// The shape of register tiles.
#[derive(Clone, Copy)]
pub(super) struct TileShape {
    /// Columns.
    pub(super) width: usize,
    /// Heights are multiples of this many rows.
    pub(super) step: usize,
}

/// A matrix by its first element and its steps.
#[derive(Clone, Copy)]
pub(super) struct Steps<T> {
    pub(super) at: *const T,
    pub(super) row: isize,
    pub(super) col: isize,
}

/// A band of rows of `a` times one sliver of `b`.
///
/// `a` has `m` rows, readable up to the next multiple of the step, and `k` columns; `b` has `k`
/// rows of a whole sliver, `b_step` apart; `c` has `m` rows of `n` columns, at most a sliver,
/// `c_step` apart, and nobody else accesses them.
pub(super) struct Strip<T> {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
    pub(super) a: Steps<T>,
    pub(super) b: *const T,
    pub(super) b_step: isize,
    /// The next sliver, if it lies in one piece: on its way into the cache while this one is used.
    pub(super) next: Option<*const T>,
    pub(super) c: *mut T,
    pub(super) c_step: isize,
    /// Whether the product is added to what `c` holds.
    pub(super) adds: bool,
}

macro_rules! real {
    ($($ty:ty: $vectors:ident, $transpose:ident;)*) => {$(
        impl Real for $ty {
            const SQUARE: usize = <$vectors::Narrow as Lanes>::N;

            unsafe fn transpose_square(
                from: *const Self,
                step: isize,
                to: *mut Self,
                to_step: usize,
            ) {
                // SAFETY: promised by the caller; a shape of tiles means AVX2 at least.
                #[cfg(target_arch = "x86_64")]
                unsafe {
                    super::pack::square::$transpose(from, step, to, to_step);
                }
                #[cfg(not(target_arch = "x86_64"))]
                unreachable!("{from:?} {step} {to:?} {to_step}: no register tiles here");
            }

            fn tile_shape() -> Option<TileShape> {
                match Level::current() {
                    Level::Avx512 => Some(TileShape { width: 2 * <$vectors::Wide as Lanes>::N, step: 4 }),
                    Level::Avx2 => Some(TileShape { width: 2 * <$vectors::Narrow as Lanes>::N, step: 2 }),
                    Level::Base => None,
                }
            }

            unsafe fn strip(strip: &Strip<Self>) {
                match Level::current() {
                    Level::Avx512 => simd::run_at(
                        Level::Avx512,
                        #[inline(always)]
                        // SAFETY: promised by the caller.
                        || unsafe { run::<$ty, $vectors::Wide, 12, 8, 4>(strip) },
                    ),
                    _ => simd::run_at(
                        Level::Avx2,
                        #[inline(always)]
                        // SAFETY: promised by the caller.
                        || unsafe { run::<$ty, $vectors::Narrow, 6, 4, 2>(strip) },
                    ),
                }
            }
        }
    )*};
}

real! {
    f32: f32s, transpose_f32;
    f64: f64s, transpose_f64;
}

/// Goes down a strip, of two vectors or of one.
///
/// # Safety
/// As [`Strip`] says, for slivers of two vectors and steps of `H3` rows; the machine has the vectors.
#[inline(always)]
unsafe fn run<T: Real, V: Lanes<Of = T>, const H: usize, const H2: usize, const H3: usize>(
    strip: &Strip<T>,
) {
    // SAFETY: promised by the caller.
    unsafe {
        match strip.n <= V::N {
            true => go_down::<T, V, 1, H, H2, H3>(strip),
            false => go_down::<T, V, 2, H, H2, H3>(strip),
        }
    }
}

/// Goes down a strip of `W` vectors in tiles of `H` rows, the last ones of `H2` or `H3`.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn go_down<
    T: Real,
    V: Lanes<Of = T>,
    const W: usize,
    const H: usize,
    const H2: usize,
    const H3: usize,
>(
    strip: &Strip<T>,
) {
    let mut row = 0;
    while row < strip.m {
        let left = (strip.m - row).next_multiple_of(H3);
        // SAFETY: promised by the caller; a tile ends at the next multiple of `H3` at the latest.
        unsafe {
            // Two tiles of middle height keep more sums in flight than a high and a low one.
            if left >= H && left != H + H3 {
                tile::<T, V, W, H>(strip, row);
                row += H;
            } else if left > H3 {
                tile::<T, V, W, H2>(strip, row);
                row += H2;
            } else {
                tile::<T, V, W, H3>(strip, row);
                row += H3;
            }
        }
    }
}

/// The tile of `H` rows from `row` on.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn tile<T: Real, V: Lanes<Of = T>, const W: usize, const H: usize>(
    strip: &Strip<T>,
    row: usize,
) {
    let rows = H.min(strip.m - row);
    let a = Steps {
        at: strip.a.at.wrapping_offset(row as isize * strip.a.row),
        ..strip.a
    };
    let c = strip.c.wrapping_offset(row as isize * strip.c_step);
    // A tile that juts out is computed beside the result, and then gives its part to it.
    let is_whole = rows == H && strip.n == W * V::N;
    let mut beside = MaybeUninit::<[[V; W]; H]>::uninit();
    let from: *mut T = beside.as_mut_ptr().cast();
    let beside_step = (W * V::N) as isize;
    let (to, step) = if is_whole {
        (c, strip.c_step)
    } else {
        (from, beside_step)
    };
    // SAFETY: promised by the caller; `beside` has `H` rows of `W` vectors, written before they are
    // read.
    unsafe {
        let ahead = ahead::<T, V, H>(strip, row);
        sums::<T, V, W, H>(strip, a, ahead, to, step, is_whole && strip.adds);
        if is_whole {
            return;
        }
        for row in 0..rows as isize {
            for col in 0..strip.n {
                let to = c.offset(row * strip.c_step).add(col);
                let sum = *from.offset(row * beside_step).add(col);
                *to = if strip.adds { *to + sum } else { sum };
            }
        }
    }
}

/// Where the tile from `row` on fetches ahead, and by how many bytes it goes on at each step of the
/// inner axis: all the tiles of a strip together fetch one sliver.
#[inline(always)]
fn ahead<T, V: Lanes<Of = T>, const H: usize>(strip: &Strip<T>, row: usize) -> (*const u8, usize) {
    let Some(next) = strip.next else {
        return (strip.b.cast(), 0);
    };
    let row_bytes = 2 * size_of::<V>();
    let done = strip.k * row_bytes * row / strip.m;
    let step = (row_bytes * H).div_ceil(strip.m);
    (next.cast::<u8>().wrapping_add(done), step)
}

/// Asks for a cache line; any address will do.
#[inline(always)]
pub(super) fn prefetch(at: *const u8) {
    // SAFETY: prefetching has no effect but on the cache, wherever it points.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// The same pointer, and to the compiler one from nowhere: it would make all pointers of a loop
/// anew from one of them, or keep every address in memory, and either takes longer than the
/// arithmetic.
#[inline(always)]
fn hidden<T>(at: *const T) -> *const T {
    #[cfg(target_arch = "x86_64")]
    #[expect(
        clippy::pointers_in_nomem_asm_block,
        reason = "there is no instruction that could read memory"
    )]
    let at = {
        let mut at = at;
        // SAFETY: no instruction at all, which changes nothing.
        unsafe {
            std::arch::asm!(
                "/* {0} */",
                inout(reg) at,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        at
    };
    at
}

/// The sums of a tile, written to or added to `c`.
///
/// # Safety
/// As for [`run`], for all the `H` rows of `a` and of `c` at their pointers.
#[inline(always)]
unsafe fn sums<T: Real, V: Lanes<Of = T>, const W: usize, const H: usize>(
    strip: &Strip<T>,
    a: Steps<T>,
    (mut ahead, ahead_step): (*const u8, usize),
    c: *mut T,
    c_step: isize,
    adds: bool,
) {
    // SAFETY: promised by the caller, here and below: the machine has the vectors.
    let mut sums = [[unsafe { V::zero() }; W]; H];
    // Every third row has a pointer: an address reaches the two after it by a step once and twice.
    let mut thirds: [*const T; H] =
        std::array::from_fn(|i| a.at.wrapping_offset(3 * i as isize * a.row));
    let mut b = strip.b;
    // SAFETY: promised by the caller: `H` rows of `a` and a sliver of `b` are readable at each of
    // the `k` steps, and `c` has `H` whole rows.
    unsafe {
        for _ in 0..strip.k {
            let mut vectors = [V::zero(); W];
            for (w, vector) in vectors.iter_mut().enumerate() {
                *vector = V::load(b.add(w * V::N));
            }
            for (h, sums) in sums.iter_mut().enumerate() {
                let x = V::broadcast(thirds[h / 3].offset((h % 3) as isize * a.row));
                for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                    *sum = x.times_plus(vector, *sum);
                }
            }
            for third in &mut thirds[..H.div_ceil(3)] {
                *third = hidden(third.wrapping_offset(a.col));
            }
            b = b.wrapping_offset(strip.b_step);
            prefetch(ahead);
            ahead = ahead.wrapping_add(ahead_step);
        }
        for (h, sums) in sums.into_iter().enumerate() {
            for (w, sum) in sums.into_iter().enumerate() {
                let to = c.offset(h as isize * c_step).add(w * V::N);
                let sum = if adds { V::load(to).plus(sum) } else { sum };
                sum.store(to);
            }
        }
    }
}
