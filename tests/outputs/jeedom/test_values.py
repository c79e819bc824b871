from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from heliograph.model import Subject, Value, metric
from heliograph.model.metric import Reading
from heliograph.outputs.jeedom.values import Told, Wish, link_values, listing, spoke, values, worth
from tests.outputs.jeedom.sample import AT, equipment, snapshot, stale

FRENCH = Wish(language="fr", zone=ZoneInfo("Europe/Paris"))
EVERYTHING = frozenset({"grid", "phases", "panel_details", "meters", "settings", "gateway", "site"})


@pytest.mark.parametrize(
    ("subject", "key", "value", "expected"),
    [
        (Subject.SYSTEM, "production_power", 2027.6, 2028),
        (Subject.SYSTEM, "production_power", 0.0, 0),
        (Subject.SYSTEM, "battery_level", 47.26, 47.3),
        (Subject.SYSTEM, "battery_state", "charging", "charging"),
        (Subject.STORAGE, "mode", "self-consumption", "self-consumption"),
        (Subject.SYSTEM, "inverter_count", 20, 20),
        (Subject.INVERTER, "producing", True, 1),
        (Subject.INVERTER, "producing", False, 0),
        (Subject.INVERTER, "last_report", AT, "2023-11-14 23:13:20"),
        (Subject.INVERTER, "status", "ok", "en ordre"),
        (Subject.INVERTER, "status", "pcu_chan.gridgone", "Le micro-onduleur ne voit pas le réseau."),
        (Subject.INVERTER, "ac_current", 1.2345, 1.23),
        (Subject.STORAGE, "mode", "<img src=x onerror='a(1)'>\n\x1b[2J", "‹img src=x onerror=’a(1)’›[2J"),
        (Subject.INVERTER, "status", "<b>&", "‹b›＆"),
    ],
)
def test_worth_of_a_reading(subject: Subject, key: str, value: Value, expected: Value) -> None:
    given = worth(Reading(metric(subject, key), value, AT, "test"), FRENCH)
    assert (given, type(given)) == (expected, type(expected))


def test_what_is_absent_is_not_told_and_zero_is() -> None:
    told = values(snapshot(equipment(Subject.SYSTEM, "1", production_power=0.0)), FRENCH)
    assert told == {"gateway": {"production_power": 0}}


def test_what_is_stale_or_absent_is_empty_and_what_is_retired_is_not_told() -> None:
    gone = equipment(Subject.INVERTER, "2", retired=True, power=5.0)
    now = snapshot(
        stale(Subject.INVERTER, "1", "power", 145.0), stale(Subject.INVERTER, "3", "energy_lifetime", 7.0), gone
    )
    assert values(now, Wish(frozenset({"panel_details"}))) == {
        "inverter:1": {"power": ""},
        "inverter:3": {"power": "", "energy_lifetime": 7},
    }


def test_of_a_gateway_that_is_away_the_powers_are_empty_and_the_totals_stay() -> None:
    now = snapshot(
        equipment(Subject.SYSTEM, "1", production_power=5.0, production_lifetime=7.0, battery_state="idle"),
        equipment(Subject.NETWORK, "1", state="away"),
    )
    told = values(now, Wish(EVERYTHING), reachable=False)["gateway"]
    assert told == {"production_power": "", "production_lifetime": 7, "battery_state": "", "network.state": "away"}


def test_only_wanted_groups_are_told() -> None:
    now = snapshot(
        equipment(Subject.SYSTEM, "1", production_power=1.0, import_today=2.0),
        equipment(Subject.PHASE, "L1", voltage=230.06),
        equipment(Subject.METER, "production", power=3.0),
        equipment(Subject.METER, "production.L1", power=4.0),
        equipment(Subject.STORAGE, "1", mode="self-consumption"),
    )
    assert values(now, FRENCH) == {"gateway": {"production_power": 1}}
    assert values(now, Wish(EVERYTHING)) == {
        "gateway": {
            "production_power": 1,
            "import_today": 2,
            "voltage.L1": 230.1,
            "storage.mode": "self-consumption",
        },
        "meter:production": {"power": 3, "power.L1": 4},
    }


def test_only_changes_are_news() -> None:
    told = Told()
    assert told.news({"a": {"x": 1, "y": 2}}) == {"a": {"x": 1, "y": 2}}
    assert told.news({"a": {"x": 1, "y": 3}, "b": {"x": 0}}) == {"a": {"y": 3}, "b": {"x": 0}}
    assert told.news({"a": {"x": 1, "y": 3}}) == {}
    # A value that was absent for a while and came back unchanged is no news either.
    assert told.news({"a": {"x": 1}}) == {}


def test_after_forgetting_everything_is_news() -> None:
    told = Told()
    told.news({"a": {"x": 1}})
    told.forget()
    assert told.news({"a": {"x": 1}}) == {"a": {"x": 1}}


def test_the_listing_has_the_gateway_first_and_the_core_of_each() -> None:
    now = snapshot(
        equipment(Subject.INVERTER, "2", power=1.0),
        equipment(Subject.INVERTER, "1"),
        equipment(Subject.INVERTER, "3", retired=True),
        equipment(Subject.BATTERY, "9", level=1.0),
        equipment(Subject.METER, "production", power=1.0),
        equipment(Subject.SYSTEM, "122"),
    )
    rows = listing(now, FRENCH)
    assert [row["id"] for row in rows] == ["gateway", "battery:9", "inverter:1", "inverter:2"]
    assert [len(row["commands"]) for row in rows] == [17, 7, 5, 5]
    assert (rows[2]["model"], rows[2]["part_number"]) == ("IQ7+", "800-1")


def test_the_listing_has_only_the_phases_that_are_there() -> None:
    now = snapshot(
        equipment(Subject.PHASE, "L1", voltage=1.0),
        equipment(Subject.METER, "production", power=1.0),
        equipment(Subject.METER, "production.L2", power=1.0),
    )
    rows = {row["id"]: row["commands"] for row in listing(now, Wish(EVERYTHING))}
    assert "voltage.L1" in rows["gateway"]
    assert "voltage.L2" not in rows["gateway"]
    assert {"power", "power.L2"} <= set(rows["meter:production"])
    assert "power.L1" not in rows["meter:production"]


def test_an_equipment_spoke_when_its_newest_reading_says() -> None:
    now = snapshot(equipment(Subject.INVERTER, "1", at=AT + 5, power=1.0), equipment(Subject.INVERTER, "2"))
    assert spoke(now) == {"inverter:1": AT + 5}


def test_the_link_is_told_where_it_is_wanted() -> None:
    assert link_values(FRENCH, online=True, last_poll=AT) == {}
    wish = Wish(frozenset({"gateway"}), zone=UTC)
    assert link_values(wish, online=False, last_poll=None) == {"link.online": 0}
    assert link_values(wish, online=True, last_poll=AT) == {
        "link.online": 1,
        "link.last_poll": "2023-11-14 22:13:20",
    }


def test_what_reports_was_heard_when_it_reported() -> None:
    # Of a silent inverter the gateway goes on saying what it is.
    item = equipment(Subject.INVERTER, "1", communicating=False, last_report=AT - 7200)
    assert spoke(snapshot(item, equipment(Subject.METER, "production", power=1.0))) == {
        "inverter:1": AT - 7200,
        "meter:production": AT,
    }
