"""The trainer: steps, devices, states."""

from __future__ import annotations

import numpy
import pytest

from forerun import autograd, gluon, init, lr_scheduler, np, npx, optimizer
from forerun.gluon import nn

X = numpy.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5], [-2.0, 1.0]], dtype="float32")
Y = X @ numpy.array([2.0, -3.4], dtype="float32") + 4.2


def linear(ctx=None) -> nn.Dense:
    net = nn.Dense(1, in_units=2)
    net.initialize(init.Constant(0.1), ctx=ctx)
    return net


def backward(net, x, y) -> None:
    with autograd.record():
        loss = gluon.loss.L2Loss()(net(x), y)
    loss.backward()


def test_a_step_divides_by_the_batch() -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    backward(net, np.array(X), np.array(Y))
    trainer.step(4)
    error = X @ numpy.array([0.1, 0.1]) - Y
    expected = 0.1 - 0.1 * (error[:, None] * X).mean(0)
    numpy.testing.assert_allclose(net.weight.data().asnumpy()[0], expected, rtol=1e-5)
    assert net.bias.data().item() == pytest.approx(-0.1 * error.mean(), rel=1e-5)


@pytest.mark.parametrize("name", ["sgd", "nag", "adam", "rmsprop", "adagrad", "adamw"])
def test_training_comes_near_the_truth(name: str) -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), name, {"learning_rate": 0.1})
    x, y = np.array(X), np.array(Y)
    first = gluon.loss.L2Loss()(net(x), y).mean().item()
    for _ in range(150):
        backward(net, x, y)
        trainer.step(4)
    assert gluon.loss.L2Loss()(net(x), y).mean().item() < 0.2 * first


def test_several_devices_train_as_one() -> None:
    devices = [npx.cpu(0), npx.cpu(1)]
    alone, spread = linear(), linear(devices)
    settings = {"learning_rate": 0.1, "momentum": 0.9}
    trainers = [
        gluon.Trainer(n.collect_params(), "sgd", settings) for n in (alone, spread)
    ]
    for _ in range(3):
        backward(alone, np.array(X), np.array(Y))
        xs = gluon.utils.split_and_load(np.array(X), devices)
        ys = gluon.utils.split_and_load(np.array(Y), devices)
        for x, y in zip(xs, ys, strict=True):
            backward(spread, x, y)
        for trainer in trainers:
            trainer.step(4)
    expected = alone.weight.data().asnumpy()
    for weight in spread.weight.list_data():
        numpy.testing.assert_allclose(weight.asnumpy(), expected, rtol=1e-5)


def test_devices_count_updates_apart() -> None:
    devices = [npx.cpu(0), npx.cpu(1)]
    net = linear(devices)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.1})
    for x in gluon.utils.split_and_load(np.array(X), devices):
        backward(net, x, np.zeros((2,), ctx=x.ctx))
    trainer.step(4)
    assert trainer.optimizer.num_update == 1
    first, second = (w.asnumpy() for w in net.weight.list_data())
    numpy.testing.assert_array_equal(first, second)


def test_allreduce_and_update_make_a_step() -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    for param in net.collect_params().values():
        param.grad()[:] = 2
    trainer.allreduce_grads()
    trainer.update(4)
    numpy.testing.assert_allclose(net.weight.data().asnumpy(), 0.1 - 0.5, rtol=1e-6)


def test_multipliers_are_the_parameters() -> None:
    net = linear()
    net.weight.lr_mult = 0
    net.collect_params(".*bias").setattr("wd_mult", 0)
    net.bias.set_data(np.array([1.0]))
    trainer = gluon.Trainer(
        net.collect_params(), "sgd", {"learning_rate": 1.0, "wd": 0.5}
    )
    for param in net.collect_params().values():
        param.grad()[:] = 0
    trainer.step(1)
    assert net.bias.data().item() == 1
    numpy.testing.assert_allclose(net.weight.data().asnumpy(), 0.1, rtol=1e-6)


def test_parameters_without_gradient_stay() -> None:
    net = linear()
    net.weight.grad_req = "null"
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    net.bias.grad()[:] = 1
    trainer.step(1, ignore_stale_grad=True)
    numpy.testing.assert_allclose(net.weight.data().asnumpy(), 0.1, rtol=1e-6)
    assert net.bias.data().item() == -1


def test_a_step_is_not_recorded() -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    backward(net, np.array(X), np.array(Y))
    with autograd.record():
        trainer.step(4)
    backward(net, np.array(X), np.array(Y))
    assert net.weight.grad().shape == (1, 2)


def test_the_learning_rate_can_be_read_and_set() -> None:
    trainer = gluon.Trainer(linear().collect_params(), "sgd", {"learning_rate": 0.1})
    trainer.set_learning_rate(0.5)
    assert trainer.learning_rate == 0.5
    schedule = lr_scheduler.FactorScheduler(1, 0.5, base_lr=1.0)
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"lr_scheduler": schedule})
    for param in net.collect_params().values():
        param.grad()[:] = 0
    assert trainer.learning_rate == 1
    trainer.step(1)
    trainer.step(1)
    assert trainer.learning_rate == 0.5


def test_an_optimizer_may_be_an_object() -> None:
    net = linear()
    made = optimizer.SGD(learning_rate=0.25)
    assert gluon.Trainer(net.collect_params(), made).optimizer is made
    with pytest.raises(ValueError, match="optimizer_params must be omitted"):
        gluon.Trainer(net.collect_params(), made, {"wd": 1})
    with pytest.raises(TypeError, match="expected parameters, got a str"):
        gluon.Trainer(["weight"], "sgd")


def test_states_survive_a_file(tmp_path) -> None:
    path = str(tmp_path / "states")
    x, y = np.array(X), np.array(Y)
    nets = [linear(), linear()]
    first, second = (gluon.Trainer(n.collect_params(), "adam") for n in nets)
    backward(nets[0], x, y)
    first.step(4)
    first.save_states(path)
    nets[1].weight.set_data(nets[0].weight.data())
    nets[1].bias.set_data(nets[0].bias.data())
    second.load_states(path)
    for net, trainer in zip(nets, (first, second), strict=True):
        backward(net, x, y)
        trainer.step(4)
    numpy.testing.assert_array_equal(
        nets[0].weight.data().asnumpy(), nets[1].weight.data().asnumpy()
    )


def test_steps_become_alike_after_a_long_warm_up() -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    for param in net.collect_params().values():
        param.grad()[:] = 0
    for i in range(80):
        trainer.set_learning_rate(0.001 * (i + 1))
        trainer.step(1)
    update_each, calls = trainer._update_each, []

    def counted(*args: object) -> None:
        calls.append(1)
        update_each(*args)

    trainer._update_each = counted
    for _ in range(50):
        trainer.step(1)
    assert len(calls) <= 16
    assert trainer.optimizer.num_update == 130


def test_a_step_that_fails_midway_does_not_spoil_the_count() -> None:
    net = linear()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    for param in net.collect_params().values():
        param.grad()[:] = 0
    trainer.step(1)
    optimizer_of_both, update = trainer.optimizer, trainer.optimizer.update

    def fails(index: int, *args: object) -> None:
        if index == 1:
            raise KeyError("no")
        update(index, *args)

    optimizer_of_both.update = fails
    with pytest.raises(KeyError):
        trainer.step(2)
    del optimizer_of_both.update
    for _ in range(3):
        trainer.step(1)
    assert len(trainer._updated) == 2
    assert optimizer_of_both.num_update == 5


@pytest.mark.parametrize("wd", [0.0, 0.1])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("sgd", {}),
        ("sgd", {"momentum": 0.9, "clip_gradient": 0.5}),
        ("nag", {"momentum": 0.9}),
        ("signum", {"momentum": 0.5, "wd_lh": 0.01}),
    ],
)
def test_a_step_is_that_of_the_optimizer(
    name: str, settings: dict[str, float], wd: float, tmp_path
) -> None:
    """Steps that are issued at once, with settings that change now and then."""
    settings = {"learning_rate": 0.1, "wd": wd, **settings}
    nets = linear(), linear()
    trainer = gluon.Trainer(nets[0].collect_params(), name, settings)
    chosen = optimizer.create(name, **settings)
    weights = [nets[1].weight, nets[1].bias]
    chosen.param_dict = dict(enumerate(weights))
    update = optimizer.Updater(chosen)
    for i in range(20):
        if i == 5:
            trainer.set_learning_rate(0.05)
            chosen.set_learning_rate(0.05)
        if i == 10:
            nets[0].weight.lr_mult = nets[1].weight.lr_mult = 0.5
        if i == 12:
            trainer.save_states(str(tmp_path / "states"))
            trainer.load_states(str(tmp_path / "states"))
        if i == 15:
            for net in nets:
                net.weight.data().attach_grad()
        size = 4 if i % 7 else 8
        for net in nets:
            backward(net, np.array(X + i), np.array(Y))
        trainer.step(size)
        chosen.rescale_grad = 1 / size
        for index, param in enumerate(weights):
            update(index, param.grad(), param.data())
        for ours, param in zip((nets[0].weight, nets[0].bias), weights, strict=True):
            numpy.testing.assert_array_equal(
                ours.data().asnumpy(), param.data().asnumpy()
            )
    assert trainer.optimizer.num_update == chosen.num_update == 20
    assert len(trainer._scripts) >= 2
