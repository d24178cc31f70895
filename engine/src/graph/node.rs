//! Nodes of the dependency graph: one queued op with the values it makes, and its way from queued
//! to ready or failed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use smallvec::SmallVec;

use super::op::{Haste, Lane, Op};
use super::plan::Plan;
use crate::dtype::DType;
use crate::error::Error;
use crate::memory::{self, Buffer, Contents, Device};
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape};
use crate::site::Site;
use crate::sync::Mutex;

/// The data of a node's values.
pub(crate) type Buffers = SmallVec<[Buffer; 1]>;

/// One op that was issued, and the values that it makes. A node without a call is a value that was
/// ready from the start, such as an imported array.
pub struct Node {
    /// Position in the order of issue; 0 for a value that no op makes.
    seq: AtomicU64,
    /// Where the user's program issued it.
    pub(crate) site: Option<Site>,
    outputs: SmallVec<[Output; 1]>,
    call: Mutex<Option<Call>>,
    /// The data of each output, or the error; boxed, since few nodes fail and every node has room
    /// for it.
    done: OnceLock<Result<Buffers, Box<Error>>>,
    watchers: Mutex<Vec<Watcher>>,
}

/// An op with what it reads, until it runs.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) op: Op,
    pub(crate) inputs: SmallVec<[Input; 2]>,
}

/// Something that an op reads.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A value through a layout; `None` where the whole value is read as it lies.
    Value(Value, Option<Arc<Layout>>),
    /// A number.
    Scalar(Scalar),
}

/// One version of a variable's data: what an op makes, or will make.
#[derive(Clone)]
pub struct Value {
    node: Arc<Node>,
    slot: u32,
}

/// What a value is, whatever its data.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) shape: Shape,
    pub(crate) dtype: DType,
    pub(crate) device: Device,
}

/// How long an op takes, beside handing it to another thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Weight {
    /// No longer: some microseconds.
    Small,
    /// No longer than waking the thread.
    Light,
    /// Longer.
    Full,
}

/// Who is told when a node is done.
pub(crate) enum Watcher {
    /// A step of another batch that reads one of its values.
    Step(Arc<Plan>, u32),
    /// A blocker.
    Wake(Waker),
}

/// The watchers of a node that is done: whoever completed it must tell each of them.
#[must_use = "a watcher that is not told waits for ever"]
pub(crate) struct Completion(pub(crate) Vec<Watcher>);

impl Output {
    /// How many bytes its elements take.
    pub(crate) fn n_bytes(&self) -> usize {
        self.shape.size() * self.dtype.size()
    }

    /// What a block with it holds.
    fn contents(&self, site: Option<Site>) -> Contents {
        Contents {
            shape: self.shape.clone(),
            dtype: self.dtype,
            site,
        }
    }
}

impl Node {
    /// A node for a queued op with these outputs.
    // Inlined, so that it is built where it stays; else it is built elsewhere and copied.
    #[inline(always)]
    pub(crate) fn queued(call: Call, outputs: SmallVec<[Output; 1]>) -> Node {
        for output in &outputs {
            memory::promised(output.device, output.n_bytes());
        }
        Node {
            seq: AtomicU64::new(0),
            site: Site::current(),
            outputs,
            call: Mutex::new(Some(call)),
            done: OnceLock::new(),
            watchers: Mutex::new(Vec::new()),
        }
    }

    /// A node for data that is there already.
    pub(crate) fn ready(shape: Shape, dtype: DType, device: Device, buffer: Buffer) -> Node {
        let output = Output {
            shape,
            dtype,
            device,
        };
        let site = Site::current();
        buffer.describe("array", || output.contents(site));
        Node {
            seq: AtomicU64::new(0),
            site,
            outputs: SmallVec::from_buf([output]),
            call: Mutex::new(None),
            done: OnceLock::from(Ok(Buffers::from_buf([buffer]))),
            watchers: Mutex::new(Vec::new()),
        }
    }

    /// Its position in the order of issue; 0 before it is recorded, or if no op makes it.
    pub(crate) fn seq(&self) -> u64 {
        self.seq.load(Relaxed)
    }

    /// Notes its position; whoever gets the node from the recorder's lock sees it.
    pub(crate) fn set_seq(&self, seq: u64) {
        self.seq.store(seq, Relaxed);
    }

    /// The op and its inputs, to look at; `None` once it runs.
    pub(crate) fn with_call<R>(&self, look: impl FnOnce(&Call) -> R) -> Option<R> {
        self.call.lock().as_ref().map(look)
    }

    /// Takes the op and its inputs out, to run it.
    #[inline]
    pub(crate) fn take_call(&self) -> Option<Call> {
        let call = self.call.lock().take()?;
        for output in &self.outputs {
            memory::kept_promise(output.device, output.n_bytes());
        }
        Some(call)
    }

    /// True if it is queued for the compute lane and each value that it reads is done, or
    /// `is_made_before` it.
    pub(super) fn is_ready_to_run(&self, is_made_before: impl Fn(&Arc<Node>) -> bool) -> bool {
        let ready = self.with_call(|call| {
            let is_done = |input: &Input| match input {
                Input::Value(value, _) => value.is_done() || is_made_before(value.node()),
                Input::Scalar(_) => true,
            };
            call.op.lane() == Lane::Compute && call.inputs.iter().all(is_done)
        });
        ready == Some(true)
    }

    /// How long it takes, from the bytes that it reads and makes.
    pub(super) fn weight(&self, call: &Call) -> Weight {
        const SMALL: usize = 16 << 10;
        const LIGHT: usize = 128 << 10;
        let is_heavy = matches!(call.op.haste(), Haste::Next | Haste::Now);
        if call.op.lane() != Lane::Compute || is_heavy {
            return Weight::Full;
        }
        let n_bytes = |input: &Input| match input {
            Input::Value(value, None) => value.node.n_bytes(),
            Input::Value(value, Some(layout)) => layout.shape.size() * value.dtype().size(),
            Input::Scalar(_) => 0,
        };
        let mut total = self.n_bytes();
        // Of what they read, element-wise ops need no more than they make.
        if let Op::Kernel(_) = call.op {
            let read = call.inputs.iter().map(n_bytes);
            total = read.fold(total, usize::saturating_add);
        }
        if total <= SMALL {
            Weight::Small
        } else if total <= LIGHT {
            Weight::Light
        } else {
            Weight::Full
        }
    }

    /// The bytes of the values that it makes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.outputs.iter().map(Output::n_bytes).sum()
    }

    /// The bytes that its values take of the limit on memory.
    pub(super) fn need(&self) -> usize {
        let outputs = self.outputs.iter();
        outputs
            .map(|output| memory::footprint(output.n_bytes()))
            .fold(0, usize::saturating_add)
    }

    /// How many values it makes.
    pub(crate) fn n_outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Shape, dtype and device of a value it makes.
    pub(crate) fn output(&self, slot: usize) -> (&Shape, DType, Device) {
        let output = &self.outputs[slot];
        (&output.shape, output.dtype, output.device)
    }

    /// True if it is ready or failed.
    pub(crate) fn is_done(&self) -> bool {
        self.done.get().is_some()
    }

    /// The error, if it failed.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.done
            .get()
            .and_then(|done| done.as_ref().err().map(|error| &**error))
    }

    /// Says of the large ones among its buffers what they hold: the results of `op`.
    pub(crate) fn describe(&self, op: &'static str, buffers: &[Buffer]) {
        for (buffer, output) in buffers.iter().zip(&self.outputs) {
            buffer.describe(op, || output.contents(self.site));
        }
    }

    /// Ends the node: its values get their buffers, or the error.
    pub(crate) fn complete(&self, result: Result<Buffers, Error>) -> Completion {
        // The lock orders it with `watch`: a watcher is in the list taken here, or sees `done`.
        let mut watchers = self.watchers.lock();
        let set = self.done.set(result.map_err(Box::new));
        debug_assert!(set.is_ok(), "a node is completed once");
        Completion(std::mem::take(&mut watchers))
    }

    /// Adds a watcher, unless the node is done: then gives it back. A waker that is there already,
    /// such as that of a future which is polled often, is not added again.
    pub(crate) fn watch(&self, watcher: Watcher) -> Result<(), Watcher> {
        let mut watchers = self.watchers.lock();
        if self.is_done() {
            return Err(watcher);
        }
        if !watchers.iter().any(|known| known.is_same_waker(&watcher)) {
            watchers.push(watcher);
        }
        Ok(())
    }
}

impl Watcher {
    fn is_same_waker(&self, other: &Watcher) -> bool {
        matches!((self, other), (Watcher::Wake(a), Watcher::Wake(b)) if a.will_wake(b))
    }
}

impl Value {
    /// The `slot`-th value that `node` makes.
    pub(crate) fn new(node: Arc<Node>, slot: usize) -> Value {
        Value {
            node,
            slot: slot as u32,
        }
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    pub(crate) fn slot(&self) -> usize {
        self.slot as usize
    }

    /// Its shape, dtype and device.
    pub(crate) fn output(&self) -> &Output {
        &self.node.outputs[self.slot as usize]
    }

    /// Its shape.
    pub fn shape(&self) -> &Shape {
        &self.output().shape
    }

    /// Its element type.
    pub fn dtype(&self) -> DType {
        self.output().dtype
    }

    /// Its device.
    pub fn device(&self) -> Device {
        self.output().device
    }

    /// True if it is ready or failed.
    pub fn is_done(&self) -> bool {
        self.node.is_done()
    }

    /// Its data, or the error; `None` while it is queued.
    pub fn data(&self) -> Option<Result<&Buffer, &Error>> {
        self.node.done.get().map(|done| match done {
            Ok(buffers) => Ok(&buffers[self.slot as usize]),
            Err(error) => Err(&**error),
        })
    }

    /// Takes the buffer out if this is the last reference to the value and its memory may be
    /// written, so that an op can write in place.
    pub(crate) fn take_buffer(&mut self) -> Option<Buffer> {
        // `get_mut` succeeds only for the last reference, so nobody can read the value any more.
        let node = Arc::get_mut(&mut self.node)?;
        let buffers = node.done.get_mut()?.as_mut().ok()?;
        match &buffers[..] {
            [only] if only.is_owned() => buffers.pop(),
            _ => None,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.with_call(|call| call.op.name());
        let state = match self.done.get() {
            None => "queued",
            Some(Ok(_)) => "ready",
            Some(Err(_)) => "failed",
        };
        write!(f, "{}#{} ({state})", op.unwrap_or("value"), self.seq())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {:?}", self.dtype(), self.shape(), self.node)
    }
}

/// A long chain of queued ops is dropped without recursion: each call's inputs are taken out
/// before the node that held them goes.
impl Drop for Node {
    fn drop(&mut self) {
        let mut open: Vec<Call> = Vec::new();
        let mut next = self.take_call();
        while let Some(call) = next {
            for input in call.inputs {
                if let Input::Value(value, _) = input
                    && let Some(node) = Arc::into_inner(value.node)
                {
                    open.extend(node.take_call());
                }
            }
            next = open.pop();
        }
    }
}
