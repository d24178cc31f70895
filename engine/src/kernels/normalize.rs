//! Elements less a mean, in units of a standard deviation.

use ndarray::ArrayViewD;

use super::blocks::Cast;
use super::copy::copy_to_slice;
use super::lanes::{accumulate, map_accumulate};
use super::math::Real;
use super::parts::{each_chunk, each_part};
use super::softmax::{Smooth, flat, plus};
use super::{Tiles, simd};

/// Elements of a tile.
const GRAIN: usize = 1 << 15;

/// Rows that are normalised in one go, at most: they stay in a level 2 cache, and are short enough
/// to be added up in the precision of their elements.
pub const LONGEST_ROW: usize = 1 << 14;

/// Normalises rows, at most [`LONGEST_ROW`] long, to a variance of 1 (`eps` is added to it before);
/// writes the mean and variance that each row had. With a scale and a shift for each place in a
/// row, `parameters`, these are applied as well. The outputs are dense.
pub fn normalize_rows<T: Smooth>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    len: usize,
    eps: f64,
    parameters: Option<[ArrayViewD<'_, T>; 2]>,
    out: &mut [T],
    [means, variances]: [&mut [f64]; 2],
) {
    if out.is_empty() {
        return;
    }
    let x = flat(tiles, x);
    let parameters = parameters.map(|vectors| vectors.map(|vector| flat(tiles, vector)));
    let parameters = parameters
        .as_ref()
        .map(|vectors| vectors.each_ref().map(|x| &**x));
    let rows = (GRAIN / len).max(1);
    let parts = out
        .chunks_mut(rows * len)
        .zip(means.chunks_mut(rows).zip(variances.chunks_mut(rows)))
        .collect();
    each_part(
        tiles,
        parts,
        |i, (out, (means, variances)): (&mut [T], _)| {
            let mut scratch = vec![T::Float::default(); len];
            let from = &x[i * rows * len..][..out.len()];
            simd::run(
                #[inline(always)]
                || {
                    let places = from.chunks_exact(len).zip(out.chunks_exact_mut(len));
                    let figures = means.iter_mut().zip(&mut *variances);
                    for ((x, out), (mean, variance)) in places.zip(figures) {
                        (*mean, *variance) = row(x, eps, parameters, &mut scratch, out);
                    }
                },
            );
        },
    );
}

/// Normalises a row; returns the mean and variance that it had.
#[inline(always)]
fn row<T: Smooth>(
    x: &[T],
    eps: f64,
    parameters: Option<[&[T]; 2]>,
    scratch: &mut [T::Float],
    out: &mut [T],
) -> (f64, f64) {
    let n = T::Float::of(x.len() as f64);
    let total = map_accumulate(x, scratch, T::Float::ZERO, Cast::cast, plus);
    let mean = total / n;
    let squares = accumulate(
        scratch,
        T::Float::ZERO,
        #[inline(always)]
        |acc, x| (x - mean).mul_add(x - mean, acc),
        plus,
    );
    let variance = (squares / n).to_f64();
    let scale: T::Float = scale_of(variance, eps);
    match parameters {
        None => place(scratch, mean, scale, out),
        Some(parameters) => place_scaled(scratch, mean, scale, parameters, out),
    }
    (mean.to_f64(), variance)
}

#[inline(always)]
fn place<T: Smooth>(xs: &[T::Float], mean: T::Float, scale: T::Float, out: &mut [T]) {
    for (out, &x) in out.iter_mut().zip(xs) {
        *out = ((x - mean) * scale).cast();
    }
}

/// As [`place`], scaled and shifted by what belongs to each place; rounded after each step, as the
/// separate ops do.
#[inline(always)]
fn place_scaled<T: Smooth>(
    xs: &[T::Float],
    mean: T::Float,
    scale: T::Float,
    [gammas, betas]: [&[T]; 2],
    out: &mut [T],
) {
    let rounded = |x: T::Float| -> T::Float { Cast::<T>::cast(x).cast() };
    for (((out, &x), &gamma), &beta) in out.iter_mut().zip(xs).zip(gammas).zip(betas) {
        let y = rounded((x - mean) * scale);
        let (gamma, beta): (T::Float, T::Float) = (gamma.cast(), beta.cast());
        *out = (rounded(y * gamma) + beta).cast();
    }
}

/// Writes `(x - mean) * scale` to `out`, dense and of the shape of `x`. There is a mean and a
/// scale for each place of the axes at which `is_reduced` is false, in C order.
pub fn normalize<T: Smooth>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    is_reduced: &[bool],
    [means, scales]: [&[T::Float]; 2],
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    let places = Places::new(x.shape(), is_reduced);
    let rows = (GRAIN / places.len).max(1);
    let source = x.to_slice();
    if source.is_none() {
        copy_to_slice(tiles, x, out);
    }
    each_chunk(tiles, out, rows * places.len, |start, chunk| {
        if let Some(source) = source {
            chunk.copy_from_slice(&source[start..start + chunk.len()]);
        }
        simd::run(
            #[inline(always)]
            || {
                for (i, row) in chunk.chunks_exact_mut(places.len).enumerate() {
                    let at = places.of_row(start / places.len + i);
                    if places.is_reduced {
                        by_one(row, means[at], scales[at]);
                    } else {
                        let kept = at..at + places.len;
                        by_each(row, &means[kept.clone()], &scales[kept]);
                    }
                }
            },
        );
    });
}

#[inline(always)]
fn by_one<T: Smooth>(row: &mut [T], mean: T::Float, scale: T::Float) {
    for x in row {
        *x = ((Cast::<T::Float>::cast(*x) - mean) * scale).cast();
    }
}

#[inline(always)]
fn by_each<T: Smooth>(row: &mut [T], means: &[T::Float], scales: &[T::Float]) {
    for ((x, &mean), &scale) in row.iter_mut().zip(means).zip(scales) {
        *x = ((Cast::<T::Float>::cast(*x) - mean) * scale).cast();
    }
}

/// Which mean belongs to which row. A row is the last axes that are all reduced or all kept.
struct Places {
    /// Elements of a row, and whether its axes are reduced.
    len: usize,
    is_reduced: bool,
    /// The other axes from the last: their lengths, and their steps among the means.
    outer: Vec<(usize, usize)>,
}

impl Places {
    fn new(shape: &[usize], is_reduced: &[bool]) -> Places {
        let last = is_reduced.last().copied().unwrap_or(true);
        let n_inner = is_reduced
            .iter()
            .rev()
            .take_while(|&&mask| mask == last)
            .count();
        let (outer, inner) = shape.split_at(shape.len() - n_inner);
        let len: usize = inner.iter().product();
        let mut step = if last { 1 } else { len };
        let mut axes = Vec::new();
        for (&len, &mask) in outer.iter().zip(is_reduced).rev() {
            axes.push((len, if mask { 0 } else { step }));
            if !mask {
                step *= len;
            }
        }
        Places {
            len,
            is_reduced: last,
            outer: axes,
        }
    }

    fn of_row(&self, mut row: usize) -> usize {
        let mut at = 0;
        for &(len, step) in &self.outer {
            at += row % len * step;
            row /= len;
        }
        at
    }
}

/// What `x` is multiplied by to have a variance of 1.
pub fn scale_of<F: Real>(variance: f64, eps: f64) -> F {
    F::of(1.0 / (variance + eps).sqrt())
}
