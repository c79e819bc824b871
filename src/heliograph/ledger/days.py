"""Local midnights: a day is as long as the gateway's time zone makes it, 23, 24 or 25 hours."""

from datetime import date, datetime, tzinfo

from heliograph.ledger.books import Day


def day_of(at: float, zone: tzinfo) -> Day:
    """Give the local day that holds a moment."""
    today = datetime.fromtimestamp(at, zone).date()
    return Day(today.toordinal(), midnight(today.toordinal(), zone), midnight(today.toordinal() + 1, zone))


def midnight(ordinal: int, zone: tzinfo) -> float:
    """Give the first moment of a local day, epoch seconds; where 0:00 does not exist, when clocks jump it."""
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


def spoken(ordinal: int) -> str:
    """Write a day as `2026-08-31`."""
    return date.fromordinal(ordinal).isoformat()
