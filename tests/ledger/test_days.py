from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from heliograph.ledger.days import day_of, midnight, midnights, share, spoken

PARIS = ZoneInfo("Europe/Paris")


def at(zone: str, *moment: int) -> float:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp()  # type: ignore[arg-type,misc]  # year to minute


@pytest.mark.parametrize(
    ("month", "day", "hours"), [(3, 28, 24), (3, 29, 23), (3, 30, 24), (10, 24, 24), (10, 25, 25), (10, 26, 24)]
)
def test_a_day_has_the_hours_of_its_zone(month: int, day: int, hours: int) -> None:
    found = day_of(at("Europe/Paris", 2026, month, day, 15, 30), PARIS)
    assert found.end - found.start == hours * 3600
    assert spoken(found.ordinal) == f"2026-{month:02}-{day:02}"


def test_a_day_begins_at_its_midnight_and_ends_before_the_next() -> None:
    start = at("Europe/Paris", 2026, 6, 1, 0, 0)
    assert day_of(start, PARIS).start == start
    assert day_of(start - 1, PARIS).end == start


def test_where_midnight_does_not_exist_the_day_begins_when_clocks_jump_it() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    day = day_of(at("Asia/Beirut", 2026, 3, 29, 12, 0), beirut)
    assert datetime.fromtimestamp(day.start, beirut).hour == 1
    assert day.end - day.start == 23 * 3600
    assert day_of(day.start - 1, beirut).end == day.start


def test_where_midnight_comes_twice_the_day_begins_at_the_first() -> None:
    havana = ZoneInfo("America/Havana")
    day = day_of(at("America/Havana", 2026, 11, 1, 12, 0), havana)
    assert day.end - day.start == 25 * 3600


def test_midnights_between_two_moments() -> None:
    start, end = at("Europe/Paris", 2026, 10, 24, 9, 0), at("Europe/Paris", 2026, 10, 27, 0, 0)
    found = midnights(start, end, PARIS)
    assert [spoken(ordinal) for ordinal, _ in found] == ["2026-10-25", "2026-10-26", "2026-10-27"]
    assert [moment for _, moment in found] == [midnight(ordinal, PARIS) for ordinal, _ in found]
    assert midnights(end, end + 60, PARIS) == []


def test_energy_of_a_gap_is_shared_by_time() -> None:
    assert share(0.0, 900.0, 3600.0, UTC, solar=False) == 0.25


def test_solar_energy_of_a_night_s_gap_falls_after_midnight() -> None:
    start, dark, end = (at("Europe/Paris", 2026, 6, 1 + d, h, 0) for d, h in ((0, 22), (1, 0), (1, 9)))
    assert share(start, dark, end, PARIS, solar=True) == 0.0
    assert share(dark, dark, end, PARIS, solar=True) == 0.0


def test_solar_energy_of_an_evening_s_gap_falls_before_midnight() -> None:
    start, dark, end = (at("Europe/Paris", 2026, 6, 1 + d, h, 0) for d, h in ((0, 17), (1, 0), (1, 4)))
    assert share(start, dark, end, PARIS, solar=True) == 1.0


def test_solar_energy_of_a_gap_in_the_dark_is_shared_by_time() -> None:
    start, dark, end = (at("Europe/Paris", 2026, 6, 1 + d, h, 0) for d, h in ((0, 23), (1, 0), (1, 3)))
    assert share(start, dark, end, PARIS, solar=True) == 0.25
