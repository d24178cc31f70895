//! What the engine says of itself: events, sums of the time that threads spend, and profiles: when
//! each op was issued, became ready and ran, what blockers waited for, what memory was taken.
//!
//! On the way of a record: [`events`] (called from every part) · `records` (a few words) · `tracks`
//! (one a thread) · [`Session`] (starts, pauses, stops) · `read` (words to records) · [`Profile`]
//! (records joined to ops, runs, waits and steps; sums; a trace).

mod clock;
mod mode;
mod names;
mod records;
mod tracks;

pub(crate) mod events;
mod figures;

mod session;

mod blame;
mod joined;
mod model;
mod ops;
mod read;
mod steps;
mod threads;
mod totals;
mod trace;

pub use blame::{Blocked, Cause, Part};
pub use events::{Blocker, blocker, mark, note};
pub use figures::{Figures, figures, set_timing};
pub use joined::Profile;
pub use model::Model;
pub use ops::{OpTimes, Run, State};
pub use read::{Note, Planned, Tiled};
pub use records::{Mark, Phase};
pub use session::{Session, is_recording};
pub use steps::Step;
pub use threads::Thread;
pub use totals::{Key, Total};
