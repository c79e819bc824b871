"""The working copy of one advance: what the gateway said, being mended, and what is noticed on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Final

from heliograph.ledger.books import Books, ClockDifference, Counter, Day, Fleet, Panel, Watch
from heliograph.model import Equipment, Finding, Quality, Reading, Reason, Snapshot, Subject, Value

Details = Mapping[str, str | int | float]

SOURCE: Final = "ledger"
"""Named as the source of what is computed here."""
PANEL_POWER: Final = 600.0
"""More than any micro-inverter delivers, W."""
MODULE_POWER: Final = 330.0
"""What a module of unknown power is taken to have, W."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the ledger must be told of a site."""

    zone: tzinfo = UTC
    """The gateway's own time zone: days begin at its midnight."""
    rated_power: float | None = None
    """Of all solar modules, W; None = judged from the number of inverters."""
    site_power: float = 50_000.0
    """The most that the grid connection carries, W."""


@dataclass(slots=True)
class Bench:
    """One advance under way. The books it starts from are never changed; what they become is gathered here."""

    books: Books
    raw: Snapshot
    at: float
    """The present, epoch seconds UTC."""
    machine_time: float
    """The present by our own clock, which may be wrong."""
    clock: ClockDifference | None
    settings: Settings
    day: Day
    system: Equipment | None
    """The whole installation as the gateway gave it; None where the snapshot holds devices only."""
    values: dict[str, Reading]
    """The system's readings by key, mended as the advance goes on."""
    said: Mapping[str, Reading]
    """The same as the gateway gave them."""
    absent: dict[str, Reason]
    counters: dict[str, Counter]
    panels: dict[str, Panel]
    watches: dict[str, Watch]
    fleet: Fleet
    listed: float
    """When the gateway last listed its inverters, epoch seconds."""
    gap: float
    """Seconds without a believed value that count as a gap."""
    leeway: dict[str, float] = field(default_factory=dict)
    """Wh by which a figure of the gateway's own may be above the one given here and still be right, by key."""
    night: bool = False
    rated_power: float = 0.0
    """Of all solar modules, as told or judged, W."""
    production_limit: float = 0.0
    """The most that all inverters together can deliver, with a margin, W."""
    site_limit: float = 0.0
    """The most that anything on the site can carry, W."""
    equipment: list[Equipment] = field(default_factory=list)
    """Everything but the system, mended."""
    findings: dict[str, Finding] = field(default_factory=dict)

    def age(self, dated: float) -> float:
        """Return how old is what the gateway has dated by its own clock, seconds."""
        return self.machine_time + (self.raw.skew or 0.0) - dated

    @property
    def ahead(self) -> float:
        """Seconds by which the gateway's clock is ahead of ours, as a rule; its days begin so much earlier."""
        return 0.0 if self.clock is None else self.clock.ahead

    def number(self, key: str) -> float | None:
        """Return a system value as it stands now; None where it is absent, stale or no number."""
        reading = self.values.get(key)
        if reading is None or reading.quality is Quality.STALE or isinstance(reading.value, str):
            return None
        return float(reading.value)

    def mend(self, key: str, value: Value, quality: Quality, reason: Reason, since: float | None) -> None:
        """Replace a system value; the gateway's own stays beside it."""
        said = self.values[key]
        raw = said.value if said.raw is None else said.raw
        self.values[key] = Reading(said.metric, value, said.at, said.source, quality, raw, reason, since)

    def drop(self, key: str, reason: Reason) -> None:
        """Take a value away and say why."""
        self.values.pop(key, None)
        self.absent[key] = reason

    def reported(self, code: str, subject: Subject, identity: str, key: str) -> bool:
        """Return whether a finding has been open until now."""
        return _name(code, subject, identity, key) in self.books.findings

    def notice(self, finding: Finding) -> None:
        """Report what is in force at this moment; what was reported before keeps its first values."""
        name = _name(finding.code, finding.subject, finding.id, finding.key)
        known = self.books.findings.get(name)
        if known is not None:
            finding = known if known.details == finding.details else replace(known, details=finding.details)
        self.findings[name] = finding

    def system_finding(self, code: str, key: str, since: float, details: Details, *, mended: bool) -> None:
        """Notice something about a system value; with what it was and is, where it was mended."""
        reading = self.values.get(key) if mended else None
        raw = given = None
        if reading is not None:
            raw, given = (reading.value if reading.raw is None else reading.raw), reading.value
        self.notice(Finding(code, Subject.SYSTEM, self.system_id, key, raw, given, since, details))

    @property
    def system_id(self) -> str:
        """The id under which the snapshot holds its system values."""
        return self.raw.gateway.serial if self.system is None else self.system.id

    def set_limits(self) -> None:
        """Judge from the equipment what can flow; must come once the inverters are known."""
        count = max(self.number("inverter_count") or 0, self.fleet.count)
        told = self.settings.rated_power
        judged = max(1.2 * self.fleet.max_power, count * MODULE_POWER) or self.settings.site_power
        self.rated_power = max(told or judged, self.number("production_power") or 0.0)
        if told is not None:
            self.production_limit = 1.5 * told + PANEL_POWER
        else:
            self.production_limit = (count + 5) * PANEL_POWER if count else self.settings.site_power
        self.site_limit = max(self.settings.site_power, self.production_limit)


def _name(code: str, subject: Subject, identity: str, key: str | None) -> str:
    return f"{code} {subject} {identity} {key or ''}"
