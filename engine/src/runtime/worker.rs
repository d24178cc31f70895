//! Threads that run tasks: the workers, and user threads that help in a blocker.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::queues::{Deque, Task, Work};
use super::tiles::{Shared, TileJob};
use super::{Runtime, execute, fusion, io, recorder, reuses_plans, shortage};
use crate::graph::{Batch, External, Forms, Lane, Plan, Watcher, note_unplanned, plan};
use crate::memory;
use crate::profile::events;

/// How long a thread looks for work before it sleeps: longer than a program takes from one blocker
/// to the next op, and not much longer than being woken takes.
pub(super) const SEARCH: Duration = Duration::from_micros(100);
/// How long a batch that nobody waits for is left to grow.
const TICK: Duration = Duration::from_micros(500);
/// Ticks without a batch before the watch ends and an idle engine uses no CPU.
const QUIET_TICKS: u32 = 40;
/// How long free memory is kept that nobody takes.
const KEPT: Duration = Duration::from_secs(2);

/// Where a thread keeps tasks that became ready while it was running another.
pub(super) trait Local {
    /// Takes ready tasks, in the order of issue.
    fn keep(&self, runtime: &Runtime, tasks: Vec<Task>);
}

/// A worker thread.
pub(super) struct Worker {
    runtime: Arc<Runtime>,
    deque: Deque,
}

impl Worker {
    pub(super) fn new(runtime: Arc<Runtime>, deque: Deque) -> Worker {
        Worker { runtime, deque }
    }

    /// Runs tasks until the runtime stops.
    pub(super) fn run(&self) {
        let mut was_asleep = false;
        while !self.runtime.is_stopping() {
            match self.take().or_else(|| self.search()) {
                Some(found) => {
                    if std::mem::take(&mut was_asleep) {
                        // Of several wake-ups a search may have held back all but the first.
                        self.runtime.wake_if_work();
                    }
                    found.run(&self.runtime, &self.deque);
                }
                None => {
                    self.rest();
                    was_asleep = true;
                }
            }
        }
    }

    /// Takes something to do: tiles first, since they hold up a kernel that runs already; then the
    /// newest of its own tasks, whose inputs are in the cache; then the oldest of anybody else's; then
    /// a batch that is overdue.
    fn take(&self) -> Option<Found> {
        Found::take(&self.runtime, || self.deque.pop())
    }

    /// Looks for something to do for a moment, if that is allowed, and leaves the core to whoever
    /// wants it meanwhile.
    fn search(&self) -> Option<Found> {
        let runtime = &*self.runtime;
        let searching = runtime.parking.search()?;
        let start = Instant::now();
        let mut found = None;
        while found.is_none() && !runtime.is_stopping() && start.elapsed() < SEARCH {
            std::thread::yield_now();
            found = self.take();
        }
        drop(searching);
        if found.is_some() {
            runtime.wake_if_work();
            runtime.wake_watcher_if_wanted();
        }
        found
    }

    /// Sleeps. While a batch is being recorded, or was until lately, wakes from time to time to
    /// take it.
    fn rest(&self) {
        let runtime = &*self.runtime;
        let has_work = || runtime.is_stopping() || runtime.has_work();
        if !recorder::begin_watch() {
            let trimming = Trimming::begin();
            let timeout = trimming.as_ref().map(|trimming| trimming.left);
            return runtime
                .parking
                .park(timeout, || has_work() || recorder::wants_watch());
        }
        let batch = self.watch(has_work);
        if recorder::end_watch() {
            runtime.wake_watcher();
        }
        if let Some(batch) = batch {
            run_task(runtime, &self.deque, Task::batch(batch));
        }
    }

    /// Looks at the recorded batch at every tick, until there is one to take, something else to
    /// do, or nothing was recorded for a while.
    fn watch(&self, has_work: impl Fn() -> bool) -> Option<Batch> {
        for _ in 0..QUIET_TICKS {
            self.runtime.parking.park(Some(TICK), &has_work);
            if has_work() {
                return None;
            }
            if let Some(batch) = recorder::hand_over() {
                return Some(batch);
            }
        }
        None
    }
}

/// The task of one worker that sleeps: to wake once more for memory that was not needed meanwhile.
/// When nothing is cached any more, all of them sleep until there is work.
struct Trimming {
    left: Duration,
}

/// True while a worker has the task.
static IS_TRIMMED: AtomicBool = AtomicBool::new(false);

impl Trimming {
    /// Gives back what is due, and begins to wait for the rest, unless there is none or another
    /// worker does.
    fn begin() -> Option<Trimming> {
        static LAST: Mutex<Option<Instant>> = Mutex::new(None);
        if !memory::has_cached() {
            return None;
        }
        let left = {
            let mut last = LAST.lock();
            let since = last.get_or_insert_with(Instant::now).elapsed();
            if since >= KEPT {
                memory::trim();
                *last = Some(Instant::now());
            }
            KEPT.checked_sub(since).unwrap_or(KEPT)
        };
        let begins = memory::has_cached() && !IS_TRIMMED.swap(true, Relaxed);
        begins.then_some(Trimming { left })
    }
}

impl Drop for Trimming {
    fn drop(&mut self) {
        IS_TRIMMED.store(false, Relaxed);
    }
}

/// Something to do.
pub(super) enum Found {
    Tiles(Arc<TileJob>),
    Task(Task),
}

impl Found {
    fn take(runtime: &Runtime, own: impl FnOnce() -> Option<Task>) -> Option<Found> {
        if let Some(job) = runtime.queues.steal_tiles() {
            return Some(Found::Tiles(job));
        }
        let task = own().or_else(|| runtime.queues.steal());
        task.or_else(|| recorder::take_overdue().map(Task::batch))
            .map(Found::Task)
    }

    pub(super) fn run(self, runtime: &Runtime, local: &dyn Local) {
        match self {
            Found::Tiles(job) => {
                let _helping = events::tiles(job.of());
                job.work();
            }
            Found::Task(task) => run_task(runtime, local, task),
        }
    }
}

impl Local for Deque {
    /// The oldest is pushed last, so that it is run first.
    fn keep(&self, runtime: &Runtime, tasks: Vec<Task>) {
        let Some((kept, others)) = tasks.split_first() else {
            return;
        };
        let n_wakes = n_wakes(kept, others);
        tasks.into_iter().rev().for_each(|task| self.push(task));
        (0..n_wakes).for_each(|_| runtime.parking.wake_one());
    }
}

/// A user thread that helps. It keeps one task for itself and leaves the others to the workers.
#[derive(Default)]
pub(super) struct Guest {
    next: Cell<Option<Task>>,
}

impl Guest {
    /// Takes something to do: what it kept, else as a worker does.
    pub(super) fn take(&self, runtime: &Runtime) -> Option<Found> {
        let kept = self.next.take().map(Found::Task);
        kept.or_else(|| Found::take(runtime, || None))
    }

    /// Leaves what it kept, or queued for those that are awake, to the workers.
    pub(super) fn leave(self, runtime: &Runtime) {
        if let Some(task) = self.next.take() {
            runtime.queue(task);
        }
        runtime.wake_if_work();
    }
}

impl Local for Guest {
    fn keep(&self, runtime: &Runtime, tasks: Vec<Task>) {
        let mut tasks = tasks.into_iter();
        let Some(kept) = self.next.take().or_else(|| tasks.next()) else {
            return;
        };
        let n_wakes = n_wakes(&kept, tasks.as_slice());
        self.next.set(Some(kept));
        tasks.for_each(|task| runtime.queue(task));
        (0..n_wakes).for_each(|_| runtime.parking.wake_one());
    }
}

/// How many threads to wake for the tasks beside the one that a thread keeps. A light one is done
/// before another thread is awake: it is left to those that are, unless there are many, or the kept
/// one takes long.
fn n_wakes(kept: &Task, others: &[Task]) -> usize {
    const MANY: usize = 4;
    let cost = |task: &Task| match &task.work {
        Work::Step(plan, step, _) if plan.is_light(*step) => 1,
        _ => MANY,
    };
    let total: usize = others.iter().map(cost).sum();
    match cost(kept) {
        MANY => total.div_ceil(MANY),
        _ => total / MANY,
    }
}

/// A thread that keeps nothing, such as one of tokio's.
pub(super) struct Outsider;

impl Local for Outsider {
    fn keep(&self, runtime: &Runtime, tasks: Vec<Task>) {
        tasks.into_iter().for_each(|task| runtime.submit(task));
    }
}

pub(super) fn run_task(runtime: &Runtime, local: &dyn Local, task: Task) {
    if let Work::Step(plan, step, _) = &task.work
        && plan.lane(*step) == Lane::Io
    {
        let task = OnLane(Some(task));
        return io::run_blocking(move |runtime| task.run(runtime));
    }
    run_here(runtime, local, task);
}

fn run_here(runtime: &Runtime, local: &dyn Local, task: Task) {
    let Task { work, active } = task;
    match work {
        Work::Batch(batch) => run_batch(runtime, local, batch),
        Work::Step(plan, step, reservation) => {
            if let Some(reservation) = reservation.or_else(|| shortage::admit(&plan, step)) {
                reservation.run(|| run_step(runtime, local, &plan, step));
                shortage::let_go(runtime);
            }
        }
    }
    drop(active);
}

/// A step on its way through the I/O lane. If the lane ends before the step's turn, the step goes
/// back to the workers, who hand it to the next lane.
struct OnLane(Option<Task>);

impl OnLane {
    fn run(mut self, runtime: &Runtime) {
        if let Some(task) = self.0.take() {
            run_here(runtime, &Outsider, task);
        }
    }
}

impl Drop for OnLane {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            Runtime::current().submit(task);
        }
    }
}

fn run_batch(runtime: &Runtime, local: &dyn Local, mut batch: Batch) {
    let first = batch.first();
    if batch.can_run_in_order()
        && let Some(reservation) = shortage::reserve(batch.need())
    {
        return reservation.run(|| run_in_order(runtime, local, batch));
    }
    let planned = {
        let _planning = events::plan(first, batch.len());
        catch_unwind(AssertUnwindSafe(|| plan(&mut batch, fusion(), forms())))
    };
    match planned {
        Ok((plan, external)) => launch(runtime, local, Arc::new(plan), external),
        Err(panic) => {
            let nodes = batch.drain();
            let watchers = nodes.flat_map(|node| execute::fail(&node, &*panic));
            let watchers = watchers.collect();
            finished(runtime, first);
            tell(runtime, local, watchers);
        }
    }
}

/// The forms of earlier plans, unless each batch is to be planned anew.
fn forms() -> Option<&'static Forms> {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    reuses_plans().then(|| FORMS.get_or_init(Forms::new))
}

/// Runs the ops of a batch one after the other, without a plan.
pub(super) fn run_in_order(runtime: &Runtime, local: &dyn Local, mut batch: Batch) {
    let first = batch.first();
    events::unplanned();
    for node in batch.drain() {
        note_unplanned(&node);
        let watchers = execute::run_group(SmallVec::from_buf([node]), &Shared(runtime));
        tell(runtime, local, watchers);
    }
    finished(runtime, first);
}

/// Ends a batch, and lets go what was held back until then.
fn finished(runtime: &Runtime, first: u64) {
    for batch in recorder::finished(first) {
        runtime.submit(Task::batch(batch));
    }
}

/// Begins to wait for the values made outside, then lets every step go that waits for nothing.
fn launch(runtime: &Runtime, local: &dyn Local, plan: Arc<Plan>, external: Vec<External>) {
    for external in external {
        let watcher = Watcher::Step(plan.clone(), external.step);
        if external.node.watch(watcher).is_err() {
            let ready = count_down(&plan, external.step);
            debug_assert!(!ready, "the plan itself is still counted");
        }
    }
    if plan.n_steps() == 0 {
        return finished(runtime, plan.first);
    }
    let ready = (0..plan.n_steps() as u32).filter(|&step| count_down(&plan, step));
    let ready: Vec<Task> = ready.map(|step| Task::step(plan.clone(), step)).collect();
    local.keep(runtime, ready);
}

fn run_step(runtime: &Runtime, local: &dyn Local, plan: &Arc<Plan>, step: u32) {
    events::step(plan.first, step);
    for group in plan.take(step) {
        let watchers = execute::run_group(group, &Shared(runtime));
        // At once: who waits for one group of a bundle need not wait for all.
        tell(runtime, local, watchers);
    }
    let mut ready = Vec::new();
    for reader in plan.readers(step) {
        if count_down(plan, reader) {
            ready.push(Task::step(plan.clone(), reader));
        }
    }
    if plan.finish_step() {
        finished(runtime, plan.first);
    }
    if !ready.is_empty() {
        local.keep(runtime, ready);
    }
}

/// True if the step waits for nothing any more.
fn count_down(plan: &Plan, step: u32) -> bool {
    let is_ready = plan.count_down(step);
    if is_ready {
        events::ready(plan.first, step);
    }
    is_ready
}

/// Tells the watchers of a value, and keeps the tasks that became ready.
fn tell(runtime: &Runtime, local: &dyn Local, watchers: Vec<Watcher>) {
    let mut ready = Vec::new();
    let mut wakers = Vec::new();
    for watcher in watchers {
        match watcher {
            Watcher::Step(plan, step) => {
                if count_down(&plan, step) {
                    ready.push(Task::step(plan, step));
                }
            }
            Watcher::Wake(waker) => wakers.push(waker),
        }
    }
    if !ready.is_empty() {
        local.keep(runtime, ready);
    }
    wakers.into_iter().for_each(Waker::wake);
}
