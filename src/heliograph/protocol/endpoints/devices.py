"""Micro-inverters, AC Batteries and Q-relays, one by one (protocol.md §3.1.4, §3.1.7, §3.2)."""

from collections.abc import Iterator
from typing import Any, Final

from heliograph.model import DeviceFact, Facts, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.fields import (
    Row,
    Statement,
    above_zero,
    check_rows,
    conditions,
    count,
    epoch,
    flag,
    items,
    joules,
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

REPORTS: Final = "/api/v1/production/inverters"
INVENTORY: Final = "/inventory.json"
INVENTORY_ALL: Final = "/inventory.json?deleted=1"
DEVICE_DATA: Final = "/ivp/pdm/device_data"

LISTED: Final = "inventory"
REPORTED: Final = "reports"
DETAILED: Final = "device_data"

DELETED: Final = 3
"""`admin_state` of a device that was removed."""

AC_BATTERY: Final = "AC Battery"
AC_BATTERY_CAPACITY: Final = 1240
"""Wh of one AC Battery (protocol.md §5.3)."""

_charge = state(charging="charging", discharging="discharging", idle="idle", full="idle")

# --- /api/v1/production/inverters ------------------------------------------------------------------------------------

_REPORT_ROWS: Final = (
    row("power", "lastReportWatts"),
    row("max_power", "maxReportWatts"),
    row("last_report", "lastReportDate", convert=epoch),
)
_REPORT_SUBJECTS: Final = {1: Subject.INVERTER, 11: Subject.BATTERY}

for _subject in (Subject.INVERTER, Subject.BATTERY):
    check_rows(_subject, _REPORT_ROWS)


def reported(answer: Answer | None) -> Iterator[tuple[Subject, str, dict[str, Any]]]:
    """Iterate over the devices of `/api/v1/production/inverters`: (subject, serial, object)."""
    for node in items(answer.document if answer else None):
        # Firmware 3 and 4.2 give no `devType`, and know nothing but inverters.
        kind, serial = count(node.get("devType", 1)), text(node.get("serialNumber"))
        subject = None if kind is None else _REPORT_SUBJECTS.get(kind)
        if subject is not None and serial is not None:
            yield subject, serial, node


def reports(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the last report of every inverter and AC Battery."""
    for subject, serial, node in reported(answer):
        at = epoch(node.get("lastReportDate"))
        # A device that never reported has no power, whatever the field says (E4).
        rows = _REPORT_ROWS if at else _REPORT_ROWS[1:]
        yield from read_rows(rows, node, subject, serial, at=at or answer.at, source=REPORTED)


# --- /inventory.json -------------------------------------------------------------------------------------------------

_FLAG_ROWS: Final = (
    row("provisioned", "provisioned", convert=flag),
    row("communicating", "communicating", convert=flag),
    row("producing", "producing", convert=flag),
    row("last_report", "last_rpt_date", convert=epoch),
    row("status", "device_status", convert=conditions),
)
_INVENTORY_ROWS: Final[dict[str, tuple[Subject, tuple[Row, ...]]]] = {
    "PCU": (Subject.INVERTER, (*_FLAG_ROWS, row("phase", "phase", convert=phase))),
    "ACB": (
        Subject.BATTERY,
        (
            *_FLAG_ROWS,
            row("level", "percentFull", convert=percent),
            row("max_temperature", "maxCellTemp"),
            row("state", "charge_status", convert=_charge),
        ),
    ),
    "NSRB": (
        Subject.RELAY,
        (*_FLAG_ROWS[1:2], *_FLAG_ROWS[3:], row("relay_state", "relay", convert=relay_state)),
    ),
}
_MODELS: Final = {"ACB": AC_BATTERY, "NSRB": "Q-Relay"}

for _subject, _rows in _INVENTORY_ROWS.values():
    check_rows(_subject, _rows)


def inventoried(answer: Answer | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the devices of `/inventory.json`: (type, object)."""
    for group in items(answer.document if answer else None):
        kind = text(group.get("type"))
        if kind in _INVENTORY_ROWS:
            yield from ((kind, node) for node in items(group.get("devices")) if text(node.get("serial_num")))


def inventory(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the state of every device; of a deleted one only what still holds."""
    for kind, node in inventoried(answer):
        subject, rows = _INVENTORY_ROWS[kind]
        at = epoch(node.get("last_rpt_date")) or answer.at
        serial = node["serial_num"].strip()
        yield from read_rows(rows, node, subject, serial, at=at, source=LISTED)
        if kind == "ACB" and node.get("admin_state") != DELETED:
            yield Statement(subject, serial, "capacity", AC_BATTERY_CAPACITY, at, "product")


def inventory_facts(answer: Answer | None) -> Iterator[DeviceFact]:
    """Yield what equipment the inventory lists, and what of it was removed."""
    for kind, node in inventoried(answer):
        yield DeviceFact(
            subject=_INVENTORY_ROWS[kind][0],
            serial=node["serial_num"].strip(),
            model=_MODELS.get(kind),
            part_number=text(node.get("part_num")),
            phase=_phase(node),
            retired=node.get("admin_state") == DELETED,
        )


def _phase(node: dict[str, Any]) -> str | None:
    name = phase(node.get("phase"))
    return name if isinstance(name, str) else None


# --- /ivp/pdm/device_data --------------------------------------------------------------------------------------------

_hertz: Final = above_zero(milli)

_CONVERTER_ROWS: Final = (
    row("power", "watts", "now"),
    row("max_power", "watts", "max"),
    row("last_report", "lastReading", "endDate", convert=epoch),
)
_DETAIL_ROWS: Final[dict[str, tuple[Subject, tuple[Row, ...]]]] = {
    "pcu": (
        Subject.INVERTER,
        (
            *_CONVERTER_ROWS,
            row("energy_today", "wattHours", "today"),
            row("energy_lifetime", "lifetime", "joulesProduced", convert=joules),
            row("dc_voltage", "lastReading", "dcVoltageINmV", convert=milli),
            row("dc_current", "lastReading", "dcCurrentINmA", convert=milli),
            row("ac_voltage", "lastReading", "acVoltageINmV", convert=milli),
            row("ac_current", "lastReading", "acCurrentInmA", convert=milli),
            row("frequency", "lastReading", "acFrequencyINmHz", convert=_hertz),
            row("temperature", "lastReading", "channelTemp"),
        ),
    ),
    "acb": (
        Subject.BATTERY,
        (
            *_CONVERTER_ROWS[1:],
            row("level", "lastReading", "SOC", convert=percent),
            row("state_of_health", "lastReading", "SOH", convert=percent),
            row("max_temperature", "lastReading", "maxCellTemp"),
            row("temperature", "lastReading", "channelTemp"),
        ),
    ),
    "nsrb": (
        Subject.RELAY,
        (
            row("temperature", "lastReading", "temperature"),
            row("frequency", "lastReading", "freqInmHz", convert=_hertz),
            row("last_report", "lastReading", "endDate", convert=epoch),
        ),
    ),
}

for _subject, _rows in _DETAIL_ROWS.values():
    check_rows(_subject, _rows)


def detailed(answer: Answer | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the devices of `/ivp/pdm/device_data`: (devName, object)."""
    document = answer.document if answer else None
    for node in document.values() if isinstance(document, dict) else ():
        if isinstance(node, dict) and text(node.get("devName")) in _DETAIL_ROWS and text(node.get("sn")):
            yield node["devName"].strip(), node


def truncated(answer: Answer | None) -> bool:
    """Return whether the list of `device_data` stops at its limit (Q14)."""
    document = answer.document if answer else None
    listed, limit = count(walk(document, ("deviceCount",))), count(walk(document, ("deviceDataLimit",)))
    return listed is not None and limit is not None and listed >= limit


def device_data(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read what the gateway keeps of every device: its last interval and its 64-bit lifetime."""
    for name, node in detailed(answer):
        subject, rows = _DETAIL_ROWS[name]
        channel = walk(node, ("channels", 0))
        at = epoch(walk(channel, ("lastReading", "endDate"))) or epoch(walk(channel, ("created",))) or answer.at
        yield from read_rows(rows, channel, subject, node["sn"].strip(), at=at, source=DETAILED)
        yield from _own(node, channel, subject, node["sn"].strip(), at)


def _own(node: dict[str, Any], channel: Any, subject: Subject, serial: str, at: float) -> Iterator[Statement]:
    if subject is Subject.RELAY:
        return
    active, gone = flag(node.get("active")), flag(node.get("modGone"))
    if active is not None:
        yield Statement(subject, serial, "provisioned", active, at, DETAILED)
    if gone is not None:
        yield Statement(subject, serial, "communicating", not gone, at, DETAILED)
    if subject is Subject.BATTERY:
        delivered, used = number(walk(channel, ("watts", "now"))), number(walk(channel, ("watts", "nowUsed")))
        if delivered is not None and used is not None:
            yield Statement(subject, serial, "power", delivered - used, at, DETAILED)


def device_data_facts(answer: Answer | None) -> Iterator[DeviceFact]:
    """Yield what equipment `device_data` lists; an inactive device was removed."""
    models = {"acb": AC_BATTERY, "nsrb": "Q-Relay"}
    for name, node in detailed(answer):
        yield DeviceFact(
            subject=_DETAIL_ROWS[name][0],
            serial=node["sn"].strip(),
            model=models.get(name),
            retired=node.get("active") is False,
        )


def report_facts(answer: Answer | None) -> Iterator[DeviceFact]:
    """Yield what equipment reports; where it is the only list, it says nothing of what was removed."""
    for subject, serial, _ in reported(answer):
        yield DeviceFact(subject, serial, model=AC_BATTERY if subject is Subject.BATTERY else None)
