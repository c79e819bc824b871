"""Counters of single devices: every inverter's and every meter's own."""

from typing import Final

import msgspec

from heliograph.ledger.bench import PANEL_POWER, Bench
from heliograph.ledger.books import Counter
from heliograph.ledger.counters import Bounds, count, proven
from heliograph.ledger.trust import in_order, report, trusted
from heliograph.model import Equipment, Reading, Reason, Subject

METER_KEYS: Final = ("energy_delivered", "energy_received")
AGAIN: Final = 250.0
"""Seconds within which an unchanged value is the one that was read before, not a new one."""


def count_devices(bench: Bench) -> None:
    """Put the trusted counter in the place of the gateway's, in every inverter and meter."""
    panel = Bounds(2 * PANEL_POWER, gap=bench.gap)
    meter = Bounds(bench.site_limit, gap=bench.gap)
    for index, item in enumerate(bench.equipment):
        if item.subject is Subject.INVERTER:
            mended = _count_inverter(bench, item, panel)
        elif item.subject is Subject.METER:
            mended = _count_meter(bench, item, meter)
        else:
            continue
        if mended is not item:
            bench.equipment[index] = mended


def own_counters(bench: Bench) -> bool:
    """Return whether every inverter that is listed has a counter of its own, all of them read."""
    panels = [panel for panel in bench.panels.values() if panel.seen >= bench.listed]
    return bool(panels) and all(panel.energy is not None for panel in panels)


def _count_inverter(bench: Bench, item: Equipment, bounds: Bounds) -> Equipment:
    said = item.values.get("energy_lifetime")
    panel = bench.panels.get(item.id)
    if said is None or panel is None or isinstance(said.value, str):
        return item
    known = panel.energy
    if known is not None and known.raw == said.value and in_order(known) and bench.at - known.at < AGAIN:
        return item
    counter = count(known, said.value, said.source, bench.at, bounds)
    bench.panels[item.id] = msgspec.structs.replace(panel, energy=counter)
    return _mended(bench, item, said, counter)


def _count_meter(bench: Bench, item: Equipment, bounds: Bounds) -> Equipment:
    for key in METER_KEYS:
        said = item.values.get(key)
        if said is None or isinstance(said.value, str):
            continue
        name = f"meter/{item.id}/{key}"
        counter = bench.counters[name] = count(bench.counters.get(name), said.value, said.source, bench.at, bounds)
        item = _mended(bench, item, said, counter)
    return item


def _mended(bench: Bench, item: Equipment, said: Reading, counter: Counter) -> Equipment:
    if in_order(counter) and counter.given == said.value:
        return item
    values, absent = dict(item.values), item.absent
    key = said.metric.key
    if proven(counter):
        values[key] = trusted(said, counter)
        report(bench, item.subject, item.id, values[key], counter)
    else:
        del values[key]
        absent = {**absent, key: Reason("unproven_zero")}
    return Equipment(item.subject, item.id, values, absent, item.model, item.part_number, item.retired)
