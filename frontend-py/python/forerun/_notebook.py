"""Magics of notebooks: ``%load_ext forerun`` gives the names below.

``%%async_time`` times issuing, running and waiting of a cell, ``%%footprint`` follows
its memory, ``%forerun_stats`` tells what the engine is and holds.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forerun import _core, engine, npx
from forerun._units import bytes_text, time_text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Footprint", "Sample", "load", "unload"]

_CELL_MAGICS = ("async_time", "footprint")
_LINE_MAGICS = ("forerun_stats",)


def load(shell: InteractiveShell) -> None:
    """Give a shell the magics.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> load(shell)
    >>> shell.find_line_magic("forerun_stats") is not None
    True
    """
    magics = _Magics(shell)
    for name in _CELL_MAGICS:
        shell.register_magic_function(getattr(magics, name), "cell", name)
    for name in _LINE_MAGICS:
        shell.register_magic_function(getattr(magics, name), "line", name)


def unload(shell: InteractiveShell) -> None:
    """Take the magics from a shell.

    Examples
    --------
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> load(shell)
    >>> unload(shell)
    >>> shell.find_line_magic("forerun_stats") is None
    True
    """
    for name in _CELL_MAGICS:
        shell.magics_manager.magics["cell"].pop(name, None)
    for name in _LINE_MAGICS:
        shell.magics_manager.magics["line"].pop(name, None)


class _Magics:
    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def async_time(self, line: str, cell: str) -> None:
        """Time issuing, running and waiting of a cell."""
        _core.wait_all()
        before = _core.figures()
        _core.set_timing(True)
        started = time.perf_counter()
        try:
            ran = self._run(cell)
            issued = time.perf_counter()
            _core.wait_all()
            ended = time.perf_counter()
        finally:
            _core.set_timing(False)
        after = _core.figures()
        spent = {name: after[name] - before[name] for name in after}
        if not ran:
            return
        print(
            f"issue {_time(issued - started)}: the cell, {spent['n_issued']:.0f} ops "
            f"issued in {_time(spent['issuing'])}\n"
            f"run   {_time(spent['computing'])}: {spent['n_run']:.0f} ops, summed over "
            f"the threads; planned in {_time(spent['planning'])}\n"
            f"wait  {_time(ended - issued)}: after the cell, until all was done; "
            f"{_time(spent['waiting'])} in blockers\n"
            f"total {_time(ended - started)}"
        )

    def footprint(self, line: str, cell: str) -> Footprint | None:
        """Follow the memory of a cell until all that it issued is done."""
        _core.wait_all()
        with _Watch() as watch:
            ran = self._run(cell)
            watch.issued = time.perf_counter()
            _core.wait_all()
        return watch.footprint() if ran else None

    def forerun_stats(self, line: str) -> None:
        """Tell what the engine is and holds."""
        limit = npx.memory_limit()
        rows = {
            **engine.config(),
            "memory_limit": "none" if limit is None else bytes_text(limit),
        }
        for name, value in npx.memory_stats().items():
            rows[name] = value if name == "run_ahead_ops" else bytes_text(value)
        for name, value in rows.items():
            print(f"{name:16} {value}")
        for one in npx.live_arrays()[:5]:
            print(one)

    def _run(self, cell: str) -> bool:
        """Run a cell as if it stood alone; true if it raised nothing."""
        hook = self.shell.displayhook
        # Where the outer cell's result goes, which the inner one would forget.
        outer = hook.exec_result
        try:
            ran = self.shell.run_cell(cell)  # type: ignore[no-untyped-call]
            return bool(ran.success)
        finally:
            hook.exec_result = outer


class Sample(NamedTuple):
    """The memory at one moment, in seconds and bytes.

    Examples
    --------
    >>> Sample(0.0, 100, 0, 5000).live
    100
    """

    seconds: float
    live: int
    cached: int
    resident: int


@dataclass(frozen=True)
class Footprint:
    """The memory of a cell: samples over time, and the most that was live.

    Attributes
    ----------
    samples
        In the order of time.
    peak
        The most bytes that were live, on ``cpu(0)``, between samples as well.
    issued
        Seconds until everything was issued.

    Examples
    --------
    >>> samples = [Sample(0.0, 0, 0, 10**6), Sample(0.5, 10**6, 0, 2 * 10**6)]
    >>> print(Footprint(samples, peak=10**6, issued=0.25))
    peak 1.0 MB live, resident +1.0 MB in 500 ms; issued in 250 ms
        time      live    cached  resident
        0 ns       0 B       0 B    1.0 MB |
      500 ms    1.0 MB       0 B    2.0 MB |##############################
    """

    samples: list[Sample]
    peak: int
    issued: float

    def __str__(self) -> str:
        """Write a table of some of the samples, with bars of what was live."""
        first, last = self.samples[0], self.samples[-1]
        most = max(sample.resident for sample in self.samples) - first.resident
        lines = [
            f"peak {bytes_text(self.peak)} live, "
            f"resident +{bytes_text(max(most, 0))} in {_time(last.seconds)}; "
            f"issued in {_time(self.issued)}",
            "    time      live    cached  resident",
        ]
        return "\n".join([*lines, *map(self._row, self._some(12))])

    __repr__ = __str__

    def _row(self, one: Sample) -> str:
        bar = "#" * round(30 * one.live / max(self.peak, 1))
        sizes = (f"{bytes_text(n):>9}" for n in (one.live, one.cached, one.resident))
        return f"{_time(one.seconds):>8} {' '.join(sizes)} |{bar}"

    def _some(self, n: int) -> list[Sample]:
        """Give about `n` of the samples, the first and the last included."""
        step = max(1, -(-(len(self.samples) - 1) // max(n - 1, 1)))
        chosen = self.samples[:-1:step]
        return [*chosen, self.samples[-1]]

    def _repr_svg_(self) -> str:
        return self.svg()

    def svg(self) -> str:
        """Draw what was live, with the cache, and resident memory over time."""
        width, height, left = 520.0, 150.0, 70.0
        base = min(sample.resident for sample in self.samples)
        end = max(self.samples[-1].seconds, 1e-9)
        tops = [max(one.live + one.cached, one.resident - base) for one in self.samples]
        top = max(*tops, self.peak, 1)

        def line(of: str) -> str:
            points = [
                (left + width * one.seconds / end, height * (1 - value(one, of) / top))
                for one in self.samples
            ]
            return " ".join(f"{x:.1f},{8 + y:.1f}" for x, y in points)

        def value(one: Sample, of: str) -> int:
            return {
                "live": one.live,
                "held": one.live + one.cached,
                "resident": one.resident - base,
            }[of]

        bottom, right = height + 8, left + width
        at = left + width * min(self.issued / end, 1)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
            f'font-size="11" width="{right + 16:.0f}" height="{height + 48:.0f}">'
            f'<polygon points="{left:.1f},{bottom} {line("held")} {right},{bottom}" '
            'fill="#e8eef7"/>'
            f'<polygon points="{left:.1f},{bottom} {line("live")} {right},{bottom}" '
            'fill="#8fb0dd"/>'
            f'<polyline points="{line("resident")}" fill="none" stroke="#b5524a"/>'
            f'<path d="M{at:.1f} 8V{bottom}" stroke="#777" stroke-dasharray="3 3"/>'
            f'<path d="M{left} 8V{bottom}H{right}" fill="none" stroke="#444"/>'
            f'<text x="{left - 6}" y="16" text-anchor="end">{bytes_text(top)}</text>'
            f'<text x="{left - 6}" y="{bottom}" text-anchor="end">0</text>'
            f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{_time(end)}</text>'
            f'<text x="{left}" y="{bottom + 32}">blue: live, light: cached, '
            "red: growth of resident memory, dashed: all issued</text></svg>"
        )


class _Watch:
    """Samples the memory from a thread of its own, during a ``with`` block."""

    PERIOD = 0.002

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.issued = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Watch:
        npx.reset_peak_memory(npx.cpu(0))
        self._started = time.perf_counter()
        self.sample()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self.sample()
        self._peak = _core.memory_stats(0)["peak"]

    def _watch(self) -> None:
        while not self._ended.wait(self.PERIOD):
            self.sample()

    def sample(self) -> None:
        stats = _core.memory_stats(0)
        seconds = time.perf_counter() - self._started
        self.samples.append(
            Sample(seconds, stats["live"], stats["cached"], resident_bytes())
        )

    def footprint(self) -> Footprint:
        return Footprint(self.samples, self._peak, self.issued - self._started)


def resident_bytes() -> int:
    """Give the resident memory of the process; 0 where the system does not tell.

    Examples
    --------
    >>> resident_bytes() >= 0
    True
    """
    try:
        n_pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    import resource

    return n_pages * resource.getpagesize()


def _time(seconds: float) -> str:
    return time_text(seconds * 1e9)
