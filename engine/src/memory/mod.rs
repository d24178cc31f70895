//! Where array data lives: aligned buffers, a pool that reuses them, and the accounts of both.
//! `memory` has never heard of arrays or ops; it counts bytes by device.

mod accounts;
mod buffer;
mod device;
mod pool;
mod scratch;

pub use accounts::{Stats, reset_peak, stats};
pub use buffer::Buffer;
pub use device::Device;
pub use pool::empty_cache;
pub use scratch::Plain;
pub(crate) use scratch::Scratch;
