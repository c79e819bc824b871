"""Who is who: series by name, words by number, and the records beside the values."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from heliograph.model import METRICS, UNITS, Finding, Kind, Quantity, Subject
from heliograph.store.answer import (
    Correction,
    Curve,
    Event,
    KeptEquipment,
    KeptFinding,
    KeptGateway,
    KeptSeries,
    Name,
    Step,
)
from heliograph.store.chunks import Known, slices
from heliograph.store.schema import CORRECTION, EQUIPMENT, EVENT, FINDING, GATEWAY, JOURNAL, SERIES, WORD

_SERIES = (
    select(SERIES, EQUIPMENT.c.subject, EQUIPMENT.c.name, EQUIPMENT.c.gateway)
    .join(EQUIPMENT, SERIES.c.equipment == EQUIPMENT.c.id)
    .order_by(EQUIPMENT.c.id, SERIES.c.id)
)


class Book:
    """Remembers which series and words bear which number; both never change. May be shared between threads."""

    def __init__(self) -> None:
        self._series: dict[tuple[int, Name], Known] = {}
        self._words: dict[int, str] = {}

    def find(self, connection: Connection, gateway: int, names: Sequence[Name]) -> dict[Name, Known]:
        """Return the series of these names that there are."""
        if any((gateway, name) not in self._series for name in names):
            for name, known in all_series(connection, gateway).items():
                self._series[gateway, name] = known
        return {name: self._series[gateway, name] for name in names if (gateway, name) in self._series}

    def words(self, connection: Connection, numbers: Iterable[int]) -> Mapping[int, str]:
        """Return the words of these numbers, and perhaps more."""
        missing = [number for number in numbers if number not in self._words]
        for part in slices(missing):
            wanted = select(WORD).where(WORD.c.id.in_(part))
            self._words.update({row.id: row.text for row in connection.execute(wanted)})
        return self._words

    @staticmethod
    def empty(name: Name, step: int | Step) -> Curve:
        """Return the curve of a series that history does not hold."""
        metric = METRICS.get(f"{name.subject}.{name.key}")
        quantity = Quantity.TEXT if metric is None else metric.quantity
        return Curve(name, UNITS[quantity], quantity, Kind.NOW if metric is None else metric.kind, step)


def all_series(connection: Connection, gateway: int) -> dict[Name, Known]:
    """Return all series of a gateway, equipment by equipment."""
    return {
        _name(row): Known(row.id, row.equipment, Quantity(row.quantity), Kind(row.kind), row.cadence)
        for row in connection.execute(_SERIES.where(EQUIPMENT.c.gateway == gateway))
    }


def _name(row: Row[Any]) -> Name:
    return Name(Subject(row.subject), row.name, row.key)


def kept_series(connection: Connection, serial: str) -> tuple[KeptSeries, ...]:
    """List the series of a gateway."""
    wanted = _SERIES.join(GATEWAY, EQUIPMENT.c.gateway == GATEWAY.c.id).where(GATEWAY.c.serial == serial)
    return tuple(
        KeptSeries(_name(row), UNITS[Quantity(row.quantity)], Quantity(row.quantity), Kind(row.kind))
        for row in connection.execute(wanted)
    )


def kept_equipment(connection: Connection, serial: str) -> tuple[KeptEquipment, ...]:
    """List the equipment of a gateway."""
    wanted = select(EQUIPMENT).join(GATEWAY).where(GATEWAY.c.serial == serial).order_by(EQUIPMENT.c.id)
    return tuple(
        KeptEquipment(Subject(row.subject), row.name, row.model, row.part_number, row.retired, row.first_at)
        for row in connection.execute(wanted)
    )


def newest_of(connection: Connection) -> dict[int, int]:
    """Return when each gateway was last heard of that has samples which are not folded yet, epoch seconds."""
    written = select(JOURNAL.c.gateway, func.max(JOURNAL.c.at)).group_by(JOURNAL.c.gateway)
    return {row[0]: row[1] for row in connection.execute(written)}


def kept_gateways(connection: Connection) -> tuple[KeptGateway, ...]:
    """List all gateways."""
    newest = newest_of(connection)
    return tuple(
        KeptGateway(
            row.serial,
            row.firmware,
            row.part_number,
            row.zone,
            row.first_at,
            max(row.last_at, newest.get(row.id, row.last_at)),
        )
        for row in connection.execute(select(GATEWAY).order_by(GATEWAY.c.id))
    )


def corrections_of(connection: Connection, series: int, start: float, end: float) -> tuple[Correction, ...]:
    """Return the corrections of a series that touch a span."""
    wanted = select(CORRECTION).where(
        CORRECTION.c.series == series,
        CORRECTION.c.since < end,
        or_(CORRECTION.c.until.is_(None), CORRECTION.c.until >= start),
    )
    return tuple(
        Correction(row.code, row.since, row.until, json.loads(row.details), _value(row.raw), _value(row.given))
        for row in connection.execute(wanted.order_by(CORRECTION.c.since))
    )


def findings_of(connection: Connection, serial: str, start: float, end: float) -> tuple[KeptFinding, ...]:
    """Return the findings that were in force within a span, in order of time."""
    wanted = (
        select(FINDING)
        .join(GATEWAY)
        .where(
            GATEWAY.c.serial == serial,
            FINDING.c.opened < end,
            or_(FINDING.c.closed.is_(None), FINDING.c.closed >= start),
        )
    )
    return tuple(_finding(row) for row in connection.execute(wanted.order_by(FINDING.c.opened, FINDING.c.id)))


def _finding(row: Row[Any]) -> KeptFinding:
    details, raw, given = json.loads(row.details), _value(row.raw), _value(row.given)
    finding = Finding(row.code, Subject(row.subject), row.name, row.key, raw, given, row.since, details)
    return KeptFinding(finding, row.opened, row.closed)


def events_of(connection: Connection, serial: str, start: float, end: float) -> tuple[Event, ...]:
    """Return the events of a span, in order of time."""
    wanted: Select[Any] = select(EVENT).join(GATEWAY).where(GATEWAY.c.serial == serial, EVENT.c.at < end)
    wanted = wanted.where(or_(EVENT.c.at >= start, EVENT.c.until >= start)).order_by(EVENT.c.at, EVENT.c.kind)
    return tuple(Event(row.kind, row.at, row.until, json.loads(row.details)) for row in connection.execute(wanted))


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)
