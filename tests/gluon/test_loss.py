"""Losses against their formulas in NumPy."""

from __future__ import annotations

import numpy
import pytest

from forerun import autograd, gluon, np
from forerun.gluon import loss as L

rng = numpy.random.default_rng(3)
PRED = rng.normal(size=(4, 3)).astype("float32")
REAL = rng.normal(size=(4, 3)).astype("float32")
BINARY = (rng.random((4, 3)) > 0.5).astype("float32")
SIGNED = 2 * BINARY - 1
CLASSES = numpy.array([0, 2, 1, 2])
PROBS = (lambda e: e / e.sum(1, keepdims=True))(numpy.exp(REAL))


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def log_softmax(x, axis=-1):
    return x - numpy.log(numpy.exp(x).sum(axis, keepdims=True))


def binary(p, y):
    return -(y * numpy.log(p) + (1 - y) * numpy.log(1 - p))


def huber(d):
    return numpy.where(abs(d) > 1, abs(d) - 0.5, 0.5 * d * d)


CASES = [
    (L.L2Loss(), PRED, REAL, 0.5 * (REAL - PRED) ** 2),
    (L.L2Loss(weight=3), PRED, REAL, 1.5 * (REAL - PRED) ** 2),
    (L.L1Loss(), PRED, REAL, abs(REAL - PRED)),
    (L.HuberLoss(), 2 * PRED, REAL, huber(2 * PRED - REAL)),
    (L.HingeLoss(), PRED, SIGNED, numpy.maximum(0, 1 - PRED * SIGNED)),
    (L.SquaredHingeLoss(), PRED, SIGNED, numpy.maximum(0, 1 - PRED * SIGNED) ** 2),
    (L.LogisticLoss(), PRED, SIGNED, binary(sigmoid(PRED), BINARY)),
    (
        L.LogisticLoss(label_format="binary"),
        PRED,
        BINARY,
        binary(sigmoid(PRED), BINARY),
    ),
    (L.SigmoidBCELoss(), PRED, BINARY, binary(sigmoid(PRED), BINARY)),
    (L.SigmoidBCELoss(True), sigmoid(PRED), BINARY, binary(sigmoid(PRED), BINARY)),
    (
        L.KLDivLoss(),
        log_softmax(PRED),
        PROBS,
        PROBS * numpy.log(PROBS) - PROBS * log_softmax(PRED),
    ),
    (
        L.KLDivLoss(from_logits=False),
        PRED,
        PROBS,
        PROBS * numpy.log(PROBS) - PROBS * log_softmax(PRED),
    ),
]


@pytest.mark.parametrize(("loss", "pred", "label", "expected"), CASES)
def test_elementwise_losses_are_means_of_samples(loss, pred, label, expected) -> None:
    value = loss(np.array(pred), np.array(label))
    assert value.shape == (4,)
    numpy.testing.assert_allclose(value.asnumpy(), expected.mean(1), rtol=1e-4)


@pytest.mark.parametrize(("loss", "pred", "label", "expected"), CASES)
def test_weights_of_samples_are_factors(loss, pred, label, expected) -> None:
    weights = numpy.array([[0.0], [1.0], [2.0], [0.5]], dtype="float32")
    value = loss(np.array(pred), np.array(label), np.array(weights))
    expected = (weights * expected).mean(1)
    numpy.testing.assert_allclose(value.asnumpy(), expected, rtol=1e-4, atol=1e-7)


def test_a_column_of_predictions_takes_a_vector_of_labels() -> None:
    value = L.L2Loss()(np.array([[1.0], [2.0]]), np.array([1.0, 4.0]))
    assert value.tolist() == [0, 2]


def test_batch_axis_stays() -> None:
    value = L.L1Loss(batch_axis=1)(np.array(PRED), np.array(REAL))
    numpy.testing.assert_allclose(value.asnumpy(), abs(PRED - REAL).mean(0), rtol=1e-5)


def test_cross_entropy_picks_the_class() -> None:
    value = L.SoftmaxCrossEntropyLoss()(np.array(PRED), np.array(CLASSES))
    expected = -log_softmax(PRED)[range(4), CLASSES]
    numpy.testing.assert_allclose(value.asnumpy(), expected, rtol=1e-5)


def test_cross_entropy_of_probabilities_and_of_logits() -> None:
    dense = L.SoftmaxCELoss(sparse_label=False)(np.array(PRED), np.array(PROBS))
    expected = -(PROBS * log_softmax(PRED)).sum(1)
    numpy.testing.assert_allclose(dense.asnumpy(), expected, rtol=1e-5)
    logits = L.SoftmaxCELoss(from_logits=True)
    value = logits(np.array(log_softmax(PRED)), np.array(CLASSES))
    expected = -log_softmax(PRED)[range(4), CLASSES]
    numpy.testing.assert_allclose(value.asnumpy(), expected, rtol=1e-5)


def test_cross_entropy_of_sequences_takes_weights() -> None:
    pred = rng.normal(size=(2, 5, 3)).astype("float32")
    label = rng.integers(0, 3, size=(2, 5))
    weights = rng.random((2, 5, 1)).astype("float32")
    value = L.SoftmaxCELoss()(np.array(pred), np.array(label), np.array(weights))
    picked = numpy.take_along_axis(log_softmax(pred), label[..., None], axis=-1)
    expected = -(picked * weights).mean((1, 2))
    numpy.testing.assert_allclose(value.asnumpy(), expected, rtol=1e-5)


def test_cross_entropy_along_another_axis() -> None:
    pred = rng.normal(size=(2, 3, 5)).astype("float32")
    label = rng.integers(0, 3, size=(2, 5))
    value = L.SoftmaxCELoss(axis=1)(np.array(pred), np.array(label))
    picked = numpy.take_along_axis(log_softmax(pred, 1), label[:, None], axis=1)
    numpy.testing.assert_allclose(value.asnumpy(), -picked.mean((1, 2)), rtol=1e-5)


def test_the_gradient_of_cross_entropy_is_the_difference() -> None:
    pred = np.array(PRED)
    pred.attach_grad()
    with autograd.record():
        value = L.SoftmaxCELoss()(pred, np.array(CLASSES))
    value.backward()
    expected = numpy.exp(log_softmax(PRED)) - numpy.eye(3)[CLASSES]
    numpy.testing.assert_allclose(pred.grad.asnumpy(), expected, atol=1e-6)


def test_binary_cross_entropy_stays_finite() -> None:
    value = L.SigmoidBCELoss()(np.array([-1000.0, 1000.0]), np.array([1.0, 1.0]))
    assert value.tolist() == [1000, 0]


def test_pos_weight_is_a_factor_of_the_positives() -> None:
    factor = numpy.array([2.0, 3.0, 0.5], dtype="float32")
    p = sigmoid(PRED)
    expected = -(factor * BINARY * numpy.log(p) + (1 - BINARY) * numpy.log(1 - p))
    args = np.array(BINARY), None, np.array(factor)
    for loss, pred in [(L.SigmoidBCELoss(), PRED), (L.SigmoidBCELoss(True), p)]:
        value = loss(np.array(pred), *args)
        numpy.testing.assert_allclose(value.asnumpy(), expected.mean(1), rtol=1e-4)


def test_triplet_compares_distances() -> None:
    near, far = PRED + 0.1, PRED + 1
    value = L.TripletLoss(2)(np.array(PRED), np.array(near), np.array(far))
    numpy.testing.assert_allclose(
        value.asnumpy(), numpy.maximum(0, 3 * 0.01 - 3 + 2) * numpy.ones(4), atol=1e-5
    )


def test_poisson_is_one_mean() -> None:
    counts = numpy.array([[0, 1, 2], [5, 3, 0]], dtype="float32")
    pred = PRED[:2]
    value = L.PoissonNLLLoss()(np.array(pred), np.array(counts))
    assert value.item() == pytest.approx(
        (numpy.exp(pred) - counts * pred).mean(), rel=1e-5
    )
    full = L.PoissonNLLLoss(from_logits=False, compute_full=True)
    value = full(np.array(numpy.exp(pred)), np.array(counts))
    n = numpy.maximum(counts, 1)
    stirling = n * numpy.log(n) - n + 0.5 * numpy.log(2 * numpy.pi * n)
    expected = numpy.exp(pred) - counts * pred + numpy.where(counts > 1, stirling, 0)
    assert value.item() == pytest.approx(expected.mean(), rel=1e-5)


def test_cosine_embedding_follows_the_label() -> None:
    x, y = PRED, REAL
    cosine = (
        (x * y).sum(1) / numpy.linalg.norm(x, axis=1) / numpy.linalg.norm(y, axis=1)
    )
    label = numpy.array([1, -1, 1, -1])
    value = L.CosineEmbeddingLoss(margin=0.1)(np.array(x), np.array(y), np.array(label))
    expected = numpy.where(label == 1, 1 - cosine, numpy.maximum(0, cosine - 0.1))
    numpy.testing.assert_allclose(value.asnumpy(), expected, rtol=1e-4, atol=1e-6)


def test_a_loss_may_be_derived_with_hybrid_forward() -> None:
    class Squared(gluon.loss.Loss):
        def hybrid_forward(self, F, pred, label):
            return F.np.mean((pred - label) ** 2, axis=1)

    value = Squared(None, 0)(np.array([[1.0, 3.0]]), np.array([[0.0, 0.0]]))
    assert value.tolist() == [5]


def test_losses_show_their_settings() -> None:
    assert repr(L.L2Loss()) == "L2Loss(batch_axis=0, w=1.0)"
