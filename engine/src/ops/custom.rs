//! Kernels of somebody else: an op that a Rust program brings along.

use std::sync::Arc;

use super::operand::Arg;
use crate::array::{Array, issue};
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::{Kernel, Op};
use crate::shape::Shape;

/// Queues `kernel` on `inputs`; it makes arrays of these shapes and dtypes. Nothing is recorded for
/// backward.
///
/// The kernel runs later, on any thread. What it returns as an error, or panics with, fails its
/// arrays.
///
/// ```
/// use std::sync::Arc;
///
/// use forerun_engine::graph::{Kernel, Run};
/// use forerun_engine::{Array, DType, Result, ops};
///
/// struct Reverse;
///
/// impl Kernel for Reverse {
///     fn name(&self) -> &'static str {
///         "reverse"
///     }
///
///     fn run(&self, cx: &mut Run<'_>) -> Result<()> {
///         let x = cx.inputs[0].view::<f32>();
///         let targets = cx.outputs[0].slice::<f32>();
///         x.iter().zip(targets.iter_mut().rev()).for_each(|(&x, target)| *target = x);
///         Ok(())
///     }
/// }
///
/// let x = Array::from_slice(&[1.0f32, 2.0, 3.0]);
/// let y = ops::custom_kernel(Arc::new(Reverse), &[&x], [([3].into(), DType::F32)])?;
/// assert_eq!(y[0].to_vec::<f32>()?, [3.0, 2.0, 1.0]);
/// # Ok::<(), forerun_engine::Error>(())
/// ```
///
/// # Errors
/// Inputs on different devices; a shape that is too big.
pub fn custom_kernel(
    kernel: Arc<dyn Kernel>,
    inputs: &[&Array],
    outputs: impl IntoIterator<Item = (Shape, DType)>,
) -> Result<Vec<Array>> {
    let inputs: Vec<_> = inputs.iter().map(|&input| Arg::from(input).0).collect();
    let made = issue(Op::Kernel(kernel), None, &inputs, None, outputs)?;
    Ok(made.into_vec())
}
