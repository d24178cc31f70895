"""Optimizers: three steps of each against its formula in NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy
import pytest

from forerun import autograd, lr_scheduler, np, optimizer

W = numpy.array([[1.0, -2.0], [0.5, 3.0]])
GRADS = [
    numpy.array([[0.3, -0.1], [2.0, 0.0]]),
    numpy.array([[-0.2, 0.4], [1.0, 0.5]]),
    numpy.array([[0.1, 0.1], [-3.0, 0.2]]),
]
LR, WD, RESCALE, CLIP = 0.1, 0.01, 0.5, 0.6

Rule = Callable[[numpy.ndarray, numpy.ndarray, dict, int], numpy.ndarray]


def clip_then_decay(g, w):
    return numpy.clip(RESCALE * g, -CLIP, CLIP) + WD * w


def decay_then_clip(g, w):
    return numpy.clip(RESCALE * g + WD * w, -CLIP, CLIP)


def clipped(g):
    return numpy.clip(RESCALE * g, -CLIP, CLIP)


def sgd(w, g, s, t):
    return w - LR * clip_then_decay(g, w)


def momentum(w, g, s, t):
    s["m"] = 0.9 * s["m"] - LR * clip_then_decay(g, w)
    return w + s["m"]


def nag(w, g, s, t):
    g = clip_then_decay(g, w)
    s["m"] = 0.9 * s["m"] + g
    return w - LR * (g + 0.9 * s["m"])


def signum(w, g, s, t):
    s["m"] = 0.9 * s["m"] - 0.1 * clip_then_decay(g, w)
    return (1 - LR * 0.05) * w + LR * numpy.sign(s["m"])


def adam(w, g, s, t):
    g = decay_then_clip(g, w)
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["v"] = 0.999 * s["v"] + 0.001 * g * g
    lr = LR * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
    return w - lr * s["m"] / (s["v"] ** 0.5 + 1e-8)


def adamw(w, g, s, t):
    g = clipped(g)
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["v"] = 0.999 * s["v"] + 0.001 * g * g
    lr = LR * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
    return w - LR * WD * w - lr * s["m"] / (s["v"] ** 0.5 + 1e-6)


def adamax(w, g, s, t):
    g = decay_then_clip(g, w)
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["v"] = numpy.maximum(0.999 * s["v"], abs(g))
    return w - LR / (1 - 0.9**t) * s["m"] / s["v"]


def adagrad(w, g, s, t):
    g = clipped(g)
    s["v"] = s["v"] + g * g
    return w - LR * (g / (s["v"] + 1e-7) ** 0.5 + WD * w)


def adadelta(w, g, s, t):
    g = clipped(g)
    s["v"] = 0.9 * s["v"] + 0.1 * g * g
    step = ((s["m"] + 1e-5) / (s["v"] + 1e-5)) ** 0.5 * g
    s["m"] = 0.9 * s["m"] + 0.1 * step * step
    return w - step - WD * w


def rmsprop(w, g, s, t):
    g = decay_then_clip(g, w)
    s["v"] = 0.9 * s["v"] + 0.1 * g * g
    return w - LR * g / (s["v"] + 1e-8) ** 0.5


def rmsprop_centered(w, g, s, t):
    g = decay_then_clip(g, w)
    s["v"] = 0.9 * s["v"] + 0.1 * g * g
    s["m"] = 0.9 * s["m"] + 0.1 * g
    s["d"] = 0.9 * s["d"] - LR * g / (s["v"] - s["m"] ** 2 + 1e-8) ** 0.5
    return w + s["d"]


def ftrl(w, g, s, t):
    g = clipped(g)
    s["m"] = s["m"] + g - ((s["v"] + g * g) ** 0.5 - s["v"] ** 0.5) * w / LR
    s["v"] = s["v"] + g * g
    z, n = s["m"], s["v"]
    return (numpy.sign(z) * 0.01 - z) / ((1 + n**0.5) / LR + WD) * (numpy.abs(z) > 0.01)


CASES = [
    ("sgd", {}, sgd),
    ("sgd", {"momentum": 0.9}, momentum),
    ("nag", {}, sgd),
    ("nag", {"momentum": 0.9}, nag),
    ("signum", {"wd_lh": 0.05}, signum),
    ("adam", {}, adam),
    ("adamw", {}, adamw),
    ("adamax", {}, adamax),
    ("adagrad", {}, adagrad),
    ("adadelta", {}, adadelta),
    ("rmsprop", {}, rmsprop),
    ("rmsprop", {"centered": True}, rmsprop_centered),
    ("ftrl", {}, ftrl),
]


@pytest.mark.parametrize("clip", [CLIP, None])
@pytest.mark.parametrize(("name", "settings", "rule"), CASES)
def test_three_steps_follow_the_formula(
    name: str,
    settings: dict,
    rule: Rule,
    clip: float | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(globals(), "CLIP", clip or numpy.inf)
    made = optimizer.create(
        name,
        learning_rate=LR,
        wd=WD,
        rescale_grad=RESCALE,
        clip_gradient=clip,
        **settings,
    )
    update = optimizer.Updater(made)
    weight, expected = np.array(W), W
    state = dict.fromkeys("mvd", numpy.zeros_like(W))
    for t, grad in enumerate(GRADS, start=1):
        update(0, np.array(grad), weight)
        expected = rule(expected, grad, state, t)
        numpy.testing.assert_allclose(weight.asnumpy(), expected, rtol=2e-5, atol=1e-6)


def test_multi_precision_keeps_small_steps() -> None:
    sgd = optimizer.SGD(learning_rate=1e-4, multi_precision=True)
    update = optimizer.Updater(sgd)
    weight = np.array([1.0], dtype="float16")
    for _ in range(100):
        update(0, np.array([1.0], dtype="float16"), weight)
    assert weight.dtype == np.float16
    assert weight.item() == pytest.approx(0.99, abs=1e-3)


def test_an_update_is_not_recorded() -> None:
    weight = np.array([1.0])
    weight.attach_grad()
    with autograd.record():
        y = 3 * weight
        optimizer.Updater(optimizer.SGD())(0, np.array([1.0]), weight)
        assert autograd.is_recording()
    y.backward()
    assert weight.grad.item() == 3.0


def test_multipliers_by_index_and_name() -> None:
    sgd = optimizer.SGD(learning_rate=1.0, wd=1.0, param_idx2name={0: "w", 1: "b"})
    sgd.set_lr_mult({"w": 0.5})
    sgd.set_wd_mult({1: 0.0})
    w, b = np.array([1.0]), np.array([1.0])
    sgd.update(0, w, np.array([0.0]), None)
    sgd.update(1, b, np.array([0.0]), None)
    assert (w.item(), b.item()) == (0.5, 1.0)


def test_a_scheduler_sees_the_number_of_updates() -> None:
    seen: list[int] = []

    def schedule(num_update: int) -> float:
        seen.append(num_update)
        return 1.0

    sgd = optimizer.SGD(lr_scheduler=schedule, begin_num_update=10)
    for index in (0, 1, 0):
        sgd.update(index, np.array([1.0]), np.array([0.0]), None)
    assert seen == [11, 11, 12]
    with pytest.raises(UserWarning, match="lr_scheduler decides"):
        sgd.set_learning_rate(0.5)


def test_learning_rate_replaces_that_of_the_scheduler() -> None:
    schedule = lr_scheduler.FactorScheduler(10, 0.5, base_lr=1.0)
    with pytest.warns(UserWarning, match="replaces the scheduler's base_lr 1"):
        sgd = optimizer.SGD(learning_rate=0.25, lr_scheduler=schedule)
    assert sgd.learning_rate == 0.25


def test_the_default_rate_is_a_hundredth() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule = lr_scheduler.FactorScheduler(10, 0.5, base_lr=1.0)
        assert optimizer.SGD().learning_rate == 0.01
        assert optimizer.SGD(lr_scheduler=schedule).learning_rate == 1.0


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown name 'gradient'"):
        optimizer.create("gradient")


def test_a_registered_optimizer_is_found() -> None:
    @optimizer.register
    class Backwards(optimizer.Optimizer):
        def update(self, index, weight, grad, state) -> None:
            weight += grad

    weight = np.array([1.0])
    optimizer.Updater(optimizer.create("backwards"))(0, np.array([1.0]), weight)
    assert weight.item() == 2.0


@pytest.mark.parametrize("name", ["sgd", "adam", "adadelta", "ftrl"])
def test_states_survive_a_file(tmp_path, name: str) -> None:
    path = str(tmp_path / "states")
    settings = {"momentum": 0.9} if name == "sgd" else {}
    weight = np.array(W)
    before = optimizer.Updater(optimizer.create(name, **settings))
    before(3, np.array(GRADS[0]), weight)
    before.save(path)
    twin = weight.copy()
    after = optimizer.Updater(optimizer.create(name, **settings))
    after.load(path, {3: twin})
    before(3, np.array(GRADS[1]), weight)
    after(3, np.array(GRADS[1]), twin)
    numpy.testing.assert_array_equal(twin.asnumpy(), weight.asnumpy())
    assert after.optimizer.num_update == 2
