"""New arrays from what exists: data, arrays, iterables, files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, from_host, new_array
from forerun.np._dtype import default_float, dtype_name

__all__ = [
    "array",
    "asarray",
    "ascontiguousarray",
    "astype",
    "copy",
    "from_dlpack",
    "fromiter",
    "genfromtxt",
    "may_share_memory",
    "shares_memory",
]

_astype = _core.op("astype")


def array(
    object: ArrayLike,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of data, which is copied.

    Parameters
    ----------
    object
        Numbers, nested sequences, arrays.
    dtype
        Element type. When omitted, that of an array, but float32 for float64 and for
        Python numbers; after ``npx.set_np(dtype=True)`` what NumPy would give.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.array([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    >>> np.array([1, 2], dtype="int32")
    array([1, 2], dtype=int32)
    """
    return new_array(object, dtype, ctx or device)


def asarray(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = None,
    *,
    ctx: Device | None = None,
    device: Device | None = None,
) -> ndarray:
    """Give `a` itself if it is such an array, else a new array of it.

    Parameters
    ----------
    a
        Numbers, nested sequences, arrays.
    dtype
        Element type; as for `array` when omitted.
    order
        Only the row-major order "C" exists.
    ctx, device
        Where it is to be.

    Examples
    --------
    >>> x = np.ones(2)
    >>> np.asarray(x) is x
    True
    """
    place = ctx or device
    if isinstance(a, ndarray):
        is_there = place is None or device_id(place) == a._device_id()
        if is_there and (dtype is None or a.dtype == dtype):
            return a
    return new_array(a, dtype, place)


def ascontiguousarray(a: ArrayLike, dtype: DTypeLike | None = None) -> ndarray:
    """Give an array whose elements lie one after the other, copied if need be.

    Parameters
    ----------
    a
        Input.
    dtype
        Element type, if another is wanted.

    Examples
    --------
    >>> np.ascontiguousarray(np.ones((2, 3)).T).shape
    (3, 2)
    """
    return asarray(a, dtype).copy()


def copy(a: ArrayLike, order: str = "C") -> ndarray:
    """Copy an array.

    Parameters
    ----------
    a
        Input.
    order
        Only the row-major order "C" exists.

    Examples
    --------
    >>> x = np.ones(2)
    >>> y = np.copy(x)
    >>> y[0] = 5
    >>> x
    array([1., 1.])
    """
    return a.copy() if isinstance(a, ndarray) else as_array(a)


def astype(
    a: ArrayLike,
    dtype: DTypeLike,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> ndarray:
    """Elements converted to another type.

    Parameters
    ----------
    a
        Input.
    dtype
        The type.
    order, casting, subok
        Taken as NumPy does, without effect.
    copy
        Whether to copy even if the type is the same.

    Examples
    --------
    >>> np.array([1.5]).astype("int32")
    array([1], dtype=int32)
    """
    a = as_array(a)
    if not copy and a.dtype == dtype:
        return a
    return _astype(a, dtype_name(dtype))


def fromiter(
    iterable: Iterable[complex],
    dtype: DTypeLike,
    count: int = -1,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make an array of the numbers that an iterable gives.

    Parameters
    ----------
    iterable
        Where the numbers come from.
    dtype
        Element type.
    count
        How many to take; all when -1.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.fromiter((i * i for i in range(3)), dtype="float32")
    array([0., 1., 4.])
    """
    host = numpy.fromiter(iterable, dtype_name(dtype), count)
    return from_host(host, device_id(ctx, device))


def from_dlpack(x: object) -> ndarray:
    """Take over an array of another library, without a copy where memory allows.

    Parameters
    ----------
    x
        Array with ``__dlpack__``, in memory of the host.

    Examples
    --------
    >>> import numpy
    >>> np.from_dlpack(numpy.ones(2, dtype="float32"))
    array([1., 1.])
    """
    return _core.from_dlpack(x)


def genfromtxt(
    fname: Any,  # noqa: ANN401
    dtype: DTypeLike | None = None,
    *args: Any,  # noqa: ANN401
    ctx: Device | None = None,
    device: Device | None = None,
    **kwargs: Any,  # noqa: ANN401
) -> ndarray:
    """Read an array from text; NumPy's function of this name does it.

    Parameters
    ----------
    fname
        File, path, or lines.
    dtype
        Element type, float32 when omitted.
    *args, **kwargs
        As NumPy's, from ``comments`` on.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.genfromtxt(["1,2", "3,4"], delimiter=",")
    array([[1., 2.],
           [3., 4.]])
    """
    name = default_float() if dtype is None else dtype_name(dtype)
    host = numpy.genfromtxt(fname, name, *args, **kwargs)
    return from_host(host, device_id(ctx, device), name)


def may_share_memory(a: object, b: object, max_work: int | None = None) -> bool:
    """Tell whether two arrays alias the same variable: whether they may share memory.

    Parameters
    ----------
    a, b
        Arrays.
    max_work
        Taken as NumPy does, without effect.

    Examples
    --------
    >>> x = np.ones((2, 3))
    >>> np.may_share_memory(x, x[0])
    True
    """
    if isinstance(a, ndarray) and isinstance(b, ndarray):
        return _core.shares_variable(a, b)
    return False


shares_memory = may_share_memory
