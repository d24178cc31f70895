"""Gradient descent, with momentum and by sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forerun import np
from forerun.optimizer.optimizer import Optimizer, register, zeros_like

if TYPE_CHECKING:
    from forerun.np import ndarray
    from forerun.optimizer.optimizer import Index

__all__ = ["NAG", "SGD", "Signum"]


class _Momentum(Optimizer["ndarray | None"]):
    """An optimizer whose state is a momentum, or nothing without one."""

    def __init__(self, momentum: float, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index: Index, weight: ndarray) -> ndarray | None:
        """Make a momentum of zeros."""
        return zeros_like(weight) if self.momentum else None

    def _numbers(self) -> tuple[float | None, ...] | None:
        """List the settings, unless the rate depends on the number of the update."""
        # A class of somebody else may use anything.
        is_ours = type(self).__module__ == __name__
        if not is_ours or self.lr_scheduler is not None or self.multi_precision:
            return None
        settings = (self.lr, self.rescale_grad, self.wd, self.clip_gradient)
        return (*settings, self.momentum)


@register
class SGD(_Momentum):
    """Stochastic gradient descent.

    Without momentum ``weight -= lr * g`` with ``g = rescale * grad + wd * weight``;
    with it ``state = momentum * state - lr * g; weight += state``.

    Parameters
    ----------
    momentum
        Share of the last step that is kept.
    lazy_update
        Accepted for MXNet's sake; gradients are dense.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> sgd = optimizer.SGD(momentum=0.5, learning_rate=1.0)
    >>> w = np.array([1.0])
    >>> state = sgd.create_state(0, w)
    >>> for _ in range(2):
    ...     sgd.update(0, w, np.array([0.25]), state)
    >>> w
    array([0.375])
    """

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(momentum, **kwargs)
        self.lazy_update = lazy_update

    def update(
        self, index: Index, weight: ndarray, grad: ndarray, state: ndarray | None
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        step = self._clip_then_decay(index, weight, grad, self._get_lr(index))
        if state is None:
            weight -= step
        else:
            state *= self.momentum
            state -= step
            weight += state


@register
class NAG(_Momentum):
    """Nesterov's accelerated gradient: the gradient after the coming step.

    Parameters
    ----------
    momentum
        Share of the last step that is kept.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> nag = optimizer.NAG(momentum=0.5, learning_rate=1.0)
    >>> w = np.array([1.0])
    >>> nag.update(0, w, np.array([0.25]), nag.create_state(0, w))
    >>> w
    array([0.625])
    """

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(momentum, **kwargs)

    def update(
        self, index: Index, weight: ndarray, grad: ndarray, state: ndarray | None
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        step = self._clip_then_decay(index, weight, grad, self._get_lr(index))
        if state is not None:
            state *= self.momentum
            state -= step
            weight += self.momentum * state
        weight -= step


@register
class Signum(_Momentum):
    """Steps of one size, in the direction of the momentum's sign.

    Parameters
    ----------
    learning_rate
        Learning rate.
    momentum
        Share of the past gradients; 0 uses the sign of the gradient.
    wd_lh
        Weight decay apart from the gradient (Loshchilov and Hutter).
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> signum = optimizer.Signum(learning_rate=0.5)
    >>> w = np.array([1.0, 1.0])
    >>> signum.update(0, w, np.array([3.0, -2.0]), signum.create_state(0, w))
    >>> w
    array([0.5, 1.5])
    """

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.9,
        wd_lh: float = 0.0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(momentum, learning_rate=learning_rate, **kwargs)
        self.wd_lh = wd_lh

    def _numbers(self) -> tuple[float | None, ...] | None:
        """List the settings of a momentum, and its own."""
        numbers = super()._numbers()
        return None if numbers is None else (*numbers, self.wd_lh)

    def update(
        self, index: Index, weight: ndarray, grad: ndarray, state: ndarray | None
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        lr = self._get_lr(index)
        grad = self._clip_then_decay(index, weight, grad)
        if state is not None:
            state *= self.momentum
            state -= (1 - self.momentum) * grad
            grad = -state
        if self.wd_lh:
            weight *= 1 - lr * self.wd_lh
        weight -= lr * np.sign(grad)
