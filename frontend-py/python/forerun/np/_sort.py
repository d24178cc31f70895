"""Ordered elements: sorting, searching, what is unique."""

from __future__ import annotations

from typing import Any

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array
from forerun.np._fill import full

__all__ = ["argsort", "isin", "searchsorted", "sort", "unique"]

_argsort = _core.op("argsort")
_searchsorted = _core.op("searchsorted")
_sort = _core.op("sort")
_unique = _core.op("unique")


def sort(
    a: ArrayLike, axis: int | None = -1, kind: str | None = None, order: None = None
) -> ndarray:
    """Elements in ascending order along an axis; NaN comes last.

    Parameters
    ----------
    a
        Input.
    axis
        The axis; the flattened input when None.
    kind, order
        Taken as NumPy does, without effect: sorting is stable.

    Examples
    --------
    >>> np.sort(np.array([3.0, 1.0, 2.0]))
    array([1., 2., 3.])
    """
    return _sort(as_array(a), axis)


def argsort(
    a: ArrayLike, axis: int | None = -1, kind: str | None = None, order: None = None
) -> ndarray:
    """Positions that would put the elements along an axis in ascending order.

    Parameters
    ----------
    a
        Input.
    axis
        The axis; the flattened input when None.
    kind, order
        Taken as NumPy does, without effect: sorting is stable.

    Examples
    --------
    >>> np.argsort(np.array([3.0, 1.0, 2.0]))
    array([1, 2, 0], dtype=int64)
    """
    return _argsort(as_array(a), axis, False)


def unique(
    ar: ArrayLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:  # noqa: ANN401
    """Different elements in ascending order; waits for the input.

    Parameters
    ----------
    ar
        Input.
    return_index
        Whether to return where each first occurs.
    return_inverse
        Whether to return which of them each element is.
    return_counts
        Whether to return how often each occurs.
    axis
        Axis whose parts are compared as wholes; the input is flattened when None.

    Examples
    --------
    >>> np.unique(np.array([2.0, 1.0, 2.0]), return_counts=True)
    (array([1., 2.]), array([1, 2], dtype=int64))
    """
    ar = as_array(ar)
    if not (return_index or return_inverse or return_counts):
        return _unique(ar, axis, False)[0]
    values, first, inverse, counts = _unique(ar, axis, True)
    found = [values]
    found += [first] if return_index else []
    shape = ar.shape if axis is None else inverse.shape
    found += [inverse.reshape(shape)] if return_inverse else []
    found += [counts] if return_counts else []
    return tuple(found)


def searchsorted(
    a: ArrayLike,
    v: ArrayLike,
    side: str = "left",
    sorter: ArrayLike | None = None,
) -> ndarray:
    """Positions at which elements would go into a sorted array.

    Parameters
    ----------
    a
        The sorted array, of one axis.
    v
        The elements.
    side
        Before equal elements, ``"left"``, or after them, ``"right"``.
    sorter
        Positions that would sort `a`, if it is not sorted.

    Examples
    --------
    >>> np.searchsorted(np.array([1.0, 3.0]), np.array([2.0]))
    array([1], dtype=int64)
    """
    if side not in ("left", "right"):
        fact = f"searchsorted: side is 'left' or 'right', not {side!r}"
        raise ValueError(fact)
    order = None if sorter is None else as_array(sorter)
    return _searchsorted(as_array(a), as_array(v), side == "right", order)


def isin(element: ArrayLike, test_elements: ArrayLike, invert: bool = False) -> ndarray:
    """True where an element is one of others.

    Parameters
    ----------
    element
        Input.
    test_elements
        The others.
    invert
        Whether to give True where it is none of them.

    Examples
    --------
    >>> np.isin(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    array([False,  True])
    """
    element, others = as_array(element), as_array(test_elements).reshape(-1)
    if others.size == 0:
        return full(element.shape, invert, "bool")
    ordered = _sort(others, 0)
    place = _searchsorted(ordered, element.reshape(-1), False, None)
    nearest = ordered[(place - (place == others.size)).astype("int64")]
    is_in = nearest.reshape(element.shape) == element
    return ~is_in if invert else is_in
