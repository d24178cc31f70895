"""NumPy; training is written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from forerun._bench.peers._base import (
    BETA1,
    BETA2,
    EPSILON,
    RATES,
    Array,
    Library,
    Step,
    UnsupportedError,
    Weights,
)

__all__ = ["LIBRARY", "NumPy"]


class NumPy(Library):
    """The adapter."""

    module = "numpy"
    requirements: tuple[str, ...] = ("numpy",)

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.generator = self.xp.random.default_rng(0)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        return self.generator.standard_normal(shape, dtype="float32")

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        return self.generator.random(shape, dtype="float32")

    def trainer(
        self, weights: Weights, loss: str, optimizer: str, compiled: bool = False
    ) -> Step:
        """Give a step written by hand."""
        if compiled:
            raise UnsupportedError
        layers = [(w.copy(), b.copy()) for w, b in weights]
        update = {"sgd": self._sgd, "adam": self._adam}[optimizer]()
        gradient_of = {"softmax": self._softmax_loss, "l2": self._l2_loss}[loss]
        xp = self.xp

        def step(x: Array, t: Array) -> list[Array]:
            inputs = [x]
            for w, b in layers[:-1]:
                x = xp.maximum(x @ w.T + b, 0)
                inputs.append(x)
            w, b = layers[-1]
            value, g = gradient_of(x @ w.T + b, t)
            gradients: list[Array] = []
            for (w, _), x in zip(reversed(layers), reversed(inputs), strict=True):
                gradients += [g.sum(axis=0), g.T @ x]
                if x is not inputs[0]:
                    g = (g @ w) * (x > 0)
            parameters = list(itertools.chain(*layers))
            update(parameters, gradients[::-1])
            return [value, *parameters]

        return step

    def _softmax_loss(self, z: Array, t: Array) -> tuple[Array, Array]:
        xp, rows = self.xp, range(len(t))
        z = z - z.max(axis=1, keepdims=True)
        e = xp.exp(z)
        total = e.sum(axis=1, keepdims=True)
        value = (xp.log(total[:, 0]) - z[rows, t]).mean()
        g = e / total
        g[rows, t] -= 1
        return value, g / xp.float32(len(t))

    def _l2_loss(self, z: Array, t: Array) -> tuple[Array, Array]:
        difference = z - t.reshape(z.shape)
        return (difference**2).mean() / 2, difference / self.xp.float32(len(t))

    def _sgd(self) -> Callable[[list[Array], list[Array]], None]:
        rate = self.xp.float32(RATES["sgd"])

        def update(parameters: list[Array], gradients: list[Array]) -> None:
            for p, g in zip(parameters, gradients, strict=True):
                p -= rate * g

        return update

    def _adam(self) -> Callable[[list[Array], list[Array]], None]:
        moments: list[tuple[Array, Array]] = []
        steps = itertools.count(1)

        def update(parameters: list[Array], gradients: list[Array]) -> None:
            if not moments:
                zeros = self.xp.zeros_like
                moments.extend((zeros(p), zeros(p)) for p in parameters)
            n = next(steps)
            rate = RATES["adam"] * (1 - BETA2**n) ** 0.5 / (1 - BETA1**n)
            for p, g, (m, v) in zip(parameters, gradients, moments, strict=True):
                m += (1 - BETA1) * (g - m)
                v += (1 - BETA2) * (g * g - v)
                p -= rate * m / (self.xp.sqrt(v) + EPSILON)

        return update


LIBRARY: type[Library] = NumPy
