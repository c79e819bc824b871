import pytest

from heliograph.model import CATALOG, Kind, Metric, Quantity
from heliograph.outputs.jeedom.words import QUANTITIES, words


def test_every_quantity_has_its_words() -> None:
    assert set(QUANTITIES) == set(Quantity)


def _one(name: str) -> Metric:
    return next(metric for metric in CATALOG if metric.name == name)


@pytest.mark.parametrize(
    ("name", "sub_type", "generic", "historized", "merge"),
    [
        ("system.production_power", "numeric", "POWER", True, "avg"),
        ("system.production_today", "numeric", "DAILY_PRODUCTION", True, "max"),
        ("system.production_7_days", "numeric", "GENERIC_INFO", True, "max"),
        ("system.production_lifetime", "numeric", "PRODUCTION", True, "max"),
        ("system.consumption_today", "numeric", "DAILY_CONSUMPTION", True, "max"),
        ("system.consumption_lifetime", "numeric", "CONSUMPTION", True, "max"),
        ("system.net_today", "numeric", "GENERIC_INFO", True, "avg"),
        ("system.net_lifetime", "numeric", "GENERIC_INFO", True, "avg"),
        ("system.battery_level", "numeric", "BATTERY", True, "avg"),
        ("system.battery_state", "string", "GENERIC_INFO", False, "none"),
        ("system.inverter_count", "numeric", "GENERIC_INFO", False, "none"),
        ("inverter.producing", "binary", "GENERIC_INFO", False, "none"),
        ("inverter.communicating", "binary", "ONLINE", False, "none"),
        ("inverter.max_power", "numeric", "GENERIC_INFO", False, "avg"),
        ("inverter.energy_today", "numeric", "DAILY_PRODUCTION", True, "max"),
        ("inverter.ac_voltage", "numeric", "VOLTAGE", False, "avg"),
        ("battery.max_temperature", "numeric", "TEMPERATURE", True, "avg"),
        ("battery.state_of_health", "numeric", "GENERIC_INFO", True, "avg"),
    ],
)
def test_words_of_a_metric(name: str, sub_type: str, generic: str, historized: bool, merge: str) -> None:
    said = words(_one(name))
    assert (said.sub_type, said.generic, said.historized, said.merge) == (sub_type, generic, historized, merge)


def test_only_numbers_are_rounded_and_limited() -> None:
    for metric in CATALOG:
        said = words(metric)
        assert (said.decimals is not None) == (said.sub_type == "numeric"), metric.name
        assert said.maximum is None or said.maximum == 100, metric.name


def test_what_can_fall_is_never_merged_by_its_highest_value() -> None:
    falling = [metric for metric in CATALOG if metric.kind is Kind.NET_TOTAL]
    assert {words(metric).merge for metric in falling} == {"avg"}
