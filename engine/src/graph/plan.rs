//! A plan: what is left of a batch after dead ops are dropped and neighbours fused, as a graph of
//! steps with the counts that say when each may start.

use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;

use super::batch::Batch;
use super::bundle::{self, Bundles};
use super::fuse::{self, Groups};
use super::history;
use super::node::{Node, Weight};
use super::op::Lane;
use super::outline::Outline;
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

/// What a worker runs as one: groups, one after the other.
pub(crate) struct Step {
    lane: Lane,
    /// That of its heaviest op.
    weight: Weight,
    groups: Mutex<Vec<Nodes>>,
}

/// The ops of a group, in the order of issue: one op, or fused ones.
pub(crate) type Nodes = SmallVec<[Arc<Node>; 1]>;

/// A value made outside the batch that a step waits for.
pub(crate) struct External {
    /// The step.
    pub(crate) step: u32,
    /// The node that makes the value.
    pub(crate) node: Arc<Node>,
}

/// Turns a batch into a plan and the values that it waits for. The ops leave the batch as the last
/// thing: what panics before leaves them there.
pub(crate) fn plan(batch: &mut Batch, fusion: bool) -> (Plan, Vec<External>) {
    let (first, nodes) = (batch.first(), &mut batch.nodes);
    drop_dead(nodes);
    let outline = Outline::new(first, nodes);
    let groups = fuse::group(&outline, nodes, fusion);
    let bundles = bundle::bundle(&outline, &groups);
    link(first, nodes, &outline, &groups, &bundles)
}

/// Remembers an op that runs without a plan.
pub(crate) fn note_unplanned(node: &Node) {
    node.with_call(|call| history::lock().note(node, call));
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

/// Builds the graph of the steps, with what each waits for.
fn link(
    first: u64,
    nodes: &mut [Option<Arc<Node>>],
    outline: &Outline,
    groups: &Groups,
    bundles: &Bundles,
) -> (Plan, Vec<External>) {
    let mut graph = DiGraph::with_capacity(bundles.n_steps, outline.len());
    let mut counts: Vec<u32> = Vec::with_capacity(bundles.n_steps);
    let mut external: Vec<External> = Vec::new();
    for (group, &step) in bundles.of_group.iter().enumerate() {
        for at in groups.members(group as u32) {
            let op = outline.op(at);
            if step as usize == counts.len() {
                counts.push(1);
                graph.add_node(Step {
                    lane: op.lane,
                    weight: op.weight,
                    groups: Mutex::new(Vec::new()),
                });
            }
            let heaviest = &mut graph[NodeIndex::new(step as usize)].weight;
            *heaviest = op.weight.max(*heaviest);
            let count = &mut counts[step as usize];
            for made in outline.made_inside(op) {
                let producer = bundles.of_group[groups.of_node[made.by as usize] as usize];
                if producer != step {
                    let (from, to) = (producer as usize, step as usize);
                    graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
                    *count += 1;
                }
            }
            for node in outline.waited_for(op) {
                let node = node.clone();
                external.push(External { step, node });
                *count += 1;
            }
        }
    }
    for (group, &step) in bundles.of_group.iter().enumerate() {
        let members = groups.members(group as u32);
        let members = members.filter_map(|at| nodes[at].take()).collect();
        let step = &graph[NodeIndex::new(step as usize)];
        step.groups.lock().push(members);
    }
    let plan = Plan {
        first,
        remaining: AtomicUsize::new(bundles.n_steps),
        counts: counts.into_iter().map(AtomicU32::new).collect(),
        graph,
    };
    (plan, external)
}

impl Plan {
    /// How many steps it has.
    pub(crate) fn n_steps(&self) -> usize {
        self.counts.len()
    }

    /// Where a step runs.
    pub(crate) fn lane(&self, step: u32) -> Lane {
        self.graph[NodeIndex::new(step as usize)].lane
    }

    /// True if a step that was not taken yet takes no longer than waking a thread.
    pub(crate) fn is_light(&self, step: u32) -> bool {
        const FEW: usize = 8;
        let step = &self.graph[NodeIndex::new(step as usize)];
        step.weight < Weight::Full && step.groups.lock().len() <= FEW
    }

    /// Takes the groups of a step out, to run them.
    pub(crate) fn take(&self, step: u32) -> Vec<Nodes> {
        std::mem::take(&mut *self.graph[NodeIndex::new(step as usize)].groups.lock())
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
