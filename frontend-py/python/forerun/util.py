"""MXNet's switches between array semantics.

Arrays always behave as NumPy's here, so most of these only remember what was asked for;
``set_np(dtype=True)`` alone changes results: NumPy's default dtypes come into force.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, cast

from forerun.np._dtype import has_numpy_defaults, set_numpy_defaults

if TYPE_CHECKING:
    Used = TypeVar("Used", bound=Callable[..., Any] | type)

__all__ = [
    "is_np_array",
    "is_np_default_dtype",
    "is_np_shape",
    "np_array",
    "np_default_dtype",
    "np_shape",
    "reset_np",
    "set_np",
    "set_np_default_dtype",
    "set_np_shape",
    "use_np",
    "use_np_array",
    "use_np_default_dtype",
    "use_np_shape",
]

_asked = {"array": True, "shape": True}


def set_np(shape: bool = True, array: bool = True, dtype: bool = False) -> None:
    """Switch NumPy semantics on, as MXNet programs do first.

    Parameters
    ----------
    shape, array
        Remembered for `is_np_shape` and `is_np_array`.
    dtype
        Whether NumPy's default dtypes are used: int64 and float64 for Python numbers.

    Examples
    --------
    >>> from forerun import np, npx
    >>> npx.set_np(dtype=True)
    >>> np.array([1, 2]).dtype
    dtype('int64')
    >>> npx.set_np()
    >>> np.array([1, 2]).dtype
    dtype('float32')
    """
    if array and not shape:
        fact = "set_np: array semantics need shape semantics"
        raise ValueError(fact)
    _asked.update(array=array, shape=shape)
    set_numpy_defaults(dtype)


def reset_np() -> None:
    """Undo `set_np`.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.reset_np()
    >>> npx.is_np_array()
    False
    >>> npx.set_np()
    """
    set_np(shape=False, array=False, dtype=False)


def is_np_array() -> bool:
    """Tell whether NumPy semantics of arrays were asked for.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.is_np_array()
    True
    """
    return _asked["array"]


def is_np_shape() -> bool:
    """Tell whether NumPy semantics of shapes were asked for.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.is_np_shape()
    True
    """
    return _asked["shape"]


def is_np_default_dtype() -> bool:
    """Tell whether NumPy's default dtypes are in force.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.is_np_default_dtype()
    False
    """
    return has_numpy_defaults()


def set_np_shape(active: bool) -> bool:
    """Remember whether NumPy semantics of shapes are asked for; return what was before.

    Parameters
    ----------
    active
        Whether they are.

    Examples
    --------
    >>> from forerun.util import set_np_shape
    >>> set_np_shape(True)
    True
    """
    before, _asked["shape"] = _asked["shape"], active
    return before


def set_np_default_dtype(is_np_default_dtype: bool = True) -> bool:
    """Switch NumPy's default dtypes on or off; return what was before.

    Parameters
    ----------
    is_np_default_dtype
        Whether they are to be in force.

    Examples
    --------
    >>> from forerun.util import set_np_default_dtype
    >>> set_np_default_dtype(False)
    False
    """
    return set_numpy_defaults(is_np_default_dtype)


@contextlib.contextmanager
def np_shape(active: bool = True) -> Iterator[None]:
    """Remember NumPy semantics of shapes for a ``with`` block.

    Parameters
    ----------
    active
        Whether they are asked for.

    Examples
    --------
    >>> from forerun.util import is_np_shape, np_shape
    >>> with np_shape(False):
    ...     is_np_shape()
    False
    """
    before = set_np_shape(active)
    try:
        yield
    finally:
        _asked["shape"] = before


@contextlib.contextmanager
def np_array(active: bool = True) -> Iterator[None]:
    """Remember NumPy semantics of arrays for a ``with`` block.

    Parameters
    ----------
    active
        Whether they are asked for.

    Examples
    --------
    >>> from forerun.util import is_np_array, np_array
    >>> with np_array(False):
    ...     is_np_array()
    False
    """
    before, _asked["array"] = _asked["array"], active
    try:
        yield
    finally:
        _asked["array"] = before


@contextlib.contextmanager
def np_default_dtype(active: bool = True) -> Iterator[None]:
    """Use NumPy's default dtypes in a ``with`` block.

    Parameters
    ----------
    active
        Whether they are used.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.util import np_default_dtype
    >>> with np_default_dtype():
    ...     np.arange(2).dtype
    dtype('int64')
    """
    before = set_numpy_defaults(active)
    try:
        yield
    finally:
        set_numpy_defaults(before)


def use_np(used: Used) -> Used:
    """Decorate a class or function that expects NumPy semantics, which are always on.

    Parameters
    ----------
    used
        The class or function, returned as it is.

    Examples
    --------
    >>> from forerun import npx
    >>> @npx.use_np
    ... def twice(x):
    ...     return 2 * x
    """
    return used


def use_np_default_dtype(function: Used) -> Used:
    """Decorate a function that is to run with NumPy's default dtypes.

    Parameters
    ----------
    function
        The function.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.util import use_np_default_dtype
    >>> use_np_default_dtype(lambda: np.ones(2).dtype)()
    dtype('float64')
    """

    @functools.wraps(function)
    def with_defaults(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with np_default_dtype():
            return function(*args, **kwargs)

    return cast("Used", with_defaults)


use_np_array = use_np
use_np_shape = use_np
