"""A list of batteries that is refused is no empty one; a silent battery is not the others' fault; relays and grids."""

from typing import Any

import pytest

from heliograph.model import EndpointFact, Facts, Quality, Reason, Snapshot, Subject
from heliograph.protocol import Answer, conclude, is_missed, next_question, read
from tests.protocol.asking import NOW, battery, facts, meter, said, said_all
from tests.protocol.invented import DETAILS, ENSEMBLE, POWER, group, metered, shows

LIVEDATA = "/ivp/livedata/status"
METERS = (meter("production"), meter("net-consumption"))
REFUSED = Reason("not_permitted", {"endpoint": ENSEMBLE, "status": 401})


def _read(known: Facts, documents: dict[str, Any]) -> Snapshot:
    return read(known, said_all(documents), host="gateway", at=NOW)[0]


def _refused(**more: Any) -> Facts:
    return facts(endpoints={ENSEMBLE: EndpointFact(served=False, reason=REFUSED)}, meters=METERS, **more)


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, b"<html>"), (404, b""), (503, b"busy"), (200, b""), (200, b'{"devices": []}')],
    ids=["401", "404", "503", "empty", "an object"],
)
def test_a_refused_list_is_remembered_as_refused_and_asked_for_again(status: int, body: bytes) -> None:
    refused = Answer(ENSEMBLE, status, body, NOW) if status != 200 or not body else said(ENSEMBLE, body)
    known, _ = conclude(facts(), {"/info": said("/info", b"<?xml"), ENSEMBLE: refused})
    assert is_missed(refused)
    assert not known.endpoints[ENSEMBLE].served
    system = _read(known, {DETAILS: metered()}).system
    assert "battery_count" in system.absent
    assert system.absent["battery_count"].details["endpoint"] == ENSEMBLE


def test_an_empty_list_is_no_battery() -> None:
    empty = said(ENSEMBLE, [])
    known, _ = conclude(facts(), {"/info": said("/info", b"<?xml"), ENSEMBLE: empty})
    assert not is_missed(empty)
    assert _read(known, {DETAILS: metered(), ENSEMBLE: []}).system.value("battery_count") == 0


def test_without_a_storage_transformer_consumption_is_unknown_too() -> None:
    system = _read(_refused(), {DETAILS: metered()}).system
    share = Reason("battery_share_unknown", REFUSED.details)
    assert system.absent["consumption_power"] == system.absent["consumption_lifetime"] == share
    for key in ("battery_count", "battery_state", "battery_level", "battery_power", "charged_lifetime"):
        assert system.absent[key] == REFUSED, key
    assert system.value("net_power") == 200


def test_a_fresh_livedata_tells_what_the_batteries_give() -> None:
    asked = {"/info": said("/info", b"<?xml"), ENSEMBLE: Answer(ENSEMBLE, 401, b"", NOW)}
    wanted = []
    while (target := next_question(facts(), asked)) is not None:
        wanted.append(target)
        asked[target] = said(target, metered() if target == DETAILS else b"")
    assert LIVEDATA in wanted
    live = {"meters": {"last_update": int(NOW), "soc": 55, "storage": {"agg_p_mw": 500_000}}}
    system = _read(_refused(), {DETAILS: metered(), LIVEDATA: live}).system
    assert (system.value("battery_level"), system.value("battery_power")) == (55, 500)
    assert system.value("consumption_power") == 1200
    assert system.absent["battery_count"] == REFUSED


def _battery(serial: str, *, communicating: bool = True) -> dict[str, Any]:
    return {
        "serial_num": serial,
        "percentFull": 21,
        "led_status": 12,
        "encharge_capacity": 5000,
        "communicating": communicating,
        "last_rpt_date": int(NOW) - (60 if communicating else 86_400),
        "temperature": 12,
    }


def test_one_silent_battery_is_named_and_the_others_are_added_up() -> None:
    serials = ("B1", "B2", "B3")
    known = facts(devices=tuple(battery(serial) for serial in serials), meters=METERS)
    listed = [_battery("B1"), _battery("B2"), _battery("B3", communicating=False)]
    power = [{"serial_num": serial, "real_power_mw": -128_000, "soc": 21} for serial in serials[:2]]
    snapshot = _read(known, {ENSEMBLE: group("ENCHARGE", *listed), POWER: {"devices:": power}, DETAILS: metered()})
    reason = Reason("battery_silent", {"count": 2, "total": 3})
    given = snapshot.system.values["battery_power"]
    assert (given.value, given.quality, given.reason) == (-256, Quality.DERIVED, reason)
    assert snapshot.system.values["battery_state"].reason == reason
    assert snapshot.system.absent["consumption_power"] == reason
    silent = next(item for item in snapshot.of(Subject.BATTERY) if item.id == "B3")
    assert silent.values["state"].quality is silent.values["level"].quality is Quality.STALE
    assert silent.absent["power"] == Reason("not_reporting")
    assert silent.values["communicating"].quality is Quality.MEASURED
    talking = next(item for item in snapshot.of(Subject.BATTERY) if item.id == "B1")
    assert talking.values["state"].quality is not Quality.STALE


def test_refused_powers_are_the_reason_and_not_the_total() -> None:
    absent = Reason("endpoint_absent", {"endpoint": POWER, "status": 404})
    endpoints = {POWER: EndpointFact(served=False, reason=absent)}
    known = facts(devices=(battery("B1"),), meters=METERS, endpoints=endpoints)
    snapshot = _read(known, {ENSEMBLE: group("ENCHARGE", _battery("B1")), DETAILS: metered()})
    for key in ("battery_power", "battery_state", "consumption_power"):
        assert snapshot.system.absent[key] == absent, key
    (one,) = snapshot.of(Subject.BATTERY)
    assert one.absent["power"] == absent


@pytest.mark.parametrize(
    ("relay", "mode", "given"),
    [
        ("closed", "multimode-ongrid", "on_grid"),
        ("open", "multimode-offgrid", "off_grid"),
        ("open", "multimode-generator", "generator"),
        ("open", "multimode-ongrid", "off_grid"),
        ("closed", "multimode-offgrid", "unknown"),
    ],
)
def test_the_grid_is_never_connected_against_its_relay(relay: str, mode: str, given: str) -> None:
    node = {"serial_num": "C1", "mains_oper_state": relay, "Enpwr_grid_mode": mode, "communicating": True}
    documents = {ENSEMBLE: group("ENPOWER", node)}
    (controller,) = _read(facts(), documents).of(Subject.CONTROLLER)
    assert controller.value("grid_state") == given
    told = "on_grid" if mode == "multimode-ongrid" else "off_grid"
    assert shows("H6", facts(), documents) is (given in {"off_grid", "unknown"} and (told, given) != ("off_grid",) * 2)
