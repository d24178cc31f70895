//! The model of a loop whose frontend issues and whose backend runs: what each of its passes takes, and
//! what asynchrony can gain.

use super::blame::{Blocked, Cause};
use super::joined::Profile;
use super::threads::covered;

/// A loop of `n` passes. Times are nanoseconds, a pass.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Model {
    /// How many passes.
    pub n: u64,
    /// The frontend's own time: the program and what it takes to issue, without blockers.
    pub t1: f64,
    /// The backend's: while at least one op of the loop runs, on whatever thread.
    pub t2: f64,
    /// From the moment a result is there until the blocker that waits for it has returned.
    pub t3: f64,
    /// What the loop took in all.
    pub measured: u64,
}

impl Model {
    /// What the loop takes if each pass waits for its result.
    pub fn synchronous(&self) -> f64 {
        self.n as f64 * (self.t1 + self.t2 + self.t3)
    }

    /// What it takes at least if only the last pass waits: the slower of frontend and backend is
    /// busy all the time, the other for one pass more. With the backend slower it is
    /// t1 + n t2 + t3.
    pub fn asynchronous(&self) -> f64 {
        let (fast, slow) = (self.t1.min(self.t2), self.t1.max(self.t2));
        fast + self.n as f64 * slow + self.t3
    }
}

impl Profile {
    /// The model of the profile's minibatches, or of all of it as `n` passes where there are none.
    pub fn model(&self, n: u64) -> Model {
        let (begin, end) = match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => (first.begin, last.end),
            _ => (0, self.duration),
        };
        let n = match self.steps.len() {
            0 => n.max(1),
            n_steps => n_steps as u64,
        };
        let thread = self.steps_thread.or(self.issuing_thread());
        let here = self.blockers.iter().filter(|it| Some(it.thread) == thread);
        let here: Vec<&Blocked> = here.filter(|it| it.begin >= begin).collect();
        let inside = here.iter().filter(|it| it.begin < end);
        let blocked: u64 = inside.map(|it| it.end.min(end) - it.begin).sum();
        let t3 = here.iter().map(|it| returning(it)).sum::<u64>() as f64 / here.len().max(1) as f64;
        let (running, last) = self.busy(begin, end);
        Model {
            n,
            t1: (end - begin).saturating_sub(blocked) as f64 / n as f64,
            t2: running as f64 / n as f64,
            t3,
            measured: last.max(end) - begin,
        }
    }

    /// How long something ran of what was issued in an interval, and when the last of it ended.
    fn busy(&self, begin: u64, end: u64) -> (u64, u64) {
        let is_inside = |&op: &u32| (begin..end).contains(&self.ops[op as usize].issued);
        let runs = self.runs.iter().filter(|run| run.ops.iter().any(is_inside));
        let intervals: Vec<(u64, u64)> = runs.map(|run| (run.begin, run.end)).collect();
        let last = intervals.iter().map(|&(_, end)| end).max().unwrap_or(0);
        (covered(intervals), last)
    }

    /// The thread that issued most.
    fn issuing_thread(&self) -> Option<u32> {
        let mut counts = vec![0u64; self.threads.len()];
        for op in &self.ops {
            counts[op.thread as usize] += 1;
        }
        let most = counts.iter().enumerate().max_by_key(|&(_, n)| n);
        most.filter(|&(_, &n)| n > 0).map(|(at, _)| at as u32)
    }
}

fn returning(blocked: &Blocked) -> u64 {
    let parts = blocked.parts.iter();
    let returns = parts.filter(|part| part.cause == Cause::Return);
    returns.map(|part| part.nanos).sum()
}
