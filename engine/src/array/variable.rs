//! Variables: the storage that arrays alias. Writing replaces the current value; ops issued before
//! keep the value that they read.

use std::sync::Arc;

use parking_lot::Mutex;

use super::tape::{Leaf, Parent};
use super::{Array, live};
use crate::dtype::DType;
use crate::graph::Value;
use crate::memory::Device;
use crate::shape::Shape;

/// Storage with one current value; shape, dtype and device never change.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) shape: Shape,
    pub(crate) dtype: DType,
    pub(crate) device: Device,
    current: Mutex<Current>,
}

/// The current value, and where gradients that reach it go.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) value: Value,
    /// The recorded op that made the value, while the tape holds it.
    pub(crate) made_by: Option<Parent>,
    /// Where the gradient of the variable is collected, after `attach_grad`.
    pub(crate) leaf: Option<Arc<Leaf>>,
}

impl Current {
    /// Where a gradient of the value goes: to the op that made it, else to the leaf.
    pub(crate) fn parent(&self) -> Option<Parent> {
        self.made_by
            .clone()
            .or_else(|| self.leaf.clone().map(Parent::Leaf))
    }
}

impl Variable {
    /// A variable whose first value is `value`.
    #[inline]
    pub(crate) fn new(value: Value, made_by: Option<Parent>) -> Arc<Variable> {
        Variable::of_current(Current {
            value,
            made_by,
            leaf: None,
        })
    }

    /// A variable that now has the same value, and the same ways of its gradient.
    pub(crate) fn twin(&self) -> Arc<Variable> {
        Variable::of_current(self.current())
    }

    // Inlined, so that each part is built in its place: every op makes one.
    #[inline(always)]
    fn of_current(current: Current) -> Arc<Variable> {
        let variable = Arc::new(Variable {
            shape: current.value.shape().clone(),
            dtype: current.value.dtype(),
            device: current.value.device(),
            current: Mutex::new(current),
        });
        live::note_variable(&variable);
        variable
    }

    /// The gradient that is collected for it.
    pub(crate) fn grad(&self) -> Option<Array> {
        let current = self.current.lock();
        current.leaf.as_ref().map(|leaf| leaf.grad.clone())
    }

    /// The current value.
    pub(crate) fn value(&self) -> Value {
        self.current.lock().value.clone()
    }

    /// The current value and where its gradient goes.
    pub(crate) fn current(&self) -> Current {
        self.current.lock().clone()
    }

    /// Reads and replaces the current value with nobody writing in between.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut Current) -> R) -> R {
        change(&mut self.current.lock())
    }

    /// Makes what is current in `other`, which is alike, current here.
    pub(crate) fn take_over(&self, other: &Variable) {
        let mut now = other.current();
        // What is swapped out is dropped without the lock, as in `replace`.
        self.update(|current| std::mem::swap(current, &mut now));
    }

    /// Makes `value`, which has the variable's shape and dtype, the current one.
    pub(crate) fn replace(&self, value: Value, made_by: Option<Parent>) {
        debug_assert!(*value.shape() == self.shape && value.dtype() == self.dtype);
        let old = {
            let mut current = self.current.lock();
            let value = std::mem::replace(&mut current.value, value);
            (value, std::mem::replace(&mut current.made_by, made_by))
        };
        // Dropped without the lock: the last reference to a value may free a long chain.
        drop(old);
    }
}
