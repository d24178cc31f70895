"""Data sets, samplers and the loader."""

from __future__ import annotations

import itertools
import threading
import traceback

import numpy
import pytest

from forerun import gluon, np
from forerun.gluon import data


class Squares(data.Dataset):
    def __init__(self, length: int) -> None:
        self.length = length

    def __getitem__(self, idx: int) -> int:
        if idx == 13:
            raise KeyError("thirteen")
        return idx * idx

    def __len__(self) -> int:
        return self.length


def flat(batches) -> list[float]:
    return [x for batch in batches for x in batch.tolist()]


def test_data_sets_are_derived_from_each_other() -> None:
    squares = Squares(6)
    assert list(squares.take(3)) == [0, 1, 4]
    assert list(squares.take(None)) == list(squares.take(99)) == [0, 1, 4, 9, 16, 25]
    assert list(squares.filter(lambda x: x % 2)) == [1, 9, 25]
    assert list(squares.sample(data.SequentialSampler(2, start=3))) == [9, 16]
    assert list(squares.transform(lambda x: -x).take(3)) == [0, -1, -4]
    assert len(squares.transform(lambda x: -x)) == 6


@pytest.mark.parametrize("lazy", [True, False])
def test_transform_first_leaves_the_label(lazy: bool) -> None:
    pairs = data.SimpleDataset([(1, "a"), (2, "b")])
    assert list(pairs.transform_first(lambda x: 10 * x, lazy)) == [(10, "a"), (20, "b")]
    assert list(pairs.transform(lambda x, y: y * x, lazy)) == ["a", "bb"]


@pytest.mark.parametrize("n_shards", [1, 2, 3, 4])
def test_shards_make_up_the_whole(n_shards: int) -> None:
    shards = [list(Squares(10).shard(n_shards, i)) for i in range(n_shards)]
    assert list(itertools.chain(*shards)) == [i * i for i in range(10)]
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_array_data_sets_give_rows() -> None:
    x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    dataset = data.ArrayDataset(x, y)
    row, label = dataset[1]
    assert row.tolist() == [3, 4]
    assert label == 6
    assert len(dataset) == 2
    assert data.ArrayDataset([7, 8])[0] == 7
    with pytest.raises(ValueError, match="different lengths"):
        data.ArrayDataset(x, np.zeros((3,)))


@pytest.mark.parametrize(
    ("last_batch", "first", "second"),
    [
        ("keep", [[0, 1], [2, 3], [4]], [[0, 1], [2, 3], [4]]),
        ("discard", [[0, 1], [2, 3]], [[0, 1], [2, 3]]),
        ("rollover", [[0, 1], [2, 3]], [[4, 0], [1, 2], [3, 4]]),
    ],
)
def test_the_last_batch(last_batch: str, first: list, second: list) -> None:
    batches = data.BatchSampler(data.SequentialSampler(5), 2, last_batch)
    assert len(batches) == len(first)
    assert list(batches) == first
    assert len(batches) == len(second)
    assert list(batches) == second


def test_random_order_is_new_each_time_and_repeats_with_the_seed() -> None:
    sampler = data.RandomSampler(50)
    np.random.seed(1)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second
    np.random.seed(1)
    assert list(sampler) == first


def test_interval_sampler_skips() -> None:
    assert list(data.IntervalSampler(5, 2)) == [0, 2, 4, 1, 3]
    assert list(data.IntervalSampler(5, 2, rollover=False)) == [0, 2, 4]
    assert len(data.IntervalSampler(5, 2, rollover=False)) == 3


@pytest.mark.parametrize("num_workers", [0, 1, 3])
def test_batches_come_in_order(num_workers: int) -> None:
    loader = data.DataLoader(Squares(10), 3, num_workers=num_workers)
    assert [batch.tolist() for batch in loader] == [
        [0, 1, 4],
        [9, 16, 25],
        [36, 49, 64],
        [81],
    ]
    assert len(loader) == 4
    assert len(list(loader)) == 4


@pytest.mark.parametrize("num_workers", [0, 2])
def test_array_batches_equal_stacked_samples(num_workers: int) -> None:
    x, y = np.random.normal(size=(7, 2, 3)), np.arange(7)
    dataset = data.ArrayDataset(x, y, list(range(7)))
    fast = data.DataLoader(dataset, 3, num_workers=num_workers)
    slow = data.DataLoader(dataset.transform(lambda *row: row), 3)
    for ours, theirs in zip(fast, slow, strict=True):
        assert isinstance(ours, list)
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype
            numpy.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_shuffling_keeps_pairs_together() -> None:
    x = np.arange(20)
    loader = data.DataLoader(data.ArrayDataset(x, 2 * x), 6, shuffle=True)
    seen = []
    for a, b in loader:
        assert (2 * a).tolist() == b.tolist()
        seen += a.tolist()
    assert sorted(seen) == list(range(20))


def test_batchify_is_the_users() -> None:
    loader = data.DataLoader(Squares(4), 2, batchify_fn=sum)
    assert list(loader) == [1, 13]


def test_nested_tuples_are_stacked_part_by_part() -> None:
    batch = data.default_batchify_fn([(1, (2.0, np.array([3.0])))] * 2)
    ints, (floats, arrays) = batch
    assert ints.tolist() == [1, 1]
    assert floats.tolist() == [2, 2]
    assert arrays.tolist() == [[3], [3]]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_error_of_a_worker_reaches_the_consumer(num_workers: int) -> None:
    loader = data.DataLoader(Squares(20), 5, num_workers=num_workers)
    batches = iter(loader)
    next(batches), next(batches)
    with pytest.raises(KeyError, match="thirteen") as caught:
        next(batches)
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-1] == "__getitem__"


def test_a_batch_that_takes_too_long_raises() -> None:
    release = threading.Event()
    slow = Squares(2).transform(lambda x: release.wait() and x)
    with pytest.raises(TimeoutError, match=r"timeout=0\.01"):
        list(data.DataLoader(slow, 2, num_workers=1, timeout=0.01))
    release.set()


def test_leaving_early_makes_no_more_batches() -> None:
    made = []
    noted = Squares(1000).transform(lambda x: made.append(x) or x)
    batches = iter(data.DataLoader(noted, 1, num_workers=1, prefetch=2))
    next(batches)
    batches.close()
    assert len(made) <= 4


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 2, "shuffle": True, "sampler": data.SequentialSampler(3)},
        {"batch_size": 2, "batch_sampler": [[0]]},
        {"batch_size": 0},
        {"batch_size": 1, "last_batch": "drop"},
    ],
)
def test_settings_that_contradict_are_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match=r"(DataLoader|BatchSampler): "):
        data.DataLoader(Squares(3), **settings)


def test_gluon_shows_data() -> None:
    assert gluon.data.DataLoader is data.DataLoader
