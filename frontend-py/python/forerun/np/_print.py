"""How arrays are written as text, by NumPy's rules."""

from __future__ import annotations

from typing import Any

import numpy

from forerun._core import ndarray
from forerun.np._dtype import default_float

__all__ = ["array_repr", "array_str", "get_printoptions", "set_printoptions"]

get_printoptions = numpy.get_printoptions


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Set how arrays are printed, those of NumPy included.

    Parameters
    ----------
    precision
        Digits after the point.
    threshold
        Number of elements from which the middle is left out.
    **options
        Further options of NumPy's function of this name.

    Examples
    --------
    >>> np.set_printoptions(precision=2)
    >>> np.array([1.2345])
    array([1.23])
    >>> np.set_printoptions(precision=8)
    """
    numpy.set_printoptions(precision, threshold, **options)


def array_repr(a: ndarray) -> str:
    """Write an array as the call that makes it; waits for it.

    The dtype is left out if it is the default one or bool, the device if ``cpu(0)``.

    Parameters
    ----------
    a
        The array.

    Examples
    --------
    >>> np.array_repr(np.array([1, 2], dtype="int32"))
    'array([1, 2], dtype=int32)'
    """
    host, name = _to_host(a)
    if host.size == 0 and host.shape != (0,):
        text = f"[], shape={host.shape}"
    else:
        text = numpy.array2string(host, separator=", ", prefix="array(")
    if name not in (default_float(), "bool"):
        text += f", dtype={name}"
    if device := a._device_id():
        text += f", ctx=cpu({device})"
    return f"array({text})"


def array_str(a: ndarray) -> str:
    """Write the elements of an array; waits for it.

    Parameters
    ----------
    a
        The array.

    Examples
    --------
    >>> np.array_str(np.array([1.0, 2.0]))
    '[1. 2.]'
    """
    return str(_to_host(a)[0])


def _to_host(a: ndarray) -> tuple[numpy.ndarray[Any, Any], str]:
    """Give the elements as NumPy can print them, and the name of their dtype."""
    name = str(a.dtype)
    is_printable = name != "bfloat16"
    return (a if is_printable else a.astype("float32")).asnumpy(), name


def array_format(a: ndarray, spec: str) -> str:
    """Format an array of one element like its number, others like their text."""
    if a.size == 1 and (spec or a.ndim == 0):
        return format(a.item(), spec)
    return format(array_str(a), spec)
