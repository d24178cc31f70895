//! An asynchronous tensor compute engine: ops are queued as they are issued, worker threads run
//! them, and only blockers wait.
//!
//! The parts, from the bottom up; a lower part never names a higher one:
//! [`dtype`], [`shape`], [`error`], [`site`] · [`memory`] · [`kernels`] · [`graph`] ·
//! [`runtime`] · array ([`Array`]) · [`ops`] · [`autograd`]. `profile` holds the engine's events,
//! which every part emits.

pub mod dtype;
pub mod error;
pub mod scalar;
pub mod shape;
pub mod site;

pub mod memory;

pub mod kernels;

pub mod graph;

pub mod runtime;

mod array;

pub mod ops;

pub mod autograd;

pub mod profile;

mod sync;

pub use array::{
    Array, Backward, GradReq, Gradient, Grads, Holders, Lease, Live, Ready, Rule, Scope, Script,
    State, Writer, draw, is_recording, is_training, is_writing, live, set_mode,
};
pub use dtype::{DType, Element};
pub use error::{Error, Failure, Result, Shortage};
pub use memory::Device;
pub use scalar::Scalar;
pub use shape::{Layout, Shape};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
