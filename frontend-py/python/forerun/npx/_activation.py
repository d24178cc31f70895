"""Activation functions, element by element."""

from __future__ import annotations

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.np._convert import as_array, write_to

__all__ = [
    "activation",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "relu",
    "sigmoid",
    "silu",
    "smooth_l1",
    "softplus",
    "softsign",
]

_elu = _core.op("elu")
_gelu = _core.op("gelu")
_hard_sigmoid = _core.op("hard_sigmoid")
_leaky_relu = _core.op("leaky_relu")
_log_sigmoid = _core.op("log_sigmoid")
_mish = _core.op("mish")
_relu = _core.op("relu")
_selu = _core.op("selu")
_sigmoid = _core.op("sigmoid")
_silu = _core.op("silu")
_smooth_l1 = _core.op("smooth_l1")
_softplus = _core.op("softplus")
_softsign = _core.op("softsign")
_tanh = _core.op("tanh")


def relu(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Each element, or 0 where it is negative.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    y = _relu(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def sigmoid(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``1 / (1 + exp(-x))`` of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.sigmoid(np.array([0.0]))
    array([0.5])
    """
    y = _sigmoid(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def log_sigmoid(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Logarithm of the sigmoid of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.log_sigmoid(np.array([0.0]))
    array([-0.6931472])
    """
    y = _log_sigmoid(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def softplus(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``log(1 + exp(x))`` of each element, without overflow.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.softplus(np.array([0.0]))
    array([0.6931472])
    """
    y = _softplus(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def softsign(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``x / (1 + abs(x))`` of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.softsign(np.array([1.0]))
    array([0.5])
    """
    y = _softsign(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def gelu(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Each element times the part of a normal distribution below it.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.gelu(np.array([0.0]))
    array([0.])
    """
    y = _gelu(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def silu(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``x * sigmoid(x)`` of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.silu(np.array([0.0]))
    array([0.])
    """
    y = _silu(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def mish(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """``x * tanh(softplus(x))`` of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.mish(np.array([0.0]))
    array([0.])
    """
    y = _mish(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def hard_sigmoid(data: ArrayLike, alpha: float = 0.2, beta: float = 0.5) -> ndarray:
    """``alpha * x + beta`` of each element, between 0 and 1.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    alpha, beta
        Slope and value at 0.

    Examples
    --------
    >>> npx.hard_sigmoid(np.array([-9.0, 0.0, 9.0]))
    array([0. , 0.5, 1. ])
    """
    return _hard_sigmoid(as_array(data), alpha, beta)


def leaky_relu(
    data: ArrayLike,
    gamma: ArrayLike | None = None,
    act_type: str = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
) -> ndarray:
    """Each element where it is positive, something smaller where it is negative.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    gamma
        Slopes of the negative side by channel, for ``"prelu"``.
    act_type
        ``"leaky"``, ``"elu"``, ``"selu"``, ``"gelu"``, ``"prelu"`` or ``"rrelu"``.
    slope
        Slope of the negative side, or alpha of ``"elu"``.
    lower_bound, upper_bound
        Interval of the slope for ``"rrelu"``, whose middle is used.

    Examples
    --------
    >>> npx.leaky_relu(np.array([-1.0, 2.0]))
    array([-0.25,  2.  ])
    """
    data = as_array(data)
    if act_type == "leaky":
        return _leaky_relu(data, slope)
    if act_type == "prelu":
        return _leaky_relu(data, _by_channel(as_array(gamma or slope), data))
    if act_type == "rrelu":
        return _leaky_relu(data, (lower_bound + upper_bound) / 2)
    if act_type == "elu":
        return _elu(data, slope)
    if act_type in ("selu", "gelu"):
        return (_selu if act_type == "selu" else _gelu)(data)
    fact = f"leaky_relu: no act_type is called {act_type!r}"
    raise ValueError(fact)


def _by_channel(x: ndarray, data: ndarray) -> ndarray:
    """Lay one number for each channel, the second axis, along the axes of `data`."""
    if x.ndim != 1 or data.ndim < 2:
        return x
    return x.reshape(-1, *(1,) * (data.ndim - 2))


_ACTIVATIONS = {
    "gelu": _gelu,
    "log_sigmoid": _log_sigmoid,
    "mish": _mish,
    "relu": _relu,
    "selu": _selu,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "softrelu": _softplus,
    "softsign": _softsign,
    "tanh": _tanh,
}


def activation(data: ArrayLike, act_type: str = "relu") -> ndarray:
    """Apply the activation function of a name.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    act_type
        ``"relu"``, ``"sigmoid"``, ``"tanh"``, ``"softrelu"``, ``"softsign"``,
        ``"gelu"``, ``"selu"``, ``"silu"``, ``"mish"`` or ``"log_sigmoid"``.

    Examples
    --------
    >>> npx.activation(np.array([-1.0, 2.0]), "relu")
    array([0., 2.])
    """
    if act_type not in _ACTIVATIONS:
        fact = f"activation: no act_type is called {act_type!r}"
        raise ValueError(fact)
    return _ACTIVATIONS[act_type](data if type(data) is ndarray else as_array(data))


def smooth_l1(data: ArrayLike, scalar: float = 1.0) -> ndarray:
    """``0.5 * (scalar * x)**2`` near 0, ``abs(x) - 0.5 / scalar**2`` beyond.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    scalar
        The two meet at ``1 / scalar**2``.

    Examples
    --------
    >>> npx.smooth_l1(np.array([0.5, 2.0]))
    array([0.125, 1.5  ])
    """
    return _smooth_l1(as_array(data), scalar)
