"""Current transformers that are enabled but measure nothing, and what the gateway itself says against them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from heliograph.model import Reason, Subject
from heliograph.protocol.endpoints import devices, ensemble, meters
from heliograph.protocol.endpoints.production import INVERTERS, METER_CONSUMPTION, METER_NET, METER_PRODUCTION, SUMMARY
from heliograph.protocol.evidence import Evidence

NOISE: Final = 5.0
"""W that a transformer without a wire may show."""
NOTHING: Final = 1.0
"""Wh that it may have counted in all."""
NEXT_TO_NOTHING: Final = 0.0005
"""The share of what the inverters produced that it may have counted of noise."""
WITNESS: Final = 100_000.0
"""Wh that the inverters must have produced to be a witness: a new roof's meter has counted little, too."""
DAYLIGHT: Final = 100.0
"""W of all inverters beside which a production of nothing cannot be."""
AT_WORK: Final = 100.0
"""W of all batteries beside which a storage transformer cannot measure nothing."""

WARNINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-metering": "meter_not_metering",
        "check-wiring": "meter_check_wiring",
        "production-imbalance": "meter_production_imbalance",
        "negative-production": "meter_negative_production",
        "power-on-unused-phase": "meter_unused_phase",
        "negative-total-consumption": "meter_negative_consumption",
    }
)
"""The code of the finding for what the gateway says of its meters (protocol.md §3.4.1)."""


def _produced(evidence: Evidence) -> float:
    """Return what the inverters have produced by their own word, Wh."""
    sources = (INVERTERS, devices.DETAILED)
    return max((evidence.system("production_lifetime", source) or 0.0 for source in sources), default=0.0)


def _silent(evidence: Evidence, source: str, power: str, energies: tuple[str, ...]) -> bool:
    """Return whether a source reports next to nothing at present, and has counted next to nothing in all.

    Only at the first look: what was believed before is fitted, and its counter began again.
    """
    if evidence.facts.pins.get(power) == source:
        return False
    present = evidence.system(power, source)
    counted = [evidence.system(key, source) for key in energies]
    if present is None or abs(present) > NOISE or not any(energy is not None for energy in counted):
        return False
    return sum(abs(energy or 0.0) for energy in counted) <= max(NOTHING, NEXT_TO_NOTHING * _produced(evidence))


def _exclude(evidence: Evidence, kind: str, *sources: str) -> None:
    reason = Reason("transformer_missing")
    evidence.unfitted.add(kind)
    for subject in (Subject.SYSTEM, Subject.PHASE):
        for source in sources:
            evidence.exclude_source(subject, source, None, reason)
    evidence.find("transformer_missing", (Subject.METER, kind), "power")


def production_not_fitted(evidence: Evidence) -> bool:
    """H3: a production transformer is enabled but not fitted: it has counted nothing, and shows nothing or noise."""
    if not _silent(evidence, METER_PRODUCTION, "production_power", ("production_lifetime",)):
        return False
    if _produced(evidence) < WITNESS:
        return False
    counted = evidence.system("production_lifetime", METER_PRODUCTION) or 0.0
    working = evidence.system("production_power", devices.REPORTED) or evidence.system("production_power", INVERTERS)
    if counted > NOTHING and (working or 0.0) < DAYLIGHT:
        return False
    summary = (SUMMARY,) if evidence.facts.metered else ()
    _exclude(evidence, "production", METER_PRODUCTION, f"{meters.MEASURED}.production", *summary)
    return True


def consumption_not_fitted(evidence: Evidence) -> bool:
    """H4: a consumption transformer is enabled but not fitted: no import, no export, no power; and all that follows."""
    if _produced(evidence) < WITNESS:
        return False
    fitted = True
    for kind, source, power, energies in (
        ("net-consumption", METER_NET, "net_power", ("import_lifetime", "export_lifetime", "net_lifetime")),
        ("total-consumption", METER_CONSUMPTION, "consumption_power", ("consumption_lifetime",)),
    ):
        meter = evidence.facts.meter(kind)
        if meter is not None and meter.enabled and _silent(evidence, source, power, energies):
            # The gateway adds up the total from the net, or the net from the total: without the one there is no other.
            _exclude(
                evidence, kind, "power", METER_NET, METER_CONSUMPTION, meters.COUNTERS, f"{meters.MEASURED}.{kind}"
            )
            fitted = False
    return not fitted


def storage_not_fitted(evidence: Evidence) -> bool:
    """H9: a storage transformer is enabled but not fitted: it has counted nothing, and shows nothing beside batteries.

    Their own reports are the source from then on, and stay so while they rest and nothing contradicts it.
    """
    if not _silent(evidence, meters.METER_STORAGE, "battery_power", ("charged_lifetime", "discharged_lifetime")):
        return False
    working = abs(evidence.system("battery_power", ensemble.POWERED) or 0.0) >= AT_WORK
    if not working and evidence.facts.pins.get("battery_power") != ensemble.POWERED:
        return False
    _exclude(evidence, "storage", meters.METER_STORAGE, f"{meters.MEASURED}.storage")
    return True


def warnings(evidence: Evidence) -> bool:
    """H5: the gateway itself says that a transformer does not measure, or is wired wrongly."""
    configured = meters.meter_facts(evidence.answer(meters.METERS)) or evidence.facts.meters or ()
    applies = False
    for meter in configured:
        if not meter.enabled:
            continue
        words = [word for word in (meter.status, *meter.flags) if word and word != "normal"]
        owner = (Subject.METER, meter.measurement)
        for code in dict.fromkeys(WARNINGS[word] for word in words if word in WARNINGS):
            evidence.find(code, owner, "metering_status")
        unknown = ", ".join(word for word in words if word not in WARNINGS)
        if unknown:
            evidence.find("meter_warning", owner, "metering_status", words=unknown)
        applies = applies or bool(words)
    return applies
