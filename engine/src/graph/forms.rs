//! Forms: how the ops of a batch are grouped, bundled and linked. A training loop makes batches of
//! the same structure again and again, and a batch whose structure was planned before takes over
//! the form of then.
//!
//! The structure is written down as a list of words, everything that grouping, bundling and linking
//! look at. Forms are found by a hash of the words, and compared word for word.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use parking_lot::Mutex;
use petgraph::graph::{DiGraph, NodeIndex};
use smallvec::SmallVec;

use super::bundle::{self, Bundles};
use super::fuse::{self, Groups};
use super::node::{Node, Weight};
use super::op::Lane;
use super::outline::{Outline, OutlinedOp};

/// The form of a plan: its steps and what each waits for.
#[derive(Debug)]
pub(super) struct Form {
    words: Words,
    pub(super) graph: DiGraph<StepForm, ()>,
    /// For each step how many inputs it has that may not be done, plus one for the plan.
    pub(super) counts: Vec<u32>,
    /// The step that waits for each of [`Outline::all_waited_for`].
    pub(super) waiting: Vec<u32>,
}

/// A step without its ops.
#[derive(Debug)]
pub(super) struct StepForm {
    pub(super) lane: Lane,
    /// That of its heaviest op.
    pub(super) weight: Weight,
    /// The positions of the ops of each group, in the order of issue.
    pub(super) groups: Vec<SmallVec<[u32; 2]>>,
}

/// The structure of a batch.
type Words = Vec<u64>;

/// The forms of batches planned lately.
#[derive(Debug)]
pub(crate) struct Forms {
    /// Each at the place that its hash gives; `None` until there is one.
    slots: Mutex<Vec<Option<Arc<Form>>>>,
}

impl Forms {
    /// How many are kept.
    const CAPACITY: usize = 256;

    /// None yet.
    pub(crate) fn new() -> Forms {
        Forms {
            slots: Mutex::new(vec![None; Forms::CAPACITY]),
        }
    }

    /// The form of a batch: that of an earlier one of the same structure, or a new one.
    pub(super) fn form(
        &self,
        outline: &Outline,
        nodes: &[Option<Arc<Node>>],
        fusion: bool,
    ) -> Arc<Form> {
        let words = words(outline, nodes, fusion);
        let slot = hash(&words) as usize % Forms::CAPACITY;
        let known = self.slots.lock()[slot].clone();
        if let Some(form) = known.filter(|form| form.words == words) {
            return form;
        }
        let form = Arc::new(Form::new(words, outline, nodes, fusion));
        self.slots.lock()[slot] = Some(form.clone());
        form
    }
}

impl Form {
    /// Groups and bundles the living ops of a batch.
    pub(super) fn new(
        words: Words,
        outline: &Outline,
        nodes: &[Option<Arc<Node>>],
        fusion: bool,
    ) -> Form {
        let groups = fuse::group(outline, nodes, fusion);
        let bundles = bundle::bundle(outline, &groups);
        link(words, outline, &groups, &bundles)
    }
}

/// Builds the graph of the steps, with what each waits for.
fn link(words: Words, outline: &Outline, groups: &Groups, bundles: &Bundles) -> Form {
    let mut graph = DiGraph::with_capacity(bundles.n_steps, outline.len());
    let mut counts: Vec<u32> = Vec::with_capacity(bundles.n_steps);
    let mut waiting: Vec<u32> = vec![0; outline.all_waited_for().len()];
    for (group, &step) in bundles.of_group.iter().enumerate() {
        let mut positions = SmallVec::new();
        for at in groups.members(group as u32) {
            let op = outline.op(at);
            if step as usize == counts.len() {
                counts.push(1);
                graph.add_node(StepForm {
                    lane: op.lane,
                    weight: op.weight,
                    groups: Vec::new(),
                });
            }
            positions.push(at as u32);
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
            for waits in op.waited_for.clone() {
                waiting[waits as usize] = step;
                *count += 1;
            }
        }
        graph[NodeIndex::new(step as usize)].groups.push(positions);
    }
    Form {
        words,
        graph,
        counts,
        waiting,
    }
}

/// Writes down whatever grouping, bundling and linking look at.
fn words(outline: &Outline, nodes: &[Option<Arc<Node>>], fusion: bool) -> Words {
    let mut words = Vec::with_capacity(4 * nodes.len());
    words.push(u64::from(fusion) << 32 | outline.len() as u64);
    let mut outputs = Outputs::default();
    for (at, op) in outline.ops() {
        // Every field: what is added to an op in outline belongs here, too.
        let OutlinedOp {
            is_elementwise,
            takes_made_input,
            gives_parts,
            lane,
            weight,
            made_inside,
            waited_for,
        } = op;
        let node = nodes[at].as_ref().expect("a living op has its node");
        let flags = u64::from(*is_elementwise)
            | u64::from(*takes_made_input) << 1
            | (*lane as u64) << 2
            | (*weight as u64) << 3
            | u64::from(*gives_parts) << 5;
        words.push((at as u64) << 32 | outputs.number(node) << 8 | flags);
        words.push((made_inside.len() as u64) << 32 | waited_for.len() as u64);
        let made = outline.made_inside(op).iter();
        words.extend(made.map(|made| u64::from(made.by) << 1 | u64::from(made.is_direct)));
        let waited_for = outline.waited_for(op).iter();
        words.extend(waited_for.map(|node| outline.distance(node)));
    }
    words
}

/// Numbers for the shapes and devices of a batch, in the order in which they are met.
#[derive(Default)]
struct Outputs<'a> {
    known: Vec<&'a Node>,
}

impl<'a> Outputs<'a> {
    fn number(&mut self, node: &'a Node) -> u64 {
        let ((shape, _, device), known) = (node.output(0), &self.known);
        let is_alike = |other: &&Node| {
            let (other, _, on) = other.output(0);
            other == shape && on == device
        };
        let at = known.iter().rposition(is_alike).unwrap_or_else(|| {
            self.known.push(node);
            self.known.len() - 1
        });
        at as u64
    }
}

/// A hash of words that are small numbers (multiplicative, as in Firefox and rustc).
fn hash(words: &[u64]) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mixed = words.iter().fold(0u64, |hash, &word| {
        (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR)
    });
    mixed >> 32
}
