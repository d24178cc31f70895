"""Times, bytes and places as people read them."""

from __future__ import annotations

import os

__all__ = ["bytes_text", "percent", "short_line", "time_text"]


def time_text(nanos: float) -> str:
    """Write a time with the unit that suits it; three digits."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if abs(nanos) >= size:
            return f"{_digits(nanos / size)} {unit}"
    return f"{nanos:.0f} ns"


def bytes_text(n: float) -> str:
    """Write a number of bytes with the unit that suits it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(n) >= size:
            return f"{n / size:.1f} {unit}"
    return f"{n:.0f} B"


def percent(part: float, whole: float) -> str:
    """Write a part of a whole in percent."""
    return f"{100 * part / whole:.0f} %" if whole else "-"


def short_line(line: str) -> str:
    """Leave the folders of ``file:line`` out."""
    return os.path.basename(line)


def _digits(x: float) -> str:
    if abs(x) >= 99.95:
        return f"{x:.0f}"
    return f"{x:.1f}" if abs(x) >= 9.995 else f"{x:.2f}"
