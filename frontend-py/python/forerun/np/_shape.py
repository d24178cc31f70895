"""Shapes: asked for, changed, broadcast; axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, Axes, ShapeLike
from forerun.np._convert import as_array, as_arrays, as_axes, as_shape

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "expand_dims",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "reshape",
    "rollaxis",
    "shape",
    "size",
    "squeeze",
    "swapaxes",
    "transpose",
]

_broadcast_to = _core.op("broadcast_to")
_expand_dims = _core.op("expand_dims")
_moveaxis = _core.op("moveaxis")
_reshape = _core.op("reshape")
_squeeze = _core.op("squeeze")
_swapaxes = _core.op("swapaxes")
_transpose = _core.op("transpose")


def shape(a: ArrayLike) -> tuple[int, ...]:
    """Lengths of the axes.

    Parameters
    ----------
    a
        Input.

    Examples
    --------
    >>> np.shape(np.ones((2, 3)))
    (2, 3)
    """
    return as_array(a).shape


def ndim(a: ArrayLike) -> int:
    """Number of axes.

    Parameters
    ----------
    a
        Input.

    Examples
    --------
    >>> np.ndim(np.ones((2, 3)))
    2
    """
    return as_array(a).ndim


def size(a: ArrayLike, axis: int | None = None) -> int:
    """Number of elements, or length of one axis.

    Parameters
    ----------
    a
        Input.
    axis
        The axis; all of them when None.

    Examples
    --------
    >>> np.size(np.ones((2, 3)))
    6
    """
    a = as_array(a)
    return a.size if axis is None else a.shape[axis]


def reshape(
    a: ArrayLike,
    *newshape: int | Sequence[int],
    order: str = "C",
    shape: ShapeLike | None = None,
) -> ndarray:
    """Same elements in another shape: a view where the memory allows, a copy otherwise.

    Parameters
    ----------
    a
        Input.
    *newshape
        Lengths of the axes, as a sequence or one by one; -1 for what remains.
    order
        Only the row-major order "C" exists.
    shape
        The new shape as a keyword.

    Examples
    --------
    >>> np.reshape(np.arange(4), (2, -1))
    array([[0., 1.],
           [2., 3.]])
    """
    given: Any = newshape if shape is None else (shape,)
    lengths = as_shape(given[0] if len(given) == 1 else given)
    if order != "C":
        fact = f"reshape: order is 'C', not {order!r}"
        raise ValueError(fact)
    return _reshape(
        a if type(a) is ndarray else as_array(a),
        (lengths,) if isinstance(lengths, int) else lengths,
    )


def ravel(a: ArrayLike, order: str = "C") -> ndarray:
    """All elements along one axis: a view where the memory allows.

    Parameters
    ----------
    a
        Input.
    order
        Only the row-major order "C" exists.

    Examples
    --------
    >>> np.ravel(np.ones((2, 2)))
    array([1., 1., 1., 1.])
    """
    return reshape(a, -1, order=order)


def flatten(a: ArrayLike, order: str = "C") -> ndarray:
    """All elements along one axis, as a copy.

    Parameters
    ----------
    a
        Input.
    order
        Only the row-major order "C" exists.

    Examples
    --------
    >>> np.ones((2, 2)).flatten()
    array([1., 1., 1., 1.])
    """
    return reshape(a, -1, order=order).copy()


def transpose(
    a: ArrayLike, *order: int | Sequence[int] | None, axes: Sequence[int] | None = None
) -> ndarray:
    """View with the axes in another order.

    Parameters
    ----------
    a
        Input.
    *order
        The axes in their new order, as a sequence or one by one; reversed when omitted.
    axes
        The new order as a keyword.

    Examples
    --------
    >>> np.transpose(np.ones((2, 3))).shape
    (3, 2)
    """
    given: Any = order if axes is None else (axes,)
    if len(given) == 1 and not isinstance(given[0], int):
        given = given[0]
    return _transpose(as_array(a), tuple(given) if given else None)


def permute_dims(a: ArrayLike, axes: Sequence[int]) -> ndarray:
    """View with the axes in another order.

    Parameters
    ----------
    a
        Input.
    axes
        The axes in their new order.

    Examples
    --------
    >>> np.permute_dims(np.ones((2, 3)), (1, 0)).shape
    (3, 2)
    """
    return _transpose(as_array(a), tuple(axes))


def swapaxes(a: ArrayLike, axis1: int, axis2: int) -> ndarray:
    """View with two axes interchanged.

    Parameters
    ----------
    a
        Input.
    axis1, axis2
        The axes.

    Examples
    --------
    >>> np.swapaxes(np.ones((1, 2, 3)), 0, 2).shape
    (3, 2, 1)
    """
    return _swapaxes(as_array(a), axis1, axis2)


def moveaxis(
    a: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]
) -> ndarray:
    """View with axes moved to other positions; the others keep their order.

    Parameters
    ----------
    a
        Input.
    source
        Axes to move.
    destination
        Where they go.

    Examples
    --------
    >>> np.moveaxis(np.ones((1, 2, 3)), 0, -1).shape
    (2, 3, 1)
    """
    return _moveaxis(as_array(a), _several(source), _several(destination))


def _several(axis: int | Sequence[int]) -> tuple[int, ...]:
    """Give one or several integers as a tuple."""
    return (axis,) if isinstance(axis, int) else tuple(index(i) for i in axis)


def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> ndarray:
    """View with one axis moved to before another.

    Parameters
    ----------
    a
        Input.
    axis
        Axis to move.
    start
        Axis that it comes to stand before.

    Examples
    --------
    >>> np.rollaxis(np.ones((1, 2, 3)), 2).shape
    (3, 1, 2)
    """
    a = as_array(a)
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return _moveaxis(a, (axis,), (start - 1 if axis < start else start,))


def squeeze(a: ArrayLike, axis: Axes = None) -> ndarray:
    """View without axes of length 1.

    Parameters
    ----------
    a
        Input.
    axis
        Which of them to drop; all when None.

    Examples
    --------
    >>> np.squeeze(np.ones((1, 2, 1))).shape
    (2,)
    """
    return _squeeze(as_array(a), as_axes(axis))


def expand_dims(a: ArrayLike, axis: int | Sequence[int]) -> ndarray:
    """View with new axes of length 1.

    Parameters
    ----------
    a
        Input.
    axis
        Where they are in the result.

    Examples
    --------
    >>> np.expand_dims(np.ones(2), 0).shape
    (1, 2)
    """
    return _expand_dims(as_array(a), as_axes(axis))


def broadcast_to(array: ArrayLike, shape: ShapeLike) -> ndarray:
    """View that repeats the elements to fill a shape.

    Parameters
    ----------
    array
        Input.
    shape
        The shape.

    Examples
    --------
    >>> np.broadcast_to(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    return _broadcast_to(as_array(array), as_shape(shape))


def broadcast_arrays(*args: ArrayLike) -> list[ndarray]:
    """Views of arrays, broadcast to their common shape.

    Parameters
    ----------
    *args
        The arrays.

    Examples
    --------
    >>> x, y = np.broadcast_arrays(np.ones((2, 1)), np.ones(3))
    >>> x.shape, y.shape
    ((2, 3), (2, 3))
    """
    arrays = as_arrays(args)
    shape = numpy.broadcast_shapes(*(array.shape for array in arrays))
    return [_broadcast_to(array, shape) for array in arrays]


def broadcast_like(a: ArrayLike, like: ndarray) -> ndarray:
    """View that repeats the elements to fill the shape of another array.

    Parameters
    ----------
    a
        Input.
    like
        The other array.

    Examples
    --------
    >>> np.ones(3).broadcast_like(np.ones((2, 3))).shape
    (2, 3)
    """
    return _broadcast_to(as_array(a), like.shape)


def atleast_1d(ary: ArrayLike) -> ndarray:
    """View with at least one axis.

    Parameters
    ----------
    ary
        Input.

    Examples
    --------
    >>> np.atleast_1d(np.array(3.0))
    array([3.])
    """
    x = as_array(ary)
    return x if x.ndim else reshape(x, (1,))


def atleast_2d(ary: ArrayLike) -> ndarray:
    """View with at least two axes.

    Parameters
    ----------
    ary
        Input.

    Examples
    --------
    >>> np.atleast_2d(np.ones(3)).shape
    (1, 3)
    """
    x = atleast_1d(ary)
    return x if x.ndim > 1 else _expand_dims(x, 0)


def atleast_3d(ary: ArrayLike) -> ndarray:
    """View with at least three axes.

    Parameters
    ----------
    ary
        Input.

    Examples
    --------
    >>> np.atleast_3d(np.ones(3)).shape
    (1, 3, 1)
    """
    x = atleast_2d(as_array(ary))
    return x if x.ndim > 2 else _expand_dims(x, x.ndim)
