"""Linear algebra: norms, determinants, inverses, decompositions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np import _comparison, _product, _reduce
from forerun.np._convert import as_array, as_axes
from forerun.np._join import concatenate
from forerun.np._matrix import eye
from forerun.np._shape import expand_dims

__all__ = [
    "cholesky",
    "cond",
    "det",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
]

_norm = _core.op("norm")

matmul = _product.matmul


def norm(
    x: ArrayLike,
    ord: float | str | None = None,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Norm of vectors or matrices.

    Parameters
    ----------
    x
        Input.
    ord
        Which norm: None for the Euclidean one, a number, ``"fro"``, ``"nuc"``, ``inf``.
    axis
        Axis of the vectors, or two axes of the matrices; all when None.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.linalg.norm(np.array([3.0, 4.0]))
    array(5.)
    """
    x, axes = as_array(x), as_axes(axis)
    n_axes = x.ndim if axes is None else 1 if isinstance(axes, int) else len(axes)
    if n_axes == 2 and ord in ("nuc", 2, -2):
        return _spectral_norm(x, ord, (0, 1) if axes is None else axes, keepdims)
    return _norm(x, ord, axes, keepdims)


def _spectral_norm(
    x: ndarray,
    ord: float | str | None,
    axes: int | tuple[int, ...],
    keepdims: bool,
) -> ndarray:
    """Norm of matrices that depends on their singular values."""
    values = svd(x.moveaxis(axes, (-2, -1)), compute_uv=False)
    if ord == "nuc":
        y = _reduce.sum(values, -1)
    else:
        y = (_reduce.max if ord == 2 else _reduce.min)(values, -1)
    return expand_dims(y, axes) if keepdims else y


def det(a: ArrayLike) -> ndarray:
    """Determinant of square matrices.

    Parameters
    ----------
    a
        Matrix, or stack of them.

    Examples
    --------
    >>> np.linalg.det(np.array([[2.0, 0.0], [0.0, 3.0]]))
    array(6.)
    """
    return _core.op("det")(as_array(a))


def slogdet(a: ArrayLike) -> tuple[ndarray, ndarray]:
    """Sign and logarithm of the absolute value of the determinant.

    Parameters
    ----------
    a
        Matrix, or stack of them.

    Examples
    --------
    >>> np.linalg.slogdet(np.eye(2))
    (array(1.), array(0.))
    """
    sign, logarithm = _core.op("slogdet")(as_array(a))
    return sign, logarithm


def inv(a: ArrayLike) -> ndarray:
    """Inverse of square matrices; a singular one fails when it is computed.

    Parameters
    ----------
    a
        Matrix, or stack of them.

    Examples
    --------
    >>> np.linalg.inv(np.array([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return _core.op("inv")(as_array(a))


def pinv(a: ArrayLike, rcond: float = 1e-15) -> ndarray:
    """Pseudo-inverse of matrices.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    rcond
        Part of the largest singular value below which others count as zero.

    Examples
    --------
    >>> np.linalg.pinv(np.array([[2.0], [0.0]])).shape
    (1, 2)
    """
    return _core.op("pinv")(as_array(a), rcond)


def solve(a: ArrayLike, b: ArrayLike) -> ndarray:
    """Solution x of ``a @ x = b``.

    Parameters
    ----------
    a
        Square matrix, or stack of them.
    b
        Right side: a vector, or a matrix with one column for each.

    Examples
    --------
    >>> np.linalg.solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 2.0]))
    array([1. , 0.5])
    """
    return _core.op("solve")(as_array(a), as_array(b))


def lstsq(
    a: ArrayLike, b: ArrayLike, rcond: float | None = None
) -> tuple[ndarray, ndarray, ndarray, ndarray]:
    """Least-squares solution of ``a @ x = b``.

    Parameters
    ----------
    a
        Matrix.
    b
        Right side: a vector, or a matrix with one column for each.
    rcond
        Part of the largest singular value below which others count as zero.

    Returns
    -------
    tuple of ndarray
        Solution, sums of squared residuals, rank, singular values.

    Examples
    --------
    >>> np.linalg.lstsq(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))[0].shape
    (1,)
    """
    solution, residuals, rank, values = _core.op("lstsq")(
        as_array(a), as_array(b), rcond
    )
    return solution, residuals, rank, values


def cholesky(a: ArrayLike, upper: bool = False) -> ndarray:
    """Triangular factor L of a positive definite matrix, ``a = L @ L.T``.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    upper
        Whether to give the transposed, upper factor.

    Examples
    --------
    >>> np.linalg.cholesky(np.array([[4.0, 0.0], [0.0, 9.0]]))
    array([[2., 0.],
           [0., 3.]])
    """
    factor = _core.op("cholesky")(as_array(a))
    return factor.swapaxes(-1, -2) if upper else factor


def qr(a: ArrayLike, mode: str = "reduced") -> tuple[ndarray, ndarray]:
    """Factors of a matrix: one with orthonormal columns, one upper triangular.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    mode
        Only ``"reduced"`` exists.

    Examples
    --------
    >>> q, r = np.linalg.qr(np.ones((3, 2)))
    >>> q.shape, r.shape
    ((3, 2), (2, 2))
    """
    if mode != "reduced":
        fact = f"qr: mode is 'reduced', not {mode!r}"
        raise ValueError(fact)
    q, r = _core.op("qr")(as_array(a))
    return q, r


def svd(a: ArrayLike, full_matrices: bool = False, compute_uv: bool = True) -> Any:  # noqa: ANN401
    """Singular value decomposition, ``a = (u * s) @ vt``.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    full_matrices
        Whether `u` and `vt` are square; else they have, as in MXNet, one column or row
        for each singular value.
    compute_uv
        Whether to return `u` and `vt` beside the singular values.

    Examples
    --------
    >>> u, s, vt = np.linalg.svd(np.array([[3.0, 0.0], [0.0, 2.0]]))
    >>> s
    array([3., 2.])
    """
    u, s, vt = _core.op("svd")(as_array(a))
    if not compute_uv:
        return s
    if full_matrices:
        u, vt = _completed(u), _completed(vt.swapaxes(-1, -2)).swapaxes(-1, -2)
    return u, s, vt


def _completed(u: ndarray) -> ndarray:
    """Give the orthonormal columns of `u`, and more that make a basis with them."""
    n_rows, n_columns = u.shape[-2:]
    if n_rows == n_columns:
        return u
    # What is left of the space without them: eigenvalues 1, after as many 0.
    rest = eye(n_rows, dtype=u.dtype) - u @ u.swapaxes(-1, -2)
    return concatenate([u, eigh(rest)[1][..., n_columns:]], -1)


def eigh(a: ArrayLike) -> tuple[ndarray, ndarray]:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices.

    Parameters
    ----------
    a
        Matrix, or stack of them.

    Examples
    --------
    >>> values, vectors = np.linalg.eigh(np.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> values
    array([1., 2.])
    """
    values, vectors = _core.op("eigh")(as_array(a))
    return values, vectors


def eigvalsh(a: ArrayLike) -> ndarray:
    """Eigenvalues of symmetric matrices, ascending.

    Parameters
    ----------
    a
        Matrix, or stack of them.

    Examples
    --------
    >>> np.linalg.eigvalsh(np.array([[2.0, 0.0], [0.0, 1.0]]))
    array([1., 2.])
    """
    return eigh(a)[0]


def matrix_power(a: ArrayLike, n: int) -> ndarray:
    """Power of a square matrix, by repeated squaring.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    n
        Exponent; negative for powers of the inverse.

    Examples
    --------
    >>> np.linalg.matrix_power(np.array([[2.0, 0.0], [0.0, 3.0]]), 2)
    array([[4., 0.],
           [0., 9.]])
    """
    square = inv(a) if n < 0 else as_array(a)
    power, n = None, abs(n)
    while n:
        if n & 1:
            power = square if power is None else power @ square
        n >>= 1
        square = square @ square if n else square
    return _identity_like(square) if power is None else power


def _identity_like(a: ndarray) -> ndarray:
    return eye(a.shape[-1], dtype=a.dtype).broadcast_to(a.shape)


def matrix_rank(a: ArrayLike, tol: float | None = None) -> ndarray:
    """Count the singular values that are not zero.

    Parameters
    ----------
    a
        Matrix, or stack of them.
    tol
        What counts as zero; as in NumPy when None.

    Examples
    --------
    >>> np.linalg.matrix_rank(np.eye(2))
    array(2, dtype=int64)
    """
    a = as_array(a)
    values = svd(a, compute_uv=False)
    limit: Any = tol
    if tol is None:
        precision = 2.3e-16 if a.dtype.itemsize in (8, 16) else 1.2e-07
        limit = _reduce.max(values, -1, keepdims=True) * (max(a.shape[-2:]) * precision)
    return _reduce.count_nonzero(_comparison.greater(values, limit), -1)


def cond(x: ArrayLike) -> ndarray:
    """Condition number: the largest singular value by the smallest.

    Parameters
    ----------
    x
        Matrix, or stack of them.

    Examples
    --------
    >>> np.linalg.cond(np.array([[4.0, 0.0], [0.0, 2.0]]))
    array(2.)
    """
    _, values, _ = _core.op("svd")(as_array(x))
    return values[..., 0] / values[..., -1]


def multi_dot(arrays: Sequence[ArrayLike]) -> ndarray:
    """Product of several matrices, from left to right.

    Parameters
    ----------
    arrays
        The matrices.

    Examples
    --------
    >>> np.linalg.multi_dot([np.eye(2), np.eye(2), np.array([1.0, 2.0])])
    array([1., 2.])
    """
    product = as_array(arrays[0])
    for a in arrays[1:]:
        product = _product.dot(product, a)
    return product
