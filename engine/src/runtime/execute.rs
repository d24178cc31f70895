//! Running one group of a step: memory is taken, the kernel runs, the values become ready or failed, the
//! inputs are let go, and whoever watched the values is returned to be told.
#![expect(
    unsafe_code,
    reason = "element-wise programs run on pointers into buffers"
)]

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use smallvec::SmallVec;

use super::failures;
use crate::dispatch;
use crate::dtype::DType;
use crate::error::{Error, Failure, Result};
use crate::graph::{Buffers, Call, Completion, Element, Input, Kernel, Node, Nodes, Op, Run};
use crate::graph::{TensorMut, TensorRef, Value, Watcher};
use crate::kernels::Tiles;
use crate::kernels::blocks::{Block, Cast, cast};
use crate::kernels::finish::Then;
use crate::kernels::program::{self, Few, Program, Read, Source};
use crate::kernels::reduce::Blocks;
use crate::memory::Buffer;
use crate::profile::events;
use crate::scalar::Scalar;
use crate::shape::Layout;

/// What the ops of a group are and read, taken out of their nodes.
type Calls = SmallVec<[Call; 1]>;
/// What a kernel writes.
type Outputs = SmallVec<[TensorMut; 1]>;

/// Runs the ops of a group and returns the watchers of their values.
pub(super) fn run_group(mut nodes: Nodes, tiles: &dyn Tiles) -> Vec<Watcher> {
    // An op whose last reader went away while it was queued is not run.
    nodes.retain(|node| Arc::strong_count(node) > 1);
    if nodes.is_empty() {
        return Vec::new();
    }
    let _running = events::run(&nodes);
    if let [node] = &nodes[..] {
        return run_one(node, take_call(node), tiles);
    }
    let mut calls = Calls::new();
    for node in &nodes {
        calls.push(take_call(node));
    }
    if calls.iter().all(|call| first_failure(call).is_none()) {
        return run_elements(&nodes, calls, tiles);
    }
    // One by one, so that only what depends on a failure fails.
    let each = nodes.iter().zip(calls);
    each.flat_map(|(node, call)| run_one(node, call, tiles))
        .collect()
}

fn take_call(node: &Node) -> Call {
    node.take_call().expect("a queued node has its call")
}

/// Fails an op that could not be planned.
pub(super) fn fail(node: &Arc<Node>, panic: &(dyn Any + Send)) -> Vec<Watcher> {
    match node.take_call() {
        Some(call) => finish(node, &call, Err(panicked(panic))),
        None => Vec::new(),
    }
}

fn run_one(node: &Arc<Node>, mut call: Call, tiles: &dyn Tiles) -> Vec<Watcher> {
    if let Some(error) = first_failure(&call) {
        return finish(node, &call, Err(error));
    }
    let result = match call.op {
        Op::Kernel(ref kernel) => {
            guarded(&mut || run_kernel(node, &**kernel, &mut call.inputs, None, tiles))
        }
        Op::Element(element) => match Direct::new(node, element, &call.inputs) {
            Some(direct) => guarded(&mut || direct.run(node)),
            None => {
                let calls = SmallVec::from_buf([call]);
                return run_elements(std::slice::from_ref(node), calls, tiles);
            }
        },
    };
    finish(node, &call, result)
}

/// A single op on few elements that are read as they lie: what putting a program together would
/// cost more than running it.
struct Direct {
    element: Element,
    block: Block,
    sources: SmallVec<[Few; 3]>,
}

impl Direct {
    /// The op, unless it needs a program: for many elements, or other layouts or dtypes.
    fn new(node: &Node, element: Element, inputs: &[Input]) -> Option<Direct> {
        let (shape, dtype, _) = node.output(0);
        let block = block_of(element, dtype, inputs);
        if shape.size() > program::FEW || block.to != dtype {
            return None;
        }
        let mut sources = SmallVec::new();
        for (input, from) in inputs.iter().zip(block.from) {
            sources.push(match input {
                Input::Scalar(number) => Few::Constant(bytes_of(*number, from)),
                Input::Value(value, None) if value.shape() == shape && value.dtype() == from => {
                    Few::Dense(data_of(value).as_ptr())
                }
                Input::Value(..) => return None,
            });
        }
        Some(Direct {
            element,
            block,
            sources,
        })
    }

    fn run(&self, node: &Node) -> Result<Buffers> {
        let mut buffers = Buffers::new();
        buffers.push(new_output(self.element.def.name, node, 0)?);
        let n = node.output(0).0.size();
        // SAFETY: the sources are values that are done, of the output's shape and the block's
        // dtypes; their inputs are held by the caller. The output is new.
        unsafe { program::run_few(&self.block, &self.sources, buffers[0].as_mut_ptr(), n) };
        Ok(buffers)
    }
}

/// Ends a node and lets its inputs go.
fn finish(node: &Node, call: &Call, result: Result<Buffers>) -> Vec<Watcher> {
    let op = call.op.name();
    let Completion(watchers) = node.complete(match result {
        Ok(buffers) => {
            node.describe(op, &buffers);
            Ok(buffers)
        }
        Err(error) => Err(failure(node, op, &call.inputs, error)),
    });
    watchers
}

/// The error as the failure of an op; one that comes from an input stays what it is.
fn failure(node: &Node, op: &'static str, inputs: &[Input], cause: Error) -> Error {
    let cause = match cause {
        Error::Failed(_) => {
            events::failed(node);
            return cause;
        }
        Error::Panic { message, .. } => Error::Panic { op, message },
        cause => cause,
    };
    let inputs = inputs.iter().filter_map(|input| match input {
        Input::Value(value, None) => Some((value.dtype(), value.shape().clone())),
        Input::Value(value, Some(layout)) => Some((value.dtype(), layout.shape.clone())),
        Input::Scalar(_) => None,
    });
    let inputs = inputs.collect();
    let failure = Arc::new(Failure {
        cause,
        op,
        inputs,
        site: node.site,
    });
    failures::note(node.seq(), failure.clone());
    events::failed(node);
    Error::Failed(failure)
}

/// Runs `body`; a panic in it becomes an error.
fn guarded<R>(body: &mut dyn FnMut() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Panic {
        op: "kernel",
        message: text.unwrap_or_else(|| "no message".to_owned()),
    }
}

/// The failure of the first input that failed.
fn first_failure(call: &Call) -> Option<Error> {
    call.inputs.iter().find_map(|input| match input {
        Input::Value(value, _) => value.node().failure().cloned(),
        Input::Scalar(_) => None,
    })
}

/// The buffer of an input; the caller has seen that no input failed.
fn data_of(value: &Value) -> &Buffer {
    let data = value
        .data()
        .expect("a step starts when its inputs are done");
    data.expect("a step with a failed input does not run")
}

fn run_kernel(
    node: &Node,
    kernel: &dyn Kernel,
    inputs: &mut [Input],
    made: Option<&dyn Blocks>,
    tiles: &dyn Tiles,
) -> Result<Buffers> {
    let mut outputs = outputs(node, kernel, inputs)?;
    let first = usize::from(kernel.updates_first_input());
    kernel.run(&mut Run {
        inputs: &tensor_refs(&inputs[first..]),
        made,
        outputs: &mut outputs,
        tiles,
        then: Then::NOTHING,
    })?;
    let mut buffers = Buffers::new();
    for output in outputs {
        buffers.push(output.buffer);
    }
    Ok(buffers)
}

/// Memory for what a kernel makes.
fn outputs(node: &Node, kernel: &dyn Kernel, inputs: &mut [Input]) -> Result<Outputs> {
    let updates = kernel.updates_first_input();
    let mut outputs = Outputs::new();
    for slot in 0..node.n_outputs() {
        let (shape, dtype, _) = node.output(slot);
        let buffer = match inputs.first_mut() {
            Some(Input::Value(value, _)) if updates && slot == 0 => updated(kernel.name(), value)?,
            _ => new_output(kernel.name(), node, slot)?,
        };
        outputs.push(TensorMut {
            buffer,
            dtype,
            shape: shape.clone(),
        });
    }
    Ok(outputs)
}

fn new_output(op: &'static str, node: &Node, slot: usize) -> Result<Buffer> {
    let (shape, dtype, device) = node.output(slot);
    let buffer = Buffer::new(op, shape.size() * dtype.size(), device)?;
    events::room(node, buffer.len());
    Ok(buffer)
}

/// The contents of a value to write to: its own memory if nobody else needs it, else a copy.
fn updated(op: &'static str, value: &mut Value) -> Result<Buffer> {
    if let Some(buffer) = value.take_buffer() {
        return Ok(buffer);
    }
    let old = data_of(value);
    let mut copy = Buffer::new(op, old.len(), old.device())?;
    copy.as_mut_slice::<u8>().copy_from_slice(old.as_slice());
    Ok(copy)
}

fn tensor_refs(inputs: &[Input]) -> SmallVec<[TensorRef<'_>; 4]> {
    let mut refs = SmallVec::new();
    for input in inputs {
        refs.push(tensor_ref(input));
    }
    refs
}

fn tensor_ref(input: &Input) -> TensorRef<'_> {
    let Input::Value(value, layout) = input else {
        unreachable!("kernels read arrays; numbers are part of the kernel")
    };
    let layout = match layout {
        Some(layout) => Layout::clone(layout),
        None => Layout::dense(value.shape().clone()),
    };
    TensorRef {
        buffer: data_of(value),
        dtype: value.dtype(),
        layout,
    }
}

/// Runs element-wise ops of one shape, whose inputs have not failed, in a single pass, and in the
/// same pass the kernel that takes what they make, if the last op is one, or the kernel whose output
/// they read, if one is among them.
fn run_elements(nodes: &[Arc<Node>], mut calls: Calls, tiles: &dyn Tiles) -> Vec<Watcher> {
    let mut work = WORK.take().unwrap_or_default();
    let mut group = Group {
        nodes,
        work: &mut work,
        given: None,
    };
    let result = guarded(&mut || group.run(&mut calls, tiles));
    let mut watchers = Vec::new();
    match result {
        Ok(made) => {
            for (&i, buffer) in work.needed.iter().zip(work.buffers.drain(..)) {
                let mut only = Buffers::new();
                only.push(buffer);
                watchers.extend(finish(&nodes[i], &calls[i], Ok(only)));
            }
            if let Some((at, made)) = made {
                watchers.extend(finish(&nodes[at], &calls[at], Ok(made)));
            }
        }
        Err(mut error) => {
            // One pass, one failure: that of the kernel whose output is read, else that of the last
            // op, which the others share.
            for (node, call) in nodes.iter().zip(&calls).rev() {
                error = failure(node, call.op.name(), &work.inputs, error);
                watchers.extend(finish(node, call, Err(error.clone())));
            }
        }
    }
    work.clear();
    WORK.set(Some(work));
    watchers
}

thread_local! {
    /// Kept from one group to the next; whoever runs a group inside of another gets a new one.
    static WORK: Cell<Option<Box<Work>>> = const { Cell::new(None) };
}

/// What is put together to run a group.
#[derive(Default)]
struct Work {
    program: Program,
    /// What the program reads, each once.
    inputs: Vec<Input>,
    /// The dtype of each input; a constant is written in it.
    dtypes: Vec<DType>,
    /// Where the results of nodes before the current one are.
    results: Vec<Read>,
    /// The nodes whose values somebody outside reads, in the order of the program's outputs.
    needed: Vec<usize>,
    sources: Vec<Source>,
    /// The memory of the outputs.
    buffers: Vec<Buffer>,
}

impl Work {
    /// Lets everything go but the memory of the lists.
    fn clear(&mut self) {
        self.program.clear();
        self.inputs.clear();
        self.dtypes.clear();
        self.results.clear();
        self.needed.clear();
        self.sources.clear();
        self.buffers.clear();
    }
}

/// Element-wise nodes on their way into one program.
struct Group<'a> {
    nodes: &'a [Arc<Node>],
    work: &'a mut Work,
    /// What the program reads part by part as it is made.
    given: Option<Given>,
}

/// The output of a kernel whose parts the program goes on with.
struct Given {
    /// The position of the kernel's op.
    at: usize,
    kernel: Arc<dyn Kernel>,
    output: TensorMut,
    /// True if somebody outside of the group reads it.
    is_needed: bool,
    /// Its position among the inputs of the program.
    input: usize,
    /// The output of the program that is written over it.
    heir: Option<usize>,
}

impl Group<'_> {
    /// Runs the nodes. The buffers of the element-wise ones that are needed are left in `work`;
    /// returned is what a kernel among them has made, with its position, if it is needed.
    fn run(&mut self, calls: &mut [Call], tiles: &dyn Tiles) -> Result<Option<(usize, Buffers)>> {
        self.find_needed(calls);
        let nodes = self.nodes;
        let mut end = None;
        for i in 0..calls.len() {
            if calls[i].op.gives_parts() {
                self.give(i, calls)?;
                continue;
            }
            let call = &mut calls[i];
            match &call.op {
                Op::Element(element) => self.push(i, *element, &mut call.inputs),
                Op::Kernel(kernel) => {
                    let input = call
                        .inputs
                        .pop()
                        .expect("a kernel at the end reads one value");
                    let dtype = match &input {
                        Input::Value(value, _) => value.dtype(),
                        Input::Scalar(_) => unreachable!("it reads what an op of the group made"),
                    };
                    let read = self.read(input, dtype);
                    self.work.program.give(read);
                    end = Some((i, kernel.clone()));
                }
            }
        }
        if self.nodes.len() > 1 {
            self.work.program.pair();
            self.work.program.allocate_registers();
        }
        let (shape, ..) = self.nodes[0].output(0);
        for input in 0..self.work.inputs.len() {
            let source = self.source(input);
            self.work.sources.push(source);
        }
        self.take_outputs(calls)?;
        let outputs = self.output_pointers();
        let work = &mut *self.work;
        let mut made = None;
        // SAFETY: sources are values that are done, or the output of the kernel that gives its
        // parts, read through layouts of the group's shape, and their values are held in `inputs`
        // (or their memory in `buffers`, or in `given`); outputs are fresh or taken over from a
        // source by the rule in `take_outputs`. That kernel tells of what it has written.
        let running = unsafe { work.program.blocks(shape, &work.sources, &outputs) };
        if let Some(mut given) = self.given.take() {
            let call = &calls[given.at];
            let mut run = || {
                given.kernel.run(&mut Run {
                    inputs: &tensor_refs(&call.inputs),
                    made: None,
                    outputs: std::slice::from_mut(&mut given.output),
                    tiles,
                    then: Then::new(&running),
                })
            };
            let failed = |cause| failure(&nodes[given.at], call.op.name(), &call.inputs, cause);
            guarded(&mut run).map_err(failed)?;
            match given.heir {
                Some(output) => work.buffers.insert(output, given.output.buffer),
                None if given.is_needed => {
                    made = Some((given.at, Buffers::from_iter([given.output.buffer])));
                }
                None => {}
            }
        } else if let Some((at, kernel)) = end {
            let taken = run_kernel(&nodes[at], &*kernel, &mut [], Some(&running), tiles)?;
            made = Some((at, taken));
        } else {
            running.run(tiles);
        }
        // Before anybody learns that the outputs are ready: who waits may count references.
        work.inputs.clear();
        Ok(made)
    }

    /// Finds the element-wise nodes that are needed.
    fn find_needed(&mut self, calls: &[Call]) {
        for (i, call) in calls.iter().enumerate() {
            if matches!(call.op, Op::Element(_)) && self.is_needed(i, calls) {
                self.work.needed.push(i);
            }
        }
    }

    /// True if a node has more references than this step's own and those inside the group.
    fn is_needed(&self, i: usize, calls: &[Call]) -> bool {
        let node = &self.nodes[i];
        let inside = |input: &&Input| matches!(input, Input::Value(value, _) if Arc::ptr_eq(value.node(), node));
        let n_inside: usize = if self.nodes.len() == 1 {
            0
        } else {
            calls
                .iter()
                .map(|call| call.inputs.iter().filter(inside).count())
                .sum()
        };
        Arc::strong_count(node) > 1 + n_inside
    }

    /// Makes the output of the `i`-th node, whose kernel gives its parts, an input of the program.
    fn give(&mut self, i: usize, calls: &mut [Call]) -> Result<()> {
        let (node, is_needed) = (&self.nodes[i], self.is_needed(i, calls));
        let Call { op, inputs } = &mut calls[i];
        let Op::Kernel(kernel) = &*op else {
            unreachable!("an element-wise op has no parts to give")
        };
        let outputs = outputs(node, &**kernel, inputs);
        let mut outputs = outputs.map_err(|cause| failure(node, op.name(), inputs, cause))?;
        let output = outputs.pop();
        let input = self.input(Value::new(node.clone(), 0), None);
        self.work.results.push(Read::Input(input));
        self.given = Some(Given {
            at: i,
            kernel: kernel.clone(),
            output: output.expect("a kernel that gives its parts makes one value"),
            is_needed,
            input: usize::from(input),
            heir: None,
        });
        Ok(())
    }

    /// Where the program writes.
    fn output_pointers(&mut self) -> SmallVec<[*mut u8; 4]> {
        let mut pointers = SmallVec::new();
        for buffer in &mut self.work.buffers {
            pointers.push(buffer.as_mut_ptr());
        }
        if let Some(given) = &mut self.given
            && let Some(output) = given.heir
        {
            pointers.insert(output, given.output.buffer.as_mut_ptr());
        }
        pointers
    }

    /// Adds the `i`-th node's block, with casts where its inputs or its output need them.
    fn push(&mut self, i: usize, element: Element, inputs: &mut SmallVec<[Input; 2]>) {
        let (_, dtype, _) = self.nodes[i].output(0);
        let block = block_of(element, dtype, inputs);
        let mut reads: SmallVec<[Read; 3]> = SmallVec::new();
        // The group holds what it reads once; a value that is read twice is then held once, and
        // may be written in place if that was the last reference.
        for (input, dtype) in std::mem::take(inputs).into_iter().zip(block.from) {
            reads.push(self.read(input, dtype));
        }
        let mut result = self.work.program.push(block, &reads);
        if dtype != block.to {
            result = self.work.program.push(cast(block.to, dtype), &[result]);
        }
        self.work.results.push(result);
        if self.work.needed.contains(&i) {
            self.work.program.output();
        }
    }

    /// How a block that wants `dtype` reads `input`.
    fn read(&mut self, input: Input, dtype: DType) -> Read {
        let (read, from) = match input {
            Input::Scalar(number) => (Read::Input(self.constant(number, dtype)), dtype),
            Input::Value(value, layout) => {
                let mut before = self.nodes[..self.work.results.len()].iter();
                let inside = before.position(|node| Arc::ptr_eq(node, value.node()));
                let from = value.dtype();
                let read = match inside {
                    Some(at) => self.work.results[at],
                    None => Read::Input(self.input(value, layout)),
                };
                (read, from)
            }
        };
        if from == dtype {
            read
        } else {
            self.work.program.push(cast(from, dtype), &[read])
        }
    }

    /// The position of a value among the inputs, added if it is new.
    fn input(&mut self, value: Value, layout: Option<Arc<Layout>>) -> u16 {
        let same = |input: &Input| match input {
            Input::Value(other, read) => {
                Arc::ptr_eq(other.node(), value.node())
                    && other.slot() == value.slot()
                    && *read == layout
            }
            Input::Scalar(_) => false,
        };
        let known = self.work.inputs.iter().position(same);
        let at = known.unwrap_or_else(|| {
            self.work.dtypes.push(value.dtype());
            self.work.inputs.push(Input::Value(value, layout));
            self.work.inputs.len() - 1
        });
        at as u16
    }

    /// The position of a number among the inputs, added if it is new: each takes room in the
    /// first-level cache.
    fn constant(&mut self, number: Scalar, dtype: DType) -> u16 {
        let bytes = bytes_of(number, dtype);
        let same = |(input, &constant): (&Input, &DType)| match *input {
            Input::Scalar(other) => constant == dtype && bytes_of(other, dtype) == bytes,
            Input::Value(..) => false,
        };
        let found = self
            .work
            .inputs
            .iter()
            .zip(&self.work.dtypes)
            .position(same);
        let at = found.unwrap_or_else(|| {
            self.work.inputs.push(Input::Scalar(number));
            self.work.dtypes.push(dtype);
            self.work.inputs.len() - 1
        });
        at as u16
    }

    /// Where the program finds an input.
    fn source(&self, input: usize) -> Source {
        let (shape, ..) = self.nodes[0].output(0);
        match &self.work.inputs[input] {
            Input::Scalar(number) => {
                let dtype = self.work.dtypes[input];
                Source::constant(bytes_of(*number, dtype), dtype.size())
            }
            Input::Value(value, layout) => {
                let start = match &self.given {
                    Some(given) if given.input == input => given.output.buffer.as_ptr(),
                    _ => data_of(value).as_ptr(),
                };
                let itemsize = value.dtype().size();
                if layout.is_none() && value.shape() == shape {
                    return Source::dense(start, itemsize);
                }
                let dense = || Layout::dense(value.shape().clone());
                let layout = layout
                    .as_ref()
                    .map_or_else(dense, |layout| Layout::clone(layout));
                let layout = layout
                    .broadcast_to(shape)
                    .expect("the op's shape rule has seen it");
                Source::strided(start, &layout, itemsize)
            }
        }
    }

    /// Memory for the outputs: that of an input which nobody else holds and which no block reads
    /// after the output is written, first that of a kernel that gives its parts, else new.
    fn take_outputs(&mut self, calls: &[Call]) -> Result<()> {
        let work = &mut *self.work;
        for (output, &i) in work.needed.iter().enumerate() {
            let (shape, dtype, device) = self.nodes[i].output(0);
            let writer = work.program.writer_of(output);
            if let Some(given) = &mut self.given
                && !given.is_needed
                && given.heir.is_none()
                && given.output.dtype.size() == dtype.size()
                && work.program.last_reader_of(given.input) <= writer
            {
                given.heir = Some(output);
                continue;
            }
            let mut buffer = None;
            for (at, input) in work.inputs.iter_mut().enumerate() {
                if let Input::Value(value, None) = input
                    && value.shape() == shape
                    && value.dtype().size() == dtype.size()
                    && value.device() == device
                    && work.program.last_reader_of(at) <= writer
                {
                    buffer = value.take_buffer();
                    if buffer.is_some() {
                        break;
                    }
                }
            }
            let new = || new_output(calls[i].op.name(), &self.nodes[i], 0);
            work.buffers.push(buffer.map_or_else(new, Ok)?);
        }
        Ok(())
    }
}

/// The block of an op with results of `dtype`.
fn block_of(element: Element, dtype: DType, inputs: &[Input]) -> Block {
    let block = (element.def.block)(element.compute);
    let block = block.expect("the op's dtype rule chose a dtype that it takes");
    if block.to == dtype {
        return block;
    }
    let dtype_of = |i: usize| match inputs.get(i) {
        Some(Input::Value(value, _)) => Some(value.dtype()),
        _ => None,
    };
    block.in_half(dtype, [0, 1].map(dtype_of))
}

/// A number as the bytes of one element.
fn bytes_of(number: Scalar, dtype: DType) -> [u8; 16] {
    let mut bytes = [0; 16];
    dispatch!(all, dtype, T => {
        let element: T = match number {
            Scalar::Bool(x) => x.cast(),
            Scalar::Int(x) => x.cast(),
            Scalar::Float(x) => x.cast(),
            Scalar::Complex(x) => x.cast(),
        };
        // SAFETY: an element is at most 16 bytes, plain data without padding.
        unsafe { std::ptr::write_unaligned(bytes.as_mut_ptr().cast::<T>(), element) };
    });
    bytes
}
