"""Why a value is absent: nothing is left out without a reason."""

from collections.abc import Callable, Mapping
from typing import Final

from heliograph.model import Metric, Reason, Subject
from heliograph.protocol.choice import CHAINS
from heliograph.protocol.endpoints import devices, ensemble, meters, site
from heliograph.protocol.evidence import Evidence, Owner

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

_MINUTE = 60
_BATTERY_SETTINGS = {"mode", "reserve_level", "charge_from_grid"}
_LISTED_KEYS = {"status", "phase", "provisioned", "communicating", "producing"}


def why(evidence: Evidence, owner: Owner, metric: Metric) -> Reason:
    """Give the reason for which a metric has no value."""
    if metric.subject is Subject.SYSTEM:
        return _struck(evidence, metric) or _system(evidence, metric)
    if metric.subject in {Subject.PHASE, Subject.BATTERY}:
        return _struck(evidence, metric) or _device(evidence, owner, metric)
    return _device(evidence, owner, metric)


def _struck(evidence: Evidence, metric: Metric) -> Reason | None:
    chain = CHAINS.get(metric.name, ())
    reasons = {
        source: reason
        for (subject, key, source), reason in evidence.struck.items()
        if subject is metric.subject and key == metric.key
    }
    return next((reasons[source] for source in (*chain, *reasons) if source in reasons), None)


def _has_battery(evidence: Evidence) -> bool:
    counts = evidence.said.get(evidence.whole, {}).get("battery_count", {})
    return any(statement.value for statement in counts.values())


def _measures_net(evidence: Evidence) -> bool:
    said = evidence.said.get(evidence.whole, {})
    return bool(said.get("net_power")) or bool(said.get("net_lifetime"))


def _battery(evidence: Evidence) -> Reason:
    counts = evidence.said.get(evidence.whole, {}).get("battery_count", {})
    if not counts:
        return Reason("batteries_unknown")
    return _NOT_REPORTED if _has_battery(evidence) else Reason("no_battery")


def _battery_energy(evidence: Evidence) -> Reason:
    return Reason("no_storage_meter") if _has_battery(evidence) else _battery(evidence)


def _counted_battery(evidence: Evidence) -> Reason:
    return _COUNTED if _has_battery(evidence) else _battery(evidence)


def _consumption(evidence: Evidence) -> Reason:
    return _NOT_REPORTED if _measures_net(evidence) else Reason("no_consumption_meter")


def _counted_consumption(evidence: Evidence) -> Reason:
    return _COUNTED if _measures_net(evidence) else Reason("no_consumption_meter")


def _grid(evidence: Evidence) -> Reason:
    if not _measures_net(evidence):
        return Reason("no_consumption_meter")
    counted = evidence.facts.meter("total-consumption") is None
    return Reason("no_meter_readings") if counted else Reason("house_metered")


def _production(_: Evidence) -> Reason:
    return _COUNTED


_SYSTEM: Final[Mapping[str, Callable[[Evidence], Reason]]] = {
    "inverter_count": lambda _: _NOT_REPORTED,
    "battery_count": _battery,
    "battery_state": _battery,
    "battery_level": _battery,
    "battery_power": _battery,
    "production_power": lambda _: _NOT_REPORTED,
    "production_today": _production,
    "production_7_days": _production,
    "production_lifetime": lambda _: _NOT_REPORTED,
    "consumption_power": _consumption,
    "consumption_today": _counted_consumption,
    "consumption_7_days": _counted_consumption,
    "consumption_lifetime": _consumption,
    "net_power": _consumption,
    "net_today": _counted_consumption,
    "net_7_days": _counted_consumption,
    "net_lifetime": _consumption,
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


def _system(evidence: Evidence, metric: Metric) -> Reason:
    return _SYSTEM[metric.key](evidence)


def _plain(evidence: Evidence, owner: Owner, metric: Metric) -> Reason | None:
    """Give the reason that lies in the subject itself."""
    subject, identifier = owner
    if subject is Subject.METER:
        return _meter(evidence, identifier, metric)
    if subject is Subject.FIRMWARE:
        return Reason("no_token")
    if subject is Subject.NETWORK and metric.cadence == _MINUTE:
        return Reason("not_polled")
    if subject is Subject.INVERTER and metric.key == "power" and "last_report" not in evidence.said.get(owner, {}):
        return Reason("never_reported")
    if subject is Subject.STORAGE and metric.key in _BATTERY_SETTINGS and not evidence.facts.of(Subject.BATTERY):
        return _battery(evidence)
    return None


def _device(evidence: Evidence, owner: Owner, metric: Metric) -> Reason:
    plain = _plain(evidence, owner, metric)
    if plain is not None:
        return plain
    subject, _ = owner
    carriers = CARRIERS.get(subject, ())
    if subject is Subject.INVERTER and metric.key in _LISTED_KEYS:
        carriers = tuple(reversed(carriers))
    for target in carriers:
        fact = evidence.facts.endpoints.get(target)
        if fact is not None and not fact.served and fact.reason is not None:
            return fact.reason
    return _NOT_REPORTED


def _meter(evidence: Evidence, identifier: str, metric: Metric) -> Reason:
    name, _, line = identifier.partition(".")
    if line and metric.key in {"state", "metering_status"}:
        return Reason("whole_meter")
    if any(meter.measurement == name and not meter.enabled for meter in evidence.facts.meters or ()):
        return Reason("meter_disabled")
    fact = evidence.facts.endpoints.get(meters.READINGS)
    return _struck(evidence, metric) or (fact.reason if fact and fact.reason else _NOT_REPORTED)
