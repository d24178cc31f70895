//! What was planned lately: enough to draw the graph of values whose ops have run and are gone.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::node::{Input, Node};
use crate::dtype::DType;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Ops that are remembered.
const CAPACITY: usize = 4096;

/// One op, without its data.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) seq: u64,
    pub(super) op: &'static str,
    pub(super) shape: Shape,
    pub(super) dtype: DType,
    pub(super) inputs: SmallVec<[Source; 2]>,
}

/// What an op read.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// What another op made.
    Op(u64),
    /// Data that no op made.
    Data(DType, Shape),
    /// A number.
    Number(Scalar),
}

static HISTORY: Mutex<VecDeque<Record>> = Mutex::new(VecDeque::new());

/// Remembers queued ops, under one lock for all of them.
pub(super) fn note<'a>(nodes: impl IntoIterator<Item = &'a Arc<Node>>) {
    let mut history = HISTORY.lock();
    for record in nodes.into_iter().filter_map(|node| record(node)) {
        if history.len() == CAPACITY {
            history.pop_front();
        }
        history.push_back(record);
    }
}

/// What a queued op would be remembered as; `None` once it has run.
pub(super) fn record(node: &Node) -> Option<Record> {
    node.with_call(|call| {
        let (shape, dtype, _) = node.output(0);
        let mut inputs = SmallVec::new();
        for input in &call.inputs {
            inputs.push(match input {
                Input::Scalar(number) => Source::Number(*number),
                Input::Value(value, _) if value.node().seq() > 0 => Source::Op(value.node().seq()),
                Input::Value(value, _) => Source::Data(value.dtype(), value.shape().clone()),
            });
        }
        Record {
            seq: node.seq(),
            op: call.op.name(),
            shape: shape.clone(),
            dtype,
            inputs,
        }
    })
}

/// The op with this position, if it is still remembered.
pub(super) fn find(seq: u64) -> Option<Record> {
    let history = HISTORY.lock();
    history
        .iter()
        .rev()
        .find(|record| record.seq == seq)
        .cloned()
}
