"""What history is asked for and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from heliograph.model import Finding, Kind, Quality, Quantity, Subject, Value

Step = Literal["raw", "hour", "day", "month", "year"]
"""A step that is not a number of seconds; days, months and years are the gateway's own."""

MOST_POINTS: Final = 3000
"""Points that one curve holds at most; where more would come, the step is made coarser."""


class Name(NamedTuple):
    """One series of a gateway."""

    subject: Subject
    id: str
    key: str


@dataclass(frozen=True, slots=True)
class Correction:
    """From when to when a series was corrected, and why."""

    code: str
    """A code of `labels/*.json` (`reason.…`)."""
    since: float
    """Epoch seconds UTC, as `until`."""
    until: float | None
    """None while it lasts."""
    details: Mapping[str, str | int | float] = field(default_factory=dict)
    raw: Value | None = None
    """What the gateway first said."""
    given: Value | None = None
    """What was first given instead."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One series over a span, in columns of one length. A gap is a point whose value is None."""

    name: Name
    unit: str
    quantity: Quantity
    kind: Kind
    step: int | Step
    """Seconds between two points, a local step, or `raw`: one point a sample, which holds until the next one."""
    at: tuple[float, ...] = ()
    """Epoch seconds UTC; where a bucket begins, when a sample was taken."""
    value: tuple[Value | None, ...] = ()
    """A sample's value; of a bucket the time-weighted mean, of counters and words the last value."""
    low: tuple[float | None, ...] = ()
    """The lowest value of each bucket; empty for samples, counters, words."""
    high: tuple[float | None, ...] = ()
    energy: tuple[float | None, ...] = ()
    """What a counter counted in each bucket, in the series' unit; empty for all else."""
    covered: tuple[int, ...] = ()
    """Seconds of each bucket of which the value is known; empty for samples."""
    quality: tuple[Quality | None, ...] = ()
    """Of each sample, None where nothing is known, `stale` where what was said last says nothing of then; empty for
    buckets, as `raw` and `reason`."""
    raw: tuple[Value | None, ...] = ()
    """What the gateway said, where that differs."""
    reason: tuple[str | None, ...] = ()
    """Why it differs: a code of `labels/*.json`; since when and in detail stands in `corrections`."""
    corrections: tuple[Correction, ...] = ()
    """All that touch the span."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The last value that was recorded of a series."""

    name: Name
    unit: str
    value: Value
    at: float
    quality: Quality
    raw: Value | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A year by local day and hour of day."""

    name: Name
    unit: str
    days: tuple[str, ...]
    """ISO dates, one a row."""
    rows: tuple[tuple[float | None, ...], ...]
    """24 values a day: a counter's energy, else the mean. The hour that comes twice in autumn holds both, the one that
    spring skips is None, as is all that is unknown."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a gateway: firmware change, outage, replacement."""

    kind: str
    at: float
    """Epoch seconds UTC; written again with the same kind and time, it replaces what was said before."""
    until: float | None = None
    """None for a moment, and while it lasts."""
    details: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding, and from when to when it was in force."""

    finding: Finding
    opened: float
    closed: float | None
    """None while it is in force."""


@dataclass(frozen=True, slots=True)
class KeptSeries:
    """One series that history holds."""

    name: Name
    unit: str
    quantity: Quantity
    kind: Kind


@dataclass(frozen=True, slots=True)
class KeptEquipment:
    """One piece of equipment that history knows."""

    subject: Subject
    id: str
    model: str | None
    part_number: str | None
    retired: bool
    since: float
    """When it was first seen, epoch seconds UTC."""


@dataclass(frozen=True, slots=True)
class KeptGateway:
    """One gateway that history knows."""

    serial: str
    firmware: str
    part_number: str
    zone: str
    """IANA name."""
    since: float
    """Of its first snapshot, epoch seconds UTC."""
    last: float
    """Of its latest."""
