"""Random numbers: distributions against NumPy's, permutations, seeds."""

from __future__ import annotations

import numpy
import pytest

from forerun import autograd, np, npx

N = 200_000

# The name and the parameters, by position; both libraries take the same.
DISTRIBUTIONS = [
    ("normal", (1.5, 2.0)),
    ("uniform", (-1.0, 3.0)),
    ("lognormal", (0.3, 0.5)),
    ("exponential", (2.0,)),
    ("gamma", (0.4, 2.0)),
    ("gamma", (1.0, 1.0)),
    ("gamma", (2.5, 1.5)),
    ("gamma", (300.0, 1.0)),
    ("beta", (0.5, 2.0)),
    ("chisquare", (3.0,)),
    ("f", (4.0, 7.0)),
    ("laplace", (1.0, 2.0)),
    ("logistic", (1.0, 2.0)),
    ("gumbel", (1.0, 2.0)),
    ("rayleigh", (2.0,)),
    ("weibull", (1.5,)),
    ("pareto", (3.0,)),
    ("power", (2.5,)),
    ("poisson", (0.7,)),
    ("poisson", (80.0,)),
    ("geometric", (0.3,)),
    ("binomial", (10, 0.3)),
    ("binomial", (500, 0.9)),
    ("randint", (-3, 9)),
]


# NumPy's name where it is another.
_NUMPY = {"randint": "integers"}


def distance(a: numpy.ndarray, b: numpy.ndarray) -> float:
    """Largest difference of two empirical distribution functions (Smirnov's)."""
    places = numpy.concatenate([a, b])
    below = [
        numpy.searchsorted(numpy.sort(x), places, "right") / x.size for x in (a, b)
    ]
    return float(numpy.abs(below[0] - below[1]).max())


@pytest.mark.parametrize(("name", "parameters"), DISTRIBUTIONS)
@pytest.mark.parametrize("as_arrays", [False, True])
def test_a_distribution_has_the_quantiles_and_moments_of_numpys(
    name, parameters, as_arrays
):
    if as_arrays and name == "randint":
        pytest.skip("its bounds are integers")
    npx.random.seed(5)
    given = parameters
    if as_arrays:
        given = tuple(np.array([x], dtype="float64") for x in parameters)
    ours = getattr(np.random, name)(*given, size=(N,)).asnumpy().astype("float64")
    theirs = getattr(numpy.random.default_rng(7), _NUMPY.get(name, name))(
        *parameters, size=N
    ).astype("float64")
    # One pair of samples of one distribution in some 100,000 is farther apart.
    assert distance(ours, theirs) < 2.5 * (2 / N) ** 0.5
    # Standard errors of both means; of squares where the tails are not too heavy.
    for power in (1, 2) if name not in ("f", "pareto") else (1,):
        a, b = ours**power, theirs**power
        error = ((a.var() + b.var()) / N) ** 0.5
        assert abs(a.mean() - b.mean()) < 5 * error


def test_bernoulli_masks_and_dropout_keep_their_part():
    npx.random.seed(3)
    ones = npx.random.bernoulli(0.3, size=(N,)).asnumpy()
    assert set(numpy.unique(ones)) == {0, 1}
    assert abs(ones.mean() - 0.3) < 5 * (0.21 / N) ** 0.5


@pytest.mark.parametrize("n", [0, 1, 5, 1000, 20_000, 300_000])
def test_a_permutation_holds_every_number_once(n):
    npx.random.seed(1)
    order = np.random.permutation(n).asnumpy()
    assert (numpy.sort(order) == numpy.arange(n)).all()
    if n >= 1000:
        # Neither places nor neighbours are related.
        at = numpy.arange(n)
        assert abs(numpy.corrcoef(order, at)[0, 1]) < 5 / n**0.5
        assert abs(numpy.corrcoef(order[1:], order[:-1])[0, 1]) < 5 / n**0.5


def test_every_place_of_a_long_permutation_gets_any_number():
    npx.random.seed(2)
    n, n_draws = 20_000, 200
    orders = numpy.stack([np.random.permutation(n).asnumpy() for _ in range(n_draws)])
    for place in (0, 77, n // 2, n - 1):
        numbers = orders[:, place] / n
        assert (
            distance(numbers, numpy.linspace(0, 1, n_draws))
            < 2.5 * (2 / n_draws) ** 0.5
        )


@pytest.mark.parametrize(
    "view", [slice(None), slice(1, None, 2), slice(None, None, -1)]
)
@pytest.mark.parametrize("shape", [(30_000,), (500, 7), (9, 2, 3)])
def test_a_shuffle_moves_the_parts_of_the_first_axis_of_a_view(shape, view):
    npx.random.seed(4)
    before = numpy.arange(numpy.prod(shape), dtype="float32").reshape(shape)
    x = np.array(before)
    kept = x.copy()
    np.random.shuffle(x[view])
    after = x.asnumpy().copy()
    assert not (after == before).all()
    # What is outside the view stays, what is inside is there in another order.
    assert (numpy.sort(after[view], axis=0) == numpy.sort(before[view], axis=0)).all()
    first = numpy.argsort(after[view].reshape(after[view].shape[0], -1)[:, 0])
    assert (after[view][first] == numpy.sort(before[view], axis=0)).all()
    after[view] = before[view]
    assert (after == before).all()
    assert (kept.asnumpy() == before).all()


def test_the_gradient_of_a_shuffle_goes_back_where_its_part_came_from():
    x = np.arange(6.0).reshape(3, 2)
    x.attach_grad()
    with autograd.record():
        y = x * 1
        np.random.shuffle(y)
        z = (y * np.array([[1.0], [10.0], [100.0]])).sum()
    z.backward()
    order = (y.asnumpy()[:, 0] / 2).astype(int)
    expected = numpy.empty(3)
    expected[order] = [1, 10, 100]
    assert (x.grad.asnumpy() == expected[:, None]).all()
