"""The ops against NumPy: values, dtypes, layouts, gradients; see op_table."""

from __future__ import annotations

import zlib

import numpy
import pytest
from differences import given, numeric, recorded
from op_table import CASES, ELEMENTS, FLOATS, UNLISTED, Case, Element

from forerun import _core, autograd, np, npx

TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-11}


def seeded(*parts: object) -> numpy.random.Generator:
    """Give a generator whose seed depends on what is tested alone, and is printed."""
    seed = zlib.crc32(repr(parts).encode())
    print("seed", seed)
    return numpy.random.default_rng(seed)


def drawn(rng, range_, shape, dtype):
    """Draw numbers of a range."""
    low, high = range_
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype in FLOATS:
        return numpy.asarray(rng.uniform(low, high, shape)).astype(dtype)
    low = max(int(numpy.ceil(low)), 0 if dtype == "uint8" else low)
    return numpy.asarray(
        rng.integers(int(numpy.ceil(low)), int(high), shape, endpoint=True)
    ).astype(dtype)


def wide(x):
    """Give what NumPy is to compute with: floats in float64."""
    return x.astype("float64") if x.dtype.kind == "f" else x


def same_values(ours, theirs, dtype):
    if isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same_values(a, b, dtype)
        return
    theirs = numpy.asarray(theirs)
    assert ours.shape == theirs.shape
    tolerance = TOLERANCE.get(dtype, 2e-5)
    got = ours.asnumpy()
    if got.dtype.kind == "f" or theirs.dtype.kind == "f":
        numpy.testing.assert_allclose(
            got.astype("float64"), theirs.astype("float64"), tolerance, tolerance
        )
    else:
        numpy.testing.assert_array_equal(got, theirs)


def element_params():
    for row in ELEMENTS:
        for dtype in row.dtypes:
            yield pytest.param(row, dtype, id=f"{row.op}-{dtype}")


def each_op(rows):
    return [pytest.param(row, id=row.op) for row in rows]


@pytest.mark.parametrize(("row", "dtype"), list(element_params()))
def test_elements_are_what_numpy_computes(row: Element, dtype):
    rng = seeded(row.op, dtype)
    for shapes in (
        ((67, 5),) * 2,
        ((), ()),
        ((0, 3),) * 2,
        ((4, 1, 3), (5, 1)),
        ((3,), ()),
    ):
        inputs = [
            drawn(rng, r, s, dtype) for r, s in zip(row.ranges, shapes, strict=False)
        ]
        ours = row.call(*map(given, inputs))
        # NumPy would compute real numbers from uint8 in float16.
        is_real = row.result == "float"
        known = [x.astype("float64") if is_real else wide(x) for x in inputs]
        same_values(ours, row.twin(*known), dtype)
        assert ours.dtype == row.dtype(dtype)


@pytest.mark.parametrize("row", each_op(ELEMENTS))
def test_any_layout_of_the_inputs_gives_the_same(row: Element):
    dtype = row.dtypes[-1] if row.dtypes[-1] != "bool" else row.dtypes[0]
    rng = seeded(row.op)
    inputs = [drawn(rng, r, (12, 10), dtype) for r in row.ranges]
    arrays = [given(x) for x in inputs]
    for layout in (
        lambda x: x[::2],
        lambda x: x[:, 1::3],
        lambda x: x.T,
        lambda x: x[::-1, ::-2],
        lambda x: x[3],
        lambda x: x[:, 4],
        lambda x: x[2:9, None],
        lambda x: x.reshape(3, 4, 10).transpose(2, 0, 1),
    ):
        theirs = row.twin(*(wide(layout(x)) for x in inputs))
        same_values(row.call(*map(layout, arrays)), theirs, dtype)


@pytest.mark.parametrize("row", each_op(row for row in ELEMENTS if row.is_public))
def test_out_receives_the_result(row: Element):
    dtype = row.dtypes[0]
    rng = seeded(row.op)
    inputs = [drawn(rng, r, (3, 4), dtype) for r in row.ranges]
    theirs = row.twin(*map(wide, inputs))
    whole = np.zeros((3, 8), row.dtype(dtype))
    out = whole[:, ::2]
    assert getattr(np, row.op)(*map(given, inputs), out=out) is out
    same_values(out, theirs, dtype)
    assert not whole[:, 1::2].any()


@pytest.mark.parametrize("row", each_op(row for row in ELEMENTS if row.has_gradient))
def test_gradients_of_elements_are_slopes(row: Element):
    rng = seeded(row.op)
    shapes = ((2, 3), (3,))
    inputs = [
        drawn(rng, r, s, "float64") for r, s in zip(row.ranges, shapes, strict=False)
    ]
    weights = rng.uniform(0.5, 2, (2, 3))
    got = recorded(lambda *xs: (row.call(*xs) * given(weights)).sum(), inputs)
    for i, slopes in enumerate(got):
        wanted = numeric(lambda *xs: (row.twin(*xs) * weights).sum(), inputs, i)
        numpy.testing.assert_allclose(slopes, wanted, 1e-5, 1e-6)


TWICE = (
    *("exp", "log", "sqrt", "sin", "tanh", "sigmoid", "square", "reciprocal", "erf"),
    *("multiply", "true_divide", "power", "arctan2", "hypot", "logaddexp", "softplus"),
)


@pytest.mark.parametrize("row", each_op(row for row in ELEMENTS if row.op in TWICE))
def test_gradients_of_gradients_are_their_slopes(row: Element):
    rng = seeded(row.op)
    inputs = [drawn(rng, r, (3,), "float64") for r in row.ranges]

    def slope_sum(*xs):
        arrays = [given(x) for x in xs]
        for array in arrays:
            array.attach_grad()
        with autograd.record():
            y = row.call(*arrays)
            slopes = autograd.grad(y, arrays, create_graph=True)
            total = sum((s * s).sum() for s in slopes)
        return arrays, total

    arrays, total = slope_sum(*inputs)
    total.backward()
    for i, array in enumerate(arrays):
        wanted = numeric(lambda *xs: slope_sum(*xs)[1].item(), inputs, i)
        numpy.testing.assert_allclose(array.grad.asnumpy(), wanted, 1e-4, 1e-5)


def case_params():
    for i, case in enumerate(CASES):
        yield pytest.param(case, id=f"{i}-{case.op}-{case.label}")


@pytest.mark.parametrize("case", list(case_params()))
def test_calls_give_what_numpy_gives(case: Case):
    for dtype in case.dtypes:
        rng = seeded(case.op, case.label, dtype)
        inputs = [drawn(rng, case.range, shape, dtype) for shape in case.shapes]
        ours = case.ours(*map(given, inputs))
        same_values(ours, case.twin(*map(wide, inputs)), dtype)


@pytest.mark.parametrize("case", list(case_params()))
def test_calls_take_strided_inputs(case: Case):
    dtype = case.dtypes[-1]
    rng = seeded(case.op, case.label)
    inputs = [drawn(rng, case.range, shape, dtype) for shape in case.shapes]
    strided = []
    for x in inputs:
        room = np.zeros(tuple(2 * n for n in x.shape[::-1]), dtype)
        view = room[tuple(slice(None, None, -2) for _ in x.shape)].T
        view[...] = given(x)
        strided.append(view)
    same_values(case.ours(*strided), case.twin(*map(wide, inputs)), dtype)


def total_of(results, weights):
    """Sum results with weights that tell the elements apart."""
    if not isinstance(results, list | tuple):
        results = [results]
    return sum((y * weights(y.shape)).sum() for y in results)


def ramp(shape):
    return numpy.sin(numpy.arange(1.0, 1 + numpy.prod(shape, dtype=int))).reshape(shape)


@pytest.mark.parametrize("case", [p for p in case_params() if p.values[0].grads != ()])
def test_gradients_of_calls_are_slopes(case: Case):
    if "float64" not in case.dtypes:
        pytest.skip("not computed in float64")
    rng = seeded(case.op, case.label)
    inputs = [drawn(rng, case.range, shape, "float64") for shape in case.shapes]
    got = recorded(
        lambda *xs: total_of(case.ours(*xs), lambda s: given(ramp(s))), inputs
    )
    for i in case.grads or range(len(inputs)):
        wanted = numeric(lambda *xs: total_of(case.twin(*xs), ramp), inputs, i)
        numpy.testing.assert_allclose(got[i], wanted, 1e-5, 1e-6)


def test_every_op_has_a_row_or_a_reason():
    known = {row.op for row in ELEMENTS} | {case.op for case in CASES} | UNLISTED.keys()
    assert known == set(_core.ops())


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_parts_are_numpy_s(dtype):
    rng = seeded(dtype)
    x = (rng.normal(size=(3, 4)) + 1j * rng.normal(size=(3, 4))).astype(dtype)
    a = given(x)
    for name in (
        "real",
        "imag",
        "conjugate",
        "angle",
        "absolute",
        "exp",
        "sqrt",
        "square",
    ):
        y = getattr(np, name)(a).asnumpy()
        numpy.testing.assert_allclose(y, getattr(numpy, name)(x), 1e-5)
    numpy.testing.assert_allclose((a @ a.T).asnumpy(), x @ x.T, 1e-4)
    numpy.testing.assert_allclose((a * 2j / a).asnumpy(), x * 2j / x, 1e-5)


def test_put_along_axis_writes_where_it_is_told():
    x = numpy.arange(12.0).reshape(3, 4)
    a = given(x)
    places = numpy.array([[1, 3], [0, 1], [2, 0]])
    np.put_along_axis(a, np.array(places), np.array([[7.0, 8.0]]), 1)
    numpy.put_along_axis(x, places, numpy.array([[7.0, 8.0]]), 1)
    assert a.tolist() == x.tolist()


def test_arrays_move_between_devices_with_their_gradients():
    x = np.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = (x * 3).to_device(npx.cpu(1))
        z = (y * y).to_device(npx.cpu(0)).sum()
    z.backward()
    assert y.ctx == npx.cpu(1)
    assert x.grad.tolist() == [18, 36]


def test_dropout_scales_what_it_keeps_and_its_gradient_alike():
    npx.seed(4)
    x = np.ones((50, 40))
    x.attach_grad()
    with autograd.record():
        y = npx.dropout(x, 0.25)
    y.backward()
    kept = y.asnumpy() != 0
    assert 0.7 < kept.mean() < 0.8
    numpy.testing.assert_allclose(y.asnumpy()[kept], 4 / 3, 1e-6)
    assert (x.grad == y).all()
    assert npx.dropout(x, 0.25).tolist() == x.tolist()


def test_random_arrays_repeat_with_their_seed_alone():
    def draw():
        return [
            np.random.normal(size=7).tolist(),
            np.random.uniform(size=(2, 3)).tolist(),
            np.random.randint(0, 100, size=9).tolist(),
            np.random.permutation(10).tolist(),
            np.random.gamma(2.0, size=5).tolist(),
        ]

    np.random.seed(11)
    first = draw()
    assert draw() != first
    np.random.seed(11)
    assert draw() == first


def test_special_numbers_go_where_numpy_sends_them():
    x = numpy.array([numpy.nan, numpy.inf, -numpy.inf, -0.0, 0.0, 1.0], "float32")
    a = given(x)
    with numpy.errstate(all="ignore"):
        for name in (
            "exp",
            "log",
            "sqrt",
            "sin",
            "tanh",
            "sign",
            "floor",
            "reciprocal",
            "isnan",
            "isinf",
            "isfinite",
            "signbit",
            "log1p",
            "arctan",
        ):
            theirs = getattr(numpy, name)(x)
            ours = getattr(np, name)(a).asnumpy()
            numpy.testing.assert_allclose(ours, theirs, 3e-7, err_msg=name)
            signs = numpy.signbit(ours) == numpy.signbit(theirs)
            assert (signs | numpy.isnan(theirs)).all(), name
        for name in (
            "max",
            "min",
            "sum",
            "nansum",
            "argmax",
            "argmin",
            "sort",
            "cumsum",
        ):
            theirs = getattr(numpy, name)(x)
            numpy.testing.assert_array_equal(
                getattr(np, name)(a).asnumpy(), theirs, name
            )
        for name in ("add", "maximum", "fmax", "less", "equal", "mod", "true_divide"):
            theirs = getattr(numpy, name)(x[:, None], x)
            ours = getattr(np, name)(a[:, None], a)
            numpy.testing.assert_array_equal(ours.asnumpy(), theirs, name)


def test_integers_wrap_around_as_in_numpy():
    x = numpy.array([0, 1, 127, 128, 255], "uint8")
    a = given(x)
    assert (a + a).tolist() == (x + x).tolist()
    assert (a * a).tolist() == (x * x).tolist()
    assert (-a).tolist() == (-x).tolist()
    big = numpy.array([2**31 - 1, -(2**31)], "int32")
    with numpy.errstate(over="ignore"):
        assert (given(big) + 1).tolist() == (big + 1).tolist()
        assert abs(given(big)).tolist() == abs(big).tolist()


@pytest.mark.parametrize("op", ["floor_divide", "mod"])
def test_integers_divided_by_zero_give_zero(op):
    x = numpy.array([-7, 0, 7], "int32")
    with numpy.errstate(all="ignore"):
        theirs = getattr(numpy, op)(x, numpy.int32(0))
    assert getattr(np, op)(given(x), 0).tolist() == theirs.tolist()


@pytest.mark.parametrize("n", [63, 64, 65, 1000, 70_001])
def test_lengths_around_blocks_and_tiles_are_computed_whole(n):
    rng = seeded(n)
    x, y = rng.normal(size=n), rng.normal(size=n)
    a, b = np.array(x, "float64"), np.array(y, "float64")
    numpy.testing.assert_allclose(
        ((a * b + 2) / (1 + a * a)).asnumpy(), (x * y + 2) / (1 + x * x), 1e-12
    )
    numpy.testing.assert_allclose(a.sum().item(), x.sum(), 1e-10, 1e-10)
    numpy.testing.assert_allclose(a.cumsum().asnumpy(), x.cumsum(), 1e-8, 1e-10)
    assert np.sort(a).tolist() == numpy.sort(x).tolist()


@pytest.mark.parametrize("op", ["where", "inner", "outer", "relu", "gelu", "erf"])
def test_out_of_other_functions_receives_the_result(op):
    a, b = np.arange(-3.0, 3.0), np.arange(6.0)
    call = {
        "where": lambda **out: np.where(a > 0, a, b, **out),
        "inner": lambda **out: np.inner(a, b, **out),
        "outer": lambda **out: np.outer(a, b, **out),
    }.get(op, lambda **out: getattr(npx, op)(a, **out))
    expected = call()
    out = np.zeros(expected.shape)
    assert call(out=out) is out
    assert out.tolist() == expected.tolist()


def test_a_product_in_place_keeps_the_array():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    view, y = x[:], np.array([[0.0, 1.0], [2.0, 0.0]])
    expected = (x @ y).tolist()
    x @= y
    assert view.tolist() == expected
    with pytest.raises(ValueError, match="shape"):
        x @= np.ones(2)
    with pytest.raises(TypeError):
        x @= 2.0


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_unique_compares_the_parts_of_an_axis(axis, dtype):
    host = numpy.random.default_rng(3).integers(0, 2, (6, 5, 2)).astype(dtype)
    host[2], host[:, 4] = host[0], host[:, 1]
    wants = {"return_index": True, "return_inverse": True, "return_counts": True}
    ours = np.unique(np.array(host, dtype=dtype), axis=axis, **wants)
    theirs = numpy.unique(host, axis=axis, **wants)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.tolist() == other.reshape(mine.shape).tolist()
    alone = np.unique(np.array(host, dtype=dtype), axis=axis)
    assert alone.tolist() == theirs[0].tolist()


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 6, 3)])
def test_full_matrices_of_a_decomposition_are_orthogonal(shape):
    host = numpy.random.default_rng(4).normal(size=shape)
    host[..., -1] = host[..., 0]
    u, s, vt = np.linalg.svd(np.array(host, dtype="float64"), full_matrices=True)
    for square, n in ((u, shape[-2]), (vt, shape[-1])):
        assert square.shape[-2:] == (n, n)
        product = (square @ square.swapaxes(-1, -2)).asnumpy()
        assert numpy.abs(product - numpy.eye(n)).max() < 1e-10
    k = min(shape[-2:])
    back = ((u[..., :k] * s[..., None, :]) @ vt[..., :k, :]).asnumpy()
    assert numpy.abs(back - host).max() < 1e-10


LONG = 150_000


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize("kind", ["spread", "few", "same", "close", "special"])
def test_long_arrays_are_sorted_as_numpy_does(kind, dtype):
    rng = numpy.random.default_rng(5)
    host = {
        "spread": lambda: rng.normal(size=LONG) * 1e6,
        "few": lambda: rng.integers(0, 7, LONG),
        "same": lambda: numpy.full(LONG, 3),
        "close": lambda: 100 + rng.random(LONG) * 1e-9 * rng.integers(0, 2, LONG),
        "special": lambda: rng.choice([0.0, -0.0, 1.0, numpy.inf, -numpy.inf], LONG),
    }[kind]()
    with numpy.errstate(invalid="ignore"):
        host = host.astype(dtype)
    if kind == "special" and dtype.startswith("float"):
        host[::5] = numpy.nan
    x = np.array(host, dtype=dtype)
    numpy.testing.assert_array_equal(np.sort(x).asnumpy(), numpy.sort(host))
    order = numpy.argsort(host, kind="stable")
    numpy.testing.assert_array_equal(np.argsort(x).asnumpy(), order)
    numpy.testing.assert_array_equal(np.unique(x).asnumpy(), numpy.unique(host))


@pytest.mark.parametrize("shape", [(LONG,), (300, 517), (3, 50_000, 2)])
def test_large_arrays_are_read_and_written_at_indices_as_numpy_does(shape):
    rng = numpy.random.default_rng(6)
    host = rng.integers(-50, 50, shape).astype("float32")
    x, mask = np.array(host), host > 10
    m = np.array(mask, dtype="bool")
    numpy.testing.assert_array_equal(x[m].asnumpy(), host[mask])
    for mine, other in zip(np.nonzero(x), numpy.nonzero(host), strict=True):
        numpy.testing.assert_array_equal(mine.asnumpy(), other)
    rows = mask.reshape(shape[0], -1)[:, 0]
    numpy.testing.assert_array_equal(x[np.array(rows, dtype="bool")], host[rows])
    n_places = 300_000 * shape[0] // host.size + 3
    places = rng.integers(0, shape[0], n_places)
    at = np.array(places, dtype="int64")
    numpy.testing.assert_array_equal(x[at].asnumpy(), host[places])
    values = rng.integers(0, 9, (n_places, *shape[1:])).astype("float32")
    added = npx.index_add(x, at.reshape(1, -1), np.array(values)).asnumpy()
    expected = host.copy()
    numpy.add.at(expected, places, values)
    numpy.testing.assert_array_equal(added, expected)
    y, expected = x.copy(), host.copy()
    y[at], expected[places] = np.array(values), values
    numpy.testing.assert_array_equal(y.asnumpy(), expected)
    for axis in range(len(shape)):
        index = rng.integers(-shape[axis], shape[axis], shape)
        numpy.testing.assert_array_equal(
            np.take_along_axis(x, np.array(index, dtype="int64"), axis).asnumpy(),
            numpy.take_along_axis(host, index, axis),
        )
        numpy.testing.assert_array_equal(
            np.cumsum(x, axis=axis).asnumpy(), numpy.cumsum(host, axis=axis)
        )
        repeated, flipped = np.repeat(x, 3, axis), np.flip(x, axis).copy()
        numpy.testing.assert_array_equal(repeated, numpy.repeat(host, 3, axis))
        numpy.testing.assert_array_equal(flipped.asnumpy(), numpy.flip(host, axis))
    numpy.testing.assert_array_equal(x.T.copy().asnumpy(), host.T)
    bad = np.array(numpy.append(places, shape[0]), dtype="int64")
    with pytest.raises(IndexError, match=f"index {shape[0]} is out of bounds"):
        x[bad].wait_to_read()


def test_indices_along_an_axis_broadcast_over_the_others():
    host = numpy.arange(24.0).reshape(2, 3, 4)
    x, index = np.array(host), numpy.array([[[1], [0], [2]]])
    for axis, places in ((2, index), (1, index[:, :1]), (0, index % 2)):
        numpy.testing.assert_array_equal(
            np.take_along_axis(x, np.array(places, dtype="int64"), axis).asnumpy(),
            numpy.take_along_axis(host, places, axis),
        )


def test_the_gradient_of_a_mask_goes_to_its_places():
    x = np.arange(12.0).reshape(3, 4)
    rows = np.array([True, False, True], dtype="bool")
    x.attach_grad()
    with autograd.record():
        y = (x[x > 4] ** 2).sum() + (x[rows] * 3).sum()
    y.backward()
    expected = numpy.where(x.asnumpy() > 4, 2 * x.asnumpy(), 0)
    expected[[0, 2]] += 3
    assert x.grad.tolist() == expected.tolist()
