//! The extension module `forerun._core`: a table of exports. What users import is Python, in
//! `python/forerun`; algorithms are in the engine.

mod allocator;
mod array;
mod autograd;
mod callable;
mod convert;
mod dlpack;
mod enter;
mod error;
mod export;
mod index;
mod log;
mod memory;
mod numbers;
mod profile;
mod runtime;
mod script;
mod site;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// The engine's Python side.
#[pymodule(gil_used = true)]
mod _core {
    use super::*;

    #[pymodule_export]
    use array::{PyArray, array_of_numbers, draw, from_numpy, shares_variable};
    #[pymodule_export]
    use autograd::{backward, custom_function, grad, is_recording, is_training, set_mode};
    #[pymodule_export]
    use callable::{PyOp, op, ops};
    #[pymodule_export]
    use convert::set_converter;
    #[pymodule_export]
    use dlpack::from_dlpack;
    #[pymodule_export]
    use enter::close;
    #[pymodule_export]
    use memory::{
        bytes_of_text, cache_limit, empty_cache, live_arrays, memory_limit, memory_stats,
        reset_peak_memory, set_cache_limit, set_memory_limit,
    };
    #[pymodule_export]
    use profile::{PyProfile, PySession, figures, is_profiling, mark, note, rest, set_timing};
    #[pymodule_export]
    use runtime::{
        config, configure, hand_over, is_serial, next_key, seed, set_fusion, set_numpy_defaults,
        start, stop, wait_all, wait_all_async,
    };

    #[pymodule_export]
    use script::{Scripts, end_scripts};

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) {
        enter::install();
        site::install();
        log::install();
    }
}
