//! The engine's events, one function each, called from every part. Each serves three: spans of
//! `tracing` for any subscriber, the sums of [`super::figures`], and the records of a session
//! ([`super::session`]). A session does not listen to the spans: making one costs more than issuing
//! a small op may. With nobody interested an event costs a few loads.

use std::cell::Cell;
use std::sync::Arc;

use smallvec::SmallVec;
use tracing::level_filters::LevelFilter;
use tracing::span::EnteredSpan;
use tracing::{Span, debug_span};

use super::figures::{Activity, add};
use super::mode::{self, RECORDS, TIMING};
use super::records::{self, Issued};
use super::{Mark, Phase, clock, names};
use crate::graph::Node;
use crate::site::Site;

/// Lasts as long as what it stands for; nothing if nobody looks.
#[derive(Debug)]
#[must_use = "the event ends when this is dropped"]
pub(crate) struct Event<'a>(Option<Open<'a>>);

/// A blocker of a frontend, from its call to its return.
#[derive(Debug)]
#[must_use = "the blocker ends when this is dropped"]
pub struct Blocker {
    _event: Event<'static>,
}

#[derive(Debug)]
struct Open<'a> {
    /// When it began; 0 if nobody asks for times.
    begin: u64,
    what: What<'a>,
    _span: Option<EnteredSpan>,
}

#[derive(Debug)]
enum What<'a> {
    /// The op's name, and what was queued on this thread before.
    Issue(&'static str, Queued),
    Plan {
        first: u64,
        n_ops: usize,
    },
    /// The group, and whose group ran on this thread before.
    Run(&'a [Arc<Node>], u64),
    Tiles(u64),
    Wait(Awaited),
    Blocker(&'static str),
}

/// What a blocker waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Awaited {
    /// A value of the op with this position.
    Op(u64),
    /// Every op so far.
    All,
    /// Some of what is queued, so that issuing may go on.
    Pace,
}

/// What became of the issuing that is under way.
#[derive(Clone, Copy, Default, Debug)]
struct Queued {
    /// The op's position; 0 before it has one.
    seq: u64,
    bytes: u64,
    is_heavy: bool,
}

thread_local! {
    static QUEUED: Cell<Queued> = const { Cell::new(Queued { seq: 0, bytes: 0, is_heavy: false }) };
    /// The first op of the group that runs on this thread, while a session records.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
}

#[inline]
fn event<'a>(what: impl FnOnce() -> What<'a>, span: impl FnOnce() -> Span) -> Event<'a> {
    let is_traced = LevelFilter::current() >= LevelFilter::DEBUG;
    if mode::get() == 0 && !is_traced {
        return Event(None);
    }
    let begin = if mode::get() == 0 { 0 } else { clock::now() };
    Event(Some(Open {
        begin,
        what: what(),
        _span: is_traced.then(|| span().entered()),
    }))
}

impl Drop for Event<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(open) = &self.0 {
            open.close();
        }
    }
}

impl Open<'_> {
    fn close(&self) {
        let end = if self.begin == 0 { 0 } else { clock::now() };
        if self.begin != 0
            && mode::has(TIMING)
            && let Some((activity, count)) = self.what.activity()
        {
            add(activity, count, end.saturating_sub(self.begin));
        }
        self.what.close(self.begin, end);
    }
}

impl What<'_> {
    fn activity(&self) -> Option<(Activity, u64)> {
        match *self {
            What::Issue(..) => Some((Activity::Issuing, 1)),
            What::Plan { .. } => Some((Activity::Planning, 1)),
            What::Run(nodes, _) => Some((Activity::Computing, nodes.len() as u64)),
            What::Wait(_) => Some((Activity::Waiting, 1)),
            What::Tiles(_) | What::Blocker(_) => None,
        }
    }

    /// Writes it down, if it was seen from its beginning and a session records.
    fn close(&self, begin: u64, end: u64) {
        let is_recorded = begin != 0 && mode::has(RECORDS);
        match *self {
            What::Issue(name, outer) => {
                let queued = QUEUED.replace(outer);
                if is_recorded && queued.seq != 0 {
                    records::issue(&Issued {
                        begin,
                        end,
                        seq: queued.seq,
                        site: site(),
                        name,
                        bytes: queued.bytes,
                        is_heavy: queued.is_heavy,
                    });
                }
            }
            What::Run(nodes, outer) => {
                RUNNING.set(outer);
                if is_recorded {
                    let seqs: SmallVec<[u64; 8]> = nodes.iter().map(|node| node.seq()).collect();
                    records::run(begin, end, &seqs);
                }
            }
            _ if !is_recorded => {}
            What::Plan { first, n_ops } => records::plan(begin, end, first, n_ops as u64),
            What::Tiles(seq) => records::tiles(begin, end, seq),
            What::Wait(awaited) => records::wait(begin, end, awaited),
            What::Blocker(name) => records::blocker(begin, end, site(), name),
        }
    }
}

fn site() -> u64 {
    Site::current().map_or(0, Site::number)
}

/// True while a session records.
#[inline]
pub(crate) fn is_recorded() -> bool {
    mode::has(RECORDS)
}

/// An op is issued.
#[inline]
pub(crate) fn issue(op: &'static str) -> Event<'static> {
    event(
        || What::Issue(op, QUEUED.take()),
        || debug_span!(target: "forerun", "issue", op),
    )
}

/// The op that is being issued has its position; to be called while a session records.
pub(crate) fn queued(seq: u64, bytes: usize, is_heavy: bool) {
    QUEUED.set(Queued {
        seq,
        bytes: bytes as u64,
        is_heavy,
    });
}

/// A batch is planned.
pub(crate) fn plan(first: u64, n_ops: usize) -> Event<'static> {
    event(
        || What::Plan { first, n_ops },
        || debug_span!(target: "forerun", "plan", n_ops),
    )
}

/// A step waits for nothing any more.
#[inline]
pub(crate) fn ready(first: u64, step: u32) {
    if is_recorded() {
        records::ready(clock::now(), first, step);
    }
}

/// This thread runs a step next.
#[inline]
pub(crate) fn step(first: u64, step: u32) {
    if is_recorded() {
        records::step(first, step);
    }
}

/// This thread runs a batch next that has no plan.
#[inline]
pub(crate) fn unplanned() {
    if is_recorded() {
        records::unplanned(clock::now());
    }
}

/// A group runs.
#[inline]
pub(crate) fn run(nodes: &[Arc<Node>]) -> Event<'_> {
    let first = || nodes.first().map_or(0, |node| node.seq());
    event(
        || What::Run(nodes, RUNNING.replace(first())),
        || debug_span!(target: "forerun", "run", first = first(), n_ops = nodes.len()),
    )
}

/// The first op of the group that runs on this thread; 0 if there is none, or nobody asks.
pub(crate) fn running() -> u64 {
    RUNNING.get()
}

/// Tiles of a group run that another thread began.
pub(crate) fn tiles(first: u64) -> Event<'static> {
    event(
        || What::Tiles(first),
        || debug_span!(target: "forerun", "tiles", first),
    )
}

/// A blocker waits for a value of `node`.
#[inline]
pub(crate) fn wait(node: &Node) -> Event<'static> {
    event(
        || What::Wait(Awaited::Op(node.seq())),
        || debug_span!(target: "forerun", "wait", value = debug(node)),
    )
}

/// A blocker waits for everything.
pub(crate) fn wait_all() -> Event<'static> {
    event(
        || What::Wait(Awaited::All),
        || debug_span!(target: "forerun", "wait_all"),
    )
}

/// Issuing waits until less is queued.
pub(crate) fn keep_pace() -> Event<'static> {
    event(
        || What::Wait(Awaited::Pace),
        || debug_span!(target: "forerun", "keep_pace"),
    )
}

/// A frontend's blocker called `name` is called, at the thread's current site.
#[inline]
pub fn blocker(name: &'static str) -> Blocker {
    Blocker {
        _event: event(
            || What::Blocker(name),
            || debug_span!(target: "forerun", "blocker", name),
        ),
    }
}

/// Memory is taken from the pool.
#[inline]
pub(crate) fn alloc(bytes: usize) {
    if is_recorded() {
        records::taken(clock::now(), bytes);
    }
    tracing::trace!(target: "forerun", bytes, "alloc");
}

/// Memory goes back to the pool.
#[inline]
pub(crate) fn free(bytes: usize) {
    if is_recorded() {
        records::given(clock::now(), bytes);
    }
    tracing::trace!(target: "forerun", bytes, "free");
}

/// An op has new memory for a result.
#[inline]
pub(crate) fn room(node: &Node, bytes: usize) {
    if is_recorded() {
        records::room(node.seq(), bytes);
    }
}

/// An op failed.
pub(crate) fn failed(node: &Node) {
    if is_recorded() {
        records::failed(node.seq());
    }
}

/// A minibatch begins or ends here, if a session records.
#[inline]
pub fn mark(mark: Mark) {
    if is_recorded() {
        records::mark(clock::now(), mark);
    }
}

/// An event of the user's own, if a session records. `value` is that of a counter, or a number that
/// the beginning and the end of the same thing share.
pub fn note(phase: Phase, category: &str, name: &str, value: f64) {
    if is_recorded() {
        records::note(clock::now(), phase, names::number_of(category, name), value);
    }
}
