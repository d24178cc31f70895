//! The serial engine: every op runs on the issuing thread as it is issued. It is the oracle of the
//! tests, and the first thing to try when a result looks wrong.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use super::execute;
use crate::graph::{Haste, Node, Watcher};
use crate::kernels::InOrder;
use crate::profile::events;

/// True if the environment asked for this engine: `FORERUN_ENGINE=serial`.
pub fn is_serial() -> bool {
    static SERIAL: OnceLock<bool> = OnceLock::new();
    *SERIAL.get_or_init(|| std::env::var("FORERUN_ENGINE").is_ok_and(|name| name == "serial"))
}

/// The position of the next op.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The position after the last op that was issued.
pub(super) fn end() -> u64 {
    NEXT.load(Relaxed)
}

/// Runs an op whose inputs are done.
pub(super) fn run(node: &Arc<Node>, haste: Haste) {
    node.set_seq(NEXT.fetch_add(1, Relaxed));
    if events::is_recorded() {
        let is_heavy = matches!(haste, Haste::Next | Haste::Now);
        events::queued(node.seq(), node.n_bytes(), is_heavy);
    }
    for watcher in execute::run_group(SmallVec::from_iter([node.clone()]), &InOrder) {
        match watcher {
            Watcher::Wake(waker) => waker.wake(),
            Watcher::Step(..) => unreachable!("the serial engine has no plans"),
        }
    }
}
