//! Minibatches: where the record is cut, and what each cost.

use super::blame::Blocked;
use super::ops::{OpTimes, State};
use super::records::Mark;

/// A minibatch. Ops count where they were issued, whenever they ran; memory counts as time went by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// When it began, in nanoseconds since the session started.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
    /// Ops issued.
    pub n_issued: u64,
    /// Those of them that ran.
    pub n_run: u64,
    /// Those of them that were dropped as dead.
    pub n_dropped: u64,
    /// Time spent issuing them.
    pub issuing: u64,
    /// Time that they were ready to be taken by a worker, summed over ops.
    pub queued: u64,
    /// Time that they ran, summed over threads.
    pub running: u64,
    /// Time inside of blockers, on the thread that made the minibatch.
    pub waiting: u64,
    /// Bytes of new memory that they took.
    pub allocated: u64,
    /// The most that was held between its beginning and its end.
    pub peak: u64,
    /// How much more was held at its end than at its beginning.
    pub growth: i64,
}

/// Where a session is cut into minibatches, and the thread that said so.
///
/// If the program marks steps itself, only that counts: each mark ends one. Else the outermost loop
/// over a data loader cuts, before each minibatch; outside of such loops a trainer does, after each
/// update. So a minibatch that both know of is cut once.
pub(super) fn cuts(marks: &[(u64, u32, Mark)]) -> (Vec<(u64, u64)>, Option<u32>) {
    let own = |&&(.., mark): &&(u64, u32, Mark)| mark == Mark::Step;
    let first = marks.iter().find(own).or(marks.first());
    let Some(&(_, thread, kind)) = first else {
        return (Vec::new(), None);
    };
    let here = marks.iter().filter(|&&(_, on, _)| on == thread);
    let here = here.map(|&(time, _, mark)| (time, mark));
    let mut cutter = Cutter::default();
    match kind {
        Mark::Step => here
            .filter(|&(_, mark)| mark == Mark::Step)
            .for_each(|(time, _)| cutter.cut(time)),
        _ => here.for_each(|(time, mark)| cutter.add(time, mark)),
    }
    (cutter.steps, Some(thread))
}

#[derive(Default)]
struct Cutter {
    steps: Vec<(u64, u64)>,
    /// Where the last minibatch ended.
    since: u64,
    /// Loops over loaders that are under way.
    depth: u32,
    /// True once the outermost of them has begun a minibatch.
    is_open: bool,
}

impl Cutter {
    fn add(&mut self, time: u64, mark: Mark) {
        match mark {
            Mark::LoaderBegin => self.depth += 1,
            Mark::Loader if self.depth <= 1 => {
                if self.is_open {
                    self.cut(time);
                }
                (self.since, self.is_open) = (time, true);
            }
            Mark::LoaderEnd | Mark::LoaderLeft => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 && std::mem::take(&mut self.is_open) {
                    match mark {
                        Mark::LoaderLeft => self.cut(time),
                        _ => self.since = time,
                    }
                }
            }
            Mark::Trainer if self.depth == 0 => self.cut(time),
            Mark::Loader | Mark::Trainer | Mark::Step => {}
        }
    }

    fn cut(&mut self, time: u64) {
        self.steps.push((self.since, time));
        self.since = time;
    }
}

/// What each minibatch cost; each op learns which is its own.
pub(super) fn steps(
    cuts: &[(u64, u64)],
    thread: Option<u32>,
    ops: &mut [OpTimes],
    blockers: &[Blocked],
    memory: &[(u64, u64)],
) -> Vec<Step> {
    let new = |&(begin, end): &(u64, u64)| Step {
        begin,
        end,
        ..Step::default()
    };
    let mut steps: Vec<Step> = cuts.iter().map(new).collect();
    for op in ops {
        op.step = at(cuts, op.issued);
        if let Some(at) = op.step {
            add_op(&mut steps[at as usize], op);
        }
    }
    for blocked in blockers.iter().filter(|it| Some(it.thread) == thread) {
        if let Some(at) = at(cuts, blocked.begin) {
            steps[at as usize].waiting += blocked.end - blocked.begin;
        }
    }
    for step in &mut steps {
        add_memory(step, memory);
    }
    steps
}

/// The minibatch that a moment is in.
fn at(cuts: &[(u64, u64)], time: u64) -> Option<u32> {
    let n = cuts.partition_point(|&(begin, _)| begin <= time);
    let at = n.checked_sub(1)?;
    (time < cuts[at].1).then_some(at as u32)
}

fn add_op(step: &mut Step, op: &OpTimes) {
    step.n_issued += 1;
    step.n_run += u64::from(op.run.is_some());
    step.n_dropped += u64::from(op.state == State::Dropped);
    step.issuing += op.issuing;
    step.queued += op.begin - op.ready;
    step.running += op.running;
    step.allocated += op.allocated;
}

fn add_memory(step: &mut Step, memory: &[(u64, u64)]) {
    let until = |time| memory.partition_point(|&(at, _)| at <= time);
    let (from, to) = (until(step.begin), until(step.end));
    let held = |n: usize| n.checked_sub(1).map_or(0, |at| memory[at].1);
    let inside = memory[from..to].iter().map(|&(_, live)| live);
    step.peak = inside.fold(held(from), u64::max);
    step.growth = held(to) as i64 - held(from) as i64;
}

#[cfg(test)]
mod tests {
    use super::Mark::{Loader, LoaderBegin, LoaderEnd, LoaderLeft, Step, Trainer};
    use super::*;

    fn cut(marks: &[Mark]) -> Vec<(u64, u64)> {
        let timed = (1..).zip(marks).map(|(time, &mark)| (time, 0, mark));
        cuts(&timed.collect::<Vec<_>>()).0
    }

    #[test]
    fn a_minibatch_is_cut_once_whoever_knows_of_it() {
        // A loader alone, with a trainer, with two trainers.
        let loop_of = |inside: &[Mark]| {
            let batch = [&[Loader][..], inside].concat();
            let marks = [&[LoaderBegin][..], &batch, &batch, &[Loader, LoaderEnd]].concat();
            cut(&marks).len()
        };
        assert_eq!(loop_of(&[]), 2);
        assert_eq!(loop_of(&[Trainer]), 2);
        assert_eq!(loop_of(&[Trainer, Trainer]), 2);
        // Validation inside of a minibatch, with a loader of its own.
        assert_eq!(
            loop_of(&[Trainer, LoaderBegin, Loader, Loader, Loader, LoaderEnd]),
            2
        );
        // The program's own marks are the only ones then.
        assert_eq!(loop_of(&[Trainer, Step]), 2);
        assert_eq!(cut(&[Trainer, Trainer, Trainer]), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(
            cut(&[LoaderBegin, Loader, LoaderLeft, Trainer]),
            [(2, 3), (3, 4)]
        );
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn marks_of_other_threads_cut_nothing() {
        let marks = [(1, 0, Trainer), (2, 1, Trainer), (3, 0, Trainer)];
        assert_eq!(cuts(&marks), (vec![(0, 1), (1, 3)], Some(0)));
    }

    #[test]
    fn memory_of_a_step_is_what_was_held_within_it() {
        let memory = [(0, 5), (2, 9), (4, 7), (6, 1)];
        let mut step = super::Step {
            begin: 3,
            end: 5,
            ..Default::default()
        };
        add_memory(&mut step, &memory);
        assert_eq!((step.peak, step.growth), (9, -2));
    }
}
