//! The limit on what buffers may take, and how much of it is promised to ops that run.
//!
//! Blocks from [`COUNTED`] bytes on are *committed* before they are taken: either by the op that
//! takes them, or ahead of it by a [`Reservation`] for a step. Smaller ones are counted when the
//! pool gets them from the system. A share of the limit is left to them, so that an op on little data
//! is not refused because large ones have filled the memory.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crossbeam_utils::CachePadded;

use super::{machine, pool};

/// Bytes of a block from which on it is committed, and listed with what is live.
pub(crate) const COUNTED: usize = 64 << 10;
/// One part in so many of the limit is left to blocks that are not counted.
const SHARE_OF_SMALL: usize = 32;
/// Of what the machine has, engines take this many percent at first.
const PERCENT_AT_FIRST: usize = 80;

/// No limit is known yet: the machine is asked when somebody needs it.
const UNKNOWN: usize = 0;
static LIMIT: AtomicUsize = AtomicUsize::new(UNKNOWN);
/// Bytes of counted blocks that are live, or reserved.
static COMMITTED: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));
/// Bytes that the pool has from the system, live or cached, in blocks that are not counted.
static HELD_SMALL: AtomicUsize = AtomicUsize::new(0);
/// As above, in counted blocks.
static HELD_COUNTED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What is left of the reservation of the step that this thread runs.
    static ALLOWANCE: Cell<usize> = const { Cell::new(0) };
}

/// Bytes that buffers may take, cached ones included; `None` for any number. At first what
/// `FORERUN_MEMORY_LIMIT` says (`512MB`, `none`), or four fifths of what the machine has.
///
/// What kernels need beside their outputs while they run may go beyond it, and so do blocks up to
/// 1 KiB, which are the allocator's.
pub fn limit() -> Option<usize> {
    Some(limit_bytes()).filter(|&bytes| bytes < usize::MAX)
}

/// Sets the [`limit`]. What is live already stays; cached memory beyond it is given back.
pub fn set_limit(bytes: Option<usize>) {
    LIMIT.store(bytes.unwrap_or(usize::MAX).max(1), Relaxed);
    pool::make_room(held().saturating_sub(limit_bytes()));
}

pub(super) fn limit_bytes() -> usize {
    match LIMIT.load(Relaxed) {
        UNKNOWN => first_limit(),
        known => known,
    }
}

#[cold]
fn first_limit() -> usize {
    let asked = std::env::var("FORERUN_MEMORY_LIMIT").ok();
    let asked = asked.and_then(|text| match text.trim() {
        "none" => Some(usize::MAX),
        text => bytes_of_text(text),
    });
    let share = || machine::memory().map(|bytes| bytes / 100 * PERCENT_AT_FIRST);
    let first = asked.or_else(share).unwrap_or(usize::MAX).max(1);
    // Whoever set one meanwhile wins.
    match LIMIT.compare_exchange(UNKNOWN, first, Relaxed, Relaxed) {
        Ok(_) => first,
        Err(set) => set,
    }
}

/// Bytes from a number with or without a unit: `512MB`, `2 GiB`, `1000000`. `None` for other text, and
/// for zero.
pub fn bytes_of_text(text: &str) -> Option<usize> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let (power, base): (i32, f64) = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => (0, 1e3),
        "k" | "kb" => (1, 1e3),
        "m" | "mb" => (2, 1e3),
        "g" | "gb" => (3, 1e3),
        "t" | "tb" => (4, 1e3),
        "kib" => (1, 1024.0),
        "mib" => (2, 1024.0),
        "gib" => (3, 1024.0),
        "tib" => (4, 1024.0),
        _ => return None,
    };
    let bytes = number * base.powi(power);
    (bytes >= 1.0 && bytes < usize::MAX as f64).then_some(bytes as usize)
}

/// Bytes that the pool has from the system, live or cached.
fn held() -> usize {
    HELD_SMALL.load(Relaxed) + HELD_COUNTED.load(Relaxed)
}

/// What counted blocks may take together.
fn room_of_counted() -> usize {
    let limit = limit_bytes();
    limit.saturating_sub(HELD_SMALL.load(Relaxed).max(limit / SHARE_OF_SMALL))
}

/// Commits `bytes` if they fit and leave room for `others`.
fn try_commit(bytes: usize, others: usize) -> bool {
    let room = room_of_counted().saturating_sub(others);
    let more = |committed: usize| committed.checked_add(bytes).filter(|&sum| sum <= room);
    COMMITTED.fetch_update(Relaxed, Relaxed, more).is_ok()
}

/// Counts a block of `bytes` bytes as live, from the reservation of the running step or beyond it;
/// false if it does not fit.
pub(super) fn take(bytes: usize) -> bool {
    let reserved = bytes.min(ALLOWANCE.get());
    if reserved < bytes && !try_commit(bytes - reserved, 0) {
        return false;
    }
    ALLOWANCE.set(ALLOWANCE.get() - reserved);
    true
}

/// As [`take`], whether it fits or not.
pub(super) fn take_anyway(bytes: usize) {
    COMMITTED.fetch_add(bytes, Relaxed);
}

/// Ends what [`take`] began.
pub(super) fn give_back(bytes: usize) {
    COMMITTED.fetch_sub(bytes, Relaxed);
}

/// The pool wants a block from the system. Cached blocks make room for it; false if there is no room
/// and the block was not committed.
pub(super) fn grow(bytes: usize) -> bool {
    let held_of_kind = held_of_kind(bytes);
    held_of_kind.fetch_add(bytes, Relaxed);
    let missing = held().saturating_sub(limit_bytes());
    if missing == 0 || pool::make_room(missing) >= missing || bytes >= COUNTED {
        return true;
    }
    held_of_kind.fetch_sub(bytes, Relaxed);
    false
}

/// The pool has given a block back to the system.
pub(super) fn shrink(bytes: usize) {
    held_of_kind(bytes).fetch_sub(bytes, Relaxed);
}

fn held_of_kind(bytes: usize) -> &'static AtomicUsize {
    if bytes >= COUNTED {
        &HELD_COUNTED
    } else {
        &HELD_SMALL
    }
}

/// What a block for `bytes` bytes takes of the limit when it is counted, else nothing.
pub(crate) fn footprint(bytes: usize) -> usize {
    let taken = pool::class_of(bytes).map_or(usize::MAX, pool::class_bytes);
    if taken >= COUNTED { taken } else { 0 }
}

/// Memory that is committed to a step before it runs; what it has not used is free again when this
/// is dropped.
#[derive(Debug)]
#[must_use = "a reservation ends when it is dropped"]
pub(crate) struct Reservation(usize);

impl Reservation {
    /// For a step that is let run without one: what it takes may be refused.
    pub(crate) const NOTHING: Reservation = Reservation(0);

    /// Of `bytes` bytes, if they fit and leave room for `others`.
    pub(crate) fn try_new(bytes: usize, others: usize) -> Option<Reservation> {
        // Made only where it is committed: it gives back when it is dropped.
        (bytes == 0 || try_commit(bytes, others)).then(|| Reservation(bytes))
    }

    /// Runs a step on this thread with what is reserved for it.
    pub(crate) fn run<R>(mut self, step: impl FnOnce() -> R) -> R {
        let outer = ALLOWANCE.replace(self.0);
        let result = step();
        self.0 = ALLOWANCE.replace(outer);
        result
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.0 > 0 {
            COMMITTED.fetch_sub(self.0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        let sizes = [
            ("1000", 1000),
            ("512MB", 512_000_000),
            (" 1.5 GiB ", 3 << 29),
            ("2kib", 2048),
            ("7 b", 7),
            ("1T", 1_000_000_000_000),
        ];
        for (text, bytes) in sizes {
            assert_eq!(bytes_of_text(text), Some(bytes), "{text}");
        }
        for text in [
            "",
            "MB",
            "-1",
            "0",
            "5 lightyears",
            "1e3",
            "1.2.3",
            "99999999TB",
        ] {
            assert_eq!(bytes_of_text(text), None, "{text}");
        }
    }
}
