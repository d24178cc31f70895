//! From indices to offsets, with their bounds checked.

use ndarray::{ArrayViewD, IxDyn};
use parking_lot::Mutex;

use super::GRAIN;
use crate::kernels::Tiles;
use crate::kernels::copy::flat;
use crate::kernels::parts::each_chunk;

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

impl Along {
    /// The way to an index.
    #[inline(always)]
    pub(super) fn offset(self, index: i64, mode: Mode) -> Result<isize, OutOfBounds> {
        let Along { axis, len, stride } = self;
        let at = position(index, len, mode).ok_or(OutOfBounds { index, len, axis })?;
        Ok(at as isize * stride)
    }
}

/// Of the failures that tiles find, the one that comes first in the data.
#[derive(Debug, Default)]
pub(super) struct FirstFailure(Mutex<Option<(usize, OutOfBounds)>>);

impl FirstFailure {
    /// Notes that the index at `place` is out of bounds.
    #[cold]
    pub(super) fn note(&self, place: usize, found: OutOfBounds) {
        let mut first = self.0.lock();
        if first.is_none_or(|(earlier, _)| place < earlier) {
            *first = Some((place, found));
        }
    }

    pub(super) fn into_result(self) -> Result<(), OutOfBounds> {
        self.0.into_inner().map_or(Ok(()), |(_, found)| Err(found))
    }
}

/// The index from the front that `mode` makes of `index`, if the axis has it.
#[inline(always)]
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

/// Where the rows of a view start, in C order.
#[derive(Debug)]
pub(super) enum Starts {
    /// So far apart.
    Even(isize),
    Listed(Vec<isize>),
}

impl Starts {
    /// The rows behind axes of a shape.
    pub(super) fn new(shape: &[usize], strides: &[isize]) -> Starts {
        let step = strides.last().copied().unwrap_or(0);
        let even = strides
            .iter()
            .zip(shape)
            .rev()
            .try_fold(step, |expected, (&stride, &len)| {
                (stride == expected || len == 1).then_some(expected * len as isize)
            });
        match even {
            Some(_) => Starts::Even(step),
            None => Starts::Listed(offsets_of(shape, strides)),
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, row: usize) -> isize {
        match self {
            Starts::Even(step) => row as isize * step,
            Starts::Listed(starts) => starts[row],
        }
    }
}

/// Where the rows of an indexed array start: those given by one index array for each axis that
/// has one, all of the shape `points`.
///
/// # Errors
///
/// The first index, by axis, that is out of bounds.
pub(super) fn row_offsets(
    tiles: &dyn Tiles,
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
        let indices = flat(tiles, indices);
        let along = Along {
            axis,
            len: shape[axis],
            stride: strides[axis],
        };
        let failure = FirstFailure::default();
        each_chunk(tiles, &mut offsets, GRAIN, |start, offsets| {
            for (at, (offset, &index)) in (start..).zip(offsets.iter_mut().zip(&indices[start..])) {
                match along.offset(index, Mode::Raise) {
                    Ok(way) => *offset += way,
                    Err(found) => return failure.note(at, found),
                }
            }
        });
        failure.into_result()?;
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
