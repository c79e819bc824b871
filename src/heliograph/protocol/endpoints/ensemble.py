"""IQ Batteries, system controller, collar, combiner, dry contacts, generator (protocol.md §3.5)."""

from collections.abc import Iterator
from typing import Any, Final

from heliograph.model import DeviceFact, Facts, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.fields import (
    MISSING,
    Row,
    Statement,
    celsius_of_fahrenheit,
    check_rows,
    conditions,
    count,
    epoch,
    flag,
    items,
    milli,
    number,
    percent,
    phase,
    read_rows,
    relay_state,
    row,
    state,
    text,
    walk,
)

ENSEMBLE: Final = "/ivp/ensemble/inventory"
POWER: Final = "/ivp/ensemble/power"
CONTROL: Final = "/ivp/ensemble/secctrl"
STATUS: Final = "/ivp/ensemble/status"
DRY_CONTACTS: Final = "/ivp/ensemble/dry_contacts"
DRY_CONTACT_SETTINGS: Final = "/ivp/ss/dry_contact_settings"
GENERATOR: Final = "/ivp/ensemble/generator"
GENERATOR_MODE: Final = "/ivp/ss/gen_mode"
GENERATOR_CONFIG: Final = "/ivp/ss/gen_config"

LISTED: Final = "ensemble"
POWERED: Final = "ensemble.power"

READY: Final = frozenset({6, 43, 63})
"""`admin_state` of an IQ Battery in service (protocol.md §5.3, appendix B)."""

_grid_mode = state(
    **{
        "grid-tied": "on_grid",
        "multimode-ongrid": "on_grid",
        "multimode-offgrid": "off_grid",
        "multimode-generator": "generator",
        "on_grid": "on_grid",
        "off_grid": "off_grid",
        "unknown": "unknown",
    }
)
_led_state = {12: "charging", 13: "discharging", 14: "idle", 15: "idle", 16: "idle", 17: "idle"}

_COMMON: Final = (
    row("communicating", "communicating", convert=flag),
    row("last_report", "last_rpt_date", convert=epoch),
    row("status", "device_status", convert=conditions),
)
_ROWS: Final[dict[str, tuple[Subject, str, tuple[Row, ...]]]] = {
    "ENCHARGE": (
        Subject.BATTERY,
        "IQ Battery",
        (
            *_COMMON,
            row("level", "percentFull", convert=percent),
            row("max_temperature", "maxCellTemp"),
            row("temperature", "temperature"),
            row("capacity", "encharge_capacity"),
            row("phase", "phase", convert=phase),
            row("state", "led_status", convert=lambda value: _led_state.get(value) if isinstance(value, int) else None),
        ),
    ),
    "ENPOWER": (
        Subject.CONTROLLER,
        "IQ System Controller",
        (
            *_COMMON,
            row("temperature", "temperature", convert=celsius_of_fahrenheit),
            row("relay_state", "mains_oper_state", convert=relay_state),
            row("grid_state", "Enpwr_grid_mode", convert=_grid_mode),
        ),
    ),
    "COLLAR": (
        Subject.COLLAR,
        "IQ Meter Collar",
        (
            *_COMMON,
            row("temperature", "temperature"),
            row("relay_state", "mid_state", convert=relay_state),
            row("grid_state", "grid_state", convert=_grid_mode),
        ),
    ),
    "C6 COMBINER CONTROLLER": (Subject.COMBINER, "IQ Combiner 6C", _COMMON[:2]),
}

for _subject, _, _rows in _ROWS.values():
    check_rows(_subject, _rows)


def listed(answer: Answer | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the devices of `/ivp/ensemble/inventory`: (type, object)."""
    for group in items(answer.document if answer else None):
        kind = text(group.get("type"))
        if kind in _ROWS:
            yield from ((kind, node) for node in items(group.get("devices")) if text(node.get("serial_num")))


def ensemble(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the state of every storage device."""
    for kind, node in listed(answer):
        subject, _, rows = _ROWS[kind]
        serial = node["serial_num"].strip()
        at = epoch(node.get("last_rpt_date")) or answer.at
        yield from read_rows(rows, node, subject, serial, at=at, source=LISTED)
        if subject is Subject.BATTERY:
            yield from _battery(node, serial, at)


def _battery(node: dict[str, Any], serial: str, at: float) -> Iterator[Statement]:
    ready = count(node.get("admin_state")) in READY or str(node.get("admin_state_str", "")).endswith("READY")
    if "admin_state" in node or "admin_state_str" in node:
        yield Statement(Subject.BATTERY, serial, "provisioned", ready, at, LISTED)


def ensemble_facts(answer: Answer | None) -> Iterator[DeviceFact]:
    """Yield what storage equipment there is."""
    for kind, node in listed(answer):
        subject, model, _ = _ROWS[kind]
        line = phase(node.get("phase"))
        yield DeviceFact(
            subject=subject,
            serial=node["serial_num"].strip(),
            model=model,
            part_number=text(node.get("part_num")),
            phase=line if isinstance(line, str) else None,
        )


def powered(answer: Answer | None) -> Iterator[dict[str, Any]]:
    """Iterate over the IQ Batteries of `/ivp/ensemble/power`, whose key has a colon too many (Q34)."""
    document = answer.document if answer else None
    node = walk(document, ("devices:",))
    nodes = walk(document, ("devices",)) if node is MISSING else node
    return (node for node in items(nodes) if text(node.get("serial_num")))


_POWER_ROWS: Final = check_rows(
    Subject.BATTERY, (row("power", "real_power_mw", convert=milli), row("level", "soc", convert=percent))
)


def power(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read power (+ = discharging) and state of charge of every IQ Battery."""
    for node in powered(answer):
        serial = node["serial_num"].strip()
        yield from read_rows(_POWER_ROWS, node, Subject.BATTERY, serial, at=answer.at, source=POWERED)


def control(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the aggregate state of charge and health; both are 0 where there is no battery."""
    if not facts.of(Subject.BATTERY):
        return
    rows = (row("battery_level", "agg_soc", convert=percent),)
    yield from read_rows(rows, answer.document, Subject.SYSTEM, facts.serial, at=answer.at, source="secctrl")


def status(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the rated power of every IQ Battery."""
    nodes = walk(answer.document, ("inventory", "serial_nums"))
    rows = (row("max_power", "encharge_rated_power"),)
    serials = {device.serial for device in facts.of(Subject.BATTERY)}
    for serial, node in nodes.items() if isinstance(nodes, dict) else ():
        if serial in serials and isinstance(node, dict) and number(node.get("encharge_rated_power")):
            yield from read_rows(rows, node, Subject.BATTERY, serial, at=answer.at, source="ensemble.status")


def dry_contacts(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the four contacts; every gateway lists them, so they mean something only beside a system controller."""
    rows = (row("relay_state", "status", convert=relay_state),)
    if facts.of(Subject.CONTROLLER):
        for node in items(walk(answer.document, ("dry_contacts",))):
            if identifier := text(node.get("id")):
                source = "ensemble.dry_contacts"
                yield from read_rows(rows, node, Subject.DRY_CONTACT, identifier, at=answer.at, source=source)


def dry_contact_settings(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read what each contact is wired to."""
    rows = (row("name", "load_name", convert=text), row("use", "type", convert=text))
    if facts.of(Subject.CONTROLLER):
        for node in items(walk(answer.document, ("dry_contacts",))):
            if identifier := text(node.get("id")):
                source = "settings.dry_contacts"
                yield from read_rows(rows, node, Subject.DRY_CONTACT, identifier, at=answer.at, source=source)


_GENERATOR_ROWS: Final = check_rows(
    Subject.GENERATOR,
    (
        row("generator_state", "oper_state", convert=relay_state),
        row("start_level", "start_soc", convert=percent),
        row("stop_level", "stop_soc", convert=percent),
    ),
)


def generator(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the generator; whether there is one is a quirk's question (Q19)."""
    source = "ensemble.generator"
    yield from read_rows(_GENERATOR_ROWS, answer.document, Subject.GENERATOR, GENERATOR_ID, at=answer.at, source=source)


def generator_mode(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read what the generator was told: on, off or auto."""
    rows = (row("mode", "gen_cmd", convert=text),)
    source = "settings.generator"
    yield from read_rows(rows, answer.document, Subject.GENERATOR, GENERATOR_ID, at=answer.at, source=source)


GENERATOR_ID: Final = "generator"
