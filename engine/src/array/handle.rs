//! The array handle.

use std::fmt;
use std::sync::Arc;

use super::script;
use super::tape::{GradReq, Leaf, Parent};
use super::variable::Variable;
use crate::dtype::DType;
use crate::error::Result;
use crate::graph::{self, Node, Value};
use crate::memory::{Buffer, Device};
use crate::runtime;
use crate::shape::{Layout, Shape};

/// A multi-dimensional array whose data may still be computing.
///
/// An array is a view (offset, shape, strides) of a variable; arrays made by indexing, reshaping
/// or transposing alias it, as in NumPy. Ops on arrays return at once; [`Array::wait`] and
/// [`Array::to_vec`] wait. A clone is the same array, not a copy of the data: see [`Array::copy`].
///
/// ```
/// use forerun_engine::Array;
///
/// let x = Array::from_slice(&[1.0f32, 2.0, 3.0]);
/// let y = &x * 2.0 + 1.0;
/// assert_eq!(y.to_vec::<f32>()?, [3.0, 5.0, 7.0]);
/// # Ok::<(), forerun_engine::Error>(())
/// ```
#[derive(Clone)]
pub struct Array {
    pub(crate) variable: Arc<Variable>,
    /// `None` where the array is the whole variable as it lies.
    pub(crate) layout: Option<Arc<Layout>>,
}

impl Array {
    /// The array of a new variable with this value.
    pub(crate) fn of_value(value: Value, made_by: Option<Parent>) -> Array {
        Array {
            variable: Variable::new(value, made_by),
            layout: None,
        }
    }

    /// An array of data that is there already, dense in `buffer`.
    pub fn of_buffer(buffer: Buffer, shape: Shape, dtype: DType) -> Array {
        let device = buffer.device();
        let node = Node::ready(shape, dtype, device, buffer);
        let array = Array::of_value(Value::new(Arc::new(node), 0), None);
        script::note_data(&array);
        array
    }

    /// The lengths of its axes.
    pub fn shape(&self) -> &Shape {
        match &self.layout {
            Some(layout) => &layout.shape,
            None => &self.variable.shape,
        }
    }

    /// The number of its axes.
    pub fn ndim(&self) -> usize {
        self.shape().ndim()
    }

    /// The number of its elements.
    pub fn size(&self) -> usize {
        self.shape().size()
    }

    /// The type of its elements.
    pub fn dtype(&self) -> DType {
        self.variable.dtype
    }

    /// Where it lives.
    pub fn device(&self) -> Device {
        self.variable.device
    }

    /// Where its elements lie in its variable.
    pub fn layout(&self) -> Layout {
        match &self.layout {
            Some(layout) => Layout::clone(layout),
            None => Layout::dense(self.shape().clone()),
        }
    }

    /// True if both are views of one variable, so that a write to one may show in the other.
    pub fn shares_variable(&self, other: &Array) -> bool {
        Arc::ptr_eq(&self.variable, &other.variable)
    }

    /// The current value of its variable.
    pub(crate) fn value(&self) -> Value {
        self.variable.value()
    }

    /// True if its value is ready or failed: no blocker on it would wait.
    pub fn is_done(&self) -> bool {
        script::refuse();
        self.value().is_done()
    }

    /// True if its value failed.
    pub fn is_failed(&self) -> bool {
        script::refuse();
        matches!(self.value().data(), Some(Err(_)))
    }

    /// Waits until the array is ready; this thread helps with the work.
    ///
    /// # Errors
    /// The failure of the op that makes it, or of one it depends on.
    pub fn wait(&self) -> Result<()> {
        script::refuse();
        runtime::wait(&self.value())
    }

    /// As [`Array::wait`], where that takes some microseconds at most: the array is done, or a few
    /// small ops that were just issued are all it needs. `None` where it may take longer.
    pub fn try_wait(&self) -> Option<Result<()>> {
        script::refuse();
        runtime::try_wait(&self.value())
    }

    /// A copy with a variable of its own. The data itself is shared until one of them is written.
    pub fn copy(&self) -> Result<Array> {
        match self.layout {
            None => {
                let (current, recorded) = (self.variable.current(), super::is_recording());
                let made_by = current.parent().filter(|_| recorded);
                let copy = Array::of_value(current.value, made_by);
                script::note_share(self, recorded, &copy);
                Ok(copy)
            }
            Some(_) => crate::ops::dense_copy(self),
        }
    }

    /// The same data without its history: gradients do not flow through it. Like [`Array::copy`],
    /// it has a variable of its own.
    pub fn detach(&self) -> Array {
        let detached = Array {
            variable: Variable::new(self.value(), None),
            layout: self.layout.clone(),
        };
        script::note_share(self, false, &detached);
        detached
    }

    /// Makes the current value of `other`, which has the whole array's shape and dtype, that of
    /// the array.
    pub(crate) fn replace_by(&self, other: &Array) {
        let current = other.variable.current();
        self.variable.replace(current.value, current.made_by);
        script::note_replace(self, other);
    }

    /// Collects gradients for the array from now on, starting at zero; what was recorded of how it
    /// was made is forgotten.
    ///
    /// The gradient belongs to the variable: every view of it sees its part.
    pub fn attach_grad(&self, req: GradReq) -> Result<()> {
        let grad = match req {
            GradReq::Null => None,
            _ => {
                let (shape, dtype) = (self.variable.shape.clone(), self.dtype());
                Some(crate::ops::zeros(shape, dtype, self.device())?)
            }
        };
        self.variable.update(|current| {
            current.made_by = None;
            current.leaf = grad.map(|grad| Arc::new(Leaf { grad, req }));
        });
        script::note_attach(self);
        Ok(())
    }

    /// The gradient that the last backward left, or zeros before the first; `None` without
    /// [`Array::attach_grad`].
    pub fn grad(&self) -> Option<Array> {
        let grad = Array {
            variable: self.variable.grad()?.variable,
            layout: self.layout.clone(),
        };
        script::note_grad(self, &grad);
        Some(grad)
    }

    /// The graph of ops that its value comes from, as DOT text.
    pub fn draw(&self) -> String {
        draw(std::slice::from_ref(self))
    }
}

/// The graph of ops that the values of several arrays come from, as DOT text.
pub fn draw(arrays: &[Array]) -> String {
    let values: Vec<Value> = arrays.iter().map(Array::value).collect();
    graph::draw(&values)
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Array({} {} on {})",
            self.dtype(),
            self.shape(),
            self.device()
        )
    }
}
