//! Arrays from files, read on the I/O lane.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use super::registry::{Entry, entries};
use crate::array::{Array, issue};
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Lane, Op, Run};
use crate::memory::Device;
use crate::shape::Shape;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "read_file" => read_text_path: (path, offset, shape: Shape, dtype, device),
];

const NAME: &str = "read_file";

/// Reads the bytes of its output from a place in a file.
struct ReadFile {
    path: PathBuf,
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
        let refuse = |error: io::Error| self.error(error.to_string());
        let mut file = File::open(&self.path).map_err(refuse)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(refuse)?;
        match file.read_exact(bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let len = file.metadata().map_err(refuse)?.len();
                Err(self.error(format!(
                    "{} bytes wanted from offset {}, {} there",
                    bytes.len(),
                    self.offset,
                    len.saturating_sub(self.offset)
                )))
            }
            done => done.map_err(refuse),
        }
    }

    fn error(&self, fact: String) -> Error {
        Error::Io {
            op: NAME,
            fact: format!("{}: {fact}", self.path.display()),
        }
    }
}

/// An array of the little-endian elements, in C order, that lie in a file from byte `offset` on.
/// The file is read while the program goes on; a file that is missing or too short fails the value.
///
/// # Errors
/// A shape that is too big.
pub fn read_file(
    path: impl Into<PathBuf>,
    offset: u64,
    shape: impl Into<Shape>,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let path = path.into();
    let op = Op::Kernel(Arc::new(ReadFile { path, offset }));
    let arrays = issue(op, None, &[], Some(device), [(shape.into(), dtype)])?;
    Ok(arrays.into_iter().next().expect("one output was asked for"))
}

fn read_text_path(
    path: &str,
    offset: u64,
    shape: Shape,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    read_file(path, offset, shape, dtype, device)
}
