"""One-element ops: what issuing, waiting and a long queue cost."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from functools import partial

import numpy

from forerun._bench.peers import Library
from forerun._bench.peers._base import Array
from forerun._bench.workloads._row import ONLY_FORERUN, Figure, Row, Sizes, Work

__all__ = ["HEADING", "rows"]

HEADING = "Small ops, time per op"


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    n = sizes.of(1000)
    x1 = "x + 1 on (1, 2)"
    yield Row(f"issue {x1}, {n:,} results kept", "add", partial(kept, n=n))
    yield Row("the same, and one wait", "add", partial(kept, n=n, waits=True))
    yield Row("the same, results dropped", "add", partial(dropped, n=n))
    yield Row(f"chain of {n:,}, and one wait", "add", partial(chain, n=n))
    n_chains, side = sizes.of(20), sizes.of(256)
    yield Row(
        f"{n_chains} chains of 10 on ({side}, {side}), the last one read, "
        "the others dropped work",
        "add",
        partial(mostly_dropped, n_chains=n_chains, side=side),
    )
    yield Row("y = x + 1; y.wait_to_read()", "add", partial(waited, n=n))
    yield Row("(x + 1).sum().item()", "add", partial(summed, n=n))
    eager = frozenset(("forerun", "numpy", "torch", "mlx", "mxnet"))
    few = frozenset(("forerun", "numpy", "torch"))
    for long, peers in ((sizes.of(100_000), eager), (sizes.of(10**6), few)):
        name = f"chain of {long:,}"
        issued = partial(chain, n=long, waits=False)
        yield Row(f"{name}, issuing alone", "add", issued, peers=peers)
        whole = partial(chain, n=long)
        yield Row(f"{name}, and one wait", "add", whole, peers=peers)
    yield Row(
        f"memory of a queued op, {sizes.of(10**6):,} behind a product",
        "add",
        partial(bytes_queued, n=sizes.of(10**6), side=sizes.of(4096)),
        unit="B",
        peers=ONLY_FORERUN,
        compares=None,
        is_fresh=True,
    )


def one(p: Library) -> Array:
    """Give the array that the ops begin with."""
    return p.array(numpy.ones((1, 2), "float32"))


def kept(p: Library, n: int, waits: bool = False) -> Work:
    """Issue independent ops and keep their results."""
    x = one(p)

    def run() -> list[Array]:
        results = [x + 1 for _ in range(n)]
        if waits:
            p.wait_all(results)
        return results

    return Work(run, n, keeps=True)


def dropped(p: Library, n: int) -> Work:
    """Issue ops whose results nobody can read; what is under way is waited for."""
    x = one(p)

    def run() -> Array:
        for _ in range(n):
            y = x + 1
        p.wait_all([y])
        return y

    return Work(run, n)


def mostly_dropped(p: Library, n_chains: int, side: int) -> Work:
    """Read one of several chains: what the others would compute nobody can see."""
    length = 10
    x = p.array(numpy.ones((side, side), "float32"))

    def run() -> Array:
        for _ in range(n_chains):
            y = x
            for _ in range(length):
                y = y + 1
        p.wait_all([y])
        return y

    return Work(run, n_chains * length)


def chain(p: Library, n: int, waits: bool = True) -> Work:
    """Issue ops that each read the one before."""
    x = one(p)

    def run() -> Array:
        y = x
        for _ in range(n):
            y = y + 1
        if waits:
            p.wait_all([y])
        return y

    return Work(run, n, keeps=not waits)


def waited(p: Library, n: int) -> Work:
    """Wait for each op; a library that computes at once has nothing to wait for."""
    x, wait = one(p), p.wait

    def run() -> Array:
        for _ in range(n):
            y = x + 1
            wait(y)
        return y

    def run_eagerly() -> Array:
        for _ in range(n):
            y = x + 1
        return y

    return Work(run_eagerly if p.is_eager else run, n)


def summed(p: Library, n: int) -> Work:
    """Take a number out of two ops."""
    x = one(p)

    def run() -> float:
        for _ in range(n):
            value: float = (x + 1).sum().item()
        return value

    return Work(run, n)


def bytes_queued(p: Library, n: int, side: int) -> Figure:
    """Queue a chain behind a product that keeps it from starting."""

    def take() -> float:
        a = p.array(numpy.ones((side, side), "float32"))
        p.wait_all([a])
        gc.collect()
        before = resident()
        y = (a @ a)[:1, :2]
        for _ in range(n):
            y = y + 1
        after = resident()
        p.wait_all([y])
        return (after - before) / n

    return Figure(take)


def resident() -> int:
    """Give the bytes of the process that are in memory."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        # Elsewhere: the most there has been, which macOS gives in bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
