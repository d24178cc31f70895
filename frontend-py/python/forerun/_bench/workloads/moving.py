"""Taking, choosing, sorting, moving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy

from forerun._bench.peers import Library
from forerun._bench.peers._base import Array
from forerun._bench.workloads._row import Row, Sizes, Work

__all__ = ["HEADING", "rows"]

HEADING = "Indexing, sorting and moving"


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    of, shown = sizes.of, sizes.shown
    n, rows_of, taken = of(1 << 23), (of(100_000), of(64)), of(10**6)
    name = f"take {shown(taken)} rows of {rows_of[0]:,} x {rows_of[1]}"
    yield Row(name, "take", partial(take, shape=rows_of, taken=taken))
    yield Row(f"boolean mask, {shown(n)}", "mask", partial(mask, n=n))
    yield Row(f"sort, {shown(n)}", "sort", partial(vector, n=n, op="sort"))
    yield Row(f"cumsum, {shown(n)}", "cumsum", partial(vector, n=n, op="cumsum"))
    side = of(4096)
    name = f"transposed copy, {side} x {side}"
    yield Row(name, "transposed_copy", partial(transposed, n=side))
    name = f"concatenate, 2 x {shown(n // 2)}"
    yield Row(name, "concatenate", partial(concatenate, n=n // 2))


def uniform(*shape: int) -> Array:
    """Give NumPy's array of numbers from 0 to 1."""
    return numpy.random.RandomState(0).uniform(size=shape).astype("float32")


def waiting(p: Library, function: Callable[..., Array], *args: Array) -> Work:
    """Call a function and wait."""

    def run() -> Array:
        y = function(*args)
        p.wait(y)
        return y

    return Work(run)


def take(p: Library, shape: tuple[int, int], taken: int) -> Work:
    """Take rows at random places."""
    places = numpy.random.RandomState(1).randint(shape[0], size=taken)
    return waiting(p, p.take, p.array(uniform(*shape)), p.array(places, "int32"))


def mask(p: Library, n: int) -> Work:
    """Choose half of the elements."""
    values = uniform(n)
    chosen = p.array(values > 0.5, "bool_")
    return waiting(p, p.mask, p.array(values), chosen)


def vector(p: Library, n: int, op: str) -> Work:
    """Call a function of one vector."""
    return waiting(p, getattr(p, op), p.array(uniform(n)))


def transposed(p: Library, n: int) -> Work:
    """Copy a transposed matrix."""
    return waiting(p, p.transposed_copy, p.array(uniform(n, n)))


def concatenate(p: Library, n: int) -> Work:
    """Join two vectors."""
    return waiting(p, p.concatenate, [p.array(uniform(n)) for _ in range(2)])
