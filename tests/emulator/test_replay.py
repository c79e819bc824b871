import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from heliograph.emulator.answer import Authentication, Framing
from heliograph.emulator.replay import Replay, file_name
from tests.recordings import every_recording, recording

THEN = 1_700_000_000
NOW = 1_800_000_000.0
INFO = """<?xml version='1.0'?>
<envoy_info><time>{then}</time><device><sn>{serial}</sn><software>{firmware}</software></device>{more}</envoy_info>
"""


def record(
    folder: Path,
    files: Mapping[str, str] | None = None,
    *,
    firmware: str = "D7.6.175",
    serial: str = "122112123456",
    tokens: bool = True,
    logs: Mapping[str, Any] | None = None,
) -> Replay:
    """Write a small recording of one's own and replay it."""
    more = "<web-tokens>true</web-tokens>" if tokens else ""
    folder.joinpath("info").write_text(INFO.format(then=THEN, serial=serial, firmware=firmware, more=more), "utf-8")
    for name, text in (files or {}).items():
        folder.joinpath(name).write_text(text, "utf-8")
    for name, log in (logs or {}).items():
        folder.joinpath(f"{name}_log.json").write_text(json.dumps(log), "utf-8")
    return Replay(folder)


def body(replay: Replay, target: str, now: float = NOW) -> str:
    return replay.answer("GET", target, b"", now).body.decode()


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/info", "info"),
        ("/production.json?details=1", "production.json_details_1"),
        ("/api/v1/production/inverters", "api_v1_production_inverters"),
        ("/inventory.json?deleted=1", "inventory.json_deleted_1"),
        ("/a b?c=d&e=f", "a_b_c_d_e_f"),
    ],
)
def test_names_files_after_targets(target: str, name: str) -> None:
    assert file_name(target) == name


class TestTimes:
    def test_are_as_long_ago_as_they_were(self, tmp_path: Path) -> None:
        text = f'[{{"lastReportDate": {THEN - 30}, "x": {THEN}}},{{"last_rpt_date":"{THEN - 40}"}}]'
        replay = record(tmp_path, {"api_v1_production_inverters": text})

        assert body(replay, "/api/v1/production/inverters") == (
            f'[{{"lastReportDate": {int(NOW) - 30}, "x": {THEN}}},{{"last_rpt_date":"{int(NOW) - 40}"}}]'
        )

    def test_of_zero_stay_zero(self, tmp_path: Path) -> None:
        text = f'{{"readingTime":0,"other":{{"readingTime":{THEN}}}}}'
        replay = record(tmp_path, {"inv": text})

        assert body(replay, "/inv") == text.replace(str(THEN), str(int(NOW)))

    def test_of_info_are_now(self, tmp_path: Path) -> None:
        replay = record(tmp_path)

        assert f"<time>{int(NOW)}</time>" in body(replay, "/info")
        assert f"<time>{int(NOW) + 60}</time>" in body(replay, "/info", NOW + 60)
        assert replay.recorded_at == THEN

    def test_stay_when_told(self, tmp_path: Path) -> None:
        record(tmp_path)

        assert f"<time>{THEN}</time>" in body(Replay(tmp_path, rebase=False), "/info")

    def test_are_counted_from_the_answers_own_date(self, tmp_path: Path) -> None:
        logs = {"inv": {"code": 200, "headers": {"Date": "Tue, 14 Nov 2023 22:15:00 GMT", "Content-Length": "1"}}}
        replay = record(tmp_path, {"inv": f'{{"timestamp":{THEN + 50}}}'}, logs=logs)

        assert body(replay, "/inv") == f'{{"timestamp":{int(NOW) - 50}}}'

    def test_of_another_box_are_never_ahead(self, tmp_path: Path) -> None:
        replay = record(tmp_path, {"inv": f'[{{"timestamp":{THEN + 90000}}},{{"timestamp":{THEN + 89000}}}]'})

        assert body(replay, "/inv") == f'[{{"timestamp":{int(NOW)}}},{{"timestamp":{int(NOW) - 1000}}}]'

    def test_of_the_page_are_local(self, tmp_path: Path) -> None:
        home = '{"timezone":"Europe/Paris","current_date":"01/02/2023","current_time":"03:04"}'
        replay = record(tmp_path, {"home": home})

        assert replay.timezone == "Europe/Paris"
        assert json.loads(body(replay, "/home.json")) == {
            "timezone": "Europe/Paris",
            "current_date": "01/15/2027",
            "current_time": "09:00",
        }

    def test_are_utc_where_the_zone_is_no_zone(self, tmp_path: Path) -> None:
        assert record(tmp_path, {"home": '{"timezone":"Mars/Olympus"}'}).timezone == "UTC"


class TestFiles:
    LINES = '{"production":[{"a":1,"lines":[{"b":2},{"b":3}]}],"consumption":[{"lines" : [{"b":2}] , "a":1}]}'

    def test_give_lines_only_in_detail(self, tmp_path: Path) -> None:
        replay = record(tmp_path, {"production.json": self.LINES})

        assert body(replay, "/production.json?details=1") == self.LINES
        assert json.loads(body(replay, "/production.json")) == {"production": [{"a": 1}], "consumption": [{"a": 1}]}

    @pytest.mark.parametrize(
        ("target", "name"),
        [
            ("/info.xml", "info"),
            ("/home.json", "home"),
            ("/inventory.json", "inventory"),
            ("/inventory.json", "inventory.json_deleted_1"),
            ("/inventory.json?deleted=1", "inventory"),
            ("/ivp/meters?x=1", "ivp_meters"),
        ],
    )
    def test_stand_in_for_one_another(self, tmp_path: Path, target: str, name: str) -> None:
        replay = record(tmp_path, {name: '{"it":true}'} if name != "info" else {})

        assert replay.answer("GET", target, b"", NOW).status == 200

    @pytest.mark.parametrize(
        ("tokens", "firmware", "expected"),
        [(True, "D7.6.175", b'{"err":"404 - Not Found"}'), (False, "D5.0.62", b' { "error" : "404 - Not Found" }')],
    )
    def test_that_are_not_there(self, tmp_path: Path, tokens: bool, firmware: str, expected: bytes) -> None:
        answer = record(tmp_path, tokens=tokens, firmware=firmware).answer("GET", "/nothing", b"", NOW)

        assert (answer.status, answer.body) == (404, expected)

    def test_are_not_written(self, tmp_path: Path) -> None:
        assert record(tmp_path).answer("PUT", "/info", b"", NOW).status == 405

    def test_are_listed(self, tmp_path: Path) -> None:
        replay = record(tmp_path, {"inv": "[]", "_readme": "x"}, logs={"inv": {"code": 200}})

        assert replay.targets() == ["info", "inv"]


class TestHeaders:
    def test_are_kept_but_for_the_transports(self, tmp_path: Path) -> None:
        headers = {
            "server": "openresty/1.17.8.1",
            "date": "today",
            "pragma": "no-cache",
            "content-type": "text/plain",
            "transfer-encoding": "chunked",
            "connection": "close",
        }
        log = {"code": 503, "duration_seconds": 1.5, "headers": headers}
        answer = record(tmp_path, {"inv": "[]"}, logs={"inv": log}).answer("GET", "/inv", b"", NOW)

        assert (answer.status, answer.content_type, answer.framing) == (503, "text/plain", Framing.CHUNKED)
        assert (dict(answer.headers), answer.seconds) == ({"Pragma": "no-cache", "Connection": "close"}, 1.5)

    @pytest.mark.parametrize(
        ("target", "kind", "framing"),
        [
            ("/info", "text/xml", Framing.LENGTH),
            ("/production.json", "application/json", Framing.CHUNKED),
            ("/production", "text/html", Framing.CHUNKED),
            ("/ivp/meters", None, Framing.LENGTH),
            ("/api/v1/production", "application/json", Framing.LENGTH),
        ],
    )
    def test_that_nobody_wrote_down(self, tmp_path: Path, target: str, kind: str | None, framing: Framing) -> None:
        files = {"production.json": "{}", "production": "<p>", "ivp_meters": "[]", "api_v1_production": "{}"}
        answer = record(tmp_path, files).answer("GET", target, b"", NOW)

        assert (answer.content_type, answer.framing) == (kind, framing)

    @pytest.mark.parametrize(
        ("target", "seconds"), [("/home", 7.0), ("/production.json?details=1", 3.5), ("/ivp/meters", 0.2)]
    )
    def test_that_nobody_timed(self, tmp_path: Path, target: str, seconds: float) -> None:
        replay = record(tmp_path, {"home": "{}", "production.json": "{}", "ivp_meters": "[]"})

        assert replay.answer("GET", target, b"", NOW).seconds == seconds

    def test_without_a_length_end_by_closing(self, tmp_path: Path) -> None:
        replay = record(tmp_path, {"inv": "[]"}, logs={"inv": {"headers": {"content-type": "a/b"}, "code": 200}})

        assert replay.answer("GET", "/inv", b"", NOW).framing is Framing.CLOSE


class TestWayIn:
    @pytest.mark.parametrize(
        ("firmware", "tokens", "expected"),
        [
            ("D3.7.0", False, Authentication.NONE),
            ("D3.17.3", False, Authentication.DIGEST),
            ("D5.0.62", False, Authentication.DIGEST),
            ("D7.3.130", True, Authentication.TOKEN),
        ],
    )
    def test_follows_from_the_firmware(
        self, tmp_path: Path, firmware: str, tokens: bool, expected: Authentication
    ) -> None:
        assert record(tmp_path, firmware=firmware, tokens=tokens).authentication is expected

    def test_shows_recorded_refusals_to_all(self, tmp_path: Path) -> None:
        files = {"ivp_meters": "Error: 401\n", "ivp_meters_readings": "[]"}
        replay = record(tmp_path, files, firmware="D3.18.1", tokens=False, logs={"ivp_meters": {"code": 401}})

        assert replay.open_to_all("/ivp/meters")
        assert not replay.open_to_all("/ivp/meters/readings")

    def test_keeps_refusals_behind_the_token(self, tmp_path: Path) -> None:
        replay = record(tmp_path, {"ivp_meters": "<p>"}, logs={"ivp_meters": {"code": 401}})

        assert not replay.open_to_all("/ivp/meters")
        assert replay.minimum_role("/ivp/meters") == "owner"

    def test_keeps_unreadable_serials(self, tmp_path: Path) -> None:
        assert record(tmp_path, serial="envoyserial").serial == "envoyserial"


@pytest.mark.parametrize("folder", every_recording())
def test_every_recording_is_replayed_as_it_was(folder: Path) -> None:
    replay, as_it_was = Replay(folder), Replay(folder, rebase=False)

    assert replay.serial
    for name in replay.targets():
        target = "/" + name  # a file's name finds the file, whatever its target was
        recorded = as_it_was.answer("GET", target, b"", NOW)
        answer = replay.answer("GET", target, b"", replay.recorded_at)
        if name != "production.json":
            assert recorded.body == folder.joinpath(name).read_bytes()
        assert answer.status == recorded.status
        if recorded.body[:1] in {b"{", b"["}:
            assert shape(json.loads(answer.body)) == shape(json.loads(recorded.body))


def test_keeps_garbage_headers() -> None:
    replay = Replay(recording("3.9.36_bad_auth"))
    answer = replay.answer("GET", "/api/v1/production/inverters", b"", NOW)

    assert answer.status == 401
    assert not answer.headers["Www-Authenticate"].isascii()


def shape(value: Any) -> Any:
    """Give what a value has, its long numbers and dates aside."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if not key.startswith("current_")}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value) if isinstance(value, int | str) and len(str(value)) == 10 else value
