"""A little of everything, in under a second: the first tests to run."""

from __future__ import annotations

import asyncio
import pickle

import numpy
import pytest

from forerun import autograd, np, npx


def test_an_array_of_python_numbers_is_float32():
    x = np.array([[1, 2], [3, 4]])
    assert x.dtype == np.float32
    assert x.shape == (2, 2)
    assert x.tolist() == [[1, 2], [3, 4]]


def test_arithmetic_gives_what_numpy_gives():
    x = numpy.array([1.0, 2.0, 4.0], "float32")
    a = np.array(x)
    assert ((a * 2 + 1) / a - a**2).tolist() == ((x * 2 + 1) / x - x**2).tolist()
    assert (1 - a).tolist() == [0, -1, -3]
    assert (a > 1.5).tolist() == [False, True, True]


def test_writing_changes_the_array_and_its_views():
    x = np.zeros((2, 3))
    row = x[1]
    x[1] = 5
    x[:, 0] += 1
    assert row.tolist() == [6, 5, 5]
    assert np.may_share_memory(x, row)


def test_indices_may_be_arrays():
    x = np.arange(5)
    assert x[np.array([3, 1])].tolist() == [3, 1]
    assert x[x > 2].tolist() == [3, 4]
    assert x[::-2].tolist() == [4, 2, 0]


def test_an_error_of_shape_is_raised_at_once():
    with pytest.raises(ValueError, match=r"add.*\(2,\).*\(3,\)"):
        np.ones(2) + np.ones(3)


def test_gradients_are_computed():
    x = np.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = (x * x * x).sum()
    y.backward()
    assert x.grad.tolist() == [3, 12]


def test_waitall_leaves_nothing_queued():
    x = np.ones((50, 50)) @ np.ones((50, 50))
    npx.waitall()
    assert x.state == "ready"
    assert x[0, 0].item() == 50


def test_arrays_can_be_awaited():
    async def twice(x):
        return (await (x * 2)).tolist()

    assert asyncio.run(twice(np.array([1.0]))) == [2]


def test_numpy_functions_answer_with_our_arrays():
    x = np.array([1.0, 4.0])
    assert isinstance(numpy.sqrt(x), np.ndarray)
    assert isinstance(numpy.add(numpy.ones(2, "float32"), x), np.ndarray)
    assert isinstance(numpy.column_stack([x, x]), np.ndarray)
    assert numpy.shape(x) == (2,)


def test_arrays_are_pickled_with_their_values():
    x = pickle.loads(pickle.dumps(np.array([1.0, 2.0])))
    assert x.tolist() == [1, 2]


def test_saved_arrays_are_loaded_as_they_were(tmp_path):
    path = tmp_path / "arrays"
    npx.save(path, {"a": np.ones((2, 3)), "b": np.array([1], dtype="int64")})
    loaded = npx.load(path)
    assert loaded["a"].tolist() == [[1, 1, 1], [1, 1, 1]]
    assert loaded["b"].dtype == np.int64
    assert [p.name for p in tmp_path.iterdir()] == ["arrays"]


def test_random_numbers_repeat_with_their_seed():
    np.random.seed(3)
    first = np.random.normal(size=5).tolist()
    np.random.seed(3)
    assert np.random.normal(size=5).tolist() == first


def test_arrays_print_as_in_mxnet():
    assert repr(np.array([1.5, 2])) == "array([1.5, 2. ])"
    assert repr(np.array([1], dtype="int64")) == "array([1], dtype=int64)"
    assert f"{np.array(2.5):.2f}" == "2.50"


def test_a_gpu_is_refused_where_it_would_be_used():
    assert npx.num_gpus() == 0
    with pytest.raises(ValueError, match="forerun computes on CPUs only"):
        np.zeros(2, ctx=npx.gpu())
