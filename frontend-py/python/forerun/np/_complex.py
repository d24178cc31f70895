"""Complex numbers: their parts, angle and conjugate."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, write_to
from forerun.np._trigonometric import degrees

__all__ = ["angle", "conj", "conjugate", "imag", "real"]

_angle = _core.op("angle")
_conjugate = _core.op("conjugate")
_imag = _core.op("imag")
_real = _core.op("real")


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


conj = conjugate
