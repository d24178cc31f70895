//! A session: a profile while it is being taken. There is one at a time; it can be paused, and looked
//! at as often as one likes, while it records and after it has stopped.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use super::Profile;
use super::clock;
use super::mode::{self, RECORDS};
use super::tracks::Tracks;
use crate::memory;
use crate::runtime;

/// Records what the engine does, from its start until it is stopped or dropped.
///
/// ```
/// use forerun_engine::{Array, profile::Session, runtime};
///
/// let session = Session::start().expect("no other session records");
/// let x = Array::from_slice(&[1.0f32, 2.0]);
/// let y = &x + 1.0;
/// y.wait().unwrap();
/// runtime::wait_all().unwrap();
/// session.stop();
/// let profile = session.profile();
/// assert!(profile.ops.iter().any(|op| op.name == "add"));
/// ```
#[derive(Debug)]
pub struct Session {
    pub(super) tracks: Arc<Tracks>,
    /// When it started, in ticks.
    pub(super) start: u64,
    /// When it stopped; 0 while it goes on.
    end: AtomicU64,
    /// Bytes held on all devices when it started.
    pub(super) live: usize,
    /// Positions of ops that were queued when it was paused.
    unseen: Mutex<Vec<Range<u64>>>,
}

static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Bytes that records may take, unless said otherwise: some ten million small ops.
const MAX_BYTES: usize = 1 << 30;

impl Session {
    /// Starts a session; `None` if another one has not stopped.
    pub fn start() -> Option<Session> {
        Session::with_room(MAX_BYTES)
    }

    /// Starts a session whose records take `max_bytes` at most: what finds no room is not recorded,
    /// and counted ([`Profile::n_lost`]).
    pub fn with_room(max_bytes: usize) -> Option<Session> {
        if IS_OPEN.swap(true, Relaxed) {
            return None;
        }
        clock::prepare();
        let tracks = Arc::new(Tracks::new(max_bytes));
        tracks.begin();
        let session = Session {
            tracks,
            start: clock::now(),
            end: AtomicU64::new(0),
            live: memory::all_live(),
            unseen: Mutex::default(),
        };
        mode::set(RECORDS, true);
        Some(session)
    }

    /// True unless it is paused or stopped.
    pub fn is_recording(&self) -> bool {
        !self.is_stopped() && mode::has(RECORDS)
    }

    /// Records nothing until [`resume`](Session::resume). What becomes of ops that are queued now is
    /// not known then.
    pub fn pause(&self) {
        if self.is_recording() {
            mode::set(RECORDS, false);
            let queued = runtime::done_before()..runtime::end();
            self.unseen.lock().push(queued);
        }
    }

    /// Goes on recording.
    pub fn resume(&self) {
        if !self.is_stopped() {
            mode::set(RECORDS, true);
        }
    }

    /// Ends the session; another may start.
    pub fn stop(&self) {
        if self.is_stopped() {
            return;
        }
        mode::set(RECORDS, false);
        self.tracks.end();
        self.end.store(clock::now(), Relaxed);
        IS_OPEN.store(false, Relaxed);
    }

    /// True once it has stopped.
    pub fn is_stopped(&self) -> bool {
        self.end.load(Relaxed) != 0
    }

    /// What was recorded so far.
    pub fn profile(&self) -> Profile {
        Profile::new(self)
    }

    /// Ops whose fate is not known, since they were queued when the session was paused.
    pub(super) fn unseen(&self) -> Vec<Range<u64>> {
        self.unseen.lock().clone()
    }

    /// Its end, or now.
    pub(super) fn end(&self) -> u64 {
        match self.end.load(Relaxed) {
            0 => clock::now(),
            end => end,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.stop();
    }
}

/// True while a session records.
pub fn is_recording() -> bool {
    mode::has(RECORDS)
}
