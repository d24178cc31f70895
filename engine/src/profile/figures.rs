//! Sums over all threads since the start: ops issued and run, and, while somebody measures, the
//! time spent issuing, planning, computing and waiting.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crossbeam_utils::CachePadded;

use super::clock::Rate;
use super::mode::{self, TIMING};

/// The sums at one moment; subtract two to get those of an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Ops issued while somebody measured.
    pub n_issued: u64,
    /// Ops run while somebody measured; one that is dropped as dead is not run.
    pub n_run: u64,
    /// Time inside the calls that issue ops.
    pub issuing: Duration,
    /// Time spent turning batches into plans.
    pub planning: Duration,
    /// Time spent running ops, summed over the threads that ran them.
    pub computing: Duration,
    /// Time that blockers took, what they computed themselves included.
    pub waiting: Duration,
}

/// What time is spent on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Activity {
    Issuing,
    Planning,
    Computing,
    Waiting,
}

#[derive(Debug)]
struct Sum {
    count: AtomicU64,
    ticks: AtomicU64,
}

static SUMS: [CachePadded<Sum>; 4] = [const {
    CachePadded::new(Sum {
        count: AtomicU64::new(0),
        ticks: AtomicU64::new(0),
    })
}; 4];

/// Switches the measuring of time on or off; off, it costs nothing to speak of.
pub fn set_timing(on: bool) {
    mode::set(TIMING, on);
}

/// The sums now.
pub fn figures() -> Figures {
    let rate = Rate::measure();
    let time = |activity| {
        let ticks = sum(activity).ticks.load(Relaxed);
        Duration::from_nanos(rate.nanos_between(0, ticks))
    };
    Figures {
        n_issued: sum(Activity::Issuing).count.load(Relaxed),
        n_run: sum(Activity::Computing).count.load(Relaxed),
        issuing: time(Activity::Issuing),
        planning: time(Activity::Planning),
        computing: time(Activity::Computing),
        waiting: time(Activity::Waiting),
    }
}

/// Adds to the sums of an activity.
pub(super) fn add(activity: Activity, count: u64, ticks: u64) {
    let sum = sum(activity);
    sum.count.fetch_add(count, Relaxed);
    sum.ticks.fetch_add(ticks, Relaxed);
}

fn sum(activity: Activity) -> &'static Sum {
    &SUMS[activity as usize]
}
