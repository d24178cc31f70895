//! One binary for every x86-64: a kernel body is compiled three times, for [`Level::Base`],
//! [`Level::Avx2`] and [`Level::Avx512`], and the best version that the machine runs is picked.
//!
//! A body is ordinary scalar code that LLVM vectorises. It is compiled for a level only where it
//! is inlined into that level's version, so everything it calls in its loop is
//! `#[inline(always)]`, the closure given to [`run`] included:
//!
//! ```
//! use forerun_engine::kernels::simd;
//!
//! fn scale(x: &mut [f32], by: f32) {
//!     #[inline(always)]
//!     fn body(x: &mut [f32], by: f32) {
//!         x.iter_mut().for_each(|x| *x *= by);
//!     }
//!     simd::run(#[inline(always)] || body(x, by))
//! }
//! # let mut x = [1.0, 2.0];
//! # scale(&mut x, 3.0);
//! # assert_eq!(x, [3.0, 6.0]);
//! ```
//!
//! An inner function that takes the slices as arguments, as here, tells LLVM that they do not
//! overlap; a closure that captures them does not.

#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "calling a function compiled for more features than the binary asks for"
    )
)]

use std::sync::OnceLock;

/// Names in the environment the highest level to use: `base`, `avx2` or `avx512`.
pub const LEVEL_VARIABLE: &str = "FORERUN_SIMD";

/// A set of instructions that kernels are compiled for, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// What the binary is compiled for: SSE2 on x86-64, NEON on aarch64.
    Base,
    /// AVX2 with fused multiply-add and half-precision conversion (x86-64-v3).
    Avx2,
    /// AVX-512 F, BW, CD, DQ and VL (x86-64-v4). LLVM then uses 512-bit vectors, as no narrower
    /// width is asked for by a `target-cpu`.
    Avx512,
}

impl Level {
    /// Every level, least first.
    pub const ALL: [Level; 3] = [Level::Base, Level::Avx2, Level::Avx512];

    /// The level that kernels run at: the machine's, or a lower one that [`LEVEL_VARIABLE`] named
    /// when this was first called.
    #[inline]
    pub fn current() -> Level {
        static CURRENT: OnceLock<Level> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let cap = std::env::var(LEVEL_VARIABLE).ok();
            let cap = cap.and_then(|name| Level::from_name(&name));
            Level::of_machine().min(cap.unwrap_or(Level::Avx512))
        })
    }

    /// The highest level that the machine can run.
    #[inline]
    pub fn of_machine() -> Level {
        static MACHINE: OnceLock<Level> = OnceLock::new();
        *MACHINE.get_or_init(Level::detect)
    }

    #[cfg(target_arch = "x86_64")]
    fn detect() -> Level {
        macro_rules! has {
            ($($feature:tt)*) => { $(is_x86_feature_detected!($feature))&&* };
        }
        let avx2 = has!("avx2" "fma" "bmi1" "bmi2" "lzcnt" "popcnt" "f16c");
        let avx512 = has!("avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl");
        match (avx2, avx512) {
            (true, true) => Level::Avx512,
            (true, false) => Level::Avx2,
            (false, _) => Level::Base,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn detect() -> Level {
        Level::Base
    }

    /// The level's name, as in [`LEVEL_VARIABLE`].
    pub const fn name(self) -> &'static str {
        match self {
            Level::Base => "base",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }

    /// The level called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// Runs `body` compiled for [`Level::current`].
#[inline]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    run_at(Level::current(), body)
}

/// Runs `body` compiled for `level`, or for the machine's own level if that is lower.
#[inline]
pub fn run_at<R>(level: Level, body: impl FnOnce() -> R) -> R {
    match level.min(Level::of_machine()) {
        // SAFETY: `Level::of_machine` has found every feature of this level.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::avx512(body) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::avx2(body) },
        _ => body(),
    }
}

/// Asks for memory `ahead` bytes behind the start of `x`, as much as `x` has.
#[inline(always)]
pub(super) fn prefetch<T>(x: &[T], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    for at in (0..size_of_val(x)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let place = x.as_ptr().cast::<i8>().wrapping_add(ahead + at);
        // SAFETY: a prefetch may be given any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (x, ahead);
}

/// A kernel that is chosen once and called many times, through a function pointer.
pub trait Kernel {
    /// What it is called with, usually a tuple of slices.
    type Args<'a>;
    /// What it returns.
    type Out;

    /// The computation; `#[inline(always)]` in every implementation.
    fn body(args: Self::Args<'_>) -> Self::Out;
}

/// A compiled version of the kernel `K`.
pub type Version<K> = for<'a> fn(<K as Kernel>::Args<'a>) -> <K as Kernel>::Out;

/// The version of `K` for [`Level::current`].
pub fn version<K: Kernel>() -> Version<K> {
    version_at::<K>(Level::current())
}

/// The version of `K` for `level`, or for the machine's own level if that is lower.
pub fn version_at<K: Kernel>(level: Level) -> Version<K> {
    match level.min(Level::of_machine()) {
        // SAFETY: `Level::of_machine` has found every feature of this level.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => |args| unsafe { x86::kernel_avx512::<K>(args) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => |args| unsafe { x86::kernel_avx2::<K>(args) },
        _ => |args| K::body(args),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Kernel;

    macro_rules! compiled_for {
        ($run:ident, $kernel:ident, $features:literal) => {
            #[target_feature(enable = $features)]
            pub(super) fn $run<R>(body: impl FnOnce() -> R) -> R {
                body()
            }

            #[target_feature(enable = $features)]
            pub(super) fn $kernel<K: Kernel>(args: K::Args<'_>) -> K::Out {
                K::body(args)
            }
        };
    }

    compiled_for!(avx2, kernel_avx2, "avx2,fma,bmi1,bmi2,lzcnt,popcnt,f16c");
    compiled_for!(
        avx512,
        kernel_avx512,
        "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi1,bmi2,lzcnt,popcnt,f16c"
    );
}

#[cfg(test)]
mod tests;
