"""What the people of the house use: a base, meals, evenings, and machines that come and go."""

from dataclasses import dataclass, field
from math import cos, exp, pi

from heliograph.emulator.site.noise import chance, drift

_SLOTS = 288
_LEAST = 50.0
"""No phase is ever wholly idle: its use stays above this."""


def _profile() -> tuple[float, ...]:
    """Return the usual use over a day as multiples of the mean, one value for each five minutes."""
    humps = ((7.4, 1.1, 1.0), (12.6, 1.0, 0.9), (19.6, 1.9, 2.1))

    def at(hour: float) -> float:
        return 0.42 + sum(height * exp(-(((hour - middle) / width) ** 2)) for middle, width, height in humps)

    raw = [at(24 * slot / _SLOTS) for slot in range(_SLOTS)]
    mean = sum(raw) / _SLOTS
    return tuple(value / mean for value in raw)


_PROFILE = _profile()


@dataclass(frozen=True, slots=True)
class Household:
    """The loads of one house, by phase."""

    seed: int
    phases: int
    mean: float = 620.0
    """Mean power over a year, machines apart, in W."""
    latitude: float = 45.0
    _parts: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        weights = [0.6 + chance(self.seed + 7, phase) for phase in range(self.phases)]
        object.__setattr__(self, "_parts", tuple(weight / sum(weights) for weight in weights))

    def powers(self, time: float, since_midnight: float) -> list[float]:
        """Return the use of each phase at an epoch time, in W, never under 50."""
        slot = int(since_midnight / 300.0) % _SLOTS
        # Winter takes more: colder and darker, and the other way round in the south.
        winter = 1.0 + 0.25 * cos(2 * pi * (time - 977_405_820) / 31_556_925.0) * (1 if self.latitude >= 0 else -1)
        usual = self.mean * _PROFILE[slot] * winter
        powers = [
            max(_LEAST, usual * part * (0.55 + 0.9 * drift(self.seed + 11 * phase, time / 1800.0)))
            for phase, part in enumerate(self._parts)
        ]
        turn = int(time // 1500)
        wish = chance(self.seed + 3, turn)
        if wish > 0.86 and 6 <= since_midnight / 3600.0 < 23:
            powers[int(wish * 1e4) % self.phases] += 900.0 + 1800.0 * chance(self.seed + 4, turn)
        return powers
