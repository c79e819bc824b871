"""Snapshots in few words."""

from collections.abc import Mapping
from typing import Any

from heliograph.model import (
    Equipment,
    Finding,
    Identity,
    Reading,
    Reason,
    Snapshot,
    Subject,
    Value,
    metric,
)
from heliograph.store import Name

SERIAL = "121900000001"
PANEL = "122200000001"
ZONE = "Europe/Paris"
MIDNIGHT = 1_749_938_400
"""2025-06-15 00:00 in Paris."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


def system(key: str, serial: str = SERIAL) -> Name:
    return Name(Subject.SYSTEM, serial, key)


def panel(key: str) -> Name:
    return Name(Subject.INVERTER, PANEL, key)


def reading(subject: Subject, key: str, value: Value, at: float, **more: Any) -> Reading:
    return Reading(metric(subject, key), value, at, "test", **more)


def readings(subject: Subject, at: float, values: Mapping[str, Value | Reading]) -> dict[str, Reading]:
    return {
        key: value if isinstance(value, Reading) else reading(subject, key, value, at) for key, value in values.items()
    }


def snapshot(
    at: float,
    values: Mapping[str, Value | Reading],
    *,
    panel_values: Mapping[str, Value | Reading] | None = None,
    absent: Mapping[str, Reason] | None = None,
    serial: str = SERIAL,
    findings: tuple[Finding, ...] = (),
    firmware: str = "D8.3.5169",
) -> Snapshot:
    equipment = [
        Equipment(Subject.SYSTEM, serial, readings(Subject.SYSTEM, at, values), absent or {}, model="Envoy-S Metered")
    ]
    if panel_values is not None:
        equipment.append(Equipment(Subject.INVERTER, PANEL, readings(Subject.INVERTER, at, panel_values)))
    return Snapshot(Identity(serial, firmware, "800-00555-r03", "192.0.2.1"), at, tuple(equipment), findings)
