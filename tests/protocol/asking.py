"""A gateway's answers without HTTP: the interview held with a recording or a simulated site."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from heliograph.emulator.answer import Source
from heliograph.emulator.replay import Replay
from heliograph.model import Authentication, DeviceFact, Facts, MeterFact, Snapshot, Subject
from heliograph.protocol import Answer, Plan, answer, conclude, identify, next_question, read
from heliograph.protocol.reading import evaluate

NOW = 1_790_000_000.0
"""The moment at which recordings are replayed; theirs is moved to it."""
SERIAL = "122300000001"


@dataclass(frozen=True)
class Interviewed:
    """What an interview gave."""

    facts: Facts
    plan: Plan
    answers: Mapping[str, Answer]
    """All of them, also those that are not served."""
    at: float

    @property
    def kept(self) -> dict[str, Answer]:
        """What a client keeps: the served answers that the plan asks for again."""
        targets = {question.target for question in self.plan.questions}
        return {target: given for target, given in self.answers.items() if target in targets and given.served}

    def read(self, answers: Mapping[str, Answer] | None = None) -> Snapshot:
        return read(self.facts, self.answers if answers is None else answers, host="gateway", at=self.at)[0]

    def quirks(self) -> set[str]:
        return evaluate(self.facts, self.answers, self.at)[1]


def ask(source: Source, target: str, at: float) -> Answer:
    """Ask one question as an owner; what is for installers is refused."""
    if source.minimum_role(target.partition("?")[0]) != "owner" and target != "/info":
        return answer(target, 401, b"<html>401 Authorization Required</html>", at)
    given = source.answer("GET", target, b"", at)
    return answer(target, given.status, given.body, at, seconds=given.seconds)


def interview(source: Source, at: float = NOW, *, known: Facts | None = None) -> Interviewed:
    """Identify, ask until nothing is left to ask, conclude."""
    answers = {"/info": ask(source, "/info", at)}
    facts = known or identify(answers["/info"], "gateway")
    while (target := next_question(facts, answers)) is not None:
        assert target not in answers
        answers[target] = ask(source, target, at)
    facts, plan = conclude(facts, answers)
    return Interviewed(facts, plan, answers, at)


@cache
def replayed(folder: Path) -> Interviewed:
    """Hold the interview with a recording, once."""
    return interview(Replay(folder))


def facts(**known: Any) -> Facts:
    """Facts of an invented gateway."""
    told: dict[str, Any] = {
        "serial": SERIAL,
        "firmware": "D8.2.4345",
        "part_number": "800-00654-r08",
        "authentication": Authentication.TOKEN,
        "metered": True,
    }
    return Facts(**(told | known))


def said(target: str, document: Any, *, status: int = 200, at: float = NOW) -> Answer:
    """An invented answer; bytes are taken as they are."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return answer(target, status, body, at)


def said_all(documents: Mapping[str, Any], *, at: float = NOW) -> dict[str, Answer]:
    """Invented answers by target."""
    return {target: said(target, document, at=at) for target, document in documents.items()}


def meter(measurement: str, *, enabled: bool = True, phases: int = 1, eid: int | None = None) -> MeterFact:
    """An invented transformer, with the eid that its measurement has on every gateway."""
    eids = {"production": 704643328, "net-consumption": 704643584, "total-consumption": 704643584}
    eids |= {"storage": 704643840}
    return MeterFact(eid or eids[measurement], measurement, enabled, phases, "three", "normal")


def inverter(serial: str, *, retired: bool = False) -> DeviceFact:
    return DeviceFact(Subject.INVERTER, serial, retired=retired)


def battery(serial: str, model: str = "IQ Battery", *, retired: bool = False) -> DeviceFact:
    return DeviceFact(Subject.BATTERY, serial, model=model, retired=retired)
