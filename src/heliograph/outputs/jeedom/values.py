"""From a snapshot to the values that Jeedom stores, and from those to the ones that changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

from heliograph.model import Equipment, Metric, Quantity, Reading, Snapshot, Subject, metric, metrics_of
from heliograph.model.labels import spoken, states
from heliograph.outputs.base import describes_the_present, holds
from heliograph.outputs.jeedom.layout import (
    CORE,
    GATEWAY,
    LINK,
    SCENARIO_METRICS,
    SCENARIOS,
    commands,
    equipment_id,
    kind,
    logical_id,
    split,
)
from heliograph.outputs.jeedom.words import QUANTITIES

Worth = int | float | str
"""What Jeedom stores: a number, 0 or 1, or a text; never null."""

ABSENT: Final = ""
"""Stored where there is no value: the command is emptied and does not keep its last value."""

_MARKUP: Final = str.maketrans({"<": "‹", ">": "›", "&": "＆", '"': "”", "'": "’"})
"""Jeedom writes texts into its pages as they are: a text from a gateway must not be taken for HTML."""

Values = Mapping[str, Mapping[str, Worth]]
"""Equipment id → logical id → value."""

TIME: Final = "%Y-%m-%d %H:%M:%S"
"""How Jeedom writes a time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the owner wants to be told."""

    groups: frozenset[str] = frozenset()
    """Groups switched on beside the core."""
    language: str = "en"
    zone: tzinfo | None = None
    """Time zone of times in words; None for the machine's own."""

    def wants(self, metric: Metric) -> bool:
        """Return whether a metric is to be told."""
        if metric.group == CORE or metric.group in self.groups:
            return True
        return SCENARIOS in self.groups and metric.name in SCENARIO_METRICS


def values(
    snapshot: Snapshot, wish: Wish, subjects: Collection[Subject] = frozenset(Subject), *, reachable: bool = True
) -> dict[str, dict[str, Worth]]:
    """Return every value that the owner wants, in Jeedom's terms; `ABSENT` for each one that there is not.

    Args:
        snapshot: the latest of a gateway.
        wish: what the owner wants and in which words.
        subjects: the subjects that are asked about.
        reachable: whether the gateway answers; where it does not, everything that describes the present is absent.
    """
    rows: dict[str, dict[str, Worth]] = {}
    for item in snapshot.equipment:
        if item.retired or item.subject not in subjects:
            continue
        phase = split(item.subject, item.id)[1]
        worths: dict[Metric, Worth] = {metric(item.subject, key): ABSENT for key in item.absent}
        for reading in item.values.values():
            current = holds(reading) and (reachable or not describes_the_present(reading.metric))
            worths[reading.metric] = worth(reading, wish) if current else ABSENT
        row = {logical_id(what, phase): value for what, value in worths.items() if wish.wants(what)}
        if row:
            rows.setdefault(equipment_id(item.subject, item.id), {}).update(row)
    return rows


def worth(reading: Reading, wish: Wish) -> Worth:
    """Return a reading as Jeedom stores it: rounded, yes/no as 1 and 0, times and conditions in words.

    A state is stored as its code, the same in every language, for scenarios compare it; the plugin displays its word.
    """
    metric, value = reading.metric, reading.value
    if metric.quantity is Quantity.FLAG:
        return int(bool(value))
    if metric.quantity in {Quantity.STATE, Quantity.TEXT}:
        text = str(value) if states(metric, wish.language) else spoken(metric, value, wish.language)
        return clean_text(text)
    if metric.quantity is Quantity.TIME:
        return moment(float(value), wish)
    decimals = QUANTITIES[metric.quantity].decimals
    if decimals is None or isinstance(value, str):
        return str(value).translate(_MARKUP)
    return round(value, decimals) if decimals else round(value)


def clean_text(text: str) -> str:
    """Return a text so that it can stand in a page of Jeedom, which writes it as it is."""
    return "".join(character for character in text.translate(_MARKUP) if character.isprintable())


def moment(at: float, wish: Wish) -> str:
    """Write a time as Jeedom does, in the owner's zone."""
    return datetime.fromtimestamp(at, tz=wish.zone).astimezone(wish.zone).strftime(TIME)


@dataclass(slots=True)
class Told:
    """What Jeedom was told already: only changes are worth telling."""

    _last: dict[str, dict[str, Worth]] = field(default_factory=dict)

    def news(self, now: Values) -> dict[str, dict[str, Worth]]:
        """Return the values that Jeedom does not hold yet, and remember them as told."""
        fresh: dict[str, dict[str, Worth]] = {}
        for equipment, row in now.items():
            known = self._last.setdefault(equipment, {})
            changed = {key: value for key, value in row.items() if key not in known or known[key] != value}
            if changed:
                known.update(changed)
                fresh[equipment] = changed
        return fresh

    def forget(self) -> None:
        """Tell everything again the next time."""
        self._last.clear()


def listing(snapshot: Snapshot, wish: Wish) -> list[dict[str, Any]]:
    """List the equipment that Jeedom should have, the gateway first, each with the commands it should have."""
    found: dict[str, dict[str, Any]] = {GATEWAY: _row(GATEWAY, GATEWAY, "", None)}
    phases: dict[str, set[str]] = {GATEWAY: set()}
    for item in snapshot.equipment:
        if item.retired or not _wanted(item.subject, wish):
            continue
        id_ = equipment_id(item.subject, item.id)
        name, phase = split(item.subject, item.id)
        if id_ != GATEWAY:
            found.setdefault(id_, _row(id_, kind(item.subject), name, item if not phase else None))
        phases.setdefault(id_, set()).add(phase)
    for id_, row in found.items():
        row["commands"] = _commands(row["kind"], phases[id_], wish)
    return sorted(found.values(), key=lambda row: (row["id"] != GATEWAY, row["kind"], row["name"]))


def _wanted(subject: Subject, wish: Wish) -> bool:
    return any(wish.wants(metric) for metric in metrics_of(subject))


def _row(id_: str, kind_: str, name: str, item: Equipment | None) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": kind_,
        "name": name,
        "model": (item and item.model) or "",
        "part_number": (item and item.part_number) or "",
    }


def _commands(kind_: str, phases: Collection[str], wish: Wish) -> list[str]:
    groups = {CORE, *wish.groups}
    return [
        command.logical_id
        for command in commands(kind_)
        if not groups.isdisjoint(command.groups) and (not command.phase or command.phase in phases)
    ]


def spoke(snapshot: Snapshot) -> dict[str, float]:
    """Return when each equipment last said something: its last report, else the newest of its readings."""
    latest: dict[str, float] = {}
    for item in snapshot.equipment:
        if item.values and not item.retired:
            id_ = equipment_id(item.subject, item.id)
            report = item.value("last_report")
            newest = max(reading.at for reading in item.values.values()) if report is None else float(report)
            latest[id_] = max(newest, latest.get(id_, 0.0))
    return latest


def link_values(wish: Wish, *, online: bool, last_poll: float | None) -> dict[str, Worth]:
    """Return what the plugin itself knows of a gateway, where the owner wants it."""
    told: dict[str, Worth] = {}
    if not wish.groups.isdisjoint((LINK, SCENARIOS)):
        told["link.online"] = int(online)
    if LINK in wish.groups and last_poll is not None:
        told["link.last_poll"] = moment(last_poll, wish)
    return told
