"""What the devices add up to, stated beside what the gateway says of the whole system."""

from collections.abc import Collection, Iterator

from heliograph.model import Reason, Subject
from heliograph.protocol.endpoints import devices, ensemble
from heliograph.protocol.endpoints.production import ACB
from heliograph.protocol.evidence import Evidence, Owner, Statements
from heliograph.protocol.fields import Statement, items, number, walk

RECENT = 1200
"""Seconds for which an inverter's last report speaks of now (protocol.md §5.1)."""

IDLE = 30
"""Watts that a battery at rest may show in either direction (protocol.md §5.1, Q12)."""


def add_up(evidence: Evidence) -> None:
    """State the sums over inverters and batteries as sources of their own."""
    for (key, source), value in evidence.sums.items():
        evidence.record(_system(evidence, key, value, source))
    for statement in _batteries(evidence):
        evidence.record(statement)


def add_inverters(evidence: Evidence) -> None:
    """Add up what the inverters say; it is the same until they say something else."""
    inverters = evidence.every(Subject.INVERTER)
    if not inverters:
        return
    evidence.sums["inverter_count", "list"] = len(inverters)
    for key, total in (("energy_lifetime", "production_lifetime"), ("energy_today", "production_today")):
        counted = [inverter for inverter in inverters if devices.DETAILED in inverter.get("energy_lifetime", {})]
        values = [
            number(statements[key][devices.DETAILED].value)
            for statements in counted
            if devices.DETAILED in statements.get(key, {})
        ]
        if values:
            evidence.sums[total, devices.DETAILED] = round(sum(value or 0 for value in values), 3)
    reports = [
        statements["power"][devices.REPORTED]
        for statements in inverters
        if devices.REPORTED in statements.get("power", {})
    ]
    if reports:
        now = evidence.gateway_time
        watts = (number(report.value) for report in reports if now - report.at <= RECENT)
        evidence.sums["production_power", devices.REPORTED] = sum(power or 0 for power in watts)
    highest = [next(iter(statements["max_power"].values())) for statements in inverters if statements.get("max_power")]
    evidence.rated = len(highest), sum(number(statement.value) or 0 for statement in highest)


def _batteries(evidence: Evidence) -> Iterator[Statement]:
    batteries = evidence.every(Subject.BATTERY)
    if evidence.batteries_refused is not None:
        # production.json knows of AC Batteries only.
        evidence.exclude_source(Subject.SYSTEM, ACB, ("battery_count",), evidence.batteries_refused)
    if batteries:
        yield _system(evidence, "battery_count", len(batteries), "list")
    elif _lists_batteries(evidence):
        yield _system(evidence, "battery_count", evidence.system("battery_count", ACB) or 0, "list")
    yield from _battery_power(evidence, batteries)
    yield from _battery_level(evidence, batteries)
    yield from _ac_battery_energy(evidence, batteries)


_LEVEL_PLACES = (
    (ensemble.POWERED, (ensemble.POWERED,)),
    ("list", (devices.DETAILED, ensemble.LISTED, devices.LISTED)),
)


def _battery_level(evidence: Evidence, batteries: Collection[Statements]) -> Iterator[Statement]:
    """Weigh the levels by capacity; in the lists they lag, so that the gateway's own sum is better (Q11, Q12)."""
    for source, places in _LEVEL_PLACES:
        levels = [
            (level, weight)
            for statements in batteries
            if (level := _level(statements, places)) is not None and (weight := _capacity(statements))
        ]
        if levels and len(levels) == len(batteries):
            mean = sum(level * weight for level, weight in levels) / sum(weight for _, weight in levels)
            yield _system(evidence, "battery_level", round(mean, 1), source)


def _lists_batteries(evidence: Evidence) -> bool:
    """Return whether any list was read that would have shown a battery, and none is known that it left out."""
    if evidence.facts.of(Subject.BATTERY) or evidence.batteries_refused is not None:
        return False
    reported = evidence.answer(devices.REPORTS)
    typed = reported is not None and any("devType" in node for node in items(reported.document))
    acb = evidence.system("battery_count", ACB) is not None
    lists = (evidence.answer(t) for t in (ensemble.ENSEMBLE, devices.INVENTORY, devices.INVENTORY_ALL))
    return typed or acb or any(answer is not None and isinstance(answer.document, list) for answer in lists)


def _battery_power(evidence: Evidence, batteries: Collection[Statements]) -> Iterator[Statement]:
    powers = [_power(statements) for statements in batteries]
    signed = [value for power in powers if power and (value := number(power.value)) is not None]
    silent, total = len(batteries) - len(signed), sum(signed)
    together = evidence.system("battery_power", ACB)
    if batteries and not silent:
        live = any(power and power.source == ensemble.POWERED for power in powers)
        source = ensemble.POWERED if live else devices.DETAILED
        yield _system(evidence, "battery_power", round(total, 3), source)
    elif together is not None and 0 < silent < len(batteries):
        # What is silent by itself are AC Batteries, which production.json sums up.
        yield _system(evidence, "battery_power", round(total + together, 3), ensemble.POWERED)
    elif signed and all(
        power or _is_out_of_reach(statements) for power, statements in zip(powers, batteries, strict=True)
    ):
        evidence.incomplete = Reason("battery_silent", {"count": len(signed), "total": len(batteries)})
        yield _system(evidence, "battery_power", round(total, 3), ensemble.POWERED)
    if any(ensemble.LISTED in statements.get("capacity", {}) for statements in batteries):
        # Beside IQ Batteries, what production.json says of AC Batteries is not the whole.
        partial = Reason("partial_sum")
        evidence.exclude_source(Subject.SYSTEM, ACB, ("battery_power", "battery_level", "battery_state"), partial)


def is_silent(evidence: Evidence, owner: Owner) -> bool:
    """Return whether a device is listed as one that does not communicate: what is shown of it is what it last said."""
    return _is_out_of_reach(evidence.about(owner))


def _is_out_of_reach(statements: Statements) -> bool:
    communicating = statements.get("communicating", {}).get(ensemble.LISTED)
    return communicating is not None and communicating.value is False


def _ac_battery_energy(evidence: Evidence, batteries: Collection[Statements]) -> Iterator[Statement]:
    answer = evidence.answer(devices.DEVICE_DATA)
    lifetimes = [walk(node, ("channels", 0, "lifetime")) for name, node in devices.detailed(answer) if name == "acb"]
    if lifetimes and len(lifetimes) == len(batteries):
        for key, joules in (("charged_lifetime", "joulesUsed"), ("discharged_lifetime", "joulesProduced")):
            values = [number(walk(lifetime, (joules,))) for lifetime in lifetimes]
            if None not in values:
                total = sum(value for value in values if value is not None)
                yield _system(evidence, key, round(total / 3600, 3), devices.DETAILED)


def _system(evidence: Evidence, key: str, value: float, source: str) -> Statement:
    return Statement(*evidence.whole, key, value, evidence.at, source)


def _power(statements: Statements) -> Statement | None:
    powers = statements.get("power", {})
    return powers.get(ensemble.POWERED) or powers.get(devices.DETAILED)


def _level(statements: Statements, places: tuple[str, ...]) -> float | None:
    levels = statements.get("level", {})
    values = (number(levels[place].value) for place in places if place in levels)
    return next((level for level in values if level is not None), None)


def _capacity(statements: Statements) -> float | None:
    values = (number(statement.value) for statement in statements.get("capacity", {}).values())
    return next((capacity for capacity in values if capacity), None)
