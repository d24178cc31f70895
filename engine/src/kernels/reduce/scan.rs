//! Running totals along an axis.

use ndarray::{ArrayViewD, Axis};
use parking_lot::Mutex;

use super::Reduction;
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
    let per_tile = (super::CHUNK / (len * inner)).max(1);
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
