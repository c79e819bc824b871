"""Consumption and net follow from trusted counters: what is mended in these is mended in them."""

from dataclasses import replace

import pytest

from heliograph.ledger import Books, Settings, advance
from heliograph.ledger.books import Baseline, Counter
from heliograph.model import Quality
from tests.ledger.lies import told
from tests.ledger.life import PARIS, SERIAL, SPRING, Lie, Life, Values
from tests.ledger.story import Story, lead

DAY, HOUR = 86400.0, 3600.0


def consumption_findings(story: Story) -> set[str]:
    return {finding.code for _, finding in story.opened if (finding.key or "").startswith("consumption")}


@pytest.mark.parametrize("battery", [0.0, 9000.0])
@pytest.mark.parametrize("name", ["frozen_counter", "frozen_grid", "small_spike", "reversed_meter"])
def test_consumption_is_right_while_a_term_of_it_is_mended(name: str, battery: float) -> None:
    def tell(life: Life, values: Values, sources: dict[str, str]) -> None:
        lie = told(name, 0, 0)
        lie.tell(life, values, sources)
        total = float(values["production_lifetime"]) + float(values["import_lifetime"])
        total += float(values.get("discharged_lifetime", 0)) - float(values.get("charged_lifetime", 0))
        values["consumption_lifetime"] = total - float(values["export_lifetime"])
        power = float(values["production_power"]) + float(values["net_power"]) + float(values.get("battery_power", 0))
        values["consumption_power"] = power
        if power < 0:
            del values["consumption_power"]

    life = Life(SPRING, battery=battery)
    life.lies = (Lie(name, SPRING + 34 * HOUR, SPRING + 39 * HOUR, tell),)
    story = lead(life, 2.0, every=120)
    assert consumption_findings(story) <= {"today_differs"}
    assert {name: pair for name, pair in story.off(0.01, 60.0).items() if name[1] == "consumption"} == {}
    given, true = story.lifetimes["consumption"]
    assert given == pytest.approx(true, abs=100)


def test_a_mended_term_is_named() -> None:
    def tell(life: Life, values: Values, sources: dict[str, str]) -> None:
        values["import_lifetime"] = float(values["import_lifetime"]) + 6.78e6
        values["consumption_lifetime"] = float(values["consumption_lifetime"]) + 6.78e6

    life = Life(SPRING)
    life.lies = (Lie("jump", SPRING + 10 * HOUR, SPRING + DAY, tell),)
    story = lead(life, 0.5)
    assert story.snapshot is not None
    reading = story.snapshot.system.values["consumption_lifetime"]
    assert reading.quality is Quality.CORRECTED
    assert reading.reason is not None
    assert reading.reason.code == "import_mended"
    assert reading.raw == pytest.approx(life.truth["consumption"] + 6.78e6, abs=1)
    assert reading.value == pytest.approx(life.truth["consumption"], abs=60)


def test_a_total_that_was_counted_by_itself_goes_on_where_it_was() -> None:
    life = Life(SPRING + 10 * HOUR)
    raw = life.snapshot()
    source = raw.system.values["consumption_lifetime"].source
    before = Counter(14_000_000.0, 14_000_500.0, life.at - 60, life.at - 60, Baseline(source, 500.0, "counter_fell"))
    books = Books(serial=SERIAL, at=life.at - 60, counters={"consumption_lifetime": before})
    given = advance(books, raw, life.at, Settings(zone=PARIS))
    assert given.snapshot.system.value("consumption_lifetime") == pytest.approx(14_000_500.0)
    life.live(60)
    start = life.truth["consumption"]
    given = advance(given.books, life.snapshot(), life.at, Settings(zone=PARIS))
    for _ in range(12):
        life.live(300)
        given = advance(given.books, life.snapshot(), life.at, Settings(zone=PARIS))
    grown = life.truth["consumption"] - start
    assert given.snapshot.system.value("consumption_lifetime") == pytest.approx(14_000_500.0 + grown, abs=30)


def test_a_detector_does_not_act_on_a_value_that_is_not_there() -> None:
    life = Life(SPRING + 11 * HOUR)
    life.lies = (told("production_zero", SPRING, SPRING + DAY),)
    story = lead(life, 0.05)
    assert "production_zero" in story.open()
    raw = life.snapshot()
    values = {key: reading for key, reading in raw.system.values.items() if key != "production_power"}
    bare = replace(raw, equipment=(replace(raw.system, values=values), *raw.equipment[1:]))
    given = advance(story.books, bare, life.at + 60, Settings(zone=PARIS))
    assert "production_power" not in given.snapshot.system.values
