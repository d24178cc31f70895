"""Logic of truth values, and choice by a condition."""

from __future__ import annotations

from typing import overload

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = ["logical_and", "logical_not", "logical_or", "logical_xor", "where"]

_logical_and = _core.op("logical_and")
_logical_not = _core.op("logical_not")
_logical_or = _core.op("logical_or")
_logical_xor = _core.op("logical_xor")
_nonzero = _core.op("nonzero")
_where = _core.op("where")


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
