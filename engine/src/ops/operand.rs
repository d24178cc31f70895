//! What an element-wise op takes: arrays and numbers; and the operators of Rust on arrays.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::binary;
use super::unary;
use crate::array::{Array, Operand};
use crate::error::{Error, Result};
use crate::scalar::Scalar;

/// An input of an element-wise op: an array by reference, or a number.
#[derive(Clone, Copy, Debug)]
pub struct Arg<'a>(pub(super) Operand<'a>);

impl<'a> From<&'a Array> for Arg<'a> {
    fn from(array: &'a Array) -> Arg<'a> {
        Arg(Operand::Array(array))
    }
}

impl<'a, S: Into<Scalar>> From<S> for Arg<'a> {
    fn from(number: S) -> Arg<'a> {
        Arg(Operand::Scalar(number.into()))
    }
}

thread_local! {
    /// True inside of [`raising`].
    static RAISES: Cell<bool> = const { Cell::new(false) };
}

/// What an operator that fails unwinds with inside of [`raising`].
struct Raised(Error);

/// Runs a formula in which an operator that fails ends it with the error instead of a panic.
pub(crate) fn raising<R>(formula: impl FnOnce() -> Result<R>) -> Result<R> {
    let before = RAISES.replace(true);
    let result = catch_unwind(AssertUnwindSafe(formula));
    RAISES.set(before);
    result.unwrap_or_else(|panic| match panic.downcast::<Raised>() {
        Ok(raised) => Err(raised.0),
        Err(panic) => resume_unwind(panic),
    })
}

/// The array that an operator made.
pub(super) fn made<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| {
        if RAISES.get() {
            resume_unwind(Box::new(Raised(error)));
        }
        panic!("{error}")
    })
}

/// The operators `+ - * /` between arrays, references to arrays, and numbers.
///
/// They panic where the function of the same name returns an error: on shapes that do not
/// broadcast.
macro_rules! operators {
    ($($trait:ident $method:ident $function:ident),*) => { $(
        operators!(@ $trait $method $function, Array, Array, |a, b| (&a, &b));
        operators!(@ $trait $method $function, Array, &Array, |a, b| (&a, b));
        operators!(@ $trait $method $function, &Array, Array, |a, b| (a, &b));
        operators!(@ $trait $method $function, &Array, &Array, |a, b| (a, b));
        operators!(@ $trait $method $function, Array, f64, |a, b| (&a, b));
        operators!(@ $trait $method $function, &Array, f64, |a, b| (a, b));
        operators!(@ $trait $method $function, f64, Array, |a, b| (a, &b));
        operators!(@ $trait $method $function, f64, &Array, |a, b| (a, b));
    )* };
    (@ $trait:ident $method:ident $function:ident, $left:ty, $right:ty,
     |$a:ident, $b:ident| ($x:expr, $y:expr)) => {
        impl std::ops::$trait<$right> for $left {
            type Output = Array;

            fn $method(self, other: $right) -> Array {
                let ($a, $b) = (self, other);
                made(binary::$function($x, $y))
            }
        }
    };
}

operators!(Add add add, Sub sub subtract, Mul mul multiply, Div div true_divide);

impl std::ops::Neg for &Array {
    type Output = Array;

    fn neg(self) -> Array {
        made(unary::negative(self))
    }
}

impl std::ops::Neg for Array {
    type Output = Array;

    fn neg(self) -> Array {
        -&self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_a_formula_raise_their_errors() {
        let (a, b) = (
            Array::from_slice(&[1.0f32; 2]),
            Array::from_slice(&[1.0f32; 3]),
        );
        let failed = raising(|| Ok(&a + 1.0 + &b));
        assert!(matches!(failed, Err(Error::Broadcast { op: "add", .. })));
        assert!(catch_unwind(AssertUnwindSafe(|| &a + &b)).is_err());
        assert!(raising(|| Ok(&a + &a)).is_ok());
    }
}
