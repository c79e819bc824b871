from typing import Any

import pytest

from heliograph.model import DeviceFact, Subject
from heliograph.protocol.endpoints import devices
from tests.protocol.asking import NOW, facts, said

REPORTS, INVENTORY, DATA = devices.REPORTS, devices.INVENTORY, devices.DEVICE_DATA


def _said(reader: Any, target: str, document: Any) -> dict[tuple[str, str, str], Any]:
    return {(s.subject, s.id, s.key): s.value for s in reader(said(target, document), facts())}


def _report(serial: Any = "1", **more: Any) -> dict[str, Any]:
    return {"serialNumber": serial, "lastReportDate": int(NOW), "lastReportWatts": 5, "maxReportWatts": 300} | more


@pytest.mark.parametrize(
    ("kind", "subject"),
    [({}, Subject.INVERTER), ({"devType": 1}, Subject.INVERTER), ({"devType": 11}, Subject.BATTERY)],
)
def test_reports_are_told_by_device_type(kind: dict[str, int], subject: Subject) -> None:
    assert _said(devices.reports, REPORTS, [_report(**kind)]) == {
        (subject, "1", "power"): 5,
        (subject, "1", "max_power"): 300,
        (subject, "1", "last_report"): int(NOW),
    }


@pytest.mark.parametrize("node", [_report(devType=12), _report(devType="1"), _report(devType={}), _report(serial=5)])
def test_reports_of_others_are_left_out(node: dict[str, Any]) -> None:
    assert _said(devices.reports, REPORTS, [node]) == {}
    assert list(devices.report_facts(said(REPORTS, [node]))) == []


def test_a_device_that_never_reported_has_no_power() -> None:
    assert _said(devices.reports, REPORTS, [_report(lastReportDate=0)]) == {(Subject.INVERTER, "1", "max_power"): 300}


def test_what_reports_is_there() -> None:
    found = list(devices.report_facts(said(REPORTS, [_report(), _report("2", devType=11)])))

    assert found == [DeviceFact(Subject.INVERTER, "1"), DeviceFact(Subject.BATTERY, "2", model="AC Battery")]
    assert list(devices.report_facts(None)) == []


def _listed(serial: Any = " 1 ", **more: Any) -> dict[str, Any]:
    known = {"serial_num": serial, "part_num": "800-00630-r02", "last_rpt_date": str(int(NOW)), "admin_state": 2}
    flags = {"provisioned": True, "communicating": True, "producing": False, "device_status": ["envoy.global.ok"]}
    return known | flags | more


def test_the_inventory_of_inverters() -> None:
    told = _said(devices.inventory, INVENTORY, [{"type": "PCU", "devices": [_listed(phase="ph-b")]}])

    assert told == {
        (Subject.INVERTER, "1", "provisioned"): True,
        (Subject.INVERTER, "1", "communicating"): True,
        (Subject.INVERTER, "1", "producing"): False,
        (Subject.INVERTER, "1", "last_report"): int(NOW),
        (Subject.INVERTER, "1", "status"): "ok",
        (Subject.INVERTER, "1", "phase"): "L2",
    }


def test_the_inventory_of_ac_batteries_and_relays() -> None:
    acb = _listed("A", percentFull=40, maxCellTemp=31, charge_status="full")
    relay = _listed("R", relay="closed")
    told = _said(devices.inventory, INVENTORY, [
        {"type": "ACB", "devices": [acb]}, {"type": "NSRB", "devices": [relay]}, {"type": "ESUB", "devices": [relay]},
    ])  # fmt: skip

    battery = {key: value for (subject, _, key), value in told.items() if subject is Subject.BATTERY}
    assert battery.items() >= {"level": 40, "max_temperature": 31, "state": "idle", "capacity": 1240}.items()
    relays = {key: value for (subject, _, key), value in told.items() if subject is Subject.RELAY}
    assert relays == {"communicating": True, "last_report": int(NOW), "status": "ok", "relay_state": "closed"}


def test_a_deleted_battery_has_no_capacity() -> None:
    told = _said(devices.inventory, INVENTORY, [{"type": "ACB", "devices": [_listed("A", admin_state=3)]}])

    assert (Subject.BATTERY, "A", "capacity") not in told


@pytest.mark.parametrize("group", [{"type": "PCU"}, {"type": [], "devices": []}, {"devices": [_listed()]}, 5])
def test_strange_groups_say_nothing(group: Any) -> None:
    assert _said(devices.inventory, INVENTORY, [group]) == {}


def test_the_inventory_tells_what_was_removed() -> None:
    groups = [
        {"type": "PCU", "devices": [_listed(phase="ph-a"), _listed("2", admin_state=3), _listed(5)]},
        {"type": "NSRB", "devices": [_listed("R", part_num="")]},
    ]
    assert list(devices.inventory_facts(said(INVENTORY, groups))) == [
        DeviceFact(Subject.INVERTER, "1", part_number="800-00630-r02", phase="L1"),
        DeviceFact(Subject.INVERTER, "2", part_number="800-00630-r02", retired=True),
        DeviceFact(Subject.RELAY, "R", model="Q-Relay"),
    ]


def _device(name: str, serial: str = "1", channel: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"devName": name, "sn": serial, "active": True, "modGone": False}
    return known | {"channels": [channel or {}]} | more


def test_the_details_of_an_inverter() -> None:
    channel = {
        "created": int(NOW) - 9,
        "wattHours": {"today": 984},
        "watts": {"now": 136, "nowUsed": 0, "max": 371},
        "lastReading": {
            "endDate": int(NOW) - 7, "acVoltageINmV": 238_944, "acFrequencyINmHz": 50_013, "dcVoltageINmV": 32_816,
            "dcCurrentINmA": 3707, "channelTemp": 32, "acCurrentInmA": 569,
        },
        "lifetime": {"joulesProduced": 354_281_850},
    }  # fmt: skip
    statements = list(
        devices.device_data(said(DATA, {"1": _device("pcu", channel=channel), "deviceCount": 1}), facts())
    )

    assert {statement.key: statement.value for statement in statements} == {
        "power": 136,
        "max_power": 371,
        "last_report": int(NOW) - 7,
        "energy_today": 984,
        "energy_lifetime": 98_411.625,
        "dc_voltage": 32.816,
        "dc_current": 3.707,
        "ac_voltage": 238.944,
        "ac_current": 0.569,
        "frequency": 50.013,
        "temperature": 32,
        "provisioned": True,
        "communicating": True,
    }
    assert {statement.at for statement in statements} == {int(NOW) - 7}


def test_the_details_of_a_battery_and_a_relay() -> None:
    channel = {
        "watts": {"now": 3, "nowUsed": 40, "max": 271},
        "lastReading": {"SOC": 30, "SOH": 99, "freqInmHz": 50_000},
    }
    document = {
        "1": _device("acb", "A", channel),
        "2": _device("nsrb", "R", channel),
        "3": _device("eim", "E", channel),
    }
    told = _said(devices.device_data, DATA, document)

    assert told == {
        (Subject.BATTERY, "A", "max_power"): 271,
        (Subject.BATTERY, "A", "level"): 30,
        (Subject.BATTERY, "A", "state_of_health"): 99,
        (Subject.BATTERY, "A", "provisioned"): True,
        (Subject.BATTERY, "A", "communicating"): True,
        (Subject.BATTERY, "A", "power"): -37,
        (Subject.RELAY, "R", "frequency"): 50,
    }


@pytest.mark.parametrize("watts", [{"now": 3}, {"nowUsed": 3}, {}, 5])
def test_half_a_balance_is_no_power(watts: Any) -> None:
    told = _said(devices.device_data, DATA, {"1": _device("acb", "A", {"watts": watts})})

    assert (Subject.BATTERY, "A", "power") not in told


@pytest.mark.parametrize("document", [[], 5, {"1": []}, {"1": {"devName": {}, "sn": "1"}}, {"1": {"devName": "pcu"}}])
def test_strange_details_say_nothing(document: Any) -> None:
    assert _said(devices.device_data, DATA, document) == {}


def test_a_device_without_flags_or_channels_says_little() -> None:
    assert _said(devices.device_data, DATA, {"1": {"devName": "pcu", "sn": "1"}}) == {}


def test_the_details_tell_what_was_removed() -> None:
    document = {"1": _device("pcu"), "2": _device("pcu", "2", active=False), "3": _device("acb", "A")}

    assert list(devices.device_data_facts(said(DATA, document))) == [
        DeviceFact(Subject.INVERTER, "1"),
        DeviceFact(Subject.INVERTER, "2", retired=True),
        DeviceFact(Subject.BATTERY, "A", model="AC Battery"),
    ]


@pytest.mark.parametrize(
    ("document", "truncated"),
    [
        ({"deviceCount": 50, "deviceDataLimit": 50}, True),
        ({"deviceCount": 49, "deviceDataLimit": 50}, False),
        ({"deviceCount": 50}, False),
        ([], False),
    ],
)
def test_the_list_may_stop_at_its_limit(document: Any, truncated: bool) -> None:
    assert devices.truncated(said(DATA, document)) is truncated
    assert not devices.truncated(None)
