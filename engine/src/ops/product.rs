//! Products: of vectors, matrices, batches of matrices, and sums over named axes.
//!
//! One kernel does them all: the product of the last two axes, for every place of the axes before.
//! The other functions arrange their operands for it with views; a transposed operand is not
//! copied.

mod contract;
mod einsum;

pub use contract::{Contracted, inner, kron, outer, tensordot, vdot};
pub use einsum::einsum;

use std::sync::Arc;

use ndarray::{ArrayViewD, IxDyn};
use smallvec::SmallVec;

use super::binary::multiply;
use super::reduce::{cast, reshape_to};
use super::registry::{Entry, entries};
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::product::{self, Product, batch_matmul};
use crate::shape::Shape;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "dot" => dot: (a, b),
    "matmul" => matmul: (a, b),
    "batch_dot" => batch_dot: (a, b, transpose_a, transpose_b),
    "tensordot" => tensordot: (a, b, axes),
    "inner" => inner: (a, b),
    "outer" => outer: (a, b),
    "vdot" => vdot: (a, b),
    "kron" => kron: (a, b),
    "einsum" => einsum: (subscripts, operands: Vec<&Array>),
];

/// Work from which a product is handed over at once: what a kernel cuts into tiles, some 30 us, and
/// much more than waking a worker takes.
const HEAVY: usize = 4 << 20;

/// The product of the last two axes of two arrays with equally many axes; those before broadcast.
struct MatMul {
    name: &'static str,
    work: usize,
}

impl Kernel for MatMul {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_heavy(&self) -> bool {
        self.work >= HEAVY
    }

    fn gives_parts(&self) -> bool {
        true
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        dispatch!(all, cx.outputs[0].dtype, T => run_as::<T>(cx));
        Ok(())
    }
}

fn run_as<T: Product>(cx: &mut Run<'_>) {
    let out = &mut cx.outputs[0];
    let lead = out.shape.ndim() - 2;
    let lens = out.shape.clone();
    let stretched = |x: ArrayViewD<'_, T>| -> Vec<usize> {
        lens[..lead]
            .iter()
            .chain(&x.shape()[lead..])
            .copied()
            .collect()
    };
    let (a, b) = (cx.inputs[0].view::<T>(), cx.inputs[1].view::<T>());
    let (a_shape, b_shape) = (stretched(a.view()), stretched(b.view()));
    let (a, b) = (
        a.broadcast(IxDyn(&a_shape))
            .expect("the shape rule has seen it"),
        b.broadcast(IxDyn(&b_shape))
            .expect("the shape rule has seen it"),
    );
    batch_matmul(cx.tiles, a, b, out.view::<T>(), cx.then);
}

impl Gradient for MatMul {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (a, b, g) = (&cx.inputs[0], &cx.inputs[1], cx.g());
        // That of `a` last: backward goes on from it, often element by element, which is then fused.
        let db = cx.when_wanted(1, || product_like(b, &turned(a)?, g))?;
        let da = cx.when_wanted(0, || product_like(a, g, &turned(b)?))?;
        Ok(SmallVec::from_buf([da, db]))
    }
}

/// `p q`, lying in memory as `x` does: the gradient of a transposed view is made transposed too, so
/// that no copy is needed to turn it back.
fn product_like(x: &Array, p: &Array, q: &Array) -> Result<Array> {
    let strides = x.layout().strides;
    let (rows, columns) = (strides[strides.len() - 2], strides[strides.len() - 1]);
    match rows < columns {
        true => turned(&product("matmul", &turned(q)?, &turned(p)?)?),
        false => product("matmul", p, q),
    }
}

/// The array with its last two axes exchanged.
pub(super) fn turned(x: &Array) -> Result<Array> {
    x.swapaxes(-1, -2)
}

/// The products of the matrices in two arrays with equally many axes, in their common dtype.
fn product(name: &'static str, a: &Array, b: &Array) -> Result<Array> {
    let lead = a.ndim() - 2;
    let (m, k, n) = (a.shape()[lead], a.shape()[lead + 1], b.shape()[lead + 1]);
    if k != b.shape()[lead] {
        return Err(not_aligned(name, a, b, lead + 1, lead));
    }
    let outer = |x: &Array| Shape::from(&x.shape()[..lead]);
    let batch = outer(a)
        .broadcast(&outer(b))
        .ok_or_else(|| Error::Broadcast {
            op: name,
            a: a.shape().clone(),
            b: b.shape().clone(),
        })?;
    let shape: Shape = batch.iter().copied().chain([m, n]).collect();
    let dtype = a.dtype().promote(b.dtype());
    let (a, b) = (cast(a, dtype)?, cast(b, dtype)?);
    let work = batch.size().saturating_mul(product::work(m, n, k));
    let kernel = Arc::new(MatMul { name, work });
    let op = Op::Kernel(kernel.clone());
    let inputs = [Operand::Array(&a), Operand::Array(&b)];
    issue_one(op, Some(Rule::Shared(kernel)), &inputs, (shape, dtype))
}

/// NumPy's error for axes that are to be multiplied and have different lengths.
fn not_aligned(op: &'static str, a: &Array, b: &Array, a_axis: usize, b_axis: usize) -> Error {
    let (a, b) = (a.shape(), b.shape());
    let fact = format!(
        "shapes {a} and {b} not aligned: {} (dim {a_axis}) != {} (dim {b_axis})",
        a[a_axis], b[b_axis]
    );
    Error::shape(op, fact)
}

/// NumPy's `dot`: of vectors their inner product, of matrices the matrix product, of others the
/// sum over the last axis of `a` and the last but one of `b`, of numbers the product.
///
/// # Errors
/// Axes of different lengths.
pub fn dot(a: &Array, b: &Array) -> Result<Array> {
    if a.ndim() == 0 || b.ndim() == 0 {
        return multiply(a, b);
    }
    let (a_axis, b_axis) = (a.ndim() - 1, b.ndim().saturating_sub(2));
    if a.shape()[a_axis] != b.shape()[b_axis] {
        return Err(not_aligned("dot", a, b, a_axis, b_axis));
    }
    if a.ndim() == 2 && b.ndim() == 2 {
        return product("dot", a, b);
    }
    contract::contract("dot", a, &[a_axis], b, &[b_axis])
}

/// The product of matrices, or of all the matrices in the last two axes; axes before them
/// broadcast, a vector counts as a row on the left and as a column on the right.
///
/// # Errors
/// A number; axes of different lengths.
pub fn matmul(a: &Array, b: &Array) -> Result<Array> {
    if a.ndim() == 0 || b.ndim() == 0 {
        let operand = usize::from(a.ndim() != 0);
        let fact = format!("input operand {operand} does not have enough dimensions");
        return Err(Error::shape("matmul", fact));
    }
    let (a_axis, b_axis) = (a.ndim() - 1, b.ndim().saturating_sub(2));
    if a.shape()[a_axis] != b.shape()[b_axis] {
        return Err(not_aligned("matmul", a, b, a_axis, b_axis));
    }
    let (is_row, is_column) = (a.ndim() == 1, b.ndim() == 1);
    let a = if is_row { a.expand_dims(0)? } else { a.clone() };
    let b = if is_column {
        b.expand_dims(1)?
    } else {
        b.clone()
    };
    let mut y = match b.ndim() {
        2 => times_matrix("matmul", &a, &b)?,
        _ => {
            let ndim = a.ndim().max(b.ndim());
            product("matmul", &with_ndim(&a, ndim)?, &with_ndim(&b, ndim)?)?
        }
    };
    if is_row {
        y = y.squeeze(Some(&[-2]))?;
    }
    if is_column {
        y = y.squeeze(Some(&[-1]))?;
    }
    Ok(y)
}

/// The product with one matrix, of which all axes but the last of `a` are the rows: one large
/// product, in the gradient of `b` too.
pub(super) fn times_matrix(name: &'static str, a: &Array, b: &Array) -> Result<Array> {
    let (&k, outer) = a.shape().split_last().expect("a matrix has two axes");
    if outer.len() == 1 {
        return product(name, a, b);
    }
    let rows = outer.iter().product();
    let y = product(name, &reshape_to(a, &[rows, k])?, b)?;
    let shape: Shape = outer.iter().copied().chain([b.shape()[1]]).collect();
    reshape_to(&y, &shape)
}

/// The array with axes of length 1 in front.
fn with_ndim(x: &Array, ndim: usize) -> Result<Array> {
    (x.ndim()..ndim).try_fold(x.clone(), |x, _| x.expand_dims(0))
}

/// The products of the matrices in the last two axes of two arrays, each transposed if asked for;
/// the axes before have equal lengths.
///
/// # Errors
/// Arrays of fewer than three axes or of different batches; axes of different lengths.
pub fn batch_dot(a: &Array, b: &Array, transpose_a: bool, transpose_b: bool) -> Result<Array> {
    let lead = a.ndim().saturating_sub(2);
    if lead == 0 || a.ndim() != b.ndim() || a.shape()[..lead] != b.shape()[..lead] {
        let fact = format!("cannot multiply batches {} and {}", a.shape(), b.shape());
        return Err(Error::shape("batch_dot", fact));
    }
    let a = if transpose_a { turned(a)? } else { a.clone() };
    let b = if transpose_b { turned(b)? } else { b.clone() };
    product("batch_dot", &a, &b)
}
