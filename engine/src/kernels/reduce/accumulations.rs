//! The reductions: sums, products, extremes, truth.

use std::marker::PhantomData;

use super::Reduction;
use super::element::{Ordered, Quotient, To, Total};
use super::extreme::{Greatest, Least, best_key};
use crate::dtype::Element;
use crate::kernels::lanes::{self, LANES};

macro_rules! marker {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name<O>(PhantomData<fn() -> O>);

        impl<O> $name<O> {
            /// The reduction with results of type `O`.
            pub fn new() -> Self {
                Self(PhantomData)
            }
        }
    )*};
}

/// The mean of elements of any type that converts, as an `O`.
#[derive(Clone, Copy, Debug)]
pub struct Average<O> {
    total: Sum<O>,
    n: f64,
}

impl<O> Average<O> {
    /// The mean over `n` elements.
    pub fn of(n: usize) -> Self {
        Self {
            total: Sum::new(),
            n: n as f64,
        }
    }
}

impl<T: To<O::Acc>, O: Quotient> Reduction<T> for Average<O> {
    type Acc = O::Acc;
    type Out = O;

    #[inline(always)]
    fn identity(&self) -> O::Acc {
        O::ZERO
    }

    #[inline(always)]
    fn step(&self, acc: O::Acc, x: T) -> O::Acc {
        Reduction::<T>::step(&self.total, acc, x)
    }

    #[inline(always)]
    fn block(&self, x: &[T]) -> O::Acc {
        Reduction::<T>::block(&self.total, x)
    }

    #[inline(always)]
    fn merge(&self, a: O::Acc, b: O::Acc) -> O::Acc {
        O::plus(a, b)
    }

    #[inline(always)]
    fn finish(&self, acc: O::Acc) -> O {
        O::from_acc(O::over(acc, self.n))
    }
}

marker! {
    /// The sum of elements of any type that converts, as an `O`.
    Sum;
    /// The product of elements of any type that converts, as an `O`.
    Prod;
}

/// The greatest element; a NaN if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Max;

/// The least element; a NaN if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Min;

/// True if an element is not zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Any;

/// True if no element is zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct All;

/// A reduction, with a way of its own with blocks where it has one.
macro_rules! reduction {
    ($(
        [$($generics:tt)*] $name:ty: $src:ty, $acc:ty => $out:ty {
            identity: $identity:expr,
            step: |$s_acc:ident, $x:ident| $step:expr,
            merge: |$a:ident, $b:ident| $merge:expr,
            finish: |$acc_:ident| $finish:expr,
            $(block: |$block:ident| $of_block:expr,)?
        }
    )*) => {$(
        impl<$($generics)*> Reduction<$src> for $name {
            type Acc = $acc;
            type Out = $out;

            #[inline(always)]
            fn identity(&self) -> $acc {
                $identity
            }

            #[inline(always)]
            fn step(&self, $s_acc: $acc, $x: $src) -> $acc {
                $step
            }

            #[inline(always)]
            fn merge(&self, $a: $acc, $b: $acc) -> $acc {
                $merge
            }

            #[inline(always)]
            fn finish(&self, $acc_: $acc) -> $out {
                $finish
            }

            $(
                #[inline(always)]
                fn block(&self, $block: &[$src]) -> $acc {
                    $of_block
                }
            )?
        }
    )*};
}

reduction! {
    [T: To<O::Acc>, O: Total] Sum<O>: T, O::Acc => O {
        identity: O::ZERO,
        step: |acc, x| O::plus(acc, x.to()),
        merge: |a, b| O::plus(a, b),
        finish: |acc| O::from_acc(acc),
        block: |x| sum_of_block::<T, O>(x),
    }
    [T: To<O::Acc>, O: Total] Prod<O>: T, O::Acc => O {
        identity: O::ONE,
        step: |acc, x| O::times(acc, x.to()),
        merge: |a, b| O::times(a, b),
        finish: |acc| O::from_acc(acc),
    }
    [T: Ordered] Max: T, T::Key => T {
        identity: T::LOWEST,
        step: |acc, x| greater::<T>(acc, x.key()),
        merge: |a, b| greater::<T>(a, b),
        finish: |acc| T::from_key(acc),
        block: |x| best_key::<T, Greatest>(x),
    }
    [T: Ordered] Min: T, T::Key => T {
        identity: T::HIGHEST,
        step: |acc, x| less::<T>(acc, x.key()),
        merge: |a, b| less::<T>(a, b),
        finish: |acc| T::from_key(acc),
        block: |x| best_key::<T, Least>(x),
    }
    [T: Element] Any: T, bool => bool {
        identity: false,
        step: |acc, x| acc | (x != T::default()),
        merge: |a, b| a | b,
        finish: |acc| acc,
    }
    [T: Element] All: T, bool => bool {
        identity: true,
        step: |acc, x| acc & (x != T::default()),
        merge: |a, b| a & b,
        finish: |acc| acc,
    }
}

/// The greater key, or the NaN. Not `max`, which drops NaNs.
#[inline(always)]
pub(super) fn greater<T: Ordered>(a: T::Key, b: T::Key) -> T::Key {
    if (b > a) | T::is_nan(b) { b } else { a }
}

/// The lesser key, or the NaN.
#[inline(always)]
pub(super) fn less<T: Ordered>(a: T::Key, b: T::Key) -> T::Key {
    if (b < a) | T::is_nan(b) { b } else { a }
}

/// The sum of a block; elements that are converted slowly one by one are converted together first.
#[inline(always)]
fn sum_of_block<T: To<O::Acc>, O: Total>(x: &[T]) -> O::Acc {
    if !T::IS_FASTER_TOGETHER {
        return lanes::accumulate(
            x,
            O::ZERO,
            #[inline(always)]
            |acc, x| O::plus(acc, x.to()),
            O::plus,
        );
    }
    const PIECE: usize = 4 * LANES;
    let mut accs = [O::ZERO; LANES];
    let (pieces, rest) = x.as_chunks::<PIECE>();
    for piece in pieces {
        lanes::add(&T::to_all(piece), &mut accs, O::plus);
    }
    lanes::add(
        rest,
        &mut accs,
        #[inline(always)]
        |acc, x| O::plus(acc, x.to()),
    );
    lanes::merge_lanes(&accs, O::plus)
}
