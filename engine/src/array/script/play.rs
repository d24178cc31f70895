//! Playing a script: the lines are issued one after the other, on places that hold either a
//! variable of somebody else or a value from the play itself.

use std::sync::Arc;

use smallvec::SmallVec;

use super::super::Array;
use super::super::issue::{changed, record};
use super::super::tape::{Edge, Parent, Rule};
use super::super::variable::{Current, Variable};
use super::{Act, Origin, Script, Seen, Source};
use crate::error::Result;
use crate::graph::{Call, Node, Op, Output, Value};
use crate::profile::events;
use crate::runtime;
use crate::shape::Layout;

/// A variable during a play: of somebody else, or with a value from the play itself.
#[derive(Debug)]
enum Place {
    Outside(Arc<Variable>),
    Own(Option<Current>),
}

impl Script {
    /// Issues everything again, for arguments that [fit](Script::fits); returns the results in the
    /// order in which they were given to [`Writer::finish`].
    ///
    /// # Errors
    /// [`Error::Interrupted`](crate::Error::Interrupted), as any issuing.
    pub fn play(&self, arguments: &[&Array]) -> Result<Vec<Array>> {
        let mut play = Play {
            script: self,
            arguments,
            places: self.places(arguments),
        };
        for line in &self.lines {
            play.act(&line.act);
            for &place in &line.drops {
                play.places[place as usize] = Place::Own(None);
            }
        }
        let results = self.results.iter().map(|seen| play.result(seen)).collect();
        runtime::keep_pace()?;
        Ok(results)
    }

    /// The places as a play begins.
    fn places(&self, arguments: &[&Array]) -> Vec<Place> {
        let given = arguments
            .iter()
            .map(|array| Place::Outside(array.variable.clone()));
        let others = self.others.iter().map(|origin| match origin {
            Origin::Captured(variable) => Place::Outside(variable.clone()),
            Origin::Grad(of) => {
                let grad = self.grad(*of, arguments);
                Place::Outside(grad.expect("the arguments fit"))
            }
            Origin::Data(value) => own(value.clone(), None),
            Origin::Argument | Origin::Made => Place::Own(None),
        });
        given.chain(others).collect()
    }
}

/// A script that is being issued again.
struct Play<'a> {
    script: &'a Script,
    arguments: &'a [&'a Array],
    places: Vec<Place>,
}

impl Play<'_> {
    fn act(&mut self, act: &Act) {
        match act {
            Act::Issue {
                op,
                redraw,
                rule,
                inputs,
                outputs,
                first,
            } => {
                let op = match redraw {
                    None => op.clone(),
                    Some(redraw) => Op::Kernel(redraw()),
                };
                self.issue(op, rule.as_ref(), inputs, outputs, *first);
            }
            Act::Update {
                op,
                rule,
                target,
                inputs,
            } => {
                let _issuing = events::issue(op.name());
                let sources = inputs.iter().map(|seen| self.edge(seen)).collect();
                let (op, rule) = (op.clone(), rule.clone());
                self.with_current(*target, |current| changed(current, op, rule, sources));
            }
            Act::Share { from, recorded, to } => {
                let Current { value, .. } = self.current(*from);
                let made_by = self.current(*from).parent().filter(|_| *recorded);
                self.places[*to as usize] = own(value, made_by);
            }
            Act::Replace { target, from } => {
                let Current { value, made_by, .. } = self.current(*from);
                match &mut self.places[*target as usize] {
                    Place::Outside(variable) => variable.replace(value, made_by),
                    place => *place = own(value, made_by),
                }
            }
        }
    }

    fn issue(
        &mut self,
        op: Op,
        rule: Option<&Rule>,
        inputs: &[Source],
        outputs: &SmallVec<[Output; 1]>,
        first: u32,
    ) {
        let name = op.name();
        let _issuing = events::issue(name);
        let haste = op.haste();
        let mut edges: SmallVec<[Edge; 2]> = SmallVec::new();
        for input in inputs {
            edges.push(match input {
                Source::Array(seen) => self.edge(seen),
                Source::Scalar(number) => Edge::Scalar(*number),
            });
        }
        let call = Call {
            op,
            inputs: edges.iter().map(Edge::read).collect(),
        };
        let node = Arc::new(Node::queued(call, outputs.clone()));
        let value = |slot| Value::new(node.clone(), slot);
        let entry = rule.and_then(|rule| {
            let values = (0..outputs.len()).map(value).collect();
            record(name, rule.clone(), edges, values)
        });
        for slot in 0..outputs.len() {
            let made_by = entry
                .as_ref()
                .map(|entry| Parent::Entry(entry.clone(), slot as u32));
            self.places[first as usize + slot] = own(value(slot), made_by);
        }
        runtime::issue(node, haste);
    }

    /// What a line reads, and where its gradient goes.
    fn edge(&self, seen: &Seen) -> Edge {
        let current = self.current(seen.place);
        let parent = current
            .parent()
            .filter(|_| current.value.dtype().is_inexact());
        Edge::Value(current.value, self.layout(seen), parent)
    }

    fn current(&self, place: u32) -> Current {
        match &self.places[place as usize] {
            Place::Outside(variable) => variable.current(),
            Place::Own(current) => current.clone().expect("a place is made before it is read"),
        }
    }

    fn with_current(&mut self, place: u32, change: impl FnOnce(&mut Current)) {
        match &mut self.places[place as usize] {
            Place::Outside(variable) => variable.update(change),
            Place::Own(current) => {
                change(current.as_mut().expect("a place is made before it is read"));
            }
        }
    }

    /// The layout through which a place is seen: in an argument that is a view, moved to where the
    /// view begins this time.
    fn layout(&self, seen: &Seen) -> Option<Arc<Layout>> {
        let Some(at) = self.script.views[seen.place as usize] else {
            return seen.layout.clone();
        };
        let (argument, array) = (
            &self.script.arguments[at as usize],
            self.arguments[at as usize],
        );
        let (Some(before), Some(now)) = (&argument.layout, &array.layout) else {
            return seen.layout.clone();
        };
        match &seen.layout {
            Some(layout) if Arc::ptr_eq(layout, before) => Some(now.clone()),
            layout if now.offset == before.offset => layout.clone(),
            layout => {
                let whole = || Layout::dense(argument.variable.clone());
                let mut moved = layout.as_deref().map_or_else(whole, Layout::clone);
                moved.offset = moved.offset + now.offset - before.offset;
                Some(Arc::new(moved))
            }
        }
    }

    /// A result. One that was made here gets a variable, which stays in its place for others that
    /// are views of it.
    fn result(&mut self, seen: &Seen) -> Array {
        let layout = self.layout(seen);
        let place = &mut self.places[seen.place as usize];
        let variable = match place {
            Place::Outside(variable) => variable.clone(),
            Place::Own(current) => {
                let current = current.take().expect("a result is made");
                let variable = Variable::new(current.value, current.made_by);
                *place = Place::Outside(variable.clone());
                variable
            }
        };
        Array { variable, layout }
    }
}

fn own(value: Value, made_by: Option<Parent>) -> Place {
    Place::Own(Some(Current {
        value,
        made_by,
        leaf: None,
    }))
}
