"""MXNet's objects for events of a program's own: they show in traces and in `dumps`."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from forerun import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Counter", "Domain", "Event", "Frame", "Marker", "Task", "scope"]

_numbers = itertools.count(1)
_scope: ContextVar[str] = ContextVar("scope", default="")
_MARKER_SCOPES = ("global", "process", "thread", "task", "marker")


class Domain:
    """A category of events.

    Parameters
    ----------
    name
        Its name.

    Examples
    --------
    >>> from forerun import profiler
    >>> task = profiler.Domain("training").new_task("epoch")
    >>> task.start()
    >>> task.stop()
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def new_task(self, name: str) -> Task:
        """Make a task of this domain."""
        return Task(self, name)

    def new_frame(self, name: str) -> Frame:
        """Make a frame of this domain."""
        return Frame(self, name)

    def new_counter(self, name: str, value: float | None = None) -> Counter:
        """Make a counter of this domain."""
        return Counter(self, name, value)

    def new_marker(self, name: str) -> Marker:
        """Make a marker of this domain."""
        return Marker(self, name)


class _Lasting:
    """Something between `start` and `stop`, which may be on different threads."""

    def __init__(self, category: str, name: str) -> None:
        self.name = name
        self._category = category
        self._number: int | None = None

    def start(self) -> None:
        """Begin."""
        if self._number is not None:
            self.stop()
        self._number = next(_numbers)
        _core.note("begin", self._category, self.name, self._number)

    def stop(self) -> None:
        """End; nothing if it has not begun."""
        if self._number is not None:
            _core.note("end", self._category, self.name, self._number)
            self._number = None

    def __str__(self) -> str:
        return self.name


class _InDomain(_Lasting):
    def __init__(self, domain: Domain, name: str) -> None:
        super().__init__(domain.name, name)


class Task(_InDomain):
    """A piece of work; all its passes are summed up.

    Parameters
    ----------
    domain
        Its category.
    name
        Its name.
    """


class Frame(_InDomain):
    """A pass of something that is repeated, such as a minibatch.

    Parameters
    ----------
    domain
        Its category.
    name
        Its name.
    """


class Event(_Lasting):
    """A piece of the program, without a domain.

    Parameters
    ----------
    name
        Its name.
    """

    def __init__(self, name: str) -> None:
        super().__init__("event", name)


class Counter:
    """A value that changes over time.

    Parameters
    ----------
    domain
        Its category.
    name
        Its name.
    value
        What it begins with; 0 when omitted.

    Examples
    --------
    >>> from forerun import profiler
    >>> counter = profiler.Domain("training").new_counter("seen", 5)
    >>> counter += 2
    >>> counter.value
    7
    """

    def __init__(self, domain: Domain, name: str, value: float | None = None) -> None:
        self.name = name
        self.value: float = 0
        self._category = domain.name
        if value is not None:
            self.set_value(value)

    def set_value(self, value: float) -> None:
        """Set it."""
        self.value = value
        _core.note("counter", self._category, self.name, value)

    def increment(self, delta: float = 1) -> None:
        """Add to it."""
        self.set_value(self.value + delta)

    def decrement(self, delta: float = 1) -> None:
        """Take from it."""
        self.set_value(self.value - delta)

    def __iadd__(self, delta: float) -> Counter:
        self.increment(delta)
        return self

    def __isub__(self, delta: float) -> Counter:
        self.decrement(delta)
        return self

    def __str__(self) -> str:
        return self.name


class Marker:
    """A moment.

    Parameters
    ----------
    domain
        Its category.
    name
        Its name.
    """

    def __init__(self, domain: Domain, name: str) -> None:
        self.name = name
        self.domain = domain

    def mark(self, scope: str = "process") -> None:
        """Mark the moment.

        Parameters
        ----------
        scope
            ``"global"``, ``"process"``, ``"thread"``, ``"task"`` or ``"marker"``.
        """
        if scope not in _MARKER_SCOPES:
            known = ", ".join(_MARKER_SCOPES)
            raise ValueError(f"mark: scope is one of {known}, not {scope!r}")
        _core.note("instant", self.domain.name, self.name, 0)


@contextmanager
def scope(name: str = "<unk>:", append_mode: bool = True) -> Iterator[str]:
    """Name the ops that this thread issues within a ``with`` block.

    Parameters
    ----------
    name
        The scope's name.
    append_mode
        Whether a scope within another has the other's name in front.

    Examples
    --------
    >>> from forerun import np, profiler
    >>> with profiler.profile() as p:
    ...     with profiler.scope("encoder"):
    ...         x = np.ones((4,)) + 1
    ...     x.wait_to_read()
    >>> {op.scope for op in p.ops()}
    {'encoder:'}
    """
    name = name if name.endswith(":") else f"{name}:"
    if append_mode:
        name = _scope.get() + name
    token = _scope.set(name)
    number = next(_numbers)
    _core.note("scope begin", "scope", name, number)
    try:
        yield name
    finally:
        _core.note("scope end", "scope", name, number)
        _scope.reset(token)
