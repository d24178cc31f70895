//! Reductions over any axes, scans along one, and the positions of extremes.
//!
//! A reduction is a small type (`accumulations`, `moments`); one driver here walks the array in the
//! order in which it lies in memory. Long reductions are cut into parts by shape alone, and the
//! parts are merged pairwise, so the bits do not depend on who computes them and rounding errors
//! grow with the logarithm of the length.

mod accumulations;
mod element;
mod extreme;
mod geometry;
mod moments;
mod rows;
mod scan;

#[cfg(test)]
mod tests;

use ndarray::ArrayViewD;
use parking_lot::Mutex;

use super::program::BLOCK;
use super::{Tiles, lanes, simd};
use crate::dtype::Element;
use geometry::{Elements, Plan};

pub use accumulations::{All, Any, Average, Max, Min, Prod, Sum};
pub use element::{Mean, Ordered, Quotient, To, Total};
pub use extreme::{argmax, argmin};
pub use moments::{Moments, Spread};
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

    /// The accumulation of no elements.
    fn identity(&self) -> Self::Acc;
    /// `acc` and one more element.
    fn step(&self, acc: Self::Acc, x: T) -> Self::Acc;
    /// Two accumulations in one.
    fn merge(&self, a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The result.
    fn finish(&self, acc: Self::Acc) -> Self::Out;

    /// The accumulation of a block: neighbours in memory, at most [`BLOCK`].
    #[inline(always)]
    fn block(&self, x: &[T]) -> Self::Acc
    where
        T: Copy,
    {
        lanes::accumulate(
            x,
            self.identity(),
            #[inline(always)]
            |acc, x| self.step(acc, x),
            #[inline(always)]
            |a, b| self.merge(a, b),
        )
    }

    /// Adds `n` rows, each as long as `accs` and at most [`COLUMNS`] long, to the accumulations of
    /// their columns, which have all taken as many elements.
    #[inline(always)]
    fn add_rows<'a>(&self, n: usize, row: impl Fn(usize) -> &'a [T], accs: &mut [Self::Acc])
    where
        T: Copy + 'a,
    {
        add_rows(
            n,
            row,
            &NO_CONTEXTS[..accs.len()],
            accs,
            #[inline(always)]
            |(), acc, x| self.step(acc, x),
        );
    }
}

/// What the columns of most reductions need to know.
const NO_CONTEXTS: &[()] = &[(); COLUMNS];

/// Elements per tile, roughly: some 20 us of work, and of memory what fits a level 2 cache.
const CHUNK: usize = 64 << 10;
/// Columns that are accumulated together: they fit a level 1 cache.
const COLUMNS: usize = 1024;
/// Rows that a part of columns has at least.
const SHORTEST: usize = 64;
/// Joined rows that a part of columns has at least.
const SHORTEST_JOINED: usize = 8;

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
    if x.is_empty() {
        return out.fill(op.finish(op.identity()));
    }
    let items = Items::new(&plan);
    let group = Group {
        op,
        elements: plan.elements(&x),
        plan: &plan,
        items: &items,
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
            (4 * CHUNK / columns).max(SHORTEST)
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
}

impl<T: Element, R: Reduction<T>> Group<'_, T, R> {
    /// Accumulates the items of a tile, and gives them to `put` with their place in the tile.
    fn run(&self, tile: usize, put: &mut dyn FnMut(usize, &[R::Acc])) {
        let mut at = 0;
        let (mut accs, mut line) = (Vec::new(), Vec::new());
        for item in self.items.of_tile(tile) {
            let (output, width) = (self.items.output(item), self.items.width(item));
            let start = item % self.items.n_parts * self.items.part;
            let rows = start..self.plan.length().min(start + self.items.part);
            if self.items.row > 1 {
                self.columns(output, width, rows, &mut accs);
                put(at, &accs[..width]);
            } else {
                put(at, &[self.lane(output, rows, &mut line)]);
            }
            at += width;
        }
    }

    /// Accumulates the reduced elements `range` of one output; `line` is scratch memory.
    fn lane(&self, output: usize, range: std::ops::Range<usize>, line: &mut Vec<T>) -> R::Acc {
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
                    return block(self.op, self.elements.run(offset, n));
                }
                line.clear();
                line.extend((0..n as isize).map(|i| self.elements.at(offset + i * stride)));
                block(self.op, line)
            });
            acc = Some(acc.map_or(run, |acc| self.op.merge(acc, run)));
            at += n;
        }
        acc.unwrap_or_else(|| self.op.identity())
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
        // Short rows that follow each other in memory are taken several at a time, as one: so
        // that loops are long, and memory is read in long streams.
        let joined = match self.plan.is_dense_below(width) {
            true => power_of_four((COLUMNS / width).min(rows.len() / SHORTEST_JOINED)),
            false => 1,
        };
        accs.clear();
        accs.resize(width * joined, self.op.identity());
        let row = |at: usize, width: usize| {
            let offset = start + self.plan.reduced_offset(at);
            self.elements.run(offset, width)
        };
        let n_wide = rows.len() / joined;
        let rest = rows.start + n_wide * joined;
        simd::run(
            #[inline(always)]
            || {
                let wide = |i: usize| row(rows.start + i * joined, width * joined);
                self.op.add_rows(n_wide, wide, accs);
                merge_joined(self.op, width, accs);
                let accs = &mut accs[..width];
                self.op
                    .add_rows(rows.end - rest, |i| row(rest + i, width), accs);
            },
        );
    }
}

/// The greatest power of four that is not above `n`, or 1.
fn power_of_four(n: usize) -> usize {
    1 << (n.max(1).ilog2() / 2 * 2)
}

/// Merges a power of four of rows of accumulations into the first row.
#[inline(always)]
fn merge_joined<T, R: Reduction<T>>(op: &R, width: usize, accs: &mut [R::Acc]) {
    let mut len = accs.len();
    while len > width {
        len /= 4;
        let (a, others) = accs[..4 * len].split_at_mut(len);
        let (b, others) = others.split_at(len);
        let (c, d) = others.split_at(len);
        for (((a, &b), &c), &d) in a.iter_mut().zip(b).zip(c).zip(d) {
            *a = op.merge(op.merge(*a, b), op.merge(c, d));
        }
    }
}

/// Accumulates at most [`BLOCK`] elements.
#[inline(never)]
fn block<T: Copy, R: Reduction<T>>(op: &R, x: &[T]) -> R::Acc {
    simd::run(
        #[inline(always)]
        || op.block(x),
    )
}

/// Adds `n` rows to the accumulations of their columns, each of which has a context.
#[inline(always)]
fn add_rows<'a, T: Copy + 'a, C: Copy, A: Copy>(
    n: usize,
    row: impl Fn(usize) -> &'a [T],
    contexts: &[C],
    accs: &mut [A],
    step: impl Fn(C, A, T) -> A,
) {
    let whole = n / 4 * 4;
    for i in (0..whole).step_by(4) {
        let four = [0, 1, 2, 3].map(|j| row(i + j));
        add_few(four, contexts, accs, &step);
    }
    for i in whole..n {
        add_few([row(i)], contexts, accs, &step);
    }
}

#[inline(always)]
fn add_few<T: Copy, C: Copy, A: Copy, const N: usize>(
    rows: [&[T]; N],
    contexts: &[C],
    accs: &mut [A],
    step: impl Fn(C, A, T) -> A,
) {
    let n = accs.len();
    let (contexts, rows) = (&contexts[..n], rows.map(|row| &row[..n]));
    for j in 0..n {
        let mut acc = accs[j];
        for row in &rows {
            acc = step(contexts[j], acc, row[j]);
        }
        accs[j] = acc;
    }
}
