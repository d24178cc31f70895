"""``python -m forerun info``: what one is asked for with a question or a defect."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence

import numpy

import forerun
from forerun import engine

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a fact a line; give the exit code."""
    argparse.ArgumentParser(
        prog="python -m forerun info",
        description="Print versions, the processor and the engine's settings.",
    ).parse_args(arguments)
    facts = {
        "forerun": forerun.__version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        **engine.config(),
        **{k: v for k, v in sorted(os.environ.items()) if k.startswith("FORERUN_")},
    }
    for name, fact in facts.items():
        print(f"{name:12}{fact}")
    return 0
