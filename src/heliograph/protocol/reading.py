"""From answers to a snapshot: state everything, apply the quirks, choose, and say why the rest is absent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

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
from heliograph.protocol.absence import Reasons, resemblance
from heliograph.protocol.answer import Answer
from heliograph.protocol.choice import COMMUNICATING, DERIVED, Chooser
from heliograph.protocol.endpoints import devices, ensemble
from heliograph.protocol.evidence import Evidence, Extracts, Owner, extract_all
from heliograph.protocol.fields import Statement
from heliograph.protocol.plan import DEVICES
from heliograph.protocol.quirks import apply_all
from heliograph.protocol.sums import add_inverters, add_up, is_silent

FIRMWARE: Final = "info"
_METRICS: Final = {subject: tuple((metric.key, metric) for metric in metrics_of(subject)) for subject in Subject}
_PERIODS: Final = {
    subject: frozenset(metric.key for metric in metrics_of(subject) if metric.kind is Kind.PERIOD)
    for subject in Subject
}
_SUMMED: Final = {"inverter_count", "battery_count", "battery_power", "battery_level"}

_WHOLE: Final = frozenset({Subject.SYSTEM, Subject.PHASE, Subject.FIRMWARE})
"""What many answers speak of, and the caller; the others are parts, which hang on their own answers alone."""


@dataclass(slots=True)
class Part:
    """One kind of device, read anew only when an answer that speaks of it is new."""

    extracts: Extracts
    evidence: Evidence
    until: float
    """When the ages of its reports are judged anew."""
    quirks: set[str]
    """The quirks that it showed."""
    equipment: tuple[Equipment, ...] | None = None
    """None until it was asked for."""

    @classmethod
    def of(cls, subject: Subject, extracts: Extracts, whole: Evidence) -> "Part":
        """Hear what is said of one kind of device."""
        evidence = Evidence(whole.facts, whole.answers, whole.at)
        evidence.take(subject, extracts)
        _drop_yesterday(evidence, subject)
        quirks = apply_all(evidence, subject)
        if subject is Subject.INVERTER:
            add_inverters(evidence)
        until = evidence.at + DEVICES
        if _PERIODS[subject] and evidence.today is not None:
            until = min(until, evidence.at + evidence.today[1] - evidence.gateway_time)
        return cls(extracts, evidence, until, quirks)

    def holds(self, voices: Extracts, facts: Facts, at: float) -> bool:
        """Return whether nothing has changed that it hangs on."""
        if not self.evidence.at <= at < self.until or len(voices) != len(self.extracts):
            return False
        for (answer, _), (before, _) in zip(voices, self.extracts, strict=True):
            if answer is not before:
                return False
        return _same_place(facts, self.evidence.facts)


def _same_place(left: Facts, right: Facts) -> bool:
    """Return whether the same was found at sync; identity will do, for facts are replaced and never changed."""
    return left.devices is right.devices and left.meters is right.meters and left.endpoints is right.endpoints


Parts = dict[Subject, Part]


def evaluate(
    facts: Facts,
    answers: Mapping[str, Answer],
    at: float,
    statements: Iterable[Statement] = (),
    parts: Parts | None = None,
) -> tuple[Evidence, set[str]]:
    """Hear all answers, add up the devices, and let the quirks speak; gives the evidence and the quirks that showed.

    `parts` are those of the last time, and are replaced where they do not hold any more.
    """
    evidence, quirks = Evidence(facts, answers, at), set[str]()
    by_subject = extract_all(facts, answers)
    parts = {} if parts is None else parts
    for subject in [gone for gone in parts if gone not in by_subject]:
        del parts[subject]
    for subject, extracts in by_subject.items():
        if subject in _WHOLE:
            evidence.take(subject, extracts)
            continue
        part = parts.get(subject)
        if part is None or not part.holds(extracts, facts, at):
            part = parts[subject] = Part.of(subject, extracts, evidence)
        evidence.join(part.evidence)
        quirks |= part.quirks
    for statement in (*statements, *_firmware(facts, at)):
        evidence.record(statement)
    _drop_yesterday(evidence, Subject.SYSTEM)
    add_up(evidence)
    return evidence, quirks | apply_all(evidence)


class Reader:
    """Reads one gateway again and again, and each kind of device only when one of its answers is new.

    The same answers give the same snapshot, but that the age of a device's report is judged anew every five minutes.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._parts: Parts = {}

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
        evidence, _ = evaluate(facts, answers, at, statements, self._parts)
        chooser = Chooser(evidence)
        equipment: list[Equipment] = []
        for subject in Subject:
            part = self._parts.get(subject)
            if part is None:
                equipment += _of_one_kind(evidence, chooser, subject)
                continue
            if part.equipment is None:
                part.equipment = _of_one_kind(evidence, chooser, subject)
            equipment += part.equipment
        identity = Identity(facts.serial, facts.firmware, facts.part_number, host)
        snapshot = Snapshot(identity, at, tuple(equipment), tuple(evidence.findings), evidence.skew)
        if chooser.pins != facts.pins or chooser.doubts != facts.doubts:
            facts = replace(facts, pins=chooser.pins, doubts=chooser.doubts)
        return snapshot, facts


def read(
    facts: Facts, answers: Mapping[str, Answer], *, host: str, at: float, statements: Iterable[Statement] = ()
) -> tuple[Snapshot, Facts]:
    """Read everything that a gateway's answers hold, once: see `Reader.read`."""
    return Reader().read(facts, answers, host=host, at=at, statements=statements)


def _firmware(facts: Facts, at: float) -> tuple[Statement, ...]:
    if not facts.firmware:
        return ()
    return (Statement(Subject.FIRMWARE, facts.serial, "version", facts.firmware, at, FIRMWARE),)


def _drop_yesterday(evidence: Evidence, subject: Subject) -> None:
    """Drop what counts a day that is over at the gateway's place."""
    if not _PERIODS[subject] or evidence.today is None:
        return
    midnight, _ = evidence.today
    for statements in evidence.every(subject):
        for key in _PERIODS[subject] & statements.keys():
            for source, statement in list(statements[key].items()):
                if statement.at < midnight:
                    del statements[key][source]
                    evidence.excluded.setdefault((subject, key), {})[source] = Reason("new_day")


_DISCOVERED: Final = frozenset(Subject) - _WHOLE - {Subject.METER, Subject.NETWORK, Subject.STORAGE}
"""What sync finds as devices."""


def _of_one_kind(evidence: Evidence, chooser: Chooser, subject: Subject) -> tuple[Equipment, ...]:
    """Return every subject of a kind of which anything is left; of the system in any case."""
    by_id = evidence.statements.get(subject, {})
    ids = {identifier for identifier in by_id if any(by_id[identifier].values())}
    if subject is Subject.SYSTEM:
        ids.add(evidence.facts.serial)
    facts: dict[str, DeviceFact] = {}
    if subject in _DISCOVERED and ids:
        facts = {device.serial: device for device in evidence.facts.devices if device.subject is subject}
    lacks: dict[object, Reasons] = {}
    equipment: list[Equipment] = []
    for owner in ((subject, identifier) for identifier in sorted(ids)):
        alike = resemblance(evidence, owner)
        reasons = lacks.get(alike)
        if reasons is None:
            reasons = lacks[alike] = Reasons(evidence, owner)
        equipment.append(_equipment(evidence, chooser, owner, facts.get(owner[1]), reasons))
    return tuple(equipment)


def _equipment(
    evidence: Evidence, chooser: Chooser, owner: Owner, device: DeviceFact | None, reasons: Mapping[str, Reason]
) -> Equipment:
    chosen = chooser.choose(owner)
    values: dict[str, Reading] = {}
    absent: dict[str, Reason] = {}
    for key, metric in _METRICS[owner[0]]:
        statement = chosen.get(key)
        if statement is not None:
            values[key] = _reading(evidence, metric, statement)
        else:
            absent[key] = reasons[key]
    if owner[0] is Subject.SYSTEM:
        absent |= {key: reason for key, reason in chooser.interrupted.items() if key in absent}
    return Equipment(
        *owner,
        values=values,
        absent=absent,
        model=device.model if device else None,
        part_number=device.part_number if device else None,
    )


_SUMS: Final = frozenset({devices.DETAILED, devices.REPORTED})
_CONVERTERS: Final = frozenset({Subject.INVERTER, Subject.BATTERY})
_OF_BATTERIES: Final = frozenset({"battery_power", "battery_state"})
"""Sums over batteries, which may leave out one that is silent."""
_ABOUT_SILENCE: Final = frozenset({"communicating", "provisioned", "status", "last_report"})
"""What is true just of a battery that does not communicate."""


def _is_of_the_past(evidence: Evidence, metric: Metric, statement: Statement) -> bool:
    present = metric.kind is Kind.NOW and metric.key not in _ABOUT_SILENCE
    return present and is_silent(evidence, (statement.subject, statement.id))


def _reading(evidence: Evidence, metric: Metric, statement: Statement) -> Reading:
    subject, key, source = statement.subject, statement.key, statement.source
    mended = evidence.corrected and evidence.corrected.get(((subject, statement.id), key, source))
    if mended:
        raw, reason = mended
        quality, since = Quality.CORRECTED, evidence.at
        return Reading(metric, statement.value, statement.at, source, quality, raw=raw, reason=reason, since=since)
    if subject is Subject.BATTERY and _is_of_the_past(evidence, metric, statement):
        reason = Reason("not_reporting")
        return Reading(metric, statement.value, statement.at, source, Quality.STALE, reason=reason, since=statement.at)
    if subject is Subject.SYSTEM and key in _OF_BATTERIES and source in {DERIVED, ensemble.POWERED}:
        return Reading(metric, statement.value, statement.at, source, Quality.DERIVED, reason=evidence.incomplete)
    quality = Quality.MEASURED
    if source == DERIVED or (subject is Subject.SYSTEM and (key in _SUMMED or source in _SUMS)):
        quality = Quality.DERIVED
    elif key == "power" and subject in _CONVERTERS and evidence.age(statement) > COMMUNICATING:
        # What an inverter last reported is not what it does now (E7).
        quality = Quality.STALE
    return Reading(metric, statement.value, statement.at, source, quality)
