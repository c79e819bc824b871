"""What is done beside writing: the journal is folded into chunks, days are rolled up, old samples go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, update

from heliograph.model import Kind, Quantity
from heliograph.store.buckets import BRIDGE, join, roll
from heliograph.store.chunks import (
    Known,
    Rolled,
    erase,
    read_chunks,
    read_rollups,
    write_rollups,
    write_samples,
)
from heliograph.store.days import days_between, hours_between, midnight_before, zone_of
from heliograph.store.engine import Database
from heliograph.store.entry import from_bodies
from heliograph.store.grain import GRACE
from heliograph.store.samples import DAY, GAP, Run, Sample, chunk_of
from heliograph.store.schema import AXIS, CHUNK, DAYS, EQUIPMENT, GATEWAY, HOURS, JOURNAL, SERIES

_IDLE_DAYS: Final = 3
"""Days without any sample after which the days between are not looked at one by one."""
_LATEST: Final = 7
_CONFIRMED: Final = 3
"""Of so many days up to now, so many must have samples before any are let go."""
_PRUNED: Final = 2000
"""Chunks that go at a time."""


def fold(database: Database, gateway: int) -> None:
    """Move a gateway's journal into chunks."""
    with database.writing() as connection:
        wanted = select(JOURNAL.c.id, JOURNAL.c.at, JOURNAL.c.body).where(JOURNAL.c.gateway == gateway)
        rows = connection.execute(wanted.order_by(JOURNAL.c.id)).all()
        if not rows:
            return
        samples, void = from_bodies((at, body) for _, at, body in rows)
        oldest = connection.execute(select(func.min(CHUNK.c.day))).scalar()
        site = connection.execute(select(GATEWAY).where(GATEWAY.c.id == gateway)).one()
        series, last = series_of(connection, gateway), max(site.last_at, *(at for _, at, _ in rows))
        if void is not None:
            erase(connection, series, void, midnight_before(void, site.zone))
            last = rows[-1].at
        write_samples(connection, series, samples)
        connection.execute(delete(JOURNAL).where(JOURNAL.c.gateway == gateway, JOURNAL.c.id <= rows[-1].id))
        first = min((min(found).at for found in samples.values()), default=site.rolled)
        first = first if void is None else min(first, void)
        # What comes late opens its day again: rolling it up anew puts everything right, but for days whose samples
        # are gone already.
        if oldest is not None and chunk_of(int(site.first_at)) < oldest:
            first = max(first, (oldest + 2) * DAY)
        rolled = min(site.rolled, midnight_before(first, site.zone))
        new = {
            "first_at": min(site.first_at, *(at for _, at, _ in rows)),
            "last_at": last,
            "rolled": rolled,
        }
        connection.execute(update(GATEWAY).where(GATEWAY.c.id == gateway).values(new))


def series_of(connection: Connection, gateway: int) -> dict[int, Known]:
    """Return all series of a gateway."""
    wanted = select(SERIES).join(EQUIPMENT, SERIES.c.equipment == EQUIPMENT.c.id).where(EQUIPMENT.c.gateway == gateway)
    return {
        row.id: Known(row.id, row.equipment, Quantity(row.quantity), Kind(row.kind), row.cadence)
        for row in connection.execute(wanted)
    }


def roll_up(database: Database, gateway: int) -> bool:
    """Roll up the next local day of a gateway that is over; tell whether there was one.

    A day is over a while after its midnight, when every living series has been heard again: what a counter counted
    around midnight can then be shared out.
    """
    with database.writing() as connection:
        site = connection.execute(select(GATEWAY).where(GATEWAY.c.id == gateway)).one()
        start = _skip_idle(connection, site)
        zone = zone_of(site.zone)
        end = days_between(start, start + 1, zone)[-1]
        if site.last_at < end + GRACE:
            return False
        series = series_of(connection, gateway)
        closing = _Closing(connection, site.zone, series, start, end)
        closing.close()
        connection.execute(update(GATEWAY).where(GATEWAY.c.id == gateway).values(rolled=end))
        return True


def _skip_idle(connection: Connection, site: Any) -> int:
    """Return the beginning of the next day to roll up, past a long time in which there was nothing at all."""
    start: int = site.rolled
    first = connection.execute(select(func.min(CHUNK.c.day)).where(CHUNK.c.day >= chunk_of(start) - 1)).scalar()
    if first is None or first - chunk_of(start) <= _IDLE_DAYS:
        return start
    return midnight_before((first - 1) * DAY, site.zone)


@dataclass(frozen=True, slots=True)
class _Closing:
    """One local day of one gateway being rolled up."""

    connection: Connection
    zone: str
    series: Mapping[int, Known]
    start: int
    end: int

    def close(self) -> None:
        runs = read_chunks(self.connection, self.series, chunk_of(self.start - GRACE), chunk_of(self.end + GRACE))
        hours, days = [], []
        for number, run in runs.items():
            known = self.series[number]
            start, whole = self._widened(known, run)
            edges = hours_between(start, self.end, zone_of(self.zone))
            buckets = roll(whole, edges, known.rule)
            hours.append(Rolled(number, start, self.end, buckets))
            days.append(
                Rolled(number, start, self.end, join(buckets, days_between(start, self.end, zone_of(self.zone))))
            )
        write_rollups(self.connection, HOURS, self.series, hours)
        write_rollups(self.connection, DAYS, self.series, days)

    def _widened(self, known: Known, run: Run) -> tuple[int, Run]:
        """Return from where a series must be rolled up, and its samples.

        A counter that was silent over midnight has counted in the days before, too.
        """
        if not known.rule.shape.energy:
            return self.start, run
        inside = [at for at, flag in zip(run.at, run.flag, strict=True) if not flag & GAP]
        first = next((at for at in inside if at >= self.start), None)
        before = max((at for at in inside if at < self.start), default=None)
        if first is None or (before is not None and first - self.start <= GRACE):
            return self.start, run
        reach = chunk_of(first - BRIDGE)
        earlier = read_chunks(self.connection, {known.id: known}, reach - 1, chunk_of(self.start)).get(known.id, Run())
        whole = earlier.joined(run)
        before = max(
            (at for at, flag in zip(whole.at, whole.flag, strict=True) if at < self.start and not flag & GAP),
            default=None,
        )
        if before is None:
            return self.start, self._remembered(known, run)
        return (midnight_before(before, self.zone) if first - before <= BRIDGE else self.start), whole

    def _remembered(self, known: Known, run: Run) -> Run:
        """Put the last value that roll-ups know before the samples of a counter that was away for long."""
        alone = {known.id: known}
        years = read_rollups(self.connection, DAYS, alone, self.start - 400 * DAY, self.start).get(known.id)
        if not years:
            return run
        return Run.of([Sample(self.start - BRIDGE - 1, years[-1].last), *run])


def prune(database: Database, now: float, keep: float) -> int:
    """Delete samples older than `keep` seconds, some at a time, the oldest first; return how many chunks went.

    None go before history itself has samples of several days that lead up to now: a clock that is ahead for a moment
    ages nothing.
    """
    with database.writing() as connection:
        rolled = connection.execute(select(func.min(GATEWAY.c.rolled))).scalar()
        oldest = connection.execute(select(func.min(CHUNK.c.day))).scalar()
        # Two days more than were rolled up: a late sample opens its day again.
        if oldest is None or rolled is None or oldest >= min(chunk_of(int(now - keep)), chunk_of(rolled) - 2):
            return 0
        if sum(_has_samples(connection, chunk_of(int(now)) - back) for back in range(_LATEST)) < _CONFIRMED:
            return 0
        found = select(CHUNK.c.series).where(CHUNK.c.day == oldest).order_by(CHUNK.c.series).limit(_PRUNED)
        series: Sequence[int] = connection.execute(found).scalars().all()
        connection.execute(delete(CHUNK).where(CHUNK.c.day == oldest, CHUNK.c.series <= series[-1]))
        if len(series) < _PRUNED:
            connection.execute(delete(AXIS).where(AXIS.c.day <= oldest))
        return len(series)


def _has_samples(connection: Connection, day: int) -> bool:
    return connection.execute(select(CHUNK.c.day).where(CHUNK.c.day == day).limit(1)).scalar() is not None
