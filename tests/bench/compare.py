"""Measures forerun beside NumPy and PyTorch in one run, and prints the ratios.

Every workload runs on each library in turn, several rounds, with as many threads each;
the figure is the median of the rounds. Results are kept alive, so that nothing is
skipped as dead.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy

import forerun
from forerun import autograd, gluon, npx
from forerun import np as fnp
from forerun.gluon import nn

try:
    import torch
except ImportError:  # the table then has NumPy's column only
    torch = None

Work = Callable[[], object]


def loop_of_small_ops(n: int = 2000) -> dict[str, dict[str, Work]]:
    """One-element ops: what issuing and waiting cost."""
    x, z = fnp.ones((1, 2)), numpy.ones((1, 2), "float32")
    t = None if torch is None else torch.ones(1, 2)

    def kept(array, end=None):
        def run():
            results = [array + 1 for _ in range(n)]
            if end:
                end()
            return results

        return run

    def chain(array, end=None):
        def run():
            y = array
            for _ in range(n):
                y = y + 1
            if end:
                end()
            return y

        return run

    def waiting():
        for _ in range(n):
            y = x + 1
            y.wait_to_read()

    def summed(array):
        def run():
            for _ in range(n):
                (array + 1).sum().item()

        return run

    def peers(make):
        return {"numpy": make(z)} | ({} if t is None else {"torch": make(t)})

    return {
        "issue x + 1 (1, 2), results kept": {"forerun": kept(x), **peers(kept)},
        "the same, and one wait": {"forerun": kept(x, npx.waitall), **peers(kept)},
        "chain y = y + 1, and one wait": {
            "forerun": chain(x, npx.waitall),
            **peers(chain),
        },
        "y = x + 1; y.wait_to_read()": {"forerun": waiting, **peers(kept)},
        "(x + 1).sum().item()": {"forerun": summed(x), **peers(summed)},
    }


def products() -> dict[str, dict[str, Work]]:
    """Products of square matrices."""
    works = {}
    for n in (64, 256, 300, 512, 1024, 2048):
        a = numpy.random.RandomState(0).normal(size=(n, n)).astype("float32")
        f = fnp.array(a)
        work = {
            "forerun": lambda f=f: fnp.dot(f, f).wait_to_read(),
            "numpy": lambda a=a: numpy.dot(a, a),
        }
        if torch is not None:
            t = torch.from_numpy(a)
            work["torch"] = lambda t=t: t @ t
        works[f"dot {n} x {n} float32"] = work
    return works


def large_elements(n: int = 1 << 23) -> dict[str, dict[str, Work]]:
    """Element-wise work on 8 M float32, reductions, random numbers."""
    a = numpy.random.RandomState(0).normal(size=n).astype("float32")
    b = numpy.random.RandomState(1).normal(size=n).astype("float32")
    x, y = fnp.array(a), fnp.array(b)

    def ten(z, w):
        for _ in range(10):
            z = z * 1.01 + w
        return z

    works = {
        "x * y + 2, 8 M": {
            "forerun": lambda: (x * y + 2).wait_to_read(),
            "numpy": lambda: a * b + 2,
        },
        "ten times z = z * 1.01 + y, 8 M": {
            "forerun": lambda: ten(x, y).wait_to_read(),
            "numpy": lambda: ten(a, b),
        },
        "tanh, 8 M": {
            "forerun": lambda: fnp.tanh(x).wait_to_read(),
            "numpy": lambda: numpy.tanh(a),
        },
        "exp, 8 M": {
            "forerun": lambda: fnp.exp(x).wait_to_read(),
            "numpy": lambda: numpy.exp(a),
        },
        "sum, 8 M": {"forerun": lambda: x.sum().item(), "numpy": lambda: a.sum()},
        "1 M normal numbers": {
            "forerun": lambda: fnp.random.normal(size=(1000, 1000)).wait_to_read(),
            "numpy": lambda: numpy.random.normal(size=(1000, 1000)),
        },
    }
    if torch is not None:
        s, t = torch.from_numpy(a), torch.from_numpy(b)
        works["x * y + 2, 8 M"]["torch"] = lambda: s * t + 2
        works["ten times z = z * 1.01 + y, 8 M"]["torch"] = lambda: ten(s, t)
        works["tanh, 8 M"]["torch"] = lambda: torch.tanh(s)
        works["exp, 8 M"]["torch"] = lambda: torch.exp(s)
        works["sum, 8 M"]["torch"] = lambda: s.sum().item()
        works["1 M normal numbers"]["torch"] = lambda: torch.randn(1000, 1000)
    return works


def forerun_step(batch: int) -> Work:
    """One SGD step of the network 512-2048-512-1 in forerun."""
    net = nn.Sequential()
    net.add(
        nn.Dense(2048, activation="relu"),
        nn.Dense(512, activation="relu"),
        nn.Dense(1),
    )
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
    loss = gluon.loss.L2Loss()

    def step():
        data = fnp.random.normal(size=(batch, 512))
        target = fnp.ones((batch,))
        with autograd.record():
            error = loss(target, net(data))
        error.backward()
        trainer.step(batch)
        npx.waitall()

    return step


def torch_step(batch: int) -> Work:
    """The same step in PyTorch."""
    net = torch.nn.Sequential(
        torch.nn.Linear(512, 2048),
        torch.nn.ReLU(),
        torch.nn.Linear(2048, 512),
        torch.nn.ReLU(),
        torch.nn.Linear(512, 1),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step():
        data = torch.randn(batch, 512)
        target = torch.ones(batch, 1)
        optimizer.zero_grad()
        error = ((net(data) - target) ** 2).mean() / 2
        error.backward()
        optimizer.step()

    return step


def training() -> dict[str, dict[str, Work]]:
    """One step of training, waited for."""
    work = {"forerun": forerun_step(1024)}
    if torch is not None:
        work["torch"] = torch_step(1024)
    return {"MLP 512-2048-512-1, batch 1024, one SGD step": work}


def seconds(work: Work, at_least: float = 0.05) -> float:
    """Time one call, repeated until the clock is no matter."""
    n, spent = 0, 0.0
    while spent < at_least or n == 0:
        start = time.perf_counter()
        work()
        spent += time.perf_counter() - start
        n += 1
    return spent / n


def measure(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Median seconds of each library, the libraries taking turns."""
    for work in works.values():
        work()
    npx.waitall()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            # Until the threads of the library before have stopped spinning.
            time.sleep(0.3)
            times[name].append(seconds(work))
            npx.waitall()
    return {name: statistics.median(values) for name, values in times.items()}


def shown(value: float) -> str:
    """Seconds in a unit that reads well."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.2f} {unit}"
    return f"{value * 1e9:.0f} ns"


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="rows whose name has this text")
    options = parser.parse_args()
    n_threads = forerun._core.config()["n_workers"]
    if torch is not None:
        torch.set_num_threads(n_threads)
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {n_threads} threads"
    )
    print("\n| work | forerun | numpy | torch | best peer / forerun |")
    print("| --- | --- | --- | --- | --- |")
    per_op = 2000
    for make in (loop_of_small_ops, products, large_elements, training):
        for name, works in make().items():
            if options.only not in name:
                continue
            found = measure(works, options.rounds)
            if make is loop_of_small_ops:
                found = {library: value / per_op for library, value in found.items()}
            peers = [found[library] for library in found if library != "forerun"]
            ratio = min(peers) / found["forerun"] if peers else float("nan")
            libraries = ("forerun", "numpy", "torch")
            cells = [shown(found[k]) if k in found else "-" for k in libraries]
            print(f"| {name} | {' | '.join(cells)} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
