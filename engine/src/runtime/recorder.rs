//! Recording: ops are appended to the current batch, and batches are handed over. Also knows which
//! batches are not finished, so that `waitall` can wait for all that was issued before it, and
//! holds back those that would run too far ahead.
//!
//! A batch whose last heavy op may be fused with what follows is *due*: it is handed over before the
//! first op that does not join, or a moment later by whoever looks for work.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::graph::{Batch, Haste, Node};
use crate::profile::events;
use crate::shape::Shape;

/// Ops in a full batch.
const FULL: usize = 256;

/// Bytes that a batch makes which is worth a free worker's time: some 10 us.
const WORTH: usize = 64 << 10;

/// Bytes that the unfinished batches may make before the next one is let go: what runs ahead of
/// the oldest op takes little memory beside what the program needs anyway.
const AHEAD_BYTES: usize = 16 << 20;
/// Ops of unfinished batches up to which the next one is let go whatever it makes: it begins while
/// the last tiles of the one before it are still running. An op counts with those that joined it.
const AHEAD_OPS: usize = 1;
/// How long a due batch is left to grow: as long as issuing a few ops takes, and not as long as waking
/// a worker.
const GRACE: Duration = Duration::from_micros(10);

// Each on cache lines of its own: every op that is issued takes the one and reads the others.
static RECORDING: CachePadded<Mutex<Recording>> = CachePadded::new(Mutex::new(Recording {
    batch: None,
    due: None,
    next: 1,
    is_watched: false,
    in_flight: VecDeque::new(),
    running: Extent::NOTHING,
    brought: 0,
    held: VecDeque::new(),
    waiting: Vec::new(),
}));

/// Ops that were handed over and belong to an unfinished batch, to be read without the lock.
static N_IN_FLIGHT: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));

/// Bytes of everything that the unfinished batches make which were let go. Written under the recorder's
/// lock.
static N_BYTES_LET_GO: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));

/// True if the batch that is being recorded is worth a free worker's time, and ends with an op that
/// nothing is fused with.
static IS_WORTH_OFFERING: CachePadded<AtomicBool> = CachePadded::new(AtomicBool::new(false));

/// True if the batch that is being recorded is full.
static IS_FULL: CachePadded<AtomicBool> = CachePadded::new(AtomicBool::new(false));

/// Since when the batch that is being recorded is due. Written under the recorder's lock.
static DUE: CachePadded<Due> = CachePadded::new(Due(AtomicU64::new(0)));

struct Recording {
    batch: Option<Batch>,
    /// The shape of the ops that may join a due batch.
    due: Option<Shape>,
    /// The position of the next batch's first op.
    next: u64,
    /// True while some worker looks at the batch from time to time.
    is_watched: bool,
    /// Every batch that was handed over and is not finished, with its first position, the oldest
    /// first.
    in_flight: VecDeque<(u64, Extent)>,
    /// The sum of those that were let go.
    running: Extent,
    /// Bytes that the issuing thread brought along since the last batch was handed over.
    brought: usize,
    /// Batches that were handed over and are held back, the oldest first.
    held: VecDeque<Batch>,
    /// Who waits for every op before a position.
    waiting: Vec<(u64, Waker)>,
}

/// How much there is of something queued.
#[derive(Clone, Copy)]
struct Extent {
    n_ops: usize,
    /// Without those that joined another.
    n_apart: usize,
    /// Bytes of everything that they make.
    n_bytes: usize,
    /// Bytes that the issuing thread brought along for them, or about the time.
    n_brought: usize,
}

impl Extent {
    const NOTHING: Extent = Extent {
        n_ops: 0,
        n_apart: 0,
        n_bytes: 0,
        n_brought: 0,
    };

    fn of(batch: &Batch, n_brought: usize) -> Extent {
        Extent {
            n_ops: batch.len(),
            n_apart: batch.n_apart(),
            n_bytes: batch.n_bytes(),
            n_brought,
        }
    }
}

/// The time, in nanoseconds from some moment on, at which a batch became due; 0 if none is.
struct Due(AtomicU64);

impl Due {
    fn set(&self) {
        self.0.store(Due::now(), Relaxed);
    }

    fn clear(&self) {
        if self.is_set() {
            self.0.store(0, Relaxed);
        }
    }

    fn is_set(&self) -> bool {
        self.0.load(Relaxed) != 0
    }

    /// True if it is set, and the grace is over.
    fn is_over(&self) -> bool {
        let since = self.0.load(Relaxed);
        since != 0 && Due::now().saturating_sub(since) >= GRACE.as_nanos() as u64
    }

    fn now() -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64 + 1
    }
}

/// What the issuing thread does after recording an op.
#[must_use = "a batch that is not submitted is never run"]
pub(super) enum Next {
    /// Go on.
    Continue,
    /// Wake a worker to watch the batch that was begun.
    Watch,
    /// Wake a worker to take the batch, which is due.
    Begin,
    /// Submit the batch.
    Submit(Batch),
}

/// Appends an op to the batch.
pub(super) fn record(node: Arc<Node>, haste: Haste) -> Next {
    let mut recording = RECORDING.lock();
    let (next, due) = (recording.next, recording.due.as_ref());
    let is_joined = due.is_some_and(|due| joins(&node, haste, due));
    let batch = recording
        .batch
        .get_or_insert_with(|| Batch::starting_at(next));
    let shape = (haste == Haste::Next).then(|| node.output(0).0.clone());
    if events::is_recorded() {
        let is_heavy = matches!(haste, Haste::Next | Haste::Now);
        events::queued(batch.end(), node.n_bytes(), is_heavy);
    }
    match is_joined {
        true => batch.join(node),
        false => batch.push(node),
    }
    if haste == Haste::Now {
        return recording.hand_over().map_or(Next::Continue, Next::Submit);
    }
    if batch.len() == FULL {
        IS_FULL.store(true, Relaxed);
    }
    let is_worth_offering = haste == Haste::Soon && batch.n_bytes() >= WORTH;
    if is_worth_offering != IS_WORTH_OFFERING.load(Relaxed) {
        IS_WORTH_OFFERING.store(is_worth_offering, Relaxed);
    }
    if shape.is_some() {
        recording.due = shape;
        DUE.set();
        return Next::Begin;
    }
    if batch.len() == 1 && !recording.is_watched {
        Next::Watch
    } else {
        Next::Continue
    }
}

/// True if an op may be fused with that of a due batch.
fn joins(node: &Node, haste: Haste, due: &Shape) -> bool {
    haste == Haste::Later && node.output(0).0 == due
}

/// True if the batch that is being recorded should begin.
pub(super) fn is_due() -> bool {
    DUE.is_set()
}

/// True if it should begin, and was left to grow for long enough.
pub(super) fn is_overdue() -> bool {
    DUE.is_over()
}

/// Ends a due batch that an op does not join; as [`hand_over`].
pub(super) fn hand_over_before(node: &Node, haste: Haste) -> Option<Batch> {
    let mut recording = RECORDING.lock();
    let is_over = recording
        .due
        .as_ref()
        .is_some_and(|due| !joins(node, haste, due));
    is_over.then(|| recording.hand_over()).flatten()
}

/// Ends a batch that [is overdue](is_overdue); as [`hand_over`].
pub(super) fn take_overdue() -> Option<Batch> {
    if !is_overdue() {
        return None;
    }
    let mut recording = RECORDING.lock();
    // Another thread may have ended it, and begun the next one.
    is_overdue().then(|| recording.hand_over()).flatten()
}

/// True if what was recorded should be submitted before the next op, if somebody is free for it. Not
/// with the op that made it so: until the next one the program may hold results that it then drops,
/// and that need not be written to memory if it has.
pub(super) fn is_worth_offering() -> bool {
    IS_WORTH_OFFERING.load(Relaxed)
}

/// True if what was recorded fills a batch, to be taken with [`hand_over_full`].
pub(super) fn is_full() -> bool {
    IS_FULL.load(Relaxed)
}

/// Ends the batch that is being recorded if it is full. Ops that nobody can read any more are dropped
/// here: their memory is in the cache of the thread that issued them, and it uses it again. A batch
/// of nothing else is forgotten.
pub(super) fn hand_over_full() -> Option<Batch> {
    let dead = RECORDING.lock().full()?.take_dead();
    // Without the lock: what a kernel holds may issue ops when it is dropped.
    drop(dead);
    let mut recording = RECORDING.lock();
    // Another thread may have handed it over meanwhile, and begun the next one.
    if !recording.full()?.is_dead() {
        return recording.hand_over();
    }
    recording.forget();
    let woken = recording.take_woken();
    drop(recording);
    woken.into_iter().for_each(Waker::wake);
    None
}

/// Takes the batch that is being recorded, however far ahead it is; whoever takes it runs it.
pub(super) fn take() -> Option<Batch> {
    let mut recording = RECORDING.lock();
    let batch = recording.take()?;
    recording.let_go(&batch);
    Some(batch)
}

/// As [`take`], if the batch is such that [`Batch::is_short`].
pub(super) fn take_short() -> Option<Batch> {
    let mut recording = RECORDING.lock();
    if !recording.batch.as_ref()?.is_short() {
        return None;
    }
    let batch = recording.take()?;
    recording.let_go(&batch);
    Some(batch)
}

/// Ends the batch that is being recorded; returned to be run, unless it is held back.
pub(super) fn hand_over() -> Option<Batch> {
    RECORDING.lock().hand_over()
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
    N_IN_FLIGHT.load(Relaxed)
}

/// Ends the batch that began at `first`; returned are those that were held back and may run now.
#[must_use = "a batch that is not submitted is never run"]
pub(super) fn finished(first: u64) -> SmallVec<[Batch; 1]> {
    let mut let_go = SmallVec::new();
    let woken = {
        let mut recording = RECORDING.lock();
        let at = recording
            .in_flight
            .binary_search_by_key(&first, |batch| batch.0);
        let batch = at.ok().and_then(|at| recording.in_flight.remove(at));
        let (_, extent) = batch.expect("a batch is finished once");
        recording.running.n_ops -= extent.n_ops;
        recording.running.n_apart -= extent.n_apart;
        recording.running.n_bytes = recording.running.n_bytes.saturating_sub(extent.n_bytes);
        N_BYTES_LET_GO.store(recording.running.n_bytes, Relaxed);
        N_IN_FLIGHT.fetch_sub(extent.n_ops, Relaxed);
        while let Some(batch) = recording.held.pop_front() {
            if !recording.may_run(&batch) {
                recording.held.push_front(batch);
                break;
            }
            recording.let_go(&batch);
            let_go.push(batch);
        }
        recording.take_woken()
    };
    woken.into_iter().for_each(Waker::wake);
    let_go
}

/// The position before which every op is done.
pub(super) fn done_before() -> u64 {
    RECORDING.lock().done_before()
}

/// How many bytes the unfinished batches make that were let go.
pub(super) fn n_bytes_let_go() -> usize {
    N_BYTES_LET_GO.load(Relaxed)
}

/// Bytes that the issuing thread brought along for ops that may not be done.
pub(super) fn n_bytes_brought() -> usize {
    let recording = RECORDING.lock();
    let unfinished = recording.in_flight.iter();
    let unfinished: usize = unfinished.map(|(_, extent)| extent.n_brought).sum();
    unfinished + recording.brought
}

/// Counts bytes that the issuing thread brings along.
pub(super) fn bring(n_bytes: usize) {
    let mut recording = RECORDING.lock();
    if recording.batch.is_none() && recording.in_flight.is_empty() {
        recording.brought = 0;
    }
    recording.brought += n_bytes;
}

/// How far issuing is in front of execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RunAhead {
    /// Ops that were issued and belong to an unfinished batch.
    pub n_ops: usize,
    /// Bytes of everything that they make, of what is fused as well.
    pub n_bytes: usize,
}

/// How far issuing is in front of execution now.
pub(super) fn run_ahead() -> RunAhead {
    let recording = RECORDING.lock();
    let recorded = recording.batch.as_ref().map(|batch| Extent::of(batch, 0));
    let unfinished = recording.in_flight.iter().map(|(_, extent)| *extent);
    unfinished
        .chain(recorded)
        .fold(RunAhead::default(), |sum, extent| RunAhead {
            n_ops: sum.n_ops + extent.n_ops,
            n_bytes: sum.n_bytes.saturating_add(extent.n_bytes),
        })
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
        let batch = self.forget()?;
        let extent = Extent::of(&batch, std::mem::take(&mut self.brought));
        self.in_flight.push_back((batch.first(), extent));
        N_IN_FLIGHT.fetch_add(batch.len(), Relaxed);
        Some(batch)
    }

    /// The batch, if it is full.
    fn full(&mut self) -> Option<&mut Batch> {
        self.batch.as_mut().filter(|batch| batch.len() >= FULL)
    }

    /// Ends the batch without a word of what becomes of it.
    fn forget(&mut self) -> Option<Batch> {
        let batch = self.batch.take()?;
        for hint in [&IS_WORTH_OFFERING, &IS_FULL] {
            if hint.load(Relaxed) {
                hint.store(false, Relaxed);
            }
        }
        self.due = None;
        DUE.clear();
        self.next = batch.end();
        Some(batch)
    }

    fn hand_over(&mut self) -> Option<Batch> {
        let batch = self.take()?;
        if !self.held.is_empty() || !self.may_run(&batch) {
            self.held.push_back(batch);
            return None;
        }
        self.let_go(&batch);
        Some(batch)
    }

    /// True unless the batch would run too far ahead. The oldest unfinished one always runs: a
    /// blocker's own batch, which is let go at once, may wait for what is held back.
    fn may_run(&self, batch: &Batch) -> bool {
        let oldest = self.in_flight.front().map(|oldest| oldest.0);
        let ahead = self.running.n_bytes.saturating_add(batch.n_bytes());
        self.running.n_apart <= AHEAD_OPS || ahead <= AHEAD_BYTES || oldest == Some(batch.first())
    }

    fn let_go(&mut self, batch: &Batch) {
        self.running.n_ops += batch.len();
        self.running.n_apart += batch.n_apart();
        self.running.n_bytes = self.running.n_bytes.saturating_add(batch.n_bytes());
        N_BYTES_LET_GO.store(self.running.n_bytes, Relaxed);
    }

    /// Takes out those who wait for nothing more.
    fn take_woken(&mut self) -> Vec<Waker> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let done = self.done_before();
        let woken = self.waiting.extract_if(.., |waiting| waiting.0 <= done);
        woken.map(|(_, waker)| waker).collect()
    }

    fn wants_watch(&self) -> bool {
        self.batch.is_some() && !self.is_watched
    }

    /// The position before which every op is done.
    fn done_before(&self) -> u64 {
        let recorded = self.batch.as_ref().map(Batch::first);
        let handed_over = self.in_flight.front().map(|oldest| oldest.0);
        handed_over.or(recorded).unwrap_or(self.next)
    }
}
