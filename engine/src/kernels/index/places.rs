//! From indices to offsets, with their bounds checked.

use ndarray::{ArrayViewD, IxDyn};

/// An index that its axis does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfBounds {
    /// The index as it was given.
    pub index: i64,
    /// The length of the axis.
    pub len: usize,
    /// The axis.
    pub axis: usize,
}

/// What an index outside of its axis means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// An error; negative indices count from the end.
    Raise,
    /// The nearest index; negative ones mean 0.
    Clip,
    /// The index modulo the length.
    Wrap,
}

/// One axis of an array: its number, length and step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Along {
    pub(super) axis: usize,
    pub(super) len: usize,
    pub(super) stride: isize,
}

/// Adds to each offset the way along an axis to the index, in C order.
///
/// # Errors
///
/// The first index that the axis does not have.
pub(super) fn add_offsets(
    indices: &ArrayViewD<'_, i64>,
    along: Along,
    mode: Mode,
    offsets: &mut [isize],
) -> Result<(), OutOfBounds> {
    match indices.as_slice() {
        Some(indices) => add_each(indices.iter(), along, mode, offsets),
        None => add_each(indices.iter(), along, mode, offsets),
    }
}

fn add_each<'a>(
    indices: impl Iterator<Item = &'a i64>,
    along: Along,
    mode: Mode,
    offsets: &mut [isize],
) -> Result<(), OutOfBounds> {
    let Along { axis, len, stride } = along;
    for (offset, &index) in offsets.iter_mut().zip(indices) {
        let at = position(index, len, mode).ok_or(OutOfBounds { index, len, axis })?;
        *offset += at as isize * stride;
    }
    Ok(())
}

/// The index from the front that `mode` makes of `index`, if the axis has it.
#[inline]
pub(super) fn position(index: i64, len: usize, mode: Mode) -> Option<i64> {
    let n = len as i64;
    let at = match mode {
        Mode::Raise if index < 0 => index.checked_add(n)?,
        Mode::Raise => index,
        Mode::Clip => index.clamp(0, (n - 1).max(0)),
        Mode::Wrap => index.checked_rem_euclid(n)?,
    };
    (0..n).contains(&at).then_some(at)
}

/// The offset of each element of a view, in C order.
pub(super) fn offsets_of(shape: &[usize], strides: &[isize]) -> Vec<isize> {
    let mut offsets = vec![0];
    for (&len, &stride) in shape.iter().zip(strides) {
        offsets = offsets
            .iter()
            .flat_map(|&offset| (0..len as isize).map(move |i| offset + i * stride))
            .collect();
    }
    offsets
}

/// Where the rows of an indexed array start: those given by one index array for each axis that
/// has one, all of the shape `points`.
///
/// # Errors
///
/// The first index, by axis, that is out of bounds.
pub(super) fn row_offsets(
    shape: &[usize],
    strides: &[isize],
    indices: &[Option<ArrayViewD<'_, i64>>],
    points: &[usize],
) -> Result<Vec<isize>, OutOfBounds> {
    let mut offsets = vec![0; points.iter().product()];
    for (axis, indices) in indices.iter().enumerate() {
        let Some(indices) = indices else { continue };
        let indices = indices
            .broadcast(IxDyn(points))
            .expect("index arrays fit their points");
        let along = Along {
            axis,
            len: shape[axis],
            stride: strides[axis],
        };
        add_offsets(&indices, along, Mode::Raise, &mut offsets)?;
    }
    Ok(offsets)
}

/// The axes without an index array: their lengths and strides.
pub(super) fn kept_axes(
    shape: &[usize],
    strides: &[isize],
    indices: &[Option<ArrayViewD<'_, i64>>],
) -> (Vec<usize>, Vec<isize>) {
    let kept = |&axis: &usize| indices.get(axis).is_none_or(Option::is_none);
    (0..shape.len())
        .filter(kept)
        .map(|axis| (shape[axis], strides[axis]))
        .unzip()
}
