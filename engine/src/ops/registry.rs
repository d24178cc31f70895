//! Every op by name, for frontends: arguments come as a list of plain values, in the order of the
//! function's parameters, and are converted to their types.

use smallvec::SmallVec;

use super::axes::Axes;
use super::operand::Arg;
use crate::array::Array;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::memory::Device;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// An op as a frontend calls it.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The names of its parameters.
    pub params: &'static [&'static str],
    call: fn(&mut Arguments<'_>) -> Result<Made>,
}

/// An argument as a frontend gives it.
#[derive(Clone, Debug)]
pub enum Argument {
    /// Nothing: the default.
    None,
    /// A number or a truth value.
    Number(Scalar),
    /// Text, such as the name of a dtype.
    Text(String),
    /// An array.
    Array(Array),
    /// Several of them.
    List(Vec<Argument>),
}

/// What an op made.
#[derive(Clone, Debug)]
pub enum Made {
    /// Nothing: it wrote to an array.
    Nothing,
    /// One array.
    One(Array),
    /// Several.
    Many(Vec<Array>),
}

impl Entry {
    /// Calls the op; arguments that are left out are [`Argument::None`].
    ///
    /// # Errors
    /// An argument of the wrong type, one too many, or whatever the op refuses.
    pub fn call(&self, arguments: &[Argument]) -> Result<Made> {
        if arguments.len() > self.params.len() {
            let fact = format!(
                "takes {} arguments, not {}",
                self.params.len(),
                arguments.len()
            );
            return Err(Error::type_(self.name, fact));
        }
        (self.call)(&mut Arguments {
            entry: self,
            given: arguments,
            next: 0,
        })
    }
}

/// The op called `name`.
pub fn find(name: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.name == name)
}

/// Every op.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

static FAMILIES: &[&[Entry]] = &[
    super::create::ENTRIES,
    super::unary::ENTRIES,
    super::binary::ENTRIES,
    super::power::ENTRIES,
    super::ternary::ENTRIES,
    super::activation::UNARY,
    super::activation::BINARY,
    super::activation::COMPOSED,
    super::reduce::ENTRIES,
    super::product::ENTRIES,
    super::linalg::ENTRIES,
    super::nn::ENTRIES,
    super::write::ENTRIES,
    super::index::ENTRIES,
    super::moving::ENTRIES,
    super::random::ENTRIES,
    super::sort::ENTRIES,
    super::files::ENTRIES,
];

/// A table of entries: `"name" => function: (param, ...)`, with a type where the function takes
/// `impl Into` of it.
macro_rules! entries {
    ($($name:literal => $function:path: ($($param:ident $(: $ty:ty)?),*)),* $(,)?) => {
        &[$($crate::ops::registry::Entry::new(
            $name,
            &[$(stringify!($param)),*],
            |_arguments| {
                $(let $param $(: $ty)? = _arguments.next()?;)*
                $function($($param),*).map($crate::ops::registry::Made::from)
            },
        )),*]
    };
}
pub(crate) use entries;

impl Entry {
    pub(super) const fn new(
        name: &'static str,
        params: &'static [&'static str],
        call: fn(&mut Arguments<'_>) -> Result<Made>,
    ) -> Entry {
        Entry { name, params, call }
    }
}

/// The arguments of one call, converted one after the other.
#[derive(Debug)]
pub struct Arguments<'a> {
    entry: &'a Entry,
    given: &'a [Argument],
    next: usize,
}

impl<'a> Arguments<'a> {
    /// The next argument as the type that the function takes.
    pub(super) fn next<T: FromArgument<'a>>(&mut self) -> Result<T> {
        static MISSING: Argument = Argument::None;
        let param = self.entry.params[self.next];
        let given = self.given.get(self.next).unwrap_or(&MISSING);
        self.next += 1;
        T::from_argument(given).ok_or_else(|| match given.negative() {
            Some(number) => {
                let fact = format!("'{param}' must not be negative, as {number} is");
                Error::argument(self.entry.name, fact)
            }
            None => {
                let fact = format!("'{param}' must be {}, not {}", T::EXPECTED, given.kind());
                Error::type_(self.entry.name, fact)
            }
        })
    }
}

impl Argument {
    /// The first negative number of whole numbers, however nested.
    fn negative(&self) -> Option<i64> {
        match self {
            Argument::Number(Scalar::Int(number)) => (*number < 0).then_some(*number),
            Argument::List(items) => items.iter().find_map(Argument::negative),
            _ => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Argument::None => "None",
            Argument::Number(Scalar::Bool(_)) => "a bool",
            Argument::Number(Scalar::Int(_)) => "an integer",
            Argument::Number(_) => "a number",
            Argument::Text(_) => "text",
            Argument::Array(_) => "an array",
            Argument::List(_) => "a list",
        }
    }
}

/// A type that an argument converts to.
pub(super) trait FromArgument<'a>: Sized {
    /// What it expects, for the error message.
    const EXPECTED: &'static str;

    fn from_argument(argument: &'a Argument) -> Option<Self>;
}

macro_rules! from_argument {
    ($($ty:ty, $expected:literal: |$argument:ident| $convert:expr;)*) => { $(
        impl<'a> FromArgument<'a> for $ty {
            const EXPECTED: &'static str = $expected;

            fn from_argument($argument: &'a Argument) -> Option<Self> {
                $convert
            }
        }
    )* };
}

from_argument! {
    &'a Array, "an array": |argument| match argument {
        Argument::Array(array) => Some(array),
        _ => None,
    };
    Arg<'a>, "an array or a number": |argument| match argument {
        Argument::Array(array) => Some(array.into()),
        Argument::Number(number) => Some((*number).into()),
        _ => None,
    };
    Scalar, "a number": |argument| match argument {
        Argument::Number(number) => Some(*number),
        _ => None,
    };
    f64, "a real number": |argument| match argument {
        Argument::Number(Scalar::Complex(_)) => None,
        Argument::Number(number) => Some(number.to_f64()),
        _ => None,
    };
    i64, "an integer": |argument| match argument {
        Argument::Number(Scalar::Int(number)) => Some(*number),
        _ => None,
    };
    isize, "an integer": |argument| i64::from_argument(argument).map(|number| number as isize);
    usize, "an integer that is not negative": |argument| {
        i64::from_argument(argument).and_then(|number| usize::try_from(number).ok())
    };
    u64, "an integer that is not negative": |argument| {
        i64::from_argument(argument).and_then(|number| u64::try_from(number).ok())
    };
    bool, "a bool": |argument| match argument {
        Argument::None => Some(false),
        Argument::Number(number) => Some(number.to_bool()),
        _ => None,
    };
    &'a str, "text": |argument| match argument {
        Argument::Text(text) => Some(text),
        _ => None,
    };
    DType, "a dtype": |argument| match argument {
        Argument::Text(name) => DType::from_name(name),
        _ => None,
    };
    Device, "the number of a device": |argument| match argument {
        Argument::None => Some(Device::default()),
        _ => usize::from_argument(argument).and_then(Device::cpu),
    };
    Axes, "an axis, a list of axes, or None": |argument| match argument {
        Argument::None => Some(Axes::ALL),
        Argument::Number(_) => isize::from_argument(argument).map(Axes::from),
        _ => Vec::<isize>::from_argument(argument).map(|axes| Axes::from(&axes[..])),
    };
    Shape, "a shape": |argument| match argument {
        Argument::Number(_) => usize::from_argument(argument).map(|len| Shape::from([len])),
        _ => Vec::<usize>::from_argument(argument).map(Shape::from),
    };
}

impl<'a, T: FromArgument<'a>> FromArgument<'a> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_argument(argument: &'a Argument) -> Option<Self> {
        match argument {
            Argument::None => Some(None),
            given => T::from_argument(given).map(Some),
        }
    }
}

impl<'a, T: FromArgument<'a>> FromArgument<'a> for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn from_argument(argument: &'a Argument) -> Option<Self> {
        match argument {
            Argument::List(items) => items.iter().map(T::from_argument).collect(),
            _ => None,
        }
    }
}

impl From<()> for Made {
    fn from((): ()) -> Made {
        Made::Nothing
    }
}

impl From<Array> for Made {
    fn from(array: Array) -> Made {
        Made::One(array)
    }
}

impl From<Vec<Array>> for Made {
    fn from(arrays: Vec<Array>) -> Made {
        Made::Many(arrays)
    }
}

impl<const N: usize> From<SmallVec<[Array; N]>> for Made {
    fn from(arrays: SmallVec<[Array; N]>) -> Made {
        Made::Many(arrays.into_vec())
    }
}

impl From<(Array, Array)> for Made {
    fn from((a, b): (Array, Array)) -> Made {
        Made::Many(vec![a, b])
    }
}
