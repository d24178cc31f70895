"""Floating-point numbers: NaN and infinities, sign bits, exponents."""

from __future__ import annotations

import sys

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = [
    "copysign",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "ldexp",
    "nan_to_num",
    "signbit",
]

_copysign = _core.op("copysign")
_isfinite = _core.op("isfinite")
_isinf = _core.op("isinf")
_isnan = _core.op("isnan")
_isneginf = _core.op("isneginf")
_isposinf = _core.op("isposinf")
_ldexp = _core.op("ldexp")
_signbit = _core.op("signbit")
_where = _core.op("where")


def isnan(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is not a number.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.isnan(np.array([1.0, np.nan]))
    array([False,  True])
    """
    y = _isnan(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def isinf(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is infinite.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.isinf(np.array([1.0, np.inf]))
    array([False,  True])
    """
    y = _isinf(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def isfinite(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is neither infinite nor NaN.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.isfinite(np.array([1.0, np.inf]))
    array([ True, False])
    """
    y = _isfinite(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def isposinf(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is positive infinity.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.isposinf(np.array([np.inf, -np.inf]))
    array([ True, False])
    """
    y = _isposinf(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def isneginf(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is negative infinity.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.isneginf(np.array([np.inf, -np.inf]))
    array([False,  True])
    """
    y = _isneginf(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


# The largest number of bfloat16, float32 and float64 by their bytes.
_LARGEST = {2: 3.3895313892515355e38, 4: 3.4028234663852886e38, 8: sys.float_info.max}


def nan_to_num(
    x: ArrayLike,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> ndarray:
    """Replace NaN and infinities by numbers.

    Parameters
    ----------
    x
        Input.
    copy
        Whether to make a new array; False writes to `x`.
    nan
        What replaces NaN.
    posinf, neginf
        What replaces the infinities; the largest and smallest number when None.

    Examples
    --------
    >>> np.nan_to_num(np.array([1.0, np.nan]))
    array([1., 0.])
    """
    x = as_array(x)
    if x.dtype.kind not in "fV":
        return x.copy() if copy else x
    is_half = x.dtype.name == "float16"
    limit: float = 65504.0 if is_half else _LARGEST[x.itemsize]
    y = _where(_isnan(x), nan, x)
    y = _where(_isposinf(y), limit if posinf is None else posinf, y)
    y = _where(_isneginf(y), -limit if neginf is None else neginf, y)
    return y if copy else write_to(x, y)


def signbit(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element has its sign bit set.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.signbit(np.array([-1.0, -0.0, 2.0]))
    array([ True,  True, False])
    """
    y = _signbit(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def copysign(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """First array's elements with the second's signs.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.copysign(np.array([1.0, 2.0]), -1)
    array([-1., -2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _copysign(x1, x2)
    return y if out is None else write_to(out, y)


def ldexp(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``x1 * 2**x2``, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.ldexp(np.array([1.0, 3.0]), 2)
    array([ 4., 12.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _ldexp(x1, x2)
    return y if out is None else write_to(out, y)
