//! The threads of a profile, and what each of them spent its time on: what lies inside of something
//! else on the same thread is not counted twice.

use std::cmp::Reverse;

/// A thread that did something.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Thread {
    /// Its name, if it has one; those of workers begin with `forerun-`.
    pub name: Option<String>,
    /// The number by which the system knows it; 0 where that is not known.
    pub system_id: u64,
}

/// Something that lasted, on a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) thread: u32,
    pub(super) begin: u64,
    pub(super) end: u64,
}

impl Span {
    pub(super) fn nanos(self) -> u64 {
        self.end - self.begin
    }
}

/// How long each span lasted without those inside of it.
pub(super) fn own_times(spans: &[Span]) -> Vec<u64> {
    let mut own: Vec<u64> = spans.iter().map(|span| span.nanos()).collect();
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&i| (spans[i].thread, spans[i].begin, Reverse(spans[i].end)));
    let mut open: Vec<usize> = Vec::new();
    for i in order {
        let span = spans[i];
        while open.last().is_some_and(|&outer| {
            spans[outer].thread != span.thread || spans[outer].end <= span.begin
        }) {
            open.pop();
        }
        if let Some(&outer) = open.last() {
            let inside = span.end.min(spans[outer].end) - span.begin;
            own[outer] = own[outer].saturating_sub(inside);
        }
        open.push(i);
    }
    own
}

/// How long at least one of the intervals lasted.
pub(super) fn covered(mut intervals: Vec<(u64, u64)>) -> u64 {
    intervals.sort_unstable();
    let (mut total, mut until) = (0, 0);
    for (begin, end) in intervals {
        total += end.saturating_sub(begin.max(until));
        until = until.max(end);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_inside_is_taken_off_once() {
        let spans = [
            (0, 0, 100),
            (0, 10, 60),
            (0, 20, 30),
            (0, 70, 80),
            (1, 0, 50),
        ];
        let spans = spans.map(|(thread, begin, end)| Span { thread, begin, end });
        assert_eq!(own_times(&spans), [40, 40, 10, 10, 50]);
    }

    #[test]
    fn overlaps_are_covered_once() {
        assert_eq!(covered(vec![(5, 8), (0, 3), (2, 4), (6, 7)]), 7);
    }
}
