"""Layers of neural networks."""

from __future__ import annotations

from forerun.gluon.block import Block, HybridBlock
from forerun.gluon.nn.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    LeakyReLU,
    PReLU,
    SiLU,
    Swish,
)
from forerun.gluon.nn.containers import (
    Concatenate,
    HybridConcatenate,
    HybridLambda,
    HybridSequential,
    Identity,
    Lambda,
    Sequential,
)
from forerun.gluon.nn.dense import Dense, Dropout, Embedding, Flatten
from forerun.gluon.nn.norm import BatchNorm, LayerNorm

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "BatchNorm",
    "Block",
    "Concatenate",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "HybridBlock",
    "HybridConcatenate",
    "HybridLambda",
    "HybridSequential",
    "Identity",
    "Lambda",
    "LayerNorm",
    "LeakyReLU",
    "PReLU",
    "Sequential",
    "SiLU",
    "Swish",
]
