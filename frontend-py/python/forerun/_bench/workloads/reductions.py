"""Reductions, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy

from forerun._bench.peers import Library
from forerun._bench.peers._base import Array
from forerun._bench.workloads._row import Row, Sizes, Work
from forerun._bench.workloads.elements import narrow, positive

__all__ = ["HEADING", "rows"]

HEADING = "Reductions"
AXES = {"all": None, "first": 0, "middle": 1, "last": 2}


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    shape = (4, 5, 6) if sizes.is_quick else (256, 128, 256)
    size = sizes.shown(int(numpy.prod(shape)))
    for name in ("sum", "mean", "max", "argmax", "var"):
        for which, axis in AXES.items():
            build = partial(reduced, shape=shape, name=name, axis=axis)
            axes = "all axes" if axis is None else f"{which} axis"
            yield Row(f"{name}, {size}, {axes}", "reduce", build)
    for dtype in ("float16", "bfloat16"):
        build = partial(reduced, shape=shape, name="sum", axis=None, dtype=dtype)
        yield Row(f"sum, {size} {dtype}, all axes", "reduce", build)
    n = sizes.of(2048)
    for label, op in (
        ("softmax by hand", "softmax_by_hand"),
        ("npx.softmax", "softmax"),
        ("layer norm by hand", "layer_norm_by_hand"),
    ):
        yield Row(f"{label}, {n} x {n}", op, partial(by_rows, n=n, op=op))


def reduced(
    p: Library,
    shape: tuple[int, ...],
    name: str,
    axis: int | None,
    dtype: str = "float32",
) -> Work:
    """Reduce, and wait."""
    n = int(numpy.prod(shape))
    values = positive(n)
    if dtype != "float32":
        # About zero, so that float16 can hold the sum.
        values += 1e3 / n - values.mean(dtype="float64")
    x = narrow(p, values, dtype).reshape(shape)

    def run() -> Array:
        y = p.reduce(name, x, axis)
        p.wait(y)
        return y

    return Work(run)


def by_rows(p: Library, n: int, op: str) -> Work:
    """Normalise each row of a matrix."""
    state = numpy.random.RandomState(0)
    x = p.array(state.normal(size=(n, n)).astype("float32"))
    function = getattr(p, op)

    def run() -> Array:
        y = function(x)
        p.wait(y)
        return y

    return Work(run)
