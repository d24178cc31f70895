//! Factorizations of dense matrices and what follows from them, computed by faer.
//!
//! The last two axes are a matrix, those before them a stack. Each matrix is copied to a `Mat` of
//! faer and worked on by one thread: faer is built without its own threads, so that results do not
//! depend on how many there are. Small matrices share a tile.

use std::sync::OnceLock;

use faer::linalg::solvers::{DenseSolveCore, Llt, PartialPivLu, Qr, SelfAdjointEigen, Solve, Svd};
use faer::traits::RealField;
use faer::{Mat, MatRef, Side};
use ndarray::{ArrayViewD, Axis, Ix2};

use super::Tiles;
use super::math::Real;
use super::parts::each_part;

/// Elements that a tile has at least, in whole matrices.
const GRAIN: usize = 1 << 10;

/// Nothing, or what is wrong with a matrix.
pub type Outcome = Result<(), &'static str>;

const SINGULAR: &str = "singular matrix";
const NOT_POSITIVE: &str = "matrix is not positive definite";
const NO_SINGULAR_VALUES: &str = "singular values did not converge";
const NO_EIGENVALUES: &str = "eigenvalues did not converge";

/// A type that matrices are factorized in.
pub trait Factored: Real + RealField {}

impl Factored for f32 {}
impl Factored for f64 {}

/// The lower triangular `l` with `a = l l^T`, from the lower triangle of `a`.
///
/// # Errors
/// A matrix that is not positive definite.
pub fn cholesky<T: Factored>(tiles: &dyn Tiles, a: ArrayViewD<'_, T>, l: &mut [T]) -> Outcome {
    let parts = cut(l, n_matrices(&a));
    each_matrix(tiles, &a, parts, |_, a, l| {
        let factors = Llt::new(a.as_ref(), Side::Lower).map_err(|_| NOT_POSITIVE)?;
        // Comparisons with NaN do not stop the factorization.
        if has_nan(factors.L()) {
            return Err(NOT_POSITIVE);
        }
        store(factors.L(), l);
        Ok(())
    })
}

/// Determinants.
pub fn det<T: Factored>(tiles: &dyn Tiles, a: ArrayViewD<'_, T>, out: &mut [T]) -> Outcome {
    let parts = cut(out, n_matrices(&a));
    each_matrix(tiles, &a, parts, |_, a, out| {
        let lu = Lu::new(&a);
        out[0] = lu.pivots().fold(lu.sign(), |det, pivot| det * pivot);
        Ok(())
    })
}

/// Signs and logarithms of the absolute values of determinants; 0 and minus infinity where one
/// is 0.
pub fn slogdet<T: Factored>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    [signs, logs]: [&mut [T]; 2],
) -> Outcome {
    let n = n_matrices(&a);
    let parts = cut(signs, n).into_iter().zip(cut(logs, n)).collect();
    each_matrix(tiles, &a, parts, |_, a, (sign, log)| {
        let lu = Lu::new(&a);
        (sign[0], log[0]) = (lu.sign(), T::ZERO);
        for pivot in lu.pivots() {
            let (its_sign, size) = match pivot {
                x if x == T::ZERO => (T::ZERO, T::ZERO),
                x if x < T::ZERO => (-T::ONE, -x),
                x => (T::ONE, x),
            };
            (sign[0], log[0]) = (sign[0] * its_sign, log[0] + Real::log(size));
        }
        Ok(())
    })
}

/// Inverses.
///
/// # Errors
/// A singular matrix.
pub fn inv<T: Factored>(tiles: &dyn Tiles, a: ArrayViewD<'_, T>, out: &mut [T]) -> Outcome {
    let parts = cut(out, n_matrices(&a));
    each_matrix(tiles, &a, parts, |_, a, out| {
        store(Lu::new(&a).regular()?.inverse().as_ref(), out);
        Ok(())
    })
}

/// The matrices `x` with `a x = b`; both stacks have the same shape.
///
/// # Errors
/// A singular matrix.
pub fn solve<T: Factored>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    b: ArrayViewD<'_, T>,
    x: &mut [T],
) -> Outcome {
    let parts = cut(x, n_matrices(&a));
    each_matrix(tiles, &a, parts, |i, a, x| {
        store(Lu::new(&a).regular()?.solve(&matrix(&b, i)).as_ref(), x);
        Ok(())
    })
}

/// `a = q r` with orthonormal columns in `q` and an upper triangular `r`, as many columns and rows
/// as the shorter side of `a`.
pub fn qr<T: Factored>(tiles: &dyn Tiles, a: ArrayViewD<'_, T>, [q, r]: [&mut [T]; 2]) -> Outcome {
    let n = n_matrices(&a);
    let parts = cut(q, n).into_iter().zip(cut(r, n)).collect();
    each_matrix(tiles, &a, parts, |_, a, (q, r)| {
        let factors = Qr::new(a.as_ref());
        store(factors.compute_thin_Q().as_ref(), q);
        store(factors.thin_R(), r);
        Ok(())
    })
}

/// `a = u diag(s) vt`, with as many singular values as the shorter side of `a`, the largest first.
///
/// # Errors
/// A matrix for which the iteration does not end.
pub fn svd<T: Factored>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    [u, s, vt]: [&mut [T]; 3],
) -> Outcome {
    let n = n_matrices(&a);
    let parts = cut(u, n).into_iter().zip(cut(s, n)).zip(cut(vt, n));
    each_matrix(tiles, &a, parts.collect(), |_, a, ((u, s), vt)| {
        let factors = thin_svd(&a)?;
        store(factors.U(), u);
        store(factors.S().column_vector().as_mat(), s);
        store(factors.V().transpose(), vt);
        Ok(())
    })
}

/// Eigenvalues, ascending, and eigenvectors in columns of the symmetric matrices whose lower
/// triangles are those of `a`.
///
/// # Errors
/// A matrix for which the iteration does not end.
pub fn eigh<T: Factored>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    [values, vectors]: [&mut [T]; 2],
) -> Outcome {
    let n = n_matrices(&a);
    let parts = cut(values, n).into_iter().zip(cut(vectors, n)).collect();
    each_matrix(tiles, &a, parts, |_, a, (values, vectors)| {
        // faer takes one row at least.
        if a.nrows() == 0 {
            return Ok(());
        }
        if has_nan(a.as_ref()) {
            return Err(NO_EIGENVALUES);
        }
        let factors = SelfAdjointEigen::new(a.as_ref(), Side::Lower).map_err(|_| NO_EIGENVALUES)?;
        store(factors.S().column_vector().as_mat(), values);
        store(factors.U(), vectors);
        Ok(())
    })
}

/// Pseudo-inverses. Singular values up to `rcond` times the largest count as 0.
///
/// # Errors
/// A matrix for which the iteration for its singular values does not end.
pub fn pinv<T: Factored>(
    tiles: &dyn Tiles,
    a: ArrayViewD<'_, T>,
    rcond: f64,
    out: &mut [T],
) -> Outcome {
    let parts = cut(out, n_matrices(&a));
    each_matrix(tiles, &a, parts, |_, a, out| {
        let factors = thin_svd(&a)?;
        let inverse = Inverse::new(&factors, rcond);
        store((inverse.v_over_s * inverse.ut).as_ref(), out);
        Ok(())
    })
}

/// Where [`lstsq`] writes.
#[derive(Debug)]
pub struct LeastSquares<'a, T> {
    /// The solution, a column for each right side.
    pub x: &'a mut [T],
    /// For each right side the sum of the squares of what is left of it.
    pub residuals: &'a mut [T],
    /// How many singular values count.
    pub rank: &'a mut i64,
    /// The singular values.
    pub s: &'a mut [T],
}

/// The smallest `x` for which `a x` is next to `b`, of one matrix. Singular values up to `rcond`
/// times the largest count as 0.
///
/// # Errors
/// A matrix for which the iteration for its singular values does not end.
pub fn lstsq<T: Factored>(
    a: ArrayViewD<'_, T>,
    b: ArrayViewD<'_, T>,
    rcond: f64,
    out: LeastSquares<'_, T>,
) -> Outcome {
    let (a, b) = (matrix(&a, 0), matrix(&b, 0));
    let factors = thin_svd(&a)?;
    let inverse = Inverse::new(&factors, rcond);
    *out.rank = inverse.ut.nrows() as i64;
    let x = inverse.v_over_s * (inverse.ut * &b);
    let left = &b - &a * &x;
    for (j, residual) in out.residuals.iter_mut().enumerate() {
        let squares = left.col(j).iter().map(|&x| x * x);
        *residual = squares.fold(T::ZERO, |sum, square| sum + square);
    }
    store(x.as_ref(), out.x);
    store(factors.S().column_vector().as_mat(), out.s);
    Ok(())
}

/// The triangular factors of a square matrix with its rows in another order.
struct Lu<T>(PartialPivLu<T>);

impl<T: Factored> Lu<T> {
    fn new(a: &Mat<T>) -> Lu<T> {
        Lu(PartialPivLu::new(a.as_ref()))
    }

    /// The diagonal, up to the first 0: what follows was divided by it.
    fn pivots(&self) -> impl Iterator<Item = T> {
        let u = self.0.U();
        let mut is_singular = false;
        (0..u.nrows())
            .map(move |i| u[(i, i)])
            .take_while(move |&pivot| {
                let follows = !is_singular;
                is_singular |= pivot == T::ZERO;
                follows
            })
    }

    /// The factors, if they have an inverse.
    fn regular(&self) -> Result<&PartialPivLu<T>, &'static str> {
        match self.pivots().any(|pivot| pivot == T::ZERO) {
            true => Err(SINGULAR),
            false => Ok(&self.0),
        }
    }

    /// 1 for an even order of rows, -1 for an odd one: every cycle of even length changes it.
    fn sign(&self) -> T {
        let (order, _) = self.0.P().arrays();
        let mut is_seen = vec![false; order.len()];
        let mut is_odd = false;
        for start in 0..order.len() {
            let mut at = order[start];
            if is_seen[start] {
                continue;
            }
            is_seen[start] = true;
            while at != start {
                is_seen[at] = true;
                is_odd = !is_odd;
                at = order[at];
            }
        }
        if is_odd { -T::ONE } else { T::ONE }
    }
}

/// A pseudo-inverse in two factors: `v / s` and `u^T`, for the singular values that count.
struct Inverse<'a, T> {
    v_over_s: Mat<T>,
    ut: MatRef<'a, T>,
}

impl<'a, T: Factored> Inverse<'a, T> {
    fn new(svd: &'a Svd<T>, rcond: f64) -> Inverse<'a, T> {
        let (v, s) = (svd.V(), svd.S().column_vector());
        let limit = s
            .iter()
            .next()
            .map_or(T::ZERO, |&largest| largest * T::of(rcond));
        let rank = s.iter().take_while(|&&value| value > limit).count();
        Inverse {
            v_over_s: Mat::from_fn(v.nrows(), rank, |i, j| v[(i, j)] / s[j]),
            ut: svd.U().subcols(0, rank).transpose(),
        }
    }
}

fn thin_svd<T: Factored>(a: &Mat<T>) -> Result<Svd<T>, &'static str> {
    if has_nan(a.as_ref()) {
        return Err(NO_SINGULAR_VALUES);
    }
    Svd::new_thin(a.as_ref()).map_err(|_| NO_SINGULAR_VALUES)
}

fn has_nan<T: Factored>(a: MatRef<'_, T>) -> bool {
    a.col_iter()
        .any(|column| column.iter().any(|x| x.partial_cmp(x).is_none()))
}

fn n_matrices<T>(x: &ArrayViewD<'_, T>) -> usize {
    x.shape()[..x.ndim() - 2].iter().product()
}

/// The `i`-th matrix of a stack.
fn matrix<T: Factored>(x: &ArrayViewD<'_, T>, mut i: usize) -> Mat<T> {
    let mut view = x.view();
    for axis in (0..x.ndim() - 2).rev() {
        let len = x.shape()[axis];
        view.index_axis_inplace(Axis(axis), i % len);
        i /= len;
    }
    let view = view.into_dimensionality::<Ix2>();
    let view = view.expect("the other axes were indexed");
    Mat::from_fn(view.nrows(), view.ncols(), |i, j| view[[i, j]])
}

/// Writes a matrix in C order.
fn store<T: Factored>(x: MatRef<'_, T>, out: &mut [T]) {
    for (i, row) in out.chunks_exact_mut(x.ncols().max(1)).enumerate() {
        for (j, out) in row.iter_mut().enumerate() {
            *out = x[(i, j)];
        }
    }
}

/// `out` in `n` equal parts, which may be empty.
fn cut<T>(mut out: &mut [T], n: usize) -> Vec<&mut [T]> {
    let len = out.len() / n.max(1);
    let part = |_| out.split_off_mut(..len);
    (0..n).map_while(part).collect()
}

/// Calls `work` with the position of each matrix in the stack, the matrix and its part of the
/// output.
fn each_matrix<T: Factored, P: Send>(
    tiles: &dyn Tiles,
    x: &ArrayViewD<'_, T>,
    parts: Vec<P>,
    work: impl Fn(usize, Mat<T>, P) -> Outcome + Sync,
) -> Outcome {
    let size: usize = x.shape()[x.ndim() - 2..].iter().product();
    let n_together = (GRAIN / size.max(1)).max(1);
    // What can go wrong is the same for all matrices, so it does not matter which comes first.
    let failed = OnceLock::new();
    let mut parts = parts.into_iter().enumerate();
    let groups = std::iter::from_fn(|| {
        let group: Vec<_> = parts.by_ref().take(n_together).collect();
        (!group.is_empty()).then_some(group)
    });
    each_part(tiles, groups.collect(), |_, group: Vec<(usize, P)>| {
        for (i, part) in group {
            if let Err(fact) = work(i, matrix(x, i), part) {
                failed.get_or_init(|| fact);
            }
        }
    });
    failed.into_inner().map_or(Ok(()), Err)
}
