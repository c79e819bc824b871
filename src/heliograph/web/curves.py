"""Curves as JSON and as a table, sent while they are read: whatever is asked, few of them are in memory at one time."""

import asyncio
import csv
import io
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Final, Self, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from heliograph.model import Subject
from heliograph.model.labels import label, words
from heliograph.model.text import plain_cell
from heliograph.store import Curve, Step, Store
from heliograph.web import spans, wording
from heliograph.web.house import House
from heliograph.web.problem import ProblemError
from heliograph.web.shapes import history as shapes

POINTS: Final = 400_000
"""Points that one answer holds at most, whatever its step and its form."""
SAMPLES: Final = 2_000_000
"""Samples that are read for one answer at most; where it would be more, what is rolled up by hours answers."""
OF_ONE: Final = 150_000
"""Samples that are read for one curve at most."""
_ROWS: Final = 500
"""Rows of a table that are made at one time."""

Portion = Sequence[tuple[spans.Wanted, Curve]]
"""Curves that are in memory together."""
T = TypeVar("T")

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Question:
    """Which series, over which span, how finely."""

    series: Sequence[spans.Wanted]
    span: tuple[float, float]
    step: int | Step | None
    points: int
    """Points that each curve holds at most."""

    @classmethod
    def of(cls, series: Sequence[spans.Wanted], span: tuple[float, float], step: str, points: int) -> Self:
        """Read a step as callers write it.

        Raises:
            ProblemError: `too_long`: steps of these seconds are more points than one answer holds.
        """
        # One point less: buckets that begin before the span and end after it are one more than its length says.
        most = max(2, min(points, POINTS // len(series) - 1))
        width: int | Step | None = None if step == "auto" else int(step) if step.isdecimal() else step  # type: ignore[assignment]
        if isinstance(width, int) and (span[1] - span[0]) / width > most:
            raise ProblemError("too_long", 400, field="step", count=round((span[1] - span[0]) / width), most=most)
        return cls(series, span, width, most)

    async def read(self, store: Store) -> AsyncGenerator[Portion, None]:
        """Yield the curves a few at a time, in the order in which they were asked for.

        Raises:
            UsageError: history does not know a gateway.
            StoreError: history cannot be read.
        """
        samples = min(OF_ONE, SAMPLES // len(self.series))
        for serial, group in groupby(self.series, lambda one: one.gateway.serial):
            series = list(group)
            names = [one.name for one in series]
            waiting = iter(series)
            found = store.series_in_portions(serial, names, *self.span, self.step, most=self.points, samples=samples)
            async with aclosing(found):
                async for curves in found:
                    yield [(next(waiting), curve) for curve in curves]


async def document(house: House, question: Question, language: str) -> AsyncIterator[bytes]:
    """Return the curves as JSON (`shapes.History`), in pieces; what cannot be answered fails before the first piece."""
    start, end = question.span
    zone = spans.zone_name(house, question.series[0].gateway)
    head = _encode({"start": start, "end": end, "zone": zone})[:-1] + b',"curves":['

    async def pieces() -> AsyncIterator[bytes]:
        before = head
        async for encoded in _made(house, question, lambda portion: _encoded(portion, language)):
            yield before + encoded
            before = b","
        yield b"]}"

    return await _begun(pieces())


async def table(house: House, question: Question, language: str) -> AsyncIterator[bytes]:
    """Return the curves as CSV, in pieces; what cannot be answered fails before the first piece."""
    zone = ZoneInfo(spans.zone_name(house, question.series[0].gateway))

    async def pieces() -> AsyncIterator[bytes]:
        made = _made(house, question, lambda portion: [_Column.of(*one, language) for one in portion])
        columns = [column async for portion in made for column in portion]
        rows = _rows(columns, zone, language)
        while piece := await asyncio.to_thread(lambda: _written(islice(rows, _ROWS))):
            yield piece

    return await _begun(pieces())


async def _made(house: House, question: Question, make: Callable[[Portion], T]) -> AsyncGenerator[T, None]:
    """Yield what is made of each portion; of all questions together, few portions are in memory at one time."""
    async with aclosing(question.read(house.history())) as portions:
        while True:
            async with house.portions:
                portion = await anext(portions, None)
                if portion is None:
                    return
                made = await asyncio.to_thread(make, portion)
                del portion
            yield made


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return pieces of which the first is there already: an answer that has begun cannot fail any more."""
    first = await anext(pieces)

    async def every() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return every()


def _encoded(portion: Portion, language: str) -> bytes:
    return b",".join(_encode(_curve(one, curve, language)) for one, curve in portion)


def _curve(one: spans.Wanted, curve: Curve, language: str) -> shapes.Curve:
    return shapes.Curve(
        series=one.text,
        gateway=one.gateway.serial,
        subject=str(one.metric.subject),
        id=one.name.id,
        key=one.metric.key,
        label=label(one.metric, language),
        unit=curve.unit,
        quantity=str(curve.quantity),
        kind=str(curve.kind),
        step=str(curve.step),
        at=list(curve.at),
        value=list(curve.value),
        low=list(curve.low),
        high=list(curve.high),
        energy=list(curve.energy),
        covered=list(curve.covered),
        quality=[None if quality is None else str(quality) for quality in curve.quality],
        raw=list(curve.raw) if any(value is not None for value in curve.raw) else [],
        reason=list(curve.reason) if any(curve.reason) else [],
        corrections=[
            shapes.Correction(
                code=found.code,
                text=wording.reason_text(found.code, found.details, language),
                since=found.since,
                until=found.until,
                raw=found.raw,
                given=found.given,
            )
            for found in curve.corrections
        ],
    )


@dataclass(slots=True)
class _Column:
    """One column of a table under way: its cells by time."""

    heading: str
    at: "array[float]"
    cells: Sequence[object]
    place: int = field(default=0)
    """Of the next cell."""

    @classmethod
    def of(cls, one: spans.Wanted, curve: Curve, language: str) -> Self:
        return cls(_heading(one, curve, language), array("d", curve.at), curve.energy or curve.value)

    def cell(self, at: float) -> object:
        """Return the cell of a time, which only grows; an empty text where there is none."""
        if self.place >= len(self.at) or self.at[self.place] != at:
            return ""
        value = self.cells[self.place]
        self.place += 1
        return "" if value is None else value


def _rows(columns: Sequence[_Column], zone: ZoneInfo, language: str) -> Iterator[Sequence[object]]:
    yield [words(language).get("word.time", "time"), *(column.heading for column in columns)]
    for at in sorted({at for column in columns for at in column.at}):
        moment = datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
        yield [moment, *(column.cell(at) for column in columns)]


def _written(rows: Iterable[Sequence[object]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([plain_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _heading(one: spans.Wanted, curve: Curve, language: str) -> str:
    name = label(one.metric, language)
    of = "" if one.metric.subject is Subject.SYSTEM else f" {one.name.id}"
    return f"{name}{of} ({curve.unit})" if curve.unit else f"{name}{of}"
