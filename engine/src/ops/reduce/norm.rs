//! What is made of other reductions: norms, sums without NaN, logarithms of sums.

use super::{cast, max, min, sum};
use crate::array::{Array, Operand};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::ElementDef;
use crate::ops::Axes;
use crate::ops::binary::{add, equal, subtract};
use crate::ops::element::{ElementOp, Takes, blocks};
use crate::ops::power::power;
use crate::ops::registry::{Argument, FromArgument};
use crate::ops::unary::{absolute, exp, log, sqrt};
use crate::shape::normalize_axis;

/// Which norm.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum NormOrd {
    /// The root of the sum of squares, of any number of elements.
    #[default]
    Frobenius,
    /// NumPy's norm of this order, of vectors or matrices.
    Order(f64),
}

impl FromArgument<'_> for NormOrd {
    const EXPECTED: &'static str = "a number, 'fro' or None";

    fn from_argument(argument: &Argument) -> Option<NormOrd> {
        match argument {
            Argument::None => Some(NormOrd::Frobenius),
            Argument::Text(name) if name == "fro" => Some(NormOrd::Frobenius),
            other => f64::from_argument(other).map(NormOrd::Order),
        }
    }
}

/// Leaves numbers alone; a NaN becomes zero.
static WITHOUT_NAN: ElementOp = ElementOp {
    def: ElementDef {
        name: "nan_to_zero",
        block: blocks!(map1, bool: |x| x, int: |x| x, float: |x| if x.is_nan() { 0.0 } else { x }),
    },
    takes: Takes::Any,
    grad: Some(|cx| {
        let is_number = equal(&cx.inputs[0], &cx.inputs[0])?;
        Ok(smallvec::smallvec![Some(cx.g() * &is_number)])
    }),
};

/// Leaves finite numbers alone; others become zero.
static WHERE_FINITE: ElementOp = ElementOp {
    def: ElementDef {
        name: "infinite_to_zero",
        block: blocks!(map1, float: |x| if x.is_finite() { x } else { 0.0 }),
    },
    takes: Takes::Inexact,
    grad: None,
};

/// The sum of the elements over `axes` that are numbers.
///
/// # Errors
/// An axis that the array does not have; complex numbers.
pub fn nansum(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
) -> Result<Array> {
    sum(
        &WITHOUT_NAN.issue(&[Operand::Array(x)])?,
        axes,
        keepdims,
        dtype,
    )
}

/// The logarithm of the sum of exponentials over `axes`, without overflow on the way.
///
/// # Errors
/// An axis that the array does not have; nothing to choose from; complex numbers.
pub fn logsumexp(x: &Array, axes: impl Into<Axes>, keepdims: bool) -> Result<Array> {
    let axes = axes.into();
    let x = cast(x, x.dtype().to_inexact())?;
    // The shift changes nothing, so it has no gradient; an infinite one would give NaN.
    let greatest = max(&x.detach(), axes.clone(), true)?;
    let shift = WHERE_FINITE.issue(&[Operand::Array(&greatest)])?;
    let total = sum(&exp(&subtract(&x, &shift)?)?, axes.clone(), true, None)?;
    let y = add(&log(&total)?, &shift)?;
    if keepdims {
        return Ok(y);
    }
    let dropped: Vec<isize> = match axes.as_slice() {
        Some(axes) => axes.to_vec(),
        None => (0..x.ndim() as isize).collect(),
    };
    y.squeeze(Some(&dropped))
}

/// The norm of vectors (one axis, or an array of one) or matrices (two) along `axis`; without
/// `axis` and order, of all elements together.
///
/// # Errors
/// An axis that the array does not have; an order that the axes have no norm of.
pub fn norm(x: &Array, ord: NormOrd, axis: Axes, keepdims: bool) -> Result<Array> {
    let x = cast(x, x.dtype().to_inexact())?;
    let NormOrd::Order(order) = ord else {
        let size = absolute(&x)?;
        return sqrt(&sum(&(&size * &size), axis, keepdims, None)?);
    };
    let axes: Vec<isize> = match axis.as_slice() {
        Some(axes) => axes.to_vec(),
        None => (0..x.ndim() as isize).collect(),
    };
    match axes[..] {
        [axis] => vector_norm(&x, order, axis, keepdims),
        [rows, columns] => matrix_norm(&x, order, rows, columns, keepdims),
        _ => Err(Error::argument(
            "norm",
            "improper number of dimensions to norm",
        )),
    }
}

fn vector_norm(x: &Array, order: f64, axis: isize, keepdims: bool) -> Result<Array> {
    let size = absolute(x)?;
    if order == f64::INFINITY {
        max(&size, axis, keepdims)
    } else if order == f64::NEG_INFINITY {
        min(&size, axis, keepdims)
    } else if order == 0.0 {
        let is_zero = cast(&equal(&size, 0.0)?, size.dtype())?;
        sum(&(1.0 - is_zero), axis, keepdims, None)
    } else if order == 1.0 {
        sum(&size, axis, keepdims, None)
    } else if order == 2.0 {
        sqrt(&sum(&(&size * &size), axis, keepdims, None)?)
    } else {
        let total = sum(&power(&size, order)?, axis, keepdims, None)?;
        power(&total, 1.0 / order)
    }
}

/// Norms that are an extreme of sums; those of singular values need a decomposition.
fn matrix_norm(
    x: &Array,
    order: f64,
    rows: isize,
    columns: isize,
    keepdims: bool,
) -> Result<Array> {
    let summed = match order.abs() {
        1.0 => rows,
        f64::INFINITY => columns,
        _ => {
            let fact = format!("no norm of order {order} for matrices");
            return Err(Error::argument("norm", fact));
        }
    };
    let other = if summed == rows { columns } else { rows };
    let sums = sum(&absolute(x)?, summed, true, None)?;
    let extreme = match order > 0.0 {
        true => max(&sums, other, true)?,
        false => min(&sums, other, true)?,
    };
    if keepdims {
        return Ok(extreme);
    }
    let both = [
        normalize_axis("norm", rows, x.ndim())? as isize,
        normalize_axis("norm", columns, x.ndim())? as isize,
    ];
    extreme.squeeze(Some(&both))
}
