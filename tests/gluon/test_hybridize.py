"""Hybridized blocks: the bits of plain ones, by scripts or by falling back."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy
import pytest

from forerun import autograd, gluon, init, np, npx
from forerun.gluon import nn


class Views(nn.HybridBlock):
    """Reshapes, transposes and slices its input on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(4, flatten=False)

    def forward(self, x):
        y = x.reshape(x.shape[0], 2, -1).transpose(0, 2, 1)
        left, right = y[:, :, 0], y[:, ::-1, 1]
        z = self.dense(left * right)
        z[:, 1] = z[:, 0] + x[:, 1]
        z += left[:, :1]
        return z, [x.T, z.sum(axis=0)], left


class Noise(nn.HybridBlock):
    """Draws in several ways."""

    def forward(self, x):
        y = x + np.random.normal(size=x.shape)
        y = npx.dropout(y, 0.5, mode="always") + np.random.uniform(size=(1,))
        return y[np.random.permutation(x.shape[0])]


class Statistics(nn.HybridBlock):
    """Stops gradients, pauses recording and uses data of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = self.params.get("scale", shape=(1,), init="ones")

    def forward(self, x):
        table = np.array([[1.0, 2.0], [3.0, 4.0]])
        table[0] = table[1] + 1
        with autograd.pause():
            shift = (x * 2).mean()
        kept = x.copy()
        kept *= self.scale.data()
        return kept * table.sum() + x.detach() - shift


def dense() -> nn.HybridBlock:
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu"), nn.Dense(4, activation="tanh"))
    return net


def normalized() -> nn.HybridBlock:
    net = nn.HybridSequential()
    net.add(
        nn.Dense(6),
        nn.BatchNorm(),
        nn.Activation("sigmoid"),
        nn.Dropout(0.4),
        nn.LayerNorm(),
        nn.GELU(),
        nn.Dropout(0.2, axes=(1,)),
    )
    return net


def joined() -> nn.HybridBlock:
    net = nn.HybridConcatenate(axis=1)
    net.add(nn.Dense(3), nn.Identity(), nn.HybridLambda("tanh"), nn.PReLU())
    return net


BLOCKS = [dense, normalized, joined, Views, Noise, Statistics]


def arrays_of(out: object) -> list[numpy.ndarray]:
    """List the arrays of nested results."""
    if isinstance(out, list | tuple):
        return [array for item in out for array in arrays_of(item)]
    return [out.asnumpy()]


def steps(
    build: Any, is_hybrid: bool, n_steps: int = 4
) -> tuple[list[numpy.ndarray], nn.HybridBlock]:
    """Train, then infer, on batches of two shapes; list everything that comes out."""
    np.random.seed(3)
    state = numpy.random.RandomState(0)
    data = np.array(state.normal(size=(40, 8)).astype("float32"))
    data.attach_grad()
    net = build()
    net.initialize(init.Uniform(0.5))
    net(data[:2])
    if is_hybrid:
        net.hybridize()
    params = net.collect_params()
    trainer = gluon.Trainer(params, "adam", {"learning_rate": 0.1})
    out = []
    for i in range(n_steps):
        for rows in (slice(i, i + 4), slice(i, i + 6)):
            with autograd.record():
                made = net(data[rows])
                heads = list(made) if isinstance(made, tuple) else [made]
                loss = sum((head * head).sum() for head in heads if head is not made[1])
            loss.backward()
            if params:
                trainer.step(4)
            out += [*arrays_of(made), data.grad.asnumpy()]
        out += arrays_of(net(data[i : i + 4]))
        with autograd.train_mode():
            out += arrays_of(net(data[i : i + 4]))
    out += [param.data().asnumpy() for param in params.values()]
    return out, net


@pytest.mark.parametrize("build", BLOCKS)
def test_a_hybridized_block_gives_the_bits_of_the_plain_one(build: Any) -> None:
    plain, _ = steps(build, is_hybrid=False)
    hybrid, net = steps(build, is_hybrid=True)
    assert len(net._scripts) >= 3
    assert len(plain) == len(hybrid)
    for a, b in zip(plain, hybrid, strict=True):
        numpy.testing.assert_array_equal(a, b)


def test_forward_runs_once_for_arguments_of_a_kind() -> None:
    calls = []

    class Counted(nn.HybridBlock):
        def forward(self, x, factor=1):
            calls.append(factor)
            return x * factor

    net = Counted()
    net.hybridize()
    x = np.ones((2, 3))
    for _ in range(3):
        assert net(x).sum().item() == 6
        assert net(x, 2).sum().item() == 12
        assert net(x[:1]).sum().item() == 3
        assert net(x.astype("float64")).dtype == np.float64
    assert len(calls) == 4
    with autograd.record():
        net(x)
    with autograd.train_mode():
        net(x)
    assert len(calls) == 6
    net.hybridize(False)
    net(x)
    assert len(calls) == 7


def test_views_of_data_may_begin_elsewhere() -> None:
    data = np.arange(40.0).reshape(10, 4)
    calls = []

    class Net(nn.HybridBlock):
        def forward(self, x):
            calls.append(1)
            return x[1:, ::2] * 2, x.T

    net = Net()
    net.hybridize()
    for i in range(6):
        y, t = net(data[i : i + 3])
        expected = data.asnumpy()[i : i + 3]
        numpy.testing.assert_array_equal(y.asnumpy(), expected[1:, ::2] * 2)
        numpy.testing.assert_array_equal(t.asnumpy(), expected.T)
    assert len(calls) == 1


def test_results_are_views_of_the_arguments_as_without() -> None:
    class Net(nn.HybridBlock):
        def forward(self, x, y):
            return x, y[0], (x, None, "text", 1.5)

    net = Net()
    net.hybridize()
    for _ in range(3):
        x, y = np.ones(3), np.zeros((2, 2))
        same, row, nested = net(x, y)
        assert same is x
        assert nested[0] is x
        assert nested[1:] == (None, "text", 1.5)
        row[:] = 7
        numpy.testing.assert_array_equal(y.asnumpy(), [[7, 7], [0, 0]])


def dense_of_ones() -> nn.Dense:
    net = nn.Dense(1, in_units=2, use_bias=False)
    net.initialize("ones")
    net.hybridize()
    for _ in range(2):
        assert net(np.ones((1, 2))).item() == 2
    return net


def test_changes_of_parameters_are_seen(tmp_path: Any) -> None:
    x = np.ones((1, 2))
    net = dense_of_ones()
    net.save_parameters(str(tmp_path / "ones"))
    net.weight.set_data(np.full((1, 2), 3.0))
    assert net(x).item() == 6
    net.load_parameters(str(tmp_path / "ones"))
    assert net(x).item() == 2
    net.weight.data()[:] = 4
    assert net(x).item() == 8
    net.initialize(init.Constant(5.0), force_reinit=True)
    assert net(x).item() == 10
    net.cast("float64")
    assert net(x.astype("float64")).dtype == np.float64
    other = nn.Dense(1, in_units=2, use_bias=False)
    other.initialize(init.Constant(1.0))
    net.cast("float32")
    net.share_parameters(other.collect_params())
    assert net(x).item() == 2
    net.weight.grad_req = "null"
    with autograd.record(), pytest.raises(RuntimeError):
        net(x).backward()


def test_a_gradient_is_added_and_the_graph_kept_as_asked() -> None:
    net = dense_of_ones()
    net.weight.grad_req = "add"
    x = np.array([[1.0, 2.0]])
    for i in range(1, 4):
        with autograd.record():
            y = net(x) ** 2
        y.backward(retain_graph=True)
        y.backward()
        expected = 2 * 2 * 3 * numpy.array([[1.0, 2.0]]) * i
        numpy.testing.assert_array_equal(net.weight.grad().asnumpy(), expected)
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            y = net(x) ** 3
            dx = autograd.grad(y, x, create_graph=True)
        dx.backward()
        numpy.testing.assert_array_equal(x.grad.asnumpy(), [[36.0, 36.0]])


def test_structure_and_settings_may_change() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.5))
    net.hybridize()
    x = np.ones(100)
    with autograd.train_mode():
        for _ in range(2):
            assert (net(x) == 0).sum().item() > 0
        net[0]._rate = 0.0
        numpy.testing.assert_array_equal(net(x).asnumpy(), numpy.ones(100))
    net.add(nn.HybridLambda(lambda _, x: x + 1))
    assert net(x).sum().item() == 200


class Scale(nn.HybridBlock):
    """Has a factor that others read."""

    def __init__(self) -> None:
        super().__init__()
        self.alpha = 1.0

    def forward(self, x):
        return x * self.alpha


class ReadsScale(nn.HybridBlock):
    """Uses a block without calling it."""

    bias = 0.0

    def __init__(self, reads_attribute: bool) -> None:
        super().__init__()
        self.sub = Scale()
        self.reads_attribute = reads_attribute

    def forward(self, x):
        scaled = x * self.sub.alpha if self.reads_attribute else self.sub.forward(x)
        return scaled + self.bias


@pytest.mark.parametrize("reads_attribute", [False, True])
def test_attributes_of_blocks_that_are_not_called_are_seen(
    reads_attribute: bool,
) -> None:
    net = ReadsScale(reads_attribute)
    net.hybridize()
    x = np.ones(1)
    assert net(x).item() == net(x).item() == 1
    net.sub.alpha = 2.0
    assert net(x).item() == net(x).item() == 2
    net.bias = 3.0
    assert net(x).item() == net(x).item() == 5
    del net.bias
    assert net(x).item() == 2


def test_an_argument_that_forward_writes_in_another_way_is_written() -> None:
    class Cell(nn.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.h = np.zeros(2)

        def forward(self, x, h):
            new_h = x + h
            self.h[:] = new_h
            return new_h * 10 + h

    plain, hybrid = Cell(), Cell()
    hybrid.hybridize()
    for i in range(4):
        x = np.full(2, float(i + 1))
        expected = plain(x, plain.h).asnumpy()
        numpy.testing.assert_array_equal(hybrid(x, hybrid.h).asnumpy(), expected)
        numpy.testing.assert_array_equal(hybrid.h.asnumpy(), plain.h.asnumpy())


def test_an_input_may_get_a_gradient_in_forward() -> None:
    class Attaches(nn.HybridBlock):
        def forward(self, x):
            x.attach_grad()
            return x * 3

    net = Attaches()
    net.hybridize()
    for _ in range(2):
        x = np.ones(2)
        with autograd.record():
            y = net(x)
        y.backward()
        numpy.testing.assert_array_equal(x.grad.asnumpy(), [3, 3])


def test_asking_for_the_state_makes_a_call_an_ordinary_one() -> None:
    class Asks(nn.HybridBlock):
        def forward(self, x):
            return x + 1 if x.state == "ready" else x + 1.0

    net = Asks()
    net.hybridize()
    assert net(np.ones(1)).item() == net(np.ones(1)).item() == 2
    assert len(net._scripts) == 0


def test_new_blocks_leave_scripts_alone() -> None:
    net = dense_of_ones()
    nn.Dense(2, in_units=2)
    gluon.loss.L2Loss()(np.ones(2), np.ones(2))
    assert net._scripts.play((np.ones((1, 2)),), 0) is not NotImplemented


def test_hooks_are_called() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=2), nn.Dense(1, in_units=2))
    net.initialize()
    net.hybridize()
    x = np.ones((1, 2))
    net(x), net(x)
    seen = []
    handles = [
        net.register_forward_hook(lambda *_: seen.append("block")),
        net[1].register_forward_pre_hook(lambda *_: seen.append("child")),
    ]
    net(x), net(x)
    assert seen == ["child", "block"] * 2
    for handle in handles:
        handle.detach()
    net(x), net(x)
    assert len(seen) == 4


def test_what_cannot_be_noted_is_computed_as_ever() -> None:
    class Branches(nn.HybridBlock):
        def forward(self, x):
            return x * 2 if x.sum().item() > 0 else x - 1

    class Remembers(nn.HybridBlock):
        state = None

        def forward(self, x):
            self.state = x if self.state is None else self.state + x
            return self.state

    kept = []

    class Leaks(nn.HybridBlock):
        def forward(self, x):
            kept.append(x + 1)
            return x + 2

    class Writes(nn.HybridBlock):
        def forward(self, x):
            x += 1
            return x

    class Differentiates(nn.HybridBlock):
        def forward(self, x):
            with autograd.record():
                y = x * x
            return autograd.grad(y, x)

    branches, remembers, leaks, writes = Branches(), Remembers(), Leaks(), Writes()
    differentiates = Differentiates()
    for net in (branches, remembers, leaks, writes, differentiates):
        net.hybridize()
    x = np.ones(2)
    x.attach_grad()
    for i in range(1, 4):
        assert branches(np.ones(2)).sum().item() == 4
        assert branches(-np.ones(2)).sum().item() == -4
        assert remembers(np.ones(2)).sum().item() == 2 * i
        leaks(np.full(2, float(i)))
        assert kept[-1].sum().item() == 2 * i + 2
        y = np.ones(3)
        assert writes(y) is y
        numpy.testing.assert_array_equal(y.asnumpy(), [2, 2, 2])
        part = np.zeros((2, 2))
        writes(part[1])
        numpy.testing.assert_array_equal(part.asnumpy(), [[0, 0], [1, 1]])
        numpy.testing.assert_array_equal(differentiates(x).asnumpy(), [2, 2])
    for net in (branches, remembers, leaks, writes, differentiates):
        assert len(net._scripts) == 0


def test_one_array_may_come_twice() -> None:
    class Product(nn.HybridBlock):
        def forward(self, x, y):
            return x * y

    net = Product()
    net.hybridize()
    x, y = np.full(1, 3.0), np.full(1, 5.0)
    for _ in range(2):
        assert net(x, x).item() == 9
        assert net(x, y).item() == 15
    assert net(y, y).item() == 25


def test_a_parameter_may_be_an_argument() -> None:
    net = dense_of_ones()
    weight = net.weight.data()
    for _ in range(2):
        assert net(weight).item() == 2
        assert net(np.full((1, 2), 3.0)).item() == 6


def test_a_failure_in_forward_ends_the_noting() -> None:
    class Fails(nn.HybridBlock):
        def forward(self, x):
            if x.ndim == 1:
                raise KeyError("no")
            return x + 1

    net = Fails()
    net.hybridize()
    for _ in range(2):
        with pytest.raises(KeyError):
            net(np.ones(2))
        assert net(np.ones((1, 1))).item() == 2
    assert len(net._scripts) == 1


def test_deferred_initialization_is_finished_first() -> None:
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.BatchNorm(), nn.Dense(1))
    net.initialize("ones")
    net.hybridize()
    x = np.ones((2, 4))
    results = [net(x).asnumpy() for _ in range(3)]
    assert len(net._scripts) == 1
    numpy.testing.assert_array_equal(results[0], results[2])


def test_keyword_arguments_and_structures_are_handled() -> None:
    class Net(nn.HybridBlock):
        def forward(self, pair, rest=None, scale=1.0):
            a, (b, c) = pair
            out = [a + b, {"c": c}] if rest is None else (a * scale, rest)
            return out

    net = Net()
    net.hybridize()
    for i in range(3):
        x = np.full(1, float(i))
        made = net([x, (x, x + 1)], scale=2)
        assert made[0].item() == 2 * i
        made = net((x, [x + 1, None]), "rest", 3.0)
        assert made[0].item() == 3 * i
        assert made[1] == "rest"
        assert net((x, (x + 1, 1)))[1] == {"c": 1}


def test_a_hybridized_block_is_copied_and_pickled() -> None:
    net = dense_of_ones()
    x = np.ones((1, 2))
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        other.weight.set_data(np.zeros((1, 2)))
        assert other(x).item() == other(x).item() == 0
    assert net(x).item() == 2


def test_an_error_of_a_replayed_op_names_the_call() -> None:
    class Net(nn.HybridBlock):
        def forward(self, x, i):
            return np.take(x, i, axis=0, mode="raise")

    net = Net()
    net.hybridize()
    x = np.ones(3)
    for _ in range(2):
        assert net(x, np.array([0, 2], dtype="int64")).sum().item() == 2
    with pytest.raises(IndexError, match="test_hybridize"):
        net(x, np.array([0, 5], dtype="int64")).wait_to_read()
