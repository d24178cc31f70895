//! Ops on index arrays beside the brackets: along one axis, at points, where something is true.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::create::{arange, astype};
use super::super::operand::Arg;
use super::along::take_along;
use super::gather::{gather, issue_gather};
use super::masked::{compress, nonzero};
use super::points::{Points, positions};
use super::scatter::{Combine, scatter};
use super::{as_array, refuse_coinciding};
use crate::array::{Array, Operand, issue_one};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::index::Mode;
use crate::shape::{Shape, normalize_axis};

/// Turns indices with a meaning outside of their axis into plain ones.
struct Resolve {
    len: usize,
    mode: Mode,
}

impl Kernel for Resolve {
    fn name(&self) -> &'static str {
        "take_positions"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (indices, out) = (cx.inputs[0].view::<i64>(), cx.outputs[0].slice::<i64>());
        let last = self.len.max(1) as i64 - 1;
        for (at, &index) in out.iter_mut().zip(&indices) {
            *at = match self.mode {
                Mode::Raise => index,
                Mode::Clip => index.clamp(0, last),
                Mode::Wrap => index.rem_euclid(last + 1),
            };
        }
        Ok(())
    }
}

pub(super) fn resolve(indices: &Array, len: usize, mode: Mode) -> Result<Array> {
    let op = Op::Kernel(Arc::new(Resolve { len, mode }));
    let output = (indices.shape().clone(), DType::I64);
    issue_one(op, None, &[Operand::Array(indices)], output)
}

/// The elements of `x` at `indices` along `axis`, or of the flat array without one. Indices
/// outside the axis are refused when the op runs (`"raise"`), cut to the nearest (`"clip"`, the
/// default) or counted modulo its length (`"wrap"`).
///
/// # Errors
/// An axis that the array does not have, or another mode.
pub fn take(x: &Array, indices: &Array, axis: Option<isize>, mode: Option<&str>) -> Result<Array> {
    let mode = match mode.unwrap_or("clip") {
        "raise" => Mode::Raise,
        "clip" => Mode::Clip,
        "wrap" => Mode::Wrap,
        other => {
            let fact = format!("mode must be 'raise', 'clip' or 'wrap', not '{other}'");
            return Err(Error::argument("take", fact));
        }
    };
    let flat = match axis {
        None => &x.ravel()?,
        Some(_) => x,
    };
    let axis = normalize_axis("take", axis.unwrap_or(0), flat.ndim())?;
    let arrays = SmallVec::from_iter([(axis, positions(indices)?)]);
    let (points, arrays, shape) = Points::new("take", flat.shape(), arrays, axis)?;
    issue_gather("take", flat, points, &arrays, shape, mode)
}

/// For each position of `indices` the element of `x` at that index along `axis`, and at the same
/// position of the other axes; without an axis, of the flat arrays.
///
/// # Errors
/// Arrays of different rank; an axis that they do not have; shapes that do not broadcast.
pub fn take_along_axis(x: &Array, indices: &Array, axis: Option<isize>) -> Result<Array> {
    let Some(axis) = axis else {
        return take_along_axis(&x.ravel()?, &indices.ravel()?, Some(0));
    };
    const OP: &str = "take_along_axis";
    same_rank(OP, x, indices)?;
    let axis = normalize_axis(OP, axis, x.ndim())?;
    let mut one: SmallVec<[usize; 4]> = SmallVec::from_slice(x.shape());
    one[axis] = 1;
    let shape = indices.shape().broadcast(&Shape::from(&one[..]));
    let shape = shape.ok_or_else(|| {
        let fact = format!(
            "indices of shape {} for an array of shape {}",
            indices.shape(),
            x.shape()
        );
        Error::shape(OP, fact)
    })?;
    let mut lens: SmallVec<[usize; 4]> = SmallVec::from_slice(&shape);
    lens[axis] = x.shape()[axis];
    let x = x.broadcast_to(&lens[..])?;
    take_along(
        OP,
        &x,
        &positions(indices)?.broadcast_to(shape)?,
        axis,
        Mode::Raise,
    )
}

/// Writes to each place that [`take_along_axis`] reads.
///
/// # Errors
/// As [`take_along_axis`]; values that do not broadcast to the indices.
pub fn put_along_axis(
    x: &Array,
    indices: &Array,
    values: Arg<'_>,
    axis: Option<isize>,
) -> Result<()> {
    refuse_coinciding(x)?;
    let Some(axis) = axis else {
        let flat = x.ravel()?;
        if !flat.shares_variable(x) {
            let fact = "an array that is not contiguous needs an axis";
            return Err(Error::argument("put_along_axis", fact));
        }
        return put_along_axis(&flat, &indices.ravel()?, values, Some(0));
    };
    let arrays = along("put_along_axis", x, indices, axis)?;
    scatter(x, arrays, 0, &as_array(values.0, x)?, Combine::Write)
}

/// Index arrays for all axes: `indices` for one, each position itself for the others.
fn along(
    op: &'static str,
    x: &Array,
    indices: &Array,
    axis: isize,
) -> Result<SmallVec<[(usize, Array); 2]>> {
    same_rank(op, x, indices)?;
    let axis = normalize_axis(op, axis, x.ndim())?;
    along_shape(x.shape(), &positions(indices)?, axis)
}

fn same_rank(op: &'static str, x: &Array, indices: &Array) -> Result<()> {
    if x.ndim() == indices.ndim() {
        return Ok(());
    }
    let fact = "indices and the array must have the same number of dimensions";
    Err(Error::argument(op, fact))
}

fn along_shape(
    shape: &Shape,
    indices: &Array,
    axis: usize,
) -> Result<SmallVec<[(usize, Array); 2]>> {
    let mut arrays = SmallVec::new();
    for (other, &len) in shape.iter().enumerate() {
        if other == axis {
            arrays.push((axis, indices.clone()));
            continue;
        }
        let places = arange(0i64, len as i64, 1i64, DType::I64, indices.device())?;
        let mut lens: SmallVec<[isize; 4]> = SmallVec::from_elem(1, shape.ndim());
        lens[other] = len as isize;
        arrays.push((other, places.reshape(&lens)?));
    }
    Ok(arrays)
}

/// The parts of `x` along `axis` for which `mask` is not zero. It waits for the mask.
///
/// # Errors
/// A mask that is not one-dimensional or not as long as the axis.
pub fn boolean_mask(x: &Array, mask: &Array, axis: Option<isize>) -> Result<Array> {
    let axis = normalize_axis("boolean_mask", axis.unwrap_or(0), x.ndim())?;
    if mask.shape()[..] != [x.shape()[axis]] {
        let fact = format!(
            "mask of shape {} for axis {axis} of an array of shape {}",
            mask.shape(),
            x.shape()
        );
        return Err(Error::shape("boolean_mask", fact));
    }
    if axis == 0 {
        return compress(x, &astype(mask, DType::Bool)?);
    }
    let places = nonzero(mask)?.remove(0);
    gather(x, SmallVec::from_iter([(axis, places)]), axis)
}

/// The rows of `indices`, its first axis, as index arrays for the first axes of `x`.
fn rows(op: &'static str, x: &Array, indices: &Array) -> Result<SmallVec<[(usize, Array); 2]>> {
    if indices.ndim() == 0 || indices.shape()[0] > x.ndim() {
        let fact = format!(
            "indices of shape {} name more axes than an array of shape {} has",
            indices.shape(),
            x.shape()
        );
        return Err(Error::shape(op, fact));
    }
    let indices = positions(indices)?;
    (0..indices.shape()[0])
        .map(|axis| Ok((axis, indices.index_axis(0, axis as isize)?)))
        .collect()
}

/// The parts of `x` at the points whose coordinates are the rows of `indices`.
///
/// # Errors
/// More rows than axes.
pub fn gather_nd(x: &Array, indices: &Array) -> Result<Array> {
    gather(x, rows("gather_nd", x, indices)?, 0)
}

/// A copy of `x` with `values` at the points whose coordinates are the rows of `indices`.
///
/// # Errors
/// More rows than axes; values that do not broadcast to the points.
pub fn index_update(x: &Array, indices: &Array, values: &Array) -> Result<Array> {
    let result = x.copy()?;
    let rows = rows("index_update", x, indices)?;
    scatter(&result, rows, 0, values, Combine::Write)?;
    Ok(result)
}

/// A copy of `x` with `values` added at the points whose coordinates are the rows of `indices`,
/// once for each point.
///
/// # Errors
/// More rows than axes; values that do not broadcast to the points.
pub fn index_add(x: &Array, indices: &Array, values: &Array) -> Result<Array> {
    let result = x.copy()?;
    scatter(
        &result,
        rows("index_add", x, indices)?,
        0,
        values,
        Combine::Add,
    )?;
    Ok(result)
}
