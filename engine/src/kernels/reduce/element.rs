//! What the accumulations ask of element types: conversion without a copy of the array, totals,
//! order.

use std::fmt::Debug;
use std::ops::{Add, Mul, Sub};

use half::{bf16, f16};

use crate::dtype::{C64, C128, Element};
use crate::kernels::half_precision::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16, widen_all};

/// Conversion to the type that is accumulated, or compared.
pub trait To<A>: Element {
    /// True where [`To::to_all`] has a faster way than one element after the other.
    const IS_FASTER_TOGETHER: bool = false;

    /// The converted element.
    fn to(self) -> A;

    /// The converted elements.
    #[inline(always)]
    fn to_all<const N: usize>(x: &[Self; N]) -> [A; N] {
        x.map(To::to)
    }
}

macro_rules! to {
    ($($acc:ty),*) => {$(
        to!(@ $acc, |x| x as $acc; i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);
        to!(@ $acc, |x| u8::from(x) as $acc; bool);
        to!(@ $acc, |x| bf16_to_f32(x) as $acc; bf16);
    )*};
    (@ $acc:ty, |$x:ident| $to:expr; $($ty:ty),*) => {$(
        impl To<$acc> for $ty {
            #[inline(always)]
            fn to(self) -> $acc {
                let $x = self;
                $to
            }
        }
    )*};
}

to!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

macro_rules! f16_to {
    ($($acc:ty),*) => { $(to!(@ $acc, |x| f16_to_f32(x) as $acc; f16);)* };
}

f16_to!(i8, i16, i32, i64, u8, u16, u32, u64, f64);

impl To<f32> for f16 {
    const IS_FASTER_TOGETHER: bool = true;

    #[inline(always)]
    fn to(self) -> f32 {
        f16_to_f32(self)
    }

    #[inline(always)]
    fn to_all<const N: usize>(x: &[f16; N]) -> [f32; N] {
        widen_all(x)
    }
}

to!(@ C128, |x| C128::new(To::<f64>::to(x), 0.0);
    bool, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64);
to!(@ C128, |x| C128::new(f64::from(x.re), f64::from(x.im)); C64);
to!(@ C128, |x| x; C128);

/// A type that sums and products have: what they accumulate in, and how they are rounded.
pub trait Total: Element {
    /// The type of the accumulation, at least as precise. Sums are pairwise, so single precision
    /// stays as exact as its elements.
    type Acc: Copy + Send + Sync + Debug;
    /// The empty sum.
    const ZERO: Self::Acc;
    /// The empty product.
    const ONE: Self::Acc;
    /// A sum.
    fn plus(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// A product.
    fn times(a: Self::Acc, b: Self::Acc) -> Self::Acc;
    /// The accumulation, rounded.
    fn from_acc(acc: Self::Acc) -> Self;
}

macro_rules! total {
    ($($ty:ty, $acc:ty, $zero:expr, $one:expr,
        |$a:ident, $b:ident| $plus:expr, $times:expr, $from:expr;)*) => {$(
        impl Total for $ty {
            type Acc = $acc;
            const ZERO: $acc = $zero;
            const ONE: $acc = $one;

            #[inline(always)]
            fn plus($a: $acc, $b: $acc) -> $acc {
                $plus
            }

            #[inline(always)]
            fn times($a: $acc, $b: $acc) -> $acc {
                $times
            }

            #[inline(always)]
            fn from_acc($a: $acc) -> $ty {
                $from
            }
        }
    )*};
    (ints $($ty:ty),*) => {
        total! {$(
            $ty, $ty, 0, 1, |a, b| a.wrapping_add(b), a.wrapping_mul(b), a;
        )*}
    };
}

total!(ints i8, i16, i32, i64, u8, u16, u32, u64);
total! {
    f16, f32, 0.0, 1.0, |a, b| a + b, a * b, f32_to_f16(a);
    bf16, f32, 0.0, 1.0, |a, b| a + b, a * b, f32_to_bf16(a);
    f32, f32, 0.0, 1.0, |a, b| a + b, a * b, a;
    f64, f64, 0.0, 1.0, |a, b| a + b, a * b, a;
    C64, C128, C128::new(0.0, 0.0), C128::new(1.0, 0.0), |a, b| a + b, a * b,
        C64::new(a.re as f32, a.im as f32);
    C128, C128, C128::new(0.0, 0.0), C128::new(1.0, 0.0), |a, b| a + b, a * b, a;
}

/// A type whose totals can be divided: what means have.
pub trait Quotient: Total {
    /// A total divided by a count.
    fn over(total: Self::Acc, n: f64) -> Self::Acc;
}

macro_rules! quotient {
    ($($ty:ty: |$total:ident, $n:ident| $over:expr;)*) => {$(
        impl Quotient for $ty {
            #[inline(always)]
            fn over($total: Self::Acc, $n: f64) -> Self::Acc {
                $over
            }
        }
    )*};
}

quotient! {
    f16: |total, n| total / n as f32;
    bf16: |total, n| total / n as f32;
    f32: |total, n| total / n as f32;
    f64: |total, n| total / n;
    C64: |total, n| total / n;
    C128: |total, n| total / n;
}

/// A mean that elements deviate from.
pub trait Mean:
    Quotient<Acc = Self> + Add<Output = Self> + Sub<Output = Self> + Mul<f64, Output = Self>
{
    /// The square of its distance from zero.
    fn square(self) -> f64;
}

impl Mean for f64 {
    #[inline(always)]
    fn square(self) -> f64 {
        self * self
    }
}

impl Mean for C128 {
    #[inline(always)]
    fn square(self) -> f64 {
        self.norm_sqr()
    }
}

/// A type with an order, in which a NaN comes before everything from both ends.
pub trait Ordered: Element {
    /// True where [`Ordered::keys`] has a faster way than one element after the other.
    const IS_FASTER_TOGETHER: bool = false;
    /// What is compared.
    type Key: Copy + Send + Sync + PartialOrd;
    /// A key below all others.
    const LOWEST: Self::Key;
    /// A key above all others.
    const HIGHEST: Self::Key;
    /// The key of a NaN, where there are any.
    const NAN: Self::Key;
    /// The key of an element.
    fn key(self) -> Self::Key;

    /// The keys of several elements.
    #[inline(always)]
    fn keys<const N: usize>(x: &[Self; N]) -> [Self::Key; N] {
        x.map(Ordered::key)
    }

    /// The element of a key.
    fn from_key(key: Self::Key) -> Self;
    /// True for a NaN.
    fn is_nan(key: Self::Key) -> bool;
}

macro_rules! ordered {
    ($(
        $ty:ty, $key:ty, $lowest:expr, $highest:expr, $nan:expr, |$x:ident| $to:expr, $from:expr
        $(, together: $together:expr)?;
    )*) => {$(
        impl Ordered for $ty {
            $(
                const IS_FASTER_TOGETHER: bool = true;

                #[inline(always)]
                fn keys<const N: usize>(x: &[$ty; N]) -> [$key; N] {
                    $together(x)
                }
            )?

            type Key = $key;
            const LOWEST: $key = $lowest;
            const HIGHEST: $key = $highest;
            const NAN: $key = $nan;

            #[inline(always)]
            fn key(self) -> $key {
                let $x = self;
                $to
            }

            #[inline(always)]
            fn from_key($x: $key) -> $ty {
                $from
            }

            #[inline(always)]
            fn is_nan(key: $key) -> bool {
                key != key
            }
        }
    )*};
    (ints $($ty:ty),*) => {
        ordered! {$( $ty, $ty, <$ty>::MIN, <$ty>::MAX, 0, |x| x, x; )*}
    };
}

ordered!(ints i8, i16, i32, i64, u8, u16, u32, u64);
ordered! {
    bool, u8, 0, 1, 0, |x| u8::from(x), x != 0;
    f16, f32, f32::NEG_INFINITY, f32::INFINITY, f32::NAN, |x| f16_to_f32(x), f32_to_f16(x),
        together: widen_all;
    bf16, f32, f32::NEG_INFINITY, f32::INFINITY, f32::NAN, |x| bf16_to_f32(x), f32_to_bf16(x);
    f32, f32, f32::NEG_INFINITY, f32::INFINITY, f32::NAN, |x| x, x;
    f64, f64, f64::NEG_INFINITY, f64::INFINITY, f64::NAN, |x| x, x;
}
