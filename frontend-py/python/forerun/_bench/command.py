"""``python -m forerun bench``: measures forerun beside its peers, prints the table."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from forerun._bench.environments import InstallError, default_folder, interpreter
from forerun._bench.measure import TURN_S, Line, measure
from forerun._bench.peers import FORERUN, NAMES, load
from forerun._bench.process import Worker, WorkerError
from forerun._bench.report import Run, json_of, markdown
from forerun._bench.workloads import Row, Sizes, rows

__all__ = ["main"]

# Exit codes; argparse uses 2, too.
AGREED, WRONG, MISUSED = 0, 1, 2

EPILOG = """
Peers that this Python does not have are installed in environments of their own. Every
library runs in a process of its own with as many threads, on as many cores, and rests
while another has its turn. An interrupt ends the run with the rows so far. Exit
codes: 0, all results agree; 1, some differ, a library could not be installed or failed,
or the run was interrupted; 2, wrong arguments.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    chosen = [
        (heading, row)
        for heading, row in rows(Sizes(options.quick))
        if any(text in f"{heading}: {row.name}" for text in options.only or [""])
        and _is_measured(row, options.peers)
    ]
    if not chosen:
        parser.error(f"no row has {' or '.join(map(repr, options.only))} in its name")
    if options.list:
        for heading, row in chosen:
            print(f"{heading}: {row.name}")
        return AGREED
    pythons, is_wrong = _interpreters(options)
    runs = []
    for n_threads in options.workers:
        run = _run(chosen, pythons, n_threads, options)
        runs.append(run)
        is_wrong |= any(line.is_wrong for line in run.lines)
        is_wrong |= len(run.versions) < len(pythons)
        if len(run.lines) < len(chosen):
            is_wrong = True
            break
    text = markdown(runs, options.rounds)
    print(text, end="")
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        found = json_of(runs, options.rounds, options.quick)
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return WRONG if is_wrong else AGREED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m forerun bench",
        description="Measure forerun beside other libraries.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    peers = [name for name in NAMES if name != FORERUN]
    add(
        "--peers",
        type=_names,
        default=["numpy", "torch"],
        metavar="NAMES",
        help=f"which, of {','.join(peers)}, or none (default: numpy,torch)",
    )
    add(
        "--python",
        type=_named_path,
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="an interpreter that has a peer already",
    )
    add(
        "--env-dir",
        type=Path,
        default=default_folder(),
        metavar="FOLDER",
        help="where the peers' environments are kept (default: %(default)s)",
    )
    add(
        "--only",
        action="append",
        metavar="TEXT",
        help="rows with this in 'family: name'; can be given again",
    )
    add("--rounds", type=_count, default=7, metavar="N", help="default: %(default)s")
    add(
        "--workers",
        type=_counts,
        default=[_n_cores()],
        metavar="N,...",
        help="numbers of threads to measure with (default: as many as cores)",
    )
    add("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    add("--list", action="store_true", help="print the names of the rows only")
    add("--markdown", type=Path, metavar="FILE", help="write the tables there, too")
    add("--json", type=Path, metavar="FILE", help="write everything found there")
    return parser


def _names(text: str) -> list[str]:
    """Take a list of peers."""
    names = [] if text in ("", "none") else text.split(",")
    for name in names:
        if name not in NAMES or name == FORERUN:
            raise argparse.ArgumentTypeError(f"there is no peer {name!r}")
    return list(dict.fromkeys(names))


def _named_path(text: str) -> tuple[str, str]:
    name, _, path = text.partition("=")
    _names(name)
    if not (path and shutil.which(path)):
        raise argparse.ArgumentTypeError(f"no interpreter: {path!r}")
    return name, path


def _count(text: str) -> int:
    n = int(text)
    if n < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return n


def _counts(text: str) -> list[int]:
    return sorted({_count(part) for part in text.split(",")})


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_measured(row: Row, peers: list[str]) -> bool:
    """Leave a row out that is there for the sake of peers that are not chosen."""
    others = (row.peers or frozenset()) - {FORERUN}
    return not others or not others.isdisjoint(peers)


def _interpreters(options: argparse.Namespace) -> tuple[dict[str, str], bool]:
    """Give the interpreter of each library, and whether one could not be installed."""
    pythons: dict[str, str] = {}
    given = dict(options.python)
    has_failed = False
    for name in (FORERUN, *options.peers):
        try:
            pythons[name] = given.get(name) or interpreter(
                name, load(name), options.env_dir
            )
        except InstallError as error:
            _say(f"cannot install {name}: {error}")
            has_failed = True
    return pythons, has_failed


def _run(
    chosen: list[tuple[str, Row]],
    pythons: dict[str, str],
    n_threads: int,
    options: argparse.Namespace,
) -> Run:
    """Measure every row with one number of threads."""
    turn = 0.0 if options.quick else TURN_S
    with contextlib.ExitStack() as stack:
        workers: list[Worker] = []
        for name, python in pythons.items():
            try:
                worker = Worker(name, python, n_threads, options.quick)
            except WorkerError as error:
                _say(f"cannot start {name}: {error}")
            else:
                workers.append(stack.enter_context(worker))
        progress = stack.enter_context(_Progress(len(chosen)))
        lines: list[Line] = []
        try:
            for heading, row in chosen:
                progress.show(row.name)
                present = [w for w in workers if row.takes(w.name, load(w.name))]
                lines.append(measure(heading, row, present, options.rounds, turn))
        except KeyboardInterrupt:
            # The rows so far are shown; a second interrupt must not lose them.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _say(f"interrupted after {len(lines)} of {len(chosen)} rows")
        return Run(n_threads, {w.name: w.versions for w in workers}, lines)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr)


class _Progress:
    """A bar on a terminal, a line for each row elsewhere."""

    WIDTH = 24

    def __init__(self, n_rows: int) -> None:
        self.n_rows, self.n_begun = n_rows, 0
        self.is_terminal = sys.stderr.isatty()
        self.start = time.monotonic()

    def __enter__(self) -> _Progress:
        return self

    def show(self, name: str) -> None:
        """Show that a row begins."""
        if self.is_terminal:
            bar = "#" * (self.WIDTH * self.n_begun // self.n_rows)
            spent = time.monotonic() - self.start
            text = f"[{bar:<{self.WIDTH}}] {self.n_begun}/{self.n_rows} {spent:.0f} s "
            print(f"\r\033[K{text}{name[:40]}", end="", file=sys.stderr, flush=True)
        else:
            print(f"[{self.n_begun + 1}/{self.n_rows}] {name}", file=sys.stderr)
        self.n_begun += 1

    def __exit__(self, *_: object) -> None:
        """Wipe the bar."""
        if self.is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
