"""Reads and writes the packed columns: journal, chunks, roll-ups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select

from heliograph.model import Kind, Quantity
from heliograph.store.buckets import Bucket, Rollup, Rule, buckets_of
from heliograph.store.engine import upsert
from heliograph.store.entry import from_bodies
from heliograph.store.grain import PATIENCE, fine, shape
from heliograph.store.heads import hold
from heliograph.store.samples import Axis, Run, Sample, chunk_of
from heliograph.store.schema import AXIS, BLOCKS, CHUNK, JOURNAL, ROLLUP

_SLICE: Final = 500
"""Series asked for in one statement."""


@dataclass(frozen=True, slots=True)
class Known:
    """A series as the database knows it."""

    id: int
    item: int
    """The equipment it belongs to."""
    quantity: Quantity
    kind: Kind
    cadence: int

    def horizon(self, heard: int) -> int:
        """Return until when its last value holds where its gateway was last heard at a moment."""
        return heard + PATIENCE * self.cadence

    @property
    def rule(self) -> Rule:
        """How its samples are to be understood."""
        falls = self.kind is not Kind.TOTAL
        return Rule(shape(self.quantity, self.kind), fine(self.quantity), hold(self.cadence), falls)


def slices(series: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut a list of series into parts that a statement takes."""
    return (series[start : start + _SLICE] for start in range(0, len(series), _SLICE))


def read_chunks(connection: Connection, series: Mapping[int, Known], first: int, last: int) -> dict[int, Run]:
    """Return the samples of series in the UTC days from first to last, by series."""
    axes = read_axes(connection, {known.item for known in series.values()}, first, last)
    found: dict[int, Run] = {}
    for part in slices(list(series)):
        wanted = select(CHUNK.c.day, CHUNK.c.series, CHUNK.c.body).where(
            CHUNK.c.day.in_(list(range(first, last + 1))), CHUNK.c.series.in_(part)
        )
        for day, number, body in connection.execute(wanted.order_by(CHUNK.c.day)):
            run = Run.from_bytes(body, axes[day, series[number].item])
            found[number] = run if number not in found else found[number].joined(run)
    return found


def read_axes(connection: Connection, items: set[int], first: int, last: int) -> dict[tuple[int, int], Axis]:
    """Return the axes of equipment in the UTC days from first to last, by day and equipment."""
    found: dict[tuple[int, int], Axis] = {}
    for part in slices(list(items)):
        wanted = select(AXIS).where(AXIS.c.day.in_(list(range(first, last + 1))), AXIS.c.equipment.in_(part))
        for day, item, body in connection.execute(wanted):
            found[day, item] = Axis.from_bytes(body)
    return found


def read_journal(connection: Connection, gateway: int, series: set[int] | None) -> dict[int, Run]:
    """Return the samples that are not in chunks yet, by series."""
    wanted = select(JOURNAL.c.at, JOURNAL.c.body).where(JOURNAL.c.gateway == gateway).order_by(JOURNAL.c.id)
    gathered = from_bodies(((at, body) for at, body in connection.execute(wanted)), series)
    return {number: Run.of(found) for number, found in gathered.samples.items()}


def read_samples(
    connection: Connection, gateway: int, series: Mapping[int, Known], start: int, end: int
) -> dict[int, Run]:
    """Return all samples from the UTC day of start to end, by series; some after it where they are at hand."""
    chunks = read_chunks(connection, series, chunk_of(start), chunk_of(end))
    recent = read_journal(connection, gateway, set(series))
    return {
        number: chunks.get(number, Run()).joined(recent.get(number, Run()))
        for number in series
        if number in chunks or number in recent
    }


def write_samples(connection: Connection, series: Mapping[int, Known], samples: Mapping[int, Iterable[Sample]]) -> None:
    """Add samples to the chunks of their series and days."""
    days: dict[int, dict[int, list[Sample]]] = {}
    for number, found in samples.items():
        for sample in found:
            days.setdefault(chunk_of(sample.at), {}).setdefault(number, []).append(sample)
    for day, fresh in days.items():
        touched = {number: series[number] for number in fresh}
        known = read_chunks(connection, touched, day, day)
        runs = {number: known.get(number, Run()).joined(Run.of(found)) for number, found in fresh.items()}
        write_chunks(connection, touched, day, runs)


def write_chunks(connection: Connection, series: Mapping[int, Known], day: int, runs: Mapping[int, Run]) -> None:
    """Write all samples that series have of one UTC day."""
    axes = read_axes(connection, {known.item for known in series.values()}, day, day)
    rows = []
    for number, run in runs.items():
        axis = axes.setdefault((day, series[number].item), Axis())
        rows.append({"day": day, "series": number, "body": run.to_bytes(axis)})
    grown = [{"day": day, "equipment": item, "body": axis.to_bytes()} for (_, item), axis in axes.items() if axis.grown]
    upsert(connection, AXIS, grown)
    upsert(connection, CHUNK, rows)


def erase(connection: Connection, series: Mapping[int, Known], start: int, midnight: int) -> None:
    """Take out samples from a moment on, and roll-ups from a midnight on."""
    day = chunk_of(start)
    cut = {number: run.between(0, start) for number, run in read_chunks(connection, series, day, day).items()}
    for part in slices(list(series)):
        connection.execute(delete(CHUNK).where(CHUNK.c.day >= day, CHUNK.c.series.in_(part)))
        for grain, span in BLOCKS.items():
            since = (ROLLUP.c.grain == grain, ROLLUP.c.block >= midnight // span, ROLLUP.c.series.in_(part))
            found = connection.execute(select(ROLLUP.c.block, ROLLUP.c.series, ROLLUP.c.body).where(*since)).all()
            connection.execute(delete(ROLLUP).where(*since))
            for block, number, body in found:
                before = Rollup(series[number].rule.shape, buckets_of(body, 0, midnight))
                if before.buckets:
                    row = {"grain": grain, "block": block, "series": number, "body": before.to_bytes()}
                    upsert(connection, ROLLUP, [row])
    write_chunks(connection, series, day, {number: run for number, run in cut.items() if run.at})


def read_rollups(
    connection: Connection, grain: int, series: Mapping[int, Known], start: int, end: int
) -> dict[int, list[Bucket]]:
    """Return the buckets of series that begin in [start, end), by series."""
    found: dict[int, list[Bucket]] = {}
    for number, _, body in _read_blocks(connection, grain, series, start, end):
        found.setdefault(number, []).extend(buckets_of(body, start, end))
    return found


def _read_blocks(
    connection: Connection, grain: int, series: Mapping[int, Known], start: int, end: int
) -> Iterator[tuple[int, int, bytes]]:
    blocks = list(range(start // BLOCKS[grain], (end - 1) // BLOCKS[grain] + 1))
    for part in slices(list(series)):
        wanted = select(ROLLUP.c.series, ROLLUP.c.block, ROLLUP.c.body).where(
            ROLLUP.c.grain == grain, ROLLUP.c.block.in_(blocks), ROLLUP.c.series.in_(part)
        )
        yield from ((row[0], row[1], row[2]) for row in connection.execute(wanted.order_by(ROLLUP.c.block)))


@dataclass(frozen=True, slots=True)
class Rolled:
    """What the buckets of one series in [start, end) have become."""

    series: int
    start: int
    end: int
    buckets: list[Bucket]


def write_rollups(connection: Connection, grain: int, series: Mapping[int, Known], rolled: Sequence[Rolled]) -> None:
    """Replace buckets by new ones."""
    if not rolled:
        return
    start, end = min(one.start for one in rolled), max(one.end for one in rolled)
    known = {
        (number, block): Rollup.from_bytes(body, series[number].rule.shape)
        for number, block, body in _read_blocks(
            connection, grain, {one.series: series[one.series] for one in rolled}, start, end
        )
    }
    rows = []
    span = BLOCKS[grain]
    for one in rolled:
        for block in range(one.start // span, (one.end - 1) // span + 1):
            before = known.get((one.series, block)) or Rollup(series[one.series].rule.shape)
            fresh = [bucket for bucket in one.buckets if bucket.start // span == block]
            after = before.replaced(one.start, one.end, fresh)
            if after.buckets:
                rows.append({"grain": grain, "block": block, "series": one.series, "body": after.to_bytes()})
    upsert(connection, ROLLUP, rows)
