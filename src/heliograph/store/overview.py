"""Questions about a whole gateway: totals, latest values, the year at a glance."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection

from heliograph.model import UNITS
from heliograph.store.answer import HeatMap, Latest, Name
from heliograph.store.buckets import roll
from heliograph.store.chunks import read_chunks, read_journal, read_samples
from heliograph.store.days import day_of, days_between, midnight
from heliograph.store.grain import STEPS, WORDS, to_value
from heliograph.store.names import Book, all_series
from heliograph.store.query import curves, span_of
from heliograph.store.samples import DAY, GAP, QUALITIES, QUALITY, RAW, Run, Sample, chunk_of

_FAR: Final = 2**40


def energy(
    connection: Connection, book: Book, serial: str, names: Sequence[Name], span: tuple[float, float]
) -> dict[Name, float | None]:
    """Return what counters counted in a span: whole days from roll-ups, what is left at both ends from samples."""
    where = span_of(connection, serial, span)
    midnights = [edge for edge in days_between(where.start, where.end, where.zone) if where.start <= edge <= where.end]
    known = book.find(connection, where.gateway, names)
    totals: dict[Name, float | None] = dict.fromkeys(names)
    parts = [(where.start, where.end)]
    if len(midnights) > 1:
        whole = curves(connection, book, serial, names, (midnights[0], midnights[-1]), step="day", most=10**9)
        for curve in whole:
            found = [value for value in curve.energy if value is not None]
            totals[curve.name] = sum(found) if found else None
        parts = [(where.start, midnights[0]), (midnights[-1], where.end)]
    for begin, stop in parts:
        if begin >= stop:
            continue
        runs = read_samples(
            connection, where.gateway, {one.id: one for one in known.values()}, begin - 2 * 3600, stop + 2 * 3600
        )
        for name, one in known.items():
            if not one.rule.shape.energy:
                continue
            for bucket in roll(runs.get(one.id, Run()), (begin, stop), one.rule):
                totals[name] = (totals[name] or 0.0) + bucket.energy / STEPS[one.quantity]
    return totals


def latest(connection: Connection, book: Book, serial: str) -> tuple[Latest, ...]:
    """Return the last value of every series."""
    where = span_of(connection, serial, (0, _FAR))
    series = all_series(connection, where.gateway)
    numbers = {one.id: one for one in series.values()}
    newest = {number: _end(run) for number, run in read_journal(connection, where.gateway, None).items()}
    for day in (chunk_of(where.last), chunk_of(where.last) - 1):
        missing = {number: one for number, one in numbers.items() if number not in newest}
        newest |= {number: _end(run) for number, run in read_chunks(connection, missing, day, day).items()}
    found = []
    for name, one in series.items():
        last = newest.get(one.id)
        if last is None or last.flag & GAP:
            continue
        numbers_used = {last.reason} | ({last.value, last.value + last.raw} if one.quantity in WORDS else set())
        words = book.words(connection, numbers_used - {0})

        def said(number: int, words: "dict[int, str]" = dict(words)) -> str:  # noqa: B006 - bound, never changed
            return words.get(number, "")

        found.append(
            Latest(
                name,
                UNITS[one.quantity],
                to_value(one.quantity, last.value, said),
                last.at,
                QUALITIES[last.flag & QUALITY],
                to_value(one.quantity, last.value + last.raw, said) if last.flag & RAW else None,
                said(last.reason) or None,
            )
        )
    return tuple(found)


def _end(run: Run) -> Sample:
    (last,) = run.part(len(run) - 1, len(run))
    return last


def heat_map(connection: Connection, book: Book, serial: str, name: Name, year: int) -> HeatMap:
    """Return a local year by day and hour."""
    where = span_of(connection, serial, (0, _FAR))
    start, end = midnight(date(year, 1, 1), where.zone), midnight(date(year + 1, 1, 1), where.zone)
    curve = curves(connection, book, serial, [name], (start, end), step="hour", most=10**9)[0]
    counts = bool(curve.energy)
    values = [value if isinstance(value, float) else None for value in (curve.energy or curve.value)]
    days, rows = [], []
    for left, right in pairwise(days_between(start, end, where.zone) if curve.at else []):
        low, high = bisect_left(curve.at, left), bisect_left(curve.at, right)
        days.append(day_of(left, where.zone).isoformat())
        row = values[low:high]
        if right - left != DAY:
            hours = [datetime.fromtimestamp(at, where.zone).hour for at in curve.at[low:high]]
            row = _by_hour(row, hours, counts=counts)
        rows.append(tuple(row))
    return HeatMap(name, curve.unit, tuple(days), tuple(rows))


def _by_hour(values: Sequence[float | None], hours: Sequence[int], *, counts: bool) -> list[float | None]:
    """Lay out a day whose clocks are put on or back; what an hour has twice is added, or its mean taken."""
    row: list[float | None] = []
    for hour in range(24):
        found = [value for value, own in zip(values, hours, strict=True) if own == hour and value is not None]
        row.append(sum(found) / (1 if counts else len(found)) if found else None)
    return row
