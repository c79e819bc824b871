"""From answers to a snapshot: state everything, apply the quirks, choose, and say why the rest is absent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.model import (
    DeviceFact,
    Equipment,
    Facts,
    Identity,
    Kind,
    Metric,
    Quality,
    Reading,
    Reason,
    Snapshot,
    Subject,
    metrics_of,
)
from heliograph.protocol.absence import why
from heliograph.protocol.answer import Answer
from heliograph.protocol.choice import COMMUNICATING, DERIVED, Chooser
from heliograph.protocol.endpoints import devices
from heliograph.protocol.evidence import Evidence, Owner
from heliograph.protocol.fields import Statement
from heliograph.protocol.quirks import apply_all
from heliograph.protocol.sums import add_up

FIRMWARE: Final = "info"
_PERIODS: Final = {
    subject: frozenset(metric.key for metric in metrics_of(subject) if metric.kind is Kind.PERIOD)
    for subject in Subject
}
_SUMMED: Final = {"inverter_count", "battery_count", "battery_power", "battery_level"}


def weigh(
    facts: Facts, answers: Mapping[str, Answer], at: float, statements: Iterable[Statement] = ()
) -> tuple[Evidence, tuple[str, ...]]:
    """Hear all answers, add up the devices, and let the quirks speak; gives the evidence and the quirks that showed."""
    evidence = Evidence.of(facts, answers, at)
    for statement in (*statements, *_firmware(facts, at)):
        evidence.hear(statement)
    _drop_yesterday(evidence)
    add_up(evidence)
    return evidence, apply_all(evidence)


def read(
    facts: Facts, answers: Mapping[str, Answer], *, host: str, at: float, statements: Iterable[Statement] = ()
) -> tuple[Snapshot, Facts]:
    """Read everything that a gateway's latest answers hold.

    Args:
        facts: what the interview found; its pins keep each system value at its source.
        answers: the latest served answer of each target.
        host: address, for the snapshot's identity.
        at: now, epoch seconds UTC.
        statements: what the caller knows besides (the token's expiry and role).

    Returns:
        The snapshot, and the facts with the pins that hold from now on.
    """
    evidence, _ = weigh(facts, answers, at, statements)
    chooser = Chooser(evidence)
    known = {(device.subject, device.serial): device for device in facts.devices}
    equipment = tuple(_equipment(evidence, chooser, owner, known.get(owner)) for owner in _in_order(evidence))
    identity = Identity(facts.serial, facts.firmware, facts.part_number, host)
    snapshot = Snapshot(identity, at, equipment, tuple(evidence.findings))
    return snapshot, replace(facts, pins=chooser.pins, doubts=chooser.doubts)


def _firmware(facts: Facts, at: float) -> tuple[Statement, ...]:
    if not facts.firmware:
        return ()
    return (Statement(Subject.FIRMWARE, facts.serial, "version", facts.firmware, at, FIRMWARE),)


def _drop_yesterday(evidence: Evidence) -> None:
    """Drop what counts a day that is over at the gateway's place."""
    zone = evidence.facts.timezone
    if zone is None:
        return
    now = datetime.fromtimestamp(evidence.at, ZoneInfo(zone))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    for (subject, _), said in evidence.said.items():
        for key in _PERIODS[subject] & said.keys():
            for source, statement in list(said[key].items()):
                if statement.at < midnight:
                    del said[key][source]
                    evidence.struck[subject, key, source] = Reason("new_day")


def _in_order(evidence: Evidence) -> list[Owner]:
    order = {subject: index for index, subject in enumerate(Subject)}
    spoken = {owner for owner, said in evidence.said.items() if any(said.values())} | {evidence.whole}
    return sorted(spoken, key=lambda owner: (order[owner[0]], owner[1]))


def _equipment(evidence: Evidence, chooser: Chooser, owner: Owner, device: DeviceFact | None) -> Equipment:
    chosen = chooser.choose(owner)
    values: dict[str, Reading] = {}
    absent: dict[str, Reason] = {}
    for metric in metrics_of(owner[0]):
        statement = chosen.get(metric.key)
        if statement is not None:
            values[metric.key] = _reading(evidence, metric, statement)
        elif owner[0] is Subject.SYSTEM and metric.key in chooser.interrupted:
            absent[metric.key] = chooser.interrupted[metric.key]
        else:
            absent[metric.key] = why(evidence, owner, metric)
    return Equipment(
        *owner,
        values=values,
        absent=absent,
        model=device.model if device else None,
        part_number=device.part_number if device else None,
    )


def _reading(evidence: Evidence, metric: Metric, statement: Statement) -> Reading:
    mended = evidence.mended.get((statement[:2], statement.key, statement.source))
    if mended is not None:
        raw, reason = mended
        return Reading(
            metric,
            statement.value,
            statement.at,
            statement.source,
            Quality.CORRECTED,
            raw=raw,
            reason=reason,
            since=evidence.at,
        )
    return Reading(metric, statement.value, statement.at, statement.source, _quality(evidence, statement))


def _quality(evidence: Evidence, statement: Statement) -> Quality:
    summed = statement.key in _SUMMED or statement.source in {devices.DETAILED, devices.REPORTED}
    if statement.source == DERIVED or (statement.subject is Subject.SYSTEM and summed):
        return Quality.DERIVED
    # What an inverter last reported is not what it does now (E7).
    device = statement.subject in {Subject.INVERTER, Subject.BATTERY} and statement.key == "power"
    return Quality.STALE if device and evidence.at - statement.at > COMMUNICATING else Quality.MEASURED
