//! The serial engine: every op runs on the issuing thread as it is issued. It is the oracle of the
//! tests, and the first thing to try when a result looks wrong.

use std::sync::Arc;
use std::sync::OnceLock;

use smallvec::SmallVec;

use super::execute;
use crate::graph::{Node, Watcher};
use crate::kernels::InOrder;

/// True if the environment asked for this engine: `FORERUN_ENGINE=serial`.
pub fn is_serial() -> bool {
    static SERIAL: OnceLock<bool> = OnceLock::new();
    *SERIAL.get_or_init(|| std::env::var("FORERUN_ENGINE").is_ok_and(|name| name == "serial"))
}

/// Runs an op whose inputs are done.
pub(super) fn run(node: &Arc<Node>) {
    for watcher in execute::run_group(SmallVec::from_iter([node.clone()]), &InOrder) {
        match watcher {
            Watcher::Wake(waker) => waker.wake(),
            Watcher::Step(..) => unreachable!("the serial engine has no plans"),
        }
    }
}
