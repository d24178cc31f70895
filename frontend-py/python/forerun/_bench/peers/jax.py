"""JAX on the CPU: eager, and under jit in the rows that say so."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

from forerun._bench.peers._base import Array, Library
from forerun._bench.peers._functional import Functional

__all__ = ["LIBRARY", "Jax"]


class Jax(Functional):
    """The adapter."""

    module = "jax"
    requirements = ("jax[cpu]", "jaxlib", "numpy")

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.jax = self.xp
        # For the rows of float64; the dtypes of the others are given.
        self.jax.config.update("jax_enable_x64", True)
        self.xp = importlib.import_module("jax.numpy")
        self.key = self.jax.random.key(0)

    def numpy(self, x: Array) -> Array:
        """Give NumPy's array of the values, bfloat16 as float32."""
        return super().numpy(x.astype("float32") if x.dtype == "bfloat16" else x)

    def wait(self, x: Array) -> None:
        """Wait until a value is computed."""
        x.block_until_ready()

    def wait_all(self, arrays: Sequence[Array]) -> None:
        """Wait until these values are computed."""
        self.jax.block_until_ready(arrays)

    def compiled(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Give the function under jit."""
        jitted: Callable[..., Array] = self.jax.jit(function)
        return jitted

    def sigmoid(self, x: Array) -> Array:
        """Give the logistic function."""
        return self.jax.nn.sigmoid(x)

    def softmax(self, x: Array) -> Array:
        """Give the softmax of each row, of one call."""
        return self.jax.nn.softmax(x, axis=1)

    def _next_key(self) -> Array:
        self.key, key = self.jax.random.split(self.key)
        return key

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        return self.jax.random.normal(self._next_key(), shape, "float32")

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        return self.jax.random.uniform(self._next_key(), shape, "float32")

    def transposed_copy(self, x: Array) -> Array:
        """Give the transposed matrix: here no view, but memory of its own."""
        return x.T

    def value_and_grad(
        self, function: Callable[..., Array]
    ) -> Callable[..., tuple[Array, list[Array]]]:
        """Give the function that computes the gradient of the first argument, too."""
        gradient: Callable[..., tuple[Array, list[Array]]] = self.jax.value_and_grad(
            function
        )
        return gradient


LIBRARY: type[Library] = Jax
