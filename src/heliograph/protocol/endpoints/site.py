"""Slow facts of the site: `/home`, storage settings, limits (protocol.md §3.3, §3.6, §3.7)."""

from collections.abc import Iterator
from typing import Final
from zoneinfo import available_timezones

from heliograph.model import Facts, Subject
from heliograph.protocol.answer import Answer
from heliograph.protocol.fields import (
    Statement,
    check_rows,
    count,
    epoch,
    flag,
    number,
    percent,
    read_rows,
    row,
    text,
    walk,
)

HOME: Final = "/home.json"
TARIFF: Final = "/admin/lib/tariff"
EXPORT_LIMIT: Final = "/ivp/ss/pel_settings"
PRODUCTION_LIMIT: Final = "/ivp/sc/pvlimit"

_HOME_ROWS: Final = check_rows(
    Subject.NETWORK,
    (
        row("cloud_connected", "network", "web_comm", convert=flag),
        row("last_cloud_report", "network", "last_enlighten_report_time", convert=epoch),
        row("interface", "network", "primary_interface", convert=text),
        row("communicating_inverters", "comm", "pcu", "num", convert=count),
    ),
)


def home(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read how the gateway hangs on the network and on Enphase."""
    yield from read_rows(_HOME_ROWS, answer.document, Subject.NETWORK, facts.serial, at=answer.at, source="home")
    primary = walk(answer.document, ("network", "primary_interface"))
    node = walk(answer.document, ("network", "interfaces", {"interface": primary}))
    strength, most = number(walk(node, ("signal_strength",))), number(walk(node, ("signal_strength_max",)))
    if strength is not None and most and 0 <= strength <= most:
        level = round(100 * strength / most)
        yield Statement(Subject.NETWORK, facts.serial, "signal_strength", level, answer.at, "home")


def timezone(answer: Answer | None) -> str | None:
    """Return the gateway's time zone; None where it is not told, or no zone that we know."""
    name = text(walk(answer.document if answer else None, ("timezone",)))
    return name if name in available_timezones() else None


_TARIFF_ROWS: Final = check_rows(
    Subject.STORAGE,
    (
        row("mode", "tariff", "storage_settings", "mode", convert=text),
        row("reserve_level", "tariff", "storage_settings", "reserved_soc", convert=percent),
        row("charge_from_grid", "tariff", "storage_settings", "charge_from_grid", convert=flag),
    ),
)


def tariff(answer: Answer, facts: Facts) -> Iterator[Statement]:
    """Read the storage mode; it means something only beside a battery."""
    if facts.of(Subject.BATTERY):
        yield from read_rows(
            _TARIFF_ROWS, answer.document, Subject.STORAGE, facts.serial, at=answer.at, source="tariff"
        )


def export_limit(answer: Answer, facts: Facts) -> list[Statement]:
    """Read whether export is limited."""
    rows = (row("export_limited", "PEL", convert=flag),)
    return read_rows(rows, answer.document, Subject.STORAGE, facts.serial, at=answer.at, source="settings.export")


def production_limit(answer: Answer, facts: Facts) -> list[Statement]:
    """Read whether production is limited, and to how much."""
    rows = (row("production_limited", "enable", convert=flag), row("production_limit", "pv_limit_pct", convert=percent))
    return read_rows(rows, answer.document, Subject.STORAGE, facts.serial, at=answer.at, source="settings.production")
