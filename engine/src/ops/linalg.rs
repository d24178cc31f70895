//! Linear algebra: determinants, inverses, equations, factorizations.
//!
//! The last two axes are a matrix, those before them a stack. Integers compute in the default
//! float, half precision in `f32`. Whether a matrix is singular is known only when the op runs:
//! the error travels with the value.

use std::sync::Arc;

use smallvec::SmallVec;

use super::binary::{add, multiply};
use super::moving::tril;
use super::product::{matmul, turned};
use super::reduce::cast;
use super::registry::{Entry, entries};
use super::unary::negative;
use super::zeros;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue};
use crate::dtype::{DType, Kind};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run, TensorMut};
use crate::kernels::linalg::{self, Factored, LeastSquares, Outcome};
use crate::shape::Shape;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "cholesky" => cholesky: (a),
    "det" => det: (a),
    "eigh" => eigh: (a),
    "inv" => inv: (a),
    "lstsq" => lstsq: (a, b, rcond),
    "pinv" => pinv: (a, rcond),
    "qr" => qr: (a),
    "slogdet" => slogdet: (a),
    "solve" => solve: (a, b),
    "svd" => svd: (a),
];

/// Multiplications from which an op is handed over at once.
const HEAVY: usize = 100_000;

/// What is computed of each matrix.
#[derive(Clone, Copy)]
enum What {
    Cholesky,
    Det,
    Eigh,
    Inv,
    Lstsq { rcond: f64 },
    Pinv { rcond: f64 },
    Qr,
    Slogdet,
    Solve,
    Svd,
}

struct Linalg {
    what: What,
    work: usize,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Cholesky => "cholesky",
            What::Det => "det",
            What::Eigh => "eigh",
            What::Inv => "inv",
            What::Lstsq { .. } => "lstsq",
            What::Pinv { .. } => "pinv",
            What::Qr => "qr",
            What::Slogdet => "slogdet",
            What::Solve => "solve",
            What::Svd => "svd",
        }
    }

    fn has_gradient(self) -> bool {
        use What::*;
        matches!(self, Cholesky | Det | Inv | Slogdet | Solve)
    }
}

impl Kernel for Linalg {
    fn name(&self) -> &'static str {
        self.what.name()
    }

    fn is_heavy(&self) -> bool {
        self.work >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let outcome = match cx.inputs[0].dtype {
            DType::F32 => run_as::<f32>(self.what, cx),
            _ => run_as::<f64>(self.what, cx),
        };
        outcome.map_err(|fact| Error::linalg(self.what.name(), fact))
    }
}

fn run_as<T: Factored>(what: What, cx: &mut Run<'_>) -> Outcome {
    let (tiles, a) = (cx.tiles, cx.inputs[0].view::<T>());
    match what {
        What::Cholesky => linalg::cholesky(tiles, a, cx.outputs[0].slice()),
        What::Det => linalg::det(tiles, a, cx.outputs[0].slice()),
        What::Eigh => linalg::eigh(tiles, a, slices(cx.outputs)),
        What::Inv => linalg::inv(tiles, a, cx.outputs[0].slice()),
        What::Lstsq { rcond } => {
            let [x, residuals, rank, s] = outputs(cx.outputs);
            let (x, residuals, s) = (x.slice(), residuals.slice(), s.slice());
            let rank = &mut rank.slice()[0];
            let out = LeastSquares {
                x,
                residuals,
                rank,
                s,
            };
            linalg::lstsq(a, cx.inputs[1].view(), rcond, out)
        }
        What::Pinv { rcond } => linalg::pinv(tiles, a, rcond, cx.outputs[0].slice()),
        What::Qr => linalg::qr(tiles, a, slices(cx.outputs)),
        What::Slogdet => linalg::slogdet(tiles, a, slices(cx.outputs)),
        What::Solve => linalg::solve(tiles, a, cx.inputs[1].view(), cx.outputs[0].slice()),
        What::Svd => linalg::svd(tiles, a, slices(cx.outputs)),
    }
}

fn outputs<const N: usize>(outputs: &mut [TensorMut]) -> &mut [TensorMut; N] {
    outputs.try_into().expect("the op was issued with so many")
}

fn slices<T: Factored, const N: usize>(tensors: &mut [TensorMut]) -> [&mut [T]; N] {
    outputs(tensors).each_mut().map(TensorMut::slice)
}

/// Formulas from M. B. Giles, "An extended collection of matrix derivative results for forward and
/// reverse mode algorithmic differentiation" (2008), that of the Cholesky factor from I. Murray,
/// "Differentiation of the Cholesky decomposition" (2016), arXiv:1602.07527.
impl Gradient for Linalg {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let (a, y) = (&cx.inputs[0], &cx.outputs[0]);
        let da = match self.what {
            What::Cholesky => of_cholesky(y, cx.g())?,
            What::Det => multiply(&turned(&inv(a)?)?, &each(&multiply(cx.g(), y)?)?)?,
            What::Inv => {
                let yt = turned(y)?;
                negative(&matmul(&matmul(&yt, cx.g())?, &yt)?)?
            }
            What::Slogdet => multiply(&turned(&inv(a)?)?, &each(&cx.grads[1])?)?,
            What::Solve => return of_solve(cx),
            _ => return Ok(cx.inputs.iter().map(|_| None).collect()),
        };
        Ok(SmallVec::from_iter([Some(da)]))
    }
}

/// With `p = l^T g`, half of `l^-T (lower triangle of p, mirrored) l^-1`. It is symmetric: the
/// upper triangle of the matrix counts as equal to the lower one, though it is not read.
fn of_cholesky(l: &Array, g: &Array) -> Result<Array> {
    let lt = turned(l)?;
    let p = matmul(&lt, g)?;
    let mirrored = add(&tril(&p, None)?, &turned(&tril(&p, Some(-1))?)?)?;
    let half = solve(&lt, &mirrored)?;
    multiply(&solve(&lt, &turned(&half)?)?, 0.5)
}

fn of_solve(cx: &Backward<'_>) -> Result<Grads> {
    let (a, x) = (&cx.inputs[0], &cx.outputs[0]);
    let db = solve(&turned(a)?, cx.g())?;
    let da = cx.when_wanted(0, || negative(&matmul(&db, &turned(x)?)?))?;
    Ok(SmallVec::from_buf([da, Some(db)]))
}

/// A number for each matrix, to be multiplied with its elements.
fn each(x: &Array) -> Result<Array> {
    x.expand_dims(-1)?.expand_dims(-1)
}

/// An op on a stack of matrices that is about to be issued.
struct Issue {
    what: What,
    a: Array,
    /// The axes of the stack.
    lead: Shape,
    rows: usize,
    columns: usize,
    /// The dtype of what the op makes.
    dtype: DType,
}

impl Issue {
    fn new(what: What, a: &Array) -> Result<Issue> {
        let op = what.name();
        Issue::check_ndim(op, a)?;
        let (lead, matrix) = a.shape().split_at(a.ndim() - 2);
        let dtype = a.dtype().to_inexact();
        Ok(Issue {
            what,
            a: computable(op, a)?,
            lead: lead.into(),
            rows: matrix[0],
            columns: matrix[1],
            dtype,
        })
    }

    fn check_ndim(op: &'static str, a: &Array) -> Result<()> {
        if a.ndim() >= 2 {
            return Ok(());
        }
        let fact = format!(
            "{}-dimensional array given, array must be at least two-dimensional",
            a.ndim()
        );
        Err(Error::shape(op, fact))
    }

    /// As [`Issue::new`], of square matrices.
    fn square(what: What, a: &Array) -> Result<Issue> {
        let it = Issue::new(what, a)?;
        if it.rows != it.columns {
            let fact = "last 2 dimensions of the array must be square";
            return Err(Error::shape(what.name(), fact));
        }
        Ok(it)
    }

    /// The shape of the stack followed by these axes.
    fn stack(&self, lens: impl IntoIterator<Item = usize>) -> Shape {
        self.lead.iter().copied().chain(lens).collect()
    }

    /// The shorter side of a matrix.
    fn rank(&self) -> usize {
        self.rows.min(self.columns)
    }

    /// Queues the op, which makes arrays of these shapes.
    fn issue<const N: usize>(&self, b: Option<&Array>, shapes: [Shape; N]) -> Result<[Array; N]> {
        let outputs = shapes.map(|shape| (shape, self.a.dtype()));
        let made = self.issue_mixed(b, outputs)?;
        let made: Vec<Array> = made
            .iter()
            .map(|y| cast(y, self.dtype))
            .collect::<Result<_>>()?;
        Ok(made.try_into().expect("one array for each shape"))
    }

    fn issue_mixed<const N: usize>(
        &self,
        b: Option<&Array>,
        outputs: [(Shape, DType); N],
    ) -> Result<[Array; N]> {
        let each = self.rows * self.columns * self.rank();
        let n_columns = b.map_or(0, |b| b.shape()[b.ndim() - 1]);
        let n: usize = self.lead.iter().product();
        let work = n.saturating_mul(each + self.rows * self.columns * n_columns);
        let what = self.what;
        let kernel = Arc::new(Linalg { what, work });
        let rule = what.has_gradient().then(|| Rule::Shared(kernel.clone()));
        let inputs: SmallVec<[Operand<'_>; 2]> = std::iter::once(&self.a)
            .chain(b)
            .map(Operand::Array)
            .collect();
        let made = issue(Op::Kernel(kernel), rule, &inputs, None, outputs)?;
        Ok(made
            .into_vec()
            .try_into()
            .expect("one array for each shape"))
    }
}

/// `x` in the dtype that it is computed in.
fn computable(op: &'static str, x: &Array) -> Result<Array> {
    match x.dtype().kind() {
        Kind::Complex => Err(Error::DType {
            op,
            dtype: x.dtype(),
            takes: "real numbers",
        }),
        _ => cast(x, x.dtype().to_inexact().compute()),
    }
}

/// The lower triangular `l` with `a = l l^T` of symmetric, positive definite matrices, of which
/// only the lower triangle is read.
///
/// # Errors
/// Matrices that are not square; while running, one that is not positive definite.
pub fn cholesky(a: &Array) -> Result<Array> {
    let it = Issue::square(What::Cholesky, a)?;
    it.issue(None, [a.shape().clone()]).map(|[l]| l)
}

/// Determinants. The gradient needs matrices that are not singular.
///
/// # Errors
/// Matrices that are not square.
pub fn det(a: &Array) -> Result<Array> {
    let it = Issue::square(What::Det, a)?;
    it.issue(None, [it.lead.clone()]).map(|[det]| det)
}

/// Signs and logarithms of the absolute values of determinants; 0 and minus infinity for a
/// singular matrix. The gradient is that of the logarithm.
///
/// # Errors
/// Matrices that are not square.
pub fn slogdet(a: &Array) -> Result<(Array, Array)> {
    let it = Issue::square(What::Slogdet, a)?;
    it.issue(None, [it.lead.clone(), it.lead.clone()])
        .map(<(Array, Array)>::from)
}

/// Inverses.
///
/// # Errors
/// Matrices that are not square; while running, a singular one.
pub fn inv(a: &Array) -> Result<Array> {
    let it = Issue::square(What::Inv, a)?;
    it.issue(None, [a.shape().clone()]).map(|[y]| y)
}

/// The `x` with `a x = b`: `b` is a vector, or a stack of matrices with a column for each right
/// side; the axes before the matrices broadcast.
///
/// # Errors
/// Matrices that are not square, right sides of another length; while running, a singular matrix.
pub fn solve(a: &Array, b: &Array) -> Result<Array> {
    const OP: &str = "solve";
    let mut it = Issue::square(What::Solve, a)?;
    let is_vector = b.ndim() == 1;
    let right = if is_vector {
        b.expand_dims(1)?
    } else {
        b.clone()
    };
    Issue::check_ndim(OP, &right)?;
    let (b_lead, b_matrix) = right.shape().split_at(right.ndim() - 2);
    if b_matrix[0] != it.rows {
        let (a, b) = (a.shape(), b.shape());
        let fact = format!(
            "shapes {a} and {b} not aligned: {} != {}",
            it.rows, b_matrix[0]
        );
        return Err(Error::shape(OP, fact));
    }
    let lead = it.lead.broadcast(&b_lead.into());
    it.lead = lead.ok_or_else(|| Error::Broadcast {
        op: OP,
        a: a.shape().clone(),
        b: b.shape().clone(),
    })?;
    it.dtype = it.dtype.promote(b.dtype());
    let shape = it.stack(b_matrix.iter().copied());
    let dtype = it.a.dtype().promote(computable(OP, &right)?.dtype());
    it.a = cast(&it.a, dtype)?.broadcast_to(it.stack([it.rows, it.rows]))?;
    let right = cast(&right, dtype)?.broadcast_to(shape.clone())?;
    let [x] = it.issue(Some(&right), [shape])?;
    if is_vector {
        x.squeeze(Some(&[-1]))
    } else {
        Ok(x)
    }
}

/// The smallest `x` for which `a x` is next to `b`; the sums of the squares of what is left of the
/// right sides; the rank; the singular values. Singular values up to `rcond` times the largest
/// count as 0; by default the precision of the dtype times the longer side of `a`.
///
/// Sums of squares are given only for more equations than unknowns and full rank. Where only the
/// data tell, it waits for them.
///
/// # Errors
/// Anything but one matrix and its right sides. While running, NaN in `a`.
pub fn lstsq(a: &Array, b: &Array, rcond: Option<f64>) -> Result<Vec<Array>> {
    const OP: &str = "lstsq";
    if a.ndim() != 2 || !(1..=2).contains(&b.ndim()) || a.shape()[0] != b.shape()[0] {
        let fact = format!("incompatible dimensions {} and {}", a.shape(), b.shape());
        return Err(Error::shape(OP, fact));
    }
    let is_vector = b.ndim() == 1;
    let right = if is_vector {
        b.expand_dims(1)?
    } else {
        b.clone()
    };
    let dtype = computable(OP, a)?
        .dtype()
        .promote(computable(OP, b)?.dtype());
    let precision = match dtype {
        DType::F32 => f64::from(f32::EPSILON),
        _ => f64::EPSILON,
    };
    let longer = a.shape()[0].max(a.shape()[1]);
    let default = precision * longer as f64;
    let what = What::Lstsq {
        rcond: rcond.map_or(default, |rcond| if rcond < 0.0 { precision } else { rcond }),
    };
    let mut it = Issue::new(what, a)?;
    it.a = cast(a, dtype)?;
    let n_right = right.shape()[1];
    let outputs = [
        (Shape::from([it.columns, n_right]), dtype),
        (Shape::from([n_right]), dtype),
        (Shape::scalar(), DType::I64),
        (Shape::from([it.rank()]), dtype),
    ];
    let [mut x, mut residuals, rank, s] = it.issue_mixed(Some(&cast(&right, dtype)?), outputs)?;
    let is_full = it.rows > it.columns && rank.to_vec::<i64>()?[0] == it.columns as i64;
    if !is_full {
        residuals = zeros([0], dtype, a.device())?;
    }
    if is_vector {
        x = x.squeeze(Some(&[1]))?;
    }
    Ok(vec![x, residuals, rank, s])
}

/// Pseudo-inverses. Singular values up to `rcond` (1e-15) times the largest count as 0.
///
/// # Errors
/// An array with fewer than two axes. While running, NaN.
pub fn pinv(a: &Array, rcond: Option<f64>) -> Result<Array> {
    let rcond = rcond.unwrap_or(1e-15);
    let it = Issue::new(What::Pinv { rcond }, a)?;
    it.issue(None, [it.stack([it.columns, it.rows])])
        .map(|[y]| y)
}

/// `a = q r` with orthonormal columns in `q` and an upper triangular `r`; as many columns and rows
/// as the shorter side of `a`.
///
/// # Errors
/// An array with fewer than two axes.
pub fn qr(a: &Array) -> Result<(Array, Array)> {
    let it = Issue::new(What::Qr, a)?;
    let (q, r) = ([it.rows, it.rank()], [it.rank(), it.columns]);
    it.issue(None, [it.stack(q), it.stack(r)])
        .map(<(Array, Array)>::from)
}

/// `a = u diag(s) vt`: as many singular values as the shorter side of `a` has, the largest first.
///
/// # Errors
/// An array with fewer than two axes. While running, NaN.
pub fn svd(a: &Array) -> Result<Vec<Array>> {
    let it = Issue::new(What::Svd, a)?;
    let (u, s, vt) = ([it.rows, it.rank()], [it.rank()], [it.rank(), it.columns]);
    it.issue(None, [it.stack(u), it.stack(s), it.stack(vt)])
        .map(Vec::from)
}

/// Eigenvalues, ascending, and eigenvectors, in columns, of symmetric matrices, of which only the
/// lower triangle is read.
///
/// # Errors
/// Matrices that are not square. While running, NaN.
pub fn eigh(a: &Array) -> Result<(Array, Array)> {
    let it = Issue::square(What::Eigh, a)?;
    it.issue(None, [it.stack([it.rows]), a.shape().clone()])
        .map(<(Array, Array)>::from)
}
