//! Powers, and rounding to a number of decimals: the element-wise functions with cases.

use std::sync::Arc;

use super::element::{ElementOp, Takes, blocks, common_dtype, conj};
use super::operand::Arg;
use super::registry::{Entry, entries};
use super::{astype, equal, log, not_equal, positive, reciprocal, rint, sqrt, square, where_};
use crate::array::{Array, Operand, issue_one};
use crate::dispatch;
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::graph::{ElementDef, Kernel, Op, Run};
use crate::kernels::math::{Integer, Real, complex};
use crate::scalar::Scalar;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "power" => power: (a: Arg<'_>, b: Arg<'_>),
    "round" => round: (x, decimals: Option<i64>),
];

static POWER: ElementOp = ElementOp {
    def: ElementDef {
        name: "power",
        block: blocks!(map2,
            int: Integer::power, float: Real::pow, complex: complex::power
        ),
    },
    takes: Takes::Number,
    grad: Some(|cx| {
        let (g, a, b, y) = (cx.g(), &cx.inputs[0], &cx.inputs[1], &cx.outputs[0]);
        Ok(smallvec::smallvec![
            cx.when_wanted(0, || {
                // At exponent 0 the slope is 0, also where the base is 0.
                let lower = where_(&not_equal(b, 0.0)?, &(b - 1.0), 1.0)?;
                Ok(g * conj(&(b * power(a, &lower)?))?)
            })?,
            cx.when_wanted(1, || {
                let base = where_(&equal(a, 0.0)?, 1.0, a)?;
                Ok(g * conj(&(y * log(&base)?))?)
            })?,
        ])
    }),
};

/// The first to the power of the second, for each pair of elements.
///
/// # Errors
/// Shapes that do not broadcast. Negative exponents of integers: those in an array are found when
/// it runs.
pub fn power<'a>(a: impl Into<Arg<'a>>, b: impl Into<Arg<'a>>) -> Result<Array> {
    let (a, b) = (a.into().0, b.into().0);
    let is_integer = common_dtype(&[a, b]).kind() < Kind::Float;
    match (a, b) {
        (_, Operand::Scalar(Scalar::Int(exponent))) if is_integer && exponent < 0 => {
            Err(negative_exponent())
        }
        (Operand::Array(a), Operand::Scalar(b)) if a.dtype().is_inexact() => by_number(a, b),
        (a, Operand::Array(b)) if is_integer && b.dtype().is_signed_int() => {
            POWER.issue(&[a, Operand::Array(&checked(b)?)])
        }
        _ => POWER.issue(&[a, b]),
    }
}

/// A power with a fixed exponent: the common ones have quicker functions.
fn by_number(a: &Array, b: Scalar) -> Result<Array> {
    let is_real = b.kind() < Kind::Complex;
    match b.to_f64() {
        2.0 if is_real => square(a),
        1.0 if is_real => positive(a),
        0.5 if is_real => sqrt(a),
        -1.0 if is_real => reciprocal(a),
        _ => POWER.issue(&[Operand::Array(a), Operand::Scalar(b)]),
    }
}

fn negative_exponent() -> Error {
    Error::argument(
        "power",
        "integers to negative integer powers are not allowed",
    )
}

/// The exponents of an integer power, if none is negative.
struct Exponents;

impl Kernel for Exponents {
    fn name(&self) -> &'static str {
        "power"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (exponents, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch!(real, out.dtype, T => {
            let exponents = exponents.view::<T>();
            if exponents.iter().any(|&exponent| exponent < T::default()) {
                return Err(negative_exponent());
            }
            out.view::<T>().assign(&exponents);
        }, else unreachable!("exponents of integers are integers"));
        Ok(())
    }
}

fn checked(b: &Array) -> Result<Array> {
    let output = (b.shape().clone(), b.dtype());
    issue_one(
        Op::Kernel(Arc::new(Exponents)),
        None,
        &[Operand::Array(b)],
        output,
    )
}

/// Each element rounded to `decimals` places after the point, or to zeros before it where that is
/// negative; ties to even.
///
/// # Errors
/// Truth values.
pub fn round(x: &Array, decimals: Option<i64>) -> Result<Array> {
    let decimals = decimals.unwrap_or(0);
    let scale = 10f64.powi(decimals.unsigned_abs().min(400) as i32);
    match (x.dtype().kind(), decimals) {
        (Kind::Bool | Kind::Int, 0..) => positive(x),
        (Kind::Bool | Kind::Int, _) => {
            let wide = astype(x, DType::F64)?;
            astype(&(rint(&(wide / scale))? * scale), x.dtype())
        }
        (_, 0) => rint(x),
        (_, 1..) => Ok(rint(&(x * scale))? / scale),
        (_, _) => Ok(rint(&(x / scale))? * scale),
    }
}
