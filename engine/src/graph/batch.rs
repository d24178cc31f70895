//! A batch: the ops recorded since the last hand-over, in the order of issue.

use std::sync::Arc;

use super::node::{Node, Weight};
use crate::memory;

/// Recorded ops with consecutive positions in the order of issue.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    first: u64,
    /// The ops; `None` for one that planning dropped, or moved to its step.
    pub(super) nodes: Vec<Option<Arc<Node>>>,
    n_bytes: usize,
    n_joined: usize,
}

impl Batch {
    /// An empty batch whose first op will have position `first`.
    pub(crate) fn starting_at(first: u64) -> Batch {
        Batch {
            first,
            ..Batch::default()
        }
    }

    /// Adds an op.
    pub(crate) fn push(&mut self, node: Arc<Node>) {
        node.set_seq(self.end());
        self.n_bytes = self.n_bytes.saturating_add(node.n_bytes());
        self.nodes.push(Some(node));
    }

    /// Adds an op that is likely to be fused with the one before it.
    pub(crate) fn join(&mut self, node: Arc<Node>) {
        self.n_joined += 1;
        self.push(node);
    }

    /// The position of the first op.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The position after the last op.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.nodes.len() as u64
    }

    /// How many ops it has.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many of them were not [joined](Batch::join) to another.
    pub(crate) fn n_apart(&self) -> usize {
        self.nodes.len() - self.n_joined
    }

    /// The bytes of everything that its ops make.
    pub(crate) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// True for a batch of one op, or of a few that make little, which can run in order here and
    /// now: there is nothing that planning could gain.
    pub(crate) fn can_run_in_order(&self) -> bool {
        const FEW: usize = 4;
        const LITTLE: usize = 4 << 10;
        if self.nodes.len() > 1 && (self.nodes.len() > FEW || self.n_bytes > LITTLE) {
            return false;
        }
        let is_ready = |(at, op): (usize, &Option<Arc<Node>>)| {
            let before = || self.nodes[..at].iter().flatten();
            let is_made_before = |node: &Arc<Node>| before().any(|other| Arc::ptr_eq(other, node));
            op.as_ref()
                .is_some_and(|node| node.is_ready_to_run(is_made_before))
        };
        self.nodes.iter().enumerate().all(is_ready)
    }

    /// The bytes that its ops take of the limit at most.
    pub(crate) fn need(&self) -> usize {
        if !self.is_counted() {
            return 0;
        }
        self.nodes.iter().flatten().map(|node| node.need()).sum()
    }

    /// False if none of its ops makes enough to count.
    pub(super) fn is_counted(&self) -> bool {
        memory::footprint(self.n_bytes) > 0
    }

    /// True for one that [can run in order](Batch::can_run_in_order) in a few microseconds.
    pub(crate) fn is_short(&self) -> bool {
        let weight = |node: &Arc<Node>| node.with_call(|call| node.weight(call));
        let is_small = |node: &Arc<Node>| weight(node) == Some(Weight::Small);
        self.can_run_in_order() && self.nodes.iter().flatten().all(is_small)
    }

    /// Takes out the ops that nobody else refers to. Those that they read may be such once these
    /// are dropped.
    pub(crate) fn take_dead(&mut self) -> Vec<Arc<Node>> {
        let is_dead = |node: &&mut Option<Arc<Node>>| {
            node.as_ref()
                .is_some_and(|node| Arc::strong_count(node) == 1)
        };
        let dead = self.nodes.iter_mut().filter(is_dead);
        dead.filter_map(Option::take).collect()
    }

    /// True if no op is left.
    pub(crate) fn is_dead(&self) -> bool {
        self.nodes.iter().all(Option::is_none)
    }

    /// Takes out the ops that are left, in order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Arc<Node>> {
        self.nodes.drain(..).flatten()
    }
}
