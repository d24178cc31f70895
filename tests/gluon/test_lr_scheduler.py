"""Schedulers against their formulas."""

from __future__ import annotations

import math

import pytest

from forerun import lr_scheduler


def test_factor_changes_after_every_step() -> None:
    schedule = lr_scheduler.FactorScheduler(3, 0.1, base_lr=1.0)
    rates = [schedule(i) for i in range(1, 8)]
    assert rates == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_factor_stops_falling() -> None:
    schedule = lr_scheduler.FactorScheduler(1, 0.1, stop_factor_lr=0.05, base_lr=1.0)
    assert schedule(100) == 0.05


def test_multi_factor_changes_at_its_steps() -> None:
    schedule = lr_scheduler.MultiFactorScheduler([2, 4], 0.5, base_lr=1.0)
    assert [schedule(i) for i in range(1, 7)] == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_poly_and_cosine_end_at_final_lr() -> None:
    poly = lr_scheduler.PolyScheduler(10, base_lr=1.0, pwr=2, final_lr=0.1)
    cosine = lr_scheduler.CosineScheduler(10, base_lr=1.0, final_lr=0.1)
    for i in range(10):
        left = 1 - i / 10
        assert poly(i) == pytest.approx(0.1 + 0.9 * left**2)
        wave = (1 + math.cos(math.pi * i / 10)) / 2
        assert cosine(i) == pytest.approx(0.1 + 0.9 * wave)
    assert poly(10) == cosine(10) == poly(99) == 0.1


def test_warmup_rises_to_the_base() -> None:
    schedule = lr_scheduler.CosineScheduler(
        20, base_lr=1.0, warmup_steps=4, warmup_begin_lr=0.2
    )
    assert [schedule(i) for i in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert schedule(4) == 1.0


def test_constant_warmup_waits() -> None:
    schedule = lr_scheduler.PolyScheduler(
        9, 1.0, warmup_steps=3, warmup_begin_lr=0.25, warmup_mode="constant"
    )
    assert [schedule(i) for i in range(3)] == [0.25] * 3


def test_asking_twice_changes_nothing() -> None:
    schedule = lr_scheduler.FactorScheduler(1, 0.5, base_lr=1.0)
    assert [schedule(3), schedule(1), schedule(3)] == [0.25, 1.0, 0.25]


@pytest.mark.parametrize(
    "make",
    [
        lambda: lr_scheduler.FactorScheduler(0),
        lambda: lr_scheduler.FactorScheduler(1, 2),
        lambda: lr_scheduler.MultiFactorScheduler([]),
        lambda: lr_scheduler.MultiFactorScheduler([3, 2]),
        lambda: lr_scheduler.CosineScheduler(0),
        lambda: lr_scheduler.LRScheduler(0.1, warmup_begin_lr=1),
        lambda: lr_scheduler.LRScheduler(warmup_mode="sudden"),
    ],
)
def test_settings_without_sense_are_refused(make) -> None:
    with pytest.raises(ValueError, match="Scheduler: "):
        make()
