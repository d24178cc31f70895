"""`python -m forerun`: the benchmark suite on tiny sizes, and the facts it prints."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest

from forerun import __main__ as program
from forerun import _core
from forerun._bench import agreement, command, environments, measure, report
from forerun._bench.peers import FORERUN, NAMES, load
from forerun._bench.workloads import Sizes, process, rows

QUICK = ("--quick", "--rounds", "1", "--peers", "numpy")


def bench(*arguments):
    """Run the command in this process; give its exit code."""
    return program.main(["bench", *arguments])


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What a run of every row on forerun and NumPy writes."""
    folder = tmp_path_factory.mktemp("bench")
    files = {name: folder / name for name in ("json", "markdown")}
    options = [f"--{name}={path}" for name, path in files.items()]
    code = bench(*QUICK, *options)
    return code, json.loads(files["json"].read_text()), files["markdown"].read_text()


def test_every_row_runs_and_agrees(found):
    code, facts, _ = found
    (run,) = facts["runs"]
    wrong = [row for row in run["rows"] if row["failures"] or row["differences"]]
    assert not wrong
    assert code == 0
    assert set(run["versions"]) == {"forerun", "numpy"}
    assert sum(row["n_compared"] == 2 for row in run["rows"]) > 60


def test_the_table_has_each_row_of_the_json(found):
    _, facts, text = found
    (run,) = facts["runs"]
    assert all(f"\n| {row['name']} |" in text for row in run["rows"])
    assert "| work | forerun | numpy | best peer / forerun |" in text


def test_a_ratio_is_the_best_peers_time_over_ours(found):
    _, facts, _ = found
    row = next(
        row for row in facts["runs"][0]["rows"] if row["name"].startswith("tanh")
    )
    figures = row["figures"]
    assert row["best_peer"] == "numpy"
    assert row["ratio"] == figures["numpy"] / figures["forerun"]


def test_the_wheel_is_the_one_with_the_extension_module_that_runs(
    tmp_path, monkeypatch
):
    module, folder = tmp_path / "_core.so", tmp_path / "dist"
    module.write_bytes(b"code")
    folder.mkdir()
    files = {"1": "forerun.pth", "2": "forerun/_core.so"}
    for version, name in files.items():
        with zipfile.ZipFile(folder / f"forerun-{version}.whl", "w") as wheel:
            wheel.writestr(name, b"code")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_core, "__file__", str(module))
    assert process.installed_wheel().name == "forerun-2.whl"
    module.write_bytes(b"other code")
    assert process.installed_wheel() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("--peers", "nampy"),
        ("--only", "no such row"),
        ("--rounds", "0"),
        ("--workers", "x"),
        ("--python", "numpy=/no/such/python"),
        ("--frobnicate",),
    ],
)
def test_arguments_that_make_no_sense_give_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ending:
        bench(*arguments)
    assert ending.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_an_unknown_command_gives_exit_code_2(capsys):
    assert program.main(["frobnicate"]) == 2
    assert "frobnicate" in capsys.readouterr().err


def test_list_names_the_rows_and_measures_nothing(capsys):
    assert bench("--list", "--only", "softmax") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Reductions: npx.softmax, 2048 x 2048" in lines


@pytest.mark.parametrize("is_quick", [False, True])
def test_row_names_are_different(is_quick):
    names = [row.name for _, row in rows(Sizes(is_quick))]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_loads_where_its_library_is_not_there(name):
    library = load(name)
    assert library.module
    assert library.requirements


def test_two_numbers_of_workers_give_a_table_of_scaling(capsys):
    assert bench(*QUICK, "--only", "tanh", "--workers", "1,2") == 0
    text = capsys.readouterr().out
    assert "Scaling: time with 1 over time with 2" in text


def test_a_peer_that_cannot_be_installed_gives_exit_code_1(capsys, monkeypatch):
    def refuse(name, *_):
        if name != FORERUN:
            raise environments.InstallError("no network")
        return sys.executable

    monkeypatch.setattr(command, "interpreter", refuse)
    assert bench("--quick", "--only", "tanh", "--peers", "mlx") == 1
    assert "cannot install mlx: no network" in capsys.readouterr().err


def test_a_peer_that_fails_is_told_of_and_the_rest_goes_on(capsys, tmp_path):
    # An interpreter without NumPy.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    python.chmod(0o755)
    assert bench(*QUICK, "--only", "tanh", "--python", f"numpy={python}") == 1
    out, err = capsys.readouterr()
    assert "cannot start numpy" in err
    assert "| tanh" in out


def digest(*sample, dtype="float32", moments=None):
    """Results as a worker tells of them."""
    size = len(sample)
    return [
        {
            "shape": [size],
            "dtype": dtype,
            "sample": list(sample),
            "moments": moments,
            "size": size,
        }
    ]


@pytest.mark.parametrize(
    ("mine", "others", "agree"),
    [
        (digest(1.0, 100.0), digest(1.01, 100.0), True),
        (digest(1.0, 100.0), digest(1.1, 100.0), False),
        (digest(1.0, dtype="float16"), digest(1.005), True),
        (digest(float("nan")), digest(float("nan")), True),
        (digest(float("nan")), digest(1.0), False),
        (digest(3, dtype="int64"), digest(3, dtype="int32"), True),
        (digest(3, dtype="int64"), digest(4, dtype="int32"), False),
        (digest(1.0), digest(1.0, 1.0), False),
        (digest(*[0.0] * 100, moments=[0.1, 1]), digest(1, moments=[0, 1]), True),
        (digest(*[0.0] * 100, moments=[0.9, 1]), digest(1, moments=[0, 1]), False),
    ],
)
def test_results_agree_within_the_tolerance_of_their_dtype(mine, others, agree):
    if mine[0]["moments"]:
        others[0]["shape"] = mine[0]["shape"]
    assert (agreement.difference(mine, others) is None) == agree


def test_a_row_that_differs_is_marked():
    line = measure.Line("Family", "row", "s", {"forerun": [1.0], "numpy": [2.0]})
    line.differences["numpy"] = "1.0, not 2.0 (torch)"
    run = report.Run(2, {"forerun": {"forerun": "0"}, "numpy": {"numpy": "0"}}, [line])
    text = report.markdown([run], 1)
    assert "| row | 1 s | 2 s (differs) | 2.00 |" in text
    assert "- row: numpy differs: 1.0, not 2.0 (torch)" in text
    assert line.is_wrong


def test_figures_are_written_in_a_unit_that_reads_well():
    assert report.shown(1.5e-7, "s") == "150 ns"
    assert report.shown(0.0123456, "s") == "12.3 ms"
    assert report.shown(314.2, "B") == "314 B"
    assert report.shown(12_345_678, "B") == "12.3 MB"
    assert report.shown(0.25, "faults") == "0.2"


def test_info_tells_versions_and_settings():
    run = subprocess.run(
        [sys.executable, "-m", "forerun", "info"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    facts = dict(line.split(maxsplit=1) for line in run.stdout.splitlines())
    assert int(facts["n_workers"]) > 0
    assert {"forerun", "numpy", "simd", "python"} <= set(facts)
