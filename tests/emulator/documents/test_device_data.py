from typing import Any

import pytest

from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, NIGHT, NOON, ask

PATH = "/ivp/pdm/device_data"


def devices(document: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {eid: each for eid, each in document.items() if isinstance(each, dict) and each["devName"] == kind}


@pytest.mark.parametrize("now", [NOON, NIGHT], ids=["noon", "night"])
def test_inverters_sum_to_pdm_energy(now: float) -> None:
    gateway = build("iq-metered-8.2", start=MORNING)
    pcus = devices(ask(gateway, PATH, now), "pcu").values()
    summary = ask(gateway, "/ivp/pdm/energy", now)["production"]["pcu"]

    active = [each["channels"][0] for each in pcus if each["active"]]
    assert sum(each["wattHours"]["today"] for each in active) == summary["wattHoursToday"]
    assert sum(each["wattHours"]["week"] for each in active) == summary["wattHoursSevenDays"]
    assert sum(each["watts"]["now"] for each in active) == summary["wattsNow"]


def test_joules_are_those_of_the_truth() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)
    truth = gateway.truth(NOON)

    for each in devices(ask(gateway, PATH), "pcu").values():
        assert each["channels"][0]["lifetime"]["joulesProduced"] == truth.inverters[each["sn"]].joules
        reading = each["channels"][0]["lastReading"]
        assert reading["joulesProduced"] // reading["duration"] == each["channels"][0]["watts"]["now"]
        assert reading["endDate"] == truth.inverters[each["sn"]].last_report


def test_retired_units_are_empty_and_inactive() -> None:
    document = ask(build("iq-total-8.3", start=MORNING, lies=()), PATH)

    retired = [each for each in devices(document, "pcu").values() if not each["active"]]
    assert len(retired) == 8
    assert all(each["modGone"] and each["channels"][0]["lifetime"] == {} for each in retired)


def test_by_night_every_module_is_gone() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), PATH, NIGHT)

    assert all(each["modGone"] for each in devices(document, "pcu").values())
    assert all(each["modGone"] for each in devices(document, "eim").values())
    assert not any(each["modGone"] for each in devices(document, "acb").values())


def test_by_night_the_meter_s_power_has_lost_its_sign() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), PATH, NIGHT)
    channel = document["704643328"]["channels"][0]

    assert channel["watts"]["now"] > 2**31
    assert channel["watts"]["now"] - 2**32 == channel["lastReading"]["curr_w"]


def test_there_is_room_for_fifty() -> None:
    gateway = build("iq-acb-8.3", start=MORNING, inverters=64)
    document = ask(gateway, PATH)

    assert (document["deviceCount"], document["deviceDataLimit"]) == (50, 50)
    assert len(document) == 52
    assert len(ask(gateway, "/api/v1/production/inverters")) == 66


@pytest.mark.parametrize(("name", "channels"), [("iq-metered-8.2", 3), ("iq-acb-8.3", 4)])
def test_meters_have_three_or_four_channels(name: str, channels: int) -> None:
    document = ask(build(name, start=MORNING), PATH)

    assert [len(document[eid]["channels"]) for eid in ("704643328", "704643584")] == [channels] * 2
    assert document["704643328"]["channels"][1]["lastReading"] == {}
    assert [each["chanEid"] for each in document["704643584"]["channels"][:2]] == [1778385425, 1778385426]


def test_ac_batteries_tell_charge_and_health() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)
    truth = gateway.truth(NOON)

    for each in devices(ask(gateway, PATH), "acb").values():
        reading = each["channels"][0]["lastReading"]
        assert pytest.approx(truth.batteries[each["sn"]].state_of_charge, abs=1) == reading["SOC"]
        assert reading["maxCellTemp"] == truth.batteries[each["sn"]].maximum_temperature
        watts = each["channels"][0]["watts"]
        assert watts["now"] - watts["nowUsed"] == pytest.approx(truth.batteries[each["sn"]].power, abs=1)


def test_relays_are_listed() -> None:
    assert list(devices(ask(build("iq-acb-8.3", start=MORNING), PATH), "nsrb")) == [str(0x2C000100)]
