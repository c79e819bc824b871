"""All that the answers state, side by side, before anything is believed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from heliograph.model import Facts, Finding, Reason, Subject, Value
from heliograph.protocol.answer import Answer
from heliograph.protocol.endpoints import devices, ensemble, legacy, meters, production, site
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
Said = dict[str, dict[str, Statement]]
"""What was said of one subject: by metric key, then source."""

ROOF: Final = (devices.REPORTS, devices.INVENTORY_ALL, devices.INVENTORY, devices.DEVICE_DATA)
"""The answers that list inverters: long, and the same for five minutes."""


class Roof(NamedTuple):
    """What the lists of inverters said when they were last read, quirks applied."""

    said: dict[Owner, Said]
    removed: set[Owner]
    unknown: set[Owner]
    beside: list[Statement]


_LISTED: Final = frozenset({Subject.INVERTER, Subject.BATTERY, Subject.RELAY})

FRESH: Final = 90
"""Seconds by which one answer may be older than another and still count as read together with it."""


@dataclass(slots=True)
class Evidence:
    """Everything stated by the answers at hand; quirks strike out and mend, and leave findings."""

    facts: Facts
    answers: Mapping[str, Answer]
    at: float
    said: dict[Owner, Said] = field(default_factory=dict)
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
    beside: list[Statement] = field(default_factory=list)
    """What the lists of inverters said of others."""

    @classmethod
    def of(cls, facts: Facts, answers: Mapping[str, Answer], at: float, *, roof: "Roof | None" = None) -> "Evidence":
        """Let every served answer speak; where one source speaks twice, the fresher place is heard.

        With a roof, what the lists of inverters say is taken from it and not read again.
        """
        evidence = cls(facts, answers, at)
        if roof is not None:
            evidence.said.update(roof.said)
            evidence.removed, evidence.unknown, evidence.beside = roof.removed, roof.unknown, roof.beside
            for statement in roof.beside:
                evidence.hear(statement)
        known = {(device.subject, device.serial): device.retired for device in facts.devices}
        spoken_at: dict[tuple[Owner, str, str], float] = {}
        for target, reader in READERS.items():
            answer = answers.get(target)
            if answer is None or not answer.served or (roof is not None and target in ROOF):
                continue
            for statement in reader(answer, facts):
                owner = statement[:2]
                if known and owner[0] in _LISTED and known.get(owner, True):
                    evidence._pass_over(statement, removed=owner in known)
                    continue
                if target in ROOF and owner[0] is not Subject.INVERTER:
                    evidence.beside.append(statement)
                place = (owner, statement.key, statement.source)
                if answer.at > spoken_at.get(place, -FRESH) + FRESH:
                    spoken_at[place] = answer.at
                    evidence.hear(statement)
        return evidence

    def _pass_over(self, statement: Statement, *, removed: bool) -> None:
        """Note a device that is listed and not to be heard."""
        if removed:
            self.removed.add(statement[:2])
        elif statement.source != devices.DETAILED or self.answer(devices.REPORTS) is None:
            # Beside the reports, which list every inverter, device_data never adds one; so no sync would find it.
            self.unknown.add(statement[:2])

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

    def answer(self, *targets: str) -> Answer | None:
        """Give the first of these answers that is served."""
        return next((self.answers[t] for t in targets if t in self.answers and self.answers[t].served), None)
