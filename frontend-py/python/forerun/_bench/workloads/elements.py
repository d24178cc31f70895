"""Element-wise work on large arrays, and random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy

from forerun._bench.peers import Library, UnsupportedError
from forerun._bench.peers._base import Array
from forerun._bench.workloads._row import WITH_COMPILER, Row, Sizes, Work

__all__ = ["HEADING", "rows"]

HEADING = "Elements and random numbers"
FUNCTIONS = ("tanh", "exp", "log", "sigmoid", "sqrt")


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    n = sizes.of(1 << 23)
    size = sizes.shown(n)
    yield Row(
        f"the machine: {4 * n:,} bytes copied by all threads",
        "copyto",
        partial(copied, n=n),
        peers=frozenset(("numpy",)),
    )
    for dtype in ("float32", "float16", "bfloat16"):
        build = partial(multiply_add, n=n, dtype=dtype)
        yield Row(f"x * y + 2, {size} {dtype}", "multiply_add", build)
    name = f"ten times z = z * 1.01 + y, {size}"
    yield Row(name, "ten_times", partial(ten_times, n=n))
    yield Row(
        f"{name}, compiled",
        "ten_times",
        partial(ten_times, n=n, compiled=True),
        peers=WITH_COMPILER,
    )
    for function in FUNCTIONS:
        op = "sigmoid" if function == "sigmoid" else "unary"
        build = partial(unary, n=n, function=function)
        yield Row(f"{function}, {size}", op, build)
    draws = sizes.of(1000), sizes.of(1000)
    for kind in ("normal", "uniform"):
        name = f"{kind} numbers, {sizes.shown(draws[0] * draws[1])} float32"
        yield Row(
            name, kind, partial(random, kind=kind, shape=draws), compares="moments"
        )


def positive(n: int, seed: int = 0) -> Array:
    """Give NumPy's array of positive numbers."""
    return numpy.random.RandomState(seed).uniform(0.1, 4, n).astype("float32")


def narrow(p: Library, values: Array, dtype: str) -> Array:
    """Make an array of a dtype that not every library has."""
    try:
        return p.array(values, dtype)
    except (AttributeError, TypeError) as error:
        raise UnsupportedError from error


def copied(p: Library, n: int) -> Work:
    """Copy into memory at hand, in as many parts as there are threads."""
    source, target = numpy.ones(n, "float32"), numpy.zeros(n, "float32")
    parts = list(
        zip(
            numpy.array_split(target, p.n_threads),
            numpy.array_split(source, p.n_threads),
            strict=True,
        )
    )
    pool = ThreadPoolExecutor(p.n_threads)

    def run() -> Array:
        list(pool.map(lambda part: numpy.copyto(*part), parts))
        return target

    return Work(run)


def multiply_add(p: Library, n: int, dtype: str) -> Work:
    """Compute ``x * y + 2``."""
    x, y = (narrow(p, positive(n, seed), dtype) for seed in range(2))

    def run() -> Array:
        z = p.multiply_add(x, y)
        p.wait(z)
        return z

    return Work(run)


def ten_times(p: Library, n: int, compiled: bool = False) -> Work:
    """Compute a chain of ten multiplications and additions."""
    x, y = (p.array(positive(n, seed)) for seed in range(2))
    function = p.compiled(p.ten_times) if compiled else p.ten_times

    def run() -> Array:
        z = function(x, y)
        p.wait(z)
        return z

    return Work(run)


def unary(p: Library, n: int, function: str) -> Work:
    """Compute a function of each element."""
    x = p.array(positive(n))
    op = p.sigmoid if function == "sigmoid" else p.unary(function)

    def run() -> Array:
        y = op(x)
        p.wait(y)
        return y

    return Work(run)


def random(p: Library, kind: str, shape: tuple[int, ...]) -> Work:
    """Draw random numbers."""
    draw = {"normal": p.normal, "uniform": p.uniform}[kind]

    def run() -> Array:
        x = draw(shape)
        p.wait(x)
        return x

    return Work(run)
