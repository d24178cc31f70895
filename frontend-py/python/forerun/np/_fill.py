"""New arrays filled with one value."""

from __future__ import annotations

from typing import Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, as_shape
from forerun.np._dtype import default_float, dtype_name, has_numpy_defaults

__all__ = [
    "empty",
    "empty_like",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]

_full = _core.op("full")


def zeros(
    shape: ShapeLike = (),
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of zeros.

    Parameters
    ----------
    shape
        Its shape.
    dtype
        Element type, float32 when omitted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.zeros((2, 2))
    array([[0., 0.],
           [0., 0.]])
    """
    return _filled(shape, 0, dtype, ctx, device)


def ones(
    shape: ShapeLike = (),
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of ones.

    Parameters
    ----------
    shape
        Its shape.
    dtype
        Element type, float32 when omitted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.ones(3)
    array([1., 1., 1.])
    """
    return _filled(shape, 1, dtype, ctx, device)


def empty(
    shape: ShapeLike = (),
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array to be written to; its elements are zero until then.

    Parameters
    ----------
    shape
        Its shape.
    dtype
        Element type, float32 when omitted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.empty((2, 3)).shape
    (2, 3)
    """
    return _filled(shape, 0, dtype, ctx, device)


def full(
    shape: ShapeLike,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array with the same value everywhere.

    Parameters
    ----------
    shape
        Its shape.
    fill_value
        The value; an array is broadcast to the shape.
    dtype
        Element type; float32 when omitted, bool for a truth value.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.full(2, 7)
    array([7., 7.])
    """
    if isinstance(fill_value, bool | numpy.bool_) and dtype is None:
        dtype = "bool"
    if isinstance(fill_value, numpy.generic):
        fill_value = fill_value.item()
    is_number = isinstance(fill_value, int | float | complex)
    if isinstance(fill_value, complex) and dtype is None:
        dtype = "complex128" if has_numpy_defaults() else "complex64"
    y = _filled(shape, fill_value if is_number else 0, dtype, ctx, device)
    if not is_number:
        y[...] = as_array(fill_value)
    if out is None:
        return y
    out[...] = y
    return out


def _filled(
    shape: ShapeLike,
    value: Any,  # noqa: ANN401
    dtype: DTypeLike | None,
    ctx: Device | None,
    device: Device | None,
) -> ndarray:
    name = default_float() if dtype is None else dtype_name(dtype)
    return _full(as_shape(shape), value, name, device_id(ctx, device))


def zeros_like(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of zeros with the shape and dtype of another.

    Parameters
    ----------
    a
        The other array.
    dtype
        Element type, if another is wanted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; beside `a` when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.zeros_like(np.array([1.0, 2.0]))
    array([0., 0.])
    """
    return full_like(a, 0, dtype, order, ctx, out, device=device)


def ones_like(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of ones with the shape and dtype of another.

    Parameters
    ----------
    a
        The other array.
    dtype
        Element type, if another is wanted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; beside `a` when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.ones_like(np.array([5.0, 2.0]))
    array([1., 1.])
    """
    return full_like(a, 1, dtype, order, ctx, out, device=device)


def empty_like(
    prototype: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array to be written to, with the shape and dtype of another.

    Parameters
    ----------
    prototype
        The other array.
    dtype
        Element type, if another is wanted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; beside the other when omitted.

    Examples
    --------
    >>> np.empty_like(np.ones((2, 3))).shape
    (2, 3)
    """
    return full_like(prototype, 0, dtype, order, ctx, device=device)


def full_like(
    a: ArrayLike,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str = "C",
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of one value with the shape and dtype of another.

    Parameters
    ----------
    a
        The other array.
    fill_value
        The value.
    dtype
        Element type, if another is wanted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where to put it; beside `a` when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.full_like(np.zeros(2), 3)
    array([3., 3.])
    """
    a = as_array(a)
    place = ctx or device or Device("cpu", a._device_id())
    return full(a.shape, fill_value, dtype or a.dtype, order, place, out)
