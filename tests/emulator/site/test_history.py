from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.site.history import SUN_A_DAY, Past
from tests.emulator.site.test_world import plan

YEAR = 31_556_925.2


def past(*, phases: int = 2, batteries: int = 2, latitude: float = 45.76, inverters: int = 12) -> Past:
    return Past(plan(phases=phases, batteries=batteries, latitude=latitude, inverters=inverters), 775.0, 2.0)


@settings(max_examples=40)
@given(
    st.integers(1, 3),
    st.integers(0, 5),
    st.floats(-60, 60),
    st.integers(0, 120),
    st.lists(st.floats(-100, 2000), min_size=2, max_size=8),
)
def test_no_counter_ever_fell(phases: int, batteries: int, latitude: float, inverters: int, days: list[float]) -> None:
    years = past(phases=phases, batteries=batteries, latitude=latitude, inverters=inverters)
    begin = years.plan.commissioned
    books = [years.books(begin + 86400 * day, {}) for day in sorted(days)]

    for before, after in pairwise(books):
        for one, two in zip(before[1:7], after[1:7], strict=True):
            assert all(b >= a - 2 for a, b in zip(one, two, strict=True))
    for each in books:
        assert min(each.imported) >= 0
        assert min(each.exported) >= 0


def test_a_year_has_its_sun() -> None:
    years = past()
    begin = years.plan.commissioned

    assert years.sun(begin + YEAR) == pytest.approx(SUN_A_DAY * YEAR / 86400, rel=1e-3)
    assert years.sun(begin - 1) == 0.0


def test_summer_has_more_and_on_either_side_of_the_equator_at_its_own_time() -> None:
    june, december = 1_750_400_000, 1_766_200_000

    def day(latitude: float, time: float) -> float:
        return past(latitude=latitude).sun(time) - past(latitude=latitude).sun(time - 86400)

    assert day(45.0, june) > 3 * day(45.0, december)
    assert day(-45.0, december) > 3 * day(-45.0, june)
    assert day(0.0, june) == pytest.approx(SUN_A_DAY, rel=1e-3)


def test_silent_inverters_have_seen_no_more() -> None:
    years = past()
    time = years.plan.commissioned + 2 * YEAR
    unit = years.plan.active[0]

    heard, silent = years.books(time, {}), years.books(time, {unit.serial: years.sun(time - YEAR)})
    assert sum(heard.delivered) - sum(silent.delivered) == pytest.approx(
        unit.power * SUN_A_DAY * 365.24 / 3.6, rel=0.01
    )
