"""The end of each series: decides which of its readings become samples."""

from dataclasses import dataclass, field
from typing import Final

from heliograph.model import Kind, Metric, Quantity
from heliograph.store.entry import Row
from heliograph.store.grain import PATIENCE, REMINDER, interval
from heliograph.store.samples import GAP, STEP, Sample, silent

ASTRAY: Final = 2 * 86_400
"""Seconds by which a clock must have been put back to be told from what comes late."""


@dataclass(slots=True)
class Head:
    """The latest sample of a series and what was heard since."""

    id: int
    quantity: Quantity
    kind: Kind
    cadence: int
    last: Sample | None = None
    """None until the first reading after a start: what came before is in the database."""
    seen: int = 0
    """When the series was last spoken of, epoch seconds."""
    skipped: Sample | None = None
    """The latest reading, where it was not kept for coming too early."""
    correction: Row | None = None
    """The correction in force."""

    def take(self, sample: Sample, now: int, *, former: int | None) -> list[Sample]:
        """Take a reading; give the samples that must be kept of it.

        `now` is the snapshot's time; `former` is that of the gateway's snapshot before a restart, None where there
        was none or the series is new.
        """
        last, seen = self.last, self.seen
        self.seen = max(now, seen)
        if last is None:
            kept = [] if former is None else _silence(former, now, self.cadence)
            return self._keep([*kept, sample])
        if last.at - now > ASTRAY:
            # Nothing comes so late: the clock was wrong then, or is now; either way this is what was said last.
            self.seen = now
            return self._keep([sample])
        if sample.at <= last.at:
            if now <= last.at:
                return []
            sample = sample._replace(at=now)
        gap = [] if silent(last.flag) else _silence(seen, now, self.cadence)
        if gap:
            # What was skipped was heard before the silence began.
            skipped = [] if self.skipped is None else [self.skipped]
            return self._keep([*skipped, *gap, sample])
        if sample[1:] == last[1:]:
            self.skipped = None
            due = not silent(sample.flag) and now - last.at >= REMINDER - self.cadence // 2
            return self._keep([sample]) if due else []
        return self._thinned(sample, last)

    def _thinned(self, sample: Sample, last: Sample) -> list[Sample]:
        apart = interval(self.quantity, self.kind)
        latest = self.skipped or last
        starts_again = sample.value < latest.value
        if apart and sample.at - last.at < apart - self.cadence // 2 and sample[2:] == last[2:]:
            if not starts_again:
                self.skipped = sample
                return []
            return self._keep([sample] if self.skipped is None else [self.skipped, sample])
        return self._keep([self.skipped, sample] if starts_again and self.skipped is not None else [sample])

    def stop(self, now: int) -> list[Sample]:
        """Note that there is no value any more; give the samples that say so."""
        last = self.last
        if last is None or last.flag & GAP or now <= last.at:
            return []
        skipped = [] if self.skipped is None else [self.skipped]
        return self._keep([*skipped, Sample(now, last.value, GAP)])

    def forget(self) -> None:
        """Take the next reading as if it were the first."""
        self.last = self.skipped = None
        self.seen = 0

    def _keep(self, samples: list[Sample]) -> list[Sample]:
        self.last = samples[-1]._replace(flag=samples[-1].flag & ~STEP)
        self.skipped = None
        return samples


def hold(cadence: int) -> int:
    """Return the seconds that a value of a cadence holds when nothing follows it."""
    return REMINDER + PATIENCE * cadence


def _silence(seen: int, now: int, cadence: int) -> list[Sample]:
    """Mark where a value ceased to hold, when it was not heard of for too long."""
    return [Sample(seen + cadence, 0, GAP)] if now - seen > PATIENCE * cadence else []


@dataclass(slots=True)
class Item:
    """One piece of equipment with its series by key."""

    id: int
    model: str | None
    part_number: str | None
    retired: bool
    since: float
    heads: dict[str, Head] = field(default_factory=dict)


def head_of(number: int, metric: Metric) -> Head:
    """Begin a series."""
    return Head(number, metric.quantity, metric.kind, metric.cadence)
