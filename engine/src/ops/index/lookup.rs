//! From what stands in the brackets to a view and the index arrays on its axes.

use smallvec::SmallVec;

use super::Index;
use super::masked::nonzero;
use super::points::positions;
use crate::array::Array;
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::shape::{Layout, Shape, Strides};

/// Where indices lead: the view of their basic part, and the index arrays on its axes.
pub(super) struct Lookup {
    pub(super) layout: Layout,
    pub(super) arrays: SmallVec<[(usize, Array); 2]>,
    /// Before which of the axes without index array the axes of the index arrays go.
    pub(super) place: usize,
}

impl Lookup {
    pub(super) fn new(op: &'static str, x: &Array, indices: &[Index]) -> Result<Lookup> {
        let source = x.layout();
        let ndim = source.shape.ndim();
        let n_indexed: usize = indices.iter().map(Index::n_axes).sum();
        if n_indexed > ndim {
            let fact = format!(
                "too many indices for array: array is {ndim}-dimensional, but {n_indexed} were \
                 indexed"
            );
            return Err(Error::index(op, fact));
        }
        let is_ellipsis = |index: &&Index| matches!(index, Index::Ellipsis);
        if indices.iter().filter(is_ellipsis).count() > 1 {
            let fact = "an index can only have a single ellipsis ('...')";
            return Err(Error::index(op, fact));
        }
        let mut walk = Walk::new(op, &source);
        for index in indices {
            match *index {
                Index::At(at) => walk.at(at)?,
                Index::Range { start, stop, step } => walk.range(start, stop, step)?,
                Index::NewAxis => walk.new_axis(),
                Index::Ellipsis => walk.keep(ndim - n_indexed),
                Index::Array(ref array) if array.dtype() == DType::Bool => walk.mask(array)?,
                Index::Array(ref array) => walk.array(array)?,
            }
        }
        walk.keep(ndim - walk.axis);
        Ok(walk.end())
    }
}

impl Index {
    /// How many axes of the indexed array it stands for; the ellipsis takes what is left.
    fn n_axes(&self) -> usize {
        match self {
            Index::At(_) | Index::Range { .. } => 1,
            Index::NewAxis | Index::Ellipsis => 0,
            Index::Array(array) if array.dtype() == DType::Bool => array.ndim(),
            Index::Array(_) => 1,
        }
    }
}

/// The axes of the indexed array, taken one after the other.
struct Walk<'a> {
    op: &'static str,
    source: &'a Layout,
    /// The next axis of the source.
    axis: usize,
    lens: SmallVec<[usize; 4]>,
    strides: Strides,
    offset: isize,
    arrays: SmallVec<[(usize, Array); 2]>,
    run: ArrayRun,
}

/// Whether index arrays, with the integers among them, stand side by side: their axes then stay
/// where they are, else they go first.
#[derive(Clone, Copy)]
enum ArrayRun {
    Before,
    Inside { first: usize },
    After { first: usize },
    Split,
}

impl<'a> Walk<'a> {
    fn new(op: &'static str, source: &'a Layout) -> Walk<'a> {
        Walk {
            op,
            source,
            axis: 0,
            lens: SmallVec::new(),
            strides: Strides::new(),
            offset: source.offset as isize,
            arrays: SmallVec::new(),
            run: ArrayRun::Before,
        }
    }

    fn at(&mut self, index: isize) -> Result<()> {
        let (axis, len) = (self.axis, self.source.shape[self.axis]);
        let from_front = if index < 0 {
            index.saturating_add(len as isize)
        } else {
            index
        };
        if from_front < 0 || from_front >= len as isize {
            let fact = format!("index {index} is out of bounds for axis {axis} with size {len}");
            return Err(Error::index(self.op, fact));
        }
        self.run = self.run.with_array(self.lens.len());
        self.offset += from_front * self.source.strides[axis];
        self.axis += 1;
        Ok(())
    }

    fn range(
        &mut self,
        start: Option<isize>,
        stop: Option<isize>,
        step: Option<isize>,
    ) -> Result<()> {
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(Error::argument(self.op, "slice step cannot be zero"));
        }
        let stride = self.source.strides[self.axis];
        let (start, len) = clip(start, stop, step, self.source.shape[self.axis]);
        if len > 0 {
            self.offset += start * stride;
        }
        self.run = self.run.with_axis();
        self.lens.push(len);
        // The step of a single element may be anything, also too big to multiply with.
        self.strides
            .push(if len > 1 { stride * step } else { stride });
        self.axis += 1;
        Ok(())
    }

    fn new_axis(&mut self) {
        self.run = self.run.with_axis();
        self.lens.push(1);
        self.strides.push(0);
    }

    /// Takes the next `n` axes as they are.
    fn keep(&mut self, n: usize) {
        self.run = self.run.with_axis();
        for axis in self.axis..self.axis + n {
            self.lens.push(self.source.shape[axis]);
            self.strides.push(self.source.strides[axis]);
        }
        self.axis += n;
    }

    fn array(&mut self, array: &Array) -> Result<()> {
        if array.dtype().kind() == Kind::Complex {
            let fact = "arrays used as indices must be of integer (or boolean) type";
            return Err(Error::index(self.op, fact));
        }
        self.indexed(self.source.shape[self.axis], self.source.strides[self.axis]);
        self.arrays.push((self.lens.len() - 1, positions(array)?));
        self.axis += 1;
        Ok(())
    }

    /// One more axis that an index array picks from.
    fn indexed(&mut self, len: usize, stride: isize) {
        let n_kept = self.lens.len() - self.arrays.len();
        self.run = self.run.with_array(n_kept);
        self.lens.push(len);
        self.strides.push(stride);
    }

    fn mask(&mut self, mask: &Array) -> Result<()> {
        for (i, &len) in mask.shape().iter().enumerate() {
            let (axis, expected) = (self.axis + i, self.source.shape[self.axis + i]);
            if len != expected {
                let fact = format!(
                    "boolean index did not match indexed array along axis {axis}; size of axis is \
                     {expected} but size of corresponding boolean axis is {len}"
                );
                return Err(Error::index(self.op, fact));
            }
        }
        let mut coordinates = nonzero(mask)?;
        if mask.ndim() == 0 {
            // One truth value: all or nothing of a new axis.
            self.indexed(1, 0);
            let coordinates = coordinates.remove(0);
            self.arrays.push((self.lens.len() - 1, coordinates));
            return Ok(());
        }
        for coordinates in coordinates {
            self.array(&coordinates)?;
        }
        Ok(())
    }

    fn end(self) -> Lookup {
        Lookup {
            layout: Layout {
                shape: Shape::from(&self.lens[..]),
                strides: self.strides,
                offset: self.offset as usize,
            },
            arrays: self.arrays,
            place: match self.run {
                ArrayRun::Inside { first } | ArrayRun::After { first } => first,
                ArrayRun::Before | ArrayRun::Split => 0,
            },
        }
    }
}

impl ArrayRun {
    /// After one more index array or integer, before which `n_kept` axes were kept.
    fn with_array(self, n_kept: usize) -> ArrayRun {
        match self {
            ArrayRun::Before => ArrayRun::Inside { first: n_kept },
            ArrayRun::After { .. } => ArrayRun::Split,
            inside_or_split => inside_or_split,
        }
    }

    /// After one more index of another kind.
    fn with_axis(self) -> ArrayRun {
        match self {
            ArrayRun::Inside { first } => ArrayRun::After { first },
            other => other,
        }
    }
}

/// First position and number of positions of a range on an axis of `len`, as Python clips it.
fn clip(start: Option<isize>, stop: Option<isize>, step: isize, len: usize) -> (isize, usize) {
    let len = len as isize;
    let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let inside = |bound: isize| {
        let bound = if bound < 0 {
            bound.saturating_add(len)
        } else {
            bound
        };
        bound.clamp(lowest, highest)
    };
    let (first, last) = if step > 0 {
        (lowest, highest)
    } else {
        (highest, lowest)
    };
    let (start, stop) = (start.map_or(first, inside), stop.map_or(last, inside));
    let way = if step > 0 { stop - start } else { start - stop };
    let n = (way.max(0) as usize).div_ceil(step.unsigned_abs());
    (start, n)
}
