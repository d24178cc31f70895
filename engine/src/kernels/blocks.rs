//! Element-wise loops over one block: contiguous elements in, contiguous elements out.
//!
//! A [`Block`] is a Rust closure on elements (`|x: f32| x.tanh()`) compiled into such a loop for
//! each SIMD level. [`super::program`] strings blocks together.
#![expect(
    unsafe_code,
    reason = "blocks are called through pointers to elements of any type"
)]

use std::fmt;
use std::ptr::NonNull;

use half::{bf16, f16};

#[cfg(target_arch = "x86_64")]
use super::half_precision::f16c;
use super::half_precision::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use super::pairs::{self, Single};
use super::simd;
use crate::dispatch;
use crate::dtype::{C64, C128, DType, Element};

/// A loop over the elements of one block, from up to three sources.
#[derive(Clone, Copy)]
pub struct Block {
    /// How many sources it reads.
    pub n_sources: usize,
    /// Their dtypes.
    pub from: [DType; 3],
    /// The dtype that it writes.
    pub to: DType,
    run: fn(Pointers),
    /// What it is to [`super::pairs`].
    pub(super) arithmetic: Option<Single>,
}

impl Block {
    /// A block with a loop of its own.
    pub(super) fn new(
        n_sources: usize,
        from: [DType; 3],
        to: DType,
        run: fn(Pointers),
        arithmetic: Option<Single>,
    ) -> Block {
        Block {
            n_sources,
            from,
            to,
            run,
            arithmetic,
        }
    }

    /// The block that gives the same numbers in a half-precision `dtype` and reads each source as it
    /// is that is of this dtype, by their dtypes in `from`; itself if there is no such loop.
    #[must_use]
    pub fn in_half(self, dtype: DType, from: [Option<DType>; 2]) -> Block {
        let is_half = from.map(|from| from == Some(dtype));
        pairs::in_half(&self, dtype, is_half).unwrap_or(self)
    }

    /// Runs the loop.
    pub(super) fn run(&self, pointers: Pointers) {
        let dtypes = self.from;
        (self.run)(Pointers { dtypes, ..pointers });
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Block({:?} -> {})",
            &self.from[..self.n_sources],
            self.to
        )
    }
}

/// Where one call of a block reads and writes. To hold one is to know that it is valid.
#[derive(Clone, Copy)]
pub(super) struct Pointers {
    sources: [*const u8; 3],
    target: *mut u8,
    n: usize,
    /// Those of the sources, for loops that take several.
    dtypes: [DType; 3],
}

impl Pointers {
    /// Pointers for one call on `n` elements.
    ///
    /// # Safety
    /// For the time of the call each source of the block holds `n` initialised elements of its
    /// dtype, the target has room for `n`, and nobody else accesses the target. The target is
    /// apart from each source or begins exactly where the source does.
    pub(super) unsafe fn new(sources: [*const u8; 3], target: *mut u8, n: usize) -> Pointers {
        Pointers {
            sources,
            target,
            n,
            dtypes: [DType::Bool; 3],
        }
    }

    /// How many elements there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The dtype of source `i`.
    #[inline(always)]
    pub(super) fn dtype(&self, i: usize) -> DType {
        self.dtypes[i]
    }

    /// Source `i` from an element on.
    #[inline(always)]
    pub(super) fn source<T: Element>(&self, i: usize, at: usize) -> *const T {
        self.sources[i].cast::<T>().wrapping_add(at)
    }

    /// The target from an element on.
    #[inline(always)]
    pub(super) fn target<T: Element>(&self, at: usize) -> *mut T {
        self.target.cast::<T>().wrapping_add(at)
    }
}

/// How many elements are copied aside at a time where the target is the source.
const ASIDE: usize = 128;

/// The elements of source `i`, `at..at + len`, or a copy of them where the target overwrites them.
#[inline(always)]
fn source<T: Element>(
    p: &Pointers,
    i: usize,
    at: usize,
    len: usize,
    aside: &mut [T; ASIDE],
) -> NonNull<T> {
    let from = p.sources[i].cast::<T>().wrapping_add(at);
    if p.sources[i] == p.target.cast_const() {
        // SAFETY: `Pointers::new`: the source holds these elements; `len` is at most `ASIDE`.
        unsafe { std::ptr::copy_nonoverlapping(from, aside.as_mut_ptr(), len) };
        NonNull::from(aside).cast()
    } else {
        NonNull::new(from.cast_mut()).expect("a source is a pointer into a buffer")
    }
}

macro_rules! map {
    (
        $(#[$doc:meta])*
        $map:ident, $kernel:ident, $each:ident, $n:literal, $($T:ident $x:ident $i:literal),+
    ) => {
        struct $kernel<$($T,)+ U, F>(std::marker::PhantomData<($($T,)+ U, F)>);

        impl<$($T: Element,)+ U: Element, F: Fn($($T),+) -> U + Copy> simd::Kernel
            for $kernel<$($T,)+ U, F>
        {
            type Args<'a> = Pointers;
            type Out = ();

            #[inline(always)]
            fn body(p: Pointers) {
                // SAFETY: `$map` checks that `F` has no size, and it was given a value of `F`,
                // which is `Copy`; a value without bytes can be read from any aligned pointer.
                let f = unsafe { NonNull::<F>::dangling().read() };
                let aliased = p.sources[..$n].contains(&p.target.cast_const());
                let step = if aliased { ASIDE } else { p.n.max(1) };
                $(let mut $x = [$T::default(); ASIDE];)+
                let mut at = 0;
                while at < p.n {
                    let len = step.min(p.n - at);
                    // SAFETY: `Pointers::new`: `len` elements from `at` on are readable in each
                    // source (or were copied aside), writable in the target, and apart from it.
                    unsafe {
                        $each(
                            $(std::slice::from_raw_parts(
                                source(&p, $i, at, len, &mut $x).as_ptr(), len),)+
                            std::slice::from_raw_parts_mut(p.target.cast::<U>().add(at), len),
                            f,
                        );
                    }
                    at += len;
                }
            }
        }

        #[inline(always)]
        fn $each<$($T: Element,)+ U: Element>(
            $($x: &[$T],)+ out: &mut [U], f: impl Fn($($T),+) -> U,
        ) {
            for (i, out) in out.iter_mut().enumerate() {
                *out = f($($x[i]),+);
            }
        }

        $(#[$doc])*
        pub fn $map<$($T: Element,)+ U: Element, F>(_f: F) -> Block
        where
            F: Fn($($T),+) -> U + Copy,
        {
            const { assert!(size_of::<F>() == 0, "a block's function captures nothing") };
            let mut from = [U::DTYPE; 3];
            $(from[$i] = $T::DTYPE;)+
            Block::new($n, from, U::DTYPE, simd::version::<$kernel<$($T,)+ U, F>>(), None)
        }
    };
}

map! {
    /// The block that applies `f` to each element.
    map1, Map1, each1, 1, T x 0
}
map! {
    /// The block that applies `f` to each pair of elements.
    map2, Map2, each2, 2, A a 0, B b 1
}
map! {
    /// The block that applies `f` to each triple of elements.
    map3, Map3, each3, 3, A a 0, B b 1, C c 2
}

/// Conversion between any two element types, as `astype` does it.
pub trait Cast<U> {
    /// The nearest value of the other type: fractions are cut off, complex numbers lose their
    /// imaginary part, anything nonzero is true; integers wrap.
    fn cast(self) -> U;
}

macro_rules! cast_numbers {
    ($($from:ty),* => $to:tt) => { $(cast_numbers!(@ $from => $to);)* };
    (@ $from:ty => [$($to:ty),*]) => {
        $(impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                self as $to
            }
        })*
        impl Cast<bool> for $from {
            #[inline(always)]
            fn cast(self) -> bool {
                self != 0 as $from
            }
        }
    };
}

cast_numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64
    => [i8, i16, i32, i64, u8, u16, u32, u64, f32, f64]);

macro_rules! cast_bool {
    ($($to:ty),*) => {
        $(impl Cast<$to> for bool {
            #[inline(always)]
            fn cast(self) -> $to {
                u8::from(self) as $to
            }
        })*
    };
}

cast_bool!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

impl Cast<bool> for bool {
    #[inline(always)]
    fn cast(self) -> bool {
        self
    }
}

/// Casts of half precision, which go through the type that is named first for the others, and of
/// complex numbers through their parts.
macro_rules! cast_half {
    ($half:ty, $other_half:ty, $widen:ident, $narrow:ident, $narrow_other:ident) => {
        cast_half!(@ $half, f32, |x| $widen(x), |x| $narrow(x); i8, i16, u8, u16, f32, bool);
        cast_half!(@ $half, f64, |x| $widen(x), |x| <$half>::from_f64(x); i32, i64, u32, u64, f64);
        impl Cast<C64> for $half {
            #[inline(always)]
            fn cast(self) -> C64 {
                C64::new($widen(self), 0.0)
            }
        }
        impl Cast<C128> for $half {
            #[inline(always)]
            fn cast(self) -> C128 {
                C128::new(f64::from($widen(self)), 0.0)
            }
        }
        impl Cast<$half> for C64 {
            #[inline(always)]
            fn cast(self) -> $half {
                self.re.cast()
            }
        }
        impl Cast<$half> for C128 {
            #[inline(always)]
            fn cast(self) -> $half {
                self.re.cast()
            }
        }
        impl Cast<$half> for $half {
            #[inline(always)]
            fn cast(self) -> $half {
                self
            }
        }
        impl Cast<$other_half> for $half {
            #[inline(always)]
            fn cast(self) -> $other_half {
                $narrow_other($widen(self))
            }
        }
    };
    (@ $half:ty, $through:ty, |$x:ident| $widen:expr, |$y:ident| $narrow:expr;
        $($other:ty),*) => { $(
        impl Cast<$other> for $half {
            #[inline(always)]
            fn cast(self) -> $other {
                let $x = self;
                $widen.cast()
            }
        }
        impl Cast<$half> for $other {
            #[inline(always)]
            fn cast(self) -> $half {
                let $y: $through = self.cast();
                $narrow
            }
        }
    )* };
}

cast_half!(f16, bf16, f16_to_f32, f32_to_f16, f32_to_bf16);
cast_half!(bf16, f16, bf16_to_f32, f32_to_bf16, f32_to_f16);

macro_rules! cast_complex {
    ($complex:ident, $part:ty: $($real:ty),*) => {
        $(
            impl Cast<$complex> for $real {
                #[inline(always)]
                fn cast(self) -> $complex {
                    $complex::new(self.cast(), 0.0)
                }
            }
            impl Cast<$real> for $complex {
                #[inline(always)]
                fn cast(self) -> $real {
                    self.re.cast()
                }
            }
        )*
        impl Cast<bool> for $complex {
            #[inline(always)]
            fn cast(self) -> bool {
                self.re != 0.0 || self.im != 0.0
            }
        }
        impl Cast<$complex> for bool {
            #[inline(always)]
            fn cast(self) -> $complex {
                $complex::new(self.cast(), 0.0)
            }
        }
        impl Cast<C64> for $complex {
            #[inline(always)]
            fn cast(self) -> C64 {
                C64::new(self.re as f32, self.im as f32)
            }
        }
        impl Cast<C128> for $complex {
            #[inline(always)]
            fn cast(self) -> C128 {
                C128::new(f64::from(self.re), f64::from(self.im))
            }
        }
    };
}

cast_complex!(C64, f32: i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
cast_complex!(C128, f64: i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

/// The block that converts `from` to `to`.
pub fn cast(from: DType, to: DType) -> Block {
    #[cfg(target_arch = "x86_64")]
    if simd::Level::current() > simd::Level::Base {
        match (from, to) {
            (DType::F16, DType::F32) => return block_of::<f16, f32>(widen),
            (DType::F32, DType::F16) => return block_of::<f32, f16>(narrow),
            _ => {}
        }
    }
    dispatch!(all, from, T => dispatch!(all, to, U => {
        map1(#[inline(always)] |x: T| -> U { x.cast() })
    }))
}

#[cfg(target_arch = "x86_64")]
fn block_of<T: Element, U: Element>(run: fn(Pointers)) -> Block {
    Block::new(1, [T::DTYPE; 3], U::DTYPE, run, None)
}

#[cfg(target_arch = "x86_64")]
fn widen(p: Pointers) {
    // SAFETY: `Pointers::new`, and the target lies apart, since only elements of one size are written
    // over each other; levels above the base have the instructions.
    unsafe {
        let x = std::slice::from_raw_parts(p.sources[0].cast(), p.n);
        f16c::widen(x, std::slice::from_raw_parts_mut(p.target.cast(), p.n));
    }
}

#[cfg(target_arch = "x86_64")]
fn narrow(p: Pointers) {
    // SAFETY: as in `widen`.
    unsafe {
        let x = std::slice::from_raw_parts(p.sources[0].cast(), p.n);
        f16c::narrow(x, std::slice::from_raw_parts_mut(p.target.cast(), p.n));
    }
}
