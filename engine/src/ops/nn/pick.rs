//! Reading at positions that the data gives: picking and embeddings; and the reverse, writing ones
//! there.

use std::sync::Arc;

use ndarray::IxDyn;
use smallvec::SmallVec;

use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{DType, Element};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::blocks::Cast;
use crate::kernels::index::{self, Mode, OutOfBounds};
use crate::ops::index::take_along;
use crate::ops::reduce::cast;
use crate::scalar::Scalar;
use crate::shape::{Shape, normalize_axis};

fn out_of_bounds(op: &'static str, found: OutOfBounds) -> Error {
    let OutOfBounds { index, len, axis } = found;
    let fact = format!("index {index} is out of bounds for axis {axis} with size {len}");
    Error::index(op, fact)
}

/// The element of each row along `axis` (the last if `None`) at the position that `index` gives for
/// it; positions outside are clipped, or wrap with the mode `"wrap"`. `index` has the shape of `x`
/// without the axis, or with length 1 there.
///
/// # Errors
/// An axis that the array does not have; indices of another shape; another mode.
pub fn pick(
    x: &Array,
    index: &Array,
    axis: Option<isize>,
    keepdims: bool,
    mode: Option<&str>,
) -> Result<Array> {
    let axis = normalize_axis("pick", axis.unwrap_or(-1), x.ndim())?;
    let mode = match mode {
        None | Some("clip") => Mode::Clip,
        Some("wrap") => Mode::Wrap,
        Some(other) => {
            let fact = format!("mode '{other}' is not clip or wrap");
            return Err(Error::argument("pick", fact));
        }
    };
    let kept: Shape = x.shape().without(&only(axis, x.ndim()), true);
    let index = match index.ndim() + 1 == x.ndim() {
        true => index.expand_dims(axis as isize)?,
        false => index.clone(),
    };
    if *index.shape() != kept {
        let fact = format!(
            "indices of shape {} do not fit {}",
            index.shape(),
            x.shape()
        );
        return Err(Error::shape("pick", fact));
    }
    let y = take_along("pick", x, &cast(&index, DType::I64)?, axis, mode)?;
    match keepdims {
        true => Ok(y),
        false => y.squeeze(Some(&[axis as isize])),
    }
}

fn only(axis: usize, ndim: usize) -> SmallVec<[bool; 4]> {
    (0..ndim).map(|other| other == axis).collect()
}

struct OneHot {
    depth: usize,
    on: Scalar,
    off: Scalar,
}

impl Kernel for OneHot {
    fn name(&self) -> &'static str {
        "one_hot"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (indices, out) = (cx.inputs[0].view::<i64>(), &mut cx.outputs[0]);
        dispatch!(all, out.dtype, T => {
            let values: [T; 2] = [self.off.to_c128().cast(), self.on.to_c128().cast()];
            index::one_hot(cx.tiles, indices, self.depth, values, out.slice::<T>());
        });
        Ok(())
    }
}

/// For each index a row of `depth` elements that is `on` there and `off` elsewhere; all `off` for
/// an index outside.
///
/// # Errors
/// A result that is too big.
pub fn one_hot(
    indices: &Array,
    depth: usize,
    on: Option<impl Into<Scalar>>,
    off: Option<impl Into<Scalar>>,
    dtype: Option<DType>,
) -> Result<Array> {
    let indices = cast(indices, DType::I64)?;
    let shape: Shape = indices.shape().iter().copied().chain([depth]).collect();
    let kernel = OneHot {
        depth,
        on: on.map_or(Scalar::Float(1.0), Into::into),
        off: off.map_or(Scalar::Float(0.0), Into::into),
    };
    let op = Op::Kernel(Arc::new(kernel));
    let output = (shape, dtype.unwrap_or(DType::F32));
    issue_one(op, None, &[Operand::Array(&indices)], output)
}

/// The rows of a table at the indices.
struct Embedding;

impl Kernel for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (indices, table) = (cx.inputs[0].view::<i64>(), &cx.inputs[1]);
        let out = &mut cx.outputs[0];
        let taken = dispatch!(all, out.dtype, T => {
            index::take(cx.tiles, table.view::<T>(), 0, indices, Mode::Clip, out.slice::<T>())
        });
        taken.map_err(|found| out_of_bounds("embedding", found))
    }
}

impl Gradient for Embedding {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let table = &cx.inputs[1];
        let dw = cx.when_wanted(1, || {
            let kernel = Arc::new(EmbeddingGradient);
            let op = Op::Kernel(kernel.clone());
            let inputs = [Operand::Array(&cx.inputs[0]), Operand::Array(cx.g())];
            let output = (table.shape().clone(), cx.g().dtype());
            issue_one(op, Some(Rule::Shared(kernel)), &inputs, output)
        })?;
        Ok(SmallVec::from_buf([None, dw]))
    }
}

/// A table of zeros to which rows are added at the indices.
struct EmbeddingGradient;

impl Kernel for EmbeddingGradient {
    fn name(&self) -> &'static str {
        "embedding_gradient"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        dispatch!(all, cx.outputs[0].dtype, T => add_rows::<T>(cx))
            .map_err(|found| out_of_bounds("embedding", found))
    }
}

fn add_rows<T: index::Plus + Element>(cx: &mut Run<'_>) -> Result<(), OutOfBounds> {
    let (indices, g) = (cx.inputs[0].view::<i64>(), cx.inputs[1].view::<T>());
    let out = &mut cx.outputs[0];
    out.slice::<T>().fill(T::default());
    if indices.is_empty() {
        return Ok(());
    }
    let shape = indices.shape().to_vec();
    let rows = index::resolve(indices, out.shape[0], 0, Mode::Clip)?;
    let rows = ndarray::ArrayViewD::from_shape(IxDyn(&shape), &rows).expect("one for each index");
    index::scatter_add(cx.tiles, out.view::<T>(), &[Some(rows)], g)
}

impl Gradient for EmbeddingGradient {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let dg = cx.when_wanted(1, || embedding(&cx.inputs[0], cx.g()))?;
        Ok(SmallVec::from_buf([None, dg]))
    }
}

/// The rows of `weight` at the indices; one outside means the nearest row.
///
/// # Errors
/// Weights without rows.
pub fn embedding(indices: &Array, weight: &Array) -> Result<Array> {
    if weight.ndim() == 0 || (weight.shape()[0] == 0 && indices.size() > 0) {
        let fact = format!("weights of shape {} have no rows", weight.shape());
        return Err(Error::shape("embedding", fact));
    }
    let indices = cast(indices, DType::I64)?;
    let row = &weight.shape()[1..];
    let shape: Shape = indices.shape().iter().chain(row).copied().collect();
    let kernel = Arc::new(Embedding);
    let op = Op::Kernel(kernel.clone());
    let inputs = [Operand::Array(&indices), Operand::Array(weight)];
    issue_one(
        op,
        Some(Rule::Shared(kernel)),
        &inputs,
        (shape, weight.dtype()),
    )
}
