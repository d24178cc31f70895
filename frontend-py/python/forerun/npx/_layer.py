"""What layers compute: products with weights, embedding, dropout; gradients stopped."""

from __future__ import annotations

from collections.abc import Sequence

from forerun import _core
from forerun._core import ndarray
from forerun._typing import ArrayLike, DTypeLike
from forerun.autograd import is_training
from forerun.np._convert import as_array

__all__ = ["batch_dot", "dropout", "embedding", "fully_connected", "stop_gradient"]

_batch_dot = _core.op("batch_dot")
_dropout = _core.op("dropout")
_embedding = _core.op("embedding")
_fully_connected = _core.op("fully_connected")


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
    x = x if type(x) is ndarray else as_array(x)
    weight = weight if type(weight) is ndarray else as_array(weight)
    if num_hidden is not None and weight.shape[0] != num_hidden:
        fact = f"fully_connected: weight has {weight.shape[0]} rows, not {num_hidden}"
        raise ValueError(fact)
    if no_bias:
        bias = None
    elif bias is not None and type(bias) is not ndarray:
        bias = as_array(bias)
    return _fully_connected(x, weight, bias, flatten)


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
