"""`/production.json` and its kin (protocol.md §3.1): the sums of meters, inverters, AC Batteries."""

from collections.abc import Iterator
from typing import Any, Final, cast

from heliograph.model import Facts, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.fields import (
    Row,
    Statement,
    check_rows,
    count,
    epoch,
    factor,
    items,
    milli,
    percent,
    read_rows,
    row,
    state,
    walk,
)

DETAILS: Final = "/production.json?details=1"
V1: Final = "/api/v1/production"
ENERGY: Final = "/ivp/pdm/energy"
LIVEDATA: Final = "/ivp/livedata/status"

METER_PRODUCTION: Final = "meter.production"
METER_CONSUMPTION: Final = "meter.consumption"
METER_NET: Final = "meter.net"
INVERTERS: Final = "inverters"
ACB: Final = "acb"
SUMMARY: Final = "summary"

_wh = factor(1, 3)


def _accounts(name: str, *, seven_days: bool = True) -> tuple[Row, ...]:
    rows = (
        row(f"{name}_power", "wNow"),
        row(f"{name}_today", "whToday", convert=_wh),
        row(f"{name}_7_days", "whLastSevenDays", convert=_wh),
        row(f"{name}_lifetime", "whLifetime", convert=_wh),
    )
    return tuple(check_rows(Subject.SYSTEM, rows if seven_days else (rows[0], rows[1], rows[3])))


# Which element is which: by type and measurement, never by position. Without a measurement it is the only one (4.2).
ELEMENTS: Final[tuple[tuple[str, tuple[str, dict[str, Any]], tuple[Row, ...]], ...]] = (
    (
        METER_PRODUCTION,
        ("production", {"type": "eim", "measurementType": ("production", None)}),
        _accounts("production"),
    ),
    (
        METER_CONSUMPTION,
        ("consumption", {"type": "eim", "measurementType": "total-consumption"}),
        # The seven days of the total are worthless on every firmware (Q3).
        _accounts("consumption", seven_days=False),
    ),
    (
        METER_NET,
        ("consumption", {"type": "eim", "measurementType": "net-consumption"}),
        # Today and the seven days of the net are always 0 (Q3, Q4).
        (row("net_power", "wNow"), row("net_lifetime", "whLifetime", convert=_wh)),
    ),
    (
        INVERTERS,
        ("production", {"type": "inverters"}),
        (
            row("inverter_count", "activeCount", convert=count),
            row("production_power", "wNow"),
            row("production_lifetime", "whLifetime", convert=_wh),
        ),
    ),
    (
        ACB,
        ("storage", {"type": "acb"}),
        (
            row("battery_count", "activeCount", convert=count),
            row("battery_power", "wNow"),
            row("battery_level", "percentFull", convert=percent),
            row(
                "battery_state",
                "state",
                convert=state(charging="charging", discharging="discharging", idle="idle", full="idle"),
            ),
        ),
    ),
)
"""(source, path to the element, rows), in the order of the answer's own arrays."""

_PHASE_ROWS: Final = {
    METER_PRODUCTION: check_rows(Subject.PHASE, (row("production_power", "wNow"),)),
    METER_CONSUMPTION: check_rows(Subject.PHASE, (row("consumption_power", "wNow"),)),
    METER_NET: check_rows(
        Subject.PHASE, (row("net_power", "wNow"), row("voltage", "rmsVoltage"), row("current", "rmsCurrent"))
    ),
}


_ELEMENTS: Final = "elements"


def element(answer: Answer | None, source: str) -> dict[str, Any]:
    """Return the element of a source in `/production.json`; empty where it is missing."""
    if answer is None:
        return {}
    elements = answer.cache.get(_ELEMENTS)
    if elements is None:
        nodes = {name: walk(answer.document, path) for name, path, _ in ELEMENTS}
        elements = answer.cache[_ELEMENTS] = {name: node for name, node in nodes.items() if isinstance(node, dict)}
    return cast("dict[str, Any]", elements.get(source, {}))


def production(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read `/production.json`: the system's accounts, and the phases where `details=1` was asked."""
    for source, _, rows in ELEMENTS:
        node = element(answer, source)
        at = epoch(node.get("readingTime")) or answer.at
        # The noughts of batteries that are not there say nothing.
        telling = rows[:1] if source == ACB and not node.get("activeCount") else rows
        yield from read_rows(telling, node, Subject.SYSTEM, facts.serial, at=at, source=source)
        for index, line in enumerate(items(node.get("lines"))):
            phase_rows = _PHASE_ROWS.get(source, ())
            yield from read_rows(phase_rows, line, Subject.PHASE, f"L{index + 1}", at=at, source=source)


_SUMMARY_ROWS: Final = check_rows(
    Subject.SYSTEM,
    (
        row("production_power", "wattsNow"),
        row("production_today", "wattHoursToday"),
        row("production_7_days", "wattHoursSevenDays"),
        row("production_lifetime", "wattHoursLifetime"),
    ),
)


def summary(answer: Answer, facts: Facts) -> list[Statement]:
    """Read `/api/v1/production`: the production meter where there is one, else the sum of the inverters."""
    return read_rows(_SUMMARY_ROWS, answer.document, Subject.SYSTEM, facts.serial, at=answer.at, source=SUMMARY)


def energy(answer: Answer, facts: Facts) -> list[Statement]:
    """Read `/ivp/pdm/energy`: only the inverters' own sums, which have no better place without `device_data`."""
    node = walk(answer.document, ("production", "pcu"))
    return read_rows(_SUMMARY_ROWS, node, Subject.SYSTEM, facts.serial, at=answer.at, source="energy.inverters")


_LIVE_ROWS: Final = check_rows(
    Subject.SYSTEM,
    (
        row("production_power", "pv", "agg_p_mw", convert=milli),
        row("consumption_power", "load", "agg_p_mw", convert=milli),
        row("net_power", "grid", "agg_p_mw", convert=milli),
        row("battery_power", "storage", "agg_p_mw", convert=milli),
        row("battery_level", "soc", convert=percent),
    ),
)
_LIVE_FOR = 300


def livedata(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read `/ivp/livedata/status`; its meters are frozen unless its stream is on, so an old update says nothing."""
    meters = walk(answer.document, ("meters",))
    at = epoch(walk(meters, ("last_update",)))
    if at is not None and abs(answer.at - at) <= _LIVE_FOR:
        yield from read_rows(_LIVE_ROWS, meters, Subject.SYSTEM, facts.serial, at=at, source="livedata")
