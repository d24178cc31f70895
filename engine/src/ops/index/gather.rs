//! Reading where index arrays lead, and its gradient.

use std::sync::Arc;

use smallvec::SmallVec;

use super::HEAVY;
use super::points::{Points, out_of_bounds};
use super::take::resolve;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::error::Result;
use crate::graph::{Kernel, Op, Run};
use crate::kernels::index::{self, Mode};
use crate::shape::Shape;

/// Copies what index arrays, the inputs after the first, pick from the first.
struct Gather {
    op: &'static str,
    points: Points,
    /// What indices outside their axis mean; other than [`Mode::Raise`] only for a single axis.
    mode: Mode,
    size: usize,
}

impl Kernel for Gather {
    fn name(&self) -> &'static str {
        self.op
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, indices) = (&cx.inputs[0], &cx.inputs[1..]);
        let out = &mut cx.outputs[0];
        let done = dispatch!(all, out.dtype, T => match self.points.single() {
            Some(axis) => {
                let indices = indices[0].view::<i64>();
                index::take(cx.tiles, x.view::<T>(), axis, indices, self.mode, out.slice::<T>())
            }
            None => {
                let indices = self.points.by_axis(x.layout.shape.ndim(), indices);
                let out = self.points.first(out.view::<T>());
                index::gather(cx.tiles, x.view::<T>(), &indices, out)
            }
        });
        done.map_err(out_of_bounds(self.op))
    }
}

impl Gradient for Gather {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let base = cx.inputs[0].shape();
        let mut arrays: SmallVec<[Array; 2]> = cx.inputs[1..].into();
        if let (Some(axis), true) = (self.points.single(), self.mode != Mode::Raise) {
            arrays[0] = resolve(&arrays[0], base[axis], self.mode)?;
        }
        let g = scatter_add(base, self.points.clone(), &arrays, cx.g())?;
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

pub(super) fn gather(
    x: &Array,
    arrays: SmallVec<[(usize, Array); 2]>,
    place: usize,
) -> Result<Array> {
    let (points, arrays, shape) = Points::new("getitem", x.shape(), arrays, place)?;
    issue_gather("getitem", x, points, &arrays, shape, Mode::Raise)
}

pub(super) fn issue_gather(
    op: &'static str,
    x: &Array,
    points: Points,
    arrays: &[Array],
    shape: Shape,
    mode: Mode,
) -> Result<Array> {
    let size = shape.size();
    let kernel = Arc::new(Gather {
        op,
        points,
        mode,
        size,
    });
    let rule = Rule::Shared(kernel.clone());
    let inputs: SmallVec<[Operand<'_>; 3]> = std::iter::once(x)
        .chain(arrays)
        .map(Operand::Array)
        .collect();
    issue_one(Op::Kernel(kernel), Some(rule), &inputs, (shape, x.dtype()))
}

/// Adds the first input to zeros at the points of index arrays, the other inputs.
struct ScatterAdd {
    points: Points,
    base: Shape,
    size: usize,
}

impl Kernel for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (values, indices) = (&cx.inputs[0], &cx.inputs[1..]);
        let out = &mut cx.outputs[0];
        let indices = self.points.by_axis(self.base.ndim(), indices);
        let done = dispatch!(all, out.dtype, T => {
            out.slice::<T>().fill(T::default());
            let values = self.points.first(values.view::<T>());
            index::scatter_add(cx.tiles, out.view::<T>(), &indices, values)
        });
        done.map_err(out_of_bounds("scatter_add"))
    }
}

impl Gradient for ScatterAdd {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let shape = cx.inputs[0].shape().clone();
        let arrays = &cx.inputs[1..];
        let g = issue_gather(
            "getitem",
            cx.g(),
            self.points.clone(),
            arrays,
            shape,
            Mode::Raise,
        )?;
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

pub(super) fn scatter_add(
    base: &Shape,
    points: Points,
    arrays: &[Array],
    values: &Array,
) -> Result<Array> {
    let kernel = Arc::new(ScatterAdd {
        points,
        base: base.clone(),
        size: values.size(),
    });
    let rule = Rule::Shared(kernel.clone());
    let inputs: SmallVec<[Operand<'_>; 3]> = std::iter::once(values)
        .chain(arrays)
        .map(Operand::Array)
        .collect();
    let output = (base.clone(), values.dtype());
    issue_one(Op::Kernel(kernel), Some(rule), &inputs, output)
}
