"""Local midnights: a day is as long as the gateway's time zone makes it, 23, 24 or 25 hours."""

import math
from datetime import date, datetime, tzinfo
from typing import Final

from heliograph.ledger.books import Day


def day_of(at: float, zone: tzinfo) -> Day:
    """Return the local day that holds a moment."""
    today = datetime.fromtimestamp(at, zone).date()
    return Day(today.toordinal(), midnight(today.toordinal(), zone), midnight(today.toordinal() + 1, zone))


def midnight(ordinal: int, zone: tzinfo) -> float:
    """Return the first moment of a local day, epoch seconds; where 0:00 does not exist, when clocks jump it."""
    day = date.fromordinal(ordinal)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def midnights(after: float, until: float, zone: tzinfo) -> list[tuple[int, float]]:
    """List the midnights in (after, until] as (ordinal of the day that begins, epoch seconds)."""
    ordinal = datetime.fromtimestamp(after, zone).toordinal() + 1
    found = []
    while (moment := midnight(ordinal, zone)) <= until:
        found.append((ordinal, moment))
        ordinal += 1
    return found


DAWN: Final = 6.0
DUSK: Final = 20.0
"""Local hours between which the sun is taken to shine where nothing better is known."""


def share(start: float, moment: float, end: float, zone: tzinfo, *, solar: bool) -> float:
    """Guess which share of the energy of a gap had flowed by a moment within it, 0 to 1."""
    if solar:
        before, after = _sunshine(start, zone), _sunshine(end, zone)
        if after - before > 1e-6:
            return (_sunshine(moment, zone) - before) / (after - before)
    return (moment - start) / (end - start)


def _sunshine(at: float, zone: tzinfo) -> float:
    """Count the days' sun up to a moment: one a day, most of it around noon."""
    return datetime.fromtimestamp(at, zone).toordinal() + sunlit(at, zone)


def sun_between(start: float, end: float, zone: tzinfo) -> float:
    """Count the days' sun between two moments; most of a day's is around noon."""
    return max(0.0, _sunshine(end, zone) - _sunshine(start, zone))


def sunlit(at: float, zone: tzinfo) -> float:
    """Return the share of the present day's sun that has shone, 0 to 1."""
    local = datetime.fromtimestamp(at, zone)
    hour = min(DUSK, max(DAWN, local.hour + local.minute / 60 + local.second / 3600))
    return (1 + math.sin(math.pi * ((hour - DAWN) / (DUSK - DAWN) - 0.5))) / 2


def spoken(ordinal: int) -> str:
    """Write a day as `2026-08-31`."""
    return date.fromordinal(ordinal).isoformat()
