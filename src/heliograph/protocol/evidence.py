"""All that the answers state, side by side, before anything is believed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from heliograph.model import Facts, Finding, Reason, Subject, Value
from heliograph.protocol.answer import Answer
from heliograph.protocol.endpoints import devices, ensemble, info, legacy, meters, production, site
from heliograph.protocol.fields import Statement

Reader = Callable[[Answer, Facts], Iterator[Statement]]

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

_LISTED: Final = frozenset({Subject.INVERTER, Subject.BATTERY, Subject.RELAY})

_SKEWED: Final = 120
"""Seconds from which a gateway's clock counts as wrong."""

FRESH: Final = 90
"""Seconds by which one answer may be older than another and still count as read together with it."""

_Told = dict[Owner, list[Statement]]


def _told(answer: Answer, reader: Reader, facts: Facts) -> _Told:
    """Let an answer speak, by owner; what it says hangs on itself and on what sync found, so it is asked once."""
    if answer.heard:
        serial, found, configured, told = answer.heard
        if serial == facts.serial and found is facts.devices and configured is facts.meters:
            kept: _Told = told
            return kept
    spoken: _Told = {}
    for statement in reader(answer, facts):
        spoken.setdefault(statement[:2], []).append(statement)
    answer.heard[:] = (facts.serial, facts.devices, facts.meters, spoken)
    return spoken


def _answered_at(owner: Owner, statement: Statement, earlier: list[tuple[float, _Told]], now: float) -> float:
    """Tell when the answer came that a statement is of: an earlier one, else the one that speaks now."""
    places = (at for at, told in reversed(earlier) if any(each is statement for each in told.get(owner, ())))
    return next(places, now)


@dataclass(slots=True)
class Evidence:
    """Everything stated by the answers at hand; quirks strike out and mend, and leave findings."""

    facts: Facts
    answers: Mapping[str, Answer]
    at: float
    said: dict[Owner, dict[str, dict[str, Statement]]] = field(default_factory=dict)
    """By subject and id, then metric key, then source."""
    struck: dict[tuple[Subject, str, str], Reason] = field(default_factory=dict)
    """Why a source lost its voice: by (subject, key, source)."""
    mended: dict[tuple[Owner, str, str], tuple[Value, Reason]] = field(default_factory=dict)
    """What was said before it was mended, and why it was: by (owner, key, source)."""
    findings: list[Finding] = field(default_factory=list)
    removed: set[Owner] = field(default_factory=set)
    """Devices that are listed and were removed; nothing they say is heard."""
    unknown: set[Owner] = field(default_factory=set)
    """Devices that the last sync did not find; they wait for the next one."""
    _lead: float | None = None

    @classmethod
    def of(cls, facts: Facts, answers: Mapping[str, Answer], at: float) -> "Evidence":
        """Let every served answer speak; where one source speaks twice, the fresher place is heard."""
        evidence = cls(facts, answers, at)
        known = {(device.subject, device.serial): device.retired for device in facts.devices}
        # Beside the reports, which list every inverter, device_data never adds one; so no sync would find it.
        listed = evidence.answer(devices.REPORTS) is not None
        earlier: list[tuple[float, _Told]] = []
        for target, reader in READERS.items():
            answer = answers.get(target)
            if answer is None or not answer.served:
                continue
            told = _told(answer, reader, facts)
            for owner, statements in told.items():
                if not known or owner[0] not in _LISTED or not known.get(owner, True):
                    evidence._hear_all(owner, statements, answer.at, earlier)
                elif owner in known:
                    evidence.removed.add(owner)
                elif target != devices.DEVICE_DATA or not listed:
                    evidence.unknown.add(owner)
            earlier.append((answer.at, told))
        return evidence

    def _hear_all(
        self, owner: Owner, statements: Iterable[Statement], at: float, earlier: list[tuple[float, "_Told"]]
    ) -> None:
        said = self.said.setdefault(owner, {})
        for statement in statements:
            by_source = said.setdefault(statement.key, {})
            before = by_source.get(statement.source)
            if before is None or at > _answered_at(owner, before, earlier, at) + FRESH:
                by_source[statement.source] = statement

    def hear(self, statement: Statement) -> None:
        """Take down a statement."""
        self.said.setdefault(statement[:2], {}).setdefault(statement.key, {})[statement.source] = statement

    def system(self, key: str, source: str) -> float | None:
        """Give what a source says of the whole system, where it is a number."""
        return self.number((Subject.SYSTEM, self.facts.serial), key, source)

    def number(self, owner: Owner, key: str, source: str) -> float | None:
        """Give what a source says of a subject, where it is a number."""
        statement = self.said.get(owner, {}).get(key, {}).get(source)
        return float(statement.value) if statement and isinstance(statement.value, int | float) else None

    def strike(self, subject: Subject, source: str, keys: Iterable[str] | None, reason: Reason) -> None:
        """Take a source's voice for some keys of all subjects of a kind (None: all keys), remembering why."""
        for owner, said in self.said.items():
            if owner[0] is subject:
                for key in tuple(said) if keys is None else keys:
                    if said.get(key, {}).pop(source, None) is not None:
                        self.struck.setdefault((subject, key, source), reason)

    def forget(self, owner: Owner) -> None:
        """Drop all that was said of a subject that is not there."""
        self.said.pop(owner, None)

    def mend(self, statement: Statement, value: Value, reason: Reason) -> None:
        """Replace a value, keeping what was said beside it."""
        self.mended[statement[:2], statement.key, statement.source] = (statement.value, reason)
        self.hear(statement._replace(value=value))

    def find(self, code: str, owner: Owner, key: str | None = None, **values: Value | None) -> None:
        """Note something for people to know: `raw` and `given` are the values before and after."""
        raw, given = values.pop("raw", None), values.pop("given", None)
        details = {name: value for name, value in values.items() if value is not None}
        self.findings.append(Finding(code, *owner, key=key, raw=raw, given=given, since=self.at, details=details))

    @property
    def whole(self) -> Owner:
        """The whole system, as an owner of statements."""
        return Subject.SYSTEM, self.facts.serial

    @property
    def beside_house(self) -> bool:
        """A battery hangs beside the house and not behind the production meter, so that what it gives is consumed."""
        return self.facts.meter("storage") is not None or bool(self.facts.of(Subject.BATTERY))

    @property
    def gateway_time(self) -> float:
        """Now by the gateway's own clock, by which its reports are dated; ours where it does not tell its own."""
        if self._lead is None:
            told = self.answers.get(info.TARGET)
            clock = info.clock(told) if told is not None else None
            lead = clock - told.at if told is not None and clock is not None else 0.0
            # Within two minutes it is the answer that was slow, not the clock that is wrong.
            self._lead = lead if abs(lead) > _SKEWED else 0.0
        return self.at + self._lead

    def answer(self, *targets: str) -> Answer | None:
        """Give the first of these answers that is served."""
        return next((self.answers[t] for t in targets if t in self.answers and self.answers[t].served), None)
