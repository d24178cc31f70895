"""MXNet's functions over one profile that a program switches on and off."""

from __future__ import annotations

import json
import threading
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from forerun.profiler import _profile
from forerun.profiler._profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "dump",
    "dump_profile",
    "dumps",
    "pause",
    "profiler_set_config",
    "profiler_set_state",
    "resume",
    "set_config",
    "set_state",
]

_DEFAULTS: dict[str, Any] = {
    "filename": "profile.json",
    "profile_all": False,
    "profile_symbolic": False,
    "profile_imperative": False,
    "profile_memory": False,
    "profile_api": False,
    "continuous_dump": False,
    "dump_period": 1.0,
    "aggregate_stats": False,
    "profile_process": "worker",
}
_SORT_KEYS = {"total": 1, "avg": 4, "min": 2, "max": 3, "count": 0}


class _State:
    """The profile that the functions are about; none before the first ``"run"``."""

    def __init__(self) -> None:
        self.config = dict(_DEFAULTS)
        self.profile: Profile | None = None
        self.is_running = False
        self.dumper: threading.Event | None = None

    def run(self) -> None:
        if self.is_running:
            return
        if self.profile is not None and self.profile in _profile._idle:
            _profile._idle.remove(self.profile)
            self.profile.resume()
        else:
            self.profile = Profile()
            self.profile.start()
        self.is_running = True
        if self.config["continuous_dump"]:
            self._dump_now_and_then()

    def stop(self) -> None:
        """Pause it, so that a later ``"run"`` adds to it, unless another one begins."""
        if self.profile is not None and self.is_running:
            self.profile.pause()
            _profile._idle.append(self.profile)
        self._end()

    def finish(self) -> None:
        """End it for good; it can still be dumped."""
        if self.profile is not None and self.profile._read is None:
            if self.profile in _profile._idle:
                _profile._idle.remove(self.profile)
            self.profile.stop()
        self._end()

    def _end(self) -> None:
        self.is_running = False
        if self.dumper is not None:
            self.dumper.set()
            self.dumper = None

    def _dump_now_and_then(self) -> None:
        ended = self.dumper = threading.Event()

        def work(taken: Profile) -> None:
            while not ended.wait(self.config["dump_period"]):
                taken.trace(self.config["filename"])

        threading.Thread(
            target=work, args=(self.profile,), name="forerun-dump", daemon=True
        ).start()


_state = _State()


def set_config(**kwargs: Any) -> None:  # noqa: ANN401
    """Set what `dump` does.

    Parameters
    ----------
    filename
        Where traces go; ``"profile.json"`` by default.
    continuous_dump, dump_period
        Whether to write the trace every so many seconds while it runs.
    profile_all, profile_symbolic, profile_imperative, profile_memory, profile_api
        Accepted for MXNet's sake; everything is recorded.
    aggregate_stats, profile_process
        Accepted for MXNet's sake; `dumps` works always, and there is one process.

    Examples
    --------
    >>> from forerun import profiler
    >>> profiler.set_config(profile_all=True, filename="profile.json")
    """
    unknown = sorted(set(kwargs) - set(_DEFAULTS))
    if unknown:
        known = ", ".join(_DEFAULTS)
        raise ValueError(f"set_config: there is no {unknown[0]!r}, but {known}")
    _check_process(kwargs.get("profile_process", "worker"))
    _state.config.update(kwargs)


def set_state(state: str = "stop", profile_process: str = "worker") -> None:
    """Switch the profiler on or off.

    Off, what was issued is waited for, so that it is counted; on again, it adds to what
    there is, until `dump` ends the record.

    Parameters
    ----------
    state
        ``"run"`` or ``"stop"``.
    profile_process
        ``"worker"``.

    Examples
    --------
    >>> from forerun import np, profiler
    >>> profiler.set_state("run")
    >>> np.ones((4,)).wait_to_read()
    >>> profiler.set_state("stop")
    """
    _check_process(profile_process)
    if state not in ("run", "stop"):
        raise ValueError(f"set_state: state is 'run' or 'stop', not {state!r}")
    if state == "run":
        _state.run()
    else:
        _state.stop()


def pause(profile_process: str = "worker") -> None:
    """Record nothing until `resume`; nothing if the profiler does not run.

    Examples
    --------
    >>> from forerun import profiler
    >>> profiler.pause()
    """
    _check_process(profile_process)
    if _state.profile is not None and _state.is_running:
        _state.profile.pause()


def resume(profile_process: str = "worker") -> None:
    """Go on recording; nothing if the profiler does not run.

    Examples
    --------
    >>> from forerun import profiler
    >>> profiler.resume()
    """
    _check_process(profile_process)
    if _state.profile is not None and _state.is_running:
        _state.profile.resume()


def dump(finished: bool = True, profile_process: str = "worker") -> None:
    """Write the trace to the file of `set_config`; again as often as one likes.

    Parameters
    ----------
    finished
        Whether to end the record: the next ``"run"`` begins a new one.
    profile_process
        ``"worker"``.

    Examples
    --------
    >>> import json, os, tempfile
    >>> from forerun import np, profiler
    >>> path = os.path.join(tempfile.mkdtemp(), "profile.json")
    >>> profiler.set_config(filename=path)
    >>> profiler.set_state("run")
    >>> np.ones((4,)).wait_to_read()
    >>> profiler.dump()
    >>> with open(path) as file:
    ...     "traceEvents" in json.load(file)
    True
    """
    _check_process(profile_process)
    if _state.profile is None:
        _state.run()
    if finished:
        _state.finish()
    assert _state.profile is not None
    _state.profile.trace(_state.config["filename"])


def dumps(
    reset: bool = False,
    format: str = "table",
    sort_by: str = "total",
    ascending: bool = False,
) -> str:
    """Give the sums of the record as text.

    Parameters
    ----------
    reset
        Whether to begin a new record.
    format
        ``"table"`` or ``"json"``.
    sort_by
        ``"total"``, ``"avg"``, ``"min"``, ``"max"`` or ``"count"``.
    ascending
        Whether the smallest comes first.

    Examples
    --------
    >>> from forerun import np, profiler
    >>> profiler.set_state("run")
    >>> np.ones((4,)).wait_to_read()
    >>> profiler.set_state("stop")
    >>> "full" in profiler.dumps(reset=True)
    True
    """
    if format not in ("table", "json"):
        raise ValueError(f"dumps: format is 'table' or 'json', not {format!r}")
    if sort_by not in _SORT_KEYS:
        known = ", ".join(_SORT_KEYS)
        raise ValueError(f"dumps: sort_by is one of {known}, not {sort_by!r}")
    sections = {} if _state.profile is None else _sections(_state.profile)
    for name, rows in sections.items():
        key = _SORT_KEYS[sort_by]
        order = sorted(rows.items(), key=lambda it: it[1][key], reverse=not ascending)
        sections[name] = dict(order)
    text = _as_json(sections) if format == "json" else _as_table(sections)
    if reset:
        was_running = _state.is_running
        _state.finish()
        _state.profile = None
        if was_running:
            _state.run()
    return text


def profiler_set_config(mode: str = "symbolic", filename: str = "profile.json") -> None:
    """Do what `set_config` does, under its old name.

    Examples
    --------
    >>> import warnings
    >>> from forerun import profiler
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     profiler.profiler_set_config("all", "profile.json")
    """
    warnings.warn("use profiler.set_config", DeprecationWarning, stacklevel=2)
    set_config(**{f"profile_{mode}": True}, filename=filename)


def profiler_set_state(state: str = "stop") -> None:
    """Do what `set_state` does, under its old name.

    Examples
    --------
    >>> import warnings
    >>> from forerun import profiler
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     profiler.profiler_set_state("stop")
    """
    warnings.warn("use profiler.set_state", DeprecationWarning, stacklevel=2)
    set_state(state)


def dump_profile() -> None:
    """Do what `dump` does, under its old name.

    Examples
    --------
    >>> import os, tempfile, warnings
    >>> from forerun import profiler
    >>> path = os.path.join(tempfile.mkdtemp(), "profile.json")
    >>> profiler.set_config(filename=path)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     profiler.dump_profile()
    >>> os.path.exists(path)
    True
    """
    warnings.warn("use profiler.dump", DeprecationWarning, stacklevel=2)
    dump()


def _check_process(profile_process: str) -> None:
    if profile_process != "worker":
        raise ValueError(
            f"profile_process: there are workers only, no {profile_process!r}"
        )


_HEADS = (
    "Total Count",
    "Time (ms)",
    "Min Time (ms)",
    "Max Time (ms)",
    "Avg Time (ms)",
)
# Count, total, min, max, avg, by name; times in milliseconds.
_Rows = dict[str, tuple[int, float, float, float, float]]


def _sections(profile: Profile) -> dict[str, _Rows]:
    ops = {
        row["op"]: (
            row["n_run"],
            row["running"] / 1e6,
            row["min"] / 1e6,
            row["max"] / 1e6,
            row["mean"] / 1e6,
        )
        for row in profile.table()
    }
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for category, name, value in _own_events(profile):
        values[category][name].append(value)
    own = {
        category: {name: _sums(each) for name, each in by_name.items()}
        for category, by_name in sorted(values.items())
    }
    return {"operator": ops, **own}


def _own_events(profile: Profile) -> Iterator[tuple[str, str, float]]:
    """Give category, name and milliseconds of what has ended; counters' values."""
    begun: dict[tuple[str, str, float], int] = {}
    for _, time, phase, category, name, value in profile._now().notes():
        if phase == "begin":
            begun[category, name, value] = time
        elif phase == "end" and (category, name, value) in begun:
            yield category, name, (time - begun.pop((category, name, value))) / 1e6
        elif phase == "counter":
            yield category, name, value


def _sums(values: list[float]) -> tuple[int, float, float, float, float]:
    total = sum(values)
    return len(values), total, min(values), max(values), total / len(values)


def _as_json(sections: dict[str, _Rows]) -> str:
    names = ("Count", "Total", "Min", "Max", "Avg")
    time = {
        section: {
            name: dict(zip(names, row, strict=True)) for name, row in rows.items()
        }
        for section, rows in sections.items()
    }
    return json.dumps({"Time": time, "Unit": {"Time": "ms", "Memory": "kB"}})


def _as_table(sections: dict[str, _Rows]) -> str:
    lines = ["Profile Statistics:"]
    for section, rows in sections.items():
        width = max([len("Name"), *map(len, rows)])
        lines += ["", section, "=" * 17]
        lines.append("  ".join(["Name".ljust(width), *(h.rjust(13) for h in _HEADS)]))
        for name, (count, *times) in rows.items():
            cells = [f"{count:13d}", *(f"{time:13.4f}" for time in times)]
            lines.append("  ".join([name.ljust(width), *cells]))
    return "\n".join(lines) + "\n"
