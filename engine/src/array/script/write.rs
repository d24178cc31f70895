//! Writing a script: noting what a thread issues while a function runs, and judging whether it can
//! be issued again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::super::Array;
use super::super::issue::Operand;
use super::super::tape::Rule;
use super::super::variable::Variable;
use super::{Act, Argument, Line, Modes, Origin, Script, Seen, Source};
use crate::graph::{Op, Output, Redraw};
use crate::runtime;

thread_local! {
    static IS_WRITING: Cell<bool> = const { Cell::new(false) };
    static NOTES: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

/// True while what this thread issues becomes a script. A function that is called meanwhile is to
/// issue its ops one by one.
#[inline]
pub fn is_writing() -> bool {
    IS_WRITING.get()
}

/// What this thread does cannot be done again alike: there will be no script.
#[inline]
pub(crate) fn refuse() {
    if is_writing() {
        with_notes(Notes::refuse);
    }
}

#[cold]
fn with_notes(note: impl FnOnce(&mut Notes)) {
    let of_no_use = NOTES.with_borrow_mut(|notes| {
        let notes = notes.as_mut().filter(|notes| !notes.is_refused)?;
        note(notes);
        notes.is_refused.then(|| notes.forget())
    });
    // Dropped with the notes free: the last reference to an op may run code of the user.
    drop(of_no_use);
}

/// A variable was written: an argument and its stand-in stay the same.
#[cold]
fn mirror(target: &Array) {
    let twin = NOTES.with_borrow(|notes| notes.as_ref()?.twin(&target.variable));
    if let Some(twin) = twin {
        twin.take_over(&target.variable);
    }
}

/// Notes an op; `rule` where it was recorded.
#[cold]
pub(in crate::array) fn note_issue(
    op: Op,
    rule: Option<Rule>,
    inputs: &[Operand<'_>],
    made: &[Array],
) {
    with_notes(|notes| notes.issue(op, rule, inputs, made));
}

/// Notes an op that changes a variable.
#[cold]
pub(in crate::array) fn note_update(target: &Array, op: Op, rule: Option<Rule>, inputs: &[&Array]) {
    mirror(target);
    with_notes(|notes| notes.update(target, op, rule, inputs));
}

/// Notes a new variable with the value of another.
pub(in crate::array) fn note_share(from: &Array, recorded: bool, made: &Array) {
    if is_writing() {
        with_notes(|notes| {
            let from = notes.place(&from.variable);
            let to = notes.add(&made.variable, Origin::Made);
            notes.variables[to as usize].view_of = notes.variables[from as usize].view_of;
            notes.line(Act::Share { from, recorded, to });
        });
    }
}

/// Notes that a variable took over the value of another.
pub(in crate::array) fn note_replace(target: &Array, from: &Array) {
    if is_writing() {
        mirror(target);
        with_notes(|notes| {
            let from = notes.place(&from.variable);
            let target = notes.target(&target.variable);
            notes.line(Act::Replace { target, from });
        });
    }
}

/// Notes that a variable got another place for its gradient, which is not done again.
pub(in crate::array) fn note_attach(target: &Array) {
    if is_writing() {
        mirror(target);
        refuse();
    }
}

/// Notes where a gradient comes from.
pub(in crate::array) fn note_grad(of: &Array, grad: &Array) {
    if is_writing() {
        with_notes(|notes| notes.grad(&of.variable, &grad.variable));
    }
}

/// Notes an array of data that is there already: it is the same each time.
pub(in crate::array) fn note_data(made: &Array) {
    if is_writing() {
        with_notes(|notes| {
            notes.add(&made.variable, Origin::Data(made.value()));
        });
    }
}

/// Notes what this thread issues, from its beginning to [`Writer::finish`].
#[derive(Debug)]
#[must_use = "nothing is noted once this is dropped"]
pub struct Writer {
    arguments: Vec<Array>,
    modes: Modes,
}

/// What was noted.
struct Notes {
    is_refused: bool,
    /// The variables of the arguments, whose stand-ins have the first places.
    arguments: Vec<Arc<Variable>>,
    places: HashMap<*const Variable, u32>,
    /// By place. They are held, so that no other variable gets the address of one.
    variables: Vec<Known>,
    lines: Vec<Act>,
    /// The position of the first op that was issued since the beginning.
    start: u64,
}

struct Known {
    variable: Arc<Variable>,
    origin: Origin,
    /// As in [`Script::views`].
    view_of: Option<u32>,
}

impl Writer {
    /// Begins, and returns what the function is to be given instead of the arguments. `None` if the
    /// thread is writing already, or two arguments are views of one variable.
    pub fn begin(arguments: &[&Array]) -> Option<(Writer, Vec<Array>)> {
        let is_shared = |(at, array): (usize, &&Array)| {
            arguments[..at]
                .iter()
                .any(|other| other.shares_variable(array))
        };
        if is_writing() || arguments.iter().enumerate().any(is_shared) {
            return None;
        }
        let stand_ins: Vec<Array> = arguments.iter().map(|array| stand_in(array)).collect();
        let mut notes = Notes {
            is_refused: false,
            arguments: arguments
                .iter()
                .map(|array| array.variable.clone())
                .collect(),
            places: HashMap::new(),
            variables: Vec::new(),
            lines: Vec::new(),
            start: runtime::end(),
        };
        for array in &stand_ins {
            let place = notes.add(&array.variable, Origin::Argument);
            notes.variables[place as usize].view_of = array.layout.is_some().then_some(place);
        }
        NOTES.set(Some(notes));
        IS_WRITING.set(true);
        let writer = Writer {
            arguments: arguments.iter().map(|&array| array.clone()).collect(),
            modes: Modes::current(),
        };
        Some((writer, stand_ins))
    }

    /// Ends with what the function returned, each array once: the script, if what was noted can be
    /// issued again, and the results with the arguments in place of their stand-ins. By now nobody
    /// else may hold a stand-in, nor anything that the function is not meant to keep.
    pub fn finish(self, results: &[&Array]) -> (Option<Script>, Vec<Array>) {
        let notes = Writer::end().expect("a writer ends once");
        let of_argument: Vec<Option<usize>> = results
            .iter()
            .map(|result| notes.argument(&result.variable))
            .collect();
        let script = (!notes.is_refused && self.modes == Modes::current())
            .then(|| self.script(notes, results))
            .flatten();
        let own = results.iter().zip(of_argument).map(|(&result, at)| Array {
            variable: at.map_or(result, |at| &self.arguments[at]).variable.clone(),
            layout: result.layout.clone(),
        });
        (script, own.collect())
    }

    /// Ends the noting.
    fn end() -> Option<Notes> {
        IS_WRITING.set(false);
        NOTES.take()
    }

    fn script(&self, mut notes: Notes, results: &[&Array]) -> Option<Script> {
        let n_before = notes.variables.len();
        let seen: Vec<Seen> = results.iter().map(|result| notes.seen(result)).collect();
        if notes.is_refused || notes.variables.len() > n_before || notes.has_escaped(&seen) {
            return None;
        }
        let views = notes.variables.iter().map(|known| known.view_of).collect();
        let others = notes.variables.drain(self.arguments.len()..);
        let others: Vec<Origin> = others.map(|known| known.origin).collect();
        Some(Script {
            arguments: self.arguments.iter().map(Argument::new).collect(),
            modes: self.modes,
            lines: with_drops(notes.lines, self.arguments.len(), &others, &seen),
            others,
            views,
            results: seen,
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(Writer::end());
    }
}

/// An array of another variable with the same value, whose gradient flows the same way.
fn stand_in(array: &Array) -> Array {
    Array {
        variable: array.variable.twin(),
        layout: array.layout.clone(),
    }
}

impl Notes {
    fn refuse(&mut self) {
        self.is_refused = true;
    }

    /// Gives away what was noted beside the arguments: nobody will ask for it.
    fn forget(&mut self) -> (Vec<Known>, Vec<Act>) {
        let n_arguments = self.arguments.len();
        self.places
            .retain(|_, place| (*place as usize) < n_arguments);
        let others = self.variables.split_off(n_arguments);
        (others, std::mem::take(&mut self.lines))
    }

    /// The argument's own variable for a stand-in, and the stand-in for that.
    fn twin(&self, variable: &Arc<Variable>) -> Option<Arc<Variable>> {
        let mut pairs = self.arguments.iter().zip(&self.variables);
        pairs.find_map(|(own, known)| {
            let stand_in = &known.variable;
            if Arc::ptr_eq(variable, stand_in) {
                Some(own.clone())
            } else {
                Arc::ptr_eq(variable, own).then(|| stand_in.clone())
            }
        })
    }

    /// The argument that a variable stands in for.
    fn argument(&self, variable: &Arc<Variable>) -> Option<usize> {
        let place = *self.places.get(&Arc::as_ptr(variable))? as usize;
        matches!(self.variables[place].origin, Origin::Argument).then_some(place)
    }

    fn line(&mut self, act: Act) {
        self.lines.push(act);
    }

    fn add(&mut self, variable: &Arc<Variable>, origin: Origin) -> u32 {
        let place = self.variables.len() as u32;
        self.variables.push(Known {
            variable: variable.clone(),
            origin,
            view_of: None,
        });
        self.places.insert(Arc::as_ptr(variable), place);
        place
    }

    /// The place of a variable. One that is met for the first time was there before, unless its
    /// value was made since: then it came about in a way that is not noted.
    fn place(&mut self, variable: &Arc<Variable>) -> u32 {
        if let Some(&place) = self.places.get(&Arc::as_ptr(variable)) {
            return place;
        }
        if variable.value().node().seq() >= self.start {
            self.refuse();
        }
        self.add(variable, Origin::Captured(variable.clone()))
    }

    /// The place of a variable that is written: not an argument, which may be any variable next
    /// time, nor what is seen through a view that may begin elsewhere.
    fn target(&mut self, variable: &Arc<Variable>) -> u32 {
        let place = self.place(variable);
        let known = &self.variables[place as usize];
        if matches!(known.origin, Origin::Argument) || known.view_of.is_some() {
            self.refuse();
        }
        place
    }

    fn grad(&mut self, of: &Arc<Variable>, grad: &Arc<Variable>) {
        let of = self.place(of);
        match self.variables[of as usize].origin {
            Origin::Argument | Origin::Captured(_) => {}
            _ => self.refuse(),
        }
        if !self.places.contains_key(&Arc::as_ptr(grad)) {
            let place = self.add(grad, Origin::Grad(of));
            self.variables[place as usize].view_of = self.variables[of as usize].view_of;
        }
    }

    fn seen(&mut self, array: &Array) -> Seen {
        Seen {
            place: self.place(&array.variable),
            layout: array.layout.clone(),
        }
    }

    fn issue(&mut self, op: Op, rule: Option<Rule>, inputs: &[Operand<'_>], made: &[Array]) {
        let inputs = inputs.iter().map(|input| match *input {
            Operand::Array(array) => Source::Array(self.seen(array)),
            Operand::Scalar(number) => Source::Scalar(number),
        });
        let inputs = inputs.collect();
        let first = self.variables.len() as u32;
        for array in made {
            self.add(&array.variable, Origin::Made);
        }
        let output = |array: &Array| Output {
            shape: array.shape().clone(),
            dtype: array.dtype(),
            device: array.device(),
        };
        let redraw = redraw(&op);
        if redraw.is_some() && rule.is_some() {
            // The gradient rule, too, knows what was drawn.
            self.refuse();
        }
        self.line(Act::Issue {
            redraw,
            op,
            rule,
            inputs,
            outputs: made.iter().map(output).collect(),
            first,
        });
    }

    fn update(&mut self, target: &Array, op: Op, rule: Option<Rule>, inputs: &[&Array]) {
        if redraw(&op).is_some() {
            self.refuse();
        }
        let inputs = inputs.iter().map(|input| self.seen(input)).collect();
        let target = self.target(&target.variable);
        self.line(Act::Update {
            op,
            rule,
            target,
            inputs,
        });
    }

    /// True if somebody holds a variable that came about meanwhile and is not a result.
    fn has_escaped(&self, results: &[Seen]) -> bool {
        let is_held = |(place, known): (usize, &Known)| {
            let is_result = |seen: &&Seen| seen.place as usize == place;
            let expected = 1 + results.iter().filter(is_result).count();
            !matches!(known.origin, Origin::Captured(_) | Origin::Grad(_))
                && Arc::strong_count(&known.variable) > expected
        };
        self.variables.iter().enumerate().any(is_held)
    }
}

fn redraw(op: &Op) -> Option<Redraw> {
    match op {
        Op::Kernel(kernel) => kernel.redraw(),
        Op::Element(_) => None,
    }
}

/// Has each line drop the own places that are read, or made, there for the last time.
fn with_drops(
    acts: Vec<Act>,
    n_arguments: usize,
    others: &[Origin],
    results: &[Seen],
) -> Vec<Line> {
    let is_own = |place: u32| {
        let other = (place as usize).checked_sub(n_arguments);
        other.is_some_and(|at| matches!(others[at], Origin::Data(_) | Origin::Made))
    };
    let mut needed: Vec<bool> = vec![false; n_arguments + others.len()];
    for seen in results {
        needed[seen.place as usize] = true;
    }
    let mut lines: Vec<Line> = Vec::with_capacity(acts.len());
    for act in acts.into_iter().rev() {
        let mut drops = SmallVec::new();
        act.each_place(|place| {
            if is_own(place) && !std::mem::replace(&mut needed[place as usize], true) {
                drops.push(place);
            }
        });
        lines.push(Line { act, drops });
    }
    lines.reverse();
    lines
}
