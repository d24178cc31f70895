//! A buffer: aligned bytes that belong to one value, or are lent by somebody outside the engine.
#![expect(
    unsafe_code,
    reason = "raw memory is read and written here, behind safe slices"
)]

use std::any::Any;
use std::fmt;
use std::ptr::NonNull;

use super::registry::{self, Block, Contents, Ticket};
use super::{Device, accounts, budget, pool};
use crate::dtype::Element;
use crate::error::{Error, Result, Shortage};
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
    Pool { class: u32, ticket: Option<Ticket> },
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
    /// [`Error::Memory`] where the system has none left, [`Error::Limit`] where the limit allows no
    /// more.
    pub fn new(op: &'static str, bytes: usize, device: Device) -> Result<Buffer> {
        let counted = budget::footprint(bytes);
        if counted > 0 && !budget::take(counted) {
            return Err(over_limit(op, bytes));
        }
        Buffer::committed(op, bytes, device)
    }

    /// A buffer for what a kernel needs while it runs, which may go beyond the limit.
    ///
    /// # Errors
    /// [`Error::Memory`] where the system has none left.
    pub(super) fn beyond_limit(op: &'static str, bytes: usize, device: Device) -> Result<Buffer> {
        budget::take_anyway(budget::footprint(bytes));
        Buffer::committed(op, bytes, device)
    }

    /// A buffer whose bytes, if they are counted, are committed.
    fn committed(op: &'static str, bytes: usize, device: Device) -> Result<Buffer> {
        let counted = budget::footprint(bytes);
        let class = pool::class_of(bytes);
        let Some((block, class)) = class.and_then(|class| Some((pool::take(class)?, class))) else {
            budget::give_back(counted);
            return Err(match class {
                Some(_) if counted == 0 => over_limit(op, bytes),
                _ => Error::Memory { op, bytes },
            });
        };
        let taken = pool::class_bytes(class);
        accounts::took(device, taken);
        events::alloc(taken);
        let record = || Block {
            address: block.as_ptr() as usize,
            bytes: taken,
            device,
            op,
            contents: None,
            n_leases: 0,
        };
        Ok(Buffer {
            bytes: block,
            len: bytes,
            device,
            origin: Origin::Pool {
                class: class as u32,
                ticket: (counted > 0).then(|| registry::add(record())),
            },
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

    /// Says what it holds, for those who list large blocks.
    pub(crate) fn describe(&self, op: &'static str, contents: impl FnOnce() -> Contents) {
        self.change_record(|block| {
            block.op = op;
            block.contents = Some(contents());
        });
    }

    /// Counts a hold of another library on it.
    pub(crate) fn begin_lease(&self) {
        self.change_record(|block| block.n_leases += 1);
    }

    /// Ends what [`Buffer::begin_lease`] began.
    pub(crate) fn end_lease(&self) {
        self.change_record(|block| block.n_leases -= 1);
    }

    fn change_record(&self, change: impl FnOnce(&mut Block)) {
        if let Origin::Pool {
            ticket: Some(ticket),
            ..
        } = self.origin
        {
            registry::change(ticket, change);
        }
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
        if let Origin::Pool { class, ticket } = self.origin {
            let class = class as usize;
            if let Some(ticket) = ticket {
                registry::remove(ticket);
                budget::give_back(pool::class_bytes(class));
            }
            accounts::gave_back(self.device, pool::class_bytes(class));
            events::free(pool::class_bytes(class));
            pool::give_back(self.bytes, class);
        }
    }
}

/// Why `op` does not get `bytes` bytes, with the largest blocks that are live.
#[cold]
fn over_limit(op: &'static str, bytes: usize) -> Error {
    /// Blocks that are named.
    const N_NAMED: usize = 5;
    let mut largest = registry::large_blocks();
    largest.truncate(N_NAMED);
    Error::Limit(Box::new(Shortage {
        op,
        bytes,
        limit: budget::limit_bytes(),
        live: accounts::all_live(),
        largest,
    }))
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes on {})", self.len, self.device)
    }
}
