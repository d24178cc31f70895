"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_arrays, write_to

__all__ = [
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "outer",
    "tensordot",
    "vdot",
]

_conjugate = _core.op("conjugate")
_dot = _core.op("dot")
_einsum = _core.op("einsum")
_inner = _core.op("inner")
_kron = _core.op("kron")
_matmul = _core.op("matmul")
_outer = _core.op("outer")
_stack = _core.op("stack")
_tensordot = _core.op("tensordot")
_vdot = _core.op("vdot")


def dot(a: ArrayLike, b: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Sum of products over the last axis of `a` and the last but one of `b`.

    Parameters
    ----------
    a, b
        Vectors, matrices, stacks of them, or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array(11.)
    """
    y = _dot(
        a if type(a) is ndarray else as_array(a),
        b if type(b) is ndarray else as_array(b),
    )
    return y if out is None else write_to(out, y)


def matmul(a: ArrayLike, b: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Product of matrices; the axes before the last two are broadcast.

    Parameters
    ----------
    a, b
        Matrices, stacks of them, or vectors.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.matmul(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    y = _matmul(
        a if type(a) is ndarray else as_array(a),
        b if type(b) is ndarray else as_array(b),
    )
    return y if out is None else write_to(out, y)


def inner(a: ArrayLike, b: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Sum of products over the last axes of two arrays.

    Parameters
    ----------
    a, b
        Inputs, with equal last axes.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array(11.)
    """
    y = _inner(as_array(a), as_array(b))
    return y if out is None else write_to(out, y)


def outer(a: ArrayLike, b: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Products of each element of one vector with each of another.

    Parameters
    ----------
    a, b
        Inputs, which are flattened.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.outer(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    """
    y = _outer(as_array(a), as_array(b))
    return y if out is None else write_to(out, y)


def vdot(a: ArrayLike, b: ArrayLike) -> ndarray:
    """Sum of products of two flattened arrays, the first one conjugated.

    Parameters
    ----------
    a, b
        Inputs.

    Examples
    --------
    >>> np.vdot(np.ones((2, 2)), np.ones((2, 2)))
    array(4.)
    """
    a, b = as_array(a).reshape(-1), as_array(b).reshape(-1)
    return _dot(_conjugate(a), b) if a.dtype.kind == "c" else _vdot(a, b)


def tensordot(
    a: ArrayLike, b: ArrayLike, axes: int | Sequence[int | Sequence[int]] = 2
) -> ndarray:
    """Sum of products over given axes of two arrays.

    Parameters
    ----------
    a, b
        Inputs.
    axes
        How many of the last axes of `a` and first axes of `b`, or the axes of each.

    Examples
    --------
    >>> np.tensordot(np.ones((2, 3)), np.ones((3, 4)), 1).shape
    (2, 4)
    """
    summed = axes
    if not isinstance(axes, int):
        summed = [(i,) if isinstance(i, int) else tuple(i) for i in axes]
    return _tensordot(as_array(a), as_array(b), summed)


def einsum(
    subscripts: str,
    *operands: ArrayLike,
    out: ndarray | None = None,
    optimize: Any = False,  # noqa: ANN401
) -> ndarray:
    """Sum of products in Einstein's notation.

    Parameters
    ----------
    subscripts
        A letter for each axis of each input, then ``->`` and those of the result.
    *operands
        Inputs.
    out
        Array that receives the result; a new one when omitted.
    optimize
        Taken as NumPy does, without effect.

    Examples
    --------
    >>> np.einsum("ij,j->i", np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    y = _einsum(subscripts, as_arrays(operands))
    return y if out is None else write_to(out, y)


def kron(a: ArrayLike, b: ArrayLike) -> ndarray:
    """Kronecker product: each element of `a` times the whole of `b`, as blocks.

    Parameters
    ----------
    a, b
        Inputs.

    Examples
    --------
    >>> np.kron(np.array([1.0, 10.0]), np.array([1.0, 2.0]))
    array([ 1.,  2., 10., 20.])
    """
    return _kron(as_array(a), as_array(b))


def cross(a: ArrayLike, b: ArrayLike, axis: int = -1) -> ndarray:
    """Cross product of vectors of three elements.

    Parameters
    ----------
    a, b
        Inputs.
    axis
        Axis of the vectors.

    Examples
    --------
    >>> np.cross(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    array([0., 0., 1.])
    """
    a, b = as_array(a).moveaxis(axis, -1), as_array(b).moveaxis(axis, -1)
    if a.shape[-1:] != (3,) or b.shape[-1:] != (3,):
        fact = f"cross: vectors have 3 elements, not {a.shape[-1]} and {b.shape[-1]}"
        raise ValueError(fact)
    x = [a[..., i] for i in range(3)]
    y = [b[..., i] for i in range(3)]
    parts = [x[i - 2] * y[i - 1] - x[i - 1] * y[i - 2] for i in range(3)]
    return _stack(parts, -1).moveaxis(-1, axis)
