"""What machines are given: one snapshot as one object, as docs/cli.md describes it."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from heliograph.model import METRICS, Equipment, Finding, Metric, Quantity, Snapshot, Value
from heliograph.model.labels import noticed, sentence


def document(snapshot: Snapshot, language: str) -> dict[str, Any]:
    """Put a snapshot into plain data: numbers as numbers, yes/no as booleans, times as ISO strings."""
    gateway = snapshot.gateway
    return {
        "gateway": {
            "serial": gateway.serial,
            "firmware": gateway.firmware,
            "part_number": gateway.part_number,
            "host": gateway.host,
        },
        "at": iso(snapshot.at),
        "subjects": [_subject(equipment, language) for equipment in snapshot.equipment],
        "findings": [_finding(finding, language) for finding in snapshot.findings],
    }


def encode(content: Any) -> str:
    """Write plain data as indented JSON, with a line end."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def iso(epoch: float) -> str:
    """Write a time in UTC: `2026-06-01T12:00:00+00:00`."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")


def _subject(equipment: Equipment, language: str) -> dict[str, Any]:
    return {
        "subject": str(equipment.subject),
        "id": equipment.id,
        "values": {key: _plain(reading.metric, reading.value) for key, reading in equipment.values.items()},
        "absent": {key: sentence(reason, language) for key, reason in equipment.absent.items()},
    }


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    metric = METRICS.get(f"{finding.subject}.{finding.key}")
    return {
        "code": finding.code,
        "subject": str(finding.subject),
        "id": finding.id,
        "key": finding.key,
        "raw": None if finding.raw is None else _plain(metric, finding.raw),
        "given": None if finding.given is None else _plain(metric, finding.given),
        "since": None if finding.since is None else iso(finding.since),
        "text": noticed(finding, language),
    }


def _plain(metric: Metric | None, value: Value) -> Value:
    if metric is not None and metric.quantity is Quantity.TIME and not isinstance(value, str):
        return iso(float(value))
    return value
