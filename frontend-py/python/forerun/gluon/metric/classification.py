"""Metrics of predicted classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forerun import np, npx
from forerun.gluon.metric.metric import EvalMetric, alias, check_same_size, register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forerun.np import ndarray

__all__ = ["F1", "Accuracy", "TopKAccuracy"]


@alias("acc")
class Accuracy(EvalMetric):
    """Share of samples whose class is predicted.

    Parameters
    ----------
    axis
        Axis of the classes, if predictions are probabilities.
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric, np
    >>> acc = metric.Accuracy()
    >>> acc.update(np.array([0, 1]), np.array([[0.3, 0.7], [0.1, 0.9]]))
    >>> acc.get()
    ('accuracy', 0.5)
    """

    def __init__(
        self,
        axis: int = 1,
        name: str = "accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, axis=axis)
        self.axis = axis

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        if pred.shape != label.shape:
            pred = pred.argmax(axis=self.axis)
        check_same_size(label, pred, "Accuracy")
        hits = label.astype("int32").reshape(-1) == pred.astype("int32").reshape(-1)
        return hits.sum(), label.size


@alias("top_k_accuracy", "top_k_acc")
class TopKAccuracy(EvalMetric):
    """Share of samples whose class is among the `top_k` likeliest ones.

    Parameters
    ----------
    top_k
        How many.
    name, output_names, label_names
        As in `EvalMetric`; `top_k` is put behind the name.

    Examples
    --------
    >>> from forerun import metric, np
    >>> top = metric.TopKAccuracy(top_k=2)
    >>> top.update(np.array([0, 1]), np.array([[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]]))
    >>> top.get()
    ('top_k_accuracy_2', 0.5)
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        if top_k < 2:
            raise ValueError(
                f"TopKAccuracy: top_k must be at least 2, got {top_k}; else Accuracy"
            )
        super().__init__(f"{name}_{top_k}", output_names, label_names, top_k=top_k)
        self.top_k = top_k

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        k = min(self.top_k, pred.shape[-1])
        top = npx.topk(pred, k=k, axis=-1, ret_typ="indices").astype("int32")
        hits = top == label.astype("int32").reshape(-1, 1)
        return hits.sum(), label.size


@register
class F1(EvalMetric):
    """Harmonic mean of precision and recall of yes-or-no predictions.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.
    average
        ``"macro"``, the mean over updates, or ``"micro"``, over all samples together.

    Examples
    --------
    >>> from forerun import metric, np
    >>> f1 = metric.F1()
    >>> f1.update(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    >>> round(f1.get()[1], 4)
    0.6667
    """

    def __init__(
        self,
        name: str = "f1",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise ValueError(f"F1: unknown average {average!r}")
        self.average = average
        super().__init__(name, output_names, label_names, average=average)

    def reset(self) -> None:
        """Forget all updates."""
        super().reset()
        # Of all samples: hits among the positives, positive labels and predictions.
        self._counts: list[ndarray | float] = [0.0, 0.0]

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        if pred.ndim > 1 and pred.shape[-1] > 1:
            is_positive = pred.argmax(axis=-1).reshape(-1) == 1
        else:
            is_positive = pred.reshape(-1) > 0.5
        check_same_size(label, is_positive, "F1")
        labelled = label.reshape(-1).astype("float32")
        predicted = is_positive.astype("float32")
        counts = [(labelled * predicted).sum(), labelled.sum() + predicted.sum()]
        self._counts = [a + b for a, b in zip(self._counts, counts, strict=True)]
        return _f1(*counts), 1

    def get(self) -> tuple[str, float]:
        """Give name and value."""
        if self.average == "macro" or not self.num_inst:
            return self.name, self._mean()
        hits, positives = (float(count) for count in self._counts)
        return self.name, 2 * hits / positives if positives else 0.0


def _f1(hits: ndarray, positives: ndarray) -> ndarray:
    # Without positives there are no hits either, and the result is 0.
    return 2 * hits / np.maximum(positives, 1)
