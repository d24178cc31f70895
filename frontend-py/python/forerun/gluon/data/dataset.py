"""Data sets: anything with a length whose samples are found by index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from forerun import np
from forerun.gluon.data.sampler import FilterSampler, Sampler, SequentialSampler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ArrayDataset", "Dataset", "SimpleDataset"]

T = TypeVar("T")


class Dataset(ABC, Generic[T]):
    """Base of all data sets: subclasses define `__getitem__` and `__len__`.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> class Squares(data.Dataset):
    ...     def __getitem__(self, idx):
    ...         return idx * idx
    ...     def __len__(self):
    ...         return 4
    >>> list(Squares().filter(lambda x: x > 0).transform(lambda x: -x))
    [-1, -4, -9]
    """

    @abstractmethod
    def __getitem__(self, idx: int) -> T:
        """Give a sample; raises `IndexError` past the end."""

    @abstractmethod
    def __len__(self) -> int:
        """Tell how many samples there are."""

    def filter(self, fn: Callable[[T], object]) -> Dataset[T]:
        """Keep the samples that `fn` accepts; it is asked about each one now."""
        return self.sample(FilterSampler(fn, self))

    def sample(self, sampler: Sampler[int]) -> Dataset[T]:
        """Keep the samples, and the order, that a sampler gives."""
        if not isinstance(sampler, Sampler):
            raise TypeError(
                f"Dataset.sample: expected a Sampler, got a {type(sampler).__name__}"
            )
        return _SampledDataset(self, list(sampler))

    def take(self, count: int | None) -> Dataset[T]:
        """Keep the first `count` samples; all if it is None."""
        length = len(self) if count is None else min(count, len(self))
        return self.sample(SequentialSampler(length))

    def shard(self, num_shards: int, index: int) -> Dataset[T]:
        """Keep one of several parts whose sizes differ by one at most.

        Parameters
        ----------
        num_shards
            Number of parts.
        index
            Which one.

        Examples
        --------
        >>> from forerun.gluon import data
        >>> list(data.SimpleDataset([1, 2, 3, 4, 5]).shard(2, 0))
        [1, 2, 3]
        """
        if not 0 <= index < num_shards:
            raise ValueError(f"Dataset.shard: no shard {index} among {num_shards}")
        size, n_larger = divmod(len(self), num_shards)
        start = size * index + min(index, n_larger)
        length = size + (index < n_larger)
        return self.sample(SequentialSampler(length, start))

    def transform(self, fn: Callable[..., Any], lazy: bool = True) -> Dataset[Any]:
        """Apply a function to each sample, whose parts are its arguments.

        Parameters
        ----------
        fn
            The function.
        lazy
            Apply it whenever a sample is read; else to all samples now.
        """
        transformed = _TransformedDataset(self, fn)
        if lazy:
            return transformed
        return SimpleDataset([transformed[i] for i in range(len(self))])

    def transform_first(
        self, fn: Callable[[Any], Any], lazy: bool = True
    ) -> Dataset[Any]:
        """Apply a function to the first part of each sample, not to its label.

        Parameters
        ----------
        fn
            The function.
        lazy
            Apply it whenever a sample is read; else to all samples now.

        Examples
        --------
        >>> from forerun.gluon import data
        >>> data.SimpleDataset([(1, "a")]).transform_first(lambda x: x + 1)[0]
        (2, 'a')
        """
        return self.transform(_First(fn), lazy)


class _First:
    """Applies a function to the first of its arguments."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self._fn = fn

    def __call__(self, x: Any, *rest: Any) -> Any:  # noqa: ANN401
        return (self._fn(x), *rest) if rest else self._fn(x)


class _SampledDataset(Dataset[T]):
    """Some samples of another data set."""

    def __init__(self, dataset: Dataset[T], indices: list[int]) -> None:
        self._dataset = dataset
        self._indices = indices

    def __getitem__(self, idx: int) -> T:
        return self._dataset[self._indices[idx]]

    def __len__(self) -> int:
        return len(self._indices)


class _TransformedDataset(Dataset[Any]):
    """Another data set with a function applied to each sample."""

    def __init__(self, dataset: Dataset[Any], fn: Callable[..., Any]) -> None:
        self._dataset = dataset
        self._fn = fn

    def __getitem__(self, idx: int) -> Any:  # noqa: ANN401
        sample = self._dataset[idx]
        return self._fn(*sample) if isinstance(sample, tuple) else self._fn(sample)

    def __len__(self) -> int:
        return len(self._dataset)


class SimpleDataset(Dataset[T]):
    """A list, or anything like one, as a data set.

    Parameters
    ----------
    data
        The list.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> data.SimpleDataset(["a", "b"])[1]
    'b'
    """

    def __init__(self, data: Sequence[T]) -> None:
        self._data = data

    def __getitem__(self, idx: int) -> T:
        """Give a sample."""
        return self._data[idx]

    def __len__(self) -> int:
        """Tell how many samples there are."""
        return len(self._data)


class ArrayDataset(Dataset[Any]):
    """Arrays of the same length, a sample being one row of each.

    Parameters
    ----------
    *args
        Arrays, lists or data sets.

    Examples
    --------
    >>> from forerun import np
    >>> from forerun.gluon import data
    >>> dataset = data.ArrayDataset(np.array([[1.0], [2.0]]), [5, 6])
    >>> dataset[1]
    (array([2.]), 6)
    """

    def __init__(self, *args: Any) -> None:  # noqa: ANN401
        if not args:
            raise ValueError("ArrayDataset: needs at least 1 array")
        lengths = [len(column) for column in args]
        if len(set(lengths)) > 1:
            raise ValueError(f"ArrayDataset: arrays of different lengths {lengths}")
        self._length = lengths[0]
        # The numbers of a vector are read one by one; NumPy's do that without waiting
        # for the engine each time.
        self._data = [
            column.asnumpy()
            if isinstance(column, np.ndarray) and column.ndim == 1
            else column
            for column in args
        ]

    def __getitem__(self, idx: int) -> Any:  # noqa: ANN401
        """Give a row of each array, or of the only one."""
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple(column[idx] for column in self._data)

    def __len__(self) -> int:
        """Tell how many samples there are."""
        return self._length
