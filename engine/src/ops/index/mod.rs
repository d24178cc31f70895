//! Indexing as NumPy does it. Integers, ranges, new axes and ellipses lead to a view; index arrays
//! gather elements or scatter them; truth values stand for the positions where they are true.
//!
//! `lookup` walks over the indices, `points` is where index arrays lead, `gather` reads there,
//! `scatter` writes there, `masked` reads and writes by truth values; `take`, `along` and
//! `diagonal` are ops of their own.

mod along;
mod diagonal;
mod gather;
mod lookup;
mod masked;
mod points;
mod scatter;
mod take;

use self::gather::gather;
use self::lookup::Lookup;
use self::masked::{compress, write_masked};
use self::scatter::{Combine, scatter};
use super::create::full;
use super::operand::Arg;
use super::registry::{Entry, entries};
use super::write::{write, write_number};
use crate::array::{Array, Operand};
use crate::dtype::DType;
use crate::error::{Error, Result};

pub(super) use self::along::{add_along, take_along};
pub use self::diagonal::{diag, diagonal};
pub use self::masked::nonzero;
pub(super) use self::masked::write_where;
pub use self::take::{
    boolean_mask, gather_nd, index_add, index_update, put_along_axis, take, take_along_axis,
};

/// The ops of this family. Frontends call [`getitem`] and [`setitem`] themselves.
pub(super) static ENTRIES: &[Entry] = entries![
    "take" => take: (x, indices, axis, mode),
    "take_along_axis" => take_along_axis: (x, indices, axis),
    "put_along_axis" => put_along_axis: (x, indices, values, axis),
    "nonzero" => nonzero: (x),
    "boolean_mask" => boolean_mask: (x, mask, axis),
    "gather_nd" => gather_nd: (x, indices),
    "index_update" => index_update: (x, indices, values),
    "index_add" => index_add: (x, indices, values),
    "diagonal" => diagonal: (x, offset, axis1, axis2),
    "diag" => diag: (x, k),
];

/// Elements from which a gather or scatter is worth handing over at once.
const HEAVY: usize = 1 << 20;

/// One part of what stands in the brackets of `x[...]`.
#[derive(Clone, Debug)]
pub enum Index {
    /// One position; negative ones count from the end.
    At(isize),
    /// A range as in Python: `start:stop:step`.
    Range {
        /// Where it begins.
        start: Option<isize>,
        /// Where it ends, without that position.
        stop: Option<isize>,
        /// How far apart its positions are.
        step: Option<isize>,
    },
    /// A new axis of length 1.
    NewAxis,
    /// As many whole axes as are left.
    Ellipsis,
    /// Positions, or truth values that choose them. Floats are cut to integers, as in MXNet.
    Array(Array),
}

/// The part of `x` at `indices`: a view where they hold no array, else a copy. With truth values
/// the shape depends on data, so it waits for them.
///
/// # Errors
/// Too many indices, or one out of bounds; index arrays that do not broadcast. What index arrays
/// hold is checked when the op runs.
pub fn getitem(x: &Array, indices: &[Index]) -> Result<Array> {
    if let [Index::Array(mask)] = indices
        && mask.dtype() == DType::Bool
        && mask.ndim() > 0
        && x.shape().starts_with(mask.shape())
    {
        return compress(x, mask);
    }
    let found = Lookup::new("getitem", x, indices)?;
    let view = x.with_layout(found.layout);
    match found.arrays.is_empty() {
        true => Ok(view),
        false => gather(&view, found.arrays, found.place),
    }
}

/// Writes `value`, broadcast and cast, to the part of `x` at `indices`. Where index arrays name a
/// place twice, the later value stays.
///
/// # Errors
/// As [`getitem`]; a value that does not broadcast to the part; a target with elements that
/// coincide.
pub fn setitem<'a>(x: &Array, indices: &[Index], value: impl Into<Arg<'a>>) -> Result<()> {
    let value = value.into().0;
    if let [Index::Array(mask)] = indices
        && let Some(()) = write_masked(x, mask, value)?
    {
        return Ok(());
    }
    let found = Lookup::new("setitem", x, indices)?;
    let target = x.with_layout(found.layout);
    refuse_coinciding(&target)?;
    if !found.arrays.is_empty() {
        let value = as_array(value, &target)?;
        return scatter(&target, found.arrays, found.place, &value, Combine::Write);
    }
    match value {
        Operand::Scalar(number) => write_number(&target, number),
        Operand::Array(value) => write(&target, &without_leading(value, target.ndim())?),
    }
}

/// An operand as an array to be written to `target`.
fn as_array(value: Operand<'_>, target: &Array) -> Result<Array> {
    match value {
        Operand::Array(value) => Ok(value.clone()),
        Operand::Scalar(number) => full([], number, target.dtype(), target.device()),
    }
}

/// `value` without axes of length 1 in front of what `ndim` axes can take.
fn without_leading(value: &Array, ndim: usize) -> Result<Array> {
    let mut value = value.clone();
    while value.ndim() > ndim && value.shape()[0] == 1 {
        value = value.index_axis(0, 0)?;
    }
    Ok(value)
}

/// Places that are several elements of the array at once cannot be written.
fn refuse_coinciding(target: &Array) -> Result<()> {
    let layout = target.layout();
    let mut axes = layout.shape.iter().zip(&layout.strides);
    match axes.any(|(&len, &stride)| len > 1 && stride == 0) {
        true => Err(Error::argument(
            "setitem",
            "assignment destination is a broadcast view, which is read-only",
        )),
        false => Ok(()),
    }
}
