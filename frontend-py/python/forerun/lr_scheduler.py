"""Learning rates as functions of the number of updates.

A scheduler is a function of `num_update` alone: asking twice, or out of order, gives
the same rate. Each one first warms up for `warmup_steps` updates.
"""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CosineScheduler",
    "FactorScheduler",
    "LRScheduler",
    "MultiFactorScheduler",
    "PolyScheduler",
]


class LRScheduler:
    """Base of all schedulers: subclasses override `__call__`.

    Parameters
    ----------
    base_lr
        Learning rate that the schedule starts from.
    warmup_steps
        Number of updates during which the rate rises to `base_lr`.
    warmup_begin_lr
        Rate at the first of these.
    warmup_mode
        ``"linear"`` (rising) or ``"constant"`` (`warmup_begin_lr` throughout).

    Examples
    --------
    >>> from forerun import lr_scheduler
    >>> lr_scheduler.LRScheduler(1.0, warmup_steps=4).get_warmup_lr(1)
    0.25
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        name = type(self).__name__
        if warmup_begin_lr > base_lr:
            raise ValueError(
                f"{name}: warmup_begin_lr {warmup_begin_lr} is above base_lr {base_lr}"
            )
        if warmup_steps < 0:
            raise ValueError(f"{name}: warmup_steps must not be negative")
        if warmup_mode not in ("linear", "constant"):
            raise ValueError(f"{name}: unknown warmup_mode {warmup_mode!r}")
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """Give the rate at an update of the warm-up."""
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        rise = self.base_lr - self.warmup_begin_lr
        return self.warmup_begin_lr + rise * num_update / self.warmup_steps

    def __call__(self, num_update: int) -> float:
        """Give the rate at an update."""
        raise NotImplementedError(f"{type(self).__name__}: __call__ is not defined")


class FactorScheduler(LRScheduler):
    """Multiply the rate by a factor every `step` updates.

    Parameters
    ----------
    step
        Number of updates between two changes.
    factor
        What the rate is multiplied by, at most 1.
    stop_factor_lr
        The rate does not fall below this.
    base_lr, warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.

    Examples
    --------
    >>> from forerun import lr_scheduler
    >>> schedule = lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=1.0)
    >>> [schedule(i) for i in range(1, 6)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ValueError(f"FactorScheduler: step must be at least 1, got {step}")
        if factor > 1:
            raise ValueError(f"FactorScheduler: factor must be at most 1, got {factor}")
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr

    def __call__(self, num_update: int) -> float:
        """Give the rate at an update."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        n_changes = max(num_update - 1, 0) // self.step
        lr = self.base_lr * self.factor**n_changes
        return max(lr, self.stop_factor_lr) if n_changes else lr


class MultiFactorScheduler(LRScheduler):
    """Multiply the rate by a factor after given numbers of updates.

    Parameters
    ----------
    step
        Increasing numbers of updates after which the rate changes.
    factor
        What the rate is multiplied by, at most 1.
    base_lr, warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.

    Examples
    --------
    >>> from forerun import lr_scheduler
    >>> schedule = lr_scheduler.MultiFactorScheduler([1, 3], 0.5, base_lr=1.0)
    >>> [schedule(i) for i in range(1, 6)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        step: Sequence[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        steps = list(step)
        if not steps or steps[0] < 1 or sorted(set(steps)) != steps:
            raise ValueError(
                f"MultiFactorScheduler: step must increase and start at 1 or later, "
                f"got {steps}"
            )
        if factor > 1:
            raise ValueError(
                f"MultiFactorScheduler: factor must be at most 1, got {factor}"
            )
        self.step = steps
        self.factor = factor

    def __call__(self, num_update: int) -> float:
        """Give the rate at an update."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        n_changes = bisect.bisect_left(self.step, num_update)
        return self.base_lr * self.factor**n_changes


class _Descent(LRScheduler):
    """A fall from `base_lr` to `final_lr` that ends at update `max_update`."""

    def __init__(
        self,
        max_update: int,
        base_lr: float,
        final_lr: float,
        warmup_steps: int,
        warmup_begin_lr: float,
        warmup_mode: str,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if max_update < 1:
            raise ValueError(
                f"{type(self).__name__}: max_update must be at least 1, "
                f"got {max_update}"
            )
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = max_update - warmup_steps

    def __call__(self, num_update: int) -> float:
        """Give the rate at an update."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update >= self.max_update:
            return self.final_lr
        done = (num_update - self.warmup_steps) / self.max_steps
        return self.final_lr + (self.base_lr - self.final_lr) * self._left(done)

    def _left(self, done: float) -> float:
        """Share of the fall still to come when `done` of the updates are over."""
        raise NotImplementedError


class PolyScheduler(_Descent):
    """Let the rate fall along a power of the updates that are left.

    Parameters
    ----------
    max_update
        Number of updates after which the rate stays at `final_lr`.
    base_lr
        Rate at the start.
    pwr
        The power.
    final_lr
        Rate at the end.
    warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.

    Examples
    --------
    >>> from forerun import lr_scheduler
    >>> schedule = lr_scheduler.PolyScheduler(max_update=4, base_lr=1.0, pwr=1)
    >>> [schedule(i) for i in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: float = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(
            max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode
        )
        self.power = pwr

    def _left(self, done: float) -> float:
        return float((1 - done) ** self.power)


class CosineScheduler(_Descent):
    """Let the rate fall along half a wave of the cosine.

    Parameters
    ----------
    max_update
        Number of updates after which the rate stays at `final_lr`.
    base_lr
        Rate at the start.
    final_lr
        Rate at the end.
    warmup_steps, warmup_begin_lr, warmup_mode
        As in `LRScheduler`.

    Examples
    --------
    >>> from forerun import lr_scheduler
    >>> schedule = lr_scheduler.CosineScheduler(max_update=4, base_lr=1.0)
    >>> [round(schedule(i), 2) for i in range(5)]
    [1.0, 0.85, 0.5, 0.15, 0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(
            max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode
        )

    def _left(self, done: float) -> float:
        return (1 + math.cos(math.pi * done)) / 2
