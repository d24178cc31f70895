"""Layers against their formulas in NumPy."""

from __future__ import annotations

import math

import numpy
import pytest

from forerun import autograd, gluon, init, np
from forerun.gluon import nn

rng = numpy.random.default_rng(7)
X = rng.normal(size=(4, 3, 5)).astype("float32")


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


def elu(x, alpha):
    return numpy.where(x > 0, x, alpha * numpy.expm1(x))


erf = numpy.vectorize(math.erf)

ACTIVATIONS = [
    (nn.Activation("relu"), lambda x: numpy.maximum(x, 0)),
    (nn.Activation("sigmoid"), sigmoid),
    (nn.Activation("tanh"), numpy.tanh),
    (nn.Activation("softrelu"), lambda x: numpy.log1p(numpy.exp(x))),
    (nn.Activation("softsign"), lambda x: x / (1 + abs(x))),
    (nn.LeakyReLU(0.1), lambda x: numpy.where(x > 0, x, 0.1 * x)),
    (nn.PReLU(), lambda x: numpy.where(x > 0, x, 0.25 * x)),
    (nn.ELU(0.5), lambda x: elu(x, 0.5)),
    (nn.SELU(), lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772)),
    (nn.GELU(), lambda x: x * 0.5 * (1 + erf(x / 2**0.5))),
    (
        nn.GELU("tanh"),
        lambda x: (
            x * 0.5 * (1 + numpy.tanh((2 / numpy.pi) ** 0.5 * (x + 0.044715 * x**3)))
        ),
    ),
    (nn.Swish(2.0), lambda x: x * sigmoid(2 * x)),
    (nn.SiLU(), lambda x: x * sigmoid(x)),
]


@pytest.mark.parametrize(("layer", "formula"), ACTIVATIONS)
def test_activations_follow_their_formulas(layer, formula) -> None:
    layer.initialize(force_reinit=True)
    value = layer(np.array(X)).asnumpy()
    numpy.testing.assert_allclose(value, formula(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [nn.ELU(), nn.SELU()])
def test_gradients_of_large_inputs_are_finite(layer) -> None:
    x = np.array([1000.0, -1000.0])
    x.attach_grad()
    with autograd.record():
        y = layer(x)
    y.backward()
    assert numpy.isfinite(x.grad.asnumpy()).all()


def test_prelu_has_a_slope_per_channel() -> None:
    layer = nn.PReLU(init.Constant([0.0, 0.5, 1.0]), in_channels=3)
    layer.initialize()
    slopes = numpy.array([0, 0.5, 1]).reshape(1, 3, 1)
    expected = numpy.where(X > 0, X, slopes * X)
    numpy.testing.assert_allclose(layer(np.array(X)).asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_dense_is_a_product(flatten: bool, use_bias: bool) -> None:
    layer = nn.Dense(2, "tanh", use_bias, flatten, bias_initializer="ones")
    layer.initialize(init.Normal(0.3))
    value = layer(np.array(X)).asnumpy()
    x = X.reshape(4, 15) if flatten else X
    expected = numpy.tanh(x @ layer.weight.data().asnumpy().T + use_bias)
    numpy.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6)
    assert (layer.bias is not None) == use_bias


def test_dense_has_gradients() -> None:
    layer = nn.Dense(1, in_units=3)
    layer.initialize("ones")
    x = rng.normal(size=(4, 3)).astype("float32")
    with autograd.record():
        y = layer(np.array(x)).sum()
    y.backward()
    numpy.testing.assert_allclose(layer.weight.grad().asnumpy()[0], x.sum(0), rtol=1e-5)
    assert layer.bias.grad().tolist() == [4]


def test_layers_show_their_settings() -> None:
    assert repr(nn.Dense(2)) == "Dense(-1 -> 2, linear)"
    assert repr(nn.Dense(2, "relu", in_units=3)) == "Dense(3 -> 2, Activation(relu))"
    assert repr(nn.Embedding(5, 2)) == "Embedding(5 -> 2, float32)"
    assert repr(nn.LeakyReLU(0.1)) == "LeakyReLU(0.1)"
    assert repr(nn.BatchNorm(in_channels=3)) == (
        "BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, "
        "use_global_stats=False, in_channels=3)"
    )


def test_dropout_scales_what_it_keeps() -> None:
    layer = nn.Dropout(0.25)
    x = np.ones((100, 100))
    assert layer(x).asnumpy().min() == 1
    with autograd.record():
        y = layer(x).asnumpy()
    assert set(numpy.unique(y)) == {0, numpy.float32(1 / 0.75)}
    assert y.mean() == pytest.approx(1, abs=0.05)
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\)"):
        nn.Dropout(1)


def test_embedding_looks_rows_up() -> None:
    layer = nn.Embedding(5, 2)
    layer.initialize(init.Normal(1))
    idx = numpy.array([[0, 4], [2, 2]])
    table = layer.weight.data().asnumpy()
    numpy.testing.assert_array_equal(layer(np.array(idx)).asnumpy(), table[idx])
    with autograd.record():
        y = layer(np.array(idx, dtype="int32")).sum()
    y.backward()
    assert layer.weight.grad().asnumpy()[:, 0].tolist() == [1, 0, 2, 0, 1]


def normalized(x, axes, eps=1e-5):
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / numpy.sqrt(var + eps)


@pytest.mark.parametrize("axis", [1, -1])
def test_batch_norm_uses_the_batch_while_training(axis: int) -> None:
    layer = nn.BatchNorm(axis=axis, momentum=0.8)
    layer.initialize()
    axes = tuple(i for i in range(3) if i != axis % 3)
    with autograd.record():
        y = layer(np.array(X))
    numpy.testing.assert_allclose(y.asnumpy(), normalized(X, axes), atol=1e-4)
    mean, var = layer.running_mean.data(), layer.running_var.data()
    numpy.testing.assert_allclose(mean.asnumpy(), 0.2 * X.mean(axes), atol=1e-5)
    assert var.shape == (X.shape[axis],)
    y = layer(np.array(X)).asnumpy()
    shape = [1, 1, 1]
    shape[axis] = -1
    mean, var = (v.asnumpy().reshape(shape) for v in (mean, var))
    numpy.testing.assert_allclose(y, (X - mean) / numpy.sqrt(var + 1e-5), atol=1e-5)


def test_running_statistics_are_not_trained() -> None:
    layer = nn.BatchNorm(in_channels=3, scale=False)
    names = {p.name.removeprefix(layer.prefix): p for p in layer.params.values()}
    assert {name: p.grad_req for name, p in names.items()} == {
        "gamma": "null",
        "beta": "write",
        "running_mean": "null",
        "running_var": "null",
    }


def test_batch_norm_stays_float32_for_half_inputs() -> None:
    layer = nn.BatchNorm(in_channels=3)
    layer.initialize()
    layer.cast("float16")
    assert layer.gamma.data().dtype == np.float32


def test_layer_norm_is_over_one_axis() -> None:
    layer = nn.LayerNorm()
    layer.initialize()
    numpy.testing.assert_allclose(
        layer(np.array(X)).asnumpy(), normalized(X, -1), atol=1e-5
    )
    assert layer.gamma.shape == (5,)


def test_flatten_keeps_the_batch() -> None:
    assert nn.Flatten()(np.array(X)).shape == (4, 15)
    assert repr(nn.Flatten()) == "Flatten"


@pytest.mark.parametrize("kind", [nn.Sequential, nn.HybridSequential])
def test_sequential_is_a_list_of_blocks(kind) -> None:
    net = kind()
    net.add(nn.Dense(4), nn.Activation("relu"))
    net.add(nn.Dense(2))
    net.initialize()
    assert len(net) == 3
    assert [type(b).__name__ for b in net] == ["Dense", "Activation", "Dense"]
    x = np.array(X)
    first, rest = net[:1], net[1:]
    assert type(first) is kind
    numpy.testing.assert_array_equal(rest(first(x)).asnumpy(), net(x).asnumpy())
    assert net[-1] is net[2]
    with pytest.raises(IndexError):
        net[3]
    with pytest.raises(TypeError, match="add: expected a Block, got 3"):
        net.add(3)


def test_sequential_hands_tuples_on() -> None:
    net = nn.Sequential()
    net.add(nn.Lambda(lambda x: (x, 2 * x)), nn.Lambda(lambda x, y: (x + y, y)))
    total, twice = net(np.array([1.0]))
    assert (total.item(), twice.item()) == (3, 2)


@pytest.mark.parametrize("kind", [nn.Concatenate, nn.HybridConcatenate])
def test_concatenate_joins_outputs(kind) -> None:
    net = kind(axis=1)
    net.add(nn.Identity(), nn.Dense(2, in_units=3))
    net.initialize()
    assert net(np.array(X[:, :, 0])).shape == (4, 5)


def test_functions_become_blocks() -> None:
    x = np.array([-1.0, 2.0])
    assert nn.Lambda("relu")(x).tolist() == [0, 2]
    assert nn.Lambda(lambda x: x + 1)(x).tolist() == [0, 3]
    assert nn.HybridLambda("abs")(x).tolist() == [1, 2]
    assert nn.HybridLambda(lambda F, x: F.npx.relu(x))(x).tolist() == [0, 2]
    with pytest.raises(ValueError, match="a function 'nothing'"):
        nn.Lambda("nothing")


def test_a_network_trains() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dense(16, "relu"), nn.BatchNorm(), nn.Dropout(0.1), nn.Dense(1))
    net.initialize(init.Xavier())
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.02})
    x = rng.normal(size=(64, 4)).astype("float32")
    y = (x[:, :1] * x[:, 1:2]).astype("float32")
    losses = []
    for _ in range(60):
        with autograd.record():
            loss = gluon.loss.L2Loss()(net(np.array(x)), np.array(y))
        loss.backward()
        trainer.step(64)
        losses.append(loss.mean())
    assert losses[-1].item() < 0.5 * losses[0].item()
