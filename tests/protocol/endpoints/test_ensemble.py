from typing import Any

import pytest

from heliograph.model import DeviceFact, Facts, Subject
from heliograph.protocol.endpoints import ensemble
from tests.protocol.asking import NOW, battery, facts, said

WITH_BATTERY = facts(devices=(battery("B"),))
WITH_CONTROLLER = facts(devices=(DeviceFact(Subject.CONTROLLER, "C"),))


def _said(reader: Any, target: str, document: Any, known: Facts | None = None) -> dict[tuple[str, str, str], Any]:
    return {(s.subject, s.id, s.key): s.value for s in reader(said(target, document), known or facts())}


def _device(serial: Any = "B", **more: Any) -> dict[str, Any]:
    known = {"serial_num": serial, "part_num": "830", "last_rpt_date": int(NOW) - 9, "communicating": True}
    return known | {"device_status": ["prop.done"]} | more


def _group(kind: Any, *nodes: Any) -> list[dict[str, Any]]:
    return [{"grid_profile_name": "x", "item_count": 5}, {"type": kind, "devices": list(nodes)}]


def test_an_iq_battery() -> None:
    node = _device(percentFull=54, maxCellTemp=29, temperature=27, encharge_capacity=5000, phase="ph-a", led_status=12)
    told = _said(ensemble.ensemble, ensemble.ENSEMBLE, _group("ENCHARGE", node | {"admin_state": 6}))

    assert {key: value for (_, _, key), value in told.items()} == {
        "communicating": True,
        "last_report": int(NOW) - 9,
        "level": 54,
        "max_temperature": 29,
        "temperature": 27,
        "capacity": 5000,
        "phase": "L1",
        "state": "charging",
        "provisioned": True,
    }


@pytest.mark.parametrize(
    ("admin", "provisioned"),
    [
        ({"admin_state": 6}, True),
        ({"admin_state": 63}, True),
        ({"admin_state": 5}, False),
        ({"admin_state": 5, "admin_state_str": "ENCMN_MDE_ENCHARGE_READY"}, True),
        ({"admin_state_str": "ENCHG_STATE_SLEEP"}, False),
        ({"admin_state": {}}, False),
        ({}, None),
    ],
)
def test_a_battery_is_provisioned_when_it_is_ready(admin: dict[str, Any], provisioned: bool | None) -> None:
    told = _said(ensemble.ensemble, ensemble.ENSEMBLE, _group("ENCHARGE", _device(**admin)))

    assert told.get((Subject.BATTERY, "B", "provisioned")) is provisioned


@pytest.mark.parametrize(
    ("led", "state"), [(12, "charging"), (13, "discharging"), (17, "idle"), (9, None), ("12", None)]
)
def test_a_light_tells_the_state(led: Any, state: str | None) -> None:
    told = _said(ensemble.ensemble, ensemble.ENSEMBLE, _group("ENCHARGE", _device(led_status=led)))

    assert told.get((Subject.BATTERY, "B", "state")) == state


def test_the_controller_the_collar_and_the_combiner() -> None:
    controller = _device("C", temperature=88, mains_oper_state="closed", Enpwr_grid_mode="multimode-ongrid")
    collar = _device("M", temperature=42, mid_state="close", grid_state="off_grid")
    document = [
        *_group("ENPOWER", controller),
        *_group("COLLAR", collar),
        *_group("C6 COMBINER CONTROLLER", _device("6")),
    ]
    told = _said(ensemble.ensemble, ensemble.ENSEMBLE, document)

    assert told[Subject.CONTROLLER, "C", "temperature"] == 31.1
    assert told[Subject.CONTROLLER, "C", "relay_state"] == "closed"
    assert told[Subject.CONTROLLER, "C", "grid_state"] == "on_grid"
    assert told[Subject.COLLAR, "M", "temperature"] == 42
    assert told[Subject.COLLAR, "M", "relay_state"] == "closed"
    assert told[Subject.COLLAR, "M", "grid_state"] == "off_grid"
    assert {key for subject, _, key in told if subject is Subject.COMBINER} == {"communicating", "last_report"}


@pytest.mark.parametrize("document", [[], {}, _group("C6 RGM", _device()), _group([], _device()), _group("ENPOWER", 5)])
def test_what_is_not_known_says_nothing(document: Any) -> None:
    assert _said(ensemble.ensemble, ensemble.ENSEMBLE, document) == {}
    assert list(ensemble.ensemble_facts(said(ensemble.ENSEMBLE, document))) == []


def test_what_is_listed_is_there() -> None:
    document = _group("ENCHARGE", _device(" B ", phase="ph-c"), _device(7), _device("D", phase=7, part_num=7))

    assert list(ensemble.ensemble_facts(said(ensemble.ENSEMBLE, document))) == [
        DeviceFact(Subject.BATTERY, "B", model="IQ Battery", part_number="830", phase="L3"),
        DeviceFact(Subject.BATTERY, "D", model="IQ Battery"),
    ]
    assert list(ensemble.listed(None)) == []


@pytest.mark.parametrize("key", ["devices:", "devices"])
def test_powers_are_in_milliwatts(key: str) -> None:
    document = {key: [{"serial_num": "B", "real_power_mw": -641_000, "soc": 21}, {"real_power_mw": 5}]}

    assert _said(ensemble.power, ensemble.POWER, document) == {
        (Subject.BATTERY, "B", "power"): -641,
        (Subject.BATTERY, "B", "level"): 21,
    }
    assert list(ensemble.powered(None)) == []


def test_the_aggregate_means_something_beside_a_battery() -> None:
    assert list(_said(ensemble.control, ensemble.CONTROL, {"agg_soc": 39}, WITH_BATTERY).values()) == [39]
    assert _said(ensemble.control, ensemble.CONTROL, {"agg_soc": 0}) == {}


def test_the_rating_of_a_known_battery() -> None:
    nodes = {"B": {"encharge_rated_power": 3840}, "C": {"encharge_rated_power": 5}, "D": 5}
    document = {"inventory": {"serial_nums": nodes}}

    told = _said(ensemble.status, ensemble.STATUS, document, WITH_BATTERY)
    assert told == {(Subject.BATTERY, "B", "max_power"): 3840}
    nodes["B"] = {"encharge_rated_power": 0}
    assert _said(ensemble.status, ensemble.STATUS, document, WITH_BATTERY) == {}
    assert _said(ensemble.status, ensemble.STATUS, {"inventory": []}, WITH_BATTERY) == {}


CONTACTS = {"dry_contacts": [{"id": "NC1", "status": "open"}, {"status": "open"}, {"id": 5}]}
SETTINGS = {"dry_contacts": [{"id": "NC1", "load_name": "Pool", "type": "LOAD"}, {"type": "LOAD"}]}


def test_contacts_beside_a_controller() -> None:
    assert _said(ensemble.dry_contacts, ensemble.DRY_CONTACTS, CONTACTS, WITH_CONTROLLER) == {
        (Subject.DRY_CONTACT, "NC1", "relay_state"): "open"
    }
    assert _said(ensemble.dry_contact_settings, ensemble.DRY_CONTACT_SETTINGS, SETTINGS, WITH_CONTROLLER) == {
        (Subject.DRY_CONTACT, "NC1", "name"): "Pool",
        (Subject.DRY_CONTACT, "NC1", "use"): "LOAD",
    }


def test_contacts_without_a_controller_say_nothing() -> None:
    assert _said(ensemble.dry_contacts, ensemble.DRY_CONTACTS, CONTACTS) == {}
    assert _said(ensemble.dry_contact_settings, ensemble.DRY_CONTACT_SETTINGS, SETTINGS) == {}


def test_a_generator() -> None:
    document = {"admin_state": "close", "oper_state": "close", "start_soc": 20, "stop_soc": 101}

    assert _said(ensemble.generator, ensemble.GENERATOR, document) == {
        (Subject.GENERATOR, "generator", "generator_state"): "closed",
        (Subject.GENERATOR, "generator", "start_level"): 20,
    }
    assert _said(ensemble.generator_mode, ensemble.GENERATOR_MODE, {"gen_cmd": "auto"}) == {
        (Subject.GENERATOR, "generator", "mode"): "auto"
    }
