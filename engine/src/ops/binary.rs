//! Element-wise functions of two arrays, or an array and a number.

use std::f64::consts::LN_2;

use super::element::{conj, flat, kept_where};
use super::operand::Arg;
use super::registry::{Entry, Made};
use super::unary::{exp, exp2, log, sign, trunc};
use crate::array::Array;
use crate::error::Result;
use crate::kernels::math::{Integer, Real};
use crate::kernels::pairs::Arithmetic;

/// The name of a table, then entries `name = "name" { takes, loops by class of dtype; grad }`:
/// each becomes a static declaration and a function. A gradient is a pair, for the two inputs; each
/// is computed only where it is wanted.
macro_rules! binary {
    ($table:ident; $(
        $(#[$doc:meta])*
        $name:ident = $text:literal {
            takes: $takes:ident,
            $($class:ident: $f:expr),+;
            $(grad: |$g:ident, $a:ident, $b:ident, $y:ident| $da:expr, $db:expr,)?
        }
    )*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// Shapes that do not broadcast; a dtype that the function is not defined for.
        pub fn $name<'a>(a: impl Into<Arg<'a>>, b: impl Into<Arg<'a>>) -> Result<Array> {
            use $crate::ops::element::{ElementOp, Takes, blocks};
            static OP: ElementOp = ElementOp {
                def: $crate::graph::ElementDef {
                    name: $text,
                    block: blocks!(map2, $($class: $f),+),
                },
                takes: Takes::$takes,
                grad: $crate::ops::binary::binary!(@grad $(|$g, $a, $b, $y| $da, $db)?),
            };
            OP.issue(&[a.into().0, b.into().0])
        }
    )*
        /// The ops of this family.
        pub(super) static $table: &[Entry] = &[$(Entry::new($text, &["a", "b"], |arguments| {
            let (a, b): (Arg<'_>, Arg<'_>) = (arguments.next()?, arguments.next()?);
            $name(a, b).map(Made::from)
        })),*];
    };
    (@grad) => { None };
    (@grad |$g:ident, $a:ident, $b:ident, $y:ident| $da:expr, $db:expr) => {
        Some(|cx| {
            let ($g, $a, $b, $y) = (cx.g(), &cx.inputs[0], &cx.inputs[1], &cx.outputs[0]);
            let _ = ($a, $b, $y);
            Ok(smallvec::smallvec![
                cx.when_wanted(0, || Ok($da))?,
                cx.when_wanted(1, || Ok($db))?,
            ])
        })
    };
}
pub(super) use binary;

binary! {
    ENTRIES;
    /// The sum of each pair of elements; of truth values, whether either is true.
    add = "add" {
        takes: Any,
        bool: |a, b| a | b, int: |a, b| a.wrapping_add(b), paired: Arithmetic::Add,
        complex: |a, b| a + b;
        grad: |g, _a, _b, _y| g.clone(), g.clone(),
    }
    /// The difference of each pair of elements.
    subtract = "subtract" {
        takes: Any,
        int: |a, b| a.wrapping_sub(b), paired: Arithmetic::Subtract, complex: |a, b| a - b;
        grad: |g, _a, _b, _y| g.clone(), -g,
    }
    /// The product of each pair of elements; of truth values, whether both are true.
    multiply = "multiply" {
        takes: Any,
        bool: |a, b| a & b, int: |a, b| a.wrapping_mul(b), paired: Arithmetic::Multiply,
        complex: |a, b| a * b;
        grad: |g, a, b, _y| g * conj(b)?, g * conj(a)?,
    }
    /// The quotient of each pair of elements; integers are divided as the default float.
    true_divide = "true_divide" {
        takes: Inexact,
        float: |a, b| a / b, complex: |a, b| a / b;
        grad: |g, _a, b, y| g / conj(b)?, -(g * conj(&(y / b))?),
    }
    /// The largest integer that is not above the quotient; of integers, 0 where the divisor is.
    floor_divide = "floor_divide" {
        takes: Number,
        int: Integer::floor_divide, float: Real::floor_divide;
        grad: |g, _a, _b, _y| flat(g)?, flat(g)?,
    }
    /// What `floor_divide` leaves: the remainder with the sign of the divisor.
    mod_ = "mod" {
        takes: Number,
        int: Integer::modulo, float: Real::modulo;
        grad: |g, a, b, _y| g.clone(), -(g * floor_divide(a, b)?),
    }
    /// The remainder with the sign of the dividend.
    fmod = "fmod" {
        takes: Number,
        int: Integer::fmod, float: Real::fmod;
        grad: |g, a, b, _y| g.clone(), -(g * trunc(&(a / b))?),
    }
    /// The angle of the point `(b, a)`, from -pi to pi.
    arctan2 = "arctan2" {
        takes: Inexact,
        float: Real::atan2;
        grad: |g, a, b, _y| g * b / (a * a + b * b), -(g * a / (a * a + b * b)),
    }
    /// The length of the vector `(a, b)`, without overflow.
    hypot = "hypot" {
        takes: Inexact,
        float: Real::hypot;
        grad: |g, a, b, y| g * (a / y), g * (b / y),
    }
    /// The first with the sign of the second.
    copysign = "copysign" {
        takes: Inexact,
        float: Real::copysign;
        grad: |g, a, b, _y| g * copysign(&sign(a)?, &(copysign(1.0, a)? * copysign(1.0, b)?))?, flat(g)?,
    }
    /// The logarithm of the sum of the exponentials.
    logaddexp = "logaddexp" {
        takes: Inexact,
        float: log_add_exp;
        grad: |g, a, b, y| g * exp(&(a - y))?, g * exp(&(b - y))?,
    }
    /// The larger of each pair; NaN if either is. Where both are equal, the gradient is the first's.
    maximum = "maximum" {
        takes: Any,
        bool: |a, b| a | b, int: |a, b| a.max(b), float: Real::maximum;
        grad: |g, a, b, _y|
            kept_where(&greater_equal(a, b)?, g)?, kept_where(&less(a, b)?, g)?,
    }
    /// The smaller of each pair; NaN if either is. Where both are equal, the gradient is the first's.
    minimum = "minimum" {
        takes: Any,
        bool: |a, b| a & b, int: |a, b| a.min(b), float: Real::minimum;
        grad: |g, a, b, _y|
            kept_where(&less_equal(a, b)?, g)?, kept_where(&greater(a, b)?, g)?,
    }
    /// The larger of each pair; the other one if either is NaN.
    fmax = "fmax" {
        takes: Any,
        bool: |a, b| a | b, int: |a, b| a.max(b), float: Real::fmax;
        grad: |g, a, b, y|
            kept_where(&equal(a, y)?, g)?,
            kept_where(&logical_and(&equal(b, y)?, &not_equal(a, b)?)?, g)?,
    }
    /// The smaller of each pair; the other one if either is NaN.
    fmin = "fmin" {
        takes: Any,
        bool: |a, b| a & b, int: |a, b| a.min(b), float: Real::fmin;
        grad: |g, a, b, y|
            kept_where(&equal(a, y)?, g)?,
            kept_where(&logical_and(&equal(b, y)?, &not_equal(a, b)?)?, g)?,
    }
    /// Whether both are equal, for each pair of elements.
    equal = "equal" {
        takes: Compared,
        bool: |a, b| a == b, int: |a, b| a == b, float: |a, b| a == b, complex: |a, b| a == b;
    }
    /// Whether both differ, for each pair of elements.
    not_equal = "not_equal" {
        takes: Compared,
        bool: |a, b| a != b, int: |a, b| a != b, float: |a, b| a != b, complex: |a, b| a != b;
    }
    /// Whether the first is less, for each pair of elements.
    less = "less" {
        takes: Compared,
        bool: |a, b| !a & b, int: |a, b| a < b, float: |a, b| a < b;
    }
    /// Whether the first is less or equal, for each pair of elements.
    less_equal = "less_equal" {
        takes: Compared,
        bool: |a, b| !a | b, int: |a, b| a <= b, float: |a, b| a <= b;
    }
    /// Whether the first is greater, for each pair of elements.
    greater = "greater" {
        takes: Compared,
        bool: |a, b| a & !b, int: |a, b| a > b, float: |a, b| a > b;
    }
    /// Whether the first is greater or equal, for each pair of elements.
    greater_equal = "greater_equal" {
        takes: Compared,
        bool: |a, b| a | !b, int: |a, b| a >= b, float: |a, b| a >= b;
    }
    /// Whether both are nonzero.
    logical_and = "logical_and" {
        takes: Truth,
        bool: |a, b| a & b;
    }
    /// Whether either is nonzero.
    logical_or = "logical_or" {
        takes: Truth,
        bool: |a, b| a | b;
    }
    /// Whether just one is nonzero.
    logical_xor = "logical_xor" {
        takes: Truth,
        bool: |a, b| a ^ b;
    }
    /// The bits that are set in both.
    bitwise_and = "bitwise_and" {
        takes: Any,
        bool: |a, b| a & b, int: |a, b| a & b;
    }
    /// The bits that are set in either.
    bitwise_or = "bitwise_or" {
        takes: Any,
        bool: |a, b| a | b, int: |a, b| a | b;
    }
    /// The bits that are set in just one.
    bitwise_xor = "bitwise_xor" {
        takes: Any,
        bool: |a, b| a ^ b, int: |a, b| a ^ b;
    }
    /// The bits of the first moved up by the second; 0 beyond the width.
    left_shift = "left_shift" {
        takes: Number,
        int: Integer::left_shift;
    }
    /// The bits of the first moved down by the second; beyond the width only the sign is left.
    right_shift = "right_shift" {
        takes: Number,
        int: Integer::right_shift;
    }
    /// The greatest common divisor.
    gcd = "gcd" {
        takes: Number,
        int: Integer::gcd;
    }
    /// The least common multiple.
    lcm = "lcm" {
        takes: Number,
        int: Integer::lcm;
    }
    /// 0 for a negative first, 1 for a positive one, the second for 0.
    heaviside = "heaviside" {
        takes: Inexact,
        float: heavy_side;
        grad: |g, a, _b, _y| flat(g)?, kept_where(&equal(a, 0.0)?, g)?,
    }
    /// `a * log(b)`; 0 where `a` is, whatever `b`.
    xlogy = "xlogy" {
        takes: Inexact,
        float: x_log_y;
        grad: |g, a, b, _y| kept_where(&not_equal(a, 0.0)?, &(g * log(b)?))?, g * a / b,
    }
    /// `a * 2^b`.
    ldexp = "ldexp" {
        takes: Inexact,
        float: |a, b| a * Real::exp2(b);
        grad: |g, _a, b, y| g * exp2(b)?, g * y * LN_2,
    }
}

#[inline(always)]
fn log_add_exp<T: Real>(a: T, b: T) -> T {
    // Equal infinities have no difference.
    let distance = if a == b { T::ZERO } else { (a - b).abs() };
    a.maximum(b) + (-distance).exp().log1p()
}

#[inline(always)]
fn heavy_side<T: Real>(a: T, b: T) -> T {
    let step = if a < T::ZERO { T::ZERO } else { T::ONE };
    let step = if a == T::ZERO { b } else { step };
    if a.is_nan() { a } else { step }
}

#[inline(always)]
fn x_log_y<T: Real>(a: T, b: T) -> T {
    let product = a * b.log();
    if a == T::ZERO && !b.is_nan() {
        T::ZERO
    } else {
        product
    }
}
