"""Metrics: running figures of how good predictions are.

`update` issues array ops and keeps their sum as an array; only `get` waits, so a metric
in a training loop does not hold the loop up.
"""

from __future__ import annotations

from forerun.gluon.metric.classification import F1, Accuracy, TopKAccuracy
from forerun.gluon.metric.likelihood import (
    CrossEntropy,
    NegativeLogLikelihood,
    Perplexity,
)
from forerun.gluon.metric.metric import (
    CompositeEvalMetric,
    CustomMetric,
    EvalMetric,
    Loss,
    create,
    np,
    register,
)
from forerun.gluon.metric.regression import MAE, MSE, RMSE, PearsonCorrelation

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
