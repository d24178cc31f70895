"""Losses: how far predictions are from labels, one number per sample.

Each is the mean over all axes but the batch's, so that its gradient, summed over the
batch, is what a trainer divides by the batch size.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forerun import np, npx
from forerun.gluon.block import HybridBlock

if TYPE_CHECKING:
    from forerun.np import ndarray

__all__ = [
    "CosineEmbeddingLoss",
    "HingeLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "L2Loss",
    "LogisticLoss",
    "Loss",
    "PoissonNLLLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
    "TripletLoss",
]

# Keeps logarithms of probabilities finite; the value is MXNet's.
_EPS = 1e-12


class Loss(HybridBlock):
    """Base of all losses: subclasses override `forward`.

    Parameters
    ----------
    weight
        Factor of the loss; none when omitted.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> class Difference(gluon.loss.Loss):
    ...     def forward(self, pred, label):
    ...         return label - pred
    >>> Difference(None, 0)(np.array([1.0]), np.array([3.0]))
    array([2.])
    """

    def __init__(
        self,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}(batch_axis={self._batch_axis}, w={self._weight})"

    def _weigh(self, loss: ndarray, sample_weight: ndarray | None) -> ndarray:
        """Multiply by the weights of samples and of the loss."""
        if sample_weight is not None:
            loss = loss * sample_weight
        return loss if self._weight in (None, 1) else loss * self._weight

    def _other_axes(self, loss: ndarray) -> tuple[int, ...]:
        batch_axis = self._batch_axis % loss.ndim
        return tuple(axis for axis in range(loss.ndim) if axis != batch_axis)

    def _finish(self, loss: ndarray, sample_weight: ndarray | None) -> ndarray:
        """Weigh, then take the mean of each sample."""
        loss = self._weigh(loss, sample_weight)
        if loss.ndim < 2:
            return loss
        if loss.size == loss.shape[self._batch_axis]:
            return loss.reshape(-1)
        return loss.mean(axis=self._other_axes(loss))


def _like(label: ndarray, pred: ndarray) -> ndarray:
    """Give the label the shape of the prediction, as (n,) for (n, 1)."""
    return label if label.shape == pred.shape else label.reshape(pred.shape)


def _cross_entropy_of_logits(pred: ndarray, label: ndarray) -> ndarray:
    # -label * log(p) - (1 - label) * log(1 - p) with p = sigmoid(pred), but without
    # its overflow.
    return npx.relu(pred) - pred * label + npx.activation(-np.abs(pred), "softrelu")


class L2Loss(Loss):
    """Half the square of the difference.

    Parameters
    ----------
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.L2Loss()(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    array([0., 2.])
    """

    def __init__(
        self,
        weight: float | None = 1.0,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        difference = _like(label, pred) - pred
        return self._finish(0.5 * difference * difference, sample_weight)


class L1Loss(Loss):
    """The absolute difference.

    Parameters
    ----------
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.L1Loss()(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    array([0., 2.])
    """

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        return self._finish(np.abs(_like(label, pred) - pred), sample_weight)


class SigmoidBinaryCrossEntropyLoss(Loss):
    """Cross-entropy of yes-or-no labels.

    Parameters
    ----------
    from_sigmoid
        Whether predictions are probabilities already; else they are logits.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> loss = gluon.loss.SigmoidBCELoss()
    >>> round(loss(np.array([0.0]), np.array([1.0])).item(), 4)
    0.6931
    """

    def __init__(
        self,
        from_sigmoid: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def forward(
        self,
        pred: ndarray,
        label: ndarray,
        sample_weight: ndarray | None = None,
        pos_weight: ndarray | None = None,
    ) -> ndarray:
        """Compute the loss of each sample; `pos_weight` is a factor of label 1."""
        label = _like(label, pred)
        if self._from_sigmoid:
            loss = self._of_probabilities(pred, label, pos_weight)
        elif pos_weight is None:
            loss = _cross_entropy_of_logits(pred, label)
        else:
            factor = 1 + (pos_weight - 1) * label
            log_term = npx.activation(-np.abs(pred), "softrelu") + npx.relu(-pred)
            loss = pred - pred * label + factor * log_term
        return self._finish(loss, sample_weight)

    @staticmethod
    def _of_probabilities(
        pred: ndarray, label: ndarray, pos_weight: ndarray | None
    ) -> ndarray:
        yes = np.log(pred + _EPS) * label
        no = np.log(1 - pred + _EPS) * (1 - label)
        return -(yes if pos_weight is None else yes * pos_weight) - no


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """Cross-entropy of labels that are one of several classes.

    Parameters
    ----------
    axis
        Axis of the classes.
    sparse_label
        Whether labels are indices of classes; else they are probabilities.
    from_logits
        Whether predictions are logarithms of probabilities already.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> loss = gluon.loss.SoftmaxCrossEntropyLoss()
    >>> round(loss(np.zeros((1, 2)), np.array([1])).item(), 4)
    0.6931
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._is_usual = axis == -1 and batch_axis == 0
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        if not self._from_logits:
            pred = npx.log_softmax(pred, axis=self._axis)
        # The axis of the classes stays where it may matter which one it was.
        is_kept = sample_weight is not None or pred.ndim < 2 or not self._is_usual
        if self._sparse_label:
            loss = -npx.pick(pred, label, self._axis, keepdims=is_kept)
        else:
            product = pred * _like(label, pred)
            loss = -product.sum(axis=self._axis, keepdims=is_kept)
        return self._finish(loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence of a predicted distribution from the label's.

    Parameters
    ----------
    from_logits
        Whether predictions are logarithms of probabilities already.
    axis
        Axis of the classes, for `softmax`.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> p = np.array([[0.5, 0.5]])
    >>> round(gluon.loss.KLDivLoss()(np.log(p), p).item(), 4)
    0.0
    """

    def __init__(
        self,
        from_logits: bool = True,
        axis: int = -1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        if not self._from_logits:
            pred = npx.log_softmax(pred, axis=self._axis)
        return self._finish(label * (np.log(label + _EPS) - pred), sample_weight)


class HuberLoss(Loss):
    """The square of small differences, the absolute value of large ones.

    Parameters
    ----------
    rho
        Where small ends.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.HuberLoss()(np.array([0.0, 0.0]), np.array([1.0, 3.0]))
    array([0.5, 2.5])
    """

    def __init__(
        self,
        rho: float = 1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        size = np.abs(_like(label, pred) - pred)
        loss = np.where(
            size > self._rho, size - 0.5 * self._rho, 0.5 / self._rho * size * size
        )
        return self._finish(loss, sample_weight)


class HingeLoss(Loss):
    """How far predictions are on the wrong side of a margin; labels are -1 and 1.

    Parameters
    ----------
    margin
        The margin.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.HingeLoss()(np.array([0.5, -1.0]), np.array([1.0, -1.0]))
    array([0.5, 0. ])
    """

    def __init__(
        self,
        margin: float = 1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        loss = npx.relu(self._margin - pred * _like(label, pred))
        return self._finish(loss, sample_weight)


class SquaredHingeLoss(HingeLoss):
    """The square of `HingeLoss`, element by element.

    Parameters
    ----------
    margin
        The margin.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.SquaredHingeLoss()(np.array([0.5, -1.0]), np.array([1.0, -1.0]))
    array([0.25, 0.  ])
    """

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        hinge = npx.relu(self._margin - pred * _like(label, pred))
        return self._finish(hinge * hinge, sample_weight)


class LogisticLoss(Loss):
    """Cross-entropy of logits for labels that are -1 and 1, or 0 and 1.

    Parameters
    ----------
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    label_format
        ``"signed"`` for -1 and 1, ``"binary"`` for 0 and 1.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> loss = gluon.loss.LogisticLoss()
    >>> round(loss(np.array([0.0]), np.array([-1.0])).item(), 4)
    0.6931
    """

    def __init__(
        self,
        weight: float | None = None,
        batch_axis: int = 0,
        label_format: str = "signed",
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        if label_format not in ("signed", "binary"):
            raise ValueError(f"LogisticLoss: unknown label_format {label_format!r}")
        self._label_format = label_format

    def forward(
        self, pred: ndarray, label: ndarray, sample_weight: ndarray | None = None
    ) -> ndarray:
        """Compute the loss of each sample."""
        label = _like(label, pred)
        if self._label_format == "signed":
            label = (label + 1) / 2
        return self._finish(_cross_entropy_of_logits(pred, label), sample_weight)


class TripletLoss(Loss):
    """How much a positive sample fails to be nearer than a negative one by a margin.

    Parameters
    ----------
    margin
        The margin, of squared distances.
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> anchor, near, far = np.zeros((1, 2)), np.ones((1, 2)), np.full((1, 2), 2.0)
    >>> gluon.loss.TripletLoss(margin=7)(anchor, near, far)
    array([1.])
    """

    def __init__(
        self,
        margin: float = 1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def forward(
        self,
        pred: ndarray,
        positive: ndarray,
        negative: ndarray,
        sample_weight: ndarray | None = None,
    ) -> ndarray:
        """Compute the loss of each sample."""
        to_positive = _like(positive, pred) - pred
        to_negative = _like(negative, pred) - pred
        excess = to_positive * to_positive - to_negative * to_negative
        if excess.ndim > 1:
            excess = excess.sum(axis=self._other_axes(excess))
        return self._weigh(npx.relu(excess + self._margin), sample_weight)


class PoissonNLLLoss(Loss):
    """Negative log-likelihood of counts, as one mean over everything.

    Parameters
    ----------
    weight
        Factor of the loss.
    from_logits
        Whether predictions are logarithms of the rates; else they are the rates.
    batch_axis
        Axis of the samples.
    compute_full
        Add Stirling's approximation of the logarithm of the label's factorial.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.loss.PoissonNLLLoss()(np.array([0.0, 0.0]), np.array([1.0, 3.0]))
    array(1.)
    """

    def __init__(
        self,
        weight: float | None = None,
        from_logits: bool = True,
        batch_axis: int = 0,
        compute_full: bool = False,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def forward(
        self,
        pred: ndarray,
        target: ndarray,
        sample_weight: ndarray | None = None,
        epsilon: float = 1e-08,
    ) -> ndarray:
        """Compute the mean loss."""
        target = _like(target, pred)
        if self._from_logits:
            loss = np.exp(pred) - target * pred
        else:
            loss = pred - target * np.log(pred + epsilon)
        if self._compute_full:
            loss = loss + _log_factorial(target)
        return self._weigh(loss, sample_weight).mean()


def _log_factorial(n: ndarray) -> ndarray:
    """Stirling's approximation for n > 1, and 0 below."""
    safe = np.maximum(n, 1)
    approximation = safe * np.log(safe) - safe + 0.5 * np.log(2 * math.pi * safe)
    return np.where(n > 1, approximation, 0)


class CosineEmbeddingLoss(Loss):
    """How little two vectors point the same way (label 1) or do so (label -1).

    Parameters
    ----------
    weight
        Factor of the loss.
    batch_axis
        Axis of the samples.
    margin
        Cosine that unlike vectors may have.
    **kwargs
        `prefix` and `params`, as in `Block`.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> x, y = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> gluon.loss.CosineEmbeddingLoss()(x, y, np.array([1]))
    array([1.])
    """

    def __init__(
        self,
        weight: float | None = None,
        batch_axis: int = 0,
        margin: float = 0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def forward(
        self,
        input1: ndarray,
        input2: ndarray,
        label: ndarray,
        sample_weight: ndarray | None = None,
    ) -> ndarray:
        """Compute the loss of each sample."""
        cosine = _cosine(_like(input1, input2), input2)
        unlike = npx.relu(cosine - self._margin)
        loss = np.where(_like(label, cosine) == 1, 1 - cosine, unlike)
        return self._finish(loss, sample_weight)


def _cosine(x: ndarray, y: ndarray) -> ndarray:
    """Cosine of the angle between the vectors along the last axis."""
    norms = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    return (x * y).sum(axis=-1) / np.maximum(norms, _EPS)
