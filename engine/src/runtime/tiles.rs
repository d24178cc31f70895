//! Tiles of a large kernel, run by whoever is free: the thread that runs the kernel puts the job
//! where others find it, takes tiles itself, and returns when all are done.
#![expect(
    unsafe_code,
    reason = "the closure of a kernel is borrowed by other threads"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::Runtime;
use crate::kernels::Tiles;
use crate::profile::events;
use crate::sync::thread::{self, Thread};
use crate::sync::{AtomicUsize, Mutex, Ordering, hint};

/// One kernel's tiles.
pub(super) struct TileJob {
    /// The kernel's closure, borrowed from the stack of `owner`.
    tile: *const (dyn Fn(usize) + Sync),
    n: usize,
    /// Whose kernel it is, for the profile.
    of: u64,
    next: AtomicUsize,
    left: AtomicUsize,
    owner: Thread,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `tile` is dereferenced only for a claimed tile, and the owner does not return from
// `run`, where the closure lives, before every claimed tile is done; the closure is `Sync`.
unsafe impl Send for TileJob {}
// SAFETY: as above.
unsafe impl Sync for TileJob {}

impl TileJob {
    pub(super) fn new(tile: *const (dyn Fn(usize) + Sync), n: usize) -> TileJob {
        TileJob {
            tile,
            n,
            of: events::running(),
            next: AtomicUsize::new(0),
            left: AtomicUsize::new(n),
            owner: thread::current(),
            panic: Mutex::new(None),
        }
    }

    /// The first op of the group whose kernel it is, if anybody asks.
    pub(super) fn of(&self) -> u64 {
        self.of
    }

    /// Takes tiles until none is left.
    pub(super) fn work(&self) {
        loop {
            let i = self.next.fetch_add(1, Ordering::Relaxed);
            if i >= self.n {
                return;
            }
            // SAFETY: tile `i` is claimed and not done, so the owner is still inside `run`.
            let tile = unsafe { &*self.tile };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| tile(i))) {
                self.panic.lock().get_or_insert(panic);
            }
            let owner = self.owner.clone();
            // Release: what the tile wrote happens before the owner sees `left` reach zero.
            if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
                owner.unpark();
            }
        }
    }

    pub(super) fn wait(&self) {
        for _ in 0..SPINS {
            if self.left.load(Ordering::Acquire) == 0 {
                return;
            }
            hint::spin_loop();
        }
        while self.left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// Looks at a straggler's tile before sleeping: some microseconds.
#[cfg(not(loom))]
const SPINS: usize = 2000;
/// A model explores every order of the looks.
#[cfg(loom)]
const SPINS: usize = 1;

/// Splits kernels over the workers of a runtime.
pub(super) struct Shared<'a>(pub(super) &'a Runtime);

impl Tiles for Shared<'_> {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        let n_helpers = n.min(self.0.n_workers()).saturating_sub(1);
        if n_helpers == 0 {
            return (0..n).for_each(tile);
        }
        // SAFETY: only the lifetime changes; see `TileJob` for why no tile outlives this call.
        let tile = unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync), *const (dyn Fn(usize) + Sync)>(
                tile,
            )
        };
        let job = Arc::new(TileJob::new(tile, n));
        for _ in 0..n_helpers {
            self.0.share_tiles(job.clone());
        }
        job.work();
        job.wait();
        let panic = job.panic.lock().take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl std::fmt::Debug for TileJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TileJob({} tiles)", self.n)
    }
}
