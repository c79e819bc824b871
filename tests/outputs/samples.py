"""Updates for the tests of the outputs: every metric of the vocabulary with a value, and none of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from msgspec import structs

from heliograph.errors import UnreachableError
from heliograph.live import Condition, Event, State, Update
from heliograph.model import (
    CATALOG,
    Equipment,
    Finding,
    Identity,
    Metric,
    Quality,
    Quantity,
    Reading,
    Reason,
    Snapshot,
    Subject,
    Value,
    metric,
    metrics_of,
)

AT: Final = 1_781_776_800.0
"""2026-06-18 12:00 in Lyon."""
SERIAL: Final = "122012345678"
GATEWAY: Final = Identity(SERIAL, "D8.2.4286", "800-00664-r05", "192.0.2.20")
NAME: Final = "Toit d'été"

VALUES: Final[dict[Quantity, Value]] = {
    Quantity.POWER: 1234.56,
    Quantity.APPARENT_POWER: 1300.0,
    Quantity.REACTIVE_POWER: -120.0,
    Quantity.POWER_FACTOR: 0.953,
    Quantity.ENERGY: 12345.0,
    Quantity.CAPACITY: 5000.0,
    Quantity.VOLTAGE: 236.25,
    Quantity.CURRENT: 5.271,
    Quantity.FREQUENCY: 50.021,
    Quantity.TEMPERATURE: 31.5,
    Quantity.LEVEL: 71.0,
    Quantity.RATIO: 42.5,
    Quantity.COUNT: 20,
    Quantity.FLAG: True,
    Quantity.TIME: AT - 60,
    Quantity.TEXT: "envoy.global.ok",
}
"""A value of each quantity but states."""
IDS: Final = {
    Subject.SYSTEM: (SERIAL,),
    Subject.PHASE: ("L1", "L2"),
    Subject.INVERTER: ("482200000001", "482200000002"),
    Subject.BATTERY: ("492200000001",),
    Subject.METER: ("production", "production.L1", "net-consumption"),
    Subject.DRY_CONTACT: ("NC1",),
    Subject.STORAGE: (SERIAL,),
    Subject.NETWORK: (SERIAL,),
    Subject.FIRMWARE: (SERIAL,),
}


def value_of(one: Metric) -> Value:
    """Give a value that a metric can have."""
    if one.quantity is Quantity.STATE:
        return one.states[0] if one.states else "something"
    return VALUES[one.quantity]


def full(subject: Subject, id_: str, at: float = AT) -> Equipment:
    """Give an equipment with a value for every metric."""
    readings = {one.key: Reading(one, value_of(one), at, "test") for one in metrics_of(subject)}
    return Equipment(subject, id_, readings, {}, "Model", "800-01")


def empty(subject: Subject, id_: str) -> Equipment:
    """Give an equipment of which nothing is known."""
    return Equipment(subject, id_, {}, {one.key: Reason("not_reported") for one in metrics_of(subject)})


def everything(at: float = AT) -> tuple[Equipment, ...]:
    """Give equipment of every subject, with a value for every metric."""
    return tuple(full(subject, id_, at) for subject in Subject for id_ in IDS.get(subject, (f"{subject}-1",)))


def update(
    items: Iterable[Equipment],
    *,
    at: float = AT,
    name: str = NAME,
    gateway: Identity = GATEWAY,
    state: State = State.ONLINE,
    events: tuple[Event, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Update:
    """Give an update."""
    error = None if state is State.ONLINE else UnreachableError("timeout", host="x", target="/", seconds=1)
    condition = Condition(state, at, error)
    snapshot = Snapshot(gateway, at, tuple(items), findings)
    return Update(name, snapshot, condition, at, fresh=state is not State.AWAY, events=events)


def changed(item: Equipment, **values: Value) -> Equipment:
    """Give an equipment with some other values."""
    readings = {key: Reading(metric(item.subject, key), value, AT, "test") for key, value in values.items()}
    return replace(item, values={**item.values, **readings})


def without(item: Equipment, *keys: str) -> Equipment:
    """Give an equipment of which some values are absent."""
    return replace(item, values={key: said for key, said in item.values.items() if key not in keys})


def aged(item: Equipment) -> Equipment:
    """Give an equipment all of whose values are too old."""
    readings = {key: structs.replace(reading, quality=Quality.STALE) for key, reading in item.values.items()}
    return replace(item, values=readings)


QUANTITIES: Final = frozenset(one.quantity for one in CATALOG)
