"""Elements picked by position: taking, finding, counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operand, write_to

__all__ = [
    "argwhere",
    "bincount",
    "delete",
    "diagonal",
    "extract",
    "flatnonzero",
    "insert",
    "nonzero",
    "put_along_axis",
    "take",
    "take_along_axis",
    "trace",
    "unravel_index",
]

_bincount = _core.op("bincount")
_diagonal = _core.op("diagonal")
_nonzero = _core.op("nonzero")
_put_along_axis = _core.op("put_along_axis")
_stack = _core.op("stack")
_take = _core.op("take")
_take_along_axis = _core.op("take_along_axis")


def take(
    a: ArrayLike,
    indices: ArrayLike,
    axis: int | None = None,
    mode: str = "raise",
    out: ndarray | None = None,
) -> ndarray:
    """Pick elements, rows, ... by position.

    Parameters
    ----------
    a
        Input.
    indices
        Positions along the axis.
    axis
        The axis; the flattened input when None.
    mode
        What a position outside does: ``"raise"`` fails, ``"clip"`` and ``"wrap"``
        move it in.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.take(np.array([3.0, 4.0, 5.0]), np.array([2, 0]))
    array([5., 3.])
    """
    a = as_array(a)
    if axis is None:
        a, axis = a.reshape(-1), 0
    y = _take(a, _as_positions(indices), axis, mode)
    return y if out is None else write_to(out, y)


def _as_positions(indices: ArrayLike) -> ndarray:
    """Give positions as an array of integers."""
    if isinstance(indices, ndarray):
        return indices if indices.dtype.kind in "iu" else indices.astype("int64")
    return as_array(numpy.asarray(indices).astype("int64"))


def take_along_axis(arr: ArrayLike, indices: ArrayLike, axis: int | None) -> ndarray:
    """Pick one element for each position of an array, along an axis.

    Parameters
    ----------
    arr
        Input.
    indices
        Positions along the axis, such as `argsort` gives.
    axis
        The axis; the flattened input when None.

    Examples
    --------
    >>> x = np.array([3.0, 1.0, 2.0])
    >>> np.take_along_axis(x, np.argsort(x), 0)
    array([1., 2., 3.])
    """
    arr = as_array(arr)
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    return _take_along_axis(arr, _as_positions(indices), axis)


def put_along_axis(
    arr: ndarray, indices: ArrayLike, values: ArrayLike, axis: int | None
) -> None:
    """Write one element for each position of an array, along an axis.

    Parameters
    ----------
    arr
        Array to write to.
    indices
        Positions along the axis.
    values
        What to write.
    axis
        The axis; all elements in order when None.

    Examples
    --------
    >>> x = np.zeros((2, 2))
    >>> np.put_along_axis(x, np.array([[1], [0]]), 5, 1)
    >>> x
    array([[0., 5.],
           [5., 0.]])
    """
    _put_along_axis(arr, _as_positions(indices), as_operand(values), axis)


def nonzero(a: ArrayLike) -> tuple[ndarray, ...]:
    """Positions of the elements that are not zero, by axis; waits for `a`.

    Parameters
    ----------
    a
        Input.

    Examples
    --------
    >>> np.nonzero(np.array([1.0, 0.0, 2.0]))
    (array([0, 2], dtype=int64),)
    """
    return tuple(_nonzero(as_array(a)))


def flatnonzero(a: ArrayLike) -> ndarray:
    """Flat positions of the elements that are not zero; waits for `a`.

    Parameters
    ----------
    a
        Input.

    Examples
    --------
    >>> np.flatnonzero(np.array([1.0, 0.0, 2.0]))
    array([0, 2], dtype=int64)
    """
    return nonzero(as_array(a).reshape(-1))[0]


def argwhere(a: ArrayLike) -> ndarray:
    """Positions of the elements that are not zero, one row for each; waits for `a`.

    Parameters
    ----------
    a
        Input.

    Examples
    --------
    >>> np.argwhere(np.array([[0.0, 1.0]]))
    array([[0, 1]], dtype=int64)
    """
    return _stack(list(nonzero(a)), 1)


def extract(condition: ArrayLike, arr: ArrayLike) -> ndarray:
    """Pick the elements where a condition holds; waits for the condition.

    Parameters
    ----------
    condition
        True (not zero) where an element is wanted.
    arr
        Input.

    Examples
    --------
    >>> x = np.array([1.0, -1.0])
    >>> np.extract(x > 0, x)
    array([1.])
    """
    return as_array(arr).reshape(-1)[flatnonzero(condition)]


def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> ndarray:
    """Give the diagonal of a matrix.

    Parameters
    ----------
    a
        Input.
    offset
        Which diagonal: 0 for the main one, positive for those above.
    axis1, axis2
        Axes of the rows and of the columns.

    Examples
    --------
    >>> np.diagonal(np.eye(2))
    array([1., 1.])
    """
    return _diagonal(as_array(a), offset, axis1, axis2)


def trace(
    a: ArrayLike,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    out: ndarray | None = None,
) -> ndarray:
    """Sum of the diagonal of a matrix.

    Parameters
    ----------
    a
        Input.
    offset
        Which diagonal: 0 for the main one, positive for those above.
    axis1, axis2
        Axes of the rows and of the columns.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.trace(np.eye(3))
    array(3.)
    """
    y = diagonal(a, offset, axis1, axis2).sum(axis=-1)
    return y if out is None else write_to(out, y)


def bincount(
    x: ArrayLike, weights: ArrayLike | None = None, minlength: int = 0
) -> ndarray:
    """Count how often each whole number occurs; waits for `x`.

    Parameters
    ----------
    x
        Whole numbers, not negative.
    weights
        What each of them counts; 1 when None.
    minlength
        Least length of the result.

    Examples
    --------
    >>> np.bincount(np.array([0, 2, 2], dtype="int32"))
    array([1, 0, 2], dtype=int64)
    """
    counted = None if weights is None else as_array(weights)
    return _bincount(_as_positions(x), counted, minlength)


def unravel_index(indices: ArrayLike, shape: Sequence[int]) -> tuple[ndarray, ...]:
    """Turn positions in a flattened array into positions along each axis.

    Parameters
    ----------
    indices
        Positions in the flattened array.
    shape
        Its shape before it was flattened.

    Examples
    --------
    >>> np.unravel_index(np.array([4], dtype="int64"), (2, 3))
    (array([1], dtype=int64), array([1], dtype=int64))
    """
    rest, found = _as_positions(indices), []
    for length in reversed(shape):
        found.append(rest % length)
        rest = rest // length
    return tuple(reversed(found))


def delete(
    arr: ArrayLike, obj: int | slice | Sequence[int] | ndarray, axis: int | None = None
) -> ndarray:
    """Leave out elements, rows, ... by position.

    Parameters
    ----------
    arr
        Input.
    obj
        Positions along the axis; waits for them if they are an array.
    axis
        The axis; the flattened input when None.

    Examples
    --------
    >>> np.delete(np.array([1.0, 2.0, 3.0]), 1)
    array([1., 3.])
    """
    arr = as_array(arr)
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    left_out: Any = obj.asnumpy() if isinstance(obj, ndarray) else obj
    kept = numpy.delete(numpy.arange(arr.shape[axis]), left_out)
    return _take(arr, as_array(kept), axis, "raise")


def insert(
    arr: ArrayLike, obj: int, values: ArrayLike, axis: int | None = None
) -> ndarray:
    """Put elements, rows, ... before a position.

    Parameters
    ----------
    arr
        Input.
    obj
        The position along the axis.
    values
        What to put there; broadcast to the other axes.
    axis
        The axis; the flattened input when None.

    Examples
    --------
    >>> np.insert(np.array([1.0, 3.0]), 1, 2.0)
    array([1., 2., 3.])
    """
    arr = as_array(arr)
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    front = (slice(None),) * (axis % arr.ndim)
    new = as_array(values).astype(arr.dtype)
    lengths = list(arr.shape)
    lengths[axis] = new.shape[axis] if new.ndim == arr.ndim else 1
    parts = [
        arr[(*front, slice(0, obj))],
        new.broadcast_to(tuple(lengths)),
        arr[(*front, slice(obj, None))],
    ]
    return _core.op("concatenate")(parts, axis)
