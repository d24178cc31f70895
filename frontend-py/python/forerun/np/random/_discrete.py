"""Distributions of counts: events, attempts, successes, outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import _core
from forerun._core import ndarray
from forerun._typing import DTypeLike, ShapeLike
from forerun.device import Device
from forerun.np._convert import as_array, as_shape
from forerun.np.random._generator import Parameter, draw

__all__ = ["bernoulli", "binomial", "geometric", "multinomial", "poisson"]

_bernoulli = _core.op("random_bernoulli")
_binomial = _core.op("random_binomial")
_geometric = _core.op("random_geometric")
_multinomial = _core.op("random_multinomial")
_poisson = _core.op("random_poisson")


def poisson(
    lam: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """How many events happen where `lam` are expected.

    Parameters
    ----------
    lam
        How many are expected.
    size
        Shape of the result; one number, or the shape of the parameters, when None.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.random.poisson(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_poisson, (lam,), size, dtype, ctx or device, out)


def geometric(
    p: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """How many attempts it takes to succeed.

    Parameters
    ----------
    p
        Probability of success.
    size
        Shape of the result; one number, or the shape of the parameters, when None.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.random.geometric(0.5, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_geometric, (p,), size, dtype, ctx or device, out)


def binomial(
    n: Parameter,
    p: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """How many of `n` attempts succeed.

    Parameters
    ----------
    n
        Number of attempts.
    p
        Probability of success.
    size
        Shape of the result; one number, or the shape of the parameters, when None.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.random.binomial(3, 0.5, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_binomial, (n, p), size, dtype, ctx or device, out)


def multinomial(
    n: int, pvals: Sequence[float] | ndarray, size: ShapeLike | None = None
) -> ndarray:
    """Count how often each outcome occurs in `n` draws.

    Parameters
    ----------
    n
        How many draws.
    pvals
        How likely each outcome is; the last one has what the others leave.
    size
        Shape of the result before its last axis, which is that of the outcomes.

    Examples
    --------
    >>> np.random.multinomial(10, [0.5, 0.5]).sum()
    array(10, dtype=int64)
    """
    lengths = () if size is None else as_shape(size)
    return _multinomial(n, as_array(pvals), lengths)


def bernoulli(
    prob: Parameter = 0.5,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Ones with a probability, zeros otherwise.

    Parameters
    ----------
    prob
        Probability of a one: a number or an array.
    size
        Shape of the result; that of `prob` when None.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> npx.random.bernoulli(1.0, size=2)
    array([1., 1.])
    """
    return draw(_bernoulli, (prob,), size, dtype, ctx or device, None)
