"""What is asked at sync, what is concluded from it, and what is planned."""

from collections.abc import Mapping
from typing import Any

import pytest

from heliograph.model import DeviceFact, EndpointFact, Facts, Reason, Subject
from heliograph.protocol import Answer, Plan, conclude, next_question
from heliograph.protocol.interview import INTERVIEW
from tests.protocol.asking import NOW, battery, facts, inverter, meter, said

DETAILS, V1 = "/production.json?details=1", "/api/v1/production"
REPORTS, DATA = "/api/v1/production/inverters", "/ivp/pdm/device_data"
INVENTORY, ALL = "/inventory.json", "/inventory.json?deleted=1"
ENSEMBLE, POWER, CONTROL = "/ivp/ensemble/inventory", "/ivp/ensemble/power", "/ivp/ensemble/secctrl"
LIVE, METERS, READINGS = "/ivp/livedata/status", "/ivp/meters", "/ivp/meters/readings"
PAGE, HOME_PAGE = "/production?locale=en", "/home?locale=en"
SUMMARY = {"wattHoursToday": 1, "wattHoursSevenDays": 2, "wattHoursLifetime": 3, "wattsNow": 4}


def _eim(kind: str = "production", active: int = 1) -> dict[str, Any]:
    return {"type": "eim", "measurementType": kind, "activeCount": active, "wNow": 5, "whLifetime": 500_000}


def _production(*elements: dict[str, Any], acb: int = 0, consumption: tuple[Any, ...] = ()) -> dict[str, Any]:
    inverters = {"type": "inverters", "activeCount": 2, "wNow": 3, "whLifetime": 490_000}
    storage = {"type": "acb", "activeCount": acb}
    return {"production": [inverters, *elements], "consumption": list(consumption), "storage": [storage]}


def _configured(kind: str, eid: int, state: str = "enabled") -> dict[str, Any]:
    return {"eid": eid, "measurementType": kind, "state": state, "phaseCount": 1}


def _listed(kind: str, *serials: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "devices": [{"serial_num": serial, "part_num": "P"} | more for serial in serials]}]


def _asked(known: Facts, documents: Mapping[str, Any]) -> dict[str, Answer]:
    """Hold an interview; what has no document is not there."""
    answers: dict[str, Answer] = {"/info": said("/info", b"<envoy_info/>")}
    while (target := next_question(known, answers)) is not None:
        given = documents.get(target)
        answers[target] = said(target, b"", status=404) if given is None else said(target, given)
    return answers


def _conclude(known: Facts, documents: Mapping[str, Any]) -> tuple[Facts, Plan]:
    return conclude(known, _asked(known, documents))


def _paces(plan: Plan) -> dict[str, int]:
    return {question.target: question.cadence for question in plan.questions}


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_pages_only_of_the_oldest() -> None:
    assert list(_asked(facts(firmware="D3.7.0"), {})) == ["/info", PAGE, HOME_PAGE]


def test_pages_where_nothing_else_answers() -> None:
    assert list(_asked(facts(firmware="D3.17.3"), {})) == ["/info", DETAILS, V1, PAGE, HOME_PAGE, REPORTS]
    assert list(_asked(facts(firmware="D3.17.3"), {V1: SUMMARY})) == ["/info", DETAILS, V1, REPORTS]


def test_an_envoy_s_is_not_asked_for_what_came_with_tokens() -> None:
    asked = _asked(facts(firmware="R4.10.35"), {DETAILS: _production(), V1: SUMMARY})

    assert not [target for target in asked if "/ivp/ensemble" in target or "/ivp/ss" in target or target == DATA]
    assert METERS in asked


def test_a_board_without_a_meter_is_not_asked_for_meters() -> None:
    assert METERS not in _asked(facts(metered=False), {DETAILS: _production()})


@pytest.mark.parametrize(("state", "asked"), [("enabled", True), ("disabled", False)])
def test_readings_are_asked_of_enabled_meters(state: str, asked: bool) -> None:
    documents = {DETAILS: _production(), METERS: [_configured("production", 704643328, state)]}

    assert (READINGS in _asked(facts(), documents)) == asked


def test_sums_of_the_inverters_are_asked_where_nothing_better_is() -> None:
    assert "/ivp/pdm/energy" in _asked(facts(), {DETAILS: _production(_eim(active=0))})
    assert "/ivp/pdm/energy" not in _asked(facts(), {DETAILS: _production(_eim())})
    assert "/ivp/pdm/energy" not in _asked(facts(), {DETAILS: _production(), DATA: {"deviceCount": 0}})


def test_batteries_are_asked_where_some_are_listed() -> None:
    without = _asked(facts(), {DETAILS: _production(), ENSEMBLE: []})
    beside = _asked(facts(), {DETAILS: _production(), ENSEMBLE: _listed("ENCHARGE", "B")})
    ac = _asked(facts(), {DETAILS: _production(acb=2), ENSEMBLE: []})

    assert not {POWER, CONTROL, LIVE} & without.keys()
    assert {POWER, CONTROL, LIVE} <= beside.keys()
    assert CONTROL in ac
    assert POWER not in ac


def test_live_data_is_asked_where_the_powers_are_refused() -> None:
    documents = {DETAILS: _production(), ENSEMBLE: _listed("ENCHARGE", "B"), POWER: {"devices:": []}}

    assert LIVE not in _asked(facts(), documents)


def test_contacts_and_generator_are_asked_beside_a_controller() -> None:
    documents = {DETAILS: _production(), ENSEMBLE: _listed("ENPOWER", "C")}
    wanted = {"/ivp/ensemble/dry_contacts", "/ivp/ensemble/generator", "/ivp/ss/gen_config", "/ivp/ss/gen_mode"}

    assert wanted <= _asked(facts(), documents).keys()
    assert not wanted & _asked(facts(), {DETAILS: _production(), ENSEMBLE: []}).keys()


def test_the_inventory_without_the_deleted_is_the_second_choice() -> None:
    assert INVENTORY in _asked(facts(), {DETAILS: _production()})
    assert INVENTORY not in _asked(facts(), {DETAILS: _production(), ALL: []})


def test_every_question_is_asked_once_at_most() -> None:
    assert len({target for target, _ in INTERVIEW}) == len(INTERVIEW)


# --- what is concluded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"<html>401</html>", "not_permitted"),
        (403, b"", "not_permitted"),
        (404, b'{"err":"404"}', "endpoint_absent"),
        (200, b"<html>Page Not Found</html>", "endpoint_absent"),
        (200, b'{"error":"x"}', "endpoint_absent"),
        (503, b"", "endpoint_failed"),
        (0, b"", "endpoint_failed"),
    ],
)
def test_an_endpoint_that_does_not_serve_says_why(status: int, body: bytes, code: str) -> None:
    known, _ = conclude(facts(), {DATA: said(DATA, body, status=status)})

    assert known.endpoints[DATA] == EndpointFact(
        served=False, reason=Reason(code, {"endpoint": DATA, "status": status})
    )


def test_an_endpoint_that_serves() -> None:
    known, _ = conclude(
        facts(), {DATA: said(DATA, {}), PAGE: said(PAGE, b"<html></html>"), "/info": said("/info", b"<x/>")}
    )

    assert known.endpoints == {DATA: EndpointFact(served=True), PAGE: EndpointFact(served=True)}


def test_the_time_zone_is_kept_where_it_is_not_told() -> None:
    told, _ = conclude(facts(), {"/home.json": said("/home.json", {"timezone": "Europe/Paris"})})
    kept, _ = conclude(told, {})

    assert (told.timezone, kept.timezone) == ("Europe/Paris", "Europe/Paris")


def test_a_sync_forgets_pins_and_doubts() -> None:
    known, _ = conclude(facts(pins={"net_power": "meter.net"}, doubts={"net_power": NOW}), {})

    assert (known.pins, known.doubts) == ({}, {})


def _devices(known: Facts, documents: Mapping[str, Any]) -> set[tuple[str, str, bool]]:
    found, _ = conclude(known, {target: said(target, document) for target, document in documents.items()})
    return {(device.subject.value, device.serial, device.retired) for device in found.devices}


def _report(serial: str, age: float = 0, kind: int = 1) -> dict[str, Any]:
    return {"serialNumber": serial, "devType": kind, "lastReportDate": int(NOW - age), "lastReportWatts": 5}


def _detail(serial: str, *, active: bool = True, name: str = "pcu") -> dict[str, Any]:
    return {"devName": name, "sn": serial, "active": active, "channels": []}


def test_devices_are_found_in_every_list() -> None:
    documents = {
        ALL: [*_listed("PCU", "1"), *_listed("PCU", "2", admin_state=3), *_listed("ACB", "A"), *_listed("NSRB", "R")],
        ENSEMBLE: _listed("ENCHARGE", "B"),
        REPORTS: [_report("1"), _report("3"), _report("A", kind=11)],
        DATA: {"1": _detail("1"), "4": _detail("4"), "5": _detail("5", active=False), "6": _detail("Q", name="nsrb")},
    }
    assert _devices(facts(), documents) == {
        ("inverter", "1", False),
        ("inverter", "2", True),
        ("inverter", "3", False),
        ("inverter", "5", True),
        ("battery", "A", False),
        ("battery", "B", False),
        ("relay", "R", False),
        ("relay", "Q", False),
    }


def test_device_data_is_believed_where_it_is_alone() -> None:
    assert _devices(facts(), {DATA: {"4": _detail("4")}}) == {("inverter", "4", False)}


def test_the_inventory_knows_better_than_device_data_who_was_removed() -> None:
    documents: dict[str, Any] = {REPORTS: [_report("1"), _report("2")], DATA: {"1": _detail("1", active=False)}}

    assert _devices(facts(), documents) == {("inverter", "1", True), ("inverter", "2", False)}
    documents[INVENTORY] = _listed("PCU", "1", "2")
    assert _devices(facts(), documents) == {("inverter", "1", False), ("inverter", "2", False)}


@pytest.mark.parametrize(
    ("count", "ages", "retired"),
    [
        (1, (0, 31 * 86400), {"1"}),
        (1, (0, 29 * 86400), set()),
        (2, (0, 31 * 86400), set()),
        (0, (0, 31 * 86400), set()),
        ("x", (0, 31 * 86400), set()),
    ],
    ids=["long silent", "silent", "counted", "night", "uncounted"],
)
def test_what_is_not_counted_and_long_silent_was_removed(
    count: Any, ages: tuple[float, ...], retired: set[str]
) -> None:
    inverters = {"type": "inverters", "activeCount": count}
    documents = {
        DETAILS: {"production": [inverters]},
        REPORTS: [_report(str(number), age) for number, age in enumerate(ages)],
    }
    assert {serial for _, serial, gone in _devices(facts(), documents) if gone} == retired


def test_what_the_inventory_lists_is_not_forgotten() -> None:
    documents = {
        DETAILS: {"production": [{"type": "inverters", "activeCount": 1}]},
        REPORTS: [_report("1"), _report("2", 40 * 86400)],
        INVENTORY: _listed("PCU", "1", "2"),
    }
    assert ("inverter", "2", False) in _devices(facts(), documents)


@pytest.mark.parametrize(
    ("device", "documents", "retired"),
    [
        (inverter("9"), {REPORTS: [_report("1")]}, True),
        (inverter("9"), {ENSEMBLE: []}, False),
        (battery("9"), {ENSEMBLE: []}, True),
        (battery("9"), {REPORTS: []}, False),
        (battery("9", "AC Battery"), {REPORTS: []}, True),
        (DeviceFact(Subject.RELAY, "9"), {INVENTORY: []}, True),
        (DeviceFact(Subject.CONTROLLER, "9"), {}, False),
    ],
    ids=["inverter", "inverter unasked", "battery", "battery unasked", "AC Battery", "relay", "controller unasked"],
)
def test_known_devices_are_kept_and_retired_where_their_list_has_none(
    device: DeviceFact, documents: Mapping[str, Any], retired: bool
) -> None:
    assert (device.subject.value, "9", retired) in _devices(facts(devices=(device,)), documents)


# --- what is planned -------------------------------------------------------------------------------------------------


def test_the_plan_of_a_standard_gateway() -> None:
    _, plan = _conclude(facts(metered=False), {DETAILS: _production(), V1: SUMMARY, REPORTS: [_report("1")], ALL: []})

    assert _paces(plan) == {V1: 60, REPORTS: 300, INVENTORY: 300, "/info": 3600, DETAILS: 3600}


def test_the_plan_of_a_standard_gateway_whose_summary_is_zero() -> None:
    zeros = dict.fromkeys(SUMMARY, 0)
    _, plan = _conclude(facts(metered=False), {DETAILS: _production(), V1: zeros})

    assert _paces(plan) == {DETAILS: 60, "/info": 3600}


METERED = {
    DETAILS: _production(_eim(), consumption=(_eim("net-consumption"), _eim("total-consumption"))),
    METERS: [_configured("production", 704643328), _configured("net-consumption", 704643584)],
    READINGS: [{"eid": 704643328, "activePower": 5}],
}


def test_the_plan_of_a_metered_gateway() -> None:
    _, plan = _conclude(facts(), METERED)

    assert _paces(plan) == {READINGS: 60, DETAILS: 300, "/info": 3600, METERS: 3600}


def test_the_plan_without_readings() -> None:
    _, plan = _conclude(facts(), {DETAILS: METERED[DETAILS]})

    assert _paces(plan) == {DETAILS: 60, "/info": 3600}


def test_the_plan_of_a_load_only_wiring() -> None:
    configured = [_configured("production", 704643328), _configured("total-consumption", 704643584)]
    _, plan = _conclude(facts(), METERED | {METERS: configured})

    assert _paces(plan)[DETAILS] == 60


def test_the_plan_of_pages() -> None:
    page = b"<td>Currently</td><td> 6.63 kW</td>"
    _, plan = _conclude(facts(firmware="D3.7.0"), {PAGE: page, HOME_PAGE: b"<html></html>"})

    assert _paces(plan) == {PAGE: 60, "/info": 3600, HOME_PAGE: 3600}


def test_the_plan_of_iq_batteries() -> None:
    documents = METERED | {ENSEMBLE: _listed("ENCHARGE", "B"), POWER: {"devices:": []}, CONTROL: {"agg_soc": 5}}
    _, plan = _conclude(facts(), documents)

    assert _paces(plan).items() >= {POWER: 60, ENSEMBLE: 300, CONTROL: 3600}.items()


def test_the_plan_of_a_battery_whose_power_is_refused() -> None:
    _, plan = _conclude(facts(), METERED | {ENSEMBLE: _listed("ENCHARGE", "B"), LIVE: {"meters": {}}})

    assert _paces(plan)[LIVE] == 60


def test_the_plan_of_mixed_batteries() -> None:
    mixed = METERED | {DETAILS: _production(_eim(), acb=3), ENSEMBLE: _listed("ENCHARGE", "B"), CONTROL: {"agg_soc": 5}}
    _, plan = _conclude(facts(), mixed)

    assert _paces(plan)[CONTROL] == 300
    assert _paces(plan)[DETAILS] == 300


@pytest.mark.parametrize(
    ("generator", "config", "planned"),
    [
        ({"admin_state": "open"}, {}, True),
        ({"admin_state": "unknown"}, {}, False),
        ({"admin_state": "unknown"}, {"gen_type": "x"}, True),
    ],
)
def test_a_generator_is_asked_where_there_is_one(generator: Any, config: Any, planned: bool) -> None:
    contacts: dict[str, Any] = {"/ivp/ensemble/dry_contacts": {"dry_contacts": []}}
    documents = METERED | contacts | {
        ENSEMBLE: _listed("ENPOWER", "C"), "/ivp/ensemble/generator": generator, "/ivp/ss/gen_config": config,
    }  # fmt: skip
    _, plan = _conclude(facts(), documents)

    assert ("/ivp/ensemble/generator" in _paces(plan)) == planned
    assert _paces(plan)["/ivp/ensemble/dry_contacts"] == 300


def test_what_is_not_served_is_not_planned() -> None:
    _, plan = _conclude(facts(meters=(meter("production"),)), {})

    assert _paces(plan) == {"/info": 3600}
