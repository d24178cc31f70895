"""Reductions over axes, and running sums and products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.np._convert import as_array, as_axes, write_to
from forerun.np._dtype import dtype_name

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "average",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "median",
    "min",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nansum",
    "percentile",
    "prod",
    "ptp",
    "quantile",
    "std",
    "sum",
    "var",
]

Axes: TypeAlias = "int | Sequence[int] | None"

_all = _core.op("all")
_any = _core.op("any")
_argmax = _core.op("argmax")
_argmin = _core.op("argmin")
_cumprod = _core.op("cumprod")
_cumsum = _core.op("cumsum")
_isnan = _core.op("isnan")
_logical_not = _core.op("logical_not")
_logsumexp = _core.op("logsumexp")
_max = _core.op("max")
_mean = _core.op("mean")
_min = _core.op("min")
_nansum = _core.op("nansum")
_not_equal = _core.op("not_equal")
_prod = _core.op("prod")
_quantile = _core.op("quantile")
_std = _core.op("std")
_sum = _core.op("sum")
_var = _core.op("var")
_where = _core.op("where")


def sum(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Sum of the elements over axes.

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
    >>> np.sum(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([4., 6.])
    """
    y = _sum(
        a if type(a) is ndarray else as_array(a),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
    )
    return y if out is None else write_to(out, y)


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


def prod(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Product of the elements over axes.

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
    >>> np.prod(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([3., 8.])
    """
    y = _prod(
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


def mean(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Mean of the elements over axes.

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
    >>> np.mean(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([2., 3.])
    """
    y = _mean(
        a if type(a) is ndarray else as_array(a),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
    )
    return y if out is None else write_to(out, y)


def var(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> ndarray:
    """Variance of the elements over axes.

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
    ddof
        Subtracted from the count that the sum of squares is divided by.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.var(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([1., 1.])
    """
    y = _var(
        a if type(a) is ndarray else as_array(a),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
        ddof,
    )
    return y if out is None else write_to(out, y)


def std(
    a: ArrayLike,
    axis: Axes = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> ndarray:
    """Standard deviation of the elements over axes.

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
    ddof
        Subtracted from the count that the sum of squares is divided by.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.std(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([1., 1.])
    """
    y = _std(
        a if type(a) is ndarray else as_array(a),
        as_axes(axis),
        keepdims,
        None if dtype is None else dtype_name(dtype),
        ddof,
    )
    return y if out is None else write_to(out, y)


def max(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """Largest element over axes; NaN if there is one.

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
    >>> np.max(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([3., 4.])
    """
    y = _max(a if type(a) is ndarray else as_array(a), as_axes(axis), keepdims)
    return y if out is None else write_to(out, y)


def min(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """Smallest element over axes; NaN if there is one.

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
    >>> np.min(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([1., 2.])
    """
    y = _min(a if type(a) is ndarray else as_array(a), as_axes(axis), keepdims)
    return y if out is None else write_to(out, y)


def all(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """True where all elements over axes are true (not zero).

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
    >>> np.all(np.array([1.0, 0.0]))
    array(False)
    """
    y = _all(a if type(a) is ndarray else as_array(a), as_axes(axis), keepdims)
    return y if out is None else write_to(out, y)


def any(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """True where any element over axes is true (not zero).

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
    >>> np.any(np.array([1.0, 0.0]))
    array(True)
    """
    y = _any(a if type(a) is ndarray else as_array(a), as_axes(axis), keepdims)
    return y if out is None else write_to(out, y)


def argmax(
    a: ArrayLike,
    axis: int | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Position of the first largest element.

    Parameters
    ----------
    a
        Input.
    axis
        Axis to search along; the flattened input when None.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.argmax(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    array([1, 1], dtype=int64)
    """
    y = _argmax(a if type(a) is ndarray else as_array(a), axis, keepdims)
    return y if out is None else write_to(out, y)


def argmin(
    a: ArrayLike,
    axis: int | None = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Position of the first smallest element.

    Parameters
    ----------
    a
        Input.
    axis
        Axis to search along; the flattened input when None.
    out
        Array that receives the result; a new one when omitted.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.argmin(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    array([0, 0], dtype=int64)
    """
    y = _argmin(a if type(a) is ndarray else as_array(a), axis, keepdims)
    return y if out is None else write_to(out, y)


def cumsum(
    a: ArrayLike,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
) -> ndarray:
    """Running sum along an axis.

    Parameters
    ----------
    a
        Input.
    axis
        Axis to go along; the flattened input when None.
    dtype
        Element type of the result; integers are summed as int64 when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.cumsum(np.array([1.0, 2.0, 3.0]))
    array([1., 3., 6.])
    """
    y = _cumsum(
        a if type(a) is ndarray else as_array(a),
        axis,
        None if dtype is None else dtype_name(dtype),
    )
    return y if out is None else write_to(out, y)


def cumprod(
    a: ArrayLike,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    out: ndarray | None = None,
) -> ndarray:
    """Running product along an axis.

    Parameters
    ----------
    a
        Input.
    axis
        Axis to go along; the flattened input when None.
    dtype
        Element type of the result; integers are multiplied as int64 when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.cumprod(np.array([1.0, 2.0, 3.0]))
    array([1., 2., 6.])
    """
    y = _cumprod(
        a if type(a) is ndarray else as_array(a),
        axis,
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


def average(
    a: ArrayLike,
    axis: Axes = None,
    weights: ArrayLike | None = None,
    returned: bool = False,
    out: ndarray | None = None,
) -> ndarray | tuple[ndarray, ndarray]:
    """Weighted mean of the elements over axes.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    weights
        Shape of `a`, or its length along one axis; all equal when None.
    returned
        Whether to return the sum of the weights, too.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.average(np.array([1.0, 3.0]), weights=np.array([3.0, 1.0]))
    array(1.5)
    """
    a = as_array(a)
    w = as_array(1.0 if weights is None else weights)
    if w.ndim == 1 and w.shape != a.shape and isinstance(axis, int):
        lengths = [1] * a.ndim
        lengths[axis] = -1
        w = w.reshape(lengths)
    w = w.broadcast_to(a.shape)
    total = sum(w, axis)
    y = sum(a * w, axis) / total
    y = y if out is None else write_to(out, y)
    return (y, total) if returned else y


def ptp(
    a: ArrayLike, axis: Axes = None, out: ndarray | None = None, keepdims: bool = False
) -> ndarray:
    """Difference of the largest and the smallest element over axes.

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
    >>> np.ptp(np.array([1.0, 5.0, 3.0]))
    array(4.)
    """
    y = max(a, axis, None, keepdims) - min(a, axis, None, keepdims)
    return y if out is None else write_to(out, y)


def count_nonzero(a: ArrayLike, axis: Axes = None, keepdims: bool = False) -> ndarray:
    """Count the elements over axes that are not zero.

    Parameters
    ----------
    a
        Input.
    axis
        Axis or axes to reduce; all when None.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.count_nonzero(np.array([1.0, 0.0, 2.0]))
    array(2, dtype=int64)
    """
    return _sum(_not_equal(as_array(a), 0), as_axes(axis), keepdims, "int64")


def logsumexp(a: ArrayLike, axis: Axes = None, keepdims: bool = False) -> ndarray:
    """``log(sum(exp(a)))`` over axes, without overflow.

    Parameters
    ----------
    a
        Input; integers are computed as float32.
    axis
        Axis or axes to reduce; all when None.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.logsumexp(np.array([1000.0]))
    array(1000.)
    """
    return _logsumexp(as_array(a), as_axes(axis), keepdims)


def median(
    a: ArrayLike,
    axis: Axes = None,
    out: ndarray | None = None,
    keepdims: bool = False,
) -> ndarray:
    """Middle of the sorted elements over axes, or the mean of the two middle ones.

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
    >>> np.median(np.array([1.0, 9.0, 2.0]))
    array(2.)
    """
    return quantile(a, 0.5, axis, out, keepdims=keepdims)


def percentile(
    a: ArrayLike,
    q: float | Sequence[float],
    axis: Axes = None,
    out: ndarray | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> ndarray:
    """Values below which given percentages of the elements over axes lie.

    Parameters
    ----------
    a
        Input.
    q
        Percentages, from 0 to 100.
    axis
        Axis or axes to reduce; all when None.
    out
        Array that receives the result; a new one when omitted.
    overwrite_input
        Taken as NumPy does, without effect.
    method
        What lies between two elements: ``"linear"``, ``"lower"``, ``"higher"``,
        ``"midpoint"`` or ``"nearest"``.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.percentile(np.array([1.0, 2.0, 3.0]), 50)
    array(2.)
    """
    parts = q / 100 if isinstance(q, int | float) else [part / 100 for part in q]
    return quantile(a, parts, axis, out, method=method, keepdims=keepdims)


def quantile(
    a: ArrayLike,
    q: float | Sequence[float],
    axis: Axes = None,
    out: ndarray | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> ndarray:
    """Values below which given parts of the elements over axes lie.

    Parameters
    ----------
    a
        Input.
    q
        Parts, from 0 to 1.
    axis
        Axis or axes to reduce; all when None.
    out
        Array that receives the result; a new one when omitted.
    overwrite_input
        Taken as NumPy does, without effect.
    method
        What lies between two elements: ``"linear"``, ``"lower"``, ``"higher"``,
        ``"midpoint"`` or ``"nearest"``.
    keepdims
        Whether reduced axes stay, with length 1.

    Examples
    --------
    >>> np.quantile(np.array([1.0, 2.0, 3.0]), [0.0, 0.5])
    array([1., 2.])
    """
    is_one = isinstance(q, int | float)
    parts = [float(part) for part in ([q] if isinstance(q, int | float) else q)]
    y = _quantile(as_array(a), parts, as_axes(axis), method, keepdims)
    y = y[0] if is_one else y
    return y if out is None else write_to(out, y)


amax = max
amin = min
