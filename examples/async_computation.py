"""Asynchronous computation: what issuing costs, what waiting costs, what it holds.

A walk-through: products against NumPy, the graph of three ops, the calls that wait, a
thousand small ops with and without a barrier, and the memory that training takes.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy

import forerun
from forerun import autograd, gluon, np, npx
from forerun.gluon import nn


def products():
    """Ten products of random matrices: NumPy waits for each, forerun goes on."""
    with forerun.Benchmark("numpy"):
        for _ in range(10):
            a = numpy.random.normal(size=(1000, 1000))
            b = numpy.dot(a, a)
    npx.waitall()
    with forerun.Benchmark("forerun.np, issuing only"):
        for _ in range(10):
            a = np.random.normal(size=(1000, 1000))
            b = np.dot(a, a)
    npx.waitall()
    # A product that nobody can read any more is not computed, so these are kept.
    kept = []
    with forerun.Benchmark("forerun.np, with waitall", detail=True):
        for _ in range(10):
            a = np.random.normal(size=(1000, 1000))
            b = np.dot(a, a)
            kept.append(b)
        npx.waitall()


def graph():
    """Three ops, their value, and their graph in graphviz's language."""
    x = np.ones((1, 2))
    y = np.ones((1, 2))
    z = x * y + 2
    picture = npx.graph(z)
    print(z)
    print(picture)


def product():
    """Issues a product that takes a while."""
    a = np.random.normal(size=(1000, 1000))
    return np.dot(a, a)


def blockers():
    """What waits: for everything that was issued, for one array, for a number."""
    with forerun.Benchmark("npx.waitall()"):
        b = product()
        npx.waitall()
    with forerun.Benchmark("b.wait_to_read()"):
        b = product()
        b.wait_to_read()
    with forerun.Benchmark("print(b)"):
        b = product()
        print(b)
    with forerun.Benchmark("b.asnumpy()"):
        b = product()
        b.asnumpy()
    with forerun.Benchmark("b.sum().item()"):
        b = product()
        b.sum().item()
    with forerun.Benchmark("float(b.sum())"):
        b = product()
        float(b.sum())
    x = np.arange(4).reshape(2, 2)
    print(bool(x.any()), x.tolist(), [float(row.sum()) for row in x])
    if x.sum() > 5:
        print("a comparison in an if waits, too")


def loops(n=1000):
    """A thousand small ops, waiting each time and once, and a model of both."""
    x = np.ones((1, 2))
    with forerun.Benchmark("synchronous", detail=True) as synchronous:
        for _ in range(n):
            y = x + 1
            y.wait_to_read()
    kept = []
    with forerun.Benchmark("asynchronous", detail=True) as asynchronous:
        for _ in range(n):
            y = x + 1
            kept.append(y)
        npx.waitall()
    # An op is issued (t1) and computed (t2), and its end is reported back (t3).
    t1 = synchronous.issuing / n
    t2 = synchronous.computing / n
    t3 = synchronous.waiting / n - t2
    for what, seconds, measured in (
        (f"{n} (t1 + t2 + t3)", n * (t1 + t2 + t3), synchronous.seconds),
        (f"t1 + {n} t2 + t3", t1 + n * t2 + t3, asynchronous.seconds),
    ):
        print(f"{what:21} = {seconds * 1e3:.2f} ms, measured {measured * 1e3:.2f} ms")
    print(f"with t1 = {t1 * 1e6:.2f}, t2 = {t2 * 1e6:.2f}, t3 = {t3 * 1e6:.2f} us")


def resident_megabytes():
    """Resident memory of this process, as ps reports it; from /proc without ps."""
    try:
        shown = subprocess.check_output(["ps", "-o", "rss=", "-p", str(os.getpid())])
    except FileNotFoundError:
        n_pages = int(Path("/proc/self/statm").read_text().split()[1])
        return n_pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return int(shown) / 1024


def live_megabytes():
    """Memory that arrays take, as the engine accounts for it."""
    return npx.memory_stats()["live"] / 2**20


def minibatches(n, batch=1024):
    """Yields generated minibatches."""
    for _ in range(n):
        X = np.random.normal(size=(batch, 512))
        y = np.ones((batch,))
        yield X, y


def training(n=10):
    """Trains a network, waiting after each minibatch or for nothing until the end."""
    net = nn.Sequential()
    net.add(
        nn.Dense(2048, activation="relu"),
        nn.Dense(512, activation="relu"),
        nn.Dense(1),
    )
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    loss = gluon.loss.L2Loss()

    def train(n, wait):
        for X, y in minibatches(n):
            with autograd.record():
                l = loss(y, net(X))
            l.backward()
            trainer.step(X.shape[0])
            if wait:
                l.wait_to_read()
                npx.waitall()
        npx.waitall()

    train(2, wait=True)
    for label, wait in (("a barrier each minibatch", True), ("no barrier", False)):
        resident, live = resident_megabytes(), live_megabytes()
        with forerun.Benchmark(f"{n} minibatches, {label}"):
            train(n, wait)
        print(f"  resident {resident:.0f} -> {resident_megabytes():.0f} MB,", end=" ")
        print(f"in arrays {live:.0f} -> {live_megabytes():.0f} MB")


def stopwatch():
    """Times that a Timer keeps."""
    timer = forerun.Timer()
    for _ in range(3):
        timer.start()
        product().wait_to_read()
        timer.stop()
    print(f"mean {timer.avg():.4f} sec, sum {timer.sum():.4f} sec of {timer.times}")


def main():
    """Runs every part."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    for part in (products, graph, blockers, loops, training, stopwatch):
        print(f"\n{part.__name__}: {part.__doc__}")
        part()


if __name__ == "__main__":
    main()
