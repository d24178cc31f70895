"""The data loader: batches of a data set, made ahead of time by threads.

Threads are enough: decoding and NumPy release the interpreter, and array ops are only
issued here, to run on the engine's workers.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any

import numpy

from forerun import _core, np
from forerun.gluon.data.dataset import ArrayDataset
from forerun.gluon.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from forerun.gluon.data.dataset import Dataset

__all__ = ["DataLoader", "default_batchify_fn"]


def default_batchify_fn(data: Sequence[Any]) -> Any:  # noqa: ANN401
    """Stack samples into a batch; the parts of tuples are stacked one by one.

    Parameters
    ----------
    data
        The samples.

    Examples
    --------
    >>> from forerun import _core, np
    >>> from forerun.gluon import data
    >>> data.default_batchify_fn([np.array([1.0]), np.array([2.0])])
    array([[1.],
           [2.]])
    """
    if isinstance(data[0], np.ndarray):
        return np.stack(data)
    if isinstance(data[0], tuple):
        return [default_batchify_fn(part) for part in zip(*data, strict=True)]
    stacked = numpy.asarray(data)
    return np.array(stacked, dtype=stacked.dtype)


class DataLoader:
    """Batches of a data set.

    Parameters
    ----------
    dataset
        Anything with a length and samples by index.
    batch_size
        Samples in a batch.
    shuffle
        Read the samples in random order.
    sampler
        Another order; instead of `shuffle`.
    last_batch
        ``"keep"``, ``"discard"`` or ``"rollover"`` a last batch that is too small.
    batch_sampler
        Lists of indices; instead of all of the above.
    batchify_fn
        Makes a batch of a list of samples; `default_batchify_fn` when omitted.
    num_workers
        Number of threads that make batches ahead; 0 makes them when asked.
    pin_memory, pin_device_id
        Accepted for MXNet's sake.
    prefetch
        Number of batches made ahead; twice `num_workers` when omitted.
    thread_pool
        Accepted for MXNet's sake; workers are threads always.
    timeout
        Seconds that a batch may take with workers.

    Examples
    --------
    >>> from forerun.gluon import data
    >>> for batch in data.DataLoader([1.0, 2.0, 3.0], batch_size=2):
    ...     print(batch)
    [1. 2.]
    [3.]
    """

    def __init__(
        self,
        dataset: Dataset[Any] | Sequence[Any],
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Sampler[int] | None = None,
        last_batch: str | None = None,
        batch_sampler: Sampler[list[int]] | None = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
    ) -> None:
        self._dataset = dataset
        self._batchify_fn = batchify_fn
        self._num_workers = max(num_workers, 0)
        self._n_ahead = 2 * self._num_workers if prefetch is None else prefetch
        self._timeout = timeout
        self._batch_sampler = (
            _batches(len(dataset), batch_size, shuffle, sampler, last_batch)
            if batch_sampler is None
            else batch_sampler
        )
        if batch_sampler is not None and (
            batch_size is not None or shuffle or sampler or last_batch
        ):
            raise ValueError(
                "DataLoader: batch_sampler excludes batch_size, shuffle, sampler and "
                "last_batch"
            )

    def __iter__(self) -> Iterator[Any]:
        """Go through the batches."""
        batches = (
            map(self._load, self._batch_sampler)
            if self._num_workers == 0
            else self._load_ahead()
        )
        return _marked(batches) if _core.is_profiling() else iter(batches)

    def __len__(self) -> int:
        """Tell how many batches there are."""
        return len(self._batch_sampler)

    def _load(self, indices: list[int]) -> Any:  # noqa: ANN401
        if self._batchify_fn is not None:
            return self._batchify_fn([self._dataset[i] for i in indices])
        if type(self._dataset) is ArrayDataset:
            return _gather(self._dataset, indices)
        return default_batchify_fn([self._dataset[i] for i in indices])

    def _load_ahead(self) -> Iterator[Any]:
        """Keep `_n_ahead` batches in the making, and give them in order."""
        pool = ThreadPoolExecutor(self._num_workers, "forerun-data")
        pending: deque[Future[Any]] = deque()
        batches = iter(self._batch_sampler)
        try:
            while True:
                _submit(pool, self._load, batches, pending, max(self._n_ahead, 1))
                if not pending:
                    return
                yield self._wait(pending.popleft())
        finally:
            # Also when the consumer leaves early or is interrupted: nobody waits for
            # the batches that are still in the making.
            pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self, future: Future[Any]) -> Any:  # noqa: ANN401
        try:
            return future.result(self._timeout)
        except FutureTimeoutError:
            if future.done():
                raise
            raise TimeoutError(
                f"DataLoader: a batch took longer than timeout={self._timeout} s"
            ) from None


def _marked(batches: Iterator[Any]) -> Iterator[Any]:
    """Tell the profile that is running where minibatches begin and end."""
    _core.mark("loader begin")
    end = "loader left"
    try:
        while True:
            _core.mark("loader")
            try:
                batch = next(batches)
            except StopIteration:
                end = "loader end"
                return
            yield batch
    finally:
        _core.mark(end)


def _submit(
    pool: ThreadPoolExecutor,
    load: Callable[[list[int]], Any],
    batches: Iterator[list[int]],
    pending: deque[Future[Any]],
    n_ahead: int,
) -> None:
    """Start batches until `n_ahead` are pending or there are no more."""
    while len(pending) < n_ahead:
        indices = next(batches, None)
        if indices is None:
            return
        pending.append(pool.submit(load, indices))


def _batches(
    length: int,
    batch_size: int | None,
    shuffle: bool,
    sampler: Sampler[int] | None,
    last_batch: str | None,
) -> BatchSampler:
    """Choose the order of the samples and cut it into batches."""
    if batch_size is None:
        raise ValueError("DataLoader: needs a batch_size or a batch_sampler")
    if sampler is None:
        sampler = RandomSampler(length) if shuffle else SequentialSampler(length)
    elif shuffle:
        raise ValueError("DataLoader: sampler excludes shuffle")
    return BatchSampler(sampler, batch_size, last_batch or "keep")


def _gather(dataset: ArrayDataset, indices: Iterable[int]) -> Any:  # noqa: ANN401
    """Make a batch of rows at once; it equals the rows stacked one by one."""
    rows = numpy.fromiter(indices, dtype=numpy.int64)
    parts = [_gather_column(column, rows) for column in dataset._data]
    return parts if len(parts) > 1 else parts[0]


def _gather_column(column: Any, rows: numpy.ndarray[Any, Any]) -> Any:  # noqa: ANN401
    if isinstance(column, np.ndarray):
        return column[np.array(rows, dtype="int64")]
    if isinstance(column, numpy.ndarray):
        return np.array(column[rows], dtype=column.dtype)
    return default_batchify_fn([column[i] for i in rows.tolist()])
