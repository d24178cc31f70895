//! Layers that normalise: to a mean of 0 and a variance of 1, then scaled and shifted.

use std::sync::Arc;

use ndarray::ArrayViewD;
use smallvec::SmallVec;

use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, is_recording, issue};
use crate::dispatch;
use crate::dtype::Kind;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run, TensorMut};
use crate::kernels::blocks::Cast;
use crate::kernels::math::Real;
use crate::kernels::normalize::{LONGEST_ROW, normalize, normalize_rows, scale_of};
use crate::kernels::reduce::{self, Moments, Spread, To};
use crate::kernels::softmax::Smooth;
use crate::ops::reduce::{cast, mean, reshape_to, var};
use crate::ops::unary::sqrt;
use crate::shape::{Shape, normalize_axis};

/// Elements from which a normalisation is handed over at once.
const HEAVY: usize = 1 << 18;

/// Gives the normalised elements, and the mean and variance that they had.
struct Normalize {
    /// True for the axes that share a mean.
    mask: SmallVec<[bool; 4]>,
    input: Shape,
    eps: f64,
    /// True if a scale and a shift for each place in a row follow as inputs.
    has_parameters: bool,
}

impl Kernel for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn is_heavy(&self) -> bool {
        self.input.size() >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        dispatch!(float, cx.outputs[0].dtype, T => self.run_as::<T>(cx),
            else unreachable!("only floats are normalised"));
        Ok(())
    }
}

impl Normalize {
    fn new(x: &Array, mask: SmallVec<[bool; 4]>, eps: f64, has_parameters: bool) -> Normalize {
        Normalize {
            mask,
            input: x.shape().clone(),
            eps,
            has_parameters,
        }
    }

    fn run_as<T: Smooth + To<f64>>(&self, cx: &mut Run<'_>)
    where
        f64: Cast<T>,
    {
        let x = cx.inputs[0].view::<T>();
        let n_outputs = cx.outputs[1].shape.size();
        let n = self.input.size() / n_outputs.max(1);
        let (mut means, mut variances) = (vec![0.0; n_outputs], vec![0.0; n_outputs]);
        let figures = [&mut means[..], &mut variances[..]];
        if self.is_by_rows() && n <= LONGEST_ROW {
            let parameters = self
                .has_parameters
                .then(|| [1, 2].map(|i| cx.inputs[i].view::<T>()));
            let out = cx.outputs[0].slice::<T>();
            normalize_rows(cx.tiles, x, n, self.eps, parameters, out, figures);
        } else {
            self.in_passes(cx, x, n, figures);
        }
        store::<T>(&means, &mut cx.outputs[1]);
        store::<T>(&variances, &mut cx.outputs[2]);
    }

    /// Means and variances, then the elements.
    fn in_passes<T: Smooth + To<f64>>(
        &self,
        cx: &mut Run<'_>,
        x: ArrayViewD<'_, T>,
        n: usize,
        [means, variances]: [&mut [f64]; 2],
    ) {
        let mut moments = vec![Moments::default(); means.len()];
        let spread = Spread::<f64>::new();
        reduce::reduce(cx.tiles, &spread, x.view(), &self.mask, &mut moments);
        let figures = means.iter_mut().zip(&mut *variances);
        for ((mean, variance), moments) in figures.zip(&moments) {
            (*mean, *variance) = (moments.mean, moments.squares / n as f64);
        }
        let scales: Vec<T::Float> = variances.iter().map(|&v| scale_of(v, self.eps)).collect();
        let centers: Vec<T::Float> = means.iter().map(|&mean| T::Float::of(mean)).collect();
        let out = cx.outputs[0].slice::<T>();
        normalize(cx.tiles, x, &self.mask, [&centers, &scales], out);
    }

    /// True if the reduced axes are the last ones.
    fn is_by_rows(&self) -> bool {
        self.mask.is_sorted()
    }

    fn axes(&self) -> SmallVec<[isize; 4]> {
        let reduced = (0..self.mask.len()).filter(|&axis| self.mask[axis]);
        reduced.map(|axis| axis as isize).collect()
    }
}

fn store<T: Smooth>(from: &[f64], out: &mut TensorMut)
where
    f64: Cast<T>,
{
    for (out, &x) in out.slice::<T>().iter_mut().zip(from) {
        *out = x.cast();
    }
}

impl Gradient for Normalize {
    /// Of the normalised elements; mean and variance are handed out without their history.
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (y, g, axes) = (&cx.outputs[0], cx.g(), self.axes());
        let variance = match is_recording() {
            true => var(&cx.inputs[0], &axes[..], true, None, None)?,
            false => cx.outputs[2].clone(),
        };
        let along_y = mean(&(g * y), &axes[..], true, None)?;
        let centered = g - &mean(g, &axes[..], true, None)?;
        let dx = (centered - y * along_y) / sqrt(&(variance + self.eps))?;
        Ok(SmallVec::from_iter([Some(dx)]))
    }
}

/// `x` normalised over the axes at which `mask` is true, with the mean and variance of before, in
/// which those axes have length 1.
fn normalized(
    op: &'static str,
    x: &Array,
    mask: SmallVec<[bool; 4]>,
    eps: f64,
) -> Result<[Array; 3]> {
    if x.dtype().kind() == Kind::Complex {
        return Err(Error::DType {
            op,
            dtype: x.dtype(),
            takes: "real numbers",
        });
    }
    let x = cast(x, x.dtype().to_inexact())?;
    let kept = x.shape().without(&mask, true);
    let kernel = Arc::new(Normalize::new(&x, mask, eps, false));
    let op = Op::Kernel(kernel.clone());
    let dtype = x.dtype();
    let outputs = [
        (x.shape().clone(), dtype),
        (kept.clone(), dtype),
        (kept, dtype),
    ];
    let made = issue(
        op,
        Some(Rule::Shared(kernel)),
        &[Operand::Array(&x)],
        None,
        outputs,
    )?;
    Ok([made[0].clone(), made[1].detach(), made[2].detach()])
}

/// A vector along `axis` of an array with `ndim` axes.
fn along(x: &Array, axis: usize, ndim: usize) -> Result<Array> {
    let mut lens = vec![1; ndim];
    lens[axis] = x.size();
    reshape_to(x, &lens)
}

/// # Errors
/// A scale or shift whose length is not that of the axis.
fn check_lengths(op: &'static str, x: &Array, axis: usize, vectors: &[&Array]) -> Result<()> {
    match vectors
        .iter()
        .find(|vector| vector.size() != x.shape()[axis])
    {
        Some(vector) => {
            let fact = format!(
                "a parameter of shape {} does not fit axis {axis} of {}",
                vector.shape(),
                x.shape()
            );
            Err(Error::shape(op, fact))
        }
        None => Ok(()),
    }
}

/// Normalises each row along `axis`, then scales by `gamma` and shifts by `beta`.
///
/// # Errors
/// An axis that the array does not have; parameters of another length.
pub fn layer_norm(x: &Array, gamma: &Array, beta: &Array, axis: isize, eps: f64) -> Result<Array> {
    let axis = normalize_axis("layer_norm", axis, x.ndim())?;
    check_lengths("layer_norm", x, axis, &[gamma, beta])?;
    let mask = (0..x.ndim()).map(|other| other == axis).collect();
    let ndim = x.ndim();
    let is_one_pass = axis + 1 == ndim
        && x.shape()[axis] <= LONGEST_ROW
        && x.dtype().kind() == Kind::Float
        && [gamma, beta].iter().all(|y| y.dtype() == x.dtype());
    if is_one_pass && !is_recording() {
        let kernel = Normalize::new(x, mask, eps, true);
        let kept = x.shape().without(&kernel.mask, true);
        let inputs = [x, gamma, beta].map(Operand::Array);
        let outputs = [x.shape().clone(), kept.clone(), kept].map(|shape| (shape, x.dtype()));
        let made = issue(Op::Kernel(Arc::new(kernel)), None, &inputs, None, outputs)?;
        return Ok(made[0].clone());
    }
    let [y, ..] = normalized("layer_norm", x, mask, eps)?;
    Ok(y * along(gamma, axis, ndim)? + along(beta, axis, ndim)?)
}

/// Normalises each of `n_groups` groups of channels (axis 1), then scales and shifts by channel.
///
/// # Errors
/// Channels that do not divide into the groups; parameters of another length.
pub fn group_norm(
    x: &Array,
    gamma: &Array,
    beta: &Array,
    n_groups: usize,
    eps: f64,
) -> Result<Array> {
    let ndim = x.ndim();
    if ndim < 2 || n_groups == 0 || !x.shape()[1].is_multiple_of(n_groups) {
        let fact = format!(
            "cannot divide axis 1 of {} into {n_groups} groups",
            x.shape()
        );
        return Err(Error::shape("group_norm", fact));
    }
    check_lengths("group_norm", x, 1, &[gamma, beta])?;
    let groups = x.reshape(&[x.shape()[0] as isize, n_groups as isize, -1])?;
    let mask = SmallVec::from_slice(&[false, false, true]);
    let [y, ..] = normalized("group_norm", &groups, mask, eps)?;
    let y = reshape_to(&y, x.shape())?;
    Ok(y * along(gamma, 1, ndim)? + along(beta, 1, ndim)?)
}

/// Normalises each channel (axis 1) of each instance, then scales and shifts by channel.
///
/// # Errors
/// Arrays of fewer than two axes; parameters of another length.
pub fn instance_norm(x: &Array, gamma: &Array, beta: &Array, eps: f64) -> Result<Array> {
    normalize_axis("instance_norm", 1, x.ndim())?;
    check_lengths("instance_norm", x, 1, &[gamma, beta])?;
    let mask = (0..x.ndim()).map(|axis| axis >= 2).collect();
    let [y, ..] = normalized("instance_norm", x, mask, eps)?;
    let ndim = x.ndim();
    Ok(y * along(gamma, 1, ndim)? + along(beta, 1, ndim)?)
}

/// Normalises each channel by its own mean and variance; returns these as well, without gradient,
/// for running statistics.
///
/// # Errors
/// An axis that the array does not have; parameters of another length.
pub fn batch_norm_train(
    x: &Array,
    gamma: &Array,
    beta: &Array,
    eps: f64,
    axis: isize,
) -> Result<Vec<Array>> {
    let axis = normalize_axis("batch_norm", axis, x.ndim())?;
    check_lengths("batch_norm", x, axis, &[gamma, beta])?;
    let mask = (0..x.ndim()).map(|other| other != axis).collect();
    let [y, mean, variance] = normalized("batch_norm", x, mask, eps)?;
    let ndim = x.ndim();
    let y = y * along(gamma, axis, ndim)? + along(beta, axis, ndim)?;
    Ok(vec![y, mean.ravel()?, variance.ravel()?])
}

/// Normalises each channel by a given mean and variance, scales and shifts it: one pass.
///
/// # Errors
/// An axis that the array does not have; parameters of another length.
pub fn batch_norm(
    x: &Array,
    gamma: &Array,
    beta: &Array,
    mean: &Array,
    var: &Array,
    eps: f64,
    axis: isize,
) -> Result<Array> {
    let axis = normalize_axis("batch_norm", axis, x.ndim())?;
    check_lengths("batch_norm", x, axis, &[gamma, beta, mean, var])?;
    let scale = gamma / sqrt(&(var + eps))?;
    let shift = beta - mean * &scale;
    let ndim = x.ndim();
    Ok(x * along(&scale, axis, ndim)? + along(&shift, axis, ndim)?)
}
