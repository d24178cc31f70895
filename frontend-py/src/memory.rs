//! Memory: accounts by device, the list of what is live, the limit.

use forerun_engine::{Device, Live, State, memory, runtime};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::convert::numpy_dtype;

/// The device with this number.
pub(crate) fn device(id: usize) -> PyResult<Device> {
    Device::cpu(id)
        .ok_or_else(|| PyValueError::new_err(format!("there is no device {id}: the last is 63")))
}

/// Bytes that a device holds, and how far issuing is in front of execution.
#[pyfunction]
pub(crate) fn memory_stats(py: Python<'_>, device_id: usize) -> PyResult<Bound<'_, PyDict>> {
    let stats = memory::stats(device(device_id)?);
    let ahead = runtime::run_ahead();
    let named = PyDict::new(py);
    named.set_item("live", stats.live)?;
    named.set_item("peak", stats.peak)?;
    named.set_item("cached", stats.cached)?;
    named.set_item("promised", stats.promised)?;
    named.set_item("run_ahead_ops", ahead.n_ops)?;
    named.set_item("run_ahead_bytes", ahead.n_bytes)?;
    Ok(named)
}

/// Makes the bytes live now the new peak.
#[pyfunction]
pub(crate) fn reset_peak_memory(device_id: usize) -> PyResult<()> {
    memory::reset_peak(device(device_id)?);
    Ok(())
}

/// Returns free blocks to the system.
#[pyfunction]
pub(crate) fn empty_cache(py: Python<'_>) {
    py.detach(memory::empty_cache);
}

/// The large values that are live or queued, the largest first, each as a dict.
#[pyfunction]
pub(crate) fn live_arrays(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let live = py.detach(forerun_engine::live);
    live.iter().map(|live| described(py, live)).collect()
}

fn described<'py>(py: Python<'py>, live: &Live) -> PyResult<Bound<'py, PyDict>> {
    let named = PyDict::new(py);
    let shape = live
        .contents
        .as_ref()
        .map(|(shape, _)| PyTuple::new(py, shape.iter()));
    let dtype = live
        .contents
        .as_ref()
        .map(|(_, dtype)| numpy_dtype(py, *dtype));
    named.set_item("shape", shape.transpose()?)?;
    named.set_item("dtype", dtype.transpose()?)?;
    named.set_item("nbytes", live.bytes)?;
    named.set_item("device_id", live.device.id())?;
    named.set_item("op", live.op)?;
    named.set_item("site", live.site.map(|site| site.to_string()))?;
    named.set_item("state", name_of(live.state))?;
    named.set_item("arrays", live.holders.arrays)?;
    named.set_item("tape", live.holders.tape)?;
    named.set_item("leases", live.holders.leases)?;
    named.set_item("others", live.holders.others)?;
    Ok(named)
}

/// What the state of a value is called.
fn name_of(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Ready => "ready",
        State::Failed => "failed",
    }
}

/// Bytes from text such as `512MB`; None if it is no such text.
#[pyfunction]
pub(crate) fn bytes_of_text(text: &str) -> Option<usize> {
    memory::bytes_of_text(text)
}

/// Bytes that live and cached memory may take; None for any number.
#[pyfunction]
pub(crate) fn memory_limit() -> Option<usize> {
    memory::limit()
}

/// Sets the limit and gives the one before.
#[pyfunction]
pub(crate) fn set_memory_limit(py: Python<'_>, bytes: Option<usize>) -> Option<usize> {
    let before = memory::limit();
    py.detach(|| memory::set_limit(bytes));
    before
}

/// Most bytes that are kept for reuse; None for any number.
#[pyfunction]
pub(crate) fn cache_limit() -> Option<usize> {
    memory::cache_limit()
}

/// Sets the most that is kept for reuse and gives the one before.
#[pyfunction]
pub(crate) fn set_cache_limit(py: Python<'_>, bytes: Option<usize>) -> Option<usize> {
    let before = memory::cache_limit();
    py.detach(|| memory::set_cache_limit(bytes));
    before
}
