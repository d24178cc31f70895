//! Writing where a mask is true: nobody has to wait for the mask.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::create::{astype, dense_copy, full};
use super::{as_array, refuse_coinciding};
use crate::Scalar;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, update};
use crate::dispatch;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Run};
use crate::kernels::index;
use crate::shape::{Layout, Shape};

/// Writes the first input after the variable to the view of `layout` where the second, a mask,
/// is `on`.
struct WriteMasked {
    layout: Layout,
    on: bool,
}

impl Kernel for WriteMasked {
    fn name(&self) -> &'static str {
        "setitem"
    }

    fn updates_first_input(&self) -> bool {
        true
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (values, mask) = (&cx.inputs[0], cx.inputs[1].view::<bool>());
        let out = &mut cx.outputs[0];
        dispatch!(all, out.dtype, T => {
            index::write_masked(cx.tiles, values.view::<T>(), mask, self.on, out.part(&self.layout));
        });
        Ok(())
    }
}

impl Gradient for WriteMasked {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let mask = &cx.inputs[2];
        let zero = || full([], 0i64, cx.g().dtype(), cx.g().device());
        let written = cx.when_wanted(1, || {
            let part = dense_copy(&cx.g().copy()?.with_layout(self.layout.clone()))?;
            issue_masked(&part, mask, !self.on, &zero()?)?;
            Ok(part)
        })?;
        let kept = cx.when_wanted(0, || {
            let kept = cx.g().copy()?;
            issue_masked(
                &kept.with_layout(self.layout.clone()),
                mask,
                self.on,
                &zero()?,
            )?;
            Ok(kept)
        })?;
        Ok(SmallVec::from_buf([kept, written]))
    }
}

/// Writes a value that is the same for all places of a mask, which nobody has to wait for; `None`
/// if this is not such a write.
pub(super) fn write_masked(x: &Array, mask: &Array, value: Operand<'_>) -> Result<Option<()>> {
    let fits = mask.dtype() == DType::Bool && x.shape().starts_with(mask.shape());
    let is_same = match value {
        Operand::Scalar(_) => true,
        Operand::Array(value) => value.ndim() + mask.ndim() <= x.ndim(),
    };
    if !fits || !is_same || mask.ndim() == 0 {
        return Ok(None);
    }
    refuse_coinciding(x)?;
    let value = as_array(value, x)?;
    let rest = Shape::from(&x.shape()[mask.ndim()..]);
    if value.shape().broadcast(&rest).as_ref() != Some(&rest) {
        let fact = format!("cannot write {} into {}", value.shape(), x.shape());
        return Err(Error::shape("setitem", fact));
    }
    let value = match value.dtype() == x.dtype() {
        true => value,
        false => astype(&value, x.dtype())?,
    };
    let mut mask = mask.clone();
    for _ in 0..rest.ndim() {
        mask = mask.expand_dims(-1)?;
    }
    let mask = mask.broadcast_to(x.shape().clone())?;
    issue_masked(x, &mask, true, &value).map(Some)
}

fn issue_masked(target: &Array, mask: &Array, on: bool, value: &Array) -> Result<()> {
    let kernel = Arc::new(WriteMasked {
        layout: target.layout(),
        on,
    });
    let value = value.broadcast_to(target.shape().clone())?;
    update(
        target,
        kernel.clone(),
        Rule::Shared(kernel),
        &[&value, mask],
    )
}

/// Writes `number` to the places of `target` where `mask`, of its shape, is true.
pub(in crate::ops) fn write_where(
    target: &Array,
    mask: &Array,
    number: impl Into<Scalar>,
) -> Result<()> {
    let number = full([], number, target.dtype(), target.device())?;
    issue_masked(target, mask, true, &number)
}
