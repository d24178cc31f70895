"""Shapes: those of other arrays, flattened ones, a shape as an array."""

from __future__ import annotations

import math

from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.device import Device
from forerun.np._convert import as_array
from forerun.np._create import array
from forerun.np._range import arange

__all__ = [
    "arange_like",
    "batch_flatten",
    "broadcast_like",
    "reshape_like",
    "shape_array",
]


def batch_flatten(data: ArrayLike) -> ndarray:
    """View with all axes but the first as one.

    Parameters
    ----------
    data
        Input.

    Examples
    --------
    >>> npx.batch_flatten(np.ones((2, 3, 4))).shape
    (2, 12)
    """
    data = as_array(data)
    return data.reshape(data.shape[0], math.prod(data.shape[1:]))


def reshape_like(
    lhs: ArrayLike,
    rhs: ArrayLike,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> ndarray:
    """Give an array the shape of another, or some axes those of another.

    Parameters
    ----------
    lhs
        Input.
    rhs
        The other array.
    lhs_begin, lhs_end
        Axes of the input that are replaced; all when None.
    rhs_begin, rhs_end
        Axes of the other array that replace them; all when None.

    Examples
    --------
    >>> npx.reshape_like(np.arange(4), np.ones((2, 2))).shape
    (2, 2)
    """
    lhs, rhs = as_array(lhs), as_array(rhs)
    replaced = slice(lhs_begin, lhs_end).indices(lhs.ndim)
    shape = list(lhs.shape)
    shape[replaced[0] : replaced[1]] = rhs.shape[rhs_begin:rhs_end]
    return lhs.reshape(shape)


def broadcast_like(lhs: ArrayLike, rhs: ArrayLike) -> ndarray:
    """View that repeats the elements to fill the shape of another array.

    Parameters
    ----------
    lhs
        Input.
    rhs
        The other array.

    Examples
    --------
    >>> npx.broadcast_like(np.ones(2), np.ones((3, 2))).shape
    (3, 2)
    """
    return as_array(lhs).broadcast_to(as_array(rhs).shape)


def arange_like(
    data: ArrayLike,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: Device | None = None,
    axis: int | None = None,
) -> ndarray:
    """Count as many numbers as an array, or one axis of it, has.

    Parameters
    ----------
    data
        The array.
    start, step
        First number, and from one to the next.
    repeat
        How often each number comes.
    ctx
        Where to put the result; beside the array when omitted.
    axis
        The axis; without one the result has the shape of the array.

    Examples
    --------
    >>> npx.arange_like(np.ones((2, 3)), axis=1)
    array([0., 1., 2.])
    """
    data = as_array(data)
    n = data.size if axis is None else data.shape[axis]
    numbers = arange(-(-n // repeat), ctx=ctx or data.ctx) * step + start
    counted = numbers.repeat(repeat)[:n]
    return counted.reshape(data.shape) if axis is None else counted


def shape_array(data: ArrayLike) -> ndarray:
    """Shape of an array, as an array.

    Parameters
    ----------
    data
        The array.

    Examples
    --------
    >>> npx.shape_array(np.ones((2, 3)))
    array([2, 3], dtype=int64)
    """
    return array(as_array(data).shape, "int64")
