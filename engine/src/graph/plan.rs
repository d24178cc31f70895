//! A plan: what is left of a batch after dead ops are dropped and neighbours fused, as the steps of a
//! form with the counts that say when each may start.

use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use smallvec::SmallVec;

use super::batch::Batch;
use super::forms::{Form, Forms, StepForm};
use super::history;
use super::node::{Node, Weight};
use super::op::Lane;
use super::outline::Outline;
use crate::sync::{AtomicU32, AtomicUsize, Mutex, Ordering};

/// The steps of a batch and their order.
pub(crate) struct Plan {
    /// The batch's first position in the order of issue; plans are told apart by it.
    pub(crate) first: u64,
    form: Arc<Form>,
    /// For each step how many of its inputs are not done, plus one until the plan is launched.
    counts: Box<[AtomicU32]>,
    /// The groups of each step, until it is taken.
    steps: Box<[Mutex<Vec<Nodes>>]>,
    /// Steps that are not done.
    remaining: AtomicUsize,
    /// False if no step makes enough for the limit on memory to count.
    is_counted: bool,
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

/// Turns a batch into a plan and the values that it waits for; its form may be among `forms`. The
/// ops leave the batch as the last thing: what panics before leaves them there.
// Not inlined, as its instructions are counted by its name (`tests/instructions.rs`).
#[inline(never)]
pub(crate) fn plan(
    batch: &mut Batch,
    fusion: bool,
    forms: Option<&Forms>,
) -> (Plan, Vec<External>) {
    let (first, is_counted) = (batch.first(), batch.is_counted());
    let nodes = &mut batch.nodes;
    drop_dead(nodes);
    let outline = Outline::new(first, nodes);
    let form = match forms {
        Some(forms) => forms.form(&outline, nodes, fusion),
        None => Arc::new(Form::new(Vec::new(), &outline, nodes, fusion)),
    };
    let waited_for = form.waiting.iter().zip(outline.into_waited_for());
    let external = waited_for.map(|(&step, node)| External { step, node });
    let external = external.collect();
    (Plan::new(first, is_counted, form, nodes), external)
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

impl Plan {
    /// Moves the ops of a batch into the steps of its form.
    fn new(first: u64, is_counted: bool, form: Arc<Form>, nodes: &mut [Option<Arc<Node>>]) -> Plan {
        let mut group = |positions: &SmallVec<[u32; 2]>| -> Nodes {
            let nodes = positions.iter().map(|&at| nodes[at as usize].take());
            nodes.flatten().collect()
        };
        let steps = form.graph.node_weights();
        let steps = steps.map(|step| Mutex::new(step.groups.iter().map(&mut group).collect()));
        Plan {
            first,
            steps: steps.collect(),
            counts: form.counts.iter().copied().map(AtomicU32::new).collect(),
            remaining: AtomicUsize::new(form.counts.len()),
            form,
            is_counted,
        }
    }

    /// The form, to compare it.
    #[cfg(test)]
    pub(super) fn form(&self) -> &Arc<Form> {
        &self.form
    }

    fn step(&self, step: u32) -> &StepForm {
        &self.form.graph[NodeIndex::new(step as usize)]
    }

    /// How many steps it has.
    pub(crate) fn n_steps(&self) -> usize {
        self.counts.len()
    }

    /// Where a step runs.
    pub(crate) fn lane(&self, step: u32) -> Lane {
        self.step(step).lane
    }

    /// True if a step takes no longer than waking a thread.
    pub(crate) fn is_light(&self, step: u32) -> bool {
        const FEW: usize = 8;
        let step = self.step(step);
        step.weight < Weight::Full && step.groups.len() <= FEW
    }

    /// The bytes that a step takes of the limit on memory at most, while it is not taken.
    pub(crate) fn need(&self, step: u32) -> usize {
        if !self.is_counted {
            return 0;
        }
        let groups = self.steps[step as usize].lock();
        let needs = groups.iter().flatten().map(|node| node.need());
        needs.fold(0, usize::saturating_add)
    }

    /// Takes the groups of a step out, to run them.
    pub(crate) fn take(&self, step: u32) -> Vec<Nodes> {
        std::mem::take(&mut *self.steps[step as usize].lock())
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
        self.form
            .graph
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
