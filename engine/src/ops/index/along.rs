//! Reading at positions along one axis, for each place of the others its own; and its gradient.

use std::sync::Arc;

use smallvec::SmallVec;

use super::points::out_of_bounds;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::error::Result;
use crate::graph::{Kernel, Op, Run};
use crate::kernels::index::{self, Mode};
use crate::shape::Shape;

/// Elements from which it is worth handing over at once.
const HEAVY: usize = 1 << 20;

/// The elements of the first input at the positions, the second, along an axis.
struct TakeAlong {
    op: &'static str,
    axis: usize,
    mode: Mode,
    size: usize,
}

impl Kernel for TakeAlong {
    fn name(&self) -> &'static str {
        self.op
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, indices) = (&cx.inputs[0], cx.inputs[1].view::<i64>());
        let out = &mut cx.outputs[0];
        let taken = dispatch!(all, out.dtype, T => {
            index::take_along(cx.tiles, x.view::<T>(), self.axis, indices, self.mode, out.slice())
        });
        taken.map_err(out_of_bounds(self.op))
    }
}

impl Gradient for TakeAlong {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let len = cx.inputs[0].shape()[self.axis];
        let dx = cx.when_wanted(0, || {
            add_along(cx.g(), &cx.inputs[1], self.axis, len, self.mode)
        })?;
        Ok(SmallVec::from_buf([dx, None]))
    }
}

/// Rows (last axis) that are zero but for the positions in a row of indices, where elements are
/// added.
struct AddAlong {
    len: usize,
    mode: Mode,
}

impl Kernel for AddAlong {
    fn name(&self) -> &'static str {
        "add_along"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (values, indices) = (&cx.inputs[0], cx.inputs[1].view::<i64>());
        let out = &mut cx.outputs[0];
        let added = dispatch!(all, out.dtype, T => {
            let out = out.slice::<T>();
            out.fill(T::default());
            index::add_along(cx.tiles, values.view::<T>(), indices, self.mode, self.len, out)
        });
        added.map_err(out_of_bounds(self.name()))
    }
}

impl Gradient for AddAlong {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (g, indices) = (cx.g(), &cx.inputs[1]);
        let last = g.ndim() - 1;
        let dx = cx.when_wanted(0, || {
            take_along("take_along_axis", g, indices, last, self.mode)
        })?;
        Ok(SmallVec::from_buf([dx, None]))
    }
}

/// The elements of `x` at `indices` along `axis`; the other axes are the same.
pub(in crate::ops) fn take_along(
    op: &'static str,
    x: &Array,
    indices: &Array,
    axis: usize,
    mode: Mode,
) -> Result<Array> {
    let kernel = Arc::new(TakeAlong {
        op,
        axis,
        mode,
        size: indices.size(),
    });
    let inputs = [Operand::Array(x), Operand::Array(indices)];
    let output = (indices.shape().clone(), x.dtype());
    let rule = Rule::Shared(kernel.clone());
    issue_one(Op::Kernel(kernel), Some(rule), &inputs, output)
}

/// The reverse of [`take_along`]: zeros with `values` added at `indices` along `axis`, of which the
/// result has `len` places.
pub(in crate::ops) fn add_along(
    values: &Array,
    indices: &Array,
    axis: usize,
    len: usize,
    mode: Mode,
) -> Result<Array> {
    let axis = axis as isize;
    let (values, indices) = (
        values.moveaxis(&[axis], &[-1])?,
        indices.moveaxis(&[axis], &[-1])?,
    );
    let kernel = Arc::new(AddAlong { len, mode });
    let inputs = [Operand::Array(&values), Operand::Array(&indices)];
    let outer = &values.shape()[..values.ndim() - 1];
    let shape: Shape = outer.iter().copied().chain([len]).collect();
    let output = (shape, values.dtype());
    let rule = Rule::Shared(kernel.clone());
    let y = issue_one(Op::Kernel(kernel), Some(rule), &inputs, output)?;
    y.moveaxis(&[-1], &[axis])
}
