"""MLX on the CPU: lazy, and compiled in the rows that say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forerun._bench.peers._base import Array, Library, UnsupportedError
from forerun._bench.peers._functional import Functional

__all__ = ["LIBRARY", "Mlx"]


class Mlx(Functional):
    """The adapter."""

    module = "mlx.core"
    requirements = ("mlx[cpu]", "numpy")

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.xp.set_default_device(self.xp.cpu)
        # The function itself, so that a wait in a loop is one call.
        self.wait = self.xp.eval  # type: ignore[method-assign]

    def numpy(self, x: Array) -> Array:
        """Give NumPy's array of the values, bfloat16 as float32."""
        is_half = x.dtype == self.xp.bfloat16
        return super().numpy(x.astype(self.xp.float32) if is_half else x)

    def wait_all(self, arrays: Sequence[Array]) -> None:
        """Compute these values."""
        self.xp.eval(*arrays)

    def compiled(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Give the function compiled."""
        made: Callable[..., Array] = self.xp.compile(function)
        return made

    def sigmoid(self, x: Array) -> Array:
        """Give the logistic function."""
        return self.xp.sigmoid(x)

    def softmax(self, x: Array) -> Array:
        """Give the softmax of each row, of one op."""
        return self.xp.softmax(x, axis=1)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        return self.xp.random.normal(shape)

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        return self.xp.random.uniform(shape=shape)

    def mask(self, x: Array, chosen: Array) -> Array:
        """Refuse: shapes do not depend on values here."""
        raise UnsupportedError

    def transposed_copy(self, x: Array) -> Array:
        """Give the transposed matrix in memory of its own."""
        return self.xp.contiguous(x.T)

    def value_and_grad(
        self, function: Callable[..., Array]
    ) -> Callable[..., tuple[Array, list[Array]]]:
        """Give the function that computes the gradient of the first argument, too."""
        gradient: Callable[..., tuple[Array, list[Array]]] = self.xp.value_and_grad(
            function
        )
        return gradient


LIBRARY: type[Library] = Mlx
