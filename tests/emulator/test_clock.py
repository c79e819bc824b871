import time

import pytest

from heliograph.emulator.clock import Clock


class Tick:
    """A monotonic clock in the test's hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def tick() -> Tick:
    return Tick()


def test_tells_real_time_by_default() -> None:
    assert Clock().now() == pytest.approx(time.time(), abs=5)


def test_starts_where_told_and_runs(tick: Tick) -> None:
    clock = Clock(500.0, tick=tick)
    tick.at += 10

    assert clock.now() == 510.0


def test_runs_fast(tick: Tick) -> None:
    clock = Clock(0.0, rate=60, tick=tick)
    tick.at += 2

    assert clock.now() == 120.0


def test_stands_still_at_rate_zero(tick: Tick) -> None:
    clock = Clock(7.0, rate=0, tick=tick)
    tick.at += 99

    assert clock.now() == 7.0


def test_changes_its_rate_without_a_jump(tick: Tick) -> None:
    clock = Clock(0.0, tick=tick)
    tick.at += 5
    clock.run(10)

    assert clock.now() == 5.0
    tick.at += 1
    assert (clock.now(), clock.rate) == (15.0, 10)


def test_is_set_and_moved(tick: Tick) -> None:
    clock = Clock(0.0, tick=tick)
    clock.set(100.0)
    clock.advance(-40.0)

    assert clock.now() == 60.0
