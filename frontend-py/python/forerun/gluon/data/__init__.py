"""Data sets, samplers, and the loader that makes batches of them."""

from __future__ import annotations

from forerun.gluon.data.dataloader import DataLoader, default_batchify_fn
from forerun.gluon.data.dataset import ArrayDataset, Dataset, SimpleDataset
from forerun.gluon.data.sampler import (
    BatchSampler,
    FilterSampler,
    IntervalSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
)

__all__ = [
    "ArrayDataset",
    "BatchSampler",
    "DataLoader",
    "Dataset",
    "FilterSampler",
    "IntervalSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SimpleDataset",
    "default_batchify_fn",
]
