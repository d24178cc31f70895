//! Arrays from nothing: filled with a number, or counting.

use std::sync::Arc;

use super::element::{ElementOp, Takes, blocks};
use super::registry::{Entry, entries};
use crate::array::{Array, Backward, Operand, Rule, issue, issue_one};
use crate::dispatch;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Element, ElementDef, Kernel, Op, Run};
use crate::kernels::blocks::Cast;
use crate::kernels::{copy, count};
use crate::memory::Device;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "full" => full: (shape: Shape, value: Scalar, dtype, device),
    "arange" => arange: (start: Scalar, stop: Scalar, step: Scalar, dtype, device),
    "linspace" => linspace: (start, stop, num, endpoint, dtype, device),
    "eye" => eye: (n, m, k, dtype, device),
    "to_device" => to_device: (x, device),
    "copy" => dense_copy: (x),
    "astype" => astype: (x, dtype),
];

/// The identity: what fills, copies and casts are made of.
static COPY: ElementOp = ElementOp {
    def: ElementDef {
        name: "copy",
        block: blocks!(map1, bool: |x| x, int: |x| x, float: |x| x, complex: |x| x),
    },
    takes: Takes::Any,
    grad: Some(|cx| Ok(smallvec::smallvec![Some(cx.g().clone())])),
};

static FULL: ElementOp = ElementOp {
    def: ElementDef {
        name: "full",
        block: COPY.def.block,
    },
    takes: Takes::Any,
    grad: None,
};

static CAST: ElementOp = ElementOp {
    def: ElementDef {
        name: "astype",
        block: COPY.def.block,
    },
    takes: Takes::Any,
    grad: Some(|cx| Ok(smallvec::smallvec![Some(cx.g().clone())])),
};

/// An array of `shape` with `value` everywhere.
///
/// # Errors
/// A shape that is too big.
pub fn full(
    shape: impl Into<Shape>,
    value: impl Into<Scalar>,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let op = Op::Element(Element {
        def: &FULL.def,
        compute: dtype.compute(),
    });
    let inputs = [Operand::Scalar(value.into())];
    let arrays = issue(op, None, &inputs, Some(device), [(shape.into(), dtype)])?;
    Ok(arrays.into_iter().next().expect("one output was asked for"))
}

/// An array of zeros.
///
/// # Errors
/// A shape that is too big.
pub fn zeros(shape: impl Into<Shape>, dtype: DType, device: Device) -> Result<Array> {
    full(shape, 0i64, dtype, device)
}

/// An array of ones.
///
/// # Errors
/// A shape that is too big.
pub fn ones(shape: impl Into<Shape>, dtype: DType, device: Device) -> Result<Array> {
    full(shape, 1i64, dtype, device)
}

/// The elements of `x`, dense, in a variable of their own.
///
/// # Errors
/// None of its own.
pub fn dense_copy(x: &Array) -> Result<Array> {
    // Dense elements are copied by an op that others can be fused with; the order in which strided
    // ones are best read is known to a kernel.
    if x.layout().is_dense() {
        return COPY.issue_as(&[Operand::Array(x)], x.dtype(), x.shape().clone());
    }
    let op = Op::Kernel(Arc::new(Copy { name: "copy" }));
    let rule = Rule::Static(|cx| Ok(smallvec::smallvec![Some(cx.g().clone())]));
    let output = (x.shape().clone(), x.dtype());
    issue_one(op, Some(rule), &[Operand::Array(x)], output)
}

/// The elements of `x` in another dtype, or a copy in the same.
///
/// # Errors
/// None of its own.
pub fn astype(x: &Array, dtype: DType) -> Result<Array> {
    if dtype == x.dtype() {
        return x.copy();
    }
    CAST.issue_as(&[Operand::Array(x)], dtype, x.shape().clone())
}

/// `start + i * step` for each `i`.
struct Arange {
    start: Scalar,
    step: Scalar,
}

impl Kernel for Arange {
    fn name(&self) -> &'static str {
        "arange"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = &mut cx.outputs[0];
        dispatch!(all, out.dtype, T => {
            let out = out.slice::<T>();
            match (self.start, self.step) {
                (Scalar::Int(start), Scalar::Int(step)) => {
                    count::tabulate(cx.tiles, out, |i| {
                        start.wrapping_add(step.wrapping_mul(i as i64)).cast()
                    });
                }
                (start, step) => {
                    let (start, step) = (start.to_f64(), step.to_f64());
                    count::tabulate(cx.tiles, out, |i| (start + i as f64 * step).cast());
                }
            }
        });
        Ok(())
    }
}

/// `start`, `start + step`, ... up to but without `stop`; exact where all three are integers.
///
/// # Errors
/// A step of zero, or a length that is too big.
pub fn arange(
    start: impl Into<Scalar>,
    stop: impl Into<Scalar>,
    step: impl Into<Scalar>,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let (start, stop, step) = (start.into(), stop.into(), step.into());
    let len = match (start, stop, step) {
        (_, _, step) if step.to_f64() == 0.0 => f64::NAN,
        (Scalar::Int(start), Scalar::Int(stop), Scalar::Int(step)) => {
            let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
            let way = (stop - start) * step.signum();
            ((way + step.abs() - 1) / step.abs()).max(0) as f64
        }
        _ => {
            let len = (stop.to_f64() - start.to_f64()) / step.to_f64();
            len.ceil().max(if len.is_nan() { f64::NAN } else { 0.0 })
        }
    };
    if !len.is_finite() || len > isize::MAX as f64 {
        let [start, stop, step] = [start, stop, step].map(Scalar::to_f64);
        let fact = format!("no arange from {start} to {stop} in steps of {step}");
        return Err(Error::argument("arange", fact));
    }
    let op = Op::Kernel(Arc::new(Arange { start, step }));
    issue_new(op, Shape::from([len as usize]), dtype, device)
}

/// Queues an op without inputs.
fn issue_new(op: Op, shape: Shape, dtype: DType, device: Device) -> Result<Array> {
    let arrays = issue(op, None, &[], Some(device), [(shape, dtype)])?;
    Ok(arrays.into_iter().next().expect("one output was asked for"))
}

/// Evenly spaced numbers, of which the last one is `stop` itself if it belongs to them.
struct Linspace {
    start: f64,
    stop: f64,
    endpoint: bool,
}

impl Kernel for Linspace {
    fn name(&self) -> &'static str {
        "linspace"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let Linspace {
            start,
            stop,
            endpoint,
        } = *self;
        let out = &mut cx.outputs[0];
        let n = out.shape.size();
        let n_steps = if endpoint { n.saturating_sub(1) } else { n };
        let step = (stop - start) / n_steps.max(1) as f64;
        dispatch!(all, out.dtype, T => {
            count::tabulate(cx.tiles, out.slice::<T>(), |i| match i {
                _ if endpoint && i + 1 == n && n > 1 => stop.cast(),
                _ => (start + i as f64 * step).cast(),
            });
        });
        Ok(())
    }
}

/// `num` evenly spaced numbers from `start` to `stop`, which is the last of them if `endpoint`.
///
/// # Errors
/// A length that is too big.
pub fn linspace(
    start: f64,
    stop: f64,
    num: usize,
    endpoint: bool,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let op = Op::Kernel(Arc::new(Linspace {
        start,
        stop,
        endpoint,
    }));
    issue_new(op, Shape::from([num]), dtype, device)
}

/// Ones on a diagonal.
struct Eye {
    k: isize,
}

impl Kernel for Eye {
    fn name(&self) -> &'static str {
        "eye"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = &mut cx.outputs[0];
        let n_columns = out.shape[1];
        dispatch!(all, out.dtype, T => {
            let out = out.slice::<T>();
            out.fill(false.cast());
            for (i, row) in out.chunks_mut(n_columns.max(1)).enumerate() {
                let column = (i as isize).checked_add(self.k);
                let column = column.and_then(|j| usize::try_from(j).ok());
                if let Some(place) = column.and_then(|j| row.get_mut(j)) {
                    *place = true.cast();
                }
            }
        });
        Ok(())
    }
}

/// A matrix of `n` rows and `m` columns (else `n`) that is one on its `k`-th diagonal and zero
/// elsewhere.
///
/// # Errors
/// A shape that is too big.
pub fn eye(
    n: usize,
    m: Option<usize>,
    k: Option<isize>,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let op = Op::Kernel(Arc::new(Eye { k: k.unwrap_or(0) }));
    issue_new(op, Shape::from([n, m.unwrap_or(n)]), dtype, device)
}

/// Copies its input to where the output lives.
struct Copy {
    name: &'static str,
}

impl Kernel for Copy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch!(all, out.dtype, T => {
            copy::copy_to_slice(cx.tiles, x.view::<T>(), out.slice::<T>());
        });
        Ok(())
    }
}

/// A copy of `x` on `device`.
///
/// # Errors
/// None of its own.
pub fn to_device(x: &Array, device: Device) -> Result<Array> {
    let rule = |cx: &Backward<'_>| {
        let g = to_device(cx.g(), cx.inputs[0].device())?;
        Ok(smallvec::smallvec![Some(g)])
    };
    let op = Op::Kernel(Arc::new(Copy { name: "to_device" }));
    let (inputs, output) = ([Operand::Array(x)], (x.shape().clone(), x.dtype()));
    let arrays = issue(
        op,
        Some(Rule::Static(rule)),
        &inputs,
        Some(device),
        [output],
    )?;
    Ok(arrays.into_iter().next().expect("one output was asked for"))
}
