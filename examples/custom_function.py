"""A function with a gradient of its own: rounding that lets gradients pass.

Rounding has the derivative zero, so nothing could be learned through it. The
straight-through estimator takes the gradient of the result for that of the input.
"""

from forerun import autograd, np


class StraightThroughRound(autograd.Function):
    """Rounds; on the way back, passes gradients of inputs between -4 and 4."""

    def forward(self, x):
        """Computes the result; nothing is recorded here."""
        self.save_for_backward(x)
        return np.round(x)

    def backward(self, dy):
        """Computes the gradient of the input from that of the result."""
        (x,) = self.saved_tensors
        return dy * (np.abs(x) < 4)


def main():
    """Learns weights that fit once they are rounded."""
    np.random.seed(1)
    target = np.array([3.0, -2.0, 0.0, 1.0])
    X = np.random.normal(size=(256, 4))
    y = X @ target
    w = np.random.uniform(-1, 1, size=(4,))
    w.attach_grad()
    for step in range(201):
        with autograd.record():
            loss = ((X @ StraightThroughRound()(w) - y) ** 2).mean()
        loss.backward()
        w -= 0.05 * w.grad
        if step % 50 == 0:
            rounded = np.round(w).tolist()
            print(f"step {step:3}: loss {loss.item():.4f}, rounded {rounded}")


if __name__ == "__main__":
    main()
