"""CSV, one file a gateway and day, appended: one row a value, so that new equipment never changes the columns."""

import asyncio
import csv
import io
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.live import Live, Update
from heliograph.model import Subject
from heliograph.model.text import plain_cell
from heliograph.outputs.base import Sleep, Status, hand_on, holds, rounded, zone_of
from heliograph.outputs.influx import append
from heliograph.outputs.mqtt.topics import safe, written

LOGGER: Final = logging.getLogger("heliograph.outputs.files")
COLUMNS: Final = ("time", "gateway", "serial", "subject", "id", "metric", "value", "unit", "quality")

Row = Sequence[object]


class Files:
    """The way out to CSV files."""

    name = "files"

    def __init__(self, folder: Path, zone: ZoneInfo, *, sleep: Sleep = asyncio.sleep) -> None:
        """Prepare.

        Args:
            folder: where files go; made where it is not there.
            zone: whose days they are where a gateway’s own is not known.
            sleep: waits for some seconds.
        """
        self._folder = folder
        self._zone = zone
        self._sleep = sleep
        self._status = Status(LOGGER)
        self._written: dict[tuple[str, str, str, str], float] = {}
        """The time of the last row of each value."""

    def status(self) -> Status:
        """Return how it is doing."""
        return self._status

    async def run(self, live: Live) -> None:
        """Write until cancelled or live is closed."""
        await hand_on(live, self._take, self._status, sleep=self._sleep)

    async def _take(self, update: Update) -> None:
        if not update.fresh:
            return
        by_file: dict[Path, list[Row]] = defaultdict(list)
        news = dict[tuple[str, str, str, str], float]()
        for key, at, row in self._news(update):
            by_file[self._file(update, at)].append(row)
            news[key] = at
        for path, rows in by_file.items():
            await asyncio.to_thread(append, path, _text(rows), _text([COLUMNS, self._zone_row(update)]))
        self._written |= news

    def _file(self, update: Update, at: float) -> Path:
        day = datetime.fromtimestamp(at, zone_of(update, self._zone)).date().isoformat()
        return self._folder / f"heliograph-{safe(update.snapshot.gateway.serial)}-{day}.csv"

    def _zone_row(self, update: Update) -> Row:
        """Return the first row of a file: the time zone in which its day, and every day counted in it, begins."""
        serial, zone = update.snapshot.gateway.serial, zone_of(update, self._zone).key
        at = datetime.fromtimestamp(update.at, UTC).isoformat(timespec="seconds")
        return at, update.name, serial, str(Subject.SYSTEM), serial, "zone", zone, "", ""

    def _news(self, update: Update) -> Iterator[tuple[tuple[str, str, str, str], float, Row]]:
        gateway = update.snapshot.gateway
        for item in update.snapshot.equipment:
            for metric_key, reading in item.values.items():
                key = gateway.serial, str(item.subject), item.id, metric_key
                if item.retired or not holds(reading) or reading.at <= self._written.get(key, float("-inf")):
                    continue
                value = written(reading.metric.quantity, rounded(reading.metric, reading.value))
                yield (
                    key,
                    reading.at,
                    (
                        datetime.fromtimestamp(reading.at, UTC).isoformat(timespec="seconds"),
                        update.name,
                        gateway.serial,
                        str(item.subject),
                        item.id,
                        metric_key,
                        str(value).lower() if isinstance(value, bool) else value,
                        reading.metric.unit,
                        str(reading.quality),
                    ),
                )


def _text(rows: Sequence[Row]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([[plain_cell(cell) for cell in row] for row in rows])
    return buffer.getvalue()
