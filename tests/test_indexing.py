"""Square brackets against NumPy's: reading, writing, gradients, aliasing."""

from __future__ import annotations

import numpy
import pytest
from differences import given as as_ours
from differences import recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forerun import autograd, np

SHAPE = (4, 5, 6)
MASK = numpy.random.default_rng(1).random(SHAPE) < 0.3
ROWS = numpy.array([True, False, True, True])

BASIC = [
    1,
    -1,
    (1, 2),
    (1, 2, 3),
    (-1, -2, -3),
    (),
    ...,
    None,
    slice(None),
    slice(1, 3),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(10, None),
    slice(-3, -1),
    slice(3, 1),
    slice(3, 0, -2),
    slice(-100, 100),
    (slice(1, 3), 2),
    (2, slice(1, 3)),
    (slice(None), slice(None, None, -2)),
    (..., 1),
    (1, ...),
    (..., slice(1, 3)),
    (slice(1, None), ..., -1),
    (None, 1),
    (1, None),
    (None, ..., None),
    (slice(None), None, 2),
    (0, ..., 0),
    (0, 1, 2, ...),
    (slice(None, None, -2),) * 3,
]
ADVANCED = [
    [0, 2],
    [2, 2, -1],
    [[0, 1], [3, -4]],
    numpy.array([1, 0, 3]),
    numpy.array([[1], [0]]),
    numpy.array(2),
    numpy.array([], "int64"),
    ([0, 1], [2, 3]),
    ([0, 1], [2, 3], [4, 5]),
    ([[0], [1]], [2, 3]),
    (slice(None), [1, 0]),
    (slice(None), slice(None), [1, -1]),
    ([1, 0], slice(None), [2, 3]),
    (slice(1, 3), [1, 0], [2, 3]),
    ([1, 0], ..., [2, 3]),
    (..., [2, 3]),
    ([1, 0], None, [2, 3]),
    (None, [1, 0]),
    (1, [2, 3]),
    ([1, 0], 2),
    (1, slice(None), [2, 3]),
    (slice(None, None, -1), [1, 0]),
    (slice(None), 1, [2, 3]),
    (numpy.array([[0, 1], [2, 3]]), slice(1, 4)),
    MASK,
    ROWS,
    (slice(None), numpy.array([True, False] * 2 + [True])),
    (ROWS, [1, 2, 0]),
    (ROWS, 1),
    (ROWS, slice(None), 2),
    (..., MASK[0, 0]),
    (2, MASK[0]),
    numpy.zeros(SHAPE, bool),
    MASK[:, :, 0],
    (MASK[:, :, 0], slice(1, 4)),
    (slice(None), MASK[0]),
    (None, ROWS),
    ([0, 1], MASK[0, :, 0].nonzero()[0][:1]),
]
FORMS = [
    pytest.param(form, id=f"{i}-{str(form)[:30]}")
    for i, form in enumerate(BASIC + ADVANCED)
]


def ours(form):
    """Give an index with its NumPy arrays turned into ours."""
    if isinstance(form, tuple):
        return tuple(ours(part) for part in form)
    return as_ours(form) if isinstance(form, numpy.ndarray) else form


def whole():
    return numpy.arange(120, dtype="float64").reshape(SHAPE)


@pytest.mark.parametrize("form", FORMS)
def test_reading_gives_what_numpy_gives(form):
    x = whole()
    a = as_ours(x)
    for key in (form, ours(form)):
        got = a[key]
        assert got.shape == x[form].shape
        assert got.tolist() == x[form].tolist()


@pytest.mark.parametrize("form", FORMS)
def test_writing_changes_what_numpy_changes(form):
    for number in (7, None):
        x = whole()
        a = as_ours(x)
        value = number or numpy.arange(x[form].size, dtype="float64").reshape(
            x[form].shape
        )
        x[form] = value
        a[ours(form)] = number or as_ours(value)
        assert a.tolist() == x.tolist()


@pytest.mark.parametrize("form", FORMS)
def test_adding_in_place_changes_what_numpy_changes(form):
    x = whole()
    a = as_ours(x)
    x[form] += 3
    a[ours(form)] += 3
    assert a.tolist() == x.tolist()


@pytest.mark.parametrize("form", FORMS)
def test_gradients_go_where_elements_came_from(form):
    x = whole()
    weights = numpy.sin(1 + numpy.arange(x[form].size)).reshape(x[form].shape)
    (got,) = recorded(lambda a: (a[ours(form)] * as_ours(weights)).sum(), [x])
    wanted = numpy.zeros(SHAPE)
    numpy.add.at(wanted, form, weights)
    numpy.testing.assert_allclose(got, wanted, 1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_of_writes_stop_at_what_was_overwritten(form):
    x = whole()
    value = numpy.cos(numpy.arange(x[form].size)).reshape(x[form].shape)
    a, v = as_ours(x), as_ours(value)
    a.attach_grad()
    v.attach_grad()
    with autograd.record():
        b = a * 2
        b[ours(form)] = v * 3
        y = b.sum()
    y.backward()
    kept = numpy.ones(SHAPE)
    kept[form] = 0
    assert a.grad.tolist() == (2 * kept).tolist()
    # What is written twice to one place gets the place's gradient twice, as in PyTorch.
    assert v.grad.tolist() == numpy.full(value.shape, 3.0).tolist()


@settings(deadline=None, max_examples=150, print_blob=True)
@given(st.data())
def test_basic_indices_read_and_write_like_numpy(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    x = numpy.arange(numpy.prod(shape), dtype="float32").reshape(shape)
    a = as_ours(x)
    assert a[key].tolist() == x[key].tolist()
    assert a[key].shape == x[key].shape
    x[key] = -1
    a[key] = -1
    assert a.tolist() == x.tolist()


@settings(deadline=None, max_examples=150, print_blob=True)
@given(st.data())
def test_integer_arrays_read_and_write_like_numpy(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5))
    key = data.draw(hnp.integer_array_indices(shape))
    x = numpy.arange(numpy.prod(shape), dtype="int32").reshape(shape)
    a = as_ours(x)
    assert a[ours(key)].tolist() == x[key].tolist()
    x[key] = 99
    a[ours(key)] = 99
    assert a.tolist() == x.tolist()


@settings(deadline=None, max_examples=150, print_blob=True)
@given(st.data())
def test_mixed_indices_read_and_write_like_numpy(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=4))
    side = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
    parts = []
    for length in shape[: data.draw(st.integers(1, len(shape)))]:
        kind = data.draw(st.sampled_from(["at", "range", "array", "all"]))
        at = st.integers(-length, length - 1)
        parts.append(
            data.draw(
                {
                    "at": at,
                    "range": st.slices(length),
                    "array": hnp.arrays("int64", side, elements=at),
                    "all": st.just(slice(None)),
                }[kind]
            )
        )
    key = tuple(parts)
    x = numpy.arange(numpy.prod(shape), dtype="float64").reshape(shape)
    a = as_ours(x)
    assert a[ours(key)].shape == x[key].shape
    assert a[ours(key)].tolist() == x[key].tolist()
    x[key] += 1
    a[ours(key)] += 1
    assert a.tolist() == x.tolist()


@settings(deadline=None, max_examples=60, print_blob=True)
@given(st.data())
def test_views_of_views_alias_like_numpy_s(data):
    x = numpy.arange(120, dtype="int64").reshape(SHAPE)
    a = as_ours(x)
    view, ours_view = x, a
    for _ in range(3):
        if view.ndim == 0:
            break
        key = data.draw(
            hnp.basic_indices(view.shape, allow_newaxis=True).filter(
                lambda key, view=view: isinstance(view[key], numpy.ndarray)
            )
        )
        view, ours_view = view[key], ours_view[key]
        if data.draw(st.booleans()):
            view, ours_view = view.T, ours_view.T
    view += 1000
    ours_view += 1000
    assert a.tolist() == x.tolist()
    x *= 2
    a *= 2
    assert ours_view.tolist() == view.tolist()


@pytest.mark.parametrize("form", [pytest.param(f, id=str(f)) for f in BASIC])
def test_basic_indices_are_views(form):
    a = as_ours(whole())
    view = a[form]
    assert np.may_share_memory(view, a)
    view[...] = -1
    x = whole()
    x[form] = -1
    assert a.tolist() == x.tolist()
    a[...] = 5
    assert view.tolist() == numpy.full(view.shape, 5.0).tolist()


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.reshape(20, 6),
        lambda a: a.T,
        lambda a: a.swapaxes(0, 2),
        lambda a: a[None],
        lambda a: a.ravel(),
        lambda a: a[:, 1].T,
        lambda a: a.reshape(2, 2, 5, 6)[1],
        lambda a: a.transpose(1, 0, 2)[::-1],
        lambda a: a.expand_dims(1),
        lambda a: a.diagonal(),
    ],
)
def test_other_views_alias_too(view):
    a = as_ours(whole())
    v = view(a)
    before = v.asnumpy()
    a += 1
    assert v.tolist() == (before + 1).tolist()


def test_copies_do_not_alias():
    a = as_ours(whole())
    for copied in (a.copy(), a[[0, 1]], a.flatten(), a.astype("float64"), a + 0):
        copied[...] = -1
    assert a.tolist() == whole().tolist()


def test_a_write_that_overlaps_its_source_reads_first():
    x = numpy.arange(10)
    a = as_ours(x)
    a[1:] = a[:-1]
    x[1:] = x[:-1].copy()
    assert a.tolist() == x.tolist()
    a[::-1] = a
    assert a.tolist() == x[::-1].tolist()


def test_values_are_cast_and_broadcast_when_written():
    a = np.zeros((2, 3), "int32")
    a[:, 1:] = np.array([[1.7], [2.2]])
    assert a.tolist() == [[0, 1, 1], [0, 2, 2]]
    a[0] = [7, 8, 9]
    assert a[0].tolist() == [7, 8, 9]


def test_float_arrays_are_positions_as_in_mxnet():
    assert np.arange(5)[np.array([3.0, 1.0])].tolist() == [3, 1]


def test_iterating_gives_views():
    a = np.zeros((3, 2))
    for i, row in enumerate(a):
        row += i
    assert a.tolist() == [[0, 0], [1, 1], [2, 2]]
