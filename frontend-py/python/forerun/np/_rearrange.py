"""Elements repeated, reversed, turned, rolled; borders added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, Axes, ShapeLike
from forerun.np._convert import as_array, as_axes, as_shape, write_to

__all__ = ["flip", "fliplr", "flipud", "pad", "repeat", "roll", "rot90", "tile"]

_flip = _core.op("flip")
_pad = _core.op("pad")
_repeat = _core.op("repeat")
_roll = _core.op("roll")
_rot90 = _core.op("rot90")
_tile = _core.op("tile")


def tile(A: ArrayLike, reps: ShapeLike) -> ndarray:
    """Repeat a whole array along its axes.

    Parameters
    ----------
    A
        Input.
    reps
        How often along each axis; an int stands for the last.

    Examples
    --------
    >>> np.tile(np.array([1.0, 2.0]), 2)
    array([1., 2., 1., 2.])
    """
    times = as_shape(reps)
    return _tile(as_array(A), (times,) if isinstance(times, int) else times)


def repeat(
    a: ArrayLike, repeats: int | Sequence[int] | ndarray, axis: int | None = None
) -> ndarray:
    """Repeat each element along an axis.

    Parameters
    ----------
    a
        Input.
    repeats
        How often: one number, or one for each element.
    axis
        The axis; the input is flattened when None.

    Examples
    --------
    >>> np.repeat(np.array([1.0, 2.0]), 2)
    array([1., 1., 2., 2.])
    """
    each: Any = repeats.tolist() if isinstance(repeats, ndarray) else repeats
    return _repeat(as_array(a), as_shape(each), axis)


def flip(m: ArrayLike, axis: Axes = None, out: ndarray | None = None) -> ndarray:
    """View with the elements along axes in reverse.

    Parameters
    ----------
    m
        Input.
    axis
        Axis or axes to reverse; all when None.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.flip(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    y = _flip(as_array(m), as_axes(axis))
    return y if out is None else write_to(out, y)


def flipud(m: ArrayLike) -> ndarray:
    """View with the rows in reverse.

    Parameters
    ----------
    m
        Input.

    Examples
    --------
    >>> np.flipud(np.array([[1.0], [2.0]]))
    array([[2.],
           [1.]])
    """
    return flip(m, 0)


def fliplr(m: ArrayLike) -> ndarray:
    """View with the columns in reverse.

    Parameters
    ----------
    m
        Input.

    Examples
    --------
    >>> np.fliplr(np.array([[1.0, 2.0]]))
    array([[2., 1.]])
    """
    return flip(m, 1)


def rot90(m: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> ndarray:
    """View turned by quarter turns in the plane of two axes.

    Parameters
    ----------
    m
        Input.
    k
        How many quarter turns, from the first axis towards the second.
    axes
        The plane.

    Examples
    --------
    >>> np.rot90(np.array([[1.0, 2.0]]))
    array([[2.],
           [1.]])
    """
    return _rot90(as_array(m), k, tuple(axes))


def roll(a: ArrayLike, shift: int | Sequence[int], axis: Axes = None) -> ndarray:
    """Move the elements along axes; what leaves at one end enters at the other.

    Parameters
    ----------
    a
        Input.
    shift
        How far, along each axis.
    axis
        Axis or axes; the flattened input when None.

    Examples
    --------
    >>> np.roll(np.array([1.0, 2.0, 3.0]), 1)
    array([3., 1., 2.])
    """
    return _roll(as_array(a), as_shape(shift), as_axes(axis))


def pad(
    x: ArrayLike,
    pad_width: int | Sequence[Any],
    mode: str = "constant",
    *,
    constant_values: float = 0,
) -> ndarray:
    """Add elements before and after those along each axis.

    Parameters
    ----------
    x
        Input.
    pad_width
        How many: for all axes, ``(before, after)``, or a pair for each axis.
    mode
        ``"constant"``, ``"edge"``, ``"reflect"``, ``"symmetric"`` or ``"wrap"``.
    constant_values
        The value in the constant mode.

    Examples
    --------
    >>> np.pad(np.array([1.0, 2.0]), 1)
    array([0., 1., 2., 0.])
    """
    x = as_array(x)
    widths = numpy.broadcast_to(numpy.asarray(pad_width, "int64"), (x.ndim, 2))
    return _pad(x, widths.reshape(-1).tolist(), mode, constant_values)
