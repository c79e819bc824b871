"""How fresh a value is: the rhythm of each inverter is learnt, by day the silent one is stale, and night is night."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from heliograph.ledger.bench import PANEL_POWER, Bench
from heliograph.ledger.books import Fleet, Panel, Pulse
from heliograph.ledger.counters import WRAP
from heliograph.model import Equipment, Finding, Kind, Quality, Quantity, Reading, Reason, Subject

CADENCE: Final = 900.0
"""Seconds between two reports while it is not learnt."""
LONGEST: Final = 4200.0
"""The longest interval between two reports that is a rhythm and not a silence."""
PATIENCE: Final = 3
"""After how many intervals without a report a value is stale."""
OLD: Final = 1800.0
"""Seconds after which a momentary value that is no inverter's is stale (protocol.md §5.5)."""
SOON: Final = 300.0
"""Seconds after which one of the system's is stale at the earliest: what is dated each minute may miss some."""
REPEATED: Final = frozenset({"production_power", "net_power", "battery_power"})
"""Measured powers of which it is worth a finding that they are repeated: the others follow from them."""
STANDBY: Final = 15.0
"""W that count as no production."""
DAYLIGHT: Final = 0.1
"""The share of their highest power at which inverters leave no doubt that it is day."""
DUSK: Final = 0.03
"""The share of their highest power that inverters may still report before they fall asleep."""
LONGEST_NIGHT: Final = 20 * 3600.0
"""Seconds of silence that are a night and no failure."""
DEVICES: Final = 300.0
"""Seconds within which devices are read once."""


def observe(bench: Bench) -> None:
    """Learn from the inverters listed, and decide whether it is night; must come before anything that asks for it."""
    listed = [item for item in bench.raw.of(Subject.INVERTER) if not item.retired]
    if listed:
        for item in listed:
            bench.panels[item.id] = _learnt(bench.panels.get(item.id), _report(item), _number(item, "power"), bench.at)
    before = bench.fleet
    now = _fleet(listed, bench) if listed else before
    energy, anchor = _energy(listed, before, bench)
    bench.fleet = msgspec.structs.replace(now, energy=energy, anchor=anchor)
    bench.listed = bench.at if listed else bench.listed
    bench.night = _is_night(bench)


def _energy(listed: Sequence[Equipment], before: Fleet, bench: Bench) -> tuple[float, float | None]:
    """Return what all inverters have produced by now, and what that is more than the sum of what they tell."""
    told, seconds = sum(_told(item, bench) for item in listed), bench.at - bench.books.at
    if before.anchor is not None and len(listed) == before.count:
        grown, most = told + before.anchor - before.energy, PANEL_POWER * len(listed)
        lost = WRAP * max(0, math.ceil((-most - grown) / WRAP))
        if -most <= grown + lost <= most * max(1.0, seconds / 3600):
            return max(before.energy, before.energy + grown + lost), before.anchor + lost
    flowed = before.power * seconds / 3600 if 0 < seconds <= OLD and reports(bench) else 0.0
    energy = before.energy + flowed
    return energy, energy - told if listed else None


def _told(item: Equipment, bench: Bench) -> float:
    """Return what an inverter's counter, or else its reports, tell, and what it must have produced since, Wh."""
    panel = bench.panels[item.id]
    told = _number(item, "energy_lifetime") if "energy_lifetime" in item.values else panel.flow
    age = bench.age(panel.report)
    if 0 < age <= _patience(panel):
        told += _number(item, "power") * min(age, panel.cadence or CADENCE) / 3600
    return told


def _report(item: Equipment) -> float:
    reading = item.values.get("last_report")
    if reading is not None and not isinstance(reading.value, str):
        return float(reading.value)
    power = item.values.get("power")
    return 0.0 if power is None or "last_report" in item.absent else power.at


def _learnt(panel: Panel | None, report: float, power: float, at: float) -> Panel:
    if panel is None:
        return Panel(report, 0.0, at)
    interval = report - panel.report
    if interval == 0 and at - panel.seen < DEVICES / 2:
        return panel
    cadence, flow = panel.cadence, panel.flow
    if panel.report and 0 < interval <= LONGEST:
        # A missed report doubles an interval, nothing halves it: believe the short ones sooner.
        weight = 1.0 if not cadence else 0.5 if interval < cadence else 0.2
        cadence += weight * (interval - cadence)
    if interval > 0:
        # A report tells the mean power since the one before; after a silence only its own time is known.
        flow += power * (interval if interval <= LONGEST else cadence) / 3600
    return Panel(report, cadence, at, panel.silent, panel.energy, flow)


def _patience(panel: Panel) -> float:
    return PATIENCE * max(DEVICES, panel.cadence or CADENCE)


def _number(item: Equipment, key: str) -> float:
    reading = item.values.get(key)
    return 0.0 if reading is None or isinstance(reading.value, str) else float(reading.value)


def _fleet(listed: Iterable[Equipment], bench: Bench) -> Fleet:
    power = said = most = newest = slowest = 0.0
    count = reporting = 0
    for item in listed:
        panel = bench.panels[item.id]
        count += 1
        most += _number(item, "max_power")
        newest = max(newest, panel.report)
        slowest = max(slowest, panel.cadence)
        said += _number(item, "power")
        if bench.age(panel.report) <= _patience(panel):
            reporting += 1
            power += _number(item, "power")
    varied = bench.at if power != bench.books.fleet.power else bench.books.fleet.varied
    cadence = max(DEVICES, slowest or CADENCE)
    return Fleet(power, said, varied, most, count, reporting, newest, cadence)


def reports(bench: Bench) -> bool:
    """Return whether any inverter has reported lately."""
    return bench.age(bench.fleet.newest) <= PATIENCE * bench.fleet.cadence and bench.fleet.reporting > 0


def _is_night(bench: Bench) -> bool:
    if reports(bench):
        return False
    reading = bench.values.get("production_power")
    if reading is None or isinstance(reading.value, str):
        return bench.fleet.count > 0
    # What is held after dusk is a sum of last reports; what was cut off by day is far above, or has lasted too long.
    recent = bench.age(bench.fleet.newest) <= LONGEST_NIGHT or float(reading.value) <= STANDBY
    return recent and float(reading.value) <= max(STANDBY, bench.fleet.max_power * DUSK)


def broad_daylight(bench: Bench) -> bool:
    """Return whether the inverters that report leave no doubt that the others should."""
    fleet = bench.fleet
    if not reports(bench) or 2 * fleet.reporting < fleet.count:
        return False
    share = fleet.reporting / fleet.count
    return fleet.power >= max(20.0 * fleet.reporting, DAYLIGHT * fleet.max_power * share)


def judge(bench: Bench) -> None:
    """Mark what is too old to speak of now, in the system and in every equipment."""
    daylight = broad_daylight(bench)
    for item in bench.raw.equipment:
        if item.subject is Subject.SYSTEM:
            _judge_system(bench)
        elif item.subject is Subject.INVERTER and not item.retired:
            bench.equipment.append(_judge_inverter(item, bench, daylight))
        elif any(_is_old(reading, bench) for reading in item.values.values()):
            values = dict(item.values)
            _judge_values(values, bench)
            bench.equipment.append(_with(item, values))
        else:
            bench.equipment.append(item)


def judge_clocks(bench: Bench) -> None:
    """Report that the gateway's clock and ours differ, and date by ours what it dated by its own.

    Which of the two is wrong is not decided here: a machine without a battery is behind after a power cut, too.
    """
    skew = bench.ahead
    if not skew:
        return
    identity = bench.raw.gateway.serial
    minutes = round(abs(skew) / 60)
    code = "gateway_clock_ahead" if skew > 0 else "gateway_clock_behind"
    bench.notice(Finding(code, Subject.SYSTEM, identity, None, None, None, bench.at, {"minutes": minutes}))
    bench.equipment[:] = [_dated_by_us(item, bench, skew) for item in bench.equipment]


def _dated_by_us(item: Equipment, bench: Bench, skew: float) -> Equipment:
    reading = item.values.get("last_report")
    if reading is None or isinstance(reading.value, str):
        return item
    value, reason = min(round(reading.value - skew), round(bench.at)), Reason("clocks_differ")
    dated = msgspec.structs.replace(reading, value=value, quality=Quality.CORRECTED, raw=reading.value, reason=reason)
    return _with(item, {**item.values, "last_report": dated})


def learn_pulses(bench: Bench) -> dict[str, Pulse]:
    """Return how often each momentary value of the system is dated anew."""
    pulses = dict(bench.books.pulses)
    for key, reading in bench.said.items():
        if not _speaks_of_now(reading):
            continue
        pulse = pulses.get(key)
        if pulse is None or not 0 <= reading.at - pulse.at <= LONGEST:
            pulses[key] = Pulse(reading.at, 0.0 if pulse is None else pulse.interval)
        elif reading.at > pulse.at:
            interval = reading.at - pulse.at
            weight = 1.0 if not pulse.interval else 0.5 if interval < pulse.interval else 0.2
            pulses[key] = Pulse(reading.at, pulse.interval + weight * (interval - pulse.interval))
    return pulses


def _limit(key: str, bench: Bench) -> float:
    """Return the age from which a value of the system is old: three of its own intervals."""
    pulse = bench.books.pulses.get(key)
    if pulse is None or not pulse.interval:
        return OLD
    return max(SOON, PATIENCE * max(pulse.interval, bench.books.pace))


def _age(reading: Reading, bench: Bench) -> float:
    # Some values are dated by the gateway, some by us; while the two clocks differ, nobody knows which.
    return min(bench.machine_time - reading.at, bench.age(reading.at))


def _is_old(reading: Reading, bench: Bench, limit: float = OLD) -> bool:
    age = _age(reading, bench)
    if age <= limit:
        return False
    metric = reading.metric
    slow = limit == OLD and age <= 3 * metric.cadence
    return metric.kind is Kind.NOW and metric.quantity is not Quantity.TIME and not slow


def _judge_system(bench: Bench) -> None:
    """Mark what the gateway repeats: its date stands still, though it is asked and answers."""
    for key, reading in tuple(bench.values.items()):
        if _is_old(reading, bench, _limit(key, bench)) and not (bench.night and not reading.value):
            minutes = int(_age(reading, bench) // 60)
            bench.values[key] = stale(reading, Reason("value_old", {"minutes": minutes}), reading.at)
            if key in REPEATED:
                bench.system_finding("value_repeated", key, reading.at, {}, mended=False)


def _judge_values(values: dict[str, Reading], bench: Bench) -> None:
    for key, reading in tuple(values.items()):
        if _is_old(reading, bench):
            minutes = int(_age(reading, bench) // 60)
            values[key] = stale(reading, Reason("value_old", {"minutes": minutes}), reading.at)


def stale(reading: Reading, reason: Reason, since: float) -> Reading:
    """Return a value that is too old to speak of now."""
    said = reading.raw
    return Reading(reading.metric, reading.value, reading.at, reading.source, Quality.STALE, said, reason, since)


def _with(item: Equipment, values: dict[str, Reading]) -> Equipment:
    return Equipment(item.subject, item.id, values, item.absent, item.model, item.part_number, item.retired)


def _judge_inverter(item: Equipment, bench: Bench, daylight: bool) -> Equipment:
    panel = bench.panels[item.id]
    limit = _patience(panel)
    if bench.age(panel.report) <= limit:
        if panel.silent is not None:
            bench.panels[item.id] = msgspec.structs.replace(panel, silent=None)
        return item
    _watch_silent(item, panel, limit, bench, daylight)
    if bench.night:
        return _with(item, _asleep(item, panel, bench.at))
    reason = Reason("not_reporting")
    values = {
        key: stale(reading, reason, panel.report) if _speaks_of_now(reading) else reading
        for key, reading in item.values.items()
    }
    return _with(item, values)


def _speaks_of_now(reading: Reading) -> bool:
    metric = reading.metric
    return metric.kind is Kind.NOW and metric.quantity is not Quantity.TIME and metric.key != "communicating"


def _asleep(item: Equipment, panel: Panel, at: float) -> dict[str, Reading]:
    """Zero production is right at night, whatever the last report was; other momentary values are of the evening."""
    reason = Reason("night")
    values = dict(item.values)
    for key, reading in item.values.items():
        if not _speaks_of_now(reading):
            continue
        if key not in {"power", "producing"}:
            values[key] = stale(reading, reason, panel.report)
        elif reading.value:
            rest = 0.0 if key == "power" else False
            values[key] = Reading(
                reading.metric, rest, at, reading.source, Quality.DERIVED, reading.value, reason, panel.report
            )
    return values


def _watch_silent(item: Equipment, panel: Panel, limit: float, bench: Bench, daylight: bool) -> None:
    """Report an inverter that stays silent while its peers produce; after an outage each is given time to report."""
    known = panel.silent is not None and bench.reported("inverter_silent", Subject.INVERTER, item.id, "power")
    silent = panel.silent
    if not known:
        silent = (bench.at if silent is None else silent) if daylight else None
    if silent != panel.silent:
        bench.panels[item.id] = msgspec.structs.replace(panel, silent=silent)
    if silent is not None and (known or bench.at - silent >= limit):
        power = item.value("power")
        since = panel.report or silent
        bench.notice(Finding("inverter_silent", Subject.INVERTER, item.id, "power", power, None, since))
