//! Running totals along an axis.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{HEAVY, cast, dispatch_total, in_dtype_of_total, total_dtype};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dtype::{C64, C128, DType};
use crate::error::Result;
use crate::graph::{Kernel, Op, Run};
use crate::kernels::reduce;
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
        let g = match self.is_product {
            // As that of a product, undefined where an element is zero.
            true => self.backwards(&(cx.g() * &cx.outputs[0]))? / &cx.inputs[0],
            false => self.backwards(cx.g())?,
        };
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

impl Running {
    /// The running sum from the end of the axis.
    fn backwards(&self, g: &Array) -> Result<Array> {
        let sums = cumsum(&flip(g, self.axis), Some(self.axis as isize), None)?;
        Ok(flip(&sums, self.axis))
    }
}

fn flip(x: &Array, axis: usize) -> Array {
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

/// The product of the elements up to each one, as [`cumsum`]. Its gradient is undefined where an
/// element is zero.
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
