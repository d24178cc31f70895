//! Batches of sequences of different lengths.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{C128, DType};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::blocks::Cast;
use crate::kernels::copy::copy_to_slice;
use crate::ops::reduce::cast;

struct SequenceMask {
    /// The axis of time, 0 or 1; the batch is the other.
    axis: usize,
    value: f64,
}

impl Kernel for SequenceMask {
    fn name(&self) -> &'static str {
        "sequence_mask"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, lengths) = (&cx.inputs[0], cx.inputs[1].view::<i64>());
        let out = &mut cx.outputs[0];
        let (first, second) = (out.shape[0], out.shape[1]);
        let row: usize = out.shape[2..].iter().product();
        let lengths: Vec<i64> = lengths.iter().copied().collect();
        dispatch!(all, out.dtype, T => {
            let value: T = C128::new(self.value, 0.0).cast();
            let out = out.slice::<T>();
            copy_to_slice(cx.tiles, x.view::<T>(), out);
            for i in 0..first {
                for j in 0..second {
                    let (time, batch) = if self.axis == 0 { (i, j) } else { (j, i) };
                    if time as i64 >= lengths[batch] {
                        out[(i * second + j) * row..][..row].fill(value);
                    }
                }
            }
        });
        Ok(())
    }
}

impl Gradient for SequenceMask {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let dx = cx.when_wanted(0, || masked(cx.g(), &cx.inputs[1], self.axis, 0.0))?;
        Ok(SmallVec::from_buf([dx, None]))
    }
}

fn masked(x: &Array, lengths: &Array, axis: usize, value: f64) -> Result<Array> {
    let kernel = Arc::new(SequenceMask { axis, value });
    let op = Op::Kernel(kernel.clone());
    let inputs = [Operand::Array(x), Operand::Array(lengths)];
    let output = (x.shape().clone(), x.dtype());
    issue_one(op, Some(Rule::Shared(kernel)), &inputs, output)
}

/// `x` with `value` after the end of each sequence. Time is `axis` 0 or 1, the batch is the other;
/// `length` has an element for each of the batch. Without lengths in use, `x` as it is.
///
/// # Errors
/// Another axis; lengths of another shape.
pub fn sequence_mask(
    x: &Array,
    length: Option<&Array>,
    use_sequence_length: bool,
    value: f64,
    axis: usize,
) -> Result<Array> {
    let Some(length) = length.filter(|_| use_sequence_length) else {
        return x.copy();
    };
    if axis > 1 || x.ndim() < 2 {
        let fact = format!("axis {axis} of {} is not one of time", x.shape());
        return Err(Error::argument("sequence_mask", fact));
    }
    if length.shape()[..] != [x.shape()[1 - axis]] {
        let fact = format!(
            "lengths of shape {} do not fit {}",
            length.shape(),
            x.shape()
        );
        return Err(Error::shape("sequence_mask", fact));
    }
    masked(x, &cast(length, DType::I64)?, axis, value)
}
