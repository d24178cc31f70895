"""Adam and its kin: steps scaled by moments of the gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forerun import np
from forerun.optimizer.optimizer import Optimizer, register, zeros_like

if TYPE_CHECKING:
    from forerun.np import ndarray
    from forerun.optimizer.optimizer import Index

__all__ = ["Adam", "AdamW", "Adamax"]


class _TwoMoments(Optimizer["tuple[ndarray, ndarray]"]):
    """An optimizer whose state is two arrays like the weight."""

    def __init__(
        self,
        learning_rate: float,
        beta1: float,
        beta2: float,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def create_state(self, index: Index, weight: ndarray) -> tuple[ndarray, ndarray]:
        """Make two moments of zeros."""
        return zeros_like(weight), zeros_like(weight)

    def _advance(self, grad: ndarray, state: tuple[ndarray, ndarray]) -> None:
        """Take a gradient into mean and mean square."""
        mean, square = state
        mean += (1 - self.beta1) * (grad - mean)
        square += (1 - self.beta2) * (grad * grad - square)

    def _unbias(self, count: int) -> float:
        """Factor of the rate that makes up for moments starting from zero."""
        return math.sqrt(1 - self.beta2**count) / (1 - self.beta1**count)


@register
class Adam(_TwoMoments):
    """Adam (Kingma and Ba, 2014), its bias correction folded into the rate.

    Parameters
    ----------
    learning_rate
        Learning rate.
    beta1, beta2
        Decay of the mean of gradients and of their squares.
    epsilon
        Added to the divisor.
    lazy_update
        Accepted for MXNet's sake; gradients are dense.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> adam = optimizer.Adam(learning_rate=0.5)
    >>> w = np.array([1.0])
    >>> adam.update(0, w, np.array([3.0]), adam.create_state(0, w))
    >>> round(w.item(), 4)
    0.5
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, **kwargs)
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ndarray],
    ) -> None:
        """Change a weight by its gradient, in place."""
        lr = self._unbias(self._update_count(index)) * self._get_lr(index)
        mean, square = state
        self._advance(self._decay_then_clip(index, weight, grad), state)
        weight -= lr * mean / (np.sqrt(square) + self.epsilon)


@register
class AdamW(_TwoMoments):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2017).

    Parameters
    ----------
    learning_rate
        Learning rate.
    beta1, beta2
        Decay of the mean of gradients and of their squares.
    epsilon
        Added to the divisor.
    correct_bias
        Make up for moments starting from zero.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> adamw = optimizer.AdamW(learning_rate=0.5, wd=0.5)
    >>> w = np.array([1.0])
    >>> adamw.update(0, w, np.array([3.0]), adamw.create_state(0, w))
    >>> round(w.item(), 4)
    0.25
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        correct_bias: bool = True,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, **kwargs)
        self.epsilon = epsilon
        self.correct_bias = correct_bias

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ndarray],
    ) -> None:
        """Change a weight by its gradient, in place."""
        count = self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        mean, square = state
        self._advance(self._rescaled(grad), state)
        if wd:
            weight *= 1 - lr * wd
        lr *= self._unbias(count) if self.correct_bias else 1
        weight -= lr * mean / (np.sqrt(square) + self.epsilon)


@register
class Adamax(_TwoMoments):
    """Adam with the largest gradient in place of the mean square.

    Parameters
    ----------
    learning_rate
        Learning rate.
    beta1, beta2
        Decay of the mean of gradients and of their largest.
    **kwargs
        As in `Optimizer`.

    Examples
    --------
    >>> from forerun import np, optimizer
    >>> adamax = optimizer.Adamax(learning_rate=0.5)
    >>> w = np.array([1.0])
    >>> adamax.update(0, w, np.array([3.0]), adamax.create_state(0, w))
    >>> round(w.item(), 4)
    0.5
    """

    def __init__(
        self,
        learning_rate: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, **kwargs)

    def update(
        self,
        index: Index,
        weight: ndarray,
        grad: ndarray,
        state: tuple[ndarray, ndarray],
    ) -> None:
        """Change a weight by its gradient, in place."""
        count = self._update_count(index)
        lr = self._get_lr(index) / (1 - self.beta1**count)
        grad = self._decay_then_clip(index, weight, grad)
        mean, largest = state
        mean += (1 - self.beta1) * (grad - mean)
        largest[:] = np.maximum(self.beta2 * largest, np.abs(grad))
        # The least float32 keeps 0 / 0 from becoming nan where no gradient ever came.
        weight -= lr * mean / (largest + 1e-38)
