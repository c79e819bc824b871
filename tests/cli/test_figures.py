import pytest

from heliograph.cli.figures import age, duration, figure, number
from heliograph.cli.words import Words
from heliograph.model import METRICS, Value

POWER = "system.production_power"
ENERGY = "system.production_lifetime"


@pytest.mark.parametrize(
    ("metric", "value", "english", "french"),
    [
        (POWER, 0, "0 W", "0\u00a0W"),
        (POWER, -0.2, "0 W", "0\u00a0W"),
        (POWER, 999.4, "999 W", "999\u00a0W"),
        (POWER, 999.6, "1.00 kW", "1,00\u00a0kW"),
        (POWER, -2680, "-2.68 kW", "-2,68\u00a0kW"),
        (POWER, 1_234_000, "1.23 MW", "1,23\u00a0MW"),
        (ENERGY, 999, "999 Wh", "999\u00a0Wh"),
        (ENERGY, 123_642, "123.6 kWh", "123,6\u00a0kWh"),
        (ENERGY, 33_530_054, "33.53 MWh", "33,53\u00a0MWh"),
        ("system.battery_level", 10.4, "10 %", "10\u00a0%"),
        ("system.inverter_count", 1200, "1,200", "1\u202f200"),
        ("system.battery_state", "charging", "charging", "en charge"),
        ("inverter.producing", True, "yes", "oui"),
        ("inverter.temperature", 21, "21.0 °C", "21,0\u00a0°C"),
        ("meter.power_factor", -0.5, "-0.50", "-0,50"),
        ("firmware.version", "D8.2", "D8.2", "D8.2"),
    ],
)
def test_writes_values_for_people(metric: str, value: Value, english: str, french: str) -> None:
    assert figure(METRICS[metric], value, "en") == english
    assert figure(METRICS[metric], value, "fr").lower() == french.lower()


def test_writes_numbers() -> None:
    assert number(1234567.891, 1, "en") == "1,234,567.9"
    assert number(1234567.891, 1, "fr") == "1\u202f234\u202f567,9"


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "0 s"), (59, "59 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 days")]
)
def test_says_ages(seconds: float, said: str) -> None:
    assert age(seconds, Words("en")) == said


def test_says_durations() -> None:
    assert [duration(seconds, "en") for seconds in (0.042, 1.5, 12)] == ["42 ms", "1.50 s", "12.0 s"]
