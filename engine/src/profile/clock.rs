//! The clock of profiles: the processor's time-stamp counter where it runs at one rate whatever the
//! core does (about 8 ns to read), else the system's monotonic clock. Ticks become nanoseconds only
//! when somebody reads a profile, by the two clocks' distance since the first session.
#![expect(
    unsafe_code,
    reason = "the time-stamp counter is read by an instruction"
)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The two clocks at one moment.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    ticks: u64,
    instant: Instant,
}

/// Turns ticks into nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    nanos_per_tick: f64,
}

static ANCHOR: OnceLock<Anchor> = OnceLock::new();
static USES_COUNTER: AtomicBool = AtomicBool::new(false);

/// Chooses the clock; called before the first time is taken.
pub(super) fn prepare() {
    ANCHOR.get_or_init(|| {
        USES_COUNTER.store(has_invariant_counter(), Relaxed);
        let instant = Instant::now();
        // The system's clock is counted from the anchor.
        let ticks = match USES_COUNTER.load(Relaxed) {
            true => counter(),
            false => 1,
        };
        Anchor { ticks, instant }
    });
}

/// The time in ticks; at least 1.
#[inline]
pub(super) fn now() -> u64 {
    if USES_COUNTER.load(Relaxed) {
        return counter();
    }
    ANCHOR
        .get()
        .map_or(1, |anchor| anchor.instant.elapsed().as_nanos() as u64 + 1)
}

impl Rate {
    /// The rate now. Waits for a moment if the clock was chosen just now: the longer the distance,
    /// the better it is known.
    pub(super) fn measure() -> Rate {
        const ENOUGH: Duration = Duration::from_millis(5);
        prepare();
        let anchor = ANCHOR.get().expect("just prepared");
        if !USES_COUNTER.load(Relaxed) {
            return Rate {
                nanos_per_tick: 1.0,
            };
        }
        std::thread::sleep(ENOUGH.saturating_sub(anchor.instant.elapsed()));
        let (ticks, nanos) = (counter(), anchor.instant.elapsed().as_nanos());
        Rate {
            nanos_per_tick: nanos as f64 / ticks.saturating_sub(anchor.ticks).max(1) as f64,
        }
    }

    /// Nanoseconds from `start` to `ticks`, 0 for what lies before.
    pub(super) fn nanos_between(self, start: u64, ticks: u64) -> u64 {
        (ticks.saturating_sub(start) as f64 * self.nanos_per_tick) as u64
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; it reads a register.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> u64 {
    unreachable!("only used where the counter is known to be invariant")
}

/// True if the processor says that the counter runs at one rate in every state of power and speed.
#[cfg(target_arch = "x86_64")]
fn has_invariant_counter() -> bool {
    use std::arch::x86_64::__cpuid;
    const POWER: u32 = 0x8000_0007;
    __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & (1 << 8) != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn has_invariant_counter() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_nanoseconds_of_the_systems_clock() {
        prepare();
        let (start, instant) = (now(), Instant::now());
        while instant.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let (end, real) = (now(), instant.elapsed().as_nanos() as f64);
        let told = Rate::measure().nanos_between(start, end) as f64;
        assert!((told / real - 1.0).abs() < 0.02, "{told} against {real}");
    }
}
