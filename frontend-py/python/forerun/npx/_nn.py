"""Functions of neural networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.autograd import is_training, pause
from forerun.device import Device
from forerun.np._convert import as_array, as_operand, write_to
from forerun.np._create import arange, full
from forerun.np._dtype import default_float, dtype_name

__all__ = [
    "activation",
    "arange_like",
    "batch_dot",
    "batch_flatten",
    "batch_norm",
    "broadcast_like",
    "digamma",
    "dropout",
    "embedding",
    "erf",
    "erfinv",
    "fully_connected",
    "gamma",
    "gammaln",
    "gather_nd",
    "gelu",
    "group_norm",
    "hard_sigmoid",
    "index_add",
    "index_update",
    "instance_norm",
    "l2_normalization",
    "layer_norm",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "masked_log_softmax",
    "masked_softmax",
    "mish",
    "nonzero",
    "one_hot",
    "pick",
    "relu",
    "reshape_like",
    "sequence_mask",
    "shape_array",
    "sigmoid",
    "silu",
    "slice_axis",
    "smooth_l1",
    "softmax",
    "softplus",
    "softsign",
    "stop_gradient",
    "topk",
]

_batch_dot = _core.op("batch_dot")
_batch_norm = _core.op("batch_norm")
_digamma = _core.op("digamma")
_batch_norm_train = _core.op("batch_norm_train")
_dropout = _core.op("dropout")
_elu = _core.op("elu")
_embedding = _core.op("embedding")
_erf = _core.op("erf")
_erfinv = _core.op("erfinv")
_exp = _core.op("exp")
_fully_connected = _core.op("fully_connected")
_gammaln = _core.op("gammaln")
_gather_nd = _core.op("gather_nd")
_gelu = _core.op("gelu")
_group_norm = _core.op("group_norm")
_hard_sigmoid = _core.op("hard_sigmoid")
_index_add = _core.op("index_add")
_index_update = _core.op("index_update")
_instance_norm = _core.op("instance_norm")
_l2_normalization = _core.op("l2_normalization")
_layer_norm = _core.op("layer_norm")
_leaky_relu = _core.op("leaky_relu")
_log_sigmoid = _core.op("log_sigmoid")
_log_softmax = _core.op("log_softmax")
_mish = _core.op("mish")
_one_hot = _core.op("one_hot")
_pick = _core.op("pick")
_relu = _core.op("relu")
_selu = _core.op("selu")
_sequence_mask = _core.op("sequence_mask")
_sigmoid = _core.op("sigmoid")
_silu = _core.op("silu")
_smooth_l1 = _core.op("smooth_l1")
_softmax = _core.op("softmax")
_softplus = _core.op("softplus")
_softsign = _core.op("softsign")
_tanh = _core.op("tanh")
_topk = _core.op("topk")
_where = _core.op("where")


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


def erf(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Error function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.erf(np.array([0.0, 1.0]))
    array([0.        , 0.84270084])
    """
    y = _erf(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def erfinv(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Inverse of the error function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.erfinv(np.array([0.0, 0.5]))
    array([0.       , 0.4769363])
    """
    y = _erfinv(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def gammaln(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Logarithm of the absolute value of the gamma function.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.gammaln(np.array([1.0, 5.0]))
    array([0.       , 3.1780539])
    """
    y = _gammaln(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def digamma(data: ArrayLike, out: ndarray | None = None) -> ndarray:
    """Derivative of `gammaln`.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    out
        Array that receives the result; a new one when omitted.

    Examples
    --------
    >>> npx.digamma(np.array([1.0]))
    array([-0.5772157])
    """
    y = _digamma(data if type(data) is ndarray else as_array(data))
    return y if out is None else write_to(out, y)


def gamma(data: ArrayLike) -> ndarray:
    """Gamma function of each element.

    Parameters
    ----------
    data
        Input; integers are computed as float32.

    Examples
    --------
    >>> npx.gamma(np.array([3.0])).round(3)
    array([2.])
    """
    data = as_array(data)
    # Between -2k-1 and -2k the function is negative: there floor(x) is odd.
    below = data // 1
    is_negative = (data < 0) & (below % 2 == 1)
    return _exp(_gammaln(data)) * (1 - 2 * is_negative.astype(default_float()))


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


_ACTIVATIONS: dict[str, Callable[[ArrayLike], ndarray]] = {
    "gelu": gelu,
    "log_sigmoid": log_sigmoid,
    "mish": mish,
    "relu": relu,
    "selu": _selu,
    "sigmoid": sigmoid,
    "silu": silu,
    "softrelu": softplus,
    "softsign": softsign,
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
    return _ACTIVATIONS[act_type](as_array(data))


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


def softmax(
    data: ArrayLike,
    axis: int = -1,
    length: ArrayLike | None = None,
    temperature: float | None = None,
    use_length: bool = False,
    dtype: DTypeLike | None = None,
) -> ndarray:
    """Exponentials along an axis, divided by their sum.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    axis
        The axis.
    length
        How many elements of the axis count in each row; others become 0.
    temperature
        What the input is divided by.
    use_length
        Whether to heed `length`.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    data = as_array(data)
    if use_length and length is not None:
        mask = _within(data, length, axis)
        y = masked_softmax(data, mask, axis, temperature or 1.0)
    else:
        y = _softmax(data, axis, temperature)
    return y if dtype is None else y.astype(dtype)


def log_softmax(
    data: ArrayLike,
    axis: int = -1,
    length: ArrayLike | None = None,
    temperature: float | None = None,
    use_length: bool = False,
    dtype: DTypeLike | None = None,
) -> ndarray:
    """Logarithm of `softmax`, without overflow.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    axis
        The axis.
    length
        How many elements of the axis count in each row; others become minus infinity.
    temperature
        What the input is divided by.
    use_length
        Whether to heed `length`.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.log_softmax(np.array([0.0, 0.0]))
    array([-0.6931472, -0.6931472])
    """
    data = as_array(data)
    if use_length and length is not None:
        mask = _within(data, length, axis)
        y = masked_log_softmax(data, mask, axis, temperature or 1.0)
    else:
        y = _log_softmax(data, axis, temperature)
    return y if dtype is None else y.astype(dtype)


def _within(data: ndarray, length: ArrayLike, axis: int) -> ndarray:
    """Mask of the first `length` positions of an axis, for each row."""
    axis %= data.ndim
    lengths = [1] * data.ndim
    lengths[axis] = -1
    places = arange(data.shape[axis], dtype="int32").reshape(lengths)
    return places < as_array(length).expand_dims(axis)


def masked_softmax(
    data: ArrayLike,
    mask: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    normalize: bool = True,
) -> ndarray:
    """`softmax` of the elements where a mask is true; the others become 0.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    mask
        True where an element counts; it broadcasts.
    axis
        The axis.
    temperature
        What the input is divided by.
    normalize
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.masked_softmax(np.array([0.0, 5.0, 0.0]), np.array([True, False, True]))
    array([0.5, 0. , 0.5])
    """
    data, mask = as_array(data), as_array(mask)
    return _where(mask, _softmax(_where(mask, data, -math.inf), axis, temperature), 0)


def masked_log_softmax(
    data: ArrayLike,
    mask: ArrayLike,
    axis: int = -1,
    temperature: float = 1.0,
    normalize: bool = True,
) -> ndarray:
    """`log_softmax` of the elements where a mask is true; the others become -inf.

    Parameters
    ----------
    data
        Input; integers are computed as float32.
    mask
        True where an element counts; it broadcasts.
    axis
        The axis.
    temperature
        What the input is divided by.
    normalize
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.masked_log_softmax(np.array([0.0, 5.0]), np.array([True, False]))
    array([  0., -inf])
    """
    data, mask = as_array(data), as_array(mask)
    y = _log_softmax(_where(mask, data, -math.inf), axis, temperature)
    return _where(mask, y, -math.inf)


def one_hot(
    data: ArrayLike,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    dtype: DTypeLike = "float32",
) -> ndarray:
    """Vectors with one value where each element says, and another elsewhere.

    Parameters
    ----------
    data
        Positions; one outside gives a vector without `on_value`.
    depth
        Length of the vectors.
    on_value, off_value
        The two values.
    dtype
        Element type of the result.

    Examples
    --------
    >>> npx.one_hot(np.array([0, 2]), 3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    name = dtype_name(dtype)
    return _one_hot(as_array(data), depth, on_value, off_value, name)


def pick(
    data: ArrayLike,
    index: ArrayLike,
    axis: int = -1,
    mode: str = "clip",
    keepdims: bool = False,
) -> ndarray:
    """Pick one element along an axis for each of the other positions.

    Parameters
    ----------
    data
        Input.
    index
        Positions along the axis.
    axis
        The axis.
    mode
        How a position outside is moved in: ``"clip"`` or ``"wrap"``.
    keepdims
        Whether the axis stays, with length 1.

    Examples
    --------
    >>> npx.pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))
    array([1., 4.])
    """
    return _pick(as_array(data), as_array(index), axis, keepdims, mode)


def topk(
    data: ArrayLike,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: str = "indices",
    is_ascend: bool = False,
    dtype: DTypeLike = "float32",
) -> Any:  # noqa: ANN401
    """Find the largest elements along an axis, in descending order.

    Parameters
    ----------
    data
        Input.
    axis
        The axis; the flattened input when None.
    k
        How many.
    ret_typ
        What to return: ``"indices"``, ``"value"``, ``"both"`` or ``"mask"``.
    is_ascend
        Whether to find the smallest ones instead, in ascending order.
    dtype
        Element type of the positions.

    Examples
    --------
    >>> npx.topk(np.array([1.0, 3.0, 2.0]), k=2)
    array([1., 2.])
    """
    data = as_array(data)
    if axis is None:
        data, axis = data.reshape(-1), 0
    values, places = _topk(data, k if k > 0 else data.shape[axis], axis, is_ascend)
    if ret_typ == "mask":
        marks = _one_hot(places.moveaxis(axis, -1), data.shape[axis], 1, 0, "float32")
        return marks.sum(axis=-2).moveaxis(-1, axis)
    indices = places.astype(dtype_name(dtype))
    results = {"indices": indices, "value": values, "both": [values, indices]}
    if ret_typ not in results:
        fact = f"topk: ret_typ is one of {[*results, 'mask']}, not {ret_typ!r}"
        raise ValueError(fact)
    return results[ret_typ]


def dropout(
    data: ArrayLike,
    p: float = 0.5,
    mode: str = "training",
    axes: Sequence[int] | None = None,
    cudnn_off: bool = False,
) -> ndarray:
    """Set a random part of the elements to 0 while training, and scale up the others.

    Parameters
    ----------
    data
        Input.
    p
        Part of the elements that becomes 0.
    mode
        ``"always"`` to do so while not training, too.
    axes
        Axes along which the same elements are chosen.
    cudnn_off
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.dropout(np.array([1.0, 2.0]))  # not training
    array([1., 2.])
    """
    data = as_array(data)
    if p == 0 or not (mode == "always" or is_training()):
        return data
    return _dropout(data, p, *_core.next_key(), None if axes is None else tuple(axes))


@overload
def batch_norm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    running_mean: ndarray,
    running_var: ndarray,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: Literal[False] = False,
    axis: int = 1,
    cudnn_off: bool = False,
) -> ndarray: ...
@overload
def batch_norm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    running_mean: ndarray,
    running_var: ndarray,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    *,
    output_mean_var: Literal[True],
    axis: int = 1,
    cudnn_off: bool = False,
) -> list[ndarray]: ...
def batch_norm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    running_mean: ndarray,
    running_var: ndarray,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
) -> ndarray | list[ndarray]:
    """Normalize each channel over the batch (Ioffe and Szegedy, 2015).

    While training, the running statistics are brought up to date in place.

    Parameters
    ----------
    x
        Input.
    gamma, beta
        Scale and shift of each channel.
    running_mean, running_var
        Statistics that are used while not training.
    eps
        Added to the variance.
    momentum
        Part of the running statistics that stays.
    fix_gamma
        Whether to take the scale as 1.
    use_global_stats
        Whether to use the running statistics while training, too.
    output_mean_var
        Whether to return the mean and variance that were used, too.
    axis
        Axis of the channels.
    cudnn_off
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> one, zero = np.ones(1), np.zeros(1)
    >>> with autograd.train_mode():
    ...     npx.batch_norm(np.array([[1.0], [3.0]]), one, zero, zero, one, eps=0)
    array([[-1.],
           [ 1.]])
    """
    x, gamma, beta = as_array(x), as_array(gamma), as_array(beta)
    scale = full(gamma.shape, 1, gamma.dtype) if fix_gamma else gamma
    if use_global_stats or not is_training():
        mean, var = running_mean, running_var
        y = _batch_norm(x, scale, beta, mean, var, eps, axis)
    else:
        y, mean, var = _batch_norm_train(x, scale, beta, eps, axis)
        with pause():
            running_mean[...] = momentum * running_mean + (1 - momentum) * mean
            running_var[...] = momentum * running_var + (1 - momentum) * var
    return [y, mean, var] if output_mean_var else y


def layer_norm(
    data: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    axis: int = -1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> ndarray:
    """Normalize over one axis of each sample (Ba, Kiros and Hinton, 2016).

    Parameters
    ----------
    data
        Input.
    gamma, beta
        Scale and shift along the axis.
    axis
        The axis.
    eps
        Added to the variance.
    output_mean_var
        Only False exists.

    Examples
    --------
    >>> npx.layer_norm(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), eps=0)
    array([[-1.,  1.]])
    """
    return _layer_norm(as_array(data), as_array(gamma), as_array(beta), axis, eps)


def group_norm(
    data: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    num_groups: int = 1,
    eps: float = 1e-5,
) -> ndarray:
    """Normalize groups of channels of each sample (Wu and He, 2018).

    Parameters
    ----------
    data
        Input; its second axis are the channels.
    gamma, beta
        Scale and shift of each channel.
    num_groups
        Number of groups.
    eps
        Added to the variance.

    Examples
    --------
    >>> npx.group_norm(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), eps=0)
    array([[-1.,  1.]])
    """
    scale, shift = as_array(gamma), as_array(beta)
    return _group_norm(as_array(data), scale, shift, num_groups, eps)


def instance_norm(
    data: ArrayLike, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-3
) -> ndarray:
    """Normalize each channel of each sample (Ulyanov, 2016).

    Parameters
    ----------
    data
        Input; its second axis are the channels.
    gamma, beta
        Scale and shift of each channel.
    eps
        Added to the variance.

    Examples
    --------
    >>> npx.instance_norm(np.array([[[1.0, 3.0]]]), np.ones(1), np.zeros(1), eps=0)
    array([[[-1.,  1.]]])
    """
    return _instance_norm(as_array(data), as_array(gamma), as_array(beta), eps)


def l2_normalization(
    data: ArrayLike, eps: float = 1e-10, mode: str = "instance"
) -> ndarray:
    """Divide by the Euclidean norm.

    Parameters
    ----------
    data
        Input.
    eps
        Added to the sum of squares.
    mode
        Norm of each sample, ``"instance"``, over channels, ``"channel"``, or over
        space, ``"spatial"``.

    Examples
    --------
    >>> npx.l2_normalization(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    return _l2_normalization(as_array(data), eps, mode)


def fully_connected(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    num_hidden: int | None = None,
    no_bias: bool = True,
    flatten: bool = True,
) -> ndarray:
    """``x @ weight.T + bias``.

    Parameters
    ----------
    x
        Input.
    weight
        Matrix with one row for each output.
    bias
        Added to the product.
    num_hidden
        Number of outputs; that of the rows of `weight` when omitted.
    no_bias
        Whether to leave out the bias; it is left out, too, when None.
    flatten
        Whether all axes but the first are one; else the last axis is multiplied.

    Examples
    --------
    >>> npx.fully_connected(np.ones((1, 2)), np.ones((3, 2)))
    array([[2., 2., 2.]])
    """
    x, weight = as_array(x), as_array(weight)
    if num_hidden is not None and weight.shape[0] != num_hidden:
        fact = f"fully_connected: weight has {weight.shape[0]} rows, not {num_hidden}"
        raise ValueError(fact)
    shift = None if no_bias or bias is None else as_array(bias)
    return _fully_connected(x, weight, shift, flatten)


def embedding(
    data: ArrayLike,
    weight: ArrayLike,
    input_dim: int | None = None,
    output_dim: int | None = None,
    dtype: DTypeLike = "float32",
    sparse_grad: bool = False,
) -> ndarray:
    """Rows of a matrix at the positions that the input holds.

    Parameters
    ----------
    data
        Positions; one outside is moved to the nearest end.
    weight
        The matrix.
    input_dim, output_dim
        Its shape, which is known without them.
    dtype, sparse_grad
        Taken as MXNet does, without effect.

    Examples
    --------
    >>> npx.embedding(np.array([2, 0]), np.eye(3))
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return _embedding(as_array(data), as_array(weight))


def batch_dot(
    a: ArrayLike, b: ArrayLike, transpose_a: bool = False, transpose_b: bool = False
) -> ndarray:
    """Products of the matrices of two batches.

    Parameters
    ----------
    a, b
        Inputs of three axes, or more that are equal before the last two.
    transpose_a, transpose_b
        Whether to transpose the matrices first.

    Examples
    --------
    >>> npx.batch_dot(np.ones((2, 1, 3)), np.ones((2, 3, 1))).shape
    (2, 1, 1)
    """
    return _batch_dot(as_array(a), as_array(b), transpose_a, transpose_b)


def batch_flatten(data: ArrayLike) -> ndarray:
    """View with all axes but the first as one.

    Parameters
    ----------
    data
        Input.

    Examples
    --------
    >>> npx.batch_flatten(np.ones((2, 3, 4))).shape
    (2, 12)
    """
    data = as_array(data)
    return data.reshape(data.shape[0], math.prod(data.shape[1:]))


def reshape_like(
    lhs: ArrayLike,
    rhs: ArrayLike,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> ndarray:
    """Give an array the shape of another, or some axes those of another.

    Parameters
    ----------
    lhs
        Input.
    rhs
        The other array.
    lhs_begin, lhs_end
        Axes of the input that are replaced; all when None.
    rhs_begin, rhs_end
        Axes of the other array that replace them; all when None.

    Examples
    --------
    >>> npx.reshape_like(np.arange(4), np.ones((2, 2))).shape
    (2, 2)
    """
    lhs, rhs = as_array(lhs), as_array(rhs)
    replaced = slice(lhs_begin, lhs_end).indices(lhs.ndim)
    shape = list(lhs.shape)
    shape[replaced[0] : replaced[1]] = rhs.shape[rhs_begin:rhs_end]
    return lhs.reshape(shape)


def broadcast_like(lhs: ArrayLike, rhs: ArrayLike) -> ndarray:
    """View that repeats the elements to fill the shape of another array.

    Parameters
    ----------
    lhs
        Input.
    rhs
        The other array.

    Examples
    --------
    >>> npx.broadcast_like(np.ones(2), np.ones((3, 2))).shape
    (3, 2)
    """
    return as_array(lhs).broadcast_to(as_array(rhs).shape)


def sequence_mask(
    data: ArrayLike,
    sequence_length: ArrayLike | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> ndarray:
    """Write a value to what lies beyond the length of each sequence.

    Parameters
    ----------
    data
        Input: time and batch are its first two axes.
    sequence_length
        Length of each sequence of the batch.
    use_sequence_length
        Whether to heed the lengths.
    value
        What is written.
    axis
        Axis of time: 0 or 1.

    Examples
    --------
    >>> npx.sequence_mask(np.ones((2, 3)), np.array([1, 2]), True, axis=1)
    array([[1., 0., 0.],
           [1., 1., 0.]])
    """
    length = None if sequence_length is None else as_array(sequence_length)
    return _sequence_mask(as_array(data), length, use_sequence_length, value, axis)


def gather_nd(data: ArrayLike, indices: ArrayLike) -> ndarray:
    """Elements or slices at positions given by one row for each axis.

    Parameters
    ----------
    data
        Input.
    indices
        Positions; the first axis goes over the axes of `data`.

    Examples
    --------
    >>> npx.gather_nd(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1], [0]]))
    array([3.])
    """
    return _gather_nd(as_array(data), as_array(indices))


def index_update(a: ArrayLike, ind: ArrayLike, val: ArrayLike) -> ndarray:
    """Copy an array with values written at positions given by one row for each axis.

    Parameters
    ----------
    a
        Input.
    ind
        Positions; the first axis goes over the axes of `a`.
    val
        The values.

    Examples
    --------
    >>> npx.index_update(np.zeros(3), np.array([[1]]), np.array([5.0]))
    array([0., 5., 0.])
    """
    return _index_update(as_array(a), as_array(ind), as_operand(val))


def index_add(a: ArrayLike, ind: ArrayLike, val: ArrayLike) -> ndarray:
    """Copy an array with values added at positions given by one row for each axis.

    Parameters
    ----------
    a
        Input.
    ind
        Positions; the first axis goes over the axes of `a`.
    val
        The values.

    Examples
    --------
    >>> npx.index_add(np.ones(3), np.array([[1]]), np.array([5.0]))
    array([1., 6., 1.])
    """
    return _index_add(as_array(a), as_array(ind), as_operand(val))


def nonzero(data: ArrayLike) -> ndarray:
    """Positions of the elements that are not zero, one row each; waits for them.

    Parameters
    ----------
    data
        Input.

    Examples
    --------
    >>> npx.nonzero(np.array([0.0, 2.0]))
    array([[1]], dtype=int64)
    """
    from forerun.np._index import argwhere

    return argwhere(data)


def stop_gradient(data: ArrayLike) -> ndarray:
    """Give the same elements, through which no gradient flows.

    Parameters
    ----------
    data
        Input.

    Examples
    --------
    >>> npx.stop_gradient(np.ones(2))
    array([1., 1.])
    """
    return as_array(data).detach()


def arange_like(
    data: ArrayLike,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: Device | None = None,
    axis: int | None = None,
) -> ndarray:
    """Count as many numbers as an array, or one axis of it, has.

    Parameters
    ----------
    data
        The array.
    start, step
        First number, and from one to the next.
    repeat
        How often each number comes.
    ctx
        Where to put the result; beside the array when omitted.
    axis
        The axis; without one the result has the shape of the array.

    Examples
    --------
    >>> npx.arange_like(np.ones((2, 3)), axis=1)
    array([0., 1., 2.])
    """
    data = as_array(data)
    n = data.size if axis is None else data.shape[axis]
    numbers = arange(-(-n // repeat), ctx=ctx or data.ctx) * step + start
    counted = numbers.repeat(repeat)[:n]
    return counted.reshape(data.shape) if axis is None else counted


def shape_array(data: ArrayLike) -> ndarray:
    """Shape of an array, as an array.

    Parameters
    ----------
    data
        The array.

    Examples
    --------
    >>> npx.shape_array(np.ones((2, 3)))
    array([2, 3], dtype=int64)
    """
    from forerun.np._create import array

    return array(as_array(data).shape, "int64")


def slice_axis(data: ArrayLike, axis: int, begin: int, end: int | None) -> ndarray:
    """View of a range of one axis.

    Parameters
    ----------
    data
        Input.
    axis
        The axis.
    begin, end
        Where the range begins, and before which position it ends.

    Examples
    --------
    >>> npx.slice_axis(np.ones((2, 4)), 1, 1, 3).shape
    (2, 2)
    """
    data = as_array(data)
    return data[(*(slice(None),) * (axis % data.ndim), slice(begin, end))]
