from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from heliograph.store.days import (
    days_between,
    hours_between,
    midnight,
    months_between,
    seconds_between,
    years_between,
    zone_of,
)

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 6, 15), 24)],
    ids=["spring", "autumn", "summer"],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    start = midnight(day, PARIS)

    edges = days_between(start, start + 1, PARIS)

    assert edges == [start, start + hours * HOUR]
    assert len(hours_between(start, edges[1], PARIS)) == hours + 1


def test_hours_follow_the_local_clock() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    start = midnight(date(2025, 6, 15), kathmandu)

    assert start % HOUR == 900
    assert hours_between(start + 100, start + 4000, kathmandu) == [start, start + HOUR, start + 2 * HOUR]


def test_a_day_whose_midnight_does_not_exist_begins_when_clocks_have_jumped() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    start, end = days_between(midnight(date(2024, 3, 31), beirut), midnight(date(2024, 3, 31), beirut) + 1, beirut)

    assert end - start == 23 * HOUR


def test_half_an_hour_of_summer_time_makes_a_short_last_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    start = midnight(date(2025, 10, 5), lord_howe)
    edges = hours_between(start, start + 23 * HOUR + 1800, lord_howe)

    assert [right - left for left, right in pairwise(edges)] == [HOUR] * 23 + [1800]


def test_months_and_years_are_local() -> None:
    start = midnight(date(2025, 12, 15), PARIS)

    assert months_between(start, start + 20 * 86_400, PARIS) == [
        midnight(date(2025, 12, 1), PARIS),
        midnight(date(2026, 1, 1), PARIS),
        midnight(date(2026, 2, 1), PARIS),
    ]
    assert years_between(start, start + 1, PARIS) == [
        midnight(date(2025, 1, 1), PARIS),
        midnight(date(2026, 1, 1), PARIS),
    ]


def test_seconds_are_counted_from_1970() -> None:
    assert seconds_between(601, 1200, 300) == [600, 900, 1200]
    assert seconds_between(600, 1201, 300) == [600, 900, 1200, 1500]


def test_a_zone_that_does_not_exist_is_utc() -> None:
    assert str(zone_of("Mars/Olympus")) == "UTC"
