//! What can go wrong, as data: an [`Error`] names the op, the fact and the values.

use std::fmt;
use std::sync::Arc;

use crate::dtype::DType;
use crate::memory::Block;
use crate::shape::Shape;
use crate::site::Site;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refused call or a failed computation.
///
/// Its text starts with the op: `add: cannot broadcast (2, 3) with (4,)`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that do not broadcast.
    Broadcast {
        /// The op.
        op: &'static str,
        /// The first shape.
        a: Shape,
        /// The second shape.
        b: Shape,
    },
    /// A shape that the op cannot take.
    Shape {
        /// The op.
        op: &'static str,
        /// What does not fit, with the shapes.
        fact: String,
    },
    /// A dtype that the op cannot take.
    DType {
        /// The op.
        op: &'static str,
        /// The dtype.
        dtype: DType,
        /// What the op takes instead.
        takes: &'static str,
    },
    /// An axis that the array does not have.
    Axis {
        /// The op.
        op: &'static str,
        /// The axis as given.
        axis: isize,
        /// How many axes there are.
        ndim: usize,
    },
    /// A position outside the array.
    Index {
        /// The op.
        op: &'static str,
        /// Which position, and how long the axis is.
        fact: String,
    },
    /// An argument of the right type with a wrong value.
    Argument {
        /// The op.
        op: &'static str,
        /// What is wrong with which argument.
        fact: String,
    },
    /// An argument of the wrong type.
    Type {
        /// The op.
        op: &'static str,
        /// What was given and what is taken.
        fact: String,
    },
    /// A matrix that the computation does not exist for.
    LinAlg {
        /// The op.
        op: &'static str,
        /// What is wrong with the matrix.
        fact: String,
    },
    /// No memory for a buffer.
    Memory {
        /// The op that asked.
        op: &'static str,
        /// Bytes asked for.
        bytes: usize,
    },
    /// A gradient that cannot be computed.
    Autograd {
        /// The call.
        op: &'static str,
        /// Why.
        fact: String,
    },
    /// A kernel that panicked, with the message of the panic.
    Panic {
        /// The op.
        op: &'static str,
        /// The message.
        message: String,
    },
    /// Reading or writing a file failed.
    Io {
        /// The call.
        op: &'static str,
        /// What the system said.
        fact: String,
    },
    /// No memory within the limit that was set.
    Limit(Box<Shortage>),
    /// The caller's own check (Ctrl-C in Python) ended a wait.
    Interrupted,
    /// An op that failed while running, delivered at a blocker.
    Failed(Arc<Failure>),
}

/// An op that failed while running: what went wrong, where it was issued, on which shapes.
#[derive(Debug)]
pub struct Failure {
    /// What the kernel reported.
    pub cause: Error,
    /// The op that failed.
    pub op: &'static str,
    /// Shapes and dtypes of its inputs.
    pub inputs: Vec<(DType, Shape)>,
    /// Where the user's program issued it.
    pub site: Option<Site>,
}

/// Memory that the limit does not allow.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// The op.
    pub op: &'static str,
    /// How many bytes it needs at once.
    pub bytes: usize,
    /// The limit on all that is live and cached.
    pub limit: usize,
    /// Bytes that were live.
    pub live: usize,
    /// The largest of it.
    pub largest: Vec<Block>,
}

impl Error {
    /// A shape that does not fit.
    pub fn shape(op: &'static str, fact: impl Into<String>) -> Error {
        Error::Shape {
            op,
            fact: fact.into(),
        }
    }

    /// A wrong value.
    pub fn argument(op: &'static str, fact: impl Into<String>) -> Error {
        Error::Argument {
            op,
            fact: fact.into(),
        }
    }

    /// A wrong type.
    pub fn type_(op: &'static str, fact: impl Into<String>) -> Error {
        Error::Type {
            op,
            fact: fact.into(),
        }
    }

    /// A position outside the array.
    pub fn index(op: &'static str, fact: impl Into<String>) -> Error {
        Error::Index {
            op,
            fact: fact.into(),
        }
    }

    /// A matrix that does not do.
    pub fn linalg(op: &'static str, fact: impl Into<String>) -> Error {
        Error::LinAlg {
            op,
            fact: fact.into(),
        }
    }

    /// What went wrong in the first place: the cause of a failure, or the error itself.
    pub fn root(&self) -> &Error {
        match self {
            Error::Failed(failure) => failure.cause.root(),
            other => other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Broadcast { op, a, b } => write!(f, "{op}: cannot broadcast {a} with {b}"),
            Error::DType { op, dtype, takes } => write!(f, "{op}: takes {takes}, not {dtype}"),
            Error::Axis { op, axis, ndim } => {
                write!(
                    f,
                    "{op}: axis {axis} is out of bounds for array of dimension {ndim}"
                )
            }
            Error::Memory { op, bytes } => write!(f, "{op}: cannot allocate {bytes} bytes"),
            Error::Limit(shortage) => shortage.fmt(f),
            Error::Panic { op, message } => write!(f, "{op}: panicked: {message}"),
            Error::Shape { op, fact }
            | Error::Index { op, fact }
            | Error::Argument { op, fact }
            | Error::Type { op, fact }
            | Error::LinAlg { op, fact }
            | Error::Autograd { op, fact }
            | Error::Io { op, fact } => write!(f, "{op}: {fact}"),
            Error::Interrupted => f.write_str("interrupted"),
            Error::Failed(failure) => failure.fmt(f),
        }
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shortage {
            op,
            bytes,
            limit,
            live,
            largest,
        } = self;
        let (bytes, limit, live) = (Bytes(*bytes), Bytes(*limit), Bytes(*live));
        write!(
            f,
            "{op}: needs {bytes}, beyond the limit of {limit} with {live} live"
        )?;
        for (i, block) in largest.iter().enumerate() {
            f.write_str(if i == 0 { "; the largest: " } else { ", " })?;
            write!(f, "{} of {}", Bytes(block.bytes), block.op)?;
            if let Some(contents) = &block.contents {
                write!(f, " {}{}", contents.dtype, contents.shape)?;
                if let Some(site) = &contents.site {
                    write!(f, " ({site})")?;
                }
            }
        }
        Ok(())
    }
}

/// A number of bytes, to be read by people.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(f64, &str); 3] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
        let bytes = self.0 as f64;
        match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
            Some((unit, name)) => write!(f, "{:.1} {name}", bytes / unit),
            None => write!(f, "{bytes} bytes"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        if !self.inputs.is_empty() {
            write!(f, " [{} on", self.op)?;
            for (i, (dtype, shape)) in self.inputs.iter().enumerate() {
                write!(f, "{} {dtype}{shape}", if i == 0 { "" } else { "," })?;
            }
            f.write_str("]")?;
        }
        match &self.site {
            Some(site) => write!(f, " (issued at {site})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
