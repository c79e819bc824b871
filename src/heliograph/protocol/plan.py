"""What to ask a gateway, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from heliograph.protocol.answer import Answer
from heliograph.protocol.endpoints import devices

MINUTE: Final = 60
DEVICES: Final = 300
HOUR: Final = 3600
"""The promised rhythms, in seconds."""

STAND_INS: Final[Mapping[str, str]] = {devices.INVENTORY: devices.INVENTORY_ALL}
"""Answers of the interview that another, lighter question goes on from."""


@dataclass(frozen=True, slots=True)
class Question:
    """One endpoint and its rhythm."""

    target: str
    """Path and query: `/ivp/meters/readings`."""
    cadence: int
    """Seconds between two askings; 0 = at sync only."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The fewest questions that carry the promised values of one gateway, slowest handlers apart (DESIGN.md §4)."""

    questions: tuple[Question, ...] = ()

    def paced(self, minute: int, devices: int) -> "Plan":
        """Return the same questions at other rhythms for the system's values and for the devices."""
        paces = {MINUTE: minute, DEVICES: devices}
        if (minute, devices) == (MINUTE, DEVICES):
            return self
        return Plan(
            tuple(
                replace(question, cadence=paces.get(question.cadence, question.cadence)) for question in self.questions
            )
        )

    def opening(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """Return what an interview's answers hold of the planned questions: the first reading needs no other."""
        first: dict[str, Answer] = {}
        for question in self.questions:
            answer = answers.get(question.target) or answers.get(STAND_INS.get(question.target, ""))
            if answer is not None and answer.served:
                first[question.target] = replace(answer, target=question.target)
        return first

    def due(self, asked_at: dict[str, float], now: float) -> tuple[Question, ...]:
        """Return the questions whose time has come, `asked_at` holding the time of the last request of each target.

        A question is due a little before its time, so that a poll that comes a second early does not skip a turn.
        """
        return tuple(
            question
            for question in self.questions
            if question.target not in asked_at
            or (question.cadence > 0 and now - asked_at[question.target] >= question.cadence * _EARLY)
        )


_EARLY = 0.9
