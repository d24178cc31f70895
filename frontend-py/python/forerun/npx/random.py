"""Random numbers, by the names that MXNet has beside NumPy's."""

from __future__ import annotations

from forerun.np.random import bernoulli, normal, seed, uniform

__all__ = ["bernoulli", "normal", "seed", "uniform"]
