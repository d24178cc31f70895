"""Metrics of predicted numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy

from forerun import np
from forerun.gluon.metric.metric import (
    Arrays,
    EvalMetric,
    alias,
    check_same_size,
    paired,
    register,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forerun.np import ndarray

__all__ = ["MAE", "MSE", "RMSE", "PearsonCorrelation"]


class _Regression(EvalMetric):
    """A metric of differences: a mean over each batch, then over the batches."""

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        check_same_size(label, pred, type(self).__name__)
        return self._of_difference(label.reshape(pred.shape) - pred), 1

    def _of_difference(self, difference: ndarray) -> ndarray:
        raise NotImplementedError


@register
class MAE(_Regression):
    """Mean absolute error.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric
    >>> mae = metric.MAE()
    >>> mae.update([1.0, 2.0], [1.0, 4.0])
    >>> mae.get()
    ('mae', 1.0)
    """

    def __init__(
        self,
        name: str = "mae",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of_difference(self, difference: ndarray) -> ndarray:
        return np.abs(difference).mean()


@register
class MSE(_Regression):
    """Mean squared error.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric
    >>> mse = metric.MSE()
    >>> mse.update([1.0, 2.0], [1.0, 4.0])
    >>> mse.get()
    ('mse', 2.0)
    """

    def __init__(
        self,
        name: str = "mse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of_difference(self, difference: ndarray) -> ndarray:
        return (difference * difference).mean()


@register
class RMSE(_Regression):
    """Root of the mean squared error.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric
    >>> rmse = metric.RMSE()
    >>> rmse.update([1.0, 2.0], [3.0, 4.0])
    >>> rmse.get()
    ('rmse', 2.0)
    """

    def __init__(
        self,
        name: str = "rmse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of_difference(self, difference: ndarray) -> ndarray:
        return np.sqrt((difference * difference).mean())


@alias("pearsonr")
class PearsonCorrelation(EvalMetric):
    """Pearson's correlation of labels and predictions.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.
    average
        ``"macro"``, the mean over updates, or ``"micro"``, over all samples together.

    Examples
    --------
    >>> from forerun import metric
    >>> correlation = metric.PearsonCorrelation()
    >>> correlation.update([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    >>> round(correlation.get()[1], 4)
    1.0
    """

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        if average not in ("macro", "micro"):
            raise ValueError(f"PearsonCorrelation: unknown average {average!r}")
        self.average = average
        super().__init__(name, output_names, label_names, average=average)

    def reset(self) -> None:
        """Forget all updates."""
        super().reset()
        self._seen: list[tuple[ndarray, ndarray]] = []

    def update(self, labels: Arrays, preds: Arrays) -> None:
        """Take in predictions; they are kept until `get`."""
        for label, pred in paired(labels, preds):
            check_same_size(label, pred, "PearsonCorrelation")
            self._seen.append((label.detach().copy(), pred.detach().copy()))
            self.num_inst += 1

    def get(self) -> tuple[str, float]:
        """Give name and value."""
        if not self._seen:
            return self.name, math.nan
        pairs = [
            (label.asnumpy().ravel(), pred.asnumpy().ravel())
            for label, pred in self._seen
        ]
        if self.average == "micro":
            pairs = [
                (
                    numpy.concatenate([label for label, _ in pairs]),
                    numpy.concatenate([pred for _, pred in pairs]),
                )
            ]
        values = [numpy.corrcoef(pred, label)[0, 1] for label, pred in pairs]
        return self.name, float(numpy.mean(values))
