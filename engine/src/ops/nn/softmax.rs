//! Softmax and its logarithm.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, is_recording, issue_one};
use crate::dispatch;
use crate::dtype::Kind;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::softmax::{self as kernel, Form};
use crate::ops::reduce::{cast, sum};
use crate::ops::unary::exp;
use crate::shape::normalize_axis;

/// Elements from which a softmax is handed over at once.
const HEAVY: usize = 1 << 18;

#[derive(Clone, Copy)]
struct Softmax {
    form: Form,
    axis: usize,
    temperature: f64,
    size: usize,
}

impl Kernel for Softmax {
    fn name(&self) -> &'static str {
        name(self.form)
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch!(float, out.dtype, T => {
            let (x, out) = (x.view::<T>(), out.slice::<T>());
            kernel::softmax(cx.tiles, self.form, x, self.axis, self.temperature, out);
        }, else unreachable!("a softmax is a float"));
        Ok(())
    }
}

impl Gradient for Softmax {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (y, g) = (&cx.outputs[0], cx.g());
        let dx = match is_recording() {
            true => self.differentiable(y, g)?,
            false => {
                let op = Op::Kernel(Arc::new(SoftmaxGradient(*self)));
                let inputs = [Operand::Array(y), Operand::Array(g)];
                issue_one(op, None, &inputs, (y.shape().clone(), y.dtype()))?
            }
        };
        Ok(SmallVec::from_iter([Some(dx)]))
    }
}

impl Softmax {
    /// The gradient in ops that have gradients.
    fn differentiable(&self, y: &Array, g: &Array) -> Result<Array> {
        let total = |x: &Array| sum(x, self.axis as isize, true, None);
        let dx = match self.form {
            Form::Plain => (g - &total(&(g * y))?) * y,
            Form::Log => g - &(exp(y)? * total(g)?),
        };
        Ok(dx / self.temperature)
    }
}

struct SoftmaxGradient(Softmax);

impl Kernel for SoftmaxGradient {
    fn name(&self) -> &'static str {
        match self.0.form {
            Form::Plain => "softmax_gradient",
            Form::Log => "log_softmax_gradient",
        }
    }

    fn is_heavy(&self) -> bool {
        self.0.is_heavy()
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (inputs, out) = (cx.inputs, &mut cx.outputs[0]);
        let Softmax {
            form,
            axis,
            temperature,
            ..
        } = self.0;
        dispatch!(float, out.dtype, T => {
            let inputs = [inputs[0].view::<T>(), inputs[1].view::<T>()];
            let out = out.slice::<T>();
            kernel::softmax_gradient(cx.tiles, form, inputs, axis, temperature, out);
        }, else unreachable!("a softmax is a float"));
        Ok(())
    }
}

fn name(form: Form) -> &'static str {
    match form {
        Form::Plain => "softmax",
        Form::Log => "log_softmax",
    }
}

/// `exp(x / temperature)` divided by its sum along `axis` (the last one if `None`), computed
/// without overflow.
///
/// # Errors
/// An axis that the array does not have; complex numbers.
pub fn softmax(x: &Array, axis: Option<isize>, temperature: Option<f64>) -> Result<Array> {
    issue_softmax(Form::Plain, x, axis, temperature)
}

/// The logarithm of [`softmax`].
///
/// # Errors
/// As [`softmax`].
pub fn log_softmax(x: &Array, axis: Option<isize>, temperature: Option<f64>) -> Result<Array> {
    issue_softmax(Form::Log, x, axis, temperature)
}

fn issue_softmax(
    form: Form,
    x: &Array,
    axis: Option<isize>,
    temperature: Option<f64>,
) -> Result<Array> {
    let axis = normalize_axis(name(form), axis.unwrap_or(-1), x.ndim())?;
    if x.dtype().kind() == Kind::Complex {
        return Err(Error::DType {
            op: name(form),
            dtype: x.dtype(),
            takes: "real numbers",
        });
    }
    let x = cast(x, x.dtype().to_inexact())?;
    let kernel = Arc::new(Softmax {
        form,
        axis,
        temperature: temperature.unwrap_or(1.0),
        size: x.size(),
    });
    let op = Op::Kernel(kernel.clone());
    let output = (x.shape().clone(), x.dtype());
    issue_one(
        op,
        Some(Rule::Shared(kernel)),
        &[Operand::Array(&x)],
        output,
    )
}
