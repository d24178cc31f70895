"""Whether libraries computed the same."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

__all__ = ["Results", "difference"]

# What a worker tells of the results of a row.
Results: TypeAlias = list[dict[str, Any]]

# What a dtype may be off, as a part of the largest value; integers must be the same.
TOLERANCES = {"float64": 1e-9, "float32": 2e-4, "float16": 1e-2, "bfloat16": 4e-2}
# Moments of n random numbers may be off by this many times 1 / sqrt(n).
DEVIATIONS = 6.0


def difference(mine: Results, reference: Results) -> str | None:
    """Give the first difference of two libraries' results, None if they agree."""
    if len(mine) != len(reference):
        return f"{len(mine)} results, not {len(reference)}"
    for one, other in zip(mine, reference, strict=True):
        if one["shape"] != other["shape"]:
            return f"shape {one['shape']}, not {other['shape']}"
        fact = _moments(one, other) if one["moments"] else _values(one, other)
        if fact is not None:
            return fact
    return None


def _values(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    kinds = one["dtype"], other["dtype"]
    tolerance = max(TOLERANCES.get(kind, 0.0) for kind in kinds)
    scale = max((abs(b) for b in other["sample"] if math.isfinite(b)), default=0.0)
    for a, b in zip(one["sample"], other["sample"], strict=True):
        both_nan = math.isnan(a) and math.isnan(b)
        if a != b and not both_nan and not abs(a - b) <= tolerance * scale:
            return f"{a!r}, not {b!r}"
    return None


def _moments(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    limit = DEVIATIONS / math.sqrt(one["size"])
    for what, a, b in zip(
        ("mean", "std"), one["moments"], other["moments"], strict=True
    ):
        if not abs(a - b) <= limit:
            return f"{what} {a:.4f}, not {b:.4f}"
    return None
