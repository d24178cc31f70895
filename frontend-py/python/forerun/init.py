"""First values of parameters.

An initializer is called with a parameter's name and its array, and fills the array.
What it does with a weight is its own (`_init_weight`); other parameters are told
apart by the ending of their names. A block that asks for an initializer of its own
passes it along in the `InitDesc`, and then the name does not matter.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy

from forerun import autograd, np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forerun._typing import ArrayLike
    from forerun.np import ndarray

__all__ = [
    "Bilinear",
    "Constant",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "create",
    "register",
]

InitLike: TypeAlias = "Initializer | str"
_I = TypeVar("_I", bound="Initializer")
_registry: dict[str, type[Initializer]] = {}


class InitDesc(str):
    """Name of a parameter, with what else an initializer should know of it.

    Parameters
    ----------
    name
        Name of the parameter.
    attrs
        `attrs["__init__"]` is the initializer that its block asks for.

    Examples
    --------
    >>> from forerun import init
    >>> init.InitDesc("weight", {"__init__": init.One()}).attrs.keys()
    dict_keys(['__init__'])
    """

    attrs: dict[str, InitLike]

    def __new__(
        cls, name: str, attrs: Mapping[str, InitLike] | None = None
    ) -> InitDesc:
        """Make a name with attributes."""
        desc = super().__new__(cls, name)
        desc.attrs = dict(attrs or {})
        return desc


class Initializer:
    """Base of all initializers: fills an array according to its name.

    Subclasses override `_init_weight(name, arr)` and write into `arr`.

    Parameters
    ----------
    **kwargs
        The settings, so that `dumps` can name them.

    Examples
    --------
    >>> from forerun import init, np
    >>> class Two(init.Initializer):
    ...     def _init_weight(self, name, arr):
    ...         arr[:] = 2
    >>> w = np.zeros(3)
    >>> Two()("weight", w)
    >>> w
    array([2., 2., 2.])
    """

    def __init__(self, **kwargs: object) -> None:
        self._kwargs = kwargs

    def __call__(self, desc: str, arr: ndarray) -> None:
        """Fill `arr`, the parameter called `desc`."""
        own = desc.attrs.get("__init__") if isinstance(desc, InitDesc) else None
        with autograd.pause():
            if own is not None:
                create(own)._init_weight(desc, arr)
            else:
                self._init_by_name(desc, arr)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={v!r}" for name, v in self._kwargs.items())
        return f"{type(self).__name__}({settings})"

    def dumps(self) -> str:
        """Write the initializer as JSON that `create` reads."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def _init_by_name(self, name: str, arr: ndarray) -> None:
        if name.endswith("weight"):
            self._init_weight(name, arr)
        elif name.endswith("bias"):
            self._init_bias(name, arr)
        elif name.endswith(("gamma", "running_var", "moving_var", "moving_inv_var")):
            arr[:] = 1
        elif name.endswith(("beta", "running_mean", "moving_mean", "moving_avg")):
            arr[:] = 0
        else:
            self._init_default(name, arr)

    def _init_weight(self, name: str, arr: ndarray) -> None:
        raise NotImplementedError(f"{type(self).__name__}: _init_weight is not defined")

    def _init_bias(self, name: str, arr: ndarray) -> None:
        arr[:] = 0

    def _init_default(self, name: str, arr: ndarray) -> None:
        raise ValueError(
            f"initializer: no rule for a parameter called {name!r}; names end in "
            "weight, bias, gamma or beta, or the parameter has an init of its own"
        )


def register(cls: type[_I]) -> type[_I]:
    """Let `create` find an initializer by its class name in lower case.

    Parameters
    ----------
    cls
        The class, which is returned.

    Examples
    --------
    >>> from forerun import init
    >>> @init.register
    ... class Small(init.Uniform):
    ...     pass
    >>> type(init.create("small")).__name__
    'Small'
    """
    _registry[cls.__name__.lower()] = cls
    return cls


def _alias(*names: str) -> Callable[[type[_I]], type[_I]]:
    def add(cls: type[_I]) -> type[_I]:
        _registry.update(dict.fromkeys(names, cls))
        return register(cls)

    return add


def create(init: InitLike, **kwargs: object) -> Initializer:
    """Make an initializer from its name, or hand back the one given.

    Parameters
    ----------
    init
        An initializer, a name like ``"xavier"``, or what `dumps` wrote.
    **kwargs
        Settings for a name.

    Examples
    --------
    >>> from forerun import init
    >>> init.create("normal", sigma=0.1)
    Normal(sigma=0.1)
    """
    if isinstance(init, Initializer):
        return init
    if not isinstance(init, str):
        raise TypeError(f"initializer: expected a name or an Initializer, got {init!r}")
    name = init.lower()
    if name.startswith("["):
        name, kwargs = json.loads(init)
    if name not in _registry:
        raise ValueError(
            f"initializer: unknown name {name!r}, one of {sorted(_registry)}"
        )
    return _registry[name](**kwargs)


@_alias("zeros")
class Zero(Initializer):
    """Zero everywhere.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.ones(2)
    >>> init.Zero()("weight", w)
    >>> w
    array([0., 0.])
    """

    def _init_weight(self, name: str, arr: ndarray) -> None:
        arr[:] = 0

    _init_default = _init_weight


@_alias("ones")
class One(Initializer):
    """One everywhere.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros(2)
    >>> init.One()("weight", w)
    >>> w
    array([1., 1.])
    """

    def _init_weight(self, name: str, arr: ndarray) -> None:
        arr[:] = 1

    _init_default = _init_weight


@register
class Constant(Initializer):
    """A given number, or given values.

    Parameters
    ----------
    value
        A number or an array of the parameter's shape.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros(2)
    >>> init.Constant(0.5)("weight", w)
    >>> w
    array([0.5, 0.5])
    """

    def __init__(self, value: ArrayLike = 0) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, name: str, arr: ndarray) -> None:
        value = self.value
        if not isinstance(value, int | float):
            value = np.array(value, dtype=arr.dtype)
        arr[:] = value


@register
class Uniform(Initializer):
    """Uniform numbers in ``[-scale, scale)``.

    Parameters
    ----------
    scale
        Bound of the numbers.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros((2, 3))
    >>> init.Uniform(0.1)("weight", w)
    >>> bool((np.abs(w) <= 0.1).all())
    True
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name: str, arr: ndarray) -> None:
        arr[:] = np.random.uniform(-self.scale, self.scale, size=arr.shape, ctx=arr.ctx)


@_alias("gaussian")
class Normal(Initializer):
    """Normal numbers around zero.

    Parameters
    ----------
    sigma
        Standard deviation.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros((2, 3))
    >>> init.Normal(0.01)("weight", w)
    >>> bool((np.abs(w) < 0.1).all())
    True
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, name: str, arr: ndarray) -> None:
        arr[:] = np.random.normal(0, self.sigma, size=arr.shape, ctx=arr.ctx)


@register
class Xavier(Initializer):
    """Random numbers whose spread keeps the scale of activations (Glorot, 2010).

    Parameters
    ----------
    rnd_type
        ``"uniform"`` or ``"gaussian"``.
    factor_type
        Divide by the inputs (``"in"``), the outputs (``"out"``) or their mean
        (``"avg"``).
    magnitude
        The spread before dividing.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros((4, 8))
    >>> init.Xavier()("weight", w)
    >>> bool((np.abs(w) <= (3 / 6) ** 0.5).all())
    True
    """

    def __init__(
        self,
        rnd_type: str = "uniform",
        factor_type: str = "avg",
        magnitude: float = 3,
    ) -> None:
        super().__init__(
            rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude
        )
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: ndarray) -> None:
        if len(arr.shape) < 2:
            raise ValueError(
                f"Xavier: needs at least 2 axes, {name} has shape {arr.shape}"
            )
        scale = math.sqrt(self.magnitude / self._factor(arr.shape))
        if self.rnd_type == "uniform":
            arr[:] = np.random.uniform(-scale, scale, size=arr.shape, ctx=arr.ctx)
        elif self.rnd_type == "gaussian":
            arr[:] = np.random.normal(0, scale, size=arr.shape, ctx=arr.ctx)
        else:
            raise ValueError(f"Xavier: unknown rnd_type {self.rnd_type!r}")

    def _factor(self, shape: tuple[int, ...]) -> float:
        window = math.prod(shape[2:])
        fan_in, fan_out = shape[1] * window, shape[0] * window
        factors = {"in": fan_in, "out": fan_out, "avg": (fan_in + fan_out) / 2}
        if self.factor_type not in factors:
            raise ValueError(f"Xavier: unknown factor_type {self.factor_type!r}")
        return factors[self.factor_type]


@register
class MSRAPrelu(Xavier):
    """Xavier's numbers with the spread for (leaky) ReLU (He, 2015).

    Parameters
    ----------
    factor_type
        ``"in"``, ``"out"`` or ``"avg"``, as in `Xavier`.
    slope
        Slope of the activation for negative numbers.

    Examples
    --------
    >>> from forerun import init
    >>> init.MSRAPrelu(slope=0).magnitude
    2.0
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Orthogonal(Initializer):
    """A random matrix with orthogonal rows or columns (Saxe, 2013).

    Parameters
    ----------
    scale
        Factor of the orthogonal matrix.
    rand_type
        Numbers that it is made from, ``"uniform"`` or ``"normal"``.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros((3, 3))
    >>> init.Orthogonal(scale=1)("weight", w)
    >>> bool((np.abs(np.dot(w, w.T) - np.eye(3)) < 1e-5).all())
    True
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name: str, arr: ndarray) -> None:
        size = (arr.shape[0], math.prod(arr.shape[1:]))
        if self.rand_type == "uniform":
            drawn = np.random.uniform(-1.0, 1.0, size=size)
        else:
            drawn = np.random.normal(0.0, 1.0, size=size)
        u, _, v = numpy.linalg.svd(drawn.asnumpy(), full_matrices=False)
        q = u if u.shape == size else v
        arr[:] = np.array(self.scale * q.reshape(arr.shape), dtype=arr.dtype)


@register
class Bilinear(Initializer):
    """Weights with which a transposed convolution interpolates images.

    Examples
    --------
    >>> from forerun import init, np
    >>> w = np.zeros((1, 1, 3, 3))
    >>> init.Bilinear()("weight", w)
    >>> w[0, 0, 0]
    array([0.0625, 0.1875, 0.1875])
    """

    def _init_weight(self, name: str, arr: ndarray) -> None:
        height, width = arr.shape[2:]
        half = math.ceil(width / 2)
        centre = (2 * half - 1 - half % 2) / (2.0 * half)
        rows = 1 - numpy.abs(numpy.arange(height) / half - centre)
        columns = 1 - numpy.abs(numpy.arange(width) / half - centre)
        values = numpy.broadcast_to(numpy.outer(rows, columns), arr.shape)
        arr[:] = np.array(numpy.ascontiguousarray(values), dtype=arr.dtype)


@register
class LSTMBias(Initializer):
    """Zero biases of an LSTM, except for the forget gate.

    Parameters
    ----------
    forget_bias
        Bias of the forget gate, the second quarter of the vector.

    Examples
    --------
    >>> from forerun import init, np
    >>> b = np.zeros(4)
    >>> init.LSTMBias(1.0)("lstm_bias", b)
    >>> b
    array([0., 1., 0., 0.])
    """

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name: str, arr: ndarray) -> None:
        n_hidden = arr.shape[0] // 4
        arr[:] = 0
        arr[n_hidden : 2 * n_hidden] = self.forget_bias

    _init_bias = _init_weight


@register
class Mixed(Initializer):
    """The first initializer whose pattern is found in the parameter's name.

    Parameters
    ----------
    patterns
        Regular expressions, tried in order.
    initializers
        One initializer for each.

    Examples
    --------
    >>> from forerun import init, np
    >>> mixed = init.Mixed(["out_", ".*"], [init.One(), init.Zero()])
    >>> w = np.zeros(2)
    >>> mixed("out_weight", w)
    >>> w
    array([1., 1.])
    """

    def __init__(
        self, patterns: Sequence[str], initializers: Sequence[InitLike]
    ) -> None:
        super().__init__(patterns=patterns, initializers=initializers)
        if len(patterns) != len(initializers):
            raise ValueError(
                f"Mixed: {len(patterns)} patterns for {len(initializers)} initializers"
            )
        self.map = [
            (re.compile(pattern), create(init))
            for pattern, init in zip(patterns, initializers, strict=True)
        ]

    def _find(self, name: str) -> Initializer:
        for pattern, init in self.map:
            if pattern.match(name):
                return init
        raise ValueError(
            f"Mixed: no pattern for {name!r}; '.*' as the last one catches all"
        )

    def _init_weight(self, name: str, arr: ndarray) -> None:
        self._find(name)._init_weight(name, arr)

    def _init_by_name(self, name: str, arr: ndarray) -> None:
        self._find(name)._init_by_name(name, arr)
