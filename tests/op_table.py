"""The ops, a row each: a function of NumPy's that does the same, and what to try.

`ELEMENTS` are the element-wise ops, which are tried on inputs of every layout; `CASES`
are calls of the others. `UNLISTED` says of the rest which test tries them instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy
from scipy import special

from forerun import _core, np, npx

FLOATS = ("float16", "float32", "float64")
INTS = ("uint8", "int32", "int64")
NUMBERS = FLOATS + INTS
ALL = (*NUMBERS, "bool")

Range = tuple[float, float]


@dataclass(frozen=True)
class Element:
    """An element-wise op.

    `ranges` are the least and the greatest input, one pair for each operand. `result`
    is the dtype of the result: ``"same"``, ``"float"`` (float32 for integers) or
    ``"bool"``.
    """

    op: str
    twin: Callable[..., Any]
    ranges: tuple[Range, ...]
    dtypes: tuple[str, ...] = FLOATS
    result: str = "same"
    has_gradient: bool = True
    ours: Callable[..., Any] | None = field(default=None, kw_only=True)

    def call(self, *args: Any) -> Any:
        """Call our function: the public one where there is one."""
        function = (
            self.ours or getattr(np, self.op, None) or getattr(npx, self.op, None)
        )
        return (function or _core.op(self.op))(*args)

    @property
    def is_public(self) -> bool:
        """Tell whether `forerun.np` has the op under its name, with `out`."""
        return self.ours is None and hasattr(np, self.op)

    def dtype(self, given: str) -> str:
        """Name the dtype of the result for inputs of one."""
        if self.result == "float":
            return given if given in FLOATS else "float32"
        return given if self.result == "same" else self.result


def _sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def _softplus(x):
    return numpy.logaddexp(x, 0)


def _selu(x):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * numpy.where(x > 0, x, alpha * numpy.expm1(x))


def _smooth_l1(x, scalar):
    near = 0.5 * (scalar * x) ** 2
    return numpy.where(abs(x) < 1 / scalar**2, near, abs(x) - 0.5 / scalar**2)


def _flat(op, twin, ranges, dtypes=FLOATS, result="same"):
    return Element(op, twin, ranges, dtypes, result, has_gradient=False)


ANY: tuple[Range, ...] = ((-3, 3),)
POSITIVE: tuple[Range, ...] = ((0.1, 4),)
UNIT: tuple[Range, ...] = ((-0.9, 0.9),)
COUNTS: tuple[Range, ...] = ((0, 5),)
TWO: tuple[Range, ...] = ((-3, 3), (-2, 4))
PAIR: tuple[Range, ...] = ((0, 9), (1, 5))

ELEMENTS = [
    Element("positive", numpy.positive, ANY, NUMBERS),
    Element("negative", numpy.negative, ANY, NUMBERS),
    Element("absolute", numpy.absolute, ANY, NUMBERS),
    Element("square", numpy.square, ANY, NUMBERS),
    _flat("sign", numpy.sign, ANY, NUMBERS),
    Element("exp", numpy.exp, ANY, FLOATS + INTS[1:], "float"),
    Element("exp2", numpy.exp2, ANY),
    Element("expm1", numpy.expm1, ANY),
    Element("log", numpy.log, POSITIVE),
    Element("log2", numpy.log2, POSITIVE),
    Element("log10", numpy.log10, POSITIVE),
    Element("log1p", numpy.log1p, POSITIVE, NUMBERS, "float"),
    Element("sqrt", numpy.sqrt, POSITIVE, NUMBERS, "float"),
    Element("rsqrt", lambda x: 1 / numpy.sqrt(x), POSITIVE),
    Element("cbrt", numpy.cbrt, POSITIVE),
    Element("reciprocal", lambda x: 1 / x, POSITIVE),
    Element("sin", numpy.sin, ANY, NUMBERS, "float"),
    Element("cos", numpy.cos, ANY, NUMBERS, "float"),
    Element("tan", numpy.tan, ((-1, 1),)),
    Element("arcsin", numpy.arcsin, UNIT),
    Element("arccos", numpy.arccos, UNIT),
    Element("arctan", numpy.arctan, ANY),
    Element("sinh", numpy.sinh, ANY),
    Element("cosh", numpy.cosh, ANY),
    Element("tanh", numpy.tanh, ANY, NUMBERS, "float"),
    Element("arcsinh", numpy.arcsinh, ANY),
    Element("arccosh", numpy.arccosh, ((1.1, 4),)),
    Element("arctanh", numpy.arctanh, UNIT),
    Element("degrees", numpy.degrees, ANY),
    Element("radians", numpy.radians, ANY),
    Element("erf", special.erf, ANY),
    Element("erfinv", special.erfinv, UNIT),
    Element("gammaln", special.gammaln, ((0.5, 4),)),
    Element("digamma", special.digamma, ((0.5, 4),)),
    Element(
        "trigamma",
        lambda x: special.polygamma(1, x),
        ((0.5, 4),),
        FLOATS[1:],
        has_gradient=False,
    ),
    _flat("floor", numpy.floor, ANY, NUMBERS),
    _flat("ceil", numpy.ceil, ANY, NUMBERS),
    _flat("trunc", numpy.trunc, ANY, NUMBERS),
    _flat("fix", numpy.trunc, ANY),
    _flat("rint", numpy.rint, ANY),
    _flat("isnan", numpy.isnan, ANY, FLOATS, "bool"),
    _flat("isinf", numpy.isinf, ANY, FLOATS, "bool"),
    _flat("isfinite", numpy.isfinite, ANY, FLOATS, "bool"),
    _flat("isposinf", numpy.isposinf, ANY, FLOATS, "bool"),
    _flat("isneginf", numpy.isneginf, ANY, FLOATS, "bool"),
    _flat("signbit", numpy.signbit, ANY, FLOATS, "bool"),
    _flat("logical_not", numpy.logical_not, ANY, ALL, "bool"),
    _flat("bitwise_not", numpy.bitwise_not, ((0, 9),), (*INTS, "bool")),
    Element("relu", lambda x: numpy.maximum(x, 0), ANY),
    Element("sigmoid", _sigmoid, ANY),
    Element("softplus", _softplus, ANY),
    Element("softsign", lambda x: x / (1 + abs(x)), ANY),
    Element("gelu", lambda x: x * special.ndtr(x), ANY),
    Element("silu", lambda x: x * _sigmoid(x), ANY),
    Element("selu", _selu, ANY),
    Element("log_sigmoid", lambda x: -_softplus(-x), ANY),
    Element("mish", lambda x: x * numpy.tanh(_softplus(x)), ANY),
    Element("add", numpy.add, TWO, ALL),
    Element("subtract", numpy.subtract, TWO, NUMBERS),
    Element("multiply", numpy.multiply, TWO, ALL),
    Element("true_divide", numpy.true_divide, ((-3, 3), (0.6, 4)), NUMBERS, "float"),
    _flat("floor_divide", numpy.floor_divide, PAIR, NUMBERS),
    _flat("mod", numpy.mod, ((-9, 9), (1, 5)), NUMBERS),
    _flat("fmod", numpy.fmod, ((-9, 9), (1, 5)), NUMBERS),
    Element("power", numpy.power, ((0.5, 3), (-2, 3))),
    Element("arctan2", numpy.arctan2, ((0.5, 3), (0.5, 3))),
    Element("hypot", numpy.hypot, ((0.5, 3), (0.5, 3))),
    _flat("copysign", numpy.copysign, TWO),
    Element("logaddexp", numpy.logaddexp, TWO),
    Element("maximum", numpy.maximum, TWO, ALL),
    Element("minimum", numpy.minimum, TWO, ALL),
    Element("fmax", numpy.fmax, TWO, NUMBERS),
    Element("fmin", numpy.fmin, TWO, NUMBERS),
    *(
        _flat(name, getattr(numpy, name), TWO, ALL, "bool")
        for name in (
            *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
            *("logical_and", "logical_or", "logical_xor"),
        )
    ),
    *(
        _flat(name, getattr(numpy, name), PAIR, (*INTS, "bool"))
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ),
    _flat("left_shift", numpy.left_shift, PAIR, INTS),
    _flat("right_shift", numpy.right_shift, PAIR, INTS),
    _flat("gcd", numpy.gcd, PAIR, INTS),
    _flat("lcm", numpy.lcm, PAIR, INTS),
    _flat("heaviside", numpy.heaviside, TWO),
    Element("xlogy", special.xlogy, ((0.2, 3), (0.5, 3))),
    _flat("ldexp", lambda x, n: x * 2.0**n, ((-3, 3), (1, 4)), FLOATS[1:]),
    Element(
        "leaky_relu",
        lambda x, a: numpy.where(x > 0, x, a * x),
        TWO,
        ours=_core.op("leaky_relu"),
    ),
    Element(
        "elu",
        lambda x, a: numpy.where(x > 0, x, a * numpy.expm1(x)),
        ((-3, 3), (0.5, 2)),
        ours=_core.op("elu"),
    ),
    Element(
        "smooth_l1",
        lambda x: _smooth_l1(x, 0.8),
        ANY,
        ours=lambda x: npx.smooth_l1(x, 0.8),
    ),
]


@dataclass(frozen=True)
class Case:
    """One call of an op.

    `shapes` are those of the inputs, numbers in `range`. `grads` are the inputs by
    which the result is differentiated, all of them when None.
    """

    op: str
    ours: Callable[..., Any]
    twin: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...] = ("float32", "float64", "int32")
    grads: tuple[int, ...] | None = None
    range: Range = (-3, 3)
    label: str = ""


def same(
    op: str,
    *shapes: tuple[int, ...],
    dtypes=("float32", "float64", "int32"),
    grads=None,
    range=(-3, 3),
    **kwargs: Any,
) -> Case:
    """Make the case of a function that is called as NumPy's of its name."""
    ours, twin = getattr(np, op), getattr(numpy, op)
    label = ",".join(f"{name}={value}" for name, value in kwargs.items())
    return Case(
        op,
        lambda *args: ours(*args, **kwargs),
        lambda *args: twin(*args, **kwargs),
        shapes,
        dtypes,
        grads,
        range,
        label,
    )


def listed(op: str, *shapes: tuple[int, ...], **kwargs: Any) -> Case:
    """Make the case of a function whose first argument is a list of arrays."""
    ours, twin = getattr(np, op), getattr(numpy, op)
    return Case(
        op,
        lambda *args: ours(args, **kwargs),
        lambda *args: twin(args, **kwargs),
        shapes,
        label=str(kwargs),
    )


AXES: tuple[Any, ...] = (None, 0, -1, (0, 2), (-1, -3), (0, 1, 2))
SHAPE = (2, 3, 4)
FLOAT = ("float32", "float64")


def _reductions():
    for axis in AXES:
        for keepdims in (False, True):
            given = {"axis": axis, "keepdims": keepdims}
            for op in ("sum", "mean", "prod", "max", "min"):
                range_ = (0.5, 2) if op == "prod" else (-9, 9)
                yield same(op, SHAPE, range=range_, **given)
            for op in ("var", "std"):
                yield same(op, SHAPE, dtypes=FLOAT, **given)
            for op in ("any", "all"):
                yield same(
                    op, SHAPE, dtypes=("bool", "float32", "int32"), grads=(), **given
                )
            yield same("nansum", SHAPE, dtypes=FLOAT, **given)
            yield Case(
                "logsumexp",
                lambda x, given=given: np.logsumexp(x, **given),
                lambda x, given=given: special.logsumexp(x, **given),
                (SHAPE,),
                FLOAT,
                label=str(given),
            )
    for axis in (None, 0, 1, -1):
        for op in ("argmax", "argmin"):
            yield same(op, SHAPE, grads=(), axis=axis)
        yield same("cumsum", SHAPE, axis=axis)
        yield same("cumprod", SHAPE, range=(0.5, 2), axis=axis)
    for op in ("sum", "mean", "prod", "cumsum", "cumprod"):
        yield same(op, SHAPE, grads=(), range=(0.5, 2), dtype="float64")
    for op in ("var", "std"):
        yield same(op, SHAPE, dtypes=FLOAT, axis=1, ddof=1)
    for order in (None, 1, 2, numpy.inf, -numpy.inf, 3):
        yield Case(
            "norm",
            lambda x, order=order: np.linalg.norm(x, order, axis=-1),
            lambda x, order=order: numpy.linalg.norm(x, order, axis=-1),
            (SHAPE,),
            FLOAT,
            label=f"ord={order}",
        )


def _products():
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 4))):
        yield same("dot", a, b)
        yield same("matmul", a, b)
    yield same("matmul", (5, 2, 3), (5, 3, 4))
    yield same("matmul", (1, 2, 3), (5, 3, 4))
    yield same("matmul", (3,), (5, 3, 4))
    yield same("inner", (2, 3), (4, 3))
    yield same("outer", (3,), (4,))
    yield same("vdot", (2, 3), (2, 3))
    yield same("kron", (2, 3), (3, 2))
    yield same("tensordot", (2, 3, 4), (3, 4, 5))
    yield same("tensordot", (2, 3, 4), (5, 3, 2), axes=([0, 1], [2, 1]))
    yield same("tensordot", (2, 3), (4,), axes=0)
    for text, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 4)),
        ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
        ("ij->ji", (2, 3)),
        ("ij->", (2, 3)),
        ("ii->i", (3, 3)),
        ("i,j->ij", (3,), (4,)),
        ("...i,i->...", (2, 4, 3), (3,)),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ):
        yield Case(
            "einsum",
            lambda *args, text=text: np.einsum(text, *args),
            lambda *args, text=text: numpy.einsum(text, *args),
            tuple(shapes),
            label=text,
        )
    for ta in (False, True):
        for tb in (False, True):
            yield Case(
                "batch_dot",
                lambda a, b, ta=ta, tb=tb: npx.batch_dot(a, b, ta, tb),
                lambda a, b, ta=ta, tb=tb: (a.mT if ta else a) @ (b.mT if tb else b),
                ((5, 3, 2) if ta else (5, 2, 3), (5, 4, 3) if tb else (5, 3, 4)),
                FLOAT,
                label=f"{ta},{tb}",
            )
    yield Case(
        "fully_connected",
        lambda x, w, b: npx.fully_connected(x, w, b, 4, no_bias=False),
        lambda x, w, b: x.reshape(2, -1) @ w.T + b,
        ((2, 3, 2), (4, 6), (4,)),
        FLOAT,
    )


def _moves():
    yield listed("concatenate", (2, 3), (4, 3))
    yield listed("concatenate", (2, 3), (2, 1), axis=-1)
    yield listed("concatenate", (2, 3), (4,), axis=None)
    yield listed("stack", (2, 3), (2, 3))
    yield listed("stack", (2, 3), (2, 3), axis=-1)
    for op in ("vstack", "hstack", "dstack", "column_stack"):
        yield _named("concatenate", listed(op, (2, 3), (2, 3)))
    for given in (
        {"indices_or_sections": 2},
        {"indices_or_sections": [1, 3], "axis": 1},
    ):
        yield same("split", (4, 5), **given)
        yield same("array_split", (4, 5), **given)
    yield same("array_split", (7,), indices_or_sections=3)
    for reps in (2, (2, 3), (2, 1, 2), ()):
        yield same("tile", (2, 3), reps=reps)
    yield same("repeat", (2, 3), repeats=2)
    yield same("repeat", (2, 3), repeats=2, axis=1)
    yield same("repeat", (2, 3), repeats=[1, 0, 2], axis=-1)
    for axis in (None, 0, -1, (0, 1)):
        yield same("flip", (2, 3), axis=axis)
    for shift, axis in ((2, None), (-1, 1), ((1, -2), (0, 1)), (7, 0)):
        yield same("roll", (3, 4), shift=shift, axis=axis)
    for k in (-1, 0, 1, 2, 5):
        yield same("rot90", (2, 3), k=k)
    for mode in ("constant", "edge", "reflect"):
        yield same("pad", (3, 4), pad_width=((1, 2), (0, 2)), mode=mode)
    yield same("pad", (3, 4), pad_width=1)
    yield same("pad", (3, 4), pad_width=(2, 1), mode="constant", constant_values=7)
    yield same("tril", (3, 4), k=1)
    yield same("triu", (2, 3, 4), k=-1)
    yield Case("meshgrid", np.meshgrid, numpy.meshgrid, ((2,), (3,)))
    yield Case(
        "meshgrid",
        lambda *args: np.meshgrid(*args, indexing="ij", sparse=True),
        lambda *args: numpy.meshgrid(*args, indexing="ij", sparse=True),
        ((2,), (3,)),
        label="ij,sparse",
    )
    yield same("reshape", (2, 6), shape=(3, -1))
    yield same("transpose", SHAPE)
    yield same("transpose", SHAPE, axes=(1, -1, 0))
    yield same("swapaxes", SHAPE, axis1=0, axis2=-1)
    yield same("moveaxis", SHAPE, source=(0, 1), destination=(-1, 0))
    yield same("expand_dims", (2, 3), axis=(0, -1))
    yield same("squeeze", (1, 2, 1))
    yield same("squeeze", (1, 2, 1), axis=-1)
    yield same("broadcast_to", (3, 1), shape=(2, 3, 4))
    yield same("ravel", (2, 3))
    yield Case("flatten", lambda x: x.flatten(), lambda x: x.flatten(), ((2, 3),))
    yield same("diagonal", (3, 4), offset=1)
    yield same("diagonal", SHAPE, axis1=2, axis2=0)
    yield same("diag", (3,), k=-1)
    yield same("diag", (3, 4), k=1)
    yield same("copy", (2, 3))
    yield Case(
        "astype",
        lambda x: x.astype("float64"),
        lambda x: x.astype("float64"),
        ((2, 3),),
        ("float32", "float64", "int32", "bool"),
    )


def _named(op: str, case: Case) -> Case:
    return Case(
        op,
        case.ours,
        case.twin,
        case.shapes,
        case.dtypes,
        case.grads,
        case.range,
        case.label,
    )


def _softmax(x, axis=-1):
    e = numpy.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def _normalized(x, axes, eps):
    mean = x.mean(axes, keepdims=True)
    return (x - mean) / numpy.sqrt(x.var(axes, keepdims=True) + eps)


def _lay(v):
    return v.reshape(-1, 1)


POSITIONS = [[0, 2], [1, 1], [2, 0]]


def _layers():
    for axis in (0, 1, -1):
        yield Case(
            "softmax",
            lambda x, axis=axis: npx.softmax(x, axis),
            lambda x, axis=axis: _softmax(x, axis),
            (SHAPE,),
            FLOAT,
            label=str(axis),
        )
        yield Case(
            "log_softmax",
            lambda x, axis=axis: npx.log_softmax(x, axis),
            lambda x, axis=axis: numpy.log(_softmax(x, axis)),
            (SHAPE,),
            FLOAT,
            label=str(axis),
        )
    yield Case(
        "softmax",
        lambda x: npx.softmax(x, temperature=2.0),
        lambda x: _softmax(x / 2),
        (SHAPE,),
        FLOAT,
        label="temperature",
    )
    yield Case(
        "layer_norm",
        npx.layer_norm,
        lambda x, g, b: _normalized(x, -1, 1e-5) * g + b,
        (SHAPE, (4,), (4,)),
        FLOAT,
    )
    yield Case(
        "group_norm",
        lambda x, g, b: npx.group_norm(x, g, b, 2),
        lambda x, g, b: (
            _normalized(x.reshape(2, 2, -1), -1, 1e-5).reshape(x.shape) * _lay(g)
            + _lay(b)
        ),
        ((2, 4, 3), (4,), (4,)),
        FLOAT,
    )
    yield Case(
        "instance_norm",
        npx.instance_norm,
        lambda x, g, b: _normalized(x, -1, 1e-3) * _lay(g) + _lay(b),
        ((2, 3, 5), (3,), (3,)),
        FLOAT,
    )
    yield Case(
        "batch_norm",
        lambda x, g, b: npx.batch_norm(
            x,
            g,
            b,
            np.zeros(3, "float64"),
            np.ones(3, "float64"),
            fix_gamma=False,
            use_global_stats=True,
        ),
        lambda x, g, b: x / numpy.sqrt(1 + 1e-3) * _lay(g) + _lay(b),
        ((2, 3, 5), (3,), (3,)),
        ("float64",),
    )
    yield Case(
        "batch_norm_train",
        lambda x, g, b: _core.op("batch_norm_train")(x, g, b, 1e-3, 1)[0],
        lambda x, g, b: _normalized(x, (0, 2), 1e-3) * _lay(g) + _lay(b),
        ((2, 3, 5), (3,), (3,)),
        FLOAT,
    )
    yield Case(
        "l2_normalization",
        npx.l2_normalization,
        lambda x: x / numpy.sqrt((x**2).sum((1, 2), keepdims=True) + 1e-10),
        (SHAPE,),
        FLOAT,
    )
    yield Case(
        "hard_sigmoid",
        lambda x: npx.hard_sigmoid(x, 0.3, 0.4),
        lambda x: numpy.clip(0.3 * x + 0.4, 0, 1),
        ((2, 3),),
        FLOAT,
    )
    yield Case(
        "one_hot",
        lambda x: npx.one_hot(np.array(POSITIONS, "int32"), 3) * x,
        lambda x: numpy.eye(3)[POSITIONS].astype(x.dtype) * x,
        ((3,),),
        FLOAT,
    )
    for mode in ("clip", "wrap"):
        yield Case(
            "pick",
            lambda x, mode=mode: npx.pick(x, np.array([0, 7, -1], "int32"), mode=mode),
            lambda x, mode=mode: x[
                [0, 1, 2], [0, 3, 0] if mode == "clip" else [0, 3, 3]
            ],
            ((3, 4),),
            FLOAT,
            label=mode,
        )
    yield Case(
        "embedding",
        lambda w: npx.embedding(np.array(POSITIONS, "int32"), w),
        lambda w: w[POSITIONS],
        ((3, 4),),
        FLOAT,
    )
    yield Case(
        "sequence_mask",
        lambda x: npx.sequence_mask(x, np.array([1.0, 3.0]), True, value=-1),
        lambda x: numpy.where(
            numpy.arange(4)[:, None, None] < numpy.array([[1], [3]]), x, -1
        ),
        ((4, 2, 3),),
        FLOAT,
    )
    yield Case(
        "clip", lambda x: np.clip(x, -1, 2), lambda x: numpy.clip(x, -1, 2), ((3, 4),)
    )
    yield Case(
        "round",
        lambda x: np.round(x, 1),
        lambda x: numpy.round(x, 1),
        ((3, 4),),
        ("float64",),
        grads=(),
    )
    yield Case(
        "where",
        lambda x, y: np.where(np.array([[True], [False]]), x, y),
        lambda x, y: numpy.where([[True], [False]], x, y),
        ((2, 3), (3,)),
    )


def _positions():
    for axis in (None, 0, 1):
        yield same("take", (3, 4), indices=[0, 2, -1], axis=axis)
    for mode in ("clip", "wrap"):
        yield same("take", (3, 4), indices=[0, 7, -5], axis=1, mode=mode)
    places = numpy.array(POSITIONS)
    yield Case(
        "take_along_axis",
        lambda x: np.take_along_axis(x, np.array(places), 1),
        lambda x: numpy.take_along_axis(x, places, 1),
        ((3, 4),),
    )
    yield Case(
        "gather_nd",
        lambda x: npx.gather_nd(x, np.array(places.T[:, :2])),
        lambda x: x[places.T[0, :2], places.T[1, :2]],
        ((3, 4),),
    )
    yield Case(
        "index_update",
        lambda x, v: npx.index_update(x, np.array([[0, 2]], "int64"), v),
        lambda x, v: numpy.concatenate([v[:1], x[1:2], v[1:]]),
        ((3, 4), (2, 4)),
    )
    yield Case(
        "index_add",
        lambda x, v: npx.index_add(x, np.array([[0, 0]], "int64"), v),
        lambda x, v: numpy.concatenate([x[:1] + v[:1] + v[1:], x[1:]]),
        ((3, 4), (2, 4)),
    )
    yield Case(
        "boolean_mask",
        lambda x: x[np.array([True, False, True], "bool")],
        lambda x: x[[True, False, True]],
        ((3, 4),),
    )
    yield Case("nonzero", np.nonzero, numpy.nonzero, ((3, 4),), ("int32", "bool"), ())
    yield Case(
        "bincount",
        lambda x: np.bincount(x, minlength=7),
        lambda x: numpy.bincount(x, minlength=7),
        ((20,),),
        ("int32", "int64"),
        (),
        (0, 5),
    )
    for axis in (0, 1, -1, None):
        yield same("sort", (5, 6), dtypes=NUMBERS, range=(0, 99), axis=axis)
        yield same(
            "argsort",
            (5, 6),
            dtypes=NUMBERS,
            range=(0, 99),
            grads=(),
            axis=axis,
            kind="stable",
        )
    for k, axis in ((1, -1), (3, 0), (2, 1)):
        yield Case(
            "topk",
            lambda x, k=k, axis=axis: npx.topk(x, axis, k, "value"),
            lambda x, k=k, axis=axis: numpy.flip(numpy.sort(x, axis), axis).take(
                range(k), axis
            ),
            ((5, 6),),
            label=f"{k},{axis}",
        )
        yield Case(
            "topk",
            lambda x, k=k, axis=axis: npx.topk(
                x, axis, k, is_ascend=True, dtype="int64"
            ),
            lambda x, k=k, axis=axis: numpy.argsort(x, axis, kind="stable").take(
                range(k), axis
            ),
            ((5, 6),),
            grads=(),
            label=f"{k},{axis},indices",
        )
    yield same("unique", (20,), dtypes=(*NUMBERS, "bool"), grads=(), range=(0, 5))
    yield same(
        "unique",
        (20,),
        grads=(),
        range=(0, 5),
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    for side in ("left", "right"):
        yield Case(
            "searchsorted",
            lambda a, v, side=side: np.searchsorted(np.sort(a), v, side),
            lambda a, v, side=side: numpy.searchsorted(numpy.sort(a), v, side),
            ((9,), (4, 2)),
            grads=(),
            label=side,
        )
    for method in ("linear", "lower", "higher", "nearest", "midpoint"):
        yield same(
            "quantile", (5, 6), dtypes=FLOAT, grads=(), q=0.3, axis=1, method=method
        )
    yield same("quantile", (5, 6), dtypes=FLOAT, grads=(), q=[0.1, 0.5])


def _square(x):
    """Give well-conditioned positive definite matrices made of any."""
    return x @ x.swapaxes(-1, -2) + 3 * numpy.eye(x.shape[-1], dtype=x.dtype)


def _our_square(x):
    return x @ x.swapaxes(-1, -2) + 3 * np.eye(x.shape[-1], dtype=x.dtype)


def _decompositions():
    """Compare whatever has signs or an order of its own by what it multiplies to."""
    for op in ("det", "inv", "cholesky", "pinv"):
        yield Case(
            op,
            lambda x, op=op: getattr(np.linalg, op)(_our_square(x)),
            lambda x, op=op: getattr(numpy.linalg, op)(_square(x)),
            ((2, 3, 3),),
            ("float64",),
            grads=None if op != "pinv" else (),
        )
    yield Case(
        "solve",
        lambda x, b: np.linalg.solve(_our_square(x), b),
        lambda x, b: numpy.linalg.solve(_square(x), b),
        ((3, 3), (3, 2)),
        ("float64",),
    )
    yield Case(
        "slogdet",
        lambda x: np.linalg.slogdet(_our_square(x))[1],
        lambda x: numpy.linalg.slogdet(_square(x))[1],
        ((3, 3),),
        ("float64",),
    )
    yield Case(
        "lstsq",
        lambda a, b: np.linalg.lstsq(a, b)[0],
        lambda a, b: numpy.linalg.lstsq(a, b, None)[0],
        ((5, 3), (5, 2)),
        ("float64",),
        grads=(),
    )
    yield Case(
        "qr",
        lambda x: np.matmul(*np.linalg.qr(x)),
        lambda x: x,
        ((4, 3),),
        ("float64",),
        grads=(),
    )
    yield Case(
        "svd",
        lambda x: np.linalg.svd(x)[1],
        lambda x: numpy.linalg.svd(x, compute_uv=False),
        ((4, 3),),
        ("float64",),
        grads=(),
    )
    yield Case(
        "eigh",
        lambda x: np.linalg.eigh(_our_square(x))[0],
        lambda x: numpy.linalg.eigh(_square(x))[0],
        ((3, 3),),
        ("float64",),
        grads=(),
    )


def _creation():
    yield Case(
        "full",
        lambda x: np.full((2, 3), 7.5) + x,
        lambda x: numpy.full((2, 3), 7.5) + x,
        ((3,),),
        ("float32",),
    )
    for given in ((5,), (1, 7, 2), (3, -2, -0.5)):
        yield Case(
            "arange",
            lambda x, given=given: np.arange(*given),
            lambda x, given=given: numpy.arange(*given, dtype="float32"),
            ((),),
            ("float32",),
            (),
            label=str(given),
        )
    for endpoint in (True, False):
        yield Case(
            "linspace",
            lambda x, e=endpoint: np.linspace(0, 3, 7, e),
            lambda x, e=endpoint: numpy.linspace(0, 3, 7, e).astype("float32"),
            ((),),
            ("float32",),
            (),
            label=str(endpoint),
        )
    yield Case(
        "eye",
        lambda x: np.eye(3, 4, 1),
        lambda x: numpy.eye(3, 4, 1, "float32"),
        ((),),
        ("float32",),
        (),
    )


CASES = [
    *_reductions(),
    *_products(),
    *_moves(),
    *_layers(),
    *_positions(),
    *_decompositions(),
    *_creation(),
]

UNLISTED = {
    **dict.fromkeys(
        ("real", "imag", "conjugate", "angle"), "complex: test_ops.py, its own test"
    ),
    **dict.fromkeys(("write", "store", "write_number"), "writes: test_indexing.py"),
    "put_along_axis": "writes: test_ops.py, its own test",
    "to_device": "test_ops.py, its own test",
    "dropout": "random: test_ops.py, its own test",
    "read_file": "test_interop.py, by npx.load",
    **{
        name: "random: engine/tests/random.rs, and test_ops.py for its seed"
        for name in _core.ops()
        if name.startswith("random_")
    },
}
