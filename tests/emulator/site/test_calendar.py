from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from heliograph.emulator.site.calendar import start_of_day


@pytest.mark.parametrize(
    ("moment", "zone", "later", "expected"),
    [
        ("2025-07-14T10:00", "Europe/Paris", 0, "2025-07-13T22:00"),
        ("2025-07-14T22:30", "Europe/Paris", 0, "2025-07-14T22:00"),
        ("2025-07-14T10:00", "Europe/Paris", 1, "2025-07-14T22:00"),
        ("2025-03-30T12:00", "Europe/Paris", 0, "2025-03-29T23:00"),
        ("2025-03-30T12:00", "Europe/Paris", 1, "2025-03-30T22:00"),
        ("2025-10-26T12:00", "Europe/Paris", 1, "2025-10-26T23:00"),
        ("2025-07-14T10:00", "Asia/Kathmandu", 0, "2025-07-13T18:15"),
        ("2025-03-09T12:00", "America/Havana", 0, "2025-03-09T05:00"),
    ],
)
def test_days_begin_at_local_midnight(moment: str, zone: str, later: int, expected: str) -> None:
    time = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()

    assert datetime.fromtimestamp(start_of_day(time, ZoneInfo(zone), later), UTC).isoformat()[:16] == expected
