"""What was asked when and what came of it, and what is to be asked next; the plan says how often."""

from collections.abc import Mapping
from typing import Final

from heliograph.errors import HeliographError
from heliograph.gateway.probe import INFO
from heliograph.protocol import Answer, Plan, Question
from heliograph.protocol.plan import DEVICES

_FIRST_RETRY: Final = 60.0
_RARE: Final = 3600
_APART: Final = 150.0
"""Seconds between two questions that are asked once an hour: they are the slow ones, and delay the others."""
_USUAL: Final = 120.0
"""Seconds between two polls that are never an unusual pause."""
_JUST_NOW: Final = 10
"""Seconds within which a question is not asked again, however often somebody wishes it."""


class Agenda:
    """Keeps the latest good answer of each target, and when each is due again."""

    def __init__(self) -> None:
        """Start with nothing asked."""
        self._rare_at = self._turned_at = self._pause = 0.0
        self.begin({})

    def begin(self, answers: Mapping[str, Answer]) -> None:
        """Begin anew with what an interview was answered."""
        self.answers = dict(answers)
        """The latest good answer of each target."""
        self.problems: dict[str, HeliographError] = {}
        """What is wrong at present, by target."""
        self._asked = {target: answer.at for target, answer in answers.items()}
        self._failed: dict[str, int] = {}

    def asked(self, target: str) -> bool:
        """Return whether a question was asked before."""
        return target in self._asked

    def turn_to(self, now: float) -> None:
        """Notice that the clock was put back or forward.

        Put back, nothing would be due until it has caught up. After an unusual pause it may have been put forward: the
        gateway's clock, which it is compared with, is asked for anew.
        """
        pause, usual = now - self._turned_at, max(_USUAL, 2 * self._pause)
        if max(self._asked.values(), default=now) > now:
            self._asked.clear()
        elif self._turned_at and pause > usual:
            self._asked.pop(INFO, None)
        self._turned_at, self._pause = now, pause

    def due(self, plan: Plan, now: float) -> tuple[Question, ...]:
        """Return what is to be asked now.

        The rare questions are kept apart: of those that were answered before, one at a time, the most overdue first.
        """
        due = plan.due(self._asked, now)
        rare = [question for question in due if question.cadence >= _RARE and question.target in self._asked]
        if not rare:
            return due
        chosen = None
        if not 0 <= now - self._rare_at < _APART:
            chosen = min(rare, key=lambda question: (self._asked[question.target], question.target != INFO))
            self._rare_at = now
        return tuple(question for question in due if question is chosen or question not in rare)

    def hasten(self, plan: Plan, now: float) -> None:
        """Make the system's and the devices' questions due, but for those asked just now."""
        for question in plan.questions:
            if question.cadence <= DEVICES and now - self._asked.get(question.target, 0) >= _JUST_NOW:
                self._asked.pop(question.target, None)

    def take(self, answer: Answer, now: float) -> None:
        """Keep a good answer."""
        target = answer.target
        self._asked[target] = now
        self.answers[target] = answer
        self._failed.pop(target, None)
        self.problems.pop(target, None)

    def fail(self, question: Question, err: HeliographError, now: float) -> None:
        """Have a question asked again soon, then less and less soon, though never less often than planned."""
        target = question.target
        self.problems[target] = err
        count = self._failed[target] = self._failed.get(target, 0) + 1
        pause = min(question.cadence, _FIRST_RETRY * 2.0 ** (count - 1))
        self._asked[target] = now - question.cadence + pause
