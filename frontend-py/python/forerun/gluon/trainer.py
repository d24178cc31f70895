"""The trainer: applies an optimizer to parameters, over all their devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forerun import _core, autograd
from forerun import optimizer as _optimizer
from forerun.gluon.parameter import Parameter, ParameterDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forerun._typing import Device
    from forerun.np import ndarray

__all__ = ["Trainer"]


class Trainer:
    """Updates parameters with an optimizer.

    `step` only issues ops: it never waits for the gradients.

    Parameters
    ----------
    params
        Parameters, as `collect_params()` gives them or as a list.
    optimizer
        An optimizer or its name.
    optimizer_params
        Settings of the optimizer, if it is given by name.
    kvstore, compression_params, update_on_kvstore
        Accepted for MXNet's sake; gradients are summed where the first copy is.

    Examples
    --------
    >>> from forerun import autograd, gluon, np
    >>> net = gluon.nn.Dense(1, in_units=1, use_bias=False)
    >>> net.initialize("ones")
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    >>> with autograd.record():
    ...     loss = net(np.array([[1.0], [1.0]])).sum()
    >>> loss.backward()
    >>> trainer.step(batch_size=2)
    >>> net.weight.data()
    array([[0.5]])
    """

    def __init__(
        self,
        params: ParameterDict | Mapping[str, Parameter] | Iterable[Parameter],
        optimizer: str | _optimizer.Optimizer[Any],
        optimizer_params: Mapping[str, Any] | None = None,
        kvstore: object = "device",
        compression_params: Mapping[str, Any] | None = None,
        update_on_kvstore: bool | None = None,
    ) -> None:
        self._params = _as_list(params)
        settings = dict(optimizer_params or {})
        if isinstance(optimizer, _optimizer.Optimizer) and settings:
            raise ValueError(
                "Trainer: optimizer_params must be omitted when the optimizer is given "
                f"as an object, got {settings}"
            )
        self._optimizer = _optimizer.create(optimizer, **settings)
        self._optimizer.param_dict = dict(enumerate(self._params))
        self._scale = self._optimizer.rescale_grad
        self._updaters: dict[Device, _optimizer.Updater] = {}
        # Updates by the numbers that decide about them, and what the last ones updated.
        self._scripts = _core.Scripts()
        self._updated: list[tuple[_optimizer.Updater, int]] = []

    @property
    def optimizer(self) -> _optimizer.Optimizer[Any]:
        """The optimizer."""
        return self._optimizer

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return self._optimizer.learning_rate

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate, which no scheduler may be deciding."""
        self._optimizer.set_learning_rate(lr)

    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Sum gradients over devices and update all parameters.

        Parameters
        ----------
        batch_size
            The gradients are divided by it.
        ignore_stale_grad
            Accepted for MXNet's sake; a gradient is used whatever its age.
        """
        self.allreduce_grads()
        self.update(batch_size, ignore_stale_grad)
        if _core.is_profiling():
            _core.mark("trainer")

    def allreduce_grads(self) -> None:
        """Give every device the sum of the gradients of all devices."""
        for param in self._params:
            if len(param._arrays) != 1 and param._grad_req != "null":
                _sum_in_place(param.list_grad())

    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Update all parameters with the gradients as they are.

        Parameters
        ----------
        batch_size
            The gradients are divided by it.
        ignore_stale_grad
            Accepted for MXNet's sake; a gradient is used whatever its age.
        """
        self._optimizer.rescale_grad = self._scale / batch_size
        numbers = self._optimizer._numbers()
        if numbers is None:
            self._update_each()
            return
        factors = [(param.lr_mult, param.wd_mult) for param in self._params]
        if self._scripts.play((numbers, factors), 0) is not NotImplemented:
            for updater, i in self._updated:
                updater._count(i)
        elif all(len(param._arrays) == 1 for param in self._params):
            self._scripts.write(self._update_each, (numbers, factors), 0)
        else:
            self._update_each()

    def _update_each(self, *_: object) -> None:
        """Update parameter by parameter, on each device."""
        updated: list[tuple[_optimizer.Updater, int]] = []
        for i, param in enumerate(self._params):
            if param._grad_req != "null":
                for device, weight in (param._arrays or param._held()).items():
                    updater = self._updater(device)
                    updater(i, param._grad_of(weight), weight)
                    updated.append((updater, i))
        # Only now: a step that fails midway leaves the list of the last whole one.
        self._updated = updated

    def save_states(self, fname: str) -> None:
        """Write the optimizer's states to a file; they are alike on all devices."""
        first = next(iter(self._updaters.values()), None)
        (first or _optimizer.Updater(self._optimizer)).save(fname)

    def load_states(self, fname: str) -> None:
        """Read what `save_states` wrote, for every device."""
        weights: dict[Device, dict[int | str, ndarray]] = {}
        for i, param in enumerate(self._params):
            if param._grad_req != "null":
                for device, weight in param._held().items():
                    weights.setdefault(device, {})[i] = weight
        for device, of_device in weights.items():
            self._updater(device).load(fname, of_device)

    def _updater(self, device: Device) -> _optimizer.Updater:
        updater = self._updaters.get(device)
        if updater is None:
            updater = self._updaters[device] = _optimizer.Updater(self._optimizer)
        return updater


def _as_list(
    params: ParameterDict | Mapping[str, Parameter] | Iterable[Parameter],
) -> list[Parameter]:
    """List the parameters in order of their names, each one once."""
    if hasattr(params, "items"):
        params = [param for _, param in sorted(params.items())]
    listed = list({id(param): param for param in params}.values())
    for param in listed:
        if not isinstance(param, Parameter):
            raise TypeError(
                f"Trainer: expected parameters, got a {type(param).__name__}"
            )
    return listed


def _sum_in_place(grads: list[ndarray]) -> None:
    """Set all of `grads`, one per device, to their sum."""
    with autograd.pause():
        total = grads[0]
        for grad in grads[1:]:
            total = total + grad.as_in_ctx(total.ctx)
        for grad in grads:
            grad[:] = total.as_in_ctx(grad.ctx)
