from typing import Any

import pytest

from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, NIGHT, NOON, ask

GROUPS = ["PCU", "ACB", "NSRB", "ESUB"]


def pcus(document: Any) -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = document[0]["devices"]
    return devices


@pytest.mark.parametrize("name", ["envoy-r-3.17", "envoy-s-metered-4.2"])
def test_old_lists_know_no_device_type(name: str) -> None:
    rows = ask(build(name, start=MORNING, lies=()), "/api/v1/production/inverters")

    assert {tuple(row) for row in rows} == {("serialNumber", "lastReportDate", "lastReportWatts", "maxReportWatts")}


def test_ac_batteries_are_among_the_inverters() -> None:
    rows = ask(build("iq-acb-8.3", start=MORNING), "/api/v1/production/inverters")

    assert [row["devType"] for row in rows] == [1] * 8 + [11] * 2


def test_every_inverter_reports_by_day_and_keeps_its_evening_by_night() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, dead=0)

    day = ask(gateway, "/api/v1/production/inverters", NOON)
    assert all(NOON - 300 < row["lastReportDate"] <= NOON for row in day)
    assert all(0 < row["lastReportWatts"] <= row["maxReportWatts"] for row in day)
    assert len({row["lastReportDate"] for row in day}) > 5
    night = ask(gateway, "/api/v1/production/inverters", NIGHT)
    assert all(3600 < NIGHT - row["lastReportDate"] < 8 * 3600 for row in night)


def test_the_inventory_has_its_four_groups() -> None:
    assert [each["type"] for each in ask(build("iq-standard-7.6", start=MORNING), "/inventory")] == GROUPS


def test_flags_are_true_by_day_and_false_by_night() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)

    for now, flag, status in (
        (NOON, True, ["envoy.global.ok"]),
        (NIGHT, False, ["envoy.cond_flags.pcu_ctrl.dc-pwr-low", "envoy.cond_flags.obs_strs.failure"]),
    ):
        for device in pcus(ask(gateway, "/inventory.json", now)):
            flags = {device[key] for key in ("producing", "communicating", "provisioned", "operating")}
            assert flags == {flag}
            assert device["device_status"] == status
            assert isinstance(device["last_rpt_date"], str)


def test_retired_units_appear_only_when_asked_for() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, retired=3)

    assert {each["admin_state"] for each in pcus(ask(gateway, "/inventory.json"))} == {2}
    deleted = [each for each in pcus(ask(gateway, "/inventory.json?deleted=1")) if each["admin_state"] == 3]
    assert len(deleted) == 3
    assert all("producing" not in each and "phase" not in each for each in deleted)


def test_phases_are_told_from_8_on() -> None:
    old = pcus(ask(build("iq-metered-7.6-3phase", start=MORNING), "/inventory"))
    new = pcus(ask(build("iq-3phase-8.3", start=MORNING), "/inventory"))

    assert "phase" not in old[0]
    assert [each["phase"] for each in new[:4]] == ["ph-a", "ph-b", "ph-c", "ph-a"]


def test_channel_numbers_follow_from_type_and_place() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), "/inventory")

    assert [each["chaneid"] for each in document[0]["devices"][:2]] == [1627390225, 1627390481]
    assert [each["chaneid"] for each in document[1]["devices"]] == [1795162385, 1795162641]
    radio = ask(build("iq-generator-8.3", start=MORNING), "/inventory")[3]["devices"]
    assert [each["chaneid"] for each in radio] == [1929380113]
    assert "provisioned" not in radio[0]


def test_relays_tell_their_lines() -> None:
    gateway = build("iq-3phase-8.3", start=MORNING)
    (relay,) = ask(gateway, "/inventory")[2]["devices"]

    assert (relay["relay"], relay["line-count"], relay["line3-connected"]) == ("closed", 3, True)


def test_inv_says_everything_in_text() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), "/inv")

    assert document["numrows"] == len(document["rows"]) == 11
    assert {type(value) for row in document["rows"] for value in row.values()} == {str}


def test_the_gateway_is_a_device_too() -> None:
    rows = ask(build("iq-acb-8.3", start=MORNING), "/ivp/eh/devs")

    assert rows[0]["eid"] == 603980032
    assert {row["devType"] for row in rows} == {1, 4, 10, 11, 12}
    assert ask(build("iq-acb-8.3", start=MORNING), "/ivp/eh/devs/603980032") == rows[0]


def test_prov_counts_what_it_lists() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), "/prov")

    counted = sum(part["num_serial_nums"] for kind in document["dev_types"] for part in kind["part_nums"])
    assert counted == 11
