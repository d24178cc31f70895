//! What every element-wise op shares: dtype rule, broadcasting, issue. The entries are in `unary`,
//! `activation`, `binary`, `power` and `ternary`.

use crate::array::{Array, Backward, Grads, Operand, Rule, issue_one};
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::graph::{Element, ElementDef, Op};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// The declaration of an element-wise op.
#[derive(Debug)]
pub(crate) struct ElementOp {
    /// Name and loops.
    pub(crate) def: ElementDef,
    /// What the inputs are computed in.
    pub(crate) takes: Takes,
    /// Its gradient; `None` where it is zero almost everywhere or the output is not a float.
    pub(crate) grad: Option<fn(&Backward<'_>) -> Result<Grads>>,
}

/// How the dtype that an op computes in follows from the inputs' common dtype.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// The common dtype.
    Any,
    /// The common dtype if it is float or complex, else the default float.
    Inexact,
    /// The common dtype; truth values become `I8`.
    Number,
    /// The common dtype, or a wider one that holds an integer that is compared with.
    Compared,
    /// Truth values: every input is cast to bool.
    Truth,
}

impl ElementOp {
    /// Queues the op on inputs that broadcast to one shape.
    ///
    /// # Errors
    /// Shapes that do not broadcast; a dtype that the op does not take.
    pub(crate) fn issue(&'static self, inputs: &[Operand<'_>]) -> Result<Array> {
        let name = self.def.name;
        let (dtype, shape) = (common_dtype(inputs), broadcast(name, inputs)?);
        let dtype = match self.takes {
            Takes::Any => dtype,
            Takes::Inexact => dtype.to_inexact(),
            Takes::Number if dtype == DType::Bool => DType::I8,
            Takes::Number => dtype,
            Takes::Compared => holding_numbers(dtype, inputs),
            Takes::Truth => DType::Bool,
        };
        self.issue_as(inputs, dtype, shape)
    }

    /// Queues the op computed in `dtype`, with an output of `shape`.
    pub(crate) fn issue_as(
        &'static self,
        inputs: &[Operand<'_>],
        dtype: DType,
        shape: Shape,
    ) -> Result<Array> {
        let compute = dtype.compute();
        let block = (self.def.block)(compute).ok_or_else(|| self.refuses(dtype))?;
        // A loop that gives what it takes gives the inputs' dtype, half precision included.
        let output = if block.to == compute { dtype } else { block.to };
        let op = Op::Element(Element {
            def: &self.def,
            compute,
        });
        issue_one(op, self.grad.map(Rule::Static), inputs, (shape, output))
    }

    fn refuses(&self, dtype: DType) -> Error {
        let takes = |dtype| (self.def.block)(dtype).is_some();
        let takes = match (takes(DType::Bool), takes(DType::I64), takes(DType::F32)) {
            (true, true, false) => "integers and bool",
            (false, true, false) => "integers",
            (false, true, true) => "numbers",
            _ if takes(DType::C64) => "floats and complex numbers",
            _ => "real numbers",
        };
        Error::DType {
            op: self.def.name,
            dtype,
            takes,
        }
    }
}

/// The dtype that all inputs are promoted to; numbers are weak.
pub(crate) fn common_dtype(inputs: &[Operand<'_>]) -> DType {
    let mut common = None;
    for input in inputs {
        if let Operand::Array(array) = input {
            let dtype = array.dtype();
            common = Some(common.map_or(dtype, |common| dtype.promote(common)));
        }
    }
    for input in inputs {
        if let Operand::Scalar(number) = input {
            let alone = || number.dtype();
            common = Some(common.map_or_else(alone, |common| number.promote(common)));
        }
    }
    common.unwrap_or(DType::F32)
}

/// `dtype`, or where it is an integer dtype that cannot hold one of the numbers, one that can.
fn holding_numbers(dtype: DType, inputs: &[Operand<'_>]) -> DType {
    let fits = |number: i64| match dtype {
        DType::I64 => true,
        DType::U64 => number >= 0,
        _ => {
            let bits = 8 * dtype.size() as u32 - u32::from(dtype.is_signed_int());
            let lowest = if dtype.is_signed_int() {
                -(1 << bits)
            } else {
                0
            };
            (lowest..1 << bits).contains(&number)
        }
    };
    let outside = |input: &Operand<'_>| match *input {
        Operand::Scalar(Scalar::Int(number)) => !fits(number),
        _ => false,
    };
    match (dtype.kind(), dtype) {
        (Kind::Int, _) if !inputs.iter().any(outside) => dtype,
        (Kind::Int, DType::U64) => DType::F64,
        (Kind::Int, _) => DType::I64,
        _ => dtype,
    }
}

/// The shape that all inputs broadcast to.
pub(crate) fn broadcast(op: &'static str, inputs: &[Operand<'_>]) -> Result<Shape> {
    let mut shape: Option<Shape> = None;
    for input in inputs {
        if let Operand::Array(array) = input {
            shape = Some(match shape {
                None => array.shape().clone(),
                Some(shape) if shape == *array.shape() => shape,
                Some(shape) => shape
                    .broadcast(array.shape())
                    .ok_or_else(|| Error::Broadcast {
                        op,
                        a: shape.clone(),
                        b: array.shape().clone(),
                    })?,
            });
        }
    }
    Ok(shape.unwrap_or_default())
}

/// The conjugate, for gradients of complex functions; of a real array the array itself.
pub(super) fn conj(x: &Array) -> Result<Array> {
    match x.dtype().kind() {
        Kind::Complex => super::conjugate(x),
        _ => Ok(x.clone()),
    }
}

/// `g` where `mask` is true, and 0 elsewhere, whatever `g` is there.
pub(super) fn kept_where(mask: &Array, g: &Array) -> Result<Array> {
    super::where_(mask, g, 0.0)
}

/// The gradient of a function that is flat almost everywhere.
pub(super) fn flat(g: &Array) -> Result<Array> {
    super::zeros(g.shape().clone(), g.dtype(), g.device())
}

/// The loops of an op: for each class of dtypes the function of one element, as
/// `|dtype| -> Option<Block>`.
///
/// A function that is not a line long is given as a path to one that is `#[inline(always)]`: a loop
/// is vectorised only if its function is inlined.
///
/// Classes: `bool`, `int` (signed and unsigned), `signed`, `float` (`f32`, `f64`; half precision
/// computes in `f32`), `complex`; `paired`, for one that is `float` and an [`Arithmetic`](crate::kernels::pairs::Arithmetic).
///
/// Maps: `map1`, `map2`, `map3` on as many elements of one type; `choose` on a truth value and two.
macro_rules! blocks {
    ($map:ident, $($class:ident: $f:expr),+) => {
        |dtype: $crate::dtype::DType| -> Option<$crate::kernels::blocks::Block> {
            use $crate::dtype::DType;
            use $crate::kernels::blocks;
            $($crate::ops::element::blocks!(@ $class, $map, dtype, $f);)+
            None
        }
    };
    (@ bool, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, Bool bool)
    };
    (@ int, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@ signed, $map, $dtype, $f);
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, U8 u8, U16 u16, U32 u32, U64 u64)
    };
    (@ unsigned, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, U8 u8, U16 u16, U32 u32, U64 u64)
    };
    (@ signed, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, I8 i8, I16 i16, I32 i32, I64 i64)
    };
    (@ float, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, F32 f32, F64 f64)
    };
    (@ paired, map2, $dtype:ident, $f:expr) => {
        match $dtype {
            DType::F32 => return Some($crate::kernels::pairs::single::<f32>($f)),
            DType::F64 => return Some($crate::kernels::pairs::single::<f64>($f)),
            _ => {}
        }
    };
    (@ complex, $map:ident, $dtype:ident, $f:expr) => {
        $crate::ops::element::blocks!(@@ $map, $dtype, $f, C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (@@ map1, $dtype:ident, $f:expr, $($name:ident $ty:ty),+) => {
        match $dtype {
            $(DType::$name => return Some(blocks::map1::<$ty, _, _>($f)),)+
            _ => {}
        }
    };
    (@@ map2, $dtype:ident, $f:expr, $($name:ident $ty:ty),+) => {
        match $dtype {
            $(DType::$name => return Some(blocks::map2::<$ty, $ty, _, _>($f)),)+
            _ => {}
        }
    };
    (@@ map3, $dtype:ident, $f:expr, $($name:ident $ty:ty),+) => {
        match $dtype {
            $(DType::$name => return Some(blocks::map3::<$ty, $ty, $ty, _, _>($f)),)+
            _ => {}
        }
    };
    (@@ choose, $dtype:ident, $f:expr, $($name:ident $ty:ty),+) => {
        match $dtype {
            $(DType::$name => return Some(blocks::map3::<bool, $ty, $ty, _, _>($f)),)+
            _ => {}
        }
    };
}
pub(crate) use blocks;
