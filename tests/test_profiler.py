"""Profiles say what a program is known to do: counts, order, waits, steps, traces."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy
import pytest

import forerun
from forerun import autograd, gluon, np, npx, profiler
from forerun.gluon import nn

HERE = Path(__file__).name


@pytest.fixture(autouse=True)
def _no_profile_is_left():
    yield
    profiler.dumps(reset=True)
    profiler.set_state("stop")


def train(loader=None, n=4):
    """Takes steps of a small network, over a loader or generated batches."""
    net = nn.Dense(3)
    net.initialize()
    loss = gluon.loss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    for X in loader or (np.ones((8, 5)) for _ in range(n)):
        with autograd.record():
            error = loss(net(X), np.ones((X.shape[0], 3)))
        error.backward()
        trainer.step(X.shape[0])


def check(p):
    """Whatever the program: times in order, sums without remainder."""
    for op in p.ops():
        assert op.issued <= op.issue_end
        if op.run_by:
            assert op.issued <= op.ready <= op.begin <= op.end
    for wait in p.waits():
        assert sum(nanos for _, nanos in wait.parts) == wait.total
    table = p.table()
    assert sum(row["n_issued"] for row in table) == len(p.ops())
    for by in ("line", "scope", "group"):
        for key in ("n_issued", "n_run", "n_dropped", "running", "allocated"):
            assert sum(row[key] for row in p.table(by)) == sum(
                row[key] for row in table
            )


def read_trace(path):
    """Loads a trace and checks it against the rules of the format."""
    events = json.loads(Path(path).read_text())["traceEvents"]
    named = {e["tid"] for e in events if e.get("name") == "thread_name"}
    flows, open_spans = Counter(), Counter()
    for event in events:
        phase = event["ph"]
        assert phase in "MXCibesf"
        assert event["pid"] == 1
        if phase == "M":
            continue
        assert event["ts"] >= 0
        if phase == "X":
            assert event["dur"] >= 0
            assert event["tid"] in named
        elif phase in "sf":
            flows[event["id"]] += 1 if phase == "s" else -1
        elif phase in "be":
            open_spans[event["id"], event["name"]] += 1 if phase == "b" else -1
        elif phase == "C":
            assert all(isinstance(x, (int, float)) for x in event["args"].values())
    assert not +flows
    assert not -flows
    assert not any(open_spans.values())
    check_nesting(events)
    return events


def check_nesting(events):
    """Slices of a thread lie inside or beside each other, to the nanosecond."""
    slices = {}
    for event in events:
        if event["ph"] == "X":
            times = round(event["ts"] * 1000), round(event["dur"] * 1000)
            slices.setdefault(event["tid"], []).append(times)
    for of_thread in slices.values():
        ends = []
        for begin, length in sorted(of_thread, key=lambda it: (it[0], -it[1])):
            while ends and ends[-1] <= begin:
                ends.pop()
            assert not ends or begin + length <= ends[-1]
            ends.append(begin + length)


def test_counts_and_lines_are_those_of_the_program():
    x = np.ones((64, 64))
    npx.waitall()
    with profiler.profile() as p:
        for _ in range(10):
            y = np.dot(x, x)
            z = (y + 1) * 2
            del y
            _ = x - 1
            del _
            z.wait_to_read()
    check(p)
    rows = {row["op"]: row for row in p.table()}
    assert {name: row["n_issued"] for name, row in rows.items()} == dict.fromkeys(
        ("dot", "add", "multiply", "subtract"), 10
    )
    dropped = {name: row["n_dropped"] for name, row in rows.items()}
    assert dropped == {"dot": 0, "add": 0, "multiply": 0, "subtract": 10}
    assert rows["add"]["n_fused"] == rows["multiply"]["n_fused"] == 10
    places = {row["line"].rsplit(":")[0].rsplit("/")[-1] for row in p.lines()}
    assert places == {HERE}
    assert len(p.lines()) == 3
    (wait,) = [wait for wait in p.waits() if wait.line]
    assert (wait.blocker, wait.n) == ("wait_to_read", 10)
    assert HERE in str(wait)


def test_a_program_without_blockers_is_whole_at_the_end():
    with profiler.profile() as p:
        x = np.ones((2,))
        for _ in range(1000):
            x = x + 1
    check(p)
    assert {row["op"]: row["n_run"] for row in p.table()} == {"full": 1, "add": 1000}
    assert {op.state for op in p.ops()} == {"ran"}


def test_steps_are_cut_once_for_each_minibatch():
    data = gluon.data.ArrayDataset(numpy.ones((24, 5), dtype="float32"))
    with profiler.profile() as p:
        train(n=4)
    check(p)
    assert len(p.steps()) == 4
    for workers in (0, 2):
        loader = gluon.data.DataLoader(data, batch_size=8, num_workers=workers)
        with profiler.profile() as p:
            train(loader)
        assert len(p.steps()) == 3
        with profiler.profile() as p:
            for _ in loader:
                break
        assert len(p.steps()) == 1
    with profiler.profile() as p:
        for X in loader:
            train([X])
            profiler.step()
            profiler.step()
    assert len(p.steps()) == 6


def test_a_step_holds_what_was_issued_in_it():
    with profiler.profile() as p:
        for n in (1, 2, 3):
            for _ in range(n):
                np.ones((1024,)).wait_to_read()
            profiler.step()
    steps = p.steps()
    assert [step["n_issued"] for step in steps] == [1, 2, 3]
    assert all(step["allocated"] == 4096 * step["n_run"] for step in steps)
    assert all(HERE in step["top_bytes"] for step in steps)
    for step in steps:
        assert step["wall"] >= step["issuing"] + step["waiting"]
    model = p.model()
    assert model.n == 3
    assert model.synchronous == pytest.approx(3 * (model.t1 + model.t2 + model.t3))
    assert model.asynchronous <= model.synchronous
    assert "at most" in str(model)


def test_traces_are_valid_at_any_time(tmp_path):
    with profiler.profile() as p:
        train(n=3)
        p.trace(tmp_path / "early.json")
        early = read_trace(tmp_path / "early.json")
        train(n=3)
    for name in ("one.json", "two.json"):
        p.trace(tmp_path / name)
    late = read_trace(tmp_path / "one.json")
    assert late == read_trace(tmp_path / "two.json")
    assert len(late) > len(early)
    kinds = Counter(event.get("cat") for event in late)
    n_run = sum(row["n_run"] for row in p.table())
    assert kinds["op"] == 2 * n_run
    assert kinds["issue"] == len(p.ops())
    assert kinds["step"] == 6
    assert {e["name"] for e in late if e["ph"] == "C"} == {"memory", "run-ahead"}


def test_reports_need_nothing_else(tmp_path):
    with profiler.profile() as p:
        train(n=3)
    p.report(tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text()
    assert "http" not in page
    assert page.count("<svg") == page.count("</svg>") == 3
    assert HERE in page
    assert "<script" not in p._repr_html_()
    assert "<table" in p._repr_html_()


def test_plots_need_matplotlib(monkeypatch):
    with profiler.profile() as p:
        train(n=2)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        p.plot()


def test_every_thread_is_seen_under_its_name():
    def work():
        x = np.ones((4,))
        for _ in range(100):
            x = x + 1
        x.wait_to_read()
        done.wait()
        release.wait()

    done, release = threading.Barrier(4), threading.Event()
    names = [f"mine-{i}" for i in range(3)]
    threads = [threading.Thread(target=work, name=name) for name in names]
    with profiler.profile() as p:
        for thread in threads:
            thread.start()
        done.wait()
        early = {op.issued_by for op in p.ops()}
        release.set()
        for thread in threads:
            thread.join()
    check(p)
    assert early == set(names)
    assert Counter(op.issued_by for op in p.ops()).most_common()[-1][1] == 101
    assert len(p.ops()) == 303


def test_one_profile_records_at_a_time_and_an_exception_ends_it():
    def interrupted(p):
        with p:
            np.ones((4,)).wait_to_read()
            with pytest.raises(RuntimeError, match="another one is running"):
                profiler.profile().start()
            raise KeyError

    p = profiler.profile()
    with pytest.raises(KeyError):
        interrupted(p)
    assert len(p.ops()) == 1
    with pytest.raises(RuntimeError, match="started already"), p:
        pass
    with pytest.raises(RuntimeError, match="not been started"):
        profiler.profile().table()
    with profiler.profile() as again:
        np.ones((4,))
    assert len(again.ops()) == 1


def test_failed_ops_are_seen_and_their_failure_is_still_raised():
    npx.waitall()
    with profiler.profile() as p:
        bad = np.linalg.cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))
        after = bad + 1
    states = {op.name: op.state for op in p.ops()}
    assert states["cholesky"] == states["add"] == "failed"
    with pytest.raises(Exception, match="cholesky"):
        after.asnumpy()


def test_what_happens_in_a_pause_is_not_recorded():
    with profiler.profile() as p:
        np.ones((4,)).wait_to_read()
        p.pause()
        np.zeros((4,)).wait_to_read()
        p.resume()
        (np.ones((4,)) + 1).wait_to_read()
    assert [op.name for op in p.ops()] == ["full", "full", "add"]
    check(p)


def test_hybridized_blocks_are_seen_op_by_op():
    net = nn.Dense(3, in_units=5)
    net.initialize()
    x = np.ones((8, 5))
    counts = []
    for _ in range(2):
        net(x).wait_to_read()
        with profiler.profile() as p:
            net(x).wait_to_read()
        counts.append([op.name for op in p.ops()])
        net.hybridize()
    assert counts[0] == counts[1]


def test_mxnets_walk_through(tmp_path):
    path = tmp_path / "profile.json"
    profiler.set_config(profile_all=True, aggregate_stats=True, filename=str(path))
    profiler.set_state("run")
    domain = profiler.Domain("My")
    task = domain.new_task("task")
    counter = profiler.Counter(domain, "seen", 1)
    task.start()
    for _ in range(5):
        np.dot(np.ones((8, 8)), np.ones((8, 8))).wait_to_read()
        counter += 1
    task.stop()
    domain.new_marker("here").mark("process")
    profiler.pause()
    np.zeros((4,)).wait_to_read()
    profiler.resume()
    profiler.set_state("stop")
    sums = json.loads(profiler.dumps(format="json"))
    assert sums["Time"]["operator"]["dot"]["Count"] == 5
    assert sums["Time"]["operator"]["full"]["Count"] == 10
    assert sums["Time"]["My"]["task"]["Count"] == 1
    assert sums["Time"]["My"]["seen"]["Max"] == 6
    profiler.dump(finished=False)
    first = read_trace(path)
    # Switched on again it adds to what there is; a second dump works.
    profiler.set_state("run")
    with profiler.scope("late"):
        np.dot(np.ones((8, 8)), np.ones((8, 8))).wait_to_read()
    profiler.dump()
    assert len(read_trace(path)) > len(first)
    for sort_by in ("total", "avg", "min", "max", "count"):
        shown = profiler.dumps(sort_by=sort_by, ascending=True)
        assert "Profile Statistics" in shown
    sums = json.loads(profiler.dumps(format="json", reset=True))
    assert sums["Time"]["operator"]["dot"]["Count"] == 6
    assert json.loads(profiler.dumps(format="json"))["Time"] == {}


@pytest.mark.parametrize(
    "call",
    [
        lambda: profiler.set_config(file="x"),
        lambda: profiler.set_state("go"),
        lambda: profiler.dumps(format="xml"),
        lambda: profiler.dumps(sort_by="name"),
        lambda: profiler.pause(profile_process="server"),
        lambda: profiler.Domain("d").new_marker("m").mark("nowhere"),
    ],
)
def test_what_is_not_known_is_refused(call):
    with pytest.raises(ValueError, match=r"not|no "):
        call()


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "forerun", "trace", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=cwd,
        check=False,
    )


def test_the_command_profiles_a_script_and_keeps_its_exit_code(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom forerun import np\n"
        "print((np.ones((2,)) + 1).sum().item(), sys.argv[1:], __name__)\nsys.exit(3)\n"
    )
    html = run(script, "a", "-b", "-o", "run.html", cwd=tmp_path)
    assert (html.returncode, html.stdout) == (3, "4.0 ['a', '-b'] __main__\n")
    assert "3 ops by op" in html.stderr
    assert "script.py:3" in html.stderr
    assert "\x1b" not in html.stderr
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    trace = run("-q", "-o", "run.json", script, cwd=tmp_path)
    assert trace.returncode == 3
    read_trace(tmp_path / "run.json")
    script.write_text("raise RuntimeError('mine')\n")
    failed = run("-q", script, cwd=tmp_path)
    assert failed.returncode == 1
    assert "RuntimeError: mine" in failed.stderr
    assert run("nowhere.py", cwd=tmp_path).returncode == 2
    assert run("--help", cwd=tmp_path).returncode == 0


def test_the_command_runs_an_example(tmp_path):
    example = Path(__file__).parent.parent / "examples" / "views_and_writes.py"
    done = run(example, "-o", tmp_path / "run.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    read_trace(tmp_path / "run.json")


def python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_log_is_printed_when_asked_for():
    code = "from forerun import np; np.ones((2,)).wait_to_read()"
    done = python(code, FORERUN_LOG="debug")
    assert 'issue{op="full"}' in done.stderr
    assert "run{" in done.stderr


def test_the_serial_engine_is_profiled_alike():
    code = """
from forerun import np, profiler
with profiler.profile() as p:
    ((np.ones((4,)) + 1) * 2).wait_to_read()
for op in p.ops():
    assert op.issued <= op.ready <= op.begin <= op.end <= op.issue_end, op
print([(op.name, op.state) for op in p.ops()])
"""
    done = python(code, FORERUN_ENGINE="serial")
    assert (
        done.stdout.strip() == "[('full', 'ran'), ('add', 'ran'), ('multiply', 'ran')]"
    )


def test_the_benchmark_has_the_same_figures(capsys):
    x = np.ones((256, 256))
    npx.waitall()
    with profiler.profile() as p, forerun.Benchmark("dots", detail=True) as bench:
        for _ in range(5):
            np.dot(x, x).wait_to_read()
    capsys.readouterr()
    running = sum(row["running"] for row in p.table()) / 1e9
    assert bench.computing == pytest.approx(running, rel=0.02)
