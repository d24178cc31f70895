"""The examples run, and README's programs do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

# What shows that an example came to its point; every script in the folder has a line.
SHOWS = {
    "async_computation.py": ["digraph {", "measured", "no barrier", "in arrays"],
    "await_arrays.py": ["heartbeats", "raised by await"],
    "custom_function.py": ["step 200", "rounded [3"],
    "demo.py": [
        "accuracy on held-out digits",
        "Issue time against compute time",
        "synchronous and asynchronous",
        "Memory of each minibatch",
    ],
    "views_and_writes.py": [
        "shared: True",
        "after: 0.0",
        "d/dx: [2.0, 0.0, 6.0]",
        "d/dv: [10.0]",
    ],
}


# The build under test has debug assertions and little optimisation: with its register
# tiles the demo takes four times as long as with the crate that is used without AVX2.
QUICK = {**os.environ, "FORERUN_SIMD": "base"}


def output_of(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a program; give what it prints, or fail with what it complained about."""
    run = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=QUICK,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_an_example_runs_and_shows_its_point(name, tmp_path):
    shown = output_of(EXAMPLES / name, cwd=tmp_path)
    assert not [text for text in SHOWS[name] if text not in shown]


def test_the_demo_draws_no_bar_over_itself_in_a_file(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); import demo;"
    shown = output_of("-c", code + "demo.progress('x', 1, 2); demo.progress('x', 2, 2)")
    assert "\r" not in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda p: p.name)
def test_a_notebook_runs_and_is_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert any(cell.outputs for cell in cells)


def test_the_program_in_readme_learns(tmp_path):
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M
    )
    assert blocks
    shown = [output_of("-c", block, cwd=tmp_path) for block in blocks]
    assert "[[3. 3.]]" in shown[0]
    assert float(shown[0].split()[-1]) < 0.1
