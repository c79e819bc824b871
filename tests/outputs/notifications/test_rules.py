"""Each rule tells once, late enough to be true, and says when it is over; otherwise there is silence."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from heliograph.model import Equipment, Finding, Snapshot, Subject
from heliograph.outputs.notifications.rules import RULES, SERVICE, Rule
from heliograph.outputs.notifications.text import told
from heliograph.outputs.notifications.watch import Message, Watch
from heliograph.outputs.wording import table
from tests.outputs.samples import AT, GATEWAY, SERIAL, aged, changed, full

ZONE = ZoneInfo("Europe/Paris")
DAY = 86_400
MIDNIGHT = AT - 12 * 3600
PANELS = tuple(str(482200000000 + number) for number in range(5))


def sun(at: float) -> float:
    """Watts of a panel: none at night, 200 from 8 to 20 h."""
    return 200.0 if 8 <= (at - MIDNIGHT) % DAY / 3600 < 20 else 0.0


def roof(at: float, *others: Equipment, share: dict[str, float] | None = None) -> Snapshot:
    system = changed(full(Subject.SYSTEM, SERIAL), production_power=sun(at) * 5)
    panels = [
        changed(full(Subject.INVERTER, one), power=sun(at) * (share or {}).get(one, 1.0), communicating=True)
        for one in PANELS
    ]
    taken = {(item.subject, item.id) for item in others}
    items = [item for item in (system, *panels) if (item.subject, item.id) not in taken]
    return Snapshot(GATEWAY, at, (*items, *others))


class Life:
    """A gateway's life, from one moment to the next."""

    def __init__(self, *silenced: str) -> None:
        self.watch = Watch(ZONE, silenced)
        self.at = MIDNIGHT
        self.told: list[tuple[float, Message]] = []

    def live(self, hours: float, *others: Equipment, away: bool = False, **named: object) -> list[Message]:
        """Let hours pass, five minutes at a time; give what is told meanwhile."""
        heard = []
        end = self.at + hours * 3600
        while self.at < end:
            snapshot = roof(self.at, *others, share=named.get("share"))  # type: ignore[arg-type] # as given
            if "findings" in named:
                snapshot = replace(snapshot, findings=named["findings"])  # type: ignore[arg-type] # as given
            if "firmware" in named:
                snapshot = replace(snapshot, gateway=replace(GATEWAY, firmware=str(named["firmware"])))
            heard += self.watch.see("roof", snapshot, self.at, away=away)
            self.at += 300
        return heard


def codes(messages: list[Message]) -> list[tuple[str, bool]]:
    return [(message.rule, message.over) for message in messages]


def test_a_quiet_month_is_quiet() -> None:
    assert Life().live(30 * 24) == []


def test_a_gateway_away_is_told_after_an_hour_of_daylight_and_never_for_a_night() -> None:
    life = Life()
    assert life.live(24) == []
    assert life.live(7, away=True) == []
    heard = life.live(4, away=True)
    assert codes(heard) == [("gateway_away", False)]
    assert (heard[0].at - MIDNIGHT) % DAY / 3600 == pytest.approx(9, abs=0.2)
    assert codes(life.live(1)) == [("gateway_away", True)]
    assert life.live(24) == []


def test_without_any_history_the_middle_of_the_day_is_daylight() -> None:
    life = Life()
    heard = life.live(24, away=True)
    assert codes(heard) == [("gateway_away", False)]
    assert (heard[0].at - MIDNIGHT) / 3600 == pytest.approx(11, abs=0.2)


def test_a_silent_inverter_is_told_after_a_day_of_daylight_and_once_for_several() -> None:
    life = Life()
    life.live(24 + 12)
    dead = [aged(full(Subject.INVERTER, one)) for one in PANELS[:2]]
    heard = life.live(7, *dead)
    assert heard == []
    heard = life.live(48, *dead)
    assert codes(heard) == [("inverter_silent", False)]
    assert [case.id for case in heard[0].cases] == list(PANELS[:2])
    assert codes(life.live(12)) == [("inverter_silent", True)]


def test_a_silent_inverter_that_is_taken_off_the_roof_does_not_speak_again() -> None:
    life = Life()
    life.live(24 + 12)
    dead = aged(full(Subject.INVERTER, PANELS[0]))
    assert codes(life.live(48, dead)) == [("inverter_silent", False)]
    assert life.live(48, Equipment(Subject.INVERTER, PANELS[0], retired=True)) == []


def test_inverters_asleep_are_not_silent() -> None:
    life = Life()
    life.live(24 + 20)
    for _ in range(5):
        assert life.live(12, *[aged(full(Subject.INVERTER, one)) for one in PANELS]) == []
        assert life.live(12) == []


def test_a_panel_below_its_group_for_three_days() -> None:
    life = Life()
    life.live(24)
    heard = life.live(4 * 24, share={PANELS[1]: 0.5})
    assert codes(heard) == [("panel_weak", False)]
    assert heard[0].cases[0].id == PANELS[1]
    assert codes(life.live(48)) == [("panel_weak", True)]


def test_a_panel_below_its_group_for_two_days_is_weather() -> None:
    life = Life()
    life.live(24)
    assert life.live(48, share={PANELS[1]: 0.5}) == []
    assert life.live(48) == []


def test_a_hot_battery() -> None:
    life = Life()
    hot, warm, cool = (
        changed(full(Subject.BATTERY, "4922"), max_temperature=degrees, temperature=30.0)
        for degrees in (52.0, 47.0, 40.0)
    )
    life.live(1, cool)
    heard = life.live(1, hot)
    assert codes(heard) == [("battery_hot", False)]
    assert life.live(2, warm) == []
    assert codes(life.live(2, cool)) == [("battery_hot", True)]
    assert "52" in told(heard[0], "fr", ZONE).text


def test_a_token_is_told_of_at_thirty_seven_and_one_days_and_when_it_is_renewed() -> None:
    life = Life()
    firmware = changed(full(Subject.FIRMWARE, SERIAL), token_expiry=AT + 31 * DAY)
    heard = life.live(32 * 24, firmware)
    assert [case.stage for message in heard for case in message.cases] == ["30", "7", "1"]
    renewed = changed(full(Subject.FIRMWARE, SERIAL), token_expiry=AT + 400 * DAY)
    assert codes(life.live(1, renewed)) == [("token_expires", True)]


def test_a_correction_of_a_counter_is_told_and_other_findings_are_not() -> None:
    life = Life()
    corrected = Finding("counter_wrapped", Subject.SYSTEM, SERIAL, "production_lifetime")
    odd = Finding("level_lags", Subject.SYSTEM, SERIAL, "battery_level")
    heard = life.live(24, findings=(corrected, odd))
    assert codes(heard) == [("counter_corrected", False)]
    assert "Production since commissioning" in told(heard[0], "en", ZONE).text
    assert codes(life.live(2)) == [("counter_corrected", True)]


def test_new_firmware_is_told_once_and_does_not_end() -> None:
    life = Life()
    life.live(1)
    heard = life.live(2, firmware="D8.3.5169")
    assert codes(heard) == [("firmware_changed", False)]
    said = told(heard[0], "fr", ZONE)
    assert "D8.2.4286 à D8.3.5169" in said.text
    assert "roof" in said.title


def test_a_silenced_rule_is_silent() -> None:
    life = Life("firmware_changed")
    life.live(1)
    assert life.live(2, firmware="D8.3.5169") == []


def test_what_was_told_is_remembered_over_a_restart() -> None:
    life = Life()
    firmware = changed(full(Subject.FIRMWARE, SERIAL), token_expiry=AT + 5 * DAY)
    assert codes(life.live(1, firmware)) == [("token_expires", False)]
    again = Watch(ZONE)
    again.decode(life.watch.encode())
    life.watch = again
    assert life.live(1, firmware) == []


def test_a_gateway_never_reached_and_one_without_values_tell_nothing() -> None:
    watch = Watch(ZONE)
    assert watch.see("roof", Snapshot(replace(GATEWAY, serial=""), AT, ()), AT, away=True) == []
    assert watch.see("roof", Snapshot(GATEWAY, AT, ()), AT, away=False) == []


@pytest.mark.parametrize("rule", [*RULES, SERVICE], ids=lambda rule: rule.code)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_rule_has_words(rule: Rule, language: str) -> None:

    code = rule.code
    wanted = {f"rule.{code}", f"rule.{code}.begun", *([f"rule.{code}.over"] if rule.ends else [])}
    assert wanted <= table(language).keys()


def test_both_languages_have_the_same_words() -> None:

    assert table("en").keys() == table("fr").keys()
    assert table("xx") == table("en")
