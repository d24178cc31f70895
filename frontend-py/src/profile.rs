//! Profiles: sessions, what they recorded as Python's numbers and lists, and marks from Python. All
//! times are nanoseconds since the session started. The joining and summing is the engine's.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;

use forerun_engine::profile::{
    self, Blocker, Cause, Key, Mark, Phase, Profile, Session, State, Total,
};
use forerun_engine::runtime;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::enter::enter;
use crate::site;

/// Has a blocker seen, from now until what is returned is dropped.
pub(crate) fn blocker(py: Python<'_>, name: &'static str) -> Blocker {
    if profile::is_recording() {
        site::note(py);
    }
    profile::blocker(name)
}

/// A profile while it is being taken, and afterwards.
#[pyclass(frozen, name = "Session", module = "forerun._core")]
pub(crate) struct PySession(Session);

#[pymethods]
impl PySession {
    /// Starts a session whose records take `max_bytes` at most; `None` if another one is running.
    #[staticmethod]
    fn start(max_bytes: usize) -> Option<PySession> {
        Session::with_room(max_bytes).map(PySession)
    }

    fn pause(&self) {
        self.0.pause();
    }

    fn resume(&self) {
        self.0.resume();
    }

    fn stop(&self) {
        self.0.stop();
    }

    #[getter]
    fn is_recording(&self) -> bool {
        self.0.is_recording()
    }

    /// What was recorded so far. `threads` are Python's names of threads, by the system's numbers.
    fn profile(&self, py: Python<'_>, threads: HashMap<u64, String>) -> PyProfile {
        let mut profile = py.detach(|| self.0.profile());
        for thread in &mut profile.threads {
            if let Some(name) = threads.get(&thread.system_id) {
                thread.name = Some(name.clone());
            }
        }
        PyProfile(profile)
    }
}

/// Thread, ready, begin, end, label, number of ops, places of ops.
type RunRow = (u32, u64, u64, u64, String, u32, Vec<u32>);
/// Cause, run, nanoseconds.
type PartRow = (&'static str, Option<u32>, u64);
/// Name, line, thread, begin, end, parts.
type BlockerRow = (&'static str, Option<u32>, u32, u64, u64, Vec<PartRow>);

/// What a session recorded.
#[pyclass(frozen, name = "Profile", module = "forerun._core")]
pub(crate) struct PyProfile(Profile);

#[pymethods]
impl PyProfile {
    #[getter]
    fn duration(&self) -> u64 {
        self.0.duration
    }

    #[getter]
    fn n_lost(&self) -> u64 {
        self.0.n_lost
    }

    #[getter]
    fn lines(&self) -> Vec<String> {
        self.0.lines.clone()
    }

    #[getter]
    fn scopes(&self) -> Vec<String> {
        self.0.scopes.clone()
    }

    #[getter]
    fn threads(&self) -> Vec<String> {
        let name = |thread: &profile::Thread| {
            let number = || format!("thread {}", thread.system_id);
            thread.name.clone().unwrap_or_else(number)
        };
        self.0.threads.iter().map(name).collect()
    }

    #[getter]
    fn steps_thread(&self) -> Option<u32> {
        self.0.steps_thread
    }

    /// The ops, by column.
    fn ops<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let ops = &self.0.ops;
        let columns = PyDict::new(py);
        let column = |name: &str, value: fn(&profile::OpTimes) -> u64| {
            columns.set_item(name, PyList::new(py, ops.iter().map(value))?)
        };
        column("seq", |op| op.seq)?;
        column("thread", |op| op.thread.into())?;
        column("issued", |op| op.issued)?;
        column("issue_end", |op| op.issue_end)?;
        column("issuing", |op| op.issuing)?;
        column("ready", |op| op.ready)?;
        column("begin", |op| op.begin)?;
        column("end", |op| op.end)?;
        column("running", |op| op.running)?;
        column("bytes", |op| op.bytes)?;
        column("allocated", |op| op.allocated)?;
        let place = |name: &str, value: fn(&profile::OpTimes) -> Option<u32>| {
            columns.set_item(name, PyList::new(py, ops.iter().map(value))?)
        };
        place("line", |op| op.line)?;
        place("scope", |op| op.scope)?;
        place("step", |op| op.step)?;
        place("run", |op| op.run)?;
        let names = ops.iter().map(|op| op.name);
        columns.set_item("name", PyList::new(py, names)?)?;
        let states = ops.iter().map(|op| state(op.state));
        columns.set_item("state", PyList::new(py, states)?)?;
        Ok(columns)
    }

    /// The groups that ran: thread, ready, begin, end, label, number of ops, places of ops.
    fn runs(&self) -> Vec<RunRow> {
        let runs = self.0.runs.iter().zip(0..);
        let shown = runs.map(|(run, at)| {
            let label = self.0.label(at);
            let (ops, n) = (run.ops.clone(), run.n_ops);
            (run.thread, run.ready, run.begin, run.end, label, n, ops)
        });
        shown.collect()
    }

    /// Tiles run for others: thread, begin, end, position of the op.
    fn tiles(&self) -> Vec<(u32, u64, u64, u64)> {
        let tiles = self.0.tiles.iter();
        tiles
            .map(|it| (it.thread, it.begin, it.end, it.seq))
            .collect()
    }

    /// Batches planned: thread, begin, end, number of ops.
    fn plans(&self) -> Vec<(u32, u64, u64, u64)> {
        let plans = self.0.plans.iter();
        plans
            .map(|it| (it.thread, it.begin, it.end, it.n_ops))
            .collect()
    }

    /// The blockers: name, line, thread, begin, end, and the parts: cause, run, nanoseconds.
    fn blockers(&self) -> Vec<BlockerRow> {
        let blockers = self.0.blockers.iter();
        let shown = blockers.map(|it| {
            let parts = it.parts.iter();
            let parts = parts.map(|part| {
                let (cause, run) = cause(part.cause);
                (cause, run, part.nanos)
            });
            let parts = parts.collect();
            (it.name, it.line, it.thread, it.begin, it.end, parts)
        });
        shown.collect()
    }

    /// The minibatches.
    fn steps<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let steps = self.0.steps.iter().map(|step| {
            let row = PyDict::new(py);
            row.set_item("begin", step.begin)?;
            row.set_item("end", step.end)?;
            row.set_item("n_issued", step.n_issued)?;
            row.set_item("n_run", step.n_run)?;
            row.set_item("n_dropped", step.n_dropped)?;
            row.set_item("issuing", step.issuing)?;
            row.set_item("queued", step.queued)?;
            row.set_item("running", step.running)?;
            row.set_item("waiting", step.waiting)?;
            row.set_item("allocated", step.allocated)?;
            row.set_item("peak", step.peak)?;
            row.set_item("growth", step.growth)?;
            Ok(row)
        });
        steps.collect()
    }

    /// Sums by `"op"`, `"line"`, `"scope"` or `"group"`, of all ops or of one minibatch's.
    fn totals<'py>(
        &self,
        py: Python<'py>,
        by: &str,
        step: Option<u32>,
    ) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let key = match by {
            "op" => Key::Op,
            "line" => Key::Line,
            "scope" => Key::Scope,
            "group" => Key::Group,
            other => {
                let message =
                    format!("ops are summed by 'op', 'line', 'scope' or 'group', not {other:?}");
                return Err(PyValueError::new_err(message));
            }
        };
        let totals = py.detach(|| self.0.totals(key, step));
        totals.iter().map(|total| row(py, total)).collect()
    }

    /// t1, t2 and t3 of the minibatches, or of `n` passes where there are none; in nanoseconds.
    fn model<'py>(&self, py: Python<'py>, n: u64) -> PyResult<Bound<'py, PyDict>> {
        let model = self.0.model(n);
        let named = PyDict::new(py);
        named.set_item("n", model.n)?;
        named.set_item("t1", model.t1)?;
        named.set_item("t2", model.t2)?;
        named.set_item("t3", model.t3)?;
        named.set_item("measured", model.measured)?;
        named.set_item("synchronous", model.synchronous())?;
        named.set_item("asynchronous", model.asynchronous())?;
        Ok(named)
    }

    /// Bytes held on all devices, and since when.
    fn memory(&self) -> Vec<(u64, u64)> {
        self.0.memory.clone()
    }

    /// Ops issued and not done, and since when.
    fn run_ahead(&self) -> Vec<(u64, u64)> {
        self.0.run_ahead()
    }

    /// The user's own events: thread, time, phase, category, name, value.
    fn notes(&self) -> Vec<(u32, u64, &'static str, String, String, f64)> {
        let notes = self.0.notes.iter().map(|note| {
            let (category, name) = (note.category.clone(), note.name.clone());
            let phase = PHASES.iter().find(|(_, phase)| *phase == note.phase);
            let phase = phase.expect("every phase is listed").0;
            (note.thread, note.time, phase, category, name, note.value)
        });
        notes.collect()
    }

    /// Writes a trace for Perfetto.
    fn write_trace(&self, py: Python<'_>, path: std::path::PathBuf) -> PyResult<()> {
        let write = || {
            let mut out = BufWriter::new(File::create(path)?);
            self.0.write_trace(&mut out)?;
            out.flush()
        };
        py.detach(write).map_err(PyErr::from)
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Ran => "ran",
        State::Failed => "failed",
        State::Dropped => "dropped",
        State::Queued => "queued",
        State::Unseen => "unseen",
    }
}

fn cause(cause: Cause) -> (&'static str, Option<u32>) {
    match cause {
        Cause::Run(run) => ("run", Some(run)),
        Cause::Worker(run) => ("worker", Some(run)),
        Cause::Plan => ("plan", None),
        Cause::HandOver => ("hand-over", None),
        Cause::Return => ("return", None),
    }
}

fn row<'py>(py: Python<'py>, total: &Total) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("name", &total.name)?;
    row.set_item("n_issued", total.n_issued)?;
    row.set_item("n_run", total.n_run)?;
    row.set_item("n_fused", total.n_fused)?;
    row.set_item("n_dropped", total.n_dropped)?;
    row.set_item("n_failed", total.n_failed)?;
    row.set_item("issuing", total.issuing)?;
    row.set_item("queued", total.queued)?;
    row.set_item("ready", total.ready)?;
    row.set_item("running", total.running)?;
    row.set_item("min", total.min)?;
    row.set_item("max", total.max)?;
    row.set_item("bytes", total.bytes)?;
    row.set_item("allocated", total.allocated)?;
    Ok(row)
}

/// True while a session records.
#[pyfunction]
pub(crate) fn is_profiling() -> bool {
    profile::is_recording()
}

const MARKS: [(&str, Mark); 6] = [
    ("step", Mark::Step),
    ("trainer", Mark::Trainer),
    ("loader begin", Mark::LoaderBegin),
    ("loader", Mark::Loader),
    ("loader end", Mark::LoaderEnd),
    ("loader left", Mark::LoaderLeft),
];

/// A minibatch begins or ends here.
#[pyfunction]
pub(crate) fn mark(name: &str) -> PyResult<()> {
    let found = MARKS.iter().find(|(known, _)| *known == name);
    let (_, mark) = found.ok_or_else(|| PyValueError::new_err(format!("no mark is {name:?}")))?;
    profile::mark(*mark);
    Ok(())
}

const PHASES: [(&str, Phase); 6] = [
    ("begin", Phase::Begin),
    ("end", Phase::End),
    ("counter", Phase::Counter),
    ("instant", Phase::Instant),
    ("scope begin", Phase::ScopeBegin),
    ("scope end", Phase::ScopeEnd),
];

/// An event of the user's own.
#[pyfunction]
pub(crate) fn note(phase: &str, category: &str, name: &str, value: f64) -> PyResult<()> {
    let found = PHASES.iter().find(|(known, _)| *known == phase);
    let (_, phase) =
        found.ok_or_else(|| PyValueError::new_err(format!("no phase is {phase:?}")))?;
    profile::note(*phase, category, name, value);
    Ok(())
}

/// Waits until everything issued so far is done; raises no failure.
#[pyfunction]
pub(crate) fn rest(py: Python<'_>) -> PyResult<()> {
    enter(py, runtime::rest)
}

/// Sums of what the engine's threads did, times in seconds.
#[pyfunction]
pub(crate) fn figures(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let sums = profile::figures();
    let named = PyDict::new(py);
    named.set_item("n_issued", sums.n_issued)?;
    named.set_item("n_run", sums.n_run)?;
    named.set_item("issuing", sums.issuing.as_secs_f64())?;
    named.set_item("planning", sums.planning.as_secs_f64())?;
    named.set_item("computing", sums.computing.as_secs_f64())?;
    named.set_item("waiting", sums.waiting.as_secs_f64())?;
    Ok(named)
}

/// Switches the measuring of time.
#[pyfunction]
pub(crate) fn set_timing(on: bool) {
    profile::set_timing(on);
}
