//! Places of extremes.

use std::sync::Arc;

use super::{HEAVY, dispatch_ordered, refuse_complex};
use crate::array::{Array, Operand, issue_one};
use crate::dispatch;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::reduce;
use crate::shape::{Shape, normalize_axis};

struct Position {
    name: &'static str,
    is_max: bool,
    axis: Option<usize>,
    size: usize,
}

impl Kernel for Position {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], cx.outputs[0].slice::<i64>());
        dispatch_ordered!(x.dtype, T => match self.is_max {
            true => reduce::argmax(cx.tiles, x.view::<T>(), self.axis, out),
            false => reduce::argmin(cx.tiles, x.view::<T>(), self.axis, out),
        });
        Ok(())
    }
}

/// The position of the greatest element along `axis`, or in the flattened array: the first of
/// equals, or the first NaN.
///
/// # Errors
/// An axis that the array does not have; nothing to choose from; complex numbers.
pub fn argmax(x: &Array, axis: Option<isize>, keepdims: bool) -> Result<Array> {
    position("argmax", true, x, axis, keepdims)
}

/// The position of the least element, as [`argmax`].
///
/// # Errors
/// As [`argmax`].
pub fn argmin(x: &Array, axis: Option<isize>, keepdims: bool) -> Result<Array> {
    position("argmin", false, x, axis, keepdims)
}

fn position(
    name: &'static str,
    is_max: bool,
    x: &Array,
    axis: Option<isize>,
    keepdims: bool,
) -> Result<Array> {
    refuse_complex(name, x)?;
    let axis = axis
        .map(|axis| normalize_axis(name, axis, x.ndim()))
        .transpose()?;
    let is_reduced = |i: usize| axis.is_none_or(|axis| axis == i);
    let mask: Vec<bool> = (0..x.ndim()).map(is_reduced).collect();
    let shape: Shape = x.shape().without(&mask, keepdims);
    if x.size() == 0 && shape.size() > 0 {
        let fact = format!("attempt to get {name} of an empty sequence");
        return Err(Error::argument(name, fact));
    }
    let size = x.size();
    let kernel = Position {
        name,
        is_max,
        axis,
        size,
    };
    let op = Op::Kernel(Arc::new(kernel));
    issue_one(op, None, &[Operand::Array(x)], (shape, DType::I64))
}
