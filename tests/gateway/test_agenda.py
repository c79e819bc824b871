import pytest

from heliograph.errors import UnreachableError
from heliograph.gateway.agenda import Agenda
from heliograph.gateway.probe import INFO
from heliograph.protocol import Answer, Plan, Question

METERS, REPORTS, HOME, TARIFF = "/ivp/meters/readings", "/api/v1/production/inverters", "/home", "/admin/lib/tariff"
PLAN = Plan((Question(METERS, 60), Question(REPORTS, 300), Question(HOME, 3600), Question(TARIFF, 3600)))


def answer(target: str, at: float) -> Answer:
    return Answer(target, 200, b"{}", at)


def due(agenda: Agenda, now: float) -> list[str]:
    return [question.target for question in agenda.due(PLAN, now)]


@pytest.fixture
def agenda() -> Agenda:
    one = Agenda()
    for target in (METERS, REPORTS, HOME, TARIFF):
        one.take(answer(target, 1000), 1000)
    return one


def test_everything_is_due_at_first() -> None:
    assert due(Agenda(), 1000) == [METERS, REPORTS, HOME, TARIFF]


def test_each_at_its_time(agenda: Agenda) -> None:
    assert due(agenda, 1001) == []
    assert due(agenda, 1060) == [METERS]
    assert due(agenda, 1300) == [METERS, REPORTS]


def test_the_rare_ones_apart(agenda: Agenda) -> None:
    assert due(agenda, 5000) == [METERS, REPORTS, HOME]
    agenda.take(answer(HOME, 5000), 5000)
    assert due(agenda, 5060) == [METERS, REPORTS]
    assert due(agenda, 5200) == [METERS, REPORTS, TARIFF]


def test_what_fails_is_asked_less_and_less(agenda: Agenda) -> None:
    error = UnreachableError("timeout", host="h", target=REPORTS, seconds="45")
    now, pauses = 2000.0, []
    for _ in range(4):
        agenda.fail(PLAN.questions[1], error, now)
        before = now
        while REPORTS not in due(agenda, now):
            now += 1
        pauses.append(now - before)
    # A little before their time, as always: 60, 120, 240, 300.
    assert pauses == [30, 90, 210, 270]
    assert agenda.problems == {REPORTS: error}
    agenda.take(answer(REPORTS, now), now)
    assert agenda.problems == {}


def test_a_wish_asks_again_but_not_at_once(agenda: Agenda) -> None:
    agenda.hasten(PLAN, 1009)
    assert due(agenda, 1009) == []
    agenda.hasten(PLAN, 1010)
    assert due(agenda, 1010) == [METERS, REPORTS]


def test_a_clock_put_back_asks_everything(agenda: Agenda) -> None:
    agenda.turn_to(1000)
    assert agenda.asked(METERS)
    agenda.turn_to(999)
    assert not agenda.asked(METERS)
    assert due(agenda, 999) == [METERS, REPORTS, HOME, TARIFF]


def test_after_an_unusual_pause_the_gateways_clock_is_asked_for_anew(agenda: Agenda) -> None:
    """It may be ours that was put forward, and the difference of the two is that of before."""
    for now in (1000, 1030, 1090):
        agenda.take(answer(INFO, now), now)
        agenda.turn_to(now)
        assert agenda.asked(INFO)
    agenda.turn_to(1211)
    assert not agenda.asked(INFO)


def test_an_interview_begins_anew(agenda: Agenda) -> None:
    agenda.fail(PLAN.questions[0], UnreachableError("timeout", host="h", target=METERS, seconds="45"), 1000)
    agenda.begin({INFO: answer(INFO, 1200)})
    assert (agenda.problems, list(agenda.answers)) == ({}, [INFO])
    assert agenda.asked(INFO)
    assert not agenda.asked(METERS)
