"""Samplers: in which order a data set is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy

from forerun import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forerun.gluon.data.dataset import Dataset

__all__ = [
    "BatchSampler",
    "FilterSampler",
    "IntervalSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
]

T = TypeVar("T")


class Sampler(ABC, Generic[T]):
    """Base of all samplers: an iterable of known length.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> class Even(data.Sampler):
    ...     def __iter__(self):
    ...         return iter(range(0, 6, 2))
    ...     def __len__(self):
    ...         return 3
    >>> list(Even())
    [0, 2, 4]
    """

    @abstractmethod
    def __iter__(self) -> Iterator[T]:
        """Go through the samples once."""

    @abstractmethod
    def __len__(self) -> int:
        """Tell how many there are."""


class SequentialSampler(Sampler[int]):
    """Numbers in order.

    Parameters
    ----------
    length
        How many.
    start
        The first one.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> list(data.SequentialSampler(3))
    [0, 1, 2]
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._length = length
        self._start = start

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers."""
        return iter(range(self._start, self._start + self._length))

    def __len__(self) -> int:
        """Tell how many there are."""
        return self._length


class RandomSampler(Sampler[int]):
    """Numbers from 0, shuffled anew each time; `np.random.seed` makes them repeat.

    Parameters
    ----------
    length
        How many.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> sorted(data.RandomSampler(3))
    [0, 1, 2]
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers."""
        seed = int(np.random.randint(0, 2**31 - 1, size=(1,)).item())
        order = numpy.random.default_rng(seed).permutation(self._length)
        return iter(order.tolist())

    def __len__(self) -> int:
        """Tell how many there are."""
        return self._length


class FilterSampler(Sampler[int]):
    """Indices of the samples that a function accepts.

    Parameters
    ----------
    fn
        The function of a sample.
    dataset
        The data set.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> list(data.FilterSampler(lambda x: x > 4, [3, 5, 7]))
    [1, 2]
    """

    def __init__(
        self, fn: Callable[[T], object], dataset: Dataset[T] | Sequence[T]
    ) -> None:
        self._indices = [i for i in range(len(dataset)) if fn(dataset[i])]

    def __iter__(self) -> Iterator[int]:
        """Go through the indices."""
        return iter(self._indices)

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self._indices)


class BatchSampler(Sampler[list[int]]):
    """Lists of what another sampler gives.

    Parameters
    ----------
    sampler
        The other sampler.
    batch_size
        Length of the lists.
    last_batch
        What happens to a last list that is too short: ``"keep"``, ``"discard"``, or
        ``"rollover"``, which keeps it for the next time.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> list(data.BatchSampler(data.SequentialSampler(5), 2))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self, sampler: Sampler[int], batch_size: int, last_batch: str = "keep"
    ) -> None:
        if last_batch not in ("keep", "discard", "rollover"):
            raise ValueError(
                "BatchSampler: last_batch must be keep, discard or rollover, "
                f"got {last_batch!r}"
            )
        if batch_size < 1:
            raise ValueError(
                f"BatchSampler: batch_size must be at least 1, got {batch_size}"
            )
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._left_over: list[int] = []

    def __iter__(self) -> Iterator[list[int]]:
        """Go through the lists."""
        batch, self._left_over = self._left_over, []
        for i in self._sampler:
            batch.append(i)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch and self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._left_over = batch

    def __len__(self) -> int:
        """Tell how many lists there are."""
        n_samples = len(self._left_over) + len(self._sampler)
        if self._last_batch == "keep":
            n_samples += self._batch_size - 1
        return n_samples // self._batch_size


class IntervalSampler(Sampler[int]):
    """Every so many numbers, then from the next start.

    Parameters
    ----------
    length
        How many numbers there are.
    interval
        Distance of one to the next.
    rollover
        Start again at 1, 2, ... until all numbers were given.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> list(data.IntervalSampler(5, 2))
    [0, 2, 4, 1, 3]
    """

    def __init__(self, length: int, interval: int, rollover: bool = True) -> None:
        if not 1 <= interval <= length:
            raise ValueError(
                f"IntervalSampler: interval must be in 1..{length}, got {interval}"
            )
        self._length = length
        self._interval = interval
        self._n_starts = interval if rollover else 1

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers."""
        for start in range(self._n_starts):
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        """Tell how many there are."""
        ranges = (range(i, self._length, self._interval) for i in range(self._n_starts))
        return sum(len(numbers) for numbers in ranges)
