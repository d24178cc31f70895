//! Two arithmetic functions as one loop: `a * b + c` reads three blocks and writes one, where two
//! loops would write what is between to the cache and read it again. Each function is rounded by
//! itself, so the bits are those of two loops.

use std::ops::{Add, Mul, Sub};

use super::blocks::{Block, map2, map3};
use super::halves;
use crate::dtype::{DType, Element};

/// A function that pairs are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// `a + b`
    Add,
    /// `a - b`
    Subtract,
    /// `a * b`
    Multiply,
}

/// A float type that pairs run on.
pub trait Paired:
    Element + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Copy
{
    /// The loop with half precision on both sides, where that is computed in this type.
    const HALVED: Option<Halved> = None;
}

impl Paired for f32 {
    const HALVED: Option<Halved> = Some(halves::single);
}
impl Paired for f64 {}

/// Makes the loop of a function that gives half precision.
pub(super) type Halved = fn(Arithmetic, DType) -> Option<Block>;

/// The function by itself.
pub fn single<T: Paired>(function: Arithmetic) -> Block {
    let mut block = match function {
        Arithmetic::Add => map2(
            #[inline(always)]
            |a: T, b: T| a + b,
        ),
        Arithmetic::Subtract => map2(
            #[inline(always)]
            |a: T, b: T| a - b,
        ),
        Arithmetic::Multiply => map2(
            #[inline(always)]
            |a: T, b: T| a * b,
        ),
    };
    block.arithmetic = Some(Single {
        function,
        paired: pair::<T>,
        halved: T::HALVED,
    });
    block
}

/// What a block that [`single`] made is.
#[derive(Clone, Copy)]
pub(super) struct Single {
    pub(super) function: Arithmetic,
    pub(super) paired: fn(Arithmetic, Arithmetic, bool) -> Block,
    pub(super) halved: Option<Halved>,
}

/// The loop of `block` that gives results of a half-precision `dtype`, and reads those of its
/// sources as they are that `is_half`, if there is one.
pub(super) fn in_half(block: &Block, dtype: DType, is_half: [bool; 2]) -> Option<Block> {
    let single = block.arithmetic?;
    let mut halved = single.halved?(single.function, dtype)?;
    for (from, is_half) in halved.from.iter_mut().zip(is_half) {
        *from = if is_half { dtype } else { block.to };
    }
    Some(halved)
}

/// The block that runs `first` and then `second`, which reads the result of `first` as its source 0
/// or, with `is_right`, as its source 1. It reads both of `first`, then the other of `second`.
/// `None` where one of them is no arithmetic, or they are of different dtypes.
pub(super) fn of_blocks(first: &Block, second: &Block, is_right: bool) -> Option<Block> {
    let (first_is, second_is) = (first.arithmetic?, second.arithmetic?);
    if first.to != second.to {
        return None;
    }
    let mut both = (first_is.paired)(first_is.function, second_is.function, is_right);
    both.from = [
        first.from[0],
        first.from[1],
        second.from[usize::from(!is_right)],
    ];
    Some(both)
}

fn pair<T: Paired>(first: Arithmetic, second: Arithmetic, is_right: bool) -> Block {
    macro_rules! pairs {
        ($($name:ident $op:tt),*) => {
            match (first, second, is_right) { $(
                (Arithmetic::$name, Arithmetic::Add, _) => {
                    map3(#[inline(always)] |a: T, b: T, c: T| (a $op b) + c)
                }
                (Arithmetic::$name, Arithmetic::Multiply, _) => {
                    map3(#[inline(always)] |a: T, b: T, c: T| (a $op b) * c)
                }
                (Arithmetic::$name, Arithmetic::Subtract, false) => {
                    map3(#[inline(always)] |a: T, b: T, c: T| (a $op b) - c)
                }
                (Arithmetic::$name, Arithmetic::Subtract, true) => {
                    map3(#[inline(always)] |a: T, b: T, c: T| c - (a $op b))
                }
            )* }
        };
    }
    pairs!(Add +, Subtract -, Multiply *)
}
