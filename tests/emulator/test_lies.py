import re
from collections.abc import Callable
from typing import Any

import pytest

from heliograph.emulator.answer import Authentication
from heliograph.emulator.families import FAMILIES, build
from heliograph.emulator.gateway import SimulatedGateway
from heliograph.emulator.lies import LIES
from tests.emulator.asking import MIDNIGHT, MORNING, NIGHT, NOON, ask, eims

DETAILS = "/production.json?details=1"
SHOWN_BY = {
    "counter-wrap-sum": ("iq-metered-7.6", "/production.json", NOON),
    "counter-wrap-inverters": ("iq-metered-8.2", "/production.json", NOON),
    "inverters-zero-at-night": ("iq-metered-7.6", "/production.json", NIGHT),
    "seven-days-garbage": ("iq-metered-7.6", "/production.json", NOON),
    "today-equals-lifetime": ("iq-metered-7.6", "/production.json", NOON),
    "late-midnight-reset": ("iq-metered-7.6", "/production.json", MIDNIGHT + 600),
    "total-equals-net": ("iq-metered-7.6", "/production.json", NOON),
    "metered-without-ct": ("iq-metered-7.6", "/production.json", NOON),
    "v1-zeros": ("iq-standard-8.3", "/api/v1/production", NOON),
    "disabled-consumption-noise": ("iq-metered-7.6", "/ivp/meters", NOON),
    "padded-lines": ("iq-encharge-8.2", DETAILS, NOON),
    "stale-acb": ("iq-acb-8.2", "/production.json", NOON),
    "percent-full-lag": ("iq-encharge-8.2", "/ivp/ensemble/inventory", NOON),
    "battery-idle-offset": ("iq-encharge-8.2", "/ivp/ensemble/power", NOON + 4 * 3600),
    "removed-inverters-listed": ("iq-metered-8.2", "/api/v1/production/inverters", NOON),
    "operating-false": ("iq-metered-8.2", "/inventory.json", NOON),
    "net-import-only": ("iq-metered-7.6", "/production.json", NOON),
    "max-energy-nonsense": ("iq-encharge-8.2", "/ivp/ensemble/secctrl", NOON),
    "zeros-after-boot": ("envoy-r-3.17", "/production", NOON),
    "power-factor-out-of-range": ("iq-metered-7.6", "/ivp/meters/readings", NOON),
    "storage-phase-half": ("iq-encharge-8.2", "/ivp/meters/readings", NIGHT),
    "firmware-update": ("iq-metered-7.6", "/info", NOON),
    "gateway-swap": ("iq-metered-7.6", "/production.json", NOON),
}
"""Where and when each lie shows at the first asking."""


def telling(*lies: str, family: str) -> SimulatedGateway:
    return build(family, start=MORNING, lies=lies)


def body(gateway: SimulatedGateway, target: str, now: float = NOON) -> bytes:
    return gateway.answer("GET", target, b"", now).body


def test_names_are_kebab_case_and_described() -> None:
    for name, description in LIES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert description.endswith(".")
        assert "\n" not in description


def test_every_lie_is_shown() -> None:
    assert set(SHOWN_BY) | {"frozen-counters", "active-count-flicker"} == set(LIES)


@pytest.mark.parametrize("name", sorted(SHOWN_BY))
def test_a_lie_changes_answers_while_it_is_told_and_no_longer(name: str) -> None:
    family, target, now = SHOWN_BY[name]
    honest, liar = telling(family=family), telling(name, family=family)

    assert body(liar, target, now) != body(honest, target, now)
    liar.lies.discard(name)
    assert body(liar, target, now) == body(honest, target, now)


@pytest.mark.parametrize("name", sorted(LIES))
@pytest.mark.parametrize("family", ["envoy-r-3.17", "envoy-s-metered-4.2", "iq-standard-7.6", "iq-mixed", "iq-8.3"])
def test_any_lie_can_be_told_by_any_family(name: str, family: str) -> None:
    gateway = telling(name, family=family)

    for path in FAMILIES[family].dialect.routes:
        assert gateway.answer("GET", path, b"", NOON).status in {200, 401, 404}


def test_all_lies_at_once_are_survived() -> None:
    gateway = telling(*LIES, family="iq-mixed")

    for path in gateway.dialect.routes:
        assert gateway.answer("GET", path, b"", NIGHT).status == 200


def test_an_unknown_lie_is_refused() -> None:
    gateway = telling(family="iq-metered-7.6")
    gateway.lies.add("no-such-thing")

    with pytest.raises(ValueError, match="no-such-thing"):
        ask(gateway, "/production.json")


def inverters(gateway: SimulatedGateway, now: float = NOON) -> dict[str, Any]:
    entry: dict[str, Any] = ask(gateway, "/production.json", now)["production"][0]
    return entry


@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("counter-wrap-sum", lambda joules: sum(joules) % 2**32 // 3600),
        ("counter-wrap-inverters", lambda joules: sum(each % 2**32 for each in joules) // 3600),
    ],
)
def test_counters_wrap_at_32_bits(name: str, wrapped: Callable[[list[int]], int]) -> None:
    gateway = telling(name, family="iq-metered-8.2")
    truth = gateway.truth(NOON)
    joules = [each.joules for each in truth.inverters.values() if not each.retired]

    assert max(joules) > 2**32
    assert inverters(gateway)["whLifetime"] == wrapped(joules)
    assert ask(gateway, "/ivp/pdm/energy")["production"]["pcu"]["wattHoursLifetime"] == wrapped(joules)


def test_a_wrapped_sum_differs_by_whole_wraps() -> None:
    gateway = telling("counter-wrap-sum", family="iq-standard-7.6")
    life = ask(gateway, "/api/v1/production")["wattHoursLifetime"]

    wraps = (life - inverters(gateway)["whLifetime"]) / (2**32 / 3600)
    assert wraps > 5
    assert wraps == pytest.approx(round(wraps), abs=1e-5)


def test_total_equals_net_in_power_and_lifetime_and_lines() -> None:
    entries = eims(ask(telling("total-equals-net", family="iq-total-8.3"), DETAILS))
    total, net = entries["total-consumption"], entries["net-consumption"]

    for mine, theirs in zip([total, *total["lines"]], [net, *net["lines"]], strict=True):
        assert (mine["wNow"], mine["whLifetime"]) == (theirs["wNow"], theirs["whLifetime"])
    assert entries["production"]["wNow"] > 0


def test_without_ct_v1_stands_still_and_meters_are_disabled() -> None:
    gateway = telling("metered-without-ct", family="iq-encharge-8.2")

    assert {each["state"] for each in ask(gateway, "/ivp/meters")} == {"disabled"}
    assert {each["activeCount"] for each in eims(ask(gateway, "/production.json")).values()} == {0}
    assert ask(gateway, "/api/v1/production", NOON) == ask(gateway, "/api/v1/production", NOON + 7200)


def test_disabled_consumption_shows_production_and_something_stale() -> None:
    entries = eims(ask(telling("disabled-consumption-noise", family="iq-metered-7.6"), "/production.json"))

    assert [entries[key]["activeCount"] for key in ("production", "total-consumption", "net-consumption")] == [1, 0, 0]
    assert entries["total-consumption"]["wNow"] == entries["production"]["wNow"]
    assert entries["total-consumption"]["whLifetime"] > entries["production"]["whLifetime"]


def test_lines_are_padded_to_three() -> None:
    for entry in eims(ask(telling("padded-lines", family="iq-encharge-8.2"), DETAILS)).values():
        assert len(entry["lines"]) == 3
        assert set(entry["lines"][2].values()) == {0}


def test_today_is_late_for_three_quarters_of_an_hour() -> None:
    gateway = telling("late-midnight-reset", family="iq-metered-7.6")

    today = [eims(ask(gateway, "/production.json", MIDNIGHT + s))["production"]["whToday"] for s in (60, 2600, 2800)]
    assert today[0] == today[1] > 10_000
    assert today[2] < 1


def test_frozen_counters_stand_while_the_rest_moves() -> None:
    gateway = telling(family="iq-acb-8.3")
    before = body(gateway, "/api/v1/production", MORNING)
    gateway.lies.add("frozen-counters")
    paths = ("/api/v1/production", "/ivp/pdm/energy", "/ivp/pdm/device_data")
    frozen = [body(gateway, path, NOON) for path in paths]

    assert frozen[0] != before
    assert [body(gateway, path, NOON + 7200) for path in paths] == frozen
    assert inverters(gateway, NOON + 7200)["readingTime"] > NOON
    gateway.lies.clear()
    assert body(gateway, "/api/v1/production", NOON + 7200) != frozen[0]


def test_active_counts_flicker_at_every_third_asking() -> None:
    gateway = telling("active-count-flicker", family="iq-metered-7.6")

    counts = [inverters(gateway, NOON + 60 * poll)["activeCount"] for poll in range(6)]
    assert counts == [12, 12, 0, 12, 12, 0]


def test_half_of_a_storage_phase_is_missing() -> None:
    gateway = telling("storage-phase-half", family="iq-encharge-8.2")
    reading = next(each for each in ask(gateway, "/ivp/meters/readings", NIGHT) if each["eid"] == 704643840)
    power = gateway.truth(NIGHT).battery_power

    assert power > 50
    assert reading["activePower"] == pytest.approx(0.75 * power, abs=0.01)
    assert reading["channels"][0]["activePower"] == pytest.approx(power / 4, abs=0.01)


def test_stale_ac_batteries_look_alive() -> None:
    (entry,) = ask(telling("stale-acb", family="iq-acb-8.2"), "/production.json")["storage"]

    assert NOON - entry["readingTime"] > 40 * 3600
    assert entry["state"] == "discharging"


def test_idle_batteries_show_a_little() -> None:
    gateway = telling("battery-idle-offset", family="iq-encharge-8.2")

    for hour in range(24):
        now = MORNING + 3600 * hour
        power = gateway.truth(now).battery_power
        rows = ask(gateway, "/ivp/ensemble/power", now)["devices:"]
        if power == 0:
            assert all(16_000 <= row["real_power_mw"] <= 24_000 for row in rows)


def test_zeros_after_boot_are_zeros_everywhere() -> None:
    gateway = telling("zeros-after-boot", family="envoy-r-3.17")

    assert set(ask(gateway, "/api/v1/production").values()) == {0}
    page = body(gateway, "/production").decode()
    assert re.findall(r"<td> *([\d.]+) \w+</td>", page) == ["0", "0", "0", "0"]


def test_removed_inverters_are_very_old() -> None:
    rows = ask(telling("removed-inverters-listed", family="envoy-s-metered-4.2"), "/api/v1/production/inverters")

    old = [row for row in rows if row["lastReportDate"] < NOON - 5 * 31_557_600]
    assert len(old) == 4
    assert all("devType" not in row for row in rows)


def test_a_firmware_update_changes_everything_the_firmware_decides() -> None:
    gateway = telling(family="envoy-s-standard-5.0")
    serial, firmware = gateway.serial, gateway.firmware
    gateway.lies.add("firmware-update")

    assert gateway.serial == serial
    assert gateway.firmware != firmware
    assert gateway.authentication is Authentication.TOKEN
    assert gateway.firmware.encode() in body(gateway, "/info")
    assert not gateway.open_to_all("/production.json")


def test_another_gateway_starts_from_nought() -> None:
    gateway = telling(family="iq-metered-8.2")
    before = eims(ask(gateway, "/production.json", MORNING))["production"]
    serial = gateway.serial
    gateway.lies.add("gateway-swap")
    body(gateway, "/info", MORNING)
    after = ask(gateway, "/production.json", NOON)
    truth = gateway.truth(NOON)

    entry = eims(after)["production"]
    assert gateway.serial != serial
    assert entry["whLifetime"] == pytest.approx(truth.lifetime.production - before["whLifetime"], abs=1)
    assert entry["whToday"] == entry["whLifetime"]
    assert 0 < after["production"][0]["whLifetime"] < 20_000
    assert ask(gateway, "/api/v1/production", NOON)["wattHoursToday"] >= 0


def test_the_truth_serial_returns_with_the_old_gateway() -> None:
    gateway = telling("gateway-swap", family="iq-metered-8.2")
    ask(gateway, "/production.json")
    gateway.lies.clear()

    assert eims(ask(gateway, "/production.json"))["production"]["whLifetime"] == gateway.truth(NOON).lifetime.production
