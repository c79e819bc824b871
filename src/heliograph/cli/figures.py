"""Values as people read them: units that fit, numbers and dates as the language writes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from heliograph.cli.words import Words
from heliograph.model import Metric, Quantity, Value
from heliograph.model.labels import spoken, words

_SCALED: Final[Mapping[Quantity, tuple[str, ...]]] = {
    Quantity.POWER: ("W", "kW", "MW"),
    Quantity.APPARENT_POWER: ("VA", "kVA", "MVA"),
    Quantity.REACTIVE_POWER: ("var", "kvar", "Mvar"),
    Quantity.ENERGY: ("Wh", "kWh", "MWh", "GWh"),
    Quantity.CAPACITY: ("Wh", "kWh", "MWh"),
}
_DECIMALS: Final[Mapping[Quantity, int]] = {
    Quantity.POWER_FACTOR: 2,
    Quantity.VOLTAGE: 1,
    Quantity.CURRENT: 2,
    Quantity.FREQUENCY: 2,
    Quantity.TEMPERATURE: 1,
    Quantity.LEVEL: 0,
    Quantity.RATIO: 0,
    Quantity.COUNT: 0,
}
_MARKS: Final = {"en": (",", ".", " "), "fr": ("\u202f", ",", "\u00a0")}
"""Of thousands, of decimals, and before a unit."""
_DATES: Final = {"en": "%Y-%m-%d %H:%M", "fr": "%d/%m/%Y %H:%M"}
_DAYS: Final = {"en": "%Y-%m-%d", "fr": "%d/%m/%Y"}
_AGES: Final = ((86400 * 2, 86400, "age.days"), (3600 * 2, 3600, "age.hours"), (60 * 2, 60, "age.minutes"))


def number(value: float, decimals: int, language: str) -> str:
    """Write a number: `1 234,50`."""
    thousands, point, _ = _MARKS[language]
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.removeprefix("-")
    return text.translate({ord(","): thousands, ord("."): point})


def quantity(value: float, kind: Quantity, unit: str, language: str) -> str:
    """Write a number with the unit that fits: `2.68 kW`."""
    decimals = _DECIMALS.get(kind, 0)
    scale = _SCALED.get(kind)
    if scale is not None:
        step = 0
        while abs(value) >= 999.5 and step + 1 < len(scale):
            value, step = value / 1000, step + 1
        unit, decimals = scale[step], _fitting(value) if step else 0
    return number(value, decimals, language) + (_MARKS[language][2] + unit if unit else "")


def _fitting(value: float) -> int:
    """Return the decimals that make three figures or a few more."""
    return 2 if abs(value) < 100 else 1


def figure(metric: Metric, value: Value, language: str) -> str:
    """Write any value for people."""
    match metric.quantity:
        case Quantity.FLAG:
            return words(language)["state.yes" if value else "state.no"]
        case Quantity.STATE | Quantity.TEXT:
            return spoken(metric, value, language)
        case Quantity.TIME:
            return moment(float(value), language)
    return quantity(float(value), metric.quantity, metric.unit, language)


def moment(epoch: float, language: str) -> str:
    """Write a time as the clock on the wall shows it here."""
    return datetime.fromtimestamp(epoch).astimezone().strftime(_DATES[language])


def clock_time(epoch: float) -> str:
    """Write the time of day."""
    return datetime.fromtimestamp(epoch).astimezone().strftime("%H:%M:%S")


def day(epoch: float, language: str) -> str:
    """Write a date."""
    return datetime.fromtimestamp(epoch).astimezone().strftime(_DAYS[language])


def age(seconds: float, say: Words) -> str:
    """Return how long something lasts or ago it is: `3 min`."""
    seconds = max(0.0, seconds)
    for limit, unit, key in _AGES:
        if seconds >= limit:
            return say(key, n=number(seconds // unit, 0, say.language))
    return say("age.seconds", n=number(seconds, 0, say.language))


def duration(seconds: float, language: str) -> str:
    """Return how long an answer took: `42 ms`."""
    if seconds < 1:
        return number(seconds * 1000, 0, language) + _MARKS[language][2] + "ms"
    return number(seconds, 2 if seconds < 10 else 1, language) + _MARKS[language][2] + "s"
