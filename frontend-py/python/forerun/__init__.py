"""forerun: tensors that are computed in the background.

An expression issues its ops and the program goes on; worker threads compute, and only
what needs a value waits for it. The names are MXNet's.
"""

from __future__ import annotations

import atexit
import importlib
from typing import TYPE_CHECKING, Any

from forerun import _core, autograd, device, engine, np, npx, util
from forerun.benchmark import Benchmark, Timer
from forerun.device import (
    Context,
    Device,
    context,
    cpu,
    cpu_pinned,
    current_context,
    current_device,
    gpu,
    num_gpus,
)
from forerun.util import is_np_array, reset_np, set_np, use_np

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from forerun import (
        gluon,
        init,
        initializer,
        lr_scheduler,
        metric,
        optimizer,
        profiler,
    )

__all__ = [
    "Benchmark",
    "Context",
    "Device",
    "Timer",
    "autograd",
    "context",
    "cpu",
    "cpu_pinned",
    "current_context",
    "current_device",
    "device",
    "engine",
    "gluon",
    "gpu",
    "init",
    "initializer",
    "is_np_array",
    "load_ipython_extension",
    "lr_scheduler",
    "metric",
    "np",
    "npx",
    "num_gpus",
    "optimizer",
    "profiler",
    "reset_np",
    "set_np",
    "unload_ipython_extension",
    "use_np",
    "util",
    "waitall",
]

__version__ = "0.1.0"

waitall = npx.waitall

atexit.register(_core.close)

# Imported when they are first asked for, so that importing forerun is quick.
_LATER = frozenset(
    (
        "gluon",
        "init",
        "initializer",
        "lr_scheduler",
        "metric",
        "optimizer",
        "profiler",
    )
)


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Give a notebook ``%%async_time``, ``%%footprint`` and ``%forerun_stats``.

    IPython calls it for ``%load_ext forerun``.

    Parameters
    ----------
    ipython
        The shell.

    Examples
    --------
    >>> import forerun
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> forerun.load_ipython_extension(shell)
    >>> shell.run_line_magic("forerun_stats", "")  # doctest: +ELLIPSIS
    n_workers ...
    """
    from forerun import _notebook

    _notebook.load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics away again.

    Parameters
    ----------
    ipython
        The shell.

    Examples
    --------
    >>> import forerun
    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> forerun.load_ipython_extension(shell)
    >>> forerun.unload_ipython_extension(shell)
    """
    from forerun import _notebook

    _notebook.unload(ipython)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a module on its first use."""
    if name in _LATER:
        return importlib.import_module(f"forerun.{name}")
    fact = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(fact)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
