"""What the devices add up to, stated beside what the gateway says of the whole system."""

from collections.abc import Iterator

from heliograph.model import Reason, Subject
from heliograph.protocol.endpoints import devices, ensemble
from heliograph.protocol.endpoints.production import ACB
from heliograph.protocol.evidence import Evidence, Owner
from heliograph.protocol.fields import Statement, items, number, walk

RECENT = 1200
"""Seconds for which an inverter's last report speaks of now (GATEWAY-API.md §5.1)."""

IDLE = 30
"""Watts that a battery at rest may show in either direction (GATEWAY-API.md §5.1, Q12)."""


def add_up(evidence: Evidence) -> None:
    """State the sums over inverters and batteries as sources of their own."""
    for statement in (*_inverters(evidence), *_batteries(evidence)):
        evidence.hear(statement)


def owners(evidence: Evidence, subject: Subject) -> tuple[Owner, ...]:
    """Give all subjects of a kind that anything was said of."""
    return tuple(owner for owner in evidence.said if owner[0] is subject)


def _inverters(evidence: Evidence) -> Iterator[Statement]:
    inverters = owners(evidence, Subject.INVERTER)
    if inverters:
        yield _system(evidence, "inverter_count", len(inverters), "list")
    detailed = [owner for owner in inverters if devices.DETAILED in evidence.said[owner].get("energy_lifetime", {})]
    for key, total in (("energy_lifetime", "production_lifetime"), ("energy_today", "production_today")):
        values = [value for owner in detailed if (value := evidence.number(owner, key, devices.DETAILED)) is not None]
        if values:
            yield _system(evidence, total, round(sum(values), 3), devices.DETAILED)
    watts = [
        power.value
        for owner in inverters
        if (power := evidence.said[owner].get("power", {}).get(devices.REPORTED))
        and evidence.gateway_time - power.at <= RECENT
        and isinstance(power.value, int | float)
    ]
    if watts or any(devices.REPORTED in evidence.said[owner].get("power", {}) for owner in inverters):
        yield _system(evidence, "production_power", sum(watts), devices.REPORTED)


def _batteries(evidence: Evidence) -> Iterator[Statement]:
    batteries = owners(evidence, Subject.BATTERY)
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


def _battery_level(evidence: Evidence, batteries: tuple[Owner, ...]) -> Iterator[Statement]:
    """Weigh the levels by capacity; in the lists they lag, so that the gateway's own sum is better (Q11, Q12)."""
    for source, places in _LEVEL_PLACES:
        levels = [
            (level, weight)
            for owner in batteries
            if (level := _first(evidence, owner, places)) is not None and (weight := _capacity(evidence, owner))
        ]
        if levels and len(levels) == len(batteries):
            mean = sum(level * weight for level, weight in levels) / sum(weight for _, weight in levels)
            yield _system(evidence, "battery_level", round(mean, 1), source)


def _lists_batteries(evidence: Evidence) -> bool:
    """Tell whether any list was read that would have shown a battery, and none is known that it left out."""
    if evidence.facts.of(Subject.BATTERY):
        return False
    reported = evidence.answer(devices.REPORTS)
    typed = reported is not None and any("devType" in node for node in items(reported.document))
    acb = evidence.system("battery_count", ACB) is not None
    lists = (evidence.answer(t) for t in (ensemble.ENSEMBLE, devices.INVENTORY, devices.INVENTORY_ALL))
    return typed or acb or any(answer is not None and isinstance(answer.document, list) for answer in lists)


def _battery_power(evidence: Evidence, batteries: tuple[Owner, ...]) -> Iterator[Statement]:
    signed = {owner: evidence.number(owner, "power", _power_source(evidence, owner)) for owner in batteries}
    silent = [owner for owner, power in signed.items() if power is None]
    total = sum(power for power in signed.values() if power is not None)
    together = evidence.system("battery_power", ACB)
    if batteries and not silent:
        live = any(_power_source(evidence, owner) == ensemble.POWERED for owner in batteries)
        source = ensemble.POWERED if live else devices.DETAILED
        yield _system(evidence, "battery_power", round(total, 3), source)
    elif together is not None and 0 < len(silent) < len(batteries):
        # What is silent by itself are AC Batteries, which production.json sums up.
        yield _system(evidence, "battery_power", round(total + together, 3), ensemble.POWERED)
    if any(ensemble.LISTED in evidence.said[owner].get("capacity", {}) for owner in batteries):
        # Beside IQ Batteries, what production.json says of AC Batteries is not the whole.
        partial = Reason("partial_sum")
        evidence.strike(Subject.SYSTEM, ACB, ("battery_power", "battery_level", "battery_state"), partial)


def _ac_battery_energy(evidence: Evidence, batteries: tuple[Owner, ...]) -> Iterator[Statement]:
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


def _power_source(evidence: Evidence, owner: Owner) -> str:
    said = evidence.said[owner].get("power", {})
    return next((source for source in (ensemble.POWERED, devices.DETAILED) if source in said), "")


def _first(evidence: Evidence, owner: Owner, places: tuple[str, ...]) -> float | None:
    found = (evidence.number(owner, "level", source) for source in places)
    return next((level for level in found if level is not None), None)


def _capacity(evidence: Evidence, owner: Owner) -> float | None:
    said = evidence.said[owner].get("capacity", {})
    return next((float(s.value) for s in said.values() if isinstance(s.value, int | float) and s.value > 0), None)
