"""Which source is believed, and for how long another must be better before it is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from heliograph.model import METRICS, Facts, Reason, Snapshot, Subject
from heliograph.protocol import Statement, read
from heliograph.protocol.choice import CHAINS, DERIVATIONS, DERIVED, LASTING, Chooser, battery_state
from heliograph.protocol.evidence import Evidence
from tests.protocol.asking import NOW, SERIAL, battery, facts, inverter, meter, said_all

DETAILS = "/production.json?details=1"
V1 = "/api/v1/production"
REPORTS = "/api/v1/production/inverters"
READINGS = "/ivp/meters/readings"
WHOLE = (Subject.SYSTEM, SERIAL)


def _eim(kind: str, power: float, *, active: int, at: float) -> dict[str, Any]:
    known = {"type": "eim", "activeCount": active, "measurementType": kind, "readingTime": int(at)}
    return known | {"wNow": power, "whToday": 500, "whLifetime": 5_000_000}


def _metered(at: float, *, active: int = 1) -> dict[str, Any]:
    inverters = {"type": "inverters", "activeCount": 2, "readingTime": int(at), "wNow": 90, "whLifetime": 4_900_000}
    return {DETAILS: {"production": [inverters, _eim("production", 100, active=active, at=at)]}}


def _poll(known: Facts, documents: dict[str, Any], at: float) -> tuple[Snapshot, Facts]:
    return read(known, said_all(documents, at=at), host="gateway", at=at)


# --- sticky against single anomalies ---------------------------------------------------------------------------------


def test_a_flicker_of_active_count_withholds_and_does_not_switch() -> None:
    first, known = _poll(facts(), _metered(NOW), NOW)
    odd, known = _poll(known, _metered(NOW + 60, active=0), NOW + 60)
    after, known = _poll(known, _metered(NOW + 120), NOW + 120)

    assert first.system.values["production_power"].source == "meter.production"
    assert odd.system.value("production_power") is None
    assert odd.system.absent["production_power"] == Reason("source_interrupted", {"source": "meter.production"})
    assert after.system.values["production_power"].source == "meter.production"
    assert known.pins["production_power"] == "meter.production"
    assert known.doubts == {}


def test_what_lasts_switches_the_source() -> None:
    _, known = _poll(facts(), _metered(NOW), NOW)
    sources = []
    for minute in range(1, LASTING // 60 + 3):
        at = NOW + 60 * minute
        snapshot, known = _poll(known, _metered(at, active=0), at)
        reading = snapshot.system.values.get("production_power")
        sources.append(reading.source if reading else None)

    assert sources[: LASTING // 60] == [None] * (LASTING // 60)
    assert set(sources[LASTING // 60 :]) == {"inverters"}
    assert known.pins["production_power"] == "inverters"


def test_after_an_hour_of_doubt_the_clock_starts_anew() -> None:
    _, known = _poll(facts(), _metered(NOW), NOW)
    _, known = _poll(known, _metered(NOW + 60, active=0), NOW + 60)
    _, known = _poll(known, _metered(NOW + 120), NOW + 120)
    snapshot, known = _poll(known, _metered(NOW + 60 + LASTING, active=0), NOW + 60 + LASTING)

    assert snapshot.system.absent["production_power"].code == "source_interrupted"
    assert known.doubts["production_power"] == NOW + 60 + LASTING


def test_the_restart_at_23_00_switches_nothing() -> None:
    """For some minutes one endpoint answers and the other does not."""
    evening = datetime(2026, 6, 15, 21, 0, tzinfo=UTC).timestamp()
    known = facts(meters=(meter("production"),))
    reading = {READINGS: [{"eid": 704643328, "activePower": 100, "actEnergyDlvd": 5_000_000}]}
    reports = {REPORTS: [{"serialNumber": "1", "devType": 1, "lastReportDate": int(evening), "lastReportWatts": 7}]}
    first, known = _poll(known, reading | reports, evening)
    for minute in range(1, 11):
        snapshot, known = _poll(known, reports, evening + 60 * minute)
        assert snapshot.system.value("production_power") is None
        assert snapshot.system.absent["production_power"].code == "source_interrupted"
    after, _ = _poll(known, reading | reports, evening + 660)

    assert first.system.values["production_power"].source == "meter.production"
    assert after.system.values["production_power"].source == "meter.production"


def test_a_better_source_that_comes_back_waits_too() -> None:
    known = replace(facts(), pins={"production_power": "inverters"})
    snapshot, known = _poll(known, _metered(NOW), NOW)
    assert snapshot.system.values["production_power"].source == "inverters"

    snapshot, known = _poll(known, _metered(NOW + LASTING), NOW + LASTING)
    assert snapshot.system.values["production_power"].source == "meter.production"
    assert known.doubts == {}


def test_a_source_that_says_nothing_at_all_is_just_absent() -> None:
    _, known = _poll(facts(), _metered(NOW), NOW)
    snapshot, known = _poll(known, {}, NOW + 60)

    assert snapshot.system.absent["production_power"] == Reason("not_reported")
    assert known.pins["production_power"] == "meter.production"
    assert known.doubts == {}


def test_a_new_day_withholds_what_counts_the_old_one() -> None:
    evening = datetime(2026, 6, 15, 21, 59, 30, tzinfo=UTC).timestamp()
    known = facts(timezone="Europe/Paris")
    before, known = _poll(known, _metered(evening), evening)
    old = said_all(_metered(evening), at=evening)
    after, known = read(known, old, host="gateway", at=evening + 60)
    fresh, _ = _poll(known, _metered(evening + 120), evening + 120)

    assert before.system.value("production_today") == 500
    assert after.system.absent["production_today"] == Reason("new_day")
    assert after.system.value("production_lifetime") == 5_000_000
    assert fresh.system.value("production_today") == 500


def test_without_a_time_zone_no_day_is_known_to_be_over() -> None:
    evening = datetime(2026, 6, 15, 21, 59, 30, tzinfo=UTC).timestamp()
    old = said_all(_metered(evening), at=evening)
    after, _ = read(facts(), old, host="gateway", at=evening + 86400)

    assert after.system.value("production_today") == 500


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_chain_and_derivation_is_of_a_metric() -> None:
    assert CHAINS.keys() <= METRICS.keys()
    assert all(len(set(chain)) == len(chain) for chain in CHAINS.values())
    derived = {f"{derivation.subject}.{derivation.key}" for derivation in DERIVATIONS}
    assert derived == {name for name, chain in CHAINS.items() if DERIVED in chain}
    assert all(f"{d.subject}.{need}" in METRICS for d in DERIVATIONS for need in d.needs)


# --- what follows by arithmetic --------------------------------------------------------------------------------------


def _choose(known: Facts, *statements: Statement, at: float = NOW) -> dict[str, Any]:
    evidence = Evidence(known, {}, at)
    for statement in statements:
        evidence.record(statement)
    chosen = Chooser(evidence).choose((statements[0].subject, statements[0].id))
    return {key: (statement.value, statement.source) for key, statement in chosen.items()}


def _system(key: str, value: Any, source: str) -> Statement:
    return Statement(*WHOLE, key, value, NOW, source)


def _of(subject: Subject, key: str, value: Any, source: str, at: float = NOW) -> Statement:
    return Statement(subject, "1", key, value, at, source)


@pytest.mark.parametrize(
    ("power", "state"), [(31, "discharging"), (30, "idle"), (0, "idle"), (-30, "idle"), (-31, "charging")]
)
def test_a_battery_within_the_idle_band_rests(power: float, state: str) -> None:
    assert battery_state(power, 30) == state


def test_consumption_is_production_plus_net() -> None:
    made, net = _system("production_power", 500, "meter.production"), _system("net_power", -200, "meter.net")

    assert _choose(facts(), made, net)["consumption_power"] == (300, DERIVED)


def test_consumption_counts_what_the_battery_gives() -> None:
    known = facts(devices=(battery("B1"),))
    made, net = _system("production_power", 500, "meter.production"), _system("net_power", -200, "meter.net")
    stored = _system("battery_power", -100, "ensemble.power")

    assert _choose(known, made, net, stored)["consumption_power"] == (200, DERIVED)
    assert "consumption_power" not in _choose(known, made, net)


def test_a_consumption_far_below_zero_is_not_one() -> None:
    made, net = _system("production_power", 500, "meter.production"), _system("net_power", -561, "meter.net")

    assert "consumption_power" not in _choose(facts(), made, net)
    assert _choose(facts(), made, net.saying(-559))["consumption_power"] == (-59, DERIVED)


def test_net_follows_from_a_meter_of_the_whole_consumption() -> None:
    made = _system("production_power", 500, "meter.production")
    total = _system("consumption_power", 800, "meter.consumption")

    assert _choose(facts(), made, total)["net_power"] == (300, DERIVED)
    assert "net_power" not in _choose(facts(devices=(battery("B1"),)), made, total)


def test_the_lifetime_of_consumption_needs_counters() -> None:
    made = _system("production_lifetime", 1000, "meter.production")
    counted = _system("net_lifetime", 500, "meter.net.counters")
    stored = (_system("charged_lifetime", 90, "meter.storage"), _system("discharged_lifetime", 80, "meter.storage"))
    elsewhere = (_system("charged_lifetime", 90, "device_data"), _system("discharged_lifetime", 80, "device_data"))

    assert _choose(facts(), made, counted)["consumption_lifetime"] == (1500, DERIVED)
    assert _choose(facts(), made, counted, *stored)["consumption_lifetime"] == (1490, DERIVED)
    assert _choose(facts(), made, counted, *elsewhere)["consumption_lifetime"] == (1500, DERIVED)
    assert "consumption_lifetime" not in _choose(facts(), made, _system("net_lifetime", 500, "meter.net"))


def test_the_state_of_all_batteries_grows_with_their_number() -> None:
    evidence = Evidence(facts(devices=(battery("1"), battery("2"))), {}, NOW)
    for statement in (
        _system("battery_power", 50, "ensemble.power"),
        _of(Subject.BATTERY, "level", 50, "ensemble.power"),
        Statement(Subject.BATTERY, "2", "level", 50, NOW, "ensemble.power"),
    ):
        evidence.record(statement)

    assert Chooser(evidence).choose(WHOLE)["battery_state"].value == "idle"


def test_a_phase_beside_a_battery_has_no_consumption() -> None:
    made = _of(Subject.PHASE, "production_power", 500, "meter.production")
    net = _of(Subject.PHASE, "net_power", -200, "meter.net")

    assert _choose(facts(), made, net)["consumption_power"] == (300, DERIVED)
    assert "consumption_power" not in _choose(facts(devices=(battery("B1"),)), made, net)


def test_an_inverter_that_only_reports() -> None:
    power = _of(Subject.INVERTER, "power", 100, "reports")
    last = _of(Subject.INVERTER, "last_report", NOW - 600, "reports")
    known = facts(devices=(inverter("1"),))

    told = _choose(known, power, last)
    assert (told["provisioned"], told["communicating"], told["producing"]) == ((True, DERIVED),) * 3
    assert _choose(known, power, last, at=NOW + 601)["producing"] == (False, DERIVED)
    assert _choose(known, power, last, at=NOW + 1201)["communicating"] == (False, DERIVED)
    assert _choose(known, power.saying(0), last)["producing"] == (False, DERIVED)


def test_the_state_of_a_battery_comes_from_its_power() -> None:
    power, reported = (_of(Subject.BATTERY, "power", -500, source) for source in ("ensemble.power", "reports"))
    listed = _of(Subject.BATTERY, "state", "idle", "ensemble")

    assert _choose(facts(), power, listed)["state"] == ("charging", DERIVED)
    assert _choose(facts(), power)["producing"] == (True, DERIVED)
    # What an AC Battery last reported has no sign.
    assert _choose(facts(), reported, listed)["state"] == ("idle", "ensemble")


def test_a_metric_without_a_chain_is_taken_from_who_says_it() -> None:
    assert _choose(facts(), _of(Subject.DRY_CONTACT, "name", "pool", "settings"))["name"] == ("pool", "settings")
