"""Blocks: the nodes of a network, each with its parameters and children.

A block finds its children and parameters by watching its attributes. `forward`
computes; calling the block runs it. When a parameter turns out to have no shape yet,
the call asks the block to infer it from the inputs, finishes the initialization and
starts again.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from forerun import _core, autograd, np, npx
from forerun.device import _current
from forerun.gluon.parameter import (
    DeferredInitializationError,
    Parameter,
    ParameterDict,
    _dtype_name,
    _load_all,
)
from forerun.init import Uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from forerun._typing import Device, DeviceLike, DTypeLike
    from forerun.init import InitLike
    from forerun.np import ndarray

__all__ = ["Block", "HookHandle", "HybridBlock"]

_B = TypeVar("_B", bound="Block")
_DEFERRED = object()


class _NameScope:
    """Numbers the children that a block creates inside ``with self.name_scope()``."""

    _open: ClassVar = threading.local()
    _top_level: ClassVar[defaultdict[str, int]] = defaultdict(int)

    def __init__(self, block: Block, is_transparent: bool) -> None:
        self._block = block
        self._is_transparent = is_transparent
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._outer: list[_NameScope | None] = []

    @classmethod
    def current(cls) -> _NameScope | None:
        """Give the innermost open scope."""
        return getattr(cls._open, "scope", None)

    @classmethod
    def name(
        cls, prefix: str | None, params: ParameterDict | None, hint: str
    ) -> tuple[str, ParameterDict]:
        """Choose the full prefix of a new block and make its dictionary."""
        scope = cls.current()
        counts = cls._top_level if scope is None else scope._counts
        if prefix is None:
            prefix = f"{hint}{counts[hint]}_"
            counts[hint] += 1
        outer = "" if scope is None else scope._block.prefix
        if params is not None:
            return outer + prefix, ParameterDict(params.prefix, params)
        if scope is None:
            return prefix, ParameterDict(prefix)
        parent = scope._block.params
        return outer + prefix, ParameterDict(parent.prefix + prefix, parent._shared)

    def __enter__(self) -> _NameScope:
        self._outer.append(self.current())
        if not self._is_transparent:
            type(self)._open.scope = self
        return self

    def __exit__(self, *_: object) -> None:
        type(self)._open.scope = self._outer.pop()


class HookHandle:
    """Takes a hook off again.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> layer = nn.Identity()
    >>> handle = layer.register_forward_hook(lambda b, x, y: print("called"))
    >>> y = layer(np.ones(1))
    called
    >>> handle.detach()
    >>> y = layer(np.ones(1))
    """

    def __init__(self, hooks: dict[int, Any], hook: object) -> None:
        self._hooks = hooks
        self._hook = hook
        hooks[id(self)] = hook
        _core.end_scripts()

    def detach(self) -> None:
        """Take the hook off."""
        self._hooks.pop(id(self), None)
        _core.end_scripts()

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()


def _indent(text: str) -> str:
    return text.replace("\n", "\n  ")


class Block:
    """Base of all layers and networks.

    Subclasses create children and parameters in `__init__` and override `forward`.

    Parameters
    ----------
    prefix
        Put before the names of parameters and children; made up when omitted.
    params
        Parameters of another block, to share.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> class Twice(gluon.Block):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> Twice()(np.array([1.0]))
    array([2.])
    """

    # Whether a script may have been written with it.
    _is_called = False

    def __init__(
        self, prefix: str | None = None, params: ParameterDict | None = None
    ) -> None:
        full_prefix, own_params = _NameScope.name(
            prefix, params, type(self).__name__.lower()
        )
        self._children: dict[str, Block] = {}
        self._reg_params: dict[str, Parameter] = {}
        self._forward_hooks: dict[int, Callable[..., object]] = {}
        self._forward_pre_hooks: dict[int, Callable[..., object]] = {}
        self._prefix = full_prefix
        self._params = own_params
        self._scope = _NameScope(self, is_transparent=prefix == "")

    def __setattr__(self, name: str, value: object) -> None:
        old = self.__dict__.get(name)
        if isinstance(old, Block | Parameter):
            self._check_replacement(name, old, value)
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            self._register_parameter(value, name)
        super().__setattr__(name, value)
        if self._is_called:
            _core.end_scripts()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if self._is_called:
            _core.end_scripts()

    def _check_replacement(
        self, name: str, old: Block | Parameter, new: object
    ) -> None:
        kind = Block if isinstance(old, Block) else Parameter
        if not isinstance(new, kind):
            raise TypeError(
                f"{self.name}: attribute {name!r} is a {type(old).__name__}, "
                f"cannot become a {type(new).__name__}"
            )

    def _register_parameter(self, param: Parameter, name: str) -> None:
        old = self._reg_params.get(name)
        if old is not None and old is not param:
            self._params._drop(old)
        self._reg_params[name] = param
        self._params._adopt(param, name)

    def __repr__(self) -> str:
        lines = [f"  ({key}): {_indent(repr(b))}" for key, b in self._children.items()]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])

    @property
    def prefix(self) -> str:
        """What stands before the names of parameters and children."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without its last underscore."""
        return self._prefix.removesuffix("_")

    @property
    def params(self) -> ParameterDict:
        """The block's own parameters, without its children's."""
        return self._params

    def name_scope(self) -> _NameScope:
        """Open a scope in which new blocks get this block's prefix.

        Examples
        --------
        >>> from forerun.gluon import nn
        >>> net = nn.Sequential(prefix="net_")
        >>> with net.name_scope():
        ...     net.add(nn.Dense(2))
        >>> net[0].prefix
        'net_dense0_'
        """
        return self._scope

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Add a child; attributes that are blocks are added by themselves."""
        self._children[str(len(self._children)) if name is None else name] = block
        if self._is_called:
            _core.end_scripts()

    def register_forward_pre_hook(
        self, hook: Callable[[Any, tuple[Any, ...]], object]
    ) -> HookHandle:
        """Call ``hook(block, inputs)`` before each `forward`."""
        return HookHandle(self._forward_pre_hooks, hook)

    def register_forward_hook(
        self, hook: Callable[[Any, tuple[Any, ...], Any], object]
    ) -> HookHandle:
        """Call ``hook(block, inputs, output)`` after each `forward`."""
        return HookHandle(self._forward_hooks, hook)

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Gather the parameters of the block and all blocks below it.

        Parameters
        ----------
        select
            Regular expression that names must match.

        Examples
        --------
        >>> from forerun.gluon import nn
        >>> net = nn.Dense(2, in_units=3, prefix="fc_")
        >>> list(net.collect_params(".*bias"))
        ['fc_bias']
        """
        pattern = re.compile(select or "")
        found = ParameterDict(self._params.prefix)
        for block in self._walk():
            params = block.params
            found.update({n: p for n, p in params.items() if pattern.match(n)})
        places = self._structural_params().items()
        found._places = {place: p for place, p in places if pattern.match(p.name)}
        return found

    def _walk(self) -> Iterator[Block]:
        yield self
        for child in self._children.values():
            yield from child._walk()

    def _structural_params(self, path: str = "") -> dict[str, Parameter]:
        """Parameters under names that tell their place, like ``0.weight``."""
        found = {path + name: param for name, param in self._reg_params.items()}
        for key, child in self._children.items():
            found.update(child._structural_params(f"{path}{key}."))
        return found

    def initialize(
        self,
        init: InitLike | None = None,
        ctx: DeviceLike | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
        *,
        device: DeviceLike | None = None,
    ) -> None:
        """Initialize all parameters of the block and its children.

        Parameters
        ----------
        init
            For parameters without an initializer of their own; `Uniform()`.
        ctx, device
            One device or several; the current one by default.
        verbose
            Print which initializer each parameter gets.
        force_reinit
            Start again where there are values already.

        Examples
        --------
        >>> from forerun import init
        >>> from forerun.gluon import nn
        >>> net = nn.Dense(1, in_units=2)
        >>> net.initialize(init.Constant(0.5))
        >>> net.weight.data()
        array([[0.5, 0.5]])
        """
        init = Uniform() if init is None else init
        params = self.collect_params()
        params.initialize(init, ctx, verbose, force_reinit, device=device)

    def apply(self: _B, fn: Callable[[Block], object]) -> _B:
        """Call `fn` on all blocks below, then on the block itself."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    def hybridize(self, active: bool = True, **kwargs: object) -> None:
        """Tell the children: only a `HybridBlock` can be hybridized.

        Parameters
        ----------
        active
            Whether to do so, or to stop.
        **kwargs
            Accepted for MXNet's sake.
        """
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    def cast(self, dtype: DTypeLike) -> None:
        """Change the element type of all parameters."""
        for child in self._children.values():
            child.cast(dtype)
        for param in self._reg_params.values():
            param.cast(dtype)

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to zero."""
        self.collect_params().zero_grad()

    def reset_ctx(self, ctx: DeviceLike) -> None:
        """Move all parameters to other devices."""
        self.collect_params().reset_ctx(ctx)

    reset_device = reset_ctx

    def setattr(self, name: str, value: object) -> None:
        """Set an attribute of all parameters, like ``grad_req``."""
        self.collect_params().setattr(name, value)

    def share_parameters(
        self: _B, shared: ParameterDict | Mapping[str, Parameter]
    ) -> _B:
        """Use the parameters of another block in place of our own.

        Parameters
        ----------
        shared
            What another block's `collect_params` gave, or parameters by their place
            (``0.weight``).

        Examples
        --------
        >>> from forerun.gluon import nn
        >>> a, b = nn.Dense(2, in_units=3), nn.Dense(2, in_units=3)
        >>> b.share_parameters(a.collect_params()).weight is a.weight
        True
        """
        places = shared._places if isinstance(shared, ParameterDict) else shared
        self._share(places, "")
        return self

    def _share(self, places: Mapping[str, Parameter], path: str) -> None:
        for name in list(self._reg_params):
            if path + name in places:
                setattr(self, name, places[path + name])
        for key, child in self._children.items():
            child._share(places, f"{path}{key}.")

    def save_parameters(self, filename: str, deduplicate: bool = False) -> None:
        """Write the parameters to a file, named by their place (``0.weight``).

        Parameters
        ----------
        filename
            Path of the file.
        deduplicate
            Write a shared parameter once only.
        """
        arrays: dict[str, ndarray] = {}
        seen: set[int] = set()
        for name, param in self._structural_params().items():
            if not deduplicate or id(param) not in seen:
                arrays[name] = param.list_data()[0]
            seen.add(id(param))
        npx.save(filename, arrays)

    def load_parameters(
        self,
        filename: str,
        ctx: DeviceLike | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
        *,
        device: DeviceLike | None = None,
    ) -> None:
        """Read parameters that `save_parameters` or `export` wrote.

        Parameters
        ----------
        filename
            Path of the file.
        ctx, device
            Devices for parameters that are not initialized.
        allow_missing, ignore_extra
            Let the file have too few or too many names.
        cast_dtype, dtype_source
            Convert, to the ``"current"`` element type or the ``"saved"`` one.
        """
        ctx = ctx if device is None else device
        arrays = {
            re.sub("^(arg|aux):", "", name): array
            for name, array in npx.load(filename).items()
        }
        by_place = self._structural_params()
        by_name = dict(self.collect_params().items())
        is_by_place = not arrays or any(name in by_place for name in arrays)
        params = by_place if is_by_place else by_name
        # A file written with `deduplicate` has a shared parameter under one place only.
        loaded = {id(params[name]) for name in arrays if name in params}
        wanted = {
            name: param
            for name, param in params.items()
            if name in arrays or id(param) not in loaded
        }
        _load_all(
            filename,
            arrays,
            wanted,
            ctx,
            allow_missing=allow_missing,
            ignore_extra=ignore_extra,
            cast_dtype=cast_dtype,
            dtype_source=dtype_source,
        )

    def summary(self, *inputs: Any) -> None:  # noqa: ANN401
        """Run the block once and print each layer's output shape and parameters.

        Parameters
        ----------
        *inputs
            What to call the block with.
        """
        rows: list[tuple[str, str, int]] = []

        def note(block: Block, _inputs: object, out: object) -> None:
            rows.append((block.name, str(_shapes(out)), _count(block.params.values())))

        handles = [block.register_forward_hook(note) for block in self._walk()]
        try:
            with autograd.pause():
                self(*inputs)
        finally:
            for handle in handles:
                handle.detach()
        total = _count(self.collect_params().values())
        line = "-" * 72
        print(line, f"{'Layer':<30} {'Output shape':<26} {'Parameters':>14}", sep="\n")
        print(line, *(f"{n:<30} {s:<26} {c:>14,}" for n, s, c in rows), sep="\n")
        print(line, f"{'Parameters in total':<57} {total:>14,}", line, sep="\n")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Run `forward`, with the hooks around it."""
        if not self._is_called:
            self.__dict__["_is_called"] = True
        if self._forward_pre_hooks:
            # A tuple, because a hook may take itself off while it runs.
            for hook in tuple(self._forward_pre_hooks.values()):
                hook(self, args)
        try:
            out = self.forward(*args, **kwargs) if kwargs else self.forward(*args)
        except DeferredInitializationError:
            out = _DEFERRED
        # Outside of the handler, so that an error here is not chained to that one.
        if out is _DEFERRED:
            self._finish_deferred(*args, **kwargs)
            out = self.forward(*args, **kwargs)
        if self._forward_hooks:
            for hook in tuple(self._forward_hooks.values()):
                hook(self, args, out)
        return out

    def _finish_deferred(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        self.infer_shape(*args, **kwargs)
        for param in self._reg_params.values():
            param._finish_deferred_init()

    def infer_shape(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Set the unknown shapes of parameters from the inputs.

        A block with such parameters overrides it; otherwise its children, which are
        run once without recording, do it for themselves.

        Parameters
        ----------
        *args, **kwargs
            What the block is called with.
        """
        unknown = [p.name for p in self._reg_params.values() if p._deferred is not None]
        if unknown:
            raise DeferredInitializationError(
                f"{self.name}: cannot infer the shapes of {unknown}; give them, or "
                "override infer_shape"
            )
        with autograd.pause():
            self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Compute the output; subclasses override it."""
        raise NotImplementedError(f"{type(self).__name__}: forward is not defined")


def _shapes(out: object) -> object:
    if isinstance(out, list | tuple):
        return [_shapes(item) for item in out]
    return getattr(out, "shape", type(out).__name__)


def _count(params: Any) -> int:  # noqa: ANN401
    """Count the elements; a parameter that is shared counts once."""
    unique = {id(param): param for param in params}.values()
    return sum(array.size for p in unique for array in p.list_data()[:1])


class _Namespace:
    """What `hybrid_forward` gets as ``F``: `np`, `npx`, and their functions."""

    np = np
    npx = npx

    def __getattr__(self, name: str) -> object:
        module = npx if hasattr(npx, name) else np
        return getattr(module, name)

    def __repr__(self) -> str:
        return "<namespace F: np, npx>"


_F = _Namespace()


class HybridBlock(Block):
    """A block whose computation may be written as `hybrid_forward(F, x, ...)`.

    `F` gives `np` and `npx`; parameters come as keyword arguments. Overriding `forward`
    instead works as well.

    Parameters
    ----------
    prefix
        Put before the names of parameters and children; made up when omitted.
    params
        Parameters of another block, to share.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> class Positive(gluon.HybridBlock):
    ...     def hybrid_forward(self, F, x):
    ...         return F.npx.relu(x)
    >>> Positive()(np.array([-1.0, 1.0]))
    array([0., 1.])
    """

    _scripts: _core.Scripts | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Run `forward`, or issue again what it issued for arguments like these."""
        scripts = self._scripts
        if scripts is None or kwargs:
            return super().__call__(*args, **kwargs)
        device_id = _current.device.device_id
        out = scripts.play(args, device_id)
        if out is not NotImplemented:
            return out
        if not self._is_settled():
            return super().__call__(*args)
        # A parent may read a block's attribute, or run its `forward`, without a call.
        for block in self._walk():
            block.__dict__["_is_called"] = True
        return scripts.write(super().__call__, args, device_id)

    def _is_settled(self) -> bool:
        """Tell whether a call does nothing but compute: no hooks, no initialization."""
        return not any(
            block._forward_hooks
            or block._forward_pre_hooks
            or any(param._deferred for param in block._reg_params.values())
            for block in self._walk()
        )

    def hybridize(self, active: bool = True, **kwargs: object) -> None:
        """Have later calls issue their ops at once, without running `forward`.

        The first call with arguments of certain shapes, dtypes, devices and numbers
        notes what `forward` issues; from then on only that is issued, with the
        parameters, random numbers and running statistics of the day. What `forward`
        does beside it in Python happens at that first call alone, as in MXNet.

        Keyword arguments, hooks, and a `forward` that waits for a result, writes to its
        input or keeps an array for itself make a call an ordinary one. Setting an
        attribute of a block and initializing a parameter have `forward` noted anew.
        Where `forward` puts an input itself into a dict that it returns, or keeps it as
        an attribute, that is another array of the same value: later writes to one of
        the two are not seen in the other.

        Parameters
        ----------
        active
            Whether to do so, or to stop.
        **kwargs
            ``static_alloc`` and the like, accepted for MXNet's sake.

        Examples
        --------
        >>> from forerun import np
        >>> from forerun.gluon import nn
        >>> net = nn.HybridSequential()
        >>> net.add(nn.Dense(3), nn.Activation("relu"))
        >>> net.initialize()
        >>> net.hybridize(static_alloc=True)
        >>> net(np.ones((2, 4))).shape
        (2, 3)
        """
        super().hybridize(active, **kwargs)
        self._scripts = _core.Scripts() if active else None

    def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Hand the inputs and the parameters to `hybrid_forward`."""
        ctx = _find_ctx(args)
        for name, param in self._reg_params.items():
            kwargs[name] = param.data(ctx)
        return self.hybrid_forward(_F, *args, **kwargs)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Compute the output; subclasses override this or `forward`."""
        raise NotImplementedError(
            f"{type(self).__name__}: neither forward nor hybrid_forward is defined"
        )

    def export(self, path: str, epoch: int = 0) -> tuple[str, str]:
        """Write the structure as JSON and the parameters beside it.

        Parameters
        ----------
        path
            Start of both file names.
        epoch
            Number in the name of the parameter file.

        Returns
        -------
        tuple of str
            ``path-symbol.json`` and ``path-0000.params``.
        """
        structure, arrays = f"{path}-symbol.json", f"{path}-{epoch:04d}.params"
        params = self.collect_params().items()
        named = {
            f"{'aux' if p.grad_req == 'null' else 'arg'}:{name}": p.list_data()[0]
            for name, p in params
        }
        with open(structure, "w", encoding="utf-8") as file:
            json.dump(_describe(self), file, indent=2)
        npx.save(arrays, named)
        return structure, arrays


def _find_ctx(args: Any) -> Device | None:  # noqa: ANN401
    """Device of the first array among the inputs."""
    for arg in args:
        if isinstance(arg, np.ndarray):
            return arg.ctx
        if isinstance(arg, list | tuple) and (ctx := _find_ctx(arg)) is not None:
            return ctx
    return None


def _describe(block: Block) -> dict[str, object]:
    """Class, name, parameters and children of a block, as JSON can hold them."""
    described: dict[str, object] = {
        "class": type(block).__name__,
        "name": block.name,
        "layer": repr(block) if not block._children else type(block).__name__,
        "params": {
            name: {"name": p.name, "shape": p.shape, "dtype": _dtype_name(p.dtype)}
            for name, p in block._reg_params.items()
        },
    }
    if block._children:
        children = block._children.items()
        described["children"] = {key: _describe(child) for key, child in children}
    return described
