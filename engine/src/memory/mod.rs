//! Where array data lives: aligned buffers, a pool that reuses them, the accounts of both, the limit
//! on them, and a list of what is large.
//! `memory` has never heard of arrays or ops; it counts bytes by device.

mod accounts;
mod budget;
mod buffer;
mod device;
mod machine;
mod pool;
mod registry;
mod scratch;

pub use accounts::{Stats, reset_peak, stats};
pub(crate) use accounts::{all_live, kept_promise, promised};
pub(crate) use budget::{COUNTED, Reservation, footprint};
pub use budget::{bytes_of_text, limit, set_limit};
pub use buffer::Buffer;
pub use device::Device;
pub use pool::{cache_limit, empty_cache, set_cache_limit};
pub(crate) use pool::{has_cached, trim};
pub use registry::{Block, Contents, large_blocks};
pub use scratch::Plain;
pub(crate) use scratch::Scratch;
