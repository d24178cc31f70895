"""Softmax and its logarithm, with lengths and with masks."""

from __future__ import annotations

import math

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.np._convert import as_array
from forerun.np._range import arange

__all__ = ["log_softmax", "masked_log_softmax", "masked_softmax", "softmax"]

_log_softmax = _core.op("log_softmax")
_softmax = _core.op("softmax")
_where = _core.op("where")


def softmax(
    data: ArrayLike,
    axis: int = -1,
    length: ArrayLike | None = None,
    temperature: float | None = None,
    use_length: bool = False,
    dtype: DTypeLike | None = None,
) -> ndarray:
    """Exponentials along an axis, divided by their sum.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    axis
        The axis.
    length
        How many elements of the axis count in each row; others become 0.
    temperature
        What the input is divided by.
    use_length
        Whether to heed `length`.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    data = as_array(data)
    if use_length and length is not None:
        mask = _within(data, length, axis)
        y = masked_softmax(data, mask, axis, temperature or 1.0)
    else:
        y = _softmax(data, axis, temperature)
    return y if dtype is None else y.astype(dtype)


def log_softmax(
    data: ArrayLike,
    axis: int = -1,
    length: ArrayLike | None = None,
    temperature: float | None = None,
    use_length: bool = False,
    dtype: DTypeLike | None = None,
) -> ndarray:
    """Logarithm of `softmax`, without overflow.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    axis
        The axis.
    length
        How many elements of the axis count in each row; others become minus infinity.
    temperature
        What the input is divided by.
    use_length
        Whether to heed `length`.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.log_softmax(np.array([0.0, 0.0]))
    array([-0.6931472, -0.6931472])
    """
    data = data if type(data) is ndarray else as_array(data)
    if use_length and length is not None:
        mask = _within(data, length, axis)
        y = masked_log_softmax(data, mask, axis, temperature or 1.0)
    else:
        y = _log_softmax(data, axis, temperature)
    return y if dtype is None else y.astype(dtype)


def _within(data: ndarray, length: ArrayLike, axis: int) -> ndarray:
    """Mask of the first `length` positions of an axis, for each row."""
    axis %= data.ndim
    lengths = [1] * data.ndim
    lengths[axis] = -1
    places = arange(data.shape[axis], dtype="int32").reshape(lengths)
    return places < as_array(length).expand_dims(axis)


def masked_softmax(
    data: ArrayLike,
    mask: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    normalize: bool = True,
) -> ndarray:
    """`softmax` of the elements where a mask is true; the others become 0.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    mask
        True where an element counts; it broadcasts.
    axis
        The axis.
    temperature
        What the input is divided by.
    normalize
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.masked_softmax(np.array([0.0, 5.0, 0.0]), np.array([True, False, True]))
    array([0.5, 0. , 0.5])
    """
    data, mask = as_array(data), as_array(mask)
    return _where(mask, _softmax(_where(mask, data, -math.inf), axis, temperature), 0)


def masked_log_softmax(
    data: ArrayLike,
    mask: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    normalize: bool = True,
) -> ndarray:
    """`log_softmax` of the elements where a mask is true; the others become -inf.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    mask
        True where an element counts; it broadcasts.
    axis
        The axis.
    temperature
        What the input is divided by.
    normalize
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.masked_log_softmax(np.array([0.0, 5.0]), np.array([True, False]))
    array([  0., -inf])
    """
    data, mask = as_array(data), as_array(mask)
    y = _log_softmax(_where(mask, data, -math.inf), axis, temperature)
    return _where(mask, y, -math.inf)
