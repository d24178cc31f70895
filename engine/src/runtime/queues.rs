//! The queues that tasks wait in: one deque for each worker, from which the others steal, and
//! shared ones for what comes from outside.

use std::sync::Arc;

use crossbeam_deque::{Injector, Steal, Stealer, Worker};

use super::shortage::Active;
use super::tiles::TileJob;
use crate::graph::{Batch, Plan};
use crate::memory::Reservation;

/// What a thread runs.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) work: Work,
    /// Counts it for those that wait for memory until it has ended.
    pub(super) active: Active,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Work {
    /// A batch to plan.
    Batch(Batch),
    /// A step whose inputs are done, with the memory that is reserved for it, if it was put aside
    /// for that.
    Step(Arc<Plan>, u32, Option<Reservation>),
}

impl Task {
    pub(super) fn batch(batch: Batch) -> Task {
        Task {
            work: Work::Batch(batch),
            active: Active::new(),
        }
    }

    pub(super) fn step(plan: Arc<Plan>, step: u32) -> Task {
        Task {
            work: Work::Step(plan, step, None),
            active: Active::new(),
        }
    }

    /// A step that was put aside and counts as active again.
    pub(super) fn granted(
        plan: Arc<Plan>,
        step: u32,
        reservation: Reservation,
        active: Active,
    ) -> Task {
        Task {
            work: Work::Step(plan, step, Some(reservation)),
            active,
        }
    }
}

/// The queues of one runtime.
#[derive(Debug)]
pub(super) struct Queues {
    /// Kernels that want help with their tiles.
    tiles: Injector<Arc<TileJob>>,
    /// Tasks from threads that are not workers, the oldest first.
    shared: Injector<Task>,
    stealers: Box<[Stealer<Task>]>,
}

/// The deque of one worker. The newest task is run first: what it reads is still in the cache,
/// and finishing what was begun frees memory. Thieves take the oldest.
pub(super) type Deque = Worker<Task>;

impl Queues {
    /// Queues for `n` workers, and their deques.
    pub(super) fn new(n: usize) -> (Queues, Vec<Deque>) {
        let deques: Vec<Deque> = (0..n).map(|_| Deque::new_lifo()).collect();
        let stealers = deques.iter().map(Worker::stealer).collect();
        (
            Queues {
                tiles: Injector::new(),
                shared: Injector::new(),
                stealers,
            },
            deques,
        )
    }

    /// Queues a task where every worker finds it.
    pub(super) fn push(&self, task: Task) {
        self.shared.push(task);
    }

    /// Asks for help with a kernel's tiles.
    pub(super) fn push_tiles(&self, job: Arc<TileJob>) {
        self.tiles.push(job);
    }

    /// A kernel that wants help: it holds up whatever reads its output, so it comes first.
    pub(super) fn steal_tiles(&self) -> Option<Arc<TileJob>> {
        until_settled(|| self.tiles.steal())
    }

    /// A task of the shared queue or, failing that, the oldest of some worker's.
    pub(super) fn steal(&self) -> Option<Task> {
        until_settled(|| self.shared.steal()).or_else(|| {
            self.stealers
                .iter()
                .find_map(|other| until_settled(|| other.steal()))
        })
    }

    /// True if there is nothing to take.
    pub(super) fn is_empty(&self) -> bool {
        self.tiles.is_empty()
            && self.shared.is_empty()
            && self.stealers.iter().all(Stealer::is_empty)
    }
}

/// Repeats an attempt that lost a race.
fn until_settled<T>(mut attempt: impl FnMut() -> Steal<T>) -> Option<T> {
    loop {
        match attempt() {
            Steal::Success(task) => return Some(task),
            Steal::Empty => return None,
            Steal::Retry => std::hint::spin_loop(),
        }
    }
}
