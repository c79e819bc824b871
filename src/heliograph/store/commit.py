"""What the writer does in one transaction; and what a start must know of what was written before."""

from collections.abc import Iterable
from time import time
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, func, select

from heliograph.model import Kind, Quantity
from heliograph.store.engine import Database, upsert
from heliograph.store.entry import ORDER, Entry, Row
from heliograph.store.heads import Head, Item
from heliograph.store.lock import MARK
from heliograph.store.names import newest_of
from heliograph.store.recorder import Recorder, Site
from heliograph.store.rows import PLAIN
from heliograph.store.schema import (
    BLOB,
    CORRECTION,
    EQUIPMENT,
    FINDING,
    GATEWAY,
    JOURNAL,
    METADATA,
    SERIES,
    WORD,
)

_UPDATED: Final[dict[str, tuple[str, ...]]] = {
    "gateway": ("firmware", "part_number", "zone"),
    "series": ("quantity", "kind", "cadence"),
    "word": ("text",),
}
"""Columns that a row written again replaces, where that is not all of them."""


def commit(database: Database, entries: Iterable[Entry], rows: Iterable[tuple[str, Row]]) -> None:
    """Write entries, and rows that precede them, in one transaction; doing it twice does no harm."""
    entries = list(entries)
    gathered = [*rows, *(row for entry in entries for row in entry.rows)]
    journal = [
        {"id": entry.number, "gateway": entry.gateway, "at": entry.at, "body": entry.body}
        for entry in entries
        if entry.body is not None
    ]
    with database.writing() as connection:
        write_rows(connection, gathered)
        upsert(connection, JOURNAL, journal)


def leave_mark(database: Database) -> None:
    """Leave on PostgreSQL what tells this writer from others; its session holds the lock from now on.

    Raises:
        InUseError: another one writes.
    """
    if database.embedded:
        return
    mark = PLAIN + uuid4().bytes
    with database.writing() as connection:
        upsert(connection, BLOB, [{"gateway": "", "name": MARK, "at": time(), "body": mark}])
    database.mark = mark


def write_rows(connection: Connection, rows: Iterable[tuple[str, Row]]) -> None:
    """Write rows by table; of those with one key the last one counts."""
    tables: dict[str, dict[tuple[Any, ...], Row]] = {}
    for name, row in rows:
        keys = tuple(row[column.name] for column in METADATA.tables[name].primary_key.columns)
        tables.setdefault(name, {})[keys] = row
    for name in ORDER:
        if name in tables:
            upsert(connection, METADATA.tables[name], list(tables[name].values()), _UPDATED.get(name))


def load(database: Database, zone: str) -> Recorder:
    """Make a recorder that goes on where the database ends."""
    recorder = Recorder(zone)
    with database.reading() as connection:
        sites = _load_sites(connection, recorder)
        heads = _load_heads(connection, sites)
        recorder.words.update({row.text: row.id for row in connection.execute(select(WORD))})
        _load_open(connection, sites, heads)
        for table in (GATEWAY, EQUIPMENT, SERIES, WORD, JOURNAL, CORRECTION, FINDING):
            recorder.numbers.used(table.name, connection.execute(select(func.max(table.c.id))).scalar() or 0)
    return recorder


def _load_sites(connection: Connection, recorder: Recorder) -> dict[int, Site]:
    sites: dict[int, Site] = {}
    latest = newest_of(connection)
    for row in connection.execute(select(GATEWAY)):
        last = max(int(row.last_at), latest.get(row.id, 0))
        site = Site(row.id, row.serial, row.firmware, row.part_number, row.zone, row.first_at, last)
        sites[row.id] = recorder.sites[row.serial] = site
    return sites


def _load_heads(connection: Connection, sites: dict[int, Site]) -> dict[int, Head]:
    items: dict[int, Item] = {}
    heads: dict[int, Head] = {}
    for row in connection.execute(select(EQUIPMENT)):
        item = Item(row.id, row.model, row.part_number, row.retired, row.first_at)
        items[row.id] = sites[row.gateway].items[row.subject, row.name] = item
    for row in connection.execute(select(SERIES)):
        head = Head(row.id, Quantity(row.quantity), Kind(row.kind), row.cadence)
        heads[row.id] = items[row.equipment].heads[row.key] = head
    return heads


def _load_open(connection: Connection, sites: dict[int, Site], heads: dict[int, Head]) -> None:
    for row in connection.execute(select(CORRECTION).where(CORRECTION.c.until.is_(None))):
        heads[row.series].correction = dict(row._mapping)  # noqa: SLF001 - the public way to a row's columns
    for row in connection.execute(select(FINDING).where(FINDING.c.closed.is_(None))):
        sites[row.gateway].findings[row.code, row.subject, row.name, row.key] = dict(row._mapping)  # noqa: SLF001 - the same
