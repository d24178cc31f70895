//! The tape: while recording, what each op read and made, so that backward can apply its gradient
//! rule.
//!
//! The tape hangs on values, not in a list: a recorded value knows the entry that made it, an entry
//! knows the entries of its inputs. What nobody can differentiate any more is freed with its values.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::Array;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Input, Value};
use crate::memory::Device;
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape};

/// The gradient of an op: gradients of its outputs in, gradients of its inputs out, in ordinary
/// array code, so that it can be recorded and differentiated again.
pub trait Gradient: Send + Sync {
    /// One entry for each input of the op; `None` where no gradient flows. A gradient has the
    /// shape that its input has after broadcasting: summing over broadcast axes is the caller's.
    ///
    /// # Errors
    /// Whatever the ops in it refuse.
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads>;
}

/// Gradients for the inputs of an op, in order.
pub type Grads = SmallVec<[Option<Array>; 2]>;

/// How an op is differentiated.
#[derive(Clone)]
pub enum Rule {
    /// A function, for ops without parameters.
    Static(fn(&Backward<'_>) -> Result<Grads>),
    /// The op itself, with its parameters.
    Shared(Arc<dyn Gradient>),
}

/// What a gradient rule works with.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The op's array inputs as it read them; for a number, a 0-d array of it.
    pub inputs: &'a [Array],
    /// What it made.
    pub outputs: &'a [Array],
    /// Gradients of what it made; one that nobody used is zeros.
    pub grads: &'a [Array],
    /// Whether anybody wants the gradient of each input: a rule may leave out others.
    pub wanted: &'a [bool],
}

impl Backward<'_> {
    /// The gradient of the first output.
    pub fn g(&self) -> &Array {
        &self.grads[0]
    }

    /// The gradient of input `i` from `rule`, if it is wanted.
    pub fn when_wanted(
        &self,
        i: usize,
        rule: impl FnOnce() -> Result<Array>,
    ) -> Result<Option<Array>> {
        if self.wanted[i] {
            rule().map(Some)
        } else {
            Ok(None)
        }
    }
}

/// What backward does with the gradient of a leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GradReq {
    /// Nothing; no gradient is kept.
    Null,
    /// Replaces the gradient of before.
    Write,
    /// Adds to it.
    Add,
}

/// Where the gradient of a variable is collected.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) grad: Array,
    pub(crate) req: GradReq,
}

/// Where a gradient flows to.
#[derive(Clone, Debug)]
pub(crate) enum Parent {
    /// An output of a recorded op.
    Entry(Arc<Entry>, u32),
    /// A leaf.
    Leaf(Arc<Leaf>),
}

/// A recorded op.
pub(crate) struct Entry {
    /// Entries are recorded in this order, and differentiated in the reverse.
    pub(crate) order: u64,
    pub(crate) name: &'static str,
    pub(crate) outputs: SmallVec<[(Shape, DType, Device); 1]>,
    /// `None` after a backward that did not retain the graph.
    saved: Mutex<Option<Saved>>,
}

/// What backward needs of a recorded op.
#[derive(Clone)]
pub(crate) struct Saved {
    pub(crate) rule: Rule,
    pub(crate) inputs: SmallVec<[Edge; 2]>,
    pub(crate) outputs: SmallVec<[Value; 1]>,
}

/// An input of a recorded op.
#[derive(Clone, Debug)]
pub(crate) enum Edge {
    /// A value as it was read, and where its gradient goes.
    Value(Value, Option<Arc<Layout>>, Option<Parent>),
    /// A number.
    Scalar(Scalar),
}

impl Edge {
    /// What the op itself reads.
    pub(crate) fn read(&self) -> Input {
        match self {
            Edge::Value(value, layout, _) => Input::Value(value.clone(), layout.clone()),
            Edge::Scalar(number) => Input::Scalar(*number),
        }
    }
}

static NEXT_ORDER: AtomicU64 = AtomicU64::new(1);

impl Entry {
    pub(crate) fn new(name: &'static str, saved: Saved) -> Entry {
        let outputs = saved.outputs.iter();
        Entry {
            order: NEXT_ORDER.fetch_add(1, Relaxed),
            name,
            outputs: outputs
                .map(|v| (v.shape().clone(), v.dtype(), v.device()))
                .collect(),
            saved: Mutex::new(Some(saved)),
        }
    }

    /// Looks at what backward needs, if it is still there.
    pub(super) fn with_saved(&self, look: impl FnOnce(&Saved)) {
        if let Some(saved) = &*self.saved.lock() {
            look(saved);
        }
    }

    /// What backward needs, kept for another backward if `retain`.
    ///
    /// # Errors
    /// [`Error::Autograd`] if an earlier backward has freed it.
    pub(crate) fn saved(&self, retain: bool) -> Result<Saved> {
        let mut saved = self.saved.lock();
        let found = if retain { saved.clone() } else { saved.take() };
        found.ok_or_else(|| Error::Autograd {
            op: "backward",
            fact: format!(
                "the graph of {} was freed by an earlier backward; that one needs retain_graph=True",
                self.name
            ),
        })
    }
}

/// A long tape is freed without recursion.
impl Drop for Entry {
    fn drop(&mut self) {
        let mut open: Vec<Saved> = self.saved.get_mut().take().into_iter().collect();
        while let Some(mut saved) = open.pop() {
            for edge in saved.inputs.drain(..) {
                if let Edge::Value(.., Some(Parent::Entry(entry, _))) = edge
                    && let Some(mut entry) = Arc::into_inner(entry)
                {
                    open.extend(entry.saved.get_mut().take());
                }
            }
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.name, self.order)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rule")
    }
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode { recording: false, training: false }) };
}

#[derive(Clone, Copy, Debug)]
struct Mode {
    recording: bool,
    training: bool,
}

/// True if this thread records ops for backward.
pub fn is_recording() -> bool {
    MODE.get().recording
}

/// True if this thread runs layers in training mode (dropout drops, batch norm measures).
pub fn is_training() -> bool {
    MODE.get().training
}

/// Switches recording and training for this thread; what is `None` stays as it is. Returns the
/// modes of before.
pub fn set_mode(recording: Option<bool>, training: Option<bool>) -> (bool, bool) {
    let old = MODE.get();
    MODE.set(Mode {
        recording: recording.unwrap_or(old.recording),
        training: training.unwrap_or(old.training),
    });
    (old.recording, old.training)
}

/// Modes that last until this is dropped.
///
/// ```
/// use forerun_engine::{Array, GradReq, Scope};
///
/// let x = Array::from_slice(&[1.0f32, 2.0]);
/// x.attach_grad(GradReq::Write)?;
/// let y = {
///     let _recording = Scope::record(true);
///     &x * &x
/// };
/// y.backward()?;
/// assert_eq!(x.grad().expect("attached").to_vec::<f32>()?, [2.0, 4.0]);
/// # Ok::<(), forerun_engine::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the modes end when this is dropped"]
pub struct Scope {
    before: (bool, bool),
}

impl Scope {
    /// Records, in training mode or not.
    pub fn record(training: bool) -> Scope {
        Scope {
            before: set_mode(Some(true), Some(training)),
        }
    }

    /// Does not record; the training mode stays.
    pub fn pause() -> Scope {
        Scope {
            before: set_mode(Some(false), None),
        }
    }

    /// Records if `on`; the training mode stays.
    pub(crate) fn recording(on: bool) -> Scope {
        Scope {
            before: set_mode(Some(on), None),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        set_mode(Some(self.before.0), Some(self.before.1));
    }
}
