"""Issuing, background work and waiting: order, threads, interrupts, asyncio."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

from forerun import _core, engine, np, npx

# A test that waits for the engine fails by it rather than hang.
PATIENCE = 30
threaded = pytest.mark.skipif(
    _core.is_serial(), reason="the serial engine has no workers"
)


def slow(n=700):
    """Issue something that takes some milliseconds, and give it."""
    x = np.ones((n, n))
    for _ in range(4):
        x = (x @ x) * (1 / n)
    return x


def spin_until(condition) -> bool:
    """Ask again and again; give the thread up between, and give up in the end."""
    ended = threading.Event()
    timer = threading.Timer(PATIENCE, ended.set)
    timer.start()
    try:
        while not condition() and not ended.is_set():
            os.sched_yield()
        return condition()
    finally:
        timer.cancel()


@threaded
def test_work_starts_and_ends_with_no_blocker_called():
    x = np.ones((30, 30)) * 2 + 1
    assert spin_until(lambda: x.state == "ready")
    assert x[0, 0].item() == 3


@threaded
def test_issuing_does_not_wait():
    npx.waitall()
    xs = [slow() for _ in range(8)]
    assert xs[-1].state == "queued"
    npx.waitall()
    assert {x.state for x in xs} == {"ready"}


@threaded
def test_the_state_never_waits():
    npx.waitall()
    x = slow()
    seen = x.state
    for name in ("shape", "dtype", "size", "ndim", "nbytes", "ctx", "T", "grad"):
        getattr(x, name)
    assert seen == "queued"
    x.wait_to_read()
    assert x.state == "ready"


def test_readers_see_the_value_that_was_there_when_they_were_issued():
    x = np.zeros((300, 300))
    seen = []
    for i in range(50):
        x[...] = i
        seen.append(x + 0)
        x += 1000
        seen.append(x.sum())
    for i in range(50):
        assert seen[2 * i][0, 0].item() == i
        assert seen[2 * i + 1].item() == (i + 1000) * 90_000


def test_readers_keep_the_old_value_while_it_is_still_queued():
    x = slow()
    before, view = x * 1, x[10:20]
    x[...] = 7
    after = x * 1
    view += 1
    assert before[0, 0].item() == pytest.approx(1)
    assert after[15, 0].item() == 7
    assert x[15, 0].item() == 8
    assert x[0, 0].item() == 7


def test_writes_through_views_slices_and_out_are_in_order():
    x = np.zeros((4, 100))
    reference = numpy.zeros((4, 100), "float32")
    kept, expected = [], []
    for i in range(40):
        row, ours = reference[i % 4], x[i % 4]
        ours += i
        row += i
        x[:, i] = ours[i]
        reference[:, i] = row[i]
        np.add(x[::2], 1, out=x[::2])
        numpy.add(reference[::2], 1, out=reference[::2])
        kept.append(x.T.copy())
        expected.append(reference.T.copy())
    for a, b in zip(kept, expected, strict=True):
        assert (a.asnumpy() == b).all()


def test_several_threads_issue_and_wait_at_once():
    shared = np.arange(1000)

    def work(seed):
        x = shared + seed
        for i in range(200):
            x = x * 1 + i % 3
            if i % 20 == 0:
                x[i] = seed
                x.wait_to_read()
        return x.sum().item()

    def expected(seed):
        x = numpy.arange(1000, dtype="float32") + seed
        for i in range(200):
            x = x + i % 3
            if i % 20 == 0:
                x[i] = seed
        return x.sum(dtype="float64")

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work, seed) for seed in range(8)]
        for seed, future in enumerate(futures):
            assert future.result(PATIENCE) == pytest.approx(expected(seed), rel=1e-6)


def test_threads_that_write_one_array_lose_no_write():
    x = np.zeros(64)
    start = threading.Barrier(4)

    def work(i):
        start.wait(PATIENCE)
        for _ in range(100):
            x[i * 16 : (i + 1) * 16] += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert x.tolist() == [100.0] * 64


@threaded
def test_ops_that_do_not_depend_on_each_other_run_at_once():
    """A short op ends while a long one that was issued before it is still computed."""
    before = engine.config()["n_workers"]
    engine.configure(2)
    try:
        npx.waitall()
        # While a worker runs a product, the other one computes what comes later.
        for _ in range(50):
            long = slow(2000)
            short = np.ones(3) + 1
            if spin_until(lambda short=short: short.state == "ready") and (
                long.state == "queued"
            ):
                break
        else:
            pytest.fail("the short op always ended after the long one")
    finally:
        engine.configure(before)
        npx.waitall()


@pytest.mark.parametrize("wait", ["wait_to_read", "asnumpy", "item", "waitall", "repr"])
def test_other_python_threads_run_while_one_waits(wait):
    counted, ended = 0, threading.Event()
    x = slow(1500)[0, 0]

    def count():
        nonlocal counted
        while not ended.is_set():
            counted += 1

    watchdog = threading.Thread(target=count)
    watchdog.start()
    before = counted
    if wait == "waitall":
        npx.waitall()
    elif wait == "repr":
        repr(x)
    else:
        getattr(x, wait)()
    after = counted
    ended.set()
    watchdog.join(PATIENCE)
    assert after > before


@threaded
@pytest.mark.parametrize("blocker", ["wait_to_read", "waitall"])
def test_control_c_ends_a_wait_and_leaves_the_engine_working(blocker):
    xs = [slow(1500) for _ in range(5)]
    waiting = threading.Event()

    def interrupt():
        waiting.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        waiting.set()
        if blocker == "waitall":
            npx.waitall()
        else:
            xs[-1].wait_to_read()
        # The signal may come only after the wait; then it is raised here.
        thread.join(PATIENCE)
    thread.join(PATIENCE)
    del xs
    assert (np.ones(3) + 1).tolist() == [2, 2, 2]
    npx.waitall()


@threaded
def test_issuing_too_far_ahead_waits_with_other_threads_free_and_ends_by_control_c():
    y = slow(3000)[0, 0]
    n_issued, deadline = 0, time.monotonic() + PATIENCE

    def interrupt():
        seen = -1
        while seen != n_issued and time.monotonic() < deadline:
            seen = n_issued
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        for _ in range(400_000):
            y = y + 1
            n_issued += 1
        thread.join(PATIENCE)
    thread.join(PATIENCE)
    assert 60_000 < n_issued < 80_000
    assert y.item() == n_issued + 1


@threaded
def test_a_loop_without_barriers_needs_little_more_memory_than_one_with():
    def peak(n_steps, barrier):
        npx.waitall()
        npx.reset_peak_memory()
        total = np.zeros(())
        for _ in range(n_steps):
            data = np.random.normal(size=(1024, 1024))
            total += np.tanh(data @ weights).sum()
            if barrier:
                npx.waitall()
        npx.waitall()
        return npx.memory_stats()["peak"]

    weights = np.random.normal(size=(1024, 1024))
    assert peak(100, barrier=False) <= peak(3, barrier=True) + (16 << 20)


@threaded
def test_a_large_batch_that_is_waited_for_lets_those_before_it_run():
    weights = np.ones((1024, 1024)) / 1024
    parts = [np.ones((1024, 1024)) * i @ weights for i in range(12)]
    total = np.zeros((1024, 1024))
    for part in parts:
        total = total + part * 2
    assert total[0, 0].item() == pytest.approx(2 * sum(range(12)), rel=1e-5)


def test_arrays_are_awaited():
    async def main():
        x = slow(200)
        y = await x
        assert y.state == "ready"
        assert (await (y + 1)).shape == (200, 200)

    asyncio.run(main())


def test_several_coroutines_await_while_the_loop_goes_on():
    async def total(i):
        return (await (slow(300) * i).sum()).item()

    async def main():
        ticks, ended = 0, False

        async def tick():
            nonlocal ticks
            while not ended:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        sums = await asyncio.gather(*(total(i) for i in range(6)))
        ended = True
        await ticking
        return sums, ticks

    sums, ticks = asyncio.run(main())
    assert sums == pytest.approx([i * 90_000 for i in range(6)], rel=1e-4)
    assert ticks > 0


def test_everything_is_awaited():
    async def main():
        x = slow(300)
        await npx.waitall_async()
        assert x.state == "ready"
        await asyncio.gather(npx.waitall_async(), npx.waitall_async())

    asyncio.run(main())


def test_failures_come_through_await():
    async def main():
        y = np.take(np.arange(3), np.array([9], "int64"))
        with pytest.raises(IndexError, match="take: "):
            await (y * 2)
        z = np.take(np.arange(3), np.array([9], "int64"))
        with pytest.raises(IndexError, match="take: "):
            await npx.waitall_async()
        await npx.waitall_async()
        assert z.state == "failed"

    asyncio.run(main())


def test_an_await_may_be_cancelled():
    async def main():
        task = asyncio.ensure_future(awaited(slow(1000)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return (await (np.ones(2) + 1)).tolist()

    async def awaited(x):
        return await x

    assert asyncio.run(main()) == [2, 2]


def test_a_loop_that_ends_before_its_array_harms_nobody():
    kept = []

    async def main():
        kept.append(asyncio.ensure_future(awaited(slow(1000))))

    async def awaited(x):
        return await x

    asyncio.run(main())
    npx.waitall()


@threaded
def test_ops_that_nobody_can_read_are_not_run():
    npx.waitall()
    before = _core.figures()["n_run"]
    for _ in range(50):
        np.ones((1000, 1000))[::2].sum()
    del _
    npx.waitall()
    assert _core.figures()["n_run"] - before < 100


def test_a_long_chain_ends_without_deep_recursion():
    x = np.zeros(2)
    for _ in range(20_000):
        x = x + 1
    assert x.tolist() == [20_000, 20_000]


def test_waiting_from_many_threads_for_one_array():
    x = slow(800)
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: x[0, 0].item(), range(8)))
    assert len(set(values)) == 1
