from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from heliograph.ledger import Books, Settings, advance
from heliograph.model import Equipment, Quality, Reading, Reason
from tests.ledger.lies import told
from tests.ledger.life import PARIS, SERIAL, SPRING, Lie, Life, Values, polls
from tests.ledger.story import Story, lead

DAY, HOUR = 86400.0, 3600.0


def system(story: Story) -> Equipment:
    assert story.snapshot is not None
    return story.snapshot.system


def test_the_day_is_begun_from_the_gateway_s_own_where_that_can_be() -> None:
    life = Life(SPRING + 0.6 * DAY)
    story = lead(life, 0.01)
    for name in ("production", "consumption", "net"):
        assert system(story).value(f"{name}_today") == pytest.approx(life.day(name), abs=400)
    assert system(story).absent["import_today"] == Reason("counting_since", {"since": "2026-03-21"})


@pytest.mark.parametrize("name", ["today_is_lifetime", "zeros", "today_kept"])
def test_the_day_is_not_begun_from_what_cannot_be(name: str) -> None:
    life = Life(SPRING + 0.5 * DAY)
    life.lies = (told(name, SPRING, SPRING + 0.9 * DAY),)
    story = lead(life, 0.02)
    assert "production_today" not in system(story).values
    assert system(story).absent["production_today"].code in {"not_credible", "unproven_zero", "not_counted"}


def test_a_day_begun_late_is_begun_as_soon_as_the_gateway_speaks_sense() -> None:
    life = Life(SPRING + 0.5 * DAY)
    life.lies = (told("today_is_lifetime", SPRING, SPRING + 0.52 * DAY),)
    story = lead(life, 0.1)
    assert system(story).value("production_today") == pytest.approx(life.day("production"), rel=0.2)


def test_week_is_the_gateway_s_own_until_seven_midnights_are_known() -> None:
    life = Life(SPRING)
    story = lead(life, 5.5, every=300)
    assert system(story).values["production_7_days"].quality is Quality.MEASURED
    assert system(story).absent["consumption_7_days"] == Reason("counting_since", {"since": "2026-03-20"})
    assert system(story).absent["import_7_days"] == Reason("counting_since", {"since": "2026-03-21"})
    story = lead(life, 1.0, every=300, story=story)
    assert system(story).values["production_7_days"].quality is Quality.DERIVED
    assert system(story).value("consumption_7_days") == pytest.approx(life.week("consumption"), abs=1)


def test_week_that_cannot_be_is_absent_until_it_is_counted() -> None:
    life = Life(SPRING)
    life.lies = (told("week_is_lifetime", SPRING, SPRING + 9 * DAY),)
    story = lead(life, 3.5, every=300)
    assert system(story).absent["production_7_days"] == Reason("not_credible", {"since": "2026-03-20"})
    story = lead(life, 3.0, every=300, story=story)
    assert system(story).value("production_7_days") == pytest.approx(life.week("production"), abs=1)
    assert story.open() == {"week_is_lifetime"}


def test_gateways_that_count_today_into_seven_days_besides_are_not_accused() -> None:
    def eight(life: Life, values: Values, sources: dict[str, str]) -> None:
        mark = life.marks.get(life.today - 7)
        if mark is not None:
            values["production_7_days"] = life.truth["production"] - mark["production"]

    life = Life(SPRING)
    life.lies = (Lie("eight", SPRING, SPRING + 20 * DAY, eight),)
    assert lead(life, 12, every=300).codes() == set()


def test_an_outage_over_midnight_is_shared_by_the_gateway_s_own_day() -> None:
    life = Life(SPRING)
    story = lead(life, 2.6, away=[(SPRING + 1.7 * DAY, SPRING + 2.45 * DAY)])
    for name in ("production", "consumption"):
        assert system(story).value(f"{name}_today") == pytest.approx(life.day(name), abs=1)


def test_a_nightly_outage_with_a_lying_day_is_shared_by_the_sun() -> None:
    life = Life(SPRING)
    life.lies = (told("today_is_lifetime", SPRING, SPRING + 9 * DAY),)
    away = [(SPRING + (day + 0.95) * DAY, SPRING + (day + 1.2) * DAY) for day in range(4)]
    story = lead(life, 3.9, away=away, every=120)
    assert system(story).value("production_today") == pytest.approx(life.day("production"), rel=0.01)
    assert system(story).value("consumption_today") == pytest.approx(life.day("consumption"), rel=0.01)


def test_what_a_counter_makes_up_for_of_the_day_before_is_not_today_s() -> None:
    life = Life(SPRING, own_energy=False)
    life.lies = (told("fallen", SPRING + 36 * HOUR, SPRING + 60 * HOUR),)
    story = lead(life, 3.0, every=60, away=[(SPRING + 34 * HOUR, SPRING + 44 * HOUR)])
    given, true = story.days[life.today - 1, "production"]
    assert given == pytest.approx(true, rel=0.01)
    given, true = story.lifetimes["production"]
    assert given == pytest.approx(true, abs=1)


def test_a_counter_in_doubt_over_midnight_makes_no_negative_day() -> None:
    life = Life(SPRING, battery=9000.0)
    life.lies = (told("halved", SPRING + 2 * DAY - 300, SPRING + 2 * DAY + 600),)
    story = lead(life, 2.003)
    day = system(story).values["discharged_today"]
    assert day.value == 0.0
    assert day.reason == Reason("counter_halved")


def test_books_cover_ten_midnights() -> None:
    story = lead(Life(SPRING), 13, every=600)
    assert {len(account.openings) for account in story.books.accounts.values()} == {10}


def test_a_counter_that_reads_in_tens_of_kilowatt_hours_leaves_the_day_to_the_gateway() -> None:
    def coarse(life: Life, values: Values, sources: dict[str, str]) -> None:
        values["production_lifetime"] = int(life.truth["production"] // 10_000) * 10_000

    life = Life(SPRING, meter=False, own_energy=False)
    life.lies = (Lie("coarse", SPRING, SPRING + 9 * DAY, coarse),)
    story = lead(life, 2.7)
    assert story.codes() == set()
    assert system(story).values["production_today"].quality is Quality.MEASURED


def test_another_time_zone_counts_other_days() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    life = Life(SPRING)
    books = Books.open(SERIAL)
    for raw in polls(life, 1.3, 300):
        books = advance(books, raw, life.at, Settings(zone=PARIS)).books
    paris = books.day
    given = advance(books, life.snapshot(), life.at + 60, Settings(zone=auckland))
    assert given.books.day is not None
    assert paris is not None
    assert datetime.fromtimestamp(given.books.day.start, auckland).hour == 0
    assert given.books.day.start != paris.start


def test_the_gateway_s_own_figure_is_kept_beside_where_it_differs() -> None:
    life = Life(SPRING)
    life.lies = (told("today_kept", SPRING + 0.4 * DAY, SPRING + DAY),)
    story = lead(life, 0.6)
    reading = system(story).values["production_today"]
    assert reading.value == pytest.approx(life.day("production"), abs=1)
    assert reading.raw == pytest.approx(life.day("production") + 15_000, abs=1)
    assert (reading.quality, reading.reason) == (Quality.CORRECTED, Reason("today_differs"))
    assert isinstance(reading.since, float)


def test_text_in_the_place_of_a_number_harms_nobody() -> None:
    life = Life(SPRING + 0.5 * DAY)
    life.live(60)
    raw = life.snapshot()
    odd = {
        key: structs.replace(reading, value="odd") if key in {"production_today", "consumption_today"} else reading
        for key, reading in raw.system.values.items()
    }
    equipment = (replace(raw.system, values=odd), *raw.equipment[1:])
    given = advance(Books.open(SERIAL), replace(raw, equipment=equipment), life.at, Settings(zone=PARIS))
    assert isinstance(given.snapshot.system.values["production_lifetime"], Reading)
    assert "production_today" not in given.snapshot.system.values


def test_a_gateway_that_said_zero_for_hours_since_the_first_poll_makes_no_energy_of_its_first_numbers() -> None:
    life = Life(SPRING + 0.3 * DAY)
    life.lies = (told("zeros", SPRING, SPRING + 0.5 * DAY),)
    story = lead(life, 0.3)
    for name in ("production", "consumption", "import", "export"):
        assert system(story).value(f"{name}_lifetime") == pytest.approx(life.truth[name], abs=0.01)
    assert system(story).value("production_today") == pytest.approx(life.day("production"), abs=1)
    story = lead(life, 1.0, story=story)
    assert system(story).value("import_today") == pytest.approx(life.day("import"), abs=1)
    assert story.open() == set()
