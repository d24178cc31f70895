"""What a library offers to the workloads; the defaults are those of NumPy's names."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

__all__ = ["Array", "Library", "Step", "UnsupportedError", "Weights"]

Array: TypeAlias = Any
Weights: TypeAlias = Sequence[tuple[Array, Array]]
# One step of training on a batch and its targets: the loss, then all that it changes.
Step: TypeAlias = Callable[[Array, Array], list[Array]]


class UnsupportedError(Exception):
    """A library has no such op."""


class Library:
    """An adapter: what the workloads ask of a library."""

    # The name of the module to import.
    module: str = ""
    # What pip installs for it, the library itself first, and with which options.
    requirements: tuple[str, ...] = ()
    pip_options: tuple[str, ...] = ()
    # Whether an op is computed before its call returns.
    is_eager = True
    # Names of the rows' ops that it takes part in; None for all.
    only: frozenset[str] | None = None

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self.xp: Any = importlib.import_module(self.module)

    @classmethod
    def distributions(cls) -> list[str]:
        """Give the names of the packages that it needs, without versions."""
        return [re.split(r"[\[=<>]", name)[0] for name in cls.requirements]

    def versions(self) -> dict[str, str]:
        """Give the versions of the packages that it uses."""
        return {name: importlib.metadata.version(name) for name in self.distributions()}

    # Arrays and waiting.

    def array(self, values: Array, dtype: str = "float32") -> Array:
        """Make an array of NumPy's."""
        return self.xp.array(values, dtype=getattr(self.xp, dtype))

    def numpy(self, x: Array) -> Array:
        """Give NumPy's array of the values, bfloat16 as float32."""
        import numpy

        return numpy.asarray(x)

    def wait(self, x: Array) -> None:
        """Wait until a value is computed."""

    def wait_all(self, arrays: Sequence[Array]) -> None:
        """Wait until these values, and all that is under way, are computed."""
        for x in arrays:
            self.wait(x)

    def compiled(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Compile a function of arrays ahead of its calls."""
        raise UnsupportedError

    # Ops.

    def multiply_add(self, x: Array, y: Array) -> Array:
        """Give ``x * y + 2``."""
        return x * y + 2

    def ten_times(self, z: Array, y: Array) -> Array:
        """Give the tenth of ``z = z * 1.01 + y``."""
        for _ in range(10):
            z = z * 1.01 + y
        return z

    def unary(self, name: str) -> Callable[[Array], Array]:
        """Give an element-wise function."""
        function: Callable[[Array], Array] = getattr(self.xp, name)
        return function

    def sigmoid(self, x: Array) -> Array:
        """Give ``1 / (1 + exp(-x))``, by hand where there is no such function."""
        return 1 / (1 + self.xp.exp(-x))

    def reduce(self, name: str, x: Array, axis: int | None) -> Array:
        """Reduce along an axis, or along all."""
        return getattr(self.xp, name)(x, axis=axis)

    def softmax_by_hand(self, x: Array) -> Array:
        """Give the softmax of each row, of simple ops."""
        xp = self.xp
        e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
        return e / xp.sum(e, axis=1, keepdims=True)

    def softmax(self, x: Array) -> Array:
        """Give the softmax of each row, of one op."""
        raise UnsupportedError

    def layer_norm_by_hand(self, x: Array) -> Array:
        """Give each row less its mean, over its deviation."""
        xp = self.xp
        centred = x - xp.mean(x, axis=1, keepdims=True)
        variance = xp.mean(centred * centred, axis=1, keepdims=True)
        return centred / xp.sqrt(variance + 1e-5)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        raise UnsupportedError

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        raise UnsupportedError

    def take(self, x: Array, indices: Array) -> Array:
        """Take rows."""
        return self.xp.take(x, indices, axis=0)

    def mask(self, x: Array, chosen: Array) -> Array:
        """Take the elements that a boolean array chooses."""
        return x[chosen]

    def sort(self, x: Array) -> Array:
        """Sort a copy."""
        return self.xp.sort(x)

    def cumsum(self, x: Array) -> Array:
        """Give the running sums."""
        return self.xp.cumsum(x, axis=0)

    def transposed_copy(self, x: Array) -> Array:
        """Give the transposed matrix in memory of its own."""
        return self.xp.ascontiguousarray(x.T)

    def concatenate(self, arrays: list[Array]) -> Array:
        """Join along the first axis."""
        return self.xp.concatenate(arrays)

    # Training.

    def trainer(
        self, weights: Weights, loss: str, optimizer: str, compiled: bool = False
    ) -> Step:
        """Give a step of training of dense layers with relu between them.

        Parameters
        ----------
        weights
            A matrix (outputs, inputs) and a bias for each layer.
        loss
            The mean over the batch of ``softmax``, cross-entropy with labels, or
            ``l2``, half the square of the difference.
        optimizer
            ``sgd`` or ``adam``, with a rate of `RATES`.
        compiled
            Whether the library's compiler makes the step one function.
        """
        raise UnsupportedError


RATES = {"sgd": 0.01, "adam": 0.001}
# Adam's decays and what keeps it from dividing by zero.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
