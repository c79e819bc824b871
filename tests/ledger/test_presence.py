"""Values come and go in any order: the ledger never acts on one that is not there, and never fails."""

import random
from dataclasses import replace

import pytest
from msgspec import structs

from heliograph.ledger import Books, Settings, advance
from heliograph.model import Equipment, Quality, Reason, Snapshot, Subject
from tests.ledger.life import PARIS, SPRING, Life

POWERS = ("production_power", "consumption_power", "net_power", "battery_power")
SETTINGS = Settings(zone=PARIS)


def _system(snapshot: Snapshot, chance: random.Random, present: float, kind: str) -> Equipment:
    """Return the system with some of its values gone, and its powers as a gateway of this kind tells them."""
    system = snapshot.system
    values = {key: reading for key, reading in system.values.items() if chance.random() < present}
    for key in POWERS:
        if key in values:
            values[key] = structs.replace(values[key], value=_power(float(values[key].value), kind))
    if kind == "net" and {"consumption_power", "net_power"} <= values.keys():
        values["consumption_power"] = structs.replace(values["consumption_power"], value=values["net_power"].value)
    gone = {key: Reason("not_offered") for key in system.values.keys() - values.keys()}
    return replace(system, values=values, absent={**system.absent, **gone})


def _power(value: float, kind: str) -> float:
    return {"zero": 0.0, "frozen": 1234.5, "reversed": -value}.get(kind, value)


def _partial(snapshot: Snapshot, chance: random.Random, kind: str) -> Snapshot:
    """Return a snapshot of which a part is missing: values of the system, all inverters, or the system itself."""
    present = chance.choice((0.2, 0.7, 1.0))
    items = tuple(item for item in snapshot.equipment if item.subject is not Subject.SYSTEM)
    if chance.random() < 0.1:
        return replace(snapshot, equipment=items)
    if chance.random() < 0.3:
        items = ()
    return replace(snapshot, equipment=(_system(snapshot, chance, present, kind), *items))


def _follows(key: str, before: Equipment, after: Equipment) -> bool:
    """Return whether a consumption that a wrong production kept from being told follows from the mended one."""
    terms = {"production_power", "net_power"} <= before.values.keys()
    given = after.values.get(key)
    return key == "consumption_power" and terms and given is not None and given.quality is Quality.DERIVED


@pytest.mark.parametrize("seed", range(40))
def test_any_sequence_of_presence_and_absence_is_judged(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a reproducible story
    life = Life(SPRING + chance.choice((8, 11, 23)) * 3600, battery=chance.choice((0.0, 10_000.0)))
    books = Books(serial=life.snapshot().gateway.serial)
    kind = "healthy"
    for _ in range(250):
        life.live(chance.choice((30.0, 60.0, 60.0, 300.0, 4000.0)))
        if chance.random() < 0.03:
            kind = chance.choice(("healthy", "zero", "frozen", "reversed", "net"))
        raw = _partial(life.snapshot(), chance, kind)
        result = advance(books, raw, life.at, SETTINGS)
        books = result.books
        before, after = raw.find(Subject.SYSTEM), result.snapshot.find(Subject.SYSTEM)
        if before is None or after is None:
            assert before is after is None
            continue
        for key in POWERS:
            assert (key in after.values) <= (key in before.values or _follows(key, before, after)), key
            assert key in after.values or key in after.absent or key not in before.absent, key
        assert not after.values.keys() & after.absent.keys()
        assert all(reading.quality is not Quality.CORRECTED or reading.reason for reading in after.values.values())
