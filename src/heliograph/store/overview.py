"""Questions about a whole gateway: totals, latest values, the year at a glance."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from heliograph.model import UNITS
from heliograph.store.answer import HeatMap, Latest, Name
from heliograph.store.buckets import roll
from heliograph.store.chunks import read_chunks, read_journal, read_samples
from heliograph.store.days import days_between, midnight
from heliograph.store.grain import STEPS, WORDS, to_value
from heliograph.store.names import Book, all_series
from heliograph.store.query import curves, span_of
from heliograph.store.samples import GAP, QUALITIES, QUALITY, RAW, Run, chunk_of

_FAR: Final = 2**40


def energy(
    connection: Connection, book: Book, serial: str, names: Sequence[Name], span: tuple[float, float]
) -> dict[Name, float | None]:
    """Give what counters counted in a span: whole days from roll-ups, what is left at both ends from samples."""
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
    """Give the last value of every series."""
    where = span_of(connection, serial, (0, _FAR))
    series = all_series(connection, where.gateway)
    numbers = {one.id: one for one in series.values()}
    recent = read_journal(connection, where.gateway, None)
    chunks = read_chunks(connection, numbers, chunk_of(where.last) - 1, chunk_of(where.last))
    found = []
    for name, one in series.items():
        run = chunks.get(one.id, Run()).joined(recent.get(one.id, Run()))
        if not run.at or run.flag[-1] & GAP:
            continue
        last = list(run)[-1]
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


def heat_map(connection: Connection, book: Book, serial: str, name: Name, year: int) -> HeatMap:
    """Give a local year by day and hour."""
    where = span_of(connection, serial, (0, _FAR))
    start, end = midnight(date(year, 1, 1), where.zone), midnight(date(year + 1, 1, 1), where.zone)
    curve = curves(connection, book, serial, [name], (start, end), step="hour", most=10**9)[0]
    rows: dict[str, list[float | None]] = {}
    means: dict[tuple[str, int], int] = {}
    for index, at in enumerate(curve.at):
        local = datetime.fromtimestamp(at, where.zone)
        row = rows.setdefault(local.date().isoformat(), [None] * 24)
        value = curve.energy[index] if curve.energy else curve.value[index]
        if value is None or isinstance(value, str):
            continue
        before, hour = row[local.hour], (local.date().isoformat(), local.hour)
        if before is None:
            row[local.hour], means[hour] = float(value), 1
        elif curve.energy:
            row[local.hour] = before + value
        else:
            means[hour] += 1
            row[local.hour] = before + (value - before) / means[hour]
    days = tuple(rows) if rows else ()
    return HeatMap(name, curve.unit, days, tuple(tuple(row) for row in rows.values()))
