from typing import Any

import pytest

from heliograph.model import Facts, Reason, Subject
from heliograph.protocol import Answer, Statement
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.sums import RECENT, add_inverters, add_up
from tests.protocol.asking import NOW, SERIAL, battery, facts, said, said_all

ENSEMBLE = "/ivp/ensemble/inventory"
REPORTS = "/api/v1/production/inverters"
DATA = "/ivp/pdm/device_data"


def _inverter(serial: str, key: str, value: float, source: str, at: float = NOW) -> Statement:
    return Statement(Subject.INVERTER, serial, key, value, at, source)


def _battery(serial: str, key: str, value: float, source: str) -> Statement:
    return Statement(Subject.BATTERY, serial, key, value, NOW, source)


def _system(key: str, value: Any, source: str = "acb") -> Statement:
    return Statement(Subject.SYSTEM, SERIAL, key, value, NOW, source)


def _sums(
    *statements: Statement, known: Facts | None = None, answers: dict[str, Answer] | None = None
) -> dict[tuple[str, str], Any]:
    evidence = Evidence(known or facts(), answers or {}, NOW)
    for statement in statements:
        evidence.record(statement)
    add_inverters(evidence)
    add_up(evidence)
    said_of_all = evidence.about(evidence.whole)
    return {(key, s.source): s.value for key, by_source in said_of_all.items() for s in by_source.values()}


def test_nothing_adds_up_to_nothing() -> None:
    assert _sums() == {}


def test_inverters_are_counted_and_their_reports_added() -> None:
    sums = _sums(
        _inverter("1", "power", 100, "reports"),
        _inverter("2", "power", 50, "reports", NOW - RECENT),
        _inverter("3", "power", 70, "reports", NOW - RECENT - 1),
        _inverter("4", "max_power", 300, "reports"),
    )

    assert sums == {("inverter_count", "list"): 4, ("production_power", "reports"): 150}


def test_by_night_reports_add_up_to_zero() -> None:
    assert _sums(_inverter("1", "power", 9, "reports", NOW - 40_000))[("production_power", "reports")] == 0


def test_details_are_added_where_they_are() -> None:
    sums = _sums(
        _inverter("1", "energy_lifetime", 1000.5, "device_data"),
        _inverter("1", "energy_today", 10, "device_data"),
        _inverter("2", "energy_lifetime", 2000, "device_data"),
        _inverter("3", "power", 5, "device_data"),
    )

    assert sums[("production_lifetime", "device_data")] == 3000.5
    assert sums[("production_today", "device_data")] == 10
    assert ("production_power", "reports") not in sums


@pytest.mark.parametrize(
    ("answers", "known", "count"),
    [
        ({ENSEMBLE: []}, None, 0),
        ({"/inventory.json": []}, None, 0),
        ({"/inventory.json?deleted=1": []}, None, 0),
        ({REPORTS: [{"serialNumber": "1", "devType": 1}]}, None, 0),
        ({REPORTS: [{"serialNumber": "1"}]}, None, None),
        ({ENSEMBLE: b"<html></html>"}, None, None),
        ({}, None, None),
        ({ENSEMBLE: []}, facts(devices=(battery("B"),)), None),
    ],
)
def test_no_battery_is_told_by_a_list(answers: dict[str, Any], known: Facts | None, count: int | None) -> None:
    assert _sums(known=known, answers=said_all(answers)).get(("battery_count", "list")) == count


def test_ac_batteries_may_only_be_counted() -> None:
    assert _sums(_system("battery_count", 2)) == {("battery_count", "acb"): 2, ("battery_count", "list"): 2}


def test_powers_of_iq_batteries_are_added() -> None:
    sums = _sums(_battery("1", "power", -500.25, "ensemble.power"), _battery("2", "power", 20, "ensemble.power"))

    assert sums == {("battery_count", "list"): 2, ("battery_power", "ensemble.power"): -480.25}


def test_powers_of_ac_batteries_are_added_under_their_own_name() -> None:
    sums = _sums(_battery("1", "power", 3, "device_data"), _battery("2", "power", 4, "device_data"))

    assert sums[("battery_power", "device_data")] == 7
    assert ("battery_power", "ensemble.power") not in sums


def test_the_sum_of_ac_batteries_is_added_to_iq_batteries() -> None:
    sums = _sums(
        _battery("1", "power", 100, "ensemble.power"),
        _battery("2", "max_power", 271, "reports"),
        _system("battery_power", -260),
    )

    assert sums[("battery_power", "ensemble.power")] == -160


@pytest.mark.parametrize(
    "statements",
    [
        (_battery("1", "power", 100, "ensemble.power"), _battery("2", "level", 5, "inventory")),
        (_battery("2", "level", 5, "inventory"), _system("battery_power", -260)),
    ],
    ids=["one is silent", "all are silent"],
)
def test_half_a_sum_is_none(statements: tuple[Statement, ...]) -> None:
    assert ("battery_power", "ensemble.power") not in _sums(*statements)


def test_beside_iq_batteries_the_sum_of_ac_batteries_is_partial() -> None:
    evidence = Evidence(facts(), {}, NOW)
    for statement in (_battery("1", "capacity", 5000, "ensemble"), _system("battery_level", 20)):
        evidence.record(statement)
    add_up(evidence)

    assert evidence.excluded == {(Subject.SYSTEM, "battery_level"): {"acb": Reason("partial_sum")}}


def test_levels_are_weighed_by_capacity() -> None:
    sums = _sums(
        _battery("1", "level", 100, "ensemble.power"),
        _battery("1", "capacity", 5000, "ensemble"),
        _battery("2", "level", 40, "ensemble.power"),
        _battery("2", "level", 10, "ensemble"),
        _battery("2", "capacity", 10_000, "ensemble"),
    )

    assert sums[("battery_level", "ensemble.power")] == 60


def test_listed_levels_come_from_the_best_list() -> None:
    sums = _sums(
        _battery("1", "level", 10, "device_data"),
        _battery("1", "level", 99, "inventory"),
        _battery("1", "capacity", 1240, "product"),
        _battery("2", "level", 20, "inventory"),
        _battery("2", "capacity", 1240, "product"),
    )

    assert sums[("battery_level", "list")] == 15


@pytest.mark.parametrize("capacity", [None, 0])
def test_without_every_capacity_there_is_no_mean(capacity: float | None) -> None:
    statements = [_battery("1", "level", 10, "ensemble.power")]
    statements += [] if capacity is None else [_battery("1", "capacity", capacity, "ensemble")]

    assert ("battery_level", "ensemble.power") not in _sums(*statements)


def _acb(serial: str, **lifetime: Any) -> dict[str, Any]:
    return {"devName": "acb", "sn": serial, "channels": [{"lifetime": lifetime}]}


@pytest.mark.parametrize(
    ("lifetimes", "expected"),
    [
        (({"joulesUsed": 7200, "joulesProduced": 3600}, {"joulesUsed": 3600, "joulesProduced": 0}), (3, 1)),
        (({"joulesUsed": 7200, "joulesProduced": 3600}, {"joulesUsed": 3600}), (3, None)),
        (({"joulesUsed": 7200, "joulesProduced": 3600},), (None, None)),
    ],
    ids=["whole", "half", "one is missing"],
)
def test_ac_batteries_count_what_they_took_and_gave(lifetimes: Any, expected: tuple[float | None, ...]) -> None:
    document = {str(number): _acb(str(number), **lifetime) for number, lifetime in enumerate(lifetimes)}
    batteries = [_battery(serial, "level", 5, "inventory") for serial in "01"]
    sums = _sums(*batteries, answers={DATA: said(DATA, document)})

    assert tuple(sums.get((f"{key}_lifetime", "device_data")) for key in ("charged", "discharged")) == expected
