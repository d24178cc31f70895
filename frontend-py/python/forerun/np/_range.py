"""New arrays of numbers counted up, and of the coordinates of grids."""

from __future__ import annotations

import math
from typing import Any, Literal, overload

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, as_shape, from_host
from forerun.np._dtype import default_float, dtype_name, has_numpy_defaults

__all__ = ["arange", "indices", "linspace", "logspace", "meshgrid"]

_arange = _core.op("arange")
_astype = _core.op("astype")
_linspace = _core.op("linspace")
_meshgrid = _core.op("meshgrid")


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Count from `start` up to, but not including, `stop`.

    Parameters
    ----------
    start
        First number; 0 when it is the only argument, which then is `stop`.
    stop
        Where to end.
    step
        From one number to the next.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.arange(3)
    array([0., 1., 2.])
    >>> np.arange(1, 6, 2, dtype="int32")
    array([1, 3, 5], dtype=int32)
    """
    if stop is None:
        start, stop = 0, start
    start, stop, step = (_as_number(number) for number in (start, stop, step))
    if dtype is None:
        is_int = all(isinstance(number, int) for number in (start, stop, step))
        name = "int64" if is_int and has_numpy_defaults() else default_float()
    else:
        name = dtype_name(dtype)
    return _arange(start, stop, step, name, device_id(ctx, device))


def _as_number(x: Any) -> int | float:  # noqa: ANN401
    """Give the Python number that `x` is; waits if it is an array."""
    if isinstance(x, int | float):
        return x
    number: int | float = x.item()
    return number


@overload
def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    retstep: Literal[False] = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray: ...
@overload
def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    *,
    retstep: Literal[True],
    dtype: DTypeLike | None = None,
    axis: int = 0,
    ctx: Device | None = None,
    device: Device | None = None,
) -> tuple[ndarray, float]: ...
def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray | tuple[ndarray, float]:
    """Give evenly spaced numbers between two ends.

    Parameters
    ----------
    start, stop
        The ends.
    num
        How many numbers.
    endpoint
        Whether `stop` is among them.
    retstep
        Whether to return the distance between them, too.
    dtype
        Element type, float32 when omitted.
    axis
        Only 0 exists, as the ends are numbers.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.linspace(0, 1, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    start, stop = _as_number(start), _as_number(stop)
    name = default_float() if dtype is None else dtype_name(dtype)
    y = _linspace(start, stop, num, endpoint, name, device_id(ctx, device))
    if not retstep:
        return y
    n_steps = num - 1 if endpoint else num
    return y, (stop - start) / n_steps if n_steps > 0 else math.nan


def logspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Give numbers evenly spaced on a logarithmic scale.

    Parameters
    ----------
    start, stop
        Exponents of the ends.
    num
        How many numbers.
    endpoint
        Whether the second end is among them.
    base
        What the exponents are of.
    dtype
        Element type, float32 when omitted.
    axis
        Only 0 exists, as the ends are numbers.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.logspace(0, 2, 3)
    array([  1.,  10., 100.])
    """
    name = default_float() if dtype is None else dtype_name(dtype)
    place = device_id(ctx, device)
    # In double precision, since rounding an exponent is a relative error of the power.
    exponents = _linspace(start, stop, num, endpoint, "float64", place)
    return _astype(base**exponents, name)


def meshgrid(
    *xi: ArrayLike, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> list[ndarray]:
    """Give the coordinates of a grid as one array for each axis.

    Parameters
    ----------
    *xi
        Coordinates along each axis.
    copy
        Whether the results have memory of their own.
    sparse
        Whether axes along which nothing changes have length 1.
    indexing
        ``"xy"``, where the first two axes change places, or ``"ij"``.

    Examples
    --------
    >>> x, y = np.meshgrid(np.arange(2), np.arange(3))
    >>> x
    array([[0., 1.],
           [0., 1.],
           [0., 1.]])
    """
    grids = _meshgrid([as_array(x).ravel() for x in xi], indexing, sparse)
    return [grid.copy() for grid in grids] if copy else list(grids)


def indices(
    dimensions: ShapeLike,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Give the positions of a grid: one array for each axis, stacked.

    Parameters
    ----------
    dimensions
        Shape of the grid.
    dtype
        Element type, int64 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.indices((2, 2))
    array([[[0, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [0, 1]]], dtype=int64)
    """
    shape = as_shape(dimensions)
    host = numpy.indices((shape,) if isinstance(shape, int) else shape)
    return from_host(host.astype(dtype_name(dtype or "int64")), device_id(ctx, device))
