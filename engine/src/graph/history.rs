//! What was planned lately: enough to draw the graph of values whose ops have run and are gone.

use crossbeam_utils::CachePadded;
use parking_lot::{Mutex, MutexGuard};
use smallvec::SmallVec;

use super::node::{Call, Input, Node};
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

/// The latest ops; the oldest is overwritten.
pub(super) struct History {
    records: Vec<Record>,
    next: usize,
}

static HISTORY: CachePadded<Mutex<History>> = CachePadded::new(Mutex::new(History {
    records: Vec::new(),
    next: 0,
}));

/// The history, to add several ops under one lock.
pub(super) fn lock() -> MutexGuard<'static, History> {
    HISTORY.lock()
}

impl History {
    /// Remembers a queued op.
    pub(super) fn note(&mut self, node: &Node, call: &Call) {
        if self.records.len() < CAPACITY {
            self.records.push(Record::new(node, call));
        } else {
            // In its place: a record is a few cache lines, which a new one would be copied over.
            self.records[self.next].set(node, call);
            self.next = (self.next + 1) % CAPACITY;
        }
    }

    /// The op with this position, if it is still remembered.
    pub(super) fn find(&self, seq: u64) -> Option<Record> {
        let found = self.records.iter().find(|record| record.seq == seq);
        found.cloned()
    }
}

impl Record {
    /// What a queued op is remembered as.
    pub(super) fn new(node: &Node, call: &Call) -> Record {
        let mut record = Record {
            seq: 0,
            op: "",
            shape: Shape::default(),
            dtype: DType::Bool,
            inputs: SmallVec::new(),
        };
        record.set(node, call);
        record
    }

    fn set(&mut self, node: &Node, call: &Call) {
        let (shape, dtype, _) = node.output(0);
        self.seq = node.seq();
        self.op = call.op.name();
        self.shape = shape.clone();
        self.dtype = dtype;
        self.inputs.clear();
        for input in &call.inputs {
            self.inputs.push(match input {
                Input::Scalar(number) => Source::Number(*number),
                Input::Value(value, _) if value.node().seq() > 0 => Source::Op(value.node().seq()),
                Input::Value(value, _) => Source::Data(value.dtype(), value.shape().clone()),
            });
        }
    }
}
