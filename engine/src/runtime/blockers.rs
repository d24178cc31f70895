//! Blockers: hand over what was recorded, help with the work, return when the value is ready.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::queues::Task;
use super::worker::{Guest, SEARCH, run_in_order, run_task};
use super::{Runtime, failures, recorder};
use crate::error::{Error, Result};
use crate::graph::{Value, Watcher};
use crate::memory::{self, Buffer, Device, Reservation};
use crate::profile::events;

/// How often a sleeping blocker looks whether it was interrupted.
const INTERRUPT_CHECK: Duration = Duration::from_millis(50);

static INTERRUPTED: OnceLock<fn() -> bool> = OnceLock::new();

/// Sets what blockers ask, now and then, to learn that their wait should end (Ctrl-C); the first
/// caller wins.
pub fn set_interrupt_check(check: fn() -> bool) {
    let _ = INTERRUPTED.set(check);
}

type Detach = fn(&mut (dyn FnMut() + Send));

static DETACH: OnceLock<Detach> = OnceLock::new();

/// Sets what a wait inside of issuing runs in, to let other threads go on meanwhile (as releasing
/// Python's lock does); the first caller wins.
pub fn set_detach(detach: Detach) {
    let _ = DETACH.set(detach);
}

/// As [`wait`], where that takes some microseconds at most: nothing is left to do, or a few small
/// ops that were just recorded. `None` where it may take longer.
pub fn try_wait(value: &Value) -> Option<Result<()>> {
    if !value.is_done() {
        let (runtime, guest) = (Runtime::current(), Guest::default());
        let batch = recorder::take_short()?;
        let _waiting = events::wait(value.node());
        run_in_order(&runtime, &guest, batch);
        guest.leave(&runtime);
    }
    value.is_done().then(|| outcome(value))
}

/// Returns when `value` is ready.
///
/// # Errors
/// [`Error::Failed`] if the value or something that it depends on failed;
/// [`Error::Interrupted`] if the interrupt check said so.
pub fn wait(value: &Value) -> Result<()> {
    if !value.is_done() {
        let _waiting = events::wait(value.node());
        wait_until(
            || value.is_done(),
            |waker| value.node().watch(Watcher::Wake(waker.clone())).is_ok(),
        )?;
    }
    outcome(value)
}

/// The failure of a value that is done, if it failed.
fn outcome(value: &Value) -> Result<()> {
    match value.node().failure() {
        None => Ok(()),
        Some(error) => {
            if let Error::Failed(failure) = error {
                failures::raised(failure);
            }
            Err(error.clone())
        }
    }
}

/// Returns when every op issued so far, by any thread, is done.
///
/// # Errors
/// The first failure that no blocker has raised yet; [`Error::Interrupted`] as in [`wait`].
pub fn wait_all() -> Result<()> {
    rest()?;
    raise_first()
}

/// As [`wait_all`], but raises no failure: those stay with their values, and with the next
/// [`wait_all`].
///
/// # Errors
/// [`Error::Interrupted`] as in [`wait`].
pub fn rest() -> Result<()> {
    let end = recorder::end();
    if !recorder::is_done_before(end, None) {
        let _waiting = events::wait_all();
        wait_until(
            || recorder::is_done_before(end, None),
            |waker| !recorder::is_done_before(end, Some(waker)),
        )?;
    }
    Ok(())
}

/// A future that ends when every op issued so far, by any thread, is done.
///
/// # Errors
/// As [`wait_all`].
pub fn all_ready() -> AllReady {
    super::hand_over();
    AllReady {
        end: recorder::end(),
    }
}

/// The future of [`all_ready`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct AllReady {
    end: u64,
}

impl Future for AllReady {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if !recorder::is_done_before(self.end, Some(cx.waker())) {
            return Poll::Pending;
        }
        Poll::Ready(raise_first())
    }
}

/// Raises the first failure that nobody was told of.
fn raise_first() -> Result<()> {
    failures::take_first().map_or(Ok(()), |failure| Err(Error::Failed(failure)))
}

/// Returns when every op issued so far is done or failed, whatever the interrupt check says.
pub(super) fn finish_all() {
    let end = recorder::end();
    let is_done = || recorder::is_done_before(end, None);
    while !is_done() {
        // An interrupt only ends one round.
        let _ = wait_until(is_done, |waker| !recorder::is_done_before(end, Some(waker)));
    }
}

/// Helps until `is_caught_up`.
#[cold]
pub(super) fn catch_up(is_caught_up: impl Fn() -> bool + Sync) -> Result<()> {
    let mut result = Ok(());
    let _waiting = events::keep_pace();
    detached(&mut || result = help_until(&is_caught_up));
    result
}

/// Bytes that the issuing thread may bring along for ops that are not done; what it brings next waits
/// for them. Of a limit on memory it is an eighth at most.
const MAX_BROUGHT: usize = 64 << 20;

/// Memory for data that the issuing thread brings along. It is taken at once, not when an op runs: so
/// that a loop does not fill the memory with what its ops will read, the thread first helps with those
/// that it issued before, if there is much for them, or no room beside what they make.
///
/// # Errors
/// As [`Buffer::new`]; [`Error::Interrupted`] as in [`wait`].
pub fn buffer(op: &'static str, bytes: usize, device: Device) -> Result<Buffer> {
    let counted = memory::footprint(bytes);
    if counted > 0 && !super::is_serial() {
        if !may_bring(counted) {
            super::hand_over();
            let end = recorder::end();
            catch_up(|| may_bring(counted) || recorder::is_done_before(end, None))?;
        }
        recorder::bring(counted);
    }
    Buffer::new(op, bytes, device)
}

/// True if data of `bytes` bytes is not too far ahead.
fn may_bring(bytes: usize) -> bool {
    let limit = memory::limit().unwrap_or(usize::MAX);
    let unfinished = recorder::run_ahead().n_bytes;
    recorder::n_bytes_brought() <= MAX_BROUGHT.min(limit / 8)
        && Reservation::try_new(bytes, unfinished).is_some()
}

fn help_until(is_done: &(impl Fn() -> bool + Sync)) -> Result<()> {
    let runtime = Runtime::current();
    while !is_done() {
        help_in_passing(&runtime, is_done)?;
        check_interrupt()?;
        std::thread::sleep(Duration::from_micros(100));
    }
    Ok(())
}

/// Runs a wait inside the call that lets other threads of the frontend go on.
fn detached(wait: &mut (dyn FnMut() + Send)) {
    match DETACH.get() {
        Some(detach) => detach(wait),
        None => wait(),
    }
}

/// Helps, and sleeps when there is nothing to help with, until `is_done`. `watch` registers a
/// waker, or returns false if the wait is over.
fn wait_until(is_done: impl Fn() -> bool, watch: impl Fn(&Waker) -> bool) -> Result<()> {
    let runtime = Runtime::current();
    let guest = Guest::default();
    // What was recorded is handed over by running it here: no other thread need be woken.
    if let Some(batch) = recorder::take() {
        run_task(&runtime, &guest, Task::batch(batch));
        if is_done() {
            guest.leave(&runtime);
            return Ok(());
        }
    }
    let result = help(&runtime, &guest, &is_done);
    guest.leave(&runtime);
    result?;
    search(&runtime, &is_done)?;
    if is_done() {
        return Ok(());
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    if !watch(&waker) {
        return Ok(());
    }
    while !is_done() {
        std::thread::park_timeout(INTERRUPT_CHECK);
        check_interrupt()?;
        help_in_passing(&runtime, &is_done)?;
    }
    Ok(())
}

/// Looks for a moment whether the wait is over, or for something to help with: a wake-up would take
/// as long.
fn search(runtime: &Runtime, is_done: &impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    let mut searching = None;
    while !is_done() && start.elapsed() < SEARCH {
        searching = searching.or_else(|| runtime.parking.search());
        std::thread::yield_now();
        if runtime.has_task() {
            if searching.take().is_some() {
                runtime.wake_watcher_if_wanted();
            }
            help_in_passing(runtime, is_done)?;
        }
    }
    if searching.take().is_some() {
        runtime.wake_if_work();
        runtime.wake_watcher_if_wanted();
    }
    Ok(())
}

/// Runs tasks in the place of an idle worker until there are none, or the wait is over.
fn help(runtime: &Runtime, guest: &Guest, is_done: &impl Fn() -> bool) -> Result<()> {
    let Some(helping) = runtime.parking.help() else {
        return Ok(());
    };
    let (mut result, mut is_first) = (Ok(()), true);
    while !is_done() && result.is_ok() {
        let Some(found) = guest.take(runtime) else {
            break;
        };
        if std::mem::take(&mut is_first) {
            // What was pushed while this thread searched woke nobody.
            runtime.wake_if_work();
        }
        found.run(runtime, guest);
        result = check_interrupt_now_and_then();
    }
    drop(helping);
    runtime.wake_if_work();
    result
}

fn help_in_passing(runtime: &Runtime, is_done: &impl Fn() -> bool) -> Result<()> {
    let guest = Guest::default();
    let result = help(runtime, &guest, is_done);
    guest.leave(runtime);
    result
}

fn check_interrupt() -> Result<()> {
    match INTERRUPTED.get() {
        Some(interrupted) if interrupted() => Err(Error::Interrupted),
        _ => Ok(()),
    }
}

/// As `check_interrupt`, but most calls cost next to nothing.
fn check_interrupt_now_and_then() -> Result<()> {
    thread_local! {
        static CALLS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    CALLS.set(CALLS.get().wrapping_add(1));
    if CALLS.get().is_multiple_of(64) {
        check_interrupt()
    } else {
        Ok(())
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
