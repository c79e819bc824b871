"""What Home Assistant takes: its documented fields, and how real ones (2025.4 and 2026.11) answered, as one table.

A message that is not taken silently and without a warning by both is wrong here.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

UNITS: Final[Mapping[str | None, frozenset[str | None]]] = {
    "power": frozenset({"mW", "W", "kW", "MW", "GW", "TW"}),
    "apparent_power": frozenset({"VA"}),
    "reactive_power": frozenset({"var"}),
    "power_factor": frozenset({None, "%"}),
    "energy": frozenset({"J", "kJ", "MJ", "GJ", "Wh", "kWh", "MWh", "GWh", "TWh"}),
    "energy_storage": frozenset({"J", "kJ", "MJ", "GJ", "Wh", "kWh", "MWh", "GWh", "TWh"}),
    "voltage": frozenset({"V", "mV"}),
    "current": frozenset({"A", "mA"}),
    "frequency": frozenset({"Hz", "kHz", "MHz", "GHz"}),
    "temperature": frozenset({"°C", "°F", "K"}),
    "battery": frozenset({"%"}),
    "enum": frozenset({None}),
    "timestamp": frozenset({None}),
    None: frozenset({None, "%"}),
}
"""Units that each device class takes."""
FLAGS: Final = frozenset({None, "connectivity"})
"""Device classes of binary sensors that are used."""
STATE_CLASSES: Final[Mapping[str | None, frozenset[str | None]]] = {
    "energy": frozenset({"total", "total_increasing"}),
    "enum": frozenset({None}),
    "timestamp": frozenset({None}),
}
"""State classes that a device class takes, where not all are: measurement, total, total_increasing or none."""
ANY_STATE_CLASS: Final = frozenset({None, "measurement", "total", "total_increasing"})
COMMON: Final[Mapping[str, type]] = {
    "unique_id": str,
    "name": str,
    "object_id": str,
    "default_entity_id": str,
    "entity_category": str,
    "enabled_by_default": bool,
    "availability": list,
    "availability_mode": str,
    "device": dict,
    "origin": dict,
}
FIELDS: Final[Mapping[str, Mapping[str, type]]] = {
    "sensor": {
        "state_topic": str,
        "value_template": str,
        "device_class": str,
        "state_class": str,
        "unit_of_measurement": str,
        "suggested_display_precision": int,
        "options": list,
    },
    "binary_sensor": {
        "state_topic": str,
        "value_template": str,
        "device_class": str,
        "payload_on": str,
        "payload_off": str,
    },
    "button": {"command_topic": str, "payload_press": str},
}
NEEDED: Final = {
    "sensor": {"state_topic", "unique_id", "name"},
    "binary_sensor": {"state_topic", "unique_id", "name"},
    "button": {"command_topic", "unique_id", "name"},
}
DEVICE: Final[Mapping[str, type]] = {
    "identifiers": list,
    "name": str,
    "manufacturer": str,
    "model": str,
    "model_id": str,
    "serial_number": str,
    "sw_version": str,
    "via_device": str,
}
TOPIC: Final = re.compile(
    r"homeassistant/(?P<platform>\w+)/(?:(?P<node>[A-Za-z0-9_-]+)/)?(?P<object>[A-Za-z0-9_-]+)/config"
)


def entities(messages: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Check all discovery messages, and give the entities that Home Assistant would make, by unique id."""
    found: dict[str, dict[str, Any]] = {}
    for topic, payload in messages.items():
        if not payload:
            continue
        parts = TOPIC.fullmatch(topic)
        assert parts is not None, topic
        document = json.loads(payload)
        _check_device(document["device"])
        assert isinstance(document["origin"]["name"], str)
        rows = _of_device(document) if parts["platform"] == "device" else [{"platform": parts["platform"], **document}]
        for row in rows:
            _check(row)
            assert row["unique_id"] not in found, row["unique_id"]
            found[row["unique_id"]] = {**row, "device": document["device"]}
    known = {name for row in found.values() for name in row["device"]["identifiers"]}
    assert {row["device"].get("via_device") for row in found.values()} <= known | {None}
    return found


def _of_device(document: dict[str, Any]) -> list[dict[str, Any]]:
    components = document["components"]
    assert components
    assert set(document) <= {"device", "origin", "components", "availability", "availability_mode"}
    shared = {key: document[key] for key in ("availability", "availability_mode")}
    # As Home Assistant does: what a component says of its availability itself stands alone.
    return [row if "availability" in row else {**shared, **row} for row in components.values()]


def _check_device(device: Mapping[str, Any]) -> None:
    assert device["identifiers"]
    for key, value in device.items():
        assert isinstance(value, DEVICE[key]), key
        assert value


def _check(row: Mapping[str, Any]) -> None:
    platform = row["platform"]
    fields = {**COMMON, **FIELDS[platform]}
    for key, value in row.items():
        if key != "platform":
            assert key in fields, f"{platform} has no {key}"
            assert isinstance(value, fields[key]), key
    assert NEEDED[platform] <= set(row)
    assert re.fullmatch(rf"{platform}\.[a-z0-9_]+", row["default_entity_id"])
    assert row["default_entity_id"] == f"{platform}.{row['object_id']}"
    assert row.get("entity_category") in {None, "diagnostic"}
    assert all(set(place) == {"topic"} for place in row["availability"])
    if platform == "sensor":
        _check_sensor(row)
    else:
        assert row.get("device_class") in FLAGS


def _check_sensor(row: Mapping[str, Any]) -> None:
    kind, state = row.get("device_class"), row.get("state_class")
    assert row.get("unit_of_measurement") in UNITS[kind], row
    assert state in STATE_CLASSES.get(kind, ANY_STATE_CLASS), row
    assert (kind == "enum") == ("options" in row)
    if "options" in row:
        assert row["options"]
        assert len(set(row["options"])) == len(row["options"])
    if kind in {"enum", "timestamp"}:
        assert "suggested_display_precision" not in row
