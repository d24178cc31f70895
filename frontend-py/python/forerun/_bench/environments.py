"""The interpreters that libraries run in: this one, or an environment of their own."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import venv
from pathlib import Path

from forerun._bench.peers import FORERUN, Library

__all__ = ["InstallError", "default_folder", "interpreter"]

# Lies in a finished environment and holds what was asked for.
MARK = "requirements.txt"


class InstallError(Exception):
    """A library cannot be installed."""


def default_folder() -> Path:
    """Give the folder of the environments."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "forerun" / "bench"


def interpreter(name: str, library: type[Library], folder: Path) -> str:
    """Give an interpreter that has a library, which is installed if need be.

    What this interpreter has is taken from it, for the rest there is an environment
    for each library, kept for the next time.
    """
    if name == FORERUN or _is_here(library):
        return sys.executable
    place = folder / name
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted, mark = "\n".join(library.requirements), place / MARK
    if not (mark.is_file() and mark.read_text() == wanted):
        print(
            f"bench: installs {' '.join(library.requirements)} in {place}",
            file=sys.stderr,
        )
        venv.create(place, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet"]
        command += [*library.pip_options, *library.requirements]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            lines = run.stderr.strip().splitlines() or ["pip failed"]
            raise InstallError(lines[-1])
        mark.write_text(wanted)
    return str(python)


def _is_here(library: type[Library]) -> bool:
    """Tell whether this interpreter has what a library asks for, in any version."""
    if any("==" in requirement for requirement in library.requirements):
        return False
    try:
        for name in library.distributions():
            importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
