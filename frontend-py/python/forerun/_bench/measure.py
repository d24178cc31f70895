"""Measures one row on each library in turn."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from forerun._bench.agreement import Results, difference
from forerun._bench.peers import FORERUN
from forerun._bench.process import Worker, WorkerError
from forerun._bench.workloads import Row

__all__ = ["TURN_S", "Line", "measure"]

# Calls fill at least this much of a turn, unless the sizes are those of a quick run.
TURN_S = 0.05
# No round of a row begins after this.
ROW_S = 20.0


@dataclass
class Line:
    """What was found for a row."""

    heading: str
    name: str
    unit: str
    # By library: the figure of each round, or why there is none.
    rounds: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    # By library: how its results differ from those of the first that has any.
    differences: dict[str, str] = field(default_factory=dict)
    n_compared: int = 0

    @property
    def figures(self) -> dict[str, float]:
        """Give the median of each library's rounds."""
        return {name: statistics.median(found) for name, found in self.rounds.items()}

    @property
    def best_peer(self) -> str | None:
        """Give the peer with the least figure."""
        figures = self.figures
        figures.pop(FORERUN, None)
        return min(figures, key=lambda name: figures[name], default=None)

    @property
    def ratio(self) -> float | None:
        """Give the best peer's time over forerun's."""
        figures, best = self.figures, self.best_peer
        if self.unit != "s" or best is None or FORERUN not in figures:
            return None
        return figures[best] / figures[FORERUN]

    @property
    def is_wrong(self) -> bool:
        """Tell whether a library failed, or computed something else."""
        return bool(self.failures or self.differences)


def measure(
    heading: str,
    row: Row,
    workers: Sequence[Worker],
    n_rounds: int,
    at_least: float = TURN_S,
) -> Line:
    """Set a row up in every worker that takes part, and time the workers in turn."""
    line = Line(heading, row.name, row.unit)
    results: dict[str, Results] = {}
    present: list[Worker] = []
    for worker in workers:
        try:
            if row.is_fresh:
                worker.restart()
            reply = worker.ask("prepare", row=row.name)
        except WorkerError as error:
            line.failures[worker.name] = str(error)
            continue
        if "unsupported" not in reply:
            present.append(worker)
            results[worker.name] = reply["results"]
    _compare(line, results)
    start = time.monotonic()
    for i in range(1 if row.is_fresh else n_rounds):
        if i and time.monotonic() - start > ROW_S:
            break
        for worker in list(present):
            try:
                figure = worker.ask("measure", at_least=at_least)["figure"]
            except WorkerError as error:
                line.failures[worker.name] = str(error)
                line.rounds.pop(worker.name, None)
                present.remove(worker)
            else:
                line.rounds.setdefault(worker.name, []).append(figure)
    _clear(workers)
    return line


def _compare(line: Line, results: dict[str, Results]) -> None:
    """Compare what every library computed with the first peer's results."""
    names = sorted((name for name in results if results[name]), key=FORERUN.__eq__)
    line.n_compared = len(names)
    for name in names[1:]:
        fact = difference(results[name], results[names[0]])
        if fact is not None:
            line.differences[name] = f"{fact} ({names[0]})"


def _clear(workers: Iterable[Worker]) -> None:
    for worker in workers:
        # One that has died begins anew with the next row.
        with contextlib.suppress(WorkerError):
            worker.ask("clear")
