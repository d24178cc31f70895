//! A profile in the trace event format, which Perfetto and chrome://tracing load: threads as threads, an
//! arrow from each op's issue to its run, counters of memory and run-ahead.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::blame::Blocked;
use super::joined::Profile;
use super::ops::OpTimes;
use super::read::Note;
use super::records::Phase;

impl Profile {
    /// Writes the trace, a JSON object, an event a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_trace(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut trace = Trace {
            out,
            is_first: true,
        };
        trace
            .out
            .write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        self.write_threads(&mut trace)?;
        self.write_ops(&mut trace)?;
        self.write_runs(&mut trace)?;
        for blocked in &self.blockers {
            self.write_blocked(&mut trace, blocked)?;
        }
        self.write_steps(&mut trace)?;
        self.write_counters(&mut trace)?;
        self.write_notes(&mut trace)?;
        trace.out.write_all(b"\n]}\n")
    }

    fn write_threads(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        trace.event(
            r#"{"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"forerun"}}"#,
        )?;
        if !self.steps.is_empty() {
            trace.event(
                r#"{"ph":"M","pid":1,"tid":0,"name":"thread_name","args":{"name":"steps"}}"#,
            )?;
        }
        for (at, thread) in self.threads.iter().enumerate() {
            let number = || format!("thread {}", thread.system_id);
            let name = thread.name.clone().unwrap_or_else(number);
            let (tid, name) = (at + 1, quoted(&name));
            trace.event(&format!(
                r#"{{"ph":"M","pid":1,"tid":{tid},"name":"thread_name","args":{{"name":{name}}}}}"#
            ))?;
        }
        Ok(())
    }

    fn write_ops(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        for op in &self.ops {
            let args = format!(
                r#""line":{},"seq":{},"bytes":{}"#,
                self.quoted_line(op.line),
                op.seq,
                op.bytes
            );
            let times = (op.issued, op.issue_end);
            trace.slice("issue", op.name, op.thread, times, &args)?;
            if op.run.is_some() {
                self.write_arrow(trace, op)?;
            }
        }
        Ok(())
    }

    /// An arrow from the issue to the run.
    fn write_arrow(&self, trace: &mut Trace<'_>, op: &OpTimes) -> io::Result<()> {
        let thread = op.run.map_or(0, |run| self.runs[run as usize].thread);
        let ends = [
            (r#""ph":"s""#, op.thread, op.issued),
            (r#""ph":"f","bp":"e""#, thread, op.begin),
        ];
        for (phase, thread, time) in ends {
            trace.event(&format!(
                r#"{{{phase},"pid":1,"tid":{},"ts":{},"id":{},"cat":"op","name":"op"}}"#,
                thread + 1,
                micros(time),
                op.seq
            ))?;
        }
        Ok(())
    }

    fn write_runs(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        for (at, run) in self.runs.iter().enumerate() {
            let lines = run.ops.iter().map(|&op| self.ops[op as usize].line);
            let mut lines: Vec<Option<u32>> = lines.collect();
            lines.dedup();
            let lines = lines.into_iter().map(|line| self.quoted_line(line));
            let args = format!(
                r#""ops":{},"ready":{},"lines":[{}]"#,
                run.n_ops,
                micros(run.ready),
                lines.collect::<Vec<_>>().join(",")
            );
            let times = (run.begin, run.end);
            trace.slice("run", &self.label(at as u32), run.thread, times, &args)?;
        }
        for tiles in &self.tiles {
            let op = super::ops::find(&self.ops, tiles.seq).map(|at| &self.ops[at]);
            let name = format!("tiles of {}", op.map_or("an earlier op", |op| op.name));
            let args = format!(r#""seq":{}"#, tiles.seq);
            let times = (tiles.begin, tiles.end);
            trace.slice("tiles", &name, tiles.thread, times, &args)?;
        }
        for plan in &self.plans {
            let args = format!(r#""ops":{},"first":{}"#, plan.n_ops, plan.first);
            trace.slice("plan", "plan", plan.thread, (plan.begin, plan.end), &args)?;
        }
        Ok(())
    }

    fn write_blocked(&self, trace: &mut Trace<'_>, blocked: &Blocked) -> io::Result<()> {
        let args = format!(r#""line":{}"#, self.quoted_line(blocked.line));
        let times = (blocked.begin, blocked.end);
        trace.slice("wait", blocked.name, blocked.thread, times, &args)
    }

    fn write_steps(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        for (i, step) in self.steps.iter().enumerate() {
            let args = format!(
                r#""issued":{},"allocated":{},"peak":{}"#,
                step.n_issued, step.allocated, step.peak
            );
            trace.event(&format!(
                r#"{{"ph":"X","pid":1,"tid":0,"ts":{},"dur":{},"cat":"step","name":"step {i}","args":{{{args}}}}}"#,
                micros(step.begin),
                micros(step.end - step.begin),
            ))?;
        }
        Ok(())
    }

    fn write_counters(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        for &(time, live) in &self.memory {
            trace.counter("memory", time, "bytes", live as f64)?;
        }
        for (time, n) in self.run_ahead() {
            trace.counter("run-ahead", time, "ops", n as f64)?;
        }
        Ok(())
    }

    /// How many ops were issued and will run, but have not ended, and since when.
    pub fn run_ahead(&self) -> Vec<(u64, u64)> {
        let ran = self.ops.iter().filter(|op| op.run.is_some());
        let mut changes: Vec<(u64, i64)> =
            ran.flat_map(|op| [(op.issued, 1), (op.end, -1)]).collect();
        changes.sort_unstable();
        let mut n = 0;
        let counted = changes.into_iter().map(|(time, change)| {
            n += change;
            (time, n.max(0) as u64)
        });
        counted.collect()
    }

    fn write_notes(&self, trace: &mut Trace<'_>) -> io::Result<()> {
        let mut open: Vec<&Note> = Vec::new();
        for note in &self.notes {
            match note.phase {
                Phase::Counter => trace.counter(&note.name, note.time, "value", note.value)?,
                Phase::Instant => trace.event(&format!(
                    r#"{{"ph":"i","s":"p","pid":1,"tid":{},"ts":{},"cat":{},"name":{}}}"#,
                    note.thread + 1,
                    micros(note.time),
                    quoted(&note.category),
                    quoted(&note.name)
                ))?,
                Phase::Begin | Phase::ScopeBegin => {
                    open.push(note);
                    trace.end_of(note, "b", note.time)?;
                }
                Phase::End | Phase::ScopeEnd => {
                    // What began before the session has no beginning to end.
                    let of = |other: &&Note| other.is_ended_by(note);
                    if let Some(at) = open.iter().rposition(of) {
                        open.remove(at);
                        trace.end_of(note, "e", note.time)?;
                    }
                }
            }
        }
        for note in open {
            trace.end_of(note, "e", self.duration.max(note.time))?;
        }
        Ok(())
    }

    fn quoted_line(&self, line: Option<u32>) -> String {
        quoted(line.map_or("", |line| &self.lines[line as usize]))
    }
}

impl Note {
    fn is_ended_by(&self, end: &Note) -> bool {
        (&self.category, &self.name) == (&end.category, &end.name) && self.value == end.value
    }
}

struct Trace<'a> {
    out: &'a mut dyn Write,
    is_first: bool,
}

impl Trace<'_> {
    fn event(&mut self, json: &str) -> io::Result<()> {
        let between = if self.is_first { "\n" } else { ",\n" };
        self.is_first = false;
        self.out.write_all(between.as_bytes())?;
        self.out.write_all(json.as_bytes())
    }

    fn slice(
        &mut self,
        category: &str,
        name: &str,
        thread: u32,
        (begin, end): (u64, u64),
        args: &str,
    ) -> io::Result<()> {
        self.event(&format!(
            r#"{{"ph":"X","pid":1,"tid":{},"ts":{},"dur":{},"cat":"{category}","name":{},"args":{{{args}}}}}"#,
            thread + 1,
            micros(begin),
            micros(end - begin),
            quoted(name)
        ))
    }

    fn counter(&mut self, name: &str, time: u64, of: &str, value: f64) -> io::Result<()> {
        let value = if value.is_finite() { value } else { 0.0 };
        self.event(&format!(
            r#"{{"ph":"C","pid":1,"tid":0,"ts":{},"name":{},"args":{{"{of}":{value}}}}}"#,
            micros(time),
            quoted(name)
        ))
    }

    /// One end of something whose beginning and end may be on different threads.
    fn end_of(&mut self, note: &Note, phase: &str, time: u64) -> io::Result<()> {
        self.event(&format!(
            r#"{{"ph":"{phase}","pid":1,"tid":{},"ts":{},"id":{},"cat":{},"name":{}}}"#,
            note.thread + 1,
            micros(time),
            note.value as u64,
            quoted(&note.category),
            quoted(&note.name)
        ))
    }
}

/// Microseconds, the unit of the format, to the nanosecond.
fn micros(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1000, nanos % 1000)
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' => write!(json, "\\u{:04x}", c as u32).expect("a string takes any text"),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}
