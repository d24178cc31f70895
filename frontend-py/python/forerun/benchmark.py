"""Measuring time: a stopwatch, and a ``with`` block that prints how long it takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from forerun import _core

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Benchmark", "Timer"]


class Timer:
    """A stopwatch that keeps its times; it runs from the start.

    It knows nothing of what is still being computed: wait before `stop`.

    Examples
    --------
    >>> from forerun import Timer
    >>> timer = Timer()
    >>> timer.stop() >= 0
    True
    >>> len(timer.times)
    1
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Start the stopwatch."""
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Stop it and keep the time, which is returned in seconds."""
        self.times.append(time.perf_counter() - self._started)
        return self.times[-1]

    def avg(self) -> float:
        """Give the mean of the times."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """Give the sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Give the running sums of the times."""
        sums, total = [], 0.0
        for seconds in self.times:
            total += seconds
            sums.append(total)
        return sums


class Benchmark:
    """Print how long a ``with`` block takes.

    Parameters
    ----------
    label
        What to print in front.
    detail
        Whether to print, too, how much of the time went to issuing and to waiting, and
        how long the engine computed, summed over its threads.

    Afterwards `seconds` holds the time and, with `detail`, `issuing`, `waiting` and
    `computing` its parts.

    Examples
    --------
    >>> from forerun import Benchmark, np
    >>> with Benchmark("sum"):  # doctest: +ELLIPSIS
    ...     np.ones(10).sum().wait_to_read()
    sum: ... sec
    """

    def __init__(self, label: str = "done", detail: bool = False) -> None:
        self.label = label
        self.detail = detail
        self.seconds = self.issuing = self.waiting = self.computing = 0.0

    def __enter__(self) -> Benchmark:
        """Start to measure."""
        if self.detail:
            _core.set_timing(True)
            self._figures = _core.figures()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Print the time."""
        self.seconds = time.perf_counter() - self._started
        text = f"{self.label}: {self.seconds:.4f} sec"
        if self.detail:
            _core.set_timing(False)
            self._take_parts()
            text += (
                f" (issue {self.issuing:.4f}, wait {self.waiting:.4f},"
                f" compute {self.computing:.4f})"
            )
        print(text)

    def _take_parts(self) -> None:
        now, before = _core.figures(), self._figures
        self.issuing = now["issuing"] - before["issuing"]
        self.waiting = now["waiting"] - before["waiting"]
        self.computing = now["computing"] - before["computing"]
