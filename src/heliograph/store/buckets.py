"""Roll-ups: what a series did in each of a row of buckets; and how roll-ups join to larger ones."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul, sub
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
        return cls(shape, buckets_of(body))

    def to_bytes(self) -> bytes:
        """Return as a block to store."""
        columns: list[Sequence[int]] = list(zip(*self.buckets, strict=True))
        if not self.shape.means:
            columns[4:7] = ((), (), ())
        if not self.shape.energy:
            columns[7] = ()
        return pack(columns, _ORDERS)

    def replaced(self, start: int, end: int, fresh: Iterable[Bucket]) -> "Rollup":
        """Return this with everything in [start, end) replaced."""
        kept = [bucket for bucket in self.buckets if not start <= bucket.start < end]
        return Rollup(self.shape, sorted([*kept, *fresh]))


def buckets_of(body: bytes, start: int | None = None, end: int | None = None) -> list[Bucket]:
    """Return the buckets of a stored block that begin in [start, end).

    Raises:
        ValueError: the bytes are no block.
    """
    columns = unpack(body, _ORDERS)
    starts = columns[0]
    low = 0 if start is None else bisect_left(starts, start)
    high = len(starts) if end is None else bisect_left(starts, end)
    none = [0] * (high - low)
    return list(map(Bucket, *(column[low:high] if column else none for column in columns)))


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
    """Return a counter's values around a bucket of which nothing is known."""
    before = max(0, bisect_right(run.at, start) - 1)
    return run.value[before], run.value[max(before, bisect_right(run.at, end - 1) - 1)]


class _Filling(NamedTuple):
    """What is known of one bucket."""

    covered: int
    first: int
    last: int
    low: int
    high: int
    weight: int

    def bucket(self, start: int, rule: Rule, energy: int) -> Bucket:
        if not rule.shape.means:
            return Bucket(start, self.covered, self.first, self.last, energy=energy)
        mean = round(self.weight * rule.fine / self.covered)
        return Bucket(start, self.covered, self.first, self.last, self.low, self.high, mean, energy)

    def joined(self, other: "_Filling") -> "_Filling":
        return _Filling(
            self.covered + other.covered,
            self.first,
            other.last,
            min(self.low, other.low),
            max(self.high, other.high),
            self.weight + other.weight,
        )


def last_end(run: Run, hold: int, horizon: int | None) -> int:
    """Return until when the last value of a run holds."""
    at = run.at[-1]
    return at + hold if horizon is None else max(at, min(at + hold, horizon))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Values that follow each other without a gap."""

    at: Sequence[int]
    value: Sequence[int]
    end: int
    """Until when the last one holds."""


def _stretches(run: Run, hold: int, horizon: int | None) -> Iterator[_Stretch]:
    ends = [*run.at[1:], last_end(run, hold, horizon)]
    if not any(run.flag) and max(map(sub, ends, run.at)) <= hold:
        yield _Stretch(run.at, run.value, ends[-1])
        return
    begin = 0
    for place, (at, end, flag) in enumerate(zip(run.at, ends, run.flag, strict=True)):
        if flag and silent(flag):
            if begin < place:
                yield _Stretch(run.at[begin:place], run.value[begin:place], at)
            begin = place + 1
        elif end - at > hold or place == len(ends) - 1:
            yield _Stretch(run.at[begin : place + 1], run.value[begin : place + 1], min(end, at + hold))
            begin = place + 1


def _fill(run: Run, edges: Sequence[int], rule: Rule, horizon: int | None) -> dict[int, _Filling]:
    filled: dict[int, _Filling] = {}
    for stretch in _stretches(run, rule.hold, horizon):
        for index, filling in _fillings(stretch, edges):
            known = filled.get(index)
            filled[index] = filling if known is None else known.joined(filling)
    return filled


def _fillings(stretch: _Stretch, edges: Sequence[int]) -> Iterator[tuple[int, _Filling]]:
    """Yield what each bucket has of a stretch. Work is done by whole columns: samples are many, buckets few."""
    at, value = stretch.at, stretch.value
    lasting = map(sub, [*at[1:], stretch.end], at)
    weights = list(accumulate(map(mul, value, lasting), initial=0))
    start, stop = max(at[0], edges[0]), min(stretch.end, edges[-1])
    index = bisect_right(edges, start) - 1
    place = bisect_right(at, start) - 1
    while start < stop:
        until = min(edges[index + 1], stop)
        after = bisect_left(at, until, place + 1)
        held = value[place:after]
        first, last = held[0], held[-1]
        # The weight of whole samples, less what lies before the bucket, less what lies after it.
        weight = weights[after - 1] - weights[place] - first * (start - at[place]) + last * (until - at[after - 1])
        yield index, _Filling(until - start, first, last, min(held), max(held), weight)
        place = after if after < len(at) and at[after] == until else after - 1
        start, index = until, index + 1


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


def join(buckets: Sequence[Bucket], edges: Sequence[int]) -> list[Bucket]:
    """Join buckets, in order of time, to larger ones; a bucket belongs where it begins."""
    starts = [bucket.start for bucket in buckets]
    places = [bisect_left(starts, edge) for edge in edges]
    return [
        _joined(edge, buckets[low:high])
        for edge, low, high in zip(edges, places, places[1:], strict=False)
        if low < high
    ]


def _joined(start: int, group: Sequence[Bucket]) -> Bucket:
    known = [bucket for bucket in group if bucket.covered] or group
    _, covered, first, _, low, high, mean, _ = zip(*known, strict=True)
    seconds = sum(covered)
    weighted = round(sum(map(mul, mean, covered)) / seconds) if seconds else 0
    energy = sum(bucket.energy for bucket in group)
    return Bucket(start, seconds, first[0], group[-1].last, min(low), max(high), weighted, energy)
