"""Blocks: names, children, parameters, files, hooks."""

from __future__ import annotations

import json
import re

import numpy
import pytest

from forerun import autograd, gluon, init, np, npx
from forerun.gluon import nn


class MLP(nn.Block):
    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.hidden = nn.Dense(4, activation="relu")
        self.out = nn.Dense(2)

    def forward(self, x):
        return self.out(self.hidden(x))


class Own(nn.Block):
    """A layer as the book writes it."""

    def __init__(self, units: int, in_units: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.weight = self.params.get("weight", shape=(in_units, units))
        self.bias = self.params.get("bias", shape=(units,))

    def forward(self, x):
        return npx.relu(np.dot(x, self.weight.data(x.ctx)) + self.bias.data(x.ctx))


def initialized(net, *inputs):
    net.initialize()
    net(*inputs)
    return net


X = numpy.arange(6).reshape(2, 3) / 6


def test_attributes_become_children() -> None:
    net = MLP()
    assert list(net._children) == ["hidden", "out"]
    net.out = nn.Dense(3)
    assert list(net._children) == ["hidden", "out"]
    assert initialized(net, np.array(X))(np.array(X)).shape == (2, 3)
    with pytest.raises(TypeError, match="attribute 'out' is a Dense"):
        net.out = None


def test_names_count_up() -> None:
    first, second = nn.Dense(1), nn.Dense(1)
    numbers = [int(re.fullmatch(r"dense(\d+)_", b.prefix)[1]) for b in (first, second)]
    assert numbers[1] == numbers[0] + 1
    assert second.name == second.prefix[:-1]
    assert second.weight.name == second.prefix + "weight"


def test_name_scopes_nest() -> None:
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        inner = nn.HybridSequential()
        with inner.name_scope():
            inner.add(nn.Dense(1), nn.Dense(1))
        net.add(inner, nn.Dense(1))
    assert list(net.collect_params()) == [
        "net_hybridsequential0_dense0_weight",
        "net_hybridsequential0_dense0_bias",
        "net_hybridsequential0_dense1_weight",
        "net_hybridsequential0_dense1_bias",
        "net_dense0_weight",
        "net_dense0_bias",
    ]


def test_an_empty_prefix_opens_no_scope() -> None:
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        features = nn.HybridSequential(prefix="")
        with features.name_scope():
            layer = nn.Dense(1)
    assert layer.prefix == "net_dense0_"


def test_parameters_of_the_book_are_collected() -> None:
    net = nn.Sequential()
    net.add(Own(4, 3), Own(1, 4))
    net.initialize()
    assert net(np.array(X)).shape == (2, 1)
    assert len(net.collect_params()) == 4
    assert list(net.collect_params(".*bias")) == [
        net[0].prefix + "bias",
        net[1].prefix + "bias",
    ]


def test_a_parameter_made_by_itself_takes_the_prefix() -> None:
    class Scale(nn.Block):
        def __init__(self) -> None:
            super().__init__(prefix="scale_")
            self.factor = gluon.Parameter("anything", shape=(1,), init="ones")

        def forward(self, x):
            return x * self.factor.data()

    net = Scale()
    net.initialize()
    assert list(net.collect_params()) == ["scale_factor"]
    assert net(np.array([2.0])).tolist() == [2]
    net.factor = gluon.Parameter(shape=(1,))
    assert list(net.collect_params().values()) == [net.factor]


def test_constants_are_parameters_without_gradient() -> None:
    class Fixed(nn.Block):
        def __init__(self) -> None:
            super().__init__()
            self.c = self.params.get_constant("c", np.array([1.0, 2.0]))

        def forward(self, x):
            return x + self.c.data()

    net = Fixed()
    net.initialize(init.Xavier())
    assert net(np.array([1.0, 1.0])).tolist() == [2, 3]


def test_the_first_input_tells_the_shapes() -> None:
    net = MLP()
    net.initialize()
    assert repr(net.hidden) == "Dense(-1 -> 4, Activation(relu))"
    with pytest.raises(gluon.DeferredInitializationError):
        net.hidden.weight.data()
    net(np.array(X))
    assert net.hidden.weight.shape == (4, 3)
    assert net.out.weight.data().shape == (2, 4)


def test_infer_shape_runs_without_an_output() -> None:
    net = MLP()
    net.initialize()
    with autograd.record():
        net.infer_shape(np.array(X))
    assert net.out.weight.shape == (2, 4)


def test_forgetting_to_initialize_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"call initialize\(\)"):
        MLP()(np.array(X))


def test_an_error_in_the_first_call_stands_alone() -> None:
    class Wrong(MLP):
        def forward(self, x):
            super().forward(x)
            raise KeyError("mine")

    net = Wrong()
    net.initialize()
    with pytest.raises(KeyError, match="mine") as caught:
        net(np.array(X))
    assert caught.value.__context__ is None


def test_unknown_shapes_of_ones_own_are_an_error() -> None:
    class Unknown(nn.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.w = self.params.get("w", shape=(0,), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return x * w

    net = Unknown()
    net.initialize()
    with pytest.raises(gluon.DeferredInitializationError, match="override infer_shape"):
        net(np.array(X))


def test_hybrid_forward_gets_functions_and_parameters() -> None:
    class Net(nn.HybridBlock):
        def __init__(self) -> None:
            super().__init__()
            self.w = self.params.get("w", shape=(3,), init="ones")
            self.dense = nn.Dense(2)

        def hybrid_forward(self, F, x, y=None, w=None):
            x = F.npx.relu(x * w)
            return self.dense(F.np.exp(x)), F.relu(x), y

    net = Net()
    net.initialize()
    net.hybridize(static_alloc=True, static_shape=True)
    out, x, y = net(np.array(X), 5)
    assert out.shape == (2, 2)
    assert y == 5
    numpy.testing.assert_allclose(x.asnumpy(), X, rtol=1e-6)


def test_blocks_show_their_children() -> None:
    net = nn.Sequential()
    net.add(nn.Dense(4, activation="relu", in_units=3), nn.Dropout(0.5))
    assert repr(net) == (
        "Sequential(\n  (0): Dense(3 -> 4, Activation(relu))\n"
        "  (1): Dropout(p = 0.5, axes=())\n)"
    )
    assert repr(MLP()).splitlines()[1] == "  (hidden): Dense(-1 -> 4, Activation(relu))"


def test_apply_visits_children_first() -> None:
    seen: list[str] = []
    net = MLP()
    assert net.apply(lambda block: seen.append(type(block).__name__)) is net
    assert seen == ["Activation", "Dense", "Dense", "MLP"]


def test_blocks_act_on_all_parameters() -> None:
    net = initialized(MLP(), np.array(X))
    net.setattr("grad_req", "null")
    assert {p.grad_req for p in net.collect_params().values()} == {"null"}
    net.cast("float64")
    assert net(np.array(X, dtype="float64")).dtype == np.float64
    net.reset_ctx(npx.cpu(1))
    assert net.out.bias.list_ctx() == [npx.cpu(1)]


def test_all_children_are_initialized_on_all_devices() -> None:
    net = MLP()
    net.initialize(init=init.Xavier(), ctx=[npx.cpu(0), npx.cpu(1)])
    x = np.array(X)
    ours, theirs = net(x), net(x.as_in_ctx(npx.cpu(1)))
    assert theirs.ctx == npx.cpu(1)
    numpy.testing.assert_allclose(ours.asnumpy(), theirs.asnumpy(), rtol=1e-6)


def test_force_reinit_starts_again() -> None:
    net = initialized(MLP(), np.array(X))
    net.initialize(init.Constant(2), force_reinit=True)
    assert net.hidden.weight.data().asnumpy().min() == 2


def test_parameters_survive_a_file(tmp_path) -> None:
    path = str(tmp_path / "net.params")
    x = np.array(X)
    net = initialized(MLP(), x)
    net.save_parameters(path)
    assert sorted(npx.load(path)) == [
        "hidden.bias",
        "hidden.weight",
        "out.bias",
        "out.weight",
    ]
    for clone in (MLP(), initialized(MLP(), x)):
        clone.load_parameters(path)
        numpy.testing.assert_array_equal(clone(x).asnumpy(), net(x).asnumpy())
    clone = MLP()
    clone.load_parameters(path, device=npx.cpu(1))
    assert clone.out.bias.list_ctx() == [npx.cpu(1)]


def test_files_that_do_not_fit_are_refused(tmp_path) -> None:
    path = str(tmp_path / "net.params")
    x = np.array(X)
    initialized(MLP(), x).save_parameters(path)
    small = nn.Sequential()
    small.add(nn.Dense(4))
    with pytest.raises(ValueError, match="lacks"):
        small.load_parameters(path)
    small.load_parameters(path, allow_missing=True, ignore_extra=True)
    other = MLP()
    other.hidden = nn.Dense(5)
    with pytest.raises(ValueError, match="contradicts"):
        other.load_parameters(path)
    double = initialized(MLP(), x)
    double.cast("float64")
    with pytest.raises(ValueError, match="cast_dtype=True converts"):
        double.load_parameters(path)
    double.load_parameters(path, cast_dtype=True)
    assert double.out.weight.data().dtype == np.float64
    double.load_parameters(path, cast_dtype=True, dtype_source="saved")
    assert double.out.weight.data().dtype == np.float32


def tied() -> nn.Sequential:
    net = nn.Sequential()
    shared = nn.Dense(3, in_units=3)
    net.add(shared, nn.Dense(3, in_units=3, params=shared.params))
    return net


def test_shared_parameters_are_one(tmp_path) -> None:
    net = initialized(tied(), np.array(X))
    assert net[0].weight is net[1].weight
    assert len(net.collect_params()) == 2
    with autograd.record():
        y = net(np.array(X)).sum()
    y.backward()
    assert net[0].weight.grad() is not None
    path = str(tmp_path / "net.params")
    net.save_parameters(path, deduplicate=True)
    assert len(npx.load(path)) == 2
    clone = tied()
    clone.load_parameters(path)
    numpy.testing.assert_array_equal(
        clone(np.array(X)).asnumpy(), net(np.array(X)).asnumpy()
    )


def test_share_parameters_replaces_our_own() -> None:
    ours, theirs = MLP(), initialized(MLP(), np.array(X))
    ours.share_parameters(theirs.collect_params())
    assert ours.hidden.weight is theirs.hidden.weight
    assert list(ours.collect_params()) == list(theirs.collect_params())
    ours = MLP().share_parameters({"out.bias": theirs.out.bias})
    assert ours.out.bias is theirs.out.bias
    assert ours.hidden.weight is not theirs.hidden.weight


def test_hooks_see_inputs_and_output() -> None:
    seen: list[object] = []
    net = initialized(MLP(), np.array(X))
    before = net.register_forward_pre_hook(lambda b, x: seen.append(x[0].shape))
    with net.out.register_forward_hook(lambda b, x, y: seen.append(y.shape)):
        net(np.array(X))
    net(np.array(X))
    before.detach()
    net(np.array(X))
    assert seen == [(2, 3), (2, 2), (2, 3)]


def test_summary_lists_layers(capsys) -> None:
    net = MLP()
    net.initialize()
    net.summary(np.array(X))
    text = capsys.readouterr().out
    assert re.search(rf"{net.hidden.name} +\(2, 4\) +16", text)
    assert re.search(r"Parameters in total +26", text)
    assert not net.out._forward_hooks


def test_export_writes_structure_and_parameters(tmp_path) -> None:
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2, in_units=3), nn.BatchNorm(in_channels=2))
    net.initialize()
    structure, params = net.export(str(tmp_path / "net"), epoch=3)
    assert params.endswith("net-0003.params")
    with open(structure, encoding="utf-8") as file:
        described = json.load(file)
    assert described["class"] == "HybridSequential"
    assert described["children"]["0"]["params"]["weight"]["shape"] == [2, 3]
    names = set(npx.load(params))
    assert {"arg:net_dense0_weight", "aux:net_batchnorm0_running_mean"} <= names
    clone = nn.HybridSequential(prefix="net_")
    with clone.name_scope():
        clone.add(nn.Dense(2), nn.BatchNorm())
    clone.load_parameters(params)
    x = np.array(X)
    numpy.testing.assert_array_equal(clone(x).asnumpy(), net(x).asnumpy())


def test_forward_must_be_defined() -> None:
    with pytest.raises(NotImplementedError, match="Block: forward is not defined"):
        nn.Block()(1)
    with pytest.raises(NotImplementedError, match="neither forward nor"):
        nn.HybridBlock()(np.array(X))
