"""``python -m forerun trace``: profiles a script as it is."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
import traceback
from collections.abc import Sequence

from forerun import profiler

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script under a profile; give the script's exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m forerun trace",
        description="Run a script unchanged, and show where its time and memory go.",
        usage="python -m forerun trace [-o FILE] [-q] SCRIPT.py [ARGUMENTS ...] "
        "[-o FILE]",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help=_OUTPUT)
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print no tables at the end"
    )
    parser.add_argument("script", metavar="SCRIPT.py", help="the script")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="what the script is given"
    )
    options = parser.parse_args(arguments)
    options.output = options.output or _taken_from(options.arguments)
    kind = os.path.splitext(options.output or "run.html")[1]
    if kind not in (".html", ".json"):
        parser.error(f"FILE ends in .html or .json, not {kind!r}")
    if not os.path.exists(options.script):
        parser.error(f"there is no script {options.script!r}")
    profile = profiler.profile()
    with profile:
        code = _run(options.script, options.arguments)
    if not options.quiet:
        print(f"\n{profile.summary()}", file=sys.stderr)
    if options.output:
        write = profile.report if kind == ".html" else profile.trace
        write(options.output)
        print(f"\nwritten: {options.output}", file=sys.stderr)
    return code


_OUTPUT = "write a report (run.html) or a trace for Perfetto (run.json); may stand last"


def _taken_from(arguments: list[str]) -> str | None:
    """Take ``-o FILE`` from the end of the script's arguments."""
    if len(arguments) >= 2 and arguments[-2] in ("-o", "--output"):
        *_, output = arguments
        del arguments[-2:]
        return output
    return None


def _run(script: str, arguments: list[str]) -> int:
    """Run a script as Python would; give its exit code."""
    before = sys.argv, sys.path[0]
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.argv, sys.path[0] = before
    return 0
