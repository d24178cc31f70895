"""The libraries that are measured, forerun among them: one file each.

A new file is a new peer: its constant `LIBRARY` is a class over `_base.Library`.
"""

from __future__ import annotations

import importlib
import pkgutil

from forerun._bench.peers._base import Library, UnsupportedError

__all__ = ["FORERUN", "NAMES", "Library", "UnsupportedError", "load"]

FORERUN = "forerun"
NAMES = sorted(
    module.name
    for module in pkgutil.iter_modules(__path__)
    if not module.name.startswith("_")
)


def load(name: str) -> type[Library]:
    """Give the adapter of a library, whose package need not be there."""
    library: type[Library] = importlib.import_module(f"{__name__}.{name}").LIBRARY
    return library
