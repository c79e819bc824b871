"""The small history that the plugin's panel draws: a curve of each day, and the energies of each day and month.

Jeedom's own history does not say when a value was absent, and averages by the hour what is older than some hours. These
are files that PHP hands on as they are: `history/GATEWAY/day-2026-06-18.json` and `history/GATEWAY/year-2026.json`.
"""

import contextlib
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from heliograph.live import Update
from heliograph.model import Snapshot, Subject
from heliograph.outputs.base import holds
from heliograph.outputs.jeedom.shelf import write_private

STEP: Final = 300
"""Seconds of one point of a curve."""
KEPT_DAYS: Final = 400
"""Days of which the curve is kept; energies are kept for ever."""

CURVES: Final[Mapping[str, tuple[str, Callable[[float], float]]]] = {
    "production": ("production_power", lambda power: power),
    "consumption": ("consumption_power", lambda power: power),
    "import": ("net_power", lambda power: max(power, 0.0)),
    "export": ("net_power", lambda power: max(-power, 0.0)),
    "discharge": ("battery_power", lambda power: max(power, 0.0)),
    "charge": ("battery_power", lambda power: max(-power, 0.0)),
    "level": ("battery_level", lambda level: level),
}
"""Column of a curve → the metric that it is made of, and how. Each direction is averaged by itself: one point may have
both."""

ENERGIES: Final[Mapping[str, str]] = {
    "production": "production_today",
    "consumption": "consumption_today",
    "import": "import_today",
    "export": "export_today",
    "discharge": "discharged_today",
    "charge": "charged_today",
}
"""Energy of a day → the metric that counts it."""


_File = TypeVar("_File", bound=msgspec.Struct)


class DayCurve(msgspec.Struct):
    """One local day: W by column and point, % for the level; null where nothing was known."""

    day: str
    step: int
    times: list[str]
    """The local time at which each point begins, `00:00` to `23:55`."""
    columns: dict[str, list[float | None]]


class Energy(msgspec.Struct):
    """The energy of a month or a year, and of how many days it is the sum."""

    energy: float = 0.0
    days: int = 0


class YearEnergies(msgspec.Struct):
    """One year: Wh by day (`06-18`), by month (`06`) and in all; what is not known is not there."""

    year: int
    days: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    months: dict[str, dict[str, Energy]] = msgspec.field(default_factory=dict)
    total: dict[str, Energy] = msgspec.field(default_factory=dict)

    def add(self, day: str, energies: Mapping[str, float]) -> None:
        """Put the energies of a day in the place of what it had, and add up its month and the year."""
        self.days.setdefault(day, {}).update(energies)
        self.months[day[:2]] = _sums(row for other, row in self.days.items() if other[:2] == day[:2])
        self.total = _sums(self.days.values())


def _sums(days: Iterable[Mapping[str, float]]) -> dict[str, Energy]:
    sums: dict[str, Energy] = defaultdict(Energy)
    for row in days:
        for key, energy in row.items():
            sums[key].energy += energy
            sums[key].days += 1
    return dict(sums)


@dataclass(slots=True)
class _Open:
    """The day that a gateway is in."""

    curve: DayCurve
    start: float
    year: YearEnergies
    point: int = -1
    sums: dict[str, list[float]] = field(default_factory=dict)
    """Column → what was read in the present point."""
    written: int = -1
    """The point in which the files were last written."""


class PanelHistory:
    """The histories of all gateways, in one folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder = folder
        self._open: dict[str, _Open] = {}
        # A thread goes on writing when whoever waited for it was cancelled: the stop must wait for it.
        self._lock = threading.Lock()

    def record(self, gateway: str, update: Update, zone: ZoneInfo) -> None:
        """Add what was just read of a gateway; files are written when a point begins."""
        with self._lock:
            self._record(gateway, update, zone)

    def _record(self, gateway: str, update: Update, zone: ZoneInfo) -> None:
        day = datetime.fromtimestamp(update.at, zone).date()
        now = self._open.get(gateway)
        if now is None or now.curve.day != day.isoformat():
            if now is not None:
                self._write(gateway, now)
                self._prune(gateway, day)
            now = self._open[gateway] = self._opened(gateway, day, zone)
        point = int(update.at - now.start) // STEP
        if point != now.point:
            now.point, now.sums = point, {}
        for column, value in _curve_values(update.snapshot):
            values = now.sums.setdefault(column, [])
            values.append(value)
            now.curve.columns[column][point] = round(sum(values) / len(values), 1)
        energies = dict(_energies(update.snapshot))
        if energies:
            now.year.add(f"{day:%m-%d}", energies)
        if point != now.written:
            self._write(gateway, now)
            now.written = point

    def close(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            for gateway, now in self._open.items():
                self._write(gateway, now)

    def forget(self, gateway: str) -> None:
        """Remove everything of a gateway."""
        with self._lock:
            self._open.pop(gateway, None)
            shutil.rmtree(self._folder / gateway, ignore_errors=True)

    def _opened(self, gateway: str, day: date, zone: ZoneInfo) -> _Open:
        start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        times = [f"{datetime.fromtimestamp(start + i * STEP, zone):%H:%M}" for i in range(int(end - start) // STEP)]
        curve = _read(self._day(gateway, day.isoformat()), DayCurve)
        if curve is None or curve.times != times or curve.columns.keys() != CURVES.keys():
            curve = DayCurve(day.isoformat(), STEP, times, {column: [None] * len(times) for column in CURVES})
        return _Open(curve, start, _read(self._year(gateway, day.year), YearEnergies) or YearEnergies(day.year))

    def _write(self, gateway: str, now: _Open) -> None:
        write_private(self._day(gateway, now.curve.day), msgspec.json.encode(now.curve))
        if now.year.days:
            write_private(self._year(gateway, now.year.year), msgspec.json.encode(now.year))

    def _prune(self, gateway: str, day: date) -> None:
        oldest = (day - timedelta(days=KEPT_DAYS)).isoformat()
        for path in (self._folder / gateway).glob("day-*.json"):
            if path.stem.removeprefix("day-") < oldest:
                path.unlink(missing_ok=True)

    def _day(self, gateway: str, day: str) -> Path:
        return self._folder / gateway / f"day-{day}.json"

    def _year(self, gateway: str, year: int) -> Path:
        return self._folder / gateway / f"year-{year}.json"


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def _read(path: Path, type_: type[_File]) -> _File | None:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(path.read_bytes(), type=type_)
    return None


def _curve_values(snapshot: Snapshot) -> Iterator[tuple[str, float]]:
    for column, (key, part) in CURVES.items():
        value = _system_value(snapshot, key)
        if value is not None:
            yield column, part(value)


def _energies(snapshot: Snapshot) -> Iterator[tuple[str, float]]:
    for name, key in ENERGIES.items():
        value = _system_value(snapshot, key)
        if value is not None:
            yield name, round(value)


def _system_value(snapshot: Snapshot, key: str) -> float | None:
    system = snapshot.find(Subject.SYSTEM)
    reading = None if system is None else system.values.get(key)
    if reading is None or not holds(reading) or not isinstance(reading.value, int | float):
        return None
    return float(reading.value)
