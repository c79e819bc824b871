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
from heliograph.protocol.evidence import ROOF, Evidence, Owner, Roof
from heliograph.protocol.fields import Statement
from heliograph.protocol.plan import DEVICES
from heliograph.protocol.quirks import apply_all
from heliograph.protocol.sums import add_up

FIRMWARE: Final = "info"
_SUMMED: Final = {"inverter_count", "battery_count", "battery_power", "battery_level"}


def weigh(
    facts: Facts,
    answers: Mapping[str, Answer],
    at: float,
    statements: Iterable[Statement] = (),
    *,
    roof: Roof | None = None,
) -> tuple[Evidence, tuple[str, ...]]:
    """Hear all answers, add up the devices, and let the quirks speak; gives the evidence and the quirks that showed."""
    evidence = Evidence.of(facts, answers, at, roof=roof)
    for statement in (*statements, *_firmware(facts, at)):
        evidence.hear(statement)
    _drop_yesterday(evidence)
    add_up(evidence)
    return evidence, apply_all(evidence)


class Reader:
    """Reads one gateway again and again; its inverters only when one of their lists is new.

    Else it keeps nothing: the same answers give the same snapshot, but that the age of an inverter's report is judged
    anew only every five minutes.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._roof: _KeptRoof | None = None

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
        kept = self._roof if self._roof is not None and self._roof.holds(facts, answers, at) else None
        evidence, _ = weigh(facts, answers, at, statements, roof=kept.roof if kept else None)
        chooser = Chooser(evidence)
        known = {(device.subject, device.serial): device for device in facts.devices}
        inverters = kept.equipment if kept else {}
        equipment = {
            owner: inverters.get(owner) or _equipment(evidence, chooser, owner, known.get(owner))
            for owner in _in_order(evidence)
        }
        if kept is None:
            self._roof = _KeptRoof.of(facts, answers, evidence, equipment)
        identity = Identity(facts.serial, facts.firmware, facts.part_number, host)
        snapshot = Snapshot(identity, at, tuple(equipment.values()), tuple(evidence.findings))
        return snapshot, replace(facts, pins=chooser.pins, doubts=chooser.doubts)


class _KeptRoof(NamedTuple):
    """The inverters as they were read, and what has to be the same for them to be so still."""

    lists: tuple[Answer | None, ...]
    devices: tuple[DeviceFact, ...]
    at: float
    midnight: float
    roof: Roof
    equipment: dict[Owner, Equipment]

    @classmethod
    def of(
        cls, facts: Facts, answers: Mapping[str, Answer], evidence: Evidence, equipment: Mapping[Owner, Equipment]
    ) -> "_KeptRoof":
        said = {owner: said for owner, said in evidence.said.items() if owner[0] is Subject.INVERTER}
        return cls(
            tuple(answers.get(target) for target in ROOF),
            facts.devices,
            evidence.at,
            _midnight_after(facts, evidence.at),
            Roof(said, evidence.removed, evidence.unknown, evidence.beside),
            {owner: item for owner, item in equipment.items() if owner[0] is Subject.INVERTER},
        )

    def holds(self, facts: Facts, answers: Mapping[str, Answer], at: float) -> bool:
        """Tell whether nothing that the inverters hang on has changed."""
        same = all(answers.get(target) is kept for target, kept in zip(ROOF, self.lists, strict=True))
        soon = self.at <= at < min(self.at + DEVICES, self.midnight)
        return same and soon and facts.devices is self.devices


def _midnight_after(facts: Facts, at: float) -> float:
    """Give the next midnight at the gateway; never where its zone is not known."""
    if facts.timezone is None:
        return float("inf")
    tomorrow = datetime.fromtimestamp(at, ZoneInfo(facts.timezone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(facts.timezone)).timestamp()


def read(
    facts: Facts, answers: Mapping[str, Answer], *, host: str, at: float, statements: Iterable[Statement] = ()
) -> tuple[Snapshot, Facts]:
    """Read everything that a gateway's answers hold, once: see `Reader.read`."""
    return Reader().read(facts, answers, host=host, at=at, statements=statements)


def _firmware(facts: Facts, at: float) -> tuple[Statement, ...]:
    if not facts.firmware:
        return ()
    return (Statement(Subject.FIRMWARE, facts.serial, "version", facts.firmware, at, FIRMWARE),)


_PERIODS: Final = {
    subject: tuple(metric.key for metric in metrics_of(subject) if metric.kind is Kind.PERIOD) for subject in Subject
}


def _drop_yesterday(evidence: Evidence) -> None:
    """Drop what counts a day that is over at the gateway's place."""
    zone = evidence.facts.timezone
    if zone is None:
        return
    midnight = datetime.combine(
        datetime.fromtimestamp(evidence.at, ZoneInfo(zone)).date(), time(), ZoneInfo(zone)
    ).timestamp()
    for owner, said in evidence.said.items():
        for key in _PERIODS[owner[0]]:
            by_source = said.get(key, {})
            for source in [source for source, statement in by_source.items() if statement.at < midnight]:
                del by_source[source]
                evidence.struck[owner[0], key, source] = Reason("new_day")


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
