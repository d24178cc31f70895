"""Element types: their names in the engine, and the defaults that `set_np` switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from forerun import _core

if TYPE_CHECKING:
    from forerun._typing import DTypeLike

__all__ = [
    "bool_",
    "complex64",
    "complex128",
    "default_float",
    "dtype",
    "dtype_name",
    "float16",
    "float32",
    "float64",
    "has_numpy_defaults",
    "int8",
    "int16",
    "int32",
    "int64",
    "set_numpy_defaults",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

dtype = numpy.dtype
bool_ = numpy.bool_
int8, int16, int32, int64 = numpy.int8, numpy.int16, numpy.int32, numpy.int64
uint8, uint16, uint32, uint64 = numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64
float16, float32, float64 = numpy.float16, numpy.float32, numpy.float64
complex64, complex128 = numpy.complex64, numpy.complex128

_TYPES = (
    *(bool_, int8, int16, int32, int64, uint8, uint16, uint32, uint64),
    *(float16, float32, float64, complex64, complex128),
)
_NAMES: dict[object, str] = {"bfloat16": "bfloat16"}
for _type in _TYPES:
    _name = numpy.dtype(_type).name
    _NAMES |= {_type: _name, numpy.dtype(_type): _name, _name: _name}
_NAMES |= {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_SUPPORTED = frozenset(_NAMES.values())

_default_float = "float32"


def dtype_name(dtype: DTypeLike) -> str:
    """Give the engine's name of an element type."""
    try:
        return _NAMES[dtype]
    except (KeyError, TypeError):
        return _dtype_name_slow(dtype)


def _dtype_name_slow(dtype: Any) -> str:  # noqa: ANN401
    """Ask NumPy what is meant: ``"f4"``, ``"<i8"``, bfloat16 of ml_dtypes."""
    name = "bool" if dtype == "bool_" else numpy.dtype(dtype).name
    if name not in _SUPPORTED:
        fact = f"dtype {name} is not supported"
        raise TypeError(fact)
    return name


def default_float() -> str:
    """Name the dtype of numbers that come without one."""
    return _default_float


def has_numpy_defaults() -> bool:
    """Tell whether NumPy's default dtypes are in force."""
    return _default_float == "float64"


def set_numpy_defaults(active: bool) -> bool:
    """Switch between NumPy's default dtypes and MXNet's; return what was in force."""
    global _default_float
    before = has_numpy_defaults()
    _default_float = "float64" if active else "float32"
    _core.set_numpy_defaults(active)
    return before
