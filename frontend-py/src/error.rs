//! From engine errors to Python's: the only place that names exception classes.

use forerun_engine::Error;
use pyo3::exceptions::{
    PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyOSError, PyRuntimeError, PyTypeError,
    PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::enter::take_raised;

/// The exception for an engine error: NumPy's class for the fact, with the whole text.
pub(crate) fn to_py(error: Error) -> PyErr {
    let text = error.to_string();
    match error.root() {
        Error::Broadcast { .. } | Error::Shape { .. } | Error::Argument { .. } => {
            PyValueError::new_err(text)
        }
        Error::DType { .. } | Error::Type { .. } => PyTypeError::new_err(text),
        // Both are a `ValueError` too, and the first one an `IndexError`.
        Error::Axis { .. } => numpy_error("numpy.exceptions", "AxisError", text),
        Error::LinAlg { .. } => numpy_error("numpy.linalg", "LinAlgError", text),
        Error::Index { .. } => PyIndexError::new_err(text),
        Error::Memory { .. } | Error::Limit(_) => PyMemoryError::new_err(text),
        Error::Io { .. } => PyOSError::new_err(text),
        Error::Interrupted => take_raised().unwrap_or_else(|| PyKeyboardInterrupt::new_err(())),
        _ => PyRuntimeError::new_err(text),
    }
}

/// An exception of a class of NumPy's own.
fn numpy_error(module: &str, class: &str, text: String) -> PyErr {
    Python::attach(|py| {
        let class = py
            .import(module)
            .and_then(|module| module.getattr(class))
            .and_then(|class| Ok(class.cast_into::<PyType>()?));
        match class {
            Ok(class) => PyErr::from_type(class, (text,)),
            Err(error) => error,
        }
    })
}
