"""Comparisons of two arrays: exact ones, ordered ones, within a tolerance."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._arithmetic import add, multiply, subtract
from forerun.np._convert import as_array, as_operands, write_to
from forerun.np._logic import logical_and, logical_or

__all__ = [
    "allclose",
    "array_equal",
    "equal",
    "greater",
    "greater_equal",
    "isclose",
    "less",
    "less_equal",
    "not_equal",
]

_absolute = _core.op("absolute")
_all = _core.op("all")
_equal = _core.op("equal")
_greater = _core.op("greater")
_greater_equal = _core.op("greater_equal")
_isfinite = _core.op("isfinite")
_isnan = _core.op("isnan")
_less = _core.op("less")
_less_equal = _core.op("less_equal")
_not_equal = _core.op("not_equal")


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
