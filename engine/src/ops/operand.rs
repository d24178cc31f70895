//! What an element-wise op takes: arrays and numbers; and the operators of Rust on arrays.

use super::binary;
use super::unary;
use crate::array::{Array, Operand};
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
                binary::$function($x, $y).unwrap_or_else(|error| panic!("{error}"))
            }
        }
    };
}

operators!(Add add add, Sub sub subtract, Mul mul multiply, Div div true_divide);

impl std::ops::Neg for &Array {
    type Output = Array;

    fn neg(self) -> Array {
        unary::negative(self).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl std::ops::Neg for Array {
    type Output = Array;

    fn neg(self) -> Array {
        -&self
    }
}
