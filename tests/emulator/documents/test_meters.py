from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.families import FAMILIES, build
from tests.emulator.asking import MORNING, NIGHT, NOON, ask, eims

METERED = sorted(name for name, family in FAMILIES.items() if family.equipment.meters)
SUMMED = ("actEnergyDlvd", "actEnergyRcvd", "apparentEnergy", "activePower", "reactivePower", "voltage", "current")


def readings(document: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {each["eid"]: each for each in document}


@settings(max_examples=25)
@given(st.sampled_from(METERED), st.integers(0, 3 * 86400))
def test_the_phases_sum_to_the_aggregate(name: str, seconds: int) -> None:
    gateway = build(name, start=MORNING, lies=())

    for reading in ask(gateway, "/ivp/meters/readings", MORNING + seconds):
        assert len(reading["channels"]) == 3
        for key in SUMMED:
            phases = reading["channels"][: gateway.plan.wiring.phases]
            assert sum(Decimal(str(each[key])) for each in phases) == Decimal(str(reading[key]))


@settings(max_examples=25)
@given(st.sampled_from(METERED), st.integers(0, 3 * 86400))
def test_readings_are_the_truth(name: str, seconds: int) -> None:
    gateway = build(name, start=MORNING, lies=())
    now = MORNING + seconds
    truth = gateway.truth(now)
    life = truth.lifetime
    expected = {
        "production": (truth.production_power, life.production, life.production_received),
        "net-consumption": (truth.net_power, life.imported, life.exported),
        "total-consumption": (truth.consumption_power, life.consumption, 0.0),
        "storage": (truth.battery_power, life.discharged, life.charged),
    }
    by_eid = readings(ask(gateway, "/ivp/meters/readings", now))

    for meter in ask(gateway, "/ivp/meters", now):
        if meter["state"] == "enabled" and meter["measurementType"] in expected:
            reading = by_eid[meter["eid"]]
            values = reading["activePower"], reading["actEnergyDlvd"], reading["actEnergyRcvd"]
            assert values == expected[meter["measurementType"]]
            assert reading["timestamp"] == now


def test_standard_gateways_have_none() -> None:
    gateway = build("envoy-s-standard-5.0", start=MORNING)

    assert ask(gateway, "/ivp/meters") == []
    assert ask(gateway, "/ivp/meters/readings") == []


def test_one_european_phase_is_wired_for_three_and_hears_noise_on_the_others() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)
    (meter, _) = ask(gateway, "/ivp/meters")
    first, second, third = ask(gateway, "/ivp/meters/readings")[0]["channels"]

    assert (meter["phaseMode"], meter["phaseCount"]) == ("three", 1)
    assert first["voltage"] == pytest.approx(236, rel=0.03)
    assert 1 < second["voltage"] < 7
    assert 1 < third["voltage"] < 7
    assert third["activePower"] != 0
    assert third["actEnergyRcvd"] > 0
    assert str(second["activePower"]) == "-0.0"


def test_voltages_of_phases_add_up() -> None:
    for name, volts in (("iq-metered-7.6-3phase", 708), ("iq-encharge-8.2", 242)):
        assert ask(build(name, start=MORNING), "/ivp/meters/readings")[0]["voltage"] == pytest.approx(volts, rel=0.03)


def test_production_draws_a_little_by_night() -> None:
    reading = ask(build("iq-acb-8.3", start=MORNING), "/ivp/meters/readings", NIGHT)[0]

    assert -9 < reading["activePower"] < 0
    assert reading["pwrFactor"] < 0


def test_8_3_reads_a_meter_that_is_not_there() -> None:
    gateway = build("iq-8.3", start=MORNING)
    eids = [each["eid"] for each in ask(gateway, "/ivp/meters/readings")]

    assert 1023410688 in eids
    assert 1023410688 not in [each["eid"] for each in ask(gateway, "/ivp/meters")]
    assert readings(ask(gateway, "/ivp/meters/readings"))[704645120]["timestamp"] == 0


def test_4_2_does_not_read_what_is_disabled() -> None:
    gateway = build("envoy-s-metered-4.2", start=MORNING)

    assert [each["state"] for each in ask(gateway, "/ivp/meters")] == ["enabled", "disabled"]
    assert [each["eid"] for each in ask(gateway, "/ivp/meters/readings")] == [704643328]
    assert "statusFlags" not in ask(gateway, "/ivp/meters")[0]


def test_reports_repeat_production_json() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)
    entries = eims(ask(gateway, "/production.json"))

    for report in ask(gateway, "/ivp/meters/reports"):
        entry = entries[report["reportType"]]
        assert report["cumulative"]["actPower"] == entry["wNow"]
        assert report["cumulative"]["whDlvdCum"] == entry["whLifetime"]
    assert ask(gateway, "/ivp/meters/reports/production")["reportType"] == "production"
    kinds = [each["reportType"] for each in ask(gateway, "/ivp/meters/reports/consumption")]
    assert kinds == ["total-consumption", "net-consumption"]


def test_real_time_readings_have_three_phases() -> None:
    gateway = build("iq-generator-8.3", start=MORNING)
    truth = gateway.truth(NOON)

    for path, power in (("gridReading", truth.net_power), ("pvReading", truth.production_power)):
        (row,) = ask(gateway, f"/ivp/meters/{path}")
        assert [each["phase"] for each in row["channels"]] == ["L1", "L2", "L3"]
        assert sum(each["activePower"] for each in row["channels"]) == pytest.approx(power, abs=0.01)
        assert ("reactivePower" in row["channels"][0]) is (path == "gridReading")


def test_transformers_are_listed_by_meter() -> None:
    assert set(ask(build("iq-metered-7.6", start=MORNING), "/ivp/meters/cts")) == {"704643328", "704643584"}


def test_the_combiner_s_backfeed_is_on_one_conductor() -> None:
    gateway = build("iq-8.3", start=MORNING, lies=())
    reading = readings(ask(gateway, "/ivp/meters/readings", NIGHT))[704644352]

    assert reading["activePower"] == pytest.approx(gateway.truth(NIGHT).battery_power / 2, abs=0.01)
    assert reading["voltage"] == pytest.approx(121, rel=0.03)


def test_disabled_inputs_of_the_combiner_show_noise() -> None:
    by_eid = readings(ask(build("iq-8.3", start=MORNING), "/ivp/meters/readings"))

    assert by_eid[704644864]["timestamp"] == NOON
    assert by_eid[704644864]["activePower"] != 0
