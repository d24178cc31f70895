//! The records of a track: what is written when, and how it is read again. A record is a head word
//! (kind, words in all, a small number) and what belongs to its kind; times are ticks.
#![expect(
    unsafe_code,
    reason = "names are written as the address and length of a static string"
)]

use super::events::Awaited;
use super::tracks::{write, write_two};

/// What a thread wrote down.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Record {
    /// An op was issued.
    Issue {
        begin: u64,
        end: u64,
        seq: u64,
        site: u64,
        name: &'static str,
        bytes: u64,
        is_heavy: bool,
    },
    /// A step of the plan that begins at `first` waits for nothing any more.
    Ready { time: u64, first: u64, step: u32 },
    /// What runs next on this thread belongs to that step.
    Step { first: u64, step: u32 },
    /// What runs next on this thread is a batch without a plan.
    Unplanned { time: u64 },
    /// A group ran.
    Run {
        begin: u64,
        end: u64,
        seqs: Vec<u64>,
    },
    /// Tiles ran of the group whose first op is `seq`.
    Tiles { begin: u64, end: u64, seq: u64 },
    /// A batch was planned.
    Plan {
        begin: u64,
        end: u64,
        first: u64,
        n_ops: u64,
    },
    /// A blocker waited.
    Wait {
        begin: u64,
        end: u64,
        awaited: Awaited,
    },
    /// A frontend's blocker, from its call to its return.
    Blocker {
        begin: u64,
        end: u64,
        site: u64,
        name: &'static str,
    },
    /// Memory was taken (or, negative, given back).
    Memory { time: u64, bytes: i64 },
    /// The op `seq` made this much room for a result.
    Room { seq: u64, bytes: u64 },
    /// The op `seq` failed.
    Failed { seq: u64 },
    /// A minibatch begins or ends.
    Mark { time: u64, mark: Mark },
    /// A user's own event, whose name has a number.
    Note {
        time: u64,
        phase: Phase,
        name: u32,
        value: f64,
    },
}

/// Who says where minibatches are cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// The program itself, at the end of a minibatch.
    Step,
    /// A trainer, once parameters are updated.
    Trainer,
    /// A data loader whose minibatches are gone through from here on.
    LoaderBegin,
    /// A data loader, about to make the next minibatch.
    Loader,
    /// A data loader that has none left: what it began last is no minibatch.
    LoaderEnd,
    /// A data loader whose loop ends in a minibatch.
    LoaderLeft,
}

/// What a user's own event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Something begins.
    Begin,
    /// It ends.
    End,
    /// A counter has a new value.
    Counter,
    /// A moment.
    Instant,
    /// A scope begins on this thread.
    ScopeBegin,
    /// It ends.
    ScopeEnd,
}

const MARKS: [Mark; 6] = [
    Mark::Step,
    Mark::Trainer,
    Mark::LoaderBegin,
    Mark::Loader,
    Mark::LoaderEnd,
    Mark::LoaderLeft,
];
const PHASES: [Phase; 6] = [
    Phase::Begin,
    Phase::End,
    Phase::Counter,
    Phase::Instant,
    Phase::ScopeBegin,
    Phase::ScopeEnd,
];

// Kinds of records.
const ISSUE: u64 = 1;
const READY: u64 = 2;
const STEP: u64 = 3;
const UNPLANNED: u64 = 4;
const RUN: u64 = 5;
const TILES: u64 = 6;
const PLAN: u64 = 7;
const WAIT: u64 = 8;
const BLOCKER: u64 = 9;
const TAKEN: u64 = 10;
const GIVEN: u64 = 11;
const ROOM: u64 = 12;
const FAILED: u64 = 13;
const MARK: u64 = 14;
const NOTE: u64 = 15;

/// Kind in bits 0 to 7, words in bits 8 to 23, a small number above.
const fn head(kind: u64, n_words: usize, number: u64) -> u64 {
    kind | (n_words as u64) << 8 | number << 24
}

pub(super) struct Issued {
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) seq: u64,
    pub(super) site: u64,
    pub(super) name: &'static str,
    pub(super) bytes: u64,
    pub(super) is_heavy: bool,
}

pub(super) fn issue(issued: &Issued) {
    let name = issued.name;
    write(&[
        head(
            ISSUE,
            7,
            name.len() as u64 | u64::from(issued.is_heavy) << 32,
        ),
        issued.begin,
        issued.end,
        issued.seq,
        issued.site,
        name.as_ptr().expose_provenance() as u64,
        issued.bytes,
    ]);
}

pub(super) fn ready(time: u64, first: u64, step: u32) {
    write(&[head(READY, 3, u64::from(step)), time, first]);
}

pub(super) fn step(first: u64, step: u32) {
    write(&[head(STEP, 2, u64::from(step)), first]);
}

pub(super) fn unplanned(time: u64) {
    write(&[head(UNPLANNED, 2, 0), time]);
}

pub(super) fn run(begin: u64, end: u64, seqs: &[u64]) {
    write_two(&[head(RUN, 3 + seqs.len(), 0), begin, end], seqs);
}

pub(super) fn tiles(begin: u64, end: u64, seq: u64) {
    write(&[head(TILES, 4, 0), begin, end, seq]);
}

pub(super) fn plan(begin: u64, end: u64, first: u64, n_ops: u64) {
    write(&[head(PLAN, 5, 0), begin, end, first, n_ops]);
}

pub(super) fn wait(begin: u64, end: u64, awaited: Awaited) {
    let (number, seq) = match awaited {
        Awaited::Op(seq) => (0, seq),
        Awaited::All => (1, 0),
        Awaited::Pace => (2, 0),
    };
    write(&[head(WAIT, 4, number), begin, end, seq]);
}

pub(super) fn blocker(begin: u64, end: u64, site: u64, name: &'static str) {
    let (at, len) = (name.as_ptr().expose_provenance() as u64, name.len() as u64);
    write(&[head(BLOCKER, 5, len), begin, end, site, at]);
}

pub(super) fn taken(time: u64, bytes: usize) {
    write(&[head(TAKEN, 3, 0), time, bytes as u64]);
}

pub(super) fn given(time: u64, bytes: usize) {
    write(&[head(GIVEN, 3, 0), time, bytes as u64]);
}

pub(super) fn room(seq: u64, bytes: usize) {
    write(&[head(ROOM, 3, 0), seq, bytes as u64]);
}

pub(super) fn failed(seq: u64) {
    write(&[head(FAILED, 2, 0), seq]);
}

pub(super) fn mark(time: u64, mark: Mark) {
    write(&[head(MARK, 2, mark as u64), time]);
}

pub(super) fn note(time: u64, phase: Phase, name: u32, value: f64) {
    let number = u64::from(name) << 8 | phase as u64;
    write(&[head(NOTE, 3, number), time, value.to_bits()]);
}

/// The records of a chunk.
pub(super) fn decode(mut words: &[u64]) -> impl Iterator<Item = Record> {
    std::iter::from_fn(move || {
        let n_words = (*words.first()? >> 8 & 0xffff) as usize;
        let (record, rest) = words.split_at(n_words);
        words = rest;
        Some(record_of(record))
    })
}

fn record_of(words: &[u64]) -> Record {
    let number = words[0] >> 24;
    let step = number as u32;
    match (words[0] & 0xff, &words[1..]) {
        (ISSUE, &[begin, end, seq, site, name, bytes]) => Record::Issue {
            begin,
            end,
            seq,
            site,
            name: name_at(name, number & 0xffff_ffff),
            bytes,
            is_heavy: number >> 32 != 0,
        },
        (READY, &[time, first]) => Record::Ready { time, first, step },
        (STEP, &[first]) => Record::Step { first, step },
        (UNPLANNED, &[time]) => Record::Unplanned { time },
        (RUN, &[begin, end, ref seqs @ ..]) => Record::Run {
            begin,
            end,
            seqs: seqs.to_vec(),
        },
        (TILES, &[begin, end, seq]) => Record::Tiles { begin, end, seq },
        (PLAN, &[begin, end, first, n_ops]) => Record::Plan {
            begin,
            end,
            first,
            n_ops,
        },
        (WAIT, &[begin, end, seq]) => Record::Wait {
            begin,
            end,
            awaited: match number {
                0 => Awaited::Op(seq),
                1 => Awaited::All,
                _ => Awaited::Pace,
            },
        },
        (BLOCKER, &[begin, end, site, name]) => Record::Blocker {
            begin,
            end,
            site,
            name: name_at(name, number),
        },
        (TAKEN, &[time, bytes]) => Record::Memory {
            time,
            bytes: bytes as i64,
        },
        (GIVEN, &[time, bytes]) => Record::Memory {
            time,
            bytes: -(bytes as i64),
        },
        (ROOM, &[seq, bytes]) => Record::Room { seq, bytes },
        (FAILED, &[seq]) => Record::Failed { seq },
        (MARK, &[time]) => Record::Mark {
            time,
            mark: MARKS[number as usize],
        },
        (NOTE, &[time, value]) => Record::Note {
            time,
            phase: PHASES[(number & 0xff) as usize],
            name: (number >> 8) as u32,
            value: f64::from_bits(value),
        },
        (kind, _) => unreachable!("no record is of kind {kind}"),
    }
}

fn name_at(address: u64, len: u64) -> &'static str {
    // SAFETY: `issue` and `blocker` wrote the address and the length of a `&'static str`, in one
    // record that is read whole.
    unsafe {
        let bytes = std::slice::from_raw_parts(
            std::ptr::with_exposed_provenance(address as usize),
            len as usize,
        );
        std::str::from_utf8_unchecked(bytes)
    }
}
