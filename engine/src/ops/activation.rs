//! Functions between the layers of a network.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::binary::{binary, greater};
use super::element::{flat, kept_where};
use super::operand::Arg;
use super::registry::{Entry, Made, entries};
use super::ternary::{clip, where_};
use super::unary::{absolute, erf, exp, expm1, tanh, unary};
use crate::array::Array;
use crate::error::Result;
use crate::kernels::math::Real;

/// The two constants of `selu`, which keep mean 0 and variance 1 from layer to layer.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

unary! {
    UNARY;
    /// Each element, or 0 where it is negative.
    relu = "relu" {
        takes: Any,
        bool: |x| x, unsigned: |x| x, signed: |x| x.max(0), float: |x| Real::maximum(x, 0.0);
        grad: |g, _x, y| kept_where(&greater(y, 0.0)?, g)?,
    }
    /// `1 / (1 + e^-x)` of each element.
    sigmoid = "sigmoid" {
        takes: Inexact,
        float: Real::sigmoid;
        grad: |g, _x, y| g * y * (1.0 - y),
    }
    /// `log(1 + e^x)` of each element.
    softplus = "softplus" {
        takes: Inexact,
        float: Real::softplus;
        grad: |g, x, _y| g * sigmoid(x)?,
    }
    /// `x / (1 + |x|)` of each element.
    softsign = "softsign" {
        takes: Inexact,
        float: |x| x / (1.0 + x.abs());
        grad: |g, x, _y| {
            let below = absolute(x)? + 1.0;
            g / (&below * &below)
        },
    }
    /// `x` times the share of a normal distribution that lies below it.
    gelu = "gelu" {
        takes: Inexact,
        float: gaussian_unit;
        grad: |g, x, _y| {
            let share = (erf(&(x * FRAC_1_SQRT_2))? + 1.0) * 0.5;
            let density = exp(&(x * x * -0.5))? * (0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI);
            g * (share + x * density)
        },
    }
    /// `x * sigmoid(x)` of each element.
    silu = "silu" {
        takes: Inexact,
        float: |x| x * Real::sigmoid(x);
        grad: |g, x, y| {
            let sigmoid = sigmoid(x)?;
            g * (&sigmoid + y * (1.0 - &sigmoid))
        },
    }
    /// `elu` with the slope and the scale that keep mean and variance from layer to layer.
    selu = "selu" {
        takes: Inexact,
        float: scaled_unit;
        grad: |g, x, y| {
            let below = y + SELU_SCALE * SELU_ALPHA;
            g * where_(&greater(x, 0.0)?, SELU_SCALE, &below)?
        },
    }
}

binary! {
    BINARY;
    /// Each element of the first; where it is negative, times the second.
    leaky_relu = "leaky_relu" {
        takes: Inexact,
        float: |x, slope| if x > 0.0 { x } else { x * slope };
        grad: |g, x, slope, _y|
            where_(&greater(x, 0.0)?, g, &(g * slope))?,
            where_(&greater(x, 0.0)?, 0.0, &(g * x))?,
    }
    /// Each element of the first; where it is negative, `alpha * (e^x - 1)`.
    elu = "elu" {
        takes: Inexact,
        float: exponential_unit;
        grad: |g, x, alpha, y|
            where_(&greater(x, 0.0)?, g, &(g * (y + alpha)))?,
            where_(&greater(x, 0.0)?, 0.0, &(g * expm1(x)?))?,
    }
    /// A parabola where `|x| < 1 / sigma^2`, and a line of slope 1 beyond, smoothly joined.
    smooth_l1 = "smooth_l1" {
        takes: Inexact,
        float: smooth_absolute;
        grad: |g, x, sigma, _y| g * clip(&(x * sigma * sigma), Some(-1.0), Some(1.0))?, flat(g)?,
    }
}

/// The ops that are made of others.
pub(super) static COMPOSED: &[Entry] = entries![
    "log_sigmoid" => log_sigmoid: (x),
    "mish" => mish: (x),
    "hard_sigmoid" => hard_sigmoid: (x, alpha, beta),
];

/// The logarithm of the sigmoid of each element.
///
/// # Errors
/// A dtype that the function is not defined for.
pub fn log_sigmoid(x: &Array) -> Result<Array> {
    Ok(-softplus(&-x)?)
}

/// `x * tanh(softplus(x))` of each element.
///
/// # Errors
/// A dtype that the function is not defined for.
pub fn mish(x: &Array) -> Result<Array> {
    Ok(x * tanh(&softplus(x)?)?)
}

/// `alpha * x + beta`, between 0 and 1; without them 0.2 and 0.5.
///
/// # Errors
/// A dtype that the function is not defined for.
pub fn hard_sigmoid(x: &Array, alpha: Option<f64>, beta: Option<f64>) -> Result<Array> {
    let line = x * alpha.unwrap_or(0.2) + beta.unwrap_or(0.5);
    clip(&line, Some(0.0), Some(1.0))
}

#[inline(always)]
fn gaussian_unit<T: Real>(x: T) -> T {
    x * T::of(0.5) * (T::ONE + (x * T::of(FRAC_1_SQRT_2)).erf())
}

#[inline(always)]
fn exponential_unit<T: Real>(x: T, alpha: T) -> T {
    let below = alpha * x.expm1();
    if x > T::ZERO { x } else { below }
}

#[inline(always)]
fn scaled_unit<T: Real>(x: T) -> T {
    T::of(SELU_SCALE) * exponential_unit(x, T::of(SELU_ALPHA))
}

#[inline(always)]
fn smooth_absolute<T: Real>(x: T, sigma: T) -> T {
    let square = sigma * sigma;
    let (size, half) = (x.abs(), T::of(0.5));
    let inside = half * square * x * x;
    if size * square < T::ONE {
        inside
    } else {
        size - half / square
    }
}
