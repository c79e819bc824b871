"""End to end without HTTP: a simulated gateway, the reader, the ledger; the simulated site is the judge."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from heliograph.emulator.families import build
from heliograph.emulator.lies import LIES
from heliograph.emulator.site.truth import Energies
from heliograph.ledger import Books, Settings, advance, decode, encode
from heliograph.model import Snapshot
from heliograph.protocol import read
from tests.protocol.asking import ask, interview

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 6, 10, 9, 0, tzinfo=PARIS).timestamp()
HOUR = 3600.0
POLL, SLOW_POLL = 120.0, 300.0

NEEDS_SYNC = {"firmware-update", "gateway-swap", "metered-without-ct", "disabled-consumption-noise"}
"""What changes the gateway so that it is interviewed anew."""

TRUTH = {"production": "production", "consumption": "consumption", "import": "imported", "export": "exported"}
STORED = {"charged": "charged", "discharged": "discharged"}


@dataclass
class Told:
    """What one gateway was made to say, and what became of it."""

    codes: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    nights: list[dict[str, tuple[float, float]]] = field(default_factory=list)
    """Given and true energy of each full day, before its midnight."""
    gained: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Given and true growth of each lifetime from the first poll to the last."""


def numbers(snapshot: Snapshot, truth: Energies, span: str) -> dict[str, tuple[float, float]]:
    system = snapshot.system
    found = {}
    for name, attribute in (TRUTH | STORED).items():
        value = system.value(f"{name}_{span}")
        if isinstance(value, float | int):
            found[name] = (float(value), float(getattr(truth, attribute)))
    return found


def tell(family: str, hours: float, poll: float, turns: dict[float, tuple[str, bool]] | None = None) -> Told:
    """Let a gateway live and answer; `turns` switch lies on and off, by hour."""
    gateway = build(family, start=MORNING, lies=())
    held = interview(gateway, MORNING)
    facts, answers = held.facts, dict(held.answers)
    asked, books = dict.fromkeys(answers, MORNING), Books.open(held.facts.serial)
    settings, story, at = Settings(zone=PARIS), Told(), MORNING
    waiting = sorted((turns or {}).items())
    first: dict[str, tuple[float, float]] = {}
    while at < MORNING + hours * HOUR:
        at += poll
        while waiting and MORNING + waiting[0][0] * HOUR <= at:
            _, (lie, on) = waiting.pop(0)
            (gateway.lies.add if on else gateway.lies.discard)(lie)
        for question in held.plan.due(asked, at):
            given = ask(gateway, question.target, at)
            asked[question.target] = at
            if given.served:
                answers[question.target] = given
        raw, facts = read(facts, answers, host="gateway", at=at)
        advanced = advance(books, raw, at, settings)
        books = decode(encode(advanced.books))
        story.codes |= {finding.code for finding in advanced.opened}
        truth = gateway.truth(at)
        first = first or numbers(advanced.snapshot, truth.lifetime, "lifetime")
        if datetime.fromtimestamp(at + poll, PARIS).date() != datetime.fromtimestamp(at, PARIS).date():
            story.nights.append(numbers(advanced.snapshot, truth.today, "today"))
    last = numbers(advanced.snapshot, truth.lifetime, "lifetime")
    for name in first.keys() & last.keys():
        story.gained[name] = (last[name][0] - first[name][0], last[name][1] - first[name][1])
    story.open = {finding.code for finding in books.findings.values()}
    return story


def close(pairs: dict[str, tuple[float, float]]) -> None:
    """Within 1 % of the truth; the inverters' own draw by night counts as the house's."""
    for name, (given, true) in pairs.items():
        assert given == pytest.approx(true, rel=0.01, abs=60), name


@pytest.mark.parametrize(
    "family",
    ["envoy-r-3.17", "envoy-s-metered-4.10", "iq-standard-7.6", "iq-encharge-8.2", "iq-encharge-7.3", "iq-3phase-8.3"],
)
def test_honest_gateway_is_believed(family: str) -> None:
    story = tell(family, 40, SLOW_POLL)
    assert story.codes == set()
    assert len(story.nights) == 2
    for night in story.nights:
        close(night)
    close(story.gained)


def schedule() -> tuple[float, dict[float, tuple[str, bool]]]:
    """Tell every lie for forty minutes, one after the other, day and night."""
    turns: dict[float, tuple[str, bool]] = {}
    hour = 1.0
    for lie in sorted(LIES.keys() - NEEDS_SYNC):
        turns[hour] = (lie, True)
        turns[hour + 0.667] = (lie, False)
        hour += 1.5
    return hour + 2, turns


@pytest.mark.parametrize("family", ["iq-encharge-8.2", "iq-metered-7.3", "iq-standard-7.6"])
def test_a_day_and_a_half_of_every_lie_leaves_no_trace(family: str) -> None:
    hours, turns = schedule()
    story = tell(family, hours, POLL, turns)
    assert story.nights
    for night in story.nights:
        close(night)
    close(story.gained)
    assert not {code for code in story.open if code.startswith(("counter", "source", "production"))}
