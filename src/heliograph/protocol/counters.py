"""Lifetime counters whose present value one set of answers already shows to be wrong, or to be doubted."""

from datetime import UTC, datetime
from typing import Final

from heliograph.model import Reason, Subject
from heliograph.protocol.endpoints import devices, meters
from heliograph.protocol.endpoints.production import INVERTERS, METER_CONSUMPTION, METER_NET, METER_PRODUCTION, SUMMARY
from heliograph.protocol.evidence import Evidence
from heliograph.protocol.plausible import rated_power

IMPOSSIBLE: Final = 2.0**32
"""Wh that no site of one gateway has counted, and exactly what a counter of 32 bits shows that was never set."""
COUNTED: Final = {
    METER_PRODUCTION: ("production_lifetime",),
    METER_NET: ("net_lifetime", "import_lifetime", "export_lifetime"),
    meters.COUNTERS: ("net_lifetime",),
    METER_CONSUMPTION: ("consumption_lifetime",),
    meters.METER_STORAGE: ("charged_lifetime", "discharged_lifetime"),
}
"""The lifetimes that a transformer counts, by source."""
WRAP: Final = 2**32 / 3600
"""Wh at which a counter of the inverters starts again; above it, overflows are counted."""
YOUNG: Final = 400.0
"""Hours at full power in which a lifetime is that of less than half a year, anywhere."""
OLD: Final = 2 * 365 * 86_400.0
"""Seconds since a gateway was made after which it is not new."""


def impossible_counter(evidence: Evidence) -> bool:
    """H7: a counter of a transformer shows 2³² Wh or more; what is computed from it is as impossible."""
    detected = False
    for source, keys in COUNTED.items():
        for key in keys:
            raw = evidence.system(key, source)
            if raw is not None and abs(raw) >= IMPOSSIBLE / 2:
                evidence.exclude_source(Subject.SYSTEM, source, (key,), Reason("impossible_counter"))
                if abs(raw) >= IMPOSSIBLE:
                    evidence.find("impossible_counter", evidence.whole, key, raw=raw, energy=raw)
                detected = True
    return detected


def lifetime_too_small(evidence: Evidence) -> bool:
    """H8: a lifetime that overflows every 1.19 MWh is small for the gateway's age: overflows may be missing."""
    others = (METER_PRODUCTION, devices.DETAILED)
    if any(evidence.system("production_lifetime", source) is not None for source in others):
        return False
    lifetime = evidence.system("production_lifetime", INVERTERS) or evidence.system("production_lifetime", SUMMARY)
    rated, manufactured = rated_power(evidence), manufactured_at(evidence.facts.serial)
    if not lifetime or lifetime >= WRAP or not rated or manufactured is None or evidence.at - manufactured < OLD:
        return False
    week = evidence.system("production_7_days", SUMMARY) or 0.0
    if lifetime >= week and lifetime / rated >= YOUNG:
        return False
    evidence.find("lifetime_too_small", evidence.whole, "production_lifetime", raw=lifetime, energy=lifetime)
    return True


def manufactured_at(serial: str) -> float | None:
    """Return when a gateway was made by its serial number, 12YYWW…, epoch seconds; None where it does not tell."""
    year, week = serial[2:4], serial[4:6]
    if not serial.startswith("12") or not (year + week).isdecimal() or not 1 <= int(week) <= 53:
        return None
    return datetime(2000 + int(year), 1, 1, tzinfo=UTC).timestamp() + (int(week) - 1) * 7 * 86_400
