"""Random programs of array ops with views and writes, for our arrays and NumPy's alike.

As a script: runs the programs of some seeds and prints a digest of every result's bits.
"""

from __future__ import annotations

import hashlib
import random
import sys
from typing import Any

import numpy

SHAPE = (6, 8)


def run(np: Any, seed: int, n_ops: int, dtype: str) -> list[Any]:
    """Run the program of a seed with a module, and give all arrays that are left."""
    rng = random.Random(seed)
    start = numpy.random.default_rng(seed).integers(-5, 6, (4, *SHAPE))
    arrays = [np.array(x.astype(dtype), dtype=dtype) for x in start]
    for _ in range(n_ops):
        step(np, rng, arrays, dtype)
        if len(arrays) > 10:
            del arrays[rng.randrange(len(arrays))]
    return arrays


def step(np: Any, rng: random.Random, arrays: list[Any], dtype: str) -> None:
    """Do one thing to arrays of SHAPE, or add one."""
    a, b = rng.choice(arrays), rng.choice(arrays)
    kind = rng.randrange(15)
    if kind == 0:
        arrays.append(a + b)
    elif kind == 1:
        arrays.append(a - b * rng.randrange(1, 3))
    elif kind == 2:
        arrays.append(np.maximum(a, b))
    elif kind == 3:
        arrays.append(np.where(a > b, a, b + 1))
    elif kind == 4:
        a += rng.randrange(-3, 4)
    elif kind == 5:
        a[rng.randrange(6)] = b[rng.randrange(6)]
    elif kind == 6:
        view = a[rng.randrange(3) :: 2, ::-1]
        view += 1
    elif kind == 7:
        a[:, rng.randrange(8)] = b.sum(axis=1)
    elif kind == 8:
        np.add(a, b, out=a)
    elif kind == 9:
        arrays.append(a[::-1, ::-1] if rng.random() < 0.5 else a.copy())
    elif kind == 10:
        arrays.append((a.reshape(8, 6).T + b[:, ::-1]) % 1000)
    elif kind == 11:
        rows = [rng.randrange(6) for _ in range(6)]
        arrays.append(np.take(a, np.array(rows, dtype="int64"), axis=0))
    elif kind == 12:
        arrays.append(np.matmul(a, b.T)[:, :1] % 7 + b)
    elif kind == 13:
        a[...] = np.sort(b, axis=rng.randrange(2))
    else:
        # Keeps numbers small, so that floats stay exact.
        a[...] = a % 100


def bits(arrays: list[Any]) -> str:
    """Digest the bits of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(numpy.ascontiguousarray(numpy.asarray(array)).tobytes())
    return digest.hexdigest()


def real(seed: int, n_ops: int) -> list[Any]:
    """Run a program whose results depend on the order of additions, with our arrays."""
    from forerun import np

    rng = random.Random(seed)
    np.random.seed(seed)
    arrays = [np.random.normal(size=(37, 41)) for _ in range(4)]
    for _ in range(n_ops):
        a, b = rng.choice(arrays), rng.choice(arrays)
        made = [
            lambda a, b: np.tanh(a * b + 0.5),
            lambda a, b: a - b.mean(axis=0),
            lambda a, b: (a @ b.T)[:, :1] * 0.01 + b,
            lambda a, b: np.exp(-a * a) * b + np.random.uniform(size=(37, 41)),
            lambda a, b: a / (1 + abs(b)).sum(),
            lambda a, b: a.cumsum(axis=1) * 0.1 + b[::-1],
        ]
        arrays.append(rng.choice(made)(a, b))
        if rng.random() < 0.3:
            arrays[0][::2] = arrays[-1][1::2].sum(axis=0) * 0.01
        del arrays[: len(arrays) - 8]
    return arrays


if __name__ == "__main__":
    from forerun import np

    for seed in map(int, sys.argv[1:]):
        print(seed, bits(run(np, seed, 300, "int32")), bits(real(seed, 150)))
