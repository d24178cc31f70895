"""Optimizers that scale each element's step by its past gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forerun import np
from forerun.optimizer.optimizer import Optimizer, register, zeros_like

if TYPE_CHECKING:
    from forerun.np import ndarray
    from forerun.optimizer.optimizer import Index

__all__ = ["AdaDelta", "AdaGrad", "Ftrl", "RMSProp"]


@register
class AdaGrad(Optimizer["ndarray"]):
    """AdaGrad (Duchi, 2011): divide by the root of the sum of squares.

    Parameters
    ----------
    eps
        Added to the sum of squares.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> adagrad = optimizer.AdaGrad(learning_rate=0.5)
    >>> w = np.array([1.0])
    >>> adagrad.update(0, w, np.array([3.0]), adagrad.create_state(0, w))
    >>> round(w.item(), 4)
    0.5
    """

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Index, weight: ndarray) -> ndarray:
        """Make a sum of squares of zero."""
        return zeros_like(weight)

    def update(
        self, index: Index, weight: ndarray, grad: ndarray, state: ndarray
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        grad = self._rescaled(grad)
        state += grad * grad
        step = grad / np.sqrt(state + self.float_stable_eps)
        weight -= lr * (step + wd * weight)


@register
class AdaDelta(Optimizer["tuple[ndarray, ndarray]"]):
    """AdaDelta (Zeiler, 2012): steps in the units of the weight.

    The learning rate has no effect, as in MXNet.

    Parameters
    ----------
    rho
        Decay of both mean squares.
    epsilon
        Added to both mean squares.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> adadelta = optimizer.AdaDelta(rho=0.0, epsilon=1.0)
    >>> w = np.array([1.0])
    >>> adadelta.update(0, w, np.array([0.0]), adadelta.create_state(0, w))
    >>> w
    array([1.])
    """

    def __init__(
        self,
        rho: float = 0.90,
        epsilon: float = 1e-5,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def create_state(self, index: Index, weight: ndarray) -> tuple[ndarray, ndarray]:
        """Make two mean squares of zero, of gradients and of steps."""
        return zeros_like(weight), zeros_like(weight)

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ndarray],
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        wd = self._get_wd(index)
        grad = self._rescaled(grad)
        grads, steps = state
        grads *= self.rho
        grads += (1 - self.rho) * grad * grad
        step = np.sqrt(steps + self.epsilon) / np.sqrt(grads + self.epsilon) * grad
        steps *= self.rho
        steps += (1 - self.rho) * step * step
        weight -= step + wd * weight


@register
class RMSProp(Optimizer["tuple[ndarray, ...]"]):
    """RMSProp (Hinton, 2012), or with `centered` its variant by Graves (2013).

    Parameters
    ----------
    learning_rate
        Learning rate.
    gamma1
        Decay of the mean square.
    gamma2
        Momentum, used if `centered`.
    epsilon
        Added to the divisor.
    centered
        Subtract the square of the mean from the mean square.
    clip_weights
        Weights are cut off at plus and minus this.
    rho, momentum
        MXNet 2's names of `gamma1` and `gamma2`.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> rmsprop = optimizer.RMSProp(learning_rate=0.5, gamma1=0.0)
    >>> w = np.array([1.0])
    >>> rmsprop.update(0, w, np.array([3.0]), rmsprop.create_state(0, w))
    >>> round(w.item(), 4)
    0.5
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        *,
        rho: float | None = None,
        momentum: float | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1 if rho is None else rho
        self.gamma2 = gamma2 if momentum is None else momentum
        self.epsilon = epsilon
        self.centered = centered
        self.clip_weights = clip_weights

    def create_state(self, index: Index, weight: ndarray) -> tuple[ndarray, ...]:
        """Make a mean square of zero; if centered, a mean and a momentum too."""
        return tuple(zeros_like(weight) for _ in range(3 if self.centered else 1))

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ...],
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        lr = self._get_lr(index)
        grad = self._decay_then_clip(index, weight, grad)
        square = state[0]
        square *= self.gamma1
        square += (1 - self.gamma1) * grad * grad
        if not self.centered:
            weight -= lr * grad / np.sqrt(square + self.epsilon)
        else:
            _, mean, step = state
            mean *= self.gamma1
            mean += (1 - self.gamma1) * grad
            step *= self.gamma2
            step -= lr * grad / np.sqrt(square - mean * mean + self.epsilon)
            weight += step
        if self.clip_weights:
            weight[:] = np.clip(weight, -self.clip_weights, self.clip_weights)


@register
class Ftrl(Optimizer["tuple[ndarray, ndarray]"]):
    """Follow the regularized leader (McMahan, 2013), which makes weights sparse.

    Parameters
    ----------
    lamda1
        Strength of the L1 regularization.
    learning_rate
        Learning rate.
    beta
        Added to the root of the sum of squares.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> ftrl = optimizer.Ftrl(lamda1=1.0)
    >>> w = np.array([1.0])
    >>> ftrl.update(0, w, np.array([0.5]), ftrl.create_state(0, w))
    >>> round(w.item(), 4)
    0.2333
    """

    def __init__(
        self,
        lamda1: float = 0.01,
        learning_rate: float = 0.1,
        beta: float = 1,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1 = lamda1
        self.beta = beta

    def create_state(self, index: Index, weight: ndarray) -> tuple[ndarray, ndarray]:
        """Make the dual weight z and the sum of squares n, both zero."""
        return zeros_like(weight), zeros_like(weight)

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ndarray],
    ) -> None:
        """Change a weight by its gradient, in place."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        grad = self._rescaled(grad)
        z, n = state
        z += grad - (np.sqrt(n + grad * grad) - np.sqrt(n)) / lr * weight
        n += grad * grad
        shrunk = np.sign(z) * np.maximum(np.abs(z) - self.lamda1, 0)
        weight[:] = -shrunk / ((self.beta + np.sqrt(n)) / lr + wd)
