"""MXNet, whose names forerun has; its last release needs a NumPy with `bool`."""

from __future__ import annotations

from forerun._bench.peers._base import Array, Library
from forerun._bench.peers.forerun import Forerun

__all__ = ["LIBRARY", "MXNet"]


class MXNet(Forerun):
    """The adapter."""

    module = "mxnet"
    requirements = ("mxnet==1.9.1", "numpy==1.23.5")

    def __init__(self, n_threads: int) -> None:
        super().__init__(n_threads)
        self.npx.set_np()

    def transposed_copy(self, x: Array) -> Array:
        """Give the transposed matrix: here no view, but memory of its own."""
        return x.T


LIBRARY: type[Library] = MXNet
