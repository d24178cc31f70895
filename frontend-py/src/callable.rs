//! Ops by name: the one door through which Python calls the engine's ops.

use forerun_engine::ops::registry::{self, Entry};
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::convert;
use crate::error::to_py;
use crate::site;

/// A callable op; its arguments are positional, in the order of `params`.
#[pyclass(frozen, name = "Op", module = "forerun._core")]
pub(crate) struct PyOp(&'static Entry);

#[pymethods]
impl PyOp {
    #[pyo3(signature = (*arguments))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut converted = Vec::with_capacity(arguments.len());
        for argument in arguments.iter() {
            converted.push(convert::argument(&argument)?);
        }
        site::note(py);
        let made = self.0.call(&converted).map_err(to_py)?;
        convert::made(py, made)
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    #[getter]
    fn params(&self) -> Vec<&'static str> {
        self.0.params.to_vec()
    }

    fn __repr__(&self) -> String {
        format!("<op {}({})>", self.0.name, self.0.params.join(", "))
    }
}

/// The op called `name`.
#[pyfunction]
pub(crate) fn op(name: &str) -> PyResult<PyOp> {
    registry::find(name)
        .map(PyOp)
        .ok_or_else(|| PyAttributeError::new_err(format!("there is no op called '{name}'")))
}

/// The names of all ops.
#[pyfunction]
pub(crate) fn ops() -> Vec<&'static str> {
    registry::all().map(|entry| entry.name).collect()
}
