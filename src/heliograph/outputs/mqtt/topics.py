"""Where what is said stands on the broker, and how it is written there."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.live import Event, Update
from heliograph.model import Equipment, Finding, Quantity, Subject, Value, metric
from heliograph.outputs.base import told

ONLINE: Final = "online"
OFFLINE: Final = "offline"
ORDERS: Final = ("refresh", "sync")

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_.-]")
Messages = dict[str, str]
"""Payloads by topic, all retained."""


def safe(text: str) -> str:
    """Make a text fit for a level of a topic."""
    return _FORBIDDEN.sub("_", text)


class Topics:
    """The names of all topics beneath one base."""

    def __init__(self, base: str) -> None:
        """Take the base, such as `heliograph`."""
        self.base: Final = base.strip("/")
        self.status: Final = f"{self.base}/status"
        """Whether Heliograph is there: `online`, or `offline` by its last will."""
        self.orders: Final = f"{self.base}/+/command/+"

    def gateway(self, serial: str) -> str:
        """Return the root of a gateway."""
        return f"{self.base}/{safe(serial)}"

    def availability(self, serial: str) -> str:
        """Return where it stands whether a gateway answers."""
        return f"{self.gateway(serial)}/availability"

    def values(self, serial: str) -> tuple[str, ...]:
        """Return the filters under which everything is found that is said of a gateway."""
        return f"{self.gateway(serial)}/+", f"{self.gateway(serial)}/+/+", f"{self.gateway(serial)}/+/+/+"

    def findings(self, serial: str) -> str:
        """Return where a gateway's findings stand."""
        return f"{self.gateway(serial)}/findings"

    def zone(self, serial: str) -> str:
        """Return where the time zone stands in which a gateway's days begin."""
        return f"{self.gateway(serial)}/zone"

    def event(self, serial: str) -> str:
        """Return where it is said, once and unretained, what happens to a gateway."""
        return f"{self.gateway(serial)}/event"

    def order(self, serial: str, order: str) -> str:
        """Return where a gateway is told to be read or synchronised."""
        return f"{self.gateway(serial)}/command/{order}"

    def ordered(self, topic: str) -> tuple[str, str] | None:
        """Return serial and order of a topic; None where it is none."""
        found = re.fullmatch(rf"{re.escape(self.base)}/([^/]+)/command/([^/]+)", topic)
        return (found[1], found[2]) if found and found[2] in ORDERS else None

    def equipment(self, serial: str, equipment: Equipment) -> str:
        """Return where an equipment's values stand together; each alone stands beneath, under its key."""
        place = f"{self.gateway(serial)}/{equipment.subject}"
        alone = equipment.subject is Subject.SYSTEM or equipment.id in {"", serial}
        return place if alone else f"{place}/{safe(equipment.id)}"


def written(quantity: Quantity, value: Value) -> str | int | float | bool:
    """Return a value as JSON holds it: a time as ISO 8601 in UTC, the rest as it is."""
    if quantity is Quantity.TIME and not isinstance(value, str):
        return datetime.fromtimestamp(float(value), UTC).isoformat().replace("+00:00", "Z")
    return value


def plain(value: str | float | bool) -> str:
    """Return a value as a topic of its own holds it."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def states(topics: Topics, serial: str, equipment: Equipment, known: Collection[str], *, each: bool) -> Messages:
    """Write what an equipment says; a metric of `known` that is absent now is null among the others."""
    place = topics.equipment(serial, equipment)
    now: dict[str, Any] = {
        key: written(metric(equipment.subject, key).quantity, value) for key, value in told(equipment).items()
    }
    everything = {**dict.fromkeys(sorted(known)), **now}
    messages = {place: json.dumps(everything, ensure_ascii=False)}
    if each:
        messages |= {f"{place}/{key}": plain(value) for key, value in now.items()}
    return messages


def named(payload: str | bytes) -> frozenset[str]:
    """Return the keys that an equipment's values name, as they were written before; none where these are no values."""
    try:
        return frozenset(msgspec.json.decode(payload, type=dict[str, msgspec.Raw]))
    except msgspec.MsgspecError:
        return frozenset()


def findings(update: Update) -> str:
    """Write what was noticed about what the gateway says."""
    return json.dumps([_finding(found) for found in update.snapshot.findings], ensure_ascii=False)


def _finding(found: Finding) -> Mapping[str, Any]:
    said = {"code": found.code, "subject": str(found.subject), "id": found.id, "key": found.key, "raw": found.raw}
    return {**said, "given": found.given, "since": found.since}


def event(happened: Event) -> str:
    """Write something that happened."""
    return json.dumps(
        {"event": happened.code, "at": written(Quantity.TIME, happened.at), **happened.details}, ensure_ascii=False
    )
