"""What all optimizers share: rates, decay, counts of updates, and their states.

An update is written with in-place array ops and never waits, so that the engine fuses
the whole rule into one pass over the weight.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

import numpy

from forerun import _core, autograd, np, npx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from forerun.gluon.parameter import Parameter
    from forerun.np import ndarray

__all__ = ["Optimizer", "Updater", "create", "get_updater", "register"]

Index: TypeAlias = "int | str"
S = TypeVar("S")
_registry: dict[str, type[Optimizer[Any]]] = {}
_O = TypeVar("_O", bound="type[Optimizer[Any]]")


class Optimizer(Generic[S]):
    """Base of all optimizers: subclasses override `create_state` and `update`.

    Parameters
    ----------
    rescale_grad
        Factor of the gradient; a trainer divides by the batch size.
    param_idx2name
        Names of the parameters, for `set_lr_mult` and `set_wd_mult`.
    wd
        Weight decay.
    clip_gradient
        Gradients are cut off at plus and minus this.
    learning_rate
        Learning rate; 0.01 if neither it nor `lr_scheduler` is given.
    lr_scheduler
        Learning rate as a function of the number of updates.
    begin_num_update
        Number of updates already made.
    multi_precision
        Keep a float32 copy of float16 weights and update that.
    param_dict
        The parameters, whose `lr_mult` and `wd_mult` count.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> w, g = np.array([1.0]), np.array([0.5])
    >>> sgd = optimizer.SGD(learning_rate=0.1)
    >>> sgd.update(0, w, g, sgd.create_state(0, w))
    >>> w
    array([0.95])
    """

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[int, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: Callable[[int], float] | None = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: Mapping[int, Parameter] | None = None,
    ) -> None:
        self.rescale_grad = rescale_grad
        self.wd = wd
        self.clip_gradient = clip_gradient
        self.lr_scheduler = lr_scheduler
        self.multi_precision = multi_precision
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self.idx2name: dict[Any, str] = dict(param_idx2name or {})
        self.param_dict: dict[Any, Parameter] = dict(param_dict or {})
        self.lr_mult: dict[Index, float] = {}
        self.wd_mult: dict[Index, float] = {}
        self._counts: dict[Index, int] = {}
        if lr_scheduler is None and learning_rate is None:
            learning_rate = 0.01
        self.lr = learning_rate
        if lr_scheduler is not None and learning_rate is not None:
            self._overwrite_base_lr(lr_scheduler, learning_rate)

    @staticmethod
    def _overwrite_base_lr(
        scheduler: Callable[[int], float], learning_rate: float
    ) -> None:
        base_lr = getattr(scheduler, "base_lr", learning_rate)
        if base_lr != learning_rate:
            warnings.warn(
                f"optimizer: learning_rate {learning_rate} replaces the scheduler's "
                f"base_lr {base_lr}",
                stacklevel=4,
            )
            scheduler.base_lr = learning_rate  # type: ignore[attr-defined]

    def create_state(self, index: Index, weight: ndarray) -> S:
        """Make what the optimizer remembers of a weight."""
        return cast("S", None)

    def update(self, index: Index, weight: ndarray, grad: ndarray, state: S) -> None:
        """Change a weight by its gradient, in place.

        Parameters
        ----------
        index
            Which parameter it is.
        weight, grad
            The weight and its gradient.
        state
            What `create_state` made.
        """
        raise NotImplementedError(f"{type(self).__name__}: update is not defined")

    def create_state_multi_precision(self, index: Index, weight: ndarray) -> object:
        """Make the state, with a float32 copy of a float16 weight if asked for."""
        if not self._is_master_kept(weight):
            return self.create_state(index, weight)
        master = weight.astype("float32")
        return (master, self.create_state(index, master))

    def update_multi_precision(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: Any,  # noqa: ANN401
    ) -> None:
        """Update a weight through its float32 copy if it has one."""
        if autograd.is_recording():
            with autograd.pause():
                self.update_multi_precision(index, weight, grad, state)
        elif self.multi_precision and self._is_master_kept(weight):
            master, inner = state
            self.update(index, master, grad.astype("float32"), inner)
            weight[:] = master.astype(weight.dtype)
        else:
            self.update(index, weight, grad, state)

    def _is_master_kept(self, weight: ndarray) -> bool:
        return self.multi_precision and weight.dtype == np.float16

    def _numbers(self) -> tuple[float | None, ...] | None:
        """List what decides which ops an update issues, beside the parameter's factors.

        None where that is more than some settings, such as the number of the update.
        """
        return None

    @property
    def learning_rate(self) -> float:
        """The rate of the next update, without multipliers."""
        if self.lr_scheduler is not None:
            return self.lr_scheduler(self.num_update)
        return cast("float", self.lr)

    def set_learning_rate(self, lr: float) -> None:
        """Change the rate, which no scheduler may be deciding."""
        if self.lr_scheduler is not None:
            raise UserWarning(
                "set_learning_rate: the lr_scheduler decides the learning rate"
            )
        self.lr = lr

    def set_lr_mult(self, args_lr_mult: Mapping[Index, float]) -> None:
        """Set factors of the learning rate by index or name."""
        self.lr_mult = dict(args_lr_mult)

    def set_wd_mult(self, args_wd_mult: Mapping[Index, float]) -> None:
        """Set factors of the weight decay by index or name."""
        self.wd_mult = dict(args_wd_mult)

    def _update_count(self, index: Index) -> int:
        """Count an update of a parameter and give its number."""
        count = self._counts.get(index, self.begin_num_update) + 1
        self._counts[index] = count
        if count > self.num_update:
            self.num_update = count
        return count

    def _get_lr(self, index: Index) -> float:
        param = self.param_dict.get(index)
        mult = self._mult(self.lr_mult, index) if param is None else param.lr_mult
        return self.learning_rate * mult

    def _get_wd(self, index: Index) -> float:
        param = self.param_dict.get(index)
        mult = self._mult(self.wd_mult, index) if param is None else param.wd_mult
        return self.wd * mult

    def _mult(self, mults: Mapping[Index, float], index: Index) -> float:
        """Look a factor up by index, else by name."""
        name = self.idx2name.get(index, index)
        return mults.get(index, mults.get(name, 1.0))

    def _clip(self, grad: ndarray) -> ndarray:
        clip = self.clip_gradient
        if clip is None or clip <= 0:
            return grad
        return np.clip(grad, -clip, clip)

    def _rescaled(self, grad: ndarray) -> ndarray:
        """Rescale and clip the gradient."""
        return self._clip(grad * self.rescale_grad)

    def _clip_then_decay(
        self, index: Index, weight: ndarray, grad: ndarray, factor: float = 1.0
    ) -> ndarray:
        """Rescale and clip, then add the weight decay, as the SGD family does.

        The result is multiplied by `factor`, which is free where nothing is clipped.
        """
        wd = self._get_wd(index) if self.wd else 0.0
        if self.clip_gradient is None:
            grad = (factor * self.rescale_grad) * grad
        else:
            grad = factor * self._rescaled(grad)
        return grad + (factor * wd) * weight if wd else grad

    def _decay_then_clip(self, index: Index, weight: ndarray, grad: ndarray) -> ndarray:
        """Rescale and add the weight decay, then clip, as Adam and RMSProp do."""
        wd = self._get_wd(index) if self.wd else 0.0
        grad = grad * self.rescale_grad
        return self._clip(grad + wd * weight if wd else grad)


def register(cls: _O) -> _O:
    """Let `create` find an optimizer by its class name, whatever the case.

    Parameters
    ----------
    cls
        The class, which is returned.

    Examples
    --------
    >>> from forerun import optimizer
    >>> @optimizer.register
    ... class Plain(optimizer.SGD):
    ...     pass
    >>> type(optimizer.create("plain")).__name__
    'Plain'
    """
    _registry[cls.__name__.lower()] = cls
    return cls


def create(
    name: str | Optimizer[Any],
    **kwargs: Any,  # noqa: ANN401
) -> Optimizer[Any]:
    """Make an optimizer from its name, or hand back the one given.

    Parameters
    ----------
    name
        An optimizer or a name like ``"sgd"``.
    **kwargs
        Settings for a name.

    Examples
    --------
    >>> from forerun import optimizer
    >>> optimizer.create("sgd", learning_rate=0.5).learning_rate
    0.5
    """
    if isinstance(name, Optimizer):
        return name
    if name.lower() not in _registry:
        raise ValueError(
            f"optimizer: unknown name {name!r}, one of {sorted(_registry)}"
        )
    return _registry[name.lower()](**kwargs)


class Updater:
    """An optimizer with the states of the parameters of one device.

    Parameters
    ----------
    optimizer
        The optimizer.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> update = optimizer.Updater(optimizer.SGD(learning_rate=1.0, momentum=0.5))
    >>> w = np.array([1.0])
    >>> update(0, np.array([0.25]), w)
    >>> w
    array([0.75])
    """

    def __init__(self, optimizer: Optimizer[Any]) -> None:
        self.optimizer = optimizer
        self.states: dict[Index, object] = {}
        self._counts: dict[Index, int] = {}

    def __call__(self, index: Index, grad: ndarray, weight: ndarray) -> None:
        """Update a weight in place."""
        optimizer, states = self.optimizer, self.states
        if index not in states:
            states[index] = optimizer.create_state_multi_precision(index, weight)
        self._begin()
        optimizer.update_multi_precision(index, weight, grad, states[index])

    def _begin(self) -> None:
        # The optimizer is shared by all devices; each counts its own updates.
        self.optimizer._counts = self._counts

    def _count(self, index: Index) -> None:
        """Count an update that was issued otherwise."""
        self._begin()
        self.optimizer._update_count(index)

    def save(self, filename: str) -> None:
        """Write states and counts to a file."""
        arrays = {"num_update": _int_array(self.optimizer.num_update)}
        for index, count in self._counts.items():
            arrays[f"count.{index}"] = _int_array(count)
        for index, state in self.states.items():
            for place, array in enumerate(_leaves(state)):
                arrays[f"state.{index}.{place}"] = array
        npx.save(filename, arrays)

    def load(self, filename: str, weights: Mapping[Index, ndarray]) -> None:
        """Read what `save` wrote.

        Parameters
        ----------
        filename
            Path of the file.
        weights
            The weights, by which the states are created.
        """
        arrays = npx.load(filename)
        _core.end_scripts()
        self.optimizer.num_update = int(arrays.pop("num_update").item())
        for index, weight in weights.items():
            count = arrays.get(f"count.{index}")
            if count is None:
                continue
            self._counts[index] = int(count.item())
            state = self.optimizer.create_state_multi_precision(index, weight)
            for place, array in enumerate(_leaves(state)):
                array[:] = arrays[f"state.{index}.{place}"].as_in_ctx(array.ctx)
            self.states[index] = state


def get_updater(optimizer: Optimizer[Any]) -> Updater:
    """Make an `Updater`.

    Parameters
    ----------
    optimizer
        What it updates with.

    Examples
    --------
    >>> from forerun import optimizer
    >>> updater = optimizer.get_updater(optimizer.SGD())
    """
    return Updater(optimizer)


def _int_array(value: int) -> ndarray:
    return np.array(numpy.array([value]), dtype="int64")


def _leaves(state: object) -> Iterator[ndarray]:
    """Arrays of a state, in order."""
    if isinstance(state, tuple):
        for part in state:
            yield from _leaves(part)
    elif state is not None:
        yield cast("ndarray", state)


def zeros_like(weight: ndarray) -> ndarray:
    """Make a state of zeros beside a weight."""
    return np.zeros(weight.shape, dtype=weight.dtype, ctx=weight.ctx)
