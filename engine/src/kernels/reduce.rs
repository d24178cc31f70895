//! Reductions over any axes, scans along one, and the positions of extremes.
//!
//! A reduction is a small type (`accumulations`); one driver here walks the array in the order in
//! which it lies in memory. Long reductions are cut into parts by shape alone, and the parts are
//! merged pairwise, so the bits do not depend on who computes them and rounding errors grow with
//! the logarithm of the length.

mod accumulations;
mod element;
mod extreme;
mod geometry;
mod rows;
mod scan;

#[cfg(test)]
mod tests;

use ndarray::ArrayViewD;
use parking_lot::Mutex;

use super::program::BLOCK;
use super::{Tiles, simd};
use crate::dtype::Element;
use geometry::{Elements, Plan};

pub use accumulations::{All, Any, Average, Deviations, Max, Min, Prod, Sum};
pub use element::{Mean, Ordered, Quotient, To, Total};
pub use extreme::{argmax, argmin};
pub use rows::{Blocks, Make, Rows, reduce_rows};
pub use scan::{recurrence, scan};

/// How elements of type `T` become one.
///
/// `step` and `merge` may be called in any order and grouping; `identity` changes nothing.
pub trait Reduction<T>: Sync {
    /// What is accumulated.
    type Acc: Copy + Send + Sync;
    /// What comes out.
    type Out: Copy + Send;
    /// What a step knows about the output that it adds to.
    type Context: Copy + Sync;

    /// The contexts of `n` outputs.
    fn contexts(&self, n: usize) -> &[Self::Context];
    /// The accumulation of no elements.
    fn identity(&self) -> Self::Acc;
    /// `acc` and one more element.
    fn step(&self, context: Self::Context, acc: Self::Acc, x: T) -> Self::Acc;
    /// Two accumulations in one.
    fn merge(&self, a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The result.
    fn finish(&self, acc: Self::Acc) -> Self::Out;
}

/// Elements per tile, roughly: some 20 us of work, and of memory what fits a level 2 cache.
const CHUNK: usize = 64 << 10;
/// Most independent accumulations of one run of elements, and bytes of them: a run of additions
/// waits for none of its own, and fits the registers.
const MOST_LANES: usize = 32;
const LANE_BYTES: usize = 256;
/// Columns that are accumulated together: they fit a level 1 cache.
const COLUMNS: usize = 1024;
/// Columns that several rows are joined to, where rows are shorter.
const WIDE: usize = 64;

/// Reduces the axes of `x` at which `is_reduced` into `out`, which has the kept axes in C order.
///
/// # Panics
/// If `out` or `is_reduced` has another length than the kept elements or the axes of `x`.
pub fn reduce<T, R>(
    tiles: &dyn Tiles,
    op: &R,
    x: ArrayViewD<'_, T>,
    is_reduced: &[bool],
    out: &mut [R::Out],
) where
    T: Element,
    R: Reduction<T>,
{
    if is_reduced.is_sorted()
        && let Some(elements) = x.to_slice()
        && !elements.is_empty()
    {
        let len = elements.len() / out.len().max(1);
        return reduce_rows(tiles, op, Rows::Slice(elements), len, out);
    }
    let plan = Plan::new(&x, is_reduced);
    assert_eq!(plan.n_outputs(), out.len(), "length of the output");
    let contexts = &op.contexts(out.len())[..out.len()];
    if x.is_empty() {
        return out.fill(op.finish(op.identity()));
    }
    let items = Items::new(&plan);
    let group = Group {
        op,
        elements: plan.elements(&x),
        plan: &plan,
        items: &items,
        contexts,
    };
    if items.n_parts == 1 {
        let outputs = items.shares(out);
        tiles.run(outputs.len(), &|tile| {
            let outputs = &mut *outputs[tile].lock();
            group.run(tile, &mut |at, accs| {
                for (out, &acc) in outputs[at..].iter_mut().zip(accs) {
                    *out = op.finish(acc);
                }
            });
        });
    } else {
        let mut partials = vec![op.identity(); out.len() * items.n_parts];
        let shares = items.shares(&mut partials);
        tiles.run(shares.len(), &|tile| {
            let partials = &mut *shares[tile].lock();
            group.run(tile, &mut |at, accs| {
                partials[at..at + accs.len()].copy_from_slice(accs);
            });
        });
        drop(shares);
        merge_parts(op, &items, &mut partials, out);
    }
}

/// Merges the parts of each output, pairwise.
fn merge_parts<T, R: Reduction<T>>(
    op: &R,
    items: &Items,
    partials: &mut [R::Acc],
    mut out: &mut [R::Out],
) {
    let mut rest = partials;
    let mut item = 0;
    while !out.is_empty() {
        let width = items.width(item);
        let (parts, others) = rest.split_at_mut(width * items.n_parts);
        let (outputs, other_outputs) = out.split_at_mut(width);
        merge_pairwise(op, parts, width);
        for (out, &acc) in outputs.iter_mut().zip(&*parts) {
            *out = op.finish(acc);
        }
        (rest, out) = (others, other_outputs);
        item += items.n_parts;
    }
}

/// Merges parts of `width` accumulations each into the first one, pairwise.
fn merge_pairwise<T, R: Reduction<T>>(op: &R, parts: &mut [R::Acc], width: usize) {
    let mut n_parts = parts.len() / width;
    while n_parts > 1 {
        let half = n_parts.div_ceil(2);
        let (low, high) = parts[..n_parts * width].split_at_mut(half * width);
        for (low, &mut high) in low.iter_mut().zip(high) {
            *low = op.merge(*low, high);
        }
        n_parts = half;
    }
}

/// Accumulates `n` elements from `at` on in blocks, which `block` reads in order, and merges these
/// pairwise.
fn pairwise<A>(
    at: usize,
    n: usize,
    merge: &impl Fn(A, A) -> A,
    block: &mut impl FnMut(usize, usize) -> A,
) -> A {
    if n <= BLOCK {
        return block(at, n);
    }
    let half = (n / 2).next_multiple_of(BLOCK);
    let first = pairwise(at, half, merge, block);
    merge(first, pairwise(at + half, n - half, merge, block))
}

/// How a reduction is cut. An item is one part of the reduced elements of neighbouring outputs; it
/// is counted by output first, then by part.
struct Items {
    /// Outputs per row of outputs: those that lie one after the other in memory, or 1.
    row: usize,
    /// Outputs of one item, but for the last of a row.
    columns: usize,
    /// Parts that the reduced elements of an output are cut into.
    n_parts: usize,
    /// Reduced elements in a part.
    part: usize,
    n_items: usize,
    items_per_tile: usize,
}

impl Items {
    fn new(plan: &Plan) -> Items {
        let row = if plan.is_by_rows() { plan.width() } else { 1 };
        let columns = row.min(COLUMNS);
        let length = plan.length();
        // Rows are cut into longer parts, as each part costs a row of accumulations.
        let wanted = if row > 1 {
            (4 * CHUNK / columns).max(WIDE)
        } else {
            CHUNK
        };
        let part = if length > 2 * wanted { wanted } else { length };
        let n_parts = length.div_ceil(part);
        Items {
            row,
            columns,
            n_parts,
            part,
            n_items: plan.n_outputs() / row * row.div_ceil(columns) * n_parts,
            items_per_tile: (CHUNK / (columns * part)).max(1),
        }
    }

    /// The first output of an item.
    fn output(&self, item: usize) -> usize {
        let per_row = self.row.div_ceil(self.columns);
        let at = item / self.n_parts;
        at / per_row * self.row + at % per_row * self.columns
    }

    /// The number of outputs of an item.
    fn width(&self, item: usize) -> usize {
        self.columns.min(self.row - self.output(item) % self.row)
    }

    /// The items of a tile.
    fn of_tile(&self, tile: usize) -> std::ops::Range<usize> {
        let start = tile * self.items_per_tile;
        start..self.n_items.min(start + self.items_per_tile)
    }

    /// `slots`, which has one slot for each output of each item, by tile. Each lock is taken once.
    fn shares<'a, S>(&self, mut slots: &'a mut [S]) -> Vec<Mutex<&'a mut [S]>> {
        let n_tiles = self.n_items.div_ceil(self.items_per_tile);
        let share = |tile| {
            let len = self.of_tile(tile).map(|item| self.width(item)).sum();
            let (share, rest) = std::mem::take(&mut slots).split_at_mut(len);
            slots = rest;
            Mutex::new(share)
        };
        (0..n_tiles).map(share).collect()
    }
}

/// What the tiles of a reduction share.
struct Group<'a, T, R: Reduction<T>> {
    op: &'a R,
    elements: Elements<'a, T>,
    plan: &'a Plan,
    items: &'a Items,
    contexts: &'a [R::Context],
}

impl<T: Element, R: Reduction<T>> Group<'_, T, R> {
    /// Accumulates the items of a tile, and gives them to `put` with their place in the tile.
    fn run(&self, tile: usize, put: &mut dyn FnMut(usize, &[R::Acc])) {
        let mut at = 0;
        let mut accs = Vec::new();
        for item in self.items.of_tile(tile) {
            let (output, width) = (self.items.output(item), self.items.width(item));
            let start = item % self.items.n_parts * self.items.part;
            let rows = start..self.plan.length().min(start + self.items.part);
            if self.items.row > 1 {
                self.columns(output, width, rows, &mut accs);
                put(at, &accs[..width]);
            } else {
                put(at, &[self.lane(output, rows)]);
            }
            at += width;
        }
    }

    /// Accumulates the reduced elements `range` of one output.
    fn lane(&self, output: usize, range: std::ops::Range<usize>) -> R::Acc {
        let context = self.contexts[output];
        let start = self.plan.output_offset(output);
        let (len, stride) = self.plan.inner();
        let mut acc = None;
        let mut at = range.start;
        while at < range.end {
            let n = (len - at % len).min(range.end - at);
            let offset = start + self.plan.reduced_offset(at);
            let run = pairwise(0, n, &|a, b| self.op.merge(a, b), &mut |at, n| {
                let offset = offset + at as isize * stride;
                if stride == 1 {
                    block(self.op, context, self.elements.run(offset, n))
                } else {
                    self.strided(context, offset, n, stride)
                }
            });
            acc = Some(acc.map_or(run, |acc| self.op.merge(acc, run)));
            at += n;
        }
        acc.unwrap_or_else(|| self.op.identity())
    }

    /// Accumulates a block of elements that lie `stride` apart.
    fn strided(&self, context: R::Context, offset: isize, n: usize, stride: isize) -> R::Acc {
        let at = |i: usize| self.elements.at(offset + i as isize * stride);
        let mut accs = [self.op.identity(); 4];
        let whole = n / 4 * 4;
        for i in (0..whole).step_by(4) {
            for (lane, acc) in accs.iter_mut().enumerate() {
                *acc = self.op.step(context, *acc, at(i + lane));
            }
        }
        for i in whole..n {
            accs[0] = self.op.step(context, accs[0], at(i));
        }
        let [a, b, c, d] = accs;
        self.op.merge(self.op.merge(a, b), self.op.merge(c, d))
    }

    /// Accumulates `rows` of neighbouring outputs.
    fn columns(
        &self,
        output: usize,
        width: usize,
        rows: std::ops::Range<usize>,
        accs: &mut Vec<R::Acc>,
    ) {
        let start = self.plan.output_offset(output);
        let contexts = &self.contexts[output..output + width];
        // Short rows that follow each other in memory are taken several at a time, as one.
        let joined = match self.plan.is_dense_below(width) {
            true => (WIDE / width).max(1),
            false => 1,
        };
        let wide = width * joined;
        let contexts = contexts.repeat(joined);
        accs.clear();
        accs.resize(wide, self.op.identity());
        let op = self.op;
        let row = |at: usize, width: usize| {
            let offset = start + self.plan.reduced_offset(at);
            self.elements.run(offset, width)
        };
        simd::run(
            #[inline(always)]
            || {
                let mut at = rows.start;
                while at + 4 * joined <= rows.end {
                    let four = [0, 1, 2, 3].map(|i| row(at + i * joined, wide));
                    add_rows(op, &contexts, accs, four);
                    at += 4 * joined;
                }
                while at < rows.end {
                    add_rows(op, &contexts[..width], &mut accs[..width], [row(at, width)]);
                    at += 1;
                }
                for i in 1..joined {
                    for j in 0..width {
                        accs[j] = op.merge(accs[j], accs[i * width + j]);
                    }
                }
            },
        );
    }
}

/// Accumulates at most [`BLOCK`] elements.
#[inline(never)]
fn block<T: Copy, R: Reduction<T>>(op: &R, context: R::Context, x: &[T]) -> R::Acc {
    simd::run(
        #[inline(always)]
        || in_lanes(op, context, x),
    )
}

#[inline(always)]
fn in_lanes<T: Copy, R: Reduction<T>>(op: &R, context: R::Context, x: &[T]) -> R::Acc {
    let lanes = (LANE_BYTES / size_of::<R::Acc>().max(1)).clamp(1, MOST_LANES);
    if x.len() < lanes {
        let start = op.identity();
        return x.iter().fold(start, |acc, &x| op.step(context, acc, x));
    }
    let mut accs = [op.identity(); MOST_LANES];
    let chunks = x.chunks_exact(lanes);
    let rest = chunks.remainder();
    for chunk in chunks {
        for lane in 0..lanes {
            accs[lane] = op.step(context, accs[lane], chunk[lane]);
        }
    }
    for (acc, &x) in accs.iter_mut().zip(rest) {
        *acc = op.step(context, *acc, x);
    }
    let mut half = lanes / 2;
    while half > 0 {
        for lane in 0..half {
            accs[lane] = op.merge(accs[lane], accs[lane + half]);
        }
        half /= 2;
    }
    accs[0]
}

/// Adds rows to the accumulations of their columns.
#[inline(always)]
fn add_rows<T: Copy, R: Reduction<T>, const N: usize>(
    op: &R,
    contexts: &[R::Context],
    accs: &mut [R::Acc],
    rows: [&[T]; N],
) {
    let n = accs.len();
    let (contexts, rows) = (&contexts[..n], rows.map(|row| &row[..n]));
    for j in 0..n {
        let mut acc = accs[j];
        for row in &rows {
            acc = op.step(contexts[j], acc, row[j]);
        }
        accs[j] = acc;
    }
}
