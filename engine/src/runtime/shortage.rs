//! Waiting for memory: a step is put aside unless its outputs fit beside those of everything that was
//! let go. Once nothing else is queued or running, the oldest of those put aside runs in any case: when
//! memory is short, ops run in the order of issue, and need what they need with a blocker after each.

use std::sync::{Arc, LazyLock};

use super::queues::Task;
use super::{Runtime, recorder};
use crate::graph::Plan;
use crate::memory::Reservation;
use crate::sync::{AtomicUsize, Mutex, Ordering};

/// What waits, and how much else there is that may end the wait.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// Tasks that are queued or running.
    n_active: AtomicUsize,
    /// How many are put aside, to be read without the lock.
    n_aside: AtomicUsize,
    /// What is put aside, with its age, the oldest first.
    aside: Mutex<Vec<(Age, T)>>,
}

/// The position of a step in the order of issue: that of its batch, and its own there.
pub(super) type Age = (u64, u32);

impl<T> Waiting<T> {
    pub(super) fn new() -> Waiting<T> {
        Waiting {
            n_active: AtomicUsize::new(0),
            n_aside: AtomicUsize::new(0),
            aside: Mutex::new(Vec::new()),
        }
    }

    /// Counts a task as active.
    pub(super) fn begin(&self) {
        self.n_active.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends an active task. If it was the last, and something is put aside, the oldest of that is
    /// returned to be run, and counted as active.
    #[must_use = "what nobody runs waits for ever"]
    pub(super) fn end(&self) -> Option<T> {
        // Who puts something aside is active until afterwards: the last to end sees it.
        if self.n_active.fetch_sub(1, Ordering::SeqCst) > 1 || !self.is_any_aside() {
            return None;
        }
        let mut aside = self.aside.lock();
        // Under the lock, so that only one is let run as the last resort: another that came to its
        // end here, too, sees the one that is counted.
        if aside.is_empty() || self.n_active.load(Ordering::SeqCst) > 0 {
            return None;
        }
        self.begin();
        Some(self.take_first(&mut aside))
    }

    /// Puts something aside. The task that does so is still active.
    pub(super) fn put_aside(&self, age: Age, waiting: T) {
        let mut aside = self.aside.lock();
        let at = aside.partition_point(|other| other.0 < age);
        aside.insert(at, (age, waiting));
        self.n_aside.store(aside.len(), Ordering::SeqCst);
    }

    /// Takes the oldest out, counted as active, if `fits` says so.
    pub(super) fn take_if<R>(&self, fits: impl FnOnce(&T) -> Option<R>) -> Option<(T, R)> {
        if !self.is_any_aside() {
            return None;
        }
        let mut aside = self.aside.lock();
        let granted = fits(&aside.first()?.1)?;
        self.begin();
        Some((self.take_first(&mut aside), granted))
    }

    fn take_first(&self, aside: &mut Vec<(Age, T)>) -> T {
        let (_, first) = aside.remove(0);
        self.n_aside.store(aside.len(), Ordering::SeqCst);
        first
    }

    pub(super) fn is_any_aside(&self) -> bool {
        self.n_aside.load(Ordering::SeqCst) > 0
    }
}

/// A step that waits for memory.
type Step = (Arc<Plan>, u32);

static WAITING: LazyLock<Waiting<Step>> = LazyLock::new(Waiting::new);

/// Stands for a task that is queued or running.
#[derive(Debug)]
pub(super) struct Active(());

impl Active {
    pub(super) fn new() -> Active {
        WAITING.begin();
        Active(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        if let Some((plan, step)) = WAITING.end() {
            // Its memory is not reserved: what does not fit now fails.
            let task = Task::granted(plan, step, Reservation::NOTHING, Active(()));
            Runtime::current().submit(task);
        }
    }
}

/// Reserves the memory that a step needs. `None` if the step was put aside, which must then be left
/// alone.
pub(super) fn admit(plan: &Arc<Plan>, step: u32) -> Option<Reservation> {
    let reservation = reserve(plan.need(step));
    if reservation.is_none() {
        WAITING.put_aside((plan.first, step), (plan.clone(), step));
    }
    reservation
}

/// Reserves `need` bytes if that leaves room for everything that was let go: what was issued before
/// must not find the memory full of what came after it.
pub(super) fn reserve(need: usize) -> Option<Reservation> {
    if need == 0 {
        return Some(Reservation::NOTHING);
    }
    Reservation::try_new(need, recorder::n_bytes_let_go().saturating_sub(need))
}

/// Lets steps go that fit by now, the oldest first. Called when a step has ended.
pub(super) fn let_go(runtime: &Runtime) {
    let fits = |(plan, step): &Step| reserve(plan.need(*step));
    while let Some(((plan, step), reservation)) = WAITING.take_if(fits) {
        runtime.submit(Task::granted(plan, step, reservation, Active(())));
    }
}

/// True while a step waits for memory.
pub(super) fn is_short() -> bool {
    WAITING.is_any_aside()
}
