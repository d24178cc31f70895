"""Matrices built of their diagonals and triangles."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array
from forerun.np._dtype import default_float, dtype_name
from forerun.np._fill import ones

__all__ = ["diag", "eye", "identity", "tri", "tril", "triu"]

_diag = _core.op("diag")
_eye = _core.op("eye")
_tril = _core.op("tril")
_triu = _core.op("triu")


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Parameters
    ----------
    N, M
        Numbers of rows and of columns, which is `N` when omitted.
    k
        Which diagonal: 0 for the main one, positive for those above.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.eye(2)
    array([[1., 0.],
           [0., 1.]])
    """
    name = default_float() if dtype is None else dtype_name(dtype)
    return _eye(N, N if M is None else M, k, name, device_id(ctx, device))


def identity(
    n: int,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a square matrix with ones on the main diagonal.

    Parameters
    ----------
    n
        Number of rows and columns.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.identity(2)
    array([[1., 0.],
           [0., 1.]])
    """
    return eye(n, None, 0, dtype, ctx, device=device)


def tri(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a matrix with ones at and below a diagonal.

    Parameters
    ----------
    N, M
        Numbers of rows and of columns, which is `N` when omitted.
    k
        Which diagonal: 0 for the main one, positive for those above.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.tri(2)
    array([[1., 0.],
           [1., 1.]])
    """
    return _tril(ones((N, N if M is None else M), dtype, "C", ctx, device=device), k)


def tril(m: ArrayLike, k: int = 0) -> ndarray:
    """Copy a matrix with zeros above a diagonal.

    Parameters
    ----------
    m
        Input; its last two axes are rows and columns.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return _tril(as_array(m), k)


def triu(m: ArrayLike, k: int = 0) -> ndarray:
    """Copy a matrix with zeros below a diagonal.

    Parameters
    ----------
    m
        Input; its last two axes are rows and columns.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    return _triu(as_array(m), k)


def diag(v: ArrayLike, k: int = 0) -> ndarray:
    """Make a matrix of its diagonal, or give the diagonal of a matrix.

    Parameters
    ----------
    v
        One axis: the diagonal; two: the matrix.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.diag(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    return _diag(as_array(v), k)
