"""What metrics share: their base, names, several at once, functions as metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from forerun import autograd
from forerun import np as _np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forerun._typing import ArrayLike
    from forerun.np import ndarray

__all__ = [
    "CompositeEvalMetric",
    "CustomMetric",
    "EvalMetric",
    "Loss",
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


def paired(labels: Arrays, preds: Arrays) -> list[tuple[ndarray, ndarray]]:
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


def check_same_size(label: ndarray, pred: ndarray, name: str) -> None:
    """Refuse labels and predictions of different numbers."""
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
            for label, pred in paired(labels, preds):
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


def alias(*names: str) -> Callable[[type[_M]], type[_M]]:
    """Let `create` find a metric by further names."""

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


@alias("composite")
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
        for label, pred in paired(label_list, pred_list):
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
