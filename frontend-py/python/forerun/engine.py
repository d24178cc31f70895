"""The engine that computes in the background: its workers and how they take work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from forerun import _core

__all__ = ["bulk", "config", "configure", "set_bulk_size", "start", "stop"]

_bulk_size = 15


def set_bulk_size(size: int) -> int:
    """Remember MXNet's number of ops in a bulk; return the one before.

    It has no effect: ops are always recorded and handed over in batches.

    Parameters
    ----------
    size
        The number.

    Examples
    --------
    >>> from forerun import engine
    >>> engine.set_bulk_size(15)
    15
    """
    global _bulk_size
    before, _bulk_size = _bulk_size, size
    return before


@contextlib.contextmanager
def bulk(size: int) -> Iterator[None]:
    """Run a ``with`` block of ops as MXNet's bulk, which is what always happens here.

    Parameters
    ----------
    size
        Number of ops in a bulk; it has no effect.

    Examples
    --------
    >>> from forerun import engine, np
    >>> with engine.bulk(10):
    ...     x = np.ones(2) + 1
    """
    before = set_bulk_size(size)
    try:
        yield
    finally:
        set_bulk_size(before)


def start() -> None:
    """Start the workers, which otherwise start with the first op.

    Examples
    --------
    >>> from forerun import engine
    >>> engine.start()
    """
    _core.start()


def stop() -> None:
    """Finish all work and end the workers; the next op starts them again.

    Examples
    --------
    >>> from forerun import engine
    >>> engine.stop()
    """
    _core.stop()


def configure(n_workers: int | None = None, *, fusion: bool | None = None) -> None:
    """Change settings of the engine; what is omitted stays as it is.

    Parameters
    ----------
    n_workers
        How many threads compute; as many as there are cores at first.
    fusion
        Whether neighbouring ops run as one pass over the memory; results are the same
        bits either way.

    Examples
    --------
    >>> from forerun import engine
    >>> engine.configure(fusion=False)
    >>> engine.config()["fusion"]
    False
    >>> engine.configure(engine.config()["n_workers"], fusion=True)
    """
    if n_workers is not None:
        _core.configure(n_workers)
    if fusion is not None:
        _core.set_fusion(fusion)


def config() -> dict[str, Any]:
    """Give the engine's settings.

    Examples
    --------
    >>> from forerun import engine
    >>> engine.config()["n_workers"] > 0
    True
    """
    return _core.config()
