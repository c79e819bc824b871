"""Every lie a gateway tells is recognised by its shape, and nothing is seen in an honest life."""

import pytest

from heliograph.ledger.detectors import POWERS
from heliograph.ledger.periods import PERIODS
from heliograph.model import Quality
from tests.ledger.lies import LIES, told
from tests.ledger.life import AUTUMN, SPRING, Lie, Life, Values
from tests.ledger.story import Story, lead

DAY = 86400.0
NOON, EVENING = SPRING + 0.45 * DAY, SPRING + 0.6 * DAY

WITNESSES: dict[str, set[str]] = {
    "wrapped": {"counter_wrapped"},
    "wrapped_twice": {"counter_wrapped"},
    "zeros": {"counter_zero", "production_zero", "today_differs", "week_differs"},
    "lifetime_zero": {"counter_zero"},
    "spike": {"counter_jumped"},
    "small_spike": {"counter_jumped"},
    "fallen": {"counter_fell"},
    "fallen_back": {"counter_fell", "counter_frozen"},
    # While a term is held, consumption runs ahead of the gateway's own day, and is right again when the term is.
    "halved": {"counter_halved", "today_differs"},
    "flipped": {"source_changed"},
    "frozen_counter": {"counter_frozen", "today_differs"},
    "frozen_grid": {"counter_frozen", "today_differs"},
    "frozen_production": {"power_frozen", "counter_frozen", "today_differs"},
    "frozen_consumption": {"power_frozen"},
    "production_zero": {"production_zero", "counter_frozen", "today_differs"},
    "reversed_meter": {"production_reversed", "counter_frozen"},
    "total_is_net": {"consumption_is_net"},
    "today_is_lifetime": {"today_is_lifetime"},
    "week_is_lifetime": {"week_is_lifetime"},
    "week_absurd": {"week_differs"},
    "today_kept": {"today_differs"},
    "today_late": {"today_differs"},
    "today_foreign": {"today_differs"},
    "all_is_lifetime": {"today_is_lifetime", "week_is_lifetime"},
    "meter_noise": {"production_zero", "counter_frozen", "today_differs"},
    "restarted": {"counter_fell"},
    "meter_low": {"meter_differs"},
}
"""What is found of each lie that is told for some hours of a day."""

WITH_BATTERY = {"halved", "zeros"}
AT_DAYS_END = {"meter_low": (SPRING, SPRING + DAY), "today_late": (SPRING + 0.9 * DAY, SPRING + 1.2 * DAY)}


def witness(name: str) -> Story:
    life = Life(SPRING, battery=9000.0 if name in WITH_BATTERY else 0.0)
    life.lies = (told(name, *AT_DAYS_END.get(name, (NOON, EVENING))),)
    return lead(life, 2.1 if name in AT_DAYS_END else 1.2)


@pytest.fixture(scope="module", params=sorted(LIES))
def lived(request: pytest.FixtureRequest) -> tuple[str, Story]:
    return request.param, witness(request.param)


def test_a_lie_is_found_and_nothing_else(lived: tuple[str, Story]) -> None:
    name, story = lived
    assert story.codes() == WITNESSES[name]


def test_what_was_found_is_over_when_the_lie_is(lived: tuple[str, Story]) -> None:
    _, story = lived
    assert story.open() == set()
    assert len(story.closed) == len(story.opened)


def test_a_lie_leaves_no_trace_in_the_accounts(lived: tuple[str, Story]) -> None:
    _, story = lived
    assert story.off(share=0.01, floor=25.0) == {}
    for given, true in story.lifetimes.values():
        assert given == pytest.approx(true, rel=1e-5)
    assert story.fallen == []


def test_every_detector_has_its_witness() -> None:
    seen = set().union(*WITNESSES.values())
    silent = {"inverters_unheard"}
    loud = {detector.code for detector in (*POWERS, *PERIODS) if not detector.quiet}
    assert loud - silent <= seen


@pytest.mark.parametrize("name", ["frozen_production", "production_zero", "reversed_meter"])
def test_production_is_told_by_the_inverters_while_the_meter_is_not_believed(name: str) -> None:
    life = Life(SPRING)
    life.lies = (told(name, NOON, EVENING),)
    story = lead(life, 0.55)
    assert story.snapshot is not None
    reading = story.snapshot.system.values["production_power"]
    assert reading.quality is Quality.CORRECTED
    assert reading.raw != reading.value
    assert reading.value == pytest.approx(life.power["production"], rel=0.2)


def test_consumption_that_was_computed_from_the_wrong_production_is_put_right_too() -> None:
    def dead(life: Life, values: Values, sources: dict[str, str]) -> None:
        values["production_power"] = 0.0
        values["consumption_power"] = values["net_power"]

    life = Life(SPRING)
    life.lies = (Lie("dead", NOON, EVENING, dead),)
    story = lead(life, 0.55)
    assert story.snapshot is not None
    reading = story.snapshot.system.values["consumption_power"]
    assert reading.quality is Quality.CORRECTED
    assert reading.value == pytest.approx(life.power["consumption"], abs=0.2 * life.power["production"])


class Clipped(Life):
    """All modules at the inverters' limit for hours: to the last digit the same power."""

    def sun(self, at: float) -> float:
        return 0.7 if 8 <= (at % DAY) / 3600 < 16 else 0.0


def test_power_that_stands_still_with_the_inverters_is_not_frozen() -> None:
    assert lead(Clipped(SPRING), 1.4).codes() == set()


def test_own_consumption_by_night_is_no_production() -> None:
    def night(life: Life, values: Values, sources: dict[str, str]) -> None:
        if life.power["production"] == 0:
            values["production_power"] = -4.2

    life = Life(SPRING)
    life.lies = (Lie("night", SPRING, SPRING + 3 * DAY, night),)
    story = lead(life, 1.0)
    assert story.codes() == set()
    assert story.snapshot is not None
    reading = story.snapshot.system.values["production_power"]
    assert (reading.value, reading.raw, reading.quality) == (0.0, -4.2, Quality.DERIVED)


def test_production_without_any_inverter_s_report_is_worth_a_word() -> None:
    life = Life(SPRING)
    story = lead(life, 0.3)
    life.cadence = 1e9
    story = lead(life, 0.2, story=story)
    assert story.codes() == {"inverters_unheard"}


def test_a_morning_before_an_outage_accuses_no_meter_for_the_inverters_late_reports() -> None:
    life = Life(AUTUMN, own_energy=False, cadence=900.0)
    assert lead(life, 1.4, every=120, away=[(AUTUMN + 0.525 * DAY, AUTUMN + 1.2 * DAY)]).codes() == set()


def test_battery_that_the_gateway_s_total_leaves_out_is_reckoned_in() -> None:
    life = Life(SPRING, battery=9000.0, storage_meter=False)
    story = lead(life, 4.0)
    assert story.codes() == set()
    assert {name: pair for name, pair in story.off(0.01, 20.0).items() if name[1] == "consumption"} == {}
    assert sum(name == "consumption" for _, name in story.days) == 3
