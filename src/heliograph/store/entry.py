"""What travels from the recorder to the writer: everything of one poll, packed, and the rows that name it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from heliograph.store.samples import Sample

Row = dict[str, Any]
"""A row of a table by column; written again with the same key, it replaces what stood there."""

ORDER: Final = ("gateway", "equipment", "series", "word", "correction", "finding", "event", "blob")
"""Tables in which rows may be (re)written, in the order in which they refer to one another."""


@dataclass(slots=True)
class Entry:
    """All that one call of `Store.write` asks to keep."""

    number: int
    """Of its journal row; rises."""
    gateway: int
    serial: str
    at: int
    """Epoch seconds of the snapshot."""
    body: bytes | None = None
    """Packed samples, be there none; None where no snapshot was taken."""
    rows: list[tuple[str, Row]] = field(default_factory=list)
    """Rows by table."""
    rewinds: bool = False
    """Whether it makes void what is kept of later moments."""

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, roughly."""
        blobs = sum(len(row["body"]) for table, row in self.rows if table == "blob")
        return 500 + len(self.body or b"") + 500 * len(self.rows) + blobs


def to_body(at: int, samples: Iterable[tuple[int, Sample]]) -> bytes:
    """Pack the samples of one poll, given with their series' numbers."""
    return msgspec.msgpack.encode([_packed(at, series, sample) for series, sample in samples])


def _packed(at: int, series: int, sample: Sample) -> tuple[int, ...]:
    if sample.flag == 0 and sample.raw == 0 and sample.reason == 0:
        return series, sample.at - at, sample.value
    return series, sample.at - at, *sample[1:]


REWIND: Final = 0
"""The number, of no series, under which a poll says from when on what was said before it is void."""

_Packed = list[list[int]]
_DECODER: Final = msgspec.msgpack.Decoder(_Packed)


def from_body(at: int, body: bytes) -> Iterator[tuple[int, Sample]]:
    """Yield the samples of one poll with their series' numbers."""
    for series, after, *rest in _DECODER.decode(body):
        yield series, Sample(at + after, *rest)


class Gathered(NamedTuple):
    """The samples of several polls."""

    samples: dict[int, list[Sample]]
    """By series."""
    void: int | None
    """From when on what was said before these polls is void."""


def from_bodies(bodies: Iterable[tuple[int, bytes]], wanted: set[int] | None = None) -> Gathered:
    """Gather the samples of several polls, given in the order in which they were taken; of all series, or some."""
    found: dict[int, list[Sample]] = {}
    void = None
    for at, body in bodies:
        for packed in _DECODER.decode(body):
            series = packed[0]
            if series == REWIND:
                void = at if void is None else min(void, at)
                found = {number: [one for one in samples if one.at < at] for number, samples in found.items()}
            elif wanted is None or series in wanted:
                found.setdefault(series, []).append(Sample(at + packed[1], *packed[2:]))
    return Gathered({number: samples for number, samples in found.items() if samples}, void)
