"""How finely history keeps each kind of value: steps of a unit, cadence, and what a roll-up says, in three tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from heliograph.model import Kind, Quantity, Value

REMINDER: Final = 3600
"""Seconds after which an unchanged value is recorded again."""
PATIENCE: Final = 3
"""Cadences of silence after which a value no longer holds."""
GRACE: Final = 2 * REMINDER
"""Seconds after local midnight before a day is rolled up: every living series has spoken again by then."""

STEPS: Final[Mapping[Quantity, int]] = MappingProxyType(
    {
        Quantity.POWER: 10,
        Quantity.APPARENT_POWER: 10,
        Quantity.REACTIVE_POWER: 10,
        Quantity.POWER_FACTOR: 100,
        Quantity.ENERGY: 10,
        Quantity.CAPACITY: 1,
        Quantity.VOLTAGE: 10,
        Quantity.CURRENT: 100,
        Quantity.FREQUENCY: 100,
        Quantity.TEMPERATURE: 10,
        Quantity.LEVEL: 10,
        Quantity.RATIO: 10,
        Quantity.COUNT: 1,
        Quantity.FLAG: 1,
        Quantity.STATE: 1,
        Quantity.TIME: 1,
        Quantity.TEXT: 1,
    }
)
"""Steps of one unit that are kept, each finer than the transformers and inverters measure (±0.5 %): a tenth of a watt,
of a watt hour and of a volt, a hundredth of an ampere and of a hertz. Finer digits are noise: it packs badly."""

WORDS: Final = frozenset({Quantity.STATE, Quantity.TEXT})
"""Quantities whose values are words, kept by number."""

_KINDS: Final[Mapping[Kind, int]] = MappingProxyType({Kind.PERIOD: 900})
"""Seconds between two samples of kinds that are not kept at every poll: what counts since midnight is the difference
of a lifetime counter, which is. The last value before it starts again is always kept."""
_QUANTITIES: Final[Mapping[Quantity, int]] = MappingProxyType({Quantity.TIME: 3600})
"""The same by quantity: when a device last reported is the time of its other samples."""


def interval(quantity: Quantity, kind: Kind) -> int:
    """Return the seconds that two samples must be apart; 0 where every one is kept."""
    return max(_KINDS.get(kind, 0), _QUANTITIES.get(quantity, 0))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a roll-up says of a series."""

    means: bool
    """Lowest, highest and time-weighted mean."""
    energy: bool
    """What the counter counted within the bucket."""


_LAST: Final = Shape(means=False, energy=False)
_COUNTER: Final = Shape(means=False, energy=True)
_MEANS: Final = Shape(means=True, energy=False)

_SHAPES: Final[Mapping[Kind, Shape]] = MappingProxyType(
    {Kind.NOW: _MEANS, Kind.TOTAL: _COUNTER, Kind.NET_TOTAL: _COUNTER, Kind.PERIOD: _MEANS, Kind.FACT: _LAST}
)


def shape(quantity: Quantity, kind: Kind) -> Shape:
    """Return what a roll-up says; of words, moments and facts only the first and the last."""
    if quantity in WORDS or quantity is Quantity.TIME:
        return _LAST
    return _SHAPES[kind]


FINE: Final[Mapping[Quantity, int]] = MappingProxyType({Quantity.FLAG: 1000, Quantity.COUNT: 100})
"""By how much finer than its values a quantity's means are kept: the share of the time that something was true."""


def fine(quantity: Quantity) -> int:
    """Return the factor between a quantity's values and its means as they are kept."""
    return FINE.get(quantity, 1)


LARGEST: Final = 2**53
"""Whole numbers beyond are no measurement; below, floats hold them exactly."""


def to_whole(quantity: Quantity, value: Value, word: Callable[[str], int]) -> int | None:
    """Turn a value into the whole number that is kept; None for what is no value of this quantity."""
    if quantity in WORDS:
        return word(value if isinstance(value, str) else str(value))
    if isinstance(value, str) or value != value:  # noqa: PLR0124 - not a number
        return None
    scaled = value * STEPS[quantity]
    return round(scaled) if abs(scaled) < LARGEST else None


def to_value(quantity: Quantity, whole: int, word: Callable[[int], str]) -> Value:
    """Turn a kept whole number back into a value."""
    if quantity in WORDS:
        return word(whole)
    if quantity is Quantity.FLAG:
        return bool(whole)
    steps = STEPS[quantity]
    return whole if steps == 1 else whole / steps
