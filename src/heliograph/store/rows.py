"""What the recorder keeps beside samples, as rows of the tables."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from heliograph.model import Finding, Reading, Value
from heliograph.store.answer import Event
from heliograph.store.entry import Row
from heliograph.store.heads import Head, Item

PLAIN: Final = b"\0"
DEFLATED: Final = b"\1"

FindingKey = tuple[str, str, str, str | None]


def finding_key(finding: Finding) -> FindingKey:
    """Return what tells one finding of a gateway from another."""
    return finding.code, str(finding.subject), finding.id, finding.key


def finding_row(number: int, gateway: int, finding: Finding, at: float) -> Row:
    """Return a finding that opens as a row."""
    return {
        "id": number,
        "gateway": gateway,
        "code": finding.code,
        "subject": str(finding.subject),
        "name": finding.id,
        "key": finding.key,
        "raw": value_text(finding.raw),
        "given": value_text(finding.given),
        "since": finding.since,
        "details": details_text(finding.details),
        "opened": at,
        "closed": None,
    }


def item_row(gateway: int, subject: str, name: str, item: Item) -> Row:
    """Return a piece of equipment as a row."""
    return {
        "id": item.id,
        "gateway": gateway,
        "subject": subject,
        "name": name,
        "model": item.model,
        "part_number": item.part_number,
        "retired": item.retired,
        "first_at": item.since,
    }


def series_row(item: Item, key: str, head: Head) -> Row:
    """Return a series as a row."""
    return {
        "id": head.id,
        "equipment": item.id,
        "key": key,
        "quantity": str(head.quantity),
        "kind": str(head.kind),
        "cadence": head.cadence,
    }


def event_row(gateway: int, event: Event) -> Row:
    """Return an event as a row."""
    return {
        "gateway": gateway,
        "at": event.at,
        "kind": event.kind,
        "until": event.until,
        "details": details_text(event.details),
    }


def correction_row(number: int, series: int, reading: Reading, wanted: tuple[str, float]) -> Row:
    """Return a correction that opens as a row."""
    details: Mapping[str, Any] = {} if reading.reason is None else reading.reason.details
    return {
        "id": number,
        "series": series,
        "code": wanted[0],
        "since": wanted[1],
        "until": None,
        "details": details_text(details),
        "raw": value_text(reading.raw),
        "given": value_text(reading.value),
    }


def blob_row(serial: str, name: str, at: float, body: bytes) -> Row:
    """Return a blob as a row."""
    squeezed = zlib.compress(body, 1)
    packed = DEFLATED + squeezed if len(squeezed) < len(body) else PLAIN + body
    return {"gateway": serial, "name": name, "at": at, "body": packed}


def from_blob(packed: bytes) -> bytes:
    """Return the bytes of a blob."""
    return zlib.decompress(packed[1:]) if packed[:1] == DEFLATED else packed[1:]


def value_text(value: Value | None) -> str | None:
    """Write a value; None for none."""
    return None if value is None else json.dumps(value)


def details_text(details: Mapping[str, Any]) -> str:
    """Write details."""
    return json.dumps(dict(details), ensure_ascii=False, separators=(",", ":"))
