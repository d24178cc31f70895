//! Issuing: from arrays to a queued node, its values, and their entry on the tape.

use std::sync::Arc;

use smallvec::SmallVec;

use super::tape::{Edge, Entry, Gradient, Parent, Rule, Saved, is_recording};
use super::variable::Current;
use super::{Array, live, script};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{self, Call, Input, Kernel, Node, Op, Value};
use crate::memory::Device;
use crate::profile::events;
use crate::runtime;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// An input of an op.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operand<'a> {
    /// An array.
    Array(&'a Array),
    /// A number.
    Scalar(Scalar),
}

/// Shape and dtype of an output, from the op's rules.
pub(crate) type Output = (Shape, DType);

/// Queues an op that makes one array. What is neither recorded nor noted takes a shorter way than
/// [`issue`].
pub(crate) fn issue_one(
    op: Op,
    rule: Option<Rule>,
    inputs: &[Operand<'_>],
    output: Output,
) -> Result<Array> {
    if (rule.is_some() && is_recording()) || script::is_writing() {
        let outputs = issue(op, rule, inputs, None, [output])?;
        return Ok(outputs
            .into_iter()
            .next()
            .expect("one output was asked for"));
    }
    let name = op.name();
    let _issuing = events::issue(name);
    let device = common_device(name, inputs)?.unwrap_or_default();
    let haste = op.haste();
    let (shape, dtype) = output;
    shape.checked_size(name, dtype.size())?;
    let mut call = Call {
        op,
        inputs: SmallVec::new(),
    };
    for input in inputs {
        call.inputs.push(read(input));
    }
    let output = graph::Output {
        shape,
        dtype,
        device,
    };
    let node = Arc::new(Node::queued(call, SmallVec::from_buf([output])));
    let array = Array::of_value(Value::new(node.clone(), 0), None);
    runtime::issue(node, haste);
    runtime::keep_pace()?;
    Ok(array)
}

/// Queues an op. It runs on `device`, or else on that of its inputs.
///
/// # Errors
/// Inputs on different devices; a shape that is too big.
pub(crate) fn issue(
    op: Op,
    rule: Option<Rule>,
    inputs: &[Operand<'_>],
    device: Option<Device>,
    outputs: impl IntoIterator<Item = Output>,
) -> Result<SmallVec<[Array; 1]>> {
    let name = op.name();
    let _issuing = events::issue(name);
    let common = common_device(name, inputs)?;
    let device = device.or(common).unwrap_or_default();
    let rule = rule.filter(|_| is_recording());
    let noted = script::is_writing().then(|| (op.clone(), rule.clone()));
    let haste = op.haste();
    let mut edges = SmallVec::new();
    let reads = match rule {
        None => inputs.iter().map(read).collect(),
        Some(_) => {
            edges = inputs.iter().map(edge).collect();
            edges.iter().map(Edge::read).collect()
        }
    };
    let mut made = SmallVec::new();
    for (shape, dtype) in outputs {
        shape.checked_size(name, dtype.size())?;
        made.push(graph::Output {
            shape,
            dtype,
            device,
        });
    }
    let n_outputs = made.len();
    if n_outputs == 0 {
        return Err(Error::argument(name, "an op makes at least one array"));
    }
    let call = Call { op, inputs: reads };
    let node = Arc::new(Node::queued(call, made));
    let values = (0..n_outputs).map(|slot| Value::new(node.clone(), slot));
    let entry = rule.and_then(|rule| record(name, rule, edges, values.clone().collect()));
    let arrays = values.enumerate().map(|(slot, value)| {
        let made_by = entry
            .as_ref()
            .map(|entry| Parent::Entry(entry.clone(), slot as u32));
        Array::of_value(value, made_by)
    });
    let arrays: SmallVec<[Array; 1]> = arrays.collect();
    runtime::issue(node, haste);
    if let Some((op, rule)) = noted {
        script::note_issue(op, rule, inputs, &arrays);
    }
    runtime::keep_pace()?;
    Ok(arrays)
}

/// Queues an op that changes the variable of `target`: it reads the current value and `inputs`, and
/// what it makes becomes the current value, with nobody writing in between.
///
/// # Errors
/// Inputs on another device than the target's.
pub(crate) fn update(
    target: &Array,
    kernel: Arc<dyn Kernel>,
    rule: Rule,
    inputs: &[&Array],
) -> Result<()> {
    let name = kernel.name();
    let _issuing = events::issue(name);
    let variable = &target.variable;
    if let Some(other) = inputs
        .iter()
        .find(|input| input.device() != variable.device)
    {
        return Err(devices_differ(name, variable.device, other.device()));
    }
    let op = Op::Kernel(kernel);
    let rule = is_recording().then_some(rule);
    let noted = script::is_writing().then(|| (op.clone(), rule.clone()));
    // Read before the target is locked: an input may be a view of it.
    let sources = inputs.iter().map(|input| edge_of(input)).collect();
    variable.update(|current| changed(current, op, rule, sources));
    if let Some((op, rule)) = noted {
        script::note_update(target, op, rule, inputs);
    }
    runtime::keep_pace()
}

/// Queues an op that reads `current` and `sources`, whose result takes the place of `current`.
pub(super) fn changed(
    current: &mut Current,
    op: Op,
    rule: Option<Rule>,
    sources: SmallVec<[Edge; 2]>,
) {
    let (name, haste) = (op.name(), op.haste());
    let before = &current.value;
    let output = before.output().clone();
    let parent = current.parent().filter(|_| before.dtype().is_inexact());
    let before = Edge::Value(before.clone(), None, parent);
    let edges: SmallVec<[Edge; 2]> = std::iter::once(before).chain(sources).collect();
    let inputs = edges.iter().map(Edge::read).collect();
    let node = Arc::new(Node::queued(
        Call { op, inputs },
        SmallVec::from_buf([output]),
    ));
    let value = Value::new(node.clone(), 0);
    let entry =
        rule.and_then(|rule| record(name, rule, edges, SmallVec::from_iter([value.clone()])));
    current.value = value;
    current.made_by = entry.map(|entry| Parent::Entry(entry, 0));
    // Recorded before anybody can read the new value: readers come later in the order.
    runtime::issue(node, haste);
}

/// The values of `outputs` as arrays that a user's rule differentiates with respect to `inputs`;
/// how the outputs were computed is not recorded.
pub fn custom(rule: Arc<dyn Gradient>, inputs: &[Array], outputs: &[Array]) -> Vec<Array> {
    script::refuse();
    let edges = inputs.iter().map(edge_of);
    let values: SmallVec<[Value; 1]> = outputs.iter().map(Array::value).collect();
    let entry = is_recording()
        .then(|| {
            record(
                "Function",
                Rule::Shared(rule),
                edges.collect(),
                values.clone(),
            )
        })
        .flatten();
    let made = values
        .into_iter()
        .zip(outputs)
        .enumerate()
        .map(|(slot, (value, output))| {
            let made_by = entry
                .as_ref()
                .map(|entry| Parent::Entry(entry.clone(), slot as u32));
            Array {
                layout: output.layout.clone(),
                ..Array::of_value(value, made_by)
            }
        });
    made.collect()
}

/// What an op reads.
fn read(operand: &Operand<'_>) -> Input {
    match *operand {
        Operand::Array(array) => Input::Value(array.value(), array.layout.clone()),
        Operand::Scalar(number) => Input::Scalar(number),
    }
}

/// What a recorded op reads, and where its gradient goes.
fn edge(operand: &Operand<'_>) -> Edge {
    match *operand {
        Operand::Array(array) => edge_of(array),
        Operand::Scalar(number) => Edge::Scalar(number),
    }
}

fn edge_of(array: &Array) -> Edge {
    let current = array.variable.current();
    let parent = current.parent().filter(|_| array.dtype().is_inexact());
    Edge::Value(current.value, array.layout.clone(), parent)
}

/// Puts an op on the tape, unless no gradient would flow through it.
pub(super) fn record(
    name: &'static str,
    rule: Rule,
    inputs: SmallVec<[Edge; 2]>,
    outputs: SmallVec<[Value; 1]>,
) -> Option<Arc<Entry>> {
    let flows = inputs
        .iter()
        .any(|edge| matches!(edge, Edge::Value(.., Some(_))))
        && outputs.iter().any(|value| value.dtype().is_inexact());
    flows.then(|| {
        let saved = Saved {
            rule,
            inputs,
            outputs,
        };
        let entry = Arc::new(Entry::new(name, saved));
        live::note_entry(&entry);
        entry
    })
}

/// The device that all array inputs are on.
fn common_device(op: &'static str, inputs: &[Operand<'_>]) -> Result<Option<Device>> {
    let mut common = None;
    for operand in inputs {
        if let Operand::Array(array) = operand {
            let device = array.device();
            match common {
                Some(other) if other != device => return Err(devices_differ(op, other, device)),
                _ => common = Some(device),
            }
        }
    }
    Ok(common)
}

fn devices_differ(op: &'static str, a: Device, b: Device) -> Error {
    Error::argument(op, format!("arrays are on different devices: {a} and {b}"))
}
