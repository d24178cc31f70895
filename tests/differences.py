"""Gradients by central differences, and ours, to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy

from forerun import autograd, np

STEP = 1e-6


def numeric(
    f: Callable[..., float], inputs: Sequence[numpy.ndarray], i: int
) -> numpy.ndarray:
    """Differentiate a function of NumPy arrays by its `i`-th, in float64."""
    inputs = [x.copy() for x in inputs]
    x, slopes = inputs[i], numpy.zeros(inputs[i].shape)
    for at in numpy.ndindex(x.shape):
        kept = x[at]
        x[at] = kept + STEP
        above = f(*inputs)
        x[at] = kept - STEP
        below = f(*inputs)
        x[at] = kept
        slopes[at] = (above - below) / (2 * STEP)
    return slopes


def given(x: numpy.ndarray) -> np.ndarray:
    """Make an array of the same dtype, where `np.array` would make float64 float32."""
    return np.array(x, dtype=x.dtype)


def recorded(
    f: Callable[..., np.ndarray], inputs: Sequence[numpy.ndarray]
) -> list[numpy.ndarray]:
    """Differentiate a function of our arrays, whose result is a number, by all."""
    arrays = [given(x) for x in inputs]
    for array in arrays:
        array.attach_grad()
    with autograd.record():
        y = f(*arrays)
    y.backward()
    return [array.grad.asnumpy() for array in arrays]
