//! Half precision to `f32` and back, without branches or calls, so that loops over it are
//! vectorised.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "vectors are read from pointers")
)]

use half::{bf16, f16};

#[cfg(target_arch = "x86_64")]
use super::simd::Level;

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

/// Writes the values of as many `f16` to `out`.
#[inline(always)]
pub(super) fn widen(x: &[f16], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if Level::current() > Level::Base {
        // SAFETY: every level above the base has the instructions.
        return unsafe { f16c::widen(x, out) };
    }
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f16_to_f32(x);
    }
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

    /// The values of as many `f16`.
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
