//! Blocks of memory by size class, kept for reuse so that steady work touches no fresh page.
//!
//! A class is a power of two or one of three steps between two powers, so that at most a fifth
//! of a block is unused. Blocks are aligned to 64 bytes; large ones to 2 MiB, for huge pages.
//!
//! Blocks up to 1 KiB are left to the allocator: one like mimalloc keeps them by thread. Their
//! classes are the powers of two, which mimalloc aligns without waste.
#![expect(unsafe_code, reason = "the allocator's interface is unsafe")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crossbeam_utils::CachePadded;
use parking_lot::Mutex;

/// A cache line, and the widest SIMD register.
const ALIGN: usize = 64;
/// Blocks from here on are aligned to huge pages and advised to use them.
const LARGE: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;
/// Blocks up to here are not kept.
const SMALL: usize = 1 << 10;
/// Four classes for each power of two from 64 bytes to 2^47.
const N_CLASSES: usize = 4 * 42;

/// A free block; the pool owns it.
struct Block(NonNull<u8>);

// SAFETY: a block is plain memory that nobody else points to; any thread may hand it out.
unsafe impl Send for Block {}

static FREE: [CachePadded<Mutex<Vec<Block>>>; N_CLASSES] =
    [const { CachePadded::new(Mutex::new(Vec::new())) }; N_CLASSES];
static CACHED: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));

/// Bytes in free blocks.
pub(super) fn cached_bytes() -> usize {
    CACHED.load(Relaxed)
}

/// A block of at least `bytes` bytes and its class; `None` if the system has no memory.
pub(super) fn take(bytes: usize) -> Option<(NonNull<u8>, usize)> {
    let class = class_of(bytes);
    if class >= N_CLASSES {
        return None;
    }
    if bytes > SMALL {
        let free = FREE[class].lock().pop();
        if let Some(block) = free {
            CACHED.fetch_sub(class_bytes(class), Relaxed);
            return Some((block.0, class));
        }
    }
    allocate(class)
        .or_else(|| {
            empty_cache();
            allocate(class)
        })
        .map(|block| (block, class))
}

/// Gives a block of `take` back.
pub(super) fn give_back(block: NonNull<u8>, class: usize) {
    if class_bytes(class) <= SMALL {
        return release(block, class);
    }
    CACHED.fetch_add(class_bytes(class), Relaxed);
    FREE[class].lock().push(Block(block));
}

/// Returns every free block to the allocator.
pub fn empty_cache() {
    for (class, free) in FREE.iter().enumerate() {
        let blocks = std::mem::take(&mut *free.lock());
        CACHED.fetch_sub(class_bytes(class) * blocks.len(), Relaxed);
        for block in blocks {
            release(block.0, class);
        }
    }
}

/// Bytes of a block of `class`.
pub(super) fn class_bytes(class: usize) -> usize {
    (64 << (class / 4)) / 4 * (4 + class % 4)
}

fn class_of(bytes: usize) -> usize {
    if bytes <= SMALL {
        return 4 * (bytes.div_ceil(64).next_power_of_two().ilog2() as usize);
    }
    // The power of two below `bytes`, then the quarter step that covers it.
    let power = (bytes - 1).ilog2() as usize;
    let quarter = ((bytes - 1) >> (power - 2)) & 3;
    (power - 6) * 4 + quarter + 1
}

fn class_layout(class: usize) -> Layout {
    let bytes = class_bytes(class);
    let align = if bytes >= LARGE { HUGE_PAGE } else { ALIGN };
    Layout::from_size_align(bytes, align).expect("a class's size is far below isize::MAX")
}

/// A new block of the class.
fn allocate(class: usize) -> Option<NonNull<u8>> {
    let layout = class_layout(class);
    // SAFETY: no class has size zero.
    let block = NonNull::new(unsafe { alloc(layout) })?;
    if layout.size() >= LARGE {
        // SAFETY: the range was just allocated; the advice changes no contents, and a refusal
        // leaves ordinary pages.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::madvise(block.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE);
        }
    }
    Some(block)
}

/// Returns a block to the allocator.
fn release(block: NonNull<u8>, class: usize) {
    // SAFETY: the block came from `allocate` with this class's layout, and nobody has it any more.
    unsafe { dealloc(block.as_ptr(), class_layout(class)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_covers_its_bytes_and_wastes_little() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, 4_000_000, 123_456_789]) {
            let covered = class_bytes(class_of(bytes));
            assert!(covered >= bytes, "{bytes} in {covered}");
            let unused = covered - bytes;
            assert!(
                covered <= 64 || 2 * unused <= covered && (bytes <= SMALL || 5 * unused <= covered),
                "{bytes} in {covered}"
            );
        }
    }

    #[test]
    fn a_block_given_back_is_handed_out_again() {
        let bytes = 3 << 20;
        let (block, class) = take(bytes).unwrap();
        give_back(block, class);
        let (again, class) = take(bytes).unwrap();
        assert_eq!(block, again);
        give_back(again, class);
    }

    #[test]
    fn an_impossible_size_is_refused() {
        assert!(take(1 << 60).is_none());
    }
}
