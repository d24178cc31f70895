"""What a profile gives in numbers: ops, waits, the model of a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from forerun._units import percent, short_line, time_text

__all__ = ["Model", "OpRecord", "Wait"]


class OpRecord(NamedTuple):
    """One op from its issue to its end; times are nanoseconds since the start.

    ``issued <= ready <= begin <= end``. `state` is ``"ran"``, ``"failed"``,
    ``"dropped"`` (nobody could read what it would have made), ``"queued"``, or
    ``"unseen"`` if the profile was paused; the times after `issue_end` are 0 for an op
    that did not run.
    """

    name: str
    line: str
    scope: str
    step: int | None
    issued_by: str
    issued: int
    issue_end: int
    issuing: int
    ready: int
    begin: int
    end: int
    running: int
    run_by: str
    group: str
    bytes: int
    allocated: int
    state: str


class Wait(NamedTuple):
    """The calls of a blocker at one place, and what they waited for.

    Times are nanoseconds. `parts` are pairs of a cause and a time, the longest first;
    together they are `total`.
    """

    blocker: str
    line: str
    n: int
    total: int
    parts: list[tuple[str, int]]

    def __str__(self) -> str:
        where = f" at {short_line(self.line)}" if self.line else ""
        calls = f"{self.n} calls of " if self.n > 1 else ""
        parts = [
            f"{percent(nanos, self.total)} in {cause}"
            for cause, nanos in self.parts[:3]
        ]
        spent = ", ".join(parts)
        return f"{calls}{self.blocker}{where}: {time_text(self.total)}, {spent}"


@dataclass(frozen=True)
class Model:
    """A loop of `n` passes, whose frontend issues and whose backend runs.

    All times are nanoseconds. A pass takes the frontend `t1` without its blockers, the
    backend `t2` (while at least one op runs), and `t3` from the moment at which a
    result is there until the blocker has returned.
    """

    n: int
    t1: float
    t2: float
    t3: float
    measured: float
    synchronous: float
    asynchronous: float

    @property
    def gain(self) -> float:
        """How many times as fast asynchrony can make the synchronous loop at most."""
        return self.synchronous / self.asynchronous if self.asynchronous else 1.0

    def __str__(self) -> str:
        slower = "backend" if self.t2 >= self.t1 else "frontend"
        return "\n".join(
            [
                f"{self.n} passes, measured {time_text(self.measured)}",
                f"  t1  frontend issues      {time_text(self.t1):>9}",
                f"  t2  backend runs         {time_text(self.t2):>9}",
                f"  t3  frontend gets it     {time_text(self.t3):>9}",
                f"  waiting for each pass    {time_text(self.synchronous):>9}",
                f"  waiting once, at the end {time_text(self.asynchronous):>9}",
                f"asynchrony gains {self.gain:.2f} x at most; the {slower} is slower",
            ]
        )
