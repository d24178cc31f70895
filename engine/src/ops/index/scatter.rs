//! Writing where index arrays lead, and its gradient.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::create::{astype, full};
use super::gather::issue_gather;
use super::points::{Points, out_of_bounds};
use super::{HEAVY, without_leading};
use crate::array::{Array, Backward, Gradient, Grads, Rule, update};
use crate::dispatch;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Run};
use crate::kernels::index::{self, Mode};
use crate::shape::Layout;

/// How a scatter brings a value and what is there together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Combine {
    /// The value replaces it.
    Write,
    /// The value is added, once for each time a place is named.
    Add,
}

/// Brings the first input after the variable to the points of index arrays, the other inputs,
/// inside the view of `layout`.
struct Scatter {
    layout: Layout,
    points: Points,
    combine: Combine,
    size: usize,
}

impl Kernel for Scatter {
    fn name(&self) -> &'static str {
        "setitem"
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn updates_first_input(&self) -> bool {
        true
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (values, indices) = (&cx.inputs[0], &cx.inputs[1..]);
        let out = &mut cx.outputs[0];
        let indices = self.points.by_axis(self.layout.shape.ndim(), indices);
        let done = dispatch!(all, out.dtype, T => {
            let values = self.points.first(values.view::<T>());
            let target = out.part::<T>(&self.layout);
            match self.combine {
                Combine::Write => index::scatter(cx.tiles, target, &indices, values),
                Combine::Add => index::scatter_add(cx.tiles, target, &indices, values),
            }
        });
        done.map_err(out_of_bounds("setitem"))
    }
}

impl Gradient for Scatter {
    /// What was overwritten gets no gradient; what was brought gets that of its places.
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (values, arrays) = (&cx.inputs[1], &cx.inputs[2..]);
        let brought = cx.when_wanted(1, || {
            let part = cx.g().copy()?.with_layout(self.layout.clone());
            let (points, shape) = (self.points.clone(), values.shape().clone());
            issue_gather("getitem", &part, points, arrays, shape, Mode::Raise)
        })?;
        let kept = cx.when_wanted(0, || {
            let kept = cx.g().copy()?;
            if self.combine == Combine::Write {
                let zero = full([], 0i64, kept.dtype(), kept.device())?;
                let zero = zero.broadcast_to(values.shape().clone())?;
                let part = kept.with_layout(self.layout.clone());
                issue_scatter(&part, self.points.clone(), arrays, &zero, Combine::Write)?;
            }
            Ok(kept)
        })?;
        Ok(SmallVec::from_buf([kept, brought]))
    }
}

pub(super) fn scatter(
    target: &Array,
    arrays: SmallVec<[(usize, Array); 2]>,
    place: usize,
    value: &Array,
    combine: Combine,
) -> Result<()> {
    let (points, arrays, shape) = Points::new("setitem", target.shape(), arrays, place)?;
    let value = without_leading(value, shape.ndim())?;
    if value.shape().broadcast(&shape).as_ref() != Some(&shape) {
        let fact = format!(
            "shape mismatch: value array of shape {} could not be broadcast to indexing result of \
             shape {shape}",
            value.shape()
        );
        return Err(Error::shape("setitem", fact));
    }
    let value = match value.dtype() == target.dtype() {
        true => value,
        false => astype(&value, target.dtype())?,
    };
    issue_scatter(
        target,
        points,
        &arrays,
        &value.broadcast_to(shape)?,
        combine,
    )
}

fn issue_scatter(
    target: &Array,
    points: Points,
    arrays: &[Array],
    value: &Array,
    combine: Combine,
) -> Result<()> {
    let kernel = Arc::new(Scatter {
        layout: target.layout(),
        points,
        combine,
        size: value.size(),
    });
    let inputs: SmallVec<[&Array; 3]> = std::iter::once(value).chain(arrays).collect();
    update(target, kernel.clone(), Rule::Shared(kernel), &inputs)
}
