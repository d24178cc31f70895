"""Means, variances and quantiles over axes."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, Axes, DTypeLike
from forerun.np._convert import as_array, as_axes, write_to
from forerun.np._dtype import dtype_name
from forerun.np._reduce import sum

__all__ = ["average", "mean", "median", "percentile", "quantile", "std", "var"]

_mean = _core.op("mean")
_quantile = _core.op("quantile")
_std = _core.op("std")
_var = _core.op("var")


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
