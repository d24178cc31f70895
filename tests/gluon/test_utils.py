"""Splitting over devices and clipping gradients."""

from __future__ import annotations

import numpy
import pytest

from forerun import gluon, np, npx


def test_parts_are_equal() -> None:
    parts = gluon.utils.split_data(np.arange(6).reshape(3, 2), 3)
    assert [part.tolist() for part in parts] == [[[0, 1]], [[2, 3]], [[4, 5]]]


def test_another_axis_may_be_cut() -> None:
    parts = gluon.utils.split_data(np.arange(6).reshape(3, 2), 2, batch_axis=1)
    assert [part.shape for part in parts] == [(3, 1), (3, 1)]
    assert parts[1].tolist() == [[1], [3], [5]]


def test_unequal_parts_must_be_allowed() -> None:
    with pytest.raises(ValueError, match="equal parts"):
        gluon.utils.split_data(np.arange(5), 2)
    parts = gluon.utils.split_data(np.arange(5), 2, even_split=False)
    assert [part.tolist() for part in parts] == [[0, 1], [2, 3, 4]]
    assert len(gluon.utils.split_data(np.arange(2), 3, even_split=False)) == 2


def test_parts_are_put_on_their_devices() -> None:
    devices = [npx.cpu(0), npx.cpu(1)]
    parts = gluon.utils.split_and_load(numpy.arange(4), devices)
    assert [part.ctx for part in parts] == devices
    assert [part.tolist() for part in parts] == [[0, 1], [2, 3]]
    (whole,) = gluon.utils.split_and_load(np.arange(4), [npx.cpu(1)])
    assert whole.ctx == npx.cpu(1)


@pytest.mark.parametrize("check_isfinite", [True, False])
def test_the_norm_is_of_all_arrays_together(check_isfinite: bool) -> None:
    arrays = [np.array([3.0]), np.array([[4.0]])]
    norm = gluon.utils.clip_global_norm(arrays, 1.0, check_isfinite)
    assert float(norm) == pytest.approx(5)
    assert arrays[0].item() == pytest.approx(0.6)
    assert arrays[1].item() == pytest.approx(0.8)


def test_small_arrays_stay() -> None:
    array = np.array([3.0, 4.0])
    gluon.utils.clip_global_norm([array], 10)
    assert array.tolist() == [3, 4]


def test_a_norm_that_is_not_finite_warns() -> None:
    with pytest.warns(UserWarning, match="the norm is nan"):
        gluon.utils.clip_global_norm([np.array([float("nan")])], 1)
