"""Layers of everyday use: dense, dropout, embedding, flatten."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forerun import npx
from forerun.gluon.block import HybridBlock
from forerun.gluon.nn.activations import Activation
from forerun.gluon.parameter import _dtype_name

if TYPE_CHECKING:
    from forerun._typing import DTypeLike
    from forerun.gluon.parameter import ParameterDict
    from forerun.init import InitLike
    from forerun.np import ndarray

__all__ = ["Dense", "Dropout", "Embedding", "Flatten"]


class Dense(HybridBlock):
    """A fully connected layer, ``activation(dot(x, weight.T) + bias)``.

    Parameters
    ----------
    units
        Number of outputs.
    activation
        Name of an activation function; none when omitted.
    use_bias
        Whether to add a bias.
    flatten
        Make all axes but the first one; else only the last axis is transformed.
    dtype
        Element type of the parameters.
    weight_initializer, bias_initializer
        Initializers; the weight's is the network's when omitted.
    in_units
        Number of inputs; found out from the first input when 0.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> layer = nn.Dense(2, in_units=3)
    >>> layer.initialize("ones")
    >>> layer(np.array([[1.0, 2.0, 3.0]]))
    array([[6., 6.]])
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: DTypeLike = "float32",
        weight_initializer: InitLike | None = None,
        bias_initializer: InitLike | None = "zeros",
        in_units: int = 0,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self._units = units
        self._flatten = flatten
        self.weight = self.params.get(
            "weight",
            shape=(units, in_units),
            init=weight_initializer,
            dtype=dtype,
            allow_deferred_init=True,
        )
        self.bias = (
            self.params.get("bias", shape=(units,), init=bias_initializer, dtype=dtype)
            if use_bias
            else None
        )
        self.act = None
        if activation is not None:
            self.act = Activation(activation, prefix=f"{activation}_")

    def __repr__(self) -> str:
        units, in_units = self.weight.shape or (self._units, -1)
        return f"{type(self).__name__}({in_units} -> {units}, {self.act or 'linear'})"

    def infer_shape(self, x: ndarray) -> None:
        """Set the number of inputs."""
        in_units = math.prod(x.shape[1:]) if self._flatten else x.shape[-1]
        self.weight.shape = (self._units, in_units)

    def forward(self, x: ndarray) -> ndarray:
        """Apply the layer."""
        ctx, bias, act = x.ctx, self.bias, self.act
        y = npx.fully_connected(
            x,
            self.weight.data(ctx),
            None if bias is None else bias.data(ctx),
            no_bias=False,
            flatten=self._flatten,
        )
        return y if act is None else act(y)


class Dropout(HybridBlock):
    """Set a random part of the input to zero while training.

    What remains is scaled up, so that the expected value is the same.

    Parameters
    ----------
    rate
        Share of the elements that becomes zero.
    axes
        Axes along which the same elements are chosen.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.Dropout(0.5)(np.array([1.0, 2.0]))  # not training
    array([1., 2.])
    """

    def __init__(
        self,
        rate: float,
        axes: tuple[int, ...] = (),
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout: rate must be in [0, 1), got {rate}")
        super().__init__(prefix, params)
        self._rate = rate
        self._axes = tuple(axes)

    def __repr__(self) -> str:
        return f"Dropout(p = {self._rate}, axes={self._axes})"

    def forward(self, x: ndarray) -> ndarray:
        """Drop elements."""
        if self._rate == 0:
            return x
        return npx.dropout(x, p=self._rate, axes=self._axes)


class Embedding(HybridBlock):
    """A table whose rows are looked up by index.

    Parameters
    ----------
    input_dim
        Number of rows.
    output_dim
        Length of a row.
    dtype
        Element type of the table.
    weight_initializer
        Initializer; the network's when omitted.
    sparse_grad
        Accepted for MXNet's sake; gradients are dense.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> layer = nn.Embedding(10, 4)
    >>> layer.initialize()
    >>> layer(np.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: DTypeLike = "float32",
        weight_initializer: InitLike | None = None,
        sparse_grad: bool = False,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self._input_dim = input_dim
        self._output_dim = output_dim
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
        )

    def __repr__(self) -> str:
        dtype = _dtype_name(self.weight.dtype)
        return f"Embedding({self._input_dim} -> {self._output_dim}, {dtype})"

    def forward(self, x: ndarray) -> ndarray:
        """Look rows up."""
        weight = self.weight.data(x.ctx)
        return npx.embedding(
            x, weight, input_dim=self._input_dim, output_dim=self._output_dim
        )


class Flatten(HybridBlock):
    """Make all axes but the first one.

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.Flatten()(np.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __repr__(self) -> str:
        return "Flatten"

    def forward(self, x: ndarray) -> ndarray:
        """Flatten the input."""
        return npx.batch_flatten(x)
