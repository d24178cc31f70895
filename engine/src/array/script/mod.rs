//! Scripts: what a function of arrays issued, kept so that it can be issued again in one call,
//! without the function, the rules of shapes, or handles for what is made in between.
//!
//! A [`Writer`] is on while the function runs: issuing tells it each op, where its inputs come from
//! (an argument, an earlier result, a variable of somebody else) and what it makes. The function
//! gets stand-ins for its arguments, so that an argument is told apart from the same array met
//! in another way; what is written to one of the two is written to the other. Whatever cannot be
//! issued again alike (a blocker, whose answer the function may act on; a write to an argument; a
//! result that the function keeps for itself) makes the writer refuse, and there is no script.
//!
//! Playing a script reads variables when it issues, draws new numbers where the function drew some,
//! and puts ops on the tape as they were put there before.

mod play;
mod write;

use std::sync::Arc;

use smallvec::SmallVec;

use super::Array;
use super::tape::{Rule, is_recording, is_training};
use super::variable::Variable;
use crate::dtype::{self, DType};
use crate::graph::{Op, Output, Redraw, Value};
use crate::memory::Device;
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape};

pub(crate) use write::refuse;
pub use write::{Writer, is_writing};
pub(super) use write::{
    note_attach, note_data, note_grad, note_issue, note_replace, note_share, note_update,
};

/// What a function issued for arguments of certain shapes, dtypes, devices and ways to lie.
#[derive(Debug)]
pub struct Script {
    arguments: Vec<Argument>,
    modes: Modes,
    /// Where the places after those of the arguments come from.
    others: Vec<Origin>,
    /// For each place the argument that it is seen through, if that is a view: the argument's own
    /// variable, its gradient, and what shares its value.
    views: Vec<Option<u32>>,
    lines: Vec<Line>,
    results: Vec<Seen>,
}

/// An argument as the function was given it.
#[derive(Debug)]
struct Argument {
    variable: Shape,
    dtype: DType,
    device: Device,
    layout: Option<Arc<Layout>>,
}

/// The settings that decide what a function issues.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Modes {
    recording: bool,
    training: bool,
    numpy_defaults: bool,
}

/// Where a variable comes from.
#[derive(Clone, Debug)]
enum Origin {
    /// It stands in for an argument.
    Argument,
    /// The function knew it before.
    Captured(Arc<Variable>),
    /// It collects the gradient of an earlier place.
    Grad(u32),
    /// It began with data that was there already.
    Data(Value),
    /// The function made it.
    Made,
}

/// A place through a layout.
#[derive(Clone, Debug)]
struct Seen {
    place: u32,
    layout: Option<Arc<Layout>>,
}

/// What an op reads.
#[derive(Clone, Debug)]
enum Source {
    Array(Seen),
    Scalar(Scalar),
}

/// One thing that was issued.
#[derive(Debug)]
struct Line {
    act: Act,
    /// Own places that no later line and no result reads.
    drops: SmallVec<[u32; 2]>,
}

enum Act {
    /// An op whose outputs go to the places from `first` on.
    Issue {
        op: Op,
        redraw: Option<Redraw>,
        /// `None` where it was not recorded.
        rule: Option<Rule>,
        inputs: SmallVec<[Source; 2]>,
        outputs: SmallVec<[Output; 1]>,
        first: u32,
    },
    /// An op that changes a variable.
    Update {
        op: Op,
        rule: Option<Rule>,
        target: u32,
        inputs: SmallVec<[Seen; 2]>,
    },
    /// A variable of its own for a value, with its history or without.
    Share { from: u32, recorded: bool, to: u32 },
    /// The value of one variable becomes that of another.
    Replace { target: u32, from: u32 },
}

impl Modes {
    fn current() -> Modes {
        Modes {
            recording: is_recording(),
            training: is_training(),
            numpy_defaults: dtype::numpy_defaults(),
        }
    }
}

impl Argument {
    fn new(array: &Array) -> Argument {
        Argument {
            variable: array.variable.shape.clone(),
            dtype: array.dtype(),
            device: array.device(),
            layout: array.layout.clone(),
        }
    }

    /// True if what was issued for it can be issued for `array`: a view may begin elsewhere.
    fn fits(&self, array: &Array) -> bool {
        let lies_alike = match (&self.layout, &array.layout) {
            (None, None) => true,
            (Some(a), Some(b)) => a.shape == b.shape && a.strides == b.strides,
            _ => false,
        };
        lies_alike
            && self.variable == array.variable.shape
            && self.dtype == array.dtype()
            && self.device == array.device()
    }
}

impl Script {
    /// True if it can be played for these arguments, in the modes that are on now.
    pub fn fits(&self, arguments: &[&Array]) -> bool {
        self.modes == Modes::current()
            && self.arguments.len() == arguments.len()
            && self
                .arguments
                .iter()
                .zip(arguments)
                .all(|(known, array)| known.fits(array))
            && self.others.iter().all(|origin| match origin {
                Origin::Grad(of) => self.grad(*of, arguments).is_some(),
                _ => true,
            })
    }

    /// The variable that collects the gradient of a place from before the play.
    fn grad(&self, place: u32, arguments: &[&Array]) -> Option<Arc<Variable>> {
        let place = place as usize;
        let variable = match arguments.get(place) {
            Some(array) => &array.variable,
            None => match &self.others[place - arguments.len()] {
                Origin::Captured(variable) => variable,
                _ => return None,
            },
        };
        variable.grad().map(|grad| grad.variable)
    }

    /// How many ops it issues.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True if it issues nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl Act {
    /// Calls `look` with each place that it reads or makes.
    fn each_place(&self, mut look: impl FnMut(u32)) {
        match self {
            Act::Issue {
                inputs,
                outputs,
                first,
                ..
            } => {
                for input in inputs {
                    if let Source::Array(seen) = input {
                        look(seen.place);
                    }
                }
                (0..outputs.len() as u32).for_each(|slot| look(first + slot));
            }
            Act::Update { target, inputs, .. } => {
                inputs.iter().for_each(|seen| look(seen.place));
                look(*target);
            }
            Act::Share { from, to, .. } => [*from, *to].into_iter().for_each(look),
            Act::Replace { target, from } => [*target, *from].into_iter().for_each(look),
        }
    }
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Act::Issue { op, first, .. } => write!(f, "{op:?} -> {first}"),
            Act::Update { op, target, .. } => write!(f, "{op:?} changes {target}"),
            Act::Share { from, to, .. } => write!(f, "{from} -> {to}"),
            Act::Replace { target, from } => write!(f, "{from} -> {target}"),
        }
    }
}
