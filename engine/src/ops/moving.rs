//! Putting elements elsewhere: views by name, joining, splitting, repeating, padding, triangles.

use std::sync::Arc;

use ndarray::Axis;
use smallvec::SmallVec;

use super::axes::Axes;
use super::create::{astype, dense_copy, full};
use super::index::take;
use super::registry::{Argument, Entry, FromArgument, entries};
use super::write::write;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{DType, Element};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::copy::{copy_to_slice, copy_to_view};
use crate::scalar::Scalar;
use crate::shape::{Shape, axis_mask, normalize_axis};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "reshape" => reshape: (x, lens),
    "transpose" => transpose: (x, axes: Axes),
    "swapaxes" => Array::swapaxes: (x, a, b),
    "moveaxis" => moveaxis: (x, from, to),
    "expand_dims" => expand_dims: (x, axes),
    "squeeze" => squeeze: (x, axes: Axes),
    "broadcast_to" => Array::broadcast_to: (x, shape: Shape),
    "ravel" => Array::ravel: (x),
    "flatten" => flatten: (x),
    "concatenate" => concatenate: (arrays, axis),
    "stack" => stack: (arrays, axis),
    "split" => split: (x, sections, axis),
    "array_split" => array_split: (x, sections, axis),
    "tile" => tile: (x, repeats),
    "repeat" => repeat: (x, repeats, axis),
    "flip" => flip: (x, axes: Axes),
    "roll" => roll: (x, shifts, axes),
    "rot90" => rot90: (x, k, axes),
    "pad" => pad: (x, widths, mode, value),
    "tril" => tril: (x, k),
    "triu" => triu: (x, k),
    "meshgrid" => meshgrid: (arrays, indexing, sparse),
];

/// Elements from which joining arrays is worth handing over at once.
const HEAVY: usize = 1 << 20;

/// One integer or several.
#[derive(Clone, Debug)]
pub struct Ints(SmallVec<[isize; 4]>);

impl<const N: usize> From<[isize; N]> for Ints {
    fn from(ints: [isize; N]) -> Ints {
        Ints(SmallVec::from_slice(&ints))
    }
}

impl<'a> FromArgument<'a> for Ints {
    const EXPECTED: &'static str = "an integer or a list of them";

    fn from_argument(argument: &'a Argument) -> Option<Ints> {
        match argument {
            Argument::List(items) => items.iter().map(isize::from_argument).collect(),
            one => isize::from_argument(one).map(|one| Some(one).into_iter().collect()),
        }
    }
}

impl FromIterator<isize> for Ints {
    fn from_iter<I: IntoIterator<Item = isize>>(ints: I) -> Ints {
        Ints(ints.into_iter().collect())
    }
}

/// Where an array is split.
#[derive(Clone, Debug)]
pub enum Sections {
    /// Into so many parts.
    Equal(usize),
    /// Before these positions.
    At(Vec<isize>),
}

impl<'a> FromArgument<'a> for Sections {
    const EXPECTED: &'static str = "a number of sections or a list of positions";

    fn from_argument(argument: &'a Argument) -> Option<Sections> {
        match argument {
            Argument::List(_) => Vec::from_argument(argument).map(Sections::At),
            one => usize::from_argument(one).map(Sections::Equal),
        }
    }
}

fn reshape(x: &Array, lens: Ints) -> Result<Array> {
    x.reshape(&lens.0)
}

fn transpose(x: &Array, axes: Axes) -> Result<Array> {
    x.transpose(axes.as_slice())
}

fn moveaxis(x: &Array, from: Ints, to: Ints) -> Result<Array> {
    x.moveaxis(&from.0, &to.0)
}

/// New axes of length 1 at places of the result.
fn expand_dims(x: &Array, axes: Ints) -> Result<Array> {
    let ndim = x.ndim() + axes.0.len();
    let new = axis_mask("expand_dims", Some(&axes.0), ndim)?;
    let mut result = x.clone();
    for (axis, _) in new.iter().enumerate().filter(|(_, new)| **new) {
        result = result.expand_dims(axis as isize)?;
    }
    Ok(result)
}

fn squeeze(x: &Array, axes: Axes) -> Result<Array> {
    x.squeeze(axes.as_slice())
}

/// A copy of the elements in C order along one axis.
///
/// # Errors
/// None of its own.
pub fn flatten(x: &Array) -> Result<Array> {
    dense_copy(&x.ravel()?)
}

/// Joins its inputs along an axis.
struct Concatenate {
    axis: usize,
    size: usize,
}

impl Kernel for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = &mut cx.outputs[0];
        dispatch!(all, out.dtype, T => {
            let mut rest = out.view::<T>();
            for input in cx.inputs {
                let len = input.layout.shape[self.axis];
                let (part, after) = rest.split_at(Axis(self.axis), len);
                copy_to_view(cx.tiles, input.view::<T>(), part);
                rest = after;
            }
        });
        Ok(())
    }
}

impl Gradient for Concatenate {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let mut start = 0;
        let parts = cx.inputs.iter().map(|input| {
            let len = input.shape()[self.axis];
            start += len;
            Some(cx.g().slice_axis(self.axis, start - len, 1, len))
        });
        Ok(parts.collect())
    }
}

/// The arrays one after the other along `axis`, or flat ones without an axis.
///
/// # Errors
/// No arrays; lengths that differ on another axis; an axis that they do not have.
pub fn concatenate(arrays: Vec<&Array>, axis: Option<isize>) -> Result<Array> {
    const OP: &str = "concatenate";
    let Some(first) = arrays.first() else {
        return Err(Error::argument(
            OP,
            "need at least one array to concatenate",
        ));
    };
    let Some(axis) = axis else {
        let flat: Vec<Array> = arrays.iter().map(|x| x.ravel()).collect::<Result<_>>()?;
        return concatenate(flat.iter().collect(), Some(0));
    };
    if first.ndim() == 0 {
        return Err(Error::argument(
            OP,
            "zero-dimensional arrays cannot be concatenated",
        ));
    }
    let axis = normalize_axis(OP, axis, first.ndim())?;
    let mut len = 0;
    for x in &arrays {
        let mut shapes = first.shape().iter().zip(x.shape().iter()).enumerate();
        let fits = shapes.all(|(other, (a, b))| other == axis || a == b);
        if !fits || x.ndim() != first.ndim() {
            let fact = format!(
                "shapes {} and {} differ on another axis than {axis}",
                first.shape(),
                x.shape()
            );
            return Err(Error::shape(OP, fact));
        }
        len += x.shape()[axis];
    }
    let dtype = arrays.iter().map(|x| x.dtype()).reduce(DType::promote);
    let dtype = dtype.unwrap_or(first.dtype());
    let cast = |x: &&Array| match x.dtype() == dtype {
        true => Ok((*x).clone()),
        false => astype(x, dtype),
    };
    let inputs: SmallVec<[Array; 4]> = arrays.iter().map(cast).collect::<Result<_>>()?;
    let inputs: SmallVec<[Operand<'_>; 4]> = inputs.iter().map(Operand::Array).collect();
    let shape = with_len(first.shape(), axis, len);
    let size = shape.size();
    let kernel = Arc::new(Concatenate { axis, size });
    let rule = Rule::Shared(kernel.clone());
    issue_one(Op::Kernel(kernel), Some(rule), &inputs, (shape, dtype))
}

fn with_len(shape: &Shape, axis: usize, len: usize) -> Shape {
    let lens = shape.iter().enumerate();
    lens.map(|(i, &old)| if i == axis { len } else { old })
        .collect()
}

/// The arrays, which have one shape, side by side on a new axis.
///
/// # Errors
/// No arrays; shapes that differ; a place beyond the last axis.
pub fn stack(arrays: Vec<&Array>, axis: Option<isize>) -> Result<Array> {
    let Some(first) = arrays.first() else {
        return Err(Error::argument("stack", "need at least one array to stack"));
    };
    if arrays.iter().any(|x| x.shape() != first.shape()) {
        return Err(Error::shape(
            "stack",
            "all input arrays must have the same shape",
        ));
    }
    let axis = normalize_axis("stack", axis.unwrap_or(0), first.ndim() + 1)? as isize;
    let rows: Vec<Array> = arrays
        .iter()
        .map(|x| x.expand_dims(axis))
        .collect::<Result<_>>()?;
    concatenate(rows.iter().collect(), Some(axis))
}

/// Views of the parts of `x` along `axis`: so many of equal length, or between positions.
///
/// # Errors
/// A number that does not divide the axis.
pub fn split(x: &Array, sections: Sections, axis: Option<isize>) -> Result<Vec<Array>> {
    let along = normalize_axis("split", axis.unwrap_or(0), x.ndim())?;
    match sections {
        Sections::Equal(n) if n == 0 || !x.shape()[along].is_multiple_of(n) => {
            let len = x.shape()[along];
            let fact = format!("array split does not result in an equal division: {len} into {n}");
            Err(Error::argument("split", fact))
        }
        sections => array_split(x, sections, axis),
    }
}

/// As [`split`]; where a number does not divide the axis, the first parts are one longer.
///
/// # Errors
/// No sections; an axis that the array does not have.
pub fn array_split(x: &Array, sections: Sections, axis: Option<isize>) -> Result<Vec<Array>> {
    let axis = normalize_axis("array_split", axis.unwrap_or(0), x.ndim())?;
    let len = x.shape()[axis];
    let bounds: Vec<usize> = match sections {
        Sections::Equal(0) => {
            let fact = "number of sections must be larger than 0";
            return Err(Error::argument("array_split", fact));
        }
        Sections::Equal(n) => (0..=n).map(|i| i * (len / n) + i.min(len % n)).collect(),
        Sections::At(places) => {
            let inside = |at: isize| {
                let at = if at < 0 { at + len as isize } else { at };
                at.clamp(0, len as isize) as usize
            };
            let inner = places.into_iter().map(inside);
            std::iter::once(0).chain(inner).chain([len]).collect()
        }
    };
    let part = |ends: &[usize]| x.slice_axis(axis, ends[0], 1, ends[1].saturating_sub(ends[0]));
    Ok(bounds.windows(2).map(part).collect())
}

/// `x` again and again along each axis.
///
/// # Errors
/// A result that is too big.
pub fn tile(x: &Array, repeats: Shape) -> Result<Array> {
    let ndim = x.ndim().max(repeats.ndim());
    let len = |axis: usize| {
        (axis + x.ndim())
            .checked_sub(ndim)
            .map_or(1, |i| x.shape()[i])
    };
    let n = |axis: usize| {
        (axis + repeats.ndim())
            .checked_sub(ndim)
            .map_or(1, |i| repeats[i])
    };
    let rows: SmallVec<[isize; 8]> = (0..ndim).flat_map(|i| [1, len(i) as isize]).collect();
    let tiles: Shape = (0..ndim).flat_map(|i| [n(i), len(i)]).collect();
    let lens: SmallVec<[isize; 4]> = (0..ndim).map(|i| (n(i) * len(i)) as isize).collect();
    dense_copy(&x.reshape(&rows)?.broadcast_to(tiles)?)?.reshape(&lens)
}

/// Each element of `axis` so many times, or each of the flat array; one number for all, or one
/// for each.
///
/// # Errors
/// Numbers of another length than the axis.
pub fn repeat(x: &Array, repeats: Shape, axis: Option<isize>) -> Result<Array> {
    let Some(axis) = axis else {
        return repeat(&x.ravel()?, repeats, Some(0));
    };
    let axis = normalize_axis("repeat", axis, x.ndim())?;
    let len = x.shape()[axis];
    if repeats.ndim() == 1 {
        let mut lens: SmallVec<[usize; 5]> = SmallVec::from_slice(x.shape());
        lens.insert(axis + 1, repeats[0]);
        let rows = x.expand_dims(axis as isize + 1)?.broadcast_to(&lens[..])?;
        let lens = with_len(x.shape(), axis, len * repeats[0]);
        let lens: SmallVec<[isize; 4]> = lens.iter().map(|&len| len as isize).collect();
        return dense_copy(&rows)?.reshape(&lens);
    }
    if repeats.ndim() != len {
        let fact = format!("{} numbers of repeats for an axis of {len}", repeats.ndim());
        return Err(Error::argument("repeat", fact));
    }
    let each = repeats.iter().enumerate();
    let places = each.flat_map(|(i, &n)| std::iter::repeat_n(i as i64, n));
    pick(x, axis, &places.collect::<Vec<_>>())
}

/// The elements of `x` at known places along `axis`.
fn pick(x: &Array, axis: usize, places: &[i64]) -> Result<Array> {
    let places = Array::from_elements(places, [places.len()], x.device())?;
    take(x, &places, Some(axis as isize), Some("raise"))
}

/// A view with the axes the other way round.
///
/// # Errors
/// An axis that the array does not have, or twice the same.
pub fn flip(x: &Array, axes: impl Into<Axes>) -> Result<Array> {
    let mask = axis_mask("flip", axes.into().as_slice(), x.ndim())?;
    let mut result = x.clone();
    for axis in (0..x.ndim()).filter(|&axis| mask[axis]) {
        let len = x.shape()[axis];
        result = result.slice_axis(axis, len.saturating_sub(1), -1, len);
    }
    Ok(result)
}

/// The elements moved on along axes, from the end to the beginning; without axes, in the flat
/// array.
///
/// # Errors
/// Axes that the array does not have, or another number of shifts.
pub fn roll(x: &Array, shifts: Ints, axes: Option<Ints>) -> Result<Array> {
    let Some(axes) = axes else {
        let flat = roll(&x.ravel()?, shifts, Some(Ints::from([0])))?;
        return flat.reshape(&signed(x.shape()));
    };
    let n = shifts.0.len().max(axes.0.len());
    let at = |ints: &Ints, i: usize| ints.0[if ints.0.len() == 1 { 0 } else { i }];
    if [&shifts, &axes]
        .iter()
        .any(|ints| ints.0.len() != n && ints.0.len() != 1)
    {
        return Err(Error::argument(
            "roll",
            "'shift' and 'axis' should be scalars or 1D sequences",
        ));
    }
    let mut result = x.clone();
    for i in 0..n {
        let axis = normalize_axis("roll", at(&axes, i), x.ndim())?;
        result = roll_axis(&result, at(&shifts, i), axis)?;
    }
    match result.shares_variable(x) {
        true => dense_copy(&result),
        false => Ok(result),
    }
}

fn roll_axis(x: &Array, shift: isize, axis: usize) -> Result<Array> {
    let len = x.shape()[axis];
    if len == 0 {
        return Ok(x.clone());
    }
    let shift = shift.rem_euclid(len as isize) as usize;
    let end = x.slice_axis(axis, len - shift, 1, shift);
    let start = x.slice_axis(axis, 0, 1, len - shift);
    concatenate(vec![&end, &start], Some(axis as isize))
}

fn signed(shape: &Shape) -> SmallVec<[isize; 4]> {
    shape.iter().map(|&len| len as isize).collect()
}

/// A view turned by `k` times 90 degrees in the plane of two axes.
///
/// # Errors
/// Other than two different axes.
pub fn rot90(x: &Array, k: Option<isize>, axes: Option<Ints>) -> Result<Array> {
    let axes = axes.unwrap_or(Ints::from([0, 1]));
    let [a, b] = axes.0[..] else {
        return Err(Error::argument("rot90", "len(axes) must be 2"));
    };
    axis_mask("rot90", Some(&[a, b]), x.ndim())?;
    match k.unwrap_or(1).rem_euclid(4) {
        0 => Ok(x.clone()),
        1 => flip(x, b)?.swapaxes(a, b),
        2 => flip(x, [a, b]),
        _ => flip(&x.swapaxes(a, b)?, b),
    }
}

/// `x` with elements added before and after each axis, as many as `widths` says in turn
/// (before, after, before, ...): a number (`"constant"`), the first and last element (`"edge"`),
/// the elements mirrored without (`"reflect"`) or with the edge (`"symmetric"`), or those of the
/// other end (`"wrap"`).
///
/// # Errors
/// Other than two widths for each axis; another mode; nothing to repeat on an empty axis.
pub fn pad(
    x: &Array,
    widths: Vec<usize>,
    mode: Option<&str>,
    value: Option<Scalar>,
) -> Result<Array> {
    if widths.len() != 2 * x.ndim() {
        let fact = format!("{} widths for {} axes", widths.len(), x.ndim());
        return Err(Error::argument("pad", fact));
    }
    let mode = mode.unwrap_or("constant");
    if mode == "constant" {
        return pad_constant(x, &widths, value.unwrap_or(Scalar::Int(0)));
    }
    let place: fn(i64, i64) -> i64 = match mode {
        "edge" => |i, n| i.clamp(0, n - 1),
        "reflect" => |i, n| {
            let i = i.rem_euclid(2 * (n - 1).max(1));
            i.min(2 * (n - 1) - i).max(0)
        },
        "symmetric" => |i, n| {
            let i = i.rem_euclid(2 * n);
            i.min(2 * n - 1 - i)
        },
        "wrap" => |i, n| i.rem_euclid(n),
        other => {
            let fact = format!("mode '{other}' is not supported");
            return Err(Error::argument("pad", fact));
        }
    };
    let mut result = x.clone();
    for (axis, width) in widths
        .chunks(2)
        .enumerate()
        .filter(|(_, width)| *width != [0, 0])
    {
        let n = x.shape()[axis] as i64;
        if n == 0 {
            let fact = format!("can't extend empty axis {axis} using mode '{mode}'");
            return Err(Error::argument("pad", fact));
        }
        let all = -(width[0] as i64)..n + width[1] as i64;
        let places: Vec<i64> = all.map(|i| place(i, n)).collect();
        result = pick(&result, axis, &places)?;
    }
    match result.shares_variable(x) {
        true => dense_copy(&result),
        false => Ok(result),
    }
}

fn pad_constant(x: &Array, widths: &[usize], value: Scalar) -> Result<Array> {
    let axes = x.shape().iter().zip(widths.chunks(2));
    let shape: Shape = axes
        .map(|(&len, width)| len + width[0] + width[1])
        .collect();
    let result = full(shape, value, x.dtype(), x.device())?;
    let mut inner = result.clone();
    for (axis, width) in widths.chunks(2).enumerate() {
        inner = inner.slice_axis(axis, width[0], 1, x.shape()[axis]);
    }
    write(&inner, x)?;
    Ok(result)
}

/// Keeps its input on one side of a diagonal of the last two axes; zero elsewhere.
struct Triangle {
    k: isize,
    lower: bool,
}

impl Kernel for Triangle {
    fn name(&self) -> &'static str {
        if self.lower { "tril" } else { "triu" }
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        let ndim = out.shape.ndim();
        let (n_rows, n_columns) = (out.shape[ndim - 2], out.shape[ndim - 1]);
        dispatch!(all, out.dtype, T => {
            let out = out.slice::<T>();
            copy_to_slice(cx.tiles, x.view::<T>(), out);
            for (i, row) in out.chunks_mut(n_columns.max(1)).enumerate() {
                self.clear::<T>(i % n_rows, row);
            }
        });
        Ok(())
    }
}

impl Triangle {
    fn clear<T: Element>(&self, i: usize, row: &mut [T]) {
        let diagonal = (i as isize).saturating_add(self.k);
        // The first column on the other side: after the diagonal, or at it.
        let bound = diagonal
            .saturating_add(self.lower.into())
            .clamp(0, row.len() as isize);
        let (left, right) = row.split_at_mut(bound as usize);
        if self.lower { right } else { left }.fill(T::default());
    }
}

impl Gradient for Triangle {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        Ok(SmallVec::from_iter([Some(triangle(
            cx.g(),
            self.k,
            self.lower,
        )?)]))
    }
}

fn triangle(x: &Array, k: isize, lower: bool) -> Result<Array> {
    let kernel = Arc::new(Triangle { k, lower });
    let x = match x.ndim() {
        0 => return Err(Error::argument(kernel.name(), "needs at least one axis")),
        // A vector is taken as a matrix of equal rows.
        1 => &x.broadcast_to([x.size(), x.size()])?,
        _ => x,
    };
    let rule = Rule::Shared(kernel.clone());
    let output = (x.shape().clone(), x.dtype());
    issue_one(Op::Kernel(kernel), Some(rule), &[Operand::Array(x)], output)
}

/// `x` with zeros above its `k`-th diagonal.
///
/// # Errors
/// An array without axes.
pub fn tril(x: &Array, k: Option<isize>) -> Result<Array> {
    triangle(x, k.unwrap_or(0), true)
}

/// `x` with zeros below its `k`-th diagonal.
///
/// # Errors
/// An array without axes.
pub fn triu(x: &Array, k: Option<isize>) -> Result<Array> {
    triangle(x, k.unwrap_or(0), false)
}

/// Coordinates of a grid from those of its axes: for each array one of the shape of the grid
/// (views that repeat it; of length 1 on the other axes if `sparse`). With `indexing` `"xy"`, the
/// default, the first array runs along the second axis.
///
/// # Errors
/// Another indexing.
pub fn meshgrid(arrays: Vec<&Array>, indexing: Option<&str>, sparse: bool) -> Result<Vec<Array>> {
    let is_xy = match indexing.unwrap_or("xy") {
        "xy" => arrays.len() > 1,
        "ij" => false,
        _ => {
            let fact = "valid values for `indexing` are 'xy' and 'ij'";
            return Err(Error::argument("meshgrid", fact));
        }
    };
    let axis = |i: usize| if is_xy && i < 2 { 1 - i } else { i };
    let mut grid = vec![1; arrays.len()];
    for (i, x) in arrays.iter().enumerate() {
        grid[axis(i)] = x.size();
    }
    let along = |(i, x): (usize, &&Array)| {
        let mut lens = vec![1; arrays.len()];
        lens[axis(i)] = -1;
        let x = x.reshape(&lens)?;
        if sparse {
            Ok(x)
        } else {
            x.broadcast_to(&grid[..])
        }
    };
    arrays.iter().enumerate().map(along).collect()
}
