"""Memory: accounts by device, the list of what is live, the limit and the cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from forerun import _core
from forerun.device import Device, device_id

if TYPE_CHECKING:
    import numpy

__all__ = [
    "LiveArray",
    "cache_limit",
    "empty_cache",
    "live_arrays",
    "memory_limit",
    "memory_stats",
    "reset_peak_memory",
    "set_cache_limit",
    "set_memory_limit",
]


def memory_stats(device: Device | None = None) -> dict[str, int]:
    """Give the bytes that arrays of a device take, and kernels while they run.

    Parameters
    ----------
    device
        The device; the current one when omitted.

    Returns
    -------
    dict
        Bytes in use (``live``), the most there have been (``peak``), those kept for
        reuse (``cached``, of all devices on ``cpu(0)``), and those that queued ops will
        make (``promised``). Of all devices: ops that were issued and whose batch is not
        done (``run_ahead_ops``), and what they make (``run_ahead_bytes``).

    Examples
    --------
    >>> npx.waitall()
    >>> before = npx.memory_stats()
    >>> x = np.ones((256, 256))
    >>> x.wait_to_read()
    >>> npx.memory_stats()["live"] - before["live"]
    262144
    >>> sorted(before)
    ['cached', 'live', 'peak', 'promised', 'run_ahead_bytes', 'run_ahead_ops']
    """
    return _core.memory_stats(device_id(device))


def reset_peak_memory(device: Device | None = None) -> None:
    """Let the peak of `memory_stats` start anew from what is in use.

    Parameters
    ----------
    device
        The device; the current one when omitted.

    Examples
    --------
    >>> npx.reset_peak_memory()
    """
    _core.reset_peak_memory(device_id(device))


def empty_cache() -> None:
    """Give memory that is kept for reuse back to the system, but for small blocks.

    What nobody took for some seconds goes back by itself.

    Examples
    --------
    >>> npx.waitall()
    >>> npx.empty_cache()
    >>> npx.memory_stats()["cached"]
    0
    """
    _core.empty_cache()


@dataclass(frozen=True, slots=True)
class LiveArray:
    """A value that takes memory, or will take it, as `live_arrays` lists it.

    Attributes
    ----------
    shape, dtype
        What it is; None for what is just being computed, or is needed for that.
    nbytes
        Bytes that it takes of the memory, or will take while it is queued.
    device
        The device it is accounted on.
    op
        The op that made it; None while it is queued.
    site
        Where the program issued it, ``file:line``.
    state
        ``'queued'``, ``'ready'`` or ``'failed'``.
    arrays
        How many arrays have it as their value, views included.
    tape
        How many recorded ops keep it for backward.
    leases
        How many NumPy arrays and others share its memory.
    others
        How many queued or running ops, and others inside the engine, hold it.

    Examples
    --------
    >>> x = np.ones((300, 300))
    >>> x.wait_to_read()
    >>> one = npx.live_arrays()[0]
    >>> one.nbytes >= 360_000 and one.state
    'ready'
    """

    shape: tuple[int, ...] | None
    dtype: numpy.dtype[numpy.generic] | None
    nbytes: int
    device: Device
    op: str | None
    site: str | None
    state: Literal["queued", "ready", "failed"]
    arrays: int
    tape: int
    leases: int
    others: int

    def __str__(self) -> str:
        """Write it as one line."""
        held = ("arrays", "tape", "leases", "others")
        holders = [f"{n} {name}" for name in held if (n := getattr(self, name))]
        if self.shape is None:
            what = "memory of a kernel"
        else:
            what = f"{self.dtype}({', '.join(map(str, self.shape))})"
        return " ".join(
            [
                f"{self.nbytes / 1e6:9.1f} MB {self.device} {self.state:6} {what}",
                *([f"of {self.op}"] if self.op else []),
                *([f"at {self.site}"] if self.site else []),
                f"[{', '.join(holders) or 'nobody'}]",
            ]
        )


def live_arrays(device: Device | None = None) -> list[LiveArray]:
    """List the values that take 64 KiB or more, the largest first; waits for nothing.

    Values of a variable are listed once, however many views of it there are. Smaller
    ones, and what the cache keeps, are in the sums of `memory_stats` alone.

    Parameters
    ----------
    device
        List those of one device; those of all when omitted.

    Examples
    --------
    >>> weights = np.ones((512, 512))
    >>> weights.wait_to_read()
    >>> mine = [one for one in npx.live_arrays() if one.shape == (512, 512)]
    >>> mine[0].nbytes, mine[0].op, mine[0].arrays
    (1048576, 'full', 1)
    """
    number = None if device is None else device_id(device)
    return [
        LiveArray(device=Device("cpu", found), **one)
        for one in _core.live_arrays()
        if (found := one.pop("device_id")) == number or number is None
    ]


def memory_limit() -> int | None:
    """Give the bytes that arrays may take together with the cache; None for any number.

    At first that is what ``FORERUN_MEMORY_LIMIT`` says, else four fifths of what the
    machine, or the control group of the process, has.

    Examples
    --------
    >>> npx.memory_limit() is None or npx.memory_limit() > 0
    True
    """
    return _core.memory_limit()


def set_memory_limit(limit: int | str | None) -> int | None:
    """Set the bytes that arrays may take together with the cache; return those before.

    When memory is short, the cache goes back to the system first; then ops that make
    something large run in the order of issue, each when there is room, and the thread
    that issues helps before it goes on. An op whose result does not fit even when it
    runs alone fails with `MemoryError`. What kernels need beside their results while
    they run may go beyond the limit.

    Parameters
    ----------
    limit
        Bytes, as a number or as text such as ``"512MB"``, ``"1.5 GiB"``; None for any
        number.

    Examples
    --------
    >>> before = npx.set_memory_limit("200MB")
    >>> npx.memory_limit()
    200000000
    >>> np.ones((10_000, 10_000)).wait_to_read()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    MemoryError: full: needs 400.0 MB, beyond the limit of 200.0 MB with ... live...
    >>> np.ones(3).tolist()
    [1.0, 1.0, 1.0]
    >>> _ = npx.set_memory_limit(before)
    """
    return _core.set_memory_limit(_bytes("set_memory_limit", limit, least=1))


def cache_limit() -> int | None:
    """Give the most bytes that are kept for reuse; None for any number.

    Examples
    --------
    >>> npx.cache_limit() is None
    True
    """
    return _core.cache_limit()


def set_cache_limit(limit: int | str | None) -> int | None:
    """Set the most bytes that are kept for reuse; return those before.

    Parameters
    ----------
    limit
        Bytes, as in `set_memory_limit`; 0 keeps nothing, None whatever the memory limit
        allows.

    Examples
    --------
    >>> before = npx.set_cache_limit(0)
    >>> npx.memory_stats()["cached"]
    0
    >>> _ = npx.set_cache_limit(before)
    """
    return _core.set_cache_limit(_bytes("set_cache_limit", limit, least=0))


def _bytes(name: str, limit: int | str | None, least: int) -> int | None:
    """Read a number of bytes, or refuse it."""
    if limit is None:
        return None
    if isinstance(limit, str):
        found = _core.bytes_of_text(limit)
        if found is None:
            fact = f"{name}: {limit!r} is no size such as '512MB' or '2GiB'"
            raise ValueError(fact)
        return found
    if isinstance(limit, bool) or not hasattr(limit, "__index__"):
        fact = f"{name}: takes bytes, a text such as '512MB' or None, not {limit!r}"
        raise TypeError(fact)
    found = limit.__index__()
    if not least <= found < 2**63:
        fact = f"{name}: a limit of {found} bytes is out of range"
        raise ValueError(fact)
    return found


def _check_environment() -> None:
    """Refuse a limit in the environment that the engine could not read."""
    asked = os.environ.get("FORERUN_MEMORY_LIMIT", "none").strip()
    if asked != "none" and _core.bytes_of_text(asked) is None:
        fact = f"FORERUN_MEMORY_LIMIT: {asked!r} is no size such as '512MB', or 'none'"
        raise ValueError(fact)


_check_environment()
