"""Where the sun stands and what a roof gets of it: plain geometry, good to a few minutes and a few percent."""

from dataclasses import dataclass, field
from math import asin, cos, degrees, pi, radians, sin

from heliograph.emulator.site.noise import drift

_YEAR = 31_556_925.2
"""Seconds of a tropical year."""
_DECEMBER_SOLSTICE = 977_405_820
"""An epoch time at which the sun stood lowest in the north."""
_OBLIQUITY = radians(23.44)
_HORIZON = 0.02
"""Sine of the elevation under which hills and trees hide the sun."""


@dataclass(frozen=True, slots=True)
class Slope:
    """How panels look at the sky, and how much of them hangs on an inverter."""

    tilt: float = 30.0
    """Degrees from the horizontal."""
    azimuth: float = 180.0
    """Degrees from north by east."""
    oversize: float = 1.2
    """Rated power of the panels divided by that of their inverters."""

    def normal(self) -> tuple[float, float, float]:
        """Return the direction the panels face: east, north, up."""
        tilt, azimuth = radians(self.tilt), radians(self.azimuth)
        return sin(tilt) * sin(azimuth), sin(tilt) * cos(azimuth), cos(tilt)


@dataclass(slots=True)
class Sky:
    """The sun and the clouds over one place."""

    latitude: float
    longitude: float
    seed: int
    slopes: tuple[Slope, ...]
    _normals: tuple[tuple[float, float, float], ...] = field(init=False)
    _day: int = field(init=False, default=-1)
    _declination: float = field(init=False, default=0.0)
    _equation_of_time: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._normals = tuple(slope.normal() for slope in self.slopes)

    def direction(self, time: float) -> tuple[float, float, float]:
        """Return the unit vector to the sun: east, north, up."""
        day = int(time // 86400)
        if day != self._day:
            self._day = day
            year = 2 * pi * (time - _DECEMBER_SOLSTICE) / _YEAR
            self._declination = -_OBLIQUITY * cos(year)
            # Minutes by which a sundial is ahead: the tilt of the axis and the ellipse of the orbit.
            spring = year + 2 * pi * 274 / 365
            self._equation_of_time = 9.87 * sin(2 * spring) - 7.53 * cos(spring) - 1.5 * sin(spring)
        solar = (time % 86400) / 240.0 + self.longitude + self._equation_of_time / 4.0
        hour = radians(solar - 180.0)
        latitude, declination = radians(self.latitude), self._declination
        return (
            -cos(declination) * sin(hour),
            cos(latitude) * sin(declination) - sin(latitude) * cos(declination) * cos(hour),
            sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour),
        )

    def elevation(self, time: float) -> float:
        """Return the height of the sun over the horizon, in degrees."""
        return degrees(asin(self.direction(time)[2]))

    def clearness(self, time: float) -> float:
        """Return how much of the direct light the clouds let through, 0.05 to 1."""
        clouds = (
            0.55 * drift(self.seed, time / 86400.0)
            + 0.27 * drift(self.seed + 1, time / 7200.0)
            + 0.18 * drift(self.seed + 2, time / 900.0)
        )
        return min(1.0, max(0.05, 1.45 - 1.9 * clouds))

    def shares(self, time: float) -> list[float]:
        """Return for each slope the output of its inverters as a share of their rating, 0 by night, at most 1."""
        east, north, up = self.direction(time)
        if up <= _HORIZON:
            return [0.0] * len(self._normals)
        clear = self.clearness(time)
        air_mass = 1.0 / (up + 0.06)
        beam = 1.353 * 0.7 ** (air_mass**0.678) * clear
        rise = min(1.0, (up - _HORIZON) * 20.0)
        # Clouds scatter what they do not let through.
        scattered = (0.10 + 0.22 * (1.0 - clear)) * up**0.5
        return [
            min(1.0, rise * slope.oversize * 0.86 * (beam * max(0.0, east * x + north * y + up * z) + scattered))
            for slope, (x, y, z) in zip(self.slopes, self._normals, strict=True)
        ]
