"""Bits of integers: combined, inverted, moved."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_operands, write_to

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

_bitwise_and = _core.op("bitwise_and")
_bitwise_not = _core.op("bitwise_not")
_bitwise_or = _core.op("bitwise_or")
_bitwise_xor = _core.op("bitwise_xor")
_left_shift = _core.op("left_shift")
_right_shift = _core.op("right_shift")


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


invert = bitwise_not
bitwise_invert = bitwise_not
bitwise_left_shift = left_shift
bitwise_right_shift = right_shift
