import pytest

from heliograph.model import Finding, Reason, Subject
from heliograph.protocol import Statement, answer
from heliograph.protocol.evidence import FRESH, READERS, Evidence
from heliograph.protocol.interview import INTERVIEW
from tests.protocol.asking import NOW, SERIAL, battery, facts, inverter, meter, said

WHOLE = (Subject.SYSTEM, SERIAL)
DETAILS = "/production.json?details=1"
READINGS = "/ivp/meters/readings"


def _production(power: float, at: float, target: str = DETAILS) -> dict[str, object]:
    element = {"type": "eim", "measurementType": "production", "activeCount": 1, "wNow": power}
    return {target: said(target, {"production": [element]}, at=at)}


def _evidence(*statements: Statement) -> Evidence:
    evidence = Evidence(facts(), {}, NOW)
    for statement in statements:
        evidence.record(statement)
    return evidence


@pytest.mark.parametrize(
    ("later", "heard"), [(0, 100), (FRESH, 100), (FRESH + 1, 70), (-1000, 100)], ids=["same", "near", "newer", "older"]
)
def test_of_two_places_of_one_source_the_fresher_is_heard(later: float, heard: float) -> None:
    known = facts(meters=(meter("production"),))
    readings = {READINGS: said(READINGS, [{"eid": 704643328, "activePower": 70}], at=NOW + later)}
    evidence = Evidence.of(known, {**_production(100, NOW), **readings}, NOW)  # type: ignore[dict-item]  # answers

    assert evidence.system("production_power", "meter.production") == heard


def test_of_two_elements_of_one_answer_the_first_is_heard() -> None:
    nodes = [{"serialNumber": "1", "lastReportDate": int(NOW), "lastReportWatts": watts} for watts in (5, 6)]
    answers = {"/api/v1/production/inverters": said("/api/v1/production/inverters", nodes)}
    evidence = Evidence.of(facts(), answers, NOW)

    assert evidence.number((Subject.INVERTER, "1"), "power", "reports") == 5


def test_an_answer_is_asked_once_and_anew_for_other_facts() -> None:
    target = "/api/v1/production/inverters"
    given = said(target, [{"serialNumber": "1", "lastReportDate": int(NOW), "lastReportWatts": 5}])
    known = facts(devices=(inverter("1"),))
    first = Evidence.of(known, {target: given}, NOW)
    again = Evidence.of(known, {target: given}, NOW + 60)
    other = Evidence.of(facts(serial="122300000002", devices=(inverter("1"),)), {target: given}, NOW)

    owner = (Subject.INVERTER, "1")
    assert again.about(owner)["power"]["reports"] is first.about(owner)["power"]["reports"]
    assert other.about(owner)["power"]["reports"] is not first.about(owner)["power"]["reports"]
    del first.about(owner)["power"]
    assert again.number(owner, "power", "reports") == 5


def test_answers_that_are_not_served_say_nothing() -> None:
    document = {"production": [{"type": "inverters", "wNow": 5}]}

    assert Evidence.of(facts(), {DETAILS: said(DETAILS, document, status=401)}, NOW).statements == {}


def test_a_source_may_lose_its_voice() -> None:
    evidence = _evidence(
        Statement(*WHOLE, "net_power", 5, NOW, "a"),
        Statement(*WHOLE, "net_power", 6, NOW, "b"),
        Statement(*WHOLE, "net_lifetime", 7, NOW, "a"),
        Statement(Subject.PHASE, "L1", "net_power", 8, NOW, "a"),
    )
    evidence.exclude_source(Subject.SYSTEM, "a", ("net_power", "net_today"), Reason("stalled"))
    evidence.exclude_source(Subject.PHASE, "a", None, Reason("zeros"))

    assert evidence.about(WHOLE)["net_power"].keys() == {"b"}
    assert evidence.system("net_lifetime", "a") == 7
    assert evidence.excluded == {
        (Subject.SYSTEM, "net_power"): {"a": Reason("stalled")},
        (Subject.PHASE, "net_power"): {"a": Reason("zeros")},
    }


def test_what_is_mended_keeps_what_was_said() -> None:
    statement = Statement(*WHOLE, "net_power", 5, NOW, "a")
    evidence = _evidence(statement)
    evidence.correct(statement, 6, Reason("unsigned_negative"))

    assert evidence.system("net_power", "a") == 6
    assert evidence.corrected == {(WHOLE, "net_power", "a"): (5, Reason("unsigned_negative"))}


def test_what_is_forgotten_was_never_said() -> None:
    evidence = _evidence(Statement(Subject.GENERATOR, "generator", "mode", "auto", NOW, "a"))
    evidence.forget((Subject.GENERATOR, "generator"))
    evidence.forget((Subject.GENERATOR, "generator"))

    assert not evidence.every(Subject.GENERATOR)


def test_what_is_said_of_each_one_of_a_kind_is_given() -> None:
    evidence = _evidence(Statement(Subject.INVERTER, "1", "power", 5, NOW, "a"))

    assert list(evidence.every(Subject.INVERTER)) == [evidence.about((Subject.INVERTER, "1"))]
    assert not evidence.every(Subject.BATTERY)
    assert evidence.about((Subject.INVERTER, "2")) == {}


def test_numbers_are_asked_of_numbers() -> None:
    evidence = _evidence(Statement(*WHOLE, "battery_state", "idle", NOW, "a"))

    assert evidence.system("battery_state", "a") is None
    assert evidence.system("battery_state", "b") is None
    assert evidence.system("battery_power", "a") is None


def test_findings_keep_what_is_known() -> None:
    evidence = Evidence(facts(), {}, NOW)
    evidence.find("counter_wrap", WHOLE, "production_lifetime", raw=1.0, given=2.0, wraps=3, minutes=None)

    assert evidence.findings == [
        Finding("counter_wrap", *WHOLE, "production_lifetime", 1.0, 2.0, since=NOW, details={"wraps": 3})
    ]


def test_a_battery_hangs_beside_the_house() -> None:
    assert not Evidence(facts(), {}, NOW).beside_house
    assert Evidence(facts(devices=(battery("1", "AC Battery"),)), {}, NOW).beside_house
    assert not Evidence(facts(devices=(battery("1", retired=True),)), {}, NOW).beside_house
    assert Evidence(facts(meters=(meter("storage"),)), {}, NOW).beside_house
    assert not Evidence(facts(meters=(meter("storage", enabled=False),)), {}, NOW).beside_house


def test_the_first_served_answer_is_given() -> None:
    answers = {"/a": said("/a", b"", status=404), "/b": said("/b", []), "/c": said("/c", [])}

    assert Evidence(facts(), answers, NOW).answer("/x", "/a", "/b", "/c") is answers["/b"]
    assert Evidence(facts(), answers, NOW).answer("/a") is None


def test_whatever_is_asked_has_a_reader_or_decides_something() -> None:
    assert {target for target, _ in INTERVIEW} - READERS.keys() == {"/ivp/ss/gen_config"}


@pytest.mark.parametrize(
    ("ahead", "led"), [(0, 0), (90, 0), (7200, 7200), (-7200, -7200)], ids=["right", "slow", "ahead", "behind"]
)
def test_ages_are_judged_by_the_clock_that_dates_the_reports(ahead: float, led: float) -> None:
    info = answer("/info", 200, f"<envoy_info><time>{NOW + ahead:.0f}</time></envoy_info>".encode(), NOW)
    assert Evidence(facts(), {"/info": info}, NOW + 60).gateway_time == NOW + 60 + led


def test_a_gateway_that_does_not_tell_its_time_is_taken_to_have_ours() -> None:
    assert Evidence(facts(), {}, NOW).gateway_time == NOW


def test_an_answer_without_a_date_is_dated_by_us_however_wrong_the_gateway_s_clock() -> None:
    info = answer("/info", 200, f"<envoy_info><time>{NOW + 7200:.0f}</time></envoy_info>".encode(), NOW)
    power = said("/ivp/ensemble/power", {"devices:": []}, at=NOW)
    evidence = Evidence(facts(), {"/info": info, power.target: power}, NOW + 60)

    def dated(at: float) -> Statement:
        return Statement(Subject.BATTERY, "B", "power", 500, at, "ensemble.power")

    assert evidence.age(dated(power.at)) == 60
    assert evidence.age(dated(NOW + 7200 - 300)) == 360
