"""How each lie bends a document that was written true."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from heliograph.emulator.documents.production import KEYS, PAD
from heliograph.emulator.documents.view import View
from heliograph.emulator.site.plan import Condition, Measurement, Plan

Bend = Callable[[Any, View], Any]
"""Takes the true document and gives the false one; may change it in place."""

WRAP = 2**32
"""Joules at which a counter of 32 bits begins anew."""

_SUMS = ("whToday", "whLastSevenDays", "vahToday", "varhLeadToday", "varhLagToday")


def _entries(document: Any, measurement: str | None = None) -> list[dict[str, Any]]:
    """Return the meter entries of production.json, or those of one measurement."""
    return [
        each
        for group in ("production", "consumption")
        for each in document.get(group, ())
        if each["type"] == "eim" and measurement in {None, each.get("measurementType")}
    ]


def _with_lines(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry, *entry.get("lines", ())]


def _inverters(document: Any) -> dict[str, Any]:
    entry: dict[str, Any] = document["production"][0]
    return entry


def wrap_sum(document: Any, view: View) -> Any:
    """Wrap the sum of the inverters' joules."""
    _inverters(document)["whLifetime"] = view.joules % WRAP // 3600
    return document


def wrap_sum_of_pdm(document: Any, view: View) -> Any:
    """Do the same where the sum is called pcu."""
    document["production"]["pcu"]["wattHoursLifetime"] = view.joules % WRAP // 3600
    return document


def wrap_each(document: Any, view: View) -> Any:
    """Wrap each inverter's joules before they are summed."""
    _inverters(document)["whLifetime"] = sum(each.joules % WRAP for each in view.active) // 3600
    return document


def wrap_each_of_pdm(document: Any, view: View) -> Any:
    """Do the same where the sum is called pcu."""
    wrapped = sum(each.joules % WRAP for each in view.active) // 3600
    document["production"]["pcu"]["wattHoursLifetime"] = wrapped
    return document


def total_equals_net(document: Any, _view: View) -> Any:
    """Return the net values as total ones."""
    for total, net in zip(_entries(document, "total-consumption"), _entries(document, "net-consumption"), strict=True):
        for mine, theirs in zip(_with_lines(total), _with_lines(net), strict=True):
            since = {key: mine[key] for key in _SUMS}
            mine.update({key: theirs[key] for key in KEYS} | since)
    return document


def pad_lines(document: Any, _view: View) -> Any:
    """Add lines of zeros for phases that are not there."""
    for entry in _entries(document):
        if "lines" in entry:
            net = entry.get("measurementType") == "net-consumption"
            pad = PAD | (dict.fromkeys(_SUMS, 0) if net else {})
            entry["lines"] += [dict(pad) for _ in range(3 - len(entry["lines"]))]
    return document


def stale_storage(document: Any, view: View) -> Any:
    """Let the AC Batteries' entry be two days old and look alive."""
    for entry in document.get("storage", ()):
        if entry["activeCount"]:
            entry |= {"readingTime": view.now - 41 * 3600, "wNow": 260, "state": "discharging"}
    return document


def percent_lag(document: Any, _view: View) -> Any:
    """Let the inventory's charge of every battery stand where it once was."""
    for group in document:
        for device in group.get("devices", ()):
            if "percentFull" in device:
                device["percentFull"] = 10 if device["percentFull"] > 20 else 54
    return document


def idle_offset(document: Any, _view: View) -> Any:
    """Let batteries at rest show 16 to 24 W."""
    for number, device in enumerate(document["devices:"]):
        if abs(device["real_power_mw"]) < 16_000:
            device["real_power_mw"] = device["apparent_power_mva"] = 16_000 + number * 4_000 % 12_000
    return document


def removed_listed(document: Any, view: View) -> Any:
    """List what was taken off the roof years ago."""
    pattern = document[0] if document else {"devType": 1}
    gone = [each.inverter.serial for each in view.reports if each.inverter.condition is Condition.RETIRED]
    for number, serial in enumerate(gone or ["129900000001", "129900000002", "129900000003"]):
        old = {"serialNumber": serial, "lastReportDate": 1_526_400_000 + number, "lastReportWatts": 4}
        document.append(pattern | old | {"maxReportWatts": 210} | ({"devType": 1} if "devType" in pattern else {}))
    return document


def zero(document: Any, _view: View) -> Any:
    """Make every number nought."""
    if isinstance(document, dict):
        return {key: zero(value, _view) for key, value in document.items()}
    if isinstance(document, list):
        return [zero(value, _view) for value in document]
    return type(document)() if isinstance(document, int | float) and not isinstance(document, bool) else document


def zero_page(document: Any, _view: View) -> Any:
    """Make every amount of an old page nought."""
    return re.sub(rb"<td> *[\d.]+ [kMG]?(Wh?)</td>", rb"<td>    0 \1</td>", document)


def zero_at_night(document: Any, view: View) -> Any:
    """Forget by night that there are inverters."""
    if not view.daylight:
        _inverters(document).update(activeCount=0, whLifetime=0)
    return document


def today_is_lifetime(document: Any, _view: View) -> Any:
    """Lose the midnight baseline."""
    for entry in _entries(document):
        if entry.get("measurementType") != "net-consumption":
            for values in _with_lines(entry):
                values |= {"whToday": values["whLifetime"], "whLastSevenDays": values["whLifetime"]}
    return document


def v1_today_is_lifetime(document: Any, _view: View) -> Any:
    """Lose the midnight baseline."""
    return document | {"wattHoursToday": document["wattHoursLifetime"]}


def seven_days_garbage(document: Any, _view: View) -> Any:
    """Return nonsense for the last seven days."""
    for entry in _entries(document):
        lost = {"production": entry["whLifetime"] - 12.0, "total-consumption": 4.621}
        for values in _with_lines(entry):
            values["whLastSevenDays"] = lost.get(entry.get("measurementType", "production"), 0)
    return document


def v1_seven_days_garbage(document: Any, _view: View) -> Any:
    """Return nearly the lifetime for the last seven days."""
    return document | {"wattHoursSevenDays": document["wattHoursLifetime"] - 12}


def freeze(name: str) -> Bend:
    """Make a bend that repeats the first document it saw."""

    def bend(document: Any, view: View) -> Any:
        return view.memory.setdefault(f"frozen {name}", document)

    return bend


def flicker(document: Any, view: View) -> Any:
    """Forget at every third asking that anything is there."""
    asked = view.memory["asked"] = view.memory.get("asked", 0) + 1
    if asked % 3 == 0:
        for entry in (_inverters(document), *_entries(document)):
            entry["activeCount"] = 0
    return document


def half_storage_phase(document: Any, _view: View) -> Any:
    """Let the first phase of the storage CT show half."""
    for reading in document:
        if reading["eid"] == 0x2A000300:
            first = reading["channels"][0]
            lost = first["activePower"] - first["activePower"] / 2
            for values in (first, reading):
                power = round(values["activePower"] - lost, 3)
                values |= {"activePower": power, "instantaneousDemand": power}
    return document


def net_import_only(document: Any, view: View) -> Any:
    """Count in the lifetime of net consumption only what was imported."""
    for entry in _entries(document, "net-consumption"):
        for values, amount in zip(_with_lines(entry), (sum(view.books.imported), *view.books.imported), strict=False):
            values["whLifetime"] = amount / 1000
    return document


def wild_power_factor(document: Any, _view: View) -> Any:
    """Add up the power factors of the phases."""
    for entry in _entries(document):
        entry["pwrFactor"] = round(entry["pwrFactor"] * 1.94, 3)
    return document


def wild_reading_factor(document: Any, _view: View) -> Any:
    """Add up the power factors of the phases."""
    for reading in document:
        reading["pwrFactor"] = round(reading["pwrFactor"] * 1.94, 3)
    return document


def not_operating(document: Any, _view: View) -> Any:
    """Let no inverter operate, though all produce."""
    for device in document[0]["devices"]:
        if "operating" in device:
            device["operating"] = False
    return document


def energy_nonsense(document: Any, _view: View) -> Any:
    """Let the batteries hold less than is in them."""
    return document | {"Max_energy": 412} if "Max_energy" in document else document


def disable(*measurements: Measurement) -> Callable[[Plan], Plan]:
    """Make a bend of the site itself: the CTs of these measurements are off."""

    def bend(plan: Plan) -> Plan:
        meters = tuple(
            replace(each, enabled=False) if each.measurement in measurements else each for each in plan.meters
        )
        return replace(plan, meters=meters)

    return bend
