//! Blocks of memory by size class, kept for reuse so that steady work touches no fresh page.
//!
//! A class is a power of two or one of three steps between two powers, so that at most a fifth
//! of a block is unused. Blocks are aligned to 64 bytes; large ones to 2 MiB, for huge pages.
//!
//! Blocks up to 1 KiB are left to the allocator: one like mimalloc keeps them by thread. Their
//! classes are the powers of two, which mimalloc aligns without waste.
//!
//! What is cached goes back to the system when memory is short, when it is more than may be cached,
//! and when nobody took it for a while: each shelf knows how many of its blocks were never needed
//! since the last look ([`trim`]).
#![expect(unsafe_code, reason = "the allocator's interface is unsafe")]

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crossbeam_utils::CachePadded;
use parking_lot::Mutex;

use super::budget;

/// A cache line, and the widest SIMD register.
const ALIGN: usize = 64;
/// Blocks from here on are aligned to huge pages and advised to use them.
const LARGE: usize = 4 << 20;
const HUGE_PAGE: usize = 2 << 20;
/// Blocks from here on give their pages back themselves, where a page is no larger than `PAGE`.
#[cfg(target_os = "linux")]
const MANY_PAGES: usize = 16 << 10;
#[cfg(target_os = "linux")]
const PAGE: usize = 4 << 10;
/// Blocks up to here are not kept.
const SMALL: usize = 1 << 10;
/// Four classes for each power of two from 64 bytes to 2^47.
const N_CLASSES: usize = 4 * 42;

/// A free block; the pool owns it.
struct Block(NonNull<u8>);

// SAFETY: a block is plain memory that nobody else points to; any thread may hand it out.
unsafe impl Send for Block {}

/// The free blocks of a class.
struct Shelf {
    /// The one that was given back last is last.
    blocks: Vec<Block>,
    /// The fewest there were since the last [`trim`]: so many were not needed.
    spare: usize,
}

static SHELVES: [CachePadded<Mutex<Shelf>>; N_CLASSES] = [const {
    CachePadded::new(Mutex::new(Shelf {
        blocks: Vec::new(),
        spare: 0,
    }))
}; N_CLASSES];
static CACHED: CachePadded<AtomicUsize> = CachePadded::new(AtomicUsize::new(0));
/// Most bytes that are cached.
static CACHE_LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Bytes in free blocks.
pub(super) fn cached_bytes() -> usize {
    CACHED.load(Relaxed)
}

/// Most bytes that are kept for reuse; `None` for any number.
pub fn cache_limit() -> Option<usize> {
    Some(CACHE_LIMIT.load(Relaxed)).filter(|&bytes| bytes < usize::MAX)
}

/// Sets the [`cache_limit`]; what is beyond it is given back to the system.
pub fn set_cache_limit(bytes: Option<usize>) {
    let limit = bytes.unwrap_or(usize::MAX);
    CACHE_LIMIT.store(limit, Relaxed);
    make_room(cached_bytes().saturating_sub(limit));
}

/// A block of `class`; `None` if the system or the limit allows none.
pub(super) fn take(class: usize) -> Option<NonNull<u8>> {
    if class_bytes(class) <= SMALL {
        return allocate(class);
    }
    let mut shelf = SHELVES[class].lock();
    if let Some(block) = shelf.blocks.pop() {
        shelf.spare = shelf.spare.min(shelf.blocks.len());
        CACHED.fetch_sub(class_bytes(class), Relaxed);
        return Some(block.0);
    }
    drop(shelf);
    if !budget::grow(class_bytes(class)) {
        return None;
    }
    let block = allocate(class).or_else(|| {
        empty_cache();
        allocate(class)
    });
    if block.is_none() {
        budget::shrink(class_bytes(class));
    }
    block
}

/// Gives a block of `take` back.
pub(super) fn give_back(block: NonNull<u8>, class: usize) {
    let bytes = class_bytes(class);
    if bytes <= SMALL {
        return release(block, class);
    }
    let cached = CACHED.fetch_add(bytes, Relaxed) + bytes;
    let excess = cached.saturating_sub(CACHE_LIMIT.load(Relaxed));
    if excess > 0 && release_spare(excess) < excess {
        CACHED.fetch_sub(bytes, Relaxed);
        release(block, class);
        return budget::shrink(bytes);
    }
    SHELVES[class].lock().blocks.push(Block(block));
}

/// Returns every free block to the allocator.
pub fn empty_cache() {
    make_room(usize::MAX);
}

/// Returns free blocks of at least `bytes` bytes in all to the allocator, or all there are: first
/// those that were not needed lately. Gives the bytes that it returned.
pub(super) fn make_room(bytes: usize) -> usize {
    let mut released = release_spare(bytes);
    for class in (0..N_CLASSES).rev() {
        if released >= bytes {
            break;
        }
        released += release_some(class, bytes - released, |shelf| shelf.blocks.len());
    }
    released
}

/// As [`make_room`], of the blocks that were not needed since the last [`trim`].
fn release_spare(bytes: usize) -> usize {
    let mut released = 0;
    for class in (0..N_CLASSES).rev() {
        if released >= bytes {
            break;
        }
        released += release_some(class, bytes - released, |shelf| shelf.spare);
    }
    released
}

/// Returns every block that was not needed since the last call to the allocator; true if others are
/// left, which may be returned at the next.
pub(crate) fn trim() -> bool {
    for (class, shelf) in SHELVES.iter().enumerate() {
        release_some(class, usize::MAX, |shelf| shelf.spare);
        let mut shelf = shelf.lock();
        shelf.spare = shelf.blocks.len();
    }
    has_cached()
}

/// True if there are free blocks.
pub(crate) fn has_cached() -> bool {
    cached_bytes() > 0
}

/// Returns blocks of a class to the allocator, of `bytes` bytes in all or as many as `at_most` says,
/// the oldest first. Gives the bytes.
fn release_some(class: usize, bytes: usize, at_most: impl FnOnce(&Shelf) -> usize) -> usize {
    let blocks: Vec<Block> = {
        let mut shelf = SHELVES[class].lock();
        let n = at_most(&shelf).min(bytes.div_ceil(class_bytes(class)));
        let blocks = shelf.blocks.drain(..n).collect();
        shelf.spare = shelf.spare.saturating_sub(n);
        blocks
    };
    let released = class_bytes(class) * blocks.len();
    CACHED.fetch_sub(released, Relaxed);
    for block in blocks {
        release(block.0, class);
        budget::shrink(class_bytes(class));
    }
    released
}

/// Bytes of a block of `class`.
pub(super) fn class_bytes(class: usize) -> usize {
    (64 << (class / 4)) / 4 * (4 + class % 4)
}

/// The class of blocks that hold `bytes` bytes; `None` if none is as large.
pub(super) fn class_of(bytes: usize) -> Option<usize> {
    if bytes <= SMALL {
        return Some(4 * (bytes.div_ceil(64).next_power_of_two().ilog2() as usize));
    }
    // The power of two below `bytes`, then the quarter step that covers it.
    let power = (bytes - 1).ilog2() as usize;
    let quarter = ((bytes - 1) >> (power - 2)) & 3;
    let class = (power - 6) * 4 + quarter + 1;
    (class < N_CLASSES).then_some(class)
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

/// Returns a block to the allocator. One that keeps what is freed for later keeps addresses only: the
/// pages themselves go back to the system here.
fn release(block: NonNull<u8>, class: usize) {
    #[cfg(target_os = "linux")]
    if class_bytes(class) >= MANY_PAGES {
        let start = block.as_ptr().align_offset(PAGE);
        let pages = (class_bytes(class) - start) / PAGE * PAGE;
        // SAFETY: whole pages of a block that nobody has any more; what they held is lost, as it
        // would be at the next use.
        unsafe {
            let first = block.as_ptr().add(start);
            libc::madvise(first.cast(), pages, libc::MADV_DONTNEED);
        }
    }
    // SAFETY: the block came from `allocate` with this class's layout, and nobody has it any more.
    unsafe { dealloc(block.as_ptr(), class_layout(class)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_covers_its_bytes_and_wastes_little() {
        for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, 4_000_000, 123_456_789]) {
            let covered = class_bytes(class_of(bytes).unwrap());
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
        let class = class_of(3 << 20).unwrap();
        let block = take(class).unwrap();
        give_back(block, class);
        let again = take(class).unwrap();
        assert_eq!(block, again);
        give_back(again, class);
    }

    /// Blocks of a class that no other test uses.
    #[test]
    fn what_nobody_took_between_two_looks_goes_back() {
        let class = class_of(7 << 20).unwrap();
        let n_free = || SHELVES[class].lock().blocks.len();
        let blocks: Vec<_> = (0..3).map(|_| take(class).unwrap()).collect();
        blocks.into_iter().for_each(|block| give_back(block, class));
        trim();
        assert_eq!(n_free(), 3, "they were in use since the last look");
        let block = take(class).unwrap();
        give_back(block, class);
        trim();
        assert_eq!(n_free(), 1, "two were not needed");
        trim();
        assert_eq!(n_free(), 0);
    }

    #[test]
    fn an_impossible_size_is_refused() {
        assert!(class_of(1 << 60).is_none());
    }
}
