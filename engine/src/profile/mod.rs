//! What the engine says of itself: `tracing` events, and sums of the time that threads spend.

pub(crate) mod events;
mod figures;

pub use figures::{Figures, figures, set_timing};
