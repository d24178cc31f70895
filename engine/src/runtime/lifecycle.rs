//! Starting and stopping: workers start with the first op, stop on request or before a fork, and
//! start again with the next op.
#![expect(
    unsafe_code,
    reason = "the handler of `fork` is registered with the C library"
)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Once};
use std::thread::JoinHandle;

use crossbeam_utils::CachePadded;
use parking_lot::{Mutex, RwLock};

use super::park::Parking;
use super::queues::{Queues, Task};
use super::tiles::TileJob;
use super::worker::Worker;
use super::{blockers, io, recorder};

/// Settings of the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// How many workers there are.
    pub n_workers: usize,
}

/// Workers asked for; 0 for as many as the process may use cores.
static N_WORKERS: AtomicUsize = AtomicUsize::new(0);
static CURRENT: CachePadded<RwLock<Option<Arc<Runtime>>>> = CachePadded::new(RwLock::new(None));

/// The workers and their queues.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(super) queues: Queues,
    pub(super) parking: Parking,
    n_workers: usize,
    stopping: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The settings now in force: `FORERUN_WORKERS`, what [`configure`] said, or one worker a core.
pub fn config() -> Config {
    let asked = match N_WORKERS.load(Ordering::Relaxed) {
        0 => std::env::var("FORERUN_WORKERS")
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(0),
        n => n,
    };
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Config {
        n_workers: if asked == 0 { cores() } else { asked },
    }
}

/// Changes the settings: running workers finish what is queued and stop; new ones start with the
/// next op.
pub fn configure(config: Config) {
    stop();
    N_WORKERS.store(config.n_workers, Ordering::Relaxed);
}

/// Starts the workers now rather than with the first op.
pub fn start() {
    Runtime::current();
}

/// Finishes all that was issued and stops every thread of the engine. Failures stay with their
/// values. The engine starts again with the next op.
pub fn stop() {
    if CURRENT.read().is_some() {
        blockers::finish_all();
    }
    // Whoever stops at the same time finds none, or the next one: each is stopped by one thread.
    let runtime = CURRENT.write().take();
    if let Some(runtime) = runtime {
        runtime.stop();
    }
    io::stop();
}

impl Runtime {
    /// The running runtime, started if there is none.
    pub(crate) fn current() -> Arc<Runtime> {
        if let Some(runtime) = &*CURRENT.read() {
            return runtime.clone();
        }
        Runtime::start_slow()
    }

    #[cold]
    fn start_slow() -> Arc<Runtime> {
        stop_before_fork();
        let mut current = CURRENT.write();
        if let Some(runtime) = &*current {
            return runtime.clone();
        }
        let n_workers = config().n_workers;
        let (queues, deques) = Queues::new(n_workers);
        let runtime = Arc::new(Runtime {
            queues,
            parking: Parking::new(),
            n_workers,
            stopping: AtomicBool::new(false),
            threads: Mutex::new(Vec::new()),
        });
        let mut threads = runtime.threads.lock();
        for (i, deque) in deques.into_iter().enumerate() {
            let worker_runtime = runtime.clone();
            let thread = std::thread::Builder::new()
                .name(format!("forerun-{i}"))
                .spawn(move || Worker::new(worker_runtime, deque).run());
            // Fewer threads than asked for still finish everything; none at all cannot.
            match thread {
                Ok(thread) => threads.push(thread),
                Err(_) if i > 0 => break,
                Err(error) => panic!("the engine cannot start a thread: {error}"),
            }
        }
        drop(threads);
        *current = Some(runtime.clone());
        runtime
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.parking.wake_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            while !thread.is_finished() {
                self.parking.wake_all();
                std::thread::yield_now();
            }
            // A worker catches panics of kernels; its own would be a bug, reported by its thread.
            let _ = thread.join();
        }
        self.pass_on();
    }

    /// Gives what other threads queued while the workers stopped, or left to them as due, to the next
    /// runtime.
    fn pass_on(&self) {
        while let Some(task) = self.queues.steal() {
            Runtime::current().submit(task);
        }
        if recorder::is_due() {
            super::hand_over();
        }
    }

    pub(super) fn n_workers(&self) -> usize {
        self.n_workers
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Queues a task and sees to it that somebody runs it.
    pub(super) fn submit(&self, task: Task) {
        self.queue(task);
        self.parking.wake_one();
    }

    /// Queues a task for those that are awake: the caller is, and sees to it that it is not left.
    pub(super) fn queue(&self, task: Task) {
        self.queues.push(task);
        // Pairs with `stop`: it passes on what it sees queued after the flag, or this sees the flag.
        fence(Ordering::SeqCst);
        if self.is_stopping() {
            self.pass_on();
        }
    }

    /// Submits the batch that is being recorded if a worker is looking for work.
    pub(super) fn offer(&self) {
        if self.parking.is_searched()
            && let Some(batch) = recorder::hand_over()
        {
            self.submit(Task::batch(batch));
        }
    }

    /// Wakes a worker for the batch that is due.
    pub(super) fn begin(&self) {
        self.parking.wake_one();
        // As in `queue`; the fence is that of `wake_one`.
        if self.is_stopping() {
            self.pass_on();
        }
    }

    /// Lets another thread take tiles of a kernel.
    pub(super) fn share_tiles(&self, job: Arc<TileJob>) {
        self.queues.push_tiles(job);
        self.parking.wake_one();
    }

    /// True if something is queued, or due.
    pub(super) fn has_work(&self) -> bool {
        !self.queues.is_empty() || recorder::is_due()
    }

    /// True if something is queued, or overdue: it can be taken now.
    pub(super) fn has_task(&self) -> bool {
        !self.queues.is_empty() || recorder::is_overdue()
    }

    /// Wakes a worker if something is queued, or due.
    pub(super) fn wake_if_work(&self) {
        if self.has_work() {
            self.parking.wake_one();
        }
    }

    /// Wakes a worker to watch the batch that is being recorded, if nobody does.
    pub(super) fn wake_watcher_if_wanted(&self) {
        if recorder::wants_watch() {
            self.wake_watcher();
        }
    }

    /// Wakes a worker to look at the batch that is being recorded from time to time.
    pub(super) fn wake_watcher(&self) {
        self.parking.wake_one_beside_helpers();
    }
}

/// Has `fork` wait until the engine is at rest and its threads are gone: the child then starts its
/// own, and every array that was issued before is ready in both.
fn stop_before_fork() {
    static REGISTERED: Once = Once::new();
    #[cfg(unix)]
    REGISTERED.call_once(|| {
        extern "C" fn prepare() {
            stop();
        }
        // SAFETY: the handler is a function without arguments that returns; it does not unwind,
        // since `stop` runs kernels only under `catch_unwind`.
        unsafe { libc::pthread_atfork(Some(prepare), None, None) };
    });
}
