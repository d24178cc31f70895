//! Reductions over the last axes of an array in C order, which lies in memory or is made block by
//! block while it is reduced. Both give the same bits: they are cut alike.
#![expect(
    unsafe_code,
    reason = "a block that was just made is found through a pointer"
)]

use super::{BLOCK, CHUNK, Reduction, block, merge_pairwise, pairwise};
use crate::dtype::{DType, Element};
use crate::kernels::parts::each_chunk;
use crate::kernels::{Tiles, simd};

/// How many bytes in front of what is read memory is asked for. The processor's own prefetching
/// stops at the end of each page, and short blocks keep it from looking ahead.
const AHEAD: usize = 4096;

/// Elements in C order.
#[derive(Clone, Copy)]
pub enum Rows<'a, T> {
    /// Elements that lie in memory.
    Slice(&'a [T]),
    /// Elements that are made when they are read.
    Made(&'a dyn Blocks),
}

/// Makes the elements of an array, in C order, a block at a time.
///
/// # Safety
/// What [`Make`] returns points to as many initialised elements of [`Blocks::dtype`] as were asked
/// for, until it is called again or [`Blocks::each`] returns.
pub unsafe trait Blocks: Sync {
    /// The dtype of the elements.
    fn dtype(&self) -> DType;

    /// Calls `tile` with what makes elements. Each element is asked for once: making it again may
    /// give something else.
    fn each(&self, tile: &mut dyn FnMut(&mut Make<'_>));
}

/// Makes `n` elements, at most a block of them, from a position on: called with both.
pub type Make<'a> = dyn FnMut(usize, usize) -> *const u8 + 'a;

/// Reduces rows of `len` elements to one each.
///
/// # Panics
/// If there are not as many elements as `out` has rows.
pub fn reduce_rows<T, R>(tiles: &dyn Tiles, op: &R, x: Rows<'_, T>, len: usize, out: &mut [R::Out])
where
    T: Element,
    R: Reduction<T>,
{
    if len == 0 {
        return out.fill(op.finish(op.identity()));
    }
    if len <= 2 * CHUNK {
        return each_chunk(tiles, out, (CHUNK / len).max(1), |first, out| {
            let end = (first + out.len()) * len;
            x.read_tile(len, end, |reader| {
                for (row, out) in (first..).zip(&mut *out) {
                    *out = op.finish(row_part(op, reader, row * len, len));
                }
            });
        });
    }
    let n_parts = len.div_ceil(CHUNK);
    let mut parts = vec![op.identity(); out.len() * n_parts];
    each_chunk(tiles, &mut parts, 1, |at, part| {
        let (row, start) = (at / n_parts, at % n_parts * CHUNK);
        let (first, n) = (row * len + start, CHUNK.min(len - start));
        x.read_tile(CHUNK, first + n, |reader| {
            part[0] = row_part(op, reader, first, n);
        });
    });
    for (out, parts) in out.iter_mut().zip(parts.chunks_exact_mut(n_parts)) {
        merge_pairwise(op, parts, 1);
        *out = op.finish(parts[0]);
    }
}

/// Accumulates `n` elements from `first` on.
fn row_part<T: Element, R: Reduction<T>>(
    op: &R,
    reader: &mut Reader<'_, T>,
    first: usize,
    n: usize,
) -> R::Acc {
    let merge = |a, b| op.merge(a, b);
    pairwise(first, n, &merge, &mut |at, n| block(op, reader.read(at, n)))
}

impl<T: Element> Rows<'_, T> {
    /// Calls `tile` with a reader of rows of `len` elements, which reads up to `end`.
    fn read_tile(&self, len: usize, end: usize, mut tile: impl FnMut(&mut Reader<'_, T>)) {
        match self {
            Rows::Slice(x) => tile(&mut Reader::Slice(x)),
            Rows::Made(blocks) => {
                assert_eq!(blocks.dtype(), T::DTYPE, "the dtype of made elements");
                blocks.each(&mut |make| {
                    tile(&mut Reader::Made {
                        make,
                        made: std::ptr::null(),
                        range: 0..0,
                        step: (BLOCK / len).max(1) * len,
                        end,
                    });
                });
            }
        }
    }
}

/// Gives out the elements of a tile, in order.
enum Reader<'a, T> {
    Slice(&'a [T]),
    Made {
        make: &'a mut Make<'a>,
        /// The elements of `range`, which were made last.
        made: *const T,
        range: std::ops::Range<usize>,
        /// Elements to make at once, if a block has room for them: several short rows.
        step: usize,
        end: usize,
    },
}

impl<T: Element> Reader<'_, T> {
    /// The elements `at..at + n`, at most a block of them.
    #[inline]
    fn read(&mut self, at: usize, n: usize) -> &[T] {
        match self {
            Reader::Slice(x) => {
                let run = &x[at..at + n];
                simd::prefetch(run, AHEAD);
                run
            }
            Reader::Made {
                make,
                made,
                range,
                step,
                end,
            } => {
                if at + n > range.end {
                    let n = if *step <= BLOCK {
                        (*step).min(*end - at)
                    } else {
                        n
                    };
                    *made = make(at, n).cast();
                    *range = at..at + n;
                }
                let within = at - range.start;
                assert!(within + n <= range.len(), "rows are read in order");
                // SAFETY: `Blocks` promises the elements of `range` until `make` is called again,
                // which needs `self`; their dtype was compared in `read_tile`.
                unsafe { std::slice::from_raw_parts(made.add(within), n) }
            }
        }
    }
}

impl<T> std::fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Rows::Slice(_) => "Rows::Slice",
            Rows::Made(_) => "Rows::Made",
        })
    }
}
