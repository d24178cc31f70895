//! Shapes, strides, broadcasting, axes: the geometry of arrays, without their data.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

use crate::error::{Error, Result};

/// Most dimensions an array may have, as in NumPy 1.
pub const MAX_NDIM: usize = 32;

/// The lengths of an array's axes.
#[derive(PartialEq, Eq, Hash, Default)]
pub struct Shape(SmallVec<[usize; 4]>);

/// Shapes are cloned with every op: axes one by one are copied several times faster than by the
/// clone of a `SmallVec`, or by a call to copy memory.
impl Clone for Shape {
    #[inline]
    fn clone(&self) -> Shape {
        let lens = match self.0[..] {
            [] => [0; 4],
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c] => [a, b, c, 0],
            [a, b, c, d] => [a, b, c, d],
            _ => return Shape(SmallVec::from_slice(&self.0)),
        };
        Shape(SmallVec::from_buf_and_len(lens, self.0.len()))
    }
}

impl Shape {
    /// The shape of a single element without axes.
    pub fn scalar() -> Shape {
        Shape(SmallVec::new())
    }

    /// The number of axes.
    pub fn ndim(&self) -> usize {
        self.0.len()
    }

    /// The number of elements.
    pub fn size(&self) -> usize {
        self.0.iter().product()
    }

    /// The number of elements, or an error where it does not fit in an `isize` of bytes.
    pub fn checked_size(&self, op: &'static str, itemsize: usize) -> Result<usize> {
        let bytes = self
            .0
            .iter()
            .try_fold(itemsize, |n, &len| n.checked_mul(len));
        match bytes {
            Some(bytes) if bytes <= isize::MAX as usize && self.ndim() <= MAX_NDIM => {
                Ok(self.size())
            }
            _ => Err(Error::argument(
                op,
                format!("array of shape {self} is too big"),
            )),
        }
    }

    /// Strides, in elements, of a dense array of this shape in C order.
    pub fn dense_strides(&self) -> Strides {
        let mut strides: Strides = SmallVec::from_elem(0, self.ndim());
        let mut step = 1;
        for (stride, &len) in strides.iter_mut().zip(self.0.iter()).rev() {
            *stride = step;
            step *= len.max(1) as isize;
        }
        strides
    }

    /// The shape without the axes for which `dropped` is true, or with length 1 there.
    pub fn without(&self, dropped: &[bool], keepdims: bool) -> Shape {
        let kept = self.0.iter().zip(dropped);
        if keepdims {
            kept.map(|(&len, &gone)| if gone { 1 } else { len })
                .collect()
        } else {
            kept.filter(|&(_, &gone)| !gone)
                .map(|(&len, _)| len)
                .collect()
        }
    }

    /// NumPy's broadcast of two shapes, or `None` where they do not fit.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        if self == other {
            return Some(self.clone());
        }
        let ndim = self.ndim().max(other.ndim());
        let at = |shape: &Shape, axis: usize| {
            (axis + shape.ndim())
                .checked_sub(ndim)
                .map_or(1, |axis| shape[axis])
        };
        (0..ndim)
            .map(|axis| match (at(self, axis), at(other, axis)) {
                (a, b) if a == b || b == 1 => Some(a),
                (1, b) => Some(b),
                _ => None,
            })
            .collect::<Option<SmallVec<_>>>()
            .map(Shape)
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(lens: I) -> Shape {
        Shape(lens.into_iter().collect())
    }
}

impl From<&[usize]> for Shape {
    fn from(lens: &[usize]) -> Shape {
        Shape(SmallVec::from_slice(lens))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(lens: [usize; N]) -> Shape {
        Shape(SmallVec::from_slice(&lens))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(lens: Vec<usize>) -> Shape {
        Shape(SmallVec::from_vec(lens))
    }
}

/// As a Python tuple: `(2, 3)`, `(4,)`, `()`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [len] => write!(f, "({len},)"),
            lens => {
                f.write_str("(")?;
                for (i, len) in lens.iter().enumerate() {
                    write!(f, "{}{len}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Steps between neighbours along each axis, in elements.
pub type Strides = SmallVec<[isize; 4]>;

/// Where the elements of an array lie in a buffer: shape, strides and offset, in elements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Lengths of the axes.
    pub shape: Shape,
    /// Steps along the axes.
    pub strides: Strides,
    /// Position of the first element.
    pub offset: usize,
}

impl Layout {
    /// The dense layout of a shape, in C order.
    pub fn dense(shape: Shape) -> Layout {
        Layout {
            strides: shape.dense_strides(),
            shape,
            offset: 0,
        }
    }

    /// True if the elements lie one after the other in C order.
    pub fn is_dense(&self) -> bool {
        let mut step = 1;
        for (&stride, &len) in self.strides.iter().zip(self.shape.iter()).rev() {
            if len != 1 && stride != step {
                return self.shape.size() == 0;
            }
            step *= len as isize;
        }
        true
    }

    /// The layout stretched to `shape`, with stride 0 along stretched axes; `None` if it does not
    /// fit.
    pub fn broadcast_to(&self, shape: &Shape) -> Option<Layout> {
        let added = shape.ndim().checked_sub(self.shape.ndim())?;
        let mut strides: Strides = SmallVec::from_elem(0, added);
        for (axis, (&len, &stride)) in self.shape.iter().zip(self.strides.iter()).enumerate() {
            match shape[added + axis] {
                target if target == len => strides.push(stride),
                _ if len == 1 => strides.push(0),
                _ => return None,
            }
        }
        Some(Layout {
            shape: shape.clone(),
            strides,
            offset: self.offset,
        })
    }

    /// The same elements under another shape without moving them; `None` where only a copy can do
    /// it. The shapes have equal sizes.
    pub fn reshape(&self, shape: &Shape) -> Option<Layout> {
        if self.is_dense() {
            return Some(Layout {
                strides: shape.dense_strides(),
                shape: shape.clone(),
                offset: self.offset,
            });
        }
        // Runs of axes on both sides with equal products; inside a run the old axes must be dense
        // relative to each other (the rule of NumPy's attempt to reshape without a copy).
        let old: SmallVec<[(usize, isize); 4]> = self
            .shape
            .iter()
            .zip(self.strides.iter())
            .filter(|&(&len, _)| len != 1)
            .map(|(&len, &stride)| (len, stride))
            .collect();
        let mut strides: Strides = SmallVec::from_elem(0, shape.ndim());
        let (mut i, mut j) = (0, 0);
        while i < old.len() {
            let (start, first) = (i, j);
            let (mut have, mut want) = (old[i].0, 1);
            i += 1;
            while have != want {
                if want < have {
                    want *= *shape.get(j)?;
                    j += 1;
                } else {
                    let (len, stride) = *old.get(i)?;
                    if old[i - 1].1 != stride * len as isize {
                        return None;
                    }
                    have *= len;
                    i += 1;
                }
            }
            debug_assert!(i > start);
            let mut step = old[i - 1].1;
            for axis in (first..j).rev() {
                strides[axis] = step;
                step *= shape[axis] as isize;
            }
        }
        Some(Layout {
            shape: shape.clone(),
            strides,
            offset: self.offset,
        })
    }

    /// The layout with its axes in the order of `axes`, a permutation.
    pub fn transpose(&self, axes: &[usize]) -> Layout {
        Layout {
            shape: axes.iter().map(|&axis| self.shape[axis]).collect(),
            strides: axes.iter().map(|&axis| self.strides[axis]).collect(),
            offset: self.offset,
        }
    }
}

/// `axis` counted from the front, or an [`Error::Axis`].
pub fn normalize_axis(op: &'static str, axis: isize, ndim: usize) -> Result<usize> {
    let from_front = if axis < 0 { axis + ndim as isize } else { axis };
    if from_front < 0 || from_front >= ndim as isize {
        return Err(Error::Axis { op, axis, ndim });
    }
    Ok(from_front as usize)
}

/// A mask over `ndim` axes that is true at `axes`; `None` means all of them. An axis named twice
/// is an error.
pub fn axis_mask(
    op: &'static str,
    axes: Option<&[isize]>,
    ndim: usize,
) -> Result<SmallVec<[bool; 4]>> {
    let Some(axes) = axes else {
        return Ok(SmallVec::from_elem(true, ndim));
    };
    let mut mask = SmallVec::from_elem(false, ndim);
    for &axis in axes {
        let axis = normalize_axis(op, axis, ndim)?;
        if std::mem::replace(&mut mask[axis], true) {
            return Err(Error::argument(op, "duplicate value in 'axis'"));
        }
    }
    Ok(mask)
}
