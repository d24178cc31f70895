"""Reductions over axes, and running sums and products."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, Axes, DTypeLike
from forerun.np._convert import as_array, as_axes, write_to
from forerun.np._dtype import dtype_name

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "logsumexp",
    "max",
    "min",
    "prod",
    "ptp",
    "sum",
]

_all = _core.op("all")
_any = _core.op("any")
_argmax = _core.op("argmax")
_argmin = _core.op("argmin")
_cumprod = _core.op("cumprod")
_cumsum = _core.op("cumsum")
_logsumexp = _core.op("logsumexp")
_max = _core.op("max")
_min = _core.op("min")
_not_equal = _core.op("not_equal")
_prod = _core.op("prod")
_sum = _core.op("sum")


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


amax = max
amin = min
