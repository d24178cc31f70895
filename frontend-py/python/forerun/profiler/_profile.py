"""A profile: takes a record, and shows it."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from forerun import _core
from forerun._units import short_line
from forerun.profiler._records import Model, OpRecord, Wait
from forerun.profiler._table import Table

if TYPE_CHECKING:
    import os
    from types import TracebackType

__all__ = ["Profile", "profile", "step"]

_TABLE_COLUMNS = (
    "n_issued",
    "n_run",
    "n_fused",
    "n_dropped",
    "issuing",
    "queued",
    "ready",
    "running",
    "mean",
    "allocated",
)
_STEP_COLUMNS = (
    "step",
    "wall",
    "issuing",
    "waiting",
    "python",
    "running",
    "n_issued",
    "n_run",
    "allocated",
    "peak",
    "growth",
    "top_time",
    "top_bytes",
)
# Steps whose top lines are looked up: each takes a look at every op.
_MANY_STEPS = 200

# A profile that MXNet's `set_state("stop")` left open: any other may end it.
_idle: list[Profile] = []


def profile(*, wait: bool = True, max_bytes: int = 2**30) -> Profile:
    """Profile a ``with`` block.

    Parameters
    ----------
    wait
        Whether to wait for all ops at the beginning and at the end, so that the record
        is whole. No failure is raised by that.
    max_bytes
        What the record may take; some 100 bytes an op. What finds no room is counted.

    Examples
    --------
    >>> from forerun import np, profiler
    >>> with profiler.profile() as p:
    ...     y = (np.ones((4,)) + 1).sum()
    ...     y.wait_to_read()
    >>> [(op.name, op.state) for op in p.ops()]
    [('full', 'ran'), ('add', 'ran'), ('sum', 'ran')]
    """
    return Profile(wait=wait, max_bytes=max_bytes)


def step() -> None:
    """End a minibatch here, in a profile that is running.

    `Trainer.step` and the loop over a `DataLoader` do this themselves; where a program
    calls it, it alone decides.

    Examples
    --------
    >>> from forerun import np, profiler
    >>> with profiler.profile() as p:
    ...     for _ in range(3):
    ...         np.ones((4,)).wait_to_read()
    ...         profiler.step()
    >>> len(p.steps())
    3
    """
    _core.mark("step")


class Profile:
    """What the engine did while a block ran; see `profile`.

    It can be looked at while the block runs, too, and as often as one likes.
    """

    def __init__(self, *, wait: bool = True, max_bytes: int = 2**30) -> None:
        self._wait = wait
        self._max_bytes = max_bytes
        self._session: _core.Session | None = None
        self._read: _core.Profile | None = None

    # Taking it.

    def start(self) -> None:
        """Begin to record; one profile records at a time."""
        if self._session is not None:
            raise RuntimeError("profile: it has been started already")
        if self._wait:
            _core.rest()
        session = _core.Session.start(self._max_bytes)
        if session is None and _idle:
            _idle.pop().stop()
            session = _core.Session.start(self._max_bytes)
        if session is None:
            raise RuntimeError(
                "profile: another one is running; one profile records at a time"
            )
        self._session = session

    def stop(self) -> None:
        """End the record."""
        session = self._running()
        try:
            if self._wait and session.is_recording:
                _core.rest()
        finally:
            session.stop()
            self._read = session.profile(_thread_names())

    def pause(self) -> None:
        """Record nothing until `resume`."""
        session = self._running()
        if self._wait and session.is_recording:
            _core.rest()
        session.pause()

    def resume(self) -> None:
        """Go on recording."""
        self._running().resume()

    def __enter__(self) -> Profile:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> _core.Session:
        if self._session is None:
            raise RuntimeError("profile: it has not been started")
        return self._session

    def _now(self) -> _core.Profile:
        """Give the whole record, or what there is of one that is being taken."""
        return self._read or self._running().profile(_thread_names())

    # Looking at it.

    def table(
        self,
        by: str = "op",
        *,
        sort_by: str = "running",
        ascending: bool = False,
        limit: int | None = None,
        step: int | None = None,
    ) -> Table:
        """Sum up the ops.

        `issuing` is what issuing them took, `queued` the time until they had what they
        read, `ready` from then until a worker began, `running` what they ran; each
        summed over ops. A fused op counts a part of its group's time.

        Parameters
        ----------
        by
            ``"op"``, ``"line"`` of the program, ``"scope"``, or ``"group"``: the ops
            that ran as one.
        sort_by
            A column.
        ascending
            Whether the smallest comes first.
        limit
            How many rows to keep; all when omitted.
        step
            Only the ops of this minibatch.
        """
        rows = [_named(row, by) for row in self._now().totals(by, step)]
        if rows and sort_by not in rows[0]:
            known = ", ".join(rows[0])
            raise ValueError(f"table: sort_by is one of {known}, not {sort_by!r}")
        rows.sort(key=lambda row: row[sort_by], reverse=not ascending)
        n = len(rows) if limit is None else limit
        note = f"and {len(rows) - n} more" if n < len(rows) else ""
        title = f"{sum(row['n_issued'] for row in rows)} ops by {by}"
        return Table(title, rows[:n], (by, *_TABLE_COLUMNS), note)

    def lines(self, *, limit: int | None = None, step: int | None = None) -> Table:
        """Sum up the ops by line of the program; see `table`."""
        return self.table("line", limit=limit, step=step)

    def steps(self) -> Table:
        """Give what each minibatch cost.

        `wall` is the time from its beginning to its end; of it `issuing`, `waiting`
        (in blockers) and `python` (the rest). `running` is what its ops ran, whenever
        that was, summed over threads. `allocated` is new memory that its ops took,
        `peak` the most that was held meanwhile, `growth` how much more was held at its
        end than at its beginning. The last two are the lines whose ops ran longest, and
        took most memory.
        """
        read = self._now()
        steps = read.steps()
        looks_up = len(steps) <= _MANY_STEPS
        rows = [_step_row(read, i, step, looks_up) for i, step in enumerate(steps)]
        return Table(f"{len(rows)} steps", rows, _STEP_COLUMNS)

    def ops(self) -> list[OpRecord]:
        """List every op that was issued, in order."""
        read = self._now()
        lines, scopes, threads = read.lines, read.scopes, read.threads
        runs = read.runs()
        columns = read.ops()
        names = list(columns)
        records = []
        for values in zip(*columns.values(), strict=True):
            op = dict(zip(names, values, strict=True))
            run = None if op["run"] is None else runs[op["run"]]
            records.append(
                OpRecord(
                    name=op["name"],
                    line="" if op["line"] is None else lines[op["line"]],
                    scope="" if op["scope"] is None else scopes[op["scope"]],
                    issued_by=threads[op["thread"]],
                    run_by="" if run is None else threads[run[0]],
                    group="" if run is None else run[4],
                    **{key: op[key] for key in _PLAIN},
                )
            )
        return records

    def waits(self) -> list[Wait]:
        """List the blockers that were called by place, the longest first.

        A wait is followed backwards: the awaited op ran; before that it waited for a
        worker, or for the op that it reads; and so on.

        Examples
        --------
        >>> from forerun import np, profiler
        >>> with profiler.profile() as p:
        ...     np.ones((4,)).wait_to_read()
        >>> p.waits()[0].blocker
        'wait_to_read'
        """
        read = self._now()
        causes = _Causes(read)
        totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        parts: dict[tuple[str, str], dict[str, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        for name, line, _, begin, end, pieces in read.blockers():
            place = (name, "" if line is None else read.lines[line])
            totals[place][0] += 1
            totals[place][1] += end - begin
            for cause, run, nanos in pieces:
                parts[place][causes.text(cause, run)] += nanos
        waits = [
            Wait(*place, n, total, sorted(parts[place].items(), key=lambda it: -it[1]))
            for place, (n, total) in totals.items()
        ]
        return sorted(waits, key=lambda wait: -wait.total)

    def model(self, n: int = 1) -> Model:
        """Give t1, t2 and t3 of a loop, and what asynchrony can gain at most.

        Waiting for each pass takes ``(t1 + t2 + t3) * n``; waiting once
        ``t1 + n * t2 + t3`` if the backend is the slower side.

        Parameters
        ----------
        n
            How many passes the block holds, if it has no steps.
        """
        return Model(**self._now().model(n))

    def memory(self) -> list[tuple[int, int]]:
        """Give the bytes held on all devices, and since when (in nanoseconds)."""
        return self._now().memory()

    def trace(self, path: str | os.PathLike[str]) -> None:
        """Write a trace for Perfetto (ui.perfetto.dev) or chrome://tracing.

        Threads are threads; an arrow goes from each op's issue to its run; memory and
        run-ahead are counters.
        """
        self._now().write_trace(path)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write a page with the timeline, the steps, the memory and the tables.

        The page needs nothing else: no network, no other file.
        """
        from forerun.profiler._report import page

        with open(path, "w", encoding="utf-8") as file:
            file.write(page(self))

    def plot(self) -> Any:  # noqa: ANN401
        """Draw threads, steps and memory with matplotlib; give the figure."""
        from forerun.profiler._plot import figure

        return figure(self)

    def __str__(self) -> str:
        return self.summary()

    def summary(self, limit: int = 12) -> str:
        """Write the tables and the waits as text."""
        read = self._now()
        pieces = [str(self.table(limit=limit)), str(self.lines(limit=limit))]
        waits = self.waits()
        if waits:
            shown = "\n".join(f"  {wait}" for wait in waits[:limit])
            pieces.append(f"{len(waits)} places wait\n{shown}")
        steps = self.steps()
        if len(steps):
            steps.note = f"and {len(steps) - limit} more" if len(steps) > limit else ""
            steps.rows = steps.rows[:limit]
            pieces += [str(steps), str(self.model())]
        if read.n_lost:
            pieces.append(f"{read.n_lost} records found no room (max_bytes)")
        return "\n\n".join(pieces)

    def _repr_html_(self) -> str:
        from forerun.profiler._report import compact

        return compact(self)


_PLAIN = (
    "step",
    "issued",
    "issue_end",
    "issuing",
    "ready",
    "begin",
    "end",
    "running",
    "bytes",
    "allocated",
    "state",
)


class _Causes:
    """The causes of waits in words."""

    def __init__(self, read: _core.Profile) -> None:
        self._runs = read.runs()
        self._lines = read.lines
        self._line_of = read.ops()["line"]

    def text(self, cause: str, run: int | None) -> str:
        if run is None:
            return _CAUSES[cause]
        *_, label, _, ops = self._runs[run]
        lines = {self._line_of[op] for op in ops} - {None}
        places = sorted(short_line(self._lines[line]) for line in lines)
        where = f" issued at {', '.join(places)}" if places else ""
        return f"{_CAUSES[cause]}{label}{where}"


_CAUSES = {
    "run": "",
    "worker": "no worker free for ",
    "plan": "planning",
    "hand-over": "handing over",
    "return": "getting the result",
}


def _named(row: dict[str, Any], by: str) -> dict[str, Any]:
    """Name the row by what it sums, and add the mean."""
    name = row.pop("name")
    mean = row["running"] / row["n_run"] if row["n_run"] else 0
    return {by: name or "(unknown)", **row, "mean": mean}


def _step_row(
    read: _core.Profile, i: int, step: dict[str, int], looks_up: bool
) -> dict[str, Any]:
    wall = step["end"] - step["begin"]
    python = max(wall - step["issuing"] - step["waiting"], 0)
    lines = read.totals("line", i) if looks_up else []
    tops = {
        column: max(lines, key=lambda row: row[key])["name"] if lines else ""
        for column, key in (("top_time", "running"), ("top_bytes", "allocated"))
    }
    return {"step": i, **step, "wall": wall, "python": python, **tops}


def _thread_names() -> dict[int, str]:
    """Name Python's threads, by the system's numbers."""
    threads = threading.enumerate()
    return {thread.native_id: thread.name for thread in threads if thread.native_id}
