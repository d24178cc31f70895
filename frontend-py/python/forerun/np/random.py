"""Random numbers, by MXNet's names.

The numbers of an op depend on the seed and on how many random ops were issued before
it, never on which thread computes it or when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_array, as_operand, as_shape, write_to
from forerun.np._dtype import default_float, dtype_name

if TYPE_CHECKING:
    import numpy

    from forerun._core import Op

__all__ = [
    "beta",
    "binomial",
    "chisquare",
    "choice",
    "exponential",
    "f",
    "gamma",
    "geometric",
    "gumbel",
    "laplace",
    "logistic",
    "lognormal",
    "multinomial",
    "multivariate_normal",
    "normal",
    "pareto",
    "permutation",
    "poisson",
    "power",
    "rand",
    "randint",
    "randn",
    "random",
    "random_sample",
    "rayleigh",
    "seed",
    "shuffle",
    "standard_normal",
    "uniform",
    "weibull",
]

Parameter: TypeAlias = "float | ndarray | numpy.ndarray[Any, Any] | Sequence[float]"

_bernoulli = _core.op("random_bernoulli")
_beta = _core.op("random_beta")
_binomial = _core.op("random_binomial")
_chisquare = _core.op("random_chisquare")
_choice = _core.op("random_choice")
_exponential = _core.op("random_exponential")
_f = _core.op("random_f")
_gamma = _core.op("random_gamma")
_geometric = _core.op("random_geometric")
_gumbel = _core.op("random_gumbel")
_integers = _core.op("random_integers")
_laplace = _core.op("random_laplace")
_logistic = _core.op("random_logistic")
_lognormal = _core.op("random_lognormal")
_multinomial = _core.op("random_multinomial")
_normal = _core.op("random_normal")
_pareto = _core.op("random_pareto")
_permutation = _core.op("random_permutation")
_permuted = _core.op("random_permuted")
_poisson = _core.op("random_poisson")
_power = _core.op("random_power")
_rayleigh = _core.op("random_rayleigh")
_seed = _core.op("random_seed")
_shuffle = _core.op("random_shuffle")
_uniform = _core.op("random_uniform")
_weibull = _core.op("random_weibull")


_LARGEST_SEED = 2**63 - 1


def seed(seed: int, ctx: Device | str = "all", *, device: Device | None = None) -> None:
    """Start the random numbers anew, so that a program gives the same ones each time.

    Parameters
    ----------
    seed
        Any integer.
    ctx, device
        Whose random numbers; those of all devices when omitted.

    Examples
    --------
    >>> np.random.seed(7)
    >>> x = np.random.rand(3)
    >>> np.random.seed(7)
    >>> bool((np.random.rand(3) == x).all())
    True
    """
    number = int(seed) & _LARGEST_SEED
    if ctx == "all" and device is None:
        _core.seed(number)
    else:
        _seed(number, device_id(None if isinstance(ctx, str) else ctx, device))


def _draw(
    op: Op,
    parameters: tuple[Parameter, ...],
    size: ShapeLike | None,
    dtype: DTypeLike | None,
    place: Device | None,
    out: ndarray | None,
) -> ndarray:
    """Issue the drawing of numbers with parameters, each a number or an array."""
    given = map(as_operand, parameters)
    shape = None if size is None else as_shape(size)
    name = default_float() if dtype is None else dtype_name(dtype)
    y = op(*given, shape, name, device_id(place))
    return y if out is None else write_to(out, y)


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
    return _draw(_normal, (loc, scale), size, dtype, ctx or device, out)


def uniform(
    low: Parameter = 0.0,
    high: Parameter = 1.0,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Numbers spread evenly over an interval.

    Parameters
    ----------
    low, high
        The interval, without `high` itself: numbers or arrays.
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
    >>> np.random.uniform(size=(2, 3)).shape
    (2, 3)
    """
    return _draw(_uniform, (low, high), size, dtype, ctx or device, out)


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
    return _draw(_lognormal, (mean, sigma), size, dtype, ctx or device, out)


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
    return _draw(_exponential, (scale,), size, dtype, ctx or device, out)


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
    return _draw(_gamma, (shape, scale), size, dtype, ctx or device, out)


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
    return _draw(_beta, (a, b), size, dtype, ctx or device, out)


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
    return _draw(_chisquare, (df,), size, dtype, ctx or device, out)


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
    return _draw(_f, (dfnum, dfden), size, dtype, ctx or device, out)


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
    return _draw(_laplace, (loc, scale), size, dtype, ctx or device, out)


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
    return _draw(_logistic, (loc, scale), size, dtype, ctx or device, out)


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
    return _draw(_gumbel, (loc, scale), size, dtype, ctx or device, out)


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
    return _draw(_rayleigh, (scale,), size, dtype, ctx or device, out)


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
    return _draw(_weibull, (a,), size, dtype, ctx or device, out)


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
    return _draw(_pareto, (a,), size, dtype, ctx or device, out)


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
    return _draw(_power, (a,), size, dtype, ctx or device, out)


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
    return _draw(_poisson, (lam,), size, dtype, ctx or device, out)


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
    return _draw(_geometric, (p,), size, dtype, ctx or device, out)


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
    return _draw(_binomial, (n, p), size, dtype, ctx or device, out)


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


def rand(
    *size: int,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    device: Device | None = None,
) -> ndarray:
    """Numbers spread evenly between 0 and 1.

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
    >>> np.random.rand(2, 3).shape
    (2, 3)
    """
    return uniform(0.0, 1.0, size, dtype, ctx, device=device)


def randint(
    low: int,
    high: int | None = None,
    size: ShapeLike | None = None,
    dtype: DTypeLike | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Whole numbers, each as likely as the others.

    Parameters
    ----------
    low, high
        From `low` up to, but not including, `high`; from 0 up to `low` without `high`.
    size
        Shape of the result; one number when None.
    dtype
        Element type, int64 when omitted.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> bool((np.random.randint(3, size=10) < 3).all())
    True
    """
    low, high = (0, low) if high is None else (low, high)
    if low >= high:
        fact = f"randint: low {low} is not below high {high}"
        raise ValueError(fact)
    name = "int64" if dtype is None else dtype_name(dtype)
    shape = () if size is None else as_shape(size)
    y = _integers(int(low), int(high), shape, name, device_id(ctx, device))
    return y if out is None else write_to(out, y)


def permutation(x: int | ArrayLike) -> ndarray:
    """Give the rows of an array, or the numbers below `x`, in random order.

    Parameters
    ----------
    x
        Array, or how many numbers.

    Examples
    --------
    >>> np.sort(np.random.permutation(4))
    array([0, 1, 2, 3], dtype=int64)
    """
    if isinstance(x, int):
        return _permutation(x, device_id(None))
    return _permuted(as_array(x))


def shuffle(x: ndarray) -> None:
    """Put the rows of an array in random order, in place.

    Parameters
    ----------
    x
        The array.

    Examples
    --------
    >>> x = np.arange(4)
    >>> np.random.shuffle(x)
    >>> np.sort(x)
    array([0., 1., 2., 3.])
    """
    _shuffle(x)


def choice(
    a: int | ArrayLike,
    size: ShapeLike | None = None,
    replace: bool = True,
    p: Sequence[float] | ndarray | None = None,
    ctx: Device | None = None,
    out: ndarray | None = None,
    *,
    device: Device | None = None,
) -> ndarray:
    """Draw elements of an array, or numbers below `a`.

    Parameters
    ----------
    a
        Array of one axis, or how many numbers.
    size
        Shape of the result; one element when None.
    replace
        Whether an element may be drawn more than once.
    p
        How likely each is; all equally when None.
    ctx, device
        Where to put it; the current device when omitted.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> np.sort(np.random.choice(3, size=3, replace=False))
    array([0, 1, 2], dtype=int64)
    """
    n = a if isinstance(a, int) else as_array(a).shape[0]
    shape = () if size is None else as_shape(size)
    weights = None if p is None else as_array(p)
    y = _choice(n, shape, replace, weights, device_id(ctx, device))
    y = y if isinstance(a, int) else as_array(a)[y]
    return y if out is None else write_to(out, y)


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
    from forerun.np.linalg import cholesky

    mean, factor = as_array(mean), cholesky(as_array(cov))
    lengths = () if size is None else as_shape(size)
    lengths = (lengths,) if isinstance(lengths, int) else lengths
    u = normal(0.0, 1.0, (*lengths, *mean.shape))
    return mean + (factor @ u.reshape(*u.shape, 1)).squeeze(-1)


def random(size: ShapeLike | None = None, dtype: DTypeLike | None = None) -> ndarray:
    """Numbers spread evenly between 0 and 1.

    Parameters
    ----------
    size
        Shape of the result; one number when None.
    dtype
        Element type, float32 when omitted.

    Examples
    --------
    >>> np.random.random(3).shape
    (3,)
    """
    return uniform(0.0, 1.0, size, dtype)


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
    return _draw(_bernoulli, (prob,), size, dtype, ctx or device, None)


random_sample = random
