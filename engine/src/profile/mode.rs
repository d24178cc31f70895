//! Who wants to know: one word that every event looks at.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Sums of times are wanted.
pub(super) const TIMING: u8 = 1;
/// A session records.
pub(super) const RECORDS: u8 = 2;

static MODE: AtomicU8 = AtomicU8::new(0);

/// What is wanted.
#[inline]
pub(super) fn get() -> u8 {
    MODE.load(Relaxed)
}

/// True if `wanted` is.
#[inline]
pub(super) fn has(wanted: u8) -> bool {
    get() & wanted != 0
}

/// Begins or ends to want something.
pub(super) fn set(wanted: u8, on: bool) {
    if on {
        super::clock::prepare();
        MODE.fetch_or(wanted, Relaxed);
    } else {
        MODE.fetch_and(!wanted, Relaxed);
    }
}
