"""Metrics of predicted probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forerun import np, npx
from forerun.gluon.metric.metric import EvalMetric, alias, register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forerun.np import ndarray

__all__ = ["CrossEntropy", "NegativeLogLikelihood", "Perplexity"]


@alias("ce")
class CrossEntropy(EvalMetric):
    """Mean negative logarithm of the probability of the right class.

    Parameters
    ----------
    eps
        Added to the probability.
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric, np
    >>> ce = metric.CrossEntropy()
    >>> ce.update(np.array([0]), np.array([[0.5, 0.5]]))
    >>> round(ce.get()[1], 4)
    0.6931
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, eps=eps)
        self.eps = eps

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        label = label.reshape(-1)
        if label.size != pred.shape[0]:
            raise ValueError(
                f"{type(self).__name__}: {label.size} labels for "
                f"{pred.shape[0]} predictions"
            )
        probability = npx.pick(pred, label, axis=-1, keepdims=False)
        return -np.log(probability + self.eps).sum(), label.size


@alias("nll_loss", "nll-loss")
class NegativeLogLikelihood(CrossEntropy):
    """Mean negative logarithm of the likelihood of the right class.

    Parameters
    ----------
    eps
        Added to the probability.
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric, np
    >>> nll = metric.NegativeLogLikelihood()
    >>> nll.update(np.array([0]), np.array([[0.5, 0.5]]))
    >>> round(nll.get()[1], 4)
    0.6931
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """Exponential of the mean cross-entropy, for language models.

    Parameters
    ----------
    ignore_label
        Label of samples that do not count.
    axis
        Axis of the classes.
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric, np
    >>> perplexity = metric.Perplexity(ignore_label=None)
    >>> perplexity.update(np.array([0]), np.array([[0.5, 0.5]]))
    >>> round(perplexity.get()[1], 4)
    2.0
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.ignore_label = ignore_label
        self.axis = axis
        super().__init__(
            name, output_names, label_names, ignore_label=ignore_label, axis=axis
        )

    def reset(self) -> None:
        """Forget all updates."""
        super().reset()
        self._n_ignored: ndarray | float = 0.0

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        if label.size * pred.shape[self.axis] != pred.size:
            raise ValueError(
                f"Perplexity: labels of shape {label.shape} for predictions of shape "
                f"{pred.shape}"
            )
        picked = npx.pick(pred, label, axis=self.axis, keepdims=False)
        losses = -np.log(np.maximum(picked, 1e-10))
        if self.ignore_label is not None:
            is_ignored = label.reshape(losses.shape) == self.ignore_label
            self._n_ignored = self._n_ignored + is_ignored.sum()
            losses = np.where(is_ignored, 0, losses)
        return losses.sum(), label.size

    def get(self) -> tuple[str, float]:
        """Give name and value."""
        n_counted = self.num_inst - float(self._n_ignored)
        if not n_counted:
            return self.name, math.nan
        return self.name, math.exp(float(self.sum_metric) / n_counted)
