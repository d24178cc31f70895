//! Products of floats and complex numbers: with a vector by `vector`, of matrices by register tiles
//! or, where the machine has none, by the crate `gemm`, which only this file calls.

#![expect(unsafe_code, reason = "the crate takes raw pointers and strides")]

use ndarray::{Array2, ArrayView2, ArrayViewMut2};

use super::register::Real;
use super::{Cell, FEW_TILES, Product, blocked, complex, cut, inner_parts, vector};
use crate::dtype::{C64, C128};
use crate::kernels::finish::Then;
use crate::kernels::{InOrder, Tiles};

/// A type that `gemm` knows.
trait Float: Cell + num_traits::Num {
    /// `c = a b` by register tiles, for a `c` with dense rows; false if the machine has none.
    fn try_tiles(
        tiles: &dyn Tiles,
        a: ArrayView2<'_, Self>,
        b: ArrayView2<'_, Self>,
        c: ArrayViewMut2<'_, Self>,
        then: Then<'_>,
    ) -> bool;
}

macro_rules! float {
    ($($ty:ty, $cost:literal, $real:ty, $product:path;)*) => {$(
        impl Float for $ty {
            fn try_tiles(
                tiles: &dyn Tiles,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
                c: ArrayViewMut2<'_, Self>,
                then: Then<'_>,
            ) -> bool {
                let shape = <$real>::tile_shape();
                shape.map(|shape| $product(shape, tiles, a, b, c, then)).is_some()
            }
        }

        impl Product for $ty {
            fn product(
                tiles: &dyn Tiles,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
                c: ArrayViewMut2<'_, Self>,
                then: Then<'_>,
            ) {
                product(tiles, a, b, c, then);
            }
        }

        impl Cell for $ty {
            const COST: usize = $cost;

            fn tile(a: ArrayView2<'_, Self>, b: ArrayView2<'_, Self>, c: ArrayViewMut2<'_, Self>) {
                match vector::way(a, b) {
                    Some(way) => vector::tile(way, a, b, c),
                    None => matrix(&InOrder, a, b, c, Then::NOTHING),
                }
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }
        }
    )*};
}

float! {
    f32, 1, f32, blocked::product;
    f64, 2, f64, blocked::product;
    C64, 4, f32, complex::product;
    C128, 8, f64, complex::product;
}

/// `c = a b`; register tiles are cut by the loops that they stand in, everything else by [`cut`].
fn product<T: Float>(
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    c: ArrayViewMut2<'_, T>,
    then: Then<'_>,
) {
    let ((m, n), k) = (c.dim(), a.ncols());
    let has_bands = m.max(n) >= FEW_TILES * blocked::MIN_BAND;
    let is_blocked = has_bands || inner_parts::<T>(m, n, k) == 1;
    if f32::tile_shape().is_some() && is_blocked && vector::way(a, b).is_none() {
        matrix(tiles, a, b, c, then);
    } else {
        cut(tiles, a, b, c, then);
    }
}

/// `c = a b` by register tiles, into rows that are dense, or by `gemm`.
fn matrix<T: Float>(
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
    then: Then<'_>,
) {
    let ((m, n), k) = (c.dim(), a.ncols());
    // Transposing a small `a` and `c` is less work than transposing a large `b`.
    let is_turned_better = b.strides()[0] == 1 && b.strides()[1] != 1 && 2 * m * (k + n) < k * n;
    let (turned_a, turned_b) = (a.reversed_axes(), b.reversed_axes());
    match *c.strides() {
        _ if is_turned_better => {
            let mut turned = Array2::default((n, m));
            matrix(tiles, turned_b, turned_a, turned.view_mut(), Then::NOTHING);
            c.assign(&turned.t());
        }
        [row, 1] if row >= 0 => {
            if T::try_tiles(tiles, a, b, c.view_mut(), then) {
                return;
            }
            portable(a, b, c);
        }
        [1, column] if column >= 0 => {
            matrix(tiles, turned_b, turned_a, c.reversed_axes(), Then::NOTHING);
        }
        _ => {
            let mut dense = Array2::default(c.raw_dim());
            matrix(tiles, a, b, dense.view_mut(), Then::NOTHING);
            c.assign(&dense);
        }
    }
    // SAFETY: `c` was exclusively borrowed, is written, and not accessed any more.
    unsafe { then.whole(tiles, (m, n)) };
}

/// `c = a b`, by the crate's loops.
fn portable<T: Float>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let (a_steps, b_steps) = (a.strides(), b.strides());
    let c_steps = [c.strides()[0], c.strides()[1]];
    // SAFETY: the pointers and strides are those of live views of m x k, k x n and m x n elements,
    // `c` exclusively borrowed.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            c_steps[1],
            c_steps[0],
            false,
            a.as_ptr(),
            a_steps[1],
            a_steps[0],
            b.as_ptr(),
            b_steps[1],
            b_steps[0],
            T::zero(),
            T::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn the_portable_crate_gives_the_same_product() {
        let a = Array2::from_shape_fn((7, 9), |(i, j)| (i * 3 + j) as f32);
        let b = Array2::from_shape_fn((9, 5), |(i, j)| (i + 2 * j) as f32);
        let mut c = Array2::zeros((7, 5));
        portable(a.view(), b.view(), c.view_mut());
        assert_eq!(c, a.dot(&b));
    }
}
