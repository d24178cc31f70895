//! How many bytes each device holds, held at most, and keeps for reuse.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::Device;

/// One device's bytes at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// In buffers that arrays or queued ops hold.
    pub live: usize,
    /// The most that was live since the start or since [`reset_peak`].
    pub peak: usize,
    /// In buffers kept for reuse.
    pub cached: usize,
}

#[derive(Debug)]
struct Account {
    live: AtomicUsize,
    peak: AtomicUsize,
}

static ACCOUNTS: [Account; Device::MAX] = [const {
    Account {
        live: AtomicUsize::new(0),
        peak: AtomicUsize::new(0),
    }
}; Device::MAX];

/// The bytes of `device` now. Cached bytes belong to no device; they are counted on `cpu(0)`.
pub fn stats(device: Device) -> Stats {
    let account = &ACCOUNTS[device.id()];
    Stats {
        live: account.live.load(Relaxed),
        peak: account.peak.load(Relaxed),
        cached: if device == Device::default() {
            super::pool::cached_bytes()
        } else {
            0
        },
    }
}

/// Makes the bytes live now the new peak of `device`.
pub fn reset_peak(device: Device) {
    let account = &ACCOUNTS[device.id()];
    account.peak.store(account.live.load(Relaxed), Relaxed);
}

pub(super) fn took(device: Device, bytes: usize) {
    let account = &ACCOUNTS[device.id()];
    let live = account.live.fetch_add(bytes, Relaxed) + bytes;
    account.peak.fetch_max(live, Relaxed);
}

pub(super) fn gave_back(device: Device, bytes: usize) {
    ACCOUNTS[device.id()].live.fetch_sub(bytes, Relaxed);
}
