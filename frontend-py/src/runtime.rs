//! The engine as a whole: waiting for everything, starting and stopping, settings, accounts.

use std::future::Future;

use forerun_engine::runtime::Config;
use forerun_engine::{Device, Result, dtype, ops, runtime};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::enter::{enter, unless_closed};
use crate::error::to_py;

/// Waits until everything issued so far is done.
#[pyfunction]
pub(crate) fn wait_all(py: Python<'_>) -> PyResult<()> {
    let _blocking = crate::profile::blocker(py, "waitall");
    enter(py, runtime::wait_all)
}

/// An asyncio future that ends when everything issued so far is done.
#[pyfunction]
pub(crate) fn wait_all_async(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    future(py, runtime::all_ready(), py.None())
}

/// An asyncio future of the running loop that ends with `ready`, as `value` or its error.
pub(crate) fn future<'py>(
    py: Python<'py>,
    ready: impl Future<Output = Result<()>> + Send + 'static,
    value: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
    let future = event_loop.call_method0("create_future")?;
    let (shared_loop, shared) = (event_loop.unbind(), future.clone().unbind());
    runtime::spawn(async move {
        let result = ready.await;
        let settle = |py: Python<'_>| {
            let settle = pyo3::wrap_pyfunction!(settle, py);
            let error = result.err().map(|error| to_py(error).into_value(py));
            // A loop that is closed by now has nobody waiting.
            let _ = settle.and_then(|settle| {
                let arguments = (settle, shared, value, error);
                shared_loop
                    .bind(py)
                    .call_method1("call_soon_threadsafe", arguments)
            });
        };
        unless_closed(|| Python::attach(settle));
    });
    Ok(future)
}

/// Ends a future, in the thread of its loop.
#[pyfunction]
fn settle(future: &Bound<'_, PyAny>, value: Py<PyAny>, error: Option<Py<PyAny>>) -> PyResult<()> {
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    match error {
        Some(error) => future.call_method1("set_exception", (error,))?,
        None => future.call_method1("set_result", (value,))?,
    };
    Ok(())
}

/// Hands over what was recorded, so that workers begin at once.
#[pyfunction]
pub(crate) fn hand_over() {
    runtime::hand_over();
}

/// Starts the workers now rather than with the first op.
#[pyfunction]
pub(crate) fn start() {
    runtime::start();
}

/// Finishes what is queued and stops the workers; they start again with the next op.
#[pyfunction]
pub(crate) fn stop(py: Python<'_>) {
    py.detach(runtime::stop);
}

/// Sets the number of workers.
#[pyfunction]
pub(crate) fn configure(py: Python<'_>, n_workers: usize) {
    py.detach(|| runtime::configure(Config { n_workers }));
}

/// The settings now in force.
#[pyfunction]
pub(crate) fn config(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let settings = PyDict::new(py);
    settings.set_item("n_workers", runtime::config().n_workers)?;
    settings.set_item("fusion", runtime::fusion())?;
    settings.set_item("serial", runtime::is_serial())?;
    settings.set_item(
        "simd",
        forerun_engine::kernels::simd::Level::current().name(),
    )?;
    Ok(settings)
}

/// Switches the fusing of element-wise ops.
#[pyfunction]
pub(crate) fn set_fusion(on: bool) {
    runtime::set_fusion(on);
}

/// True for the serial engine.
#[pyfunction]
pub(crate) fn is_serial() -> bool {
    runtime::is_serial()
}

/// Chooses NumPy's default dtypes, or MXNet's.
#[pyfunction]
pub(crate) fn set_numpy_defaults(on: bool) {
    dtype::set_numpy_defaults(on);
}

/// Seeds the random numbers.
#[pyfunction]
pub(crate) fn seed(seed: u64) {
    ops::random::seed(seed);
}

/// A key for one random op: seed and stream.
#[pyfunction]
pub(crate) fn next_key() -> (u64, u64) {
    let key = ops::random::next_key(Device::default());
    (key.seed, key.stream)
}
