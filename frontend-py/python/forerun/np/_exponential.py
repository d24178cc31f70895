"""Powers, roots, exponentials and logarithms of each element."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = [
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "float_power",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "pow",
    "power",
    "sqrt",
    "square",
]

_cbrt = _core.op("cbrt")
_exp = _core.op("exp")
_exp2 = _core.op("exp2")
_expm1 = _core.op("expm1")
_log = _core.op("log")
_log10 = _core.op("log10")
_log1p = _core.op("log1p")
_log2 = _core.op("log2")
_logaddexp = _core.op("logaddexp")
_power = _core.op("power")
_sqrt = _core.op("sqrt")
_square = _core.op("square")


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


def power(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """First array to the power of the second, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.power(np.array([2.0, 3.0]), 2)
    array([4., 9.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _power(x1, x2)
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


def logaddexp(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``log(exp(x1) + exp(x2))``, without overflow.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.logaddexp(np.array([0.0, 1000.0]), 0)
    array([6.931472e-01, 1.000000e+03])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _logaddexp(x1, x2)
    return y if out is None else write_to(out, y)


pow = power
float_power = power
