"""Numbers each as likely as the others: in an interval, or whole."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_shape, write_to
from forerun.np._dtype import dtype_name
from forerun.np.random._generator import Parameter, draw

__all__ = ["rand", "randint", "random", "random_sample", "uniform"]

_integers = _core.op("random_integers")
_uniform = _core.op("random_uniform")


def uniform(
    low: Parameter = 0.0,
    high: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers spread evenly over an interval.

    Parameters
    ----------
    low, high
        The interval, without `high` itself: numbers or arrays.
    size
        Shape of the result; one number, or the shape of the parameters, when None.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.random.uniform(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_uniform, (low, high), size, dtype, ctx or device, out)


def rand(
    *size: int,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    device: Device | None = None,
) -> ndarray:
    """Numbers spread evenly between 0 and 1.

    Parameters
    ----------
    *size
        Lengths of the axes.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.random.rand(2, 3).shape
    (2, 3)
    """
    return uniform(0.0, 1.0, size, dtype, ctx, device=device)


def random(size: ShapeLike | None = None, dtype: DTypeLike | None = None) -> ndarray:
    """Numbers spread evenly between 0 and 1.

    Parameters
    ----------
    size
        Shape of the result; one number when None.
    dtype
        Element type, float32 when omitted.

    Examples
    --------
    >>> np.random.random(3).shape
    (3,)
    """
    return uniform(0.0, 1.0, size, dtype)


def randint(
    low: int,
    high: int | None = None,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Whole numbers, each as likely as the others.

    Parameters
    ----------
    low, high
        From `low` up to, but not including, `high`; from 0 up to `low` without `high`.
    size
        Shape of the result; one number when None.
    dtype
        Element type, int64 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> bool((np.random.randint(3, size=10) < 3).all())
    True
    """
    low, high = (0, low) if high is None else (low, high)
    if low >= high:
        fact = f"randint: low {low} is not below high {high}"
        raise ValueError(fact)
    name = "int64" if dtype is None else dtype_name(dtype)
    shape = () if size is None else as_shape(size)
    y = _integers(int(low), int(high), shape, name, device_id(ctx, device))
    return y if out is None else write_to(out, y)


random_sample = random
