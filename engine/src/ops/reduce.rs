//! Reductions: many elements to one, over all axes or some; and running totals along one axis.
//!
//! A reduction is one of the statics below: its name, its loops and its gradient. `spread` holds
//! variance and standard deviation, `position` the places of extremes, `running` the totals along
//! an axis, `norm` what is made of other reductions.

mod norm;
mod position;
mod running;
mod spread;

pub use norm::{NormOrd, logsumexp, nansum, norm};
pub use position::{argmax, argmin};
pub use running::{cumprod, cumsum};
pub use spread::{std, var};

use std::sync::Arc;

use smallvec::SmallVec;

use super::axes::Axes;
use super::binary::equal;
use super::create::astype;
use super::element::conj;
use super::registry::{Entry, entries};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{C64, C128, DType, Element, Kind};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::reduce::{self, Reduction, Rows};
use crate::shape::{Shape, axis_mask};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "sum" => sum: (x, axis: Axes, keepdims, dtype),
    "nansum" => nansum: (x, axis: Axes, keepdims, dtype),
    "prod" => prod: (x, axis: Axes, keepdims, dtype),
    "mean" => mean: (x, axis: Axes, keepdims, dtype),
    "max" => max: (x, axis: Axes, keepdims),
    "min" => min: (x, axis: Axes, keepdims),
    "any" => any: (x, axis: Axes, keepdims),
    "all" => all: (x, axis: Axes, keepdims),
    "argmax" => argmax: (x, axis, keepdims),
    "argmin" => argmin: (x, axis, keepdims),
    "var" => var: (x, axis: Axes, keepdims, dtype, ddof),
    "std" => std: (x, axis: Axes, keepdims, dtype, ddof),
    "cumsum" => cumsum: (x, axis, dtype),
    "cumprod" => cumprod: (x, axis, dtype),
    "logsumexp" => logsumexp: (x, axis: Axes, keepdims),
    "norm" => norm: (x, ord, axis, keepdims),
];

/// Elements from which one reduction is worth handing over at once.
const HEAVY: usize = 1 << 20;

/// What is reduced, for kernels and gradients.
struct Reduced {
    /// True for the axes that are reduced.
    mask: SmallVec<[bool; 4]>,
    input: Shape,
    dtype: DType,
}

impl Reduced {
    fn new(op: &'static str, x: &Array, axes: &Axes) -> Result<Reduced> {
        Ok(Reduced {
            mask: axis_mask(op, axes.as_slice(), x.ndim())?,
            input: x.shape().clone(),
            dtype: x.dtype(),
        })
    }

    /// True if the reduced axes are the last ones.
    fn is_by_rows(&self) -> bool {
        self.mask.is_sorted() && self.mask.last() == Some(&true)
    }

    /// Reduces the input to the output.
    fn run<T, R>(&self, op: &R, cx: &mut Run<'_>)
    where
        T: Element,
        R: Reduction<T, Out: Element>,
    {
        let out = cx.outputs[0].slice::<R::Out>();
        let rows = match cx.made {
            Some(made) => Some(Rows::Made(made)),
            None if self.is_by_rows() => cx.inputs[0].dense::<T>().map(Rows::Slice),
            None => None,
        };
        match rows {
            Some(rows) => reduce::reduce_rows(cx.tiles, op, rows, self.length(), out),
            None => reduce::reduce(cx.tiles, op, cx.inputs[0].view::<T>(), &self.mask, out),
        }
    }

    /// How many elements become one.
    fn length(&self) -> usize {
        let lens = self.input.iter().zip(&self.mask);
        lens.filter(|&(_, &is_reduced)| is_reduced)
            .map(|(&len, _)| len)
            .product()
    }

    /// An array of the output's shape, stretched to that of the input.
    fn stretch(&self, g: &Array) -> Result<Array> {
        let kept = self.input.without(&self.mask, true);
        reshape_to(g, &kept)?.broadcast_to(self.input.clone())
    }

    /// The reduced axes.
    fn axes(&self) -> Axes {
        let reduced = (0..self.mask.len()).filter(|&axis| self.mask[axis]);
        let axes: SmallVec<[isize; 4]> = reduced.map(|axis| axis as isize).collect();
        Axes::from(&axes[..])
    }
}

/// The declaration of a reduction.
struct ReduceOp {
    name: &'static str,
    run: fn(&Reduced, &mut Run<'_>),
    grad: Option<fn(&Reduced, &Backward<'_>) -> Result<Array>>,
}

/// One issued reduction.
struct Reduce {
    op: &'static ReduceOp,
    reduced: Reduced,
}

impl Kernel for Reduce {
    fn name(&self) -> &'static str {
        self.op.name
    }

    fn is_heavy(&self) -> bool {
        self.reduced.input.size() >= HEAVY
    }

    fn takes_made_input(&self) -> bool {
        self.reduced.is_by_rows()
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        (self.op.run)(&self.reduced, cx);
        Ok(())
    }
}

impl Gradient for Reduce {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let rule = self.op.grad.expect("recorded with a gradient only");
        Ok(SmallVec::from_iter([Some(rule(&self.reduced, cx)?)]))
    }
}

impl ReduceOp {
    fn issue(
        &'static self,
        x: &Array,
        reduced: Reduced,
        keepdims: bool,
        dtype: DType,
    ) -> Result<Array> {
        let shape = x.shape().without(&reduced.mask, keepdims);
        let kernel = Arc::new(Reduce { op: self, reduced });
        let rule = self
            .grad
            .map(|_| Rule::Shared(kernel.clone() as Arc<dyn Gradient>));
        issue_one(
            Op::Kernel(kernel),
            rule,
            &[Operand::Array(x)],
            (shape, dtype),
        )
    }
}

/// Runs `$body` for the dtype `$dtype` of an input, with the type `$T` of its elements and the
/// type `$O` of their total: integers and truth values are added up in 64 bits.
macro_rules! dispatch_total {
    ($dtype:expr, $T:ident, $O:ident => $body:expr) => {
        dispatch_total!(@ $dtype, $T, $O => $body,
            Bool: bool, i64; I8: i8, i64; I16: i16, i64; I32: i32, i64; I64: i64, i64;
            U8: u8, u64; U16: u16, u64; U32: u32, u64; U64: u64, u64;
            F16: half::f16, half::f16; BF16: half::bf16, half::bf16; F32: f32, f32; F64: f64, f64;
            C64: C64, C64; C128: C128, C128)
    };
    (@ $dtype:expr, $T:ident, $O:ident => $body:expr, $($name:ident: $from:ty, $to:ty);*) => {
        match $dtype {
            $(DType::$name => {
                type $T = $from;
                type $O = $to;
                $body
            })*
        }
    };
}
use dispatch_total;

/// The dtype of a total of elements of `dtype`, when the caller names none.
fn total_dtype(dtype: DType) -> DType {
    match dtype.kind() {
        Kind::Bool => DType::I64,
        Kind::Int if dtype.is_signed_int() => DType::I64,
        Kind::Int => DType::U64,
        _ => dtype,
    }
}

static SUM: ReduceOp = ReduceOp {
    name: "sum",
    run: |reduced, cx| {
        dispatch_total!(reduced.dtype, T, O => {
            reduced.run::<T, _>(&reduce::Sum::<O>::new(), cx);
        });
    },
    grad: Some(|reduced, cx| reduced.stretch(cx.g())),
};

static PROD: ReduceOp = ReduceOp {
    name: "prod",
    run: |reduced, cx| {
        dispatch_total!(reduced.dtype, T, O => {
            reduced.run::<T, _>(&reduce::Prod::<O>::new(), cx);
        });
    },
    grad: Some(|reduced, cx| {
        let others = product_of_others(reduced, &conj(&cx.inputs[0])?)?;
        Ok(reduced.stretch(cx.g())? * others)
    }),
};

/// For each element the product of those that it is multiplied with: of the ones before it and the
/// ones after it, as an element may be zero.
fn product_of_others(reduced: &Reduced, x: &Array) -> Result<Array> {
    let (kept, gone): (Vec<usize>, Vec<usize>) =
        (0..x.ndim()).partition(|&axis| !reduced.mask[axis]);
    let order: Vec<isize> = kept
        .iter()
        .chain(&gone)
        .map(|&axis| axis as isize)
        .collect();
    let turned = x.transpose(Some(&order[..]))?;
    let mut lens: Vec<usize> = kept.iter().map(|&axis| x.shape()[axis]).collect();
    lens.push(reduced.length());
    let (rows, axis) = (reshape_to(&turned, &lens)?, kept.len());
    let after = running::products_before(&running::flip(&rows, axis), axis)?;
    let others = running::products_before(&rows, axis)? * running::flip(&after, axis);
    let mut back = vec![0; order.len()];
    for (at, &axis) in order.iter().enumerate() {
        back[axis as usize] = at as isize;
    }
    reshape_to(&others, turned.shape())?.transpose(Some(&back[..]))
}

static MEAN: ReduceOp = ReduceOp {
    name: "mean",
    run: |reduced, cx| {
        dispatch!(inexact, reduced.dtype, T => {
            reduced.run::<T, _>(&reduce::Average::<T>::of(reduced.length()), cx);
        }, else unreachable!("a mean is a float"));
    },
    grad: Some(|reduced, cx| reduced.stretch(&(cx.g() / reduced.length() as f64))),
};

/// Runs `$body` for a dtype that has an order.
macro_rules! dispatch_ordered {
    ($dtype:expr, $T:ident => $body:expr) => {
        dispatch!(real, $dtype, $T => $body, else {
            type $T = bool;
            $body
        })
    };
}
use dispatch_ordered;

/// Declares the op that takes the greatest or the least element.
macro_rules! extreme {
    ($name:literal, $reduction:ident) => {
        ReduceOp {
            name: $name,
            run: |reduced, cx| {
                dispatch_ordered!(reduced.dtype, T => {
                    reduced.run::<T, _>(&reduce::$reduction, cx);
                });
            },
            grad: Some(share_among_equals),
        }
    };
}

static MAX: ReduceOp = extreme!("max", Max);
static MIN: ReduceOp = extreme!("min", Min);

/// The gradient of an extreme, in equal shares to the elements that are equal to it.
fn share_among_equals(reduced: &Reduced, cx: &Backward<'_>) -> Result<Array> {
    let (x, y) = (&cx.inputs[0], &cx.outputs[0]);
    let is_extreme = equal(x, &reduced.stretch(y)?)?;
    let n_equal = sum(&is_extreme, reduced.axes(), true, None)?;
    let g = reshape_to(cx.g(), n_equal.shape())?;
    let share = g / &astype(&n_equal, y.dtype())?;
    Ok(reduced.stretch(&share)? * is_extreme)
}

/// Declares the op that tells whether any or all elements are true.
macro_rules! truth {
    ($name:literal, $reduction:ident) => {
        ReduceOp {
            name: $name,
            run: |reduced, cx| {
                dispatch!(all, reduced.dtype, T => {
                    reduced.run::<T, _>(&reduce::$reduction, cx);
                });
            },
            grad: None,
        }
    };
}

static ANY: ReduceOp = truth!("any", Any);
static ALL: ReduceOp = truth!("all", All);

/// The sum of the elements over `axes`. Integers and truth values are summed as 64-bit integers
/// unless `dtype` says otherwise.
///
/// # Errors
/// An axis that the array does not have.
pub fn sum(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
) -> Result<Array> {
    total(&SUM, x, axes.into(), keepdims, dtype)
}

/// The product of the elements over `axes`, with the dtypes of [`sum`].
///
/// # Errors
/// An axis that the array does not have.
pub fn prod(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
) -> Result<Array> {
    total(&PROD, x, axes.into(), keepdims, dtype)
}

fn total(
    op: &'static ReduceOp,
    x: &Array,
    axes: Axes,
    keepdims: bool,
    dtype: Option<DType>,
) -> Result<Array> {
    let x = in_dtype_of_total(x, dtype)?;
    let reduced = Reduced::new(op.name, &x, &axes)?;
    let made = total_dtype(x.dtype());
    let y = op.issue(&x, reduced, keepdims, made)?;
    cast(&y, dtype.unwrap_or(made))
}

/// `x` as totals of `dtype` take it. Integers are added up in 64 bits and then cut down, which
/// gives the same.
fn in_dtype_of_total(x: &Array, dtype: Option<DType>) -> Result<Array> {
    match dtype {
        Some(dtype) if dtype.is_inexact() => cast(x, dtype),
        _ => Ok(x.clone()),
    }
}

/// The mean of the elements over `axes`; integers and truth values have one in the default float.
///
/// # Errors
/// An axis that the array does not have.
pub fn mean(
    x: &Array,
    axes: impl Into<Axes>,
    keepdims: bool,
    dtype: Option<DType>,
) -> Result<Array> {
    let computed = dtype.unwrap_or(x.dtype()).to_inexact();
    let x = cast(x, computed)?;
    let reduced = Reduced::new("mean", &x, &axes.into())?;
    let y = MEAN.issue(&x, reduced, keepdims, computed)?;
    cast(&y, dtype.unwrap_or(computed))
}

/// The greatest element over `axes`, or NaN if there is one. Its gradient goes in equal shares to
/// the elements that are equal to it.
///
/// # Errors
/// An axis that the array does not have; nothing to choose from; complex numbers.
pub fn max(x: &Array, axes: impl Into<Axes>, keepdims: bool) -> Result<Array> {
    extreme(&MAX, x, axes.into(), keepdims)
}

/// The least element over `axes`, as [`max`].
///
/// # Errors
/// As [`max`].
pub fn min(x: &Array, axes: impl Into<Axes>, keepdims: bool) -> Result<Array> {
    extreme(&MIN, x, axes.into(), keepdims)
}

fn extreme(op: &'static ReduceOp, x: &Array, axes: Axes, keepdims: bool) -> Result<Array> {
    let reduced = Reduced::new(op.name, x, &axes)?;
    refuse_complex(op.name, x)?;
    if x.shape().without(&reduced.mask, keepdims).size() > 0 && reduced.length() == 0 {
        let fact = "zero-size array to reduction operation has no identity";
        return Err(Error::argument(op.name, fact));
    }
    op.issue(x, reduced, keepdims, x.dtype())
}

/// # Errors
/// Complex numbers, which have no order.
fn refuse_complex(op: &'static str, x: &Array) -> Result<()> {
    match x.dtype().kind() {
        Kind::Complex => Err(Error::DType {
            op,
            dtype: x.dtype(),
            takes: "real numbers",
        }),
        _ => Ok(()),
    }
}

/// Whether any element over `axes` is not zero.
///
/// # Errors
/// An axis that the array does not have.
pub fn any(x: &Array, axes: impl Into<Axes>, keepdims: bool) -> Result<Array> {
    let reduced = Reduced::new("any", x, &axes.into())?;
    ANY.issue(x, reduced, keepdims, DType::Bool)
}

/// Whether no element over `axes` is zero.
///
/// # Errors
/// An axis that the array does not have.
pub fn all(x: &Array, axes: impl Into<Axes>, keepdims: bool) -> Result<Array> {
    let reduced = Reduced::new("all", x, &axes.into())?;
    ALL.issue(x, reduced, keepdims, DType::Bool)
}

/// `x` summed over the axes along which `shape` was broadcast to it.
pub(crate) fn sum_to(x: &Array, shape: &Shape) -> Result<Array> {
    if x.shape() == shape {
        return Ok(x.clone());
    }
    let added = x.ndim() - shape.ndim();
    let axes: SmallVec<[isize; 4]> = (0..x.ndim())
        .filter(|&axis| axis < added || (shape[axis - added] == 1 && x.shape()[axis] != 1))
        .map(|axis| axis as isize)
        .collect();
    reshape_to(&sum(x, &axes[..], false, None)?, shape)
}

/// `x` in `dtype`: itself where it is so already.
pub(super) fn cast(x: &Array, dtype: DType) -> Result<Array> {
    match x.dtype() == dtype {
        true => Ok(x.clone()),
        false => astype(x, dtype),
    }
}

/// `x` under a shape of the same size.
pub(super) fn reshape_to(x: &Array, shape: &[usize]) -> Result<Array> {
    let lens: SmallVec<[isize; 4]> = shape.iter().map(|&len| len as isize).collect();
    x.reshape(&lens)
}
