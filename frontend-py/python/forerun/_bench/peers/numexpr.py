"""numexpr, which computes expressions written as text over NumPy's arrays."""

from __future__ import annotations

from collections.abc import Callable

from forerun._bench.peers._base import Array, Library, UnsupportedError
from forerun._bench.peers.numpy import NumPy

__all__ = ["LIBRARY", "NumExpr"]


class NumExpr(NumPy):
    """The adapter: element-wise rows and sums only."""

    module = "numpy"
    requirements = ("numexpr", "numpy")
    only = frozenset(
        ("multiply_add", "ten_times", "sigmoid", "unary", "reduce", "import")
    )

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        import numexpr

        numexpr.set_num_threads(n_threads)
        self.evaluate = numexpr.evaluate
        self.module = "numexpr"

    def multiply_add(self, x: Array, y: Array) -> Array:
        """Give ``x * y + 2``."""
        return self.evaluate("x * y + 2", {"x": x, "y": y})

    def ten_times(self, z: Array, y: Array) -> Array:
        """Give the tenth of ``z = z * 1.01 + y``, as ten expressions."""
        by = self.xp.float32(1.01)
        for _ in range(10):
            z = self.evaluate("z * by + y", {"z": z, "y": y, "by": by})
        return z

    def unary(self, name: str) -> Callable[[Array], Array]:
        """Give an element-wise function."""
        return lambda x: self.evaluate(f"{name}(x)", {"x": x})

    def sigmoid(self, x: Array) -> Array:
        """Give the logistic function."""
        return self.evaluate("1 / (1 + exp(-x))", {"x": x})

    def reduce(self, name: str, x: Array, axis: int | None) -> Array:
        """Sum along an axis, or along all."""
        if name != "sum":
            raise UnsupportedError
        along = "" if axis is None else f", axis={axis}"
        return self.evaluate(f"sum(x{along})", {"x": x})


LIBRARY: type[Library] = NumExpr
