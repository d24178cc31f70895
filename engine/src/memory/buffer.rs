//! A buffer: aligned bytes that belong to one value, or are lent by somebody outside the engine.
#![expect(
    unsafe_code,
    reason = "raw memory is read and written here, behind safe slices"
)]

use std::any::Any;
use std::fmt;
use std::ptr::NonNull;

use super::{Device, accounts, pool};
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::profile::events;

/// Bytes aligned to 64, from the pool and back to it when dropped; or memory lent by another
/// library, kept alive by its owner.
///
/// A new buffer holds arbitrary bytes of an earlier use, never uninitialised ones that the
/// compiler could exploit: every element type but `bool` takes any bytes, and kernels write a
/// buffer before they read it.
pub struct Buffer {
    bytes: NonNull<u8>,
    len: usize,
    device: Device,
    origin: Origin,
}

enum Origin {
    Pool { class: usize },
    Lent { _owner: Box<dyn Any + Send + Sync> },
}

// SAFETY: the bytes are owned (or lent for as long as the owner lives, which is `Send + Sync`),
// and access to them follows the rules of references: `&Buffer` reads, `&mut Buffer` writes.
unsafe impl Send for Buffer {}
// SAFETY: as above; a shared buffer is only read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A buffer of `bytes` bytes on `device`, for `op`.
    ///
    /// # Errors
    /// [`Error::Memory`] where the system has none left.
    pub fn new(op: &'static str, bytes: usize, device: Device) -> Result<Buffer> {
        let (block, class) = pool::take(bytes).ok_or(Error::Memory { op, bytes })?;
        accounts::took(device, pool::class_bytes(class));
        events::alloc(pool::class_bytes(class));
        Ok(Buffer {
            bytes: block,
            len: bytes,
            device,
            origin: Origin::Pool { class },
        })
    }

    /// `len` bytes at `bytes` that `owner` keeps valid and unchanged.
    ///
    /// # Safety
    /// Until `owner` is dropped the range is readable and nobody writes to it.
    pub unsafe fn lent(
        bytes: NonNull<u8>,
        len: usize,
        device: Device,
        owner: Box<dyn Any + Send + Sync>,
    ) -> Buffer {
        Buffer {
            bytes,
            len,
            device,
            origin: Origin::Lent { _owner: owner },
        }
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The device it is accounted on.
    pub fn device(&self) -> Device {
        self.device
    }

    /// True if it may be written: it is the engine's own memory.
    pub fn is_owned(&self) -> bool {
        matches!(self.origin, Origin::Pool { .. })
    }

    /// Its first byte.
    pub fn as_ptr(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    /// Its first byte, to write.
    ///
    /// # Panics
    /// If the memory is lent: only an owned buffer may be written.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        assert!(self.is_owned(), "a lent buffer is read only");
        self.bytes.as_ptr()
    }

    /// All whole elements in it.
    pub fn as_slice<T: Element>(&self) -> &[T] {
        let len = self.len / size_of::<T>();
        // SAFETY: the range is readable for as long as `self`; pool blocks are aligned to 64 bytes
        // and lent ones are checked by the importer; whoever wrote the buffer wrote values of `T`.
        unsafe { std::slice::from_raw_parts(self.bytes.as_ptr().cast(), len) }
    }

    /// All whole elements in it, to write.
    pub fn as_mut_slice<T: Element>(&mut self) -> &mut [T] {
        let len = self.len / size_of::<T>();
        // SAFETY: as in `as_slice`, and `&mut self` is the only access.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr().cast(), len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Origin::Pool { class } = self.origin {
            accounts::gave_back(self.device, pool::class_bytes(class));
            events::free(pool::class_bytes(class));
            pool::give_back(self.bytes, class);
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes on {})", self.len, self.device)
    }
}
