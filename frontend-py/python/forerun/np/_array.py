"""The array class: what the extension module leaves to Python is attached here.

A method is the function of the same name. Operators and indexing are slots of it; the
two protocols through which NumPy's own functions come to ours are at the end.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy

from forerun import _core
from forerun._core import ndarray
from forerun.device import Device, device_id
from forerun.np import (
    _arithmetic,
    _bitwise,
    _comparison,
    _complex,
    _create,
    _exponential,
    _extrema,
    _fill,
    _floating_point,
    _index,
    _join,
    _logic,
    _matrix,
    _nan_reduce,
    _picture,
    _print,
    _product,
    _range,
    _rearrange,
    _reduce,
    _rounding,
    _shape,
    _sort,
    _statistics,
    _trigonometric,
)
from forerun.np._convert import from_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ndarray"]

_to_device = _core.op("to_device")
_DEVICES = [Device("cpu", number) for number in range(64)]


def device(a: ndarray) -> Device:
    """Device that the array belongs to."""
    return _DEVICES[a._device_id()]


def to_device(a: ndarray, device: Device) -> ndarray:
    """Array of the same elements on a device: itself if it is there already.

    Parameters
    ----------
    a
        Input.
    device
        Where it is to be.

    Examples
    --------
    >>> np.ones(2).as_in_ctx(npx.cpu(1)).ctx
    cpu(1)
    """
    number = device_id(device)
    return a if number == a._device_id() else _to_device(a, number)


def copyto(a: ndarray, other: ndarray | Device) -> ndarray:
    """Copy the elements into another array, or to a device.

    Parameters
    ----------
    a
        Input.
    other
        Array to write to, or device.

    Examples
    --------
    >>> x, y = np.ones(2), np.zeros(2)
    >>> x.copyto(y)
    array([1., 1.])
    """
    if isinstance(other, Device):
        number = device_id(other)
        return a.copy() if number == a._device_id() else _to_device(a, number)
    if other is a:
        return other
    other[...] = to_device(a, device(other))
    return other


def backward(
    a: ndarray,
    out_grad: ndarray | None = None,
    retain_graph: bool = False,
    train_mode: bool = True,
) -> None:
    """Compute the gradients of the array with respect to those with `attach_grad`.

    Parameters
    ----------
    a
        What was computed inside ``autograd.record()``.
    out_grad
        Gradient of something with respect to the array; ones when omitted.
    retain_graph
        Whether backward is to be possible once more.
    train_mode
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> x = np.array([1.0, 2.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([2., 4.])
    """
    _core.backward([a], None if out_grad is None else [out_grad], retain_graph)


def zero_grad(a: ndarray) -> None:
    """Fill the gradient of the array with zeros.

    Parameters
    ----------
    a
        An array with `attach_grad`.

    Examples
    --------
    >>> x = np.ones(2)
    >>> x.attach_grad()
    >>> x.zero_grad()
    """
    if a.grad is not None:
        a.grad[...] = 0


def same_array(a: ndarray) -> ndarray:
    """The array itself: MXNet's other array class is the same one here.

    Parameters
    ----------
    a
        The array.

    Examples
    --------
    >>> x = np.ones(2)
    >>> x.as_nd_ndarray() is x
    True
    """
    return a


def asscalar(a: ndarray) -> Any:  # noqa: ANN401
    """Number that an array of one element holds; waits for it.

    Parameters
    ----------
    a
        The array.

    Examples
    --------
    >>> np.array([2.5]).asscalar()
    2.5
    """
    return a.item()


_METHODS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(_reduce, name)
        for name in (
            *("all", "any", "argmax", "argmin", "cumprod", "cumsum", "max", "min"),
            *("prod", "ptp", "sum"),
        )
    },
    **{
        name: getattr(_shape, name)
        for name in (
            *("broadcast_like", "broadcast_to", "expand_dims", "flatten", "moveaxis"),
            *("ravel", "reshape", "squeeze", "swapaxes", "transpose"),
        )
    },
    **{name: getattr(_rearrange, name) for name in ("flip", "repeat", "tile")},
    **{name: getattr(_exponential, name) for name in ("exp", "log", "sqrt", "square")},
    **{
        name: getattr(_index, name) for name in ("diagonal", "nonzero", "take", "trace")
    },
    **{name: getattr(_sort, name) for name in ("argsort", "searchsorted", "sort")},
    **{name: getattr(_statistics, name) for name in ("mean", "std", "var")},
    "abs": _arithmetic.absolute,
    "as_in_context": to_device,
    "as_in_ctx": to_device,
    "as_nd_ndarray": same_array,
    "as_np_ndarray": same_array,
    "asscalar": asscalar,
    "astype": _create.astype,
    "backward": backward,
    "clip": _extrema.clip,
    "conj": _complex.conjugate,
    "conjugate": _complex.conjugate,
    "copyto": copyto,
    "dot": _product.dot,
    "round": _rounding.round,
    "split": _join.split,
    "tanh": _trigonometric.tanh,
    "to_device": to_device,
    "zero_grad": zero_grad,
    "__format__": _print.array_format,
    "__repr__": _print.array_repr,
    "_repr_html_": _picture.array_html,
    "show": _picture.show,
    "__str__": _print.array_str,
}


def _array_ufunc(
    self: ndarray,
    ufunc: numpy.ufunc,
    method: str,
    *inputs: Any,  # noqa: ANN401
    **kwargs: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """Answer a ufunc of NumPy with our function of that name, else with NumPy's."""
    ours = _OURS.get(ufunc.__name__) if method == "__call__" else None
    outs = kwargs.get("out", ())
    if ours is None or kwargs.keys() - {"out"} or not _all_ours(outs):
        return _through_numpy(getattr(ufunc, method), inputs, kwargs)
    return ours(*inputs, *outs)


def _array_function(
    self: ndarray,
    func: Callable[..., Any],
    types: object,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:  # noqa: ANN401
    """Answer a function of NumPy with ours if it takes the arguments, else with it."""
    ours = _find(func)
    if ours is None or not _takes(ours, args, kwargs):
        return _through_numpy(func, args, kwargs)
    return ours(*args, **kwargs)


def _find(func: Callable[..., Any]) -> Callable[..., Any] | None:
    """Look up our function with the name of one of NumPy's."""
    if func.__module__ == "numpy.linalg":
        from forerun.np import linalg

        return getattr(linalg, func.__name__, None)
    return _OURS.get(func.__name__) if func.__module__ == "numpy" else None


def _takes(
    ours: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    try:
        inspect.signature(ours).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _all_ours(arrays: tuple[object, ...]) -> bool:
    return all(isinstance(array, ndarray) for array in arrays)


def _through_numpy(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:  # noqa: ANN401
    """Call NumPy's function on the values of the arrays, and give arrays of ours back.

    Where NumPy's result goes to ``out=`` arrays of ours, it is written to them.
    """
    outs = kwargs.pop("out", None)
    result = func(*_to_numpy(args), **_to_numpy(kwargs))
    if outs is None:
        return _from_numpy(result)
    targets = outs if isinstance(outs, tuple) else (outs,)
    results = result if isinstance(result, tuple) else (result,)
    for target, values in zip(targets, results, strict=True):
        target[...] = values
    return targets[0] if len(targets) == 1 else targets


def _to_numpy(x: Any) -> Any:  # noqa: ANN401
    if isinstance(x, ndarray):
        return x.asnumpy()
    if isinstance(x, list | tuple):
        return type(x)(_to_numpy(part) for part in x)
    if isinstance(x, dict):
        return {name: _to_numpy(part) for name, part in x.items()}
    return x


def _from_numpy(x: Any) -> Any:  # noqa: ANN401
    if isinstance(x, numpy.ndarray) and x.dtype.kind in "biufc":
        return from_host(x, device_id(None))
    if isinstance(x, list | tuple) and type(x) in (list, tuple):
        return type(x)(_from_numpy(part) for part in x)
    return x


def _contains(self: ndarray, value: Any) -> bool:  # noqa: ANN401
    """Tell whether an element equals `value`; waits."""
    return bool((self == value).any())


def _reversed(self: ndarray) -> Iterator[ndarray]:
    """Go over the rows from the last one to the first."""
    return iter(self[::-1])


_OURS: dict[str, Callable[..., Any]] = {
    name: getattr(module, name)
    for module in (
        *(_arithmetic, _bitwise, _comparison, _complex, _create, _exponential),
        *(_extrema, _fill, _floating_point, _index, _join, _logic, _matrix),
        *(_nan_reduce, _print, _product, _range, _rearrange, _reduce, _rounding),
        *(_shape, _sort, _statistics, _trigonometric),
    )
    for name in module.__all__
}


def _attach() -> None:
    """Put methods and properties on the class."""
    for name, function in _METHODS.items():
        setattr(ndarray, name, function)
    for name in ("ctx", "context", "device"):
        setattr(ndarray, name, property(device))
    setattr(ndarray, "real", property(_complex.real))  # noqa: B010
    setattr(ndarray, "imag", property(_complex.imag))  # noqa: B010
    setattr(ndarray, "__array_ufunc__", _array_ufunc)  # noqa: B010
    setattr(ndarray, "__array_function__", _array_function)  # noqa: B010
    setattr(ndarray, "__contains__", _contains)  # noqa: B010
    setattr(ndarray, "__reversed__", _reversed)  # noqa: B010
    setattr(ndarray, "__array_priority__", 1000.0)  # noqa: B010


_attach()
