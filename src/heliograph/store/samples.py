"""Samples of one series, in columns of whole numbers."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from heliograph.model import Quality
from heliograph.store.pack import pack, unpack

QUALITIES: Final = (Quality.MEASURED, Quality.DERIVED, Quality.CORRECTED, Quality.STALE)
"""By the number in a flag's two lowest bits; never reordered."""
QUALITY: Final = 0b11
STALE: Final = QUALITIES.index(Quality.STALE)
RAW: Final = 0b100
"""The gateway said something else, which is kept beside the value."""
GAP: Final = 0b1000
"""From here on nothing is known."""
STEP: Final = 0b1_0000
"""What lies between the value before and this one was not counted: no energy."""
SILENT: Final = GAP | STALE
"""Tested as `flag & GAP or flag & QUALITY == STALE`: nothing holds from such a sample on."""

DAY: Final = 86_400

_ORDERS: Final = (1, 1, 1, 1, 1)
_AXIS_ORDERS: Final = (1,)


def chunk_of(at: int) -> int:
    """Return the number of the UTC day under which a sample is kept."""
    return at // DAY


def silent(flag: int) -> bool:
    """Return whether nothing holds from a sample on."""
    return bool(flag & GAP) or flag & QUALITY == STALE


class Sample(NamedTuple):
    """One sample: epoch seconds, whole value, flags; how far the gateway's word is from it, and why (a word)."""

    at: int
    value: int
    flag: int = 0
    raw: int = 0
    reason: int = 0


@dataclass(slots=True)
class Run:
    """Samples of one series in order of time; columns of one length."""

    at: list[int] = field(default_factory=list)
    value: list[int] = field(default_factory=list)
    flag: list[int] = field(default_factory=list)
    raw: list[int] = field(default_factory=list)
    """Gateway's word minus value; empty where no sample has one."""
    reason: list[int] = field(default_factory=list)
    """Word of the reason, 0 = none; empty where no sample has one."""

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Self:
        """Gather samples in any order; of two at one moment the later one counts."""
        kept = sorted({sample[0]: sample for sample in samples}.values())
        if not kept:
            return cls()
        at, value, flag, raw, reason = (list(column) for column in zip(*kept, strict=True))
        return cls(at, value, flag, raw if any(raw) else [], reason if any(reason) else [])

    @classmethod
    def from_bytes(cls, body: bytes, axis: "Axis") -> Self:
        """Take from a stored chunk, whose times are places on an axis.

        Raises:
            ValueError: the bytes are no chunk, or not one of this axis.
        """
        places, value, flag, raw, reason = unpack(body, _ORDERS)
        times = axis.times
        try:
            at = [times[place] for place in places]
        except IndexError as err:
            message = "these samples are on another axis"
            raise ValueError(message) from err
        return cls(at, value, flag or [0] * len(at), raw, reason)

    def to_bytes(self, axis: "Axis") -> bytes:
        """Return as a chunk to store; moments that the axis does not know are added to it."""
        flag = self.flag if any(self.flag) else []
        return pack((axis.places(self.at), self.value, flag, self.raw, self.reason), _ORDERS)

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[Sample]:
        length = len(self.at)
        columns = (self.at, self.value, self.flag, self.raw or [0] * length, self.reason or [0] * length)
        return map(Sample, *columns)

    def joined(self, other: "Run") -> "Run":
        """Return both together; where both speak of one moment, the other counts."""
        if not other.at:
            return self
        if not self.at:
            return other
        if self.at[-1] >= other.at[0]:
            return Run.of([*self, *other])
        return Run(
            self.at + other.at,
            self.value + other.value,
            self.flag + other.flag,
            _side(self.raw, len(self), other.raw, len(other)),
            _side(self.reason, len(self), other.reason, len(other)),
        )

    def between(self, start: int, end: int) -> "Run":
        """Return the samples of [start, end)."""
        return self.part(bisect_left(self.at, start), bisect_left(self.at, end))

    def part(self, low: int, high: int) -> "Run":
        """Return the samples from one place to before another."""
        return Run(
            self.at[low:high],
            self.value[low:high],
            self.flag[low:high],
            self.raw[low:high],
            self.reason[low:high],
        )


class Axis:
    """The moments at which one piece of equipment was sampled in one day: its series share them.

    Moments are only ever added at the end, so that chunks already stored stay right.
    """

    def __init__(self, times: Iterable[int] = ()) -> None:
        """Take the moments known so far."""
        self.times = list(times)
        self._places: dict[int, int] | None = None
        self._stored = len(self.times)

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Take from the database.

        Raises:
            ValueError: the bytes are no axis.
        """
        return cls(unpack(body, _AXIS_ORDERS)[0])

    def to_bytes(self) -> bytes:
        """Return as stored."""
        return pack((self.times,), _AXIS_ORDERS)

    @property
    def grown(self) -> bool:
        """Whether it knows more than when it was made."""
        return len(self.times) > self._stored

    def places(self, moments: Iterable[int]) -> list[int]:
        """Return the places of moments; new ones are added."""
        if self._places is None:
            self._places = {moment: place for place, moment in enumerate(self.times)}
        found = []
        for moment in moments:
            place = self._places.get(moment)
            if place is None:
                place = self._places[moment] = len(self.times)
                self.times.append(moment)
            found.append(place)
        return found


def _side(one: list[int], one_length: int, other: list[int], other_length: int) -> list[int]:
    if not one and not other:
        return []
    return (one or [0] * one_length) + (other or [0] * other_length)
