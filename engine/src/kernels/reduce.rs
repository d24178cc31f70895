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
mod scan;

#[cfg(test)]
mod tests;

use ndarray::ArrayViewD;
use parking_lot::Mutex;

use super::{Tiles, simd};
use geometry::{Elements, Plan};

pub use accumulations::{All, Any, Average, Deviations, Max, Min, Prod, Sum};
pub use element::{Mean, Ordered, Quotient, To, Total};
pub use extreme::{argmax, argmin};
pub use scan::scan;

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
/// Elements that are accumulated in lanes before results are merged pairwise.
const BLOCK: usize = 2048;
/// Independent accumulations of one run of elements, in two sets.
const LANES: usize = 16;
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
    T: Copy + Sync,
    R: Reduction<T>,
{
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
        let mut n_parts = items.n_parts;
        while n_parts > 1 {
            let half = n_parts.div_ceil(2);
            let (low, high) = parts[..n_parts * width].split_at_mut(half * width);
            for (low, &mut high) in low.iter_mut().zip(high) {
                *low = op.merge(*low, high);
            }
            n_parts = half;
        }
        for (out, &acc) in outputs.iter_mut().zip(&*parts) {
            *out = op.finish(acc);
        }
        (rest, out) = (others, other_outputs);
        item += items.n_parts;
    }
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

impl<T: Copy + Sync, R: Reduction<T>> Group<'_, T, R> {
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
            let run = if stride == 1 {
                self.pairwise(context, self.elements.run(offset, n))
            } else {
                self.strided(context, offset, n, stride)
            };
            acc = Some(acc.map_or(run, |acc| self.op.merge(acc, run)));
            at += n;
        }
        acc.unwrap_or_else(|| self.op.identity())
    }

    /// Accumulates a run of elements, in blocks that are merged pairwise.
    fn pairwise(&self, context: R::Context, x: &[T]) -> R::Acc {
        if x.len() <= BLOCK {
            let op = self.op;
            return simd::run(
                #[inline(always)]
                || block(op, context, x),
            );
        }
        let half = (x.len() / 2).next_multiple_of(BLOCK);
        let (a, b) = x.split_at(half.min(x.len() - 1));
        self.op
            .merge(self.pairwise(context, a), self.pairwise(context, b))
    }

    /// As [`Group::pairwise`], for elements that lie `stride` apart.
    fn strided(&self, context: R::Context, offset: isize, n: usize, stride: isize) -> R::Acc {
        if n > BLOCK {
            let half = n / 2;
            let other = offset + half as isize * stride;
            return self.op.merge(
                self.strided(context, offset, half, stride),
                self.strided(context, other, n - half, stride),
            );
        }
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
#[inline(always)]
fn block<T: Copy, R: Reduction<T>>(op: &R, context: R::Context, x: &[T]) -> R::Acc {
    let mut sums = [op.identity(); LANES];
    let whole = x.len() / (2 * LANES) * 2 * LANES;
    let (body, rest) = x.split_at(whole);
    if whole > 0 {
        let mut others = sums;
        for pair in body.chunks_exact(2 * LANES) {
            let (first, second) = pair.split_at(LANES);
            sums = step_lanes(op, context, sums, first);
            others = step_lanes(op, context, others, second);
        }
        for lane in 0..LANES {
            sums[lane] = op.merge(sums[lane], others[lane]);
        }
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                sums[lane] = op.merge(sums[lane], sums[lane + half]);
            }
            half /= 2;
        }
    }
    rest.iter()
        .fold(sums[0], |acc, &x| op.step(context, acc, x))
}

#[inline(always)]
fn step_lanes<T: Copy, R: Reduction<T>>(
    op: &R,
    context: R::Context,
    accs: [R::Acc; LANES],
    x: &[T],
) -> [R::Acc; LANES] {
    let x = &x[..LANES];
    let mut next = accs;
    for lane in 0..LANES {
        next[lane] = op.step(context, accs[lane], x[lane]);
    }
    next
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
