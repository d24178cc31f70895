//! Sums over all threads since the start: ops issued and run, and, while somebody measures, the
//! time spent issuing, planning, computing and waiting.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;

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
    nanos: AtomicU64,
}

static SUMS: [CachePadded<Sum>; 4] = [const {
    CachePadded::new(Sum {
        count: AtomicU64::new(0),
        nanos: AtomicU64::new(0),
    })
}; 4];
static TIMING: AtomicBool = AtomicBool::new(false);

/// Switches the measuring of time on or off; off, it costs nothing to speak of.
pub fn set_timing(on: bool) {
    TIMING.store(on, Relaxed);
}

/// True while time is measured.
#[inline]
pub(super) fn is_timing() -> bool {
    TIMING.load(Relaxed)
}

/// The sums now.
pub fn figures() -> Figures {
    let time = |activity| Duration::from_nanos(sum(activity).nanos.load(Relaxed));
    Figures {
        n_issued: sum(Activity::Issuing).count.load(Relaxed),
        n_run: sum(Activity::Computing).count.load(Relaxed),
        issuing: time(Activity::Issuing),
        planning: time(Activity::Planning),
        computing: time(Activity::Computing),
        waiting: time(Activity::Waiting),
    }
}

fn sum(activity: Activity) -> &'static Sum {
    &SUMS[activity as usize]
}

/// Adds the time until it is dropped to a sum, if somebody measures.
#[derive(Debug)]
#[must_use = "measures until it is dropped"]
pub(super) struct Timed(Option<(Instant, Activity, u64)>);

impl Timed {
    pub(super) fn start(activity: Activity, count: u64) -> Timed {
        Timed(is_timing().then(|| (Instant::now(), activity, count)))
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        if let Some((start, activity, count)) = self.0 {
            let sum = sum(activity);
            sum.count.fetch_add(count, Relaxed);
            sum.nanos
                .fetch_add(start.elapsed().as_nanos() as u64, Relaxed);
        }
    }
}
