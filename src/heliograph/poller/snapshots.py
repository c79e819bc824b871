"""What the poller adds to a snapshot before it is published: condition, retired equipment, marks."""

from dataclasses import replace

from msgspec import structs

from heliograph.gateway import Gateway
from heliograph.live import CONDITION, Condition
from heliograph.model import (
    Equipment,
    Facts,
    Identity,
    Quality,
    Quantity,
    Reading,
    Reason,
    Snapshot,
    Subject,
    Value,
    metric,
)


def nothing_read(gateway: Gateway, at: float) -> Snapshot:
    """Return the snapshot of a gateway that has nothing to show yet but its condition."""
    facts = gateway.facts
    serial, firmware, part = (facts.serial, facts.firmware, facts.part_number) if facts is not None else ("", "", "")
    return Snapshot(Identity(serial, firmware, part, str(gateway.address)), at, ())


def not_judged(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of a gateway's own words, each marked; energies are left out.

    A counter that the ledger corrects may be 1.19 MWh from what was given before, and whoever counts would count that.
    """
    reason = Reason("not_judged")
    items = []
    for item in snapshot.equipment:
        energies = [key for key, reading in item.values.items() if reading.metric.quantity is Quantity.ENERGY]
        values = {key: structs.replace(it, reason=reason) for key, it in item.values.items() if key not in energies}
        items.append(replace(item, values=values, absent={**item.absent, **dict.fromkeys(energies, reason)}))
    return replace(snapshot, equipment=tuple(items))


def with_condition(snapshot: Snapshot, condition: Condition, at: float) -> Snapshot:
    """Return a snapshot with the gateway's state among its values: it is a metric like the others."""
    said: dict[str, Value] = {"state": condition.state.value, "state_since": round(condition.since)}
    if condition.error is not None:
        said["problem"] = condition.error.code
    known = snapshot.find(Subject.NETWORK) or Equipment(Subject.NETWORK, snapshot.gateway.serial)
    readings = {
        key: Reading(metric(Subject.NETWORK, key), value, at, "poller", Quality.DERIVED) for key, value in said.items()
    }
    absent = {key: reason for key, reason in known.absent.items() if key not in CONDITION} | {
        key: Reason("no_problem") for key in CONDITION if key not in said
    }
    values = {key: reading for key, reading in known.values.items() if key not in CONDITION} | readings
    others = tuple(item for item in snapshot.equipment if item.subject is not Subject.NETWORK)
    return replace(snapshot, equipment=(*others, replace(known, values=values, absent=absent)))


def with_retired(snapshot: Snapshot, facts: Facts | None) -> Snapshot:
    """Return a snapshot that also lists equipment out of service, so that outputs can take its values away."""
    gone = tuple(
        Equipment(one.subject, one.serial, model=one.model, part_number=one.part_number, retired=True)
        for one in (() if facts is None else facts.devices)
        if one.retired
    )
    return replace(snapshot, equipment=snapshot.equipment + gone) if gone else snapshot
