//! Running totals and recurrences along an axis.

use ndarray::{ArrayView2, ArrayViewD, ArrayViewMut2, Axis, Slice};

use super::element::{To, Total};
use super::{CHUNK, Reduction};
use crate::dtype::Element;
use crate::kernels::copy::flat;
use crate::kernels::parts::{each_chunk, each_part};
use crate::kernels::{Tiles, simd};

/// Writes the accumulation of the elements up to each one along `axis` to `out`, which has the
/// shape of `x` in C order.
///
/// # Panics
/// If `out` has another length than `x`, or `x` no such axis.
pub fn scan<T, R>(tiles: &dyn Tiles, op: &R, x: ArrayViewD<'_, T>, axis: usize, out: &mut [R::Out])
where
    T: Element,
    R: Reduction<T>,
{
    assert_eq!(x.len(), out.len(), "length of the output");
    if x.is_empty() {
        return;
    }
    let len = x.len_of(Axis(axis));
    let inner: usize = x.shape()[axis + 1..].iter().product();
    let x = flat(tiles, x);
    if inner == 1 && len >= 2 * LONG {
        for (x, out) in x.chunks(len).zip(out.chunks_mut(len)) {
            scan_long(tiles, op, x, out);
        }
        return;
    }
    let slab = len * inner;
    let per_tile = (CHUNK / slab).max(1);
    each_chunk(tiles, out, per_tile * slab, |start, out| {
        let x = &x[start..start + out.len()];
        if inner == 1 {
            scan_lanes(op, x, len, |_| op.identity(), out);
            return;
        }
        for (x, out) in x.chunks(slab).zip(out.chunks_mut(slab)) {
            scan_slab(tiles, op, x, inner, out);
        }
    });
}

/// Elements of the pieces that a long lane is cut into.
const LONG: usize = 1 << 13;

/// Pieces of a tile: neighbours that are scanned side by side.
const PIECES: usize = 8;

/// Elements by which each of them stays behind its neighbour: side by side at a multiple of the page
/// size, all would want the same few places of the first cache.
const SKEW: usize = 16;

/// Scans a lane in pieces, each of which starts from the accumulation of those before it.
fn scan_long<T, R>(tiles: &dyn Tiles, op: &R, x: &[T], out: &mut [R::Out])
where
    T: Copy + Sync,
    R: Reduction<T>,
{
    let mut starts = vec![op.identity(); x.len().div_ceil(LONG)];
    each_chunk(tiles, &mut starts, PIECES, |first, totals| {
        for (total, piece) in totals.iter_mut().zip(x[first * LONG..].chunks(LONG)) {
            *total = total_of(op, piece);
        }
    });
    let mut sum = op.identity();
    for start in &mut starts {
        let next = op.merge(sum, *start);
        *start = sum;
        sum = next;
    }
    each_chunk(tiles, out, PIECES * LONG, |first, out| {
        let x = &x[first..first + out.len()];
        scan_lanes(op, x, LONG, |piece| starts[first / LONG + piece], out);
    });
}

/// The accumulation of a piece, by as many independent ones as hide the latency of a step.
fn total_of<T: Copy, R>(op: &R, x: &[T]) -> R::Acc
where
    R: Reduction<T>,
{
    const WIDTH: usize = 16;
    simd::run(
        #[inline(always)]
        || {
            let mut accs = [op.identity(); WIDTH];
            let (rows, rest) = x.as_chunks::<WIDTH>();
            for row in rows {
                for (acc, &x) in accs.iter_mut().zip(row) {
                    *acc = op.step(*acc, x);
                }
            }
            let sum = accs.into_iter().reduce(|a, b| op.merge(a, b));
            let sum = sum.unwrap_or(op.identity());
            rest.iter().fold(sum, |acc, &x| op.step(acc, x))
        },
    )
}

/// Scans lanes of `len` elements, of which the last one may be shorter, each from its start.
/// [`PIECES`] go side by side, since a step has to wait for the one before it in its lane.
fn scan_lanes<T: Copy, R>(
    op: &R,
    x: &[T],
    len: usize,
    start: impl Fn(usize) -> R::Acc,
    out: &mut [R::Out],
) where
    R: Reduction<T>,
{
    let skew = if len >= 32 * SKEW { SKEW } else { 0 };
    let groups = x.chunks(PIECES * len).zip(out.chunks_mut(PIECES * len));
    for (group, (x, out)) in groups.enumerate() {
        let mut accs: [R::Acc; PIECES] = std::array::from_fn(|i| match i * len < x.len() {
            true => start(group * PIECES + i),
            false => op.identity(),
        });
        if x.len() == PIECES * len {
            for step in 0..len + skew * (PIECES - 1) {
                for (i, acc) in accs.iter_mut().enumerate() {
                    // Beyond `len` before a lane begins, too.
                    let at = step.wrapping_sub(i * skew);
                    if at < len {
                        *acc = op.step(*acc, x[i * len + at]);
                        out[i * len + at] = op.finish(*acc);
                    }
                }
            }
            continue;
        }
        for ((x, out), acc) in x.chunks(len).zip(out.chunks_mut(len)).zip(&mut accs) {
            for (out, &x) in out.iter_mut().zip(x) {
                *acc = op.step(*acc, x);
                *out = op.finish(*acc);
            }
        }
    }
}

/// Columns of a wide slab that are one tile.
const COLUMNS: usize = 512;

/// Scans rows of `width` elements, downwards.
fn scan_slab<T: Element, R>(tiles: &dyn Tiles, op: &R, x: &[T], width: usize, out: &mut [R::Out])
where
    R: Reduction<T>,
{
    if width < 2 * COLUMNS || x.len() < CHUNK {
        let rows = x.chunks_exact(width).zip(out.chunks_exact_mut(width));
        return scan_rows(op, width, rows);
    }
    let shape = (x.len() / width, width);
    let x = ArrayView2::from_shape(shape, x).expect("a slab is whole rows");
    let mut out = ArrayViewMut2::from_shape(shape, out).expect("a slab is whole rows");
    let parts = out.axis_chunks_iter_mut(Axis(1), COLUMNS).collect();
    each_part(tiles, parts, |i, mut out: ArrayViewMut2<'_, R::Out>| {
        let columns = Slice::from(i * COLUMNS..i * COLUMNS + out.ncols());
        let x = x.slice_axis(Axis(1), columns);
        let width = out.ncols();
        let rows = x.rows().into_iter().zip(out.rows_mut());
        let slices = rows.map(|(x, out)| {
            let x = x.to_slice().expect("columns are side by side");
            (x, out.into_slice().expect("columns are side by side"))
        });
        scan_rows(op, width, slices);
    });
}

/// Scans rows of `width` elements, each given with the place of its results.
fn scan_rows<'a, T: Element, R>(
    op: &R,
    width: usize,
    rows: impl Iterator<Item = (&'a [T], &'a mut [R::Out])>,
) where
    R: Reduction<T>,
    R::Out: 'a,
{
    let mut accs = vec![op.identity(); width];
    simd::run(
        #[inline(always)]
        || {
            for (x, out) in rows {
                scan_row(op, &mut accs, x, out);
            }
        },
    );
}

#[inline(always)]
fn scan_row<T: Copy, R>(op: &R, accs: &mut [R::Acc], x: &[T], out: &mut [R::Out])
where
    R: Reduction<T>,
{
    for ((acc, &x), out) in accs.iter_mut().zip(x).zip(out) {
        *acc = op.step(*acc, x);
        *out = op.finish(*acc);
    }
}

/// Writes the recurrence `h[i] = a[i] * h[i - 1] + b[i]` along `axis`, which starts from zero, to
/// `out`, which has the shape of `a` and `b` in C order.
///
/// # Panics
/// If the shapes differ, or there is no such axis.
pub fn recurrence<T>(tiles: &dyn Tiles, [a, b]: [ArrayViewD<'_, T>; 2], axis: usize, out: &mut [T])
where
    T: Total + To<T::Acc>,
{
    assert_eq!(a.shape(), b.shape(), "shapes of a recurrence");
    let width: usize = a.shape()[axis + 1..].iter().product();
    let slab = a.len_of(Axis(axis)) * width;
    if slab == 0 {
        return;
    }
    let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
    let [a, b] = [&a, &b].map(|x| x.as_slice().expect("a standard layout is a slice"));
    let per_tile = (CHUNK / slab).max(1) * slab;
    each_chunk(tiles, out, per_tile, |start, out| {
        let mut last = vec![T::ZERO; width];
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            let at = start + i * width;
            if at.is_multiple_of(slab) {
                last.fill(T::ZERO);
            }
            let (a, b) = (&a[at..at + width], &b[at..at + width]);
            for (((last, &a), &b), out) in last.iter_mut().zip(a).zip(b).zip(out) {
                *last = T::plus(T::times(*last, a.to()), b.to());
                *out = T::from_acc(*last);
            }
        }
    });
}
