"""Days as the gateway's own clock has them, also when the hour changes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def start_of_day(time: float, zone: ZoneInfo, later: int = 0) -> int:
    """Return the epoch time at which the local day of a moment began, or that of a day so many days later."""
    day = datetime.fromtimestamp(time, zone).date() + timedelta(days=later)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
