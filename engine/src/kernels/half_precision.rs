//! Half precision to `f32` and back, without branches or calls, so that loops over it are
//! vectorised.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "vectors are read from pointers")
)]

use half::{bf16, f16};

#[cfg(target_arch = "x86_64")]
use super::simd::Level;
use crate::dtype::Element;

/// The value of an `f16`.
#[inline(always)]
pub(super) fn f16_to_f32(x: f16) -> f32 {
    let bits = u32::from(x.to_bits());
    let magnitude = (bits & 0x7fff) << 13;
    // The exponent is moved from the bias of `f16` to that of `f32`; subnormals become normal.
    let scaled = f32::from_bits(magnitude) * f32::from_bits((254 - 15) << 23);
    let is_finite = magnitude < 0x7c00 << 13;
    let special = f32::from_bits(magnitude | 0xff << 23);
    let value = if is_finite { scaled } else { special };
    f32::from_bits(value.to_bits() | (bits & 0x8000) << 16)
}

/// The value of a `bf16`.
#[inline(always)]
pub(super) fn bf16_to_f32(x: bf16) -> f32 {
    f32::from_bits(u32::from(x.to_bits()) << 16)
}

/// The nearest `f16`, ties to even.
#[inline(always)]
pub(super) fn f32_to_f16(x: f32) -> f16 {
    let bits = x.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    // A carry out of the fraction rightly raises the exponent, up to that of infinity.
    let half_less = 0xfff + (magnitude >> 13 & 1);
    let normal = magnitude
        .wrapping_sub((127 - 15) << 23)
        .wrapping_add(half_less)
        >> 13;
    // The last place of 0.5 is the unit of subnormals, so the addition rounds to it.
    let subnormal = (f32::from_bits(magnitude) + 0.5).to_bits() - 0.5_f32.to_bits();
    let finite = if magnitude < (127 - 14) << 23 {
        subnormal
    } else {
        normal.min(0x7c00)
    };
    let value = if magnitude > 0xff << 23 {
        0x7e00
    } else {
        finite
    };
    f16::from_bits((value | bits >> 16 & 0x8000) as u16)
}

/// The nearest `bf16`, ties to even.
#[inline(always)]
pub(super) fn f32_to_bf16(x: f32) -> bf16 {
    let bits = x.to_bits();
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    // A quiet NaN keeps one of the bits that stay.
    let kept = if x.is_nan() {
        bits | 0x40 << 16
    } else {
        rounded
    };
    bf16::from_bits((kept >> 16) as u16)
}

/// Numbers that [`Half`] converts together: what loops keep in registers.
pub(super) const TOGETHER: usize = 16;

/// A way to convert a half-precision type, several numbers at a time. A loop over it is vectorised
/// where it is inlined into a version of a kernel.
pub(super) trait Half: 'static {
    /// The type.
    type Element: Element;

    /// The values.
    fn widen(x: [Self::Element; TOGETHER]) -> [f32; TOGETHER];
    /// The nearest numbers, ties to even.
    fn narrow(x: [f32; TOGETHER]) -> [Self::Element; TOGETHER];
}

/// `bf16`: shifts.
pub(super) struct Brain;
/// `f16` on any processor.
pub(super) struct Portable;

macro_rules! half {
    ($($name:ident: $element:ty, $widen:ident, $narrow:ident;)*) => {$(
        impl Half for $name {
            type Element = $element;

            #[inline(always)]
            fn widen(x: [$element; TOGETHER]) -> [f32; TOGETHER] {
                // Not `map`, whose closure is not always inlined.
                let mut out = [0.0; TOGETHER];
                for i in 0..TOGETHER {
                    out[i] = $widen(x[i]);
                }
                out
            }

            #[inline(always)]
            fn narrow(x: [f32; TOGETHER]) -> [$element; TOGETHER] {
                let mut out = [<$element>::ZERO; TOGETHER];
                for i in 0..TOGETHER {
                    out[i] = $narrow(x[i]);
                }
                out
            }
        }
    )*};
}

half! {
    Brain: bf16, bf16_to_f32, f32_to_bf16;
    Portable: f16, f16_to_f32, f32_to_f16;
}

/// The values of as many `f16`, a multiple of [`TOGETHER`].
#[inline(always)]
pub(super) fn widen_all<const N: usize>(x: &[f16; N]) -> [f32; N] {
    #[cfg(target_arch = "x86_64")]
    if Level::current() > Level::Base {
        return widen_all_as::<f16c::Converted, N>(x);
    }
    widen_all_as::<Portable, N>(x)
}

#[inline(always)]
fn widen_all_as<H: Half, const N: usize>(x: &[H::Element; N]) -> [f32; N] {
    const { assert!(N.is_multiple_of(TOGETHER), "whole chunks") };
    let mut out = [0.0; N];
    let mut at = 0;
    while at < N {
        let some: &[H::Element; TOGETHER] = x[at..].first_chunk().expect("a whole chunk");
        let place = out[at..].first_chunk_mut().expect("a whole chunk");
        *place = H::widen(*some);
        at += TOGETHER;
    }
    out
}

/// The conversions of `f16` that x86 processors have instructions for, which LLVM does not find in
/// a loop.
#[cfg(target_arch = "x86_64")]
pub(super) mod f16c {
    use std::arch::x86_64::{
        _MM_FROUND_TO_NEAREST_INT, _mm_loadu_si128, _mm_storeu_si128, _mm256_cvtph_ps,
        _mm256_cvtps_ph, _mm256_loadu_ps, _mm256_storeu_ps,
    };

    use half::f16;

    use super::{Half, TOGETHER};

    /// `f16` on a processor above the base level: only loops that run nowhere else take it.
    pub(in super::super) struct Converted;

    impl Half for Converted {
        type Element = f16;

        // The instructions themselves, as functions for more features than their caller has are
        // not inlined into it.
        #[inline(always)]
        fn widen(x: [f16; TOGETHER]) -> [f32; TOGETHER] {
            let mut out = [0.0_f32; TOGETHER];
            for at in (0..TOGETHER).step_by(8) {
                // SAFETY: eight elements are read and written; whoever takes this type has the
                // instructions.
                unsafe {
                    let eight = _mm_loadu_si128(x.as_ptr().add(at).cast());
                    _mm256_storeu_ps(out.as_mut_ptr().add(at), _mm256_cvtph_ps(eight));
                }
            }
            out
        }

        #[inline(always)]
        fn narrow(x: [f32; TOGETHER]) -> [f16; TOGETHER] {
            let mut out = [f16::ZERO; TOGETHER];
            for at in (0..TOGETHER).step_by(8) {
                // SAFETY: as in `widen`.
                unsafe {
                    let eight = _mm256_loadu_ps(x.as_ptr().add(at));
                    let eight = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(eight);
                    _mm_storeu_si128(out.as_mut_ptr().add(at).cast(), eight);
                }
            }
            out
        }
    }

    /// The values of as many `f16`.
    #[inline]
    #[target_feature(enable = "avx,f16c")]
    pub(in super::super) fn widen(x: &[f16], out: &mut [f32]) {
        let eight = |x: &[f16; 8], out: &mut [f32; 8]| {
            // SAFETY: eight elements are read and eight are written.
            unsafe {
                let x = _mm_loadu_si128(x.as_ptr().cast());
                _mm256_storeu_ps(out.as_mut_ptr(), _mm256_cvtph_ps(x));
            }
        };
        by_eight(x, out, eight);
    }

    /// The nearest `f16` of as many `f32`, ties to even.
    #[inline]
    #[target_feature(enable = "avx,f16c")]
    pub(in super::super) fn narrow(x: &[f32], out: &mut [f16]) {
        let eight = |x: &[f32; 8], out: &mut [f16; 8]| {
            // SAFETY: as in `widen`.
            unsafe {
                let x = _mm256_loadu_ps(x.as_ptr());
                let x = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(x);
                _mm_storeu_si128(out.as_mut_ptr().cast(), x);
            }
        };
        by_eight(x, out, eight);
    }

    /// Converts eight elements at a time, the last ones among others, so that all get the same bits.
    #[inline(always)]
    fn by_eight<T: Copy + Default, U: Copy + Default>(
        x: &[T],
        out: &mut [U],
        eight: impl Fn(&[T; 8], &mut [U; 8]),
    ) {
        let ((x, x_rest), (out, out_rest)) = (x.as_chunks(), out.as_chunks_mut());
        x.iter().zip(out).for_each(|(x, out)| eight(x, out));
        if x_rest.is_empty() {
            return;
        }
        let (mut last, mut last_out) = ([T::default(); 8], [U::default(); 8]);
        last[..x_rest.len()].copy_from_slice(x_rest);
        eight(&last, &mut last_out);
        out_rest.copy_from_slice(&last_out[..out_rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_processor_converts_alike() {
        if crate::kernels::simd::Level::of_machine() == crate::kernels::simd::Level::Base {
            return;
        }
        let halves: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        let (mut wide, mut narrow) = (vec![0.0; halves.len()], halves.clone());
        // SAFETY: every level above the base has the instructions.
        unsafe { f16c::widen(&halves, &mut wide) };
        for (&half, &wide) in halves.iter().zip(&wide) {
            assert!(same(f16_to_f32(half), wide), "{half:?}");
        }
        let singles: Vec<f32> = wide.iter().map(|x| x * 1.000_3).collect();
        // SAFETY: as above.
        unsafe { f16c::narrow(&singles, &mut narrow) };
        for (&single, &narrow) in singles.iter().zip(&narrow) {
            assert!(
                same(f32_to_f16(single).to_f32(), narrow.to_f32()),
                "{single}"
            );
        }
    }

    #[test]
    fn several_are_converted_as_each_of_them() {
        fn check<H: Half>(of_bits: fn(u16) -> H::Element, value: fn(H::Element) -> f32) {
            for first in (0..=u16::MAX).step_by(TOGETHER) {
                let halves = std::array::from_fn(|i| of_bits(first + i as u16));
                let wide = H::widen(halves);
                for ((half, wide), narrow) in halves.into_iter().zip(wide).zip(H::narrow(wide)) {
                    assert!(same(value(half), wide), "{half:?}");
                    assert!(same(value(narrow), wide), "{half:?}");
                }
            }
        }
        check::<Brain>(bf16::from_bits, bf16::to_f32);
        check::<Portable>(f16::from_bits, f16::to_f32);
        #[cfg(target_arch = "x86_64")]
        if Level::of_machine() > Level::Base {
            check::<f16c::Converted>(f16::from_bits, f16::to_f32);
        }
    }

    fn same(a: f32, b: f32) -> bool {
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
    }

    #[test]
    fn every_half_has_its_value() {
        for bits in 0..=u16::MAX {
            let (half, brain) = (f16::from_bits(bits), bf16::from_bits(bits));
            assert!(same(f16_to_f32(half), half.to_f32()), "{bits:x}");
            assert!(same(bf16_to_f32(brain), brain.to_f32()), "{bits:x}");
        }
    }

    #[test]
    fn singles_are_rounded_to_the_nearest_half() {
        // Around each half, and each tie between two.
        for bits in (0..=u32::MAX).step_by(1 << 12) {
            for bits in [bits.wrapping_sub(1), bits, bits | 1] {
                let x = f32::from_bits(bits);
                let (half, brain) = (f32_to_f16(x), f32_to_bf16(x));
                let (expected, brain_expected) = (f16::from_f32(x), bf16::from_f32(x));
                assert!(same(half.to_f32(), expected.to_f32()), "{bits:x}");
                assert!(same(brain.to_f32(), brain_expected.to_f32()), "{bits:x}");
            }
        }
    }
}
