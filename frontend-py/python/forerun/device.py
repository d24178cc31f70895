"""Devices: named places that arrays belong to.

All of them are shares of the host's memory and compute on the same workers; `cpu(0)`
and `cpu(1)` are told apart so that code for several devices runs and its memory is
counted by device. There is no GPU: `gpu` makes a name that every function refuses.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "Context",
    "Device",
    "context",
    "cpu",
    "cpu_pinned",
    "current_context",
    "current_device",
    "device",
    "device_id",
    "gpu",
    "num_gpus",
]

_N_DEVICES = 64


class Device:
    """A place for arrays; as a context manager, the one that new arrays go to.

    There is one object for each type and number, so that looking one up in a
    dictionary costs no call.

    Parameters
    ----------
    device_type
        ``"cpu"``, or another device to make a copy of.
    device_id
        Its number.

    Examples
    --------
    >>> from forerun import np, npx
    >>> with npx.cpu(1):
    ...     np.zeros(2).ctx
    cpu(1)
    """

    __slots__ = ("device_id", "device_type")

    device_type: str
    device_id: int

    def __new__(cls, device_type: str | Device, device_id: int = 0) -> Device:
        """Find the device, or make it."""
        if isinstance(device_type, Device):
            return device_type
        made = super().__new__(cls)
        made.device_type, made.device_id = device_type, device_id
        return _known.setdefault((device_type, device_id), made)

    @property
    def device_typeid(self) -> int:
        """MXNet's number of the device type."""
        return {"cpu": 1, "gpu": 2, "cpu_pinned": 3}.get(self.device_type, 5)

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"{self.device_type}({self.device_id})"

    def __reduce__(self) -> tuple[type[Device], tuple[str, int]]:
        """Pickle type and number."""
        return Device, (self.device_type, self.device_id)

    def __enter__(self) -> Device:
        """Make it the current device."""
        _current.outer.append(_current.device)
        _current.device = self
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Make the device before it the current one again."""
        _current.device = _current.outer.pop()

    def empty_cache(self) -> None:
        """Give memory that waits to be used again back to the system."""
        from forerun import _core

        _core.empty_cache()

    @classmethod
    def default_device(cls) -> Device:
        """Name the device that new arrays of this thread go to."""
        return _current.device


Context = Device


_known: dict[tuple[str, int], Device] = {}


class _Current(threading.local):
    """The device of this thread, and those that a ``with`` block has replaced."""

    def __init__(self) -> None:
        self.device = Device("cpu", 0)
        self.outer: list[Device] = []


_current = _Current()


def cpu(device_id: int = 0) -> Device:
    """Name a share of the host's memory.

    Parameters
    ----------
    device_id
        Its number, below 64.

    Examples
    --------
    >>> from forerun import np, npx
    >>> np.ones(2, ctx=npx.cpu(1)).ctx
    cpu(1)
    """
    return Device("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Device:
    """Name host memory that a GPU reads quickly: the same as `cpu` here.

    Parameters
    ----------
    device_id
        Its number.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.cpu_pinned()
    cpu(0)
    """
    return Device("cpu", device_id)


def gpu(device_id: int = 0) -> Device:
    """Name a GPU; arrays cannot be made there, as forerun computes on CPUs only.

    Parameters
    ----------
    device_id
        Its number.

    Examples
    --------
    >>> from forerun import np, npx
    >>> npx.gpu()
    gpu(0)
    >>> np.zeros(2, ctx=npx.gpu())
    Traceback (most recent call last):
        ...
    ValueError: gpu(0) does not exist: forerun computes on CPUs only
    """
    return Device("gpu", device_id)


def device(device_type: str, device_id: int = 0) -> Device:
    """Name a device by its type and number.

    Parameters
    ----------
    device_type
        ``"cpu"`` or ``"gpu"``.
    device_id
        Its number.

    Examples
    --------
    >>> from forerun.device import device
    >>> device("cpu", 1)
    cpu(1)
    """
    return Device(device_type, device_id)


def num_gpus() -> int:
    """Count the GPUs that can be used: none.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.num_gpus()
    0
    """
    return 0


def current_device() -> Device:
    """Name the device that new arrays of this thread go to.

    Examples
    --------
    >>> from forerun import npx
    >>> npx.current_device()
    cpu(0)
    """
    return _current.device


context = device
current_context = current_device


def device_id(ctx: Device | None, device: Device | None = None) -> int:
    """Look up the number of the device that ``ctx=`` or ``device=`` names.

    Parameters
    ----------
    ctx, device
        At most one of them is given; the current device if none is.

    Raises
    ------
    ValueError
        A device that does not exist.

    Examples
    --------
    >>> from forerun.device import cpu, device_id
    >>> device_id(None, cpu(3))
    3
    """
    chosen = ctx or device or _current.device
    if not isinstance(chosen, Device):
        fact = f"a device such as cpu(0) is expected, not {type(chosen).__name__}"
        raise TypeError(fact)
    if not chosen.device_type.startswith("cpu"):
        fact = f"{chosen} does not exist: forerun computes on CPUs only"
        raise ValueError(fact)
    if not 0 <= chosen.device_id < _N_DEVICES:
        fact = f"{chosen} does not exist: devices are numbered 0 to {_N_DEVICES - 1}"
        raise ValueError(fact)
    return chosen.device_id
