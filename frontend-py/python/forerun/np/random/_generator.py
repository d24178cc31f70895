"""What the distributions share: the seed, and drawing numbers with parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from forerun import _core
from forerun._core import ndarray
from forerun._typing import DTypeLike, ShapeLike
from forerun.device import Device, device_id
from forerun.np._convert import as_operand, as_shape, write_to
from forerun.np._dtype import default_float, dtype_name

if TYPE_CHECKING:
    import numpy

    from forerun._core import Op

__all__ = ["Parameter", "draw", "seed"]

_seed = _core.op("random_seed")

Parameter: TypeAlias = "float | ndarray | numpy.ndarray[Any, Any] | Sequence[float]"

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


def draw(
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
