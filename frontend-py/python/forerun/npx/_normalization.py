"""Normalization: over the batch, a layer, groups, an instance; by the norm."""

from __future__ import annotations

from typing import Literal, overload

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike
from forerun.autograd import is_training, pause
from forerun.np._convert import as_array
from forerun.np._fill import full

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "l2_normalization",
    "layer_norm",
]

_batch_norm = _core.op("batch_norm")
_batch_norm_train = _core.op("batch_norm_train")
_group_norm = _core.op("group_norm")
_instance_norm = _core.op("instance_norm")
_l2_normalization = _core.op("l2_normalization")
_layer_norm = _core.op("layer_norm")


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
