"""What is worth telling somebody who is not looking: one small record a rule, all of them on unless silenced."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from heliograph.model import CATALOG, METRICS, Equipment, Kind, Quality, Quantity, Snapshot, Subject

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
DAY_OF_LIGHT: Final = 8 * HOUR
"""The light of a short day: what is silent for as long has had a day's worth of chances to speak."""
HOT, COOL = 50.0, 45.0
"""°C: where a battery counts as hot, and where no longer."""
WEAK, WELL = 0.7, 0.8
"""The share of its group's median that makes a day bad for a panel, and good again."""
WEAK_DAYS: Final = 3
TOKEN_DAYS: Final = (1, 7, 30)
"""Tightest first."""


@dataclass(frozen=True, slots=True)
class View:
    """What a rule looks at: one moment of one gateway."""

    snapshot: Snapshot
    at: float
    away: bool
    weak_days: Mapping[str, int]
    """How many full days in a row each panel has been below its group."""
    firmware: str
    """What the gateway said before."""
    raised: frozenset[str]
    """What this rule has told of and not yet taken back: ids."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a rule found."""

    id: str
    """What it concerns: a serial, a finding; empty for the gateway."""
    stage: str = ""
    """How far it has come; each new stage is told once."""
    details: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    code: str
    """Its words stand under `rule.…`."""
    find: Callable[[View], Iterable[Case]]
    lasting: float = 0.0
    """Seconds for which a case must hold before it is told."""
    daylight: bool = False
    """Only seconds of daylight count."""
    settled: float = 0.0
    """Seconds for which a case must be over before that is told."""
    away: bool = False
    """Is judged also while the gateway is away."""
    ends: bool = True
    """Is a state that ends; else something that happens."""


def _gateway_away(view: View) -> Iterator[Case]:
    if view.away:
        yield Case("")


def _inverter_silent(view: View) -> Iterator[Case]:
    for item in _in_service(view, Subject.INVERTER):
        power = item.values.get("power")
        if item.value("communicating") is False or (power is not None and power.quality is Quality.STALE):
            yield Case(item.id)


def _panel_weak(view: View) -> Iterator[Case]:
    return (Case(panel) for panel, days in view.weak_days.items() if days >= WEAK_DAYS)


def _battery_hot(view: View) -> Iterator[Case]:
    for item in _in_service(view, Subject.BATTERY):
        warmest = max(
            (float(said.value) for said in item.values.values() if said.metric.quantity is Quantity.TEMPERATURE),
            default=None,
        )
        if warmest is not None and warmest >= (COOL if item.id in view.raised else HOT):
            yield Case(item.id, details={"temperature": round(warmest)})


def _token_expires(view: View) -> Iterator[Case]:
    firmware = view.snapshot.find(Subject.FIRMWARE)
    expiry = None if firmware is None else firmware.value("token_expiry")
    if isinstance(expiry, int | float):
        left = (expiry - view.at) / DAY
        stage = next((days for days in TOKEN_DAYS if left < days), None)
        if stage is not None:
            yield Case("", str(stage), {"days": max(0, int(left))})


def _counter_corrected(view: View) -> Iterator[Case]:
    for found in view.snapshot.findings:
        counted = METRICS.get(f"{found.subject}.{found.key}")
        if counted is not None and counted.kind in {Kind.TOTAL, Kind.NET_TOTAL}:
            yield Case(f"{found.code} {found.id} {found.key}", details={"metric": counted.name, "finding": found.code})


def _firmware_changed(view: View) -> Iterator[Case]:
    now = view.snapshot.gateway.firmware
    if view.firmware and now and view.firmware != now:
        yield Case("", now, {"before": view.firmware, "after": now})


def _in_service(view: View, subject: Subject) -> Iterator[Equipment]:
    return (item for item in view.snapshot.of(subject) if not item.retired)


RULES: Final = (
    Rule("gateway_away", _gateway_away, lasting=HOUR, daylight=True, away=True),
    Rule("inverter_silent", _inverter_silent, lasting=DAY_OF_LIGHT, daylight=True, settled=HOUR),
    Rule("panel_weak", _panel_weak),
    Rule("battery_hot", _battery_hot, lasting=600, settled=HOUR),
    Rule("token_expires", _token_expires),
    Rule("counter_corrected", _counter_corrected, settled=HOUR),
    Rule("firmware_changed", _firmware_changed, ends=False),
)
"""Every rule."""

SERVICE: Final = Rule("service_problem", lambda _: (), lasting=300)
"""What is wrong with the service itself: its cases come from the service, not from what a gateway says."""

CODES: Final = (*(rule.code for rule in RULES), SERVICE.code)
"""The code of everything that can be told, as it can be silenced."""

WATCHED: Final = frozenset(
    {
        "system.production_power",
        "inverter.communicating",
        "inverter.power",
        *(one.name for one in CATALOG if one.subject is Subject.BATTERY and one.quantity is Quantity.TEMPERATURE),
        "firmware.version",
        "firmware.token_expiry",
    }
)
"""Every metric that is looked at: what must be known of a past for a dry run over it."""
