"""The larger or smaller of two elements, and elements held between bounds."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operand, as_operands, write_to

__all__ = ["clip", "fmax", "fmin", "maximum", "minimum"]

_clip = _core.op("clip")
_fmax = _core.op("fmax")
_fmin = _core.op("fmin")
_maximum = _core.op("maximum")
_minimum = _core.op("minimum")


def maximum(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Larger of each pair of elements; NaN where either is.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.maximum(np.array([1.0, 3.0]), 2)
    array([2., 3.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _maximum(x1, x2)
    return y if out is None else write_to(out, y)


def minimum(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Smaller of each pair of elements; NaN where either is.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.minimum(np.array([1.0, 3.0]), 2)
    array([1., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _minimum(x1, x2)
    return y if out is None else write_to(out, y)


def fmax(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Larger of each pair of elements; a NaN is passed over.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fmax(np.array([1.0, np.nan]), 2)
    array([2., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _fmax(x1, x2)
    return y if out is None else write_to(out, y)


def fmin(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Smaller of each pair of elements; a NaN is passed over.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fmin(np.array([1.0, np.nan]), 2)
    array([1., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _fmin(x1, x2)
    return y if out is None else write_to(out, y)


def clip(
    a: ArrayLike,
    a_min: ArrayLike | None = None,
    a_max: ArrayLike | None = None,
    out: ndarray | None = None,
    *,
    min: ArrayLike | None = None,
    max: ArrayLike | None = None,
) -> ndarray:
    """Limit each element to an interval.

    Parameters
    ----------
    a
        Input.
    a_min, a_max
        Bounds: numbers or arrays; None for no bound.
    out
        Array that receives the result; a new one when omitted.
    min, max
        Other names of the bounds.

    Examples
    --------
    >>> np.clip(np.array([-1.0, 0.5, 2.0]), 0, 1)
    array([0. , 0.5, 1. ])
    """
    a = as_array(a)
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    bounds = (None if bound is None else as_operand(bound) for bound in (low, high))
    y = _clip(a, *bounds)
    return y if out is None else write_to(out, y)
