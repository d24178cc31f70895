//! Variance and standard deviation.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{HEAVY, Reduced, cast, mean};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{C128, DType, Element};
use crate::error::Result;
use crate::graph::{Kernel, Op, Run, TensorMut};
use crate::kernels::blocks::Cast;
use crate::kernels::reduce::{self, Mean, Moments, To};
use crate::ops::Axes;

struct Spread {
    reduced: Reduced,
    /// What the sum of squared deviations is divided by.
    divisor: f64,
    /// Whether the square root is taken: the standard deviation.
    is_root: bool,
}

impl Kernel for Spread {
    fn name(&self) -> &'static str {
        if self.is_root { "std" } else { "var" }
    }

    fn is_heavy(&self) -> bool {
        self.reduced.input.size() >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        dispatch!(float, cx.inputs[0].dtype, T => self.run_as::<T, f64>(cx),
            else dispatch!(complex, cx.inputs[0].dtype, T => self.run_as::<T, C128>(cx),
                else unreachable!("a variance is of floats")));
        Ok(())
    }
}

impl Spread {
    fn run_as<T, M>(&self, cx: &mut Run<'_>)
    where
        T: To<M>,
        M: Mean,
    {
        let (x, mask) = (cx.inputs[0].view::<T>(), &self.reduced.mask[..]);
        let mut moments = vec![Moments::default(); cx.outputs[0].shape.size()];
        reduce::reduce(cx.tiles, &reduce::Spread::<M>::new(), x, mask, &mut moments);
        let result = |moments: &Moments<M>| match self.is_root {
            true => (moments.squares / self.divisor).sqrt(),
            false => moments.squares / self.divisor,
        };
        let spreads: Vec<f64> = moments.iter().map(result).collect();
        let out = &mut cx.outputs[0];
        dispatch!(float, out.dtype, O => store::<O>(&spreads, out),
            else unreachable!("a variance is real"));
    }
}

fn store<O: Element>(from: &[f64], out: &mut TensorMut)
where
    f64: Cast<O>,
{
    for (out, &x) in out.slice::<O>().iter_mut().zip(from) {
        *out = x.cast();
    }
}

impl Gradient for Spread {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let x = &cx.inputs[0];
        let deviation = x - &mean(x, self.reduced.axes(), true, None)?;
        let scale = match self.is_root {
            true => cx.g() / &(&cx.outputs[0] * self.divisor),
            false => cx.g() * (2.0 / self.divisor),
        };
        let g = self.reduced.stretch(&scale)? * deviation;
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

/// The mean squared distance of the elements over `axes` from their mean, divided by their number
/// less `ddof`.
///
/// # Errors
/// An axis that the array does not have.
pub fn var(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
    ddof: Option<f64>,
) -> Result<Array> {
    spread(x, axes.into(), keepdims, dtype, ddof, false)
}

/// The square root of [`var`].
///
/// # Errors
/// As [`var`].
pub fn std(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
    ddof: Option<f64>,
) -> Result<Array> {
    spread(x, axes.into(), keepdims, dtype, ddof, true)
}

fn spread(
    x: &Array,
    axes: Axes,
    keepdims: bool,
    dtype: Option<DType>,
    ddof: Option<f64>,
    is_root: bool,
) -> Result<Array> {
    let name = if is_root { "std" } else { "var" };
    let x = cast(x, dtype.unwrap_or(x.dtype()).to_inexact())?;
    let reduced = Reduced::new(name, &x, &axes)?;
    let shape = x.shape().without(&reduced.mask, keepdims);
    let made = match x.dtype() {
        DType::C64 => DType::F32,
        DType::C128 => DType::F64,
        other => other,
    };
    let divisor = (reduced.length() as f64 - ddof.unwrap_or(0.0)).max(0.0);
    let kernel = Arc::new(Spread {
        reduced,
        divisor,
        is_root,
    });
    let op = Op::Kernel(kernel.clone());
    let rule = Some(Rule::Shared(kernel));
    issue_one(op, rule, &[Operand::Array(&x)], (shape, made))
}
