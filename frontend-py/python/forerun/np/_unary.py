"""Element-wise functions of one array."""

from __future__ import annotations

import math
import sys

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, write_to

__all__ = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "angle",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "around",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_invert",
    "bitwise_not",
    "cbrt",
    "ceil",
    "conj",
    "conjugate",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "fix",
    "floor",
    "imag",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "log",
    "log1p",
    "log2",
    "log10",
    "logical_not",
    "nan_to_num",
    "negative",
    "positive",
    "rad2deg",
    "radians",
    "real",
    "reciprocal",
    "rint",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]

_absolute = _core.op("absolute")
_angle = _core.op("angle")
_arccos = _core.op("arccos")
_arccosh = _core.op("arccosh")
_arcsin = _core.op("arcsin")
_arcsinh = _core.op("arcsinh")
_arctan = _core.op("arctan")
_arctanh = _core.op("arctanh")
_bitwise_not = _core.op("bitwise_not")
_cbrt = _core.op("cbrt")
_ceil = _core.op("ceil")
_conjugate = _core.op("conjugate")
_cos = _core.op("cos")
_cosh = _core.op("cosh")
_degrees = _core.op("degrees")
_equal = _core.op("equal")
_exp = _core.op("exp")
_exp2 = _core.op("exp2")
_expm1 = _core.op("expm1")
_fix = _core.op("fix")
_floor = _core.op("floor")
_imag = _core.op("imag")
_isfinite = _core.op("isfinite")
_isinf = _core.op("isinf")
_isnan = _core.op("isnan")
_isneginf = _core.op("isneginf")
_isposinf = _core.op("isposinf")
_log = _core.op("log")
_log10 = _core.op("log10")
_log1p = _core.op("log1p")
_log2 = _core.op("log2")
_logical_not = _core.op("logical_not")
_multiply = _core.op("multiply")
_negative = _core.op("negative")
_positive = _core.op("positive")
_radians = _core.op("radians")
_real = _core.op("real")
_reciprocal = _core.op("reciprocal")
_rint = _core.op("rint")
_round = _core.op("round")
_sign = _core.op("sign")
_signbit = _core.op("signbit")
_sin = _core.op("sin")
_sinh = _core.op("sinh")
_sqrt = _core.op("sqrt")
_square = _core.op("square")
_tan = _core.op("tan")
_tanh = _core.op("tanh")
_true_divide = _core.op("true_divide")
_trunc = _core.op("trunc")
_where = _core.op("where")


def negative(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Negative of each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.negative(np.array([1.0, -2.0]))
    array([-1.,  2.])
    """
    y = _negative(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def positive(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Each element unchanged, in a new array.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.positive(np.array([1.0, -2.0]))
    array([ 1., -2.])
    """
    y = _positive(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def absolute(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Absolute value of each element; of a complex one, its magnitude.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.absolute(np.array([-1.5, 2.0]))
    array([1.5, 2. ])
    """
    y = _absolute(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def sign(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Sign of each element: -1, 0 or 1.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sign(np.array([-3.0, 0.0, 2.0]))
    array([-1.,  0.,  1.])
    """
    y = _sign(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def square(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Square of each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.square(np.array([1.0, -2.0, 3.0]))
    array([1., 4., 9.])
    """
    y = _square(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def sqrt(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Square root of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sqrt(np.array([1.0, 4.0, 9.0]))
    array([1., 2., 3.])
    """
    y = _sqrt(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def cbrt(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Cube root of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.cbrt(np.array([1.0, 8.0]))
    array([1., 2.])
    """
    y = _cbrt(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def reciprocal(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """One divided by each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.reciprocal(np.array([1.0, 2.0, 4.0]))
    array([1.  , 0.5 , 0.25])
    """
    y = _reciprocal(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def exp(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Exponential of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.exp(np.array([0.0, 1.0]))
    array([1.       , 2.7182817])
    """
    y = _exp(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def exp2(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Two to the power of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.exp2(np.array([0.0, 3.0]))
    array([1., 8.])
    """
    y = _exp2(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def expm1(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``exp(x) - 1`` of each element, precise near 0.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.expm1(np.array([0.0, 1.0]))
    array([0.       , 1.7182817])
    """
    y = _expm1(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def log(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Natural logarithm of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.log(np.array([1.0, 2.0]))
    array([0.       , 0.6931472])
    """
    y = _log(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def log2(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Logarithm to base 2 of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.log2(np.array([1.0, 8.0]))
    array([0., 3.])
    """
    y = _log2(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def log10(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Logarithm to base 10 of each element.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.log10(np.array([1.0, 100.0]))
    array([0., 2.])
    """
    y = _log10(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def log1p(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``log(1 + x)`` of each element, precise near 0.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.log1p(np.array([0.0, 1.0]))
    array([0.       , 0.6931472])
    """
    y = _log1p(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


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


def floor(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Largest whole number not above each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.floor(np.array([-1.5, 1.5]))
    array([-2.,  1.])
    """
    y = _floor(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def ceil(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Smallest whole number not below each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.ceil(np.array([-1.5, 1.5]))
    array([-1.,  2.])
    """
    y = _ceil(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def fix(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Whole part of each element: another name of `trunc`.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fix(np.array([-1.5, 1.5]))
    array([-1.,  1.])
    """
    y = _fix(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def trunc(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Whole part of each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.trunc(np.array([-1.5, 1.5]))
    array([-1.,  1.])
    """
    y = _trunc(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def rint(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Nearest whole number of each element; halves go to the even one.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.rint(np.array([0.5, 1.5, -1.7]))
    array([ 0.,  2., -2.])
    """
    y = _rint(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


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


def logical_not(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where an element is zero.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.logical_not(np.array([0.0, 2.0]))
    array([ True, False])
    """
    y = _logical_not(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def bitwise_not(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Each element with its bits inverted.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.bitwise_not(np.array([0, 5], dtype="int32"))
    array([-1, -6], dtype=int32)
    """
    y = _bitwise_not(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


def conjugate(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Complex conjugate of each element.

    Parameters
    ----------
    x
        Input.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.conjugate(np.array([(1+2j)]))
    array([1.-2.j], dtype=complex64)
    """
    y = _conjugate(x if type(x) is ndarray else as_array(x))
    return y if out is None else write_to(out, y)


# The largest number of bfloat16, float32 and float64 by their bytes.
_LARGEST = {2: 3.3895313892515355e38, 4: 3.4028234663852886e38, 8: sys.float_info.max}


def fabs(x: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Absolute value of each element, as a float.

    Parameters
    ----------
    x
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fabs(np.array([-1, 2], dtype="int32"))
    array([1., 2.])
    """
    x = as_array(x)
    return absolute(x if x.dtype.kind == "f" else _true_divide(x, 1), out)


def round(x: ArrayLike, decimals: int = 0, out: ndarray | None = None) -> ndarray:
    """Round each element to a number of decimals; halves go to the even neighbour.

    Parameters
    ----------
    x
        Input.
    decimals
        Digits after the point; negative for positions before it.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.round(np.array([1.25, 2.5]), 1)
    array([1.2, 2.5])
    """
    y = _round(x if type(x) is ndarray else as_array(x), decimals)
    return y if out is None else write_to(out, y)


def real(val: ArrayLike) -> ndarray:
    """Real part of each element.

    Parameters
    ----------
    val
        Input.

    Examples
    --------
    >>> np.real(np.array([1 + 2j]))
    array([1.])
    """
    return _real(as_array(val))


def imag(val: ArrayLike) -> ndarray:
    """Imaginary part of each element.

    Parameters
    ----------
    val
        Input.

    Examples
    --------
    >>> np.imag(np.array([1 + 2j]))
    array([2.])
    """
    return _imag(as_array(val))


def angle(z: ArrayLike, deg: bool = False) -> ndarray:
    """Angle of each complex number.

    Parameters
    ----------
    z
        Input.
    deg
        Whether to give degrees rather than radians.

    Examples
    --------
    >>> np.angle(np.array([1j, -1j]), deg=True)
    array([ 90., -90.])
    """
    z = as_array(z)
    radian = _angle(z)
    return degrees(radian) if deg else radian


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


abs = absolute
around = round
conj = conjugate
deg2rad = radians
rad2deg = degrees
invert = bitwise_not
bitwise_invert = bitwise_not
acos = arccos
acosh = arccosh
asin = arcsin
asinh = arcsinh
atan = arctan
atanh = arctanh
