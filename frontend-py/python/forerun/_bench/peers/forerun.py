"""forerun, in the environment that the suite runs in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from forerun._bench.peers._base import RATES, Array, Library, Step, Weights

__all__ = ["LIBRARY", "Forerun"]


class Forerun(Library):
    """The adapter; MXNet's, too, which has the same names."""

    module = "forerun"
    requirements: tuple[str, ...] = ("numpy",)
    is_eager = False

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.package = self.xp
        self.xp = self._import("np")
        self.npx = self._import("npx")
        # The method itself, so that a wait in a loop is one call.
        self.wait = self.xp.ndarray.wait_to_read  # type: ignore[method-assign]

    def _import(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.package, name)

    def versions(self) -> dict[str, str]:
        """Give its version, and NumPy's."""
        return {self.module: self.package.__version__, **super().versions()}

    def array(self, values: Array, dtype: str = "float32") -> Array:
        """Make an array of NumPy's."""
        return self.xp.array(values, dtype=dtype)

    def numpy(self, x: Array) -> Array:
        """Give NumPy's array of the values, bfloat16 as float32."""
        if str(x.dtype) == "bfloat16":
            x = x.astype("float32")
        return x.asnumpy()

    def wait_all(self, arrays: Sequence[Array]) -> None:
        """Wait until everything is computed."""
        self.npx.waitall()

    def compiled(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Give the function: its ops are fused as they run."""
        return function

    def sigmoid(self, x: Array) -> Array:
        """Give the logistic function."""
        return self.npx.sigmoid(x)

    def softmax(self, x: Array) -> Array:
        """Give the softmax of each row, of one op."""
        return self.npx.softmax(x)

    def normal(self, shape: tuple[int, ...]) -> Array:
        """Draw normal numbers as float32."""
        return self.xp.random.normal(size=shape)

    def uniform(self, shape: tuple[int, ...]) -> Array:
        """Draw uniform numbers as float32."""
        return self.xp.random.uniform(size=shape)

    def trainer(
        self, weights: Weights, loss: str, optimizer: str, compiled: bool = False
    ) -> Step:
        """Give a step of gluon's Trainer."""
        autograd, gluon = self._import("autograd"), self._import("gluon")
        net = gluon.nn.HybridSequential()
        for i, (matrix, _) in enumerate(weights):
            is_last = i == len(weights) - 1
            net.add(
                gluon.nn.Dense(
                    matrix.shape[0],
                    in_units=matrix.shape[1],
                    activation=None if is_last else "relu",
                )
            )
        net.initialize()
        for layer, (matrix, bias) in zip(net, weights, strict=True):
            layer.weight.set_data(self.array(matrix))
            layer.bias.set_data(self.array(bias))
        parameters = net.collect_params()
        rate = {"learning_rate": RATES[optimizer]}
        trainer = gluon.Trainer(parameters, optimizer, rate)
        loss_of = {
            "softmax": gluon.loss.SoftmaxCrossEntropyLoss,
            "l2": gluon.loss.L2Loss,
        }[loss]()
        if compiled:
            net.hybridize()
            loss_of.hybridize()

        def step(x: Array, t: Array) -> list[Array]:
            with autograd.record():
                error = loss_of(net(x), t)
            error.backward()
            trainer.step(len(x))
            return [error.mean(), *(p.data() for p in parameters.values())]

        return step


LIBRARY: type[Library] = Forerun
