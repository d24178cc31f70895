//! Diagonals as views, and matrices from them.

use smallvec::SmallVec;

use super::super::create::{dense_copy, zeros};
use super::super::write::write;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::shape::{Layout, Shape, Strides, normalize_axis};

/// A view of the elements whose positions on two axes differ by `offset`, on a last axis in their
/// place.
///
/// # Errors
/// Axes that the array does not have, or the same twice.
pub fn diagonal(
    x: &Array,
    offset: Option<isize>,
    axis1: Option<isize>,
    axis2: Option<isize>,
) -> Result<Array> {
    const OP: &str = "diagonal";
    if x.ndim() < 2 {
        let fact = "diag requires an array of at least two dimensions";
        return Err(Error::argument(OP, fact));
    }
    let a = normalize_axis(OP, axis1.unwrap_or(0), x.ndim())?;
    let b = normalize_axis(OP, axis2.unwrap_or(1), x.ndim())?;
    if a == b {
        return Err(Error::argument(OP, "axis1 and axis2 cannot be the same"));
    }
    let (source, offset) = (x.layout(), offset.unwrap_or(0));
    let skip = |axis: usize, n: isize| (n.max(0) as usize).min(source.shape[axis]);
    let (down, right) = (skip(a, offset.saturating_neg()), skip(b, offset));
    let len = (source.shape[a] - down).min(source.shape[b] - right);
    let rest = (0..x.ndim()).filter(|&axis| axis != a && axis != b);
    let mut lens: SmallVec<[usize; 4]> = rest.clone().map(|axis| source.shape[axis]).collect();
    let mut strides: Strides = rest.map(|axis| source.strides[axis]).collect();
    lens.push(len);
    strides.push(source.strides[a] + source.strides[b]);
    let way = down as isize * source.strides[a] + right as isize * source.strides[b];
    let offset = source.offset as isize + if len > 0 { way } else { 0 };
    Ok(x.with_layout(Layout {
        shape: Shape::from(&lens[..]),
        strides,
        offset: offset as usize,
    }))
}

/// The `k`-th diagonal of a matrix, as a copy; or a matrix with the elements of a vector there.
///
/// # Errors
/// An array with other than one or two axes.
pub fn diag(x: &Array, k: Option<isize>) -> Result<Array> {
    match x.ndim() {
        1 => {
            let n = x.size() + k.unwrap_or(0).unsigned_abs();
            let matrix = zeros([n, n], x.dtype(), x.device())?;
            write(&diagonal(&matrix, k, None, None)?, x)?;
            Ok(matrix)
        }
        2 => dense_copy(&diagonal(x, k, None, None)?),
        _ => Err(Error::argument("diag", "input must be 1- or 2-d")),
    }
}
