//! A profile: what a session recorded, joined.

use std::collections::HashMap;

use super::blame::{Blame, Blocked};
use super::names;
use super::ops::{Fate, OpTimes, Run, join};
use super::read::{Note, Planned, Tiled, read};
use super::session::Session;
use super::steps::{self, Step, steps};
use super::threads::Thread;
use crate::runtime;
use crate::site::Site;

/// What a session recorded up to some moment. Times are nanoseconds since its start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Profile {
    /// How long the session lasted until then.
    pub duration: u64,
    /// The ops that were issued, in order.
    pub ops: Vec<OpTimes>,
    /// The groups that ran, in the order in which they ended.
    pub runs: Vec<Run>,
    /// Tiles that threads ran of others' groups.
    pub tiles: Vec<Tiled>,
    /// The batches that were planned.
    pub plans: Vec<Planned>,
    /// The blockers that were called, in order.
    pub blockers: Vec<Blocked>,
    /// The minibatches, in order.
    pub steps: Vec<Step>,
    /// Bytes held on all devices, and since when.
    pub memory: Vec<(u64, u64)>,
    /// Events of the user's own, in order.
    pub notes: Vec<Note>,
    /// The threads.
    pub threads: Vec<Thread>,
    /// Places in the program, `file:line`.
    pub lines: Vec<String>,
    /// Scopes in which ops were issued.
    pub scopes: Vec<String>,
    /// The thread whose marks cut the minibatches.
    pub steps_thread: Option<u32>,
    /// Records that found no room.
    pub n_lost: u64,
}

impl Profile {
    pub(super) fn new(session: &Session) -> Profile {
        // Before reading: whatever is done now has been recorded.
        let fate = Fate {
            done_before: runtime::done_before(),
            unseen: session.unseen(),
        };
        let n_lost = session.tracks.n_lost();
        let read = read(session);
        let mut lines = Named::default();
        let mut line = |site: u64| {
            let site = Site::new(site)?;
            Some(lines.place(site.number(), || site.to_string()))
        };
        let mut scopes = Named::default();
        let scope = |number: u32| scopes.place(u64::from(number), || names::name_of(number).1);
        let (mut ops, runs) = join(&read, &fate, &mut line, scope);
        let blockers = Blame::new(&read, &runs).blockers(&read, &mut line);
        let memory = held(session.live, &read.memory);
        let (cuts, steps_thread) = steps::cuts(&read.marks);
        let steps = steps(&cuts, steps_thread, &mut ops, &blockers, &memory);
        let rate = super::clock::Rate::measure();
        Profile {
            duration: rate.nanos_between(session.start, session.end()),
            ops,
            runs,
            tiles: read.tiles,
            plans: read.plans,
            blockers,
            steps,
            memory,
            notes: read.notes,
            threads: read.threads,
            lines: lines.names,
            scopes: scopes.names,
            steps_thread,
            n_lost,
        }
    }

    /// The names of a group's ops, in order, `+` between them; many of one name are counted.
    pub fn label(&self, run: u32) -> String {
        let run = &self.runs[run as usize];
        let mut names: Vec<(&str, usize)> = Vec::new();
        for &op in &run.ops {
            let name = self.ops[op as usize].name;
            match names.last_mut() {
                Some((last, n)) if *last == name => *n += 1,
                _ => names.push((name, 1)),
            }
        }
        if run.ops.len() < run.n_ops as usize {
            names.push(("(issued earlier)", 1));
        }
        let named = names.into_iter().map(|(name, n)| match n {
            1 => name.to_owned(),
            n => format!("{n} {name}"),
        });
        named.collect::<Vec<_>>().join(" + ")
    }
}

/// Names by number, each with a place.
#[derive(Default)]
struct Named {
    places: HashMap<u64, u32>,
    by_name: HashMap<String, u32>,
    names: Vec<String>,
}

impl Named {
    fn place(&mut self, number: u64, name: impl FnOnce() -> String) -> u32 {
        *self.places.entry(number).or_insert_with(|| {
            *self.by_name.entry(name()).or_insert_with_key(|name| {
                self.names.push(name.clone());
                self.names.len() as u32 - 1
            })
        })
    }
}

/// Bytes held after each change.
fn held(at_start: usize, changes: &[(u64, i64)]) -> Vec<(u64, u64)> {
    let mut live = at_start as i64;
    let mut held = vec![(0, live as u64)];
    held.extend(changes.iter().map(|&(time, bytes)| {
        live += bytes;
        (time, live.max(0) as u64)
    }));
    held
}
