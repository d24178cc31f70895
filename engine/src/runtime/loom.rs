//! Models of the protocol: loom tries every order in which the threads can interleave.
//!
//! Parking, countdown and tiles are the real types. `Node` is too, but its `OnceLock` is the
//! standard library's: loom interleaves it only at the locks around it.

use std::sync::Arc;
use std::task::{Wake, Waker};

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use loom::thread;

use smallvec::SmallVec;

use super::park::Parking;
use super::shortage::Waiting;
use super::tiles::TileJob;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{
    Batch, Call, Completion, Input, Kernel, Node, Op, Output, Run, Value, Watcher, plan,
};
use crate::memory::Device;

/// A queue that only counts, and whether all work is done.
struct Work {
    parking: Parking,
    queued: AtomicUsize,
    done: AtomicBool,
}

impl Work {
    fn new() -> Arc<Work> {
        Arc::new(Work {
            parking: Parking::new(),
            queued: AtomicUsize::new(0),
            done: AtomicBool::new(false),
        })
    }

    fn push(&self) {
        self.queued.fetch_add(1, Relaxed);
        self.parking.wake_one();
    }

    fn take(&self) -> bool {
        let less = |n: usize| n.checked_sub(1);
        self.queued.fetch_update(Relaxed, Relaxed, less).is_ok()
    }

    /// A worker of a program with one task.
    fn work(&self) {
        while !self.done.load(Relaxed) {
            let searched = || {
                let searching = self.parking.search()?;
                let found = self.take();
                drop(searching);
                found.then_some(())
            };
            if self.take() || searched().is_some() {
                self.finish();
            } else {
                let has_work = || self.queued.load(Relaxed) > 0 || self.done.load(Relaxed);
                self.parking.park(None, has_work);
            }
        }
    }

    /// A blocker that helps with one task.
    fn help(&self) {
        let Some(helping) = self.parking.help() else {
            return;
        };
        if self.take() {
            self.finish();
        }
        self.leave(helping);
    }

    fn leave(&self, helping: super::park::Helping<'_>) {
        drop(helping);
        if self.queued.load(Relaxed) > 0 {
            self.parking.wake_one();
        }
    }

    fn finish(&self) {
        self.done.store(true, SeqCst);
        self.parking.wake_all();
    }
}

/// Every interleaving with at most three preemptions, which finds what depends on two threads.
fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn a_sleeping_worker_sees_what_is_pushed() {
    explore(|| {
        let work = Work::new();
        let worker = thread::spawn({
            let work = work.clone();
            move || work.work()
        });
        work.push();
        worker.join().unwrap();
    });
}

#[test]
fn a_worker_that_searches_leaves_nothing_to_sleepers() {
    explore(|| {
        let work = Work::new();
        let take_one = |work: Arc<Work>| {
            move || {
                let mut relied_on = false;
                while !work.take() {
                    if let Some(searching) = work.parking.search() {
                        let found = work.take();
                        drop(searching);
                        if found {
                            relied_on = true;
                            break;
                        }
                    }
                    work.parking.park(None, || work.queued.load(Relaxed) > 0);
                    relied_on = true;
                }
                // The first task after a search or a sleep.
                if relied_on && work.queued.load(Relaxed) > 0 {
                    work.parking.wake_one();
                }
            }
        };
        let workers = [0; 2].map(|_| thread::spawn(take_one(work.clone())));
        work.push();
        work.push();
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn two_tasks_wake_two_workers() {
    explore(|| {
        let work = Work::new();
        let take_one = |work: Arc<Work>| {
            move || {
                while !work.take() {
                    work.parking.park(None, || work.queued.load(Relaxed) > 0);
                }
            }
        };
        let workers = [0; 2].map(|_| thread::spawn(take_one(work.clone())));
        work.push();
        work.push();
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    });
}

#[test]
fn a_task_pushed_beside_a_helper_is_run() {
    explore(|| {
        let work = Work::new();
        let worker = thread::spawn({
            let work = work.clone();
            move || work.work()
        });
        let helper = thread::spawn({
            let work = work.clone();
            move || work.help()
        });
        work.push();
        worker.join().unwrap();
        helper.join().unwrap();
    });
}

#[test]
fn a_refused_helper_holds_back_no_wake_up() {
    explore(|| {
        let work = Work::new();
        let worker = thread::spawn({
            let work = work.clone();
            move || work.work()
        });
        let refused = thread::spawn({
            let work = work.clone();
            // It may get the place; either way it takes no task.
            move || {
                if let Some(helping) = work.parking.help() {
                    work.leave(helping);
                }
            }
        });
        let helping = work.parking.help();
        work.push();
        if let Some(helping) = helping {
            work.leave(helping);
        }
        worker.join().unwrap();
        refused.join().unwrap();
    });
}

#[test]
fn a_watcher_is_woken_beside_a_helper() {
    explore(|| {
        let work = Work::new();
        let worker = thread::spawn({
            let work = work.clone();
            move || work.work()
        });
        let helping = work.parking.help();
        work.queued.fetch_add(1, Relaxed);
        work.parking.wake_one_beside_helpers();
        // The helper stays: nobody else wakes the worker.
        worker.join().unwrap();
        drop(helping);
    });
}

struct Nothing;

impl Kernel for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn run(&self, _cx: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Small ones would run as one step.
    fn is_heavy(&self) -> bool {
        true
    }
}

fn node(inputs: &[&Arc<Node>]) -> Arc<Node> {
    let read = |node: &&Arc<Node>| Input::Value(Value::new((*node).clone(), 0), None);
    let call = Call {
        op: Op::Kernel(Arc::new(Nothing)),
        inputs: inputs.iter().map(read).collect(),
    };
    let output = Output {
        shape: [1].into(),
        dtype: DType::F32,
        device: Device::default(),
    };
    Arc::new(Node::queued(call, SmallVec::from_buf([output])))
}

#[test]
fn the_last_input_of_a_step_starts_it_and_sees_the_others() {
    explore(|| {
        let top = node(&[]);
        let (left, right) = (node(&[&top]), node(&[&top]));
        let bottom = node(&[&left, &right]);
        let mut batch = Batch::starting_at(1);
        for node in [&top, &left, &right, &bottom] {
            batch.push(node.clone());
        }
        let (plan, _external) = plan(&mut batch, true, None);
        let plan = Arc::new(plan);
        let ready: Vec<u32> = (0..4).filter(|&step| plan.count_down(step)).collect();
        assert_eq!(ready, [0]);
        let readers: Vec<u32> = plan.readers(0).collect();
        assert!(!plan.finish_step());
        assert!(readers.iter().all(|&step| plan.count_down(step)));

        let written = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let starts = Arc::new(AtomicUsize::new(0));
        let side = |i: usize| {
            let (plan, written, starts) = (plan.clone(), written.clone(), starts.clone());
            move || {
                written[i].store(1, Relaxed);
                if plan.count_down(3) {
                    assert!(written.iter().all(|side| side.load(Relaxed) == 1));
                    starts.fetch_add(1, Relaxed);
                }
                plan.finish_step()
            }
        };
        let other = thread::spawn(side(0));
        assert!(!side(1)());
        assert!(!other.join().unwrap());
        assert_eq!(starts.load(Relaxed), 1);
        assert!(plan.finish_step(), "the last step ends the plan");
    });
}

struct Told(AtomicUsize);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_watcher_is_told_once_or_refused() {
    explore(|| {
        let node = node(&[]);
        let told = Arc::new(Told(AtomicUsize::new(0)));
        let watcher = thread::spawn({
            let (node, waker) = (node.clone(), Waker::from(told.clone()));
            move || node.watch(Watcher::Wake(waker)).is_err()
        });
        let Completion(watchers) = node.complete(Err(Error::Interrupted));
        for watcher in watchers {
            if let Watcher::Wake(waker) = watcher {
                waker.wake();
            }
        }
        let refused = watcher.join().unwrap();
        assert_eq!(told.0.load(Relaxed) + usize::from(refused), 1);
        assert!(node.failure().is_some());
    });
}

#[test]
fn a_waker_that_is_known_is_not_added_again() {
    explore(|| {
        let node = node(&[]);
        let waker = Waker::from(Arc::new(Told(AtomicUsize::new(0))));
        for _ in 0..3 {
            assert!(node.watch(Watcher::Wake(waker.clone())).is_ok());
        }
        let Completion(watchers) = node.complete(Err(Error::Interrupted));
        assert_eq!(watchers.len(), 1);
    });
}

#[test]
fn the_owner_of_tiles_sees_what_all_of_them_wrote() {
    explore(|| {
        let written = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let tile = {
            let written = written.clone();
            // Relaxed: only the job's own counts order the writes before the owner's reads.
            move |i: usize| written[i].store(i + 1, Relaxed)
        };
        let job = Arc::new(TileJob::new(&tile, 2));
        let helper = thread::spawn({
            let job = job.clone();
            move || job.work()
        });
        job.work();
        job.wait();
        assert_eq!(written[0].load(Relaxed), 1);
        assert_eq!(written[1].load(Relaxed), 2);
        helper.join().unwrap();
    });
}

/// Steps that need memory, of which there is room for one at a time.
struct Short {
    waiting: Waiting<u32>,
    room: AtomicUsize,
    n_run: AtomicUsize,
}

impl Short {
    fn new() -> Arc<Short> {
        Arc::new(Short {
            waiting: Waiting::new(),
            room: AtomicUsize::new(1),
            n_run: AtomicUsize::new(0),
        })
    }

    fn try_take(&self) -> Option<()> {
        let less = |room: usize| room.checked_sub(1);
        self.room.fetch_update(SeqCst, SeqCst, less).ok().map(drop)
    }

    /// What a thread does with an active step, and with those that it lets go.
    fn run(&self, step: u32) {
        let mut open = vec![(step, false)];
        while let Some((step, is_granted)) = open.pop() {
            if is_granted || self.try_take().is_some() {
                self.n_run.fetch_add(1, Relaxed);
                self.room.fetch_add(1, SeqCst);
                let next = self.waiting.take_if(|_| self.try_take());
                open.extend(next.map(|(step, ())| (step, true)));
            } else {
                self.waiting.put_aside((0, step), step);
            }
            if let Some(last) = self.waiting.end() {
                self.try_take().expect("nothing else runs");
                open.push((last, true));
            }
        }
    }
}

#[test]
fn a_step_that_waits_for_memory_runs_when_another_has_ended() {
    explore(|| {
        let short = Short::new();
        let threads: Vec<_> = (0..3)
            .map(|step| {
                let short = short.clone();
                short.waiting.begin();
                thread::spawn(move || short.run(step))
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(short.n_run.load(SeqCst), 3);
        assert!(!short.waiting.is_any_aside());
    });
}
