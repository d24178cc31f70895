//! What can be queued: an element-wise function, which the planner may fuse, or a kernel of its
//! own; and what a kernel sees when it runs.
#![expect(unsafe_code, reason = "views over buffers are built from layouts here")]

use std::fmt;
use std::sync::Arc;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, IxDyn, ShapeBuilder};

use crate::dtype::{DType, Element as Scalar};
use crate::error::Result;
use crate::kernels::Tiles;
use crate::kernels::blocks::Block;
use crate::kernels::finish::Then;
use crate::kernels::reduce::Blocks;
use crate::memory::Buffer;
use crate::shape::{Layout, Shape};

/// One queued computation, without its inputs.
#[derive(Clone)]
pub enum Op {
    /// Each element of the output from the elements at the same place in the inputs.
    Element(Element),
    /// Anything else.
    Kernel(Arc<dyn Kernel>),
}

/// An element-wise function, computed in one dtype.
#[derive(Clone, Copy)]
pub struct Element {
    /// The function.
    pub def: &'static ElementDef,
    /// The dtype that the inputs are cast to before it.
    pub compute: DType,
}

/// The declaration of an element-wise function of one to three inputs.
pub struct ElementDef {
    /// Its name.
    pub name: &'static str,
    /// The loop for inputs of a dtype; `None` where the function does not take it.
    pub block: fn(DType) -> Option<Block>,
}

/// A computation with a loop of its own.
pub trait Kernel: Send + Sync {
    /// The op's name.
    fn name(&self) -> &'static str;

    /// Computes the outputs from the inputs.
    ///
    /// # Errors
    /// Whatever can only be known from the data: an index out of bounds, a singular matrix. The
    /// outputs are then failed values.
    fn run(&self, cx: &mut Run<'_>) -> Result<()>;

    /// True if one such op is worth handing over at once, without waiting for a full batch.
    fn is_heavy(&self) -> bool {
        false
    }

    /// Where it runs.
    fn lane(&self) -> Lane {
        Lane::Compute
    }

    /// True if the one input, when it is read as it lies, may come as [`Run::made`]: element-wise
    /// ops that make it are then fused with the kernel.
    fn takes_made_input(&self) -> bool {
        false
    }

    /// True if the kernel, which makes one value, tells [`Run::then`] of the parts of it: element-wise
    /// ops that read the value as it lies are then fused with the kernel.
    fn gives_parts(&self) -> bool {
        false
    }

    /// True if the kernel changes input 0 rather than making something new: the first output
    /// starts as its contents, in its memory when nobody else needs it.
    fn updates_first_input(&self) -> bool {
        false
    }

    /// For a kernel that draws numbers: what makes the same one with numbers of its own.
    fn redraw(&self) -> Option<Redraw> {
        None
    }
}

/// Makes a kernel that draws the next numbers.
pub type Redraw = Box<dyn Fn() -> Arc<dyn Kernel> + Send + Sync>;

/// Where tasks run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// The workers.
    Compute,
    /// tokio, for reading, writing and timers.
    Io,
}

/// How soon an op should begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Haste {
    /// With what is issued after it, which may be fused with it.
    Later,
    /// If somebody is free, and it is worth it with what was recorded before.
    Soon,
    /// At once, but for ops that may be fused with it, if they follow directly.
    Next,
    /// At once.
    Now,
}

impl Op {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Element(element) => element.def.name,
            Op::Kernel(kernel) => kernel.name(),
        }
    }
}

impl Op {
    /// Where it runs.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Op::Element(_) => Lane::Compute,
            Op::Kernel(kernel) => kernel.lane(),
        }
    }

    /// True if element-wise ops that make its input may be fused with it.
    pub(super) fn takes_made_input(&self) -> bool {
        matches!(self, Op::Kernel(kernel) if kernel.takes_made_input())
    }

    /// True if element-wise ops that read its output may be fused with it.
    pub(crate) fn gives_parts(&self) -> bool {
        matches!(self, Op::Kernel(kernel) if kernel.gives_parts())
    }

    /// How soon it should begin.
    pub(crate) fn haste(&self) -> Haste {
        match self {
            Op::Element(_) => Haste::Later,
            Op::Kernel(kernel) if kernel.is_heavy() && kernel.gives_parts() => Haste::Next,
            Op::Kernel(kernel) if kernel.is_heavy() => Haste::Now,
            Op::Kernel(_) => Haste::Soon,
        }
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for ElementDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<{}>", self.def.name, self.compute)
    }
}

/// What a running kernel works on. The fields are separate so that inputs can be read while
/// outputs are written.
pub struct Run<'a> {
    /// The inputs, in the op's order. With [`Kernel::updates_first_input`], without the first.
    pub inputs: &'a [TensorRef<'a>],
    /// What stands for the input where that is made while the kernel runs.
    pub made: Option<&'a dyn Blocks>,
    /// The outputs, dense.
    pub outputs: &'a mut [TensorMut],
    /// Runs the parts of a large kernel on all workers.
    pub tiles: &'a dyn Tiles,
    /// Who goes on with the parts of the output, where the kernel [gives](Kernel::gives_parts) them.
    pub then: Then<'a>,
}

/// An input of a running kernel.
#[derive(Debug)]
pub struct TensorRef<'a> {
    /// The memory.
    pub buffer: &'a Buffer,
    /// The element type.
    pub dtype: DType,
    /// Where the elements lie.
    pub layout: Layout,
}

/// An output of a running kernel: dense, in C order.
#[derive(Debug)]
pub struct TensorMut {
    /// The memory.
    pub buffer: Buffer,
    /// The element type.
    pub dtype: DType,
    /// The shape.
    pub shape: Shape,
}

impl<'a> TensorRef<'a> {
    /// The elements as an ndarray view.
    ///
    /// # Panics
    /// If `T` is not the dtype.
    pub fn view<T: Scalar>(&self) -> ArrayViewD<'a, T> {
        assert_eq!(
            T::DTYPE,
            self.dtype,
            "the op's dtype rule chose another type"
        );
        let Layout {
            shape,
            strides,
            offset,
        } = &self.layout;
        if shape.size() == 0 {
            return ArrayViewD::from_shape(IxDyn(shape), &[]).expect("no elements, any shape");
        }
        // ndarray takes negative strides only through `invert_axis`: start at the lowest address.
        let lowest = shape
            .iter()
            .zip(strides)
            .fold(*offset as isize, |at, (&len, &stride)| {
                at + (len as isize - 1) * stride.min(0)
            });
        let steps: Vec<usize> = strides.iter().map(|stride| stride.unsigned_abs()).collect();
        let data = self.buffer.as_slice::<T>();
        // SAFETY: a layout is made by view operations that stay inside the value's buffer, so
        // every position from `lowest` on is within `data`, which lives for 'a.
        let mut view = unsafe {
            ArrayViewD::from_shape_ptr(
                IxDyn(shape).strides(IxDyn(&steps)),
                data.as_ptr().offset(lowest),
            )
        };
        for (axis, &stride) in strides.iter().enumerate() {
            if stride < 0 {
                view.invert_axis(Axis(axis));
            }
        }
        view
    }

    /// The elements as a slice, if they are dense.
    pub fn dense<T: Scalar>(&self) -> Option<&'a [T]> {
        assert_eq!(
            T::DTYPE,
            self.dtype,
            "the op's dtype rule chose another type"
        );
        let Layout { shape, offset, .. } = &self.layout;
        let data = self.buffer.as_slice::<T>();
        self.layout
            .is_dense()
            .then(|| &data[*offset..*offset + shape.size()])
    }
}

impl TensorMut {
    /// The elements in C order.
    ///
    /// # Panics
    /// If `T` is not the dtype.
    pub fn slice<T: Scalar>(&mut self) -> &mut [T] {
        assert_eq!(
            T::DTYPE,
            self.dtype,
            "the op's dtype rule chose another type"
        );
        let size = self.shape.size();
        &mut self.buffer.as_mut_slice::<T>()[..size]
    }

    /// The elements as an ndarray view.
    pub fn view<T: Scalar>(&mut self) -> ArrayViewMutD<'_, T> {
        let shape = IxDyn(&self.shape);
        ArrayViewMutD::from_shape(shape, self.slice()).expect("an output has its shape's size")
    }

    /// The elements at `layout` as an ndarray view, for kernels that write a part.
    pub fn part<T: Scalar>(&mut self, layout: &Layout) -> ArrayViewMutD<'_, T> {
        let Layout {
            shape,
            strides,
            offset,
        } = layout;
        let mut whole = self.slice::<T>();
        if shape.size() == 0 {
            return ArrayViewMutD::from_shape(IxDyn(shape), &mut []).expect("no elements");
        }
        let lowest = shape
            .iter()
            .zip(strides)
            .fold(*offset as isize, |at, (&len, &stride)| {
                at + (len as isize - 1) * stride.min(0)
            });
        whole = &mut whole[lowest as usize..];
        let steps: Vec<usize> = strides.iter().map(|stride| stride.unsigned_abs()).collect();
        let mut view = ArrayViewMutD::from_shape(IxDyn(shape).strides(IxDyn(&steps)), whole)
            .expect("a writable view has distinct positions inside its array");
        for (axis, &stride) in strides.iter().enumerate() {
            if stride < 0 {
                view.invert_axis(Axis(axis));
            }
        }
        view
    }
}

impl fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}
