//! What is live, and who holds it. Large variables and the entries of the tape that refer to large
//! values are noted when they are made, as weak references that are forgotten in passing; together
//! with the pool's list of large blocks that tells who keeps the memory, when somebody asks.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::tape::{Edge, Entry};
use super::variable::Variable;
use crate::dtype::DType;
use crate::graph::Value;
use crate::memory::{self, Block, Device};
use crate::shape::Shape;
use crate::site::Site;

/// A large value: one that takes memory, will take it, or failed to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Live {
    /// Bytes that it takes, or will take while it is queued.
    pub bytes: usize,
    /// The device it is accounted on.
    pub device: Device,
    /// The op that made it; `None` while it is queued.
    pub op: Option<&'static str>,
    /// Its shape and dtype; `None` for what is being computed, and what kernels need for that.
    pub contents: Option<(Shape, DType)>,
    /// Where the user's program issued it.
    pub site: Option<Site>,
    /// Whether it is queued, ready or failed.
    pub state: State,
    /// Who holds it.
    pub holders: Holders,
}

/// The state of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// To be computed.
    Queued,
    /// Computed.
    Ready,
    /// Its op, or one before it, failed.
    Failed,
}

/// How many hold a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Holders {
    /// Arrays whose current value it is, views included.
    pub arrays: usize,
    /// Entries of the tape that backward needs it for.
    pub tape: usize,
    /// NumPy arrays and others outside that share its memory.
    pub leases: usize,
    /// Queued or running ops that read it, and whatever else.
    pub others: usize,
}

/// The large values, from 64 KiB on, the largest first. Smaller ones are in the sums of
/// [`memory::stats`] alone.
pub fn live() -> Vec<Live> {
    let mut found = Found::default();
    VARIABLES.for_each(|variable| {
        // One reference is that of this look.
        let n_arrays = Arc::strong_count(&variable) - 1;
        let (holders, n_variables) = found.holders(variable.value());
        holders.arrays += n_arrays;
        *n_variables += 1;
    });
    ENTRIES.for_each(|entry| {
        entry.for_each_value(|value| {
            if is_large(value) {
                found.holders(value.clone()).0.tape += 1;
            }
        });
    });
    found.into_list(memory::large_blocks())
}

/// Notes a variable that is large.
#[inline]
pub(super) fn note_variable(variable: &Arc<Variable>) {
    if variable.shape.size() * variable.dtype.size() >= memory::COUNTED {
        VARIABLES.add(Arc::downgrade(variable));
    }
}

/// Notes an entry of the tape that holds a large value.
pub(super) fn note_entry(entry: &Arc<Entry>) {
    let mut is_wanted = false;
    entry.for_each_value(|value| is_wanted |= is_large(value));
    if is_wanted {
        ENTRIES.add(Arc::downgrade(entry));
    }
}

fn is_large(value: &Value) -> bool {
    value.output().n_bytes() >= memory::COUNTED
}

static VARIABLES: Noted<Variable> = Noted::new();
static ENTRIES: Noted<Entry> = Noted::new();

/// Weak references to things that may be gone.
struct Noted<T>(Mutex<Vec<Weak<T>>>);

impl<T> Noted<T> {
    const fn new() -> Noted<T> {
        Noted(Mutex::new(Vec::new()))
    }

    /// Adds one. Before the list grows it is rid of what is gone, so that it is at most twice as long
    /// as what is there.
    fn add(&self, reference: Weak<T>) {
        let mut noted = self.0.lock();
        if noted.len() == noted.capacity() {
            noted.retain(|reference| reference.strong_count() > 0);
            let n = noted.len();
            noted.shrink_to(2 * n);
            noted.reserve((n + 1).max(64));
        }
        noted.push(reference);
    }

    /// Looks at each that is there, without the lock: who drops the last reference may note others.
    fn for_each(&self, mut look: impl FnMut(Arc<T>)) {
        let noted: Vec<Weak<T>> = self.0.lock().clone();
        noted.iter().filter_map(Weak::upgrade).for_each(&mut look);
    }
}

/// Values with those who hold them.
#[derive(Default)]
struct Found {
    /// With the number of variables whose current value it is.
    values: Vec<(Value, Holders, usize)>,
    /// Where a value is in the list, by its node and output.
    places: HashMap<(usize, usize), usize>,
}

impl Found {
    fn holders(&mut self, value: Value) -> (&mut Holders, &mut usize) {
        let key = (Arc::as_ptr(value.node()) as usize, value.slot());
        let at = *self.places.entry(key).or_insert_with(|| {
            self.values.push((value, Holders::default(), 0));
            self.values.len() - 1
        });
        let (_, holders, n_variables) = &mut self.values[at];
        (holders, n_variables)
    }

    /// The values with their blocks, then the blocks of which nobody is known.
    fn into_list(self, blocks: Vec<Block>) -> Vec<Live> {
        let mut blocks: HashMap<usize, Block> = blocks
            .into_iter()
            .map(|block| (block.address, block))
            .collect();
        let mut list: Vec<Live> = Vec::new();
        for (value, mut holders, n_variables) in self.values {
            let address = match value.data() {
                Some(Ok(buffer)) => Some(buffer.as_ptr() as usize),
                _ => None,
            };
            let block = address.and_then(|address| blocks.remove(&address));
            holders.leases = block.as_ref().map_or(0, |block| block.n_leases);
            // One reference is that of this look.
            let known = 1 + n_variables + holders.tape + holders.leases;
            holders.others = Arc::strong_count(value.node()).saturating_sub(known);
            list.push(Live {
                bytes: block.as_ref().map_or(value.output().n_bytes(), |b| b.bytes),
                device: value.device(),
                op: block.as_ref().map(|block| block.op),
                contents: Some((value.shape().clone(), value.dtype())),
                site: value.node().site,
                state: match value.data() {
                    None => State::Queued,
                    Some(Ok(_)) => State::Ready,
                    Some(Err(_)) => State::Failed,
                },
                holders,
            });
        }
        list.extend(blocks.into_values().map(of_block));
        list.sort_by_key(|live| std::cmp::Reverse(live.bytes));
        list
    }
}

/// A block that no variable and no entry holds: an op will read it, or somebody outside does.
fn of_block(block: Block) -> Live {
    Live {
        bytes: block.bytes,
        device: block.device,
        op: Some(block.op),
        site: block.contents.as_ref().and_then(|contents| contents.site),
        contents: block.contents.map(|held| (held.shape, held.dtype)),
        state: State::Ready,
        holders: Holders {
            leases: block.n_leases,
            others: usize::from(block.n_leases == 0),
            ..Holders::default()
        },
    }
}

impl Entry {
    /// Looks at the values that backward needs.
    fn for_each_value(&self, look: impl FnMut(&Value)) {
        self.with_saved(|saved| {
            let inputs = saved.inputs.iter().filter_map(|edge| match edge {
                Edge::Value(value, ..) => Some(value),
                Edge::Scalar(_) => None,
            });
            inputs.chain(&saved.outputs).for_each(look);
        });
    }
}
