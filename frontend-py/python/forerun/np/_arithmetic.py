"""Arithmetic, element by element: sums, products, quotients, remainders, signs."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = [
    "abs",
    "absolute",
    "add",
    "divide",
    "divmod",
    "fabs",
    "floor_divide",
    "fmod",
    "gcd",
    "heaviside",
    "lcm",
    "mod",
    "multiply",
    "negative",
    "positive",
    "reciprocal",
    "remainder",
    "sign",
    "subtract",
    "true_divide",
]

_absolute = _core.op("absolute")
_add = _core.op("add")
_floor_divide = _core.op("floor_divide")
_fmod = _core.op("fmod")
_gcd = _core.op("gcd")
_heaviside = _core.op("heaviside")
_lcm = _core.op("lcm")
_mod = _core.op("mod")
_multiply = _core.op("multiply")
_negative = _core.op("negative")
_positive = _core.op("positive")
_reciprocal = _core.op("reciprocal")
_sign = _core.op("sign")
_subtract = _core.op("subtract")
_true_divide = _core.op("true_divide")


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


def add(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Sum of two arrays, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.add(np.array([1.0, 2.0]), 10)
    array([11., 12.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _add(x1, x2)
    return y if out is None else write_to(out, y)


def subtract(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Difference of two arrays, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.subtract(np.array([1.0, 2.0]), 10)
    array([-9., -8.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _subtract(x1, x2)
    return y if out is None else write_to(out, y)


def multiply(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Product of two arrays, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.multiply(np.array([1.0, 2.0]), 10)
    array([10., 20.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _multiply(x1, x2)
    return y if out is None else write_to(out, y)


def true_divide(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Quotient of two arrays; integers are divided as float32.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.true_divide(np.array([1.0, 2.0]), 4)
    array([0.25, 0.5 ])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _true_divide(x1, x2)
    return y if out is None else write_to(out, y)


def floor_divide(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Largest whole number not above the quotient, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.floor_divide(np.array([7.0, -7.0]), 2)
    array([ 3., -4.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _floor_divide(x1, x2)
    return y if out is None else write_to(out, y)


def mod(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Remainder with the sign of the divisor, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.mod(np.array([7.0, -7.0]), 4)
    array([3., 1.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _mod(x1, x2)
    return y if out is None else write_to(out, y)


def fmod(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Remainder with the sign of the dividend, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fmod(np.array([7.0, -7.0]), 4)
    array([ 3., -3.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _fmod(x1, x2)
    return y if out is None else write_to(out, y)


def divmod(x1: ArrayLike, x2: ArrayLike) -> tuple[ndarray, ndarray]:
    """Quotient rounded down and remainder, element by element.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.

    Examples
    --------
    >>> np.divmod(np.array([7.0]), 4)
    (array([1.]), array([3.]))
    """
    return floor_divide(x1, x2), mod(x1, x2)


def gcd(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Greatest common divisor of each pair of integers.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.gcd(np.array([12, 18], dtype="int32"), 8)
    array([4, 2], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _gcd(x1, x2)
    return y if out is None else write_to(out, y)


def lcm(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Least common multiple of each pair of integers.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.lcm(np.array([12, 18], dtype="int32"), 8)
    array([24, 72], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _lcm(x1, x2)
    return y if out is None else write_to(out, y)


def heaviside(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Unit step: 0 below zero, 1 above, the second array at zero.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.heaviside(np.array([-1.0, 0.0, 2.0]), 0.5)
    array([0. , 0.5, 1. ])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _heaviside(x1, x2)
    return y if out is None else write_to(out, y)


abs = absolute
divide = true_divide
remainder = mod
