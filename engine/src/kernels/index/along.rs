//! Reading and adding at positions along the last axis, for each row its own.

use ndarray::{ArrayViewD, Axis};

use super::places::{Mode, OutOfBounds, position};
use super::scatter::Plus;
use crate::dtype::Element;

/// The elements of each row of `x` at the positions in the same row of `indices`; `out` is dense,
/// of the shape of `indices`.
///
/// # Errors
///
/// The first index out of bounds.
pub fn take_along<T: Element>(
    x: ArrayViewD<'_, T>,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    let axis = x.ndim() - 1;
    let (len, n) = (x.shape()[axis], indices.shape()[axis]);
    if out.is_empty() {
        return Ok(());
    }
    let rows = x
        .lanes(Axis(axis))
        .into_iter()
        .zip(indices.lanes(Axis(axis)));
    for ((row, indices), out) in rows.zip(out.chunks_exact_mut(n)) {
        for (out, &index) in out.iter_mut().zip(indices) {
            let at = position(index, len, mode).ok_or(OutOfBounds { index, len, axis })?;
            *out = row[at as usize];
        }
    }
    Ok(())
}

/// Adds the elements of each row of `values` to the row of `out` at the positions in `indices`;
/// `out` has rows of `len` elements.
///
/// # Errors
///
/// The first index out of bounds.
pub fn add_along<T: Plus>(
    values: ArrayViewD<'_, T>,
    indices: ArrayViewD<'_, i64>,
    mode: Mode,
    len: usize,
    out: &mut [T],
) -> Result<(), OutOfBounds> {
    let axis = values.ndim() - 1;
    if values.is_empty() {
        return Ok(());
    }
    if len == 0 {
        let index = indices.first().copied().unwrap_or(0);
        return Err(OutOfBounds { index, len, axis });
    }
    let rows = values
        .lanes(Axis(axis))
        .into_iter()
        .zip(indices.lanes(Axis(axis)));
    for ((values, indices), out) in rows.zip(out.chunks_exact_mut(len)) {
        for (&value, &index) in values.iter().zip(indices) {
            let at = position(index, len, mode).ok_or(OutOfBounds { index, len, axis })?;
            out[at as usize] = out[at as usize].plus(value);
        }
    }
    Ok(())
}

/// The index that `mode` makes of each.
///
/// # Errors
///
/// The first index out of bounds.
pub fn resolve(
    indices: ArrayViewD<'_, i64>,
    len: usize,
    axis: usize,
    mode: Mode,
) -> Result<Vec<i64>, OutOfBounds> {
    let resolved = indices
        .iter()
        .map(|&index| position(index, len, mode).ok_or(OutOfBounds { index, len, axis }));
    resolved.collect()
}
