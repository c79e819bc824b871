from typing import Any

import pytest

from heliograph.model import Facts
from heliograph.protocol.endpoints import site
from tests.protocol.asking import battery, facts, said


def _said(reader: Any, target: str, document: Any, known: Facts | None = None) -> dict[str, Any]:
    return {statement.key: statement.value for statement in reader(said(target, document), known or facts())}


def _home(strength: Any = 3, most: Any = 5) -> dict[str, Any]:
    interfaces = [
        {"interface": "eth0", "ip": None},
        {"interface": "wlan0", "signal_strength": strength, "signal_strength_max": most},
    ]
    network = {"web_comm": True, "last_enlighten_report_time": 1_785_593_200, "primary_interface": "wlan0"}
    return {"network": network | {"interfaces": interfaces}, "comm": {"pcu": {"num": 12}}, "timezone": "Europe/Paris"}


def test_home() -> None:
    assert _said(site.home, site.HOME, _home()) == {
        "cloud_connected": True,
        "last_cloud_report": 1_785_593_200,
        "interface": "wlan0",
        "communicating_inverters": 12,
        "signal_strength": 60,
    }


@pytest.mark.parametrize(("strength", "most"), [(None, 5), (3, 0), (3, None), (6, 5), (-1, 5)])
def test_a_signal_that_has_no_scale_says_nothing(strength: Any, most: Any) -> None:
    assert "signal_strength" not in _said(site.home, site.HOME, _home(strength, most))


@pytest.mark.parametrize(
    ("zone", "found"), [("Europe/Paris", "Europe/Paris"), ("US/Eastern", "US/Eastern"), ("Mars", None), (5, None)]
)
def test_the_time_zone(zone: Any, found: str | None) -> None:
    assert site.timezone(said(site.HOME, {"timezone": zone})) == found
    assert site.timezone(None) is None


TARIFF = {"tariff": {"storage_settings": {"mode": "backup", "reserved_soc": 20.0, "charge_from_grid": False}}}


def test_the_storage_mode_means_something_beside_a_battery() -> None:
    told = _said(site.tariff, site.TARIFF, TARIFF, facts(devices=(battery("B"),)))

    assert told == {"mode": "backup", "reserve_level": 20, "charge_from_grid": False}
    assert _said(site.tariff, site.TARIFF, TARIFF) == {}


def test_limits() -> None:
    assert _said(site.export_limit, site.EXPORT_LIMIT, {"PEL": False}) == {"export_limited": False}
    document = {"enable": True, "pv_limit_pct": 70}
    expected = {"production_limited": True, "production_limit": 70}
    assert _said(site.production_limit, site.PRODUCTION_LIMIT, document) == expected
