"""Recording and gradients: modes, requests, graphs, views and writes, functions."""

from __future__ import annotations

import threading

import numpy
import pytest
from differences import numeric

from forerun import autograd, gluon, np, npx


def leaf(*values, req="write"):
    x = np.array(values)
    x.attach_grad(req)
    return x


def test_modes_nest_and_come_back():
    def modes():
        return autograd.is_recording(), autograd.is_training()

    assert modes() == (False, False)
    with autograd.record():
        assert modes() == (True, True)
        with autograd.pause():
            assert modes() == (False, False)
            with autograd.train_mode():
                assert modes() == (False, True)
        with autograd.predict_mode():
            assert modes() == (True, False)
        with autograd.record(train_mode=False):
            assert modes() == (True, False)
        assert modes() == (True, True)
    assert modes() == (False, False)


def test_modes_come_back_after_an_exception():
    with pytest.raises(ZeroDivisionError), autograd.record():
        1 / 0  # noqa: B018
    assert not autograd.is_recording()


def test_modes_are_decorators():
    @autograd.record()
    def recorded(x):
        assert autograd.is_recording()
        return x * x

    x = leaf(3.0)
    recorded(x).backward()
    assert x.grad.tolist() == [6]
    assert not autograd.is_recording()


def test_modes_belong_to_their_thread():
    seen = []
    with autograd.record():
        thread = threading.Thread(target=lambda: seen.append(autograd.is_recording()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_modes_are_set_by_hand():
    assert autograd.set_recording(True) is False
    assert autograd.set_training(True) is False
    assert autograd.set_recording(False) is True
    assert autograd.set_training(False) is True


def test_what_is_not_recorded_has_no_gradient():
    x = leaf(2.0)
    y = x * x
    with pytest.raises((RuntimeError, ValueError), match="record"):
        y.backward()
    with autograd.record():
        with autograd.pause():
            c = x * 10
        z = x * c
    z.backward()
    assert x.grad.tolist() == [20]


def test_gradients_are_replaced_added_or_not_kept():
    w, a, n = leaf(2.0), leaf(2.0, req="add"), leaf(2.0, req="null")
    for _ in range(3):
        with autograd.record():
            y = w * 2 + a * 3 + n * 4
        y.backward()
    assert w.grad.tolist() == [2]
    assert a.grad.tolist() == [9]
    assert n.grad is None or n.grad.tolist() == [0]
    a.zero_grad()
    assert a.grad.tolist() == [0]


def test_gradients_start_at_zero():
    assert leaf(1.0, 2.0).grad.tolist() == [0, 0]
    assert np.ones(2).grad is None


def test_a_graph_is_gone_after_backward_unless_it_is_retained():
    x = leaf(2.0)
    with autograd.record():
        y = x * x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [12]
    with pytest.raises((RuntimeError, ValueError), match=r"retain_graph|freed"):
        y.backward()


def test_several_heads_add_up():
    x = leaf(2.0)
    with autograd.record():
        y, z = x * x, x * 3
    autograd.backward([y, z])
    assert x.grad.tolist() == [7]
    with autograd.record():
        y, z = x * x, x * 3
    autograd.backward([y, z], [np.array([10.0]), None])
    assert x.grad.tolist() == [43]


def test_head_gradients_weigh_the_head():
    x = leaf(1.0, 2.0, 3.0)
    with autograd.record():
        y = x * x
    y.backward(np.array([1.0, 0.0, -1.0]))
    assert x.grad.tolist() == [2, 0, -6]
    with autograd.record():
        y = x * x
    with pytest.raises(ValueError, match=r"\(2,\)"):
        y.backward(np.ones(2))


def test_gradients_of_gradients():
    x = leaf(2.0, 3.0)
    with autograd.record():
        y = (x**4).sum()
        dy = autograd.grad(y, x, create_graph=True)
        d2y = autograd.grad(dy.sum(), x, create_graph=True)
        z = d2y.sum()
    assert dy.tolist() == [32, 108]
    assert d2y.tolist() == [48, 108]
    z.backward()
    assert x.grad.tolist() == [48, 72]


def test_grad_returns_instead_of_keeping():
    x, w = leaf(2.0), leaf(5.0)
    with autograd.record():
        y = x * w
    dx, dw = autograd.grad([y], [x, w])
    assert (dx.tolist(), dw.tolist()) == ([5], [2])
    assert x.grad.tolist() == [0]


def test_grad_refuses_what_the_head_does_not_depend_on():
    x, w = leaf(2.0), leaf(5.0)
    with autograd.record():
        y = x * 2
    with pytest.raises((RuntimeError, ValueError), match="grad: "):
        autograd.grad(y, w)


def test_a_gradient_penalty_is_trained_through():
    x, w = np.array([[1.0, 2.0]]), np.array([[0.5], [0.25]])
    w.attach_grad()
    v = np.array([[3.0, 4.0]])
    v.attach_grad()
    with autograd.record():
        y = np.tanh((v @ w).sum() + (x @ w).sum())
        (g,) = autograd.grad([y], [v], create_graph=True)
        loss = (g**2).sum()
    loss.backward()
    values = numpy.array([[0.5], [0.25]]), x.asnumpy(), v.asnumpy()

    def penalty(w, x, v):
        t = numpy.tanh((v @ w).sum() + (x @ w).sum())
        return (((1 - t * t) * w) ** 2).sum()

    numpy.testing.assert_allclose(loss.item(), penalty(*values), 1e-3)
    numpy.testing.assert_allclose(w.grad.asnumpy(), numeric(penalty, values, 0), 1e-3)


def test_detached_arrays_stop_gradients():
    x = leaf(3.0)
    with autograd.record():
        y = x * x.detach() + npx.stop_gradient(x * 5)
    y.backward()
    assert x.grad.tolist() == [3]


def test_recorded_arrays_keep_the_values_that_they_read():
    x = leaf(1.0, 2.0)
    with autograd.record():
        y = (x * x).sum()
    x[...] = 100
    y.backward()
    assert x.grad.tolist() == [2, 4]


def test_writes_are_differentiated():
    x, v = leaf(1.0, 2.0, 3.0), leaf(5.0)
    with autograd.record():
        y = x * 2
        y[1] = v[0] * 10
        y += x
        y[2:] *= 3
        z = (y * y).sum()
    z.backward()
    # y = [3 x0, 10 v + x1, 9 x2]
    assert x.grad.tolist() == [18, 104, 486]
    assert v.grad.tolist() == [1040]


def test_what_is_summed_after_a_write_gives_ones():
    v = leaf(1.0, 2.0, 3.0)
    with autograd.record():
        y = np.zeros(8)
        y[2:5] = v
        z = y.sum()
    z.backward()
    assert v.grad.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "view",
    [
        lambda y: y[1:3],
        lambda y: y[::-2],
        lambda y: y.reshape(2, 2)[1],
        lambda y: y.reshape(2, 2).T[0],
        lambda y: y[None, 1:],
    ],
)
def test_writes_through_views_are_differentiated(view):
    x = leaf(1.0, 2.0, 3.0, 4.0)
    with autograd.record():
        y = x * 1
        part = view(y)
        part *= 10
        z = y.sum()
    z.backward()
    weights = numpy.ones(4)
    part = view(weights)
    part *= 10
    assert x.grad.tolist() == weights.tolist()


def test_views_see_their_part_of_the_gradient():
    x = np.arange(6).reshape(2, 3)
    x.attach_grad()
    row = x[1]
    with autograd.record():
        y = (row * row).sum() + x.sum()
    y.backward()
    assert x.grad.tolist() == [[1, 1, 1], [7, 9, 11]]
    assert row.grad.tolist() == [7, 9, 11]


def test_gradients_of_views_by_grad():
    x = leaf(1.0, 2.0, 3.0)
    with autograd.record():
        y = x.sum()
    assert autograd.grad(y, x[1:]).tolist() == [1, 1]


def test_an_array_used_many_times_gets_the_sum():
    x = leaf(1.0)
    with autograd.record():
        y = x
        for _ in range(10):
            y = y + x
    y.backward()
    assert x.grad.tolist() == [11]


def test_a_deep_graph_is_walked_without_recursion():
    x = leaf(1.0)
    with autograd.record():
        y = x
        for _ in range(20_000):
            y = y + 1
    y.backward()
    assert x.grad.tolist() == [1]


def test_a_graph_that_is_dropped_frees_its_memory():
    x = leaf(*range(1000))
    npx.waitall()
    before = npx.memory_stats()["live"]
    with autograd.record():
        y = x
        for _ in range(5000):
            y = np.sin(y)
    npx.waitall()
    del y
    npx.waitall()
    assert npx.memory_stats()["live"] <= before + 65_536


class Cube(autograd.Function):
    def forward(self, x):
        assert not autograd.is_recording()
        self.save_for_backward(x)
        return x * x * x

    def backward(self, dy):
        (x,) = self.saved_tensors
        return dy * 3 * x * x


class Both(autograd.Function):
    def forward(self, x, y):
        return x + y, x * 2

    def backward(self, d_sum, d_twice):
        return d_sum + 2 * d_twice, d_sum * 100


def test_functions_have_gradients_of_their_own():
    x = leaf(1.0, 2.0)
    with autograd.record():
        y = Cube()(x * 2).sum()
    y.backward()
    assert x.grad.tolist() == [24, 96]


def test_functions_of_several_arrays():
    x, y = leaf(1.0), leaf(2.0)
    with autograd.record():
        a, b = Both()(x, y)
        z = a * 3 + b
    z.backward()
    assert x.grad.tolist() == [5]
    assert y.grad.tolist() == [300]


def test_functions_that_fail_in_backward_raise_there():
    class Bad(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            fact = "not today"
            raise ArithmeticError(fact)

    x = leaf(1.0)
    with autograd.record():
        y = Bad()(x)
    with pytest.raises(ArithmeticError, match="not today"):
        y.backward()
    with autograd.record():
        y = x * 2
    y.backward()
    assert x.grad.tolist() == [2]


def test_gradients_are_marked_by_hand():
    x, g = np.ones(2), np.array([5.0, 5.0])
    autograd.mark_variables([x], [g], "add")
    with autograd.record():
        y = x * 3
    y.backward()
    assert x.grad.tolist() == [8, 8]


def test_parameters_accumulate_over_several_batches():
    layer = gluon.nn.Dense(1, use_bias=False, in_units=2)
    layer.initialize()
    layer.weight.set_data(np.array([[1.0, 2.0]]))
    layer.weight.grad_req = "add"
    for i in range(3):
        with autograd.record():
            loss = layer(np.array([[1.0, float(i)]])).sum()
        loss.backward()
    assert layer.weight.grad().tolist() == [[3, 3]]
    layer.weight.zero_grad()
    assert layer.weight.grad().tolist() == [[0, 0]]


def test_gradients_have_their_array_s_dtype():
    x = np.array([1.0, 2.0], dtype="float16")
    x.attach_grad()
    with autograd.record():
        y = (x.astype("float32") * 2).sum()
    y.backward()
    assert x.grad.dtype == np.float16
    assert x.grad.tolist() == [2, 2]


def test_dropout_follows_the_mode():
    x = np.ones(1000)
    with autograd.record(train_mode=False):
        assert npx.dropout(x, 0.5).tolist() == x.tolist()
    with autograd.train_mode():
        assert 0.3 < (npx.dropout(x, 0.5) == 0).astype("float32").mean().item() < 0.7


def test_threads_record_graphs_of_their_own():
    found = {}

    def work(i):
        x = leaf(float(i))
        for _ in range(50):
            with autograd.record():
                y = x * x
            y.backward()
        found[i] = x.grad.item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: 2 * i for i in range(6)}
