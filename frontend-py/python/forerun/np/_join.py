"""Arrays joined, and cut into parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, as_arrays, write_to
from forerun.np._shape import atleast_1d, atleast_2d, atleast_3d, ravel, reshape

__all__ = [
    "append",
    "array_split",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "row_stack",
    "split",
    "stack",
    "vsplit",
    "vstack",
]

_array_split = _core.op("array_split")
_concatenate = _core.op("concatenate")
_split = _core.op("split")
_stack = _core.op("stack")


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


concat = concatenate
row_stack = vstack
