"""Writes what was found: Markdown for people, JSON for programs."""

from __future__ import annotations

import itertools
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forerun._bench.measure import Line

__all__ = ["Run", "json_of", "machine", "markdown"]


@dataclass
class Run:
    """All rows with one number of threads."""

    n_threads: int
    versions: dict[str, dict[str, str]]
    lines: list[Line]


def machine() -> dict[str, Any]:
    """Tell what the figures were measured on."""
    return {
        "date": date.today().isoformat(),
        "cpu": _cpu(),
        "n_cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def json_of(runs: Sequence[Run], n_rounds: int, is_quick: bool) -> dict[str, Any]:
    """Give everything as what JSON can hold."""
    return {
        "machine": machine(),
        "rounds": n_rounds,
        "quick": is_quick,
        "runs": [
            {
                "workers": run.n_threads,
                "versions": run.versions,
                "rows": [_json_of_line(line) for line in run.lines],
            }
            for run in runs
        ],
    }


def _json_of_line(line: Line) -> dict[str, Any]:
    return {
        "family": line.heading,
        "name": line.name,
        "unit": line.unit,
        "figures": line.figures,
        "rounds": line.rounds,
        "best_peer": line.best_peer,
        "ratio": line.ratio,
        "n_compared": line.n_compared,
        "differences": line.differences,
        "failures": line.failures,
    }


def markdown(runs: Sequence[Run], n_rounds: int) -> str:
    """Give the tables."""
    facts = machine()
    lines = [
        f"{facts['date']}, {facts['cpu']}, {facts['n_cores']} cores, {facts['system']},"
        f" CPython {facts['python']}; median of {n_rounds} rounds.",
    ]
    for run in runs:
        versions = {k: v for each in run.versions.values() for k, v in each.items()}
        if len(versions) > 1:
            listed = (_versions(name, each) for name, each in run.versions.items())
            lines += ["", "; ".join(listed) + "."]
            break
    for run in runs:
        lines += ["", *_tables(run)]
    if len(runs) > 1:
        lines += ["", *_scaling(runs)]
    return "\n".join(lines) + "\n"


def _versions(name: str, packages: dict[str, str]) -> str:
    first, *others = packages.items()
    text = f"{first[0]} {first[1]}"
    if others:
        text += f" (with {', '.join(f'{package} {v}' for package, v in others)})"
    return text


def _tables(run: Run) -> Iterator[str]:
    names = list(run.versions)
    threads = "1 thread" if run.n_threads == 1 else f"{run.n_threads} threads"
    for heading, lines in itertools.groupby(run.lines, lambda line: line.heading):
        yield f"### {heading}, {threads}"
        yield ""
        yield from _header(["work", *names, "best peer / forerun"])
        for line in lines:
            cells = [_cell(line, name) for name in names]
            ratio = "-" if line.ratio is None else f"{line.ratio:.2f}"
            yield _row([line.name, *cells, ratio])
        yield ""
    yield from _summary(run)


def _header(cells: list[str]) -> Iterable[str]:
    return _row(cells), _row(["---", *["---:"] * (len(cells) - 1)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(line: Line, name: str) -> str:
    if name in line.failures:
        return "failed"
    if name not in line.rounds:
        return "-"
    text = shown(line.figures[name], line.unit)
    return f"{text} (differs)" if name in line.differences else text


def _summary(run: Run) -> Iterator[str]:
    ratios = {line.name: line.ratio for line in run.lines if line.ratio is not None}
    if ratios:
        n_slower = sum(ratio < 1 for ratio in ratios.values())
        yield (
            f"forerun is as fast as the best peer, or faster, in"
            f" {len(ratios) - n_slower} of {len(ratios)} rows."
        )
    n_compared = sum(line.n_compared > 1 for line in run.lines)
    wrong = [line for line in run.lines if line.is_wrong]
    n_differing = sum(bool(line.differences) for line in run.lines)
    yield f"Results compared in {n_compared} rows; they differ in {n_differing}."
    for line in wrong:
        for what, facts in (("differs", line.differences), ("failed", line.failures)):
            for name, fact in facts.items():
                yield f"- {line.name}: {name} {what}: {fact}"


def _scaling(runs: Sequence[Run]) -> Iterator[str]:
    """Give how many times faster each library is with more threads."""
    least, most = runs[0], runs[-1]
    yield f"### Scaling: time with {least.n_threads} over time with {most.n_threads}"
    yield ""
    names = [name for name in least.versions if name in most.versions]
    yield from _header(["work", *names])
    after = {(line.heading, line.name): line for line in most.lines}
    for line in least.lines:
        other = after.get((line.heading, line.name))
        if other is None or line.unit != "s":
            continue
        mine, theirs = line.figures, other.figures
        cells = [
            f"{mine[name] / theirs[name]:.2f}"
            if name in mine and theirs.get(name)
            else "-"
            for name in names
        ]
        yield _row([line.name, *cells])


def shown(value: float, unit: str) -> str:
    """Write a figure in a unit that reads well."""
    if unit == "s":
        for name, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
            if value * factor >= 1:
                return f"{value * factor:.3g} {name}"
        return f"{value * 1e9:.0f} ns"
    if unit == "B":
        for name, size in (("MB", 1e6), ("kB", 1e3)):
            if abs(value) >= 10 * size:
                return f"{value / size:.1f} {name}"
        return f"{value:.0f} B"
    return f"{value:.1f}"
