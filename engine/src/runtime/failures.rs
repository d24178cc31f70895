//! Failures that nobody has been told of yet, for `waitall`.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::Failure;

/// Failures that are kept; beyond it the oldest are forgotten here (their values keep them).
const CAPACITY: usize = 10_000;

/// Failures with the numbers of their ops, in the order of issue, whichever thread failed first.
static UNRAISED: Mutex<VecDeque<(u64, Arc<Failure>)>> = Mutex::new(VecDeque::new());

/// Keeps a new failure of the op with number `seq`.
pub(super) fn note(seq: u64, failure: Arc<Failure>) {
    let mut unraised = UNRAISED.lock();
    if unraised.len() == CAPACITY {
        unraised.pop_front();
    }
    let at = unraised.partition_point(|&(other, _)| other <= seq);
    unraised.insert(at, (seq, failure));
}

/// Forgets a failure that a blocker raises.
pub(super) fn raised(failure: &Arc<Failure>) {
    let mut unraised = UNRAISED.lock();
    unraised.retain(|(_, other)| !Arc::ptr_eq(other, failure));
}

/// The first failure that nobody was told of, and forgets it.
pub(super) fn take_first() -> Option<Arc<Failure>> {
    UNRAISED.lock().pop_front().map(|(_, failure)| failure)
}
