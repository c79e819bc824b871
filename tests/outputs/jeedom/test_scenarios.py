from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from heliograph.live import Condition, State, Update
from heliograph.model import Finding, Identity, Quality, Snapshot, Subject
from heliograph.outputs.jeedom.scenarios import Scenarios, scenario_gaps
from heliograph.outputs.jeedom.values import Wish, Worth
from heliograph.protocol.token import DAY, TokenInfo
from tests.outputs.jeedom.sample import equipment, snapshot, stale

PARIS = ZoneInfo("Europe/Paris")
FR = Wish(frozenset({"scenarios"}), "fr", PARIS)


def at(day: str, time: str = "12:00") -> float:
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=PARIS).timestamp()


def update(
    when: float, *, fresh: bool = True, state: State = State.ONLINE, read_at: float = 0, **values: float
) -> Update:
    item = equipment(Subject.SYSTEM, "1", at=read_at or when, retired=False, **values)
    return Update("1", snapshot(item, at=when), Condition(state, when), when, fresh=fresh, zone="Europe/Paris")


def take(scenarios: Scenarios, one: Update) -> dict[str, Worth]:
    scenarios.observe(one)
    return scenarios.values(one, None, 0, FR)


NOON = at("2026-06-18")


def test_the_surplus_is_what_was_injected_on_average_over_five_minutes() -> None:
    scenarios = Scenarios(PARIS)
    powers = (-900.0, -1500.0, -600.0, 200.0, -1200.0, -300.0)
    values = [take(scenarios, update(NOON + 60 * i, net_power=power))["surplus"] for i, power in enumerate(powers)]
    # Of the sixth, the first is five minutes old.
    assert values == [900, 1200, 1000, 700, 800, 680]
    assert take(scenarios, update(NOON + 3600, net_power=450.0))["surplus"] == -450


def test_the_surplus_is_never_that_of_an_old_value() -> None:
    scenarios = Scenarios(PARIS)
    read = update(NOON, net_power=-900.0)
    assert take(scenarios, read)["surplus"] == 900
    # The meter's question failed twice, though others were answered: its answer is still there.
    assert take(scenarios, update(NOON + 120, read_at=NOON, net_power=-900.0))["surplus"] == 900
    assert take(scenarios, update(NOON + 180, read_at=NOON, net_power=-900.0))["surplus"] == ""
    assert take(scenarios, update(NOON + 240, net_power=-800.0))["surplus"] == 850
    # The gateway is late, then away.
    late = update(NOON + 300, fresh=False, state=State.DEGRADED, read_at=NOON + 240, net_power=-800.0)
    assert take(scenarios, late)["surplus"] == 800
    assert take(scenarios, update(NOON + 310, fresh=False, state=State.AWAY, net_power=-800.0))["surplus"] == ""


def test_a_transformer_that_was_switched_off_leaves_no_surplus() -> None:
    scenarios = Scenarios(PARIS)
    take(scenarios, update(NOON, net_power=-900.0))
    assert take(scenarios, update(NOON + 60, production_power=1.0))["surplus"] == ""
    old = snapshot(stale(Subject.SYSTEM, "1", "net_power", -900.0))
    assert old.equipment[0].values["net_power"].quality is Quality.STALE
    assert take(scenarios, Update("1", old, Condition(State.ONLINE, NOON), NOON + 90))["surplus"] == ""


def test_totals_are_differences_of_the_counter_at_midnight() -> None:
    scenarios = Scenarios(PARIS)
    take(scenarios, update(at("2026-12-31"), production_lifetime=1_000_000.0, production_today=4000.0))
    # Nothing was read from 31 December, 12:00 to 1 January, 10:00.
    first = take(scenarios, update(at("2027-01-01", "10:00"), production_lifetime=1_006_500.0, production_today=500.0))
    assert (first["production_yesterday"], first["production_month"], first["production_year"]) == (10_000, 500, 500)
    scenarios = Scenarios.decode(PARIS, scenarios.encode())
    take(scenarios, update(at("2027-01-31"), production_lifetime=1_106_000.0, production_today=1000.0))
    later = take(scenarios, update(at("2027-02-01"), production_lifetime=1_110_000.0, production_today=2000.0))
    assert (later["production_yesterday"], later["production_month"], later["production_year"]) == (3000, 2000, 104_000)
    # After a day without any reading, yesterday is not known; the rest is.
    gap = take(scenarios, update(at("2027-02-03"), production_lifetime=1_115_000.0, production_today=1500.0))
    assert (gap["production_yesterday"], gap["production_month"], gap["production_year"]) == ("", 7000, 109_000)


def test_totals_that_did_not_begin_at_their_first_day_are_not_known_and_say_why() -> None:
    scenarios = Scenarios(PARIS)
    values = take(scenarios, update(NOON, production_lifetime=1000.0, production_today=10.0))
    assert {values[f"production_{span}"] for span in ("yesterday", "month", "year")} == {""}
    reasons = {row["what"]: row["why"] for row in scenario_gaps(values, "fr")}
    assert reasons["Surplus disponible"].startswith("la passerelle n’indique pas en ce moment")
    assert reasons["Jours restants du jeton"] == "il n’y a pas de jeton."
    months = next(why for what, why in reasons.items() if "Production du mois" in what)
    assert months.startswith("connue à partir du premier jour du mois prochain")
    assert scenario_gaps({"surplus": 0, "token_days": 0}, "en") == []


def test_another_gateway_begins_anew_and_damaged_notes_too() -> None:
    scenarios = Scenarios(PARIS)
    take(scenarios, update(at("2026-06-01"), production_lifetime=1000.0, production_today=0.0))
    other = update(NOON, production_lifetime=9000.0, production_today=0.0)
    replaced = Snapshot(Identity("999", "D8", "800", "envoy"), NOON, other.snapshot.equipment)
    assert take(scenarios, Update("1", replaced, other.condition, NOON))["production_month"] == ""
    assert Scenarios.decode(PARIS, b"{nonsense").totals.marks == {}


@pytest.mark.parametrize(("language", "none"), [("fr", "aucune"), ("en", "none")])
def test_the_last_finding_is_dated_and_none_is_said(language: str, none: str) -> None:
    scenarios, wish = Scenarios(PARIS), Wish(frozenset({"scenarios"}), language, PARIS)
    one = update(NOON, net_power=1.0)
    values = scenarios.values(one, TokenInfo("1", "owner", NOON + 12.5 * DAY, NOON), 2, wish)
    assert (values["last_finding"], values["token_days"], values["silent_inverters"]) == (none, 12, 2)
    found = tuple(
        Finding("frozen", Subject.SYSTEM, "1", "production_lifetime", since=NOON + offset) for offset in (-900, -60)
    )
    noticed = Snapshot(one.snapshot.gateway, NOON, one.snapshot.equipment, found)
    text = scenarios.values(Update("1", noticed, one.condition, NOON), None, 0, wish)["last_finding"]
    assert str(text).startswith("2026-06-18 11:59:00 : " if language == "fr" else "2026-06-18 11:59:00: ")
