"""Views share memory, and a write makes a new value: earlier readers keep the old.

No write races with an op that is still queued: no program needs a barrier for safety.
"""

from forerun import autograd, np


def views_share_memory():
    """A write through a view is seen through the array, and the other way round."""
    x = np.zeros((3, 4))
    column, corner = x[:, 1], x[:2, :2]
    column += 1
    corner[1] = 7
    print(x)
    print("shared:", np.may_share_memory(x, column), column.tolist())


def readers_keep_the_old_value():
    """Ops issued before a write compute with what was there, whenever they run."""
    x = np.ones((1000, 1000))
    before = (x @ x).sum()
    x[:] = 0
    after = (x @ x).sum()
    print("before the write:", before.item(), "after:", after.item())


def gradients_see_the_writes():
    """Overwritten elements get no gradient; what was written gets theirs."""
    x, v = np.array([1.0, 2.0, 3.0]), np.array([5.0])
    x.attach_grad()
    v.attach_grad()
    with autograd.record():
        y = x * x
        y[1:2] = 10 * v
        total = y.sum()
    total.backward()
    print("d/dx:", x.grad.tolist(), "d/dv:", v.grad.tolist())


if __name__ == "__main__":
    views_share_memory()
    readers_keep_the_old_value()
    gradients_see_the_writes()
