"""Why a value is absent: nothing is left out without a reason."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from heliograph.model import Kind, Metric, Reason, Subject, metrics_of
from heliograph.protocol.choice import CHAINS
from heliograph.protocol.endpoints import devices, ensemble, meters, site
from heliograph.protocol.evidence import Evidence, Owner
from heliograph.protocol.sums import is_silent

_NOT_REPORTED: Final = Reason("not_reported")
_COUNTED: Final = Reason("needs_history")

CARRIERS: Final[Mapping[Subject, tuple[str, ...]]] = {
    Subject.INVERTER: (devices.DEVICE_DATA, devices.INVENTORY),
    Subject.BATTERY: (devices.DEVICE_DATA, ensemble.STATUS),
    Subject.METER: (meters.READINGS,),
    Subject.RELAY: (devices.DEVICE_DATA,),
    Subject.NETWORK: (site.HOME,),
    Subject.STORAGE: (site.TARIFF, site.PRODUCTION_LIMIT, site.EXPORT_LIMIT),
    Subject.DRY_CONTACT: (ensemble.DRY_CONTACT_SETTINGS,),
    Subject.GENERATOR: (ensemble.GENERATOR_MODE,),
}
"""The answers that carry what a subject may lack; the first that is not served tells why."""

_BATTERY_CARRIERS: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
    ("power", "state", "producing"), (ensemble.POWER, devices.DEVICE_DATA)
)
"""The same by key, where it is not the list that carries it."""

_MINUTE = 60
_BATTERY_SETTINGS = {"mode", "reserve_level", "charge_from_grid"}
_LISTED_KEYS = {"status", "phase", "provisioned", "communicating", "producing"}


Rule = Callable[[Evidence], Reason]

_STRUCK: Final = frozenset({Subject.SYSTEM, Subject.PHASE, Subject.BATTERY})
_ROWS: Final = {subject: {row.key: row for row in metrics_of(subject)} for subject in Subject}


class Reasons(dict[str, Reason]):
    """Why values of one subject, or of all that resemble it, are absent, by metric key; found out when asked for."""

    def __init__(self, evidence: Evidence, owner: Owner) -> None:
        """Speak of one subject."""
        self._evidence = evidence
        self._owner = owner
        self._reasons: dict[Rule, Reason] = {}

    def __missing__(self, key: str) -> Reason:
        subject, evidence = self._owner[0], self._evidence
        row = _ROWS[subject][key]
        struck = _struck(evidence, row) if subject in _STRUCK else None
        rule = _RULES.get(subject, {}).get(key)
        if struck is None and rule is not None:
            struck = self._by(rule)
        reason = self[key] = struck or _device(evidence, self._owner, row)
        return reason

    def _by(self, rule: Rule) -> Reason:
        """Ask a rule once, for many values are absent by the same."""
        reason = self._reasons.get(rule)
        if reason is None:
            reason = self._reasons[rule] = rule(self._evidence)
        return reason


def resemblance(evidence: Evidence, owner: Owner) -> object:
    """Return what two subjects of a kind have in common if their values are absent for the same reasons."""
    subject, identifier = owner
    if subject is Subject.METER:
        return identifier
    return "last_report" in evidence.about(owner), subject is Subject.BATTERY and is_silent(evidence, owner)


def _struck(evidence: Evidence, row: Metric) -> Reason | None:
    reasons = evidence.excluded.get((row.subject, row.key))
    if reasons is None:
        return None
    return next(reasons[source] for source in (*CHAINS.get(row.name, ()), *reasons) if source in reasons)


def _has_battery(evidence: Evidence) -> bool:
    counts = evidence.about(evidence.whole).get("battery_count", {})
    return any(statement.value for statement in counts.values())


def _measures_net(evidence: Evidence) -> bool:
    statements = evidence.about(evidence.whole)
    return bool(statements.get("net_power")) or bool(statements.get("net_lifetime"))


def _battery(evidence: Evidence) -> Reason:
    if evidence.batteries_refused is not None:
        return evidence.batteries_refused
    counts = evidence.about(evidence.whole).get("battery_count", {})
    if not counts:
        return Reason("batteries_unknown")
    if not _has_battery(evidence):
        return Reason("no_battery")
    return _refused(evidence, (ensemble.POWER,)) or _NOT_REPORTED


def _battery_energy(evidence: Evidence) -> Reason:
    return Reason("no_storage_meter") if _has_battery(evidence) else _battery(evidence)


def _counted_battery(evidence: Evidence) -> Reason:
    return _COUNTED if _has_battery(evidence) else _battery(evidence)


def _no_consumption(evidence: Evidence) -> Reason:
    """Return why nothing is known of consumption, or of the grid."""
    unfitted = evidence.unfitted & {"net-consumption", "total-consumption"}
    return Reason("transformer_missing") if unfitted else Reason("no_consumption_meter")


def _consumption(evidence: Evidence) -> Reason:
    if not _measures_net(evidence):
        return _no_consumption(evidence)
    return evidence.share_unknown or evidence.incomplete or _NOT_REPORTED


def _counted_consumption(evidence: Evidence) -> Reason:
    return _COUNTED if _measures_net(evidence) else _no_consumption(evidence)


def _net(evidence: Evidence) -> Reason:
    return _NOT_REPORTED if _measures_net(evidence) else _no_consumption(evidence)


def _grid(evidence: Evidence) -> Reason:
    if not _measures_net(evidence):
        return _no_consumption(evidence)
    counted = evidence.facts.meter("total-consumption") is None
    return Reason("no_meter_readings") if counted else Reason("house_metered")


def _house(evidence: Evidence) -> Reason:
    # What a battery gives or takes is not known per phase.
    return Reason("battery_in_total") if _measures_net(evidence) and evidence.beside_house else _consumption(evidence)


def _inverters(evidence: Evidence) -> Reason:
    return _refused(evidence, (devices.REPORTS, devices.INVENTORY)) or _NOT_REPORTED


def _counted(_: Evidence) -> Reason:
    return _COUNTED


def _silent(_: Evidence) -> Reason:
    return _NOT_REPORTED


_SYSTEM: Final[Mapping[str, Rule]] = {
    "inverter_count": _inverters,
    "battery_count": _battery,
    "battery_state": _battery,
    "battery_level": _battery,
    "battery_power": _battery,
    "production_power": _silent,
    "production_today": _counted,
    "production_7_days": _counted,
    "production_lifetime": _silent,
    "consumption_power": _consumption,
    "consumption_today": _counted_consumption,
    "consumption_7_days": _counted_consumption,
    "consumption_lifetime": _consumption,
    "net_power": _net,
    "net_today": _counted_consumption,
    "net_7_days": _counted_consumption,
    "net_lifetime": _net,
    "import_today": _counted_consumption,
    "import_7_days": _counted_consumption,
    "import_lifetime": _grid,
    "export_today": _counted_consumption,
    "export_7_days": _counted_consumption,
    "export_lifetime": _grid,
    "self_consumption": _counted_consumption,
    "autarky": _counted_consumption,
    "charged_today": _counted_battery,
    "charged_lifetime": _battery_energy,
    "discharged_today": _counted_battery,
    "discharged_lifetime": _battery_energy,
}


_PHASE: Final[Mapping[str, Rule]] = {"consumption_power": _house, "net_power": _net, "current": _net}
_RULES: Final[Mapping[Subject, Mapping[str, Rule]]] = {Subject.SYSTEM: _SYSTEM, Subject.PHASE: _PHASE}
"""By what the reason is found where it lies in the installation."""


def _plain(evidence: Evidence, owner: Owner, row: Metric) -> Reason | None:
    """Return the reason that lies in the subject itself."""
    subject, identifier = owner
    if subject is Subject.METER:
        return _meter(evidence, identifier, row)
    if subject is Subject.FIRMWARE:
        return Reason("no_token")
    if subject is Subject.NETWORK and row.cadence == _MINUTE:
        return Reason("not_polled")
    if subject is Subject.INVERTER and row.key == "power" and "last_report" not in evidence.about(owner):
        return Reason("never_reported")
    if subject is Subject.STORAGE and row.key in _BATTERY_SETTINGS and not evidence.facts.of(Subject.BATTERY):
        return _battery(evidence)
    return None


def _device(evidence: Evidence, owner: Owner, row: Metric) -> Reason:
    plain = _plain(evidence, owner, row)
    if plain is not None:
        return plain
    subject, _ = owner
    carriers = CARRIERS.get(subject, ())
    if subject is Subject.BATTERY:
        if row.kind is Kind.NOW and is_silent(evidence, owner):
            return Reason("not_reporting")
        carriers = _BATTERY_CARRIERS.get(row.key, carriers)
    elif subject is Subject.INVERTER and row.key in _LISTED_KEYS:
        carriers = tuple(reversed(carriers))
    return _refused(evidence, carriers) or _NOT_REPORTED


def _refused(evidence: Evidence, targets: Iterable[str]) -> Reason | None:
    """Return the reason for which the first of some endpoints does not serve us that does not."""
    for target in targets:
        fact = evidence.facts.endpoints.get(target)
        if fact is not None and not fact.served and fact.reason is not None:
            return fact.reason
    return None


def _meter(evidence: Evidence, identifier: str, row: Metric) -> Reason:
    name, _, line = identifier.partition(".")
    if line and row.key in {"state", "metering_status"}:
        return Reason("whole_meter")
    if any(meter.measurement == name and not meter.enabled for meter in evidence.facts.meters or ()):
        return Reason("meter_disabled")
    fact = evidence.facts.endpoints.get(meters.READINGS)
    return _struck(evidence, row) or (fact.reason if fact and fact.reason else _NOT_REPORTED)
