"""The two who judge what is read of the recordings: pyenphase, and the golden table beside them (GATEWAY-API.md)."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from pyenphase import EnvoyData
from pyenphase.exceptions import EnvoyProbeFailed

from heliograph.emulator.clock import Clock
from heliograph.emulator.replay import Replay
from heliograph.emulator.server import EmulatedGateway
from heliograph.model import Snapshot, Subject, Value
from tests.emulator.oracle import pyenphase_for
from tests.protocol.asking import NOW
from tests.recordings import RECORDINGS

SPECIFICATION: Final = RECORDINGS.parent / "GATEWAY-API.md"

Place = tuple[Subject, str, str]
"""Subject, id, key; the id is empty where a gateway has only one."""
Judged = Mapping[Place, Value]

_ACCOUNTS = {"power": "watts_now", "today": "watt_hours_today", "7_days": "watt_hours_last_7_days"}
_ACCOUNTS |= {"lifetime": "watt_hours_lifetime"}
_INVERTER = {
    "power": "last_report_watts",
    "max_power": "max_report_watts",
    "last_report": "last_report_date",
    "dc_voltage": "dc_voltage",
    "dc_current": "dc_current",
    "ac_voltage": "ac_voltage",
    "ac_current": "ac_current",
    "frequency": "ac_frequency",
    "temperature": "temperature",
    "energy_today": "energy_today",
    "energy_lifetime": "lifetime_energy",
}
_METER = {
    "power": "active_power",
    "power_factor": "power_factor",
    "voltage": "voltage",
    "current": "current",
    "frequency": "frequency",
    "energy_delivered": "energy_delivered",
    "energy_received": "energy_received",
    "state": "state",
    "metering_status": "metering_status",
}
_ENCHARGE = {
    "communicating": "communicating",
    "last_report": "last_report_date",
    "temperature": "temperature",
    "max_temperature": "max_cell_temp",
    "capacity": "encharge_capacity",
}
_ACB = {
    "communicating": "communicating",
    "producing": "producing",
    "level": "percent_full",
    "max_temperature": "max_cell_temp",
    "last_report": "last_report_date",
    "power": "last_report_watts",
    "max_power": "max_report_watts",
    "state": "charge_status",
}
_SITE = {"communicating": "communicating", "last_report": "last_report_date", "temperature": "temperature"}


@cache
def pyenphase_values(folder: Path) -> Judged | None:
    """Read a replayed recording with pyenphase, at the moment at which we read it; None where it cannot."""
    data = asyncio.run(_pyenphase(folder))
    return None if data is None else {place: _plain(value) for place, value in _translate(data) if value is not None}


async def _pyenphase(folder: Path) -> EnvoyData | None:
    async with EmulatedGateway(Replay(folder), clock=Clock(NOW, rate=0)) as gateway, pyenphase_for(gateway) as envoy:
        try:
            return await envoy.update()
        except EnvoyProbeFailed:
            return None


def _plain(value: Any) -> Value:
    found: Value = value.value if isinstance(value, Enum) else value
    return found


def _fields(node: Any, names: Mapping[str, str], subject: Subject, identifier: str = "") -> Iterator[tuple[Place, Any]]:
    for key, name in names.items():
        yield (subject, identifier, key), getattr(node, name, None)


def _accounts(node: Any, name: str, subject: Subject, identifier: str = "") -> Iterator[tuple[Place, Any]]:
    names = {f"{name}_{key}": attribute for key, attribute in _ACCOUNTS.items()}
    yield from _fields(node, names, subject, identifier)


def _translate(data: EnvoyData) -> Iterator[tuple[Place, Any]]:
    """Say in our words what pyenphase read."""
    yield from _accounts(data.system_production, "production", Subject.SYSTEM)
    yield from _accounts(data.system_consumption, "consumption", Subject.SYSTEM)
    yield from _accounts(data.system_net_consumption, "net", Subject.SYSTEM)
    for name, phases in (
        ("production", data.system_production_phases),
        ("consumption", data.system_consumption_phases),
        ("net", data.system_net_consumption_phases),
    ):
        for line, node in (phases or {}).items():
            yield (Subject.PHASE, line, f"{name}_power"), getattr(node, "watts_now", None)
    yield (Subject.SYSTEM, "", "inverter_count"), len(data.inverters) or None
    for serial, inverter in data.inverters.items():
        yield from _fields(inverter, _INVERTER, Subject.INVERTER, serial)
    yield from _meters(data)
    yield from _batteries(data)
    yield from _site(data)


def _meters(data: EnvoyData) -> Iterator[tuple[Place, Any]]:
    for name, meter in data.ctmeters.items():
        yield from _fields(meter, _METER, Subject.METER, name)
        for line, channel in data.ctmeters_phases.get(name, {}).items():
            yield from _fields(
                channel, {k: v for k, v in _METER.items() if "stat" not in k}, Subject.METER, f"{name}.{line}"
            )
    net, storage = data.ctmeters.get("net-consumption"), data.ctmeters.get("storage")
    taken = {"import_lifetime": "energy_delivered", "export_lifetime": "energy_received"}
    stored = {"discharged_lifetime": "energy_delivered", "charged_lifetime": "energy_received"}
    yield from _fields(net if net and net.state == "enabled" else None, taken, Subject.SYSTEM)
    yield from _fields(storage if storage and storage.state == "enabled" else None, stored, Subject.SYSTEM)


def _batteries(data: EnvoyData) -> Iterator[tuple[Place, Any]]:
    encharges, powers = data.encharge_inventory or {}, data.encharge_power or {}
    acbs = data.acb_power.batteries if data.acb_power else 0
    yield (Subject.SYSTEM, "", "battery_count"), len(encharges) + acbs or None
    for aggregate in (data.battery_aggregate, data.encharge_aggregate, data.acb_power):
        if aggregate is not None:
            yield (Subject.SYSTEM, "", "battery_level"), aggregate.state_of_charge
            break
    watts = sum(power.real_power_mw for power in powers.values()) / 1000
    if encharges or acbs:
        yield (Subject.SYSTEM, "", "battery_power"), watts + (data.acb_power.power if data.acb_power else 0)
    for serial, encharge in encharges.items():
        yield from _fields(encharge, _ENCHARGE, Subject.BATTERY, serial)
    for serial, power in powers.items():
        yield (Subject.BATTERY, serial, "power"), power.real_power_mw / 1000
        yield (Subject.BATTERY, serial, "level"), power.soc
    for serial, acb in (data.acb_inventory or {}).items():
        yield from _fields(acb, _ACB, Subject.BATTERY, serial)


def _site(data: EnvoyData) -> Iterator[tuple[Place, Any]]:
    names = {"relay_state": "mains_oper_state", "grid_state": "grid_mode"}
    yield from _fields(data.enpower, _SITE | names, Subject.CONTROLLER)
    yield from _fields(data.collar, _SITE | {"relay_state": "mid_state", "grid_state": "grid_state"}, Subject.COLLAR)
    yield from _fields(data.c6cc, {k: _SITE[k] for k in ("communicating", "last_report")}, Subject.COMBINER)
    for contact, status in data.dry_contact_status.items():
        yield (Subject.DRY_CONTACT, contact, "relay_state"), status.status
    for contact, settings in data.dry_contact_settings.items():
        yield from _fields(settings, {"name": "load_name", "use": "type"}, Subject.DRY_CONTACT, contact)
    names = {"generator_state": "oper_state", "start_level": "start_soc", "stop_level": "stop_soc"}
    yield from _fields(data.generator, names, Subject.GENERATOR)
    yield from _fields(data.generator_mode, {"mode": "gen_cmd"}, Subject.GENERATOR)
    storage = data.tariff.storage_settings if data.tariff else None
    names = {"mode": "mode", "reserve_level": "reserved_soc", "charge_from_grid": "charge_from_grid"}
    yield from _fields(storage, names, Subject.STORAGE)


# --- the golden table ------------------------------------------------------------------------------------------------

_COLUMNS: Final = ("summary", "inverters", "production", "consumption", "net", "reports")
_ENTRY: Final = re.compile(r"^(?:\(off\) )?([-\d.]+(?:/[-\d.]+)*)$")


@cache
def golden_rows() -> dict[str, dict[str, str]]:
    """Read the golden table of GATEWAY-API.md, beside the recordings: recording to column to cell."""
    if not SPECIFICATION.is_file():
        pytest.skip("no GATEWAY-API.md beside the project")
    text = SPECIFICATION.read_text()
    section = text[text.index("## 7.4") : text.index("## 7.5")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0]: dict(zip(_COLUMNS, row[1:], strict=True)) for row in rows[2:]}


def golden_values(name: str) -> Judged:
    """Say in our words what the table says of a recording; what is off says nothing.

    Of production it names the meter's own account, where there is one, then the summary's, then the inverters'.
    """
    row = golden_rows()[name]
    found: dict[Place, Value] = {}

    def put(key: str, value: float) -> None:
        found.setdefault((Subject.SYSTEM, "", key), value)

    for column, subject in (("production", "production"), ("consumption", "consumption"), ("net", "net")):
        for key, value in zip(_ACCOUNTS, _numbers(row[column]), strict=False):
            put(f"{subject}_{key}", value)
    for key, value in zip(_ACCOUNTS, _numbers(row["summary"]), strict=False):
        put(f"production_{key}", value)
    if "×" in row["inverters"]:
        count, _, values = row["inverters"].partition("× ")
        put("inverter_count", int(count))
        for key, value in zip(("power", "lifetime"), _numbers(values), strict=True):
            put(f"production_{key}", value)
    return found


def golden_reports(name: str) -> tuple[int, float] | None:
    """Give how many inverters report and how many watts together, as the table says."""
    count, _, watts = golden_rows()[name]["reports"].partition(" / Σ")
    return (int(count), float(watts.removesuffix(" W"))) if watts else None


def _numbers(cell: str) -> list[float]:
    matched = None if cell.startswith("(off)") else _ENTRY.match(cell)
    return [float(number) for number in matched[1].split("/")] if matched else []


# --- the comparison --------------------------------------------------------------------------------------------------


def found_in(snapshot: Snapshot, place: Place) -> Value | None:
    """Give our value of a place."""
    equipment = snapshot.find(place[0], place[1] or None)
    return None if equipment is None else equipment.value(place[2])


def agrees(theirs: Value, ours: Value | None) -> bool:
    """Tell whether two values are one: states by meaning, numbers as precise as the coarser of the two is given."""
    if isinstance(theirs, str):
        return ours == _STATES.get(theirs, theirs) or (not theirs and ours is None)
    if isinstance(theirs, bool) or isinstance(ours, bool | str) or ours is None:
        return theirs == ours
    coarse = isinstance(theirs, int) or (theirs.is_integer() and abs(theirs) > 100)
    return abs(theirs - ours) <= (0.501 if coarse else 0.0015)


_STATES: Final = {"close": "closed", "grid-tied": "on_grid", "multimode-ongrid": "on_grid",
                  "multimode-offgrid": "off_grid", "multimode-generator": "generator", "full": "idle"}  # fmt: skip
