"""Blocks made of other blocks, or of plain functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from forerun import np, npx
from forerun.gluon.block import Block, HybridBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forerun.gluon.parameter import ParameterDict
    from forerun.np import ndarray

__all__ = [
    "Concatenate",
    "HybridConcatenate",
    "HybridLambda",
    "HybridSequential",
    "Identity",
    "Lambda",
    "Sequential",
]

_S = TypeVar("_S", bound="Sequential")


class Sequential(Block):
    """Blocks that run one after the other.

    A block that returns several arrays hands them all to the next one.

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> net = nn.Sequential()
    >>> net.add(nn.Flatten(), nn.Dense(3))
    >>> net.initialize()
    >>> net(np.ones((2, 4, 5))).shape
    (2, 3)
    >>> net[1]
    Dense(20 -> 3, linear)
    """

    def add(self, *blocks: Block) -> None:
        """Add blocks at the end."""
        for block in blocks:
            if not isinstance(block, Block):
                raise TypeError(
                    f"{type(self).__name__}.add: expected a Block, got {block!r}"
                )
            self.register_child(block)

    def forward(self, x: Any, *args: Any) -> Any:  # noqa: ANN401
        """Run all blocks."""
        for block in self._children.values():
            x = block(x, *args) if args else block(x)
            args = ()
            if type(x) is not np.ndarray and isinstance(x, tuple | list):
                x, *rest = x
                args = tuple(rest)
        return (x, *args) if args else x

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._children.values())

    def __getitem__(self: _S, key: int | slice) -> Any:  # noqa: ANN401
        """Give one block, or a network of several."""
        blocks = list(self._children.values())[key]
        if isinstance(blocks, Block):
            return blocks
        part = type(self)(prefix=self._prefix)
        part.add(*blocks)
        return part


class HybridSequential(Sequential, HybridBlock):
    """The same as `Sequential`, and can be hybridized.

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> net = nn.HybridSequential()
    >>> net.add(nn.Dense(3), nn.Activation("relu"))
    >>> net.initialize()
    >>> net.hybridize()
    >>> net(np.ones((2, 4))).shape
    (2, 3)
    """


class Concatenate(Sequential):
    """Blocks that all get the input, their outputs joined along an axis.

    Parameters
    ----------
    axis
        The axis.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> net = nn.Concatenate(axis=0)
    >>> net.add(nn.Identity(), nn.Identity())
    >>> net(np.array([1.0]))
    array([1., 1.])
    """

    def __init__(
        self,
        axis: int = -1,
        *,
        prefix: str | None = None,
        params: ParameterDict | None = None,
    ) -> None:
        super().__init__(prefix, params)
        self.axis = axis

    def forward(self, x: Any, *args: Any) -> Any:  # noqa: ANN401
        """Run all blocks on the input and join what they give."""
        outputs = [block(x, *args) for block in self._children.values()]
        return np.concatenate(outputs, axis=self.axis)


class HybridConcatenate(Concatenate, HybridBlock):
    """The same as `Concatenate`, and can be hybridized.

    Parameters
    ----------
    axis
        The axis.
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> net = nn.HybridConcatenate(axis=0)
    >>> net.add(nn.Identity(), nn.Identity())
    >>> net(np.array([1.0]))
    array([1., 1.])
    """


class Identity(HybridBlock):
    """Gives its input.

    Parameters
    ----------
    prefix, params
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.Identity()(np.array([1.0]))
    array([1.])
    """

    def forward(self, x: ndarray) -> ndarray:
        """Give the input."""
        return x


def _find_function(name: str) -> Callable[..., Any]:
    for module in (np, npx):
        if hasattr(module, name):
            found: Callable[..., Any] = getattr(module, name)
            return found
    raise ValueError(f"Lambda: neither np nor npx has a function {name!r}")


class Lambda(Block):
    """A function as a block.

    Parameters
    ----------
    function
        The function, or the name of one of `np` or `npx`.
    prefix
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.Lambda("tanh")(np.array([0.0]))
    array([0.])
    >>> nn.Lambda(lambda x: x + 1)(np.array([0.0]))
    array([1.])
    """

    def __init__(
        self, function: str | Callable[..., Any], prefix: str | None = None
    ) -> None:
        super().__init__(prefix)
        if isinstance(function, str):
            function = _find_function(function)
        self._function = function

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._function.__name__})"

    def forward(self, *args: Any) -> Any:  # noqa: ANN401
        """Call the function."""
        return self._function(*args)


class HybridLambda(HybridBlock):
    """A function of ``F`` and arrays as a block.

    Parameters
    ----------
    function
        The function, whose first argument `F` has `np` and `npx`, or the name of one
        of `np` or `npx`, which gets no `F`.
    prefix
        As in `Block`.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import nn
    >>> nn.HybridLambda(lambda F, x: F.npx.relu(x))(np.array([-1.0]))
    array([0.])
    """

    def __init__(
        self, function: str | Callable[..., Any], prefix: str | None = None
    ) -> None:
        super().__init__(prefix)
        self._function = function
        if isinstance(function, str):
            _find_function(function)

    def __repr__(self) -> str:
        name = getattr(self._function, "__name__", self._function)
        return f"{type(self).__name__}({name})"

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Call the function."""
        if isinstance(self._function, str):
            return _find_function(self._function)(x, *args, **kwargs)
        return self._function(F, x, *args, **kwargs)
