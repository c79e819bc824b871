"""docs/metrics.md: every metric, and where it is read from.

Run `python -m tests.vocabulary` to write it anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from heliograph.model import CATALOG, Metric, Subject
from heliograph.model.labels import label, words
from heliograph.protocol.choice import CHAINS, DERIVATIONS, DERIVED
from heliograph.protocol.endpoints import devices, ensemble, legacy, meters, production, site
from heliograph.protocol.fields import Row

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "metrics.md"

Place = tuple[str, str]
"""Endpoint and field."""

_SUMS: Final[Mapping[tuple[str, str], str]] = {
    ("inverter_count", "list"): "how many inverters are listed and in service",
    ("battery_count", "list"): "how many batteries are listed and in service",
    ("battery_level", "ensemble.power"): "levels of `/ivp/ensemble/power`, weighed by capacity",
    ("battery_level", "list"): "listed levels, weighed by capacity",
    ("battery_power", "ensemble.power"): "sum over the batteries of `/ivp/ensemble/power`",
    ("battery_power", "device_data"): "sum over the AC Batteries of `/ivp/pdm/device_data`",
    ("production_power", "reports"): "sum over the inverters of `/api/v1/production/inverters`",
    ("production_today", "device_data"): "sum over the inverters of `/ivp/pdm/device_data`",
    ("production_lifetime", "device_data"): "sum over the inverters of `/ivp/pdm/device_data`",
    ("charged_lifetime", "device_data"): "sum over the AC Batteries: `lifetime.joulesUsed`",
    ("discharged_lifetime", "device_data"): "sum over the AC Batteries: `lifetime.joulesProduced`",
    ("net_lifetime", "meter.net.counters"): "`/ivp/meters/readings` (net-consumption): `actEnergyDlvd − actEnergyRcvd`",
}
"""What sums and differences say in words: (key, source)."""
_BESIDE: Final[Mapping[tuple[str, str, str], str]] = {
    ("inverter", "provisioned", "device_data"): "`/ivp/pdm/device_data`: `active`",
    ("battery", "provisioned", "device_data"): "`/ivp/pdm/device_data`: `active`",
    ("inverter", "communicating", "device_data"): "`/ivp/pdm/device_data`: not `modGone`",
    ("battery", "communicating", "device_data"): "`/ivp/pdm/device_data`: not `modGone`",
    ("battery", "power", "device_data"): "`/ivp/pdm/device_data`: `watts.now − watts.nowUsed`",
    ("battery", "provisioned", "ensemble"): "`/ivp/ensemble/inventory`: `admin_state` is ready",
    ("battery", "capacity", "product"): "1240 Wh of every AC Battery",
    ("meter", "state", "meters"): "`/ivp/meters`: `state`",
    ("meter", "metering_status", "meters"): "`/ivp/meters`: `meteringStatus`",
    ("network", "signal_strength", "home"): "`/home.json`: `signal_strength ÷ signal_strength_max`",
    ("firmware", "version", "info"): "`/info`: `software`",
    ("firmware", "token_expiry", "token"): "the token: `exp`",
    ("firmware", "token_role", "token"): "the token: `enphaseUser`",
    ("system", "inverter_count", "html"): "`/home`: “Number of Microinverters Online”",
    ("dry_contact", "relay_state", "ensemble.dry_contacts"): "`/ivp/ensemble/dry_contacts`: `status`",
    ("dry_contact", "name", "settings.dry_contacts"): "`/ivp/ss/dry_contact_settings`: `load_name`",
    ("dry_contact", "use", "settings.dry_contacts"): "`/ivp/ss/dry_contact_settings`: `type`",
    ("generator", "mode", "settings.generator"): "`/ivp/ss/gen_mode`: `gen_cmd`",
    ("battery", "max_power", "ensemble.status"): "`/ivp/ensemble/status`: `encharge_rated_power`",
    ("system", "battery_level", "secctrl"): "`/ivp/ensemble/secctrl`: `agg_soc`",
    ("storage", "export_limited", "settings.export"): "`/ivp/ss/pel_settings`: `PEL`",
    ("storage", "production_limited", "settings.production"): "`/ivp/sc/pvlimit`: `enable`",
    ("storage", "production_limit", "settings.production"): "`/ivp/sc/pvlimit`: `pv_limit_pct`",
    **{("system", key, "html"): f"`/production`: “{cell}”" for cell, key in legacy._CELLS.items()},
}
"""What is read by Python beside the tables."""
_LEDGER: Final = "counted by Heliograph from the lifetime counters"
_POLLER: Final = "observed by the service"


def _path(row: Row, *before: str) -> str:
    steps = (step if isinstance(step, str) else "" if isinstance(step, Mapping) else f"[{step}]" for step in row.path)
    return ".".join(step for step in (*before, *steps) if step)


def _rows(
    subject: Subject, source: str, endpoint: str, rows: Sequence[Row], *before: str, of: str = ""
) -> Iterator[tuple[tuple[str, str, str], str]]:
    for row in rows:
        yield (subject.value, row.key, source), f"`{endpoint}`{of and f' ({of})'}: `{_path(row, *before)}`"


def _stated() -> Iterator[tuple[tuple[str, str, str], str]]:
    """Give the field of every row: (subject, key, source) and where it stands."""
    for source, (array, element), rows in production.ELEMENTS:
        kind = element["type"] if source in {production.INVERTERS, production.ACB} else element["measurementType"]
        name = kind if isinstance(kind, str) else kind[0]
        yield from _rows(Subject.SYSTEM, source, "/production.json", rows, f"{array}[{name}]")
        lines = production._PHASE_ROWS.get(source, ())
        yield from _rows(Subject.PHASE, source, "/production.json?details=1", lines, f"{array}[{name}].lines[]")
    yield from _rows(Subject.SYSTEM, production.SUMMARY, production.V1, production._SUMMARY_ROWS)
    yield from _rows(Subject.SYSTEM, "energy.inverters", production.ENERGY, production._SUMMARY_ROWS, "production.pcu")
    yield from _rows(Subject.SYSTEM, "livedata", production.LIVEDATA, production._LIVE_ROWS, "meters")
    for measurement, (source, rows) in meters._SYSTEM_ROWS.items():
        yield from _rows(Subject.SYSTEM, source, meters.READINGS, rows, of=measurement)
    yield from _rows(Subject.METER, meters.MEASURED, meters.READINGS, meters._METER_ROWS)
    for measurement, lines in meters._PHASE_ROWS.items():
        source = f"{meters.MEASURED}.{measurement}"
        yield from _rows(Subject.PHASE, source, meters.READINGS, lines, "channels[]", of=measurement)
    for subject in (Subject.INVERTER, Subject.BATTERY):
        yield from _rows(subject, devices.REPORTED, devices.REPORTS, devices._REPORT_ROWS)
    for kind, (subject, rows) in devices._INVENTORY_ROWS.items():
        yield from _rows(subject, devices.LISTED, devices.INVENTORY, rows, of=kind)
    for subject, rows in devices._DETAIL_ROWS.values():
        yield from _rows(subject, devices.DETAILED, devices.DEVICE_DATA, rows)
    for subject, _, rows in ensemble._ROWS.values():
        yield from _rows(subject, ensemble.LISTED, ensemble.ENSEMBLE, rows)
    yield from _rows(Subject.BATTERY, ensemble.POWERED, ensemble.POWER, ensemble._POWER_ROWS)
    yield from _rows(Subject.GENERATOR, "ensemble.generator", ensemble.GENERATOR, ensemble._GENERATOR_ROWS)
    yield from _rows(Subject.NETWORK, "home", site.HOME, site._HOME_ROWS)
    yield from _rows(Subject.STORAGE, "tariff", site.TARIFF, site._TARIFF_ROWS)


def sources() -> dict[str, list[str]]:
    """Give the sources of every metric in the order in which they are believed, in words."""
    stated: dict[tuple[str, str, str], list[str]] = {}
    for place, words_ in (*_stated(), *_BESIDE.items()):
        stated.setdefault(place, []).append(words_)
    for (key, source), words_ in _SUMS.items():
        stated["system", key, source] = [*stated.get(("system", key, source), []), words_]
    found: dict[str, list[str]] = {}
    for metric in CATALOG:
        mine = {source: told for (subject, key, source), told in stated.items()
                if (subject, key) == (metric.subject, metric.key)}  # fmt: skip
        if any(f"{each.subject}.{each.key}" == metric.name for each in DERIVATIONS):
            mine[DERIVED] = [_derived(metric)]
        chain = CHAINS.get(metric.name, tuple(mine))
        found[metric.name] = [told for source in chain for told in mine.get(source, ())]
    return found


def _derived(metric: Metric) -> str:
    needs = next(each.needs for each in DERIVATIONS if f"{each.subject}.{each.key}" == metric.name)
    return f"derived from {', '.join(f'`{need}`' for need in needs)}"


def _origin(metric: Metric, told: list[str]) -> str:
    if told:
        return " → ".join(told) if len(told) > 1 else told[0]
    return _LEDGER if metric.subject is Subject.SYSTEM else _POLLER


_HEAD: Final = """\
# Every value

Every metric of the vocabulary: its key, what people read, its unit, how often it is read, and where from: the first
source that this gateway has and that passes its tests (→ = else). `heliograph read HOST --json` gives the keys.
Powers of batteries are positive when discharging, net power is positive when taken from the grid.
This page is written by `python -m tests.vocabulary` and checked by the tests.
"""


def render() -> str:
    """Render the document."""
    told = sources()
    lines = [_HEAD]
    for subject in Subject:
        lines += [f"## {words('en')[f'subject.{subject}']} · `{subject}`", ""]
        lines += ["| key | English | français | unit | every | read from |", "|---|---|---|---|---|---|"]
        for metric in CATALOG:
            if metric.subject is subject:
                unit = metric.unit or ", ".join(metric.states) or metric.quantity.value.replace("power_factor", "−1…1")
                cells = (f"`{metric.key}`", label(metric, "en"), label(metric, "fr"), unit, _pace(metric.cadence),
                         _origin(metric, told[metric.name]))  # fmt: skip
                lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _pace(cadence: int) -> str:
    return {60: "60 s", 300: "300 s", 3600: "1 h"}[cadence]


if __name__ == "__main__":
    DOCUMENT.write_text(render())
