//! Vectors of floats for register tiles: those of the machine on x86-64, arrays elsewhere.

#![expect(
    unsafe_code,
    reason = "vectors need instructions that not every machine has"
)]

/// Some floats that are computed with at once.
///
/// # Safety
/// Every function may be called only where the machine has the vectors' instructions, in code that is
/// compiled for them, and with pointers to as many elements as it reads or writes.
pub(super) trait Lanes: Copy {
    /// The type of an element.
    type Of;
    /// How many there are.
    const N: usize;

    /// Zeros.
    unsafe fn zero() -> Self;
    /// The elements from a place on.
    unsafe fn load(from: *const Self::Of) -> Self;
    /// One element, everywhere.
    unsafe fn broadcast(from: *const Self::Of) -> Self;
    /// Writes the elements from a place on.
    unsafe fn store(self, to: *mut Self::Of);
    /// The sums.
    unsafe fn plus(self, other: Self) -> Self;
    /// The products and `sums`, rounded once.
    unsafe fn times_plus(self, other: Self, sums: Self) -> Self;
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    use std::arch::x86_64::*;

    use super::Lanes;

    macro_rules! lanes {
        ($($vector:ty: $of:ty, $n:literal,
            $zero:ident $load:ident $set:ident $store:ident $add:ident $fma:ident;)*) => {$(
            impl Lanes for $vector {
                type Of = $of;
                const N: usize = $n;

                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: promised by the caller, as in all the others.
                    unsafe { $zero() }
                }

                #[inline(always)]
                unsafe fn load(from: *const $of) -> Self {
                    // SAFETY: see `zero`.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn broadcast(from: *const $of) -> Self {
                    // SAFETY: see `zero`.
                    unsafe { $set(*from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut $of) {
                    // SAFETY: see `zero`.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn plus(self, other: Self) -> Self {
                    // SAFETY: see `zero`.
                    unsafe { $add(self, other) }
                }

                #[inline(always)]
                unsafe fn times_plus(self, other: Self, sums: Self) -> Self {
                    // SAFETY: see `zero`.
                    unsafe { $fma(self, other, sums) }
                }
            }
        )*};
    }

    lanes! {
        __m256: f32, 8, _mm256_setzero_ps _mm256_loadu_ps _mm256_set1_ps
            _mm256_storeu_ps _mm256_add_ps _mm256_fmadd_ps;
        __m256d: f64, 4, _mm256_setzero_pd _mm256_loadu_pd _mm256_set1_pd
            _mm256_storeu_pd _mm256_add_pd _mm256_fmadd_pd;
        __m512: f32, 16, _mm512_setzero_ps _mm512_loadu_ps _mm512_set1_ps
            _mm512_storeu_ps _mm512_add_ps _mm512_fmadd_ps;
        __m512d: f64, 8, _mm512_setzero_pd _mm512_loadu_pd _mm512_set1_pd
            _mm512_storeu_pd _mm512_add_pd _mm512_fmadd_pd;
    }

    /// The vectors of `f32`.
    pub(crate) mod f32s {
        pub(crate) type Narrow = std::arch::x86_64::__m256;
        pub(crate) type Wide = std::arch::x86_64::__m512;
    }

    /// The vectors of `f64`.
    pub(crate) mod f64s {
        pub(crate) type Narrow = std::arch::x86_64::__m256d;
        pub(crate) type Wide = std::arch::x86_64::__m512d;
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod vectors {
    use num_traits::Float;

    use super::Lanes;

    impl<T: Float, const N: usize> Lanes for [T; N] {
        type Of = T;
        const N: usize = N;

        unsafe fn zero() -> Self {
            [T::zero(); N]
        }

        unsafe fn load(from: *const T) -> Self {
            // SAFETY: promised by the caller.
            unsafe { from.cast::<[T; N]>().read() }
        }

        unsafe fn broadcast(from: *const T) -> Self {
            // SAFETY: promised by the caller.
            [unsafe { *from }; N]
        }

        unsafe fn store(self, to: *mut T) {
            // SAFETY: promised by the caller.
            unsafe { to.cast::<[T; N]>().write(self) }
        }

        unsafe fn plus(self, other: Self) -> Self {
            std::array::from_fn(|i| self[i] + other[i])
        }

        unsafe fn times_plus(self, other: Self, sums: Self) -> Self {
            std::array::from_fn(|i| self[i].mul_add(other[i], sums[i]))
        }
    }

    /// The vectors of `f32`.
    pub(crate) mod f32s {
        pub(crate) type Narrow = [f32; 8];
        pub(crate) type Wide = [f32; 16];
    }

    /// The vectors of `f64`.
    pub(crate) mod f64s {
        pub(crate) type Narrow = [f64; 4];
        pub(crate) type Wide = [f64; 8];
    }
}

pub(super) use vectors::{f32s, f64s};
