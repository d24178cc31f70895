//! Arrays from files, read on the I/O lane.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::registry::{Argument, Entry, FromArgument, entries};
use crate::array::{Array, issue};
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Lane, Op, Run};
use crate::memory::Device;
use crate::shape::Shape;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "read_file" => read_text_path: (path, parts, device),
];

const NAME: &str = "read_file";

/// A file that was opened when its arrays were issued: what is put in its place later is not read.
struct Source {
    path: PathBuf,
    file: Mutex<File>,
}

/// Reads the bytes of its output from a place in a file.
struct ReadFile {
    source: Arc<Source>,
    offset: u64,
}

impl Kernel for ReadFile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_heavy(&self) -> bool {
        true
    }

    fn lane(&self) -> Lane {
        Lane::Io
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = &mut cx.outputs[0];
        let n = out.shape.size() * out.dtype.size();
        let bytes = &mut out.buffer.as_mut_slice::<u8>()[..n];
        self.read(bytes)?;
        if out.dtype == DType::Bool {
            // A truth value must be 0 or 1, whatever the file holds.
            bytes
                .iter_mut()
                .for_each(|byte| *byte = u8::from(*byte != 0));
        }
        if cfg!(target_endian = "big") {
            let part = if out.dtype.kind() == Kind::Complex {
                2
            } else {
                1
            };
            bytes
                .chunks_mut(out.dtype.size() / part)
                .for_each(<[u8]>::reverse);
        }
        Ok(())
    }
}

impl ReadFile {
    fn read(&self, bytes: &mut [u8]) -> Result<()> {
        let refuse = |error: io::Error| self.source.error(error.to_string());
        let mut file = self.source.file.lock();
        file.seek(SeekFrom::Start(self.offset)).map_err(refuse)?;
        match file.read_exact(bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let len = file.metadata().map_err(refuse)?.len();
                Err(self.source.error(format!(
                    "{} bytes wanted from offset {}, {} there",
                    bytes.len(),
                    self.offset,
                    len.saturating_sub(self.offset)
                )))
            }
            done => done.map_err(refuse),
        }
    }
}

impl Source {
    fn open(path: &Path) -> Result<Source> {
        match File::open(path) {
            Ok(file) => Ok(Source {
                path: path.to_owned(),
                file: Mutex::new(file),
            }),
            Err(error) => Err(error_of(path, error.to_string())),
        }
    }

    fn error(&self, fact: String) -> Error {
        error_of(&self.path, fact)
    }
}

fn error_of(path: &Path, fact: String) -> Error {
    Error::Io {
        op: NAME,
        fact: format!("{}: {fact}", path.display()),
    }
}

/// Where in a file an array lies: its little-endian elements, in C order, from byte `offset` on.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it begins.
    pub offset: u64,
    /// Its shape.
    pub shape: Shape,
    /// Its dtype.
    pub dtype: DType,
}

impl<'a> FromArgument<'a> for Part {
    const EXPECTED: &'static str = "an offset, a shape and a dtype";

    fn from_argument(argument: &'a Argument) -> Option<Part> {
        let Argument::List(items) = argument else {
            return None;
        };
        let [offset, shape, dtype] = &items[..] else {
            return None;
        };
        Some(Part {
            offset: u64::from_argument(offset)?,
            shape: Shape::from_argument(shape)?,
            dtype: DType::from_argument(dtype)?,
        })
    }
}

/// The arrays that lie in a file. It is opened at once, and read while the program goes on; one that
/// is too short fails the value.
///
/// # Errors
/// A file that cannot be opened; a shape that is too big.
pub fn read_file(path: impl AsRef<Path>, parts: Vec<Part>, device: Device) -> Result<Vec<Array>> {
    let source = Arc::new(Source::open(path.as_ref())?);
    let read = |part: Part| {
        let (source, offset) = (source.clone(), part.offset);
        let op = Op::Kernel(Arc::new(ReadFile { source, offset }));
        let output = (part.shape, part.dtype);
        let arrays = issue(op, None, &[], Some(device), [output])?;
        Ok(arrays.into_iter().next().expect("one output was asked for"))
    };
    parts.into_iter().map(read).collect()
}

fn read_text_path(path: &str, parts: Vec<Part>, device: Device) -> Result<Vec<Array>> {
    read_file(path, parts, device)
}
