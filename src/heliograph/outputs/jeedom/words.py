"""Jeedom's words for a quantity: sub-type, generic type, history, icon, widget. No metric is named here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from heliograph.model import Kind, Metric, Quantity

AVERAGE: Final = "avg"
MAXIMUM: Final = "max"
AS_IT_IS: Final = "none"
"""How Jeedom merges an hour of history into one value."""

GENERIC: Final = "GENERIC_INFO"


@dataclass(frozen=True, slots=True)
class Words:
    """What Jeedom is told of a quantity."""

    sub_type: str
    """`numeric`, `binary` or `string`."""
    icon: str
    """Classes of the icon set that the core brings."""
    decimals: int | None = None
    """Decimals worth storing; None where the value is no number."""
    generic: str = GENERIC
    historized: bool = False
    merge: str = AS_IT_IS
    minimum: float | None = None
    maximum: float | None = None


_Q = Quantity

QUANTITIES: Final[Mapping[Quantity, Words]] = MappingProxyType(
    {
        _Q.POWER: Words("numeric", "fas fa-bolt", 0, "POWER", historized=True, merge=AVERAGE),
        _Q.APPARENT_POWER: Words("numeric", "fas fa-bolt", 0, merge=AVERAGE),
        _Q.REACTIVE_POWER: Words("numeric", "fas fa-bolt", 0, merge=AVERAGE),
        _Q.POWER_FACTOR: Words("numeric", "fas fa-wave-square", 2, merge=AVERAGE),
        _Q.ENERGY: Words("numeric", "fas fa-chart-bar", 0, historized=True, merge=MAXIMUM),
        _Q.CAPACITY: Words("numeric", "fas fa-database", 0),
        _Q.VOLTAGE: Words("numeric", "fas fa-tachometer-alt", 1, "VOLTAGE", merge=AVERAGE),
        _Q.CURRENT: Words("numeric", "fas fa-stream", 2, merge=AVERAGE),
        _Q.FREQUENCY: Words("numeric", "fas fa-wave-square", 2, merge=AVERAGE),
        _Q.TEMPERATURE: Words("numeric", "fas fa-thermometer-half", 1, "TEMPERATURE", historized=True, merge=AVERAGE),
        _Q.LEVEL: Words("numeric", "fas fa-battery-half", 1, historized=True, merge=AVERAGE, minimum=0, maximum=100),
        _Q.RATIO: Words("numeric", "fas fa-percentage", 1, historized=True, merge=AVERAGE, minimum=0, maximum=100),
        _Q.COUNT: Words("numeric", "fas fa-hashtag", 0),
        _Q.FLAG: Words("binary", "fas fa-check-circle"),
        _Q.STATE: Words("string", "fas fa-info-circle"),
        _Q.TIME: Words("string", "fas fa-clock"),
        _Q.TEXT: Words("string", "fas fa-tag"),
    }
)
"""One row per quantity."""

FLOWS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "production": "fas fa-solar-panel",
        "consumption": "fas fa-home",
        "net": "fas fa-plug",
        "import": "fas fa-sign-in-alt",
        "export": "fas fa-sign-out-alt",
        "battery": "fas fa-car-battery",
        "charged": "fas fa-battery-full",
        "discharged": "fas fa-battery-quarter",
        "inverter": "fas fa-solar-panel",
    }
)
"""The icon of a flow: the first word of a key says which way the energy goes."""

_DAY: Final[Mapping[str, str]] = MappingProxyType(
    {"production": "DAILY_PRODUCTION", "energy": "DAILY_PRODUCTION", "consumption": "DAILY_CONSUMPTION"}
)
_EVER: Final[Mapping[str, str]] = MappingProxyType(
    {"production": "PRODUCTION", "energy": "PRODUCTION", "consumption": "CONSUMPTION"}
)
"""Jeedom knows energy produced and consumed, of the day and in all; for the rest it has no word."""


_FLAGS: Final[Mapping[str, str]] = MappingProxyType({"communicating": "ONLINE"})
"""The flags for which Jeedom has a word."""


def words(metric: Metric) -> Words:
    """Return Jeedom's words for a metric, by its quantity, kind and flow."""
    base = QUANTITIES[metric.quantity]
    flow, _, span = metric.key.partition("_")
    return Words(
        base.sub_type,
        FLOWS.get(flow, base.icon),
        base.decimals,
        _generic(metric, base, flow, span),
        historized=base.historized and metric.kind is not Kind.FACT,
        merge=_merge(metric, base, flow),
        minimum=base.minimum,
        maximum=base.maximum,
    )


def _generic(metric: Metric, base: Words, flow: str, span: str) -> str:
    if metric.quantity is Quantity.LEVEL and metric.core:
        return "BATTERY"
    if metric.quantity is Quantity.ENERGY:
        spans = {"today": _DAY, "lifetime": _EVER}.get(span, {})
        return spans.get(flow, GENERIC)
    if metric.quantity is Quantity.FLAG:
        return _FLAGS.get(metric.key, base.generic)
    return base.generic if metric.kind is not Kind.FACT else GENERIC


def _merge(metric: Metric, base: Words, flow: str) -> str:
    # The highest value of an hour is a counter's last one only where the counter cannot fall.
    falls = metric.kind is Kind.NET_TOTAL or (metric.kind is Kind.PERIOD and flow == "net")
    return AVERAGE if falls else base.merge
