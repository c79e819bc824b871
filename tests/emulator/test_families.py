import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.emulator.answer import Authentication
from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.lies import LIES
from heliograph.emulator.site.plan import Storage
from tests.emulator.asking import MORNING, NIGHT, NOON, ask

EVERY = sorted(FAMILIES)
REQUIRED = {
    "envoy-r-3.7",
    "envoy-r-3.17",
    "envoy-s-standard-5.0",
    "envoy-s-metered-4.10",
    "iq-standard-7.3",
    "iq-metered-7.3",
    "iq-standard-7.6",
    "iq-metered-7.6",
    "iq-metered-7.6-3phase",
    "iq-metered-8.2",
    "iq-encharge-8.2",
    "iq-acb-8.2",
    "iq-8.3",
    "iq-mixed",
    "iq-metered-noct",
}


def test_all_that_were_promised_are_there() -> None:
    assert set(FAMILIES) >= REQUIRED


@pytest.mark.parametrize("name", EVERY)
def test_rows_are_complete(name: str) -> None:
    family = FAMILIES[name]

    assert family.name == name
    assert family.description
    assert family.successor in FAMILIES
    assert family.lies <= LIES.keys()


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("now", [NOON, NIGHT], ids=["noon", "night"])
def test_every_path_answers_by_day_and_by_night(name: str, now: float) -> None:
    gateway = build(name, start=MORNING)

    for path in FAMILIES[name].dialect.routes:
        answer = gateway.answer("GET", path, b"", now)
        assert answer.status == 200, path
        assert answer.body, path
        if answer.body[:1] in b"[{":
            msgspec.json.decode(answer.body)


@pytest.mark.parametrize("name", EVERY)
def test_the_same_arguments_give_the_same_answers(name: str) -> None:
    one, two = build(name, start=MORNING, seed=9), build(name, start=MORNING, seed=9)
    one.answer("GET", "/info", b"", MORNING + 3000)

    for path in FAMILIES[name].dialect.routes:
        assert one.answer("GET", path, b"", NOON) == two.answer("GET", path, b"", NOON)


@pytest.mark.parametrize("name", EVERY)
def test_numbers_of_devices_can_be_chosen(name: str) -> None:
    gateway = build(name, start=MORNING, inverters=70, batteries=3, retired=2, dead=1)
    truth = gateway.truth(NOON)

    assert len([each for each in truth.inverters.values() if not each.retired]) == 70
    assert len(truth.inverters) == 72
    assert len(truth.batteries) == 3


def test_mixed_batteries_stay_mixed() -> None:
    plan = build("iq-mixed", start=MORNING, batteries=5).plan

    assert (len(plan.kept(Storage.ENCHARGE)), len(plan.kept(Storage.ACB))) == (3, 2)


def test_serial_and_lies_can_be_given() -> None:
    gateway = build("iq-metered-7.6", start=MORNING, serial="202400000001", lies=())

    assert gateway.serial == "202400000001"
    assert gateway.lies == set()
    assert b"<sn>202400000001</sn>" in gateway.answer("GET", "/info", b"", NOON).body


def test_a_site_without_inverters_answers_too() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, inverters=0, batteries=0, retired=0, dead=0)

    assert ask(gateway, "/api/v1/production/inverters") == []
    assert ask(gateway, "/production.json")["production"][0]["activeCount"] == 0


@pytest.mark.parametrize(
    ("name", "authentication"),
    [
        ("envoy-r-3.7", Authentication.NONE),
        ("envoy-r-3.17", Authentication.DIGEST),
        ("envoy-s-metered-4.10", Authentication.DIGEST),
        ("iq-standard-7.3", Authentication.TOKEN),
        ("iq-8.3", Authentication.TOKEN),
    ],
)
def test_each_generation_has_its_own_way_in(name: str, authentication: Authentication) -> None:
    assert build(name, start=MORNING).authentication is authentication


@settings(max_examples=15)
@given(st.sampled_from(EVERY), st.integers(0, 40 * 86400), st.integers(0, 1000))
def test_any_family_answers_at_any_time(name: str, seconds: int, seed: int) -> None:
    gateway = build(name, start=MORNING, seed=seed)

    for path in FAMILIES[name].dialect.routes:
        assert gateway.answer("GET", path, b"", MORNING + seconds).status == 200


def test_inverters_can_report_every_quarter_of_an_hour() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, dead=0, report_interval=900)

    ages = [NOON - row["lastReportDate"] for row in ask(gateway, "/api/v1/production/inverters")]
    assert max(ages) > 300
    assert max(ages) <= 900
