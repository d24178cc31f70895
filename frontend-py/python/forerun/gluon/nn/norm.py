"""Layers that bring activations to mean 0 and variance 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from forerun import npx
from forerun.gluon.block import HybridBlock

if TYPE_CHECKING:
    from forerun._typing import DTypeLike
    from forerun.gluon.parameter import Parameter, ParameterDict
    from forerun.init import InitLike
    from forerun.np import ndarray

__all__ = ["BatchNorm", "LayerNorm"]


class _Norm(HybridBlock):
    """A layer with one scale (gamma) and one shift (beta) per channel of an axis."""

    def __init__(
        self,
        axis: int,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: InitLike,
        gamma_initializer: InitLike,
        in_channels: int,
        prefix: str | None,
        params: ParameterDict | None,
    ) -> None:
        super().__init__(prefix, params)
        self._axis = axis
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        self.gamma = self._channels("gamma", in_channels, gamma_initializer, scale)
        self.beta = self._channels("beta", in_channels, beta_initializer, center)

    def _channels(
        self, name: str, in_channels: int, init: InitLike, is_learnt: bool
    ) -> Parameter:
        return self.params.get(
            name,
            grad_req="write" if is_learnt else "null",
            shape=(in_channels,),
            init=init,
            allow_deferred_init=True,
            differentiable=is_learnt,
        )

    def infer_shape(self, x: ndarray) -> None:
        """Set the number of channels."""
        for param in self._reg_params.values():
            param.shape = (x.shape[self._axis],)

    def _settings(self) -> str:
        return (
            f"eps={self._epsilon}, axis={self._axis}, center={self._center}, "
            f"scale={self._scale}"
        )

    def __repr__(self) -> str:
        shape = self.gamma.shape
        channels = None if shape is None or shape[0] < 0 else shape[0]
        return f"{type(self).__name__}({self._settings()}, in_channels={channels})"


class BatchNorm(_Norm):
    """Batch normalization (Ioffe and Szegedy, 2015).

    While training it uses mean and variance of the batch, and follows them with its
    running ones, which it uses otherwise.

    Parameters
    ----------
    axis
        Axis of the channels.
    momentum
        Share of the running mean and variance that is kept.
    epsilon
        Added to the variance.
    center, scale
        Whether to learn beta and gamma.
    use_global_stats
        Use the running mean and variance while training too.
    beta_initializer, gamma_initializer
        Initializers of shift and scale.
    running_mean_initializer, running_variance_initializer
        Initializers of the running mean and variance.
    in_channels
        Number of channels; found out from the first input when 0.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import autograd, np
    >>> from forerun.gluon import nn
    >>> layer = nn.BatchNorm(momentum=0.5)
    >>> layer.initialize()
    >>> with autograd.train_mode():
    ...     y = layer(np.array([[1.0], [3.0]]))
    >>> layer.running_mean.data()
    array([1.])
    """

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: InitLike = "zeros",
        gamma_initializer: InitLike = "ones",
        running_mean_initializer: InitLike = "zeros",
        running_variance_initializer: InitLike = "ones",
        in_channels: int = 0,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            in_channels,
            prefix,
            params,
        )
        self._momentum = momentum
        self._use_global_stats = use_global_stats
        self.running_mean = self._channels(
            "running_mean", in_channels, running_mean_initializer, False
        )
        self.running_var = self._channels(
            "running_var", in_channels, running_variance_initializer, False
        )

    def cast(self, dtype: DTypeLike) -> None:
        """Change the element type; float16 is too coarse for the statistics."""
        is_half = numpy.dtype(dtype) == numpy.float16
        super().cast("float32" if is_half else dtype)

    def _settings(self) -> str:
        return (
            f"axis={self._axis}, eps={self._epsilon}, momentum={self._momentum}, "
            f"fix_gamma={not self._scale}, use_global_stats={self._use_global_stats}"
        )

    def forward(self, x: ndarray) -> ndarray:
        """Normalize the input."""
        ctx = x.ctx
        return npx.batch_norm(
            x,
            self.gamma.data(ctx),
            self.beta.data(ctx),
            self.running_mean.data(ctx),
            self.running_var.data(ctx),
            eps=self._epsilon,
            momentum=self._momentum,
            fix_gamma=not self._scale,
            use_global_stats=self._use_global_stats,
            axis=self._axis,
        )


class LayerNorm(_Norm):
    """Layer normalization (Ba, 2016): over one axis of each sample.

    Parameters
    ----------
    axis
        The axis.
    epsilon
        Added to the variance.
    center, scale
        Whether to learn beta and gamma.
    beta_initializer, gamma_initializer
        Initializers of shift and scale.
    in_channels
        Size of the axis; found out from the first input when 0.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> layer = nn.LayerNorm(epsilon=0)
    >>> layer.initialize()
    >>> layer(np.array([[1.0, 3.0]]))
    array([[-1.,  1.]])
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitLike = "zeros",
        gamma_initializer: InitLike = "ones",
        in_channels: int = 0,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(
            axis,
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            in_channels,
            prefix,
            params,
        )

    def forward(self, x: ndarray) -> ndarray:
        """Normalize the input."""
        ctx = x.ctx
        return npx.layer_norm(
            x,
            self.gamma.data(ctx),
            self.beta.data(ctx),
            axis=self._axis,
            eps=self._epsilon,
        )
