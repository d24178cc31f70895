"""Splitting batches over devices, and limiting gradients."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from forerun import autograd, np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forerun._typing import ArrayLike, Device
    from forerun.np import ndarray

__all__ = ["clip_global_norm", "split_and_load", "split_data"]


def split_data(
    data: ndarray, num_slice: int, batch_axis: int = 0, even_split: bool = True
) -> list[ndarray]:
    """Cut an array into parts along an axis.

    Parameters
    ----------
    data
        The array.
    num_slice
        Number of parts.
    batch_axis
        The axis.
    even_split
        Refuse parts of different sizes; else the last one is larger.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> gluon.utils.split_data(np.arange(4), 2)
    [array([0., 1.]), array([2., 3.])]
    """
    size = data.shape[batch_axis]
    if even_split and size % num_slice:
        raise ValueError(
            f"split_data: axis {batch_axis} of {data.shape} cannot be cut into "
            f"{num_slice} equal parts; even_split=False allows others"
        )
    num_slice = min(num_slice, size)
    step = size // num_slice if size else 0
    starts = [i * step for i in range(num_slice)]
    stops = [*starts[1:], size]
    before = (slice(None),) * batch_axis
    return [
        data[(*before, slice(start, stop))]
        for start, stop in zip(starts, stops, strict=True)
    ]


def split_and_load(
    data: ArrayLike,
    ctx_list: Sequence[Device],
    batch_axis: int = 0,
    even_split: bool = True,
) -> list[ndarray]:
    """Cut an array into parts and put one on each device.

    Parameters
    ----------
    data
        The array.
    ctx_list
        The devices.
    batch_axis
        The axis.
    even_split
        Refuse parts of different sizes; else the last one is larger.

    Examples
    --------
    >>> from forerun import gluon, np, npx
    >>> parts = gluon.utils.split_and_load(np.arange(4), [npx.cpu(0), npx.cpu(1)])
    >>> [part.shape for part in parts]
    [(2,), (2,)]
    """
    array = data if isinstance(data, np.ndarray) else np.array(data, ctx=ctx_list[0])
    if len(ctx_list) == 1:
        return [array.as_in_ctx(ctx_list[0])]
    parts = split_data(array, len(ctx_list), batch_axis, even_split)
    return [part.as_in_ctx(ctx) for part, ctx in zip(parts, ctx_list, strict=False)]


def clip_global_norm(
    arrays: Sequence[ndarray], max_norm: float, check_isfinite: bool = True
) -> float | ndarray:
    """Scale arrays in place so that together their norm is at most `max_norm`.

    Parameters
    ----------
    arrays
        The arrays, on whatever devices.
    max_norm
        Bound of the norm.
    check_isfinite
        Wait for the norm and warn if it is not finite; else nothing waits and the
        norm comes as an array.

    Returns
    -------
    float or ndarray
        The norm before scaling.

    Examples
    --------
    >>> from forerun import gluon, np
    >>> x = np.array([3.0, 4.0])
    >>> gluon.utils.clip_global_norm([x], 2.5)
    5.0
    >>> [round(v, 4) for v in x.tolist()]
    [1.5, 2.0]
    """
    if not arrays:
        raise ValueError("clip_global_norm: no arrays")
    ctx = arrays[0].ctx
    with autograd.pause():
        squares = [(x.astype("float32") ** 2).sum().as_in_ctx(ctx) for x in arrays]
        norm = np.sqrt(sum(squares[1:], squares[0]))
        scale = np.minimum(max_norm / (norm + 1e-8), 1.0)
        for x in arrays:
            x *= scale.astype(x.dtype).as_in_ctx(x.ctx)
    if not check_isfinite:
        return norm
    value = float(norm.item())
    if not math.isfinite(value):
        warnings.warn(
            f"clip_global_norm: the norm is {value}; the arrays are of no use now",
            stacklevel=2,
        )
    return value
