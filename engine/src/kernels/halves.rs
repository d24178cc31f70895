//! Arithmetic on half precision as one loop, alone or [in pairs](super::pairs): numbers become single
//! precision as they are read, and are rounded as they are written and between two functions, all
//! in registers. Blocks of conversions around each function would pass through the cache seven times
//! for `x * y + 2`.
#![expect(unsafe_code, reason = "numbers are read and written through pointers")]

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::blocks::{Block, Pointers};
#[cfg(target_arch = "x86_64")]
use super::half_precision::f16c::Converted;
use super::half_precision::{Brain, Half, Portable, TOGETHER};
use super::pairs::{Arithmetic, Single};
use super::simd;
use crate::dtype::{DType, Element};

/// The loop of one function with results of `dtype`, if that is half precision. Its sources are of
/// this dtype or `F32`, as their entries in `from` say.
pub(super) fn single(function: Arithmetic, dtype: DType) -> Option<Block> {
    match dtype {
        DType::BF16 => Some(single_of::<Brain>(function)),
        #[cfg(target_arch = "x86_64")]
        DType::F16 if simd::Level::current() > simd::Level::Base => {
            Some(single_of::<Converted>(function))
        }
        DType::F16 => Some(single_of::<Portable>(function)),
        _ => None,
    }
}

/// Runs `$body` with the function of a name.
macro_rules! function {
    ($function:expr, $f:ident => $body:expr) => {
        match $function {
            Arithmetic::Add => {
                let $f = add;
                $body
            }
            Arithmetic::Subtract => {
                let $f = subtract;
                $body
            }
            Arithmetic::Multiply => {
                let $f = multiply;
                $body
            }
        }
    };
}

#[inline(always)]
fn add(a: f32, b: f32) -> f32 {
    a + b
}

#[inline(always)]
fn subtract(a: f32, b: f32) -> f32 {
    a - b
}

#[inline(always)]
fn subtract_from(a: f32, b: f32) -> f32 {
    b - a
}

#[inline(always)]
fn multiply(a: f32, b: f32) -> f32 {
    a * b
}

fn single_of<H: Half>(function: Arithmetic) -> Block {
    let run = function!(function, f => version_of_one::<H, _>(f));
    let arithmetic = Single {
        function,
        paired: pair_of::<H>,
        halved: None,
    };
    block::<H>(2, run, Some(arithmetic))
}

fn pair_of<H: Half>(first: Arithmetic, second: Arithmetic, is_right: bool) -> Block {
    let run = function!(first, f => match (second, is_right) {
        (Arithmetic::Subtract, true) => {
            version_of_two::<H, _, _>(f, subtract_from)
        }
        _ => function!(second, g => version_of_two::<H, _, _>(f, g)),
    });
    block::<H>(3, run, None)
}

fn block<H: Half>(n_sources: usize, run: fn(Pointers), arithmetic: Option<Single>) -> Block {
    let dtype = H::Element::DTYPE;
    Block::new(n_sources, [dtype; 3], dtype, run, arithmetic)
}

/// One function.
struct One<H, F>(PhantomData<(H, F)>);
/// Two functions, of which the second reads what the first gives.
struct Two<H, F, G>(PhantomData<(H, F, G)>);

/// A function of two numbers that captures nothing.
trait Function: Fn(f32, f32) -> f32 + Copy {
    /// The function, without a value of its type at hand.
    #[inline(always)]
    fn itself() -> Self {
        const {
            assert!(
                size_of::<Self>() == 0,
                "a block's function captures nothing"
            )
        };
        // SAFETY: a value without bytes can be read from any aligned pointer, and each of these
        // types came with a value, which is `Copy`.
        unsafe { NonNull::<Self>::dangling().read() }
    }
}

impl<F: Fn(f32, f32) -> f32 + Copy> Function for F {}

fn version_of_one<H: Half, F: Function>(_f: F) -> fn(Pointers) {
    simd::version::<One<H, F>>()
}

fn version_of_two<H: Half, F: Function, G: Function>(_f: F, _g: G) -> fn(Pointers) {
    simd::version::<Two<H, F, G>>()
}

impl<H: Half, F: Function> simd::Kernel for One<H, F> {
    type Args<'a> = Pointers;
    type Out = ();

    #[inline(always)]
    fn body(p: Pointers) {
        each::<H, 2>(
            &p,
            #[inline(always)]
            |[a, b]| each_pair(a, b, F::itself()),
        );
    }
}

impl<H: Half, F: Function, G: Function> simd::Kernel for Two<H, F, G> {
    type Args<'a> = Pointers;
    type Out = ();

    #[inline(always)]
    fn body(p: Pointers) {
        each::<H, 3>(
            &p,
            #[inline(always)]
            |[a, b, c]| {
                let between = H::widen(H::narrow(each_pair(a, b, F::itself())));
                each_pair(between, c, G::itself())
            },
        );
    }
}

#[inline(always)]
fn each_pair(a: Wide, b: Wide, f: impl Function) -> Wide {
    let mut out = [0.0; TOGETHER];
    for i in 0..TOGETHER {
        out[i] = f(a[i], b[i]);
    }
    out
}

/// Numbers that are computed together.
type Wide = [f32; TOGETHER];

/// Writes what `f` makes of the sources. `f` is handed on by value, not by reference, through which
/// it would not be inlined. The target may be a source: each place is read before it
/// is written.
#[inline(always)]
fn each<H: Half, const N: usize>(p: &Pointers, f: impl Fn([Wide; N]) -> Wide + Copy) {
    let whole = p.len() / TOGETHER * TOGETHER;
    let mut at = 0;
    while at < whole {
        some::<H, N>(p, at, TOGETHER, f);
        at += TOGETHER;
    }
    if whole < p.len() {
        some::<H, N>(p, whole, p.len() - whole, f);
    }
}

/// As [`each`], for `len` elements from `at` on.
#[inline(always)]
fn some<H: Half, const N: usize>(
    p: &Pointers,
    at: usize,
    len: usize,
    f: impl Fn([Wide; N]) -> Wide,
) {
    let mut sources = [[0.0; TOGETHER]; N];
    for (i, source) in sources.iter_mut().enumerate() {
        // SAFETY: `Pointers::new`: the source has `len` elements from `at` on.
        *source = unsafe {
            match p.dtype(i) {
                DType::F32 => read(p.source::<f32>(i, at), len),
                _ => H::widen(read(p.source::<H::Element>(i, at), len)),
            }
        };
    }
    let made = H::narrow(f(sources));
    // SAFETY: `Pointers::new`: the target has room for `len` elements from `at` on.
    unsafe { write(made, p.target::<H::Element>(at), len) };
}

/// Reads `len` elements; the others are zeros.
///
/// # Safety
/// There are as many, and `len` is at most [`TOGETHER`].
#[inline(always)]
unsafe fn read<T: Element>(from: *const T, len: usize) -> [T; TOGETHER] {
    // SAFETY: the caller's promise.
    unsafe {
        if len == TOGETHER {
            return from.cast::<[T; TOGETHER]>().read_unaligned();
        }
        let mut some = [T::default(); TOGETHER];
        std::ptr::copy_nonoverlapping(from, some.as_mut_ptr(), len);
        some
    }
}

/// Writes the first `len` elements.
///
/// # Safety
/// There is room for as many, and `len` is at most [`TOGETHER`].
#[inline(always)]
unsafe fn write<T: Element>(x: [T; TOGETHER], to: *mut T, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if len == TOGETHER {
            return to.cast::<[T; TOGETHER]>().write_unaligned(x);
        }
        std::ptr::copy_nonoverlapping(x.as_ptr(), to, len);
    }
}
