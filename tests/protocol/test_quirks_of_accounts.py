"""Quirks of sums and accounts, on invented gateways: their witnesses and near misses."""

from collections.abc import Mapping
from typing import Any

import pytest

from heliograph.model import Reason, Subject
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.quirks import WRAP
from tests.protocol.asking import battery, facts, meter
from tests.protocol.invented import (
    DATA,
    DETAILS,
    READINGS,
    V1,
    WHOLE,
    device_data,
    eim,
    encharge,
    fired,
    inverters,
    metered,
    pcu,
    production,
    shows,
    summary,
)

# --- Q1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(WRAP, True), (5 * WRAP, True), (WRAP + 60, True), (WRAP + 100, False), (0, False), (WRAP / 2, False)],
)
def test_q1_whole_wraps_are_missing_from_the_inverters_sum(missing: float, expected: bool) -> None:
    documents = {DETAILS: production(inverters(1000, power=100)), V1: summary(1000 + missing)}

    assert shows("Q1", facts(metered=False), documents) == expected


def test_q1_gives_the_lost_wraps_back() -> None:
    documents = {DETAILS: production(inverters(351236, power=586)), V1: summary(1544282)}
    evidence, _ = fired(facts(metered=False), documents)

    assert evidence.system("production_lifetime", "inverters") == 1544282.471
    assert evidence.corrected[WHOLE, "production_lifetime", "inverters"] == (
        351236,
        Reason("counter_wrap", {"wraps": 1}),
    )


def test_q1_of_each_inverter_shows_beside_their_64_bit_counters() -> None:
    counters = [4_904_101_572, 1_000_000_000]
    reported = sum(joules % 2**32 for joules in counters) / 3600
    documents = {
        DETAILS: production(inverters(round(reported))),
        DATA: device_data(pcu("1", joules=counters[0]), pcu("2", joules=counters[1])),
    }
    evidence, names = fired(facts(), documents)

    assert "Q1" in names
    assert evidence.system("production_lifetime", "inverters") == pytest.approx(sum(counters) / 3600, abs=1)


def test_q1_is_not_read_from_a_summary_that_follows_a_meter() -> None:
    metered = production(eim("production", 100, 1000 + WRAP), inverters(1000))

    assert not shows("Q1", facts(meters=(meter("production"),)), {DETAILS: metered, V1: summary(1000 + WRAP)})


# --- Q5 ---------------------------------------------------------------------------------------------------------------


def _total(power: float, lifetime: float, *, net: tuple[float, float] = (428, 5000), made: float = 900) -> Any:
    consumed = (eim("total-consumption", power, lifetime), eim("net-consumption", *net))
    return {DETAILS: production(eim("production", 357, made), consumption=consumed)}


def test_q5_adds_production_where_the_total_repeats_the_net() -> None:
    evidence, names = fired(facts(), _total(428, 5000))

    assert "Q5" in names
    assert evidence.system("consumption_power", "meter.consumption") == 428 + 357
    assert evidence.system("consumption_lifetime", "meter.consumption") == 5000 + 900
    assert [finding.code for finding in evidence.findings] == ["total_equals_net"] * 2


@pytest.mark.parametrize(
    "documents",
    [
        _total(428.02, 5000),
        _total(428, 5000.02),
        _total(428, 5000, made=0),
        {DETAILS: production(eim("production", 1, 900), consumption=(eim("net-consumption", 428, 5000),))},
    ],
    ids=["other power", "other lifetime", "never produced", "no total"],
)
def test_q5_needs_both_to_be_the_same(documents: Mapping[str, Any]) -> None:
    assert not shows("Q5", facts(), documents)


# --- Q6, Q8 -----------------------------------------------------------------------------------------------------------


_NOISE = production(
    eim("production", 3.7, 1587, activeCount=0),
    inverters(32_465_106, 5521),
    consumption=(
        eim("total-consumption", -1.8, -18, activeCount=0),
        eim("net-consumption", -5.5, -2224, activeCount=0),
    ),
)


def test_q6_silences_the_meter_that_is_off_and_the_summary_that_follows_it() -> None:
    evidence, names = fired(facts(), {DETAILS: _NOISE, V1: summary(1583)})

    assert {"Q6", "Q8"} <= set(names)
    assert evidence.about(WHOLE)["production_power"].keys() == {"inverters"}
    assert "consumption_power" not in evidence.about(WHOLE) or not evidence.about(WHOLE)["consumption_power"]
    assert evidence.excluded[Subject.SYSTEM, "production_power"]["summary"] == Reason("no_production_meter")


def test_q6_leaves_the_summary_of_a_board_without_meters() -> None:
    evidence, names = fired(facts(metered=False), {DETAILS: _NOISE, V1: summary(32_465_106)})

    assert "Q6" in names
    assert evidence.system("production_lifetime", "summary") == 32_465_106


def test_q6_believes_the_configuration_before_the_count() -> None:
    flicker = production(eim("production", 500, 1000, activeCount=0), inverters(900))

    assert not shows("Q6", facts(meters=(meter("production"),)), {DETAILS: flicker})
    assert shows("Q6", facts(meters=(meter("production", enabled=False),)), {DETAILS: metered()})


def test_q6_and_q8_do_not_fire_on_a_meter_that_is_on() -> None:
    _, names = fired(facts(), {DETAILS: metered()})

    assert not {"Q6", "Q8"} & set(names)


def test_q8_needs_both_entries_to_be_off() -> None:
    half = metered()
    half["consumption"][0]["activeCount"] = 0

    assert not shows("Q8", facts(), {DETAILS: half})
    assert shows("Q8", facts(meters=(meter("net-consumption", enabled=False),)), {DETAILS: metered()})


# --- Q7, H1 -----------------------------------------------------------------------------------------------------------


def test_q7_zeros_beside_inverters_that_have_produced_say_nothing() -> None:
    evidence, names = fired(facts(metered=False), {DETAILS: production(inverters(5000)), V1: summary(0, 0, 0, 0)})

    assert "Q7" in names
    assert evidence.system("production_lifetime", "summary") is None


@pytest.mark.parametrize(
    "documents",
    [
        {DETAILS: production(inverters(0)), V1: summary(0, 0, 0, 0)},
        {DETAILS: production(inverters(5000)), V1: summary(5000, 0, 0, 0)},
        {DETAILS: production(inverters(5000)), V1: {"wattHoursToday": 0, "wattsNow": 0}},
        {V1: summary(0, 0, 0, 0)},
    ],
    ids=["new roof", "morning", "incomplete", "alone"],
)
def test_q7_zeros_may_be_true(documents: Mapping[str, Any]) -> None:
    assert not shows("Q7", facts(metered=False), documents)


@pytest.mark.parametrize(("lifetime", "expected"), [(900_000, False), (909_000, False), (880_000, True), (0, True)])
def test_h1_the_summary_stands_still_beside_the_meter(lifetime: float, expected: bool) -> None:
    documents = {DETAILS: metered(), V1: summary(lifetime, 1, 2)}

    assert shows("H1", facts(), documents) == expected


# --- Q17 --------------------------------------------------------------------------------------------------------------


def _counted(net: float, imported: float, exported: float) -> dict[str, Any]:
    reading = {"eid": 704643584, "activePower": 10, "actEnergyDlvd": imported, "actEnergyRcvd": exported}
    return {
        DETAILS: production(eim("production", 1, 9_000_000), consumption=(eim("net-consumption", 10, net),)),
        READINGS: [reading],
    }


@pytest.mark.parametrize(
    ("net", "expected"), [(5_000_000, True), (5_000_004, True), (5_000_006, False), (3_000_000, False), (-1, False)]
)
def test_q17_the_net_equals_what_was_imported(net: float, expected: bool) -> None:
    known = facts(meters=(meter("production"), meter("net-consumption")))
    evidence, names = fired(known, _counted(net, 5_000_000, 2_000_000))

    assert ("Q17" in names) == expected
    if expected:
        assert evidence.system("net_lifetime", "meter.net") == 3_000_000


def test_q17_without_exports_net_is_import_in_truth() -> None:
    known = facts(meters=(meter("production"), meter("net-consumption")))

    assert not shows("Q17", known, _counted(5_000_000, 5_000_000, 500))


@pytest.mark.parametrize(("net", "expected"), [(7_116_676, True), (6_600_000, False), (6_494_874, False)])
def test_q17_without_readings_what_is_missing_from_the_total_was_exported(net: float, expected: bool) -> None:
    consumed = (eim("total-consumption", 1, 10_154_381), eim("net-consumption", 1, net))
    documents = {DETAILS: production(eim("production", 1, 3_659_506), consumption=consumed)}

    assert shows("Q17", facts(), documents) == expected


def test_q17_cannot_be_told_of_a_net_alone() -> None:
    assert not shows("Q17", facts(), {DETAILS: production(consumption=(eim("net-consumption", 1, 5000),))})


# --- Q10, H2 ----------------------------------------------------------------------------------------------------------


def _lines(*voltages: float) -> dict[str, Any]:
    lines = [{"wNow": 10 * voltage, "rmsVoltage": voltage, "rmsCurrent": 1} for voltage in voltages]
    return {DETAILS: production(eim("production", 1, 1000, lines=lines))}


def _phases(evidence: Evidence) -> list[str]:
    return list(evidence.statements.get(Subject.PHASE, {}))


@pytest.mark.parametrize(
    ("meters", "voltages", "phases"),
    [
        ((meter("production", phases=2),), (120, 121, 0), ["L1", "L2"]),
        ((meter("production", phases=1),), (230, 3, 0), ["L1"]),
        ((meter("production", phases=3),), (230, 231, 232), ["L1", "L2", "L3"]),
        (None, (120, 121, 0), ["L1", "L2"]),
        (None, (230,), ["L1"]),
    ],
)
def test_q10_lines_without_a_transformer_are_no_phases(meters: Any, voltages: Any, phases: list[str]) -> None:
    evidence, names = fired(facts(meters=meters), _lines(*voltages))

    assert _phases(evidence) == phases
    assert ("Q10" in names) == (len(phases) < len(voltages))


def _stored(power: int, devices: tuple[Any, ...] = (battery("B1"),)) -> Any:
    return fired(facts(devices=devices), encharge(50, 50) | {DETAILS: metered()})


def test_h2_the_total_beside_a_battery_is_not_what_the_house_takes() -> None:
    evidence, names = _stored(-1000)

    assert "H2" in names
    assert evidence.system("consumption_power", "meter.consumption") is None
    assert evidence.excluded[Subject.SYSTEM, "consumption_power"]["meter.consumption"] == Reason("battery_in_total")


def test_h2_needs_a_battery_and_a_total() -> None:
    assert not shows("H2", facts(), {DETAILS: metered()})
    assert not shows("H2", facts(devices=(battery("B1"),)), {DETAILS: production(inverters(5))})
    assert shows("H2", facts(meters=(meter("storage"), meter("net-consumption"))), {DETAILS: metered()})
