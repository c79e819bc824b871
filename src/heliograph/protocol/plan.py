"""What to ask a gateway, and how often."""

from dataclasses import dataclass


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

    def due(self, asked: dict[str, float], now: float) -> tuple[Question, ...]:
        """Give the questions whose time has come, `asked` telling when each target was last asked.

        A question is due a little before its time, so that a poll that comes a second early does not skip a turn.
        """
        return tuple(
            question
            for question in self.questions
            if question.target not in asked
            or (question.cadence > 0 and now - asked[question.target] >= question.cadence * _EARLY)
        )


_EARLY = 0.9
