"""Takes history out, day by day: CSV, Parquet; the whole of it never stands in memory."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from sqlalchemy import select

from heliograph import extras
from heliograph.errors import UsageError
from heliograph.model import UNITS, Value
from heliograph.model.text import plain_cell
from heliograph.store.answer import Name
from heliograph.store.chunks import Known, read_samples
from heliograph.store.days import days_between
from heliograph.store.engine import Database, make_private
from heliograph.store.grain import WORDS, to_value
from heliograph.store.names import Book, all_series
from heliograph.store.query import Span, curves, span_of
from heliograph.store.samples import GAP, QUALITIES, QUALITY, RAW, Run
from heliograph.store.schema import GATEWAY

Grain = Literal["raw", "hour", "day"]
Row = tuple[Any, ...]
Progress = Callable[[int, int], None]
"""Told how many days are done, and of how many."""

RAW_COLUMNS: Final = ("gateway", "subject", "id", "key", "unit", "time", "value", "quality", "raw", "reason")
BUCKET_COLUMNS: Final = (
    *("gateway", "subject", "id", "key", "unit", "time", "value", "low", "high", "energy", "covered"),
)
_PIECE: Final = 10_000
"""Rows that are handed on at a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be taken out."""

    serial: str
    start: float
    end: float
    grain: Grain = "raw"
    names: tuple[Name, ...] = ()
    """Series; all of the gateway where none are named."""


class Sink(Protocol):
    """Where rows go."""

    def put(self, rows: Sequence[Row]) -> None:
        """Take rows."""

    def close(self) -> None:
        """Take no more."""


def export(database: Database, asked: Asked, sink: Sink, progress: Progress | None = None) -> int:
    """Hand every row to a sink, day by day and in order of time within a series; give how many there were.

    Raises:
        UsageError: the gateway is unknown, or the span ends before it begins.
    """
    count = 0
    for rows in pieces(database, asked, progress):
        sink.put(rows)
        count += len(rows)
    return count


def pieces(database: Database, asked: Asked, progress: Progress | None = None) -> Iterator[list[Row]]:
    """Yield the rows of a span in pieces that fit into memory; no lock is held between two days.

    Raises:
        UsageError: the gateway is unknown, or the span ends before it begins.
    """
    book = Book()
    with database.reading() as connection:
        where = span_of(connection, asked.serial, (asked.start, asked.end))
        first = int(connection.execute(select(GATEWAY.c.first_at).where(GATEWAY.c.id == where.gateway)).scalar_one())
        series = all_series(connection, where.gateway)
    wanted = {name: known for name, known in series.items() if not asked.names or name in asked.names}
    start, end = max(where.start, first), min(where.end, where.last + 1)
    edges = days_between(start, end, where.zone) if start < end else []
    for index, (left, right) in enumerate(pairwise(edges)):
        span = max(left, start), min(right, end)
        rows = _day(database, book, asked, wanted, Span(where.gateway, where.zone, where.rolled, where.last, *span))
        for begin in range(0, len(rows), _PIECE):
            yield rows[begin : begin + _PIECE]
        if progress is not None:
            progress(index + 1, len(edges) - 1)


def _day(database: Database, book: Book, asked: Asked, wanted: dict[Name, Known], where: Span) -> list[Row]:
    with database.reading() as connection:
        if asked.grain != "raw":
            found = curves(
                connection, book, asked.serial, list(wanted), (where.start, where.end), step=asked.grain, most=10**9
            )
            return [
                (asked.serial, *_named(curve.name), curve.unit, curve.at[index], *cells)
                for curve in found
                for index, cells in enumerate(
                    zip(
                        curve.value,
                        curve.low or [None] * len(curve.at),
                        curve.high or [None] * len(curve.at),
                        curve.energy or [None] * len(curve.at),
                        curve.covered,
                        strict=True,
                    )
                )
                if cells[0] is not None or cells[3] is not None
            ]
        known = {one.id: one for one in wanted.values()}
        runs = read_samples(connection, where.gateway, known, where.start, where.end)
        runs = {number: run.between(where.start, where.end) for number, run in runs.items()}
        words = book.words(connection, _words(known, runs))
        return [
            row
            for name, one in wanted.items()
            for row in _samples(asked.serial, name, one, runs.get(one.id, Run()), dict(words))
        ]


def _named(name: Name) -> tuple[str, str, str]:
    return str(name.subject), name.id, name.key


def _words(known: dict[int, Known], runs: dict[int, Run]) -> set[int]:
    found = {reason for run in runs.values() for reason in run.reason}
    for number, run in runs.items():
        if known[number].quantity in WORDS:
            found |= {value for sample in run for value in (sample.value, sample.value + sample.raw)}
    return found - {0}


def _samples(serial: str, name: Name, known: Known, run: Run, words: dict[int, str]) -> Iterator[Row]:
    def value(whole: int) -> Value:
        return to_value(known.quantity, whole, lambda number: words.get(number, ""))

    for sample in run:
        if sample.flag & GAP:
            continue
        yield (
            serial,
            *_named(name),
            UNITS[known.quantity],
            float(sample.at),
            value(sample.value),
            str(QUALITIES[sample.flag & QUALITY]),
            value(sample.value + sample.raw) if sample.flag & RAW else None,
            words.get(sample.reason),
        )


class CsvSink:
    """Writes CSV with a header: times as ISO 8601 in UTC, nothing where nothing is known."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Begin a file."""
        self._file = os.fdopen(_private(path), "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def put(self, rows: Sequence[Row]) -> None:
        """Take rows."""
        self._writer.writerows((*map(plain_cell, row[:5]), _iso(row[5]), *map(_plain, row[6:])) for row in rows)

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _private(path: Path) -> int:
    """Open an empty file that its owner alone may read; return its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else plain_cell(value)


class ParquetSink:
    """Writes Parquet: numbers in `value`, states and texts in `text`, so that each column is of one kind."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Begin a file.

        Raises:
            UsageError: pyarrow is not installed.
        """
        try:
            pyarrow: Any = import_module("pyarrow")
            parquet: Any = import_module("pyarrow.parquet")
        except ModuleNotFoundError as err:
            raise extras.missing("parquet") from err
        self._arrow: Any = pyarrow
        texts = {"gateway", "subject", "id", "key", "unit", "quality", "reason", "text", "raw_text"}
        names: list[str] = []
        for column in columns:
            names += [column, "text"] if column == "value" else [column, "raw_text"] if column == "raw" else [column]
        kinds = {"time": pyarrow.timestamp("ms", tz="UTC"), "covered": pyarrow.int32()}
        self._columns = columns
        self._schema: Any = pyarrow.schema(
            [(name, kinds.get(name) or (pyarrow.string() if name in texts else pyarrow.float64())) for name in names]
        )
        os.close(_private(path))
        self._writer: Any = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def put(self, rows: Sequence[Row]) -> None:
        """Take rows."""
        columns: list[list[Any]] = []
        for name, cells in zip(self._columns, zip(*rows, strict=True), strict=True):
            if name in {"value", "raw"}:
                columns.append([None if cell is None or isinstance(cell, str) else float(cell) for cell in cells])
                columns.append([cell if isinstance(cell, str) else None for cell in cells])
            elif name == "time":
                columns.append([round(cell * 1000) for cell in cells])
            else:
                columns.append(list(cells))
        arrays = [self._arrow.array(cells, field.type) for cells, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(self._arrow.table(arrays, schema=self._schema))

    def close(self) -> None:
        """End the file."""
        self._writer.close()


SINKS: Final[dict[str, Callable[[Path, Sequence[str]], Sink]]] = {"csv": CsvSink, "parquet": ParquetSink}
"""By format. A new one is one class and a line."""


def export_file(database: Database, asked: Asked, path: Path, kind: str, progress: Progress | None = None) -> int:
    """Write a file; where that fails, none is left. Give the number of rows.

    Raises:
        UsageError: format or gateway is unknown, or the file cannot be written.
    """
    make = SINKS.get(kind)
    if make is None:
        raise UsageError("bad_format", format=kind, known=", ".join(SINKS))
    partial = path.with_name(path.name + ".part")
    columns = RAW_COLUMNS if asked.grain == "raw" else BUCKET_COLUMNS
    try:
        make_private(partial)
        sink = make(partial, columns)
        try:
            count = export(database, asked, sink, progress)
        finally:
            sink.close()
        partial.replace(path)
    except OSError as err:
        raise UsageError("unwritable_file", path=path, cause=err.strerror or str(err)) from err
    finally:
        partial.unlink(missing_ok=True)
    return count
