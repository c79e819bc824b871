"""SUPPORTED.md: which gateways were read, and what of each.

Run `python -m tests.supported` to write it anew.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heliograph.emulator.families import FAMILIES, build
from heliograph.model import CATALOG, Facts, Snapshot, Subject
from heliograph.model.labels import words
from tests.protocol.asking import Interviewed, interview, replayed
from tests.recordings import FOLDERS

DOCUMENT: Final = Path(__file__).parents[1] / "SUPPORTED.md"
START: Final = datetime(2026, 6, 15, 4, tzinfo=UTC).timestamp()
NOON: Final = datetime(2026, 6, 15, 11, 31, tzinfo=UTC).timestamp()

GROUPS: Final = tuple(dict.fromkeys(metric.group for metric in CATALOG if metric.group not in {"core", "gateway"}))

MODELS: Final = (
    (("800-00069", "800-00240"), "Envoy-R"),
    (("880-00122", "880-00210"), "Envoy-S (120 V)"),
    (("800-00547", "800-00551", "800-00553", "800-00656"), "Envoy-S Standard"),
    (("800-00552", "800-00554", "800-00654", "800-00664"), "Envoy-S Metered"),
    (("800-00555", "800-00655", "800-00556", "800-00557"), "IQ Combiner 3"),
    (("800-00647", "800-00649"), "IQ Gateway / IQ Combiner 4 or 5"),
    (("800-02409", "800-02403"), "IQ Combiner 6C"),
)
"""What part numbers are called; only for people, never to decide anything."""

_HEAD: Final = """\
# Gateways that are read

Every gateway below is read by the tests: the first table holds answers recorded of real gateways, the second the
families of the emulator. Which values are missing and why is told beside each value (`heliograph read`).
*now, day, life* = production, consumption or net now, today, since commissioning.
This page is written by `python -m tests.supported` and checked by the tests.
"""


def model_of(part_number: str) -> str:
    """Name a gateway by its part number."""
    return next((name for parts, name in MODELS if part_number.startswith(parts)), "?")


def _reach(snapshot: Snapshot, name: str) -> str:
    """Say how much is known of production, consumption or net."""
    keys = {"now": "power", "day": "today", "life": "lifetime"}
    return ", ".join(word for word, key in keys.items() if f"{name}_{key}" in snapshot.system.values) or "–"


def _devices(facts: Facts) -> str:
    names = {subject: words("en")[f"subject.{subject}"].lower() for subject in Subject}
    found = ((names[subject], len(facts.of(subject))) for subject in Subject)
    return ", ".join(f"{count} × {name}" for name, count in found if count) or "–"


def _groups(snapshot: Snapshot) -> str:
    read = {reading.metric.group for equipment in snapshot.equipment for reading in equipment.values.values()}
    return ", ".join(words("en")[f"group.{group}"].lower() for group in GROUPS if group in read) or "–"


def row(name: str, read: Interviewed) -> str:
    """Render one gateway."""
    facts, snapshot = read.facts, read.read()
    cells = (
        name,
        facts.firmware,
        f"{model_of(facts.part_number)} ({facts.part_number})",
        *(_reach(snapshot, account) for account in ("production", "consumption", "net")),
        _devices(facts),
        _groups(snapshot),
    )
    return f"| {' | '.join(cells)} |"


def _table(first: str, rows: Iterable[str]) -> Iterator[str]:
    yield f"| {first} | firmware | gateway | production | consumption | net | equipment | besides |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from rows


def families() -> str:
    """Render the families of the emulator."""
    rows = (row(family, interview(build(family, start=START), NOON)) for family in FAMILIES)
    return "\n".join(_table("family", rows))


def recordings() -> str:
    """Render the recordings."""
    return "\n".join(_table("recording", (row(folder.name, replayed(folder)) for folder in FOLDERS)))


def render() -> str:
    """Render the document."""
    return f"{_HEAD}\n## Recorded\n\n{recordings()}\n\n## Emulated\n\n{families()}\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render())
