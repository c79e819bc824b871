"""`/ivp/meters` and its readings (protocol.md §3.4): the current transformers, matched by eid, never by position."""

from collections.abc import Iterator
from typing import Any, Final

from heliograph.model import Facts, MeterFact, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.endpoints.production import METER_NET, METER_PRODUCTION
from heliograph.protocol.fields import (
    Row,
    Statement,
    above_zero,
    check_rows,
    count,
    epoch,
    factor,
    items,
    number,
    read_rows,
    row,
    text,
    texts,
)

METERS: Final = "/ivp/meters"
READINGS: Final = "/ivp/meters/readings"

METER_STORAGE: Final = "meter.storage"
COUNTERS: Final = "meter.net.counters"
CONFIGURED: Final = "meters"
MEASURED: Final = "readings"

_NOISE: Final = 10
"""Volts that a phase without a wire may show (protocol.md §3.4.2)."""

_wh = factor(1, 3)

_METER_ROWS: Final = check_rows(
    Subject.METER,
    (
        row("power", "activePower"),
        row("apparent_power", "apparentPower"),
        row("reactive_power", "reactivePower"),
        row("power_factor", "pwrFactor"),
        row("voltage", "voltage"),
        row("current", "current"),
        row("frequency", "freq", convert=above_zero(number)),
        row("energy_delivered", "actEnergyDlvd", convert=_wh),
        row("energy_received", "actEnergyRcvd", convert=_wh),
    ),
)

_SYSTEM_ROWS: Final[dict[str, tuple[str, tuple[Row, ...]]]] = {
    "production": (
        METER_PRODUCTION,
        (row("production_power", "activePower"), row("production_lifetime", "actEnergyDlvd", convert=_wh)),
    ),
    "net-consumption": (
        METER_NET,
        (
            row("net_power", "activePower"),
            row("import_lifetime", "actEnergyDlvd", convert=_wh),
            row("export_lifetime", "actEnergyRcvd", convert=_wh),
        ),
    ),
    "storage": (
        METER_STORAGE,
        (
            row("battery_power", "activePower"),
            row("discharged_lifetime", "actEnergyDlvd", convert=_wh),
            row("charged_lifetime", "actEnergyRcvd", convert=_wh),
        ),
    ),
}

_PHASE_ROWS: Final[dict[str, tuple[Row, ...]]] = {
    "production": (row("production_power", "activePower"), row("voltage", "voltage")),
    "net-consumption": (row("net_power", "activePower"), row("voltage", "voltage"), row("current", "current")),
    "total-consumption": (row("consumption_power", "activePower"), row("voltage", "voltage")),
}


def meter_facts(answer: Answer | None) -> tuple[MeterFact, ...] | None:
    """Read how the transformers are configured; None where the gateway does not say."""
    if answer is None or not answer.served or not isinstance(answer.document, list):
        return None
    return tuple(
        MeterFact(
            eid=eid,
            measurement=measurement,
            enabled=node.get("state") == "enabled",
            # The wiring style is no count: a site with one transformer calls itself `three` (§3.4.1).
            phase_count=min(max(count(node.get("phaseCount")) or 1, 1), 3),
            phase_mode=text(node.get("phaseMode")),
            status=text(node.get("meteringStatus")),
            flags=texts(node.get("statusFlags")),
        )
        for node in items(answer.document)
        if (eid := count(node.get("eid"))) and (measurement := text(node.get("measurementType")))
    )


def meters(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Yield which transformers are configured and what the gateway thinks of their wiring."""
    for meter in meter_facts(answer) or ():
        state = "enabled" if meter.enabled else "disabled"
        yield Statement(Subject.METER, meter.measurement, "state", state, answer.at, CONFIGURED)
        if meter.enabled and meter.status:
            yield Statement(Subject.METER, meter.measurement, "metering_status", meter.status, answer.at, CONFIGURED)


def readings(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read every enabled transformer: itself, its phases, and the system values it stands for."""
    by_eid = {eid: node for node in items(answer.document) if (eid := count(node.get("eid"))) is not None}
    for meter in facts.meters or ():
        node = by_eid.get(meter.eid)
        if node is None or not meter.enabled:
            continue
        at = epoch(node.get("timestamp")) or answer.at
        yield from _meter(node, meter, at)
        yield from _system(node, meter, facts.serial, at)


def _meter(node: dict[str, Any], meter: MeterFact, at: float) -> Iterator[Statement]:
    channels = list(items(node.get("channels")))[: meter.phase_count]
    for statement in read_rows(_METER_ROWS, node, Subject.METER, meter.measurement, at=at, source=MEASURED):
        if statement.key == "voltage" and meter.phase_count > 1:
            yield statement.saying(_voltage(float(statement.value), channels, meter))
        else:
            yield statement
    for index, channel in enumerate(channels):
        line = f"L{index + 1}"
        if meter.phase_count > 1:
            identifier = f"{meter.measurement}.{line}"
            yield from read_rows(_METER_ROWS, channel, Subject.METER, identifier, at=at, source=MEASURED)
        rows = _PHASE_ROWS.get(meter.measurement, ())
        yield from read_rows(rows, channel, Subject.PHASE, line, at=at, source=f"{MEASURED}.{meter.measurement}")


def _voltage(added_up: float, channels: list[dict[str, Any]], meter: MeterFact) -> float:
    """Return the mean of the phases that are connected; the gateway adds all of them up (Q10)."""
    voltages = [v for channel in channels if (v := number(channel.get("voltage"))) is not None and v > _NOISE]
    return round(sum(voltages) / len(voltages) if voltages else added_up / meter.phase_count, 3)


def _system(node: dict[str, Any], meter: MeterFact, serial: str, at: float) -> Iterator[Statement]:
    source, rows = _SYSTEM_ROWS.get(meter.measurement, ("", ()))
    yield from read_rows(rows, node, Subject.SYSTEM, serial, at=at, source=source)
    imported, exported = number(node.get("actEnergyDlvd")), number(node.get("actEnergyRcvd"))
    if source == METER_NET and imported is not None and exported is not None:
        net = round(imported - exported, 3)
        yield Statement(Subject.SYSTEM, serial, "net_lifetime", net, at, COUNTERS)
