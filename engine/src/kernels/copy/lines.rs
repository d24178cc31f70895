//! Moves the elements of a walk.
#![expect(
    unsafe_code,
    reason = "a walk names elements by their steps from a pointer"
)]

use std::ptr;

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::walk::{Axis, Walk};
use crate::dtype::Element;
use crate::kernels::Tiles;

/// The first elements of two views, for tiles that each visit their own elements.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Ends<T> {
    src: *const T,
    dst: *mut T,
}

// SAFETY: elements are plain numbers, and the methods that follow the pointers ask their callers
// for elements that nobody else touches.
unsafe impl<T: Element> Sync for Ends<T> {}

/// Does the walk from `src` to `out`, both of its shape, in tiles of `grain` elements.
pub(super) fn copy<T: Element>(
    tiles: &dyn Tiles,
    walk: Walk,
    grain: usize,
    src: ArrayViewD<'_, T>,
    mut out: ArrayViewMutD<'_, T>,
) {
    let ends = Ends::new(src.as_ptr(), out.as_mut_ptr());
    if walk.size() <= grain {
        // SAFETY: the walk stays inside the two views, of which `out` is borrowed mutably.
        return unsafe { ends.copy(&walk, 0, 0) };
    }
    let mut parts = Vec::new();
    walk.cut(grain, &mut parts);
    // SAFETY: as above; the parts of a walk have no element in common.
    tiles.run(parts.len(), &|i| unsafe { ends.copy(&parts[i], 0, 0) });
}

impl<T: Element> Ends<T> {
    /// The ends of copies from `src` to `dst`.
    pub(in crate::kernels) fn new(src: *const T, dst: *mut T) -> Ends<T> {
        Ends { src, dst }
    }

    /// Copies one element from `src` to `dst`, counted from the ends.
    ///
    /// # Safety
    ///
    /// Both places are inside what the ends were taken from, and nobody else uses the one written.
    #[inline(always)]
    pub(in crate::kernels) unsafe fn copy_one(&self, src: isize, dst: isize) {
        // SAFETY: promised by the caller.
        unsafe { *self.dst.offset(dst) = *self.src.offset(src) };
    }

    /// Has the processor fetch the beginnings of `len` elements on both sides, counted from the ends;
    /// nothing depends on it.
    #[inline(always)]
    pub(in crate::kernels) fn prefetch(&self, src: isize, dst: isize, len: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in (0..(len * size_of::<T>()).min(512)).step_by(64) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let from = self.src.wrapping_offset(src).cast::<i8>();
            let to = self.dst.cast_const().wrapping_offset(dst).cast::<i8>();
            // SAFETY: a hint may name any address.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(line));
                _mm_prefetch::<_MM_HINT_T0>(to.wrapping_add(line));
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (src, dst, len);
    }

    /// Does a walk that starts at `src` and `dst`, counted from the ends.
    ///
    /// # Safety
    ///
    /// As for [`Ends::copy_one`], for each element of the walk; source and destination have no
    /// element in common.
    pub(in crate::kernels) unsafe fn copy(&self, walk: &Walk, src: isize, dst: isize) {
        // Types of the same size are moved by the same code; pairs, because complex numbers are
        // aligned as their parts.
        //
        // SAFETY: promised by the caller; the types stand in for `T` of the same size, whose
        // alignment is no less, and any bits of a number are bits of theirs.
        unsafe {
            let from = self.src.offset(src + walk.src);
            let to = self.dst.offset(dst + walk.dst);
            match size_of::<T>() {
                1 => nest::<u8, 16>(walk, &walk.axes, from.cast(), to.cast()),
                2 => nest::<u16, 16>(walk, &walk.axes, from.cast(), to.cast()),
                4 => nest::<u32, 16>(walk, &walk.axes, from.cast(), to.cast()),
                8 => nest::<[u32; 2], 8>(walk, &walk.axes, from.cast(), to.cast()),
                _ => nest::<[u64; 2], 4>(walk, &walk.axes, from.cast(), to.cast()),
            }
        }
    }

    /// Does a walk that starts at `src` and `dst`, writing `f(written, read)` for each element.
    ///
    /// # Safety
    ///
    /// As for [`Ends::copy`].
    #[inline]
    pub(in crate::kernels) unsafe fn combine(
        &self,
        walk: &Walk,
        src: isize,
        dst: isize,
        f: impl Fn(T, T) -> T + Copy,
    ) {
        // SAFETY: promised by the caller.
        unsafe {
            let (from, to) = (
                self.src.offset(src + walk.src),
                self.dst.offset(dst + walk.dst),
            );
            combine_nest(&walk.axes, from, to, f);
        }
    }
}

/// The loops of `axes`, writing `f(written, read)`.
///
/// # Safety
///
/// As for [`Ends::copy`], from the two pointers.
unsafe fn combine_nest<T: Copy>(
    axes: &[Axis],
    src: *const T,
    dst: *mut T,
    f: impl Fn(T, T) -> T + Copy,
) {
    // SAFETY: promised by the caller: the steps of the loops stay inside the views, which have
    // no element in common.
    unsafe {
        match *axes {
            [] => *dst = f(*dst, *src),
            [
                Axis {
                    len,
                    src: 1,
                    dst: 1,
                },
            ] => {
                let read = std::slice::from_raw_parts(src, len);
                let written = std::slice::from_raw_parts_mut(dst, len);
                written
                    .iter_mut()
                    .zip(read)
                    .for_each(|(to, &from)| *to = f(*to, from));
            }
            [axis, ref rest @ ..] => {
                for i in 0..axis.len as isize {
                    combine_nest(rest, src.offset(i * axis.src), dst.offset(i * axis.dst), f);
                }
            }
        }
    }
}

/// The loops of `axes`, the last of the walk, from `src` to `dst`.
///
/// # Safety
///
/// As for [`Ends::copy`], from the two pointers.
unsafe fn nest<U: Copy, const BLOCK: usize>(
    walk: &Walk,
    axes: &[Axis],
    src: *const U,
    dst: *mut U,
) {
    // SAFETY: promised by the caller: the steps of the loops stay inside the views.
    unsafe {
        match *axes {
            [] => *dst = *src,
            [inner] => row(inner, src, dst),
            [fast, inner] if walk.blocked => plane::<U, BLOCK>(fast, inner, src, dst),
            [long, short] if short.len < SHORT && short.len < long.len => {
                comb(long, short, src, dst);
            }
            [outer, ref rest @ ..] => {
                for i in 0..outer.len as isize {
                    nest::<U, BLOCK>(
                        walk,
                        rest,
                        src.offset(i * outer.src),
                        dst.offset(i * outer.dst),
                    );
                }
            }
        }
    }
}

/// A loop of fewer steps is not worth its start.
const SHORT: usize = 8;

/// Two loops, of which the inner one is too short to be run for each step of the outer: in
/// stretches of the outer loop that stay in the first-level cache, once for each step of the inner.
///
/// # Safety
///
/// As for [`nest`].
unsafe fn comb<U: Copy>(long: Axis, short: Axis, src: *const U, dst: *mut U) {
    const STRETCH: usize = 1024;
    for start in (0..long.len).step_by(STRETCH) {
        let stretch = Axis {
            len: STRETCH.min(long.len - start),
            ..long
        };
        for i in 0..short.len as isize {
            // SAFETY: promised by the caller: these are elements of the two loops.
            unsafe {
                let from = src.offset(start as isize * long.src + i * short.src);
                let to = dst.offset(start as isize * long.dst + i * short.dst);
                row(stretch, from, to);
            }
        }
    }
}

/// One loop.
///
/// # Safety
///
/// As for [`nest`].
#[inline]
unsafe fn row<U: Copy>(axis: Axis, src: *const U, dst: *mut U) {
    let n = axis.len as isize;
    // SAFETY: promised by the caller.
    unsafe {
        match (axis.src, axis.dst) {
            (1, 1) => ptr::copy_nonoverlapping(src, dst, axis.len),
            (0, 1) => std::slice::from_raw_parts_mut(dst, axis.len).fill(*src),
            // A known step backwards is turned around in whole vectors.
            (-1, 1) => (0..n).for_each(|i| *dst.offset(i) = *src.offset(-i)),
            (step, 1) => (0..n).for_each(|i| *dst.offset(i) = *src.offset(i * step)),
            (s, d) => (0..n).for_each(|i| *dst.offset(i * d) = *src.offset(i * s)),
        }
    }
}

/// Two loops, of which the source runs along `fast` and the destination along `inner`: in squares
/// small enough that the lines of both sides stay in the cache until they are used up.
///
/// # Safety
///
/// As for [`nest`].
unsafe fn plane<U: Copy, const BLOCK: usize>(fast: Axis, inner: Axis, src: *const U, dst: *mut U) {
    // Squares of squares, so that the lines of a strip of `BLOCK` source rows, read as streams, end
    // in lines and pages of the destination that are still at hand for the next strip.
    const SIDE: usize = 256;
    let contiguous = fast.src == 1 && inner.dst == 1;
    for (i0, j0) in squares(fast.len, inner.len, SIDE) {
        let (m, n) = (SIDE.min(fast.len - i0), SIDE.min(inner.len - j0));
        for (j, i) in squares(n, m, BLOCK) {
            let (m, n) = (BLOCK.min(m - i), BLOCK.min(n - j));
            let (i, j) = ((i0 + i) as isize, (j0 + j) as isize);
            // SAFETY: promised by the caller, as `i + m` and `j + n` are within the lengths.
            unsafe {
                let from = src.offset(i * fast.src + j * inner.src);
                let to = dst.offset(i * fast.dst + j * inner.dst);
                if contiguous && m == BLOCK && n == BLOCK {
                    square::<U, BLOCK>(inner.src, fast.dst, from, to);
                } else {
                    for i in 0..m as isize {
                        let (from, to) = (from.offset(i * fast.src), to.offset(i * fast.dst));
                        row(Axis { len: n, ..inner }, from, to);
                    }
                }
            }
        }
    }
}

/// The first corners of the squares of side `side` that cover `m` by `n`.
fn squares(m: usize, n: usize, side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..m)
        .step_by(side)
        .flat_map(move |i| (0..n).step_by(side).map(move |j| (i, j)))
}

/// Transposes a square: reads and writes whole rows of it.
///
/// # Safety
///
/// As for [`nest`]: `BLOCK` elements at each of `BLOCK` rows, `src_step` and `dst_step` apart.
#[inline(always)]
unsafe fn square<U: Copy, const BLOCK: usize>(
    src_step: isize,
    dst_step: isize,
    src: *const U,
    dst: *mut U,
) {
    // SAFETY: promised by the caller.
    let rows: [[U; BLOCK]; BLOCK] = std::array::from_fn(|j| unsafe {
        src.offset(j as isize * src_step)
            .cast::<[U; BLOCK]>()
            .read()
    });
    let columns: [[U; BLOCK]; BLOCK] = std::array::from_fn(|i| std::array::from_fn(|j| rows[j][i]));
    for (i, column) in (0..).zip(columns) {
        // SAFETY: promised by the caller.
        unsafe { dst.offset(i * dst_step).cast::<[U; BLOCK]>().write(column) };
    }
}
