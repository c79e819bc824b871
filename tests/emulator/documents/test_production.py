from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.documents.production import KEYS
from heliograph.emulator.families import FAMILIES, build
from tests.emulator.asking import MIDNIGHT, MORNING, NIGHT, NOON, ask, eims

METERED = sorted(
    name
    for name, family in FAMILIES.items()
    if family.equipment.meters and family.equipment.meters[1].enabled and family.dialect.lines
)
SUMMED = [key for key in KEYS if key != "pwrFactor"]


def exact(value: float) -> Decimal:
    return Decimal(str(value))


@settings(max_examples=25)
@given(st.sampled_from(METERED), st.integers(0, 4 * 86400))
def test_lines_sum_to_aggregates_to_the_last_digit(name: str, seconds: int) -> None:
    gateway = build(name, start=MORNING, lies=())

    for entry in eims(ask(gateway, "/production.json?details=1", MORNING + seconds)).values():
        assert len(entry["lines"]) == gateway.plan.wiring.phases
        for key in SUMMED:
            if "Today" in key and key.startswith("var"):
                continue
            assert sum(exact(line[key]) for line in entry["lines"]) == exact(entry[key]), key


@settings(max_examples=25)
@given(st.sampled_from(METERED), st.integers(0, 4 * 86400))
def test_total_is_production_and_net(name: str, seconds: int) -> None:
    gateway = build(name, start=MORNING, lies=())
    now = MORNING + seconds
    entries = eims(ask(gateway, "/production.json", now))
    production, total, net = (entries[key] for key in ("production", "total-consumption", "net-consumption"))
    truth = gateway.truth(now)

    assert exact(total["wNow"]) == exact(production["wNow"]) + exact(net["wNow"])
    life = truth.lifetime
    metered = exact(life.production) - exact(life.production_received) + exact(life.imported) - exact(life.exported)
    if not gateway.plan.batteries:
        assert metered == exact(life.consumption)
    assert exact(total["whLifetime"]) == metered
    assert production["wNow"] == truth.production_power
    assert production["whLifetime"] == life.production
    if "total" not in name:
        assert net["wNow"] == truth.net_power
        signed = exact(life.imported) - exact(life.exported)
        assert exact(net["whLifetime"]) == (exact(life.imported) if gateway.dialect.net_is_import else signed)


@settings(max_examples=25)
@given(st.sampled_from(METERED), st.integers(0, 3 * 86400))
def test_today_is_the_lifetime_less_a_whole_baseline(name: str, seconds: int) -> None:
    gateway = build(name, start=MORNING, lies=())
    now = MORNING + seconds
    entry = eims(ask(gateway, "/production.json", now))["production"]

    assert (exact(entry["whLifetime"]) - exact(entry["whToday"])) % 1 == 0
    assert entry["whToday"] == pytest.approx(gateway.truth(now).today.production, abs=gateway.plan.wiring.phases)
    assert entry["whLastSevenDays"] == pytest.approx(gateway.truth(now).seven_days.production, abs=3)


def test_today_begins_anew_at_local_midnight() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    before, after = (
        eims(ask(gateway, "/production.json", MIDNIGHT + second))["total-consumption"]["whToday"] for second in (-2, 60)
    )
    assert before > 3000
    assert after < 100


def test_net_has_no_today() -> None:
    net = eims(ask(build("iq-metered-7.6", start=MORNING), "/production.json"))["net-consumption"]

    assert [net[key] for key in ("whToday", "whLastSevenDays", "vahToday")] == [0, 0, 0]


def test_an_exporting_net_is_signed_where_the_firmware_signs() -> None:
    signs = {}
    for name in ("envoy-s-metered-4.10", "iq-metered-7.6"):
        net = eims(ask(build(name, start=MORNING, inverters=40), "/production.json"))["net-consumption"]
        assert net["wNow"] < 0
        signs[name] = net["rmsCurrent"] > 0
    assert signs == {"envoy-s-metered-4.10": True, "iq-metered-7.6": False}


def test_by_night_inverters_have_no_time_and_the_meter_a_small_negative_power() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), "/production.json", NIGHT)

    inverters, meter = document["production"]
    assert (inverters["readingTime"], inverters["wNow"], inverters["activeCount"]) == (0, 0, 8)
    assert -9 < meter["wNow"] < 0
    assert meter["readingTime"] == NIGHT


def test_by_night_v1_is_negative_too() -> None:
    assert -9 < ask(build("iq-acb-8.3", start=MORNING), "/api/v1/production", NIGHT)["wattsNow"] < 0


@pytest.mark.parametrize("name", ["iq-acb-8.3", "iq-generator-8.3", "iq-metered-8.2"])
def test_v1_repeats_the_meter_of_the_last_quarter(name: str) -> None:
    gateway = build(name, start=MORNING)
    v1 = ask(gateway, "/api/v1/production", NOON)

    assert v1 == ask(gateway, "/ivp/pdm/energy", NOON)["production"]["eim"]
    assert v1 == ask(gateway, "/api/v1/production", NOON + 60)
    meter = eims(ask(gateway, "/production.json", NOON + 60))["production"]
    assert 0 < meter["whToday"] - v1["wattHoursToday"] < 1500


@pytest.mark.parametrize("name", ["envoy-r-3.17", "envoy-s-standard-5.0", "iq-standard-7.6"])
def test_without_meters_v1_sums_the_inverters(name: str) -> None:
    gateway = build(name, start=MORNING)
    v1 = ask(gateway, "/api/v1/production")
    truth = gateway.truth(NOON)

    assert v1["wattHoursLifetime"] == sum(each.joules for each in truth.inverters.values()) // 3600
    assert v1["wattsNow"] == sum(int(each.power) for each in truth.inverters.values())
    assert v1["wattHoursToday"] == pytest.approx(truth.today.production, rel=0.1)


def test_inverters_lifetime_is_the_sum_of_their_joules() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, lies=())
    alive = [each for each in gateway.truth(NOON).inverters.values() if not each.retired]

    entry = ask(gateway, "/production.json")["production"][0]
    assert entry["whLifetime"] == sum(each.joules for each in alive) // 3600
    assert entry["activeCount"] == len(alive)


def test_v1_stands_still_where_no_meter_is_enabled() -> None:
    noct = ask(build("iq-metered-noct", start=MORNING), "/api/v1/production")

    assert noct == {"wattHoursToday": 0, "wattHoursSevenDays": 1583, "wattHoursLifetime": 1583, "wattsNow": 4}


def test_a_disabled_meter_is_noise() -> None:
    for entry in eims(ask(build("iq-metered-noct", start=MORNING), "/production.json")).values():
        assert entry["activeCount"] == 0
        assert abs(entry["wNow"]) < 50


def test_4_2_has_twelve_keys_and_one_consumption() -> None:
    document = ask(build("envoy-s-metered-4.2", start=MORNING), "/production.json")

    assert len(document["production"][1]) == 12
    assert [len(each) for each in document["consumption"]] == [17]
    assert "storage" not in document


@pytest.mark.parametrize("now", [NOON, NIGHT, MIDNIGHT - 3600])
def test_ac_batteries_are_in_the_storage_entry(now: float) -> None:
    gateway = build("iq-acb-8.2", start=MORNING)
    (entry,) = ask(gateway, "/production.json", now)["storage"]
    truth = gateway.truth(now)

    assert entry["activeCount"] == 2
    assert entry["wNow"] == pytest.approx(truth.battery_power, abs=1)
    assert entry["percentFull"] == pytest.approx(truth.state_of_charge, abs=1)
    assert entry["whNow"] == pytest.approx(2480 * entry["percentFull"] / 100, abs=15)
    expected = "idle" if abs(truth.battery_power) < 20 else "discharging" if truth.battery_power > 0 else "charging"
    assert entry["state"] in {expected, "full"}


def test_encharges_are_not_in_the_storage_entry() -> None:
    (entry,) = ask(build("iq-encharge-8.2", start=MORNING), "/production.json")["storage"]

    assert entry == {"type": "acb", "activeCount": 0, "readingTime": 0, "wNow": 0, "whNow": 0, "state": "idle"}


def test_pdm_knows_consumption() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)
    energy: Any = ask(gateway, "/ivp/pdm/energy")

    total = eims(ask(gateway, "/production.json"))["total-consumption"]
    assert energy["consumption"]["eim"]["wattHoursLifetime"] == pytest.approx(total["whLifetime"], abs=1500)
    assert energy["production"]["rgm"]["wattHoursLifetime"] == 0
