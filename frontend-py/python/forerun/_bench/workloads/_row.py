"""What a row is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from forerun._bench.peers import FORERUN, Library

__all__ = ["Figure", "Row", "Sizes", "Work"]


@dataclass(frozen=True)
class Work:
    """Something to time.

    Parameters
    ----------
    run
        Does it once and gives a result, or a list of them. The result is let go within
        the time, as it is in a loop that assigns the next one to the same name.
    n_ops
        How many ops a call makes; the figure is the time of one.
    keeps
        Whether the results outlive the clock, so that letting go is not timed.
    check
        Gives the results to compare between the libraries; those of `run` if omitted.
    """

    run: Callable[[], Any]
    n_ops: int = 1
    keeps: bool = False
    check: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Figure:
    """Something that is measured otherwise: `take` gives the number."""

    take: Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    name
        What is done, with its size.
    op
        The adapter's method that it measures, for adapters that have some only.
    build
        Sets it up for a library.
    unit
        Of the figure: ``s``, ``B`` or a word for what is counted.
    peers
        The libraries that it makes sense for; None for all.
    compares
        What must agree between libraries: ``values``, ``moments`` or nothing.
    is_fresh
        Whether it begins in a new process.
    """

    name: str
    op: str
    build: Callable[[Library], Work | Figure]
    unit: str = "s"
    peers: frozenset[str] | None = None
    compares: str | None = "values"
    is_fresh: bool = False

    def takes(self, peer: str, library: type[Library]) -> bool:
        """Tell whether a library takes part."""
        if library.only is not None and self.op not in library.only:
            return False
        return self.peers is None or peer in self.peers


ONLY_FORERUN = frozenset((FORERUN,))
WITH_COMPILER = frozenset((FORERUN, "jax", "mlx"))


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    is_quick: bool = False

    def of(self, n: int) -> int:
        """Give a size, a small one for a quick run."""
        return max(2, round(n ** (1 / 3))) if self.is_quick else n

    @staticmethod
    def shown(n: int) -> str:
        """Write a number of elements in k or M, binary ones if it is whole in them."""
        for unit, factor in (("M", 1 << 20), ("k", 1 << 10), ("M", 10**6)):
            if n >= factor and n % factor == 0:
                return f"{n // factor} {unit}"
        return f"{n:,}"
