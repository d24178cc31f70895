//! The one door to calls that can wait: releases the interpreter, maps errors, lets Ctrl-C in.

use std::cell::RefCell;

use forerun_engine::{Error, Result, runtime};
use pyo3::prelude::*;

use crate::error::to_py;

thread_local! {
    /// The exception behind [`Error::Interrupted`]: what a signal handler or a callback raised.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

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

/// Has blockers look for signals.
pub(crate) fn install() {
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
