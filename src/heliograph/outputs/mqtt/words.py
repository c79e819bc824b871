"""Home Assistant's words for a quantity: platform, device class, state class, unit, precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from heliograph.model import CATALOG, Kind, Metric, Quantity, Subject

MEASUREMENT: Final = "measurement"
TOTAL: Final = "total"
TOTAL_INCREASING: Final = "total_increasing"
DIAGNOSTIC: Final = "diagnostic"


@dataclass(frozen=True, slots=True)
class Words:
    """What Home Assistant is told of a quantity."""

    platform: str = "sensor"
    device_class: str | None = None
    unit: str | None = None
    """Exactly as Home Assistant spells it."""
    state_class: str | None = None
    """Of what moves; what describes the equipment has none."""
    precision: int | None = None
    """Decimals shown, not sent."""


_Q = Quantity

QUANTITIES: Final[Mapping[Quantity, Words]] = MappingProxyType(
    {
        _Q.POWER: Words(device_class="power", unit="W", state_class=MEASUREMENT, precision=0),
        _Q.APPARENT_POWER: Words(device_class="apparent_power", unit="VA", state_class=MEASUREMENT, precision=0),
        _Q.REACTIVE_POWER: Words(device_class="reactive_power", unit="var", state_class=MEASUREMENT, precision=0),
        _Q.POWER_FACTOR: Words(device_class="power_factor", state_class=MEASUREMENT, precision=2),
        _Q.ENERGY: Words(device_class="energy", unit="Wh", state_class=TOTAL, precision=0),
        _Q.CAPACITY: Words(device_class="energy_storage", unit="Wh", state_class=MEASUREMENT, precision=0),
        _Q.VOLTAGE: Words(device_class="voltage", unit="V", state_class=MEASUREMENT, precision=1),
        _Q.CURRENT: Words(device_class="current", unit="A", state_class=MEASUREMENT, precision=2),
        _Q.FREQUENCY: Words(device_class="frequency", unit="Hz", state_class=MEASUREMENT, precision=2),
        _Q.TEMPERATURE: Words(device_class="temperature", unit="°C", state_class=MEASUREMENT, precision=1),
        _Q.LEVEL: Words(device_class="battery", unit="%", state_class=MEASUREMENT, precision=0),
        _Q.RATIO: Words(unit="%", state_class=MEASUREMENT, precision=1),
        _Q.COUNT: Words(state_class=MEASUREMENT, precision=0),
        _Q.FLAG: Words(platform="binary_sensor"),
        _Q.STATE: Words(device_class="enum"),
        _Q.TIME: Words(device_class="timestamp"),
        _Q.TEXT: Words(),
    }
)
"""One row per quantity."""

DETAILS: Final = frozenset({"panel_details", "meters"})
"""Groups that Home Assistant is told of but leaves disabled until somebody wants them: fifty panels would bring six
hundred entities."""

_ASIDE: Final = frozenset({"gateway", "settings"})
"""Groups that concern the installation rather than its energy."""


def _flow(metric: Metric) -> str:
    return metric.key.partition("_")[0]


_SIGNED: Final = frozenset(_flow(metric) for metric in CATALOG if metric.kind is Kind.NET_TOTAL)
"""Flows that go both ways."""


def platform(metric: Metric) -> str:
    """Return the platform on which a metric stands."""
    return QUANTITIES[metric.quantity].platform


_CONNECTED: Final = frozenset({"communicating", "cloud_connected"})
"""Keys of flags that tell of a connection; of other flags their name says all."""


def device_class(metric: Metric) -> str | None:
    """Return the device class; a level that somebody set is no battery's charge, a state without a list is a text."""
    if metric.key in _CONNECTED:
        return "connectivity"
    if (metric.quantity is Quantity.LEVEL and metric.kind is Kind.FACT) or (
        metric.quantity is Quantity.STATE and not metric.states
    ):
        return None
    return QUANTITIES[metric.quantity].device_class


def state_class(metric: Metric) -> str | None:
    """Return the state class.

    What only rises, or starts again from zero at midnight, is `total_increasing`: a fall to zero is no consumption.
    What goes both ways, and a week that loses its oldest day, is `total`.
    """
    match metric.kind:
        case Kind.TOTAL:
            return TOTAL_INCREASING
        case Kind.PERIOD if metric.key.endswith("_today") and _flow(metric) not in _SIGNED:
            return TOTAL_INCREASING
        case Kind.FACT if metric.quantity is not Quantity.COUNT:
            return None
    return QUANTITIES[metric.quantity].state_class


def category(metric: Metric) -> str | None:
    """Return the entity category: what describes rather than measures is kept apart."""
    described = metric.kind is Kind.FACT and metric.subject is not Subject.SYSTEM
    spoken = metric.quantity in {Quantity.TIME, Quantity.TEXT}
    return DIAGNOSTIC if described or spoken or metric.group in _ASIDE else None
