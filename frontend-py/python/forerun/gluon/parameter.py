"""Parameters: what a block learns, one array per device, and dictionaries of them.

A parameter may be created before its whole shape is known; unknown axes are -1 (0 and
None are read the same way). Initializing such a parameter is deferred: it is
remembered, and carried out when the first input has told the shape.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy

from forerun import _core, autograd, np, npx
from forerun.init import Constant as _ConstantInit
from forerun.init import InitDesc, Initializer, Uniform
from forerun.init import create as _create_init

if TYPE_CHECKING:
    from collections.abc import (
        ItemsView,
        Iterator,
        KeysView,
        Mapping,
        Sequence,
        ValuesView,
    )

    from forerun._typing import ArrayLike, Device, DeviceLike, DTypeLike
    from forerun.init import InitLike
    from forerun.np import ndarray

__all__ = [
    "Constant",
    "DeferredInitializationError",
    "Parameter",
    "ParameterDict",
]

_GRAD_REQS = ("write", "add", "null")


class DeferredInitializationError(RuntimeError):
    """Raised when a parameter is read whose shape no input has told yet.

    Examples
    --------
    >>> from forerun import gluon
    >>> issubclass(gluon.DeferredInitializationError, RuntimeError)
    True
    """


class _Deferred(NamedTuple):
    """An initialization that waits for the shape."""

    init: InitLike | None
    devices: list[Device]
    default_init: InitLike
    data: ndarray | None


def _as_devices(ctx: DeviceLike | None, device: DeviceLike | None) -> list[Device]:
    """List what `ctx=` or its newer name `device=` gave; the current one if neither."""
    chosen = ctx if device is None else device
    if chosen is None:
        return [npx.current_device()]
    return (
        list(chosen) if isinstance(chosen, list | tuple) else [cast("Device", chosen)]
    )


def _as_shape(shape: int | Sequence[int | None] | None) -> tuple[int, ...] | None:
    if shape is None:
        return None
    axes = (shape,) if isinstance(shape, int) else shape
    return tuple(axis if axis else -1 for axis in axes)


def _is_known(shape: tuple[int, ...] | None) -> bool:
    return shape is not None and all(axis > 0 for axis in shape)


def _merge_shapes(
    old: tuple[int, ...] | None, new: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """Fill the unknown axes of one shape from the other.

    Raises `ValueError` if the two contradict each other.
    """
    if old is None or new is None:
        return new if old is None else old
    if len(old) != len(new) or any(
        a != b and a > 0 and b > 0 for a, b in zip(old, new, strict=True)
    ):
        raise ValueError(f"shape {new} contradicts {old}")
    return tuple(a if a > 0 else b for a, b in zip(old, new, strict=True))


def _dtype_name(dtype: DTypeLike) -> str:
    try:
        return numpy.dtype(dtype).name
    except TypeError:
        return str(dtype)


class Parameter:
    """An array that a block learns, with its gradient, on one device or several.

    Parameters
    ----------
    name
        Name; a block puts its prefix before it.
    grad_req
        ``"write"`` the gradient, ``"add"`` to it, or ``"null"`` for none.
    shape
        Shape; -1, 0 or None stand for axes not yet known.
    dtype
        Element type.
    lr_mult, wd_mult
        Factors of learning rate and weight decay for this parameter.
    init
        Initializer; the block's `initialize` chooses when omitted.
    allow_deferred_init
        Whether `initialize` may wait for an unknown shape.
    differentiable
        Without it, `grad_req` is ``"null"``.
    stype, grad_stype
        Accepted for MXNet's sake; storage is dense.

    Examples
    --------
    >>> from forerun import gluon
    >>> weight = gluon.Parameter("weight", shape=(2,), init="ones")
    >>> weight.initialize()
    >>> weight.data()
    array([1., 1.])
    """

    def __init__(
        self,
        name: str = "weight",
        grad_req: str = "write",
        shape: int | Sequence[int | None] | None = None,
        dtype: DTypeLike = "float32",
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: InitLike | None = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self.stype = stype
        self.grad_stype = grad_stype
        self._shape = _as_shape(shape)
        self._allow_deferred_init = allow_deferred_init
        self._differentiable = differentiable
        self._arrays: dict[Device, ndarray] = {}
        self._deferred: _Deferred | None = None
        self._owned = False
        self._grad_req = "null"
        self.grad_req = grad_req

    def __repr__(self) -> str:
        kind = type(self).__name__
        return (
            f"{kind} {self.name} (shape={self.shape}, dtype={_dtype_name(self.dtype)})"
        )

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape, -1 for unknown axes; setting it can only fill those."""
        return self._shape

    @shape.setter
    def shape(self, shape: Sequence[int | None] | None) -> None:
        try:
            self._shape = _merge_shapes(self._shape, _as_shape(shape))
        except ValueError as error:
            raise ValueError(f"Parameter {self.name}: {error}") from None

    @property
    def grad_req(self) -> str:
        """``"write"``, ``"add"`` or ``"null"``."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req not in _GRAD_REQS:
            raise ValueError(
                f"Parameter {self.name}: grad_req must be one of {_GRAD_REQS}, "
                f"got {req!r}"
            )
        if not self._differentiable:
            req = "null"
        if req != self._grad_req:
            self._grad_req = req
            self._attach_grads()

    def initialize(
        self,
        init: InitLike | None = None,
        ctx: DeviceLike | None = None,
        default_init: InitLike | None = None,
        force_reinit: bool = False,
        *,
        device: DeviceLike | None = None,
    ) -> None:
        """Give the parameter its first values.

        Parameters
        ----------
        init
            Initializer; else the parameter's own one, else `default_init`.
        ctx, device
            One device or several, each with its own copy; the current one by default.
        default_init
            What to use when nothing else is given; `Uniform()` when omitted.
        force_reinit
            Start again if there are values already.
        """
        if self._arrays and not force_reinit:
            warnings.warn(
                f"Parameter {self.name}: already initialized, kept; "
                "force_reinit=True starts again",
                stacklevel=2,
            )
            return
        default_init = Uniform() if default_init is None else default_init
        if init is None:
            init = default_init if self.init is None else self.init
        if not _is_known(self._shape) and not self._allow_deferred_init:
            raise ValueError(
                f"Parameter {self.name}: cannot initialize the unknown shape "
                f"{self._shape}"
            )
        self._arrays = {}
        _core.end_scripts()
        self._deferred = _Deferred(init, _as_devices(ctx, device), default_init, None)
        if _is_known(self._shape):
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> None:
        """Carry out what `initialize` put off; nothing if it put nothing off."""
        if self._deferred is None:
            return
        shape = self._shape
        if shape is None or not _is_known(shape):
            raise DeferredInitializationError(
                f"Parameter {self.name}: shape {shape} is still unknown"
            )
        init, devices, default_init, data = self._deferred
        self._deferred = None
        with autograd.pause():
            if data is None:
                data = np.zeros(shape, dtype=self.dtype, ctx=devices[0])
                attrs = {} if init is None else {"__init__": init}
                _create_init(default_init)(InitDesc(self.name, attrs), data)
            self._place(data, devices)

    def _place(self, data: ndarray, devices: Sequence[Device]) -> None:
        """Keep one array per device: `data` itself on its own, copies elsewhere."""
        self._arrays = {device: data.as_in_ctx(device) for device in devices}
        self._attach_grads()

    def _attach_grads(self) -> None:
        if self._arrays:
            _core.end_scripts()
        if self._grad_req == "null":
            self._arrays = {d: array.detach() for d, array in self._arrays.items()}
        else:
            for array in self._arrays.values():
                array.attach_grad(self._grad_req)

    def _missing(self, ctx: Device | None) -> RuntimeError:
        """Say why there is no array for `ctx`."""
        if self._arrays:
            return RuntimeError(
                f"Parameter {self.name}: not initialized on {ctx}, only on "
                f"{self.list_ctx()}"
            )
        if self._deferred is not None:
            return DeferredInitializationError(
                f"Parameter {self.name}: its initialization waits for the first "
                "forward pass, which tells its shape"
            )
        return RuntimeError(
            f"Parameter {self.name}: not initialized; call initialize() of the block "
            "first, and collect_params() rather than params for its children"
        )

    def data(self, ctx: Device | None = None) -> ndarray:
        """Give the array on a device; `ctx` may be omitted if there is only one."""
        arrays = self._arrays
        if ctx is None:
            if len(arrays) != 1:
                ctx = npx.current_device()
            else:
                (array,) = arrays.values()
                return array
        try:
            return arrays[ctx]
        except KeyError:
            raise self._missing(ctx) from None

    def list_data(self) -> list[ndarray]:
        """List the arrays, one per device."""
        return list(self._held().values())

    def _held(self) -> dict[Device, ndarray]:
        """Give the arrays by device, which there must be."""
        if not self._arrays:
            raise self._missing(None)
        return self._arrays

    def grad(self, ctx: Device | None = None) -> ndarray:
        """Give the gradient on a device."""
        return self._grad_of(self.data(ctx))

    def list_grad(self) -> list[ndarray]:
        """List the gradients, one per device."""
        return [self._grad_of(array) for array in self._held().values()]

    def _grad_of(self, array: ndarray) -> ndarray:
        grad = array.grad
        if grad is None:
            raise RuntimeError(
                f"Parameter {self.name}: has no gradient, grad_req is "
                f"{self._grad_req!r}"
            )
        return grad

    def list_ctx(self) -> list[Device]:
        """List the devices that hold the parameter."""
        if self._arrays:
            return list(self._arrays)
        if self._deferred is not None:
            return list(self._deferred.devices)
        raise self._missing(None)

    list_device = list_ctx

    def set_data(self, data: ArrayLike) -> None:
        """Write new values on every device."""
        if not isinstance(data, np.ndarray):
            data = np.array(data, dtype=self.dtype)
        self.shape = data.shape
        if not self._arrays:
            if self._deferred is None:
                raise self._missing(None)
            self._deferred = self._deferred._replace(data=self._own_copy(data))
            self._finish_deferred_init()
            return
        with autograd.pause():
            for device, array in self._arrays.items():
                array[:] = data.as_in_ctx(device)

    def _own_copy(self, data: ndarray) -> ndarray:
        return data.astype(self.dtype).copy()

    def zero_grad(self) -> None:
        """Set the gradients to zero."""
        if self._grad_req == "null":
            return
        with autograd.pause():
            for array in self._arrays.values():
                self._grad_of(array)[:] = 0

    def reset_ctx(self, ctx: DeviceLike) -> None:
        """Move the parameter to other devices."""
        devices = _as_devices(ctx, None)
        if self._arrays:
            with autograd.pause():
                self._place(next(iter(self._arrays.values())).detach(), devices)
        elif self._deferred is not None:
            self._deferred = self._deferred._replace(devices=devices)
        else:
            raise self._missing(None)

    reset_device = reset_ctx

    def cast(self, dtype: DTypeLike) -> None:
        """Change the element type of data and gradients."""
        self.dtype = dtype
        with autograd.pause():
            self._arrays = {d: a.astype(dtype) for d, a in self._arrays.items()}
        _core.end_scripts()
        if self._grad_req != "null":
            self._attach_grads()

    def var(self) -> ndarray:
        """Give the array itself; there are no symbols here."""
        return self.data()

    def _load(
        self,
        data: ndarray,
        ctx: DeviceLike | None,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Take values read from a file, initializing with them if need be."""
        self.shape = data.shape
        if cast_dtype and dtype_source == "saved":
            self.cast(data.dtype)
        elif not cast_dtype and numpy.dtype(data.dtype) != numpy.dtype(self.dtype):
            raise ValueError(
                f"Parameter {self.name}: file has dtype {_dtype_name(data.dtype)}, "
                f"parameter {_dtype_name(self.dtype)}; cast_dtype=True converts"
            )
        if self._arrays:
            self.set_data(data)
            return
        given = None if ctx is None else _as_devices(ctx, None)
        waiting = None if self._deferred is None else self._deferred.devices
        devices = given or waiting or _as_devices(None, None)
        self._deferred = None
        with autograd.pause():
            self._place(self._own_copy(data), devices)


class Constant(Parameter):
    """A parameter that training leaves as it is.

    Parameters
    ----------
    name
        Name of the parameter.
    value
        Its values.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> c = gluon.Constant("c", np.array([1.0, 2.0]))
    >>> c.initialize()
    >>> c.data(), c.grad_req
    (array([1., 2.]), 'null')
    """

    def __init__(self, name: str, value: ArrayLike) -> None:
        array = value if isinstance(value, np.ndarray) else np.array(value)
        self.value = array
        super().__init__(
            name,
            grad_req="null",
            shape=array.shape,
            dtype=array.dtype,
            init=_ConstantInit(array),
            differentiable=False,
        )


class ParameterDict:
    """Parameters by name; creates those it is asked for.

    Parameters
    ----------
    prefix
        Put before the names given to `get`.
    shared
        Another dictionary, searched before a parameter is created.

    Examples
    --------
    >>> from forerun import gluon
    >>> params = gluon.ParameterDict("net_")
    >>> params.get("weight", shape=(2, 3))
    Parameter net_weight (shape=(2, 3), dtype=float32)
    >>> params
    net_ (
      Parameter net_weight (shape=(2, 3), dtype=float32)
    )
    """

    def __init__(self, prefix: str = "", shared: ParameterDict | None = None) -> None:
        self._prefix = prefix
        self._shared = shared
        self._params: dict[str, Parameter] = {}
        # Where in a block the parameters are; `Block.collect_params` tells.
        self._places: dict[str, Parameter] = {}

    def __repr__(self) -> str:
        head = f"{self._prefix} (" if self._prefix else "("
        return "\n".join([head, *(f"  {p!r}" for p in self.values()), ")"])

    def __getitem__(self, name: str) -> Parameter:
        """Give the parameter of a full name."""
        return self._params[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __contains__(self, name: object) -> bool:
        return name in self._params

    def __len__(self) -> int:
        return len(self._params)

    def keys(self) -> KeysView[str]:
        """Full names."""
        return self._params.keys()

    def values(self) -> ValuesView[Parameter]:
        """Parameters."""
        return self._params.values()

    def items(self) -> ItemsView[str, Parameter]:
        """Full names with their parameters."""
        return self._params.items()

    @property
    def prefix(self) -> str:
        """What stands before the names given to `get`."""
        return self._prefix

    def get(self, name: str, **kwargs: object) -> Parameter:
        """Find a parameter, or create it.

        Parameters
        ----------
        name
            Name without the prefix.
        **kwargs
            Arguments of `Parameter`; must fit an existing one.

        Examples
        --------
        >>> from forerun import gluon
        >>> params = gluon.ParameterDict()
        >>> params.get("w", shape=(-1, 3)) is params.get("w", shape=(2, 3))
        True
        """
        full_name = self._prefix + name
        param = self._find(full_name)
        if param is None:
            param = Parameter(full_name, **kwargs)  # type: ignore[arg-type]
            self._insert(param)
        else:
            _check_same(param, kwargs)
        return param

    def get_constant(self, name: str, value: ArrayLike | None = None) -> Constant:
        """Find a constant, or create it from a value.

        Parameters
        ----------
        name
            Name without the prefix.
        value
            Its values; may be omitted for one that exists.
        """
        full_name = self._prefix + name
        param = self._find(full_name)
        if param is None:
            if value is None:
                raise KeyError(
                    f"no constant {full_name!r}; give its value to create it"
                )
            param = Constant(full_name, value)
            self._insert(param)
        elif not isinstance(param, Constant):
            raise TypeError(f"get_constant: {full_name!r} exists and is no constant")
        return param

    def _find(self, full_name: str) -> Parameter | None:
        if full_name not in self._params and self._shared is not None:
            shared = self._shared._find(full_name)
            if shared is not None:
                self._params[full_name] = shared
        return self._params.get(full_name)

    def _insert(self, param: Parameter) -> None:
        param._owned = True
        self._params[param.name] = param

    def _adopt(self, param: Parameter, name: str) -> None:
        """Take in a parameter made elsewhere; one without an owner is renamed."""
        if any(param is known for known in self._params.values()):
            return
        if not param._owned:
            param.name = self._prefix + name
            param._owned = True
        key = self._prefix + name if param.name in self._params else param.name
        self._params[key] = param

    def _drop(self, param: Parameter) -> None:
        """Forget a parameter."""
        self._params = {k: p for k, p in self._params.items() if p is not param}

    def update(self, other: ParameterDict | Mapping[str, Parameter]) -> None:
        """Add the parameters of another dictionary."""
        for name, param in other.items():
            if self._params.setdefault(name, param) is not param:
                raise ValueError(
                    f"ParameterDict.update: another parameter is called {name!r}"
                )

    def initialize(
        self,
        init: InitLike | None = None,
        ctx: DeviceLike | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
        *,
        device: DeviceLike | None = None,
    ) -> None:
        """Initialize every parameter; `init` is for those without their own.

        Parameters
        ----------
        init
            Initializer or its name, `Uniform()` when omitted.
        ctx, device
            One device or several; the current one by default.
        verbose
            Print which initializer each parameter gets.
        force_reinit
            Start again where there are values already.
        """
        default: Initializer = _create_init(Uniform() if init is None else init)
        for param in self.values():
            if verbose:
                print(f"{param.name}: {param.init or default!r}")
            param.initialize(None, ctx, default, force_reinit, device=device)

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        for param in self.values():
            param.zero_grad()

    def reset_ctx(self, ctx: DeviceLike) -> None:
        """Move all parameters to other devices."""
        for param in self.values():
            param.reset_ctx(ctx)

    reset_device = reset_ctx

    def list_ctx(self) -> list[Device]:
        """List the devices that hold some parameter."""
        return list(dict.fromkeys(d for p in self.values() for d in p.list_ctx()))

    def setattr(self, name: str, value: object) -> None:
        """Set an attribute of every parameter, like ``lr_mult`` or ``grad_req``."""
        for param in self.values():
            setattr(param, name, value)

    def save(self, filename: str, strip_prefix: str = "") -> None:
        """Write all parameters to a file.

        Parameters
        ----------
        filename
            Path of the file.
        strip_prefix
            Taken off the names in the file.
        """
        for name in self:
            if not name.startswith(strip_prefix):
                raise ValueError(
                    f"ParameterDict.save: {name!r} does not start with {strip_prefix!r}"
                )
        arrays = {
            name.removeprefix(strip_prefix): param.list_data()[0]
            for name, param in self.items()
        }
        npx.save(filename, arrays)

    def load(
        self,
        filename: str,
        ctx: DeviceLike | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file.

        Parameters
        ----------
        filename
            Path of the file.
        ctx
            Devices for parameters that are not initialized.
        allow_missing, ignore_extra
            Let the file have too few or too many names.
        restore_prefix
            Put before the names in the file.
        cast_dtype, dtype_source
            Convert, to the ``"current"`` element type or the ``"saved"`` one.
        """
        arrays = {
            restore_prefix + re.sub("^(arg|aux):", "", name): array
            for name, array in npx.load(filename).items()
        }
        _load_all(
            filename,
            arrays,
            self._params,
            ctx,
            allow_missing=allow_missing,
            ignore_extra=ignore_extra,
            cast_dtype=cast_dtype,
            dtype_source=dtype_source,
        )


def _check_same(param: Parameter, wanted: Mapping[str, object]) -> None:
    """Refuse to share a parameter between two that ask for different things."""
    for key, value in wanted.items():
        if key == "shape":
            param.shape = cast("Sequence[int | None] | None", value)
        elif key == "dtype":
            if _dtype_name(cast("DTypeLike", value)) != _dtype_name(param.dtype):
                raise ValueError(
                    f"Parameter {param.name}: has dtype {_dtype_name(param.dtype)}, "
                    f"wanted {value!r}"
                )
        elif key == "init" and param.init is None:
            param.init = cast("InitLike | None", value)


def _load_all(
    filename: str,
    arrays: Mapping[str, ndarray],
    params: Mapping[str, Parameter],
    ctx: DeviceLike | None,
    *,
    allow_missing: bool,
    ignore_extra: bool,
    cast_dtype: bool,
    dtype_source: str,
) -> None:
    """Hand the arrays of a file to the parameters of the same names."""
    missing = [name for name in params if name not in arrays]
    if missing and not allow_missing:
        raise ValueError(
            f"load: {filename} lacks {missing}; allow_missing=True leaves them as "
            "they are"
        )
    extra = [name for name in arrays if name not in params]
    if extra and not ignore_extra:
        raise ValueError(
            f"load: no parameter for {extra} of {filename}; ignore_extra=True skips "
            "them"
        )
    for name, param in params.items():
        if name in arrays:
            param._load(arrays[name], ctx, cast_dtype, dtype_source)
