//! Where index arrays lead: which axes they pick from, and where the axes of what they pick go.

use ndarray::{ArrayBase, ArrayViewD, Dim, IxDyn, IxDynImpl, RawData};
use smallvec::SmallVec;

use super::super::create::astype;
use crate::array::Array;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::TensorRef;
use crate::kernels::index::OutOfBounds;
use crate::shape::Shape;

/// An index array as 64-bit integers.
pub(super) fn positions(array: &Array) -> Result<Array> {
    match array.dtype() {
        DType::I64 => Ok(array.clone()),
        _ => astype(array, DType::I64),
    }
}

/// Which axes of an array the index arrays pick from, and where the axes of what they pick go.
#[derive(Clone)]
pub(super) struct Points {
    /// The axis of each index array.
    axes: SmallVec<[usize; 2]>,
    /// How many axes the index arrays have together.
    ndim: usize,
    /// Before which of the other axes theirs go.
    place: usize,
}

impl Points {
    /// The points of index arrays that pick from an array of shape `base`, the arrays themselves,
    /// and the shape of what they pick.
    pub(super) fn new(
        op: &'static str,
        base: &Shape,
        arrays: SmallVec<[(usize, Array); 2]>,
        place: usize,
    ) -> Result<(Points, SmallVec<[Array; 2]>, Shape)> {
        let mut common = Shape::scalar();
        for (_, array) in &arrays {
            common = common
                .broadcast(array.shape())
                .ok_or_else(|| mismatch(op, &arrays))?;
        }
        let (axes, arrays): (SmallVec<[usize; 2]>, SmallVec<[Array; 2]>) =
            arrays.into_iter().unzip();
        let kept = |axis: &usize| !axes.contains(axis);
        let mut lens: SmallVec<[usize; 6]> = (0..base.ndim())
            .filter(kept)
            .map(|axis| base[axis])
            .collect();
        lens.insert_from_slice(place, &common);
        let points = Points {
            axes,
            ndim: common.ndim(),
            place,
        };
        Ok((points, arrays, Shape::from(&lens[..])))
    }

    /// The index arrays by axis.
    pub(super) fn by_axis<'a>(
        &self,
        ndim: usize,
        inputs: &[TensorRef<'a>],
    ) -> SmallVec<[Option<ArrayViewD<'a, i64>>; 4]> {
        let mut indices = SmallVec::from_elem(None, ndim);
        for (&axis, input) in self.axes.iter().zip(inputs) {
            indices[axis] = Some(input.view());
        }
        indices
    }

    /// What is picked, with the axes of the index arrays first.
    pub(super) fn first<S: RawData>(
        &self,
        picked: ArrayBase<S, Dim<IxDynImpl>>,
    ) -> ArrayBase<S, Dim<IxDynImpl>> {
        let end = self.place + self.ndim;
        let axes: SmallVec<[usize; 4]> = (self.place..end)
            .chain(0..self.place)
            .chain(end..picked.ndim())
            .collect();
        picked.permuted_axes(IxDyn(&axes))
    }

    /// The one axis that is indexed, if what is picked from it stays in its place.
    pub(super) fn single(&self) -> Option<usize> {
        match self.axes[..] {
            [axis] if axis == self.place => Some(axis),
            _ => None,
        }
    }
}

#[cold]
fn mismatch(op: &'static str, arrays: &[(usize, Array)]) -> Error {
    let shapes: Vec<String> = arrays.iter().map(|(_, a)| a.shape().to_string()).collect();
    let fact = format!(
        "shape mismatch: indexing arrays could not be broadcast together with shapes {}",
        shapes.join(" ")
    );
    Error::index(op, fact)
}

/// The failure of an op whose index data name a place that is not there.
pub(super) fn out_of_bounds(op: &'static str) -> impl Fn(OutOfBounds) -> Error {
    move |OutOfBounds { index, len, axis }| {
        let fact = format!("index {index} is out of bounds for axis {axis} with size {len}");
        Error::index(op, fact)
    }
}
