import pytest

from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, ask


def test_contacts_say_yes_and_no_in_text() -> None:
    contact = ask(build("iq-encharge-8.2", start=MORNING), "/ivp/ss/dry_contact_settings")["dry_contacts"][0]

    assert (contact["override"], contact["manual_override"]) == ("false", "true")
    assert contact["type"] == "LOAD"


def test_contacts_that_were_never_set_up_say_less() -> None:
    contact = ask(build("iq-acb-8.3", start=MORNING), "/ivp/ss/dry_contact_settings")["dry_contacts"][0]

    assert contact["type"] == "NONE"
    assert "manual_override" not in contact


@pytest.mark.parametrize(("name", "keys"), [("iq-metered-7.6", 1), ("iq-encharge-8.2", 12)])
def test_export_limits_grew(name: str, keys: int) -> None:
    assert len(ask(build(name, start=MORNING), "/ivp/ss/pel_settings")) == keys


def test_generator_settings_are_empty_without_one() -> None:
    without, having = (build(name, start=MORNING) for name in ("iq-metered-7.6", "iq-generator-8.3"))

    for path in ("/ivp/ss/gen_config", "/ivp/ss/gen_mode", "/ivp/ss/gen_schedule"):
        assert ask(without, path) == {}
        assert ask(having, path)


def test_the_tariff_of_5_0_knows_no_storage() -> None:
    document = ask(build("envoy-s-standard-5.0", start=MORNING), "/admin/lib/tariff")

    assert set(document["tariff"]) == {"currency", "single_rate", "seasons", "seasons_sell"}
    assert set(document["schedule"]) == {"source", "date", "version"}


@pytest.mark.parametrize(("name", "optimised"), [("iq-metered-7.6", False), ("iq-encharge-8.2", True)])
def test_storage_settings_grew(name: str, optimised: bool) -> None:
    settings = ask(build(name, start=MORNING), "/admin/lib/tariff")["tariff"]["storage_settings"]

    assert settings["mode"] == "self-consumption"
    assert isinstance(settings["date"], str)
    assert ("opt_schedules" in settings) is optimised


def test_nothing_is_limited_or_forced_off() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert ask(gateway, "/ivp/sc/pvlimit") == {"enable": False, "pv_limit_pct": 100}
    assert ask(gateway, "/ivp/mod/603980032/mode/power") == {"powerForcedOff": False}
    assert ask(gateway, "/admin/lib/acb_config") == {"acb_sleep": []}
