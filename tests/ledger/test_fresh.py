from dataclasses import replace

import pytest
from msgspec import structs

from heliograph.ledger import Books, Settings, advance
from heliograph.ledger.books import Panel
from heliograph.ledger.fresh import _learnt
from heliograph.model import Equipment, Quality, Snapshot, Subject
from tests.ledger.life import GATEWAY, PARIS, SERIAL, SPRING, Life
from tests.ledger.story import Story, lead

HOUR = 3600.0


def inverter(story: Story, index: int) -> Equipment:
    assert story.snapshot is not None
    found = story.snapshot.find(Subject.INVERTER, f"1219{index:08}")
    assert found is not None
    return found


@pytest.mark.parametrize("cadence", [300.0, 900.0, 3600.0])
def test_rhythm_of_an_inverter_is_learnt(cadence: float) -> None:
    story = lead(Life(SPRING, cadence=cadence, inverters=2), 0.6)
    for panel in story.books.panels.values():
        assert panel.cadence == pytest.approx(cadence, rel=0.05)


@pytest.mark.parametrize("cadence", [300.0, 900.0, 3600.0])
def test_inverters_that_report_are_fresh_at_any_rhythm(cadence: float) -> None:
    story = lead(Life(SPRING + 10 * HOUR, cadence=cadence), 0.2)
    assert story.codes() == set()
    assert {inverter(story, index).values["power"].quality for index in range(6)} == {Quality.MEASURED}


def test_one_missed_report_changes_little_and_short_intervals_are_believed_sooner() -> None:
    panel = Panel(1000.0, 300.0, 1000.0)
    assert _learnt(panel, 1600.0, 0.0, 1600.0).cadence == 360.0
    assert _learnt(Panel(1000.0, 900.0, 1000.0), 1300.0, 0.0, 1300.0).cadence == 600.0
    assert _learnt(panel, 1000.0 + 10 * HOUR, 0.0, 90_000.0).cadence == 300.0


def test_a_report_tells_the_energy_since_the_one_before_but_not_that_of_a_silence() -> None:
    panel = Panel(1000.0, 300.0, 1000.0)
    assert _learnt(panel, 1300.0, 240.0, 1300.0).flow == 20.0
    assert _learnt(panel, 1900.0, 240.0, 1900.0).flow == 60.0
    assert _learnt(panel, 1000.0 + 10 * HOUR, 240.0, 90_000.0).flow == 20.0


def test_stopped_inverter_is_stale_then_found_then_well_again() -> None:
    life = Life(SPRING)
    story = lead(life, 0.42)
    life.stopped = {2}
    story = lead(life, 0.013, story=story)
    assert inverter(story, 2).values["power"].quality is Quality.STALE
    assert inverter(story, 2).values["power"].value != 0
    assert story.codes() == set()
    story = lead(life, 0.05, story=story)
    assert [finding.id for _, finding in story.opened] == ["121900000002"]
    life.stopped = set()
    story = lead(life, 0.05, story=story)
    assert inverter(story, 2).values["power"].quality is Quality.MEASURED
    assert story.open() == set()


def test_stopped_inverter_is_one_finding_over_several_nights() -> None:
    life = Life(SPRING)
    story = lead(life, 0.42)
    life.stopped = {2}
    story = lead(life, 3.0, story=story, every=120.0)
    assert [finding.code for _, finding in story.opened] == ["inverter_silent"]
    assert story.open() == {"inverter_silent"}


def test_at_night_it_is_night() -> None:
    story = lead(Life(SPRING), 0.99)
    assert story.codes() == set()
    power = inverter(story, 0).values["power"]
    assert (power.value, power.quality) == (0.0, Quality.DERIVED)
    assert power.reason is not None
    assert power.reason.code == "night"
    assert inverter(story, 0).value("producing") is False


def test_outage_of_the_gateway_makes_no_inverter_suspect() -> None:
    away = [(SPRING + 10 * HOUR, SPRING + 13 * HOUR)]
    assert lead(Life(SPRING), 0.7, away=away).codes() == set()


def test_values_that_are_long_past_are_stale() -> None:
    life = Life(SPRING + 12 * HOUR, battery=8000.0)
    life.live(60)
    raw = life.snapshot()
    books = advance(Books.open(GATEWAY.serial), raw, life.at, Settings(zone=PARIS)).books
    later = advance(books, raw, life.at + 2400, Settings(zone=PARIS)).snapshot.system
    assert later.values["battery_power"].quality is Quality.STALE
    assert later.values["production_lifetime"].quality is Quality.MEASURED
    reason = later.values["battery_power"].reason
    assert reason is not None
    assert reason.details == {"minutes": 40}


def test_battery_that_was_not_read_for_long_is_stale() -> None:
    life = Life(SPRING + 12 * HOUR)
    life.live(60)
    raw = life.snapshot()
    reading = raw.system.values["production_power"]
    battery = Equipment(Subject.BATTERY, "1224", {"power": reading})
    given = advance(
        Books.open(GATEWAY.serial), Snapshot(GATEWAY, life.at, (battery,)), life.at + 7200, Settings(zone=PARIS)
    )
    assert given.snapshot.equipment[0].values["power"].quality is Quality.STALE


@pytest.mark.parametrize("ahead", [-7200, -600, 600, 7200])
def test_a_gateway_with_another_time_is_as_fresh_as_with_ours(ahead: int) -> None:
    def told(ahead: int) -> list[Snapshot]:
        life, books, given = Life(SPRING + 10 * HOUR), Books.open(SERIAL), []
        for _ in range(180):
            life.live(60)
            # What it dates is dated by its own clock; ours is another.
            raw = replace(life.snapshot(), at=life.at - ahead, skew=float(ahead))
            advanced = advance(books, raw, life.at - ahead, Settings(zone=PARIS))
            books = advanced.books
            given.append(advanced.snapshot)
        return given

    def qualities(snapshot: Snapshot) -> dict[tuple[str, str], Quality]:
        return {(item.id, key): reading.quality for item in snapshot.equipment for key, reading in item.values.items()}

    for skewed, right in zip(told(ahead), told(0), strict=True):
        devices = [(item.id, key) for item in right.of(Subject.INVERTER) for key in item.values]
        expected, found = qualities(right), qualities(skewed)
        expected |= {name: Quality.CORRECTED for name in devices if name[1] == "last_report"}
        assert {name: found[name] for name in devices} == {name: expected[name] for name in devices}
        assert found[SERIAL, "production_power"] == expected[SERIAL, "production_power"]
        clock = "gateway_clock_ahead" if ahead > 0 else "gateway_clock_behind"
        assert {finding.code for finding in skewed.findings} <= {"today_differs", clock}


def _standard(life: Life) -> Snapshot:
    """Return what a gateway without a meter says: its production is the sum of the last reports, whatever their age."""
    snapshot = life.snapshot()
    power = sum(float(item.value("power") or 0) for item in snapshot.of(Subject.INVERTER))
    production = structs.replace(snapshot.system.values["production_power"], value=power, source="summary")
    system = replace(snapshot.system, values={"production_power": production})
    return replace(snapshot, equipment=(system, *snapshot.of(Subject.INVERTER)))


def _production(life: Life, books: Books, hours: float) -> tuple[Books, Equipment]:
    """Read a gateway without a meter for some hours; returns the books and the system as it stands then."""
    system: Equipment | None = None
    for _ in range(int(hours * 60)):
        life.live(60.0)
        result = advance(books, _standard(life), life.at, Settings(zone=PARIS))
        books, system = result.books, result.snapshot.system
    assert system is not None
    return books, system


def test_a_sum_held_after_dusk_is_no_production() -> None:
    life = Life(SPRING + 12 * HOUR, meter=False)
    books, noon = _production(life, Books(serial=SERIAL), 0.5)
    assert noon.values["production_power"].quality is Quality.MEASURED
    held = float(noon.values["production_power"].value)
    while held > 60:
        books, system = _production(life, books, 0.1)
        held = float(system.values["production_power"].value)
    assert held > 0
    life.stopped = set(range(6))
    books, night = _production(life, books, 7.0)
    reading = night.values["production_power"]
    assert reading.value == 0.0
    assert 0 < float(reading.raw or 0) <= 60
    assert reading.reason is not None
    assert reading.reason.code == "night"


def test_a_deaf_line_by_day_is_unknown_and_not_what_it_last_said() -> None:
    life = Life(SPRING + 11 * HOUR, meter=False)
    books, noon = _production(life, Books(serial=SERIAL), 1.0)
    assert float(noon.values["production_power"].value) > 500
    life.stopped = set(range(6))
    books, later = _production(life, books, 3.0)
    assert later.absent["production_power"].code == "not_reporting"
    _, night = _production(life, books, 8.0)
    assert "production_power" not in night.values


def test_one_silent_inverter_is_left_out_of_the_sum() -> None:
    life = Life(SPRING + 11 * HOUR, meter=False)
    books, _ = _production(life, Books(serial=SERIAL), 1.0)
    life.stopped = {2}
    _, system = _production(life, books, 1.0)
    reading = system.values["production_power"]
    assert reading.quality is Quality.DERIVED
    assert reading.reason is not None
    assert reading.reason.code == "old_sum"
    assert 0 < float(reading.value) < float(reading.raw or 0)


@pytest.mark.parametrize(("interval", "limit"), [(60.0, 300.0), (300.0, 900.0), (600.0, 1800.0)])
def test_a_repeated_reading_is_stale_after_three_of_its_own_intervals(interval: float, limit: float) -> None:
    life = Life(SPRING + 11 * HOUR)
    books, began, stood = Books(serial=SERIAL), life.at, 0.0
    ages: list[float] = []
    for minute in range(200):
        life.live(60.0)
        raw = life.snapshot()
        if minute < 120:
            stood = life.at - (life.at - began) % interval
        values = {key: structs.replace(one, at=stood) for key, one in raw.system.values.items()}
        snapshot = replace(raw, equipment=(replace(raw.system, values=values), *raw.of(Subject.INVERTER)))
        result = advance(books, snapshot, life.at, Settings(zone=PARIS))
        books, net = result.books, result.snapshot.system.values["net_power"]
        assert (net.quality is Quality.STALE) is (life.at - stood > limit), (minute, life.at - stood)
        if net.quality is Quality.STALE:
            ages.append(life.at - stood)
            assert net.reason is not None
            assert net.reason.code == "value_old"
    assert ages
    codes = {finding.code: finding for finding in result.snapshot.findings}
    assert codes["value_repeated"].since == stood


@pytest.mark.parametrize(
    ("skew", "code"),
    [(-4 * HOUR, "gateway_clock_behind"), (HOUR, "gateway_clock_ahead"), (-8e8, "gateway_clock_behind")],
)
def test_a_gateways_wrong_clock_is_one_finding_and_dates_nothing(skew: float, code: str) -> None:
    life = Life(SPRING + 11 * HOUR)
    books, began = Books(serial=SERIAL), life.at + 60
    for _ in range(90):
        life.live(60.0)
        raw = life.snapshot()
        panels = [
            replace(item, values={**item.values, "last_report": structs.replace(one, value=float(one.value) + skew)})
            for item in raw.of(Subject.INVERTER)
            if (one := item.values.get("last_report")) is not None
        ]
        raw = replace(raw, equipment=(raw.system, *panels), skew=skew)
        result = advance(books, raw, life.at, Settings(zone=PARIS))
        books = result.books
        assert [(finding.code, finding.since) for finding in result.snapshot.findings] == [(code, began)]
        for item in result.snapshot.of(Subject.INVERTER):
            report, said = item.values["last_report"], item.values["power"]
            assert life.at - 700 <= float(report.value) <= life.at
            assert float(report.raw or 0) == pytest.approx(float(report.value) + skew, abs=1)
            assert said.quality is Quality.MEASURED
