"""What several inverters make together: their power, what could be expected of them, and which one is the weakest."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from statistics import median
from typing import Final

from heliograph.model import Snapshot, Subject
from heliograph.outputs.base import holds
from heliograph.outputs.jeedom.layout import ROOF_COMMANDS
from heliograph.outputs.jeedom.remarks import Remark
from heliograph.outputs.jeedom.settings import Roof, groups
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
    "energy_today": {
        "fr": "tous les micro-onduleurs n’indiquent pas leur énergie.",
        "en": "not every microinverter reports its energy.",
    },
    "share": {
        "fr": "la comparaison demande au moins 3 micro-onduleurs, et 10 W de la plupart.",
        "en": "comparing takes at least 3 microinverters, and 10 W from most of them.",
    },
}
"""Why a value of a roof is absent."""


def roof_values(snapshot: Snapshot, roofs: Iterable[Roof], *, reachable: bool) -> dict[str, dict[str, Worth]]:
    """Return the values of every roof, `ABSENT` for each one that there is not.

    The power is the sum over the inverters that give theirs. What is expected of an inverter is the power of the median
    one of its group; of a roof, the sum of that over its inverters: one that is silent lowers the share.
    """
    roofs = tuple(roofs)
    powers = _numbers(snapshot, "power") if reachable else {}
    energies = _numbers(snapshot, "energy_today")
    present = [item.id for item in snapshot.of(Subject.INVERTER) if not item.retired]
    expected = _expected(present, powers, groups(roofs))
    return {roof.id: _values(roof, present, powers, expected) | _energy(roof, present, energies) for roof in roofs}


def _expected(present: Iterable[str], powers: Mapping[str, float], group_of: Mapping[str, str]) -> dict[str, float]:
    """Return what each inverter should make, by serial number; those without group are one of their own."""
    members: dict[str, list[str]] = defaultdict(list)
    for id_ in present:
        members[group_of.get(id_, "")].append(id_)
    expected: dict[str, float] = {}
    for group in members.values():
        own = [powers[id_] for id_ in group if id_ in powers]
        usual = median(own) if len(own) >= LEAST_INVERTERS else 0.0
        if usual >= LEAST_MEDIAN:
            expected |= dict.fromkeys(group, usual)
    return expected


def roof_gaps(values: Mapping[str, Mapping[str, Worth]], language: str) -> dict[str, list[Remark]]:
    """Return for each roof, by its values, which ones are missing and why."""
    return {id_: list(_gaps(row, language)) for id_, row in values.items()}


def _gaps(row: Mapping[str, Worth], language: str) -> Iterator[Remark]:
    for key, texts in TEXTS.items():
        missing = [
            names.get(language, names["en"])
            for command, (_, _, names) in ROOF_COMMANDS.items()
            if row.get(command) == ABSENT and (command if command in TEXTS else "share") == key
        ]
        if missing:
            yield {"what": ", ".join(missing), "why": texts.get(language, texts["en"])}


def _numbers(snapshot: Snapshot, key: str) -> dict[str, float]:
    """Return the value that holds of each inverter that gives it, by serial number."""
    numbers: dict[str, float] = {}
    for item in snapshot.of(Subject.INVERTER):
        reading = item.values.get(key)
        if not item.retired and reading is not None and holds(reading) and isinstance(reading.value, int | float):
            numbers[item.id] = reading.value
    return numbers


def _energy(roof: Roof, present: Collection[str], energies: Mapping[str, float]) -> dict[str, Worth]:
    """Return the energy of the day, where every inverter counts its own."""
    inverters = [id_ for id_ in roof.inverters if id_ in present]
    complete = bool(inverters) and all(id_ in energies for id_ in inverters)
    return {"energy_today": round(sum(energies[id_] for id_ in inverters)) if complete else ABSENT}


def _values(
    roof: Roof, present: Collection[str], powers: Mapping[str, float], expected: Mapping[str, float]
) -> dict[str, Worth]:
    inverters = [id_ for id_ in roof.inverters if id_ in present]
    own = {id_: powers[id_] for id_ in inverters if id_ in powers}
    values: dict[str, Worth] = dict.fromkeys(("power", "share", "weakest", "weakest_share"), ABSENT)
    if own:
        values["power"] = round(sum(own.values()))
    compared = [id_ for id_ in inverters if id_ in expected]
    shares = {id_: 100 * own[id_] / expected[id_] for id_ in compared if id_ in own}
    if shares:
        weakest = min(shares, key=lambda id_: (shares[id_], id_))
        whole = sum(expected[id_] for id_ in compared)
        values["share"] = round(100 * sum(own[id_] for id_ in shares) / whole, 1)
        values["weakest"] = roof.inverters[weakest]
        values["weakest_share"] = round(shares[weakest])
    return values
