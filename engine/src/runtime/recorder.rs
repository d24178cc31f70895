//! Recording: ops are appended to the current batch, and batches are handed over. Also knows which
//! batches are not finished, so that `waitall` can wait for all that was issued before it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use parking_lot::Mutex;

use crate::graph::{Batch, Node};

/// Ops in a full batch.
const FULL: usize = 256;

static RECORDING: Mutex<Recording> = Mutex::new(Recording {
    batch: None,
    next: 1,
    is_watched: false,
    in_flight: BTreeMap::new(),
    n_in_flight: 0,
    waiting: Vec::new(),
});

struct Recording {
    batch: Option<Batch>,
    /// The position of the next batch's first op.
    next: u64,
    /// True while some worker looks at the batch from time to time.
    is_watched: bool,
    /// First position and number of ops of every batch that was handed over and is not finished.
    in_flight: BTreeMap<u64, usize>,
    n_in_flight: usize,
    /// Who waits for every op before a position.
    waiting: Vec<(u64, Waker)>,
}

/// What the issuing thread does after recording an op.
#[must_use = "a batch that is not submitted is never run"]
pub(super) enum Next {
    /// Go on.
    Continue,
    /// Wake a worker to watch the batch that was begun.
    Watch,
    /// Submit the batch.
    Submit(Batch),
}

/// Appends an op to the batch.
pub(super) fn record(node: Arc<Node>, is_heavy: bool) -> Next {
    let mut recording = RECORDING.lock();
    let next = recording.next;
    let batch = recording
        .batch
        .get_or_insert_with(|| Batch::starting_at(next));
    batch.push(node);
    if is_heavy || batch.len() >= FULL {
        return recording.take().map_or(Next::Continue, Next::Submit);
    }
    if batch.len() == 1 && !recording.is_watched {
        Next::Watch
    } else {
        Next::Continue
    }
}

/// Takes the batch that is being recorded; whoever takes it runs it.
pub(super) fn take() -> Option<Batch> {
    RECORDING.lock().take()
}

/// Makes the calling worker the one that looks at the batch from time to time. False if there is
/// no batch, or another worker does.
pub(super) fn begin_watch() -> bool {
    let mut recording = RECORDING.lock();
    let begins = recording.wants_watch();
    recording.is_watched |= begins;
    begins
}

/// Ends the watch; true if there is a batch that somebody else should watch now.
#[must_use = "a batch that nobody watches may wait for ever"]
pub(super) fn end_watch() -> bool {
    let mut recording = RECORDING.lock();
    recording.is_watched = false;
    recording.wants_watch()
}

/// True if a batch is being recorded that no worker watches.
pub(super) fn wants_watch() -> bool {
    RECORDING.lock().wants_watch()
}

/// How many ops were handed over and belong to an unfinished batch.
pub(super) fn n_in_flight() -> usize {
    RECORDING.lock().n_in_flight
}

/// Ends the batch that began at `first`.
pub(super) fn finished(first: u64) {
    let woken = {
        let mut recording = RECORDING.lock();
        let n = recording.in_flight.remove(&first).unwrap_or(0);
        recording.n_in_flight -= n;
        let done = recording.done_before();
        let (woken, waiting) = std::mem::take(&mut recording.waiting)
            .into_iter()
            .partition(|&(end, _)| end <= done);
        recording.waiting = waiting;
        woken
    };
    let woken: Vec<(u64, Waker)> = woken;
    woken.into_iter().for_each(|(_, waker)| waker.wake());
}

/// The position after the last op that was issued.
pub(super) fn end() -> u64 {
    let recording = RECORDING.lock();
    recording.batch.as_ref().map_or(recording.next, Batch::end)
}

/// True if every op before `end` is done; if not, `waker` is woken when it is.
pub(super) fn is_done_before(end: u64, waker: Option<&Waker>) -> bool {
    let mut recording = RECORDING.lock();
    if recording.done_before() >= end {
        return true;
    }
    if let Some(waker) = waker {
        // A future that is polled often stays one entry.
        let is_known = |(at, known): &(u64, Waker)| *at == end && known.will_wake(waker);
        if !recording.waiting.iter().any(is_known) {
            recording.waiting.push((end, waker.clone()));
        }
    }
    false
}

impl Recording {
    fn take(&mut self) -> Option<Batch> {
        let batch = self.batch.take()?;
        self.next = batch.end();
        self.in_flight.insert(batch.first(), batch.len());
        self.n_in_flight += batch.len();
        Some(batch)
    }

    fn wants_watch(&self) -> bool {
        self.batch.is_some() && !self.is_watched
    }

    /// The position before which every op is done.
    fn done_before(&self) -> u64 {
        let recorded = self.batch.as_ref().map(Batch::first);
        let handed_over = self.in_flight.first_key_value().map(|(&first, _)| first);
        handed_over.or(recorded).unwrap_or(self.next)
    }
}
