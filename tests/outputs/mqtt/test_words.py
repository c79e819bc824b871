"""Every quantity has Home Assistant's words, and they are words it takes."""

import pytest

from heliograph.model import CATALOG, Kind, Metric, Quantity
from heliograph.outputs.base import PRECISION
from heliograph.outputs.mqtt import words
from tests.outputs import homeassistant


def test_every_quantity_has_words_and_a_precision() -> None:
    assert set(words.QUANTITIES) == set(Quantity)
    assert set(PRECISION) == set(Quantity)


@pytest.mark.parametrize("metric", CATALOG, ids=lambda metric: metric.name)
def test_every_metric_is_spoken_as_home_assistant_takes_it(metric: Metric) -> None:
    unit, kind, state = words.QUANTITIES[metric.quantity].unit, words.device_class(metric), words.state_class(metric)
    assert (unit or "") == metric.unit
    if words.platform(metric) == "sensor":
        assert unit in homeassistant.UNITS[kind]
        assert state in homeassistant.STATE_CLASSES.get(kind, homeassistant.ANY_STATE_CLASS)
    else:
        assert (unit, state) == (None, None)
        assert kind in homeassistant.FLAGS


@pytest.mark.parametrize(
    "metric", [one for one in CATALOG if one.quantity is Quantity.ENERGY], ids=lambda one: one.name
)
def test_energy_is_a_total_and_only_what_never_falls_is_increasing(metric: Metric) -> None:
    signed = metric.key.startswith("net")
    rises = metric.kind is Kind.TOTAL or (metric.key.endswith("_today") and not signed)
    assert words.state_class(metric) == ("total_increasing" if rises else "total")


@pytest.mark.parametrize("metric", [one for one in CATALOG if one.kind is Kind.NOW], ids=lambda one: one.name)
def test_every_number_of_the_moment_has_statistics(metric: Metric) -> None:
    if PRECISION[metric.quantity] is not None and metric.quantity is not Quantity.TIME:
        assert words.state_class(metric) == "measurement"
