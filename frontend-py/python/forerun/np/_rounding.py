"""Each element rounded to a whole number, or to a number of decimals."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, write_to

__all__ = ["around", "ceil", "fix", "floor", "rint", "round", "trunc"]

_ceil = _core.op("ceil")
_fix = _core.op("fix")
_floor = _core.op("floor")
_rint = _core.op("rint")
_round = _core.op("round")
_trunc = _core.op("trunc")


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


around = round
