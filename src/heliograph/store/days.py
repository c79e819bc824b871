"""Local days, months and years, and the edges of buckets: a day is as long as its zone makes it."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR = 3600


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name; UTC for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def midnight(day: date, zone: tzinfo) -> int:
    """Return the first second of a local day; where 0:00 does not exist, when clocks jump over it."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def day_of(at: float, zone: tzinfo) -> date:
    """Return the local day that holds a moment."""
    return datetime.fromtimestamp(at, zone).date()


def midnight_before(at: int, zone: str) -> int:
    """Return the beginning of the local day that holds a moment."""
    where = zone_of(zone)
    return midnight(day_of(at, where), where)


def days_between(start: int, end: int, zone: tzinfo) -> list[int]:
    """Return the midnights that bound all local days which touch [start, end)."""
    return _edges(start, end, zone, lambda day: day, lambda day: day + timedelta(days=1))


def hours_between(start: int, end: int, zone: tzinfo) -> list[int]:
    """Return the edges of all hours which touch [start, end), counted from each local midnight."""
    edges: list[int] = []
    midnights = days_between(start, end, zone)
    for left, right in pairwise(midnights):
        edges += range(left, right, HOUR)
    edges += midnights[-1:]
    low = max(0, bisect_right(edges, start) - 1)
    high = next((index for index, edge in enumerate(edges) if edge >= end), len(edges) - 1)
    return edges[low : high + 1]


def months_between(start: int, end: int, zone: tzinfo) -> list[int]:
    """Return the edges of all local months which touch [start, end)."""
    return _edges(start, end, zone, lambda day: day.replace(day=1), _next_month)


def years_between(start: int, end: int, zone: tzinfo) -> list[int]:
    """Return the edges of all local years which touch [start, end)."""
    return _edges(start, end, zone, lambda day: date(day.year, 1, 1), lambda day: date(day.year + 1, 1, 1))


def seconds_between(start: int, end: int, step: int) -> list[int]:
    """Return the edges of all steps, counted from 1970, which touch [start, end)."""
    first = start - start % step
    return list(range(first, end + (-(end - first) % step) + 1, step))


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _edges(
    start: int, end: int, zone: tzinfo, floor: Callable[[date], date], following: Callable[[date], date]
) -> list[int]:
    day = floor(day_of(start, zone))
    edges = [midnight(day, zone)]
    while edges[-1] < end:
        day = following(day)
        edges.append(midnight(day, zone))
    return edges
