//! Products of integers, which wrap around, and of bools, where "times" is "and", "plus" is "or".

use ndarray::{ArrayView2, ArrayViewMut2};

use super::{Cell, Product, cut};
use crate::kernels::finish::Then;
use crate::kernels::{Tiles, simd};

/// Multiplication and addition that cannot overflow.
trait Ring: Cell {
    fn times(self, other: Self) -> Self;
}

macro_rules! ring {
    ($($ty:ty: |$a:ident, $b:ident| $plus:expr, $times:expr;)*) => {$(
        impl Product for $ty {
            fn product(
                tiles: &dyn Tiles,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
                c: ArrayViewMut2<'_, Self>,
                then: Then<'_>,
            ) {
                cut(tiles, a, b, c, then);
            }
        }

        impl Cell for $ty {
            const COST: usize = 4;

            fn tile(a: ArrayView2<'_, Self>, b: ArrayView2<'_, Self>, c: ArrayViewMut2<'_, Self>) {
                tile(a, b, c);
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $plus
            }
        }

        impl Ring for $ty {
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $times
            }
        }
    )*};
}

ring! {
    bool: |a, b| a | b, a & b;
    i8: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    i16: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    i32: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    i64: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    u8: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    u16: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    u32: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    u64: |a, b| a.wrapping_add(b), a.wrapping_mul(b);
}

/// `c = a b`: each row of `c` is a sum of rows of `b`, four at a time.
fn tile<T: Ring>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>) {
    let (b, n) = (b.as_standard_layout(), c.ncols());
    let rows = b.as_slice().expect("a standard layout is a slice");
    let mut sums = vec![T::default(); n];
    for (a, mut c) in a.outer_iter().zip(c.outer_iter_mut()) {
        let a = a.to_vec();
        simd::run(
            #[inline(always)]
            || row_times_matrix(&a, rows, &mut sums),
        );
        c.iter_mut().zip(&sums).for_each(|(c, &sum)| *c = sum);
    }
}

/// `sums = by x` for the dense matrix `x`.
#[inline(always)]
fn row_times_matrix<T: Ring>(by: &[T], x: &[T], sums: &mut [T]) {
    let n = sums.len();
    sums.fill(T::default());
    let mut blocks = x.chunks_exact(4 * n);
    let mut factors = by.chunks_exact(4);
    for (block, by) in (&mut blocks).zip(&mut factors) {
        let (top, bottom) = block.split_at(2 * n);
        let ((x0, x1), (x2, x3)) = (top.split_at(n), bottom.split_at(n));
        for j in 0..n {
            let first = x0[j].times(by[0]).plus(x1[j].times(by[1]));
            let second = x2[j].times(by[2]).plus(x3[j].times(by[3]));
            sums[j] = sums[j].plus(first.plus(second));
        }
    }
    let rest = blocks.remainder().chunks_exact(n);
    for (x, &by) in rest.zip(factors.remainder()) {
        for j in 0..n {
            sums[j] = sums[j].plus(x[j].times(by));
        }
    }
}
