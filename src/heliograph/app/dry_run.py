"""What would have been told over the history that is there: the past, put before the rules moment by moment."""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.model import METRICS, Equipment, Identity, Reading, Snapshot, Subject
from heliograph.outputs.notifications import WATCHED, Message, Watch
from heliograph.store import Curve, Event, KeptEquipment, KeptFinding, KeptGateway, Name, Store

DAY: Final = 86_400.0
STEP: Final = 300.0
"""Seconds between two moments: the cadence of devices, of which most rules speak."""
BEFORE: Final = 7 * DAY
"""What is looked at before the span, and told nothing of: what lasts since then was told then."""
MOST_DAYS: Final = 365
_HEARD: Final = ("network.state", "system.production_power")
"""While one of these has a value, the gateway was read."""
_SERIES: Final = frozenset({*WATCHED, *_HEARD})

Tell = Callable[[str, Message], None]
"""Is told a gateway's serial number and what would have been told of it."""
Progress = Callable[[int, int], None]
"""Told how many days are done, and of how many."""


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """Over what is to be gone."""

    gateways: Mapping[str, str]
    """The owner's names by serial number."""
    zone: ZoneInfo
    start: float
    """Epoch seconds, as `end`."""
    end: float
    silenced: Sequence[str] = ()
    """Codes of rules that are off."""


async def dry_run(store: Store, asked: DryRunRequest, tell: Tell, progress: Progress) -> float | None:
    """Return by serial what would have been told; give from when on there is history, None where there is none.

    Samples that are no longer kept are passed over: hours and days do not show what the rules look at.

    Raises:
        StoreError: the history cannot be read.
    """
    known = [one for one in await store.gateways() if one.serial in asked.gateways]
    spans = [(one, edges) for one in known if (edges := _edges(asked, one))]
    total, done, since = sum(len(edges) - 1 for _, edges in spans), 0, list[float]()
    for one, edges in spans:
        past = await _Past.of(store, one, asked, tell)
        for begin, end in pairwise(edges):
            if await past.play(begin, end):
                since.append(begin)
            done += 1
            progress(done, total)
    return max(min(since), asked.start) if since else None


def _edges(asked: DryRunRequest, one: KeptGateway) -> list[float]:
    """Cut what there is of a span into days."""
    start, end = max(asked.start - BEFORE, one.since), min(asked.end, one.last + STEP)
    count = math.ceil((end - start) / DAY)
    return [*(start + day * DAY for day in range(count)), end] if start < end else []


@dataclass(slots=True)
class _Line:
    """One series, and what it says at the moment."""

    name: Name
    now: Reading | None = None

    def steps(self, curve: Curve) -> Iterator[tuple[float, Reading | None]]:
        """Yield what it says from when on; what is stale keeps the value it last had."""
        metric, last = METRICS[f"{self.name.subject}.{self.name.key}"], self.now
        for at, value, quality in zip(curve.at, curve.value, curve.quality, strict=True):
            said = value if value is not None else None if last is None else last.value
            now = None if quality is None or said is None else Reading(metric, said, at, "history", quality)
            last = now or last
            yield at, now


@dataclass(slots=True)
class _Past:
    """A gateway's past, told again."""

    store: Store
    gateway: KeptGateway
    asked: DryRunRequest
    tell: Tell
    lines: Sequence[_Line]
    kept: Mapping[tuple[Subject, str], KeptEquipment]
    outages: Sequence[Event]
    findings: Sequence[KeptFinding]
    watch: Watch
    snapshot: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.snapshot = Snapshot(self._identity(), self.gateway.since, ())

    @classmethod
    async def of(cls, store: Store, gateway: KeptGateway, asked: DryRunRequest, tell: Tell) -> "_Past":
        """Find out what there is."""
        span = asked.start - BEFORE, asked.end
        series = (kept.name for kept in await store.names(gateway.serial))
        return cls(
            store,
            gateway,
            asked,
            tell,
            [_Line(name) for name in series if f"{name.subject}.{name.key}" in _SERIES],
            {(item.subject, item.id): item for item in await store.equipment(gateway.serial)},
            [event for event in await store.events(gateway.serial, *span) if event.kind == "away"],
            await store.findings(gateway.serial, *span),
            Watch(ZoneInfo(gateway.zone), asked.silenced),
        )

    async def play(self, begin: float, end: float) -> bool:
        """Put a part of it before the rules; False where its samples are no longer kept."""
        names = [line.name for line in self.lines]
        curves = await self.store.series(self.gateway.serial, names, begin, end, "raw", most=2**31)
        if any(curve.step != "raw" for curve in curves):
            return False
        await asyncio.to_thread(self._play, curves, begin, end)
        return True

    def _play(self, curves: Sequence[Curve], begin: float, end: float) -> None:
        changes = sorted(
            ((at, line, now) for line, curve in zip(self.lines, curves, strict=True) for at, now in line.steps(curve)),
            key=lambda change: change[0],
        )
        waiting = iter([*changes, None])
        change, at = next(waiting), begin
        while at < end:
            while change is not None and change[0] <= at:
                change[1].now = change[2]
                change = next(waiting)
            self._see(at)
            at += STEP

    def _see(self, at: float) -> None:
        heard = any(line.now is not None and line.now.metric.name in _HEARD for line in self.lines)
        if heard:
            self.snapshot = self._snapshot(at)
        elif not any(_holds(one.at, one.until, at) for one in self.outages):
            # Nobody was there who could have told anything.
            return
        name = self.asked.gateways[self.gateway.serial]
        for message in self.watch.see(name, self.snapshot, at, away=not heard):
            if at >= self.asked.start:
                self.tell(self.gateway.serial, message)

    def _snapshot(self, at: float) -> Snapshot:
        found: dict[tuple[Subject, str], dict[str, Reading]] = {}
        for line in self.lines:
            if line.now is not None:
                found.setdefault((line.name.subject, line.name.id), {})[line.name.key] = line.now
        equipment = tuple(
            Equipment(
                *who, found.get(who, {}), model=item.model, part_number=item.part_number, retired=who not in found
            )
            for who, item in self.kept.items()
            if who in found or item.retired
        )
        findings = tuple(one.finding for one in self.findings if _holds(one.opened, one.closed, at))
        version = next((line.now.value for line in self.lines if line.now and line.name.key == "version"), "")
        return Snapshot(self._identity(str(version)), at, equipment, findings)

    def _identity(self, firmware: str = "") -> Identity:
        return Identity(self.gateway.serial, firmware, self.gateway.part_number, "")


def _holds(since: float, until: float | None, at: float) -> bool:
    return since <= at and (until is None or at < until)
