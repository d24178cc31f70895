//! Writing into arrays: a write makes a new value of the variable. Ops issued before keep the old
//! one; the kernel changes it in place where nobody else needs it.

use std::ops::AddAssign;
use std::sync::Arc;

use ndarray::Dimension;
use smallvec::SmallVec;

use super::create::{astype, dense_copy, full};
use super::reduce::sum_to;
use super::registry::{Entry, entries};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one, update};
use crate::dispatch;
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run, TensorMut, TensorRef};
use crate::kernels::copy;
use crate::scalar::Scalar;
use crate::shape::{Layout, Shape};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "write" => write: (target, source),
    "store" => store: (target, result),
    "write_number" => write_number: (target, number: Scalar),
];

/// Writes the elements of the second input to the places of `layout`.
struct Write {
    layout: Layout,
}

impl Kernel for Write {
    fn name(&self) -> &'static str {
        "setitem"
    }

    fn updates_first_input(&self) -> bool {
        true
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (source, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch!(all, out.dtype, T => {
            let target = out.part::<T>(&self.layout);
            let source = source.view::<T>();
            let source = source.broadcast(target.raw_dim()).expect("the shape rule has seen it");
            copy::copy_to_view(cx.tiles, source, target);
        });
        Ok(())
    }
}

impl Gradient for Write {
    /// What was overwritten gets no gradient; what was written gets that of its places.
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let written = cx.when_wanted(1, || {
            // The copy: the gradient may itself be a view, whose variable has another layout.
            let part = cx.g().copy()?.with_layout(self.layout.clone());
            sum_to(&dense_copy(&part)?, cx.inputs[1].shape())
        })?;
        let kept = cx.when_wanted(0, || {
            let kept = cx.g().copy()?;
            write_number(&kept.with_layout(self.layout.clone()), 0i64)?;
            Ok(kept)
        })?;
        Ok(SmallVec::from_buf([kept, written]))
    }
}

/// Writes `source`, broadcast and cast to the array's dtype, into `target`.
///
/// # Errors
/// A source that does not broadcast to the target, or lies on another device.
pub fn write(target: &Array, source: &Array) -> Result<()> {
    if source.shape().broadcast(target.shape()).as_ref() != Some(target.shape()) {
        return Err(Error::shape(
            "setitem",
            format!("cannot write {} into {}", source.shape(), target.shape()),
        ));
    }
    if source.device() != target.device() {
        let fact = format!(
            "source is on {}, target on {}",
            source.device(),
            target.device()
        );
        return Err(Error::argument("setitem", fact));
    }
    let source = match source.dtype() == target.dtype() {
        true => source.clone(),
        false => astype(source, target.dtype())?,
    };
    if target.layout.is_none() && source.shape() == target.shape() {
        let dense = if source.layout.is_none() {
            source.copy()?
        } else {
            dense_copy(&source)?
        };
        target.replace_by(&dense);
        return Ok(());
    }
    let kernel = Arc::new(Write {
        layout: target.layout(),
    });
    update(target, kernel.clone(), Rule::Shared(kernel), &[&source])
}

/// Makes `result` the value of `target`, for in-place operators and `out` arguments.
///
/// # Errors
/// A result of another shape, or of a kind that the target's dtype does not hold.
pub fn store(target: &Array, result: &Array) -> Result<()> {
    if result.shape() != target.shape() {
        let fact = format!(
            "a result of shape {} for {}",
            result.shape(),
            target.shape()
        );
        return Err(Error::shape("out", fact));
    }
    if result.dtype().kind() > target.dtype().kind() {
        let fact = format!("cannot cast from {} to {}", result.dtype(), target.dtype());
        return Err(Error::type_("out", fact));
    }
    write(target, result)
}

/// Writes a number to every place of `target`.
///
/// # Errors
/// None of its own.
pub fn write_number(target: &Array, number: impl Into<Scalar>) -> Result<()> {
    let shape = if target.layout.is_none() {
        target.shape().clone()
    } else {
        Default::default()
    };
    write(
        target,
        &full(shape, number, target.dtype(), target.device())?,
    )
}

/// Puts the elements of its input at the places of `layout`, and adds where places coincide.
struct AddToView {
    layout: Layout,
}

impl Kernel for AddToView {
    fn name(&self) -> &'static str {
        "add_to_view"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (source, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        if is_injective(&self.layout) {
            dispatch!(all, out.dtype, T => {
                out.slice::<T>().fill(T::default());
                copy::copy_to_view(cx.tiles, source.view::<T>(), out.part(&self.layout));
            });
            return Ok(());
        }
        dispatch!(float, out.dtype, T => self.run_as::<T>(source, out),
            else dispatch!(complex, out.dtype, T => self.run_as::<T>(source, out),
                else unreachable!("only inexact dtypes have gradients")));
        Ok(())
    }
}

/// True if no two positions of the layout can be one place: each step passes over everything that
/// the smaller steps reach.
fn is_injective(layout: &Layout) -> bool {
    let mut axes: SmallVec<[(usize, usize); 4]> = layout
        .strides
        .iter()
        .zip(layout.shape.iter())
        .filter(|&(_, &len)| len != 1)
        .map(|(stride, &len)| (stride.unsigned_abs(), len))
        .collect();
    axes.sort_unstable();
    let mut reach = 0;
    axes.iter().all(|&(stride, len)| {
        let passes = stride > reach;
        reach += stride * len.saturating_sub(1);
        passes
    })
}

impl AddToView {
    fn run_as<T: Element + AddAssign>(&self, source: &TensorRef<'_>, out: &mut TensorMut) {
        let out = out.slice::<T>();
        out.fill(T::default());
        for (at, &x) in source.view::<T>().indexed_iter() {
            let steps = at.slice().iter().zip(&self.layout.strides);
            let place: isize = steps.map(|(&i, &stride)| i as isize * stride).sum();
            out[(self.layout.offset as isize + place) as usize] += x;
        }
    }
}

impl Gradient for AddToView {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        Ok(SmallVec::from_iter([Some(
            cx.g().copy()?.with_layout(self.layout.clone()),
        )]))
    }
}

/// An array of `shape` that is zero but for the places of `layout`, where `x` is added.
pub(crate) fn add_to_view(shape: Shape, layout: &Layout, x: &Array) -> Result<Array> {
    let kernel = Arc::new(AddToView {
        layout: layout.clone(),
    });
    let op = Op::Kernel(kernel.clone());
    issue_one(
        op,
        Some(Rule::Shared(kernel)),
        &[Operand::Array(x)],
        (shape, x.dtype()),
    )
}
