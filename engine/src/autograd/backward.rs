//! The walk over the tape.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::array::tape::{Backward, Edge, Entry, GradReq, Grads, Leaf, Parent, Rule, Saved, Scope};
use crate::array::{Array, script};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::Value;
use crate::ops::{self, sum_to};
use crate::shape::{Layout, Shape};

/// Computes the gradients of `heads` with respect to every leaf, and leaves each in its array's
/// gradient, as its [`GradReq`] says. Without `head_grads` (or for `None` in it) a head's own
/// gradient is ones.
///
/// # Errors
/// A head that was not recorded; a graph that an earlier backward freed; head gradients of another
/// shape.
pub fn backward(heads: &[Array], head_grads: &[Option<Array>], retain_graph: bool) -> Result<()> {
    let mut walk = Walk::new(retain_graph, false);
    walk.start("backward", heads, head_grads)?;
    walk.run()?;
    let _paused = Scope::recording(false);
    for (leaf, grad) in walk.leaves.into_values() {
        deposit(&leaf, &grad)?;
    }
    Ok(())
}

/// Returns the gradients of `heads` with respect to `variables`, which are leaves or recorded
/// arrays; gradients kept in arrays stay as they are. With `create_graph` the computation is
/// recorded, so that the results can be differentiated again.
///
/// # Errors
/// As [`backward`]; a variable that the heads do not depend on.
pub fn grad(
    heads: &[Array],
    variables: &[Array],
    head_grads: &[Option<Array>],
    retain_graph: bool,
    create_graph: bool,
) -> Result<Vec<Array>> {
    let mut walk = Walk::new(retain_graph || create_graph, create_graph);
    walk.start("grad", heads, head_grads)?;
    for variable in variables {
        if let Some(Parent::Entry(entry, slot)) = variable.variable.current().parent() {
            walk.kept.insert((entry.order, slot), None);
        }
    }
    walk.run()?;
    let _mode = Scope::recording(create_graph);
    let found = variables.iter().map(|variable| {
        let grad = match variable.variable.current().parent() {
            Some(Parent::Leaf(leaf)) => walk
                .leaves
                .get(&Arc::as_ptr(&leaf))
                .map(|(_, grad)| grad.clone()),
            Some(Parent::Entry(entry, slot)) => {
                walk.kept.get(&(entry.order, slot)).cloned().flatten()
            }
            None => None,
        };
        let whole = grad.ok_or_else(|| {
            let fact = "the heads do not depend on a variable, or it has no attach_grad()";
            Error::Autograd {
                op: "grad",
                fact: fact.to_owned(),
            }
        })?;
        Ok(match &variable.layout {
            // A gradient may itself be a view, such as a number stretched over the variable.
            Some(layout) => whole.copy()?.with_layout(Layout::clone(layout)),
            None => whole,
        })
    });
    found.collect()
}

impl Array {
    /// Computes the gradient of this array with respect to every leaf: [`backward`] from one head.
    ///
    /// # Errors
    /// As [`backward`].
    pub fn backward(&self) -> Result<()> {
        backward(std::slice::from_ref(self), &[], false)
    }
}

/// The gradients of an entry's outputs, as far as any have arrived.
type OutputGrads = SmallVec<[Option<Array>; 1]>;

struct Walk {
    retain: bool,
    create_graph: bool,
    /// Entries to visit with the gradients of their outputs so far, in the order of recording:
    /// whatever reads an output was recorded after it, so the last entry is complete.
    open: BTreeMap<u64, (Arc<Entry>, OutputGrads)>,
    /// Gradients of leaves so far.
    leaves: HashMap<*const Leaf, (Arc<Leaf>, Array)>,
    /// Outputs of entries whose gradients the caller asked for.
    kept: HashMap<(u64, u32), Option<Array>>,
}

impl Walk {
    fn new(retain: bool, create_graph: bool) -> Walk {
        Walk {
            retain,
            create_graph,
            open: BTreeMap::new(),
            leaves: HashMap::new(),
            kept: HashMap::new(),
        }
    }

    fn start(
        &mut self,
        op: &'static str,
        heads: &[Array],
        head_grads: &[Option<Array>],
    ) -> Result<()> {
        // It reads the tape, which is not part of a script.
        script::refuse();
        let _mode = Scope::recording(self.create_graph);
        if !head_grads.is_empty() && head_grads.len() != heads.len() {
            let fact = format!("{} heads with {} gradients", heads.len(), head_grads.len());
            return Err(Error::argument(op, fact));
        }
        for (i, head) in heads.iter().enumerate() {
            let parent = head.variable.current().parent();
            let parent = parent.ok_or_else(|| {
                let fact = "the array was not computed inside autograd.record() \
                            from an array with attach_grad()";
                Error::Autograd {
                    op,
                    fact: fact.to_owned(),
                }
            })?;
            let grad = match head_grads.get(i).cloned().flatten() {
                Some(grad) if grad.shape() == head.shape() => grad,
                Some(grad) => {
                    let fact = format!(
                        "gradient of shape {} for a head of shape {}",
                        grad.shape(),
                        head.shape()
                    );
                    return Err(Error::shape(op, fact));
                }
                None => ops::ones(head.shape().clone(), head.dtype(), head.device())?,
            };
            let grad = through_view(grad, head.layout.as_deref(), head)?;
            self.add(parent, grad)?;
        }
        Ok(())
    }

    fn run(&mut self) -> Result<()> {
        let _mode = Scope::recording(self.create_graph);
        while let Some((_, (entry, grads))) = self.open.pop_last() {
            self.visit(&entry, grads)?;
        }
        Ok(())
    }

    fn visit(&mut self, entry: &Arc<Entry>, grads: OutputGrads) -> Result<()> {
        for (slot, grad) in grads.iter().enumerate() {
            if let Some(kept) = self.kept.get_mut(&(entry.order, slot as u32)) {
                kept.clone_from(grad);
            }
        }
        let saved = entry.saved(self.retain)?;
        let gradients = self.apply(entry, &saved, grads)?;
        for (edge, gradient) in saved.inputs.into_iter().zip(gradients) {
            let (Edge::Value(value, layout, Some(parent)), Some(gradient)) = (edge, gradient)
            else {
                continue;
            };
            let read = Array::of_value(value, None);
            let shape = layout.as_ref().map_or(read.shape(), |layout| &layout.shape);
            let mut gradient = sum_to(&gradient, shape)?;
            if gradient.dtype() != read.dtype() {
                gradient = ops::astype(&gradient, read.dtype())?;
            }
            let gradient = through_view(gradient, layout.as_deref(), &read)?;
            self.add(parent, gradient)?;
        }
        Ok(())
    }

    /// Calls the gradient rule of an entry.
    fn apply(&self, entry: &Arc<Entry>, saved: &Saved, grads: OutputGrads) -> Result<Grads> {
        let mut filled: SmallVec<[Array; 1]> = SmallVec::new();
        for (grad, (shape, dtype, device)) in grads.into_iter().zip(&entry.outputs) {
            filled.push(match grad {
                Some(grad) => grad,
                None => ops::zeros(shape.clone(), *dtype, *device)?,
            });
        }
        let (mut inputs, mut wanted) =
            (SmallVec::<[Array; 3]>::new(), SmallVec::<[bool; 3]>::new());
        for edge in &saved.inputs {
            inputs.push(self.input_of(edge, &saved.inputs)?);
            wanted.push(matches!(edge, Edge::Value(.., Some(_))));
        }
        let outputs = saved.outputs.iter().enumerate().map(|(slot, value)| {
            let made_by = Parent::Entry(entry.clone(), slot as u32);
            Array::of_value(value.clone(), self.create_graph.then_some(made_by))
        });
        let outputs: SmallVec<[Array; 1]> = outputs.collect();
        let cx = Backward {
            inputs: &inputs,
            outputs: &outputs,
            grads: &filled,
            wanted: &wanted,
        };
        ops::raising(|| match &saved.rule {
            Rule::Static(rule) => rule(&cx),
            Rule::Shared(rule) => rule.grad(&cx),
        })
    }

    /// An input as the op read it, on the tape if the walk itself is recorded.
    fn input_of(&self, edge: &Edge, all: &[Edge]) -> Result<Array> {
        match edge {
            Edge::Value(value, layout, parent) => {
                let parent = parent.clone().filter(|_| self.create_graph);
                let whole = Array::of_value(value.clone(), parent);
                Ok(Array {
                    layout: layout.clone(),
                    ..whole
                })
            }
            Edge::Scalar(number) => {
                // As the op saw it: in the dtype of the arrays beside it, where they are.
                let values = all.iter().filter_map(|edge| match edge {
                    Edge::Value(value, ..) => Some(value),
                    Edge::Scalar(_) => None,
                });
                let device = values.clone().next().map(Value::device);
                let dtype = values.map(Value::dtype).reduce(DType::promote);
                let dtype = dtype.map_or_else(|| number.dtype(), |dtype| number.promote(dtype));
                ops::full([], *number, dtype, device.unwrap_or_default())
            }
        }
    }

    /// Adds a gradient to what has reached `parent`.
    fn add(&mut self, parent: Parent, gradient: Array) -> Result<()> {
        match parent {
            Parent::Leaf(leaf) => {
                let key = Arc::as_ptr(&leaf);
                let sum = match self.leaves.remove(&key) {
                    Some((_, before)) => ops::add(&before, &gradient)?,
                    None => gradient,
                };
                self.leaves.insert(key, (leaf, sum));
            }
            Parent::Entry(entry, slot) => {
                let order = entry.order;
                let (_, grads) = self.open.entry(order).or_insert_with(|| {
                    let n_outputs = entry.outputs.len();
                    (entry, SmallVec::from_elem(None, n_outputs))
                });
                let grad = &mut grads[slot as usize];
                *grad = Some(match grad.take() {
                    Some(before) => ops::add(&before, &gradient)?,
                    None => gradient,
                });
            }
        }
        Ok(())
    }
}

/// The gradient of a whole variable from that of a view of it: zero outside the view.
fn through_view(gradient: Array, layout: Option<&Layout>, read: &Array) -> Result<Array> {
    let Some(layout) = layout else {
        return Ok(gradient);
    };
    let (gradient, layout) = &summed_over_stretched(gradient, layout)?;
    let shape = read.variable.shape.clone();
    if let Some(back) = inverse(layout, gradient, &shape)? {
        return Ok(back);
    }
    ops::add_to_view(shape, layout, gradient)
}

/// The gradient of a view summed over its stretched axes, and the layout with length 1 there.
fn summed_over_stretched(gradient: Array, layout: &Layout) -> Result<(Array, Layout)> {
    let axes = layout.shape.iter().zip(&layout.strides);
    let shape: Shape = axes
        .map(|(&len, &stride)| if stride == 0 { len.min(1) } else { len })
        .collect();
    let strides = layout.strides.clone();
    let (gradient, offset) = (sum_to(&gradient, &shape)?, layout.offset);
    let layout = Layout {
        shape,
        strides,
        offset,
    };
    Ok((gradient, layout))
}

/// For a view that shows every element once, its gradient rearranged: no zeros, no additions.
fn inverse(layout: &Layout, gradient: &Array, shape: &Shape) -> Result<Option<Array>> {
    if layout.offset != 0 || layout.shape.size() != shape.size() {
        return Ok(None);
    }
    // The view's axes, slowest first, must lie like those of a dense array.
    let mut axes: SmallVec<[usize; 4]> = (0..layout.shape.ndim()).collect();
    axes.sort_by_key(|&axis| (std::cmp::Reverse(layout.strides[axis]), axis));
    if !layout.transpose(&axes).is_dense() {
        return Ok(None);
    }
    let axes: SmallVec<[isize; 4]> = axes.iter().map(|&axis| axis as isize).collect();
    let lens: SmallVec<[isize; 4]> = shape.iter().map(|&len| len as isize).collect();
    gradient.transpose(Some(&axes))?.reshape(&lens).map(Some)
}

/// Leaves a gradient where its array keeps it.
fn deposit(leaf: &Leaf, gradient: &Array) -> Result<()> {
    match leaf.req {
        GradReq::Null => Ok(()),
        GradReq::Write => ops::write(&leaf.grad, gradient),
        GradReq::Add => ops::write(&leaf.grad, &ops::add(&leaf.grad, gradient)?),
    }
}
