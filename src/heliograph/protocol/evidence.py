"""All that the answers state, side by side, before anything is believed."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from heliograph.model import Facts, Finding, Reason, Subject, Value
from heliograph.protocol.answer import Answer
from heliograph.protocol.endpoints import devices, ensemble, info, legacy, meters, production, site
from heliograph.protocol.fields import Statement, number

Reader = Callable[[Answer, Facts], Iterable[Statement]]

READERS: Final[Mapping[str, Reader]] = {
    production.DETAILS: production.production,
    "/production.json": production.production,
    production.V1: production.summary,
    production.ENERGY: production.energy,
    production.LIVEDATA: production.livedata,
    meters.METERS: meters.meters,
    meters.READINGS: meters.readings,
    devices.REPORTS: devices.reports,
    devices.INVENTORY_ALL: devices.inventory,
    devices.INVENTORY: devices.inventory,
    devices.DEVICE_DATA: devices.device_data,
    ensemble.ENSEMBLE: ensemble.ensemble,
    ensemble.POWER: ensemble.power,
    ensemble.CONTROL: ensemble.control,
    ensemble.STATUS: ensemble.status,
    ensemble.DRY_CONTACTS: ensemble.dry_contacts,
    ensemble.DRY_CONTACT_SETTINGS: ensemble.dry_contact_settings,
    ensemble.GENERATOR: ensemble.generator,
    ensemble.GENERATOR_MODE: ensemble.generator_mode,
    site.HOME: site.home,
    site.TARIFF: site.tariff,
    site.EXPORT_LIMIT: site.export_limit,
    site.PRODUCTION_LIMIT: site.production_limit,
    legacy.PAGE: legacy.page,
    legacy.HOME_PAGE: legacy.home_page,
}
"""Which reader reads which answer, in the order in which places of equal freshness are preferred."""

Owner = tuple[Subject, str]
"""What a statement is about: subject and id."""

Statements = dict[str, dict[str, Statement]]
"""The statements about one owner: by metric key, then by source."""

Extract = Mapping[Subject, Mapping[str, list[Statement]]]
"""The statements of one answer: by subject and id."""

Extracts = list[tuple[Answer, Mapping[str, list[Statement]]]]
"""The statements about one subject, answer by answer, in the order in which answers are preferred."""

_EXTRACT: Final = "told"
_NOTHING: Final[dict[str, Any]] = {}
_LISTED: Final = frozenset({Subject.INVERTER, Subject.BATTERY, Subject.RELAY})

_SKEWED: Final = 120
"""Seconds from which a gateway's clock counts as wrong."""

FRESH: Final = 30
"""Seconds by which one answer may be older than another and still count as read together with it: less than a minute,
or a page that is asked now and then would take the place of the one that is asked at every poll."""

_QUARTER: Final = 900
"""Seconds between moments at which a day may begin, wherever on earth."""


def extract_all(facts: Facts, answers: Mapping[str, Answer]) -> dict[Subject, Extracts]:
    """Return the statements of every served answer, by subject."""
    extracts: dict[Subject, Extracts] = {}
    for target, reader in READERS.items():
        answer = answers.get(target)
        if answer is not None and answer.served:
            for subject, by_id in _extract(answer, reader, facts).items():
                extracts.setdefault(subject, []).append((answer, by_id))
    return extracts


def _extract(answer: Answer, reader: Reader, facts: Facts) -> Extract:
    """Return the statements of an answer; they depend on the answer and the last sync only, so they are read once."""
    cached = answer.cache.get(_EXTRACT)
    if cached is not None:
        serial, device_list, configured, extract = cached
        if serial == facts.serial and device_list is facts.devices and configured is facts.meters:
            return cast("Extract", extract)
    extracted: dict[Subject, dict[str, list[Statement]]] = {}
    for statement in reader(answer, facts):
        by_id = extracted.get(statement.subject)
        if by_id is None:
            by_id = extracted[statement.subject] = {}
        same_owner = by_id.get(statement.id)
        if same_owner is None:
            by_id[statement.id] = [statement]
        else:
            same_owner.append(statement)
    answer.cache[_EXTRACT] = (facts.serial, facts.devices, facts.meters, extracted)
    return extracted


def _answered_at(statement: Statement, earlier: Extracts, now: float) -> float:
    """Return when the answer of a statement came: an earlier answer, else the current one."""
    places = (
        answer.at
        for answer, extract in reversed(earlier)
        if any(other is statement for other in extract.get(statement.id, ()))
    )
    return next(places, now)


@lru_cache(maxsize=256)
def _day(zone: str, quarter: int) -> tuple[float, float]:
    """Return the midnights around a quarter of an hour (counted since 1970)."""
    here = ZoneInfo(zone)
    day = datetime.fromtimestamp(quarter * _QUARTER, here).date()
    first, last = (datetime.combine(day + timedelta(days=days), time(), here).timestamp() for days in (0, 1))
    return first, last


@dataclass(slots=True)
class Evidence:
    """Everything stated by the current answers; quirks exclude sources, correct values and add findings."""

    facts: Facts
    answers: Mapping[str, Answer]
    at: float
    statements: dict[Subject, dict[str, Statements]] = field(default_factory=dict)
    """By subject and id."""
    excluded: dict[tuple[Subject, str], dict[str, Reason]] = field(default_factory=dict)
    """Why a source is excluded: by subject and key, then by source."""
    corrected: dict[tuple[Owner, str, str], tuple[Value, Reason]] = field(default_factory=dict)
    """The value before a correction, and its reason: by (owner, key, source)."""
    findings: list[Finding] = field(default_factory=list)
    removed: set[Owner] = field(default_factory=set)
    """Devices that are listed although they were removed; their statements are ignored."""
    unknown: set[Owner] = field(default_factory=set)
    """Devices that the last sync did not find; they are read from the next one on."""
    sums: dict[tuple[str, str], float] = field(default_factory=dict)
    """What the inverters add up to, by system key and source."""
    rated: tuple[int, float] = (0, 0.0)
    """Of how many inverters the highest power ever is known, and what these add up to."""
    incomplete: Reason | None = None
    """Why the sum of the batteries' powers is not that of all of them; None where it is."""
    unfitted: set[str] = field(default_factory=set)
    """Measurements whose transformer is enabled but not fitted."""
    _skew: list[float | None] = field(default_factory=list)
    _beside: bool | None = None

    @classmethod
    def of(cls, facts: Facts, answers: Mapping[str, Answer], at: float) -> "Evidence":
        """Record every statement of the answers."""
        evidence = cls(facts, answers, at)
        for subject, extracts in extract_all(facts, answers).items():
            evidence.take(subject, extracts)
        return evidence

    def take(self, subject: Subject, extracts: Extracts) -> None:
        """Record the statements about one subject; of two by one source, the fresher counts."""
        retired: Mapping[str, bool] | None = None
        if subject in _LISTED and self.facts.devices:
            retired = {device.serial: device.retired for device in self.facts.devices if device.subject is subject}
        # Beside the reports, which list every inverter, device_data never adds one; so no sync would find it.
        listed = self.answer(devices.REPORTS) is not None
        for index, (answer, extract) in enumerate(extracts):
            for identifier, statements in extract.items():
                if retired is None or not retired.get(identifier, True):
                    self._take_all(subject, identifier, statements, answer.at, extracts[:index])
                elif identifier in retired:
                    self.removed.add((subject, identifier))
                elif answer.target != devices.DEVICE_DATA or not listed:
                    self.unknown.add((subject, identifier))

    def _take_all(
        self, subject: Subject, identifier: str, statements: Iterable[Statement], at: float, earlier: Extracts
    ) -> None:
        by_key = self.statements.setdefault(subject, {}).setdefault(identifier, {})
        for statement in statements:
            by_source = by_key.get(statement.key)
            if by_source is None:
                by_key[statement.key] = {statement.source: statement}
                continue
            before = by_source.get(statement.source)
            if before is None or at > _answered_at(before, earlier, at) + FRESH:
                by_source[statement.source] = statement

    def join(self, other: "Evidence") -> None:
        """Add the evidence about other subjects."""
        self.statements.update(other.statements)
        self.excluded.update(other.excluded)
        self.corrected.update(other.corrected)
        self.findings.extend(other.findings)
        self.removed.update(other.removed)
        self.unknown.update(other.unknown)
        self.sums.update(other.sums)
        self.rated = max(self.rated, other.rated)

    @property
    def whole(self) -> Owner:
        """The whole system, as an owner of statements."""
        return Subject.SYSTEM, self.facts.serial

    def record(self, statement: Statement) -> None:
        """Record a statement."""
        by_key = self.statements.setdefault(statement.subject, {}).setdefault(statement.id, {})
        by_key.setdefault(statement.key, {})[statement.source] = statement

    def about(self, owner: Owner) -> Statements:
        """Return all statements about one owner."""
        subject, identifier = owner
        return self.statements.get(subject, {}).get(identifier, {})

    def every(self, subject: Subject) -> Collection[Statements]:
        """Return the statements about each device of a kind."""
        return self.statements.get(subject, {}).values()

    def system(self, key: str, source: str) -> float | None:
        """Return the value of a source for the whole system, where it is a number."""
        by_source = self.statements.get(Subject.SYSTEM, _NOTHING).get(self.facts.serial, _NOTHING).get(key, _NOTHING)
        statement = by_source.get(source)
        return None if statement is None else number(statement.value)

    def number(self, owner: Owner, key: str, source: str) -> float | None:
        """Return the value of a source for one owner, where it is a number."""
        statement = self.about(owner).get(key, {}).get(source)
        return None if statement is None else number(statement.value)

    def exclude_source(self, subject: Subject, source: str, keys: Iterable[str] | None, reason: Reason) -> None:
        """Exclude a source for some keys of every device of a kind (None: all keys), with the reason."""
        for by_key in self.every(subject):
            for key in tuple(by_key) if keys is None else keys:
                if by_key.get(key, {}).pop(source, None) is not None:
                    self.excluded.setdefault((subject, key), {}).setdefault(source, reason)

    def forget(self, owner: Owner) -> None:
        """Drop every statement about a device that is not there."""
        subject, identifier = owner
        self.statements.get(subject, {}).pop(identifier, None)

    def correct(self, statement: Statement, value: Value, reason: Reason) -> None:
        """Replace a value, keeping the one before it."""
        owner = statement.subject, statement.id
        self.corrected[owner, statement.key, statement.source] = (statement.value, reason)
        self.record(statement.saying(value))

    def find(self, code: str, owner: Owner, key: str | None = None, **values: Value | None) -> None:
        """Note something for people to know: `raw` and `given` are the values before and after."""
        raw, value = values.pop("raw", None), values.pop("given", None)
        details = {name: value for name, value in values.items() if value is not None}
        self.findings.append(Finding(code, *owner, key=key, raw=raw, given=value, since=self.at, details=details))

    @property
    def beside_house(self) -> bool:
        """A battery hangs, or may hang, beside the house and not behind the production meter: it feeds the house."""
        if self._beside is None:
            batteries = bool(self.facts.of(Subject.BATTERY)) or self.batteries_refused is not None
            self._beside = self.facts.meter("storage") is not None or batteries
        return self._beside

    @property
    def batteries_refused(self) -> Reason | None:
        """Why it is not known whether there are batteries: their list was refused. None where it was read.

        A refusal is no empty list: neither "none" nor a count of 0 follows from it.
        """
        fact = self.facts.endpoints.get(ensemble.ENSEMBLE)
        if fact is None or fact.served or self.facts.of(Subject.BATTERY):
            return None
        return fact.reason

    @property
    def share_unknown(self) -> Reason | None:
        """Why it is not known what batteries give to the house, or take; None where it is, or there are none."""
        if self.batteries_refused is None or self.facts.meter("storage") is not None:
            return None
        return Reason("battery_share_unknown", self.batteries_refused.details)

    @property
    def gateway_time(self) -> float:
        """Now by the gateway's own clock, by which its reports are dated; ours where it does not tell its own."""
        return self.at + (self.skew or 0.0)

    @property
    def skew(self) -> float | None:
        """Seconds by which the gateway's clock is ahead of ours; None where it does not tell its own."""
        if not self._skew:
            answer = self.answers.get(info.TARGET)
            clock = info.clock(answer) if answer is not None else None
            ahead = clock - answer.at if answer is not None and clock is not None else None
            # Within two minutes it is the answer that was slow, not the clock that is wrong.
            self._skew.append(0.0 if ahead is not None and abs(ahead) <= _SKEWED else ahead)
        return self._skew[0]

    def age(self, statement: Statement) -> float:
        """Return how old a statement is, by the clock that dated it: ours where the gateway gave no date."""
        ours = any(answer.at == statement.at for answer in self.answers.values())
        return (self.at if ours else self.gateway_time) - statement.at

    @property
    def today(self) -> tuple[float, float] | None:
        """The day at the gateway's place, from midnight to midnight; None where its time zone is not known."""
        zone = self.facts.timezone
        return None if zone is None else _day(zone, int(self.gateway_time // _QUARTER))

    def answer(self, *targets: str) -> Answer | None:
        """Return the first of these answers that is served."""
        for target in targets:
            answer = self.answers.get(target)
            if answer is not None and answer.served:
                return answer
        return None
