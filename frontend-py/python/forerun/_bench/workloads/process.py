"""What the package itself costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from forerun._bench.peers import Library, UnsupportedError
from forerun._bench.workloads._row import ONLY_FORERUN, Figure, Row, Sizes

__all__ = ["HEADING", "rows"]

HEADING = "The package"


def rows(sizes: Sizes) -> Iterator[Row]:
    """Give the rows."""
    yield Row("import", "import", imported, compares=None)
    yield Row(
        "size of the wheel",
        "wheel",
        wheel,
        unit="B",
        peers=ONLY_FORERUN,
        compares=None,
    )


def imported(p: Library) -> Figure:
    """Import the library in a process of its own."""
    code = (
        "import time; start = time.perf_counter();"
        f"import {p.module}; print(time.perf_counter() - start)"
    )

    def take() -> float:
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(run.stdout.split()[-1])

    return Figure(take)


def wheel(p: Library) -> Figure:
    """Look for the newest wheel where builds put one."""
    found = [
        path
        for folder in ("dist", "wheels", "target/wheels")
        for path in Path(folder).glob("forerun-*.whl")
    ]
    if not found:
        raise UnsupportedError
    newest = max(found, key=lambda path: path.stat().st_mtime)
    return Figure(lambda: newest.stat().st_size)
