//! Between arrays and the memory of the program: slices and ndarray in and out, leases for
//! zero-copy exports, and the future of a value.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use ndarray::{ArrayD, ArrayViewD};

use super::{Array, script};
use crate::dispatch;
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::graph::{TensorRef, Value, Watcher};
use crate::memory::{Buffer, Device};
use crate::runtime;
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape};

impl Array {
    /// A one-dimensional array with a copy of these elements.
    ///
    /// # Panics
    /// If the system has no memory left; [`Array::from_elements`] returns that as an error.
    pub fn from_slice<T: Element>(elements: &[T]) -> Array {
        Array::from_elements(elements, [elements.len()], Device::default())
            .expect("memory for a copy of a slice")
    }

    /// An array of `shape` on `device` with a copy of these elements, in C order.
    ///
    /// # Errors
    /// A shape of another size; no memory.
    pub fn from_elements<T: Element>(
        elements: &[T],
        shape: impl Into<Shape>,
        device: Device,
    ) -> Result<Array> {
        let shape = shape.into();
        if shape.size() != elements.len() {
            let fact = format!("{} elements do not fill shape {shape}", elements.len());
            return Err(Error::argument("array", fact));
        }
        let mut buffer = runtime::buffer("array", size_of_val(elements), device)?;
        buffer.as_mut_slice().copy_from_slice(elements);
        Ok(Array::of_buffer(buffer, shape, T::DTYPE))
    }

    /// A copy of an ndarray.
    ///
    /// # Errors
    /// No memory.
    pub fn from_ndarray<T: Element>(view: ArrayViewD<'_, T>) -> Result<Array> {
        let dense = view.as_standard_layout();
        let elements = dense.as_slice().expect("standard layout is contiguous");
        Array::from_elements(elements, view.shape(), Device::default())
    }

    /// Waits, and returns a hold on the data.
    ///
    /// # Errors
    /// As [`Array::wait`].
    pub fn lease(&self) -> Result<Lease> {
        script::refuse();
        let value = self.value();
        runtime::wait(&value)?;
        Ok(Lease::new(value, self.layout()))
    }

    /// Waits, and returns the elements as an ndarray.
    ///
    /// # Errors
    /// As [`Array::wait`].
    ///
    /// # Panics
    /// If `T` is not the array's dtype.
    pub fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>> {
        Ok(self.lease()?.view().to_owned())
    }

    /// Waits, and returns the elements in C order.
    ///
    /// # Errors
    /// As [`Array::wait`].
    ///
    /// # Panics
    /// If `T` is not the array's dtype.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let lease = self.lease()?;
        Ok(lease.view().iter().copied().collect())
    }

    /// Waits, and returns the only element.
    ///
    /// # Errors
    /// As [`Array::wait`]; an array of another size than one.
    pub fn item(&self) -> Result<Scalar> {
        if self.size() != 1 {
            let fact = format!("an array of shape {} is not one element", self.shape());
            return Err(Error::argument("item", fact));
        }
        let lease = self.lease()?;
        Ok(dispatch!(all, self.dtype(), T => {
            let element: T = *lease.view::<T>().first().expect("an array of size one");
            element.into_scalar()
        }))
    }

    /// A future that ends when the array is ready: waits without holding a thread.
    pub fn ready(&self) -> Ready {
        script::refuse();
        runtime::hand_over();
        Ready(self.value())
    }
}

/// A hold on the data of one value. Later writes to the array make a new value elsewhere, so what
/// is leased never changes.
#[derive(Debug)]
pub struct Lease {
    value: Value,
    layout: Layout,
}

impl Lease {
    /// A hold on a value that is ready.
    fn new(value: Value, layout: Layout) -> Lease {
        let lease = Lease { value, layout };
        lease.buffer().begin_lease();
        lease
    }

    /// Where the elements lie, relative to [`Lease::start`].
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The first byte of the value's buffer.
    pub fn start(&self) -> *const u8 {
        self.buffer().as_ptr()
    }

    /// The elements.
    ///
    /// # Panics
    /// If `T` is not the array's dtype.
    pub fn view<T: Element>(&self) -> ArrayViewD<'_, T> {
        let layout = self.layout.clone();
        TensorRef {
            buffer: self.buffer(),
            dtype: self.value.dtype(),
            layout,
        }
        .view()
    }

    fn buffer(&self) -> &Buffer {
        let data = self
            .value
            .data()
            .expect("a lease is of a value that is done");
        data.expect("a lease is of a value that did not fail")
    }
}

impl Clone for Lease {
    fn clone(&self) -> Lease {
        Lease::new(self.value.clone(), self.layout.clone())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.buffer().end_lease();
    }
}

/// The future of [`Array::ready`].
#[derive(Clone, Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Ready(Value);

impl Future for Ready {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self
            .0
            .node()
            .watch(Watcher::Wake(cx.waker().clone()))
            .is_ok()
        {
            return Poll::Pending;
        }
        // The value is done, so this returns at once, and notes that its failure was raised.
        Poll::Ready(runtime::wait(&self.0))
    }
}
