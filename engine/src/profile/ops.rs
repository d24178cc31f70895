//! Each op from its issue to its end, and the groups in which ops ran: the records of all threads,
//! joined by the ops' positions.

use std::ops::Range;

use super::read::{Issue, Ran, Read, Start};
use super::threads::{Span, own_times};

/// An op that was issued during a session. Times are nanoseconds since its start.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct OpTimes {
    /// Its position in the order of issue.
    pub seq: u64,
    /// Its name.
    pub name: &'static str,
    /// Where the program issued it, by the place among the profile's lines.
    pub line: Option<u32>,
    /// The scope in which it was issued, by the place among the profile's scopes.
    pub scope: Option<u32>,
    /// The thread that issued it, by its place among the profile's.
    pub thread: u32,
    /// The minibatch in which it was issued, by its place among the profile's steps.
    pub step: Option<u32>,
    /// When issuing it began.
    pub issued: u64,
    /// When issuing it ended; a worker may have begun with it earlier.
    pub issue_end: u64,
    /// How long issuing took, without what the thread ran or waited for meanwhile.
    pub issuing: u64,
    /// When it had all that it waits for; 0 if it did not run.
    pub ready: u64,
    /// When its group began to run; 0 if it did not run.
    pub begin: u64,
    /// When its group was done; 0 if it did not run.
    pub end: u64,
    /// Its part of the time that its group ran: all of it for a heavy op (a product), which others
    /// joined; else an equal part. The parts of a group's ops are the group's time.
    pub running: u64,
    /// The group in which it ran, by its place among the profile's runs.
    pub run: Option<u32>,
    /// Bytes of the values that it makes.
    pub bytes: u64,
    /// Bytes of new memory that it took for them; none if it wrote in place, or its group did not
    /// write them to memory.
    pub allocated: u64,
    /// What became of it.
    pub state: State,
    is_heavy: bool,
}

/// What became of an op.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It ran.
    Ran,
    /// It failed, or something that it reads did.
    Failed,
    /// Nobody could read what it would have made: it did not run.
    Dropped,
    /// It is not done yet.
    Queued,
    /// It is done; the session was paused meanwhile.
    Unseen,
}

/// A group that ran: one op, or fused ones.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The thread, by its place among the profile's.
    pub thread: u32,
    /// When it had all that it waits for.
    pub ready: u64,
    /// When it began.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
    /// Its ops that were issued during the session, by their places among the profile's.
    pub ops: Vec<u32>,
    /// All its ops.
    pub n_ops: u32,
    /// Who made it ready: the thread, if it has a plan.
    pub(super) made_ready_by: Option<u32>,
    /// Its place among the records.
    pub(super) record: u32,
}

/// What is known of the ops that have no run.
pub(super) struct Fate {
    /// Ops before this position are done.
    pub(super) done_before: u64,
    /// Positions of those that were queued when the session was paused.
    pub(super) unseen: Vec<Range<u64>>,
}

/// Joins ops and groups. `line` and `scope` give the places of a site and of a scope's number.
pub(super) fn join(
    read: &Read,
    fate: &Fate,
    mut line: impl FnMut(u64) -> Option<u32>,
    mut scope: impl FnMut(u32) -> u32,
) -> (Vec<OpTimes>, Vec<Run>) {
    let issuing = own_times(&all_spans(read));
    let ops = read.issues.iter().zip(issuing);
    let ops = ops.map(|(issue, issuing)| {
        let (line, scope) = (line(issue.site), issue.scope.map(&mut scope));
        issued(issue, issuing, line, scope)
    });
    let mut ops: Vec<OpTimes> = ops.collect();
    ops.sort_by_key(|op| op.seq);
    let runs = read.runs.iter().zip(0..);
    let runs = runs.map(|(ran, record)| run(read, &ops, ran, record));
    let mut runs: Vec<Run> = runs.collect();
    runs.sort_by_key(|run| run.end);
    for (i, run) in runs.iter_mut().enumerate() {
        enter(&mut ops, run, i as u32);
    }
    for &(seq, bytes) in &read.rooms {
        if let Some(at) = find(&ops, seq) {
            ops[at].allocated += bytes;
        }
    }
    for op in &mut ops {
        op.state = match op.run {
            _ if read.failed.contains(&op.seq) => State::Failed,
            Some(_) => State::Ran,
            None if op.seq >= fate.done_before => State::Queued,
            None if fate.unseen.iter().any(|queued| queued.contains(&op.seq)) => State::Unseen,
            None => State::Dropped,
        };
    }
    (ops, runs)
}

/// The place of an op.
pub(super) fn find(ops: &[OpTimes], seq: u64) -> Option<usize> {
    ops.binary_search_by_key(&seq, |op| op.seq).ok()
}

/// What threads spent time on, issuing first.
fn all_spans(read: &Read) -> Vec<Span> {
    let issues = read.issues.iter().map(|issue| issue.span);
    let runs = read.runs.iter().map(|run| run.span);
    let tiles = read.tiles.iter().map(|it| Span {
        thread: it.thread,
        begin: it.begin,
        end: it.end,
    });
    let plans = read.plans.iter().map(|it| Span {
        thread: it.thread,
        begin: it.begin,
        end: it.end,
    });
    let waits = read.waits.iter().map(|&(span, _)| span);
    let others = runs.chain(tiles).chain(plans).chain(waits);
    issues.chain(others).collect()
}

fn issued(issue: &Issue, issuing: u64, line: Option<u32>, scope: Option<u32>) -> OpTimes {
    OpTimes {
        seq: issue.seq,
        name: issue.name,
        line,
        scope,
        thread: issue.span.thread,
        step: None,
        issued: issue.span.begin,
        issue_end: issue.span.end,
        issuing,
        ready: 0,
        begin: 0,
        end: 0,
        running: 0,
        run: None,
        bytes: issue.bytes,
        allocated: 0,
        state: State::Queued,
        is_heavy: issue.is_heavy,
    }
}

fn run(read: &Read, ops: &[OpTimes], ran: &Ran, record: u32) -> Run {
    let Span { thread, begin, end } = ran.span;
    let (ready, made_ready_by) = match ran.start {
        Start::Issued => (begin, None),
        Start::Unplanned(time) => (time, None),
        Start::Step(first, step) => match read.ready.get(&(first, step)) {
            Some(&(time, thread)) => (time, Some(thread)),
            None => (begin, None),
        },
    };
    let places = ran.seqs.iter().filter_map(|&seq| find(ops, seq));
    Run {
        thread,
        ready: ready.min(begin),
        begin,
        end,
        ops: places.map(|at| at as u32).collect(),
        n_ops: ran.seqs.len() as u32,
        made_ready_by,
        record,
    }
}

/// Gives the times of a group to its ops. The clocks of two cores may be some nanoseconds apart:
/// no op is ready before it was issued.
fn enter(ops: &mut [OpTimes], run: &mut Run, at: u32) {
    let issued = run.ops.iter().map(|&op| ops[op as usize].issued).max();
    run.ready = run.ready.max(issued.unwrap_or(0));
    run.begin = run.begin.max(run.ready);
    run.end = run.end.max(run.begin);
    let shares = shares(ops, run);
    for (&op, running) in run.ops.iter().zip(shares) {
        let op = &mut ops[op as usize];
        (op.ready, op.begin, op.end) = (run.ready, run.begin, run.end);
        (op.run, op.running) = (Some(at), running);
    }
}

/// How the time of a group is divided among its ops.
fn shares(ops: &[OpTimes], run: &Run) -> Vec<u64> {
    let heavy = |op: &&u32| ops[**op as usize].is_heavy;
    let n_heavy = run.ops.iter().filter(heavy).count();
    let takes = |op: &u32| n_heavy == 0 || ops[*op as usize].is_heavy;
    let n = if n_heavy == 0 { run.ops.len() } else { n_heavy } as u64;
    let mut left = run.end - run.begin;
    let part = left.checked_div(n).unwrap_or(0);
    let mut n_left = n;
    let share = |op: &u32| {
        if !takes(op) {
            return 0;
        }
        n_left -= 1;
        let share = if n_left == 0 { left } else { part };
        left -= share;
        share
    };
    run.ops.iter().map(share).collect()
}
