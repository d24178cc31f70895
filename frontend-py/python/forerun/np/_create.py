"""New arrays: from data, filled with a value, counted up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, as_shape, from_host, new_array
from forerun.np._dtype import default_float, dtype_name, has_numpy_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "arange",
    "array",
    "asarray",
    "ascontiguousarray",
    "copy",
    "diag",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "fromiter",
    "full",
    "full_like",
    "genfromtxt",
    "identity",
    "indices",
    "linspace",
    "logspace",
    "may_share_memory",
    "meshgrid",
    "ones",
    "ones_like",
    "shares_memory",
    "tri",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]

_arange = _core.op("arange")
_astype = _core.op("astype")
_diag = _core.op("diag")
_eye = _core.op("eye")
_full = _core.op("full")
_linspace = _core.op("linspace")
_to_device = _core.op("to_device")
_meshgrid = _core.op("meshgrid")
_tril = _core.op("tril")
_triu = _core.op("triu")


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


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Parameters
    ----------
    N, M
        Numbers of rows and of columns, which is `N` when omitted.
    k
        Which diagonal: 0 for the main one, positive for those above.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.eye(2)
    array([[1., 0.],
           [0., 1.]])
    """
    name = default_float() if dtype is None else dtype_name(dtype)
    return _eye(N, N if M is None else M, k, name, device_id(ctx, device))


def identity(
    n: int,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a square matrix with ones on the main diagonal.

    Parameters
    ----------
    n
        Number of rows and columns.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.identity(2)
    array([[1., 0.],
           [0., 1.]])
    """
    return eye(n, None, 0, dtype, ctx, device=device)


def tri(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Make a matrix with ones at and below a diagonal.

    Parameters
    ----------
    N, M
        Numbers of rows and of columns, which is `N` when omitted.
    k
        Which diagonal: 0 for the main one, positive for those above.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.tri(2)
    array([[1., 0.],
           [1., 1.]])
    """
    return _tril(ones((N, N if M is None else M), dtype, "C", ctx, device=device), k)


def tril(m: ArrayLike, k: int = 0) -> ndarray:
    """Copy a matrix with zeros above a diagonal.

    Parameters
    ----------
    m
        Input; its last two axes are rows and columns.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    return _tril(as_array(m), k)


def triu(m: ArrayLike, k: int = 0) -> ndarray:
    """Copy a matrix with zeros below a diagonal.

    Parameters
    ----------
    m
        Input; its last two axes are rows and columns.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    return _triu(as_array(m), k)


def diag(v: ArrayLike, k: int = 0) -> ndarray:
    """Make a matrix of its diagonal, or give the diagonal of a matrix.

    Parameters
    ----------
    v
        One axis: the diagonal; two: the matrix.
    k
        Which diagonal: 0 for the main one, positive for those above.

    Examples
    --------
    >>> np.diag(np.array([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    return _diag(as_array(v), k)


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
