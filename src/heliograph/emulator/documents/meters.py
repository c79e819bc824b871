"""`/ivp/meters` and what hangs under it (protocol.md §3.4)."""

from dataclasses import astuple
from typing import Any

from heliograph.emulator.documents.measures import (
    EMPTY,
    NOTHING,
    Registers,
    Sample,
    channel_eid,
    junk,
    power_factor,
    registers,
    samples,
    stray,
    sum_registers,
    sum_samples,
)
from heliograph.emulator.documents.production import entry
from heliograph.emulator.documents.view import View
from heliograph.emulator.site.plan import Measurement, Meter

_CHANNELS = 3
_SPARE = 0x3D000200
"""The reading that belongs to no meter."""
_SPARE_CHANNELS = (2097152513, 2097152258, 2097152515)
_PHASES = ("L1", "L2", "L3")
_NOISY = {Measurement.PRODUCTION, Measurement.NET, Measurement.TOTAL, Measurement.LOAD, Measurement.EVSE}
"""The inputs that show something even when they are disabled; the others have never been read."""


def meters(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters."""
    wiring = view.plan.wiring
    rows = [
        {
            "eid": meter.eid,
            "state": "enabled" if meter.enabled else "disabled",
            "measurementType": meter.measurement.value,
            "phaseMode": wiring.mode,
            "phaseCount": wiring.phases,
            "meteringStatus": meter.status,
        }
        for meter in view.plan.meters
    ]
    return [row | {"statusFlags": []} for row in rows] if view.dialect.says_status_flags else rows


def readings(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters/readings: three channels each, whatever is connected."""
    rows = [_reading(view, meter) for meter in view.plan.meters if meter.enabled or view.dialect.reads_disabled]
    if view.dialect.spare_reading and view.plan.meters:
        time = view.now - view.now % 60
        empty = _values(_SPARE, time, NOTHING, EMPTY, 0.0)
        channels = [_values(eid, time, NOTHING, EMPTY, 0.0) for eid in _SPARE_CHANNELS]
        rows.append(empty | {"channels": channels})
    return rows


def _reading(view: View, meter: Meter) -> dict[str, Any]:
    phases = view.plan.wiring.phases
    used = meter.enabled
    time = view.now if used or meter.measurement in _NOISY else 0
    if used:
        powers, counters = samples(view, meter.measurement), registers(meter.measurement, view.books)
    elif time:
        powers, counters = junk(view, meter.eid)
    else:
        powers, counters = [NOTHING] * phases, [EMPTY] * phases
    frequency = view.moment.frequency if time else 0.0
    rest = [stray(view, meter.eid, phase) if time else (NOTHING, EMPTY) for phase in range(phases, _CHANNELS)]
    pairs = [*zip(powers, counters, strict=True), *rest]
    total = _values(meter.eid, time, sum_samples(powers), sum_registers(counters), frequency)
    channels = [
        _values(channel_eid(meter.eid, phase), time, sample, counter, frequency)
        for phase, (sample, counter) in enumerate(pairs)
    ]
    return total | {"channels": channels}


def _values(eid: int, time: int, sample: Sample, counter: Registers, frequency: float) -> dict[str, Any]:
    # An open input shows a zero that has kept its sign.
    power = sample.power / 1000 or (-0.0 if sample.voltage else 0.0)
    delivered, received, lead, lagging, apparent = (value / 1000 for value in astuple(counter))
    return {
        "eid": eid,
        "timestamp": time,
        "actEnergyDlvd": delivered,
        "actEnergyRcvd": received,
        "apparentEnergy": apparent,
        "reactEnergyLagg": lagging,
        "reactEnergyLead": lead,
        "instantaneousDemand": power,
        "activePower": power,
        "apparentPower": sample.apparent / 1000,
        "reactivePower": sample.reactive / 1000,
        "pwrFactor": power_factor(sample, 3),
        "voltage": sample.voltage / 1000,
        "current": sample.current / 1000,
        "freq": frequency,
    }


def reports(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters/reports: the entries of production.json in other words."""
    kinds = (Measurement.PRODUCTION, Measurement.NET, Measurement.TOTAL)
    return [_report(view, kind) for kind in kinds] if view.plan.meters else []


def report_of_production(view: View) -> dict[str, Any]:
    """Write /ivp/meters/reports/production: one object."""
    return _report(view, Measurement.PRODUCTION)


def report_of_consumption(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters/reports/consumption: total first."""
    return [_report(view, Measurement.TOTAL), _report(view, Measurement.NET)]


def _report(view: View, measurement: Measurement) -> dict[str, Any]:
    document = entry(view, measurement, details=True)
    received = [0.0] * view.plan.wiring.phases
    if measurement is Measurement.PRODUCTION and view.has_production_meter:
        received = [each.received / 1000 for each in registers(measurement, view.books)]
    lines = [_cumulative(view, line, taken) for line, taken in zip(document["lines"], received, strict=True)]
    return {
        "createdAt": view.now,
        "reportType": measurement.value,
        "cumulative": _cumulative(view, document, round(sum(received), 3)),
        "lines": lines,
    }


def _cumulative(view: View, line: dict[str, Any], received: float) -> dict[str, Any]:
    power = line["wNow"]
    return {
        "currW": power,
        "actPower": power,
        "apprntPwr": line["apprntPwr"],
        "reactPwr": line["reactPwr"],
        "whDlvdCum": line["whLifetime"],
        "whRcvdCum": received,
        "varhLagCum": line["varhLagLifetime"],
        "varhLeadCum": line["varhLeadLifetime"],
        "vahCum": line["vahLifetime"],
        "rmsVoltage": line["rmsVoltage"],
        "rmsCurrent": line["rmsCurrent"],
        "pwrFactor": line["pwrFactor"],
        "freqHz": round(view.moment.frequency, 2),
    }


def grid_reading(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters/gridReading."""
    return _phases(view, Measurement.NET, reactive=True)


def pv_reading(view: View) -> list[dict[str, Any]]:
    """Write /ivp/meters/pvReading."""
    return _phases(view, Measurement.PRODUCTION, reactive=False)


def _phases(view: View, measurement: Measurement, *, reactive: bool) -> list[dict[str, Any]]:
    meter = view.plan.meter(measurement) or Meter(measurement)
    powers = samples(view, measurement)
    powers += [stray(view, meter.eid, phase)[0] for phase in range(len(powers), _CHANNELS)]
    return [{"channels": [_phase(view, *pair, reactive=reactive) for pair in zip(_PHASES, powers, strict=True)]}]


def _phase(view: View, name: str, sample: Sample, *, reactive: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"phase": name, "activePower": sample.power / 1000}
    if reactive:
        row["reactivePower"] = sample.reactive / 1000
    return row | {"voltage": sample.voltage / 1000, "current": sample.current / 1000, "freq": view.moment.frequency}


def transformers(view: View) -> dict[str, Any]:
    """Write /ivp/meters/cts."""
    ratio = {"attachType": "split-core", "primaryAmps": 200, "secondaryAmps": 0.1, "resistorOhms": 1.0, "turns": 2000}
    return {str(meter.eid): dict(ratio) for meter in view.plan.meters}
