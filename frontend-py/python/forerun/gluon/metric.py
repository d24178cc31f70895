"""Metrics: running figures of how good predictions are.

`update` issues array ops and keeps their sum as an array; only `get` waits, so a metric
in a training loop does not hold the loop up.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy

from forerun import autograd, npx
from forerun import np as _np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forerun._typing import ArrayLike
    from forerun.np import ndarray

__all__ = [
    "F1",
    "MAE",
    "MSE",
    "RMSE",
    "Accuracy",
    "CompositeEvalMetric",
    "CrossEntropy",
    "CustomMetric",
    "EvalMetric",
    "Loss",
    "NegativeLogLikelihood",
    "PearsonCorrelation",
    "Perplexity",
    "TopKAccuracy",
    "create",
    "np",
    "register",
]

Arrays: TypeAlias = "ArrayLike | Sequence[ArrayLike]"
_M = TypeVar("_M", bound="EvalMetric")
_registry: dict[str, type[EvalMetric]] = {}


def _as_list(arrays: Arrays) -> list[ndarray]:
    """List arrays of ours, from one array (or list of numbers) or a list of arrays."""
    listed: Sequence[Any] = [arrays]
    if isinstance(arrays, list | tuple) and not isinstance(arrays[0], int | float):
        listed = arrays
    return [x if isinstance(x, _np.ndarray) else _np.array(x) for x in listed]


def _pairs(labels: Arrays, preds: Arrays) -> list[tuple[ndarray, ndarray]]:
    """Pair labels with predictions, both where the predictions are."""
    label_list, pred_list = _as_list(labels), _as_list(preds)
    if len(label_list) != len(pred_list):
        raise ValueError(
            f"metric: {len(label_list)} labels for {len(pred_list)} predictions"
        )
    return [
        (label.as_in_ctx(pred.ctx), pred)
        for label, pred in zip(label_list, pred_list, strict=True)
    ]


def _same_size(label: ndarray, pred: ndarray, name: str) -> None:
    if label.size != pred.size:
        raise ValueError(
            f"{name}: labels of shape {label.shape} for predictions of shape "
            f"{pred.shape}"
        )


class EvalMetric:
    """Base of all metrics: the mean of a sum over a number of instances.

    Subclasses override `update`, or `_measure(label, pred)`, which gives what one
    pair of arrays adds to the sum and to the number.

    Parameters
    ----------
    name
        Name of the metric.
    output_names, label_names
        What `update_dict` picks; everything when omitted.
    **kwargs
        Kept as the metric's settings.

    Examples
    --------
    >>> from forerun import metric
    >>> class Bias(metric.EvalMetric):
    ...     def _measure(self, label, pred):
    ...         return (pred - label).sum(), label.size
    >>> bias = Bias("bias")
    >>> bias.update([1.0, 2.0], [2.0, 3.0])
    >>> bias.get()
    ('bias', 1.0)
    """

    def __init__(
        self,
        name: str,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        **kwargs: object,
    ) -> None:
        self.name = name
        self.output_names = output_names
        self.label_names = label_names
        self._kwargs = kwargs
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self) -> dict[str, object]:
        """Give the settings that make a metric like this one."""
        return {
            **self._kwargs,
            "metric": type(self).__name__,
            "name": self.name,
            "output_names": self.output_names,
            "label_names": self.label_names,
        }

    def reset(self) -> None:
        """Forget all updates."""
        self.num_inst: int = 0
        self.sum_metric: ndarray | float = 0.0

    def update_dict(
        self, label: Mapping[str, ArrayLike], pred: Mapping[str, ArrayLike]
    ) -> None:
        """Update with arrays by name."""
        preds = [pred[name] for name in self.output_names or pred]
        labels = [label[name] for name in self.label_names or label]
        self.update(labels, preds)

    def update(self, labels: Arrays, preds: Arrays) -> None:
        """Take in predictions.

        Parameters
        ----------
        labels, preds
            Arrays or lists of them, in pairs.
        """
        with autograd.pause():
            for label, pred in _pairs(labels, preds):
                value, n_instances = self._measure(label, pred)
                self._add(value, n_instances)

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray | float, int]:
        raise NotImplementedError(f"{type(self).__name__}: update is not defined")

    def _add(self, value: ndarray | float, n_instances: int) -> None:
        # Sums of several devices meet on the first one.
        if isinstance(value, _np.ndarray) and isinstance(self.sum_metric, _np.ndarray):
            value = value.as_in_ctx(self.sum_metric.ctx)
        self.sum_metric = self.sum_metric + value
        self.num_inst += n_instances

    def _mean(self) -> float:
        return float(self.sum_metric) / self.num_inst if self.num_inst else math.nan

    def get(self) -> tuple[Any, Any]:
        """Give name and value; the value is nan before the first update."""
        return self.name, self._mean()

    def get_name_value(self) -> list[tuple[str, float]]:
        """Give a list of names with values."""
        name, value = self.get()
        names = name if isinstance(name, list) else [name]
        values = value if isinstance(value, list) else [value]
        return list(zip(names, values, strict=True))


def register(cls: type[_M]) -> type[_M]:
    """Let `create` find a metric by its class name, whatever the case.

    Parameters
    ----------
    cls
        The class, which is returned.

    Examples
    --------
    >>> from forerun.gluon import metric
    >>> @metric.register
    ... class Distance(metric.MAE):
    ...     pass
    >>> type(metric.create("distance")).__name__
    'Distance'
    """
    _registry[cls.__name__.lower()] = cls
    return cls


def _alias(*names: str) -> Callable[[type[_M]], type[_M]]:
    def add(cls: type[_M]) -> type[_M]:
        _registry.update(dict.fromkeys(names, cls))
        return register(cls)

    return add


def create(
    metric: str | EvalMetric | Callable[..., Any] | Sequence[Any],
    *args: Any,  # noqa: ANN401
    **kwargs: Any,  # noqa: ANN401
) -> EvalMetric:
    """Make a metric from a name, a function, or a list of those.

    Parameters
    ----------
    metric
        A metric, a name like ``"acc"``, a function of label and prediction, or a list.
    *args, **kwargs
        Settings of the metric.

    Examples
    --------
    >>> from forerun import metric
    >>> metric.create("acc").name
    'accuracy'
    """
    if isinstance(metric, EvalMetric):
        return metric
    if isinstance(metric, str):
        if metric.lower() not in _registry:
            raise ValueError(
                f"metric: unknown name {metric!r}, one of {sorted(_registry)}"
            )
        return _registry[metric.lower()](*args, **kwargs)
    if callable(metric):
        return CustomMetric(metric, *args, **kwargs)
    return CompositeEvalMetric([create(m, *args, **kwargs) for m in metric])


@_alias("composite")
class CompositeEvalMetric(EvalMetric):
    """Several metrics at once.

    Parameters
    ----------
    metrics
        The metrics or their names.
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric
    >>> both = metric.CompositeEvalMetric(["mae", "mse"])
    >>> both.update([1.0], [3.0])
    >>> both.get()
    (['mae', 'mse'], [2.0, 4.0])
    """

    def __init__(
        self,
        metrics: Sequence[Any] | None = None,
        name: str = "composite",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.metrics = [create(metric) for metric in metrics or []]
        super().__init__(name, output_names, label_names)

    def add(self, metric: str | EvalMetric) -> None:
        """Add a metric."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> EvalMetric:
        """Give one of the metrics."""
        return self.metrics[index]

    def reset(self) -> None:
        """Forget all updates."""
        for metric in self.metrics:
            metric.reset()

    def update(self, labels: Arrays, preds: Arrays) -> None:
        """Update all metrics."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def get(self) -> tuple[list[str], list[float]]:
        """Give names and values."""
        pairs = [pair for metric in self.metrics for pair in metric.get_name_value()]
        return [name for name, _ in pairs], [value for _, value in pairs]


@_alias("acc")
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
        _same_size(label, pred, "Accuracy")
        hits = label.astype("int32").reshape(-1) == pred.astype("int32").reshape(-1)
        return hits.sum(), label.size


@_alias("top_k_accuracy", "top_k_acc")
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
        _same_size(label, is_positive, "F1")
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
    return 2 * hits / _np.maximum(positives, 1)


class _Regression(EvalMetric):
    """A metric of differences: a mean over each batch, then over the batches."""

    def _measure(self, label: ndarray, pred: ndarray) -> tuple[ndarray, int]:
        _same_size(label, pred, type(self).__name__)
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
        return _np.abs(difference).mean()


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
        return _np.sqrt((difference * difference).mean())


@_alias("ce")
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
        return -_np.log(probability + self.eps).sum(), label.size


@_alias("nll_loss", "nll-loss")
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
        losses = -_np.log(_np.maximum(picked, 1e-10))
        if self.ignore_label is not None:
            is_ignored = label.reshape(losses.shape) == self.ignore_label
            self._n_ignored = self._n_ignored + is_ignored.sum()
            losses = _np.where(is_ignored, 0, losses)
        return losses.sum(), label.size

    def get(self) -> tuple[str, float]:
        """Give name and value."""
        n_counted = self.num_inst - float(self._n_ignored)
        if not n_counted:
            return self.name, math.nan
        return self.name, math.exp(float(self.sum_metric) / n_counted)


@_alias("pearsonr")
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
        for label, pred in _pairs(labels, preds):
            _same_size(label, pred, "PearsonCorrelation")
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


@register
class Loss(EvalMetric):
    """Mean of what is handed in as predictions.

    Parameters
    ----------
    name, output_names, label_names
        As in `EvalMetric`.

    Examples
    --------
    >>> from forerun import metric, np
    >>> loss = metric.Loss()
    >>> loss.update(None, np.array([1.0, 3.0]))
    >>> loss.get()
    ('loss', 2.0)
    """

    def __init__(
        self,
        name: str = "loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def update(self, _: object, preds: Arrays) -> None:
        """Take in losses; labels are ignored."""
        with autograd.pause():
            for loss in _as_list(preds):
                self._add(loss.sum(), loss.size)


@register
class CustomMetric(EvalMetric):
    """A function of NumPy arrays as a metric.

    Parameters
    ----------
    feval
        Function of label and prediction that gives a value, or a sum and a number.
    name, output_names, label_names
        As in `EvalMetric`; the name is the function's when omitted.
    allow_extra_outputs
        Let there be more predictions than labels.

    Examples
    --------
    >>> from forerun import metric
    >>> worst = metric.CustomMetric(lambda y, p: abs(y - p).max(), "worst")
    >>> worst.update([1.0, 2.0], [1.0, 4.0])
    >>> worst.get()
    ('worst', 2.0)
    """

    def __init__(
        self,
        feval: Callable[[Any, Any], Any],
        name: str | None = None,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        allow_extra_outputs: bool = False,
    ) -> None:
        if name is None:
            name = f"custom({feval.__name__})"
        super().__init__(
            name,
            output_names,
            label_names,
            feval=feval,
            allow_extra_outputs=allow_extra_outputs,
        )
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Arrays, preds: Arrays) -> None:
        """Take in predictions; the function waits for them."""
        label_list, pred_list = _as_list(labels), _as_list(preds)
        if self._allow_extra_outputs:
            pred_list = pred_list[: len(label_list)]
        for label, pred in _pairs(label_list, pred_list):
            value = self._feval(label.asnumpy(), pred.asnumpy())
            total, n_instances = value if isinstance(value, tuple) else (value, 1)
            self._add(float(total), n_instances)


def np(
    numpy_feval: Callable[[Any, Any], Any],
    name: str | None = None,
    allow_extra_outputs: bool = False,
) -> CustomMetric:
    """Make a metric of a function of NumPy arrays.

    Parameters
    ----------
    numpy_feval
        Function of label and prediction that gives a value, or a sum and a number.
    name
        Name of the metric; the function's when omitted.
    allow_extra_outputs
        Let there be more predictions than labels.

    Examples
    --------
    >>> from forerun import metric
    >>> def worst(label, pred):
    ...     return abs(label - pred).max()
    >>> metric.np(worst).name
    'worst'
    """
    return CustomMetric(
        numpy_feval,
        name or numpy_feval.__name__,
        allow_extra_outputs=allow_extra_outputs,
    )
