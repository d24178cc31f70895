//! From what stands in square brackets to the engine's index.

use forerun_engine::DType;
use forerun_engine::ops::Index;
use pyo3::exceptions::{PyIndexError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyEllipsis, PyInt, PySlice, PyTuple};
use smallvec::SmallVec;

use crate::array::PyArray;
use crate::convert;

/// The parts of an index.
pub(crate) type Indices = SmallVec<[Index; 4]>;

/// Converts a whole index: one part, or a tuple of them.
pub(crate) fn indices(key: &Bound<'_, PyAny>) -> PyResult<Indices> {
    match key.cast::<PyTuple>() {
        Ok(parts) => parts.iter().map(|part| index(&part)).collect(),
        Err(_) => Ok(SmallVec::from_iter([index(key)?])),
    }
}

/// True if the engine has to know the data of this part: how many places a mask selects.
pub(crate) fn may_wait(part: &Index) -> bool {
    matches!(part, Index::Array(array) if array.dtype() == DType::Bool)
}

fn index(part: &Bound<'_, PyAny>) -> PyResult<Index> {
    if part.is_exact_instance_of::<PyInt>() {
        return Ok(Index::At(part.extract()?));
    }
    if let Ok(range) = part.cast::<PySlice>() {
        return Ok(Index::Range {
            start: bound(&range.getattr("start")?)?,
            stop: bound(&range.getattr("stop")?)?,
            step: bound(&range.getattr("step")?)?,
        });
    }
    if part.is_none() {
        return Ok(Index::NewAxis);
    }
    if part.is_instance_of::<PyEllipsis>() {
        return Ok(Index::Ellipsis);
    }
    if let Ok(array) = part.cast::<PyArray>() {
        return Ok(Index::Array(array.get().0.clone()));
    }
    if !part.is_instance_of::<PyBool>()
        && let Ok(at) = part.extract::<isize>()
    {
        return Ok(Index::At(at));
    }
    match convert::convert(part)? {
        Some(array) => Ok(Index::Array(array.get().0.clone())),
        None => Err(PyIndexError::new_err(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays \
             are valid indices",
        )),
    }
}

/// An end of a slice; one too large for the machine means all the way.
fn bound(end: &Bound<'_, PyAny>) -> PyResult<Option<isize>> {
    if end.is_none() {
        return Ok(None);
    }
    match end.extract::<isize>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(end.py()) => {
            Ok(Some(if end.gt(0)? { isize::MAX } else { isize::MIN }))
        }
        at => at.map(Some),
    }
}
