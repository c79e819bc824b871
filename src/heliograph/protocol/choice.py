"""Which source is believed for which metric (protocol.md §5), and what follows by arithmetic."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from heliograph.model import Reason, Subject, Value, metrics_of
from heliograph.protocol.endpoints import devices, ensemble, legacy, meters
from heliograph.protocol.endpoints.production import (
    ACB,
    INVERTERS,
    METER_CONSUMPTION,
    METER_NET,
    METER_PRODUCTION,
    SUMMARY,
)
from heliograph.protocol.evidence import Evidence, Owner
from heliograph.protocol.fields import Statement
from heliograph.protocol.sums import IDLE, RECENT

DERIVED: Final = "derived"
LASTING: Final = 1500
"""Seconds for which another source must be the better one before the pinned one is given up (five device polls)."""
COMMUNICATING: Final = 1800
"""Seconds after its last report for which an inverter counts as communicating (protocol.md §5.2)."""

_BATTERY_LISTS = (ensemble.LISTED, devices.LISTED, devices.DETAILED)

CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "system.inverter_count": ("list", INVERTERS, legacy.HTML),
    "system.battery_count": ("list", ACB),
    "system.battery_state": (DERIVED, ACB),
    "system.battery_level": (ensemble.POWERED, ACB, "secctrl", "list", "livedata"),
    "system.battery_power": (meters.METER_STORAGE, ensemble.POWERED, ACB, devices.DETAILED, "livedata"),
    "system.production_power": (METER_PRODUCTION, SUMMARY, INVERTERS, devices.REPORTED, "livedata", legacy.HTML),
    "system.production_today": (METER_PRODUCTION, SUMMARY, "energy.inverters", devices.DETAILED, legacy.HTML),
    "system.production_7_days": (METER_PRODUCTION, SUMMARY, "energy.inverters", legacy.HTML),
    "system.production_lifetime": (METER_PRODUCTION, devices.DETAILED, SUMMARY, INVERTERS, legacy.HTML),
    "system.consumption_power": (DERIVED, METER_CONSUMPTION, "livedata"),
    "system.consumption_today": (METER_CONSUMPTION,),
    "system.consumption_lifetime": (DERIVED, METER_CONSUMPTION),
    "system.net_power": (METER_NET, DERIVED, "livedata"),
    "system.net_lifetime": (meters.COUNTERS, METER_NET),
    "system.import_lifetime": (METER_NET,),
    "system.export_lifetime": (METER_NET,),
    "system.charged_lifetime": (meters.METER_STORAGE, devices.DETAILED),
    "system.discharged_lifetime": (meters.METER_STORAGE, devices.DETAILED),
    "phase.production_power": (METER_PRODUCTION, "readings.production"),
    "phase.consumption_power": (DERIVED, METER_CONSUMPTION, "readings.total-consumption"),
    "phase.net_power": (METER_NET, "readings.net-consumption"),
    "phase.voltage": ("readings.net-consumption", "readings.production", "readings.total-consumption", METER_NET),
    "phase.current": ("readings.net-consumption", METER_NET),
    "inverter.provisioned": (devices.LISTED, devices.DETAILED, DERIVED),
    "inverter.communicating": (devices.LISTED, devices.DETAILED, DERIVED),
    "inverter.producing": (devices.LISTED, DERIVED),
    "inverter.power": (devices.REPORTED, devices.DETAILED),
    "inverter.max_power": (devices.REPORTED, devices.DETAILED),
    "inverter.last_report": (devices.REPORTED, devices.LISTED, devices.DETAILED),
    "battery.provisioned": _BATTERY_LISTS,
    "battery.communicating": _BATTERY_LISTS,
    "battery.producing": (devices.LISTED, DERIVED),
    "battery.power": (ensemble.POWERED, devices.DETAILED, devices.REPORTED),
    "battery.max_power": ("ensemble.status", devices.REPORTED, devices.DETAILED),
    "battery.level": (ensemble.POWERED, devices.DETAILED, ensemble.LISTED, devices.LISTED),
    "battery.max_temperature": _BATTERY_LISTS,
    "battery.state": (DERIVED, ensemble.LISTED, devices.LISTED),
    "battery.last_report": (ensemble.LISTED, devices.REPORTED, devices.LISTED, devices.DETAILED),
    "relay.last_report": (devices.LISTED, devices.DETAILED),
}
"""The sources of a metric, best first; a metric that is not here has one source only."""


class Derivation(NamedTuple):
    """A value that follows from others of the same subject."""

    subject: Subject
    key: str
    needs: tuple[str, ...]
    compute: Callable[[Evidence, Mapping[str, Statement]], Value | None]


def _number(chosen: Mapping[str, Statement], key: str) -> float:
    return float(chosen[key].value)


def _consumption_power(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    discharge = _battery_power(evidence, chosen)
    if discharge is None:
        return None
    consumed = _number(chosen, "production_power") + _number(chosen, "net_power") + discharge
    # Meters and batteries are not read at the same second; far below zero they do not belong together.
    return round(consumed, 3) if consumed > -2 * IDLE else None


def _consumption_lifetime(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    if chosen["net_lifetime"].source != meters.COUNTERS or evidence.share_unknown is not None:
        return None
    stored = [chosen.get("discharged_lifetime"), chosen.get("charged_lifetime")]
    discharged, taken = (float(s.value) if s and s.source == meters.METER_STORAGE else 0 for s in stored)
    return round(_number(chosen, "production_lifetime") + _number(chosen, "net_lifetime") + discharged - taken, 3)


def _battery_power(evidence: Evidence, chosen: Mapping[str, Statement]) -> float | None:
    """Return what the battery beside the house gives; None where there is one that does not say."""
    if not evidence.beside_house:
        return 0
    if "battery_power" not in chosen or _is_incomplete(evidence, chosen["battery_power"]):
        return None
    return _number(chosen, "battery_power")


def _is_incomplete(evidence: Evidence, statement: Statement) -> bool:
    """Return whether a sum over batteries leaves out one that does not answer."""
    return evidence.incomplete is not None and statement.source == ensemble.POWERED


def _net_power(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    discharge = _battery_power(evidence, chosen)
    if discharge is None:
        return None
    return round(_number(chosen, "consumption_power") - _number(chosen, "production_power") - discharge, 3)


def _system_state(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    batteries = max(len(evidence.every(Subject.BATTERY)), 1)
    return battery_state(_number(chosen, "battery_power"), IDLE * batteries)


def _battery_state(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    return None if chosen["power"].source == devices.REPORTED else battery_state(_number(chosen, "power"), IDLE)


def battery_state(power: float, idle: float) -> str:
    """Return what a battery does (power + = discharging); within the idle band it rests (Q12)."""
    return "idle" if abs(power) <= idle else "discharging" if power > 0 else "charging"


def _battery_producing(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    return abs(_number(chosen, "power")) > IDLE


def _provisioned(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    # Only a provisioned inverter is polled and reports.
    return True


def _communicating(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    return evidence.gateway_time - _number(chosen, "last_report") <= COMMUNICATING


def _producing(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    return _number(chosen, "power") > 0 and evidence.gateway_time - _number(chosen, "last_report") <= RECENT


def _phase_consumption(evidence: Evidence, chosen: Mapping[str, Statement]) -> Value | None:
    # What a battery gives or takes is not known per phase.
    if evidence.beside_house:
        return None
    return round(_number(chosen, "production_power") + _number(chosen, "net_power"), 3)


DERIVATIONS: Final[tuple[Derivation, ...]] = (
    Derivation(Subject.SYSTEM, "consumption_power", ("production_power", "net_power"), _consumption_power),
    Derivation(Subject.SYSTEM, "net_power", ("consumption_power", "production_power"), _net_power),
    Derivation(Subject.SYSTEM, "consumption_lifetime", ("production_lifetime", "net_lifetime"), _consumption_lifetime),
    Derivation(Subject.SYSTEM, "battery_state", ("battery_power",), _system_state),
    Derivation(Subject.PHASE, "consumption_power", ("production_power", "net_power"), _phase_consumption),
    Derivation(Subject.INVERTER, "provisioned", ("last_report",), _provisioned),
    Derivation(Subject.INVERTER, "communicating", ("last_report",), _communicating),
    Derivation(Subject.INVERTER, "producing", ("power", "last_report"), _producing),
    Derivation(Subject.BATTERY, "state", ("power",), _battery_state),
    Derivation(Subject.BATTERY, "producing", ("power",), _battery_producing),
)
"""In the order in which they may build on each other."""


def _chains(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    return {metric.key: CHAINS[metric.name] for metric in metrics_of(subject) if metric.name in CHAINS}


def _before_derived(chain: tuple[str, ...]) -> tuple[str, ...]:
    return chain[: chain.index(DERIVED)] if DERIVED in chain else chain


_CHAINS: Final = {subject: _chains(subject) for subject in Subject}
_MEASURED: Final = {
    subject: {key: _before_derived(chain) for key, chain in chains.items()} for subject, chains in _CHAINS.items()
}
"""The same, as far as they need no arithmetic."""
_DERIVATIONS: Final[Mapping[Subject, tuple[Derivation, ...]]] = {
    subject: tuple(derivation for derivation in DERIVATIONS if derivation.subject is subject) for subject in Subject
}


class Chooser:
    """Chooses the statement of each metric; of the system's, keeps to the source that was chosen before."""

    def __init__(self, evidence: Evidence) -> None:
        """Start from the pins and doubts of the facts."""
        self._evidence = evidence
        self.pins = dict(evidence.facts.pins)
        self.doubts = dict(evidence.facts.doubts)
        self.interrupted: dict[str, Reason] = {}
        """Why a system value is withheld although another source has one."""

    def choose(self, owner: Owner) -> dict[str, Statement]:
        """Choose for one subject: metric key to statement; what is derived comes with source `derived`."""
        subject, _ = owner
        statements, chains = self._evidence.about(owner), _MEASURED[subject]
        if not chains:
            return {key: next(iter(by_source.values())) for key, by_source in statements.items() if by_source}
        chosen: dict[str, Statement] = {}
        for key, by_source in statements.items():
            statement = self._best(subject, key, by_source, chains.get(key, by_source))
            if statement is not None:
                chosen[key] = statement
        for derivation in _DERIVATIONS[subject]:
            key = derivation.key
            if key not in chosen:
                by_source = self._derive(derivation, owner, chosen, statements.get(key, {}))
                statement = self._best(subject, key, by_source, _CHAINS[subject].get(key, by_source))
                if statement is not None:
                    chosen[key] = statement
        return chosen

    def _derive(
        self, derivation: Derivation, owner: Owner, chosen: dict[str, Statement], by_source: dict[str, Statement]
    ) -> dict[str, Statement]:
        if any(key not in chosen for key in derivation.needs):
            return by_source
        value = derivation.compute(self._evidence, chosen)
        if value is None:
            return by_source
        at = min(chosen[need].at for need in derivation.needs)
        return {**by_source, DERIVED: Statement(*owner, derivation.key, value, at, DERIVED)}

    def _best(
        self, subject: Subject, key: str, by_source: Mapping[str, Statement], chain: Iterable[str]
    ) -> Statement | None:
        """Return the first of a chain, or of the system's values the pinned one."""
        for source in chain:
            if source in by_source:
                break
        else:
            return None
        if subject is not Subject.SYSTEM:
            return by_source[source]
        return by_source[self.pins[key]] if self._believes(key, source, by_source) else None

    def _believes(self, key: str, best: str, by_source: Mapping[str, Statement]) -> bool:
        """Keep the pinned source; give it up when another was the better one for long (protocol.md F1)."""
        pin, at = self.pins.get(key), self._evidence.at
        if pin is None or pin == best:
            self.pins[key] = best
            self.doubts.pop(key, None)
            self.interrupted.pop(key, None)
            return True
        if at - self.doubts.setdefault(key, at) >= LASTING:
            self.pins[key] = best
            del self.doubts[key]
            return True
        if pin in by_source:
            return True
        self.interrupted[key] = Reason("source_interrupted", {"source": pin})
        return False
