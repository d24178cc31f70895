//! From the words of tracks to records by kind, with times in nanoseconds since the session started.

use std::collections::{HashMap, HashSet};

use super::clock::Rate;
use super::events::Awaited;
use super::names;
use super::records::{Mark, Phase, Record, decode};
use super::session::Session;
use super::threads::{Span, Thread};

/// What all threads wrote, by kind.
#[derive(Default)]
pub(super) struct Read {
    pub(super) threads: Vec<Thread>,
    pub(super) issues: Vec<Issue>,
    pub(super) runs: Vec<Ran>,
    /// When a step (of the plan that begins at a position) became ready, and which thread saw to it.
    pub(super) ready: HashMap<(u64, u32), (u64, u32)>,
    pub(super) tiles: Vec<Tiled>,
    pub(super) plans: Vec<Planned>,
    pub(super) waits: Vec<(Span, Awaited)>,
    pub(super) blockers: Vec<(Span, u64, &'static str)>,
    pub(super) memory: Vec<(u64, i64)>,
    pub(super) rooms: Vec<(u64, u64)>,
    pub(super) failed: HashSet<u64>,
    pub(super) marks: Vec<(u64, u32, Mark)>,
    pub(super) notes: Vec<Note>,
}

pub(super) struct Issue {
    pub(super) span: Span,
    pub(super) seq: u64,
    pub(super) site: u64,
    pub(super) scope: Option<u32>,
    pub(super) name: &'static str,
    pub(super) bytes: u64,
    pub(super) is_heavy: bool,
}

pub(super) struct Ran {
    pub(super) span: Span,
    pub(super) seqs: Vec<u64>,
    pub(super) start: Start,
}

/// How a group came to run.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// At once, as its op was issued.
    Issued,
    /// With a batch that had no plan, from this time on.
    Unplanned(u64),
    /// With this step of the plan that begins at a position.
    Step(u64, u32),
}

/// Tiles that a thread ran of a group that another one began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Tiled {
    /// The thread, by its place among the profile's.
    pub thread: u32,
    /// When it began, in nanoseconds.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
    /// The position of the group's first op.
    pub seq: u64,
}

/// A batch that was planned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The thread, by its place among the profile's.
    pub thread: u32,
    /// When planning began, in nanoseconds.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
    /// The position of the batch's first op.
    pub first: u64,
    /// Ops in the batch.
    pub n_ops: u64,
}

/// An event of the user's own.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Note {
    /// The thread, by its place among the profile's.
    pub thread: u32,
    /// When, in nanoseconds.
    pub time: u64,
    /// What it is.
    pub phase: Phase,
    /// Its category.
    pub category: String,
    /// Its name.
    pub name: String,
    /// A counter's value, or the number that a beginning shares with its end.
    pub value: f64,
}

/// Reads what a session recorded so far.
pub(super) fn read(session: &Session) -> Read {
    let rate = Rate::measure();
    let mut read = Read::default();
    for (track, chunks) in session.tracks.read() {
        read.threads.push(Thread {
            name: track.thread.clone(),
            system_id: track.system_id,
        });
        let mut reader = Reader {
            thread: read.threads.len() as u32 - 1,
            start: Start::Issued,
            scopes: Vec::new(),
            time: |ticks| rate.nanos_between(session.start, ticks),
            read: &mut read,
        };
        for words in &chunks {
            decode(words).for_each(|record| reader.add(record));
        }
    }
    read.memory.sort_by_key(|&(time, _)| time);
    read.marks.sort_by_key(|&(time, ..)| time);
    read.notes.sort_by_key(|note| note.time);
    read
}

/// One track on its way.
struct Reader<'a, T> {
    thread: u32,
    /// How the groups that follow came to run.
    start: Start,
    /// The scopes that are open.
    scopes: Vec<u32>,
    time: T,
    read: &'a mut Read,
}

impl<T: Fn(u64) -> u64> Reader<'_, T> {
    fn add(&mut self, record: Record) {
        let thread = self.thread;
        let time = |ticks| (self.time)(ticks);
        let span = |begin, end| Span {
            thread,
            begin: time(begin),
            end: time(end).max(time(begin)),
        };
        let read = &mut *self.read;
        match record {
            Record::Issue {
                begin,
                end,
                seq,
                site,
                name,
                bytes,
                is_heavy,
            } => read.issues.push(Issue {
                span: span(begin, end),
                seq,
                site,
                scope: self.scopes.last().copied(),
                name,
                bytes,
                is_heavy,
            }),
            Record::Ready {
                time: at,
                first,
                step,
            } => {
                read.ready.insert((first, step), (time(at), thread));
            }
            Record::Step { first, step } => self.start = Start::Step(first, step),
            Record::Unplanned { time: at } => self.start = Start::Unplanned(time(at)),
            Record::Run { begin, end, seqs } => read.runs.push(Ran {
                span: span(begin, end),
                seqs,
                start: self.start,
            }),
            Record::Tiles { begin, end, seq } => {
                let Span { begin, end, .. } = span(begin, end);
                read.tiles.push(Tiled {
                    thread,
                    begin,
                    end,
                    seq,
                });
            }
            Record::Plan {
                begin,
                end,
                first,
                n_ops,
            } => {
                let Span { begin, end, .. } = span(begin, end);
                read.plans.push(Planned {
                    thread,
                    begin,
                    end,
                    first,
                    n_ops,
                });
            }
            Record::Wait {
                begin,
                end,
                awaited,
            } => read.waits.push((span(begin, end), awaited)),
            Record::Blocker {
                begin,
                end,
                site,
                name,
            } => read.blockers.push((span(begin, end), site, name)),
            Record::Memory { time: at, bytes } => read.memory.push((time(at), bytes)),
            Record::Room { seq, bytes } => read.rooms.push((seq, bytes)),
            Record::Failed { seq } => {
                read.failed.insert(seq);
            }
            Record::Mark { time: at, mark } => read.marks.push((time(at), thread, mark)),
            Record::Note {
                time: at,
                phase,
                name,
                value,
            } => {
                let at = time(at);
                self.note(at, phase, name, value);
            }
        }
    }

    fn note(&mut self, time: u64, phase: Phase, number: u32, value: f64) {
        match phase {
            Phase::ScopeBegin => self.scopes.push(number),
            Phase::ScopeEnd => {
                self.scopes.pop();
            }
            _ => {}
        }
        let (category, name) = names::name_of(number);
        self.read.notes.push(Note {
            thread: self.thread,
            time,
            phase,
            category,
            name,
            value,
        });
    }
}
