//! Softmax, its logarithm and their gradients, row by row, or strips of columns where the axis is not
//! the last: what is read once stays in a cache. Half precision is computed in `f32`.

use std::borrow::Cow;

use half::{bf16, f16};
use ndarray::ArrayViewD;

use super::blocks::Cast;
use super::copy::copy_to_slice;
use super::lanes::{accumulate, accumulate_pairs, map_accumulate};
use super::math::Real;
use super::parts::{each_chunk, each_part};
use super::{Tiles, simd};
use crate::dtype::Element;

/// Elements of a tile.
const GRAIN: usize = 1 << 15;
/// Elements of a strip of columns, roughly: they fit a level 2 cache.
const STRIP: usize = 1 << 18;
/// The least and the greatest width of a strip.
const WIDTHS: (usize, usize) = (16, 128);

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
    each_slab(
        tiles,
        [x],
        axis,
        out,
        #[inline(always)]
        |[x], scratch, out| match form {
            Form::Plain => plain_row(x, scale, scratch, out),
            Form::Log => log_row(x, scale, scratch, out),
        },
        #[inline(always)]
        |strip, [x], scratch, out| columns(strip, form, x, scale, scratch, out),
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
    each_slab(
        tiles,
        [y, g],
        axis,
        out,
        #[inline(always)]
        |[y, g], scratch, out| match form {
            Form::Plain => plain_gradient(y, g, scale, scratch, out),
            Form::Log => log_gradient(y, g, scale, scratch, out),
        },
        #[inline(always)]
        |strip, [y, g], _, out| gradient_columns(strip, form, y, g, scale, out),
    );
}

/// Scratch memory of two rows.
type Scratch<'a, F> = [&'a mut [F]; 2];

#[inline(always)]
fn plain_row<T: Smooth>(x: &[T], scale: T::Float, [xs, es]: Scratch<'_, T::Float>, out: &mut [T]) {
    let greatest = scaled_greatest(x, scale, xs);
    let total = total_of_exps(xs, greatest, es);
    let inverse = T::Float::ONE / total;
    for (out, &e) in out.iter_mut().zip(&*es) {
        *out = (e * inverse).cast();
    }
}

#[inline(always)]
fn log_row<T: Smooth>(x: &[T], scale: T::Float, [xs, es]: Scratch<'_, T::Float>, out: &mut [T]) {
    let greatest = scaled_greatest(x, scale, xs);
    let total = total_of_exps(xs, greatest, es);
    let shift = greatest + total.log();
    for (out, &x) in out.iter_mut().zip(&*xs) {
        *out = (x - shift).cast();
    }
}

/// Writes `exp(x - greatest)` to `es`, and returns the sum of them.
#[inline(always)]
fn total_of_exps<F: Real>(xs: &[F], greatest: F, es: &mut [F]) -> F {
    map_accumulate(
        xs,
        es,
        F::ZERO,
        #[inline(always)]
        |x| (x - greatest).exp_of_negative(),
        plus,
    )
}

/// Writes `x * scale` to `xs`, and returns the greatest of them.
#[inline(always)]
fn scaled_greatest<T: Smooth>(x: &[T], scale: T::Float, xs: &mut [T::Float]) -> T::Float {
    map_accumulate(
        x,
        xs,
        T::Float::of(f64::NEG_INFINITY),
        #[inline(always)]
        |x| Cast::<T::Float>::cast(x) * scale,
        greater,
    )
}

#[inline(always)]
fn plain_gradient<T: Smooth>(
    y: &[T],
    g: &[T],
    scale: T::Float,
    [ys, gs]: Scratch<'_, T::Float>,
    out: &mut [T],
) {
    load(y, ys);
    load(g, gs);
    let total = accumulate_pairs(
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
    [ys, gs]: Scratch<'_, T::Float>,
    out: &mut [T],
) {
    load(y, ys);
    load(g, gs);
    let total = accumulate(gs, T::Float::ZERO, plus, plus);
    for ((out, &y), &g) in out.iter_mut().zip(&*ys).zip(&*gs) {
        *out = ((g - y.exp() * total) * scale).cast();
    }
}

/// Where a strip of columns lies: its first element, the elements of a row of it, and the distance
/// from row to row.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    width: usize,
    stride: usize,
    len: usize,
}

impl Strip {
    /// The elements of each row among `x`.
    #[inline(always)]
    fn rows<T>(self, x: &[T]) -> impl Iterator<Item = &[T]> {
        (0..self.len).map(move |row| &x[self.first + row * self.stride..][..self.width])
    }
}

/// Softmax of each column of a strip.
#[inline(always)]
fn columns<T: Smooth>(
    strip: Strip,
    form: Form,
    x: &[T],
    scale: T::Float,
    scratch: &mut [T::Float],
    out: &mut Columns<'_, T>,
) {
    let width = strip.width;
    let (xs, figures) = scratch.split_at_mut(width * strip.len);
    let (greatest, totals) = figures.split_at_mut(width);
    let totals = &mut totals[..width];
    greatest.fill(T::Float::of(f64::NEG_INFINITY));
    totals.fill(T::Float::ZERO);
    for (x, xs) in strip.rows(x).zip(xs.chunks_exact_mut(width)) {
        scale_row(x, scale, xs, greatest);
    }
    for xs in xs.chunks_exact_mut(width) {
        match form {
            Form::Plain => exp_row(xs, greatest, totals),
            Form::Log => add_exp_row(xs, greatest, totals),
        }
    }
    for (total, &greatest) in totals.iter_mut().zip(&*greatest) {
        *total = match form {
            Form::Plain => T::Float::ONE / *total,
            Form::Log => greatest + total.log(),
        };
    }
    for (row, xs) in xs.chunks_exact(width).enumerate() {
        let out = out.row(row);
        match form {
            Form::Plain => combine(
                xs,
                totals,
                out,
                #[inline(always)]
                |x, total| x * total,
            ),
            Form::Log => combine(
                xs,
                totals,
                out,
                #[inline(always)]
                |x, total| x - total,
            ),
        }
    }
}

#[inline(always)]
fn scale_row<T: Smooth>(x: &[T], scale: T::Float, xs: &mut [T::Float], greatest: &mut [T::Float]) {
    for ((&x, xs), greatest) in x.iter().zip(xs).zip(greatest) {
        *xs = Cast::<T::Float>::cast(x) * scale;
        *greatest = greater(*greatest, *xs);
    }
}

#[inline(always)]
fn exp_row<F: Real>(xs: &mut [F], greatest: &[F], totals: &mut [F]) {
    for ((x, &greatest), total) in xs.iter_mut().zip(greatest).zip(totals) {
        *x = (*x - greatest).exp_of_negative();
        *total = *total + *x;
    }
}

#[inline(always)]
fn add_exp_row<F: Real>(xs: &[F], greatest: &[F], totals: &mut [F]) {
    for ((&x, &greatest), total) in xs.iter().zip(greatest).zip(totals) {
        *total = *total + (x - greatest).exp_of_negative();
    }
}

#[inline(always)]
fn combine<T: Smooth>(
    xs: &[T::Float],
    totals: &[T::Float],
    out: &mut [T],
    f: impl Fn(T::Float, T::Float) -> T::Float,
) {
    for ((out, &x), &total) in out.iter_mut().zip(xs).zip(totals) {
        *out = f(x, total).cast();
    }
}

/// The gradient of each column of a strip.
#[inline(always)]
fn gradient_columns<T: Smooth>(
    strip: Strip,
    form: Form,
    y: &[T],
    g: &[T],
    scale: T::Float,
    out: &mut Columns<'_, T>,
) {
    let mut totals = [T::Float::ZERO; WIDTHS.1];
    let totals = &mut totals[..strip.width];
    for (y, g) in strip.rows(y).zip(strip.rows(g)) {
        match form {
            Form::Plain => add_products(y, g, totals),
            Form::Log => add_row(g, totals),
        }
    }
    for (row, (y, g)) in strip.rows(y).zip(strip.rows(g)).enumerate() {
        let out = out.row(row);
        let places = out.iter_mut().zip(y).zip(g).zip(&*totals);
        for (((out, &y), &g), &total) in places {
            let (y, g): (T::Float, T::Float) = (y.cast(), g.cast());
            *out = match form {
                Form::Plain => (g - total) * y * scale,
                Form::Log => (g - y.exp() * total) * scale,
            }
            .cast();
        }
    }
}

#[inline(always)]
fn add_products<T: Smooth>(y: &[T], g: &[T], totals: &mut [T::Float]) {
    for ((&y, &g), total) in y.iter().zip(g).zip(totals) {
        *total = Cast::<T::Float>::cast(y).mul_add(g.cast(), *total);
    }
}

#[inline(always)]
fn add_row<T: Smooth>(g: &[T], totals: &mut [T::Float]) {
    for (&g, total) in g.iter().zip(totals) {
        *total = *total + g.cast();
    }
}

#[inline(always)]
fn load<T: Smooth>(from: &[T], to: &mut [T::Float]) {
    for (to, &x) in to.iter_mut().zip(from) {
        *to = x.cast();
    }
}

#[inline(always)]
pub(super) fn plus<F: Real>(a: F, b: F) -> F {
    a + b
}

#[inline(always)]
fn greater<F: Real>(a: F, b: F) -> F {
    if b > a { b } else { a }
}

/// The places of a strip's results, row by row.
struct Columns<'a, T> {
    rows: Vec<&'a mut [T]>,
}

impl<T> Columns<'_, T> {
    #[inline(always)]
    fn row(&mut self, row: usize) -> &mut [T] {
        self.rows[row]
    }
}

/// Calls `row` with the elements of each input along the last axis, scratch for two rows, and the
/// place of the result; or where `axis` is another, `column` with strips of columns.
fn each_slab<T: Smooth, const N: usize>(
    tiles: &dyn Tiles,
    inputs: [ArrayViewD<'_, T>; N],
    axis: usize,
    out: &mut [T],
    row: impl Fn([&[T]; N], Scratch<'_, T::Float>, &mut [T]) + Sync,
    column: impl Fn(Strip, [&[T]; N], &mut [T::Float], &mut Columns<'_, T>) + Sync,
) {
    if out.is_empty() {
        return;
    }
    let (len, stride) = {
        let (outer, inner) = inputs[0].shape().split_at(axis + 1);
        (outer[axis], inner.iter().product())
    };
    let inputs = inputs.map(|x| flat(tiles, x));
    let inputs = std::array::from_fn(|n| &*inputs[n]);
    if stride == 1 {
        each_row(tiles, inputs, len, out, row);
    } else {
        each_strip(tiles, inputs, (len, stride), out, column);
    }
}

fn each_row<T: Smooth, const N: usize>(
    tiles: &dyn Tiles,
    inputs: [&[T]; N],
    len: usize,
    out: &mut [T],
    row: impl Fn([&[T]; N], Scratch<'_, T::Float>, &mut [T]) + Sync,
) {
    let n_rows = (GRAIN / len).max(1);
    each_chunk(tiles, out, n_rows * len, |start, out| {
        let mut scratch = vec![T::Float::default(); 2 * len];
        let (first, second) = scratch.split_at_mut(len);
        simd::run(
            #[inline(always)]
            || {
                for (i, out) in out.chunks_exact_mut(len).enumerate() {
                    let at = start + i * len;
                    let rows = inputs.map(|input| &input[at..at + len]);
                    row(rows, [&mut *first, &mut *second], out);
                }
            },
        );
    });
}

/// Strips of columns of slabs that have `len` rows of `stride` elements.
fn each_strip<T: Smooth, const N: usize>(
    tiles: &dyn Tiles,
    inputs: [&[T]; N],
    (len, stride): (usize, usize),
    out: &mut [T],
    column: impl Fn(Strip, [&[T]; N], &mut [T::Float], &mut Columns<'_, T>) + Sync,
) {
    let width = (STRIP / len).clamp(WIDTHS.0, WIDTHS.1).min(stride);
    let mut parts = Vec::new();
    for (slab, out) in out.chunks_exact_mut(len * stride).enumerate() {
        let first_part = parts.len();
        for (row, out) in out.chunks_exact_mut(stride).enumerate() {
            for (i, out) in out.chunks_mut(width).enumerate() {
                if row == 0 {
                    let strip = Strip {
                        first: slab * len * stride + i * width,
                        width: out.len(),
                        stride,
                        len,
                    };
                    let rows = Vec::with_capacity(len);
                    parts.push((strip, Columns { rows }));
                }
                parts[first_part + i].1.rows.push(out);
            }
        }
    }
    each_part(tiles, parts, |_, (strip, mut out)| {
        let mut scratch = vec![T::Float::default(); (len + 2) * strip.width];
        simd::run(
            #[inline(always)]
            || column(strip, inputs, &mut scratch, &mut out),
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
