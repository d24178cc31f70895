"""Random orders of elements, and elements drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, as_shape, write_to

__all__ = ["choice", "permutation", "shuffle"]

_choice = _core.op("random_choice")
_permutation = _core.op("random_permutation")
_permuted = _core.op("random_permuted")
_shuffle = _core.op("random_shuffle")


def permutation(x: int | ArrayLike) -> ndarray:
    """Give the rows of an array, or the numbers below `x`, in random order.

    Parameters
    ----------
    x
        Array, or how many numbers.

    Examples
    --------
    >>> np.sort(np.random.permutation(4))
    array([0, 1, 2, 3], dtype=int64)
    """
    if isinstance(x, int):
        return _permutation(x, device_id(None))
    return _permuted(as_array(x))


def shuffle(x: ndarray) -> None:
    """Put the rows of an array in random order, in place.

    Parameters
    ----------
    x
        The array.

    Examples
    --------
    >>> x = np.arange(4)
    >>> np.random.shuffle(x)
    >>> np.sort(x)
    array([0., 1., 2., 3.])
    """
    _shuffle(x)


def choice(
    a: int | ArrayLike,
    size: ShapeLike | None = None,
    replace: bool = True,
    p: Sequence[float] | ndarray | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Draw elements of an array, or numbers below `a`.

    Parameters
    ----------
    a
        Array of one axis, or how many numbers.
    size
        Shape of the result; one element when None.
    replace
        Whether an element may be drawn more than once.
    p
        How likely each is; all equally when None.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sort(np.random.choice(3, size=3, replace=False))
    array([0, 1, 2], dtype=int64)
    """
    n = a if isinstance(a, int) else as_array(a).shape[0]
    shape = () if size is None else as_shape(size)
    weights = None if p is None else as_array(p)
    y = _choice(n, shape, replace, weights, device_id(ctx, device))
    y = y if isinstance(a, int) else as_array(a)[y]
    return y if out is None else write_to(out, y)
