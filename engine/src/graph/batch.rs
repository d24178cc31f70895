//! A batch: the ops recorded since the last hand-over, in the order of issue.

use std::sync::Arc;

use super::node::Node;

/// Recorded ops with consecutive positions in the order of issue.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    first: u64,
    /// The ops; `None` for one that planning dropped, or moved to its step.
    pub(super) nodes: Vec<Option<Arc<Node>>>,
    n_bytes: usize,
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

    /// The bytes of everything that its ops make.
    pub(crate) fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    /// Takes out the op of a batch of one that waits for nothing and runs on the workers: there is
    /// nothing to plan.
    pub(crate) fn take_ready_op(&mut self) -> Option<Arc<Node>> {
        match &mut self.nodes[..] {
            [op] if op.as_ref().is_some_and(|node| node.is_ready_to_run()) => op.take(),
            _ => None,
        }
    }

    /// Takes out the ops that are left, in order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Arc<Node>> {
        self.nodes.drain(..).flatten()
    }
}
