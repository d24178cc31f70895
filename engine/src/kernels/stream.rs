//! Results that go past the caches: where a computation moves more memory than they hold, what it
//! writes is gone from them before anybody reads it, and reading the old contents of each line
//! before it is overwritten costs a fourth of the time.
#![expect(unsafe_code, reason = "lines are written through pointers")]

use std::sync::OnceLock;

/// Bytes that lie together in the caches and in memory.
const LINE: usize = 64;

/// True if so many bytes leave the last cache before they are all read or written.
pub(super) fn is_beyond_caches(bytes: usize) -> bool {
    static CACHE: OnceLock<usize> = OnceLock::new();
    // A cache keeps some of what is only a little more than its size.
    bytes > CACHE.get_or_init(last_cache) / 2 * 3
}

/// Bytes of the last cache that one core sees, or what is usual where the system does not say.
fn last_cache() -> usize {
    const USUAL: usize = 32 << 20;
    let size = std::fs::read_to_string("/sys/devices/system/cpu/cpu0/cache/index3/size");
    let size = size.ok().and_then(|size| {
        let kilobytes = size.trim().strip_suffix('K')?;
        kilobytes.parse::<usize>().ok()
    });
    size.map_or(USUAL, |kilobytes| kilobytes << 10)
}

/// Copies `n` bytes past the caches, where the processor has a way to. Who reads them on another
/// thread waits for a [`fence`] of this one.
///
/// # Safety
/// `from` has `n` bytes, `to` room for as many and apart from them.
pub(super) unsafe fn copy(from: *const u8, to: *mut u8, n: usize) {
    // Lines that are written in part go through the caches.
    let head = to.align_offset(LINE).min(n);
    let lines = (n - head) / LINE * LINE;
    let tail = head + lines;
    // SAFETY: the three ranges are the `n` bytes; whole lines of `to` are in the second one.
    unsafe {
        std::ptr::copy_nonoverlapping(from, to, head);
        for at in (head..tail).step_by(LINE) {
            copy_line(from.add(at), to.add(at));
        }
        std::ptr::copy_nonoverlapping(from.add(tail), to.add(tail), n - tail);
    }
}

/// # Safety
/// As [`copy`], for one line, at which `to` begins.
#[inline(always)]
unsafe fn copy_line(from: *const u8, to: *mut u8) {
    #[cfg(target_arch = "x86_64")]
    for i in 0..LINE / 16 {
        use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
        // SAFETY: a quarter of the line, at which `to` is aligned to its size.
        unsafe {
            let from = from.cast::<__m128i>().add(i);
            _mm_stream_si128(to.cast::<__m128i>().add(i), _mm_loadu_si128(from));
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: the caller's promise.
    unsafe {
        std::ptr::copy_nonoverlapping(from, to, LINE);
    }
}

/// Everything copied by this thread is written before whatever it writes next.
pub(super) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(64))]
    struct Lines([u8; 4 * LINE]);

    #[test]
    fn every_byte_is_copied_and_none_beside_them() {
        let from = Lines(std::array::from_fn(|i| i as u8 | 1));
        for (start, n) in [
            (0, 0),
            (0, 63),
            (0, 64),
            (0, 199),
            (4, 50),
            (4, 60),
            (63, 190),
        ] {
            let mut to = Lines([0; 4 * LINE]);
            // SAFETY: both have `n` bytes from there on.
            unsafe { copy(from.0.as_ptr(), to.0.as_mut_ptr().add(start), n) };
            fence();
            let (before, rest) = to.0.split_at(start);
            assert_eq!(rest[..n], from.0[..n]);
            assert!(before.iter().chain(&rest[n..]).all(|&byte| byte == 0));
        }
    }
}
