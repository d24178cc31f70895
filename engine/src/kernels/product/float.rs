//! Products of floats and complex numbers: with a vector by `vector`, of matrices by the crates with
//! blocked, packed loops, which only this file calls. `private-gemm-x86` is the faster one but needs
//! AVX2; `gemm` runs anywhere.

#![expect(unsafe_code, reason = "the crates take raw pointers and strides")]

use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::{Cell, Product, cut, vector};
use crate::dtype::{C64, C128};
use crate::kernels::Tiles;
#[cfg(target_arch = "x86_64")]
use crate::kernels::simd::Level;

/// Most columns of a result for which it is worth computing it in F order and copying it, because
/// the left operand is in F order.
const NARROW: usize = 48;

/// A type that the crates know.
trait Float: Cell + num_traits::Num {
    /// What `private-gemm-x86` calls it.
    #[cfg(target_arch = "x86_64")]
    const NAME: private_gemm_x86::DType;
}

macro_rules! float {
    ($($ty:ty, $name:ident, $cost:literal;)*) => {$(
        impl Float for $ty {
            #[cfg(target_arch = "x86_64")]
            const NAME: private_gemm_x86::DType = private_gemm_x86::DType::$name;
        }

        impl Product for $ty {
            fn product(
                tiles: &dyn Tiles,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
                c: ArrayViewMut2<'_, Self>,
            ) {
                cut(tiles, a, b, c);
            }
        }

        impl Cell for $ty {
            const COST: usize = $cost;

            fn tile(a: ArrayView2<'_, Self>, b: ArrayView2<'_, Self>, c: ArrayViewMut2<'_, Self>) {
                match vector::way(a, b) {
                    Some(way) => vector::tile(way, a, b, c),
                    None => matrix(a, b, c),
                }
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }
        }
    )*};
}

float! {
    f32, F32, 1;
    f64, F64, 2;
    C64, C32, 4;
    C128, C64, 8;
}

/// `c = a b`, in the order of the result that suits the operands.
fn matrix<T: Float>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>) {
    let (m, n) = c.dim();
    if n <= NARROW && m > n && a.strides()[0] == 1 && c.strides()[0] != 1 {
        let mut wide = Array2::default((m, n).f());
        blocked(a, b, wide.view_mut());
        c.assign(&wide);
        return;
    }
    blocked(a, b, c);
}

/// `c = a b`, by one of the crates.
fn blocked<T: Float>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, c: ArrayViewMut2<'_, T>) {
    #[cfg(target_arch = "x86_64")]
    match Level::current() {
        Level::Avx512 => return blocked_x86(private_gemm_x86::InstrSet::Avx512, a, b, c),
        Level::Avx2 => return blocked_x86(private_gemm_x86::InstrSet::Avx256, a, b, c),
        Level::Base => (),
    }
    portable(a, b, c);
}

#[cfg(target_arch = "x86_64")]
fn blocked_x86<T: Float>(
    instructions: private_gemm_x86::InstrSet,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
) {
    use private_gemm_x86::{Accum, DstKind, IType};
    let ((m, k), n) = (a.dim(), b.ncols());
    let (a_steps, b_steps) = (a.strides(), b.strides());
    let c_steps = [c.strides()[0], c.strides()[1]];
    let (none, one) = (std::ptr::null(), T::one());
    // SAFETY: the pointers and strides are those of live views of m x k, k x n and m x n elements
    // of the type `T::NAME`, `c` exclusively borrowed; the null pointers stand for "no indices"
    // and "no diagonal"; `Level` has found the instructions.
    unsafe {
        private_gemm_x86::gemm(
            T::NAME,
            IType::U64,
            instructions,
            m,
            n,
            k,
            c.as_mut_ptr().cast(),
            c_steps[0],
            c_steps[1],
            none,
            none,
            DstKind::Full,
            Accum::Replace,
            a.as_ptr().cast(),
            a_steps[0],
            a_steps[1],
            false,
            none,
            0,
            b.as_ptr().cast(),
            b_steps[0],
            b_steps[1],
            false,
            (&raw const one).cast(),
            1,
        );
    }
}

/// `c = a b`, by the loops of `gemm`.
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
