"""Overflows of 32-bit counters during outages: whole ones, and no more than the roof can have produced beside them."""

import pytest

from heliograph.ledger.books import Counter
from heliograph.ledger.counters import WRAP, Bounds, count
from tests.ledger.life import SPRING, Lie, Life, Values
from tests.ledger.story import lead

HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize("own_energy", [False, True])
@pytest.mark.parametrize(("inverters", "days", "wraps"), [(100, 1.0, 1), (16, 5.0, 1), (100, 1.0, 3), (1, 0.25, 1)])
def test_overflows_during_an_outage_are_put_right(inverters: int, days: float, wraps: int, *, own_energy: bool) -> None:
    began = inverters * (1_150_000.0 + 60_000.0 * wraps)
    life = Life(
        SPRING + 10 * HOUR, inverters=inverters, meter=False, own_energy=own_energy,
        truth={"production": began, "import": 9e6, "export": 3e6, "charged": 0.0, "discharged": 0.0},
    )  # fmt: skip
    start = life.at + HOUR
    end = start + days * DAY

    def overflowed(_life: Life, values: Values, _sources: dict[str, str]) -> None:
        values["production_lifetime"] = float(values["production_lifetime"]) - wraps * WRAP
        del values["production_7_days"]

    life.lies = (Lie("overflowed", start, end + DAY, overflowed),)
    story = lead(life, days + 3 / 24, every=300.0, away=((start, end),))
    assert life.truth["production"] - began > (119_000 if inverters > 1 else 500)
    assert story.lifetimes["production"] == pytest.approx((life.truth["production"],) * 2, abs=1)
    assert story.open() == {"counter_wrapped"}


def test_a_fall_beyond_what_the_sun_allows_is_no_overflow() -> None:
    bounds = Bounds(60_000.0, most=100_000.0)
    counter = count(None, 10_000_000.0, "sum", 0.0, bounds)
    for at, rest, code in ((DAY, 99_000, "counter_wrapped"), (DAY, 101_000, "counter_fell")):
        doubt = count(counter, 10_000_000 - WRAP + rest, "sum", at, bounds).doubt
        assert doubt is not None
        assert doubt.code == code


def test_an_overflow_hidden_in_growth_shows_by_the_devices_own_counters() -> None:
    """Five days of 300 inverters are more than an overflow: the sum is above what it was, and still lacks one."""
    bounds = Bounds(180_000.0, most=5_000_000.0, measured=True)
    counter: Counter = count(None, 300_000_000.0, "sum", 0.0, bounds)
    for poll in range(3):
        flow = 2_000_000.0 + 100 * poll
        raw = 300_000_000 + flow - WRAP
        counter = count(counter, raw, "sum", 5 * DAY + 300 * poll, bounds, flow=flow)
    assert counter.given == pytest.approx(302_000_200)
    assert counter.baseline.wraps == 1


def test_what_may_be_a_new_beginning_is_an_overflow_only_where_little_is_missing() -> None:
    bounds = Bounds(60_000.0, most=400_000.0)
    counter = count(None, WRAP - 200_000.0, "sum", 0.0, bounds)
    doubt = count(counter, 50_000.0, "sum", DAY, bounds).doubt
    assert doubt is not None
    assert doubt.code == "counter_fell"
