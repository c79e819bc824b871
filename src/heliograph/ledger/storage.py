"""The storage transformer against the batteries themselves: it measures what they report, at rest and at work."""

from collections.abc import Sequence
from typing import Final

from heliograph.ledger.bench import SOURCE, Bench
from heliograph.ledger.detectors import NO, SEEN, SUSPECTED, UNKNOWN, Detector, Sight
from heliograph.ledger.lines import IDLE
from heliograph.model import METRICS, Quality, Reading, Reason, Subject

CODE: Final = "storage_differs"
"""The transformer measures power while the batteries rest."""
MISMATCH: Final = "storage_mismatch"
"""The transformer measures nothing, half or the opposite of what the batteries report while they work."""
CODES: Final = (CODE, MISMATCH)
METERED: Final = "meter.storage"
"""The source of a battery power that the storage transformer measures."""
ACCOUNTS: Final = frozenset({"charged", "discharged"})
"""The accounts whose counters are the storage transformer's."""
FRESH: Final = 300.0
"""Seconds for which a battery's power is current."""
OFF: Final = 200.0
"""W by which the transformer must be off at least: losses and standby explain some."""
OFF_EACH: Final = 60.0
"""The same for each battery."""
PATIENCE: Final = 900.0
"""Seconds for which it must differ: batteries may report late."""
SHARE: Final = 0.3
"""The share of what the batteries report by which the transformer must be off while they work."""
FULL: Final = 99.0
"""% from which a battery at rest cannot be charged; one at 100 less this cannot be discharged."""


def distrust(bench: Bench) -> str:
    """Return the code of why the storage transformer is not believed at present; empty while it is."""
    return next((code for code in CODES if _is_believed(bench, code)), "")


def _is_believed(bench: Bench, code: str) -> bool:
    watch = bench.watches.get(f"{code} battery_power")
    return watch is not None and watch.believed


def _reports(bench: Bench, key: str) -> Sequence[float]:
    """Return what every battery reports at present; empty where one of them does not."""
    readings = [item.values.get(key) for item in bench.raw.of(Subject.BATTERY) if not item.retired]
    current = [
        float(reading.value)
        for reading in readings
        if reading is not None
        and not isinstance(reading.value, str)
        and reading.quality is not Quality.STALE
        and bench.at - reading.at <= FRESH
    ]
    complete = len(current) == len(readings) >= (bench.number("battery_count") or 0.0)
    return current if complete else ()


def _cannot_be(bench: Bench, power: float) -> bool:
    """Return whether no battery can do what the transformer measures: charge while full, or discharge while empty."""
    levels = _reports(bench, "level")
    if not levels:
        return False
    return min(levels) >= FULL if power < 0 else max(levels) <= 100.0 - FULL


def _differs(bench: Bench, since: float | None) -> Sight:
    """Compare with batteries at rest, which is certain at once where they are full or empty."""
    power, reports = bench.number("battery_power"), _reports(bench, "power")
    if power is None:
        return UNKNOWN
    if not _is_metered(bench):
        return NO
    if not reports or max(map(abs, reports)) > IDLE:
        # What was merely suspected before has no bearing on later.
        return UNKNOWN if _is_believed(bench, CODE) else NO
    if abs(power - sum(reports)) <= _tolerance(reports):
        return NO
    lasted = since is not None and bench.at - since >= PATIENCE
    return SEEN if lasted or _cannot_be(bench, power) else SUSPECTED


def _mismatches(bench: Bench, _since: float | None) -> Sight:
    """Compare with batteries at work; at rest, a transformer that shows nothing or half says nothing of it."""
    power, reports = bench.number("battery_power"), _reports(bench, "power")
    if power is None:
        return UNKNOWN
    if not _is_metered(bench):
        return NO
    total = sum(reports)
    if not reports or abs(total) < 2 * _tolerance(reports):
        return UNKNOWN if _is_believed(bench, MISMATCH) else NO
    return SEEN if abs(power - total) > max(_tolerance(reports), SHARE * abs(total)) else NO


def _is_metered(bench: Bench) -> bool:
    return bench.values["battery_power"].source == METERED


def _tolerance(reports: Sequence[float]) -> float:
    return max(OFF, OFF_EACH * len(reports))


def _take_batteries(bench: Bench, reason: Reason, since: float) -> None:
    """Publish what the batteries report in the place of the transformer, and the consumption that follows from it."""
    measured, reports = bench.number("battery_power"), _reports(bench, "power")
    if measured is None or not _is_metered(bench):
        return
    rest = _without_battery(bench, measured)
    if not reports:
        keys = ("battery_power", "battery_state", *(("consumption_power",) if rest is not None else ()))
        for key in keys:
            bench.drop(key, reason)
        return
    power = round(sum(reports), 3)
    bench.mend("battery_power", power, Quality.CORRECTED, reason, since)
    if "battery_state" in bench.values:
        bench.mend("battery_state", _state(power, len(reports)), Quality.CORRECTED, reason, since)
    if rest is not None:
        _give_consumption(bench, round(rest + power, 3), reason, since)


def _without_battery(bench: Bench, measured: float) -> float | None:
    """Return production and net together, W; None where consumption does not follow from these and the battery."""
    production, net = bench.number("production_power"), bench.number("net_power")
    if production is None or net is None:
        return None
    consumption = bench.number("consumption_power")
    follows = consumption is None or abs(consumption - production - net - measured) <= 1.0
    return production + net if follows else None


def _give_consumption(bench: Bench, power: float, reason: Reason, since: float) -> None:
    """Publish the consumption that follows, also where that from the wrong battery was below zero and so not given."""
    if "consumption_power" in bench.values:
        bench.mend("consumption_power", power, Quality.CORRECTED, reason, since)
        return
    metric = METRICS["system.consumption_power"]
    bench.values["consumption_power"] = Reading(metric, power, bench.at, SOURCE, Quality.DERIVED, None, reason, since)
    bench.absent.pop("consumption_power", None)


def _state(power: float, count: int) -> str:
    if abs(power) <= IDLE * count:
        return "idle"
    return "discharging" if power > 0 else "charging"


STORAGE: Final = (
    Detector(CODE, "battery_power", _differs, _take_batteries),
    Detector(MISMATCH, "battery_power", _mismatches, _take_batteries, patience=PATIENCE),
)
"""What is looked for before all that is computed from the power of batteries."""
