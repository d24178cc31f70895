"""Steps of training."""

from __future__ import annotations

import itertools
import resource
from collections.abc import Callable, Iterator
from functools import partial

import numpy

from forerun._bench.peers import Library
from forerun._bench.peers._base import Array, Step, Weights
from forerun._bench.workloads._row import (
    ONLY_FORERUN,
    WITH_COMPILER,
    Figure,
    Row,
    Sizes,
    Work,
)

__all__ = ["HEADING", "rows"]

HEADING = "Training"
# Where a compiled step is a hybridized network.
COMPILING = WITH_COMPILER | {"mxnet"}


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    of = sizes.of
    small, n_small = (of(64), of(128), 10), of(64)
    name = f"{shown(small)}, batch {n_small}, cross-entropy, one SGD step"
    yield Row(name, "trainer", partial(classifier, layers=small, batch=n_small))
    compiled = partial(classifier, layers=small, batch=n_small, compiled=True)
    yield Row(f"{name}, compiled", "trainer", compiled, peers=COMPILING)
    large, n_large = (of(512), of(2048), of(512), 1), of(1024)

    def of_large(
        work: Callable[..., Work | Figure],
        **options: object,
    ) -> Callable[[Library], Work | Figure]:
        return partial(work, layers=large, batch=n_large, **options)

    name = f"MLP {shown(large)}, batch {n_large} drawn in the loop"
    for optimizer, label in (("sgd", "one SGD step"), ("adam", "one Adam step")):
        build = of_large(regression, optimizer=optimizer)
        yield Row(f"{name}, {label}", "trainer", build)
    yield Row(
        f"{name}, one SGD step, compiled",
        "trainer",
        of_large(regression, optimizer="sgd", compiled=True),
        peers=COMPILING,
    )
    build = of_large(its_products)
    yield Row("its products alone", "matmul", build)
    n = 3 if sizes.is_quick else 20
    yield Row(
        f"page faults of its SGD step, mean of {n} in steady state",
        "trainer",
        of_large(page_faults, n=n),
        unit="faults",
        compares=None,
    )
    yield Row(
        f"extra memory of {n} of its SGD steps without a barrier",
        "trainer",
        of_large(run_ahead, n=n),
        unit="B",
        peers=ONLY_FORERUN,
        compares=None,
    )
    yield Row(
        f"peak memory of {n} of its SGD steps with a barrier each",
        "trainer",
        of_large(run_ahead, n=n, peak_of=(True,)),
        unit="B",
        peers=ONLY_FORERUN,
        compares=None,
    )


def shown(layers: tuple[int, ...]) -> str:
    """Write the widths of a network."""
    return "-".join(map(str, layers))


def weights(layers: tuple[int, ...]) -> Weights:
    """Give what the network begins with."""
    state = numpy.random.RandomState(0)
    return [
        (
            (state.normal(size=(m, n)) * (2 / n) ** 0.5).astype("float32"),
            numpy.zeros(m, "float32"),
        )
        for n, m in itertools.pairwise(layers)
    ]


def steps(p: Library, trainer: Callable[[], Step], x: Array, t: Array) -> Array:
    """Give the losses of three steps from the beginning, on one batch."""
    step, losses = trainer(), []
    for _ in range(3):
        results = step(x, t)
        p.wait_all(results)
        losses.append(results[0])
    return losses


def classifier(
    p: Library, layers: tuple[int, ...], batch: int, compiled: bool = False
) -> Work:
    """Learn labels of one batch."""
    state = numpy.random.RandomState(1)
    x = p.array(state.normal(size=(batch, layers[0])).astype("float32"))
    t = p.array(state.randint(layers[-1], size=batch), "int64")
    trainer = partial(p.trainer, weights(layers), "softmax", "sgd", compiled)
    step = trainer()

    def run() -> list[Array]:
        results = step(x, t)
        p.wait_all(results)
        return results

    return Work(run, check=lambda: steps(p, trainer, x, t))


def drawing_step(
    p: Library, trainer: Callable[[], Step], size: tuple[int, int]
) -> Step:
    """Give a step that draws its batch first."""
    step = trainer()
    t = p.array(numpy.ones(size[0], "float32"))
    return lambda *_: step(p.normal(size), t)


def regression(
    p: Library,
    layers: tuple[int, ...],
    batch: int,
    optimizer: str,
    compiled: bool = False,
) -> Work:
    """Learn a constant from random numbers."""
    size = batch, layers[0]
    trainer = partial(p.trainer, weights(layers), "l2", optimizer, compiled)
    step = drawing_step(p, trainer, size)
    x = p.array(numpy.random.RandomState(1).normal(size=size).astype("float32"))
    t = p.array(numpy.ones(batch, "float32"))

    def run() -> list[Array]:
        results = step(None, None)
        p.wait_all(results)
        return results

    return Work(run, check=lambda: steps(p, trainer, x, t))


def its_products(p: Library, layers: tuple[int, ...], batch: int) -> Work:
    """Multiply what a step multiplies, without what is between."""
    state = numpy.random.RandomState(0)

    def normal(*shape: int) -> Array:
        return p.array(state.normal(size=shape).astype("float32"))

    ws = [p.array(w) for w, _ in weights(layers)]
    xs = [normal(batch, n) for n in layers]

    def run() -> list[Array]:
        forward = [x @ w.T for x, w in zip(xs, ws, strict=False)]
        of_weights = [g.T @ x for g, x in zip(xs[1:], xs, strict=False)]
        of_inputs = [g @ w for g, w in zip(xs[2:], ws[1:], strict=True)]
        results = [*forward, *of_weights, *of_inputs]
        p.wait_all(results)
        return results

    return Work(run)


def page_faults(p: Library, layers: tuple[int, ...], batch: int, n: int) -> Figure:
    """Count the pages that a step asks the system for, once memory is warm."""
    trainer = partial(p.trainer, weights(layers), "l2", "sgd")
    step = drawing_step(p, trainer, (batch, layers[0]))

    def take() -> float:
        for i in range(n + 5):
            if i == 5:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            p.wait_all(step(None, None))
        return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / n

    return Figure(take)


def run_ahead(
    p: Library,
    layers: tuple[int, ...],
    batch: int,
    n: int,
    peak_of: tuple[bool, ...] = (False, True),
) -> Figure:
    """Compare the most memory of a loop without a barrier to that of one with it."""
    from forerun import npx

    trainer = partial(p.trainer, weights(layers), "l2", "sgd")
    step = drawing_step(p, trainer, (batch, layers[0]))

    def peak(with_barrier: bool) -> float:
        p.wait_all([])
        npx.reset_peak_memory()
        for _ in range(n):
            step(None, None)
            if with_barrier:
                p.wait_all([])
        p.wait_all([])
        return npx.memory_stats()["peak"]

    def take() -> float:
        first, *rest = map(peak, peak_of)
        return first - sum(rest)

    return Figure(take)
