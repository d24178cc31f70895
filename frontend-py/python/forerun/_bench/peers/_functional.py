"""Training as functions of the parameters, as JAX and MLX have it."""

from __future__ import annotations

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

__all__ = ["Functional"]


class Functional(Library):
    """A library that differentiates functions of lists of arrays."""

    is_eager = False

    def value_and_grad(
        self, function: Callable[..., Array]
    ) -> Callable[..., tuple[Array, list[Array]]]:
        """Give the function that computes the gradient of the first argument, too."""
        raise UnsupportedError

    def trainer(
        self, weights: Weights, loss: str, optimizer: str, compiled: bool = False
    ) -> Step:
        """Give a step that makes new parameters."""
        parameters = [self.array(a) for layer in weights for a in layer]
        zeros = self.xp.zeros_like
        # Of Adam: the number of the step, then both moments of each parameter.
        state = [self.array(0.0), *(zeros(p) for p in parameters * 2)]
        if optimizer == "sgd":
            state = []
        losses = {"softmax": self._softmax_loss, "l2": self._l2_loss}
        updates = {"sgd": self._sgd, "adam": self._adam}
        loss_of, update = losses[loss], updates[optimizer]
        gradient = self.value_and_grad(
            lambda parameters, x, t: loss_of(self._forward(parameters, x), t)
        )

        def changed(
            parameters: list[Array], state: list[Array], x: Array, t: Array
        ) -> tuple[Array, list[Array], list[Array]]:
            error, gradients = gradient(parameters, x, t)
            return error, *update(parameters, gradients, state)

        function = self.compiled(changed) if compiled else changed

        def step(x: Array, t: Array) -> list[Array]:
            nonlocal parameters, state
            error, parameters, state = function(parameters, state, x, t)
            return [error, *state, *parameters]

        return step

    def _forward(self, parameters: list[Array], x: Array) -> Array:
        for i in range(0, len(parameters), 2):
            if i:
                x = self.xp.maximum(x, 0)
            x = x @ parameters[i].T + parameters[i + 1]
        return x

    def _softmax_loss(self, z: Array, t: Array) -> Array:
        xp = self.xp
        z = z - xp.max(z, axis=1, keepdims=True)
        chosen = xp.take_along_axis(z, t[:, None], axis=1)[:, 0]
        return xp.mean(xp.log(xp.sum(xp.exp(z), axis=1)) - chosen)

    def _l2_loss(self, z: Array, t: Array) -> Array:
        return self.xp.mean((z - t.reshape(z.shape)) ** 2) / 2

    def _sgd(
        self, parameters: list[Array], gradients: list[Array], state: list[Array]
    ) -> tuple[list[Array], list[Array]]:
        pairs = zip(parameters, gradients, strict=True)
        return [p - RATES["sgd"] * g for p, g in pairs], state

    def _adam(
        self, parameters: list[Array], gradients: list[Array], state: list[Array]
    ) -> tuple[list[Array], list[Array]]:
        n, size = state[0] + 1, len(parameters)
        first = [
            BETA1 * m + (1 - BETA1) * g
            for m, g in zip(state[1 : size + 1], gradients, strict=True)
        ]
        second = [
            BETA2 * v + (1 - BETA2) * g * g
            for v, g in zip(state[size + 1 :], gradients, strict=True)
        ]
        rate = RATES["adam"] * self.xp.sqrt(1 - BETA2**n) / (1 - BETA1**n)
        moved = [
            p - rate * m / (self.xp.sqrt(v) + EPSILON)
            for p, m, v in zip(parameters, first, second, strict=True)
        ]
        return moved, [n, *first, *second]
