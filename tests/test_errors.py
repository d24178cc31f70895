"""Errors: at issue with NumPy's class, or with the value that could not be computed."""

from __future__ import annotations

import contextlib
import inspect
import re

import numpy
import pytest

from forerun import autograd, np, npx


def line() -> int:
    """Give the line of the caller."""
    return inspect.currentframe().f_back.f_lineno


@pytest.fixture(autouse=True)
def _nothing_left_to_raise():
    npx.waitall()
    yield
    npx.waitall()


@pytest.mark.parametrize(
    ("call", "class_", "text"),
    [
        (lambda: np.ones((2, 3)) + np.ones(4), ValueError, r"add: .*\(2, 3\).*\(4,\)"),
        (lambda: np.ones(2) @ np.ones(3), ValueError, r"matmul: .*2.*3"),
        (
            lambda: np.dot(np.ones((2, 3)), np.ones((2, 3))),
            ValueError,
            r"dot: .*\(2, 3\)",
        ),
        (lambda: np.ones((2, 3)).reshape(4), ValueError, r"reshape: .*\(2, 3\).*4"),
        (lambda: np.ones((2, 3)).reshape(-1, -1), ValueError, r"reshape: "),
        (
            lambda: np.concatenate([np.ones((2, 3)), np.ones((2, 4))]),
            ValueError,
            "concatenate: ",
        ),
        (lambda: np.concatenate([]), ValueError, "concatenate: "),
        (lambda: np.stack([np.ones(2), np.ones(3)]), ValueError, "stack: "),
        (lambda: np.split(np.ones(5), 2), ValueError, "split: .*5.*2|split: .*2.*5"),
        (
            lambda: np.ones((2, 3)).sum(axis=2),
            numpy.exceptions.AxisError,
            "sum: axis 2 is out of bounds for array of dimension 2",
        ),
        (lambda: np.ones((2, 3)).sum(axis=(0, 0)), ValueError, "sum: "),
        (lambda: np.sort(np.ones(2), 1), numpy.exceptions.AxisError, "sort: axis 1"),
        (
            lambda: np.expand_dims(np.ones(2), 5),
            numpy.exceptions.AxisError,
            "expand_dims: ",
        ),
        (lambda: np.squeeze(np.ones((2, 3)), 0), ValueError, "squeeze: "),
        (lambda: np.ones((2, 3)).transpose(0, 0), ValueError, "transpose: "),
        (lambda: np.ones((2, 3)).transpose(0), ValueError, "transpose: "),
        (
            lambda: np.ones((2, 3)).swapaxes(0, 2),
            numpy.exceptions.AxisError,
            "swapaxes: ",
        ),
        (
            lambda: np.broadcast_to(np.ones(3), (2, 4)),
            ValueError,
            "broadcast_to: .*3.*4",
        ),
        (lambda: np.ones(3)[5], IndexError, "5.*3"),
        (lambda: np.ones(3)[-4], IndexError, "-4.*3"),
        (lambda: np.ones(3)[0, 0], IndexError, "too many"),
        (lambda: np.ones(3)[np.array([True, False], "bool")], IndexError, "2.*3|3.*2"),
        (lambda: np.ones(3)["a"], (IndexError, TypeError), ""),
        (lambda: np.ones(3)[..., ...], IndexError, "llipsis"),
        (lambda: np.ones(3)[::0], ValueError, "step"),
        (lambda: np.max(np.ones((0, 3)), axis=0), ValueError, "max: "),
        (lambda: np.argmax(np.ones(0)), ValueError, "argmax: "),
        (lambda: np.bitwise_and(np.ones(2), 1), TypeError, "bitwise_and: .*float32"),
        (lambda: ~np.ones(2), TypeError, "bitwise_not: .*float32"),
        (
            lambda: np.einsum("ij,jk->ik", np.ones((2, 3)), np.ones((4, 5))),
            ValueError,
            "einsum: ",
        ),
        (lambda: np.einsum("ij->ik", np.ones((2, 3))), ValueError, "einsum: "),
        (
            lambda: np.tensordot(np.ones((2, 3)), np.ones((2, 3)), 1),
            ValueError,
            "tensordot: ",
        ),
        (lambda: np.repeat(np.ones(3), [1, 2]), ValueError, "repeat: "),
        (lambda: np.repeat(np.ones(3), -1), ValueError, "repeat: "),
        (lambda: np.arange(0, 5, 0), (ValueError, ZeroDivisionError), ""),
        (lambda: np.zeros((2, -1)), ValueError, "-1|negative"),
        (lambda: np.array([1.0, 2.0]).item(5), IndexError, ""),
        (lambda: float(np.ones(2)), TypeError, r"\(2,\)"),
        (lambda: bool(np.ones(2)), ValueError, "ambiguous"),
        (lambda: len(np.array(1.0)), TypeError, "unsized"),
        (lambda: list(np.array(1.0)), TypeError, "0-d"),
        (lambda: np.ones(2, "int5"), TypeError, "int5"),
        (lambda: np.ones(2, "datetime64[s]"), TypeError, "not supported"),
        (lambda: np.ones(2) + "a", TypeError, ""),
        (lambda: np.array(["a", "b"], dtype=None), (TypeError, ValueError), ""),
        (lambda: np.ones(2).attach_grad("sum"), ValueError, "grad_req"),
        (lambda: np.ones(2).backward(), (RuntimeError, ValueError), "backward"),
        (lambda: npx.pick(np.ones((2, 3)), np.ones(4)), ValueError, "pick: "),
        (
            lambda: npx.fully_connected(np.ones((2, 3)), np.ones((4, 5))),
            ValueError,
            "fully_connected: ",
        ),
        (lambda: npx.topk(np.ones(3), k=5), ValueError, "topk: "),
        (
            lambda: np.add(np.ones(2), 1, out=np.ones(3)),
            ValueError,
            r"\(2,\).*\(3,\)|\(3,\).*\(2,\)",
        ),
        (lambda: np.ones(2).__setitem__(0, np.ones(3)), ValueError, r"\(3,\)"),
        (lambda: np.pad(np.ones(2), -1), ValueError, "pad: "),
        (lambda: np.random.choice(3, size=5, replace=False), ValueError, "choice"),
    ],
)
def test_a_wrong_call_is_refused_at_once(call, class_, text):
    with pytest.raises(class_) as caught:
        call()
    assert re.search(text, str(caught.value))


def test_a_shape_that_cannot_be_written_in_place_is_refused():
    x = np.ones(3)
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        x += np.ones((2, 3))
    assert x.tolist() == [1, 1, 1]


def failing(x=None):
    """Give an array that fails when it is computed."""
    x = np.arange(3) if x is None else x
    return np.take(x, np.array([7], "int64"))


def test_a_failure_is_raised_at_the_blockers_with_op_shapes_and_line():
    here = line() + 1
    y = np.take(np.arange(3), np.array([7], "int64"))
    blockers = [
        y.wait_to_read,
        y.asnumpy,
        y.tolist,
        y.item,
        lambda: float(y),
        lambda: repr(y),
        lambda: bool(y),
        lambda: memoryview(y),
        lambda: numpy.asarray(y),
    ]
    for blocker in blockers:
        with pytest.raises(IndexError) as caught:
            blocker()
        text = str(caught.value)
        assert "take: " in text
        assert "7" in text
        assert "(3,)" in text
        assert f"{__file__}:{here}" in text


def test_dependents_fail_the_same_way():
    y = failing()
    z = (y * 2 + np.ones((4, 1))).sum()
    with pytest.raises(IndexError, match="take: "):
        z.item()
    assert z.state == "failed"
    with pytest.raises(IndexError):
        y.wait_to_read()
    assert y.state == "failed"


def test_state_is_read_without_raising():
    y = failing()
    with pytest.raises(IndexError):
        npx.waitall()
    assert y.state == "failed"
    with pytest.raises(IndexError):
        y.wait_to_read()


def test_waitall_raises_once_and_everything_else_goes_on():
    y, z = failing(), np.ones(3) * 2
    with pytest.raises(IndexError, match="take: "):
        npx.waitall()
    npx.waitall()
    assert z.tolist() == [2, 2, 2]
    assert (np.ones((50, 50)) @ np.ones((50, 50)))[0, 0].item() == 50
    assert y.state == "failed"


def test_waitall_does_not_repeat_what_a_blocker_raised():
    y = failing()
    with pytest.raises(IndexError):
        y.wait_to_read()
    npx.waitall()


def test_waitall_raises_the_first_issued_of_several():
    first = np.take(np.arange(3), np.array([11], "int64"))
    second = np.take(np.arange(4), np.array([12], "int64"))
    with pytest.raises(IndexError, match="11"):
        npx.waitall()
    with pytest.raises(IndexError, match="12"):
        npx.waitall()
    npx.waitall()
    del first, second


def test_a_diamond_fails_as_one():
    y = failing()
    left, right = y + 1, y * 2
    z = left + right
    for array in (z, right, left):
        with pytest.raises(IndexError, match="take: "):
            array.wait_to_read()
    npx.waitall()


def test_writing_over_a_failed_array_heals_it():
    y = failing()
    with pytest.raises(IndexError):
        y.wait_to_read()
    y[...] = 3
    assert y.tolist() == [3]


def test_a_failed_write_fails_the_array_and_not_its_earlier_readers():
    x = np.zeros(3)
    before = x + 1
    x[np.array([9], "int64")] = 5
    assert before.tolist() == [1, 1, 1]
    with pytest.raises(IndexError, match="9"):
        x.wait_to_read()


def test_a_failure_of_the_forward_pass_is_met_in_the_backward_one():
    x = np.ones(3)
    x.attach_grad()
    with autograd.record():
        y = (failing(x) * 2).sum()
    y.backward()
    with pytest.raises(IndexError, match="take: "):
        y.item()
    with pytest.raises(IndexError):
        x.grad.wait_to_read()
    z = np.ones(3)
    z.attach_grad()
    with autograd.record():
        loss = (z * failing()).sum()
    loss.backward()
    with pytest.raises(IndexError, match="take: "):
        z.grad.asnumpy()


def test_a_failed_array_can_be_dropped():
    del_me = failing()
    del del_me
    # What nobody can read is not run, so there may be nothing to raise.
    with contextlib.suppress(IndexError):
        npx.waitall()
    assert (np.ones(2) + 1).tolist() == [2, 2]


def test_many_failures_leave_the_engine_working():
    kept = [failing() for _ in range(200)]
    n_raised = 0
    for y in kept:
        with pytest.raises(IndexError):
            y.wait_to_read()
        n_raised += 1
    assert n_raised == 200
    npx.waitall()
    assert np.arange(10).sum().item() == 45
