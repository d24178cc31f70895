//! Products of matrices, alone or in batches, for every dtype.
//!
//! A product is cut into tiles of its result, each over the whole inner axis; one with a small
//! result and a long inner axis is cut along that axis instead, and its partial results are added
//! in order. Both cuts depend on the shapes alone, so the bits do not depend on who computes them.
//! Matrices of floats are cut by `blocked`, which shares what it packs among the tiles.

#![expect(unsafe_code, reason = "finished parts of the result are given away")]

mod batch;
mod blocked;
mod complex;
mod float;
mod half_precision;
mod integer;
mod lanes;
mod pack;
mod register;
mod vector;

#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use parking_lot::Mutex;

use super::Tiles;
use super::finish::Then;
use crate::dtype::Element;

pub use batch::batch_matmul;

/// A dtype that has a matrix product.
pub trait Product: Element {
    /// `c = a b` for matrices without an empty axis, then `then`. Callers use [`matmul`].
    fn product(
        tiles: &dyn Tiles,
        a: ArrayView2<'_, Self>,
        b: ArrayView2<'_, Self>,
        c: ArrayViewMut2<'_, Self>,
        then: Then<'_>,
    );
}

/// `c = a b`, for `a` and `b` of any strides, `c` of any without overlap; `then` is told of the parts
/// of `c` as they are finished.
///
/// Integers wrap around; for bools "times" is "and", "plus" is "or".
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul<T: Product>(
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
    then: Then<'_>,
) {
    assert!(
        a.ncols() == b.nrows() && c.dim() == (a.nrows(), b.ncols()),
        "matrices of shapes {:?}, {:?}, {:?} do not fit",
        a.dim(),
        b.dim(),
        c.dim()
    );
    if c.is_empty() {
        return;
    }
    if a.ncols() == 0 {
        c.fill(T::default());
        // SAFETY: `c` is written, exclusively borrowed, and not accessed any more.
        return unsafe { then.whole(tiles, c.dim()) };
    }
    T::product(tiles, a, b, c, then);
}

/// A dtype whose products are cut into tiles.
trait Cell: Product {
    /// Cost of one multiplication and addition, in those of a float.
    const COST: usize;

    /// `c = a b` on the calling thread.
    fn tile(a: ArrayView2<'_, Self>, b: ArrayView2<'_, Self>, c: ArrayViewMut2<'_, Self>);

    /// The sum of two elements.
    fn plus(self, other: Self) -> Self;
}

/// Work that is worth a tile of its own, about 20 us of it, in float operations as counted by
/// [`work`].
const TILE_WORK: usize = 2 << 20;
/// Longest edge of a tile of an expensive product: its operands are packed at little cost beside
/// its arithmetic, and stay in a level 2 cache.
const TILE_EDGE: usize = 512;
/// Tiles that even a small product is cut into, so that a few workers share it.
const FEW_TILES: usize = 4;
/// Most partial results of a product that is cut along its inner axis.
const MAX_PARTS: usize = 8;
/// Edges of tiles are multiples of this many elements, so that no two tiles write one cache line.
const EDGE_STEP: usize = 16;

/// Arithmetic of a product and the memory it touches, in float operations.
pub fn work(m: usize, n: usize, k: usize) -> usize {
    let arithmetic = (2 * m).saturating_mul(n).saturating_mul(k);
    arithmetic.saturating_add(8 * (m * k + k * n + m * n))
}

/// `c = a b`, cut into tiles.
fn cut<T: Cell>(
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    c: ArrayViewMut2<'_, T>,
    then: Then<'_>,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let is_whole = T::COST * work(m, n, k) < 2 * TILE_WORK;
    let parts = if is_whole {
        1
    } else {
        inner_parts::<T>(m, n, k)
    };
    if is_whole || parts > 1 {
        match is_whole {
            true => T::tile(a, b, c),
            false => cut_inner(tiles, parts, a, b, c),
        }
        // SAFETY: `c` was exclusively borrowed, is written, and not accessed any more.
        return unsafe { then.whole(tiles, (m, n)) };
    }
    let (rows, cols) = grid::<T>(m, n, k);
    let (height, width) = (edge(m, rows), edge(n, cols));
    let pieces = pieces(c, height, width);
    tiles.run(pieces.len(), &|i| {
        let piece = &mut *pieces[i].lock();
        let (row, col) = (piece.row, piece.col);
        let (rows, cols) = (row..row + piece.c.nrows(), col..col + piece.c.ncols());
        let (a, b) = (a.slice(s![rows.clone(), ..]), b.slice(s![.., cols.clone()]));
        T::tile(a, b, piece.c.view_mut());
        // SAFETY: this piece of `c`, which is exclusively borrowed, is written by this tile alone.
        unsafe { then.part(rows, cols) };
    });
}

/// Into how many parts each axis of the result is cut.
fn grid<T: Cell>(m: usize, n: usize, k: usize) -> (usize, usize) {
    let (mut rows, mut cols) = (1, 1);
    loop {
        let (height, width) = (m / rows, n / cols);
        let is_worth = T::COST * work(height, width, k) >= 2 * TILE_WORK;
        let is_wanted = rows * cols < FEW_TILES || height.max(width) > TILE_EDGE;
        if !is_worth || !is_wanted || height.max(width) < 2 * EDGE_STEP {
            return (rows, cols);
        }
        if height > width {
            rows *= 2;
        } else {
            cols *= 2;
        }
    }
}

/// The edge of tiles that cut an axis into `parts`.
fn edge(len: usize, parts: usize) -> usize {
    match parts {
        1 => len,
        _ => len.div_ceil(parts).next_multiple_of(EDGE_STEP),
    }
}

/// A tile of a result, and where it starts.
struct Piece<'a, T> {
    row: usize,
    col: usize,
    c: ArrayViewMut2<'a, T>,
}

/// The tiles of `c`, in C order. Each lock is taken once: it hands its tile to whoever runs it.
fn pieces<T>(c: ArrayViewMut2<'_, T>, height: usize, width: usize) -> Vec<Mutex<Piece<'_, T>>> {
    let mut pieces = Vec::new();
    for (i, band) in into_chunks(c, Axis(0), height).enumerate() {
        for (j, c) in into_chunks(band, Axis(1), width).enumerate() {
            let (row, col) = (i * height, j * width);
            pieces.push(Mutex::new(Piece { row, col, c }));
        }
    }
    pieces
}

/// `view` cut along `axis` into views of length `len`; the last may be shorter.
fn into_chunks<T>(
    view: ArrayViewMut2<'_, T>,
    axis: Axis,
    len: usize,
) -> impl Iterator<Item = ArrayViewMut2<'_, T>> {
    let mut rest = Some(view);
    std::iter::from_fn(move || {
        let view = rest.take()?;
        if view.len_of(axis) <= len {
            return Some(view);
        }
        let (first, others) = view.split_at(axis, len);
        rest = Some(others);
        Some(first)
    })
}

/// Into how many parts the inner axis is cut; 1 where cutting the result does better.
fn inner_parts<T: Cell>(m: usize, n: usize, k: usize) -> usize {
    let edge = m.max(n);
    if edge >= TILE_EDGE || k < 4 * edge {
        return 1;
    }
    let wanted = (T::COST * work(m, n, k) / TILE_WORK).clamp(1, MAX_PARTS);
    1 << wanted.ilog2()
}

/// `c = a b` as the sum of `parts` products along the inner axis.
fn cut_inner<T: Cell>(
    tiles: &dyn Tiles,
    parts: usize,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
) {
    let k = a.ncols();
    let len = edge(k, parts);
    let partials: Vec<Mutex<Array2<T>>> = (0..k.div_ceil(len))
        .map(|_| Mutex::new(Array2::default((0, 0))))
        .collect();
    tiles.run(partials.len(), &|i| {
        let inner = i * len..k.min((i + 1) * len);
        let mut partial = Array2::default(c.raw_dim());
        let (a, b) = (a.slice(s![.., inner.clone()]), b.slice(s![inner, ..]));
        T::tile(a, b, partial.view_mut());
        *partials[i].lock() = partial;
    });
    let mut partials = partials.into_iter().map(Mutex::into_inner);
    c.assign(
        &partials
            .next()
            .expect("an inner axis that is cut is not empty"),
    );
    for partial in partials {
        c.zip_mut_with(&partial, |c, &x| *c = c.plus(x));
    }
}
