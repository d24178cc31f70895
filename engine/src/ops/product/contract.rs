//! Sums over chosen axes of two arrays, arranged as one product of matrices; and outer products.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::{not_aligned, product};
use crate::array::Array;
use crate::dtype::Kind;
use crate::error::{Error, Result};
use crate::ops::binary::multiply;
use crate::ops::reduce::reshape_to;
use crate::ops::registry::{Argument, FromArgument};
use crate::shape::{Shape, normalize_axis};

/// Which axes [`tensordot`] sums over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Contracted {
    /// The last ones of the first array with the first ones of the second.
    Inner(usize),
    /// These of the first array with these of the second.
    Axes(Vec<isize>, Vec<isize>),
}

impl FromArgument<'_> for Contracted {
    const EXPECTED: &'static str = "an integer or two lists of axes";

    fn from_argument(argument: &Argument) -> Option<Contracted> {
        let axes = |argument: &Argument| match argument {
            Argument::Number(_) => isize::from_argument(argument).map(|axis| vec![axis]),
            other => Vec::<isize>::from_argument(other),
        };
        match argument {
            Argument::None => Some(Contracted::Inner(2)),
            Argument::Number(_) => usize::from_argument(argument).map(Contracted::Inner),
            Argument::List(both) => match &both[..] {
                [a, b] => Some(Contracted::Axes(axes(a)?, axes(b)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The sum of products over axes of `a` and as many of `b`; the result has the other axes of `a`,
/// then those of `b`.
///
/// # Errors
/// Axes that are not there, named twice, or of different lengths.
pub fn tensordot(a: &Array, b: &Array, axes: Contracted) -> Result<Array> {
    let (a_axes, b_axes) = match axes {
        Contracted::Inner(n) if n > a.ndim() || n > b.ndim() => {
            let fact = format!(
                "cannot sum over {n} axes of {} and {}",
                a.shape(),
                b.shape()
            );
            return Err(Error::shape("tensordot", fact));
        }
        Contracted::Inner(n) => ((a.ndim() - n..a.ndim()).collect(), (0..n).collect()),
        Contracted::Axes(a_axes, b_axes) => (positions(&a_axes, a)?, positions(&b_axes, b)?),
    };
    if a_axes.len() != b_axes.len() {
        let fact = format!("{} axes of a, {} of b", a_axes.len(), b_axes.len());
        return Err(Error::argument("tensordot", fact));
    }
    contract("tensordot", a, &a_axes, b, &b_axes)
}

fn positions(axes: &[isize], x: &Array) -> Result<Vec<usize>> {
    crate::shape::axis_mask("tensordot", Some(axes), x.ndim())?;
    axes.iter()
        .map(|&axis| normalize_axis("tensordot", axis, x.ndim()))
        .collect()
}

/// The sum of products over `a_axes` and `b_axes`, pair by pair.
pub(super) fn contract(
    name: &'static str,
    a: &Array,
    a_axes: &[usize],
    b: &Array,
    b_axes: &[usize],
) -> Result<Array> {
    for (&i, &j) in a_axes.iter().zip(b_axes) {
        if a.shape()[i] != b.shape()[j] {
            return Err(not_aligned(name, a, b, i, j));
        }
    }
    let a_kept = others(a, a_axes);
    let b_kept = others(b, b_axes);
    // The order of the pairs is free: in that of its memory, the larger operand is not copied.
    let a_is_larger = a.shape().size() >= b.shape().size();
    let (larger, axes) = if a_is_larger {
        (a, a_axes)
    } else {
        (b, b_axes)
    };
    let strides = larger.layout().strides;
    let mut pairs: SmallVec<[usize; 4]> = (0..axes.len()).collect();
    pairs.sort_by_key(|&i| Reverse(strides[axes[i]].unsigned_abs()));
    let a_inner: SmallVec<[usize; 4]> = pairs.iter().map(|&i| a_axes[i]).collect();
    let b_inner: SmallVec<[usize; 4]> = pairs.iter().map(|&i| b_axes[i]).collect();
    let rows = in_order(a, a_kept.iter().chain(&a_inner))?;
    let columns = in_order(b, b_inner.iter().chain(&b_kept))?;
    let shape: Shape = a_kept
        .iter()
        .map(|&axis| a.shape()[axis])
        .chain(b_kept.iter().map(|&axis| b.shape()[axis]))
        .collect();
    let n_inner: usize = a_axes.iter().map(|&axis| a.shape()[axis]).product();
    let m = a_kept.iter().map(|&axis| a.shape()[axis]).product();
    let n = b_kept.iter().map(|&axis| b.shape()[axis]).product();
    let y = product(
        name,
        &reshape_to(&rows, &[m, n_inner])?,
        &reshape_to(&columns, &[n_inner, n])?,
    )?;
    reshape_to(&y, &shape)
}

/// The axes of `x` that are not among `axes`.
fn others(x: &Array, axes: &[usize]) -> Vec<usize> {
    (0..x.ndim()).filter(|axis| !axes.contains(axis)).collect()
}

/// `x` with its axes in this order.
fn in_order<'a>(x: &Array, axes: impl Iterator<Item = &'a usize>) -> Result<Array> {
    let axes: SmallVec<[isize; 4]> = axes.map(|&axis| axis as isize).collect();
    x.transpose(Some(&axes))
}

/// The sum of products over the last axes of both; of numbers the product.
///
/// # Errors
/// Last axes of different lengths.
pub fn inner(a: &Array, b: &Array) -> Result<Array> {
    if a.ndim() == 0 || b.ndim() == 0 {
        return multiply(a, b);
    }
    contract("inner", a, &[a.ndim() - 1], b, &[b.ndim() - 1])
}

/// The product of each element of `a` with each of `b`, as a matrix.
///
/// # Errors
/// A result that is too big.
pub fn outer(a: &Array, b: &Array) -> Result<Array> {
    multiply(&a.reshape(&[-1, 1])?, &b.reshape(&[1, -1])?)
}

/// The inner product of all elements of two real arrays.
///
/// # Errors
/// Arrays of different sizes; complex numbers.
pub fn vdot(a: &Array, b: &Array) -> Result<Array> {
    let dtype = a.dtype().promote(b.dtype());
    if dtype.kind() == Kind::Complex {
        return Err(Error::DType {
            op: "vdot",
            dtype,
            takes: "real numbers",
        });
    }
    contract("vdot", &a.ravel()?, &[0], &b.ravel()?, &[0])
}

/// The Kronecker product: blocks of `b`, each scaled by an element of `a`.
///
/// # Errors
/// A result that is too big.
pub fn kron(a: &Array, b: &Array) -> Result<Array> {
    let ndim = a.ndim().max(b.ndim());
    let lens = |x: &Array| -> Vec<usize> {
        let added = std::iter::repeat_n(1, ndim - x.ndim());
        added.chain(x.shape().iter().copied()).collect()
    };
    let (a_lens, b_lens) = (lens(a), lens(b));
    let a_shape: Vec<usize> = a_lens.iter().flat_map(|&len| [len, 1]).collect();
    let b_shape: Vec<usize> = b_lens.iter().flat_map(|&len| [1, len]).collect();
    let blocks = multiply(&reshape_to(a, &a_shape)?, &reshape_to(b, &b_shape)?)?;
    let shape: Vec<usize> = a_lens.iter().zip(&b_lens).map(|(&a, &b)| a * b).collect();
    reshape_to(&blocks, &shape)
}
