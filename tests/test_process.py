"""The engine and the process: import, exit, fork, many starts, threads."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


def python(*parts, seconds=30, **env):
    """Run a program, given in parts, in a process of its own; give what it prints."""
    code = "".join(map(textwrap.dedent, parts))
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **env},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout.strip()


HEAVY = """
    from forerun import np, npx, engine, _core
    def heavy(n=1500):
        x = np.ones((n, n))
        for _ in range(10):
            x = x @ x * (1 / n)
        return x
"""


@linux
def test_importing_starts_no_thread():
    code = "import os, forerun; print(len(os.listdir('/proc/self/task')))"
    assert python(code) == "1"


@linux
def test_the_first_op_starts_the_workers():
    code = """
        import os
        from forerun import np, npx
        (np.ones((300, 300)) @ np.ones((300, 300))).wait_to_read()
        print(len(os.listdir('/proc/self/task')))
    """
    assert int(python(code, FORERUN_WORKERS="3")) >= 4


@pytest.mark.parametrize(
    "ending", ["", "import sys; sys.exit(0)", "import os; os._exit(0)", "del xs"]
)
def test_exit_with_queued_work_neither_hangs_nor_crashes(ending):
    python(HEAVY, f"xs = [heavy() for _ in range(200)]\n{ending}", seconds=5)


def test_exit_with_queued_work_of_another_thread_neither_hangs_nor_crashes():
    code = """
        import threading
        def issue():
            global xs
            xs = [heavy() for _ in range(100)]
        thread = threading.Thread(target=issue)
        thread.start()
        thread.join()
    """
    python(HEAVY, code, seconds=5)


@pytest.mark.parametrize("n_awaited", [1, 300])
def test_exit_while_the_engine_settles_futures_neither_hangs_nor_crashes(n_awaited):
    code = f"""
        import asyncio
        async def main():
            arrays = [np.ones(10) + i for i in range(300)]
            waits = [asyncio.ensure_future(asyncio.wait_for(x, 9)) for x in arrays]
            await asyncio.gather(*waits[:{n_awaited}])
        for _ in range(5):
            asyncio.run(main())
    """
    for _ in range(5):
        python(HEAVY, code, seconds=20)


def test_exit_with_an_unraised_failure_is_quiet():
    code = """
        from forerun import np
        y = np.take(np.arange(3), np.array([7], 'int64'))
    """
    assert python(code) == ""


def test_an_exit_by_exception_is_an_ordinary_one():
    code = "from forerun import np\nx = np.ones((99, 99)) @ np.ones((99, 99))\n1 / 0"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


@posix
def test_a_forked_child_computes_and_the_parent_goes_on():
    code = """
        import os, warnings
        warnings.simplefilter("ignore")
        x = heavy(300)
        child = os.fork()
        if child == 0:
            ok = abs(x[0, 0].item() - 1) < 1e-3
            ok = ok and (np.ones(3) + 1).tolist() == [2, 2, 2]
            ok = ok and abs(heavy(300)[5, 5].item() - 1) < 1e-3
            os._exit(0 if ok else 9)
        y = heavy(300)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert abs(y[0, 0].item() - 1) < 1e-3
        print((x + y).sum().item() > 0)
    """
    assert python(HEAVY, code) == "True"


@posix
def test_children_of_many_forks_compute():
    code = """
        import os, warnings
        warnings.simplefilter("ignore")
        total = np.zeros(1000)
        for i in range(20):
            total += 1
            child = os.fork()
            if child == 0:
                os._exit(0 if (total * 2).tolist() == [2.0 * (i + 1)] * 1000 else 9)
            total += 0
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        print(total[0].item())
    """
    assert python(HEAVY, code) == "20.0"


@posix
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_takes_and_gives_arrays(method, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import multiprocessing, warnings
        from forerun import np

        def work(x):
            return (x * x).sum()

        if __name__ == "__main__":
            warnings.simplefilter("ignore")
            queued = np.ones((500, 500)) @ np.ones((500, 500))
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                sums = pool.map(work, [np.ones(10) * i for i in range(6)])
            print([s.item() for s in sums], queued[0, 0].item())
        """)
    )
    run = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[0.0, 10.0, 40.0, 90.0, 160.0, 250.0] 500.0"


@linux
def test_a_thousand_stops_and_starts_leak_nothing():
    code = """
        import os
        def counts():
            return [len(os.listdir('/proc/self/' + kind)) for kind in ('task', 'fd')]
        def once():
            x = np.ones(100) + 1
            engine.stop()
            engine.start()
            return x
        for _ in range(10):
            once()
        engine.stop()
        before, live = counts(), npx.memory_stats()["live"]
        for _ in range(1000):
            assert once()[0].item() == 2
        engine.stop()
        assert counts() == before, (counts(), before)
        assert npx.memory_stats()["live"] == live
        print("same")
    """
    assert python(HEAVY, code, seconds=60) == "same"


def test_a_seed_gives_the_same_bits_with_any_number_of_workers():
    code = """
        import hashlib
        np.random.seed(5)
        x = np.random.normal(size=(500, 300))
        y = np.random.uniform(size=(300, 700))
        z = np.tanh(x @ y).sum(axis=0) + np.random.gamma(2.0, size=700)
        w = npx.softmax(np.sort(z * x.mean()), axis=-1)
        print(hashlib.sha256(w.asnumpy().tobytes() + z.asnumpy().tobytes()).hexdigest())
    """
    runs = {python(HEAVY, code, FORERUN_WORKERS=str(n)) for n in (1, 2, 4)}
    assert len(runs) == 1
    assert python(HEAVY, code, FORERUN_ENGINE="serial") in runs


def test_futures_of_threads_stop_and_start_the_engine_under_work():
    from forerun import engine, np

    def work(i):
        x = np.ones(1000) * i
        for _ in range(50):
            x = x + 1
        if i % 4 == 0:
            engine.stop()
        return x.sum().item()

    with ThreadPoolExecutor(6) as pool:
        sums = list(pool.map(work, range(24)))
    assert sums == [1000.0 * (i + 50) for i in range(24)]


def test_memory_is_given_back_when_arrays_go():
    from forerun import np, npx

    npx.waitall()
    before = npx.memory_stats()["live"]
    xs = [np.ones((100, 1000)) + i for i in range(20)]
    npx.waitall()
    assert npx.memory_stats()["live"] >= before + 20 * 400_000
    del xs
    npx.waitall()
    assert npx.memory_stats()["live"] <= before + 4096
