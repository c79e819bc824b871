"""What Home Assistant is told of a gateway, so that every equipment and metric appears there by itself.

How real Home Assistants answered which payload is the ground of every choice here; docs/outputs.md says what follows.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heliograph.model import Equipment, Identity, Metric, Quantity, Subject, metrics_of
from heliograph.model.labels import label, spoken
from heliograph.model.labels import words as labels
from heliograph.outputs.base import known_away, split
from heliograph.outputs.mqtt import words
from heliograph.outputs.mqtt.topics import ORDERS, Messages, Topics
from heliograph.outputs.wording import say

DEVICE: Final = "device"
ENTITY: Final = "entity"
OFF: Final = "off"

ON_THE_GATEWAY: Final = frozenset(
    {Subject.SYSTEM, Subject.PHASE, Subject.METER, Subject.STORAGE, Subject.NETWORK, Subject.FIRMWARE}
)
"""Subjects without a body of their own: they stand on the gateway's device."""

_NODE = re.compile(r"[^A-Za-z0-9_-]")
_ABSENT: Final = "default(none)"
"""What is absent renders as `None`, which Home Assistant shows as unknown and does not log."""

Component = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manner:
    """How Home Assistant is told."""

    topics: Topics
    language: str
    version: str
    prefix: str = "homeassistant"
    form: str = DEVICE
    """`device` (since 2024.11), `entity` (any version) or `off`."""
    details: bool = False
    """Groups of details are enabled from the start."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An equipment, and which of its metrics have ever had a value."""

    equipment: Equipment
    keys: Collection[str]

    @property
    def shape(self) -> tuple[object, ...]:
        """Return all of it that what Home Assistant is told depends on."""
        item = self.equipment
        odd = tuple(
            reading.value
            for reading in item.values.values()
            if (states := reading.metric.states) and reading.value not in states
        )
        return item.subject, item.id, item.model, item.part_number, self.keys, odd


def configurations(manner: Manner, name: str, gateway: Identity, seen: Iterable[Seen]) -> Messages:
    """Return all discovery messages of a gateway, by topic.

    Args:
        manner: how to tell.
        name: how the owner calls the gateway.
        gateway: which one it is.
        seen: its equipment in service.
    """
    devices: dict[str, tuple[dict[str, Any], dict[str, Component]]] = {}
    hub = _gateway_device(name, gateway)
    devices[_node(gateway)] = hub, _buttons(manner, name, gateway)
    for one in seen:
        device, node = hub, _node(gateway)
        if one.equipment.subject not in ON_THE_GATEWAY:
            node = _clean(f"{node}_{one.equipment.subject}_{one.equipment.id}")
            device = _own_device(manner, gateway, one.equipment, node)
        devices.setdefault(node, (device, {}))[1].update(_components(manner, name, gateway, one))
    availability = _availability(manner, gateway)
    if manner.form == OFF:
        return {}
    if manner.form == ENTITY:
        return _by_entity(manner, gateway, devices.values(), availability)
    return _by_device(manner, devices, availability)


def retired(manner: Manner, gateway: Identity, equipment: Equipment) -> tuple[str, ...]:
    """Return the topics that an equipment out of service may have had."""
    if manner.form == DEVICE:
        return (_device_topic(manner, _clean(f"{_node(gateway)}_{equipment.subject}_{equipment.id}")),)
    return tuple(
        _entity_topic(
            manner, gateway, words.platform(metric), _clean("_".join(_entity(gateway, equipment, metric.key)))
        )
        for metric in metrics_of(equipment.subject)
    )


def other_forms(manner: Manner, gateway: Identity) -> tuple[str, ...]:
    """Return the filters under which messages in a form that was used before are found."""
    forms = {DEVICE: f"{manner.prefix}/device/+/config", ENTITY: f"{manner.prefix}/+/{_node(gateway)}/+/config"}
    return tuple(pattern for form, pattern in forms.items() if form != manner.form)


def is_of(manner: Manner, gateway: Identity, topic: str) -> bool:
    """Whether a discovery topic, in whichever form, is of this gateway."""
    node = _node(gateway)
    found = re.fullmatch(
        rf"{re.escape(manner.prefix)}/(?:device/({node})(?:_[^/]+)?|[^/]+/({node})/[^/]+)/config", topic
    )
    return found is not None


def _device_topic(manner: Manner, node: str) -> str:
    return f"{manner.prefix}/device/{node}/config"


def _entity_topic(manner: Manner, gateway: Identity, platform: str, key: str) -> str:
    return f"{manner.prefix}/{platform}/{_node(gateway)}/{key}/config"


def _by_device(
    manner: Manner, devices: Mapping[str, tuple[dict[str, Any], dict[str, Component]]], availability: Component
) -> Messages:
    return {
        _device_topic(manner, node): json.dumps(
            {"device": device, "origin": _origin(manner), **availability, "components": components},
            ensure_ascii=False,
        )
        for node, (device, components) in devices.items()
    }


def _by_entity(
    manner: Manner,
    gateway: Identity,
    devices: Iterable[tuple[dict[str, Any], dict[str, Component]]],
    availability: Component,
) -> Messages:
    messages = {}
    for device, components in devices:
        for key, component in components.items():
            topic = _entity_topic(manner, gateway, component["platform"], key)
            said = {field: value for field, value in component.items() if field != "platform"}
            config = {**availability, **said, "device": device, "origin": _origin(manner)}
            messages[topic] = json.dumps(config, ensure_ascii=False)
    return messages


def _components(manner: Manner, name: str, gateway: Identity, seen: Seen) -> dict[str, Component]:
    found = {}
    for metric in metrics_of(seen.equipment.subject):
        if metric.key in seen.keys:
            entity = _entity(gateway, seen.equipment, metric.key)
            found[_clean("_".join(entity))] = _component(manner, name, gateway, seen.equipment, metric)
    return found


def _component(manner: Manner, name: str, gateway: Identity, equipment: Equipment, metric: Metric) -> Component:
    platform, entity = words.platform(metric), _entity(gateway, equipment, metric.key)
    component = {
        **_identified(name, gateway, platform, entity),
        "name": _name(manner, equipment, metric),
        "state_topic": manner.topics.equipment(gateway.serial, equipment),
        "value_template": f"{{{{ value_json.{metric.key} | {_ABSENT} }}}}",
        "device_class": words.device_class(metric),
        "state_class": words.state_class(metric),
        "unit_of_measurement": words.QUANTITIES[metric.quantity].unit,
        "suggested_display_precision": words.QUANTITIES[metric.quantity].precision,
        "entity_category": words.category(metric),
        "enabled_by_default": False if metric.group in words.DETAILS and not manner.details else None,
    }
    if metric.quantity is Quantity.FLAG:
        component |= {"payload_on": "True", "payload_off": "False"}
    if metric.quantity is Quantity.STATE and metric.states:
        component |= _options(manner, equipment, metric)
    if known_away(metric):
        component |= {"availability": [{"topic": manner.topics.status}]}
    return {field: value for field, value in component.items() if value is not None}


def _options(manner: Manner, equipment: Equipment, metric: Metric) -> Component:
    """List the states in words; one that firmware invented joins them: Home Assistant refuses what is not listed."""
    now = equipment.value(metric.key)
    states = dict.fromkeys((*metric.states, *(() if now is None else (str(now),))))
    said = {state: spoken(metric, state, manner.language) for state in states}
    table = json.dumps(said, ensure_ascii=False)
    return {
        "options": list(dict.fromkeys(said.values())),
        "value_template": f"{{{{ {table}.get(value_json.{metric.key} | {_ABSENT}, none) }}}}",
    }


def _buttons(manner: Manner, name: str, gateway: Identity) -> dict[str, Component]:
    return {
        _clean(f"button_{order}"): {
            **_identified(name, gateway, "button", (order,)),
            "name": say(f"mqtt.{order}", manner.language),
            "command_topic": manner.topics.order(gateway.serial, order),
            "payload_press": order,
            "entity_category": words.DIAGNOSTIC,
            "availability": [{"topic": manner.topics.status}],
        }
        for order in ORDERS
    }


def _identified(name: str, gateway: Identity, platform: str, entity: tuple[str, ...]) -> Component:
    # Versions to 2025 take object_id, later ones default_entity_id; each is silent about the other's.
    id_ = slug("_".join((name or gateway.serial, *entity)))
    return {
        "platform": platform,
        "unique_id": _clean("_".join((_node(gateway), *entity))),
        "object_id": id_,
        "default_entity_id": f"{platform}.{id_}",
    }


def _entity(gateway: Identity, equipment: Equipment, key: str) -> tuple[str, ...]:
    """Name a metric among all of its gateway: (`system`, `production_power`), (`inverter`, `122…`, `power`)."""
    if equipment.subject is Subject.SYSTEM:
        return (key,)
    own = () if equipment.id in {"", gateway.serial} else (equipment.id,)
    return (str(equipment.subject), *own, key)


def _name(manner: Manner, equipment: Equipment, metric: Metric) -> str:
    said = label(metric, manner.language)
    if equipment.subject is Subject.PHASE:
        return f"{said} {equipment.id}"
    if equipment.subject is Subject.METER:
        base, phase = split(equipment)
        place = f"{labels(manner.language)['subject.meter']} {base} {phase}".strip()
        return f"{place}: {said}"
    return said


def _availability(manner: Manner, gateway: Identity) -> Component:
    both = [{"topic": manner.topics.status}, {"topic": manner.topics.availability(gateway.serial)}]
    return {"availability": both, "availability_mode": "all"}


def _gateway_device(name: str, gateway: Identity) -> dict[str, Any]:
    device = {
        "identifiers": [_node(gateway)],
        "name": name or gateway.serial,
        "manufacturer": "Enphase",
        "model": "Envoy / IQ Gateway",
        "model_id": gateway.part_number,
        "serial_number": gateway.serial,
        "sw_version": gateway.firmware,
    }
    return {field: value for field, value in device.items() if value}


def _own_device(manner: Manner, gateway: Identity, equipment: Equipment, node: str) -> dict[str, Any]:
    kind = labels(manner.language)[f"subject.{equipment.subject}"]
    device = {
        "identifiers": [node],
        "name": f"{kind} {equipment.id}",
        "manufacturer": "Enphase",
        "model": equipment.model or kind,
        "model_id": equipment.part_number,
        "serial_number": equipment.id,
        "via_device": _node(gateway),
    }
    return {field: value for field, value in device.items() if value}


def _origin(manner: Manner) -> dict[str, str]:
    return {"name": "Heliograph", "sw_version": manner.version}


def _node(gateway: Identity) -> str:
    return _clean(f"heliograph_{gateway.serial}")


def _clean(text: str) -> str:
    return _NODE.sub("_", text)


def slug(text: str) -> str:
    """Make a text fit for an entity id: `Toit d'été` becomes `toit_d_ete`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "heliograph"
