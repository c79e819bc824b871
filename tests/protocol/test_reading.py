from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from heliograph.emulator.families import build
from heliograph.model import Facts, Identity, Quality, Reason, Snapshot, Subject
from heliograph.protocol import Answer, Reader, Statement, read
from heliograph.protocol.choice import COMMUNICATING
from tests.protocol.asking import NOW, SERIAL, ask, battery, facts, interview, inverter, said, said_all

REPORTS = "/api/v1/production/inverters"
DETAILS = "/production.json?details=1"
V1 = "/api/v1/production"


def _report(serial: str, at: float = NOW, watts: int = 5) -> dict[str, Any]:
    return {"serialNumber": serial, "devType": 1, "lastReportDate": int(at), "lastReportWatts": watts}


def test_a_snapshot_says_who_and_when() -> None:
    snapshot, _ = read(facts(), {}, host="192.0.2.1", at=NOW)

    assert snapshot.gateway == Identity(SERIAL, "D8.2.4345", "800-00654-r08", "192.0.2.1")
    assert snapshot.at == NOW
    assert snapshot.find(Subject.FIRMWARE, SERIAL) is not None


def test_there_is_always_a_system_and_no_firmware_of_the_ancient() -> None:
    snapshot, _ = read(facts(firmware=""), {}, host="gateway", at=NOW)

    assert [equipment.subject for equipment in snapshot.equipment] == [Subject.SYSTEM]
    assert snapshot.system.values == {}


def test_equipment_comes_in_the_order_of_the_subjects() -> None:
    known = facts(devices=(inverter("2"), inverter("1")))
    snapshot, _ = read(known, said_all({REPORTS: [_report("2"), _report("1")]}), host="gateway", at=NOW)

    assert [(equipment.subject, equipment.id) for equipment in snapshot.equipment] == [
        (Subject.SYSTEM, SERIAL),
        (Subject.INVERTER, "1"),
        (Subject.INVERTER, "2"),
        (Subject.FIRMWARE, SERIAL),
    ]


def test_equipment_is_named_as_sync_found_it() -> None:
    known = facts(devices=(battery("A", "AC Battery"),))
    report = {"serialNumber": "A", "devType": 11, "lastReportDate": int(NOW), "lastReportWatts": 5}
    snapshot, _ = read(known, said_all({REPORTS: [report]}), host="gateway", at=NOW)
    found = snapshot.find(Subject.BATTERY, "A")

    assert found is not None
    assert found.model == "AC Battery"
    assert not found.retired


@pytest.mark.parametrize(("age", "quality"), [(0, Quality.MEASURED), (1800, Quality.MEASURED), (1801, Quality.STALE)])
def test_an_old_report_is_stale(age: float, quality: Quality) -> None:
    snapshot, _ = read(facts(), said_all({REPORTS: [_report("1", NOW - age)]}), host="gateway", at=NOW)
    found = snapshot.find(Subject.INVERTER, "1")

    assert found is not None
    assert found.values["power"].quality is quality
    assert COMMUNICATING == 1800


def test_sums_and_arithmetic_are_derived() -> None:
    snapshot, _ = read(facts(), said_all({REPORTS: [_report("1")]}), host="gateway", at=NOW)
    values = snapshot.system.values

    assert values["production_power"].quality is Quality.DERIVED
    assert values["inverter_count"].quality is Quality.DERIVED


def test_what_was_corrected_tells_so() -> None:
    inverters = {"type": "inverters", "wNow": 1, "whLifetime": 351_236, "readingTime": int(NOW)}
    known = facts(metered=False, pins={"production_lifetime": "inverters"})
    summary = {"wattHoursToday": 1, "wattHoursSevenDays": 2, "wattHoursLifetime": 1_544_282, "wattsNow": 3}
    snapshot, _ = read(known, said_all({DETAILS: {"production": [inverters]}, V1: summary}), host="gateway", at=NOW)
    reading = snapshot.system.values["production_lifetime"]

    assert (reading.value, reading.raw, reading.quality) == (1_544_282.471, 351_236, Quality.CORRECTED)
    assert reading.reason == Reason("counter_wrap", {"wraps": 1})
    assert reading.since == NOW


def test_callers_may_state_what_they_know() -> None:
    token = Statement(Subject.FIRMWARE, SERIAL, "token_role", "owner", NOW, "token")
    snapshot, _ = read(facts(), {}, host="gateway", at=NOW, statements=(token,))
    found = snapshot.find(Subject.FIRMWARE)

    assert found is not None
    assert found.value("token_role") == "owner"
    assert found.absent["token_expiry"] == Reason("no_token")


def test_devices_of_which_nothing_is_left_are_not_shown() -> None:
    """All that was said of this generator was forgotten, for it is not there."""
    document = {"admin_state": "unknown", "oper_state": "open", "present": 1}
    answers = {"/ivp/ensemble/generator": said("/ivp/ensemble/generator", document)}
    snapshot, _ = read(facts(), answers, host="gateway", at=NOW)

    assert snapshot.find(Subject.GENERATOR) is None


# --- the reader, which reads again and again -------------------------------------------------------------------------


def _poll(reader: Reader, known: Facts, answers: dict[str, Answer], at: float) -> Snapshot:
    return reader.read(known, answers, host="gateway", at=at)[0]


def test_inverters_are_kept_while_their_lists_are_the_same() -> None:
    known, answers = facts(devices=(inverter("1"),)), said_all({REPORTS: [_report("1")]})
    reader = Reader()
    first, again = (_poll(reader, known, answers, at) for at in (NOW, NOW + 60))

    assert again.find(Subject.INVERTER, "1") is first.find(Subject.INVERTER, "1")
    assert again.at == NOW + 60


@pytest.mark.parametrize(
    ("at", "zone"),
    [(NOW + 300, None), (NOW - 1, None), (datetime(2026, 9, 21, 22, 0, tzinfo=UTC).timestamp(), "Europe/Paris")],
    ids=["five minutes", "time went back", "midnight"],
)
def test_inverters_are_read_anew_after_a_time(at: float, zone: str | None) -> None:
    start = NOW if zone is None else at - 60
    known, answers = facts(devices=(inverter("1"),), timezone=zone), said_all({REPORTS: [_report("1", start)]})
    reader = Reader()
    first, again = (_poll(reader, known, answers, moment) for moment in (start, at))

    assert again.find(Subject.INVERTER, "1") is not first.find(Subject.INVERTER, "1")


def test_inverters_are_read_anew_when_a_list_or_the_devices_are_new() -> None:
    known, answers = facts(devices=(inverter("1"),)), said_all({REPORTS: [_report("1")]})
    reader = Reader()
    _poll(reader, known, answers, NOW)
    listed = _poll(reader, known, said_all({REPORTS: [_report("1", watts=9)]}), NOW + 60)
    synced = _poll(reader, facts(devices=(inverter("2"),)), said_all({REPORTS: [_report("2")]}), NOW + 60)

    found = listed.find(Subject.INVERTER, "1")
    assert found is not None
    assert found.value("power") == 9
    assert [each.id for each in synced.of(Subject.INVERTER)] == ["2"]


def test_inverters_are_kept_when_only_a_source_was_chosen_anew() -> None:
    known, answers = facts(devices=(inverter("1"),)), said_all({REPORTS: [_report("1")]})
    reader = Reader()
    first = _poll(reader, known, answers, NOW)
    again = _poll(reader, replace(known, pins={"production_power": "reports"}), answers, NOW + 60)

    assert again.find(Subject.INVERTER, "1") is first.find(Subject.INVERTER, "1")


def test_what_nobody_speaks_of_any_more_is_not_kept() -> None:
    known, answers = facts(devices=(inverter("1"),)), said_all({REPORTS: [_report("1")]})
    reader = Reader()
    _poll(reader, known, answers, NOW)

    assert _poll(reader, known, {}, NOW + 60).find(Subject.INVERTER) is None


@pytest.mark.parametrize("family", ["iq-metered-8.2", "iq-mixed", "iq-standard-8.3", "iq-total-8.3"])
def test_a_reader_gives_what_reading_anew_gives(family: str) -> None:
    start = datetime(2026, 6, 15, 4, tzinfo=UTC).timestamp()
    noon = datetime(2026, 6, 15, 11, 31, tzinfo=UTC).timestamp()
    source = build(family, start=start)
    base = interview(source, noon)
    reader, answers = Reader(), base.kept
    for minute in range(12):
        at = noon + 60 * minute
        for question in base.plan.questions:
            if minute * 60 % question.cadence == 0:
                answers[question.target] = ask(source, question.target, at)
        kept, _ = reader.read(base.facts, answers, host="gateway", at=at)
        anew, _ = read(base.facts, answers, host="gateway", at=at)

        assert _values(kept) == _values(anew)


def _values(snapshot: Snapshot) -> dict[tuple[str, str, str], object]:
    return {(e.subject, e.id, key): r.value for e in snapshot.equipment for key, r in e.values.items()}
