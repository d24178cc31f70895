"""PyTorch, eager."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from forerun._bench.peers._base import (
    RATES,
    Array,
    Library,
    Step,
    UnsupportedError,
    Weights,
)

__all__ = ["LIBRARY", "Torch"]


class Torch(Library):
    """The adapter."""

    module = "torch"
    requirements = ("torch", "numpy")
    # Builds without CUDA, where this index can be reached.
    pip_options = ("--extra-index-url", "https://download.pytorch.org/whl/cpu")

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.xp.set_num_threads(n_threads)

    def array(self, values: Array, dtype: str = "float32") -> Array:
        """Make a tensor of NumPy's array."""
        kinds = {"bool_": "bool"}
        dtype = kinds.get(dtype, dtype)
        return self.xp.tensor(values, dtype=getattr(self.xp, dtype))

    def numpy(self, x: Array) -> Array:
        """Give NumPy's array of the values, bfloat16 as float32."""
        x = x.detach()
        return (x.float() if x.dtype == self.xp.bfloat16 else x).numpy()

    def sigmoid(self, x: Array) -> Array:
        """Give the logistic function."""
        return self.xp.sigmoid(x)

    def reduce(self, name: str, x: Array, axis: int | None) -> Array:
        """Reduce along an axis, or along all."""
        if name == "max":
            return x.max() if axis is None else self.xp.amax(x, axis=axis)
        if name == "var":
            return self.xp.var(x, axis=axis, correction=0)
        return super().reduce(name, x, axis)

    def softmax_by_hand(self, x: Array) -> Array:
        """Give the softmax of each row, of simple ops."""
        e = (x - x.amax(axis=1, keepdims=True)).exp()
        return e / e.sum(axis=1, keepdims=True)

    def softmax(self, x: Array) -> Array:
        """Give the softmax of each row, of one op."""
        return self.xp.softmax(x, 1)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        return self.xp.randn(shape)

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        return self.xp.rand(shape)

    def take(self, x: Array, indices: Array) -> Array:
        """Take rows."""
        return self.xp.index_select(x, 0, indices)

    def sort(self, x: Array) -> Array:
        """Sort a copy."""
        return self.xp.sort(x).values

    def transposed_copy(self, x: Array) -> Array:
        """Give the transposed matrix in memory of its own."""
        return x.T.contiguous()

    def trainer(
        self, weights: Weights, loss: str, optimizer: str, compiled: bool = False
    ) -> Step:
        """Give a step of `torch.optim`."""
        if compiled:
            raise UnsupportedError
        torch = self.xp
        modules = []
        for w, b in weights:
            layer = torch.nn.Linear(w.shape[1], w.shape[0])
            layer.weight.data[:] = self.array(w)
            layer.bias.data[:] = self.array(b)
            modules += [layer, torch.nn.ReLU()]
        net = torch.nn.Sequential(*modules[:-1])
        parameters = list(net.parameters())
        optimizers = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        trainer = optimizers[optimizer](parameters, lr=RATES[optimizer])
        losses: dict[str, Callable[..., Array]] = {
            "softmax": torch.nn.CrossEntropyLoss(),
            "l2": lambda z, t: ((z - t.reshape(z.shape)) ** 2).mean() / 2,
        }
        loss_of = losses[loss]

        def step(x: Array, t: Array) -> list[Array]:
            trainer.zero_grad()
            error = loss_of(net(x), t)
            error.backward()
            trainer.step()
            return list(itertools.chain([error], parameters))

        return step


LIBRARY: type[Library] = Torch
