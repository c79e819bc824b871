"""From answers to a snapshot: state everything, apply the quirks, choose, and say why the rest is absent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple
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
from heliograph.protocol.plan import DEVICES
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


class Reader:
    """Reads one gateway again and again, and its inverters only when one of their lists is new.

    The same answers give the same snapshot, but that the age of an inverter's report is judged anew every five minutes.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._roof = _Roof((), (), 0.0, 0.0, {})

    def read(
        self,
        facts: Facts,
        answers: Mapping[str, Answer],
        *,
        host: str,
        at: float,
        statements: Iterable[Statement] = (),
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
        kept = self._roof.equipment if self._roof.holds(facts, answers, at) else {}
        equipment = {
            owner: kept.get(owner) or _equipment(evidence, chooser, owner, known.get(owner))
            for owner in _in_order(evidence)
        }
        if not kept:
            self._roof = _Roof.of(facts, answers, at, equipment)
        identity = Identity(facts.serial, facts.firmware, facts.part_number, host)
        snapshot = Snapshot(identity, at, tuple(equipment.values()), tuple(evidence.findings))
        return snapshot, replace(facts, pins=chooser.pins, doubts=chooser.doubts)


def read(
    facts: Facts, answers: Mapping[str, Answer], *, host: str, at: float, statements: Iterable[Statement] = ()
) -> tuple[Snapshot, Facts]:
    """Read everything that a gateway's answers hold, once: see `Reader.read`."""
    return Reader().read(facts, answers, host=host, at=at, statements=statements)


_LISTS: Final = (devices.REPORTS, devices.INVENTORY_ALL, devices.INVENTORY, devices.DEVICE_DATA)


class _Roof(NamedTuple):
    """The inverters as they were read, and what has to be the same for them to be so still."""

    lists: tuple[Answer | None, ...]
    devices: tuple[DeviceFact, ...]
    at: float
    until: float
    equipment: Mapping[Owner, Equipment]

    @classmethod
    def of(
        cls, facts: Facts, answers: Mapping[str, Answer], at: float, equipment: Mapping[Owner, Equipment]
    ) -> "_Roof":
        """Keep the inverters for five minutes, but not beyond the gateway's midnight."""
        lists = tuple(answers.get(target) for target in _LISTS)
        until = min(at + DEVICES, _midnight(facts.timezone, at, days=1) if facts.timezone else at + DEVICES)
        inverters = {owner: item for owner, item in equipment.items() if owner[0] is Subject.INVERTER}
        return cls(lists, facts.devices, at, until, inverters)

    def holds(self, facts: Facts, answers: Mapping[str, Answer], at: float) -> bool:
        """Tell whether nothing has changed that the inverters hang on."""
        same = all(answers.get(target) is kept for target, kept in zip(_LISTS, self.lists, strict=False))
        return same and self.at <= at < self.until and facts.devices is self.devices


def _midnight(zone: str, at: float, *, days: int = 0) -> float:
    """Give the midnight that began the day at the gateway, or one of the next."""
    day = datetime.fromtimestamp(at, ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, time(), ZoneInfo(zone)).timestamp()


def _firmware(facts: Facts, at: float) -> tuple[Statement, ...]:
    if not facts.firmware:
        return ()
    return (Statement(Subject.FIRMWARE, facts.serial, "version", facts.firmware, at, FIRMWARE),)


def _drop_yesterday(evidence: Evidence) -> None:
    """Drop what counts a day that is over at the gateway's place."""
    if evidence.facts.timezone is None:
        return
    midnight = _midnight(evidence.facts.timezone, evidence.gateway_time)
    for (subject, _), said in evidence.said.items():
        for key in _PERIODS[subject] & said.keys():
            for source, statement in list(said[key].items()):
                if statement.at < midnight:
                    del said[key][source]
                    evidence.struck[subject, key, source] = Reason("new_day")


_ORDER: Final = {subject: index for index, subject in enumerate(Subject)}


def _in_order(evidence: Evidence) -> list[Owner]:
    spoken = {owner for owner, said in evidence.said.items() if any(said.values())} | {evidence.whole}
    return sorted(spoken, key=lambda owner: (_ORDER[owner[0]], owner[1]))


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
    mended = evidence.mended and evidence.mended.get((statement[:2], statement.key, statement.source))
    if mended:
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


_SUMS: Final = frozenset({devices.DETAILED, devices.REPORTED})
_CONVERTERS: Final = frozenset({Subject.INVERTER, Subject.BATTERY})


def _quality(evidence: Evidence, statement: Statement) -> Quality:
    subject, _, key, _, at, source = statement
    if source == DERIVED or (subject is Subject.SYSTEM and (key in _SUMMED or source in _SUMS)):
        return Quality.DERIVED
    # What an inverter last reported is not what it does now (E7).
    late = key == "power" and evidence.gateway_time - at > COMMUNICATING and subject in _CONVERTERS
    return Quality.STALE if late else Quality.MEASURED
