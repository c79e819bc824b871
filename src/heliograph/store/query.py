"""Questions about values: which resolution answers them, and the answer."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from operator import sub
from typing import Any, Final

from sqlalchemy import Connection, func, select

from heliograph.errors import UsageError
from heliograph.model import UNITS, Quality, Value
from heliograph.store.answer import MOST_POINTS, Curve, Name, Step
from heliograph.store.buckets import Bucket, join, last_end, roll
from heliograph.store.chunks import Known, read_rollups, read_samples
from heliograph.store.days import (
    days_between,
    hours_between,
    months_between,
    seconds_between,
    years_between,
    zone_of,
)
from heliograph.store.grain import STEPS, WORDS, to_value
from heliograph.store.names import Book, corrections_of
from heliograph.store.samples import DAY, GAP, QUALITIES, QUALITY, RAW, SILENT, Run, Sample, chunk_of, silent
from heliograph.store.schema import CHUNK, DAYS, GATEWAY, HOURS, JOURNAL

_BY_SPAN: Final[tuple[tuple[float, int | Step], ...]] = (
    (2 * DAY, "raw"),
    (4 * DAY, 300),
    (10 * DAY, 900),
    (100 * DAY, "hour"),
    (6 * 366 * DAY, "day"),
    (float("inf"), "month"),
)
"""Up to which span, in seconds, which step answers best."""
_COARSER: Final[tuple[int | Step, ...]] = ("raw", 60, 120, 300, 600, 900, 1800, "hour", "day", "month", "year")
"""Steps by their coarseness."""
_STORED: Final[tuple[Step, ...]] = ("hour", "day", "month", "year")
"""Steps that are made of what is rolled up already, by their coarseness."""
_PORTION: Final = 50_000
"""Samples or buckets that are read at one time."""
_LOCAL: Final[Mapping[str, Callable[[int, int, tzinfo], list[int]]]] = {
    "hour": hours_between,
    "day": days_between,
    "month": months_between,
    "year": years_between,
}
_SECONDS: Final = {"raw": 1, "hour": 3600, "day": 82_800, "month": 28 * DAY, "year": 365 * DAY}
_FROM_ROLLUPS: Final = {"hour": HOURS, "day": DAYS, "month": DAYS, "year": DAYS}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time of one gateway."""

    gateway: int
    zone: tzinfo
    rolled: int
    """Up to when roll-ups are made."""
    last: int
    """When the gateway was last heard of."""
    start: int
    end: int


def curves(
    connection: Connection,
    book: Book,
    serial: str,
    names: Sequence[Name],
    span: tuple[float, float],
    *,
    step: int | Step | None,
    most: int = MOST_POINTS,
) -> list[Curve]:
    """Return series over a span of epoch seconds; those that history does not know come empty.

    Raises:
        UsageError: the gateway is unknown, the span ends before it begins, or the step makes no sense.
    """
    where = span_of(connection, serial, span)
    _check(step)
    series = book.find(connection, where.gateway, names)
    known = {one.id: one for one in series.values()}
    step = _chosen(connection, where, step, most)
    coarser = _fitting(where, most) if step == "raw" else step
    found = _raw(connection, where, known) if step == "raw" else {}
    crowded = {number: one for number, one in known.items() if number not in found or len(found[number].at) > most}
    if crowded:
        found |= _bucketed(connection, where, crowded, coarser)
    empty = _Columns()
    answers = []
    for name in names:
        one = series.get(name)
        if one is None:
            answers.append(book.empty(name, step))
            continue
        chosen = coarser if one.id in crowded else step
        columns = found.get(one.id, empty)
        words = book.words(connection, _words_in(one, columns))
        told = _sampled(one, columns, words) if chosen == "raw" else _rolled(one, columns, words)
        corrections = corrections_of(connection, one.id, where.start, where.end)
        answers.append(
            Curve(
                name=name,
                unit=UNITS[one.quantity],
                quantity=one.quantity,
                kind=one.kind,
                step=chosen,
                at=tuple(columns.at),
                corrections=corrections,
                **told,
            )
        )
    return answers


def portions(
    connection: Connection,
    book: Book,
    serial: str,
    names: Sequence[Name],
    span: tuple[float, float],
    *,
    step: int | Step | None,
    most: int,
    samples: int,
) -> tuple[int | Step, list[Sequence[Name]]]:
    """Return the step that answers a question, and its series in portions that a small memory holds.

    Where a curve would be made of more than `samples` samples, it is made of hours or days, which are there already.

    Raises:
        UsageError: the gateway is unknown, the span ends before it begins, or the step makes no sense.
    """
    where = span_of(connection, serial, span)
    _check(step)
    chosen = _chosen(connection, where, step, most)
    length = where.end - where.start
    cadence = min((one.cadence for one in book.find(connection, where.gateway, names).values()), default=60)
    if (chosen == "raw" or isinstance(chosen, int)) and length / cadence > samples:
        chosen = _fitting(where, most, _STORED)
    rows = length / (cadence if chosen not in _STORED else 3600 if chosen == "hour" else DAY)
    size = max(1, int(_PORTION // max(1, rows)))
    return chosen, [names[first : first + size] for first in range(0, len(names), size)]


def span_of(connection: Connection, serial: str, span: tuple[float, float]) -> Span:
    """Place a span in a gateway's own time.

    Raises:
        UsageError: the gateway is unknown, or the span ends before it begins.
    """
    start, end = int(span[0]), int(-(-span[1] // 1))
    if end <= start:
        raise UsageError("bad_span")
    row = connection.execute(select(GATEWAY).where(GATEWAY.c.serial == serial)).one_or_none()
    if row is None:
        raise UsageError("history_unknown_gateway", serial=serial)
    newest = connection.execute(select(func.max(JOURNAL.c.at)).where(JOURNAL.c.gateway == row.id)).scalar()
    return Span(row.id, zone_of(row.zone), row.rolled, max(int(row.last_at), newest or 0), start, end)


def _check(step: object) -> None:
    if step is None or step in _SECONDS or (isinstance(step, int) and step > 0):
        return
    raise UsageError("bad_step", step=str(step))


def _chosen(connection: Connection, where: Span, step: int | Step | None, most: int) -> int | Step:
    """Choose the finest step that was asked for, fits into the points allowed, and is still there."""
    length = where.end - where.start
    chosen = next(choice for limit, choice in _BY_SPAN if length <= limit) if step is None else step
    if chosen != "raw" and length / _seconds(chosen) > most:
        chosen = _fitting(where, most)
    if chosen == "raw" or isinstance(chosen, int):
        oldest = connection.execute(select(func.min(CHUNK.c.day))).scalar()
        if oldest is not None and chunk_of(where.start) < oldest and chunk_of(where.rolled) > oldest:
            first = connection.execute(select(GATEWAY.c.first_at).where(GATEWAY.c.id == where.gateway)).scalar_one()
            # Samples of the beginning are gone; hours are there for ever.
            if chunk_of(int(first)) < oldest:
                return "hour" if _seconds(chosen) <= 3600 else "day"
    return chosen


def _fitting(where: Span, most: int, steps: Sequence[int | Step] = _COARSER[1:]) -> int | Step:
    """Return the finest of some steps that fits into the points allowed; the coarsest there is where none does."""
    return next((one for one in steps if (where.end - where.start) / _seconds(one) <= most), "year")


def _seconds(step: int | Step) -> int:
    return step if isinstance(step, int) else _SECONDS[step]


@dataclass(slots=True)
class _Columns:
    """The columns of a curve under way."""

    at: Sequence[float] = ()
    buckets: Sequence[Bucket | None] = ()
    samples: Run = field(default_factory=Run)
    """Nothing holds from those on that are silent."""


def _raw(connection: Connection, where: Span, known: Mapping[int, Known]) -> dict[int, _Columns]:
    """Return samples as they were taken, by series; without points where there are none."""
    runs = read_samples(connection, where.gateway, known, where.start - 3600, where.end)
    return {number: _points(runs.get(number, Run()), where, one) for number, one in known.items()}


def _points(run: Run, where: Span, known: Known) -> _Columns:
    """Return samples as points, with a gap wherever nothing holds any more; the first may begin before the span."""
    low, high = max(0, bisect_right(run.at, where.start) - 1), bisect_left(run.at, where.end)
    inside = run.part(low, high)
    if not inside.at:
        return _Columns()
    hold = known.rule.hold
    after = run.at[high] if high < len(run.at) else last_end(run, hold, known.horizon(where.last))
    ends = [*inside.at[1:], after]
    if not any(inside.flag) and after >= where.end and max(map(sub, ends, inside.at)) <= hold:
        return _Columns([max(inside.at[0], where.start), *inside.at[1:]], samples=inside)
    points = Run.of(_with_gaps(inside, ends, hold, where))
    return _Columns(points.at, samples=points)


def _with_gaps(run: Run, ends: Sequence[int], hold: int, where: Span) -> Iterator[Sample]:
    """Yield the samples of a span, and a silent one wherever a value expires; each kind of silence once."""
    silence = GAP
    followers = [*run.at[1:], where.end]
    for sample, end, following in zip(run, ends, followers, strict=True):
        now = sample.flag & SILENT if silent(sample.flag) else 0
        until = min(end, sample.at + hold)
        if until > where.start and (not now or now != silence):
            yield sample._replace(at=max(sample.at, where.start))
            silence = now
        if not now and where.start < until < following:
            yield Sample(until, 0, GAP)
            silence = GAP


def _bucketed(connection: Connection, where: Span, known: Mapping[int, Known], step: int | Step) -> dict[int, _Columns]:
    if isinstance(step, int):
        edges = seconds_between(where.start, where.end, step)
        parts = _live(connection, where, known, edges)
    else:
        edges = _LOCAL[step](where.start, where.end, where.zone)
        parts = _from_rollups(connection, where, known, step, edges)
    return {number: _aligned(parts.get(number, ()), edges) for number in known}


def _aligned(buckets: Iterable[Bucket], edges: Sequence[int]) -> _Columns:
    by_start = {bucket.start: bucket for bucket in buckets}
    return _Columns(at=list(edges[:-1]), buckets=[by_start.get(edge) for edge in edges[:-1]])


def _live(
    connection: Connection, where: Span, known: Mapping[int, Known], edges: Sequence[int]
) -> dict[int, list[Bucket]]:
    """Roll up from samples."""
    runs = read_samples(connection, where.gateway, known, edges[0] - 3600, edges[-1] + 3600)
    return {
        number: roll(run, edges, known[number].rule, known[number].horizon(where.last)) for number, run in runs.items()
    }


def _from_rollups(
    connection: Connection, where: Span, known: Mapping[int, Known], step: Step, edges: Sequence[int]
) -> dict[int, list[Bucket]]:
    """Read what is rolled up, and roll up what is not yet."""
    grain = _FROM_ROLLUPS[step]
    found: dict[int, list[Bucket]] = {}
    if edges[0] < where.rolled:
        found = read_rollups(connection, grain, known, edges[0], min(edges[-1], where.rolled))
    begin = max(edges[0], where.rolled)
    if begin < edges[-1]:
        finest = hours_between if grain == HOURS else days_between
        fresh = _live(connection, where, known, finest(begin, edges[-1], where.zone))
        for number, buckets in fresh.items():
            found.setdefault(number, []).extend(buckets)
    if step in {"hour", "day"}:
        return found
    return {number: join(buckets, edges) for number, buckets in found.items()}


def _words_in(known: Known, columns: _Columns) -> set[int]:
    found = set(columns.samples.reason)
    if known.quantity not in WORDS:
        return found - {0}
    for sample in columns.samples:
        found |= {sample.value, sample.value + sample.raw}
    found.discard(0)
    return found | {bucket.last for bucket in columns.buckets if bucket is not None}


def _sampled(known: Known, columns: _Columns, words: Mapping[int, str]) -> dict[str, Any]:
    quantity = known.quantity

    def value(whole: int) -> Value:
        return to_value(quantity, whole, lambda number: words.get(number, ""))

    run = columns.samples
    nothing = (None,) * len(run)
    if not any(run.flag):
        quality: tuple[Quality | None, ...] = (QUALITIES[0],) * len(run)
        steps = STEPS[quantity]
        plain = steps != 1 and quantity not in WORDS
        values = tuple([one / steps for one in run.value] if plain else map(value, run.value))
        return {"value": values, "quality": quality, "raw": nothing, "reason": _reasons(run, words)}
    return {
        "value": tuple(None if silent(one.flag) else value(one.value) for one in run),
        "quality": tuple(None if one.flag & GAP else QUALITIES[one.flag & QUALITY] for one in run),
        "raw": tuple(value(one.value + one.raw) if one.flag & RAW and not silent(one.flag) else None for one in run),
        "reason": _reasons(run, words),
    }


def _reasons(run: Run, words: Mapping[int, str]) -> tuple[str | None, ...]:
    return tuple(map(words.get, run.reason)) if run.reason else (None,) * len(run)


def _rolled(known: Known, columns: _Columns, words: Mapping[int, str]) -> dict[str, Any]:
    rule, steps, buckets = known.rule, STEPS[known.quantity], columns.buckets
    covered = tuple(0 if one is None else one.covered for one in buckets)
    if rule.shape.means:
        known_of = [one if one is not None and one.covered else None for one in buckets]
        return {
            "covered": covered,
            "value": tuple(None if one is None else one.mean / steps / rule.fine for one in known_of),
            "low": tuple(None if one is None else one.low / steps for one in known_of),
            "high": tuple(None if one is None else one.high / steps for one in known_of),
        }
    values = tuple(
        None if one is None else to_value(known.quantity, one.last, lambda number: words.get(number, ""))
        for one in buckets
    )
    if not rule.shape.energy:
        return {"covered": covered, "value": values}
    energy = tuple(None if one is None else one.energy / steps for one in buckets)
    return {"covered": covered, "value": values, "energy": energy}
