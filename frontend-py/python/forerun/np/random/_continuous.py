"""Other continuous distributions, from the exponential to Weibull's."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import DTypeLike, ShapeLike
from forerun.device import Device
from forerun.np.random._generator import Parameter, draw

__all__ = [
    "beta",
    "chisquare",
    "exponential",
    "f",
    "gamma",
    "gumbel",
    "laplace",
    "logistic",
    "pareto",
    "power",
    "rayleigh",
    "weibull",
]

_beta = _core.op("random_beta")
_chisquare = _core.op("random_chisquare")
_exponential = _core.op("random_exponential")
_f = _core.op("random_f")
_gamma = _core.op("random_gamma")
_gumbel = _core.op("random_gumbel")
_laplace = _core.op("random_laplace")
_logistic = _core.op("random_logistic")
_pareto = _core.op("random_pareto")
_power = _core.op("random_power")
_rayleigh = _core.op("random_rayleigh")
_weibull = _core.op("random_weibull")


def exponential(
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of an exponential distribution.

    Parameters
    ----------
    scale
        Its mean.
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
    >>> np.random.exponential(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_exponential, (scale,), size, dtype, ctx or device, out)


def gamma(
    shape: Parameter,
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a gamma distribution.

    Parameters
    ----------
    shape, scale
        Its two parameters.
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
    >>> np.random.gamma(3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_gamma, (shape, scale), size, dtype, ctx or device, out)


def beta(
    a: Parameter,
    b: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a beta distribution.

    Parameters
    ----------
    a, b
        Its two parameters.
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
    >>> np.random.beta(3.0, 3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_beta, (a, b), size, dtype, ctx or device, out)


def chisquare(
    df: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a chi-square distribution.

    Parameters
    ----------
    df
        Degrees of freedom.
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
    >>> np.random.chisquare(3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_chisquare, (df,), size, dtype, ctx or device, out)


def f(
    dfnum: Parameter,
    dfden: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of an F distribution.

    Parameters
    ----------
    dfnum, dfden
        Degrees of freedom of numerator and denominator.
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
    >>> np.random.f(3.0, 3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_f, (dfnum, dfden), size, dtype, ctx or device, out)


def laplace(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a Laplace distribution.

    Parameters
    ----------
    loc, scale
        Mean and scale.
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
    >>> np.random.laplace(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_laplace, (loc, scale), size, dtype, ctx or device, out)


def logistic(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a logistic distribution.

    Parameters
    ----------
    loc, scale
        Mean and scale.
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
    >>> np.random.logistic(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_logistic, (loc, scale), size, dtype, ctx or device, out)


def gumbel(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a Gumbel distribution.

    Parameters
    ----------
    loc, scale
        Mode and scale.
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
    >>> np.random.gumbel(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_gumbel, (loc, scale), size, dtype, ctx or device, out)


def rayleigh(
    scale: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a Rayleigh distribution.

    Parameters
    ----------
    scale
        Its mode.
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
    >>> np.random.rayleigh(size=(2, 3)).shape
    (2, 3)
    """
    return draw(_rayleigh, (scale,), size, dtype, ctx or device, out)


def weibull(
    a: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a Weibull distribution.

    Parameters
    ----------
    a
        Its shape.
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
    >>> np.random.weibull(3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_weibull, (a,), size, dtype, ctx or device, out)


def pareto(
    a: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers of a Pareto II (Lomax) distribution.

    Parameters
    ----------
    a
        Its shape.
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
    >>> np.random.pareto(3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_pareto, (a,), size, dtype, ctx or device, out)


def power(
    a: Parameter,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers between 0 and 1 with density ``a * x**(a - 1)``.

    Parameters
    ----------
    a
        Its parameter.
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
    >>> np.random.power(3.0, size=(2, 3)).shape
    (2, 3)
    """
    return draw(_power, (a,), size, dtype, ctx or device, out)
