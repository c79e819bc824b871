from heliograph.protocol import Plan, Question
from tests.protocol.asking import NOW, said

MINUTE, DEVICES, ONCE = Question("/fast", 60), Question("/slow", 300), Question("/once", 0)
PLAN = Plan((MINUTE, DEVICES, ONCE))


def test_what_was_never_asked_is_due() -> None:
    assert PLAN.due({}, NOW) == (MINUTE, DEVICES, ONCE)


def test_what_was_asked_is_due_a_little_before_its_time() -> None:
    asked = {"/fast": NOW, "/slow": NOW, "/once": NOW}

    assert PLAN.due(asked, NOW) == ()
    assert PLAN.due(asked, NOW + 53) == ()
    assert PLAN.due(asked, NOW + 54) == (MINUTE,)
    assert PLAN.due(asked, NOW + 270) == (MINUTE, DEVICES)
    assert PLAN.due(asked, NOW + 1e6) == (MINUTE, DEVICES)


def test_rhythms_may_be_set() -> None:
    assert PLAN.paced(60, 300) is PLAN
    assert PLAN.paced(30, 900).questions == (Question("/fast", 30), Question("/slow", 900), ONCE)


def test_an_interview_opens_the_first_reading() -> None:
    plan = Plan((Question("/a", 60), Question("/b", 60), Question("/inventory.json", 300), Question("/c", 60)))
    answers = {
        "/a": said("/a", []),
        "/b": said("/b", [], status=404),
        "/inventory.json?deleted=1": said("/inventory.json?deleted=1", [1]),
        "/other": said("/other", []),
    }
    opening = plan.opening(answers)

    assert opening.keys() == {"/a", "/inventory.json"}
    assert opening["/inventory.json"].target == "/inventory.json"
    assert opening["/inventory.json"].document == [1]
