//! The engine's events, one function each: spans of `tracing` for any subscriber, and the sums of
//! [`super::figures`]. With no subscriber and no measuring each costs a few loads.

use tracing::level_filters::LevelFilter;
use tracing::span::{EnteredSpan, Span};
use tracing::trace_span;

use super::figures::{Activity, Timed, is_timing};
use crate::graph::Node;

/// Lasts as long as what it stands for; nothing if nobody looks.
#[derive(Debug)]
#[must_use = "the event ends when this is dropped"]
pub(crate) struct Event {
    _seen: Option<Box<Seen>>,
}

#[derive(Debug)]
struct Seen {
    _timed: Timed,
    _span: EnteredSpan,
}

#[inline]
fn event(activity: Activity, count: u64, span: impl FnOnce() -> Span) -> Event {
    if is_timing() || LevelFilter::current() >= LevelFilter::TRACE {
        return seen(activity, count, span);
    }
    Event { _seen: None }
}

#[cold]
fn seen(activity: Activity, count: u64, span: impl FnOnce() -> Span) -> Event {
    let seen = Seen {
        _timed: Timed::start(activity, count),
        _span: span().entered(),
    };
    Event {
        _seen: Some(Box::new(seen)),
    }
}

/// An op is issued.
#[inline]
pub(crate) fn issue(op: &'static str) -> Event {
    event(
        Activity::Issuing,
        1,
        || trace_span!(target: "forerun", "issue", op),
    )
}

/// A batch is planned.
pub(crate) fn plan(n_ops: usize) -> Event {
    event(
        Activity::Planning,
        1,
        || trace_span!(target: "forerun", "plan", n_ops),
    )
}

/// A step runs, whose first op is `node`.
#[inline]
pub(crate) fn run(node: &Node, n_ops: usize) -> Event {
    event(
        Activity::Computing,
        n_ops as u64,
        || trace_span!(target: "forerun", "run", first = debug(node), n_ops),
    )
}

/// A blocker waits for a value of `node`.
#[inline]
pub(crate) fn wait(node: &Node) -> Event {
    event(
        Activity::Waiting,
        1,
        || trace_span!(target: "forerun", "wait", value = debug(node)),
    )
}

/// A blocker waits for everything.
pub(crate) fn wait_all() -> Event {
    event(
        Activity::Waiting,
        1,
        || trace_span!(target: "forerun", "wait_all"),
    )
}

/// Memory is taken from the pool.
#[inline]
pub(crate) fn alloc(bytes: usize) {
    tracing::trace!(target: "forerun", bytes, "alloc");
}

/// Memory goes back to the pool.
#[inline]
pub(crate) fn free(bytes: usize) {
    tracing::trace!(target: "forerun", bytes, "free");
}
