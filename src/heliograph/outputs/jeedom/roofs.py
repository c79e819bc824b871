"""What several inverters make together: their power, what could be expected of them, and which one is the weakest."""

from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Final

from heliograph.model import Snapshot, Subject
from heliograph.outputs.base import holds
from heliograph.outputs.jeedom.layout import ROOF_COMMANDS
from heliograph.outputs.jeedom.remarks import Remark
from heliograph.outputs.jeedom.settings import Roof
from heliograph.outputs.jeedom.values import ABSENT, Worth

LEAST_INVERTERS: Final = 3
"""Inverters that must give their power for a median to say what could be expected of each."""
LEAST_MEDIAN: Final = 10.0
"""Watts that the median inverter must make: below that, light and not the inverter decides."""

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "power": {
        "fr": "aucun micro-onduleur n’indique sa puissance.",
        "en": "no microinverter reports its power.",
    },
    "share": {
        "fr": "la comparaison demande au moins 3 micro-onduleurs, et 10 W de la plupart.",
        "en": "comparing takes at least 3 microinverters, and 10 W from most of them.",
    },
}
"""Why a value of a roof is absent."""


def roof_values(snapshot: Snapshot, roofs: Iterable[Roof], *, reachable: bool) -> dict[str, dict[str, Worth]]:
    """Return the values of every roof, `ABSENT` for each one that there is not.

    The power is the sum over the inverters that give theirs. What is expected of a roof is as many times the power of
    its median inverter as it has inverters: one that is silent lowers the share.
    """
    powers = inverter_powers(snapshot) if reachable else {}
    present = {item.id for item in snapshot.of(Subject.INVERTER) if not item.retired}
    return {roof.id: _values(roof, present, powers) for roof in roofs}


def roof_gaps(values: Mapping[str, Mapping[str, Worth]], language: str) -> dict[str, list[Remark]]:
    """Return for each roof, by its values, which ones are missing and why."""
    return {id_: list(_gaps(row, language)) for id_, row in values.items()}


def _gaps(row: Mapping[str, Worth], language: str) -> Iterator[Remark]:
    for key, texts in TEXTS.items():
        missing = [
            names.get(language, names["en"])
            for command, (_, _, names) in ROOF_COMMANDS.items()
            if row[command] == ABSENT and (command == "power") is (key == "power")
        ]
        if missing:
            yield {"what": ", ".join(missing), "why": texts.get(language, texts["en"])}


def inverter_powers(snapshot: Snapshot) -> dict[str, float]:
    """Return the present power of each inverter that gives it, by serial number."""
    powers: dict[str, float] = {}
    for item in snapshot.of(Subject.INVERTER):
        power = item.values.get("power")
        if not item.retired and power is not None and holds(power) and isinstance(power.value, int | float):
            powers[item.id] = power.value
    return powers


def _values(roof: Roof, present: set[str], powers: Mapping[str, float]) -> dict[str, Worth]:
    inverters = [id_ for id_ in roof.inverters if id_ in present]
    own = {id_: powers[id_] for id_ in inverters if id_ in powers}
    values: dict[str, Worth] = dict.fromkeys(("power", "share", "weakest", "weakest_share"), ABSENT)
    if own:
        values["power"] = round(sum(own.values()))
    usual = median(own.values()) if len(own) >= LEAST_INVERTERS else 0.0
    if usual >= LEAST_MEDIAN:
        weakest = min(own, key=lambda id_: (own[id_], id_))
        values["share"] = round(100 * sum(own.values()) / (usual * len(inverters)), 1)
        values["weakest"] = roof.inverters[weakest]
        values["weakest_share"] = round(100 * own[weakest] / usual)
    return values
