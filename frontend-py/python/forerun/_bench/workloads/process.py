"""What the package itself costs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
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
    """Import the library in a process of its own, from bytecode as after installing."""
    code = (
        "import time; start = time.perf_counter();"
        f"import {p.module}; print(time.perf_counter() - start)"
    )

    # The first process may write the bytecode that the others read.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def take() -> float:
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        return float(run.stdout.split()[-1])

    return Figure(take)


def wheel(p: Library) -> Figure:
    """Give the size of what a user downloads."""
    path = installed_wheel()
    if path is None:
        raise UnsupportedError
    return Figure(lambda: path.stat().st_size)


def installed_wheel() -> Path | None:
    """Find the wheel with this very extension module, where builds put wheels.

    That of an editable installation has no module.
    """
    from forerun import _core

    module = Path(_core.__file__)
    name, size = f"forerun/{module.name}", module.stat().st_size
    for folder in ("dist", "wheels", "target/wheels"):
        for path in Path(folder).glob("forerun-*.whl"):
            with zipfile.ZipFile(path) as wheel:
                sizes = {file.filename: file.file_size for file in wheel.infolist()}
            if sizes.get(name) == size:
                return path
    return None
