"""The process of one library: reads requests, writes replies, a line of JSON each."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

from forerun._bench.peers import Library, UnsupportedError, load
from forerun._bench.workloads import Figure, Row, Sizes, Work, rows

__all__ = ["main"]

# How many elements of a result are compared, at even distances.
N_SAMPLES = 256


def main(name: str, n_threads: int, is_quick: bool) -> None:
    """Serve one library until the input ends."""
    # What libraries print must not get between the replies.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_threads])
    server = _Server(Sizes(is_quick))
    _reply(replies, partial(server.start, name, n_threads))
    for line in sys.stdin:
        request = json.loads(line)
        _reply(replies, partial(server.serve, **request))


def _reply(replies: TextIO, answer: Callable[[], dict[str, Any]]) -> None:
    try:
        reply = answer()
    except UnsupportedError:
        reply = {"unsupported": True}
    except Exception as error:
        traceback.print_exc()
        reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(reply), file=replies, flush=True)


class _Server:
    """Holds the library, and the row that is being measured."""

    library: Library
    row: Row
    work: Work | Figure | None = None

    def __init__(self, sizes: Sizes) -> None:
        self.rows = {row.name: row for _, row in rows(sizes)}

    def start(self, name: str, n_threads: int) -> dict[str, Any]:
        """Import the library."""
        self.library = load(name)(n_threads)
        return {"versions": self.library.versions()}

    def serve(self, do: str, row: str = "", at_least: float = 0.0) -> dict[str, Any]:
        """Answer a request."""
        if do == "prepare":
            self.row = self.rows[row]
            return {"results": self._prepare()}
        if do == "measure":
            assert self.work is not None
            return {"figure": self._measure(self.work, at_least)}
        assert do == "clear", do
        self.work = None
        gc.collect()
        return {}

    def _prepare(self) -> list[dict[str, Any]]:
        """Set a row up, do its work once, and give what is to be compared."""
        self.work = work = self.row.build(self.library)
        if isinstance(work, Figure):
            if not self.row.is_fresh:
                work.take()
            return []
        results = _listed(work.run())
        self.library.wait_all(_arrays(results))
        if work.check is not None:
            results = _listed(work.check())
        if self.row.compares is None:
            return []
        chosen = results if work.check else {0: results[0], 1: results[-1]}.values()
        with_moments = self.row.compares == "moments"
        return [_digest(self.library, result, with_moments) for result in chosen]

    def _measure(self, work: Work | Figure, at_least: float) -> float:
        """Give the figure of a row; times are of as many calls as fill a time."""
        gc.collect()
        if isinstance(work, Figure):
            return work.take()
        n_calls, spent = 0, 0.0
        while not n_calls or spent < at_least:
            start = time.perf_counter()
            results = work.run()
            if not work.keeps:
                results = None
            spent += time.perf_counter() - start
            n_calls += 1
            self.library.wait_all(_arrays(_listed(results)))
        return spent / n_calls / work.n_ops


def _listed(results: Any) -> list[Any]:  # noqa: ANN401
    return results if isinstance(results, list) else [results]


def _arrays(results: list[Any]) -> list[Any]:
    return [result for result in results if hasattr(result, "shape")]


def _digest(library: Library, result: Any, with_moments: bool) -> dict[str, Any]:  # noqa: ANN401
    """Give what stands for a result: some of its elements, its moments."""
    import numpy

    values = numpy.asarray(
        library.numpy(result) if hasattr(result, "shape") else result
    )
    flat = values.ravel()
    places = numpy.linspace(0, max(flat.size - 1, 0), min(flat.size, N_SAMPLES))
    moments = [float(f(flat, dtype="float64")) for f in (numpy.mean, numpy.std)]
    dtype = str(getattr(result, "dtype", values.dtype))
    return {
        "shape": list(values.shape),
        "dtype": dtype.rpartition(".")[2].strip("'>"),
        "sample": flat[places.astype(int)].astype("float64").tolist(),
        "moments": moments if with_moments else None,
        "size": flat.size,
    }
