//! The dependency graph as a picture: DOT text, for graphviz or for reading.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, NodeIndex};

use super::history::{self, Record, Source};
use super::node::{Input, Node, Value};
use crate::scalar::Scalar;

/// Most ops in one picture.
const MAX_OPS: usize = 500;

/// A box of the picture.
struct Shown {
    label: String,
    is_op: bool,
}

/// The ops that `values` come from, as DOT: those still queued, and those remembered of what has
/// run (the latest few thousand).
///
/// Arrows point from what is made to what reads it; numbers and imported data are boxes without a
/// border.
pub fn draw(values: &[Value]) -> String {
    let mut picture = Picture {
        graph: DiGraph::new(),
        queued: queued_behind(values),
        drawn: HashMap::new(),
        open: Vec::new(),
    };
    for value in values {
        picture.add_value(value);
    }
    while let Some((record, reader)) = picture.open.pop() {
        picture.add_inputs(&record, reader);
    }
    picture.to_dot()
}

/// The ops behind `values` that have not run, by position.
fn queued_behind(values: &[Value]) -> HashMap<u64, Record> {
    let mut found = HashMap::new();
    let mut open: Vec<Arc<Node>> = values.iter().map(|value| value.node().clone()).collect();
    while let Some(node) = open.pop() {
        if found.len() == MAX_OPS || found.contains_key(&node.seq()) {
            continue;
        }
        if let Some(record) = node.with_call(|call| Record::new(&node, call)) {
            found.insert(node.seq(), record);
            node.with_call(|call| {
                open.extend(call.inputs.iter().filter_map(|input| match input {
                    Input::Value(value, _) => Some(value.node().clone()),
                    Input::Scalar(_) => None,
                }));
            });
        }
    }
    found
}

struct Picture {
    graph: DiGraph<Shown, ()>,
    queued: HashMap<u64, Record>,
    drawn: HashMap<u64, NodeIndex>,
    /// Ops whose inputs are not drawn yet.
    open: Vec<(Record, NodeIndex)>,
}

impl Picture {
    fn add_value(&mut self, value: &Value) {
        let seq = value.node().seq();
        if seq == 0 || self.add_op(seq).is_none() {
            let label = format!("{} {}", value.dtype(), value.shape());
            self.graph.add_node(Shown {
                label,
                is_op: false,
            });
        }
    }

    /// Adds the op at `seq`, known from the queue or from the history.
    fn add_op(&mut self, seq: u64) -> Option<NodeIndex> {
        if let Some(&drawn) = self.drawn.get(&seq) {
            return Some(drawn);
        }
        if self.drawn.len() == MAX_OPS {
            return None;
        }
        let record = self
            .queued
            .remove(&seq)
            .or_else(|| history::lock().find(seq))?;
        let label = format!("{}\\n{} {}", record.op, record.dtype, record.shape);
        let index = self.graph.add_node(Shown { label, is_op: true });
        self.drawn.insert(seq, index);
        self.open.push((record, index));
        Some(index)
    }

    fn add_inputs(&mut self, record: &Record, reader: NodeIndex) {
        for input in &record.inputs {
            let made = match input {
                Source::Op(seq) => self
                    .add_op(*seq)
                    .unwrap_or_else(|| self.add_plain("…".to_owned())),
                Source::Data(dtype, shape) => self.add_plain(format!("{dtype} {shape}")),
                Source::Number(number) => self.add_plain(number_label(*number)),
            };
            self.graph.add_edge(made, reader, ());
        }
    }

    fn add_plain(&mut self, label: String) -> NodeIndex {
        self.graph.add_node(Shown {
            label,
            is_op: false,
        })
    }

    fn to_dot(&self) -> String {
        let node_attributes = |_: &_, (_, shown): (NodeIndex, &Shown)| {
            let shape = if shown.is_op { "box" } else { "plaintext" };
            format!("label = \"{}\", shape = {shape}", shown.label)
        };
        let dot = Dot::with_attr_getters(
            &self.graph,
            &[Config::NodeNoLabel, Config::EdgeNoLabel],
            &|_, _| String::new(),
            &node_attributes,
        );
        let mut text = String::new();
        // `Dot` asks for `Debug` of the weights although the labels come from the attributes.
        write!(text, "{dot:?}").expect("a string takes any text");
        text
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label)
    }
}

fn number_label(number: Scalar) -> String {
    match number {
        Scalar::Bool(x) => x.to_string(),
        Scalar::Int(x) => x.to_string(),
        Scalar::Float(x) => x.to_string(),
        Scalar::Complex(x) => x.to_string(),
    }
}
