"""Devices: names that compare by identity, and the current one of each thread."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

from forerun import npx


def test_a_device_is_one_object():
    device = npx.cpu(1)
    assert npx.cpu(1) is npx.Device("cpu", 1) is npx.Device(device) is device
    assert pickle.loads(pickle.dumps(device)) is copy.deepcopy(device) is device
    assert npx.cpu(0) != npx.cpu(1) != npx.gpu(1)


def test_each_thread_has_its_current_device():
    first, second = npx.cpu(1), npx.cpu(2)
    with ThreadPoolExecutor(1) as other:
        with first:
            other.submit(second.__enter__).result()
            other.submit(first.__enter__).result()
            with second, first:
                assert npx.current_device() is first
            other.submit(first.__exit__, None, None, None).result()
            assert other.submit(npx.current_device).result() is second
            assert npx.current_device() is first
        assert npx.current_device() is npx.cpu(0)
