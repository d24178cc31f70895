"""Normal distributions: of numbers, of their logarithm, of vectors."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.device import Device
from forerun.np._convert import as_array, as_shape
from forerun.np.linalg import cholesky
from forerun.np.random._generator import Parameter, draw

__all__ = ["lognormal", "multivariate_normal", "normal", "randn", "standard_normal"]

_lognormal = _core.op("random_lognormal")
_normal = _core.op("random_normal")


def normal(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a normal distribution.

    Parameters
    ----------
    loc, scale
        Mean and standard deviation: numbers or arrays.
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
    >>> np.random.normal(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_normal, (loc, scale), size, dtype, ctx or device, out)


def randn(
    *size: int,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    device: Device | None = None,
) -> ndarray:
    """Numbers of the standard normal distribution.

    Parameters
    ----------
    *size
        Lengths of the axes.
    dtype
        Element type, float32 when omitted.
    ctx, device
        Where to put it; the current device when omitted.

    Examples
    --------
    >>> np.random.randn(2, 3).shape
    (2, 3)
    """
    return normal(0.0, 1.0, size, dtype, ctx, device=device)


def standard_normal(
    size: ShapeLike | None = None, dtype: DTypeLike | None = None
) -> ndarray:
    """Numbers of the standard normal distribution.

    Parameters
    ----------
    size
        Shape of the result; one number when None.
    dtype
        Element type, float32 when omitted.

    Examples
    --------
    >>> np.random.standard_normal(3).shape
    (3,)
    """
    return normal(0.0, 1.0, size, dtype)


def lognormal(
    mean: Parameter = 0.0,
    sigma: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers whose logarithm has a normal distribution.

    Parameters
    ----------
    mean, sigma
        Mean and standard deviation of the logarithm.
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
    >>> np.random.lognormal(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_lognormal, (mean, sigma), size, dtype, ctx or device, out)


def multivariate_normal(
    mean: ArrayLike,
    cov: ArrayLike,
    size: ShapeLike | None = None,
    check_valid: str | None = None,
    tol: float | None = None,
) -> ndarray:
    """Vectors of a normal distribution with a covariance.

    Parameters
    ----------
    mean
        Mean of the vectors.
    cov
        Covariance, a positive definite matrix.
    size
        Shape of the result before its last axis.
    check_valid, tol
        Taken as NumPy does, without effect.

    Examples
    --------
    >>> np.random.multivariate_normal(np.zeros(2), np.eye(2), size=3).shape
    (3, 2)
    """
    mean, factor = as_array(mean), cholesky(as_array(cov))
    lengths = () if size is None else as_shape(size)
    lengths = (lengths,) if isinstance(lengths, int) else lengths
    u = normal(0.0, 1.0, (*lengths, *mean.shape))
    return mean + (factor @ u.reshape(*u.shape, 1)).squeeze(-1)
