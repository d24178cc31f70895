//! A batch: the ops recorded since the last hand-over, in the order of issue.

use std::sync::Arc;

use super::node::Node;

/// Recorded ops with consecutive positions in the order of issue.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    first: u64,
    nodes: Vec<Arc<Node>>,
}

impl Batch {
    /// An empty batch whose first op will have position `first`.
    pub(crate) fn starting_at(first: u64) -> Batch {
        Batch {
            first,
            nodes: Vec::new(),
        }
    }

    /// Adds an op.
    pub(crate) fn push(&mut self, node: Arc<Node>) {
        node.set_seq(self.end());
        self.nodes.push(node);
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

    /// The op of a batch of one that waits for nothing and runs on the workers: there is nothing
    /// to plan. Otherwise the batch.
    pub(crate) fn into_ready_op(mut self) -> Result<Arc<Node>, Batch> {
        match &self.nodes[..] {
            [node] if node.is_ready_to_run() => Ok(self.nodes.remove(0)),
            _ => Err(self),
        }
    }

    /// The ops.
    pub(super) fn into_nodes(self) -> Vec<Arc<Node>> {
        self.nodes
    }
}
