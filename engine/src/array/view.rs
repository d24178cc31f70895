//! Views: arrays of the same variable with another layout. They compute nothing.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Array;
use crate::error::{Error, Result};
use crate::shape::{Layout, Shape, axis_mask, normalize_axis};

impl Array {
    /// The same variable through another layout.
    pub(crate) fn with_layout(&self, layout: Layout) -> Array {
        let whole = layout.shape == self.variable.shape && layout.offset == 0 && layout.is_dense();
        Array {
            variable: self.variable.clone(),
            layout: (!whole).then(|| Arc::new(layout)),
        }
    }

    /// The same variable through any layout inside it.
    ///
    /// # Errors
    /// A layout that reaches beyond the variable.
    pub fn strided(&self, layout: Layout) -> Result<Array> {
        let reach = layout.shape.iter().zip(&layout.strides).fold(
            (layout.offset as isize, layout.offset as isize),
            |(low, high), (&len, &stride)| {
                let steps = len.max(1) as isize - 1;
                (
                    low + (steps * stride).min(0),
                    high + (steps * stride).max(0),
                )
            },
        );
        let size = self.variable.shape.size() as isize;
        if layout.shape.size() > 0 && (reach.0 < 0 || reach.1 >= size) {
            let fact = format!("the layout reaches beyond an array of {size} elements");
            return Err(Error::argument("strided", fact));
        }
        Ok(self.with_layout(layout))
    }

    /// The elements `start`, `start + step`, ... along `axis`, `len` of them.
    ///
    /// The caller has clipped the range to the axis.
    pub(crate) fn slice_axis(&self, axis: usize, start: usize, step: isize, len: usize) -> Array {
        let mut layout = self.layout();
        if len > 0 {
            layout.offset =
                (layout.offset as isize + start as isize * layout.strides[axis]) as usize;
        }
        layout.strides[axis] *= step;
        layout.shape = replaced(&layout.shape, axis, len);
        self.with_layout(layout)
    }

    /// The part at `index` along `axis`, without that axis.
    ///
    /// # Errors
    /// An index outside the axis.
    pub fn index_axis(&self, axis: usize, index: isize) -> Result<Array> {
        let len = self.shape()[axis];
        let from_front = if index < 0 {
            index + len as isize
        } else {
            index
        };
        if from_front < 0 || from_front >= len as isize {
            let fact = format!("index {index} is out of bounds for axis {axis} with size {len}");
            return Err(Error::index("getitem", fact));
        }
        let mut layout = self.layout();
        layout.offset = (layout.offset as isize + from_front * layout.strides[axis]) as usize;
        layout.strides.remove(axis);
        let kept = layout.shape.iter().enumerate().filter(|&(i, _)| i != axis);
        layout.shape = kept.map(|(_, &len)| len).collect();
        Ok(self.with_layout(layout))
    }

    /// The array with its axes in another order; without `axes`, reversed.
    ///
    /// # Errors
    /// Axes that are not a permutation of the array's.
    pub fn transpose(&self, axes: Option<&[isize]>) -> Result<Array> {
        let ndim = self.ndim();
        let Some(axes) = axes else {
            let reversed: SmallVec<[usize; 4]> = (0..ndim).rev().collect();
            return Ok(self.with_layout(self.layout().transpose(&reversed)));
        };
        if axes.len() != ndim {
            let fact = format!(
                "axes {axes:?} do not match an array of shape {}",
                self.shape()
            );
            return Err(Error::argument("transpose", fact));
        }
        axis_mask("transpose", Some(axes), ndim)?;
        let axes: Result<SmallVec<[usize; 4]>> = axes
            .iter()
            .map(|&axis| normalize_axis("transpose", axis, ndim))
            .collect();
        Ok(self.with_layout(self.layout().transpose(&axes?)))
    }

    /// The array with two axes exchanged.
    ///
    /// # Errors
    /// An axis that it does not have.
    pub fn swapaxes(&self, a: isize, b: isize) -> Result<Array> {
        let ndim = self.ndim();
        let (a, b) = (
            normalize_axis("swapaxes", a, ndim)?,
            normalize_axis("swapaxes", b, ndim)?,
        );
        let mut axes: SmallVec<[usize; 4]> = (0..ndim).collect();
        axes.swap(a, b);
        Ok(self.with_layout(self.layout().transpose(&axes)))
    }

    /// The array with axes moved to new places; the others keep their order.
    ///
    /// # Errors
    /// Lists of different length, or an axis named twice or not there.
    pub fn moveaxis(&self, from: &[isize], to: &[isize]) -> Result<Array> {
        let ndim = self.ndim();
        if from.len() != to.len() {
            let fact = "source and destination must have the same number of axes";
            return Err(Error::argument("moveaxis", fact));
        }
        let moved = axis_mask("moveaxis", Some(from), ndim)?;
        axis_mask("moveaxis", Some(to), ndim)?;
        let mut axes: SmallVec<[usize; 4]> = (0..ndim).filter(|&axis| !moved[axis]).collect();
        let mut pairs: SmallVec<[(usize, usize); 4]> = SmallVec::new();
        for (&from, &to) in from.iter().zip(to) {
            let to = normalize_axis("moveaxis", to, ndim)?;
            pairs.push((to, normalize_axis("moveaxis", from, ndim)?));
        }
        pairs.sort_unstable();
        for (to, from) in pairs {
            axes.insert(to, from);
        }
        Ok(self.with_layout(self.layout().transpose(&axes)))
    }

    /// The array with a new axis of length 1 at `axis`.
    ///
    /// # Errors
    /// A place beyond the last axis.
    pub fn expand_dims(&self, axis: isize) -> Result<Array> {
        let axis = normalize_axis("expand_dims", axis, self.ndim() + 1)?;
        let mut layout = self.layout();
        layout.strides.insert(axis, 0);
        let mut lens: SmallVec<[usize; 5]> = SmallVec::from_slice(&layout.shape);
        lens.insert(axis, 1);
        layout.shape = Shape::from(&lens[..]);
        Ok(self.with_layout(layout))
    }

    /// The array without axes of length 1: those named, or all.
    ///
    /// # Errors
    /// A named axis that is not there or is longer.
    pub fn squeeze(&self, axes: Option<&[isize]>) -> Result<Array> {
        let layout = self.layout();
        let mut dropped = axis_mask("squeeze", axes, self.ndim())?;
        for (axis, dropped) in dropped.iter_mut().enumerate() {
            let is_one = layout.shape[axis] == 1;
            if *dropped && !is_one && axes.is_some() {
                let fact = "cannot select an axis to squeeze out which has size not equal to one";
                return Err(Error::argument("squeeze", fact));
            }
            *dropped &= is_one;
        }
        let kept = |axis: &usize| !dropped[*axis];
        Ok(self.with_layout(Layout {
            shape: (0..self.ndim())
                .filter(kept)
                .map(|axis| layout.shape[axis])
                .collect(),
            strides: (0..self.ndim())
                .filter(kept)
                .map(|axis| layout.strides[axis])
                .collect(),
            offset: layout.offset,
        }))
    }

    /// The array stretched to a shape; the elements are not copied.
    ///
    /// # Errors
    /// A shape that it does not broadcast to.
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Result<Array> {
        let shape = shape.into();
        shape.checked_size("broadcast_to", self.dtype().size())?;
        match self.layout().broadcast_to(&shape) {
            Some(layout) => Ok(self.with_layout(layout)),
            None => Err(Error::shape(
                "broadcast_to",
                format!("cannot broadcast {} to {shape}", self.shape()),
            )),
        }
    }

    /// The same elements, in C order, under another shape; one length may be -1 for whatever is
    /// left. A view where the layout allows it, else a copy.
    ///
    /// # Errors
    /// A shape of another size.
    pub fn reshape(&self, lens: &[isize]) -> Result<Array> {
        let shape = resolve_shape("reshape", self.shape(), lens)?;
        match self.layout().reshape(&shape) {
            Some(layout) => Ok(self.with_layout(layout)),
            None => {
                let copy = crate::ops::dense_copy(self)?;
                Ok(copy.with_layout(Layout::dense(shape)))
            }
        }
    }

    /// The elements in C order along one axis.
    pub fn ravel(&self) -> Result<Array> {
        self.reshape(&[-1])
    }
}

fn replaced(shape: &Shape, axis: usize, len: usize) -> Shape {
    shape
        .iter()
        .enumerate()
        .map(|(i, &old)| if i == axis { len } else { old })
        .collect()
}

/// `lens` with -1 replaced by what is left of the size of `old`.
fn resolve_shape(op: &'static str, old: &Shape, lens: &[isize]) -> Result<Shape> {
    let size = old.size();
    let wrong = || {
        let lens: Vec<String> = lens.iter().map(isize::to_string).collect();
        let comma = if lens.len() == 1 { "," } else { "" };
        let fact = format!("cannot reshape {old} into ({}{comma})", lens.join(", "));
        Error::argument(op, fact)
    };
    let n_unknown = lens.iter().filter(|&&len| len == -1).count();
    if n_unknown > 1 || lens.iter().any(|&len| len < -1) {
        return Err(wrong());
    }
    let known = lens
        .iter()
        .filter(|&&len| len >= 0)
        .try_fold(1usize, |n, &len| n.checked_mul(len as usize));
    let known = known.ok_or_else(wrong)?;
    let left = if n_unknown == 0 || known == 0 {
        0
    } else {
        size / known
    };
    let shape: Shape = lens
        .iter()
        .map(|&len| if len == -1 { left } else { len as usize })
        .collect();
    if shape.size() != size || (n_unknown == 1 && known == 0) {
        return Err(wrong());
    }
    Ok(shape)
}
