"""`/production.json` and its family, `/api/v1/production`, `/ivp/pdm/energy` (protocol.md §3.1)."""

from collections.abc import Callable
from typing import Any

from heliograph.emulator.documents.measures import (
    EMPTY,
    NOTHING,
    Registers,
    Sample,
    junk,
    power_factor,
    registers,
    samples,
    sum_registers,
    sum_samples,
)
from heliograph.emulator.documents.view import View
from heliograph.emulator.site.books import Books
from heliograph.emulator.site.plan import METER_NUMBERS, Measurement, Storage

_PRODUCTION, _NET, _TOTAL = Measurement.PRODUCTION, Measurement.NET, Measurement.TOTAL

KEYS = (
    "wNow",
    "whLifetime",
    "varhLeadLifetime",
    "varhLagLifetime",
    "vahLifetime",
    "rmsCurrent",
    "rmsVoltage",
    "reactPwr",
    "apprntPwr",
    "pwrFactor",
    "whToday",
    "whLastSevenDays",
    "vahToday",
    "varhLeadToday",
    "varhLagToday",
)
"""The values of an entry and of each of its lines, in their order."""
_SINCE = ("whToday", "whLastSevenDays", "vahToday", "varhLeadToday", "varhLagToday")


def _lifetimes(view: View, measurement: Measurement, books: Books) -> list[Registers]:
    """Return the lifetimes as production.json means them: what counts as one number is in `delivered`."""
    made = registers(_PRODUCTION, books)
    if measurement is _PRODUCTION:
        return made
    net = _net_lifetimes(view, books)
    if measurement is _NET:
        return [
            Registers(
                n.delivered if view.dialect.net_is_import else n.delivered - n.received,
                0,
                n.lead,
                n.lagging,
                n.apparent,
            )
            for n in net
        ]
    return [
        Registers(
            m.delivered - m.received + n.delivered - n.received, 0, n.lead - m.lead, n.lagging - m.lagging, n.apparent
        )
        for m, n in zip(made, net, strict=True)
    ]


def _net_lifetimes(view: View, books: Books) -> list[Registers]:
    """Return the net counters, which a board with a total CT has to work out."""
    if not view.measures(_TOTAL):
        return registers(_NET, books)
    return [
        Registers(t.delivered - m.delivered, -m.received, t.lead, t.lagging, t.apparent)
        for m, t in zip(registers(_PRODUCTION, books), registers(_TOTAL, books), strict=True)
    ]


def _powers(view: View, measurement: Measurement) -> list[Sample]:
    """Return the powers as production.json means them: total is production and net, so batteries are in it."""
    made = samples(view, _PRODUCTION)
    if measurement is _PRODUCTION:
        return made
    if view.measures(_TOTAL):
        total = samples(view, _TOTAL)
        net = [_plus(t, p, -1) for t, p in zip(total, made, strict=True)]
    else:
        net = [_signed(view, sample) for sample in samples(view, _NET)]
        total = [_plus(n, p, 1) for n, p in zip(net, made, strict=True)]
    return net if measurement is _NET else total


def _signed(view: View, sample: Sample) -> Sample:
    if sample.power >= 0 or not view.dialect.signed_current:
        return sample
    return Sample(sample.power, sample.reactive, -sample.apparent, sample.voltage, -sample.current)


def _plus(one: Sample, other: Sample, sign: int) -> Sample:
    current = one.current + sign * other.current
    return Sample(
        one.power + sign * other.power,
        one.reactive + sign * other.reactive,
        current * one.voltage // 1000,
        one.voltage,
        current,
    )


def values(sample: Sample, life: Registers, today: Registers, week: Registers, *, since: bool = True) -> dict[str, Any]:
    """Print the fifteen values of an entry or line; `today` and `week` are baselines."""
    numbers = (
        sample.power / 1000,
        life.delivered / 1000,
        life.lead / 1000,
        life.lagging / 1000,
        life.apparent / 1000,
        sample.current / 1000,
        sample.voltage / 1000,
        sample.reactive / 1000,
        sample.apparent / 1000,
        power_factor(sample, 2),
        *(
            (
                (life.delivered - today.delivered) / 1000,
                (life.delivered - week.delivered) / 1000,
                (life.apparent - today.apparent) / 1000,
                max(0.0, (life.lead - today.lead) / 1000),
                max(0.0, (life.lagging - today.lagging) / 1000),
            )
            if since
            else (0, 0, 0, 0, 0)
        ),
    )
    return dict(zip(KEYS, numbers, strict=True))


def whole(each: Registers) -> Registers:
    """Return a baseline as the gateway keeps it: whole Wh."""
    return Registers(
        *(value // 1000 * 1000 for value in (each.delivered, each.received, each.lead, each.lagging, each.apparent))
    )


def entry(view: View, measurement: Measurement, *, details: bool) -> dict[str, Any]:
    """Return one `eim` entry."""
    enabled = view.has_production_meter if measurement is _PRODUCTION else view.has_consumption_meter
    if enabled:
        powers = _powers(view, measurement)
        life = _lifetimes(view, measurement, view.books)
        today = [whole(each) for each in _lifetimes(view, measurement, view.midnight)]
        week = [whole(each) for each in _lifetimes(view, measurement, view.week_ago)]
    else:
        powers, life, today, week = _disabled(view, measurement)
    since = measurement is not _NET
    document: dict[str, Any] = {
        "type": "eim",
        "activeCount": int(enabled),
        "measurementType": measurement.value,
        "readingTime": view.now,
        **values(sum_samples(powers), sum_registers(life), sum_registers(today), sum_registers(week), since=since),
    }
    if details:
        document["lines"] = [values(*each, since=since) for each in zip(powers, life, today, week, strict=True)]
    return document


def _disabled(
    view: View, measurement: Measurement
) -> tuple[list[Sample], list[Registers], list[Registers], list[Registers]]:
    """Return what an entry shows whose CT is off: noise, over what production there is."""
    noise, stale = junk(view, 0x2A000000 | METER_NUMBERS[measurement] << 8)
    count = len(noise)
    if measurement is _TOTAL and view.has_production_meter:
        made = zip(stale, registers(_PRODUCTION, view.books), strict=True)
        noise, stale = samples(view, _PRODUCTION), [sum_registers([old, new]) for old, new in made]
    return noise, stale, [EMPTY] * count, [EMPTY] * count


def inverters_entry(view: View) -> dict[str, Any]:
    """Return the entry that sums the inverters: no time and no power by night."""
    talking = [each for each in view.active if each.communicating]
    return {
        "type": "inverters",
        "activeCount": len(view.active),
        "readingTime": max((each.time for each in talking), default=0) if view.daylight else 0,
        "wNow": view.watts if view.daylight else 0,
        "whLifetime": view.joules // 3600 if view.dialect.whole_inverter_lifetime else view.joules / 3600,
    }


def storage_entry(view: View) -> dict[str, Any]:
    """Return the entry of the AC Batteries; the other kind is not in it."""
    kept = view.plan.kept(Storage.ACB)
    power = sum(view.power(battery) for battery in kept)
    document: dict[str, Any] = {
        "type": "acb",
        "activeCount": len(kept),
        "readingTime": view.now - view.now % 300 if kept else 0,
        "wNow": round(power / 1000),
        "whNow": int(view.stored(Storage.ACB)),
        "state": charge_state(view, power, len(kept)),
    }
    if kept:
        document["percentFull"] = round(100 * view.stored(Storage.ACB) / sum(each.model.capacity for each in kept))
    return document


def charge_state(view: View, power: int, count: int) -> str:
    """Return in one word what batteries do that give so many mW."""
    if abs(power) <= 10_000 * count:
        return "full" if count and view.moment.charge > 0.99 else "idle"
    return "discharging" if power > 0 else "charging"


def production(view: View, *, details: bool = False) -> dict[str, Any]:
    """Write production.json."""
    dialect = view.dialect
    details = details and dialect.lines
    document: dict[str, Any] = {"production": [inverters_entry(view)]}
    if view.plan.meters:
        document["production"].append(_known(entry(view, _PRODUCTION, details=details), dialect.production_keys))
        if dialect.consumption_keys is None:
            document["consumption"] = [entry(view, each, details=details) for each in (_TOTAL, _NET)]
        else:
            only = entry(view, _NET, details=False)
            if not only["activeCount"]:
                only |= dict.fromkeys(KEYS, 0)
            document["consumption"] = [_known(only, dialect.consumption_keys)]
    if dialect.says_storage:
        document["storage"] = [storage_entry(view)]
    return document


def _known(document: dict[str, Any], keys: tuple[str, ...] | None) -> dict[str, Any]:
    return document if keys is None else {key: document[key] for key in keys}


def production_details(view: View) -> dict[str, Any]:
    """Write production.json with the phases."""
    return production(view, details=True)


def _summary(today: int, week: int, life: int, now: int) -> dict[str, int]:
    return {"wattHoursToday": today, "wattHoursSevenDays": week, "wattHoursLifetime": life, "wattsNow": now}


def inverters_summary(view: View) -> dict[str, int]:
    """Sum what the inverters reported."""
    reports = view.active
    return _summary(
        sum(each.today for each in reports),
        sum(each.week for each in reports),
        view.joules // 3600,
        view.watts if view.daylight else 0,
    )


def meter_summary(view: View, energy: Callable[[Books], int]) -> dict[str, int]:
    """Sum a meter as of the last quarter of an hour, with the mean power of that quarter."""
    before, after = view.quarters
    life = energy(after)
    midnight, week = energy(view.midnight) // 1000 * 1000, energy(view.week_ago) // 1000 * 1000
    return _summary(
        (life - min(life, midnight)) // 1000, (life - week) // 1000, life // 1000, (life - energy(before)) * 4 // 1000
    )


def produced(books: Books) -> int:
    """Return what was delivered, mWh."""
    return sum(books.delivered)


def consumed(books: Books) -> int:
    """Return total consumption as this gateway counts it, mWh: batteries that charge are in it."""
    return sum(books.delivered) - sum(books.received) + sum(books.imported) - sum(books.exported)


def eim_summary(view: View) -> dict[str, int]:
    """Sum the production CT; the power is negative by night."""
    summary = meter_summary(view, produced)
    before, after = view.quarters
    if summary["wattsNow"] == 0:
        summary["wattsNow"] = -((sum(after.received) - sum(before.received)) * 4 // 1000)
    return summary


def v1_production(view: View) -> dict[str, int]:
    """Write /api/v1/production: the CT where there is one, else the inverters, nothing where CTs are off."""
    if view.has_production_meter:
        return eim_summary(view)
    if view.plan.meters:
        return _summary(*view.dialect.v1_without_meters)
    return inverters_summary(view)


def v1_consumption(_view: View) -> dict[str, int]:
    """Write /api/v1/consumption, which never knew anything."""
    return _summary(0, 0, 0, 0)


def pdm_energy(view: View) -> dict[str, Any]:
    """Write /ivp/pdm/energy."""
    nothing = _summary(0, 0, 0, 0)
    return {
        "production": {
            "pcu": inverters_summary(view),
            "rgm": nothing,
            "eim": eim_summary(view) if view.has_production_meter else nothing,
        },
        "consumption": {"eim": meter_summary(view, consumed) if view.has_consumption_meter else nothing},
    }


PAD = values(NOTHING, EMPTY, EMPTY, EMPTY)
"""The line that newer firmware adds for a phase that is not there."""
