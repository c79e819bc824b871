"""Roll-ups: what a series did in each of a row of buckets; and how roll-ups join to larger ones."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from heliograph.store.grain import Shape
from heliograph.store.pack import pack, unpack
from heliograph.store.samples import GAP, STEP, Run, silent

BRIDGE: Final = 36 * 3600
"""Seconds without samples over which what a counter counted is spread evenly; beyond, it counts where it was seen."""

_ORDERS: Final = (2, 1, 1, 1, 1, 1, 1, 1)


class Bucket(NamedTuple):
    """One bucket; values in whole steps (`grain.STEPS`), means finer by `grain.fine`."""

    start: int
    """Epoch seconds."""
    covered: int
    """Seconds of which the value is known."""
    first: int
    last: int
    low: int = 0
    high: int = 0
    mean: int = 0
    """Time-weighted over the seconds covered."""
    energy: int = 0
    """What a counter counted."""


@dataclass(slots=True)
class Rollup:
    """Buckets of one series in order of time."""

    shape: Shape
    buckets: list[Bucket] = field(default_factory=list)

    @classmethod
    def from_bytes(cls, body: bytes, shape: Shape) -> Self:
        """Take from a stored block.

        Raises:
            ValueError: the bytes are no block.
        """
        columns = unpack(body, _ORDERS)
        length = len(columns[0])
        return cls(shape, list(map(Bucket, *(column or [0] * length for column in columns))))

    def to_bytes(self) -> bytes:
        """Give as a block to store."""
        columns: list[Sequence[int]] = list(zip(*self.buckets, strict=True))
        if not self.shape.means:
            columns[4:7] = ((), (), ())
        if not self.shape.energy:
            columns[7] = ()
        return pack(columns, _ORDERS)

    def replaced(self, start: int, end: int, fresh: Iterable[Bucket]) -> "Rollup":
        """Give this with everything in [start, end) replaced."""
        kept = [bucket for bucket in self.buckets if not start <= bucket.start < end]
        return Rollup(self.shape, sorted([*kept, *fresh]))


@dataclass(frozen=True, slots=True)
class Rule:
    """How the samples of a series are to be understood."""

    shape: Shape
    fine: int
    """Factor between values and means."""
    hold: int
    """Seconds that a value holds when nothing follows it."""
    falls: bool
    """Whether it may count down; where it may not, a fall is no energy."""


def roll(run: Run, edges: Sequence[int], rule: Rule, horizon: int | None = None) -> list[Bucket]:
    """Roll samples up into the buckets between edges, which rise; samples around them say what held at the edges.

    The last value holds until the horizon at most: nobody knows what comes after. A bucket in which nothing is known is
    not given.
    """
    if len(edges) < 2 or not run.at:
        return []
    filled = _fill(run, edges, rule, horizon)
    counted = _count(run, edges, rule) if rule.shape.energy else {}
    return [
        filled[index].bucket(edges[index], rule, counted.get(index, 0))
        if index in filled
        else Bucket(edges[index], 0, *_ends(run, edges[index], edges[index + 1]), energy=counted[index])
        for index in sorted(filled.keys() | counted.keys())
    ]


def _ends(run: Run, start: int, end: int) -> tuple[int, int]:
    """Give a counter's values around a bucket of which nothing is known."""
    before = max(0, bisect_right(run.at, start) - 1)
    return run.value[before], run.value[max(before, bisect_right(run.at, end - 1) - 1)]


class _Filling:
    __slots__ = ("covered", "first", "high", "last", "low", "weight")

    def __init__(self, value: int) -> None:
        self.first = self.last = self.low = self.high = value
        self.covered = self.weight = 0

    def bucket(self, start: int, rule: Rule, energy: int) -> Bucket:
        if not rule.shape.means:
            return Bucket(start, self.covered, self.first, self.last, energy=energy)
        mean = round(self.weight * rule.fine / self.covered)
        return Bucket(start, self.covered, self.first, self.last, self.low, self.high, mean, energy)


def last_end(run: Run, hold: int, horizon: int | None) -> int:
    """Tell until when the last value of a run holds."""
    at = run.at[-1]
    return at + hold if horizon is None else max(at, min(at + hold, horizon))


def _spans(run: Run, hold: int, horizon: int | None) -> Iterator[tuple[int, int, int]]:
    """Give from when to when which value held."""
    ends = [*run.at[1:], last_end(run, hold, horizon)]
    for at, end, value, flag in zip(run.at, ends, run.value, run.flag, strict=True):
        if flag and silent(flag):
            continue
        yield at, (end if end - at <= hold else at + hold), value


def _fill(run: Run, edges: Sequence[int], rule: Rule, horizon: int | None) -> dict[int, _Filling]:
    filled: dict[int, _Filling] = {}
    first_edge, last_edge = edges[0], edges[-1]
    index, right = -1, first_edge
    filling: _Filling | None = None
    for begin, end, value in _spans(run, rule.hold, horizon):
        if end <= first_edge or begin >= last_edge:
            continue
        start = max(begin, first_edge)
        stop = min(end, last_edge)
        while start < stop:
            if start >= right:
                index = bisect_right(edges, start) - 1
                right = edges[index + 1]
                filling = None
            if filling is None:
                filling = filled[index] = _Filling(value)
            until = min(stop, right)
            filling.covered += until - start
            filling.weight += value * (until - start)
            filling.last = value
            if value < filling.low:
                filling.low = value
            elif value > filling.high:
                filling.high = value
            start = until
    return filled


def _count(run: Run, edges: Sequence[int], rule: Rule) -> dict[int, int]:
    """Share out what a counter counted: the sum over buckets is exactly what it counted between their outer edges."""
    counted: dict[int, int] = {}
    before: tuple[int, int] | None = None
    for at, value, flag in zip(run.at, run.value, run.flag, strict=True):
        if flag & GAP:
            continue
        if before is not None and at > edges[0] and before[0] < edges[-1]:
            growth = value - before[1]
            if growth and not flag & STEP and (growth > 0 or rule.falls):
                _share(counted, edges, before, (at, value))
        before = at, value
    return counted


def _share(counted: dict[int, int], edges: Sequence[int], one: tuple[int, int], other: tuple[int, int]) -> None:
    (begin, low), (end, high) = one, other
    if end - begin > BRIDGE:
        if edges[0] < end <= edges[-1]:
            index = bisect_right(edges, end - 1) - 1
            counted[index] = counted.get(index, 0) + high - low
        return
    index = max(0, bisect_right(edges, begin) - 1)
    taken = _value_at(edges[0], one, other) if begin < edges[0] else low
    while index < len(edges) - 1 and taken != high:
        stop = edges[index + 1]
        reached = high if end <= stop else _value_at(stop, one, other)
        if reached != taken:
            counted[index] = counted.get(index, 0) + reached - taken
        taken = reached
        if end <= stop:
            return
        index += 1


def _value_at(moment: int, one: tuple[int, int], other: tuple[int, int]) -> int:
    (begin, low), (end, high) = one, other
    return low + round((high - low) * (moment - begin) / (end - begin))


def join(buckets: Iterable[Bucket], edges: Sequence[int]) -> list[Bucket]:
    """Join buckets to larger ones; a bucket belongs where it begins."""
    joined: dict[int, Bucket] = {}
    weights: dict[int, int] = {}
    for bucket in buckets:
        index = bisect_right(edges, bucket.start) - 1
        if not 0 <= index < len(edges) - 1:
            continue
        weights[index] = weights.get(index, 0) + bucket.mean * bucket.covered
        known = joined.get(index)
        joined[index] = bucket._replace(start=edges[index]) if known is None else _added(known, bucket)
    return [
        bucket._replace(mean=round(weights[index] / bucket.covered)) if bucket.covered else bucket
        for index, bucket in sorted(joined.items())
    ]


def _added(one: Bucket, other: Bucket) -> Bucket:
    if not other.covered:
        return one._replace(energy=one.energy + other.energy, last=other.last)
    if not one.covered:
        return other._replace(start=one.start, first=one.first, energy=one.energy + other.energy)
    return Bucket(
        one.start,
        one.covered + other.covered,
        one.first,
        other.last,
        min(one.low, other.low),
        max(one.high, other.high),
        0,
        one.energy + other.energy,
    )
