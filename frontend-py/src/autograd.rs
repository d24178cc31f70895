//! Recording and backward.

use std::sync::Arc;

use forerun_engine::{Array, Backward, Gradient, Grads, Result, autograd};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::array::PyArray;
use crate::enter::raise_through;
use crate::error::to_py;
use crate::site;

/// Switches recording and training; what is None stays. Returns the modes of before.
#[pyfunction]
pub(crate) fn set_mode(recording: Option<bool>, training: Option<bool>) -> (bool, bool) {
    forerun_engine::set_mode(recording, training)
}

/// True while ops are recorded.
#[pyfunction]
pub(crate) fn is_recording() -> bool {
    forerun_engine::is_recording()
}

/// True in training mode.
#[pyfunction]
pub(crate) fn is_training() -> bool {
    forerun_engine::is_training()
}

/// Computes the gradients of `heads` into their leaves.
#[pyfunction]
pub(crate) fn backward(
    py: Python<'_>,
    heads: Vec<Bound<'_, PyArray>>,
    head_grads: Option<Vec<Option<Bound<'_, PyArray>>>>,
    retain_graph: bool,
) -> PyResult<()> {
    site::note(py);
    autograd::backward(&arrays(&heads), &optional(head_grads), retain_graph).map_err(to_py)
}

/// Returns the gradients of `heads` with respect to `variables`.
#[pyfunction]
pub(crate) fn grad(
    py: Python<'_>,
    heads: Vec<Bound<'_, PyArray>>,
    variables: Vec<Bound<'_, PyArray>>,
    head_grads: Option<Vec<Option<Bound<'_, PyArray>>>>,
    retain_graph: bool,
    create_graph: bool,
) -> PyResult<Vec<PyArray>> {
    site::note(py);
    let grads = autograd::grad(
        &arrays(&heads),
        &arrays(&variables),
        &optional(head_grads),
        retain_graph,
        create_graph,
    );
    Ok(grads.map_err(to_py)?.into_iter().map(PyArray).collect())
}

/// The outputs of a user's function, whose gradient is `backward(*head_grads)`.
#[pyfunction]
pub(crate) fn custom_function(
    inputs: Vec<Bound<'_, PyArray>>,
    outputs: Vec<Bound<'_, PyArray>>,
    backward: Py<PyAny>,
) -> PyResult<Vec<PyArray>> {
    let rule = Arc::new(Custom {
        backward,
        n_inputs: inputs.len(),
    });
    let made = autograd::custom(rule, &arrays(&inputs), &arrays(&outputs));
    Ok(made.into_iter().map(PyArray).collect())
}

/// A gradient rule in Python.
struct Custom {
    backward: Py<PyAny>,
    n_inputs: usize,
}

impl Gradient for Custom {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        Python::attach(|py| self.call(py, cx)).map_err(raise_through)
    }
}

impl Custom {
    fn call(&self, py: Python<'_>, cx: &Backward<'_>) -> PyResult<Grads> {
        let grads: Vec<PyArray> = cx.grads.iter().cloned().map(PyArray).collect();
        let made = self.backward.bind(py).call1(PyTuple::new(py, grads)?)?;
        let made: Vec<Bound<'_, PyAny>> = match made.cast::<PyTuple>() {
            Ok(several) => several.iter().collect(),
            Err(_) => match made.cast::<PyList>() {
                Ok(several) => several.iter().collect(),
                Err(_) => vec![made],
            },
        };
        if made.len() != self.n_inputs {
            let message = format!(
                "Function: backward returned {} gradients for {} inputs",
                made.len(),
                self.n_inputs
            );
            return Err(PyValueError::new_err(message));
        }
        let one = |grad: Bound<'_, PyAny>| -> PyResult<Option<Array>> {
            if grad.is_none() {
                return Ok(None);
            }
            Ok(Some(grad.cast::<PyArray>()?.get().0.clone()))
        };
        made.into_iter().map(one).collect()
    }
}

fn arrays(objects: &[Bound<'_, PyArray>]) -> Vec<Array> {
    objects
        .iter()
        .map(|object| object.get().0.clone())
        .collect()
}

fn optional(objects: Option<Vec<Option<Bound<'_, PyArray>>>>) -> Vec<Option<Array>> {
    let objects = objects.unwrap_or_default();
    objects
        .iter()
        .map(|object| object.as_ref().map(|object| object.get().0.clone()))
        .collect()
}
