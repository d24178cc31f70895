//! Many products of equal shapes.

#![expect(unsafe_code, reason = "tiles write disjoint matrices of one array")]

use ndarray::{
    ArrayView2, ArrayViewD, ArrayViewMut2, ArrayViewMutD, Axis, Ix2, IxDyn, RawArrayViewMut,
    ShapeBuilder,
};

use super::{FEW_TILES, Product, TILE_WORK, matmul, work};
use crate::kernels::finish::Then;
use crate::kernels::{InOrder, Tiles};

/// Products that keep every thread busy without being cut themselves.
const MANY: usize = 4 * FEW_TILES;

/// Work of a tile of small products: less than of others, so that the last tiles of a few dozen keep
/// nobody waiting.
const GRAIN: usize = TILE_WORK / 4;

/// `c[..] = a[..] b[..]`, matrix by matrix: the last two axes are those of [`matmul`], the leading
/// ones have the same lengths in all three, stretched ones stride 0. `then` is told as by [`matmul`],
/// with the rows of all matrices counted.
///
/// # Panics
/// If the shapes do not fit.
pub fn batch_matmul<T: Product>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    b: ArrayViewD<'_, T>,
    mut c: ArrayViewMutD<'_, T>,
    then: Then<'_>,
) {
    let lead = c.ndim().checked_sub(2).expect("a matrix has two axes");
    let lens = c.shape()[..lead].to_vec();
    assert!(
        a.ndim() == c.ndim()
            && b.ndim() == c.ndim()
            && a.shape()[..lead] == lens
            && b.shape()[..lead] == lens,
        "leading axes of {:?}, {:?}, {:?} differ",
        a.shape(),
        b.shape(),
        c.shape()
    );
    let n_products = lens.iter().product();
    if n_products == 0 {
        return;
    }
    if let Some((a, b, c)) = as_one_product(&a, &b, &mut c) {
        return matmul(tiles, a, b, c, then);
    }
    let work = work(a.shape()[lead], b.shape()[lead + 1], a.shape()[lead + 1]);
    let c = Matrices(c.raw_view_mut());
    let product = |tiles: &dyn Tiles, i: usize| {
        let at = position(&lens, i);
        // SAFETY: each matrix of `c`, which is exclusively borrowed, is taken by the one call that
        // has its position.
        let c = unsafe { c.at(&at) };
        let then = then.from(i * c.nrows(), 0);
        matmul(tiles, matrix(&a, &at), matrix(&b, &at), c, then);
    };
    if work >= 2 * TILE_WORK && n_products < MANY {
        return (0..n_products).for_each(|i| product(tiles, i));
    }
    let per_tile = match work.saturating_mul(n_products) < 2 * TILE_WORK {
        true => n_products,
        false => (GRAIN / work.max(1024)).max(1),
    };
    tiles.run(n_products.div_ceil(per_tile), &|tile| {
        let end = n_products.min((tile + 1) * per_tile);
        (tile * per_tile..end).for_each(|i| product(&InOrder, i));
    });
}

/// The position of the matrix `i`, counted in C order.
fn position(lens: &[usize], mut i: usize) -> Vec<usize> {
    let mut at = vec![0; lens.len()];
    for (at, &len) in at.iter_mut().zip(lens).rev() {
        *at = i % len;
        i /= len;
    }
    at
}

fn matrix<'a, T>(x: &ArrayViewD<'a, T>, at: &[usize]) -> ArrayView2<'a, T> {
    let matrix = at
        .iter()
        .fold(x.clone(), |x, &i| x.index_axis_move(Axis(0), i));
    matrix
        .into_dimensionality::<Ix2>()
        .expect("two axes are left")
}

/// The results, to be written one matrix per call.
struct Matrices<T>(RawArrayViewMut<T, IxDyn>);

// SAFETY: the elements are reached through `at` alone, whose callers take disjoint matrices.
unsafe impl<T: Send> Sync for Matrices<T> {}

impl<T> Matrices<T> {
    /// The matrix at a position.
    ///
    /// # Safety
    /// The array is exclusively borrowed, and no position is taken twice.
    unsafe fn at<'a>(&self, at: &[usize]) -> ArrayViewMut2<'a, T> {
        let matrix = at
            .iter()
            .fold(self.0.clone(), |x, &i| x.index_axis_move(Axis(0), i));
        let matrix = matrix
            .into_dimensionality::<Ix2>()
            .expect("two axes are left");
        // SAFETY: the elements are those of an exclusively borrowed array and, as the caller
        // promises, of no other view.
        unsafe { matrix.deref_into_view_mut() }
    }
}

/// The operands with the leading axes joined to the rows, if all products share one `b`.
fn as_one_product<'a, T: Product>(
    a: &ArrayViewD<'a, T>,
    b: &ArrayViewD<'a, T>,
    c: &'a mut ArrayViewMutD<'_, T>,
) -> Option<(ArrayView2<'a, T>, ArrayView2<'a, T>, ArrayViewMut2<'a, T>)> {
    let lead = c.ndim() - 2;
    let is_shared = (0..lead).all(|axis| b.shape()[axis] == 1 || b.strides()[axis] == 0);
    if !is_shared || a.is_empty() || c.is_empty() {
        return None;
    }
    let (rows, a_steps) = join_rows(a.shape(), a.strides())?;
    let (_, c_steps) = join_rows(c.shape(), c.strides())?;
    let (k, n) = (a.shape()[lead + 1], c.shape()[lead + 1]);
    // SAFETY: the joined views reach the same elements as `a`, for as long.
    let a = unsafe { ArrayView2::from_shape_ptr((rows, k).strides(a_steps), a.as_ptr()) };
    // SAFETY: as above, with the exclusive borrow of `c`.
    let c = unsafe { ArrayViewMut2::from_shape_ptr((rows, n).strides(c_steps), c.as_mut_ptr()) };
    Some((a, matrix(b, &vec![0; lead]), c))
}

/// The number of rows and the strides after all axes but the last are joined, if they are evenly
/// spaced.
fn join_rows(lens: &[usize], strides: &[isize]) -> Option<(usize, (usize, usize))> {
    let (&col_step, strides) = strides.split_last()?;
    let (mut rows, mut step) = (1, 0);
    for (&len, &stride) in lens.iter().zip(strides).rev().filter(|&(&len, _)| len != 1) {
        if rows == 1 {
            step = stride;
        } else if stride != step * rows as isize {
            return None;
        }
        rows *= len;
    }
    Some((rows, (step.try_into().ok()?, col_step.try_into().ok()?)))
}
