"""The main job: trains two networks, then shows in tables what asynchrony gains."""

import sys
import time

import numpy
from sklearn.datasets import load_digits

import forerun
from forerun import autograd, gluon, init, np, npx
from forerun.gluon import nn

BATCH = 1024
BARRIERS = {
    "each": "waits for each step",
    "one behind": "waits for the step before",
    "none": "waits once, at the end",
}


def progress(label, done, total, note=""):
    """Draws a bar over the current line; in a file, only the line at the end."""
    at_end = done == total
    if sys.stdout.isatty() or at_end:
        filled = 30 * done // total
        bar = "#" * filled + "." * (30 - filled)
        start = "\r" if sys.stdout.isatty() else ""
        end = "\n" if at_end else ""
        print(f"{start}{label} [{bar}] {done}/{total} {note}", end=end, flush=True)


def digits():
    """The digits of scikit-learn, shuffled: training pairs and a held-out fifth."""
    pixels, labels = load_digits(return_X_y=True)
    order = numpy.random.RandomState(0).permutation(len(labels))
    pixels = (pixels[order] / 16).astype("float32")
    labels = labels[order].astype("int32")
    n_test = len(labels) // 5
    train = gluon.data.ArrayDataset(pixels[n_test:], labels[n_test:])
    return train, np.array(pixels[:n_test]), np.array(labels[:n_test])


def classify_digits(epochs=30):
    """Trains a classifier of digits; returns its accuracy on those held out."""
    train, test_pixels, test_labels = digits()
    loader = gluon.data.DataLoader(train, batch_size=64, shuffle=True)
    net = nn.Sequential()
    net.add(nn.Dense(128, activation="relu"), nn.Dropout(0.2), nn.Dense(10))
    net.initialize(init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.003})
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for epoch in range(epochs):
        total = 0.0
        for X, y in loader:
            with autograd.record():
                l = loss(net(X), y)
            l.backward()
            trainer.step(X.shape[0])
            total = total + l.mean()
        mean = float(total) / len(loader)
        progress("digits", epoch + 1, epochs, f"loss {mean:.3f}")
    accuracy = gluon.metric.Accuracy()
    accuracy.update(test_labels, net(test_pixels))
    return accuracy.get()[1]


class Regression:
    """The network 512-2048-512-1 on generated minibatches."""

    def __init__(self):
        self.net = nn.Sequential()
        self.net.add(
            nn.Dense(2048, activation="relu"),
            nn.Dense(512, activation="relu"),
            nn.Dense(1),
        )
        self.net.initialize()
        self.trainer = gluon.Trainer(self.net.collect_params(), "sgd")
        self.loss = gluon.loss.L2Loss()

    def step(self):
        """Takes a step on a generated minibatch; returns its loss without waiting."""
        X = np.random.normal(size=(BATCH, 512))
        y = np.ones((BATCH,))
        with autograd.record():
            l = self.loss(y, self.net(X))
        l.backward()
        self.trainer.step(BATCH)
        return l

    def train(self, steps=40):
        """Takes steps under a progress bar; returns the mean loss before and after."""
        first = self.step().mean().item()
        for i in range(1, steps):
            l = self.step()
            if i % 4 == 3:
                last = l.mean().item()
                progress("512-2048-512-1", i + 1, steps, f"loss {last:.4f}")
        return first, last

    def run(self, n, barrier):
        """Takes `n` steps; returns seconds, bytes held as each was issued, and peak."""
        losses, held = [], []
        npx.waitall()
        npx.reset_peak_memory()
        start = time.perf_counter()
        for _ in range(n):
            losses.append(self.step())
            if barrier == "each":
                npx.waitall()
            elif barrier == "one behind" and len(losses) > 1:
                losses[-2].wait_to_read()
            held.append(npx.memory_stats()["live"])
        npx.waitall()
        seconds = time.perf_counter() - start
        return seconds, held, npx.memory_stats()["peak"]


def issue_against_compute(model, n=20):
    """What the Python loop takes to issue a step, and the engine to compute it."""
    npx.waitall()
    with forerun.Benchmark(f"\n{n} steps", detail=True) as whole:
        for _ in range(n):
            model.step()
        issued = time.perf_counter()
        npx.waitall()
        waited = time.perf_counter() - issued
    print("Issue time against compute time, a step")
    print(f"  the loop, issuing          {(whole.seconds - waited) / n * 1e3:8.2f} ms")
    print(f"    of it in the engine      {whole.issuing / n * 1e3:8.2f} ms")
    print(f"  computing, all threads     {whole.computing / n * 1e3:8.2f} ms")
    print(f"  until it was computed      {whole.seconds / n * 1e3:8.2f} ms")


def synchronous_against_asynchronous(model, n=20):
    """The same loop with a barrier each step, one step behind, and at the end."""
    print(f"\nThe same loop, synchronous and asynchronous, {n} steps")
    print(f"  {'':26} {'a step':>9} {'a second':>10}")
    for barrier, meaning in BARRIERS.items():
        seconds, _, _ = model.run(n, barrier)
        print(f"  {meaning:26} {seconds / n * 1e3:6.1f} ms {n / seconds:4.1f} steps")


def footprints(model, n=10):
    """What arrays hold when the step of each minibatch has been issued."""
    print("\nMemory of each minibatch as its step was issued, MB, and the peak")
    for barrier, meaning in BARRIERS.items():
        _, held, peak = model.run(n, barrier)
        row = " ".join(f"{live / 2**20:4.0f}" for live in held)
        print(f"  {meaning:26} {row}  {peak / 2**20:5.0f}")


def main():
    """Trains both networks and prints the tables."""
    npx.seed(0)
    start = time.perf_counter()
    accuracy = classify_digits()
    print(f"accuracy on held-out digits: {accuracy:.2%}")
    model = Regression()
    first, last = model.train()
    print(f"loss {first:.4f} -> {last:.4f}")
    issue_against_compute(model)
    synchronous_against_asynchronous(model)
    footprints(model)
    print(f"\nall in {time.perf_counter() - start:.1f} s")
    if accuracy < 0.97:
        sys.exit(f"accuracy {accuracy:.2%} is below 97 %")


if __name__ == "__main__":
    main()
