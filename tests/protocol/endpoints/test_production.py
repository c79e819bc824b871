from typing import Any

import pytest

from heliograph.model import Subject
from heliograph.protocol.endpoints import production
from tests.protocol.asking import NOW, SERIAL, facts, said

DETAILS, LIVE = production.DETAILS, production.LIVEDATA


def _said(reader: Any, target: str, document: Any) -> dict[tuple[str, str, str, str], Any]:
    return {(s.subject, s.id, s.key, s.source): s.value for s in reader(said(target, document), facts())}


EIM = {"type": "eim", "activeCount": 1, "readingTime": int(NOW) - 5, "wNow": 10.5, "whToday": 20, "whLifetime": 30.0004}


def test_elements_are_told_by_type_and_measurement() -> None:
    document = {
        "consumption": [
            EIM | {"measurementType": "net-consumption", "wNow": -3},
            EIM | {"measurementType": "total-consumption", "wNow": 7, "whLastSevenDays": 852},
        ],
        "production": [
            EIM | {"measurementType": "production", "whLastSevenDays": 40},
            {"type": "inverters", "activeCount": 12, "wNow": 9, "whLifetime": 31},
        ],
    }
    told = {
        (key, source): value for (_, _, key, source), value in _said(production.production, DETAILS, document).items()
    }

    assert told == {
        ("production_power", "meter.production"): 10.5,
        ("production_today", "meter.production"): 20,
        ("production_7_days", "meter.production"): 40,
        ("production_lifetime", "meter.production"): 30,
        ("consumption_power", "meter.consumption"): 7,
        ("consumption_today", "meter.consumption"): 20,
        ("consumption_lifetime", "meter.consumption"): 30,
        ("net_power", "meter.net"): -3,
        ("net_lifetime", "meter.net"): 30,
        ("inverter_count", "inverters"): 12,
        ("production_power", "inverters"): 9,
        ("production_lifetime", "inverters"): 31,
    }


def test_a_meter_without_a_measurement_is_that_of_production() -> None:
    told = _said(production.production, DETAILS, {"production": [EIM], "consumption": [EIM]})

    assert {key for _, _, key, _ in told} == {"production_power", "production_today", "production_lifetime"}


def test_a_statement_has_the_time_of_its_element() -> None:
    statements = production.production(said(DETAILS, {"production": [EIM, {"type": "inverters", "wNow": 1}]}), facts())

    assert {statement.source: statement.at for statement in statements} == {
        "meter.production": int(NOW) - 5,
        "inverters": NOW,
    }


@pytest.mark.parametrize(("count", "told"), [(2, 4), (0, 1)])
def test_ac_batteries_speak_where_there_are_some(count: int, told: int) -> None:
    acb = {"type": "acb", "activeCount": count, "wNow": -260, "percentFull": 50, "state": "charging"}

    assert len(_said(production.production, DETAILS, {"storage": [acb]})) == told


def test_lines_are_phases() -> None:
    lines = [{"wNow": 1, "rmsVoltage": 230, "rmsCurrent": 2}, {"wNow": 3}]
    document = {
        "production": [EIM | {"measurementType": "production", "lines": lines}],
        "consumption": [EIM | {"measurementType": "net-consumption", "lines": lines}],
    }
    told = _said(production.production, DETAILS, document)

    assert {place[1:3]: value for place, value in told.items() if place[0] is Subject.PHASE} == {
        ("L1", "production_power"): 1,
        ("L2", "production_power"): 3,
        ("L1", "net_power"): 1,
        ("L1", "voltage"): 230,
        ("L1", "current"): 2,
        ("L2", "net_power"): 3,
    }


def test_the_element_of_a_source() -> None:
    assert production.element(None, production.INVERTERS) == {}
    assert production.element(said(DETAILS, {"production": [5]}), production.INVERTERS) == {}
    assert production.element(said(DETAILS, {"production": [EIM]}), production.METER_PRODUCTION) == EIM


def test_the_summary() -> None:
    document = {"wattHoursToday": 1, "wattHoursSevenDays": 2, "wattHoursLifetime": 3, "wattsNow": -4}
    expected = {"production_today": 1, "production_7_days": 2, "production_lifetime": 3, "production_power": -4}

    told = _said(production.summary, production.V1, document)
    assert told == {(Subject.SYSTEM, SERIAL, key, "summary"): value for key, value in expected.items()}
    told = _said(production.energy, production.ENERGY, {"production": {"pcu": document, "eim": {}}})
    assert told == {(Subject.SYSTEM, SERIAL, key, "energy.inverters"): value for key, value in expected.items()}
    assert _said(production.energy, production.ENERGY, {"production": 5}) == {}


def _live(updated: float) -> dict[str, Any]:
    return {
        "meters": {
            "last_update": int(updated),
            "soc": 26,
            "pv": {"agg_p_mw": 1_000_000},
            "load": {"agg_p_mw": 300_000},
            "grid": {"agg_p_mw": -700_500},
            "storage": {"agg_p_mw": 0},
        }
    }


def test_live_data_in_milliwatts() -> None:
    told = {key: value for (_, _, key, _), value in _said(production.livedata, LIVE, _live(NOW)).items()}

    assert told == {
        "production_power": 1000,
        "consumption_power": 300,
        "net_power": -700.5,
        "battery_power": 0,
        "battery_level": 26,
    }


@pytest.mark.parametrize("updated", [NOW - 301, NOW + 400, 0])
def test_live_data_that_stands_still_says_nothing(updated: float) -> None:
    assert _said(production.livedata, LIVE, _live(updated)) == {}
