"""Element-wise functions of two arrays, which are broadcast to a common shape."""

from __future__ import annotations

from typing import overload

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operand, as_operands, write_to

__all__ = [
    "add",
    "allclose",
    "arctan2",
    "array_equal",
    "atan2",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "clip",
    "copysign",
    "divide",
    "divmod",
    "equal",
    "float_power",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "greater",
    "greater_equal",
    "heaviside",
    "hypot",
    "isclose",
    "lcm",
    "ldexp",
    "left_shift",
    "less",
    "less_equal",
    "logaddexp",
    "logical_and",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "not_equal",
    "pow",
    "power",
    "remainder",
    "right_shift",
    "subtract",
    "true_divide",
    "where",
]

_absolute = _core.op("absolute")
_add = _core.op("add")
_all = _core.op("all")
_arctan2 = _core.op("arctan2")
_bitwise_and = _core.op("bitwise_and")
_bitwise_or = _core.op("bitwise_or")
_bitwise_xor = _core.op("bitwise_xor")
_clip = _core.op("clip")
_copysign = _core.op("copysign")
_equal = _core.op("equal")
_floor_divide = _core.op("floor_divide")
_fmax = _core.op("fmax")
_fmin = _core.op("fmin")
_fmod = _core.op("fmod")
_gcd = _core.op("gcd")
_greater = _core.op("greater")
_greater_equal = _core.op("greater_equal")
_heaviside = _core.op("heaviside")
_hypot = _core.op("hypot")
_isfinite = _core.op("isfinite")
_isnan = _core.op("isnan")
_lcm = _core.op("lcm")
_ldexp = _core.op("ldexp")
_left_shift = _core.op("left_shift")
_less = _core.op("less")
_less_equal = _core.op("less_equal")
_logaddexp = _core.op("logaddexp")
_logical_and = _core.op("logical_and")
_logical_or = _core.op("logical_or")
_logical_xor = _core.op("logical_xor")
_maximum = _core.op("maximum")
_minimum = _core.op("minimum")
_mod = _core.op("mod")
_multiply = _core.op("multiply")
_nonzero = _core.op("nonzero")
_not_equal = _core.op("not_equal")
_power = _core.op("power")
_right_shift = _core.op("right_shift")
_subtract = _core.op("subtract")
_true_divide = _core.op("true_divide")
_where = _core.op("where")


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


def maximum(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Larger of each pair of elements; NaN where either is.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.maximum(np.array([1.0, 3.0]), 2)
    array([2., 3.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _maximum(x1, x2)
    return y if out is None else write_to(out, y)


def minimum(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Smaller of each pair of elements; NaN where either is.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.minimum(np.array([1.0, 3.0]), 2)
    array([1., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _minimum(x1, x2)
    return y if out is None else write_to(out, y)


def fmax(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Larger of each pair of elements; a NaN is passed over.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fmax(np.array([1.0, np.nan]), 2)
    array([2., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _fmax(x1, x2)
    return y if out is None else write_to(out, y)


def fmin(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Smaller of each pair of elements; a NaN is passed over.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.fmin(np.array([1.0, np.nan]), 2)
    array([1., 2.])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _fmin(x1, x2)
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


def equal(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where two arrays are equal.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.equal(np.array([1.0, 2.0]), 2)
    array([False,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _equal(x1, x2)
    return y if out is None else write_to(out, y)


def not_equal(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where two arrays differ.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.not_equal(np.array([1.0, 2.0]), 2)
    array([ True, False])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _not_equal(x1, x2)
    return y if out is None else write_to(out, y)


def less(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where the first array is less than the second.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.less(np.array([1.0, 2.0]), 2)
    array([ True, False])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _less(x1, x2)
    return y if out is None else write_to(out, y)


def less_equal(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where the first array is at most the second.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.less_equal(np.array([1.0, 2.0]), 2)
    array([ True,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _less_equal(x1, x2)
    return y if out is None else write_to(out, y)


def greater(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where the first array is greater than the second.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.greater(np.array([1.0, 2.0]), 1)
    array([False,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _greater(x1, x2)
    return y if out is None else write_to(out, y)


def greater_equal(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where the first array is at least the second.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.greater_equal(np.array([1.0, 2.0]), 2)
    array([False,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _greater_equal(x1, x2)
    return y if out is None else write_to(out, y)


def logical_and(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where both arrays are true (not zero).

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.logical_and(np.array([0.0, 2.0]), 1)
    array([False,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _logical_and(x1, x2)
    return y if out is None else write_to(out, y)


def logical_or(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where at least one array is true (not zero).

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.logical_or(np.array([0.0, 2.0]), 0)
    array([False,  True])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _logical_or(x1, x2)
    return y if out is None else write_to(out, y)


def logical_xor(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """True where exactly one array is true (not zero).

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.logical_xor(np.array([0.0, 2.0]), 1)
    array([ True, False])
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _logical_xor(x1, x2)
    return y if out is None else write_to(out, y)


def bitwise_and(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Bits that are set in both of two integers.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.bitwise_and(np.array([5, 6], dtype="int32"), 3)
    array([1, 2], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _bitwise_and(x1, x2)
    return y if out is None else write_to(out, y)


def bitwise_or(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Bits that are set in at least one of two integers.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.bitwise_or(np.array([5, 6], dtype="int32"), 3)
    array([7, 7], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _bitwise_or(x1, x2)
    return y if out is None else write_to(out, y)


def bitwise_xor(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Bits that are set in exactly one of two integers.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.bitwise_xor(np.array([5, 6], dtype="int32"), 3)
    array([6, 5], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _bitwise_xor(x1, x2)
    return y if out is None else write_to(out, y)


def left_shift(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Integers with their bits moved to the left.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.left_shift(np.array([1, 5], dtype="int32"), 1)
    array([ 2, 10], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _left_shift(x1, x2)
    return y if out is None else write_to(out, y)


def right_shift(x1: ArrayLike, x2: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Integers with their bits moved to the right.

    Parameters
    ----------
    x1, x2
        Inputs: arrays or numbers.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.right_shift(np.array([2, 5], dtype="int32"), 1)
    array([1, 2], dtype=int32)
    """
    if type(x1) is not ndarray or type(x2) is not ndarray:
        x1, x2 = as_operands(x1, x2)
    y = _right_shift(x1, x2)
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


@overload
def where(condition: ArrayLike) -> tuple[ndarray, ...]: ...
@overload
def where(
    condition: ArrayLike, x: ArrayLike, y: ArrayLike, out: ndarray | None = None
) -> ndarray: ...
def where(
    condition: ArrayLike,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    out: ndarray | None = None,
) -> ndarray | tuple[ndarray, ...]:
    """Elements of `x` where the condition holds, of `y` elsewhere.

    Parameters
    ----------
    condition
        True (not zero) where `x` is wanted.
    x, y
        Arrays or numbers; with neither, the result is that of `nonzero`.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> x = np.array([1.0, -2.0])
    >>> np.where(x > 0, x, 0)
    array([1., 0.])
    """
    condition = condition if type(condition) is ndarray else as_array(condition)
    if x is None and y is None:
        return tuple(_nonzero(condition))
    if x is None or y is None:
        fact = "where: either both or neither of x and y should be given"
        raise ValueError(fact)
    if type(x) is not ndarray or type(y) is not ndarray:
        x, y = as_operands(x, y)
    z = _where(condition, x, y)
    return z if out is None else write_to(out, z)


def clip(
    a: ArrayLike,
    a_min: ArrayLike | None = None,
    a_max: ArrayLike | None = None,
    out: ndarray | None = None,
    *,
    min: ArrayLike | None = None,
    max: ArrayLike | None = None,
) -> ndarray:
    """Limit each element to an interval.

    Parameters
    ----------
    a
        Input.
    a_min, a_max
        Bounds: numbers or arrays; None for no bound.
    out
        Array that receives the result; a new one when omitted.
    min, max
        Other names of the bounds.

    Examples
    --------
    >>> np.clip(np.array([-1.0, 0.5, 2.0]), 0, 1)
    array([0. , 0.5, 1. ])
    """
    a = as_array(a)
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    bounds = (None if bound is None else as_operand(bound) for bound in (low, high))
    y = _clip(a, *bounds)
    return y if out is None else write_to(out, y)


def isclose(
    a: ArrayLike,
    b: ArrayLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> ndarray:
    """True where two arrays are equal within a tolerance.

    Parameters
    ----------
    a, b
        Inputs; the tolerance is ``atol + rtol * _absolute(b)``.
    rtol, atol
        Relative and absolute tolerance.
    equal_nan
        Whether NaN equals NaN.

    Examples
    --------
    >>> np.isclose(np.array([1.0, 2.0]), np.array([1.0, 2.1]))
    array([ True, False])
    """
    a, b = as_array(a), as_array(b)
    is_close = less_equal(
        _absolute(subtract(a, b)), add(multiply(_absolute(b), rtol), atol)
    )
    is_close = logical_or(logical_and(is_close, _isfinite(b)), equal(a, b))
    if equal_nan:
        is_close = logical_or(is_close, logical_and(_isnan(a), _isnan(b)))
    return is_close


def allclose(
    a: ArrayLike,
    b: ArrayLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """Tell whether two arrays are equal within a tolerance; waits for them.

    Parameters
    ----------
    a, b
        Inputs; the tolerance is ``atol + rtol * _absolute(b)``.
    rtol, atol
        Relative and absolute tolerance.
    equal_nan
        Whether NaN equals NaN.

    Examples
    --------
    >>> np.allclose(np.array([1.0]), np.array([1.000001]))
    True
    """
    return bool(_all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: ArrayLike, a2: ArrayLike, equal_nan: bool = False) -> bool:
    """Tell whether two arrays have the same shape and elements; waits for them.

    Parameters
    ----------
    a1, a2
        Inputs.
    equal_nan
        Whether NaN equals NaN.

    Examples
    --------
    >>> np.array_equal(np.array([1.0, 2.0]), [1, 2])
    True
    """
    a1, a2 = as_array(a1), as_array(a2)
    if a1.shape != a2.shape:
        return False
    is_equal = equal(a1, a2)
    if equal_nan:
        is_equal = logical_or(is_equal, logical_and(_isnan(a1), _isnan(a2)))
    return bool(_all(is_equal))


divide = true_divide
remainder = mod
pow = power
float_power = power
atan2 = arctan2
bitwise_left_shift = left_shift
bitwise_right_shift = right_shift
