"""Parameters: life cycle, shapes, devices, dictionaries."""

from __future__ import annotations

import numpy
import pytest

from forerun import autograd, gluon, init, np, npx
from forerun.gluon import Constant, Parameter, ParameterDict


def test_a_parameter_must_be_initialized() -> None:
    weight = Parameter("weight", shape=(2,))
    with pytest.raises(RuntimeError, match="weight: not initialized; call"):
        weight.data()
    weight.initialize()
    assert weight.data().shape == weight.grad().shape == (2,)


def test_initializing_again_warns_and_keeps() -> None:
    weight = Parameter(shape=(2,), init="zeros")
    weight.initialize()
    with pytest.warns(UserWarning, match="already initialized"):
        weight.initialize(init="ones")
    assert weight.data().tolist() == [0, 0]
    weight.initialize(init="ones", force_reinit=True)
    assert weight.data().tolist() == [1, 1]


def test_its_own_initializer_comes_before_the_default() -> None:
    weight = Parameter(shape=(2,), init="ones")
    weight.initialize(default_init=init.Zero())
    assert weight.data().tolist() == [1, 1]


def test_unknown_shapes_must_be_allowed() -> None:
    with pytest.raises(ValueError, match=r"unknown shape \(2, -1\)"):
        Parameter(shape=(2, 0)).initialize()


@pytest.mark.parametrize("unknown", [0, -1, None])
def test_initialization_waits_for_the_shape(unknown: int | None) -> None:
    weight = Parameter(shape=(2, unknown), allow_deferred_init=True)
    weight.initialize(init="ones")
    assert weight.shape == (2, -1)
    with pytest.raises(gluon.DeferredInitializationError, match="waits"):
        weight.data()
    weight.shape = (2, 3)
    weight._finish_deferred_init()
    assert weight.data().shape == (2, 3)


def test_a_known_shape_stays() -> None:
    weight = Parameter(shape=(2, -1))
    with pytest.raises(ValueError, match=r"\(3, 4\) contradicts \(2, -1\)"):
        weight.shape = (3, 4)


def test_set_data_writes_and_finishes_what_waits() -> None:
    weight = Parameter(shape=(2,))
    weight.initialize()
    array = weight.data()
    weight.set_data(np.array([1.0, 2.0]))
    assert array.tolist() == [1, 2]
    waiting = Parameter(allow_deferred_init=True)
    waiting.initialize()
    waiting.set_data(np.array([[1.0]]))
    assert waiting.data().tolist() == [[1]]


def test_gradients_are_written_added_or_left_out() -> None:
    for grad_req, expected in [("write", 2), ("add", 4)]:
        weight = Parameter(shape=(1,), grad_req=grad_req, init="ones")
        weight.initialize()
        for _ in range(2):
            with autograd.record():
                y = 2 * weight.data()
            y.backward()
        assert weight.grad().item() == expected
        weight.zero_grad()
        assert weight.grad().item() == 0
    weight.grad_req = "null"
    with pytest.raises(RuntimeError, match="grad_req is 'null'"):
        weight.grad()
    with pytest.raises(ValueError, match="grad_req must be one of"):
        weight.grad_req = "sometimes"


def test_gradients_survive_writing_to_the_weight() -> None:
    weight = Parameter(shape=(1,), init="ones")
    weight.initialize()
    weight.set_data(np.array([3.0]))
    with autograd.record():
        y = weight.data() * weight.data()
    y.backward()
    assert weight.grad().item() == 6


def test_each_device_has_its_copy() -> None:
    devices = [npx.cpu(0), npx.cpu(1)]
    weight = Parameter(shape=(2, 3))
    weight.initialize(ctx=devices)
    assert weight.list_ctx() == devices
    first, second = weight.list_data()
    assert (first.ctx, second.ctx) == tuple(devices)
    numpy.testing.assert_array_equal(first.asnumpy(), second.asnumpy())
    first[:] = 5
    assert second.asnumpy().max() < 5
    assert weight.data(devices[1]) is second
    assert [g.ctx for g in weight.list_grad()] == devices


def test_a_device_without_a_copy_is_an_error() -> None:
    weight = Parameter(shape=(2,))
    weight.initialize(device=npx.cpu(0))
    with pytest.raises(RuntimeError, match="not initialized on"):
        weight.data(npx.cpu(1))
    weight.reset_ctx([npx.cpu(1)])
    assert weight.data(npx.cpu(1)).ctx == npx.cpu(1)


def test_cast_changes_data_and_gradient() -> None:
    weight = Parameter(shape=(2,), init="ones")
    weight.initialize()
    weight.cast("float64")
    assert weight.data().dtype == weight.grad().dtype == np.float64


def test_a_constant_has_no_gradient() -> None:
    constant = Constant("c", [[1.0, 2.0]])
    constant.initialize()
    assert constant.data().tolist() == [[1, 2]]
    constant.grad_req = "write"
    assert constant.grad_req == "null"


def test_a_parameter_shows_name_shape_and_dtype() -> None:
    weight = Parameter("w", shape=(2, 0), dtype=np.float64)
    assert repr(weight) == "Parameter w (shape=(2, -1), dtype=float64)"


def test_get_finds_what_it_created() -> None:
    params = ParameterDict("net_")
    weight = params.get("weight", shape=(2, 0))
    assert params.get("weight", shape=(0, 3)) is weight
    assert weight.shape == (2, 3)
    assert list(params.keys()) == ["net_weight"]
    with pytest.raises(ValueError, match="contradicts"):
        params.get("weight", shape=(5, 3))
    with pytest.raises(ValueError, match="has dtype float32"):
        params.get("weight", dtype="float64")


def test_get_searches_the_shared_dictionary() -> None:
    shared = ParameterDict("net_")
    weight = shared.get("weight", shape=(1,))
    assert ParameterDict("net_", shared).get("weight") is weight


def test_constants_are_found_or_created() -> None:
    params = ParameterDict()
    constant = params.get_constant("c", np.array([1.0]))
    assert params.get_constant("c") is constant
    with pytest.raises(KeyError):
        params.get_constant("d")
    params.get("w", shape=(1,))
    with pytest.raises(TypeError, match="is no constant"):
        params.get_constant("w")


def test_update_refuses_two_parameters_of_one_name() -> None:
    one, other = ParameterDict(), ParameterDict()
    one.update({"w": other.get("w", shape=(1,))})
    one.update(other)
    assert list(one) == ["w"]
    with pytest.raises(ValueError, match="another parameter is called 'w'"):
        one.update({"w": Parameter("w")})


def test_dictionaries_act_on_all_parameters() -> None:
    params = ParameterDict("net_")
    for name in "ab":
        params.get(name, shape=(2,))
    params.initialize("ones", ctx=[npx.cpu(0), npx.cpu(1)])
    assert params.list_ctx() == [npx.cpu(0), npx.cpu(1)]
    params.reset_ctx(npx.cpu(0))
    assert params.list_ctx() == [npx.cpu(0)]
    params.setattr("lr_mult", 0.5)
    assert [p.lr_mult for p in params.values()] == [0.5, 0.5]
    for param in params.values():
        param.grad()[:] = 1
    params.zero_grad()
    assert params["net_a"].grad().tolist() == [0, 0]


def test_dictionaries_survive_a_file(tmp_path) -> None:
    path = str(tmp_path / "params")
    params = ParameterDict("net_")
    params.get("w", shape=(2,))
    params.initialize(init.Constant(3))
    params.save(path, strip_prefix="net_")
    other = ParameterDict("other_")
    other.get("w", shape=(0,), allow_deferred_init=True)
    other.load(path, restore_prefix="other_")
    assert other["other_w"].data().tolist() == [3, 3]
    other.get("v", shape=(1,))
    with pytest.raises(ValueError, match="lacks"):
        other.load(path, restore_prefix="other_")
    with pytest.raises(ValueError, match="no parameter for"):
        ParameterDict().load(path)
    ParameterDict().load(path, ignore_extra=True)
