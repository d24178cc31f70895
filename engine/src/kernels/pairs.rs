//! Two arithmetic functions as one loop: `a * b + c` reads three blocks and writes one, where two
//! loops would write what is between to the cache and read it again. Each function is rounded by
//! itself, so the bits are those of two loops.

use std::ops::{Add, Mul, Sub};

use super::blocks::{Block, map2, map3};
use crate::dtype::Element;

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
}

impl Paired for f32 {}
impl Paired for f64 {}

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
    });
    block
}

/// What a block that [`single`] made is.
#[derive(Clone, Copy)]
pub(super) struct Single {
    function: Arithmetic,
    paired: fn(Arithmetic, Arithmetic, bool) -> Block,
}

/// The block that runs `first` and then `second`, which reads the result of `first` as its source 0
/// or, with `is_right`, as its source 1. It reads both of `first`, then the other of `second`.
/// `None` where one of them is no arithmetic, or they are of different dtypes.
pub(super) fn of_blocks(first: &Block, second: &Block, is_right: bool) -> Option<Block> {
    let (first_is, second_is) = (first.arithmetic?, second.arithmetic?);
    let fit = first.to == second.to;
    fit.then(|| (first_is.paired)(first_is.function, second_is.function, is_right))
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
