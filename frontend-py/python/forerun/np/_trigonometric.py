"""Trigonometric and hyperbolic functions of each element, and their inverses."""

from __future__ import annotations

import math

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "hypot",
    "rad2deg",
    "radians",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
]

_arccos = _core.op("arccos")
_arccosh = _core.op("arccosh")
_arcsin = _core.op("arcsin")
_arcsinh = _core.op("arcsinh")
_arctan = _core.op("arctan")
_arctan2 = _core.op("arctan2")
_arctanh = _core.op("arctanh")
_cos = _core.op("cos")
_cosh = _core.op("cosh")
_degrees = _core.op("degrees")
_equal = _core.op("equal")
_hypot = _core.op("hypot")
_multiply = _core.op("multiply")
_radians = _core.op("radians")
_sin = _core.op("sin")
_sinh = _core.op("sinh")
_tan = _core.op("tan")
_tanh = _core.op("tanh")
_where = _core.op("where")


def sin(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Sine of each element, in radians.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sin(np.array([0.0, 1.0]))
    array([0.      , 0.841471])
    """
    y = _sin(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def cos(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Cosine of each element, in radians.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.cos(np.array([0.0, 1.0]))
    array([1.       , 0.5403023])
    """
    y = _cos(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def tan(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Tangent of each element, in radians.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.tan(np.array([0.0, 1.0]))
    array([0.       , 1.5574079])
    """
    y = _tan(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arcsin(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse sine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arcsin(np.array([0.0, 1.0]))
    array([0.       , 1.5707964])
    """
    y = _arcsin(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arccos(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse cosine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arccos(np.array([1.0, 0.0]))
    array([0.       , 1.5707964])
    """
    y = _arccos(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arctan(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse tangent of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arctan(np.array([0.0, -0.0]))
    array([ 0., -0.])
    """
    y = _arctan(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arctan2(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Angle of the point ``(x2, x1)``, in radians.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arctan2(np.array([1.0, -1.0]), 1)
    array([ 0.7853981, -0.7853981])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _arctan2(x1, x2)
    return y if out is None else write_to(out, y)


def hypot(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``sqrt(x1**2 + x2**2)``, without overflow.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.hypot(np.array([3.0, 6.0]), [4.0, 8.0])
    array([ 5., 10.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _hypot(x1, x2)
    return y if out is None else write_to(out, y)


def sinc(x: ArrayLike) -> ndarray:
    """``sin(pi x) / (pi x)`` of each element, 1 at 0.

    Parameters
    ----------
    x
        Input; integers are computed as float32.

    Examples
    --------
    >>> np.sinc(np.array([0.0, 0.5]))
    array([1.        , 0.63661975])
    """
    y = _multiply(as_array(x), math.pi)
    is_zero = _equal(y, 0)
    return _where(is_zero, 1.0, sin(y) / _where(is_zero, 1.0, y))


def degrees(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Angles in degrees, of those in radians.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.degrees(np.array([0.0, 3.1415927]))
    array([  0., 180.])
    """
    y = _degrees(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def radians(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Angles in radians, of those in degrees.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.radians(np.array([0.0, 180.0]))
    array([0.       , 3.1415927])
    """
    y = _radians(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def sinh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Hyperbolic sine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sinh(np.array([0.0, 1.0]))
    array([0.       , 1.1752012])
    """
    y = _sinh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def cosh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Hyperbolic cosine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.cosh(np.array([0.0, 1.0]))
    array([1.       , 1.5430806])
    """
    y = _cosh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def tanh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Hyperbolic tangent of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.tanh(np.array([0.0, 1.0]))
    array([0.        , 0.76159424])
    """
    y = _tanh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arcsinh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse hyperbolic sine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arcsinh(np.array([0.0, 1.0]))
    array([0.       , 0.8813736])
    """
    y = _arcsinh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arccosh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse hyperbolic cosine of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arccosh(np.array([1.0, 2.0]))
    array([0.      , 1.316958])
    """
    y = _arccosh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def arctanh(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse hyperbolic tangent of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.arctanh(np.array([0.0, 0.5]))
    array([0.        , 0.54930615])
    """
    y = _arctanh(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


deg2rad = radians
rad2deg = degrees
acos = arccos
acosh = arccosh
asin = arcsin
asinh = arcsinh
atan = arctan
atanh = arctanh
atan2 = arctan2
