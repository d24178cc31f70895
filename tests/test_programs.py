"""Random programs give the same bits on every engine, and NumPy's values."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy
import programs
import pytest

from forerun import _core, engine, np

SEEDS = range(40)


@pytest.fixture
def _settings():
    before = engine.config()
    yield
    _core.set_fusion(before["fusion"])
    engine.configure(before["n_workers"])


@pytest.mark.parametrize("dtype", ["int32", "int64", "float64"])
@pytest.mark.parametrize("seed", SEEDS)
def test_programs_give_what_numpy_gives(seed, dtype):
    print("seed", seed)
    ours = programs.run(np, seed, 300, dtype)
    theirs = programs.run(numpy, seed, 300, dtype)
    for a, b in zip(ours, theirs, strict=True):
        assert str(a.dtype) == dtype
        numpy.testing.assert_array_equal(a.asnumpy(), b)


@pytest.mark.usefixtures("_settings")
@pytest.mark.parametrize("seed", range(100, 110))
def test_workers_and_fusion_change_no_bit(seed):
    print("seed", seed)
    digests = set()
    for n_workers in (1, 2, 4):
        engine.configure(n_workers)
        for fusion in (True, False):
            _core.set_fusion(fusion)
            digests.add(programs.bits(programs.real(seed, 150)))
    assert len(digests) == 1


SHAPES = [
    (3,),
    (7, 5),
    (2, 3, 4),
    (3, 1000),
    (2, 3000),
    (900, 3),
    (200_000,),
    (2, 70_001),
]


@pytest.mark.usefixtures("_settings")
@pytest.mark.parametrize("op", ["sum", "mean", "max", "min", "prod", "any", "all"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_a_reduction_of_what_is_being_made_has_the_bits_of_one_from_memory(op, dtype):
    random = numpy.random.default_rng(1)
    inputs = [np.array((2 * random.random(shape)).astype(dtype)) for shape in SHAPES]
    steps = inputs[0].dtype.type(0.5) if dtype != "int32" else 3
    digests = set()
    for fusion in (True, False):
        _core.set_fusion(fusion)
        results = []
        for x in inputs:
            y = x * steps + 1
            for axis in {None, -1, 0, tuple(range(1, x.ndim))} - {()}:
                results += [getattr(y, op)(axis=axis), (y - x).sum(axis=axis)]
            results.append(y)
        digests.add(b"".join(result.asnumpy().tobytes() for result in results))
    assert len(digests) == 1


def digests_of(**env):
    run = subprocess.run(
        [sys.executable, Path(programs.__file__), *map(str, range(200, 206))],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return run.stdout


def test_the_serial_engine_and_any_number_of_workers_give_the_same_bits():
    serial = digests_of(FORERUN_ENGINE="serial")
    assert serial.count("\n") == 6
    for n_workers in ("1", "2", "4"):
        assert digests_of(FORERUN_WORKERS=n_workers) == serial
