"""What the field knows of gateways over time, by its number in docs/protocol.md.

Told for some hours each is in test_detectors.py; here is what needs a story of its own.
"""

import pytest

from heliograph.model import Equipment, Quality, Reading, Subject
from tests.ledger.lies import LIES, told
from tests.ledger.life import SPRING, Lie, Life, Values
from tests.ledger.story import Story, lead

DAY, HOUR = 86400.0, 3600.0
FOREVER = SPRING + 99 * DAY
Sources = dict[str, str]


def days_right(story: Story, floor: float = 25.0) -> None:
    assert story.fallen == []
    assert story.off(share=0.01, floor=floor) == {}


def test_q38_zeros_after_boot_are_no_energy_when_they_end() -> None:
    boot = SPRING + 10.5 * HOUR
    life = Life(SPRING)
    life.lies = (told("zeros", boot, boot + 180),)
    story = lead(life, 1.0, away=[(boot - 240, boot)])
    assert story.open() == set()
    days_right(story)


def test_q2_a_lifetime_of_zero_until_the_morning_is_no_energy() -> None:
    life = Life(SPRING, meter=False)
    life.lies = (told("lifetime_zero", SPRING + 28 * HOUR, SPRING + 31 * HOUR),)
    story = lead(life, 2.0)
    assert story.codes() == {"counter_zero"}
    assert story.open() == set()
    days_right(story)


@pytest.mark.parametrize("name", ["flipped", "zeros", "today_is_lifetime"])
def test_f1_first_answers_after_the_nightly_silence_are_not_believed(name: str) -> None:
    nights = [SPRING + (day * 24 + 23) * HOUR for day in range(3)]
    life = Life(SPRING)
    life.lies = [told(name, night + 600, night + 780) for night in nights]
    story = lead(life, 3.5, away=[(night, night + 600) for night in nights])
    assert story.open() == set()
    days_right(story)


def test_f7_f9_what_falls_for_ever_goes_on_from_where_it_was() -> None:
    life = Life(SPRING)
    life.lies = (told("restarted", SPRING + 34 * HOUR, FOREVER),)
    story = lead(life, 4.0, every=120)
    assert story.codes() == {"counter_fell"}
    days_right(story)
    for given, true in story.lifetimes.values():
        assert given == pytest.approx(true, abs=60)


def test_f7_counters_that_a_power_cut_made_jump_for_ever_go_on_from_where_they_were() -> None:
    cut = SPRING + 34 * HOUR
    life = Life(SPRING)
    life.lies = (told("spike", cut, FOREVER),)
    story = lead(life, 4.0, every=120, away=[(cut - 300, cut + 300)])
    assert story.codes() == {"counter_jumped"}
    days_right(story, floor=60.0)


def test_f8_what_a_repair_adds_at_once_is_no_energy() -> None:
    life = Life(SPRING)
    life.lies = (told("total_is_net", SPRING, SPRING + 34 * HOUR),)
    story = lead(life, 3.0, every=120)
    assert story.open() == set()
    days_right(story)


def test_f6_a_meter_without_its_transformer_is_replaced_by_the_inverters_day_after_day() -> None:
    life = Life(SPRING)
    life.lies = (told("meter_noise", SPRING, FOREVER),)
    story = lead(life, 4.0, every=120)
    assert story.codes() == {"production_zero", "counter_frozen", "today_differs"}
    assert {"production_zero", "counter_frozen"} <= story.open()
    assert len(story.opened) < 12
    days_right(story, floor=150.0)


def test_f10_an_inverter_that_never_reported_is_found_by_day() -> None:
    class Dead(Life):
        def panels(self) -> tuple[Equipment, ...]:
            self.reports[3] = (0.0, 0.0, 0.0)
            return super().panels()

    story = lead(Dead(SPRING, own_energy=False), 0.5)
    [(_, finding)] = story.opened
    assert (finding.code, finding.id) == ("inverter_silent", "121900000003")
    assert story.snapshot is not None
    panel = story.snapshot.find(Subject.INVERTER, "121900000003")
    assert panel is not None
    assert panel.values["power"].quality is Quality.STALE


def test_f11_a_list_that_is_empty_for_one_poll_changes_nothing() -> None:
    class Forgetful(Life):
        def panels(self) -> tuple[Equipment, ...]:
            return () if self.at % (4 * HOUR) < 300 else super().panels()

    story = lead(Forgetful(SPRING), 2.0)
    assert story.opened == []
    days_right(story, floor=0.01)


def test_f12_a_week_that_steps_is_counted_here() -> None:
    def steps(life: Life, values: Values, sources: Sources) -> None:
        values["production_7_days"] = 1.6 * float(values["production_7_days"])

    life = Life(SPRING)
    life.lies = (Lie("steps", SPRING + 7.4 * DAY, SPRING + 7.6 * DAY, steps),)
    story = lead(life, 8.0, every=300)
    assert story.codes() == {"week_differs"}
    assert story.open() == set()
    assert story.weeks
    for given, true in story.weeks.values():
        assert given == pytest.approx(true, rel=0.001)


def test_q20_a_day_that_is_begun_a_quarter_of_an_hour_late_is_no_fault() -> None:
    def quarter(life: Life, values: Values, sources: Sources) -> None:
        if life.at - life.start < 900:
            LIES["today_late"](life, values, sources)

    life = Life(SPRING)
    life.lies = (Lie("quarter", SPRING, FOREVER, quarter),)
    story = lead(life, 3.0, every=120)
    assert story.opened == []
    days_right(story, floor=0.01)


def test_q17_a_net_counter_that_changes_its_meaning_is_no_energy() -> None:
    def imports_only(life: Life, values: Values, sources: Sources) -> None:
        del values["import_lifetime"], values["export_lifetime"]
        if life.at < SPRING + 34 * HOUR:
            values["net_lifetime"] = life.truth["import"]

    life = Life(SPRING)
    life.lies = (Lie("imports", SPRING, FOREVER, imports_only),)
    story = lead(life, 3.5, every=120)
    assert story.codes() == {"counter_jumped"}
    net = story.snapshot.system.values["net_today"]  # type: ignore[union-attr]
    assert isinstance(net, Reading)
    assert net.value == pytest.approx(life.day("net"), abs=1)
