"""One story: a house, what goes wrong, and how the program reads it, minute by minute in virtual time."""

import math
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from heliograph.gateway.agenda import Agenda
from heliograph.ledger import Books, Settings, advance, decode, encode
from heliograph.model import Facts, Quality, Snapshot
from heliograph.protocol import Answer, Plan, Reader, answer, conclude, identify, next_question
from heliograph.protocol.answer import Body
from tests.stories.gateway import DOCUMENTS, Gateway
from tests.stories.site import COUNTERS

LIFETIME_SHARE, DAY_SHARE = 0.001, 0.01
FLOOR = 15.0
"""Wh that a day may be off in any case: readings and reports are some seconds apart."""


@dataclass
class Story:
    """What is to happen, and what of it is judged."""

    kind: str
    seed: int
    gateway: Gateway
    days: int = 3
    """Local days, the first of which is under way when the program begins."""
    cadence: float = 120.0
    away: list[tuple[float, float]] = field(default_factory=list)
    """When nobody answers: outages of the gateway, of the network, of our machine."""
    kills: list[tuple[float, float]] = field(default_factory=list)
    """When the program is killed, and how old the books are from which it goes on, seconds; -1 = they are lost."""
    clock: Callable[[float], float] = lambda at: 0.0
    """Seconds by which our own clock is ahead."""
    codes: frozenset[str] = frozenset()
    """Findings that tell the truth of this story."""
    unknowable: set[tuple[str, str]] = field(default_factory=set)
    """What no reader can know: (counter, `lifetime` or an ISO date or `*`)."""
    absent: set[str] = field(default_factory=set)
    """Counters that nothing measures, so that any value of them is invented."""


@dataclass(frozen=True)
class Error:
    """A value that is not within its tolerance; `given` is None where it is absent."""

    counter: str
    span: str
    """`lifetime` or the ISO date of a day."""
    given: float | None
    true: float

    @property
    def share(self) -> float:
        """How far it is off; 1 where it is absent, or should be."""
        if self.given is None or math.isnan(self.true):
            return 1.0
        return abs(self.given - self.true) / max(abs(self.true), 1.0)


@dataclass
class Outcome:
    """What became of a story."""

    kind: str
    seed: int
    judged: int = 0
    errors: list[Error] = field(default_factory=list)
    findings: dict[str, float] = field(default_factory=dict)
    """Codes of findings that do not tell the truth, with the moment of the first."""
    crash: str | None = None
    fell: set[str] = field(default_factory=set)
    """Counters that were given lower than before."""

    @property
    def within(self) -> bool:
        """Whether everything that can be known was right."""
        return not self.errors and self.crash is None

    @property
    def worst(self) -> Error | None:
        """The day that is farthest from the truth."""
        return max(self.errors, key=lambda error: error.share, default=None)


@dataclass
class Client:
    """What the program keeps of one gateway: as its client and poller do, without HTTP."""

    story: Story
    facts: Facts | None = None
    plan: Plan = field(default_factory=Plan)
    agenda: Agenda = field(default_factory=Agenda)
    reader: Reader = field(default_factory=Reader)
    books: Books | None = None
    saved: list[tuple[float, bytes]] = field(default_factory=list)

    def ask(self, target: str, at: float) -> Answer:
        """Return the answer to one question."""
        if target not in DOCUMENTS:
            return answer(target, 404, b'{"err":"404 - Not Found"}', at)
        status, body = self.story.gateway.answer(target)
        return answer(target, status, body, at)

    def interview(self, at: float) -> None:
        """Ask what there is to ask, and make the plan."""
        answers = {"/info": self.ask("/info", at)}
        found = identify(answers["/info"], "gateway")
        facts = found if self.facts is None else replace(self.facts, firmware=found.firmware, metered=found.metered)
        while (target := next_question(facts, answers)) is not None:
            answers[target] = self.ask(target, at)
        self.facts, self.plan = conclude(facts, answers)
        self.agenda.begin(self.plan.opening(answers))

    def poll(self, at: float) -> Snapshot | None:
        """Read once; None where nothing answers."""
        self.agenda.turn_to(at)
        if self.facts is None:
            self.interview(at)
        assert self.facts is not None
        cadence = int(self.story.cadence)
        questions = self.agenda.due(self.plan.paced(cadence, max(300, cadence)), at)
        read = failed = 0
        for question in questions:
            given, before = self.ask(question.target, at), self.agenda.answers.get(question.target)
            other = before is not None and before.kind is Body.JSON and given.kind is not Body.JSON
            if given.served and not other:
                self.agenda.take(given, at)
                read += 1
            else:
                self.agenda.fail(question, ValueError(question.target), at)  # type: ignore[arg-type]
                failed += 1
        if failed and not read:
            return None
        raw, self.facts = self.reader.read(self.facts, self.agenda.answers, host="gateway", at=at)
        return raw

    def kill(self, at: float, age: float) -> None:
        """End the program and begin it anew from books of some age."""
        self.agenda, self.reader = Agenda(), Reader()
        kept = [book for moment, book in self.saved if moment <= at - age]
        self.books = decode(kept[-1]) if kept and age >= 0 else None


@dataclass
class Judge:
    """Compares what is given with the truth."""

    story: Story
    outcome: Outcome
    date: str = ""
    last: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    """Given and true energy of the present day, at the last poll."""
    whole: bool = False
    """The present day was watched from its midnight."""
    given: dict[str, float] = field(default_factory=dict)

    def begin_day(self, date: str) -> None:
        """Judge the day that is over and begin another."""
        for counter, (given, true) in self.last.items():
            if given is None and not self.whole:
                # A day that began before anybody looked is known only where the gateway tells it.
                continue
            self.judge(counter, self.date, given, true)
        self.whole = bool(self.date)
        self.date, self.last = date, {}

    def judge(self, counter: str, span: str, given: float | None, true: float) -> None:
        """Judge one value."""
        unknowable = {(counter, span), (counter, "*"), ("*", span), ("*", "*")} & self.story.unknowable
        if unknowable:
            return
        self.outcome.judged += 1
        if counter in self.story.absent:
            if given is not None:
                self.outcome.errors.append(Error(counter, span, given, float("nan")))
            return
        share = LIFETIME_SHARE if span == "lifetime" else DAY_SHARE
        if given is None or abs(given - true) > max(FLOOR, share * abs(true)):
            self.outcome.errors.append(Error(counter, span, given, true))

    def look(self, snapshot: Snapshot) -> None:
        """Note what is given at this moment."""
        site, system = self.story.gateway.site, snapshot.system
        for counter in self.counters:
            today = _number(snapshot, f"{counter}_today")
            self.last[counter] = today, site.day(counter)
            lifetime = _number(snapshot, f"{counter}_lifetime")
            if lifetime is not None:
                if lifetime < self.given.get(counter, lifetime) - 0.01:
                    self.outcome.fell.add(counter)
                self.given[counter] = lifetime
        for key, reading in system.values.items():
            assert reading.quality is not Quality.CORRECTED or reading.raw is not None, key

    def end(self, snapshot: Snapshot | None) -> None:
        """Judge the last day and the lifetimes."""
        self.begin_day("")
        energies = self.story.gateway.site.energies
        for counter in self.counters:
            given = None if snapshot is None else _number(snapshot, f"{counter}_lifetime")
            self.judge(counter, "lifetime", given, energies[counter])

    @property
    def counters(self) -> tuple[str, ...]:
        """The counters that this site has."""
        gateway = self.story.gateway
        if not gateway.metered:
            return ("production",)
        if gateway.consumption_off:
            return ("production",)
        return COUNTERS if gateway.site.battery else COUNTERS[:4]


def _number(snapshot: Snapshot, key: str) -> float | None:
    value = snapshot.system.value(key)
    return float(value) if isinstance(value, float | int) else None


SAVE = 300.0
"""Seconds between two times at which books are saved."""


def tell(story: Story, watch: Callable[[float, Snapshot], None] | None = None) -> Outcome:
    """Let a story happen; a program that fails is a crash, and the end of it."""
    outcome = Outcome(story.kind, story.seed)
    try:
        _tell(story, outcome, watch)
    except Exception:  # noqa: BLE001 - whatever the program raises is what is looked for
        outcome.crash = traceback.format_exc(limit=-3)
    return outcome


def _tell(story: Story, outcome: Outcome, watch: Callable[[float, Snapshot], None] | None) -> None:
    gateway, client = story.gateway, Client(story)
    site, judge = gateway.site, Judge(story, outcome)
    settings, snapshot = Settings(zone=site.zone), None
    kills, days = sorted(story.kills), 0
    while True:
        if site.date != judge.date:
            days += 1
            if days > story.days:
                break
            judge.begin_day(site.date)
        if kills and site.at >= kills[0][0]:
            client.kill(site.at, kills.pop(0)[1])
            # From books of some minutes ago, what no meter counts may well be lower.
            judge.given.clear()
        if not any(start <= site.at < end for start, end in story.away):
            at = site.at + story.clock(site.at)
            raw = client.poll(at)
            if raw is not None:
                given = advance(client.books or Books.open(raw.gateway.serial), raw, at, settings)
                client.books, snapshot = given.books, given.snapshot
                for code in {finding.code for finding in (*given.opened, *snapshot.findings)} - story.codes:
                    outcome.findings.setdefault(code, site.at)
                if not client.saved or site.at - client.saved[-1][0] >= SAVE:
                    client.saved = [*client.saved[-13:], (site.at, encode(given.books))]
                judge.look(snapshot)
                if watch is not None:
                    watch(site.at, snapshot)
        gateway.live(story.cadence)
    judge.end(snapshot)
