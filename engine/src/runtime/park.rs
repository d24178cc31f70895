//! Where idle workers sleep, and how many threads may compute.
//!
//! There are as many workers as cores. A user thread that helps in a blocker takes the place of
//! one idle worker, so that never more threads compute than there are cores; `README.md` beside
//! this file has the proof that no wake-up is lost.

use std::time::Duration;

use crate::sync::{AtomicUsize, Condvar, Mutex, Ordering, fence};

/// The sleeping place of the workers.
#[derive(Debug)]
pub(super) struct Parking {
    idle: AtomicUsize,
    searchers: AtomicUsize,
    helpers: AtomicUsize,
    /// Wake-ups that no sleeper has taken yet.
    wakeups: Mutex<usize>,
    sleepers: Condvar,
}

/// The right to look for work for a moment before going to sleep.
#[derive(Debug)]
#[must_use = "the search ends when this is dropped"]
pub(super) struct Searching<'a>(&'a Parking);

/// The right of a user thread to compute in the place of an idle worker.
#[derive(Debug)]
#[must_use = "a helper gives its place back by dropping this"]
pub(super) struct Helping<'a>(&'a Parking);

impl Parking {
    pub(super) fn new() -> Parking {
        Parking {
            idle: AtomicUsize::new(0),
            searchers: AtomicUsize::new(0),
            helpers: AtomicUsize::new(0),
            wakeups: Mutex::new(0),
            sleepers: Condvar::new(),
        }
    }

    /// Sleeps until woken, or until `timeout` is over. Returns at once if `has_work` says so
    /// after this thread has been counted as idle.
    pub(super) fn park(&self, timeout: Option<Duration>, has_work: impl FnOnce() -> bool) {
        self.idle.fetch_add(1, Ordering::SeqCst);
        // Pairs with the fence in `wake_one`: either the pusher sees this thread idle, or this
        // thread sees what was pushed.
        fence(Ordering::SeqCst);
        if !has_work() {
            let mut wakeups = self.wakeups.lock();
            if *wakeups == 0 {
                match timeout {
                    Some(timeout) => {
                        self.sleepers.wait_for(&mut wakeups, timeout);
                    }
                    None => self.sleepers.wait(&mut wakeups),
                }
            }
            *wakeups = wakeups.saturating_sub(1);
        }
        self.idle.fetch_sub(1, Ordering::SeqCst);
    }

    /// Lets a thread look for work before it sleeps: what comes soon is then taken without a
    /// wake-up. Two may at a time, such as a worker and a blocker, while another worker sleeps, so
    /// that a core is left to the program. Whoever ends a search looks once more, on its way to
    /// sleep or for others.
    pub(super) fn search(&self) -> Option<Searching<'_>> {
        if self.idle.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let one_more = |searchers: usize| (searchers < 2).then_some(searchers + 1);
        let place = self
            .searchers
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more);
        place.ok().map(|_| Searching(self))
    }

    /// True if a thread is looking for work.
    pub(super) fn is_searched(&self) -> bool {
        self.searchers.load(Ordering::Relaxed) > 0
    }

    /// Wakes one sleeper if there is one whose place no helper has taken, and nobody searches.
    /// Called after work was made visible.
    pub(super) fn wake_one(&self) {
        // Pairs with the fence in `park`, and with that at the end of a search.
        fence(Ordering::SeqCst);
        if self.searchers.load(Ordering::SeqCst) > 0 {
            return;
        }
        if self.idle.load(Ordering::SeqCst) > self.helpers.load(Ordering::SeqCst) {
            self.wake_one_slow();
        }
    }

    #[cold]
    fn wake_one_slow(&self) {
        let mut wakeups = self.wakeups.lock();
        // More wake-ups than sleepers would only make them run empty.
        if *wakeups < self.idle.load(Ordering::SeqCst) {
            *wakeups += 1;
            self.sleepers.notify_one();
        }
    }

    /// Wakes every sleeper, whatever helpers there are.
    pub(super) fn wake_all(&self) {
        // Pairs with the fence in `park`.
        fence(Ordering::SeqCst);
        let mut wakeups = self.wakeups.lock();
        *wakeups = self.idle.load(Ordering::SeqCst);
        self.sleepers.notify_all();
    }

    /// Wakes one sleeper, whatever helpers there are: for what no helper does, watching a batch. One
    /// that searches sees to it afterwards.
    pub(super) fn wake_one_beside_helpers(&self) {
        // Pairs with the fence in `park`, and with that at the end of a search.
        fence(Ordering::SeqCst);
        if self.searchers.load(Ordering::SeqCst) == 0 && self.idle.load(Ordering::SeqCst) > 0 {
            self.wake_one_slow();
        }
    }

    /// Lets a user thread compute if some worker is idle in its place.
    pub(super) fn help(&self) -> Option<Helping<'_>> {
        let taken = |helpers| (self.idle.load(Ordering::SeqCst) > helpers).then_some(helpers + 1);
        // A refused helper is at no moment counted: `wake_one` would rely on it in vain.
        let place = self
            .helpers
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, taken);
        place.ok().map(|_| Helping(self))
    }
}

impl Drop for Searching<'_> {
    /// Who ends a search checks afterwards whether work is left: while it searched, others counted
    /// on it.
    fn drop(&mut self) {
        self.0.searchers.fetch_sub(1, Ordering::SeqCst);
        // Pairs with the fence in `wake_one`: either the pusher sees that nobody searches, or this
        // thread sees what was pushed.
        fence(Ordering::SeqCst);
    }
}

impl Drop for Helping<'_> {
    /// The helper checks afterwards whether work is left, and wakes a worker for it: while it
    /// held the place, `wake_one` may have counted on it.
    fn drop(&mut self) {
        self.0.helpers.fetch_sub(1, Ordering::SeqCst);
        // Pairs with the fence in `wake_one`: either the pusher sees the place free, or the helper
        // sees what was pushed.
        fence(Ordering::SeqCst);
    }
}
