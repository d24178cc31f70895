//! What blockers waited for. The wait is walked backwards: the awaited group ran; before that it was
//! ready and waited for a worker; before that it waited for the group, or the planning, that made it
//! ready, which is what the thread that made it ready did last. What was issued and had no plan waited
//! for the thread that then took it, and so for what that thread ran before. So each nanosecond of a
//! wait has one cause, and the parts are the whole.

use super::events::Awaited;
use super::ops::Run;
use super::read::{Planned, Read};
use super::threads::Span;

/// A call of a blocker.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Blocked {
    /// Its name.
    pub name: &'static str,
    /// Where the program called it, by the place among the profile's lines.
    pub line: Option<u32>,
    /// The thread, by its place among the profile's.
    pub thread: u32,
    /// When it was called, in nanoseconds.
    pub begin: u64,
    /// When it returned.
    pub end: u64,
    /// What its time went to, the last thing first; together all of it.
    pub parts: Vec<Part>,
}

/// A part of the time of a blocker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Part {
    /// What it went to.
    pub cause: Cause,
    /// How long.
    pub nanos: u64,
}

/// What a blocker waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// A group runs; its place among the profile's runs.
    Run(u32),
    /// A group is ready, and no worker has begun with it.
    Worker(u32),
    /// A batch is planned.
    Plan,
    /// What was issued is not handed over, or waits for something that is not known.
    HandOver,
    /// What is waited for is done, and the blocker takes it.
    Return,
}

/// The groups and plans of a profile, to look for causes in.
pub(super) struct Blame<'a> {
    /// In the order of their ends.
    runs: &'a [Run],
    /// Position of an op, and its group; sorted.
    groups: Vec<(u64, u32)>,
    /// By thread, the ends of groups with their places, in order.
    by_thread: Vec<Vec<(u64, u32)>>,
    plans_by_thread: Vec<Vec<Planned>>,
}

/// What made a group ready.
enum Reason {
    Run(u32),
    /// The thread, and when it began to plan.
    Plan(u32, u64),
}

impl<'a> Blame<'a> {
    pub(super) fn new(read: &Read, runs: &'a [Run]) -> Blame<'a> {
        let n_threads = read.threads.len();
        let mut by_thread = vec![Vec::new(); n_threads];
        let mut groups: Vec<(u64, u32)> = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            by_thread[run.thread as usize].push((run.end, at as u32));
            let seqs = &read.runs[run.record as usize].seqs;
            groups.extend(seqs.iter().map(|&seq| (seq, at as u32)));
        }
        groups.sort_unstable();
        let mut plans_by_thread = vec![Vec::new(); n_threads];
        for &plan in &read.plans {
            plans_by_thread[plan.thread as usize].push(plan);
        }
        Blame {
            runs,
            groups,
            by_thread,
            plans_by_thread,
        }
    }

    /// The blockers of a session: those of the frontend with the waits inside of them, and waits of
    /// their own.
    pub(super) fn blockers(
        &self,
        read: &Read,
        mut line: impl FnMut(u64) -> Option<u32>,
    ) -> Vec<Blocked> {
        let mut waits: Vec<&(Span, Awaited)> = read.waits.iter().collect();
        waits.sort_by_key(|(span, _)| (span.thread, span.begin));
        let mut is_inside = vec![false; waits.len()];
        let mut all = Vec::new();
        for (span, site, name) in outermost(&read.blockers) {
            let from = waits
                .partition_point(|(wait, _)| (wait.thread, wait.begin) < (span.thread, span.begin));
            let inside = waits[from..].iter();
            let inside =
                inside.take_while(|(wait, _)| wait.thread == span.thread && wait.end <= span.end);
            let n = inside.count();
            is_inside[from..from + n].fill(true);
            all.push(self.blocked(name, line(site), span, &waits[from..from + n]));
        }
        for (&wait, _) in waits.iter().zip(is_inside).filter(|(_, inside)| !inside) {
            let name = match wait.1 {
                Awaited::Op(_) => "wait",
                Awaited::All => "wait_all",
                Awaited::Pace => "keep_pace",
            };
            all.push(self.blocked(name, None, wait.0, &[wait]));
        }
        all.sort_by_key(|blocked| blocked.begin);
        all
    }

    fn blocked(
        &self,
        name: &'static str,
        line: Option<u32>,
        span: Span,
        waits: &[&(Span, Awaited)],
    ) -> Blocked {
        let mut parts = Vec::new();
        let mut until = span.end;
        for (wait, awaited) in waits.iter().rev() {
            add(&mut parts, Cause::Return, until.saturating_sub(wait.end));
            self.walk(wait.begin, wait.end.min(until), *awaited, &mut parts);
            until = wait.begin.min(until);
        }
        add(&mut parts, Cause::Return, until - span.begin);
        Blocked {
            name,
            line,
            thread: span.thread,
            begin: span.begin,
            end: span.end,
            parts,
        }
    }

    /// Adds the parts of one wait.
    fn walk(&self, begin: u64, end: u64, awaited: Awaited, parts: &mut Vec<Part>) {
        let mut until = end;
        // Adds what lasted from `from`, or from the beginning of the wait, until `until`.
        let mut back_to = |from: u64, cause: Cause, until: &mut u64| {
            let from = from.clamp(begin, *until);
            add(parts, cause, *until - from);
            *until = from;
        };
        let awaited = match awaited {
            Awaited::Op(seq) => self.group_of(seq),
            Awaited::All | Awaited::Pace => None,
        };
        let mut next = awaited.or_else(|| self.last_before(end));
        if let Some(at) = next {
            back_to(self.runs[at as usize].end, Cause::Return, &mut until);
        }
        while let Some(at) = next.filter(|_| until > begin) {
            let run = &self.runs[at as usize];
            back_to(run.end, Cause::HandOver, &mut until);
            back_to(run.begin, Cause::Run(at), &mut until);
            back_to(run.ready, Cause::Worker(at), &mut until);
            let before = match self.reason(run) {
                Some(Reason::Run(before)) => Some(before),
                Some(Reason::Plan(thread, from)) => {
                    back_to(from, Cause::Plan, &mut until);
                    self.last_on(thread, from)
                }
                None => self.last_on(run.thread, run.ready),
            };
            next = before.filter(|&before| before < at);
        }
        back_to(begin, Cause::HandOver, &mut until);
    }

    fn group_of(&self, seq: u64) -> Option<u32> {
        let at = self.groups.binary_search_by_key(&seq, |&(seq, _)| seq);
        at.ok().map(|at| self.groups[at].1)
    }

    /// The group that ended last before `time`, on any thread.
    fn last_before(&self, time: u64) -> Option<u32> {
        let n = self.runs.partition_point(|run| run.end <= time);
        n.checked_sub(1).map(|at| at as u32)
    }

    /// The group that ended last before `time` on a thread.
    fn last_on(&self, thread: u32, time: u64) -> Option<u32> {
        let runs = &self.by_thread[thread as usize];
        let n = runs.partition_point(|&(end, _)| end <= time);
        n.checked_sub(1).map(|at| runs[at].1)
    }

    /// What the thread that made a group ready did last before that.
    fn reason(&self, run: &Run) -> Option<Reason> {
        let thread = run.made_ready_by? as usize;
        let plans = &self.plans_by_thread[thread];
        let n_plans = plans.partition_point(|plan| plan.end <= run.ready);
        let ran = self.last_on(thread as u32, run.ready);
        let ran = ran.map(|at| (self.runs[at as usize].end, at));
        let planned = n_plans.checked_sub(1).map(|at| plans[at]);
        match (ran, planned) {
            (Some((end, at)), planned) if planned.is_none_or(|plan| plan.end <= end) => {
                Some(Reason::Run(at))
            }
            (_, Some(plan)) => Some(Reason::Plan(plan.thread, plan.begin)),
            (_, None) => None,
        }
    }
}

/// The blockers that no other one called.
fn outermost(
    blockers: &[(Span, u64, &'static str)],
) -> impl Iterator<Item = (Span, u64, &'static str)> {
    let mut sorted = blockers.to_vec();
    sorted.sort_by_key(|(span, ..)| (span.thread, span.begin, std::cmp::Reverse(span.end)));
    let mut last: Option<Span> = None;
    sorted.into_iter().filter(move |&(span, ..)| {
        let is_inside = last.is_some_and(|last| {
            (last.thread == span.thread) && last.begin <= span.begin && span.end <= last.end
        });
        last = if is_inside { last } else { Some(span) };
        !is_inside
    })
}

fn add(parts: &mut Vec<Part>, cause: Cause, nanos: u64) {
    if nanos > 0 {
        parts.push(Part { cause, nanos });
    }
}
