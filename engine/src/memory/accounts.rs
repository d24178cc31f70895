//! How many bytes each device holds, held at most, and keeps for reuse.

use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

use crossbeam_utils::CachePadded;

use super::Device;

/// One device's bytes at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// In buffers that arrays or queued ops hold. What kernels need while they run counts, too, on
    /// `cpu(0)`.
    pub live: usize,
    /// The most that was live since the start or since [`reset_peak`].
    pub peak: usize,
    /// In buffers kept for reuse.
    pub cached: usize,
    /// What ops that are queued will make.
    pub promised: usize,
}

#[derive(Debug)]
struct Account {
    /// The bytes that threads have told of.
    live: AtomicIsize,
    peak: AtomicUsize,
}

static ACCOUNTS: [CachePadded<Account>; Device::MAX] = [const {
    CachePadded::new(Account {
        live: AtomicIsize::new(0),
        peak: AtomicUsize::new(0),
    })
}; Device::MAX];

/// Bytes that a thread takes or gives back before it tells: threads that make and drop small
/// buffers would wait for each other at the account. Whoever tells looks at all shares, so the peak
/// misses at most these for each share, of what came and went meanwhile.
const UNTOLD: isize = 32 << 10;
const N_SHARES: usize = 32;

/// What a thread has counted, by device. A thread has one share, perhaps with others.
struct Share {
    /// Bytes it has not told of.
    untold: [AtomicIsize; Device::MAX],
    /// Bytes of the ops that it queued, less those of the ops that it took up.
    promised: [AtomicIsize; Device::MAX],
}

static SHARES: [CachePadded<Share>; N_SHARES] = [const {
    CachePadded::new(Share {
        untold: [const { AtomicIsize::new(0) }; Device::MAX],
        promised: [const { AtomicIsize::new(0) }; Device::MAX],
    })
}; N_SHARES];

thread_local! {
    static SHARE: Cell<Option<&'static Share>> = const { Cell::new(None) };
}

/// The bytes of `device` now. Cached bytes belong to no device; they are counted on `cpu(0)`.
pub fn stats(device: Device) -> Stats {
    let live = live(device);
    Stats {
        live,
        peak: ACCOUNTS[device.id()]
            .peak
            .fetch_max(live, Relaxed)
            .max(live),
        cached: if device == Device::default() {
            super::pool::cached_bytes()
        } else {
            0
        },
        promised: SHARES
            .iter()
            .map(|share| share.promised[device.id()].load(Relaxed))
            .sum::<isize>()
            .max(0) as usize,
    }
}

/// Bytes that are live on all devices.
pub(crate) fn all_live() -> usize {
    (0..Device::MAX).filter_map(Device::cpu).map(live).sum()
}

/// Makes the bytes live now the new peak of `device`.
pub fn reset_peak(device: Device) {
    ACCOUNTS[device.id()].peak.store(live(device), Relaxed);
}

pub(super) fn took(device: Device, bytes: usize) {
    note(device, bytes as isize);
}

pub(super) fn gave_back(device: Device, bytes: usize) {
    note(device, -(bytes as isize));
}

/// An op that makes `bytes` bytes is queued.
#[inline]
pub(crate) fn promised(device: Device, bytes: usize) {
    share().promised[device.id()].fetch_add(bytes as isize, Relaxed);
}

/// The op is queued no longer: it runs, or nobody wants it.
#[inline]
pub(crate) fn kept_promise(device: Device, bytes: usize) {
    share().promised[device.id()].fetch_sub(bytes as isize, Relaxed);
}

fn live(device: Device) -> usize {
    let told = ACCOUNTS[device.id()].live.load(Relaxed);
    let untold = SHARES
        .iter()
        .map(|share| share.untold[device.id()].load(Relaxed));
    let live = told + untold.sum::<isize>();
    // The account is read before the shares, so what is told meanwhile is missed, not counted twice;
    // a buffer may be seen to go and not to have come.
    live.max(0) as usize
}

fn note(device: Device, mut bytes: isize) {
    if bytes.abs() <= UNTOLD {
        let share = &share().untold[device.id()];
        if (share.fetch_add(bytes, Relaxed) + bytes).abs() <= UNTOLD {
            return;
        }
        bytes = share.swap(0, Relaxed);
    }
    let account = &ACCOUNTS[device.id()];
    account.live.fetch_add(bytes, Relaxed);
    if bytes > 0 {
        account.peak.fetch_max(live(device), Relaxed);
    }
}

/// The calling thread's share.
#[inline]
fn share() -> &'static Share {
    SHARE.get().unwrap_or_else(join)
}

/// Gives the calling thread its share.
#[cold]
fn join() -> &'static Share {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let share: &Share = &SHARES[NEXT.fetch_add(1, Relaxed) % N_SHARES];
    SHARE.set(Some(share));
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device of nobody else.
    fn device(id: usize) -> Device {
        Device::cpu(id).unwrap()
    }

    #[test]
    fn a_peak_that_was_told_stays() {
        let device = device(62);
        took(device, 10_000);
        assert_eq!(stats(device).peak, 10_000);
        gave_back(device, 10_000);
        assert_eq!((stats(device).live, stats(device).peak), (0, 10_000));
        reset_peak(device);
        assert_eq!(stats(device).peak, 0);
    }

    #[test]
    fn accounts_are_exact_when_threads_give_back_what_others_took() {
        let device = device(63);
        let n_threads = N_SHARES + 8;
        let bytes = [64, 1000, 40_000];
        let all = |change: fn(Device, usize)| {
            std::thread::scope(|scope| {
                for _ in 0..n_threads {
                    scope.spawn(|| {
                        bytes
                            .iter()
                            .cycle()
                            .take(300)
                            .for_each(|&n| change(device, n))
                    });
                }
            });
        };
        all(took);
        let live = n_threads * 100 * bytes.iter().sum::<usize>();
        assert_eq!(stats(device).live, live);
        all(gave_back);
        assert_eq!(stats(device).live, 0);
        assert_eq!(stats(device).peak, live);
    }
}
