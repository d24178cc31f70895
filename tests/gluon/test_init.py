"""Initializers: values, dispatch by name, names in the registry."""

from __future__ import annotations

import numpy
import pytest

from forerun import init, np


def filled(initializer: init.Initializer, shape: tuple[int, ...], name: str = "weight"):
    array = np.full(shape, 7.0)
    initializer(name, array)
    return array.asnumpy()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fc_bias", 0),
        ("bn_gamma", 1),
        ("bn_beta", 0),
        ("bn_running_mean", 0),
        ("bn_running_var", 1),
        ("fc_weight", 3),
    ],
)
def test_the_ending_of_a_name_decides(name: str, value: float) -> None:
    numpy.testing.assert_array_equal(filled(init.Constant(3), (4,), name), value)


def test_a_name_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule for a parameter called 'thing'"):
        filled(init.Normal(), (2,), "thing")


def test_an_initializer_of_its_own_comes_before_the_name() -> None:
    array = np.zeros((3,))
    init.Zero()(init.InitDesc("bias", {"__init__": "ones"}), array)
    assert array.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("zeros", init.Zero),
        ("ones", init.One),
        ("xavier", init.Xavier),
        ("gaussian", init.Normal),
        ("Normal", init.Normal),
        ('["uniform", {"scale": 0.5}]', init.Uniform),
    ],
)
def test_names_find_initializers(name: str, kind: type) -> None:
    assert type(init.create(name)) is kind


def test_dumps_is_read_back() -> None:
    assert init.create(init.Normal(0.25).dumps()).sigma == 0.25


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown name 'nothing'"):
        init.create("nothing")


@pytest.mark.parametrize(
    ("factor_type", "factor"), [("in", 50 * 9), ("out", 80 * 9), ("avg", 65 * 9)]
)
def test_xavier_has_its_bound(factor_type: str, factor: int) -> None:
    values = filled(init.Xavier(factor_type=factor_type), (80, 50, 3, 3))
    bound = (3 / factor) ** 0.5
    assert 0.99 * bound < numpy.abs(values).max() <= bound * (1 + 1e-6)


def test_xavier_gaussian_has_its_deviation() -> None:
    values = filled(init.Xavier("gaussian", "in", 2), (200, 300))
    assert values.std() == pytest.approx((2 / 300) ** 0.5, rel=0.03)


def test_xavier_refuses_vectors() -> None:
    with pytest.raises(ValueError, match="at least 2 axes"):
        filled(init.Xavier(), (3,))


def test_normal_and_uniform_have_their_spread() -> None:
    assert filled(init.Normal(0.5), (100, 100)).std() == pytest.approx(0.5, rel=0.05)
    values = filled(init.Uniform(0.5), (100, 100))
    assert values.std() == pytest.approx(0.5 / 3**0.5, rel=0.05)


def test_orthogonal_rows_are_orthogonal() -> None:
    q = filled(init.Orthogonal(scale=2), (4, 3, 5)).reshape(4, 15)
    numpy.testing.assert_allclose(q @ q.T, 4 * numpy.eye(4), atol=1e-5)


def test_bilinear_is_a_tent() -> None:
    values = filled(init.Bilinear(), (2, 1, 4, 4))
    tent = numpy.array([0.25, 0.75, 0.75, 0.25])
    numpy.testing.assert_allclose(values[1, 0], numpy.outer(tent, tent))


def test_lstm_bias_opens_the_forget_gate() -> None:
    values = filled(init.LSTMBias(2.0), (8,), "lstm_bias")
    assert values.tolist() == [0, 0, 2, 2, 0, 0, 0, 0]


def test_mixed_takes_the_first_pattern() -> None:
    mixed = init.Mixed(["first", ".*"], ["ones", "zeros"])
    assert filled(mixed, (1,), "first_weight") == 1
    assert filled(mixed, (1,), "other_weight") == 0


def test_constant_takes_arrays() -> None:
    values = filled(init.Constant(numpy.array([[1, 2], [3, 4]])), (2, 2))
    assert values.tolist() == [[1, 2], [3, 4]]
