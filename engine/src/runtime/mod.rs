//! Who and when: the workers and their queues, blockers, tiles, the I/O lane, and the serial
//! engine. `README.md` beside this file describes the protocol.
//!
//! The runtime runs plans; it has never heard of arrays or of what an op means.

mod blockers;
mod execute;
mod failures;
mod io;
mod lifecycle;
#[cfg(all(test, loom))]
mod loom;
mod park;
mod queues;
mod recorder;
mod serial;
mod shortage;
mod tiles;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub use blockers::{
    AllReady, all_ready, buffer, rest, set_detach, set_interrupt_check, try_wait, wait, wait_all,
};
pub use io::spawn;
pub(crate) use lifecycle::Runtime;
pub use lifecycle::{Config, config, configure, start, stop};
pub use recorder::RunAhead;
pub use serial::is_serial;

use crate::error::Result;
use crate::graph::{Haste, Node};

/// Handed-over ops at which the issuing thread is made to help before it goes on.
const MAX_RUN_AHEAD: usize = 1 << 16;
/// The same while ops wait for memory.
const MAX_RUN_AHEAD_WHEN_SHORT: usize = 1 << 8;

/// Queues an op. One that should begin now is handed over with everything recorded before it, at once
/// or with what joins it; what was recorded before may go to a worker that is looking for work. The
/// caller then keeps pace ([`keep_pace`]), once it holds no lock.
pub(crate) fn issue(node: Arc<Node>, haste: Haste) {
    if serial::is_serial() {
        return serial::run(&node, haste);
    }
    if recorder::is_worth_offering() {
        Runtime::current().offer();
    }
    if recorder::is_due()
        && let Some(batch) = recorder::hand_over_before(&node, haste)
    {
        Runtime::current().submit(queues::Task::batch(batch));
    }
    match recorder::record(node, haste) {
        recorder::Next::Continue => {}
        recorder::Next::Begin => Runtime::current().begin(),
        recorder::Next::Watch => Runtime::current().wake_watcher(),
        recorder::Next::Submit(batch) => Runtime::current().submit(queues::Task::batch(batch)),
    }
}

/// Hands over a batch that is full, and has a thread that issues faster than the workers run help
/// before it goes on.
///
/// # Errors
/// [`Error::Interrupted`](crate::Error::Interrupted) as in [`wait`].
#[inline]
pub(crate) fn keep_pace() -> Result<()> {
    if recorder::is_full()
        && let Some(batch) = recorder::hand_over_full()
    {
        Runtime::current().submit(queues::Task::batch(batch));
    }
    if recorder::n_in_flight() <= MAX_RUN_AHEAD_WHEN_SHORT {
        return Ok(());
    }
    keep_pace_slow()
}

#[cold]
fn keep_pace_slow() -> Result<()> {
    if recorder::n_in_flight() <= max_run_ahead() {
        return Ok(());
    }
    blockers::catch_up(|| recorder::n_in_flight() <= max_run_ahead() / 2)
}

fn max_run_ahead() -> usize {
    if shortage::is_short() {
        MAX_RUN_AHEAD_WHEN_SHORT
    } else {
        MAX_RUN_AHEAD
    }
}

/// How far issuing is in front of execution.
pub fn run_ahead() -> RunAhead {
    recorder::run_ahead()
}

/// The position of the next op to be issued.
pub(crate) fn end() -> u64 {
    match serial::is_serial() {
        true => serial::end(),
        false => recorder::end(),
    }
}

/// The position before which every op is done.
pub(crate) fn done_before() -> u64 {
    match serial::is_serial() {
        true => u64::MAX,
        false => recorder::done_before(),
    }
}

/// Hands over what was recorded, so that workers begin at once.
pub fn hand_over() {
    if let Some(batch) = recorder::hand_over() {
        Runtime::current().submit(queues::Task::batch(batch));
    }
}

static FUSION: AtomicBool = AtomicBool::new(true);

/// Switches the fusing of element-wise ops on or off; results are the same bits either way.
pub fn set_fusion(on: bool) {
    FUSION.store(on, Relaxed);
}

/// Whether element-wise ops are fused.
pub fn fusion() -> bool {
    FUSION.load(Relaxed)
}

static REUSES_PLANS: AtomicBool = AtomicBool::new(true);

/// Switches on or off that a batch of a structure that was planned before reuses the plan; results
/// are the same bits either way.
pub fn set_plan_reuse(on: bool) {
    REUSES_PLANS.store(on, Relaxed);
}

/// Whether plans are reused.
pub fn reuses_plans() -> bool {
    REUSES_PLANS.load(Relaxed)
}
