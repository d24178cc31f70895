"""Metrics against their formulas in NumPy."""

from __future__ import annotations

import math

import numpy
import pytest

from forerun import autograd, gluon, metric, np

rng = numpy.random.default_rng(5)
LABELS = [rng.integers(0, 4, size=6) for _ in range(2)]
PROBS = [rng.dirichlet(numpy.ones(4), size=6).astype("float32") for _ in range(2)]
TRUE = [rng.normal(size=5).astype("float32") for _ in range(2)]
GUESS = [rng.normal(size=5).astype("float32") for _ in range(2)]


def after_updates(measured: metric.EvalMetric, labels, preds) -> float:
    for label, pred in zip(labels, preds, strict=True):
        measured.update(np.array(label, dtype=label.dtype), np.array(pred))
    return measured.get()[1]


def picked():
    return numpy.concatenate(
        [p[range(len(y)), y] for y, p in zip(LABELS, PROBS, strict=True)]
    )


def test_accuracy_counts_hits() -> None:
    hits = [p.argmax(1) == y for y, p in zip(LABELS, PROBS, strict=True)]
    value = after_updates(metric.Accuracy(), LABELS, PROBS)
    assert value == pytest.approx(numpy.mean(hits))


def test_top_k_accuracy_counts_near_hits() -> None:
    hits = [
        (numpy.argsort(-p)[:, :2] == y[:, None]).any(1)
        for y, p in zip(LABELS, PROBS, strict=True)
    ]
    value = after_updates(metric.TopKAccuracy(top_k=2), LABELS, PROBS)
    assert value == pytest.approx(numpy.mean(hits))


@pytest.mark.parametrize(
    ("name", "of_difference"),
    [
        ("mae", lambda d: abs(d).mean()),
        ("mse", lambda d: (d * d).mean()),
        ("rmse", lambda d: (d * d).mean() ** 0.5),
    ],
)
def test_regression_metrics_are_means_over_batches(name, of_difference) -> None:
    value = after_updates(metric.create(name), TRUE, GUESS)
    pairs = zip(TRUE, GUESS, strict=True)
    expected = numpy.mean([of_difference(y - p) for y, p in pairs])
    assert value == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["ce", "nll_loss"])
def test_cross_entropy_is_a_mean_over_samples(name: str) -> None:
    value = after_updates(metric.create(name), LABELS, PROBS)
    assert value == pytest.approx(-numpy.log(picked()).mean(), rel=1e-5)


def test_perplexity_can_ignore_a_label() -> None:
    value = after_updates(metric.Perplexity(None), LABELS, PROBS)
    assert value == pytest.approx(math.exp(-numpy.log(picked()).mean()), rel=1e-5)
    value = after_updates(metric.Perplexity(ignore_label=0), LABELS, PROBS)
    counted = picked()[numpy.concatenate(LABELS) != 0]
    assert value == pytest.approx(math.exp(-numpy.log(counted).mean()), rel=1e-5)


def f1(y, p):
    return 2 * (y * p).sum() / (y.sum() + p.sum())


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_f1_of_batches_or_of_samples(average: str) -> None:
    labels = [numpy.array([1, 0, 1, 1]), numpy.array([0, 1, 0, 0])]
    guesses = [numpy.array([1, 1, 0, 1]), numpy.array([0, 1, 1, 1])]
    preds = [numpy.eye(2)[guess] for guess in guesses]
    value = after_updates(metric.F1(average=average), labels, preds)
    if average == "macro":
        expected = numpy.mean([f1(*pair) for pair in zip(labels, guesses, strict=True)])
    else:
        expected = f1(numpy.concatenate(labels), numpy.concatenate(guesses))
    assert value == pytest.approx(expected)


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_pearson_of_batches_or_of_samples(average: str) -> None:
    value = after_updates(metric.PearsonCorrelation(average=average), TRUE, GUESS)
    if average == "macro":
        pairs = zip(TRUE, GUESS, strict=True)
        expected = numpy.mean([numpy.corrcoef(y, p)[0, 1] for y, p in pairs])
    else:
        expected = numpy.corrcoef(numpy.concatenate(TRUE), numpy.concatenate(GUESS))[
            0, 1
        ]
    assert value == pytest.approx(expected, rel=1e-5)


def test_loss_is_a_mean_over_elements() -> None:
    loss = metric.Loss()
    loss.update(None, [np.array([1.0, 2.0]), np.array([6.0])])
    assert loss.get() == ("loss", 3.0)


def test_custom_metrics_get_numpy_arrays() -> None:
    def largest(label, pred):
        assert isinstance(label, numpy.ndarray)
        return float(abs(label - pred).max())

    value = after_updates(metric.create(largest), TRUE, GUESS)
    pairs = zip(TRUE, GUESS, strict=True)
    assert value == pytest.approx(numpy.mean([abs(y - p).max() for y, p in pairs]))
    assert metric.np(largest).name == "largest"


def test_a_custom_metric_may_give_a_sum_and_a_number() -> None:
    total = metric.CustomMetric(lambda y, p: ((y - p).sum(), y.size), "mean")
    total.update(np.array([1.0, 2.0]), np.array([0.0, 0.0]))
    total.update(np.array([3.0]), np.array([0.0]))
    assert total.get() == ("mean", 2.0)


def test_a_composite_gives_all_values() -> None:
    both = metric.create(["mae", metric.MSE(name="square")])
    both.update(np.array([1.0]), np.array([3.0]))
    assert both.get() == (["mae", "square"], [2.0, 4.0])
    assert both.get_name_value() == [("mae", 2.0), ("square", 4.0)]
    both.reset()
    assert all(math.isnan(value) for value in both.get()[1])


def test_lists_of_arrays_come_in_pairs() -> None:
    acc = metric.Accuracy()
    acc.update([np.array([1]), np.array([0])], [np.array([1]), np.array([1])])
    assert acc.get() == ("accuracy", 0.5)
    with pytest.raises(ValueError, match="1 labels for 2 predictions"):
        acc.update([np.array([1])], [np.array([1]), np.array([1])])


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="MAE: labels of shape"):
        metric.MAE().update(np.array([1.0]), np.array([1.0, 2.0]))


def test_a_metric_is_not_recorded() -> None:
    x = np.array([1.0, 2.0])
    x.attach_grad()
    mae = metric.MAE()
    with autograd.record():
        y = x * 2
        mae.update(np.array([0.0, 0.0]), y)
    y.backward()
    assert x.grad.tolist() == [2, 2]
    assert mae.get() == ("mae", 3.0)


def test_both_modules_have_the_same_metrics() -> None:
    assert gluon.metric.Accuracy is metric.Accuracy
    assert gluon.metric.__all__ == metric.__all__


def test_nothing_gives_nan() -> None:
    assert math.isnan(metric.Accuracy().get()[1])
