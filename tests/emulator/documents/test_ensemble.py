import pytest

from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, NIGHT, NOON, ask


def test_there_is_nothing_where_nothing_is() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert ask(gateway, "/ivp/ensemble/inventory") == []
    assert ask(gateway, "/ivp/ensemble/power") == {"devices:": []}
    assert ask(gateway, "/ivp/ensemble/secctrl")["Max_energy"] == 0


@pytest.mark.parametrize("now", [MORNING, NOON, NIGHT])
def test_batteries_tell_the_truth(now: float) -> None:
    gateway = build("iq-encharge-8.2", start=MORNING, batteries=3, lies=())
    truth = gateway.truth(now)
    rows = ask(gateway, "/ivp/ensemble/power", now)["devices:"]

    assert {row["serial_num"] for row in rows} == set(truth.batteries)
    for row in rows:
        battery = truth.batteries[row["serial_num"]]
        assert row["real_power_mw"] / 1000 == pytest.approx(battery.power, abs=1)
        assert row["soc"] == pytest.approx(battery.state_of_charge, abs=0.5)
    assert sum(row["real_power_mw"] for row in rows) / 1000 == pytest.approx(truth.battery_power, abs=2)
    assert truth.state_of_charge is not None
    mean = sum(each.state_of_charge * each.capacity for each in truth.batteries.values()) / 15_000
    assert mean == pytest.approx(truth.state_of_charge, abs=0.01)


def test_batteries_do_not_all_have_the_same_charge() -> None:
    rows = ask(build("iq-encharge-8.2", start=MORNING, batteries=5), "/ivp/ensemble/power", NIGHT)["devices:"]

    assert len({row["soc"] for row in rows}) > 1


def test_the_light_says_what_the_battery_does() -> None:
    gateway = build("iq-encharge-8.2", start=MORNING, lies=())

    for now in range(int(MORNING), int(MORNING) + 86400, 1800):
        truth = gateway.truth(now)
        for device in ask(gateway, "/ivp/ensemble/inventory", now)[0]["devices"]:
            power = truth.batteries[device["serial_num"]].power
            expected = {12} if power < -31 else {13} if power > 31 else {12, 13, 14, 17}
            assert device["led_status"] in expected


def test_the_site_s_charge_is_rounded_down_over_both_kinds() -> None:
    gateway = build("iq-mixed", start=MORNING)
    document = ask(gateway, "/ivp/ensemble/secctrl", NIGHT)

    stored = document["ENC_agg_avail_energy"] + document["ACB_agg_energy"]
    assert document["Max_energy"] == 5000 + 3 * 1240
    assert document["agg_soc"] == int(100 * stored / document["Max_energy"])


def test_7_3_says_more_of_the_radio_and_less_of_the_grid() -> None:
    old = ask(build("iq-encharge-7.3", start=MORNING), "/ivp/ensemble/inventory")[0]["devices"][0]
    new = ask(build("iq-encharge-8.2", start=MORNING), "/ivp/ensemble/inventory")[0]["devices"][0]

    assert set(old) - set(new) == {"operating", "zigbee_dongle_fw_version"}
    assert set(new) - set(old) == {"reported_enc_grid_state", "phase", "der_index"}
    assert (old["encharge_capacity"], new["encharge_capacity"]) == (3360, 5000)


def test_the_combiner_brings_its_own_kinds() -> None:
    document = ask(build("iq-8.3", start=MORNING), "/ivp/ensemble/inventory")

    assert [each["type"] for each in document] == ["ENCHARGE", "COLLAR", "C6 COMBINER CONTROLLER", "C6 RGM"]
    assert set(document[3]["devices"][0]) >= {"FW Version", "Device State"}
    assert document[1]["devices"][0]["grid_state"] == "on_grid"


def test_a_controller_without_batteries_leaves_an_empty_group() -> None:
    document = ask(build("iq-generator-8.3", start=MORNING), "/ivp/ensemble/inventory")

    assert [(each["type"], len(each["devices"])) for each in document] == [("ENCHARGE", 0), ("ENPOWER", 1)]
    assert 72 <= document[1]["devices"][0]["temperature"] <= 113


@pytest.mark.parametrize(
    ("name", "state", "present", "kind"),
    [("iq-metered-7.6", "unknown", 1, 0), ("iq-encharge-8.2", "unknown", 0, 1), ("iq-generator-8.3", "open", 1, 1)],
)
def test_neither_flag_alone_proves_a_generator(name: str, state: str, present: int, kind: int) -> None:
    document = ask(build(name, start=MORNING), "/ivp/ensemble/generator")

    assert (document["admin_state"], document["present"], document["type"]) == (state, present, kind)


def test_there_are_always_four_dry_contacts() -> None:
    for name in ("iq-metered-7.6", "iq-encharge-8.2"):
        document = ask(build(name, start=MORNING), "/ivp/ensemble/dry_contacts")
        assert [each["id"] for each in document["dry_contacts"]] == ["NC1", "NC2", "NO1", "NO2"]


def test_the_status_knows_the_rated_power() -> None:
    gateway = build("iq-encharge-8.2", start=MORNING)
    serials = ask(gateway, "/ivp/ensemble/status")["inventory"]["serial_nums"]

    powers = [each["encharge_rated_power"] for each in serials.values() if each["device_type"] == 13]
    assert powers == [3840, 3840]
    assert "counters" not in ask(gateway, "/ivp/ensemble/status")
    assert "counters" in ask(build("iq-metered-7.6", start=MORNING), "/ivp/ensemble/status")
