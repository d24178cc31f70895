//! Ops of neural networks.
//!
//! `softmax` and `normalize` have kernels that keep rows in a cache, `pick` reads at positions that
//! the data gives; layers are made of these, of products and of element-wise ops.

mod normalize;
mod pick;
mod sequence;
mod softmax;

pub use normalize::{batch_norm, batch_norm_train, group_norm, instance_norm, layer_norm};
pub use pick::{embedding, one_hot, pick};
pub use sequence::sequence_mask;
pub use softmax::{log_softmax, softmax};

use std::sync::Arc;

use super::binary::{add, multiply};
use super::product::times_matrix;
use super::random::key_after;
use super::reduce::{cast, reshape_to, sum};
use super::registry::{Entry, entries};
use super::unary::sqrt;
use crate::array::{Array, issue};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Redraw, Run};
use crate::kernels::random::{self, Key};
use crate::scalar::Scalar;
use crate::shape::{Shape, axis_mask};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "fully_connected" => fully_connected: (x, weight, bias, flatten),
    "softmax" => softmax: (x, axis, temperature),
    "log_softmax" => log_softmax: (x, axis, temperature),
    "layer_norm" => layer_norm: (x, gamma, beta, axis, eps),
    "group_norm" => group_norm: (x, gamma, beta, n_groups, eps),
    "instance_norm" => instance_norm: (x, gamma, beta, eps),
    "batch_norm" => batch_norm: (x, gamma, beta, mean, var, eps, axis),
    "batch_norm_train" => batch_norm_train: (x, gamma, beta, eps, axis),
    "l2_normalization" => l2_normalization: (x, eps, mode),
    "dropout" => dropout: (x, p, seed, stream, axes: Option<Vec<isize>>),
    "one_hot" => one_hot: (indices, depth, on: Option<Scalar>, off: Option<Scalar>, dtype),
    "pick" => pick: (x, index, axis, keepdims, mode),
    "embedding" => embedding: (indices, weight),
    "sequence_mask" => sequence_mask: (x, length, use_sequence_length, value, axis),
];

/// `x Wᵀ + b`, for weights of shape (units, inputs). With `flatten` all axes of `x` but the first
/// are inputs, otherwise the last.
///
/// # Errors
/// Weights of another number of inputs.
pub fn fully_connected(
    x: &Array,
    weight: &Array,
    bias: Option<&Array>,
    flatten: bool,
) -> Result<Array> {
    if x.ndim() == 0 || weight.ndim() != 2 {
        return Err(unfit(x, weight));
    }
    let x = match flatten && x.ndim() != 2 {
        true => {
            let n = x.shape()[0];
            reshape_to(x, &[n, x.shape()[1..].iter().product()])?
        }
        false => x.clone(),
    };
    if x.shape().last() != weight.shape().last() {
        return Err(unfit(&x, weight));
    }
    let is_row = x.ndim() == 1;
    let x = if is_row { x.expand_dims(0)? } else { x };
    let mut y = times_matrix("fully_connected", &x, &weight.transpose(None)?)?;
    if is_row {
        y = y.squeeze(Some(&[0]))?;
    }
    match bias {
        Some(bias) => add(&y, bias),
        None => Ok(y),
    }
}

fn unfit(x: &Array, weight: &Array) -> Error {
    let fact = format!(
        "weights of shape {} do not fit {}",
        weight.shape(),
        x.shape()
    );
    Error::shape("fully_connected", fact)
}

/// Divides by the root of the sum of squares: of each `"instance"`, over the `"channel"`s of each
/// place, or over the places (`"spatial"`) of each channel.
///
/// # Errors
/// Another mode.
pub fn l2_normalization(x: &Array, eps: f64, mode: &str) -> Result<Array> {
    let ndim = x.ndim() as isize;
    let axes: Vec<isize> = match mode {
        "instance" => (1..ndim).collect(),
        "channel" => vec![1],
        "spatial" => (2..ndim).collect(),
        _ => {
            let fact = format!("mode '{mode}' is not instance, channel or spatial");
            return Err(Error::argument("l2_normalization", fact));
        }
    };
    let x = cast(x, x.dtype().to_inexact())?;
    let squares = sum(&(&x * &x), &axes[..], true, None)?;
    Ok(&x / &sqrt(&(squares + eps))?)
}

/// Truth values that are true with a probability.
#[derive(Clone, Copy)]
struct Mask {
    key: Key,
    probability: f64,
}

impl Kernel for Mask {
    fn name(&self) -> &'static str {
        "dropout_mask"
    }

    fn redraw(&self) -> Option<Redraw> {
        let mask = *self;
        Some(Box::new(move || {
            let key = key_after(mask.key);
            Arc::new(Mask { key, ..mask })
        }))
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = cx.outputs[0].slice::<bool>();
        random::bernoulli(cx.tiles, self.key, self.probability, out);
        Ok(())
    }
}

/// `x` with each element zero with probability `p`, the others scaled so that the mean stays. Along
/// `axes` all elements share their fate.
///
/// # Errors
/// A `p` outside of 0 and 1; an axis that the array does not have.
pub fn dropout(
    x: &Array,
    p: f64,
    seed: u64,
    stream: u64,
    axes: Option<Vec<isize>>,
) -> Result<Array> {
    if !(0.0..=1.0).contains(&p) {
        let fact = format!("p must be between 0 and 1, not {p}");
        return Err(Error::argument("dropout", fact));
    }
    let shared = axis_mask("dropout", Some(axes.as_deref().unwrap_or(&[])), x.ndim())?;
    let x = cast(x, x.dtype().to_inexact())?;
    let kept = 1.0 - p;
    let kernel = Mask {
        key: Key { seed, stream },
        probability: kept,
    };
    let shape: Shape = x.shape().without(&shared, true);
    let op = Op::Kernel(Arc::new(kernel));
    let made = issue(op, None, &[], Some(x.device()), [(shape, DType::Bool)])?;
    let mask = &made[0];
    // With nothing kept the scale does not matter, but must not be infinite.
    let scale = if kept > 0.0 { 1.0 / kept } else { 1.0 };
    multiply(&multiply(&x, mask)?, scale)
}
