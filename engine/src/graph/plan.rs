//! A plan: what is left of a batch after dead ops are dropped and neighbours fused, as a graph of
//! steps with the counts that say when each may start.

use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;

use super::batch::Batch;
use super::fuse;
use super::history;
use super::node::{Input, Node};
use super::op::Lane;
use crate::sync::{AtomicU32, AtomicUsize, Mutex, Ordering};

/// The steps of a batch and their order.
pub(crate) struct Plan {
    /// The batch's first position in the order of issue; plans are told apart by it.
    pub(crate) first: u64,
    graph: DiGraph<Step, ()>,
    /// For each step how many of its inputs are not done, plus one until the plan is launched.
    counts: Box<[AtomicU32]>,
    /// Steps that are not done.
    remaining: AtomicUsize,
}

/// What is run as one: an op, or a group of element-wise ops of one shape.
pub(crate) struct Step {
    nodes: Mutex<Nodes>,
}

/// The ops of a step, in the order of issue.
pub(crate) type Nodes = SmallVec<[Arc<Node>; 1]>;

/// A value made outside the batch that a step waits for.
pub(crate) struct External {
    /// The step.
    pub(crate) step: u32,
    /// The node that makes the value.
    pub(crate) node: Arc<Node>,
}

/// Turns a batch into a plan and the values that it waits for.
pub(crate) fn plan(batch: Batch, fusion: bool) -> (Plan, Vec<External>) {
    let first = batch.first();
    let mut nodes: Vec<Option<Arc<Node>>> = batch.into_nodes().into_iter().map(Some).collect();
    drop_dead(&mut nodes);
    history::note(nodes.iter().flatten());
    let groups = fuse::group(first, &nodes, fusion);
    link(first, nodes, &groups)
}

/// Remembers an op that runs without a plan.
pub(crate) fn note_unplanned(node: &Arc<Node>) {
    history::note([node]);
}

/// Drops the ops whose values nobody can read: no array, no tape and no living op refers to them.
/// Going backwards, an op that dies takes its claim on its inputs with it.
fn drop_dead(nodes: &mut [Option<Arc<Node>>]) {
    for node in nodes.iter_mut().rev() {
        if node
            .as_ref()
            .is_some_and(|node| Arc::strong_count(node) == 1)
        {
            *node = None;
        }
    }
}

/// Builds the graph of the groups; inputs made by nodes that are not in the batch are external.
fn link(first: u64, nodes: Vec<Option<Arc<Node>>>, groups: &fuse::Groups) -> (Plan, Vec<External>) {
    let mut graph = DiGraph::with_capacity(groups.n_groups, nodes.len());
    for _ in 0..groups.n_groups {
        graph.add_node(Step {
            nodes: Mutex::new(SmallVec::new()),
        });
    }
    let mut counts: Vec<u32> = vec![1; groups.n_groups];
    let mut external = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let Some(node) = node else { continue };
        let step = groups.of_node[i];
        node.with_call(|call| {
            for input in &call.inputs {
                let Input::Value(value, _) = input else {
                    continue;
                };
                let made_by = value.node();
                if let Some(producer) = position(first, &nodes, made_by) {
                    let producer = groups.of_node[producer];
                    if producer != step {
                        let (from, to) = (producer as usize, step as usize);
                        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
                        counts[to] += 1;
                    }
                } else if !made_by.is_done() {
                    external.push(External {
                        step,
                        node: made_by.clone(),
                    });
                    counts[step as usize] += 1;
                }
            }
        });
    }
    for (node, &step) in nodes.into_iter().zip(&groups.of_node) {
        if let Some(node) = node {
            graph[NodeIndex::new(step as usize)].nodes.lock().push(node);
        }
    }
    let plan = Plan {
        first,
        remaining: AtomicUsize::new(groups.n_groups),
        counts: counts.into_iter().map(AtomicU32::new).collect(),
        graph,
    };
    (plan, external)
}

/// Where a node stands in the batch; `None` if it is not part of it.
pub(super) fn position(first: u64, nodes: &[Option<Arc<Node>>], node: &Arc<Node>) -> Option<usize> {
    let at = node.seq().checked_sub(first)? as usize;
    let same = nodes
        .get(at)?
        .as_ref()
        .is_some_and(|other| Arc::ptr_eq(other, node));
    same.then_some(at)
}

impl Plan {
    /// How many steps it has.
    pub(crate) fn n_steps(&self) -> usize {
        self.counts.len()
    }

    /// Where a step runs: element-wise ops and most kernels on the workers.
    pub(crate) fn lane(&self, step: u32) -> Lane {
        let nodes = self.graph[NodeIndex::new(step as usize)].nodes.lock();
        let lane = nodes
            .first()
            .and_then(|node| node.with_call(|call| call.op.lane()));
        lane.unwrap_or(Lane::Compute)
    }

    /// Takes the ops of a step out, to run them.
    pub(crate) fn take(&self, step: u32) -> Nodes {
        std::mem::take(&mut *self.graph[NodeIndex::new(step as usize)].nodes.lock())
    }

    /// Counts one input of a step as done; true if it was the last and the step may start.
    #[must_use = "a step whose last input is done must be run"]
    pub(crate) fn count_down(&self, step: u32) -> bool {
        // Release: what was written for the input happens before the step; acquire: the step
        // sees what every other count-down wrote.
        self.counts[step as usize].fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// The steps that read what `step` made; one that reads twice comes twice.
    pub(crate) fn readers(&self, step: u32) -> impl Iterator<Item = u32> {
        let step = NodeIndex::new(step as usize);
        self.graph
            .neighbors_directed(step, Direction::Outgoing)
            .map(|reader| reader.index() as u32)
    }

    /// Counts one step as done; true if it was the last of the plan.
    #[must_use = "the last step ends the plan"]
    pub(crate) fn finish_step(&self) -> bool {
        self.remaining.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan(from {}, {} steps)", self.first, self.n_steps())
    }
}
