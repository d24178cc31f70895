"""Random numbers, by MXNet's names.

The numbers of an op depend on the seed and on how many random ops were issued before
it, never on which thread computes it or when.
"""

from __future__ import annotations

from forerun.np.random._continuous import (
    beta,
    chisquare,
    exponential,
    f,
    gamma,
    gumbel,
    laplace,
    logistic,
    pareto,
    power,
    rayleigh,
    weibull,
)
from forerun.np.random._discrete import bernoulli as bernoulli
from forerun.np.random._discrete import binomial, geometric, multinomial, poisson
from forerun.np.random._generator import seed
from forerun.np.random._normal import (
    lognormal,
    multivariate_normal,
    normal,
    randn,
    standard_normal,
)
from forerun.np.random._permutation import choice, permutation, shuffle
from forerun.np.random._uniform import rand, randint, random, random_sample, uniform

__all__ = [
    "beta",
    "binomial",
    "chisquare",
    "choice",
    "exponential",
    "f",
    "gamma",
    "geometric",
    "gumbel",
    "laplace",
    "logistic",
    "lognormal",
    "multinomial",
    "multivariate_normal",
    "normal",
    "pareto",
    "permutation",
    "poisson",
    "power",
    "rand",
    "randint",
    "randn",
    "random",
    "random_sample",
    "rayleigh",
    "seed",
    "shuffle",
    "standard_normal",
    "uniform",
    "weibull",
]
