"""Elements by position: one-hot vectors, picking, gathering, writing, masking."""

from __future__ import annotations

from typing import Any

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.np._convert import as_array, as_operand
from forerun.np._dtype import dtype_name
from forerun.np._index import argwhere

__all__ = [
    "gather_nd",
    "index_add",
    "index_update",
    "nonzero",
    "one_hot",
    "pick",
    "sequence_mask",
    "slice_axis",
    "topk",
]

_gather_nd = _core.op("gather_nd")
_index_add = _core.op("index_add")
_index_update = _core.op("index_update")
_one_hot = _core.op("one_hot")
_pick = _core.op("pick")
_sequence_mask = _core.op("sequence_mask")
_topk = _core.op("topk")


def one_hot(
    data: ArrayLike,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    dtype: DTypeLike = "float32",
) -> ndarray:
    """Vectors with one value where each element says, and another elsewhere.

    Parameters
    ----------
    data
        Positions; one outside gives a vector without `on_value`.
    depth
        Length of the vectors.
    on_value, off_value
        The two values.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.one_hot(np.array([0, 2]), 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    name = dtype_name(dtype)
    return _one_hot(as_array(data), depth, on_value, off_value, name)


def pick(
    data: ArrayLike,
    index: ArrayLike,
    axis: int = -1,
    mode: str = "clip",
    keepdims: bool = False,
) -> ndarray:
    """Pick one element along an axis for each of the other positions.

    Parameters
    ----------
    data
        Input.
    index
        Positions along the axis.
    axis
        The axis.
    mode
        How a position outside is moved in: ``"clip"`` or ``"wrap"``.
    keepdims
        Whether the axis stays, with length 1.

    Examples
    --------
    >>> npx.pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))
    array([1., 4.])
    """
    data = data if type(data) is ndarray else as_array(data)
    index = index if type(index) is ndarray else as_array(index)
    return _pick(data, index, axis, keepdims, mode)


def topk(
    data: ArrayLike,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: str = "indices",
    is_ascend: bool = False,
    dtype: DTypeLike = "float32",
) -> Any:  # noqa: ANN401
    """Find the largest elements along an axis, in descending order.

    Parameters
    ----------
    data
        Input.
    axis
        The axis; the flattened input when None.
    k
        How many.
    ret_typ
        What to return: ``"indices"``, ``"value"``, ``"both"`` or ``"mask"``.
    is_ascend
        Whether to find the smallest ones instead, in ascending order.
    dtype
        Element type of the positions.

    Examples
    --------
    >>> npx.topk(np.array([1.0, 3.0, 2.0]), k=2)
    array([1., 2.])
    """
    data = as_array(data)
    if axis is None:
        data, axis = data.reshape(-1), 0
    values, places = _topk(data, k if k > 0 else data.shape[axis], axis, is_ascend)
    if ret_typ == "mask":
        marks = _one_hot(places.moveaxis(axis, -1), data.shape[axis], 1, 0, "float32")
        return marks.sum(axis=-2).moveaxis(-1, axis)
    indices = places.astype(dtype_name(dtype))
    results = {"indices": indices, "value": values, "both": [values, indices]}
    if ret_typ not in results:
        fact = f"topk: ret_typ is one of {[*results, 'mask']}, not {ret_typ!r}"
        raise ValueError(fact)
    return results[ret_typ]


def sequence_mask(
    data: ArrayLike,
    sequence_length: ArrayLike | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> ndarray:
    """Write a value to what lies beyond the length of each sequence.

    Parameters
    ----------
    data
        Input: time and batch are its first two axes.
    sequence_length
        Length of each sequence of the batch.
    use_sequence_length
        Whether to heed the lengths.
    value
        What is written.
    axis
        Axis of time: 0 or 1.

    Examples
    --------
    >>> npx.sequence_mask(np.ones((2, 3)), np.array([1, 2]), True, axis=1)
    array([[1., 0., 0.],
           [1., 1., 0.]])
    """
    length = None if sequence_length is None else as_array(sequence_length)
    return _sequence_mask(as_array(data), length, use_sequence_length, value, axis)


def gather_nd(data: ArrayLike, indices: ArrayLike) -> ndarray:
    """Elements or slices at positions given by one row for each axis.

    Parameters
    ----------
    data
        Input.
    indices
        Positions; the first axis goes over the axes of `data`.

    Examples
    --------
    >>> npx.gather_nd(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]))
    array([3.])
    """
    return _gather_nd(as_array(data), as_array(indices))


def index_update(a: ArrayLike, ind: ArrayLike, val: ArrayLike) -> ndarray:
    """Copy an array with values written at positions given by one row for each axis.

    Parameters
    ----------
    a
        Input.
    ind
        Positions; the first axis goes over the axes of `a`.
    val
        The values.

    Examples
    --------
    >>> npx.index_update(np.zeros(3), np.array([[1]]), np.array([5.0]))
    array([0., 5., 0.])
    """
    return _index_update(as_array(a), as_array(ind), as_operand(val))


def index_add(a: ArrayLike, ind: ArrayLike, val: ArrayLike) -> ndarray:
    """Copy an array with values added at positions given by one row for each axis.

    Parameters
    ----------
    a
        Input.
    ind
        Positions; the first axis goes over the axes of `a`.
    val
        The values.

    Examples
    --------
    >>> npx.index_add(np.ones(3), np.array([[1]]), np.array([5.0]))
    array([1., 6., 1.])
    """
    return _index_add(as_array(a), as_array(ind), as_operand(val))


def nonzero(data: ArrayLike) -> ndarray:
    """Positions of the elements that are not zero, one row each; waits for them.

    Parameters
    ----------
    data
        Input.

    Examples
    --------
    >>> npx.nonzero(np.array([0.0, 2.0]))
    array([[1]], dtype=int64)
    """
    return argwhere(data)


def slice_axis(data: ArrayLike, axis: int, begin: int, end: int | None) -> ndarray:
    """View of a range of one axis.

    Parameters
    ----------
    data
        Input.
    axis
        The axis.
    begin, end
        Where the range begins, and before which position it ends.

    Examples
    --------
    >>> npx.slice_axis(np.ones((2, 4)), 1, 1, 3).shape
    (2, 2)
    """
    data = as_array(data)
    return data[(*(slice(None),) * (axis % data.ndim), slice(begin, end))]
