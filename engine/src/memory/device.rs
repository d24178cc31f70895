//! Devices: named places that arrays belong to. All of them are shares of the host's memory.

use std::fmt;

/// A place for arrays: `cpu(0)`, `cpu(1)`, ...
///
/// Every device computes on the same workers; they are told apart so that code written for
/// several devices runs, and so that memory is accounted for by device.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Device(u8);

impl Device {
    /// How many devices there can be.
    pub const MAX: usize = 64;

    /// The device with this number, if it is below [`Device::MAX`].
    pub fn cpu(id: usize) -> Option<Device> {
        (id < Device::MAX).then_some(Device(id as u8))
    }

    /// Its number.
    pub const fn id(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpu({})", self.0)
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
