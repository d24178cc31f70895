"""Neural networks: blocks, layers, losses, training and data loading."""

from __future__ import annotations

from forerun.gluon import data, loss, metric, nn, parameter, utils
from forerun.gluon.block import Block, HybridBlock
from forerun.gluon.parameter import (
    Constant,
    DeferredInitializationError,
    Parameter,
    ParameterDict,
)
from forerun.gluon.trainer import Trainer

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "Trainer",
    "data",
    "loss",
    "metric",
    "nn",
    "parameter",
    "utils",
]
