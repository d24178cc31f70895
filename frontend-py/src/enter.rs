//! The one door to calls that can wait: releases the interpreter, maps errors, lets Ctrl-C in.

use std::cell::RefCell;
use std::time::Duration;

use forerun_engine::{Error, Result, runtime};
use parking_lot::RwLock;
use pyo3::prelude::*;

use crate::error::to_py;

thread_local! {
    /// The exception behind [`Error::Interrupted`]: what a signal handler or a callback raised.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// True once the interpreter ends: no thread of the engine may enter it from then on. Held for
/// reading by those that are inside.
static CLOSED: RwLock<bool> = RwLock::new(false);

/// Runs something that can wait, with the interpreter free for other threads.
pub(crate) fn enter<R: Send>(
    py: Python<'_>,
    body: impl FnOnce() -> Result<R> + Send,
) -> PyResult<R> {
    py.detach(body).map_err(to_py)
}

/// Keeps an exception that passes through the engine, and returns the error that stands for it.
pub(crate) fn raise_through(error: PyErr) -> Error {
    RAISED.set(Some(error));
    Error::Interrupted
}

/// Takes the exception that passed through the engine.
pub(crate) fn take_raised() -> Option<PyErr> {
    RAISED.take()
}

/// Runs something that enters the interpreter on a thread that it did not start, or nothing if the
/// interpreter ends. (One that ends kills such threads where they wait for it, in the middle of
/// frames that do not unwind.)
pub(crate) fn unless_closed<R>(body: impl FnOnce() -> R) -> Option<R> {
    // Recursive, since what runs inside may drop what enters again.
    let closed = CLOSED.read_recursive();
    (!*closed).then(body)
}

/// Waits until no thread of the engine is inside the interpreter, and lets none in again.
#[pyfunction]
pub(crate) fn close(py: Python<'_>) {
    const PATIENCE: Duration = Duration::from_millis(500);
    py.detach(|| {
        if let Some(mut closed) = CLOSED.try_write_for(PATIENCE) {
            *closed = true;
        }
    });
}

/// Has blockers look for signals, and waits inside of issuing leave the interpreter free.
pub(crate) fn install() {
    runtime::set_detach(|wait| Python::attach(|py| py.detach(wait)));
    runtime::set_interrupt_check(|| {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(error) => {
                raise_through(error);
                true
            }
        })
    });
}
