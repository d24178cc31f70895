"""Special functions, element by element: error function, gamma and its kin."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, write_to
from forerun.np._dtype import default_float

__all__ = ["digamma", "erf", "erfinv", "gamma", "gammaln"]

_digamma = _core.op("digamma")
_erf = _core.op("erf")
_erfinv = _core.op("erfinv")
_exp = _core.op("exp")
_gammaln = _core.op("gammaln")


def erf(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Error function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.erf(np.array([0.0, 1.0]))
    array([0.        , 0.84270084])
    """
    y = _erf(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def erfinv(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse of the error function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.erfinv(np.array([0.0, 0.5]))
    array([0.       , 0.4769363])
    """
    y = _erfinv(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def gammaln(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Logarithm of the absolute value of the gamma function.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.gammaln(np.array([1.0, 5.0]))
    array([0.       , 3.1780539])
    """
    y = _gammaln(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def digamma(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Derivative of `gammaln`.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.digamma(np.array([1.0]))
    array([-0.5772157])
    """
    y = _digamma(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def gamma(data: ArrayLike) -> ndarray:
    """Gamma function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.

    Examples
    --------
    >>> npx.gamma(np.array([3.0])).round(3)
    array([2.])
    """
    data = as_array(data)
    # Between -2k-1 and -2k the function is negative: there floor(x) is odd.
    below = data // 1
    is_negative = (data < 0) & (below % 2 == 1)
    return _exp(_gammaln(data)) * (1 - 2 * is_negative.astype(default_float()))
