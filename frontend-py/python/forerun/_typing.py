"""Names for the kinds of arguments that the public functions accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy

    from forerun.device import Device
    from forerun.np import ndarray

__all__ = ["ArrayLike", "Axes", "DTypeLike", "Device", "DeviceLike", "ShapeLike"]

ArrayLike: TypeAlias = "ndarray | numpy.ndarray[Any, Any] | complex | Sequence[Any]"
"""What becomes an array: arrays of ours or NumPy's, numbers, nested sequences."""

DTypeLike: TypeAlias = "numpy.dtype[Any] | type | str"
"""What names an element type: ``np.float32``, ``"float32"``, ``float``."""

ShapeLike: TypeAlias = "int | Sequence[int]"
"""A shape; an int stands for one axis."""

Axes: TypeAlias = "int | Sequence[int] | None"
"""One axis or several; None for all."""

DeviceLike: TypeAlias = "Device | Sequence[Device]"
"""One device or several, as ``ctx=`` takes them."""
