"""Optimizers: rules that turn gradients into new weights."""

from __future__ import annotations

from forerun.optimizer.adam import Adam, Adamax, AdamW
from forerun.optimizer.adaptive import AdaDelta, AdaGrad, Ftrl, RMSProp
from forerun.optimizer.optimizer import (
    Optimizer,
    Updater,
    create,
    get_updater,
    register,
)
from forerun.optimizer.sgd import NAG, SGD, Signum

__all__ = [
    "NAG",
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Optimizer",
    "RMSProp",
    "Signum",
    "Updater",
    "create",
    "get_updater",
    "register",
]
