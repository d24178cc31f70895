//! Sums over ops, by what they are, where they were issued, or in what scope.

use std::collections::HashMap;

use super::joined::Profile;
use super::ops::{OpTimes, State};

/// What ops are summed by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// The op's name.
    Op,
    /// Where the program issued it.
    Line,
    /// The scope in which it was issued.
    Scope,
    /// The ops of the group in which it ran.
    Group,
}

/// The sum of some ops. Times are nanoseconds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Total {
    /// What they have in common.
    pub name: String,
    /// How many were issued.
    pub n_issued: u64,
    /// How many ran.
    pub n_run: u64,
    /// How many of these were fused with others.
    pub n_fused: u64,
    /// How many were dropped as dead.
    pub n_dropped: u64,
    /// How many failed.
    pub n_failed: u64,
    /// Time spent issuing.
    pub issuing: u64,
    /// From the end of issuing until all that they waited for was there.
    pub queued: u64,
    /// From then until a worker began.
    pub ready: u64,
    /// Time that they ran; an op that was fused counts its [part](OpTimes::running).
    pub running: u64,
    /// The shortest run.
    pub min: u64,
    /// The longest run.
    pub max: u64,
    /// Bytes of the values that they make.
    pub bytes: u64,
    /// Bytes of new memory that they took for them.
    pub allocated: u64,
}

impl Profile {
    /// Sums by `key`, of all ops or of one minibatch's, what ran longest first.
    pub fn totals(&self, key: Key, step: Option<u32>) -> Vec<Total> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut by_number: HashMap<(usize, u32), usize> = HashMap::new();
        let mut totals: Vec<Total> = Vec::new();
        for op in &self.ops {
            if step.is_some() && op.step != step {
                continue;
            }
            let place = *by_number.entry(self.number(key, op)).or_insert_with(|| {
                let name = self.name(key, op);
                *places.entry(name.clone()).or_insert_with(|| {
                    totals.push(Total {
                        name,
                        min: u64::MAX,
                        ..Total::default()
                    });
                    totals.len() - 1
                })
            });
            self.add(&mut totals[place], op);
        }
        for total in &mut totals {
            total.min = if total.n_run == 0 { 0 } else { total.min };
        }
        totals.sort_by(|a, b| b.running.cmp(&a.running).then(a.name.cmp(&b.name)));
        totals
    }

    /// Something that tells names apart and takes less than making them.
    fn number(&self, key: Key, op: &OpTimes) -> (usize, u32) {
        match key {
            Key::Op => (op.name.as_ptr() as usize, op.name.len() as u32),
            Key::Line => (0, op.line.map_or(0, |line| line + 1)),
            Key::Scope => (0, op.scope.map_or(0, |scope| scope + 1)),
            Key::Group => (op.seq as usize, op.run.map_or(0, |run| run + 1)),
        }
    }

    fn name(&self, key: Key, op: &OpTimes) -> String {
        let of = |names: &[String], at: Option<u32>| {
            at.map_or_else(String::new, |at| names[at as usize].clone())
        };
        match key {
            Key::Op => op.name.to_owned(),
            Key::Line => of(&self.lines, op.line),
            Key::Scope => of(&self.scopes, op.scope),
            Key::Group => op
                .run
                .map_or_else(|| op.name.to_owned(), |run| self.label(run)),
        }
    }

    fn add(&self, total: &mut Total, op: &OpTimes) {
        total.n_issued += 1;
        total.issuing += op.issuing;
        total.bytes += op.bytes;
        total.allocated += op.allocated;
        total.n_dropped += u64::from(op.state == State::Dropped);
        total.n_failed += u64::from(op.state == State::Failed);
        if let Some(run) = op.run {
            total.n_run += 1;
            total.n_fused += u64::from(self.runs[run as usize].n_ops > 1);
            total.queued += op.ready.saturating_sub(op.issue_end);
            total.ready += op.begin - op.ready;
            total.running += op.running;
            total.min = total.min.min(op.running);
            total.max = total.max.max(op.running);
        }
    }
}
