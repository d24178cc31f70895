//! Softmax, its logarithm and their gradients, row by row: a row is read once, and what follows
//! happens in a cache. Half precision is computed in `f32`.

use std::borrow::Cow;

use half::{bf16, f16};
use ndarray::{ArrayViewD, IxDyn};

use super::blocks::Cast;
use super::copy::copy_to_slice;
use super::math::Real;
use super::parts::each_part;
use super::{Tiles, simd};
use crate::dtype::Element;

/// Elements of a tile.
const GRAIN: usize = 1 << 15;
/// Independent accumulations of a row.
const LANES: usize = 16;

/// A dtype that has a softmax.
pub trait Smooth: Element + Cast<Self::Float> {
    /// What it is computed in.
    type Float: Real + Cast<Self>;
}

macro_rules! smooth {
    ($($ty:ty: $float:ty),*) => { $(impl Smooth for $ty { type Float = $float; })* };
}

smooth!(f16: f32, bf16: f32, f32: f32, f64: f64);

/// Which of the two functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `exp(x) / sum(exp(x))`.
    Plain,
    /// The logarithm of it.
    Log,
}

/// The softmax of `x / temperature` along `axis`; `out` is dense, of the shape of `x`.
pub fn softmax<T: Smooth>(
    tiles: &dyn Tiles,
    form: Form,
    x: ArrayViewD<'_, T>,
    axis: usize,
    temperature: f64,
    out: &mut [T],
) {
    let scale = T::Float::of(1.0 / temperature);
    each_row(
        tiles,
        [x],
        axis,
        out,
        #[inline(always)]
        |[x], [scratch, _], out| match form {
            Form::Plain => plain_row(x, scale, scratch, out),
            Form::Log => log_row(x, scale, scratch, out),
        },
    );
}

/// The gradient of [`softmax`] from what it gave, `y`, and the gradient `g` of that.
pub fn softmax_gradient<T: Smooth>(
    tiles: &dyn Tiles,
    form: Form,
    [y, g]: [ArrayViewD<'_, T>; 2],
    axis: usize,
    temperature: f64,
    out: &mut [T],
) {
    let scale = T::Float::of(1.0 / temperature);
    each_row(
        tiles,
        [y, g],
        axis,
        out,
        #[inline(always)]
        |[y, g], scratch, out| match form {
            Form::Plain => plain_gradient(y, g, scale, scratch, out),
            Form::Log => log_gradient(y, g, scale, scratch, out),
        },
    );
}

#[inline(always)]
fn plain_row<T: Smooth>(x: &[T], scale: T::Float, scratch: &mut [T::Float], out: &mut [T]) {
    load(x, scale, scratch);
    let greatest = fold(
        scratch,
        scratch,
        T::Float::of(f64::NEG_INFINITY),
        greater,
        greater,
    );
    for x in &mut *scratch {
        *x = (*x - greatest).exp();
    }
    let total = fold(
        scratch,
        scratch,
        T::Float::ZERO,
        #[inline(always)]
        |acc, x, _| acc + x,
        plus,
    );
    let inverse = T::Float::ONE / total;
    for (out, &x) in out.iter_mut().zip(&*scratch) {
        *out = (x * inverse).cast();
    }
}

#[inline(always)]
fn log_row<T: Smooth>(x: &[T], scale: T::Float, scratch: &mut [T::Float], out: &mut [T]) {
    load(x, scale, scratch);
    let greatest = fold(
        scratch,
        scratch,
        T::Float::of(f64::NEG_INFINITY),
        greater,
        greater,
    );
    let total = fold(
        scratch,
        scratch,
        T::Float::ZERO,
        #[inline(always)]
        |acc, x, _| acc + (x - greatest).exp(),
        plus,
    );
    let shift = greatest + total.log();
    for (out, &x) in out.iter_mut().zip(&*scratch) {
        *out = (x - shift).cast();
    }
}

#[inline(always)]
fn plain_gradient<T: Smooth>(
    y: &[T],
    g: &[T],
    scale: T::Float,
    [ys, gs]: [&mut [T::Float]; 2],
    out: &mut [T],
) {
    load(y, T::Float::ONE, ys);
    load(g, T::Float::ONE, gs);
    let total = fold(
        ys,
        gs,
        T::Float::ZERO,
        #[inline(always)]
        |acc, y, g| y.mul_add(g, acc),
        plus,
    );
    for ((out, &y), &g) in out.iter_mut().zip(&*ys).zip(&*gs) {
        *out = ((g - total) * y * scale).cast();
    }
}

#[inline(always)]
fn log_gradient<T: Smooth>(
    y: &[T],
    g: &[T],
    scale: T::Float,
    [ys, gs]: [&mut [T::Float]; 2],
    out: &mut [T],
) {
    load(y, T::Float::ONE, ys);
    load(g, T::Float::ONE, gs);
    let total = fold(
        gs,
        gs,
        T::Float::ZERO,
        #[inline(always)]
        |acc, g, _| acc + g,
        plus,
    );
    for ((out, &y), &g) in out.iter_mut().zip(&*ys).zip(&*gs) {
        *out = ((g - y.exp() * total) * scale).cast();
    }
}

#[inline(always)]
pub(super) fn load<T: Smooth>(from: &[T], scale: T::Float, to: &mut [T::Float]) {
    for (to, &x) in to.iter_mut().zip(from) {
        *to = Cast::<T::Float>::cast(x) * scale;
    }
}

#[inline(always)]
pub(super) fn plus<F: Real>(a: F, b: F, _: F) -> F {
    a + b
}

#[inline(always)]
fn greater<F: Real>(a: F, b: F, _: F) -> F {
    if b > a { b } else { a }
}

/// Accumulates pairs of elements in lanes, and then the lanes.
#[inline(always)]
pub(super) fn fold<F: Real>(
    x: &[F],
    y: &[F],
    start: F,
    step: impl Fn(F, F, F) -> F,
    merge: impl Fn(F, F, F) -> F,
) -> F {
    let mut accs = [start; LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let (x_rest, y_rest) = (xs.remainder(), ys.remainder());
    for (x, y) in xs.zip(ys) {
        for lane in 0..LANES {
            accs[lane] = step(accs[lane], x[lane], y[lane]);
        }
    }
    for (lane, (&x, &y)) in x_rest.iter().zip(y_rest).enumerate() {
        accs[lane] = step(accs[lane], x, y);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            accs[lane] = merge(accs[lane], accs[lane + half], start);
        }
        half /= 2;
    }
    accs[0]
}

/// Calls `row` with the elements of each input along `axis`, scratch for two rows, and the place
/// of the result.
fn each_row<T: Smooth, const N: usize>(
    tiles: &dyn Tiles,
    inputs: [ArrayViewD<'_, T>; N],
    axis: usize,
    out: &mut [T],
    row: impl Fn([&[T]; N], [&mut [T::Float]; 2], &mut [T]) + Sync,
) {
    if out.is_empty() {
        return;
    }
    let last = inputs[0].ndim() - 1;
    let shape = inputs[0].shape().to_vec();
    if axis == last {
        return each_last_row(tiles, inputs, shape[last], out, row);
    }
    let mut axes: Vec<usize> = (0..=last).filter(|&other| other != axis).collect();
    axes.push(axis);
    let inputs = inputs.map(|x| x.permuted_axes(IxDyn(&axes)));
    let mut results = vec![T::default(); out.len()];
    let turned: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    each_last_row(tiles, inputs, shape[axis], &mut results, row);
    let results = ArrayViewD::from_shape(IxDyn(&turned), &results).expect("one for each element");
    let mut back: Vec<usize> = (0..last).collect();
    back.insert(axis, last);
    copy_to_slice(tiles, results.permuted_axes(IxDyn(&back)), out);
}

fn each_last_row<T: Smooth, const N: usize>(
    tiles: &dyn Tiles,
    inputs: [ArrayViewD<'_, T>; N],
    len: usize,
    out: &mut [T],
    row: impl Fn([&[T]; N], [&mut [T::Float]; 2], &mut [T]) + Sync,
) {
    let inputs = inputs.map(|x| flat(tiles, x));
    let n_rows = (GRAIN / len).max(1);
    let parts = out.chunks_mut(n_rows * len).collect();
    each_part(tiles, parts, |i, out: &mut [T]| {
        let mut scratch = vec![T::Float::default(); 2 * len];
        let (first, second) = scratch.split_at_mut(len);
        simd::run(
            #[inline(always)]
            || {
                for (j, out) in out.chunks_exact_mut(len).enumerate() {
                    let at = (i * n_rows + j) * len;
                    let rows = std::array::from_fn(|n| &inputs[n][at..at + len]);
                    row(rows, [&mut *first, &mut *second], out);
                }
            },
        );
    });
}

/// The elements in C order, copied where they do not lie so.
pub(super) fn flat<'a, T: Element>(tiles: &dyn Tiles, x: ArrayViewD<'a, T>) -> Cow<'a, [T]> {
    if let Some(elements) = x.to_slice() {
        return Cow::Borrowed(elements);
    }
    let mut elements = vec![T::default(); x.len()];
    copy_to_slice(tiles, x, &mut elements);
    Cow::Owned(elements)
}
