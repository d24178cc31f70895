"""Reductions over axes that pass over NaN."""

from __future__ import annotations

import math

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, Axes, DTypeLike
from forerun.np._convert import as_array, as_axes, write_to
from forerun.np._dtype import dtype_name
from forerun.np._reduce import max, min, sum

__all__ = ["nanmax", "nanmean", "nanmin", "nanprod", "nansum"]

_isnan = _core.op("isnan")
_logical_not = _core.op("logical_not")
_nansum = _core.op("nansum")
_prod = _core.op("prod")
_where = _core.op("where")


def nansum(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Sum of the elements over axes, with NaN as zero.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    dtype
        Element type of the result; integers are summed as int64 when omitted.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.nansum(np.array([1.0, np.nan]))
    array(1.)
    """
    y = _nansum(
        a if type(a) is ndarray else as_array(a),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
    )
    return y if out is None else write_to(out, y)


def nanprod(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Product of the elements over axes, with NaN as one.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    dtype
        Element type of the result; integers are multiplied as int64 when omitted.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.nanprod(np.array([2.0, np.nan]))
    array(2.)
    """
    y = _prod(
        _nan_as(as_array(a), 1),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
    )
    return y if out is None else write_to(out, y)


def nanmax(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """Largest element over axes, passing over NaN.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.nanmax(np.array([1.0, np.nan]))
    array(1.)
    """
    return max(_nan_as(as_array(a), -math.inf), axis, out, keepdims)


def nanmin(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """Smallest element over axes, passing over NaN.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.nanmin(np.array([1.0, np.nan]))
    array(1.)
    """
    return min(_nan_as(as_array(a), math.inf), axis, out, keepdims)


def nanmean(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Mean of the elements over axes, passing over NaN.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    dtype
        Element type of the result; integers give float32.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.nanmean(np.array([1.0, 3.0, np.nan]))
    array(2.)
    """
    a = as_array(a)
    n_numbers = sum(_logical_not(_isnan(a)), axis, None, None, keepdims)
    y = nansum(a, axis, dtype, None, keepdims) / n_numbers
    return y if out is None else write_to(out, y)


def _nan_as(a: ndarray, number: float) -> ndarray:
    """Put a number in the place of each NaN; integers have none."""
    return _where(_isnan(a), number, a) if a.dtype.kind in "fcV" else a
