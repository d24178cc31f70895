"""The rows of the table, by family: what each is called, and how it is set up."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from forerun._bench.workloads._row import Figure, Row, Sizes, Work

__all__ = ["FAMILIES", "Figure", "Row", "Sizes", "Work", "rows"]

# In the order of the table; each is a module with a heading and a function `rows`.
FAMILIES = (
    "small_ops",
    "products",
    "elements",
    "reductions",
    "moving",
    "training",
    "process",
)


def rows(sizes: Sizes) -> Iterator[tuple[str, Row]]:
    """Give every row with the heading of its family."""
    for name in FAMILIES:
        family = importlib.import_module(f"{__name__}.{name}")
        for row in family.rows(sizes):
            yield family.HEADING, row
