"""Every family of the emulator, read without HTTP and compared with the truth of its site."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.site.truth import Truth
from heliograph.model import Equipment, Quality, Snapshot, Subject
from heliograph.model.labels import sentence
from heliograph.protocol.quirks import WRAP
from tests.protocol.asking import Interviewed, interview

PARIS = ZoneInfo("Europe/Paris")
BELATED: Final = 1200
"""Seconds by which the reports of inverters may lag behind what they give."""


def _at(*moment: int) -> float:
    return datetime(*moment, tzinfo=PARIS).timestamp()  # type: ignore[misc, arg-type]  # a date and a time, as numbers


MOMENTS: Final[Mapping[str, float]] = {
    "morning": _at(2026, 6, 15, 9, 20),
    "noon": _at(2026, 6, 15, 13, 31),
    "evening": _at(2026, 6, 15, 21, 40),
    "night": _at(2026, 6, 16, 1, 30),
    "after midnight": _at(2026, 6, 16, 0, 1),
    "summer time": _at(2026, 3, 29, 12, 10),
    "winter time": _at(2026, 10, 25, 12, 10),
}
_STARTS = {"summer time": _at(2026, 3, 28, 6), "winter time": _at(2026, 10, 24, 6)}
_PAIRS = [pytest.param(family, moment, id=f"{family}-{moment}") for family in FAMILIES for moment in MOMENTS]
every_family = pytest.mark.parametrize("family", list(FAMILIES))
at_every_moment = pytest.mark.parametrize(("family", "moment"), _PAIRS)


@cache
def _seen(family: str, moment: str) -> tuple[Interviewed, Truth]:
    """Interview a family at a moment; the moments of one start come in order, as time never goes back."""
    start = _STARTS.get(moment, _at(2026, 6, 15, 6))
    source = build(family, start=start)
    return interview(source, MOMENTS[moment]), source.truth(MOMENTS[moment])


def _read(family: str, moment: str) -> tuple[Snapshot, Truth]:
    interviewed, truth = _seen(family, moment)
    return interviewed.read(), truth


def _near(value: object, true: float, *, share: float, watts: float) -> None:
    assert isinstance(value, int | float)
    assert value == pytest.approx(true, rel=share, abs=watts)


def _wrapped(value: object, true: float) -> None:
    """Nothing beside the wrapped sum tells how often it wrapped (Q1)."""
    assert isinstance(value, int | float)
    assert (true - value) / WRAP == pytest.approx(round((true - value) / WRAP), abs=0.003)


def _metered(family: str) -> bool:
    return any(meter.enabled for meter in FAMILIES[family].equipment.meters or ())


@at_every_moment
def test_power_now_is_true(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    values = snapshot.system.values
    # Reports tell of minutes ago, HTML of three digits, and a battery at rest shows up to 24 W (Q12).
    idle = 25.0 * len(truth.batteries)
    if _metered(family):
        _near(values["production_power"].value, truth.production_power, share=0.002, watts=1)
    else:
        _near(values["production_power"].value, truth.production_power, share=0.35, watts=60)
    if "net_power" in values:
        _near(values["net_power"].value, truth.net_power, share=0.002, watts=1)
    if "consumption_power" in values:
        # AC Batteries tell of minutes ago.
        belated = 300.0 if "acb" in family or "mixed" in family else 0
        _near(values["consumption_power"].value, truth.consumption_power, share=0.02, watts=2 + idle + belated)
    if truth.batteries:
        _near(values["battery_power"].value, truth.battery_power, share=0.02, watts=2 + idle + 300)
        _near(values["battery_level"].value, truth.state_of_charge or 0, share=0, watts=2)


@at_every_moment
def test_lifetimes_are_true(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    values, life = snapshot.system.values, truth.lifetime
    made = values["production_lifetime"].value
    assert isinstance(made, int | float)
    if family == "iq-metered-noct":
        _wrapped(made, life.production)
        return
    _near(made, life.production, share=0.005 if family == "envoy-r-3.7" else 2e-4, watts=3000)
    for key, true in (
        ("net_lifetime", life.net),
        ("import_lifetime", life.imported),
        ("export_lifetime", life.exported),
        ("charged_lifetime", life.charged),
        ("discharged_lifetime", life.discharged),
    ):
        if key in values:
            _near(values[key].value, true, share=2e-4, watts=100)
    if "consumption_lifetime" in values:
        # As the gateway does: what inverters draw by night, and what an unmetered battery keeps, counts as consumed.
        kept = life.discharged - life.charged if "charged_lifetime" in values and "acb" not in family else 0
        _near(values["consumption_lifetime"].value, life.production + life.net + kept, share=2e-4, watts=100)


@at_every_moment
def test_days_and_weeks_are_true_or_absent(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    values, absent = snapshot.system.values, snapshot.system.absent
    made = truth.production_power * BELATED / 3600
    for key, true in (("production_today", truth.today.production), ("production_7_days", truth.seven_days.production)):
        if key in values:
            _near(values[key].value, true, share=0.005, watts=60 + abs(made))
        else:
            assert absent[key].code in {"needs_history", "zeros", "implausible", "no_production_meter", "new_day"}
    if "consumption_today" in values:
        # The gateway counts what inverters draw by night.
        _near(values["consumption_today"].value, truth.today.consumption, share=0.01, watts=60)


@at_every_moment
def test_phases_are_true(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    phases = list(snapshot.of(Subject.PHASE))
    if not _metered(family):
        assert phases == []
        return
    assert [phase.id for phase in phases] == [f"L{number}" for number in range(1, len(truth.phases) + 1)]
    for phase, true in zip(phases, truth.phases, strict=True):
        for key, power in (("production_power", true.production_power), ("net_power", true.net_power)):
            if key in phase.values:
                _near(phase.value(key), power, share=0.002, watts=1)
        if "consumption_power" in phase.values:
            _near(phase.value("consumption_power"), true.consumption_power, share=0.002, watts=2)
        if "voltage" in phase.values:
            _near(phase.value("voltage"), true.voltage, share=0.002, watts=0.2)


def _power_is_true(equipment: Equipment, true: float, slack: float) -> None:
    _near(equipment.value("power"), true, share=0.02, watts=slack)


@at_every_moment
def test_inverters_are_true(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    serving = {serial: each for serial, each in truth.inverters.items() if not each.retired}
    read = {inverter.id: inverter for inverter in snapshot.of(Subject.INVERTER)}
    if family == "envoy-r-3.7":
        assert read == {}
        return
    assert read.keys() == serving.keys()
    assert snapshot.system.value("inverter_count") == len(serving)
    for serial, true in serving.items():
        inverter = read[serial]
        assert inverter.value("provisioned") is True
        _power_is_true(inverter, true.power, 1)
        assert inverter.value("last_report") == pytest.approx(true.last_report, abs=BELATED)
        if "energy_lifetime" in inverter.values:
            _near(inverter.value("energy_lifetime"), true.joules / 3600, share=1e-4, watts=5)
        old = MOMENTS[moment] - true.last_report > 1800
        assert (inverter.values["power"].quality is Quality.STALE) == old
        if old:
            assert not inverter.value("communicating")
            assert not inverter.value("producing")


@at_every_moment
def test_batteries_are_true(family: str, moment: str) -> None:
    snapshot, truth = _read(family, moment)
    read = {battery.id: battery for battery in snapshot.of(Subject.BATTERY)}
    assert read.keys() == truth.batteries.keys()
    assert (snapshot.system.value("battery_count") or 0) == len(truth.batteries)
    for serial, true in truth.batteries.items():
        battery = read[serial]
        assert battery.value("provisioned") is True
        assert battery.value("communicating") is True
        _power_is_true(battery, true.power, 150 if battery.model == "AC Battery" else 25)
        _near(battery.value("level"), true.state_of_charge, share=0, watts=3)
        assert battery.value("capacity") == true.capacity
        _near(battery.value("max_temperature"), true.maximum_temperature, share=0, watts=1)


@at_every_moment
def test_what_is_absent_says_why(family: str, moment: str) -> None:
    snapshot, _ = _read(family, moment)
    for equipment in snapshot.equipment:
        assert all(sentence(reason, "fr") and sentence(reason, "en") for reason in equipment.absent.values())
    # Where the house is metered, what the core promises of now is there.
    if _metered(family) and "no-consumption" not in family and family != "envoy-s-metered-4.2":
        for key in ("production_power", "production_lifetime", "consumption_power", "net_power", "net_lifetime"):
            assert key in snapshot.system.values


@every_family
def test_the_plan_spares_the_gateway(family: str) -> None:
    interviewed, truth = _seen(family, "noon")
    asked = sum(300 // question.cadence for question in interviewed.plan.questions if question.cadence <= 300)

    assert asked <= (8 if not _metered(family) else 20 if truth.batteries else 14)
    assert len({question.target for question in interviewed.plan.questions}) == len(interviewed.plan.questions)


@every_family
def test_sync_by_night_finds_the_same_equipment_and_plan(family: str) -> None:
    noon, night = _seen(family, "noon")[0], _seen(family, "night")[0]

    assert {(d.subject, d.serial, d.retired) for d in night.facts.devices} == {
        (d.subject, d.serial, d.retired) for d in noon.facts.devices
    }
    assert night.plan == noon.plan


@pytest.mark.parametrize("count", [0, 1, 48, 51, 120])
@pytest.mark.parametrize("family", ["iq-metered-8.2", "iq-standard-8.3", "iq-standard-7.6", "iq-encharge-8.2"])
def test_any_number_of_inverters(family: str, count: int) -> None:
    source = build(family, start=_at(2026, 6, 15, 6), inverters=count, retired=0, dead=0)
    interviewed = interview(source, MOMENTS["noon"])
    snapshot, truth = interviewed.read(), source.truth(MOMENTS["noon"])

    assert len(list(snapshot.of(Subject.INVERTER))) == count
    assert snapshot.system.value("inverter_count") == count
    if count > 50 and family == "iq-standard-8.3":
        _wrapped(snapshot.system.value("production_lifetime"), truth.lifetime.production)
    elif count:
        _near(snapshot.system.value("production_lifetime"), truth.lifetime.production, share=2e-4, watts=3000)


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("family", ["iq-encharge-8.2", "iq-acb-8.3", "iq-3phase-8.3"])
def test_any_number_of_batteries(family: str, count: int) -> None:
    source = build(family, start=_at(2026, 6, 15, 6), batteries=count)
    snapshot = interview(source, MOMENTS["noon"]).read()

    assert len(list(snapshot.of(Subject.BATTERY))) == count
    assert snapshot.system.value("battery_count") == count
