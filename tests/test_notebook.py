"""Magics, and how arrays, pictures and graphs show in a notebook."""

from __future__ import annotations

import itertools
import re
import struct
import subprocess
import sys
import zlib
from xml.etree import ElementTree

import numpy
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import forerun
from forerun import np, npx
from forerun._notebook import Footprint, Sample


@pytest.fixture
def shell():
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "forerun")
    shell.user_ns.update(np=np, npx=npx)
    return shell


def test_a_cell_is_timed_by_issue_run_and_wait(shell):
    with capture_output() as shown:
        shell.run_cell("%%async_time\nx = np.ones((300, 300)) @ np.ones((300, 300))\n7")
    parts = re.findall(
        r"^(issue|run|wait|total) +[\d.e-]+ (?:s|ms|us)", shown.stdout, re.M
    )
    assert parts == ["issue", "run", "wait", "total"]
    assert re.search(r"the cell, 3 ops issued", shown.stdout)
    assert re.search(r"\b3 ops, summed", shown.stdout)
    assert "7" in shown.stdout
    assert shell.user_ns["x"].state == "ready"


def test_a_cell_is_followed_by_its_memory(shell):
    cell = "xs = [np.random.normal(size=(500, 1000)) for _ in range(10)]"
    before = npx.memory_stats()["live"]
    with capture_output():
        result = shell.run_cell(f"%%footprint\n{cell}").result
    assert isinstance(result, Footprint)
    assert result.samples[-1].live - before == pytest.approx(20_000_000, rel=0.1)
    assert result.peak >= result.samples[-1].live
    assert 0 <= result.issued <= result.samples[-1].seconds
    seconds = [sample.seconds for sample in result.samples]
    assert seconds == sorted(seconds)
    assert str(result).startswith("peak 2")
    drawn = ElementTree.fromstring(result._repr_svg_())
    n_points = len(drawn.find("{*}polyline").get("points").split())
    assert n_points == len(result.samples)
    many = Footprint([Sample(i / 10, i, 0, i) for i in range(1000)], 999, 1.0)
    assert len(str(many).splitlines()) <= 15


@pytest.mark.parametrize("magic", ["async_time", "footprint"])
def test_a_cell_that_raises_shows_its_error_and_no_figures(shell, magic):
    with capture_output() as shown:
        shell.run_cell(f"%%{magic}\n1 / 0")
    assert "ZeroDivisionError" in shown.stdout
    assert "peak" not in shown.stdout
    assert "issue" not in shown.stdout


def test_the_engine_tells_what_it_is_and_holds(shell):
    x = np.ones((2000, 2000))
    x.wait_to_read()
    with capture_output() as shown:
        shell.run_line_magic("forerun_stats", "")
    names = [line.split()[0] for line in shown.stdout.splitlines()]
    assert {"n_workers", "memory_limit", "live", "peak", "promised"} <= set(names)
    assert "float32(2000, 2000) of full" in shown.stdout
    shell.run_line_magic("unload_ext", "forerun")
    assert shell.find_line_magic("forerun_stats") is None


def test_ipython_is_needed_by_nothing_else():
    code = "import sys, forerun; from forerun import np; np.ones(2)._repr_html_()"
    code += "; print([m for m in sys.modules if m.startswith('IPython')])"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
    assert forerun.load_ipython_extension.__module__ == "forerun"


def test_an_array_shows_what_it_is_with_its_elements():
    x = np.array([[1.0, 2.5]], ctx=npx.cpu(2))
    shown = x._repr_html_()
    for text in ("float32 (1, 2)", "8 B", "cpu(2)", "ready", "[[1.  2.5]]"):
        assert text in shown
    assert "..." in np.zeros(5000)._repr_html_()
    assert "2.0 MB" in np.zeros((1000, 500))._repr_html_()
    assert "bfloat16" in np.ones(2, dtype="bfloat16")._repr_html_()
    for made in (x, np.zeros((0, 3)), np.array(True)):
        ElementTree.fromstring(made._repr_html_())


def test_a_failed_array_shows_why():
    x = np.take(np.arange(3), np.array([9], dtype="int64"))
    shown = x._repr_html_()
    assert "failed" in shown
    assert "IndexError: take: " in shown
    with pytest.raises(IndexError):
        repr(x)
    assert x.state == "failed"


def decoded(png):
    """Decode an image of ours: rows, columns, channels."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    parts, at = {}, 8
    while at < len(png):
        (n,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + n]
        (checksum,) = struct.unpack(">I", png[at + 8 + n : at + 12 + n])
        assert checksum == zlib.crc32(kind + data)
        parts[kind] = data
        at += 12 + n
    width, height, depth, color = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert depth == 8
    rows = numpy.frombuffer(zlib.decompress(parts[b"IDAT"]), "uint8")
    rows = rows.reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, {0: 1, 2: 3, 6: 4}[color])


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((5, 7), (5, 7, 1)),
        ((1, 5, 7), (5, 7, 1)),
        ((5, 7, 3), (5, 7, 3)),
        ((3, 5, 7), (5, 7, 3)),
        ((5, 7, 4), (5, 7, 4)),
    ],
)
def test_pictures_are_of_rows_columns_and_channels(shape, shown):
    host = numpy.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    points = decoded(np.array(host, dtype="uint8").show()._repr_png_())
    assert points.shape == shown
    if shape == shown:
        expected = host
    elif len(shape) == 2:
        expected = host[:, :, None]
    else:
        expected = host.transpose(1, 2, 0)
    assert (points == expected).all()


def test_pictures_scale_what_is_no_byte():
    def levels(x, **limits):
        return (
            decoded(np.array([x], dtype="float32").show(**limits).png).ravel().tolist()
        )

    assert levels([0, 0.5, 1]) == [0, 128, 255]
    assert levels([-2, 0, 2]) == [0, 128, 255]
    assert levels([0, 5, 10, 20], low=0, high=10) == [0, 128, 255, 255]
    assert levels([3, 3]) == [0, 0]
    assert levels([float("nan"), 0, 1]) == [0, 0, 255]
    assert decoded(np.array([[True, False]]).show().png).ravel().tolist() == [255, 0]


@pytest.mark.parametrize("shape", [(3,), (2, 5, 7), (0, 4), (1, 1, 2, 2)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match=r"show: .* is no image"):
        np.zeros(shape).show()


def test_a_graph_draws_itself():
    x, y = np.ones((2, 3)), np.ones((3, 2))
    z = (x @ y) * 2 + np.tanh(x @ y).sum()
    graph = npx.graph(z)
    drawn = ElementTree.fromstring(graph._repr_svg_())
    texts = [text.text for text in drawn.findall(".//{*}text")]
    n_boxes = len(re.findall("shape = box", graph.dot))
    assert n_boxes == len(drawn.findall(".//{*}rect")) >= 7
    assert {"matmul", "tanh", "sum", "add", "multiply", "2"} <= set(texts)
    n_arrows = len(set(re.findall(r"^\s*(\d+ -> \d+)", graph.dot, re.M)))
    assert len(drawn.findall("{*}path")) == n_arrows
    # What is read stands above what reads it.
    middle = {
        text.text: float(text.get("y"))
        for text in drawn.findall(".//{*}text")
        if text.text in ("tanh", "sum", "add")
    }
    assert middle["tanh"] < middle["sum"] < middle["add"]


def test_boxes_of_a_layer_lie_side_by_side():
    xs = [np.ones(i + 1) * i for i in range(12)]
    total = xs[0].sum()
    for x in xs[1:]:
        total = total + np.exp(x).sum()
    drawn = ElementTree.fromstring(npx.graph(total).svg())
    width = float(drawn.get("width"))
    rows: dict[str, list[tuple[float, float]]] = {}
    for box in drawn.findall(".//{*}rect"):
        left = float(box.get("x"))
        rows.setdefault(box.get("y"), []).append((left, left + float(box.get("width"))))
    for row in rows.values():
        row.sort()
        assert row[0][0] >= 0
        assert row[-1][1] <= width
        assert all(a[1] < b[0] for a, b in itertools.pairwise(row))
