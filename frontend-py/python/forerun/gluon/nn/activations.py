"""Activation functions as layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from forerun import np, npx
from forerun.gluon.block import HybridBlock
from forerun.init import Constant

if TYPE_CHECKING:
    from forerun.gluon.parameter import ParameterDict
    from forerun.init import InitLike
    from forerun.np import ndarray

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "LeakyReLU",
    "PReLU",
    "SiLU",
    "Swish",
]


class Activation(HybridBlock):
    """An activation function by its name.

    Parameters
    ----------
    activation
        ``"relu"``, ``"sigmoid"``, ``"tanh"``, ``"softrelu"`` or ``"softsign"``.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.Activation("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __init__(
        self,
        activation: str,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self._act_type = activation

    def __repr__(self) -> str:
        return f"Activation({self._act_type})"

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return npx.activation(x, self._act_type)


class LeakyReLU(HybridBlock):
    """``x`` where positive, ``alpha * x`` elsewhere.

    Parameters
    ----------
    alpha
        Slope for negative numbers.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.LeakyReLU(0.5)(np.array([-1.0, 2.0]))
    array([-0.5,  2. ])
    """

    def __init__(
        self,
        alpha: float,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        if alpha < 0:
            raise ValueError(f"LeakyReLU: alpha must not be negative, got {alpha}")
        super().__init__(prefix, params)
        self._alpha = alpha

    def __repr__(self) -> str:
        return f"LeakyReLU({self._alpha})"

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return np.where(x > 0, x, self._alpha * x)


class PReLU(HybridBlock):
    """A leaky ReLU that learns its slope (He, 2015).

    Parameters
    ----------
    alpha_initializer
        Initializer of the slope.
    in_channels
        Number of slopes: 1, or the size of axis 1 of the inputs.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> layer = nn.PReLU()
    >>> layer.initialize()
    >>> layer(np.array([-1.0, 2.0]))
    array([-0.25,  2.  ])
    """

    def __init__(
        self,
        alpha_initializer: InitLike | None = None,
        in_channels: int = 1,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        init = Constant(0.25) if alpha_initializer is None else alpha_initializer
        self.alpha = self.params.get("alpha", shape=(in_channels,), init=init)

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        alpha = self.alpha.data(x.ctx)
        if alpha.shape != (1,):
            alpha = alpha.reshape((-1,) + (1,) * (x.ndim - 2))
        return np.where(x > 0, x, alpha * x)


class ELU(HybridBlock):
    """``x`` where positive, ``alpha * (exp(x) - 1)`` elsewhere (Clevert, 2015).

    Parameters
    ----------
    alpha
        Minus the limit for negative numbers.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.ELU()(np.array([0.0, 2.0]))
    array([0., 2.])
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self._alpha = alpha

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return _elu(x, self._alpha)


def _elu(x: ndarray, alpha: float) -> ndarray:
    # The minimum keeps expm1 from overflowing where its value is not used: the
    # gradient there would be 0 * inf.
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


class SELU(HybridBlock):
    """ELU scaled so that activations keep mean 0 and variance 1 (Klambauer, 2017).

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> round(nn.SELU()(np.array([1.0])).item(), 4)
    1.0507
    """

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return 1.0507009873554805 * _elu(x, 1.6732632423543772)


class GELU(HybridBlock):
    """``x`` times the probability that a normal number is below it (Hendrycks, 2016).

    Parameters
    ----------
    approximation
        ``"erf"``, exact, or ``"tanh"``, which is close to it.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> round(nn.GELU()(np.array([1.0])).item(), 4)
    0.8413
    """

    def __init__(
        self,
        approximation: str = "erf",
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        if approximation not in ("erf", "tanh"):
            raise ValueError(f"GELU: unknown approximation {approximation!r}")
        self._approximation = approximation

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        if self._approximation == "erf":
            return 0.5 * x * (1 + npx.erf(x / math.sqrt(2)))
        cubic = x + 0.044715 * x * x * x
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * cubic))


class Swish(HybridBlock):
    """``x * sigmoid(beta * x)`` (Ramachandran, 2017).

    Parameters
    ----------
    beta
        How sharp the step is.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> round(nn.Swish()(np.array([1.0])).item(), 4)
    0.7311
    """

    def __init__(
        self,
        beta: float = 1.0,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self._beta = beta

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return x * npx.sigmoid(self._beta * x)


class SiLU(HybridBlock):
    """``x * sigmoid(x)``.

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.SiLU()(np.array([0.0]))
    array([0.])
    """

    def forward(self, x: ndarray) -> ndarray:
        """Apply the function."""
        return x * npx.sigmoid(x)
