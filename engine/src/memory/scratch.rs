//! Memory that a kernel needs while it runs, from the pool.
#![expect(unsafe_code, reason = "blocks of the pool are read as elements")]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::{Buffer, Device};
use crate::dtype::Element;

/// Types of which any bytes of an earlier use are a value.
///
/// # Safety
/// So it must be; a `bool` counts as one, as whoever takes scratch memory writes before reading.
pub unsafe trait Plain: Copy {}

// SAFETY: elements are plain numbers, but for `bool`, see above.
unsafe impl<T: Element> Plain for T {}

/// Elements in a block of the pool, of arbitrary value until they are written.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    buffer: Buffer,
    len: usize,
    of: PhantomData<T>,
}

impl<T: Plain> Scratch<T> {
    /// Room for `len` elements.
    ///
    /// # Panics
    /// If the system has no memory left.
    pub(crate) fn new(len: usize) -> Scratch<T> {
        const { assert!(align_of::<T>() <= 64, "blocks are aligned to 64 bytes") };
        let bytes = len * size_of::<T>();
        let buffer = Buffer::beyond_limit("scratch", bytes, Device::default());
        Scratch {
            buffer: buffer.expect("no memory is left"),
            len,
            of: PhantomData,
        }
    }
}

impl<T: Plain> Deref for Scratch<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the buffer was taken for `len` elements, any bytes of which are a value of `T`.
        unsafe { std::slice::from_raw_parts(self.buffer.as_ptr().cast(), self.len) }
    }
}

impl<T: Plain> DerefMut for Scratch<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and `&mut self` is the only access.
        unsafe { std::slice::from_raw_parts_mut(self.buffer.as_mut_ptr().cast(), self.len) }
    }
}
