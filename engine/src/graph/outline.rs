//! What planning needs to know of a batch, read from its ops in one pass: each op is looked at
//! under its lock once, and whatever follows works on small numbers.

use std::ops::Range;
use std::sync::Arc;

use super::history::{self, History};
use super::node::{Call, Input, Node, Weight};
use super::op::{Lane, Op};

/// A batch in outline.
pub(super) struct Outline {
    /// The position of the first op in the order of issue.
    first: u64,
    /// By position; `None` where the op is dead.
    ops: Vec<Option<OutlinedOp>>,
    made_inside: Vec<Made>,
    waited_for: Vec<Arc<Node>>,
}

/// An op in outline.
pub(super) struct OutlinedOp {
    /// True if it has no kernel of its own.
    pub(super) is_elementwise: bool,
    /// True if element-wise ops that make its input may be fused with it.
    pub(super) takes_made_input: bool,
    /// True if element-wise ops that read its output may be fused with it.
    pub(super) gives_parts: bool,
    /// Where it runs.
    pub(super) lane: Lane,
    /// How long it takes.
    pub(super) weight: Weight,
    pub(super) made_inside: Range<u32>,
    pub(super) waited_for: Range<u32>,
}

/// An input that another op of the batch makes.
#[derive(Clone, Copy)]
pub(super) struct Made {
    /// The position of that op.
    pub(super) by: u32,
    /// True if the value is read as it lies, by an op of the same shape or one that takes it while
    /// it is made.
    pub(super) is_direct: bool,
}

impl Outline {
    /// The outline of the living ops among `nodes`, whose first has position `first`. Each is
    /// remembered in the history.
    pub(super) fn new(first: u64, nodes: &[Option<Arc<Node>>]) -> Outline {
        let mut outline = Outline {
            first,
            ops: Vec::with_capacity(nodes.len()),
            made_inside: Vec::with_capacity(nodes.len()),
            waited_for: Vec::new(),
        };
        let mut history = history::lock();
        for node in nodes {
            let op = node.as_ref().and_then(|node| {
                node.with_call(|call| outline.look(first, nodes, node, call, &mut history))
            });
            outline.ops.push(op);
        }
        outline
    }

    fn look(
        &mut self,
        first: u64,
        nodes: &[Option<Arc<Node>>],
        node: &Arc<Node>,
        call: &Call,
        history: &mut History,
    ) -> OutlinedOp {
        history.note(node, call);
        let before = (self.made_inside.len() as u32, self.waited_for.len() as u32);
        let is_elementwise = matches!(call.op, Op::Element(_));
        let takes_made_input = call.op.takes_made_input();
        for input in &call.inputs {
            let Input::Value(value, layout) = input else {
                continue;
            };
            let made_by = value.node();
            if let Some(by) = position(first, nodes, made_by) {
                let is_direct =
                    layout.is_none() && (takes_made_input || value.shape() == node.output(0).0);
                let by = by as u32;
                self.made_inside.push(Made { by, is_direct });
            } else if !made_by.is_done() {
                self.waited_for.push(made_by.clone());
            }
        }
        let after = (self.made_inside.len() as u32, self.waited_for.len() as u32);
        OutlinedOp {
            is_elementwise,
            takes_made_input,
            gives_parts: call.op.gives_parts(),
            lane: call.op.lane(),
            weight: node.weight(call),
            made_inside: before.0..after.0,
            waited_for: before.1..after.1,
        }
    }

    /// The living ops with their positions.
    pub(super) fn ops(&self) -> impl Iterator<Item = (usize, &OutlinedOp)> {
        let ops = self.ops.iter().enumerate();
        ops.filter_map(|(at, op)| op.as_ref().map(|op| (at, op)))
    }

    /// The op at a position.
    pub(super) fn op(&self, at: usize) -> &OutlinedOp {
        self.ops[at].as_ref().expect("a living op was asked for")
    }

    /// How many ops there are, dead ones included.
    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// The inputs of an op that are made inside the batch.
    pub(super) fn made_inside(&self, op: &OutlinedOp) -> &[Made] {
        &self.made_inside[op.made_inside.start as usize..op.made_inside.end as usize]
    }

    /// What an op reads from outside that is not done.
    pub(super) fn waited_for(&self, op: &OutlinedOp) -> &[Arc<Node>] {
        &self.waited_for[op.waited_for.start as usize..op.waited_for.end as usize]
    }

    /// What the ops read from outside that is not done, in their order.
    pub(super) fn all_waited_for(&self) -> &[Arc<Node>] {
        &self.waited_for
    }

    /// As [`Outline::all_waited_for`].
    pub(super) fn into_waited_for(self) -> Vec<Arc<Node>> {
        self.waited_for
    }

    /// How long before the batch a node was issued, which is the same each time in a loop.
    pub(super) fn distance(&self, node: &Node) -> u64 {
        self.first.wrapping_sub(node.seq())
    }
}

/// Where a node stands in the batch; `None` if it is not part of it.
fn position(first: u64, nodes: &[Option<Arc<Node>>], node: &Arc<Node>) -> Option<usize> {
    let at = node.seq().checked_sub(first)? as usize;
    let same = nodes
        .get(at)?
        .as_ref()
        .is_some_and(|other| Arc::ptr_eq(other, node));
    same.then_some(at)
}
