"""The other end of a worker: starts it, asks it, stops it between its turns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Worker", "WorkerError"]

# A peer's environment has no forerun: a hollow one leads to the modules of the suite.
LOAD = """
import sys, types
folder, name, n_threads, quick = sys.argv[1:]
if name != "forerun":
    sys.modules["forerun"] = types.ModuleType("forerun")
    sys.modules["forerun"].__path__ = [folder]
from forerun._bench.worker import main
main(name, int(n_threads), quick == "quick")
"""
# Variables that say how many threads a library uses.
THREADS = (
    "FORERUN_WORKERS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NPROC",
)
# Longer than any row takes; a library that hangs is killed.
PATIENCE_S = 300.0
# Where processes cannot be stopped, threads are given time to stop spinning.
PAUSE_S = 0.3


class WorkerError(Exception):
    """A worker died, or answered with an error."""


class Worker:
    """A library in a process of its own, which rests between its turns.

    The threads of some libraries spin for a while after an op, so a worker is stopped
    by a signal while another has its turn.
    """

    def __init__(
        self, name: str, python: str, n_threads: int, is_quick: bool = False
    ) -> None:
        self.name = name
        self._command = [
            python,
            "-c",
            LOAD,
            str(Path(__file__).parents[1]),
            name,
            str(n_threads),
            "quick" if is_quick else "full",
        ]
        self._environment = _environment(python, n_threads)
        self.versions: dict[str, str] = {}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._start()
        except BaseException:
            self._log.close()
            raise

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()
        self._log.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=self._environment,
            text=True,
        )
        try:
            self.versions = self._reply()["versions"]
        except BaseException:
            self._end()
            raise
        self._rest()

    def _end(self) -> None:
        self._wake()
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Begin again with a new process."""
        self._end()
        self._start()

    def ask(self, do: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a request and wait for the reply; the process runs only meanwhile."""
        if self._process.poll() is not None:
            self.restart()
        assert self._process.stdin is not None
        self._wake()
        try:
            print(
                json.dumps({"do": do, **request}), file=self._process.stdin, flush=True
            )
        except BrokenPipeError as error:
            raise WorkerError(self._last_words()) from error
        try:
            return self._reply()
        finally:
            self._rest()

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        alarm = threading.Timer(PATIENCE_S, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        if not line:
            self._process.wait()
            raise WorkerError(self._last_words())
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise WorkerError(reply["error"])
        return reply

    def _last_words(self) -> str:
        """Give what the process wrote last, and how it ended."""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        ending = f"ended with {self._process.poll()}"
        return f"{ending}: {lines[-1]}" if lines else ending

    def _rest(self) -> None:
        if hasattr(signal, "SIGSTOP"):
            self._process.send_signal(signal.SIGSTOP)
        else:
            time.sleep(PAUSE_S)

    def _wake(self) -> None:
        if hasattr(signal, "SIGCONT"):
            self._process.send_signal(signal.SIGCONT)


def _environment(python: str, n_threads: int) -> dict[str, str]:
    variables = {**os.environ, **dict.fromkeys(THREADS, str(n_threads))}
    if python == sys.executable:
        # forerun is found as it was found here, an installed one or not.
        root = str(Path(__file__).parents[2])
        before = os.environ.get("PYTHONPATH")
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, (root, before)))
    else:
        variables.pop("PYTHONPATH", None)
    variables["JAX_PLATFORMS"] = "cpu"
    return variables
