"""A made life led through the ledger, and how far from the truth it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from heliograph.ledger import Books, Closed, Settings, advance, decode, encode
from heliograph.model import Finding, Quality, Snapshot
from tests.ledger.life import ENERGIES, PARIS, SERIAL, Life, polls

ACCOUNTS = (*ENERGIES, "net")


@dataclass
class Story:
    """What came of it."""

    opened: list[tuple[float, Finding]] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    days: dict[tuple[int, str], tuple[float, float]] = field(default_factory=dict)
    """Given and true energy of each day, at its last poll, by ordinal and account."""
    weeks: dict[tuple[int, str], tuple[float, float]] = field(default_factory=dict)
    lifetimes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Given and true at the end."""
    fallen: list[str] = field(default_factory=list)
    """Trusted counters that fell."""
    books: Books = field(default_factory=lambda: Books.open(SERIAL))
    snapshot: Snapshot | None = None

    def codes(self) -> set[str]:
        return {finding.code for _, finding in self.opened}

    def open(self) -> set[str]:
        return {finding.code for finding in self.books.findings.values()}

    def off(self, share: float, floor: float) -> dict[tuple[int, str], tuple[float, float]]:
        """Give the days that are farther from the truth than a share of them, or the floor, Wh."""
        return {
            name: (given, true)
            for name, (given, true) in self.days.items()
            if abs(given - true) > max(floor, share * abs(true))
        }


def lead(
    life: Life,
    days: float,
    *,
    every: float = 60.0,
    away: Sequence[tuple[float, float]] = (),
    restarts: Sequence[float] = (),
    lost: float = 0.0,
    story: Story | None = None,
) -> Story:
    """Poll a life for some days.

    `restarts` are the moments at which the program is killed, `lost` the age of the books it goes on from, seconds.
    """
    story = Story() if story is None else story
    settings = Settings(zone=PARIS)
    saved, saved_at, pending = encode(story.books), life.at, sorted(restarts)
    counters: dict[str, float] = {}
    for raw in polls(life, days, every, away):
        if pending and life.at >= pending[0]:
            pending.pop(0)
            story.books = decode(saved)
            counters = {}
        given = advance(story.books, raw, life.at, settings)
        story.books, story.snapshot = given.books, given.snapshot
        story.opened += [(life.at, finding) for finding in given.opened]
        story.closed += given.closed
        if life.at - saved_at >= lost:
            saved, saved_at = encode(story.books), life.at
        _check(story, given.snapshot, counters)
        if life.end - life.at <= every:
            _note(story, life)
    _note_lifetimes(story, life)
    return story


def _check(story: Story, snapshot: Snapshot, counters: dict[str, float]) -> None:
    for key, reading in snapshot.system.values.items():
        if key.endswith("_lifetime") and not key.startswith("net") and isinstance(reading.value, float | int):
            if reading.value < counters.get(key, reading.value) - 1e-6:
                story.fallen.append(key)
            counters[key] = float(reading.value)
        if reading.quality is Quality.CORRECTED:
            assert reading.reason is not None
            assert reading.raw is not None


def _note(story: Story, life: Life) -> None:
    assert story.snapshot is not None
    system = story.snapshot.system
    for name in ACCOUNTS:
        day, week, true = system.value(f"{name}_today"), system.value(f"{name}_7_days"), life.week(name)
        if isinstance(day, float | int):
            story.days[life.today, name] = (float(day), life.day(name))
        if isinstance(week, float | int) and true is not None:
            story.weeks[life.today, name] = (float(week), true)


def _note_lifetimes(story: Story, life: Life) -> None:
    assert story.snapshot is not None
    for name in ACCOUNTS:
        value = story.snapshot.system.value(f"{name}_lifetime")
        if isinstance(value, float | int):
            story.lifetimes[name] = (float(value), life.lifetime(name))
