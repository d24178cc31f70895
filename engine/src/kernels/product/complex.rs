//! Products of complex matrices as products of real ones.
//!
//! A row of `a` is read as the numbers that it consists of: re, im, re, im. Beside it each row of
//! `b` stands twice, as re, im and as -im, re; the sums over both are the rows of `c` as they lie in
//! memory, with no more arithmetic than complex numbers need.

#![expect(unsafe_code, reason = "complex numbers are read as pairs of real ones")]

use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder};
use num_complex::Complex;

use super::blocked;
use super::register::{Real, TileShape};
use crate::kernels::Tiles;
use crate::kernels::finish::Then;
use crate::kernels::parts::each_chunk;

/// Elements of `b` that are worth a tile.
const GRAIN: usize = 1 << 14;

/// `c = a b` by register tiles of a shape, for a `c` with dense rows.
pub(super) fn product<T: Real>(
    shape: TileShape,
    tiles: &dyn Tiles,
    a: ArrayView2<'_, Complex<T>>,
    b: ArrayView2<'_, Complex<T>>,
    mut c: ArrayViewMut2<'_, Complex<T>>,
    then: Then<'_>,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    let doubled = doubled(tiles, b);
    let a = a.as_standard_layout();
    let row = 2 * c.strides()[0] as usize;
    // SAFETY: a complex number is two real ones, re before im; `a` is dense, and `c`, exclusively
    // borrowed, has dense rows.
    let (a, c) = unsafe {
        (
            ArrayView2::from_shape_ptr((m, 2 * k), a.as_ptr().cast::<T>()),
            ArrayViewMut2::from_shape_ptr((m, 2 * n).strides((row, 1)), c.as_mut_ptr().cast::<T>()),
        )
    };
    blocked::product(shape, tiles, a, doubled.view(), c, Then::NOTHING);
    // SAFETY: `c` was exclusively borrowed, is written, and not accessed any more.
    unsafe { then.whole(tiles, (m, n)) };
}

/// Two rows for each row of `b`: re, im for every element, and -im, re.
fn doubled<T: Real>(tiles: &dyn Tiles, b: ArrayView2<'_, Complex<T>>) -> Array2<T> {
    let (k, n) = b.dim();
    let mut doubled = vec![T::default(); 4 * k * n];
    let rows_per_tile = GRAIN.div_ceil(n);
    each_chunk(
        tiles,
        &mut doubled,
        rows_per_tile * 4 * n,
        |start, chunk| {
            let first = start / (4 * n);
            for (i, rows) in chunk.chunks_exact_mut(4 * n).enumerate() {
                let (plain, turned) = rows.split_at_mut(2 * n);
                let pairs = plain.chunks_exact_mut(2).zip(turned.chunks_exact_mut(2));
                for ((plain, turned), x) in pairs.zip(b.row(first + i)) {
                    plain.copy_from_slice(&[x.re, x.im]);
                    turned.copy_from_slice(&[-x.im, x.re]);
                }
            }
        },
    );
    Array2::from_shape_vec((2 * k, 2 * n), doubled).expect("four numbers for each element")
}
