//! Products of half-precision floats: computed in single precision, rounded once.

#![expect(unsafe_code, reason = "finished parts of the result are given away")]

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Zip};

use super::{Product, matmul};
use crate::kernels::Tiles;
use crate::kernels::finish::Then;

macro_rules! half {
    ($($ty:ty),*) => {$(
        impl Product for $ty {
            fn product(
                tiles: &dyn Tiles,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
                c: ArrayViewMut2<'_, Self>,
                then: Then<'_>,
            ) {
                let widen = |x: ArrayView2<'_, Self>| {
                    let dense = x.as_standard_layout();
                    let mut wide = vec![0.0; dense.len()];
                    dense
                        .as_slice()
                        .expect("a standard layout is a slice")
                        .convert_to_f32_slice(&mut wide);
                    Array2::from_shape_vec(x.dim(), wide).expect("as many elements as `x`")
                };
                let (a, b) = (widen(a), widen(b));
                let size = c.dim();
                let mut wide = Array2::zeros(size);
                matmul(tiles, a.view(), b.view(), wide.view_mut(), Then::NOTHING);
                Zip::from(c).and(&wide).for_each(|c, &x| *c = Self::from_f32(x));
                // SAFETY: `c` was exclusively borrowed, is written, and not accessed any more.
                unsafe { then.whole(tiles, size) };
            }
        }
    )*};
}

half!(f16, bf16);
