//! Element-wise functions of one array.

use super::binary::{multiply, true_divide};
use super::element::{conj, flat};
use super::registry::{Entry, entries};
use crate::array::Array;
use crate::dtype::{C128, Kind};
use crate::error::Result;
use crate::kernels::math::{Integer, Real, complex};
use num_complex::Complex as C;
use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, LN_10, PI};

/// The name of a table, then entries `name = "name" { takes, loops by class of dtype; grad }`:
/// each becomes a static declaration and a function.
macro_rules! unary {
    ($table:ident; $(
        $(#[$doc:meta])*
        $name:ident = $text:literal {
            takes: $takes:ident,
            $($class:ident: $f:expr),+;
            $(grad: |$g:ident, $x:ident, $y:ident| $grad:expr,)?
        }
    )*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// A dtype that the function is not defined for.
        pub fn $name(x: &Array) -> Result<Array> {
            use $crate::ops::element::{ElementOp, Takes, blocks};
            static OP: ElementOp = ElementOp {
                def: $crate::graph::ElementDef {
                    name: $text,
                    block: blocks!(map1, $($class: $f),+),
                },
                takes: Takes::$takes,
                grad: $crate::ops::unary::unary!(@grad $(|$g, $x, $y| $grad)?),
            };
            OP.issue(&[$crate::array::Operand::Array(x)])
        }
    )*
        /// The ops of this family.
        pub(super) static $table: &[Entry] = entries![$($text => $name: (x)),*];
    };
    (@grad) => { None };
    (@grad |$g:ident, $x:ident, $y:ident| $grad:expr) => {
        Some(|cx| {
            let ($g, $x, $y) = (cx.g(), &cx.inputs[0], &cx.outputs[0]);
            let _ = ($x, $y);
            Ok(smallvec::smallvec![Some($grad)])
        })
    };
}
pub(super) use unary;

unary! {
    ENTRIES;
    /// The elements themselves, in an array of their own.
    positive = "positive" {
        takes: Any,
        int: |x| x, float: |x| x, complex: |x| x;
        grad: |g, _x, _y| g.clone(),
    }
    /// The negative of each element.
    negative = "negative" {
        takes: Any,
        int: |x| x.wrapping_neg(), float: |x| -x, complex: |x| -x;
        grad: |g, _x, _y| -g,
    }
    /// The absolute value of each element.
    absolute = "absolute" {
        takes: Any,
        bool: |x| x, int: Integer::absolute, float: Real::abs, complex: C::norm;
        grad: |g, x, _y| g * sign(x)?,
    }
    /// -1, 0 or 1 by the sign of each element; of complex numbers the point of the unit circle.
    sign = "sign" {
        takes: Any,
        int: Integer::sign, float: Real::sign, complex: complex::sign;
        grad: |g, x, y| match x.dtype().kind() {
            // What is left of `g` across the direction of `x`, as the length does not matter.
            Kind::Complex => {
                let across = g - y * real(&(g * conj(y)?))?;
                across / absolute(x)?
            }
            _ => flat(g)?,
        },
    }
    /// The exponential of each element.
    exp = "exp" {
        takes: Inexact,
        float: Real::exp, complex: C::exp;
        grad: |g, _x, y| g * conj(y)?,
    }
    /// 2 to the power of each element.
    exp2 = "exp2" {
        takes: Inexact,
        float: Real::exp2, complex: C::exp2;
        grad: |g, _x, y| g * conj(y)? * LN_2,
    }
    /// The exponential of each element, less 1.
    expm1 = "expm1" {
        takes: Inexact,
        float: Real::expm1, complex: complex::expm1;
        grad: |g, _x, y| g * (conj(y)? + 1.0),
    }
    /// The natural logarithm of each element.
    log = "log" {
        takes: Inexact,
        float: Real::log, complex: C::ln;
        grad: |g, x, _y| g / conj(x)?,
    }
    /// The logarithm to base 2 of each element.
    log2 = "log2" {
        takes: Inexact,
        float: Real::log2, complex: C::log2;
        grad: |g, x, _y| g / (conj(x)? * LN_2),
    }
    /// The logarithm to base 10 of each element.
    log10 = "log10" {
        takes: Inexact,
        float: Real::log10, complex: C::log10;
        grad: |g, x, _y| g / (conj(x)? * LN_10),
    }
    /// The natural logarithm of 1 plus each element.
    log1p = "log1p" {
        takes: Inexact,
        float: Real::log1p, complex: complex::log1p;
        grad: |g, x, _y| g / (conj(x)? + 1.0),
    }
    /// The square root of each element.
    sqrt = "sqrt" {
        takes: Inexact,
        float: Real::sqrt, complex: C::sqrt;
        grad: |g, _x, y| g * 0.5 / conj(y)?,
    }
    /// 1 over the square root of each element.
    rsqrt = "rsqrt" {
        takes: Inexact,
        float: Real::rsqrt;
        grad: |g, _x, y| g * (y * y * y) * -0.5,
    }
    /// The cube root of each element.
    cbrt = "cbrt" {
        takes: Inexact,
        float: Real::cbrt;
        grad: |g, _x, y| g / (y * y * 3.0),
    }
    /// The square of each element.
    square = "square" {
        takes: Number,
        int: |x| x.wrapping_mul(x), float: |x| x * x, complex: |x| x * x;
        grad: |g, x, _y| g * (conj(x)? * 2.0),
    }
    /// 1 over each element; of integers the integer part, and 0 for 0.
    reciprocal = "reciprocal" {
        takes: Number,
        int: Integer::reciprocal, float: |x| 1.0 / x, complex: |x| x.inv();
        grad: |g, _x, y| -(g * conj(&(y * y))?),
    }
    /// The sine of each element.
    sin = "sin" {
        takes: Inexact,
        float: Real::sin, complex: C::sin;
        grad: |g, x, _y| g * conj(&cos(x)?)?,
    }
    /// The cosine of each element.
    cos = "cos" {
        takes: Inexact,
        float: Real::cos, complex: C::cos;
        grad: |g, x, _y| -(g * conj(&sin(x)?)?),
    }
    /// The tangent of each element.
    tan = "tan" {
        takes: Inexact,
        float: Real::tan, complex: complex::tan;
        grad: |g, _x, y| g * conj(&(1.0 + y * y))?,
    }
    /// The inverse sine of each element.
    arcsin = "arcsin" {
        takes: Inexact,
        float: Real::asin, complex: C::asin;
        grad: |g, x, _y| g / conj(&sqrt(&(1.0 - x * x))?)?,
    }
    /// The inverse cosine of each element.
    arccos = "arccos" {
        takes: Inexact,
        float: Real::acos, complex: C::acos;
        grad: |g, x, _y| -(g / conj(&sqrt(&(1.0 - x * x))?)?),
    }
    /// The inverse tangent of each element.
    arctan = "arctan" {
        takes: Inexact,
        float: Real::atan, complex: C::atan;
        grad: |g, x, _y| g / conj(&(1.0 + x * x))?,
    }
    /// The hyperbolic sine of each element.
    sinh = "sinh" {
        takes: Inexact,
        float: Real::sinh, complex: C::sinh;
        grad: |g, x, _y| g * conj(&cosh(x)?)?,
    }
    /// The hyperbolic cosine of each element.
    cosh = "cosh" {
        takes: Inexact,
        float: Real::cosh, complex: C::cosh;
        grad: |g, x, _y| g * conj(&sinh(x)?)?,
    }
    /// The hyperbolic tangent of each element.
    tanh = "tanh" {
        takes: Inexact,
        float: Real::tanh, complex: complex::tanh;
        grad: |g, _x, y| g * conj(&(1.0 - y * y))?,
    }
    /// The inverse hyperbolic sine of each element.
    arcsinh = "arcsinh" {
        takes: Inexact,
        float: Real::asinh, complex: C::asinh;
        grad: |g, x, _y| g / conj(&sqrt(&(x * x + 1.0))?)?,
    }
    /// The inverse hyperbolic cosine of each element.
    arccosh = "arccosh" {
        takes: Inexact,
        float: Real::acosh, complex: C::acosh;
        // Two roots, not one of the product: for complex numbers their branches differ.
        grad: |g, x, _y| g / conj(&(sqrt(&(x - 1.0))? * sqrt(&(x + 1.0))?))?,
    }
    /// The inverse hyperbolic tangent of each element.
    arctanh = "arctanh" {
        takes: Inexact,
        float: Real::atanh, complex: C::atanh;
        grad: |g, x, _y| g / conj(&(1.0 - x * x))?,
    }
    /// The error function of each element.
    erf = "erf" {
        takes: Inexact,
        float: Real::erf;
        grad: |g, x, _y| g * exp(&-(x * x))? * FRAC_2_SQRT_PI,
    }
    /// The inverse error function of each element.
    erfinv = "erfinv" {
        takes: Inexact,
        float: Real::erfinv;
        grad: |g, _x, y| g * exp(&(y * y))? * (1.0 / FRAC_2_SQRT_PI),
    }
    /// The logarithm of the absolute value of the gamma function of each element.
    gammaln = "gammaln" {
        takes: Inexact,
        float: Real::gammaln;
        grad: |g, x, _y| g * digamma(x)?,
    }
    /// The derivative of `gammaln` at each element.
    digamma = "digamma" {
        takes: Inexact,
        float: Real::digamma;
        grad: |g, x, _y| g * trigamma(x)?,
    }
    /// The derivative of `digamma` at each element.
    trigamma = "trigamma" {
        takes: Inexact,
        float: Real::trigamma;
    }
    /// The largest integer that is not above each element.
    floor = "floor" {
        takes: Any,
        bool: |x| x, int: |x| x, float: Real::floor;
        grad: |g, _x, _y| flat(g)?,
    }
    /// The smallest integer that is not below each element.
    ceil = "ceil" {
        takes: Any,
        bool: |x| x, int: |x| x, float: Real::ceil;
        grad: |g, _x, _y| flat(g)?,
    }
    /// The integer part of each element.
    trunc = "trunc" {
        takes: Any,
        bool: |x| x, int: |x| x, float: Real::trunc;
        grad: |g, _x, _y| flat(g)?,
    }
    /// The integer part of each element, as `trunc`.
    fix = "fix" {
        takes: Any,
        bool: |x| x, int: |x| x, float: Real::trunc;
        grad: |g, _x, _y| flat(g)?,
    }
    /// The nearest integer to each element, ties to even.
    rint = "rint" {
        takes: Inexact,
        float: Real::rint, complex: |x| C::new(x.re.rint(), x.im.rint());
        grad: |g, _x, _y| flat(g)?,
    }
    /// True where an element is not a number.
    isnan = "isnan" {
        takes: Any,
        bool: |_| false, int: |_| false, float: |x| x.is_nan(), complex: |x| x.is_nan();
    }
    /// True where an element is infinite.
    isinf = "isinf" {
        takes: Any,
        bool: |_| false, int: |_| false, float: |x| x.is_infinite(),
        complex: |x| x.re.is_infinite() || x.im.is_infinite();
    }
    /// True where an element is neither infinite nor NaN.
    isfinite = "isfinite" {
        takes: Any,
        bool: |_| true, int: |_| true, float: |x| x.is_finite(), complex: |x| x.is_finite();
    }
    /// True where an element is positive infinity.
    isposinf = "isposinf" {
        takes: Any,
        bool: |_| false, int: |_| false, float: |x| x == Real::INFINITY;
    }
    /// True where an element is negative infinity.
    isneginf = "isneginf" {
        takes: Any,
        bool: |_| false, int: |_| false, float: |x| -x == Real::INFINITY;
    }
    /// True where the sign bit is set: for negative elements and -0.
    signbit = "signbit" {
        takes: Any,
        bool: |_| false, unsigned: |_| false, signed: |x| x < 0,
        float: |x| x.is_sign_negative();
    }
    /// True where an element is 0 or false.
    logical_not = "logical_not" {
        takes: Truth,
        bool: |x| !x;
    }
    /// The bits of each element inverted.
    bitwise_not = "bitwise_not" {
        takes: Any,
        bool: |x| !x, int: |x| !x;
    }
    /// Radians in degrees.
    degrees = "degrees" {
        takes: Inexact,
        float: |x| x.to_degrees();
        grad: |g, _x, _y| g * 1f64.to_degrees(),
    }
    /// Degrees in radians.
    radians = "radians" {
        takes: Inexact,
        float: |x| x.to_radians();
        grad: |g, _x, _y| g * 1f64.to_radians(),
    }
    /// The real part of each element.
    real = "real" {
        takes: Any,
        bool: |x| x, int: |x| x, float: |x| x, complex: |x| x.re;
        grad: |g, _x, _y| g.clone(),
    }
    /// The imaginary part of each element.
    imag = "imag" {
        takes: Any,
        bool: |_| false, int: |_| 0, float: |_| 0.0, complex: |x| x.im;
        grad: |g, x, _y| match x.dtype().kind() {
            Kind::Complex => multiply(g, C128::i())?,
            _ => flat(g)?,
        },
    }
    /// The complex conjugate of each element.
    conjugate = "conjugate" {
        takes: Any,
        int: |x| x, float: |x| x, complex: |x| x.conj();
        grad: |g, _x, _y| conj(g)?,
    }
    /// The angle of each element in the complex plane: 0 or pi for real numbers.
    angle = "angle" {
        takes: Inexact,
        float: real_angle, complex: C::arg;
        grad: |g, x, _y| match x.dtype().kind() {
            Kind::Complex => true_divide(&multiply(g, C128::i())?, &conj(x)?)?,
            _ => flat(g)?,
        },
    }
}

#[inline(always)]
fn real_angle<T: Real>(x: T) -> T {
    let angle = if x < T::ZERO { T::of(PI) } else { T::ZERO };
    if x.is_nan() { x } else { angle }
}
