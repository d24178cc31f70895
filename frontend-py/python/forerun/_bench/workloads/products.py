"""Products of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy

from forerun._bench.peers import Library
from forerun._bench.peers._base import Array
from forerun._bench.workloads._row import Row, Sizes, Work

__all__ = ["HEADING", "rows"]

HEADING = "Products"

# Short products are repeated, so that the clock is no matter.
FLOPS_PER_CALL = 1e8


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    squares = (8, 12) if sizes.is_quick else (64, 128, 256, 300, 512, 1024, 2048, 4096)
    for n in squares:
        yield product((n, n), (n, n))
    for n in (8,) if sizes.is_quick else (128, 512, 2048):
        yield product((n, n), (n, n), dtype="float64")
    n = sizes.of(512)
    yield product((n, n), (n, n), transposed="first")
    yield product((n, n), (n, n), transposed="second")
    yield product((n, n), (n, n), transposed="both")
    of = sizes.of
    for a, b in (
        ((1024, 512), (512, 2048)),
        ((1024, 2048), (2048, 512)),
        ((8192, 64), (64, 64)),
        ((100_000, 32), (32, 32)),
        ((4096, 4096), (4096,)),
        ((64, 128, 128), (64, 128, 128)),
        ((32, 64, 64), (32, 64, 64)),
    ):
        yield product(tuple(map(of, a)), tuple(map(of, b)))
    n, count = sizes.of(300), sizes.of(32)
    name = f"{count} independent products {n} x {n}, and one wait"
    yield Row(name, "matmul", partial(independent, n=n, count=count))


def product(
    a: tuple[int, ...],
    b: tuple[int, ...],
    dtype: str = "float32",
    transposed: str = "",
) -> Row:
    """Give the row of one shape."""
    shapes = " @ ".join("x".join(map(str, shape)) for shape in (a, b))
    name = f"dot {shapes} {dtype}"
    if transposed:
        name += f", {transposed} transposed"
    build = partial(multiply, a=a, b=b, dtype=dtype, transposed=transposed)
    return Row(name, "matmul", build)


def matrices(p: Library, *shapes: tuple[int, ...], dtype: str) -> list[Array]:
    """Give matrices of normal numbers."""
    state = numpy.random.RandomState(0)
    return [p.array(state.normal(size=shape).astype(dtype), dtype) for shape in shapes]


def multiply(
    p: Library, a: tuple[int, ...], b: tuple[int, ...], dtype: str, transposed: str
) -> Work:
    """Multiply and wait, as often as a call of some length takes."""
    x, y = matrices(p, a, b, dtype=dtype)
    n_flops = 2.0 * numpy.prod(a) * (b[-1] if len(b) > 1 else 1)
    n = max(1, int(FLOPS_PER_CALL / n_flops / 10))
    wait = p.wait

    def run() -> Array:
        for _ in range(n):
            z = x @ y
            wait(z)
        return z

    def run_transposed() -> Array:
        for _ in range(n):
            first = x.T if transposed in ("first", "both") else x
            second = y.T if transposed in ("second", "both") else y
            z = first @ second
            wait(z)
        return z

    return Work(run_transposed if transposed else run, n)


def independent(p: Library, n: int, count: int) -> Work:
    """Multiply many pairs, and wait once."""
    shapes = [(n, n)] * (count + 1)
    first, *others = matrices(p, *shapes, dtype="float32")

    def run() -> list[Array]:
        results = [first @ other for other in others]
        p.wait_all(results)
        return results

    return Work(run)
