import msgspec
import pytest

from heliograph.emulator.answer import Framing
from heliograph.emulator.families import build
from tests.emulator.asking import MORNING, NOON, ask

STREAM = "/ivp/livedata/stream"


@pytest.mark.parametrize(
    ("family", "path", "body", "content_type"),
    [
        (
            "envoy-r-3.17",
            "/ivp/ensemble/inventory",
            b'{ "error" : "404 - Not Found" }',
            "application/json; charset=ISO-8859-4",
        ),
        (
            "envoy-s-standard-5.0",
            "/ivp/ensemble/power",
            b'{ "error" : "404 - Not Found" }',
            "application/json; charset=ISO-8859-4",
        ),
        ("envoy-s-standard-5.0", "/ivp/ss/gen_config", b' { "err": "404 - Not Found" }', None),
        ("iq-metered-7.6", "/ivp/pdm/device_data", b'{"err":"404 - Not Found"}', None),
    ],
)
def test_each_generation_misses_in_its_own_words(family: str, path: str, body: bytes, content_type: str | None) -> None:
    answer = build(family, start=MORNING).answer("GET", path, b"", NOON)

    assert (answer.status, answer.body, answer.content_type) == (404, body, content_type)


def test_old_pages_that_are_not_there_are_found_all_the_same() -> None:
    answer = build("envoy-r-3.17", start=MORNING).answer("GET", "/production.json", b"", NOON)

    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert b"Page Not Found" in answer.body


@pytest.mark.parametrize(
    ("family", "path", "content_type", "framing"),
    [
        ("envoy-r-3.17", "/info", "application/json", Framing.CLOSE),
        ("envoy-r-3.17", "/production", "application/json", Framing.CHUNKED),
        ("envoy-s-standard-5.0", "/info", "text/xml", Framing.LENGTH),
        ("envoy-s-standard-5.0", "/admin/lib/tariff", "application/json", Framing.CLOSE),
        ("iq-metered-7.6", "/info", "text/xml", Framing.LENGTH),
        ("iq-metered-7.6", "/production.json", "application/json", Framing.CHUNKED),
        ("iq-metered-7.6", "/admin/lib/tariff", "application/json", Framing.CHUNKED),
        ("iq-metered-7.6", "/ivp/meters", None, Framing.LENGTH),
        ("iq-metered-7.6", "/api/v1/production", "application/json", Framing.LENGTH),
        ("iq-encharge-8.2", "/admin/lib/tariff", None, Framing.LENGTH),
        ("iq-8.3", "/info", None, Framing.LENGTH),
    ],
)
def test_each_server_of_the_box_frames_in_its_own_way(
    family: str, path: str, content_type: str | None, framing: Framing
) -> None:
    answer = build(family, start=MORNING).answer("GET", path, b"", NOON)

    assert (answer.content_type, answer.framing) == (content_type, framing)


def test_slow_pages_say_how_slow() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)
    seconds = {
        path: gateway.answer("GET", path, b"", NOON).seconds
        for path in ("/home", "/production.json", "/production.json?details=1", "/inventory", "/ivp/meters")
    }

    assert (
        seconds["/home"] > seconds["/inventory"] > seconds["/production.json?details=1"] > seconds["/production.json"]
    )
    assert seconds["/ivp/meters"] < 0.2


@pytest.mark.parametrize(
    ("family", "path", "expected"),
    [
        ("envoy-r-3.7", "/production", True),
        ("envoy-r-3.17", "/api/v1/production", True),
        ("envoy-r-3.17", "/api/v1/production/inverters", False),
        ("envoy-r-3.17", "/ivp/ensemble/inventory", True),
        ("envoy-s-standard-5.0", "/production.json", True),
        ("envoy-s-standard-5.0", "/ivp/meters", False),
        ("envoy-s-standard-5.0", "/production", False),
        ("iq-metered-7.6", "/info", True),
        ("iq-metered-7.6", "/info.xml", True),
        ("iq-metered-7.6", "/production.json", False),
        ("iq-metered-7.6", "/nothing", False),
    ],
)
def test_knows_what_is_open_to_all(family: str, path: str, expected: bool) -> None:
    assert build(family, start=MORNING).open_to_all(path) is expected


def test_production_page_of_5_0_is_for_nobody() -> None:
    answer = build("envoy-s-standard-5.0", start=MORNING).answer("GET", "/production", b"", NOON)

    assert (answer.status, answer.content_type) == (401, "text/html")


@pytest.mark.parametrize(
    ("family", "path", "role"),
    [
        ("iq-standard-7.3", "/ivp/ensemble/power", "installer"),
        ("iq-standard-7.3", "/ivp/ensemble/inventory", "owner"),
        ("iq-standard-7.3", "/admin/lib/tariff", "owner"),
        ("iq-metered-7.6", "/ivp/ensemble/power", "owner"),
        ("iq-metered-7.6", "/ivp/mod/603980032/mode/power", "installer"),
        ("iq-metered-7.6", "/stream/meter", "installer"),
    ],
)
def test_knows_the_role_each_path_needs(family: str, path: str, role: str) -> None:
    assert build(family, start=MORNING).minimum_role(path) == role


def test_one_meter_can_be_asked_for_alone() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert ask(gateway, "/ivp/meters/704643584")["measurementType"] == "net-consumption"
    assert ask(gateway, "/ivp/meters/readings/704643328")["eid"] == 704643328
    assert gateway.answer("GET", "/ivp/meters/704649999", b"", NOON).status == 404
    assert gateway.answer("GET", "/home/1", b"", NOON).status == 404


def test_what_can_only_be_read_cannot_be_written() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert gateway.answer("PUT", "/home", b"{}", NOON).status == 405
    assert gateway.answer("GET", STREAM, b"", NOON).status == 405


def test_live_data_stand_still_until_the_stream_is_enabled() -> None:
    gateway = build("iq-encharge-8.2", start=MORNING)
    first = ask(gateway, "/ivp/livedata/status", MORNING)
    later = ask(gateway, "/ivp/livedata/status", NOON)

    assert later["connection"]["sc_stream"] == "disabled"
    assert later["meters"] == first["meters"]
    assert "info" in later

    answer = gateway.answer("POST", STREAM, b'{"enable":1}', NOON)
    assert msgspec.json.decode(answer.body) == {"sc_stream": "enabled"}
    live = ask(gateway, "/ivp/livedata/status", NOON + 5)
    assert live["connection"]["sc_stream"] == "enabled"
    assert live["meters"]["last_update"] == int(NOON) + 5
    assert "info" not in live

    stopped = ask(gateway, "/ivp/livedata/status", NOON + 1000)
    assert stopped["connection"]["sc_stream"] == "disabled"
    assert stopped["meters"]["last_update"] == int(NOON) + 5


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"enable":7}', b'{"enable":"1"}', b"{}"])
def test_the_stream_wants_a_clear_word(body: bytes) -> None:
    assert build("iq-metered-7.6", start=MORNING).answer("POST", STREAM, body, NOON).status == 400


def test_the_stream_can_be_switched_off() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)
    gateway.answer("POST", STREAM, b'{"enable":1}', NOON)
    gateway.answer("POST", STREAM, b'{"enable":0}', NOON)

    assert ask(gateway, "/ivp/livedata/status")["connection"]["sc_stream"] == "disabled"


def test_native_servers_print_with_four_spaces_and_emuweb_with_two() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)

    assert gateway.answer("GET", "/ivp/meters", b"", NOON).body.startswith(b'[\n    {\n        "eid": ')
    assert gateway.answer("GET", "/api/v1/production", b"", NOON).body.startswith(b'{\n  "wattHoursToday": ')
    assert gateway.answer("GET", "/production.json", b"", NOON).body.startswith(b'{"production":[{"type":"inverters",')


def test_time_that_goes_back_is_survived() -> None:
    gateway = build("iq-metered-7.6", start=MORNING)
    ask(gateway, "/production.json", NOON)

    assert ask(gateway, "/production.json", NOON - 86400)["production"][1]["readingTime"] <= NOON


def test_the_grid_can_go() -> None:
    gateway = build("iq-encharge-8.2", start=MORNING)
    gateway.grid_connected = False

    controller = ask(gateway, "/ivp/ensemble/inventory")[1]["devices"][0]
    assert (controller["mains_oper_state"], controller["Enpwr_grid_mode"]) == ("open", "multimode-offgrid")
    assert ask(gateway, "/ivp/ensemble/relay")["mains_oper_state"] == "open"


def test_an_inverter_can_die() -> None:
    gateway = build("iq-acb-8.3", start=MORNING)
    serial = gateway.plan.active[0].serial
    gateway.fail_inverter(serial, NOON)

    rows = {each["serialNumber"]: each for each in ask(gateway, "/api/v1/production/inverters", NOON + 3600)}
    assert NOON - 300 <= rows[serial]["lastReportDate"] <= NOON
    devices = {each["serial_num"]: each for each in ask(gateway, "/inventory.json", NOON + 3600)[0]["devices"]}
    assert devices[serial]["communicating"] is False
    assert devices[serial]["device_status"] == ["envoy.cond_flags.obs_strs.failure"]
