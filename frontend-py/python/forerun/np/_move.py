"""Elements moved about: other shapes, orders of axes, joining, cutting, repeating."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any, TypeAlias

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.np._convert import as_array, as_arrays, as_axes, as_shape, write_to
from forerun.np._dtype import dtype_name

__all__ = [
    "append",
    "array_split",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "moveaxis",
    "ndim",
    "pad",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "row_stack",
    "shape",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vsplit",
    "vstack",
]

Axes: TypeAlias = "int | Sequence[int] | None"

_flip = _core.op("flip")
_rot90 = _core.op("rot90")
_roll = _core.op("roll")
_pad = _core.op("pad")
_split = _core.op("split")
_array_split = _core.op("array_split")
_astype = _core.op("astype")
_broadcast_to = _core.op("broadcast_to")
_concatenate = _core.op("concatenate")
_expand_dims = _core.op("expand_dims")
_moveaxis = _core.op("moveaxis")
_repeat = _core.op("repeat")
_reshape = _core.op("reshape")
_squeeze = _core.op("squeeze")
_stack = _core.op("stack")
_swapaxes = _core.op("swapaxes")
_tile = _core.op("tile")
_transpose = _core.op("transpose")


def _several(axis: int | Sequence[int]) -> tuple[int, ...]:
    """Give one or several integers as a tuple."""
    return (axis,) if isinstance(axis, int) else tuple(index(i) for i in axis)


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


def concatenate(
    seq: Iterable[ArrayLike], axis: int | None = 0, out: ndarray | None = None
) -> ndarray:
    """Join arrays along an axis that they have.

    Parameters
    ----------
    seq
        The arrays; their other axes have equal lengths.
    axis
        The axis; the arrays are flattened when None.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.concatenate([np.ones(2), np.zeros(1)])
    array([1., 1., 0.])
    """
    arrays = as_arrays(seq)
    if axis is None:
        arrays, axis = [ravel(array) for array in arrays], 0
    y = _concatenate(arrays, axis)
    return y if out is None else write_to(out, y)


def stack(
    arrays: Iterable[ArrayLike], axis: int = 0, out: ndarray | None = None
) -> ndarray:
    """Join arrays of equal shape along a new axis.

    Parameters
    ----------
    arrays
        The arrays.
    axis
        Where the new axis is in the result.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.stack([np.ones(2), np.zeros(2)])
    array([[1., 1.],
           [0., 0.]])
    """
    y = _stack(as_arrays(arrays), axis)
    return y if out is None else write_to(out, y)


def vstack(arrays: Iterable[ArrayLike]) -> ndarray:
    """Join arrays along the first axis; one-dimensional ones are rows.

    Parameters
    ----------
    arrays
        The arrays.

    Examples
    --------
    >>> np.vstack([np.ones(2), np.zeros(2)])
    array([[1., 1.],
           [0., 0.]])
    """
    return _concatenate([atleast_2d(array) for array in as_arrays(arrays)], 0)


def hstack(arrays: Iterable[ArrayLike]) -> ndarray:
    """Join arrays along the second axis; one-dimensional ones along their only one.

    Parameters
    ----------
    arrays
        The arrays.

    Examples
    --------
    >>> np.hstack([np.ones(2), np.zeros(1)])
    array([1., 1., 0.])
    """
    parts = [atleast_1d(array) for array in as_arrays(arrays)]
    return _concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def dstack(arrays: Iterable[ArrayLike]) -> ndarray:
    """Join arrays along the third axis.

    Parameters
    ----------
    arrays
        The arrays.

    Examples
    --------
    >>> np.dstack([np.ones(2), np.zeros(2)]).shape
    (1, 2, 2)
    """
    return _concatenate([atleast_3d(array) for array in as_arrays(arrays)], 2)


def column_stack(arrays: Iterable[ArrayLike]) -> ndarray:
    """Join arrays along the second axis; one-dimensional ones are columns.

    Parameters
    ----------
    arrays
        The arrays.

    Examples
    --------
    >>> np.column_stack([np.ones(2), np.zeros(2)])
    array([[1., 0.],
           [1., 0.]])
    """
    parts = as_arrays(arrays)
    parts = [x if x.ndim > 1 else reshape(x, (-1, 1)) for x in parts]
    return _concatenate(parts, 1)


def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> ndarray:
    """Join two arrays.

    Parameters
    ----------
    arr, values
        The arrays.
    axis
        The axis; the arrays are flattened when None.

    Examples
    --------
    >>> np.append(np.ones(2), 3)
    array([1., 1., 3.])
    """
    return concatenate([arr, values], axis)


def split(
    ary: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0
) -> list[ndarray]:
    """Cut an array into views along an axis.

    Parameters
    ----------
    ary
        Input.
    indices_or_sections
        Number of equal parts, or the positions to cut at.
    axis
        The axis.

    Examples
    --------
    >>> np.split(np.arange(4), 2)
    [array([0., 1.]), array([2., 3.])]
    """
    given = _sections(indices_or_sections)
    return list(_split(as_array(ary), given, axis))


def array_split(
    ary: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0
) -> list[ndarray]:
    """Cut an array into views along an axis, in parts as equal as may be.

    Parameters
    ----------
    ary
        Input.
    indices_or_sections
        Number of parts, or the positions to cut at.
    axis
        The axis.

    Examples
    --------
    >>> np.array_split(np.arange(3), 2)
    [array([0., 1.]), array([2.])]
    """
    given = _sections(indices_or_sections)
    return list(_array_split(as_array(ary), given, axis))


def _sections(given: int | Sequence[int]) -> int | tuple[int, ...]:
    """Give a number of sections, or the positions between them."""
    return given if isinstance(given, int) else tuple(index(cut) for cut in given)


def vsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[ndarray]:
    """Cut an array into views along its first axis.

    Parameters
    ----------
    ary
        Input.
    indices_or_sections
        Number of equal parts, or the positions to cut at.

    Examples
    --------
    >>> [part.shape for part in np.vsplit(np.ones((4, 2)), 2)]
    [(2, 2), (2, 2)]
    """
    return split(ary, indices_or_sections, 0)


def dsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[ndarray]:
    """Cut an array into views along its third axis.

    Parameters
    ----------
    ary
        Input.
    indices_or_sections
        Number of equal parts, or the positions to cut at.

    Examples
    --------
    >>> [part.shape for part in np.dsplit(np.ones((1, 2, 4)), 2)]
    [(1, 2, 2), (1, 2, 2)]
    """
    return split(ary, indices_or_sections, 2)


def hsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[ndarray]:
    """Cut an array into views along its second axis, or its only one.

    Parameters
    ----------
    ary
        Input.
    indices_or_sections
        Number of equal parts, or the positions to cut at.

    Examples
    --------
    >>> [part.shape for part in np.hsplit(np.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    ary = as_array(ary)
    return split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


def tile(A: ArrayLike, reps: ShapeLike) -> ndarray:
    """Repeat a whole array along its axes.

    Parameters
    ----------
    A
        Input.
    reps
        How often along each axis; an int stands for the last.

    Examples
    --------
    >>> np.tile(np.array([1.0, 2.0]), 2)
    array([1., 2., 1., 2.])
    """
    times = as_shape(reps)
    return _tile(as_array(A), (times,) if isinstance(times, int) else times)


def repeat(
    a: ArrayLike, repeats: int | Sequence[int] | ndarray, axis: int | None = None
) -> ndarray:
    """Repeat each element along an axis.

    Parameters
    ----------
    a
        Input.
    repeats
        How often: one number, or one for each element.
    axis
        The axis; the input is flattened when None.

    Examples
    --------
    >>> np.repeat(np.array([1.0, 2.0]), 2)
    array([1., 1., 2., 2.])
    """
    each: Any = repeats.tolist() if isinstance(repeats, ndarray) else repeats
    return _repeat(as_array(a), as_shape(each), axis)


def flip(m: ArrayLike, axis: Axes = None, out: ndarray | None = None) -> ndarray:
    """View with the elements along axes in reverse.

    Parameters
    ----------
    m
        Input.
    axis
        Axis or axes to reverse; all when None.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.flip(np.array([1.0, 2.0]))
    array([2., 1.])
    """
    y = _flip(as_array(m), as_axes(axis))
    return y if out is None else write_to(out, y)


def flipud(m: ArrayLike) -> ndarray:
    """View with the rows in reverse.

    Parameters
    ----------
    m
        Input.

    Examples
    --------
    >>> np.flipud(np.array([[1.0], [2.0]]))
    array([[2.],
           [1.]])
    """
    return flip(m, 0)


def fliplr(m: ArrayLike) -> ndarray:
    """View with the columns in reverse.

    Parameters
    ----------
    m
        Input.

    Examples
    --------
    >>> np.fliplr(np.array([[1.0, 2.0]]))
    array([[2., 1.]])
    """
    return flip(m, 1)


def rot90(m: ArrayLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> ndarray:
    """View turned by quarter turns in the plane of two axes.

    Parameters
    ----------
    m
        Input.
    k
        How many quarter turns, from the first axis towards the second.
    axes
        The plane.

    Examples
    --------
    >>> np.rot90(np.array([[1.0, 2.0]]))
    array([[2.],
           [1.]])
    """
    return _rot90(as_array(m), k, tuple(axes))


def roll(a: ArrayLike, shift: int | Sequence[int], axis: Axes = None) -> ndarray:
    """Move the elements along axes; what leaves at one end enters at the other.

    Parameters
    ----------
    a
        Input.
    shift
        How far, along each axis.
    axis
        Axis or axes; the flattened input when None.

    Examples
    --------
    >>> np.roll(np.array([1.0, 2.0, 3.0]), 1)
    array([3., 1., 2.])
    """
    return _roll(as_array(a), as_shape(shift), as_axes(axis))


def pad(
    x: ArrayLike,
    pad_width: int | Sequence[Any],
    mode: str = "constant",
    *,
    constant_values: float = 0,
) -> ndarray:
    """Add elements before and after those along each axis.

    Parameters
    ----------
    x
        Input.
    pad_width
        How many: for all axes, ``(before, after)``, or a pair for each axis.
    mode
        ``"constant"``, ``"edge"``, ``"reflect"``, ``"symmetric"`` or ``"wrap"``.
    constant_values
        The value in the constant mode.

    Examples
    --------
    >>> np.pad(np.array([1.0, 2.0]), 1)
    array([0., 1., 2., 0.])
    """
    x = as_array(x)
    widths = numpy.broadcast_to(numpy.asarray(pad_width, "int64"), (x.ndim, 2))
    return _pad(x, widths.reshape(-1).tolist(), mode, constant_values)


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


def astype(
    a: ArrayLike,
    dtype: DTypeLike,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> ndarray:
    """Elements converted to another type.

    Parameters
    ----------
    a
        Input.
    dtype
        The type.
    order, casting, subok
        Taken as NumPy does, without effect.
    copy
        Whether to copy even if the type is the same.

    Examples
    --------
    >>> np.array([1.5]).astype("int32")
    array([1], dtype=int32)
    """
    a = as_array(a)
    if not copy and a.dtype == dtype:
        return a
    return _astype(a, dtype_name(dtype))


concat = concatenate
row_stack = vstack
