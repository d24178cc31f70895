//! Running totals along an axis.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{HEAVY, cast, dispatch_total, in_dtype_of_total, total_dtype};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{C64, C128, DType};
use crate::error::Result;
use crate::graph::{Kernel, Op, Run};
use crate::kernels::reduce;
use crate::ops::create::full;
use crate::ops::element::conj;
use crate::ops::moving::concatenate;
use crate::shape::normalize_axis;

struct Running {
    axis: usize,
    is_product: bool,
    size: usize,
}

impl Kernel for Running {
    fn name(&self) -> &'static str {
        if self.is_product { "cumprod" } else { "cumsum" }
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch_total!(x.dtype, T, O => {
            let (x, out) = (x.view::<T>(), out.slice::<O>());
            match self.is_product {
                true => reduce::scan(cx.tiles, &reduce::Prod::<O>::new(), x, self.axis, out),
                false => reduce::scan(cx.tiles, &reduce::Sum::<O>::new(), x, self.axis, out),
            }
        });
        Ok(())
    }
}

impl Gradient for Running {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (x, g, axis) = (&cx.inputs[0], cx.g(), self.axis);
        let dx = match self.is_product {
            true => products_before(&conj(x)?, axis)? * backwards(&conj(x)?, g, axis)?,
            false => {
                let sums = cumsum(&flip(g, axis), Some(axis as isize), None)?;
                flip(&sums, axis)
            }
        };
        Ok(SmallVec::from_iter([Some(dx)]))
    }
}

/// `h[i] = a[i] * h[i - 1] + b[i]` along an axis: what the gradient of a running product is made
/// of, without a division by what may be zero.
struct Recurrence {
    axis: usize,
    size: usize,
}

impl Kernel for Recurrence {
    fn name(&self) -> &'static str {
        "recurrence"
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (inputs, out) = (cx.inputs, &mut cx.outputs[0]);
        dispatch!(inexact, out.dtype, T => {
            let inputs = [inputs[0].view::<T>(), inputs[1].view::<T>()];
            reduce::recurrence(cx.tiles, inputs, self.axis, out.slice::<T>());
        }, else unreachable!("only inexact numbers have gradients"));
        Ok(())
    }
}

impl Gradient for Recurrence {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let db = backwards(&conj(&cx.inputs[0])?, cx.g(), self.axis)?;
        let da = &db * &conj(&after(&cx.outputs[0], 0.0, self.axis)?)?;
        Ok(SmallVec::from_iter([Some(da), Some(db)]))
    }
}

/// The recurrence of `a` and `b`, of one shape and dtype.
fn recurrence(a: &Array, b: &Array, axis: usize) -> Result<Array> {
    let size = b.size();
    let kernel = Arc::new(Recurrence { axis, size });
    let op = Op::Kernel(kernel.clone());
    let rule = Some(Rule::Shared(kernel));
    let inputs = [Operand::Array(a), Operand::Array(b)];
    issue_one(op, rule, &inputs, (b.shape().clone(), b.dtype()))
}

/// The recurrence `h[i] = x[i + 1] * h[i + 1] + g[i]`, from the end of the axis.
fn backwards(x: &Array, g: &Array, axis: usize) -> Result<Array> {
    let factors = after(&flip(x, axis), 1.0, axis)?;
    Ok(flip(&recurrence(&factors, &flip(g, axis), axis)?, axis))
}

/// The product of the elements before each one along an axis.
pub(super) fn products_before(x: &Array, axis: usize) -> Result<Array> {
    cumprod(&after(x, 1.0, axis)?, Some(axis as isize), None)
}

/// `first`, and after it the elements but for the last, along an axis that has one.
fn after(x: &Array, first: f64, axis: usize) -> Result<Array> {
    let len = x.shape()[axis];
    let mut shape = x.shape().to_vec();
    shape[axis] = len.min(1);
    let first = full(shape, first, x.dtype(), x.device())?;
    let others = x.slice_axis(axis, 0, 1, len.saturating_sub(1));
    concatenate(vec![&first, &others], Some(axis as isize))
}

pub(super) fn flip(x: &Array, axis: usize) -> Array {
    let len = x.shape()[axis];
    x.slice_axis(axis, len.saturating_sub(1), -1, len)
}

/// The sum of the elements up to each one along `axis`, or in the flattened array; dtypes are
/// those of [`sum`](super::sum).
///
/// # Errors
/// An axis that the array does not have.
pub fn cumsum(x: &Array, axis: Option<isize>, dtype: Option<DType>) -> Result<Array> {
    running("cumsum", false, x, axis, dtype)
}

/// The product of the elements up to each one, as [`cumsum`].
///
/// # Errors
/// As [`cumsum`].
pub fn cumprod(x: &Array, axis: Option<isize>, dtype: Option<DType>) -> Result<Array> {
    running("cumprod", true, x, axis, dtype)
}

fn running(
    name: &'static str,
    is_product: bool,
    x: &Array,
    axis: Option<isize>,
    dtype: Option<DType>,
) -> Result<Array> {
    let (x, axis) = match axis {
        Some(axis) => (x.clone(), normalize_axis(name, axis, x.ndim())?),
        None => (x.ravel()?, 0),
    };
    let x = in_dtype_of_total(&x, dtype)?;
    let made = total_dtype(x.dtype());
    let kernel = Arc::new(Running {
        axis,
        is_product,
        size: x.size(),
    });
    let op = Op::Kernel(kernel.clone());
    let rule = Some(Rule::Shared(kernel));
    let output = (x.shape().clone(), made);
    let y = issue_one(op, rule, &[Operand::Array(&x)], output)?;
    cast(&y, dtype.unwrap_or(made))
}
