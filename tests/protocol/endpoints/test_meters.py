from typing import Any

import pytest

from heliograph.model import MeterFact, Subject
from heliograph.protocol.endpoints import meters
from tests.protocol.asking import NOW, SERIAL, facts, meter, said

METERS, READINGS = meters.METERS, meters.READINGS


def _configured(**more: Any) -> dict[str, Any]:
    known = {"eid": 704643328, "state": "enabled", "measurementType": "production", "phaseMode": "three"}
    return known | {"phaseCount": 1, "meteringStatus": "normal", "statusFlags": ["negative-production"]} | more


def test_how_a_transformer_is_configured() -> None:
    assert meters.meter_facts(said(METERS, [_configured()])) == (
        MeterFact(704643328, "production", True, 1, "three", "normal", ("negative-production",)),
    )


@pytest.mark.parametrize(("count", "phases"), [(2, 2), (3, 3), (9, 3), (0, 1), (None, 1), ("2", 1), (-1, 1)])
def test_phases_are_one_to_three(count: Any, phases: int) -> None:
    found = meters.meter_facts(said(METERS, [_configured(phaseCount=count)]))

    assert found is not None
    assert found[0].phase_count == phases


@pytest.mark.parametrize("node", [_configured(eid=0), _configured(eid="x"), _configured(measurementType=""), 5])
def test_a_transformer_needs_an_eid_and_a_measurement(node: Any) -> None:
    assert meters.meter_facts(said(METERS, [node])) == ()


def test_a_gateway_may_not_say() -> None:
    assert meters.meter_facts(None) is None
    assert meters.meter_facts(said(METERS, b"Error: 401", status=401)) is None
    assert meters.meter_facts(said(METERS, {"a": 1})) is None
    assert meters.meter_facts(said(METERS, [])) == ()
    assert meters.meter_facts(said(METERS, [_configured(statusFlags=5)])) is not None


def test_configuration_is_stated() -> None:
    document = [_configured(), _configured(measurementType="storage", state="disabled"),
                _configured(measurementType="evse", meteringStatus=None)]  # fmt: skip
    told = {(s.id, s.key): s.value for s in meters.meters(said(METERS, document), facts())}

    assert told == {
        ("production", "state"): "enabled",
        ("production", "metering_status"): "normal",
        ("storage", "state"): "disabled",
        ("evse", "state"): "enabled",
    }


def _channel(power: float, voltage: float) -> dict[str, Any]:
    return {"activePower": power, "voltage": voltage, "current": 1, "actEnergyDlvd": 10, "actEnergyRcvd": 3}


def _reading(eid: int, *channels: tuple[float, float], **more: Any) -> dict[str, Any]:
    whole = {"eid": eid, "timestamp": int(NOW) - 3, "actEnergyDlvd": 100.0004, "actEnergyRcvd": 30, "pwrFactor": 0.9}
    sums = {"activePower": sum(power for power, _ in channels), "voltage": sum(voltage for _, voltage in channels)}
    return whole | sums | {"channels": [_channel(*channel) for channel in channels]} | more


def _said(known: Any, document: Any) -> dict[tuple[str, str, str], Any]:
    answer = said(READINGS, document)
    return {(s.subject, s.id, s.key): s.value for s in meters.readings(answer, facts(meters=known))}


def test_a_reading_of_one_phase() -> None:
    told = _said((meter("production"),), [_reading(704643328, (500, 235), (1, 3), (1, 2), voltage=235)])

    assert told == {
        (Subject.METER, "production", "power"): 502,
        (Subject.METER, "production", "power_factor"): 0.9,
        (Subject.METER, "production", "voltage"): 235,
        (Subject.METER, "production", "energy_delivered"): 100,
        (Subject.METER, "production", "energy_received"): 30,
        (Subject.PHASE, "L1", "production_power"): 500,
        (Subject.PHASE, "L1", "voltage"): 235,
        (Subject.SYSTEM, SERIAL, "production_power"): 502,
        (Subject.SYSTEM, SERIAL, "production_lifetime"): 100,
    }


def test_a_reading_of_two_phases() -> None:
    told = _said((meter("net-consumption", phases=2),), [_reading(704643584, (500, 120), (-100, 122), (9, 3))])

    assert told[Subject.METER, "net-consumption", "voltage"] == 121
    assert told[Subject.METER, "net-consumption.L2", "power"] == -100
    assert (Subject.METER, "net-consumption.L3", "power") not in told
    assert told[Subject.PHASE, "L2", "current"] == 1
    assert told[Subject.SYSTEM, SERIAL, "net_lifetime"] == 70
    assert told[Subject.SYSTEM, SERIAL, "import_lifetime"] == 100
    assert told[Subject.SYSTEM, SERIAL, "export_lifetime"] == 30


@pytest.mark.parametrize(
    ("channels", "whole", "voltage"),
    [
        (((1, 120.5), (1, 0.0)), 120.5, 120.5),
        (((1, 235.0), (1, 3.0)), 238, 235),
        (((1, 2.0), (1, 3.0)), 240, 120),
    ],
    ids=["one connected", "noise", "none connected"],
)
def test_the_voltage_is_that_of_the_phases_that_are_connected(channels: Any, whole: float, voltage: float) -> None:
    told = _said((meter("production", phases=2),), [_reading(704643328, *channels, voltage=whole)])

    assert told[Subject.METER, "production", "voltage"] == voltage


def test_a_storage_meter_counts_what_batteries_take_and_give() -> None:
    told = _said((meter("storage"),), [_reading(704643840, (-641, 230))])

    assert {key: value for (subject, _, key), value in told.items() if subject is Subject.SYSTEM} == {
        "battery_power": -641,
        "discharged_lifetime": 100,
        "charged_lifetime": 30,
    }


def test_other_meters_are_only_meters() -> None:
    told = _said((meter("evse", eid=704644864),), [_reading(704644864, (7000, 230))])

    assert {subject for subject, _, _ in told} == {Subject.METER}


@pytest.mark.parametrize("document", [[], {}, [_reading(5, (1, 230))], [{"eid": [704643328]}], [{"eid": 704643328}]])
def test_readings_are_matched_by_eid(document: Any) -> None:
    assert _said((meter("production"),), document) == {}


def test_readings_of_disabled_meters_are_noise() -> None:
    assert _said((meter("production", enabled=False),), [_reading(704643328, (1, 2))]) == {}
    assert _said(None, [_reading(704643328, (1, 2))]) == {}


def test_net_needs_both_counters() -> None:
    told = _said((meter("net-consumption"),), [_reading(704643584, (1, 230), actEnergyRcvd=None)])

    assert (Subject.SYSTEM, SERIAL, "net_lifetime") not in told
