//! Running totals and recurrences along an axis.

use ndarray::{ArrayViewD, Axis};
use parking_lot::Mutex;

use super::element::{To, Total};
use super::{CHUNK, Reduction};
use crate::kernels::parts::each_chunk;
use crate::kernels::{Tiles, simd};

/// Writes the accumulation of the elements up to each one along `axis` to `out`, which has the
/// shape of `x` in C order. `op` needs no context: it is a [`Sum`](super::Sum), say.
///
/// # Panics
/// If `out` has another length than `x`, or `x` no such axis.
pub fn scan<T, R>(tiles: &dyn Tiles, op: &R, x: ArrayViewD<'_, T>, axis: usize, out: &mut [R::Out])
where
    T: Copy + Sync,
    R: Reduction<T, Context = ()>,
{
    assert_eq!(x.len(), out.len(), "length of the output");
    if x.is_empty() {
        return;
    }
    let len = x.len_of(Axis(axis));
    let inner: usize = x.shape()[axis + 1..].iter().product();
    let x = x.as_standard_layout();
    let x = x.as_slice().expect("a standard layout is a slice");
    let slabs: Vec<_> = x
        .chunks(len * inner)
        .zip(out.chunks_mut(len * inner).map(Mutex::new))
        .collect();
    let per_tile = (CHUNK / (len * inner)).max(1);
    tiles.run(slabs.len().div_ceil(per_tile), &|tile| {
        let end = slabs.len().min((tile + 1) * per_tile);
        for (x, out) in &slabs[tile * per_tile..end] {
            scan_slab(op, x, inner, &mut out.lock());
        }
    });
}

/// Scans rows of `width` elements, downwards.
fn scan_slab<T: Copy, R>(op: &R, x: &[T], width: usize, out: &mut [R::Out])
where
    R: Reduction<T, Context = ()>,
{
    if width == 1 {
        let mut acc = op.identity();
        for (out, &x) in out.iter_mut().zip(x) {
            acc = op.step((), acc, x);
            *out = op.finish(acc);
        }
        return;
    }
    let mut accs = vec![op.identity(); width];
    simd::run(
        #[inline(always)]
        || {
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
                scan_row(op, &mut accs, x, out);
            }
        },
    );
}

#[inline(always)]
fn scan_row<T: Copy, R>(op: &R, accs: &mut [R::Acc], x: &[T], out: &mut [R::Out])
where
    R: Reduction<T, Context = ()>,
{
    for ((acc, &x), out) in accs.iter_mut().zip(x).zip(out) {
        *acc = op.step((), *acc, x);
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
            if at % slab == 0 {
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
