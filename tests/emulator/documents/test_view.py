from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, NIGHT, NOON


def test_reports_are_recent_by_day() -> None:
    gateway = build("iq-metered-8.2", start=MORNING, dead=2)
    view = gateway._seen(NOON)

    assert [each.communicating for each in view.active] == [True] * 10 + [False] * 2
    assert view.daylight
    assert view.watts == sum(each.watts for each in view.active[:10])


def test_nobody_talks_by_night() -> None:
    view = build("iq-metered-8.2", start=MORNING)._seen(NIGHT)

    assert not view.daylight
    assert view.watts == 0
    assert view.joules > 0


def test_the_clock_is_local() -> None:
    assert build("iq-metered-8.2", start=MORNING)._seen(NOON).clock.strftime("%H:%M") == "13:37"


def test_days_of_an_inverter_add_up_to_its_week() -> None:
    view = build("iq-metered-8.2", start=MORNING, dead=0)._seen(NOON)

    for each in view.active:
        assert each.today + each.yesterday < each.week
        assert each.interval_joules // each.duration == each.watts
