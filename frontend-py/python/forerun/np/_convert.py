"""What functions accept, as the engine takes it: arrays, numbers, axes, `out`."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun.device import device_id
from forerun.np._dtype import default_float, dtype_name, has_numpy_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forerun._typing import ArrayLike, Device, DTypeLike, ShapeLike

__all__ = [
    "as_array",
    "as_arrays",
    "as_axes",
    "as_operand",
    "as_operands",
    "as_shape",
    "from_host",
    "new_array",
    "write_to",
]

Operand: TypeAlias = "ndarray | complex"

# Types the engine takes as operands; a set, as operands are looked at in every call.
_AS_THEY_ARE = frozenset((ndarray, bool, int, float, complex))

_astype = _core.op("astype")
_full = _core.op("full")
_stack = _core.op("stack")
_to_device = _core.op("to_device")
_write = _core.op("write")


def as_array(x: ArrayLike) -> ndarray:
    """Give `x` itself if it is an array, else a new array of it."""
    return x if isinstance(x, ndarray) else new_array(x, None, None)


def as_arrays(arrays: Iterable[ArrayLike]) -> list[ndarray]:
    """Give a list of arrays; an array of ours is split along its first axis."""
    return [x if type(x) is ndarray else as_array(x) for x in arrays]


def as_operands(x1: ArrayLike, x2: ArrayLike) -> tuple[Operand, Operand]:
    """Give two operands that the engine takes; at least one of them is an array."""
    a, b = as_operand(x1), as_operand(x2)
    if type(a) is ndarray or type(b) is ndarray:
        return a, b
    return as_array(a), b


def as_operand(x: ArrayLike) -> Operand:
    """Give an array, or the number that `x` is."""
    if type(x) in _AS_THEY_ARE:
        return cast("Operand", x)
    if isinstance(x, numpy.number):
        return cast("complex", x.item())
    return as_array(x)


def new_array(
    x: ArrayLike,
    dtype: DTypeLike | None,
    device: Device | None,
) -> ndarray:
    """Make an array of `x`, which is copied; `device` is the current one when None."""
    name = None if dtype is None else dtype_name(dtype)
    if isinstance(x, ndarray):
        copied = x.copy() if name is None else _astype(x, name)
        return copied if device is None else _to_device(copied, device_id(device))
    if isinstance(x, int | float | complex) and not isinstance(x, numpy.generic):
        return _full((), x, name or _dtype_of_numbers(type(x)), device_id(device))
    if isinstance(x, list | tuple) and (name or not has_numpy_defaults()):
        y = _core.array_of_numbers(x, name or "float32", device_id(device))
        if y is not None:
            return y
    if _holds_arrays(x):
        wanted = name or default_float()
        parts = [_astype(as_array(part), wanted) for part in cast("Any", x)]
        return _to_device(_stack(parts, 0), device_id(device))
    return from_host(_to_host(x, name), device_id(device), name)


def _holds_arrays(x: ArrayLike) -> bool:
    """Tell whether a nested list has arrays of ours, judging by its first elements."""
    while isinstance(x, list | tuple) and x:
        x = x[0]
        if isinstance(x, ndarray):
            return True
    return False


def _to_host(x: ArrayLike, name: str | None) -> numpy.ndarray[Any, Any]:
    """Give the elements of `x` as NumPy has them, in the dtype they are to have."""
    wanted = None if name == "bfloat16" else name
    if wanted is not None:
        return numpy.asarray(x, wanted)
    if isinstance(x, list | tuple | range) and not has_numpy_defaults():
        host = numpy.asarray(x)
        is_complex = host.dtype.kind == "c"
        return host.astype("complex64" if is_complex else "float32", copy=False)
    host = numpy.asarray(x)
    if has_numpy_defaults() or host.dtype.char not in "dD":
        return host
    return host.astype("float32" if host.dtype.char == "d" else "complex64")


def from_host(
    host: numpy.ndarray[Any, Any], device: int, name: str | None = None
) -> ndarray:
    """Copy an array of NumPy's; `name` is the dtype that it is to have."""
    y = _core.array(host, device, True)
    return _astype(y, name) if name == "bfloat16" else y


def _dtype_of_numbers(kind: type) -> str:
    """Name the dtype of an array made from a Python number."""
    if issubclass(kind, complex):
        return "complex128" if has_numpy_defaults() else "complex64"
    if not has_numpy_defaults() or issubclass(kind, float):
        return default_float()
    return "bool" if kind is bool else "int64"


def as_shape(shape: ShapeLike) -> int | tuple[int, ...]:
    """Give a shape of Python integers."""
    if isinstance(shape, int):
        return shape
    if isinstance(shape, tuple | list):
        return tuple(map(index, shape))
    return _as_shape_slow(shape)


def _as_shape_slow(shape: ShapeLike) -> int | tuple[int, ...]:
    """Give a shape that comes as an integer of NumPy's, or as an array."""
    try:
        return index(cast("int", shape))
    except TypeError:
        return tuple(map(index, cast("Sequence[int]", shape)))


def as_axes(axis: int | Sequence[int] | None) -> int | tuple[int, ...] | None:
    """Give axes as the engine takes them: None for all, an int, a tuple of ints."""
    return axis if axis is None or isinstance(axis, int) else as_shape(axis)


def write_to(out: ndarray, y: ndarray) -> ndarray:
    """Write a result to the array that was given for it, and return that."""
    _write(out, y)
    return out


def converted(x: Any) -> Any:  # noqa: ANN401
    """Convert an operand that the binding does not know; the binding calls it."""
    is_sequence = isinstance(x, list | tuple | range)
    return as_array(x) if is_sequence or hasattr(x, "__array__") else NotImplemented


_core.set_converter(converted)
