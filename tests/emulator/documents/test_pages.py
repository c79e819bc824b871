import re
from xml.etree import ElementTree as ET

import pytest

from heliograph.emulator.documents.pages import _three_digits
from heliograph.emulator.families import FAMILIES, build
from tests.emulator.asking import MORNING, NIGHT, NOON, ask


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_info_is_xml_that_names_the_gateway(name: str) -> None:
    gateway = build(name, start=MORNING)
    root = ET.fromstring(gateway.answer("GET", "/info", b"", NOON).body)  # noqa: S314 - our own document

    assert root.findtext("time") == str(int(NOON))
    assert root.findtext("device/sn") == gateway.serial
    assert root.findtext("device/software") == gateway.firmware
    assert root.findtext("device/pn") == FAMILIES[name].part
    assert root.findtext("web-tokens") == ("true" if gateway.firmware[1] >= "7" else None)
    versions = {each.get("name"): each.findtext("version") for each in root.findall("package")}
    numbers = gateway.firmware[1:].split(".")
    assert versions["app"] == ".".join(each.zfill(2) for each in numbers)


@pytest.mark.parametrize(
    ("name", "imeter"),
    [("envoy-r-3.7", None), ("envoy-s-metered-4.2", None), ("iq-standard-7.6", "false"), ("iq-metered-noct", "true")],
)
def test_imeter_says_what_the_board_has_not_what_is_enabled(name: str, imeter: str | None) -> None:
    body = build(name, start=MORNING).answer("GET", "/info", b"", NOON).body

    assert ET.fromstring(body).findtext("device/imeter") == imeter  # noqa: S314 - our own document


def test_home_tells_place_and_time() -> None:
    document = ask(build("iq-acb-8.3", start=MORNING), "/home")

    assert (document["timezone"], document["current_date"], document["current_time"]) == (
        "Europe/Paris",
        "07/14/2025",
        "13:37",
    )
    assert document["comm"]["pcu"]["num"] == 8
    assert document["comm"]["acb"]["num"] == 2


def test_home_hears_no_inverter_by_night() -> None:
    assert ask(build("iq-acb-8.3", start=MORNING), "/home", NIGHT)["comm"]["pcu"] == {"num": 0, "level": 0}


def test_live_flows_balance() -> None:
    gateway = build("iq-encharge-8.2", start=MORNING)
    gateway.answer("POST", "/ivp/livedata/stream", b'{"enable":1}', NOON)
    meters = ask(gateway, "/ivp/livedata/status")["meters"]
    truth = gateway.truth(NOON)

    sources = sum(meters[name]["agg_p_mw"] for name in ("pv", "storage", "grid", "generator"))
    assert sources == meters["load"]["agg_p_mw"]
    assert meters["load"]["agg_p_mw"] == round(truth.consumption_power * 1000)
    legs = sum(meters["load"][f"agg_p_ph_{leg}_mw"] for leg in "abc")
    assert legs == meters["load"]["agg_p_mw"]


def test_early_live_data_know_no_phases() -> None:
    meters = ask(build("iq-metered-7.3", start=MORNING), "/ivp/livedata/status")["meters"]

    assert set(meters["pv"]) == {"agg_p_mw", "agg_s_mva"}
    assert "phase_count" not in meters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "    0 W"),
        (5, "    5 W"),
        (640, "  640 W"),
        (6632, " 6.63 kW"),
        (53_600, " 53.6 kW"),
        (133_000_000, "  133 MW"),
    ],
)
def test_old_pages_have_three_digits(value: float, text: str) -> None:
    assert _three_digits(value, "W") == text


def test_the_old_page_tells_production() -> None:
    gateway = build("envoy-r-3.7", start=MORNING)
    body = gateway.answer("GET", "/production", b"", NOON).body.decode()
    cells = dict(re.findall(r"<tr><td>([^<]+)</td> +<td> *([\d.]+ \w+)</td></tr>", body))

    assert list(cells) == ["Currently", "Today", "Past Week", "Since Installation"]
    amount, unit = cells["Since Installation"].split()
    assert unit == "MWh"
    assert float(amount) * 1e6 == pytest.approx(gateway.truth(NOON).lifetime.production, rel=0.01)


def test_old_pages_list_inverters() -> None:
    gateway = build("envoy-r-3.7", start=MORNING)

    assert b"<td>Number of Microinverters Online</td><td>16</td>" in gateway.answer("GET", "/home", b"", NOON).body
    inventory = gateway.answer("GET", "/inventory?locale=en", b"", NOON).body.decode()
    assert all(each.serial in inventory for each in gateway.plan.active)
