//! The engine's events, one function each: spans of `tracing` for any subscriber, and the sums of
//! [`super::figures`]. With no subscriber and no measuring each costs a few loads.

use tracing::{Level, span::EnteredSpan};

use super::figures::{Activity, Timed};
use crate::graph::Node;

/// Lasts as long as what it stands for.
#[derive(Debug)]
#[must_use = "the event ends when this is dropped"]
pub(crate) struct Event {
    _timed: Timed,
    _span: Option<EnteredSpan>,
}

macro_rules! event {
    ($activity:ident, $count:expr, $name:literal $(, $field:ident = $value:expr)*) => {
        Event {
            _timed: Timed::start(Activity::$activity, $count),
            _span: tracing::enabled!(target: "forerun", Level::TRACE).then(|| {
                tracing::trace_span!(target: "forerun", $name $(, $field = $value)*).entered()
            }),
        }
    };
}

/// An op is issued.
#[inline]
pub(crate) fn issue(op: &'static str) -> Event {
    event!(Issuing, 1, "issue", op = op)
}

/// A batch is planned.
pub(crate) fn plan(n_ops: usize) -> Event {
    event!(Planning, 1, "plan", n_ops = n_ops)
}

/// A step runs, whose first op is `node`.
pub(crate) fn run(node: &Node, n_ops: usize) -> Event {
    event!(
        Computing,
        n_ops as u64,
        "run",
        first = tracing::field::debug(node),
        n_ops = n_ops
    )
}

/// A blocker waits for a value of `node`.
pub(crate) fn wait(node: &Node) -> Event {
    event!(Waiting, 1, "wait", value = tracing::field::debug(node))
}

/// A blocker waits for everything.
pub(crate) fn wait_all() -> Event {
    event!(Waiting, 1, "wait_all")
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
