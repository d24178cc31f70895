//! Reading and writing where a mask is true. What is read has a shape that depends on the mask, which
//! is waited for; a write has not.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::create::{astype, dense_copy, full};
use super::{as_array, refuse_coinciding};
use crate::Scalar;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one, update};
use crate::dispatch;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::index;
use crate::shape::{Layout, Shape};

/// How many elements of a mask are true, block by block.
struct CountTrue;

impl Kernel for CountTrue {
    fn name(&self) -> &'static str {
        "count_true"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        index::count_true(cx.tiles, cx.inputs[0].view(), cx.outputs[0].slice());
        Ok(())
    }
}

/// Waits for a mask and counts its true elements, block by block.
fn count_true(mask: &Array) -> Result<Vec<usize>> {
    let n_blocks = index::n_blocks(mask.size());
    let output = (Shape::from([n_blocks]), DType::I64);
    let op = Op::Kernel(Arc::new(CountTrue));
    let counts = issue_one(op, None, &[Operand::Array(mask)], output)?;
    Ok(counts
        .to_vec::<i64>()?
        .into_iter()
        .map(|n| n as usize)
        .collect())
}

/// The coordinates along an axis of the true elements of a mask.
struct Coordinates {
    axis: usize,
    counts: Arc<[usize]>,
}

impl Kernel for Coordinates {
    fn name(&self) -> &'static str {
        "nonzero"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = cx.outputs[0].slice();
        index::coordinates(cx.tiles, cx.inputs[0].view(), &self.counts, self.axis, out);
        Ok(())
    }
}

/// The positions, axis by axis, of the elements that are not zero, as 64-bit integers; a 0-d array
/// counts as one of a single element. It waits for `x`, whose data decide the shape.
///
/// # Errors
/// The failure of `x`; no memory.
pub fn nonzero(x: &Array) -> Result<Vec<Array>> {
    let mask = match x.dtype() {
        DType::Bool => x.clone(),
        _ => astype(x, DType::Bool)?,
    };
    let mask = match mask.ndim() {
        0 => mask.expand_dims(0)?,
        _ => mask,
    };
    let counts: Arc<[usize]> = count_true(&mask)?.into();
    let n = counts.iter().sum();
    let along = |axis| {
        let counts = counts.clone();
        let op = Op::Kernel(Arc::new(Coordinates { axis, counts }));
        issue_one(
            op,
            None,
            &[Operand::Array(&mask)],
            (Shape::from([n]), DType::I64),
        )
    };
    (0..mask.ndim()).map(along).collect()
}

/// The rows of the first input where the second, a mask of its first axes, is true.
struct Compress {
    counts: Arc<[usize]>,
}

impl Kernel for Compress {
    fn name(&self) -> &'static str {
        "getitem"
    }

    fn is_heavy(&self) -> bool {
        self.counts.len() >= HEAVY_BLOCKS
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, mask) = (&cx.inputs[0], cx.inputs[1].view());
        let out = &mut cx.outputs[0];
        dispatch!(all, out.dtype, T => {
            index::compress(cx.tiles, x.view::<T>(), mask, &self.counts, out.slice());
        });
        Ok(())
    }
}

impl Gradient for Compress {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let counts = self.counts.clone();
        let kernel = Arc::new(Expand { counts });
        let inputs = [Operand::Array(cx.g()), Operand::Array(&cx.inputs[1])];
        let output = (cx.inputs[0].shape().clone(), cx.g().dtype());
        let rule = Rule::Shared(kernel.clone());
        let dx = issue_one(Op::Kernel(kernel), Some(rule), &inputs, output)?;
        Ok(SmallVec::from_buf([Some(dx), None]))
    }
}

/// The reverse of [`Compress`].
struct Expand {
    counts: Arc<[usize]>,
}

impl Kernel for Expand {
    fn name(&self) -> &'static str {
        "expand"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (rows, mask) = (&cx.inputs[0], cx.inputs[1].view());
        let out = &mut cx.outputs[0];
        dispatch!(all, out.dtype, T => {
            index::expand(cx.tiles, rows.view::<T>(), mask, &self.counts, out.slice());
        });
        Ok(())
    }
}

impl Gradient for Expand {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let dx = issue_compress(cx.g(), &cx.inputs[1], self.counts.clone())?;
        Ok(SmallVec::from_buf([Some(dx), None]))
    }
}

/// Blocks of a mask from which reading by it is worth handing over at once.
const HEAVY_BLOCKS: usize = 16;

/// The rows of `x` where `mask`, which has its first axes, is true. It waits for the mask.
pub(super) fn compress(x: &Array, mask: &Array) -> Result<Array> {
    issue_compress(x, mask, count_true(mask)?.into())
}

fn issue_compress(x: &Array, mask: &Array, counts: Arc<[usize]>) -> Result<Array> {
    let rest = &x.shape()[mask.ndim()..];
    let n: usize = counts.iter().sum();
    let shape: Shape = std::iter::once(&n).chain(rest).copied().collect();
    let kernel = Arc::new(Compress { counts });
    let inputs = [Operand::Array(x), Operand::Array(mask)];
    let rule = Rule::Shared(kernel.clone());
    issue_one(Op::Kernel(kernel), Some(rule), &inputs, (shape, x.dtype()))
}

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
