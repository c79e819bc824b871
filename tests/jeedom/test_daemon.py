"""The daemon end to end: real HTTP to a stand-in of Jeedom, its real socket, and emulated gateways."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway.discovery import Found
from heliograph.outputs.jeedom.link import Config
from tests.jeedom.plugin import PLUGIN, load
from tests.jeedom.stand_in import KEY, Jeedom, Time, running

DAEMON = PLUGIN / "resources/heliographd/heliographd.py"
NOON = 1_782_900_000.0
"""A summer day at noon, on the full minute."""
FAMILY = "iq-encharge-8.2"


@dataclass
class Scene:
    """Everything that plays together."""

    jeedom: Jeedom
    gateway: EmulatedGateway
    time: Time
    start: Callable[[], AbstractAsyncContextManager[Any]]

    async def next_poll(self, seconds: float = 60) -> None:
        """Let time pass until the next poll has been passed on."""
        at = self.jeedom.state().get("last_poll", 0)
        self.time.advance(seconds)
        await self.jeedom.until(lambda: self.jeedom.state().get("last_poll", 0) > at)

    async def pass_until(self, happened: Callable[[], Any]) -> None:
        """Let time pass, a little at each turn of the loop, until something is so."""
        async with asyncio.timeout(90):
            while not happened():
                self.time.advance(5)
                await asyncio.sleep(0)


def _row(gateway: EmulatedGateway, **more: Any) -> dict[str, Any]:
    settings = {"id": 1, "name": "General", "enabled": True, "host": gateway.host, "groups": []}
    return {**settings, "token": gateway.token(lifetime=365 * 86400), **more}


@asynccontextmanager
async def _scene(
    folder: Path, *, family: str = FAMILY, inverters: int = 3, batteries: int = 1, zone: str = "UTC", **more: Any
) -> AsyncIterator[Scene]:
    source = build(family, start=NOON - 86400, inverters=inverters, batteries=batteries)
    # The gateway's own time stands still unless a test moves it, so that it repeats itself to the watt.
    emulated = EmulatedGateway(source, clock=Clock(NOON, rate=0))
    async with emulated as gateway, Jeedom([_row(gateway, **more)]) as jeedom:
        time = Time(NOON + 3)
        daemon = load(DAEMON)
        vars(daemon)["discover"] = _nobody

        def start() -> AbstractAsyncContextManager[Any]:
            config = _config(jeedom, folder)
            return running(asyncio.create_task(daemon.serve(config, zone=zone, clock=time.now, sleep=time.sleep)))

        yield Scene(jeedom, gateway, time, start)


async def _nobody() -> tuple[Found, ...]:
    return ()


def _arguments(jeedom: Jeedom, folder: Path) -> list[str]:
    return [
        *("--loglevel", "debug", "--socketport", str(jeedom.daemon_port), "--callback", jeedom.callback),
        *("--pid", str(folder / "daemon.pid"), "--cycle", "0.01", "--data", str(folder / "data")),
    ]


def _config(jeedom: Jeedom, folder: Path) -> Config:
    return Config(_arguments(jeedom, folder), {"HELIOGRAPH_APIKEY": KEY})


@pytest.fixture(autouse=True)
def _logging_as_before() -> AsyncIterator[None]:  # type: ignore[misc] # a plain generator
    levels = {name: logging.getLogger(name).level for name in ("", "asyncio", "aiohttp.client", "jeedomdaemon")}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def test_says_hello_is_told_its_gateways_and_gives_values(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        held = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert held["inverter_count"] == 3
        assert held["production_power"] > 0
        state = await scene.jeedom.until(lambda: scene.jeedom.state().get("serial") and scene.jeedom.state())
        assert (state["state"], state["firmware"], state["token_role"]) == ("ok", "D8.2.4286", "propriétaire")
        assert state["token_serial"] == state["serial"]


async def test_a_sync_lists_everything_with_its_commands(tmp_path: Path) -> None:
    async with _scene(tmp_path, inverters=12) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r1"})
        await scene.jeedom.until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))
        parts = scene.jeedom.said("equipment")
        rows = [row for part in parts for row in part["equipment"]]
        assert [len(part["equipment"]) for part in parts] == [10, 4]
        assert [(part["done"], part["total"]) for part in parts] == [(10, 14), (14, 14)]
        assert parts[-1]["present"] == [row["id"] for row in rows]
        assert [row["kind"] for row in rows] == ["gateway", "battery", *["inverter"] * 12]
        assert [len(row["commands"]) for row in rows[:3]] == [17, 7, 5]
        assert {part["inverters"] for part in parts} == {12}
        working = [a for a in scene.jeedom.listed("answers") if a["kind"] == "working"]
        assert working[0]["text"].startswith("Interrogation de la passerelle")


async def test_a_roof_is_told_of_its_inverters_by_their_names(tmp_path: Path) -> None:
    async with _scene(tmp_path, inverters=8) as scene, scene.start():
        held = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert held["inverter_count"] == 8
        powers = {key.partition(":")[2]: row["power"] for key, row in scene.jeedom.values().items() if "power" in row}
        inverters = {
            serial: f"Toit {serial[-2:]}" for serial in powers if f"inverter:{serial}" in scene.jeedom.values()
        }
        assert len(inverters) == 8
        scene.jeedom.gateways[0]["roofs"] = [{"id": "roof:all", "name": "Toit", "inverters": inverters}]
        await scene.jeedom.configure()
        await scene.next_poll()
        roof = await scene.jeedom.until(lambda: scene.jeedom.values().get("roof:all"))
        assert roof["power"] == pytest.approx(
            sum(scene.jeedom.values()[f"inverter:{one}"]["power"] for one in inverters), abs=4
        )
        weakest = min(inverters, key=lambda one: scene.jeedom.values()[f"inverter:{one}"]["power"])
        assert roof["weakest_share"] <= 100
        assert roof["weakest"] in inverters.values()
        lowest = scene.jeedom.values()[f"inverter:{weakest}"]["power"]
        named = next(one for one, name in inverters.items() if name == roof["weakest"])
        assert scene.jeedom.values()[f"inverter:{named}"]["power"] == lowest
        assert any("roof:all" in ids for ids in scene.jeedom.said("alive"))


async def test_the_panels_curve_is_what_jeedom_was_told(tmp_path: Path) -> None:
    async with _scene(tmp_path, zone="Europe/Paris") as scene:
        async with scene.start():
            held = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
            await scene.next_poll()
        curve = json.loads((tmp_path / "data/history/1/day-2026-07-01.json").read_text())
        at = curve["times"].index("12:00")
        for column, key, sign in (("production", "production_power", 1), ("export", "net_power", -1)):
            assert curve["columns"][column][at] == pytest.approx(max(0, sign * held[key]), abs=1), column
        assert [value for value in curve["columns"]["production"] if value is not None] == [
            curve["columns"]["production"][at]
        ]


async def test_in_the_evening_the_inverters_are_reported_on(tmp_path: Path) -> None:
    async with _scene(tmp_path, inverters=3, zone="Europe/Paris") as scene:
        names = {"roofs": [{"id": "roof:all", "name": "Toit", "inverters": {"1": "a"}}], "inverters": {"1": "a"}}
        scene.jeedom.gateways[0].update(names)
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
            for _ in range(41):
                await scene.next_poll(900)
            held = await scene.jeedom.until(lambda: scene.jeedom.values().get("roof:all"))
            # The roof's inverter is none of this gateway's.
            assert held["report"] == "01/07/2026 : trop peu de soleil, ou de micro-onduleurs, pour comparer"
            assert (held["silent"], held["weak"], held["power"]) == (0, 0, "")
            assert scene.jeedom.listed("messages") == []
        assert (tmp_path / "data/evening-1.json").exists()


async def test_after_a_sync_jeedom_is_told_all_values_again(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        scene.jeedom.posts.clear()
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r1"})
        held = await scene.jeedom.until(scene.jeedom.values)
        assert {"gateway", "inverter:" + _first_inverter(scene)} <= set(held)


def _first_inverter(scene: Scene) -> str:
    ids = [key for key in scene.jeedom.values() if key.startswith("inverter:")]
    return min(ids).partition(":")[2]


async def test_general_comes_each_minute_and_devices_every_five(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.said("alive"))
        await scene.next_poll()
        scene.gateway.counters.reset()
        scene.jeedom.posts.clear()
        for _ in range(10):
            scene.gateway.clock.advance(60)
            await scene.next_poll()
        alive = await scene.jeedom.until(lambda: scene.jeedom.said("alive")[9:] and scene.jeedom.said("alive"))
        assert [ids.count("gateway") for ids in alive] == [1] * 10
        assert scene.gateway.counters.targets["GET /api/v1/production/inverters"] == 2
        told = [row for row in scene.jeedom.said("values") if any(key.startswith("inverter:") for key in row)]
        assert len(told) == 2


async def test_only_changes_are_sent(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        for _ in range(2):
            await scene.next_poll()
        scene.jeedom.posts.clear()
        await scene.next_poll()
        again = {key for row in scene.jeedom.said("values") for key in row.get("gateway", {})}
        # The gateway repeats itself; only what the ledger derives from the passing of time may move.
        assert not again & {"production_power", "consumption_power", "net_power", "inverter_count", "battery_level"}
        scene.gateway.clock.advance(3600)
        await scene.next_poll()
        changed = await scene.jeedom.until(
            lambda: {key for row in scene.jeedom.said("values") for key in row.get("gateway", {})}
        )
        assert "production_power" in changed


async def test_everything_is_sent_again_every_quarter_of_an_hour_and_on_request(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        first = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        scene.jeedom.posts.clear()
        await scene.next_poll()
        assert "production_power" not in scene.jeedom.values().get("gateway", {})
        for _ in range(15):
            await scene.next_poll()
        again = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert again.keys() >= first.keys()
        assert len(scene.jeedom.state()["serial"]) == 12
        asked = scene.gateway.counters.statuses.total()
        scene.jeedom.posts.clear()
        # What the plugin says when its cache was emptied.
        await scene.jeedom.tell({"action": "repeat", "gateway": 1})
        repeated = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert repeated == again
        assert scene.jeedom.state()["token_role"] == "propriétaire"
        assert scene.gateway.counters.statuses.total() == asked


@pytest.mark.parametrize(("zone", "midnight"), [("UTC", False), ("Pacific/Auckland", True)])
async def test_the_day_of_a_gateway_without_a_zone_begins_at_jeedoms_midnight(
    tmp_path: Path, zone: str, midnight: bool
) -> None:
    # 10:00 in UTC is 22:00 in Auckland, and the roof stands in Paris.
    async with _scene(tmp_path, family="envoy-r-3.17", batteries=0, zone=zone) as scene, scene.start():
        before = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        for _ in range(26):
            scene.gateway.clock.advance(300)
            await scene.next_poll(300)
        after = scene.jeedom.values()["gateway"]
        assert after["production_lifetime"] > before["production_lifetime"]
        assert (after["production_today"] < before["production_today"]) is midnight


async def test_what_is_absent_is_empty_and_only_that(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        held = await scene.jeedom.until(scene.jeedom.values)
        assert all(value is not None for row in held.values() for value in row.values())
        # The books have just begun: days are not counted yet, and this firmware does not report them.
        empty = {key for key, value in held["gateway"].items() if value == ""}
        assert empty == {"consumption_today", "consumption_7_days", "net_today", "net_7_days"}


async def test_an_outage_is_shown_and_told_once(tmp_path: Path) -> None:
    async with _scene(tmp_path, groups=["gateway"]) as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "ok")
        before = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert before["production_power"] > 0
        # The connection that is there would go on serving.
        scene.gateway.faults.on("drop-keepalive")
        scene.gateway.faults.on("offline")
        await scene.pass_until(lambda: scene.jeedom.listed("messages"))
        later = scene.time.now() + 7200
        await scene.pass_until(lambda: scene.time.now() > later)
        assert scene.jeedom.state()["state"] == "away"
        away = scene.jeedom.values()["gateway"]
        assert away["link.online"] == 0
        assert {away[key] for key in ("production_power", "consumption_power", "net_power", "battery_state")} == {""}
        assert scene.jeedom.values()["inverter:" + _first_inverter(scene)]["power"] == ""
        assert away["production_lifetime"] == before["production_lifetime"] > 0
        messages = scene.jeedom.listed("messages")
        assert [message["id"] for message in messages] == ["state:1:"]
        assert messages[0]["text"].startswith("La passerelle General ne répond plus depuis")
        scene.gateway.faults.off("offline")
        await scene.pass_until(lambda: "state:1:" in scene.jeedom.listed("settled"))
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "ok")
        back = scene.jeedom.values()["gateway"]
        assert back["link.online"] == 1
        assert back["production_power"] > 0


async def test_a_restart_asks_little_and_goes_on_with_its_books(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        async with scene.start():
            first = dict(await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway")))
        interview = scene.gateway.counters.statuses.total()
        assert {oct(path.stat().st_mode)[-3:] for path in _files(tmp_path / "data")} == {"600"}
        scene.jeedom.posts.clear()
        scene.time.advance(120)
        async with scene.start():
            second = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
            asked = scene.gateway.counters.statuses.total() - interview
        assert asked < interview
        assert second["production_lifetime"] >= first["production_lifetime"]


async def test_data_hold_no_secret(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
        token = scene.jeedom.gateways[0]["token"].encode()
        assert [path for path in _files(tmp_path) if token in path.read_bytes()] == []


async def test_jeedom_may_be_away_and_gets_the_latest_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        scene.jeedom.status = 503
        scene.jeedom.posts.clear()
        scene.gateway.clock.advance(3600)
        scene.time.advance(60)
        await scene.jeedom.until(lambda: scene.jeedom.refused > 1)
        scene.jeedom.status = 200
        changed = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert "consumption_power" in changed
    complaints = [
        r for r in caplog.records if "does not take the message" in r.message and r.levelno >= logging.WARNING
    ]
    assert len(complaints) == 1
    assert KEY not in caplog.text


async def test_jeedom_may_not_be_there_yet(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        await scene.jeedom.stop()
        async with scene.start():
            while not (tmp_path / "daemon.pid").exists():  # noqa: ASYNC110 - another task's doing, without a signal
                await asyncio.sleep(0)
            await scene.jeedom.start()
            await scene.jeedom.until(scene.jeedom.values)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"\xff\xfe\x00",
        b"",
        b"[1, 2]",
        b'{"apikey": "wrong", "action": "configure", "token": "TOPSECRET"}',
        b'{"action": "configure", "token": "TOPSECRET"}',
        b'{"apikey": "%s", "action": "dance"}' % KEY.encode(),
        b'{"apikey": "%s", "action": "configure", "token": "TOPSECRET"}' % KEY.encode(),
        b'{"apikey": "%s", "action": "sync", "gateway": "x"}' % KEY.encode(),
    ],
    ids=["broken", "no text", "empty", "no object", "wrong key", "no key", "unknown", "incomplete", "nonsense"],
)
async def test_bad_messages_do_no_harm_and_leave_no_secret_in_the_log(
    data: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        await scene.jeedom.send(data)
        await scene.next_poll()
        assert "TOPSECRET" not in caplog.text
        assert scene.jeedom.gateways[0]["token"] not in caplog.text


async def test_a_message_too_large_is_ignored(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        with contextlib.suppress(ConnectionError):
            await scene.jeedom.send(b"x" * (2 << 20))
        await scene.next_poll()


async def test_settings_that_did_not_change_disturb_nothing(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        before = scene.gateway.counters.statuses.total()
        await scene.jeedom.configure()
        await scene.jeedom.tell({"action": "loglevel", "level": "error"})
        await scene.jeedom.tell({"action": "discover", "request": "never mind"})
        assert scene.gateway.counters.statuses.total() == before


async def test_groups_switched_on_are_told(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        scene.jeedom.gateways[0]["groups"] = ["gateway", "panel_details"]
        await scene.jeedom.configure()
        await scene.next_poll()
        held = await scene.jeedom.until(scene.jeedom.values)
        assert held["gateway"]["firmware.version"] == "D8.2.4286"
        assert held["gateway"]["link.online"] == 1


async def test_what_scenarios_act_on_is_told_and_listed(tmp_path: Path) -> None:
    async with _scene(tmp_path, groups=["scenarios"]) as scene, scene.start():
        held = await scene.jeedom.until(lambda: scene.jeedom.values().get("gateway"))
        assert held["surplus"] == -held["net_power"]
        assert (held["link.online"], held["token_days"], held["silent_inverters"]) == (1, 364, 0)
        assert held["production_month"] == held["production_today"]  # it is the first of July
        assert held["production_year"] == ""
        assert held["last_finding"]
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r1"})
        await scene.jeedom.until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))
        commands = scene.jeedom.said("equipment")[0]["equipment"][0]["commands"]
        assert {"surplus", "import_today", "link.online", "production_month"} <= set(commands)
        assert not {"import_7_days", "link.last_poll"} & set(commands)
        why = {
            what: row["why"] for row in scene.jeedom.said("missing")[0]["gateway"] for what in row["what"].split(", ")
        }
        assert why["Production de l’année"].startswith("connue à partir du 1er janvier prochain")


async def test_a_gateway_disabled_or_removed_is_left_alone(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        scene.jeedom.gateways[0]["enabled"] = False
        await scene.jeedom.configure()
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "disabled")
        assert list((tmp_path / "data").glob("books-*"))
        scene.jeedom.gateways.clear()
        await scene.jeedom.configure()
        async with asyncio.timeout(90):
            while list((tmp_path / "data").glob("books-*")):  # noqa: ASYNC110 - another task's doing, without a signal
                await asyncio.sleep(0)


async def test_a_gateway_without_an_address_waits(tmp_path: Path) -> None:
    async with _scene(tmp_path, host="") as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "waiting")
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("r", "failed"))
        assert answer["text"].startswith("Indiquez l’adresse")


async def test_trying_out_says_who_answered_and_what_the_token_is(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        await scene.jeedom.tell({"action": "test", "request": "t", "settings": scene.jeedom.gateways[0]})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("t", "accepted", "failed"))
        assert "accès accepté" in answer["text"]
        assert "propriétaire" in answer["text"]


async def test_trying_out_an_installers_token_warns_of_its_end(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        token = scene.gateway.token(role="installer", lifetime=12 * 3600)
        await scene.jeedom.tell(
            {"action": "test", "request": "t", "settings": {**scene.jeedom.gateways[0], "token": token}}
        )
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("t", "accepted", "warned", "failed"))
        assert (answer["kind"], "ne vaut que 12 heures" in answer["text"]) == ("warned", True)


async def test_after_a_reactivation_the_end_of_the_token_is_told_again(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        scene.jeedom.gateways[0]["token"] = scene.gateway.token(lifetime=20 * 86400)

        def warnings() -> list[Any]:
            return [message for message in scene.jeedom.listed("messages") if message["id"] == "token:1:"]

        async with scene.start():
            await scene.jeedom.until(warnings)
        async with scene.start():
            await scene.next_poll()
            assert len(warnings()) == 1
            await scene.jeedom.configure(remind=True)
            await scene.next_poll()
            assert len(warnings()) == 2
            for enabled in (False, True):
                scene.jeedom.gateways[0]["enabled"] = enabled
                await scene.jeedom.configure()
            await scene.jeedom.until(lambda: len(warnings()) == 3)


async def test_a_capture_is_a_file_without_secrets_and_reading_goes_on(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        serial = scene.jeedom.state()["serial"]
        scene.gateway.counters.reset()
        await scene.jeedom.tell({"action": "capture", "gateway": 1, "request": "c"})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("c", "captured", "failed"))
        assert answer["kind"] == "captured", answer
        assert scene.gateway.counters.concurrent_max == 1
        assert answer["name"].startswith("capture-8.2.4286-")
        path = tmp_path / "data/capture-1.zip"
        assert oct(path.stat().st_mode)[-3:] == "600"
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert {"info", "info_log.json", "production.json_details_1", "_readme"} <= names
        assert serial.encode() not in everything
        assert scene.jeedom.gateways[0]["token"].encode() not in everything
        working = [a["text"] for a in scene.jeedom.listed("answers") if a["request"] == "c" and a["kind"] == "working"]
        assert working[0].startswith("Capture : 1 sur ")
        at = scene.jeedom.state()["last_poll"]
        await scene.pass_until(lambda: scene.jeedom.state()["last_poll"] > at)


async def test_a_capture_of_what_is_not_there_says_why(tmp_path: Path) -> None:
    async with _scene(tmp_path, host="127.0.0.1:9") as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "away")
        await scene.jeedom.tell({"action": "capture", "gateway": 1, "request": "c"})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("c", "captured", "failed"))
        assert (answer["kind"], "ne répond pas" in answer["text"]) == ("failed", True)
        await scene.jeedom.tell({"action": "capture", "gateway": 9, "request": "d"})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("d", "failed"))
        assert answer["text"].startswith("Indiquez l’adresse")


async def test_trying_out_a_bad_token_says_why_and_not_the_token(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        settings = {**scene.jeedom.gateways[0], "token": "not.a.token"}
        await scene.jeedom.tell({"action": "test", "request": "t", "settings": settings})
        answer = await scene.jeedom.until(lambda: scene.jeedom.answer("t", "accepted", "failed"))
        assert answer["kind"] == "failed"
        assert answer["text"].startswith("Ceci n’est pas un jeton d’accès")
        assert "not.a.token" not in str(scene.jeedom.posts)


async def test_a_wrong_token_is_shown_as_a_refusal_and_told_at_once(tmp_path: Path) -> None:
    async with _scene(tmp_path, token="not.a.token") as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "refused")
        messages = await scene.jeedom.until(lambda: scene.jeedom.listed("messages"))
        assert messages[0]["text"].startswith("La passerelle General refuse l’accès.")


async def test_looking_around_lists_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found() -> tuple[Found, ...]:
        return (Found("122", "8.2.1", ("192.168.1.5", "fe80::1"), "envoy"),)

    async with Jeedom([]) as jeedom:
        daemon = load(DAEMON)
        monkeypatch.setattr(daemon, "discover", found)
        async with running(asyncio.create_task(daemon.serve(_config(jeedom, tmp_path)))):
            await jeedom.until(lambda: jeedom.posts)
            await jeedom.tell({"action": "discover", "request": "d"})
            answer = await jeedom.until(lambda: jeedom.answer("d", "found"))
            assert answer["gateways"] == [{"host": "192.168.1.5", "serial": "122", "firmware": "8.2.1"}]


async def test_refresh_reads_at_once(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        at = await scene.jeedom.until(lambda: scene.jeedom.state().get("last_poll"))
        scene.time.advance(2)
        await scene.jeedom.tell({"action": "refresh", "gateway": 1})
        await scene.jeedom.tell({"action": "refresh", "gateway": 99})
        await scene.jeedom.until(lambda: scene.jeedom.state()["last_poll"] == at + 2)


async def test_another_certificate_is_trusted_only_when_the_owner_says_so(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        scene.gateway.faults.on("drop-keepalive")
        scene.gateway.rotate_certificate()
        # What is open serves one question more; the new key shows with the next connection.
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
        done = await scene.jeedom.until(lambda: scene.jeedom.answer("r", "changed", "failed"))
        assert done["kind"] == "changed"
        assert "certificat" in done["text"]
        scene.gateway.faults.off("drop-keepalive")
        scene.jeedom.posts.clear()
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "trusted", "trust": True})
        await scene.jeedom.until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))


async def test_a_sync_that_fails_says_why(tmp_path: Path) -> None:
    async with _scene(tmp_path, host="127.0.0.1:9") as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "away")
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
        answered = asyncio.create_task(scene.jeedom.until(lambda: scene.jeedom.answer("r", "failed")))
        await scene.pass_until(answered.done)
        assert "ne répond pas" in answered.result()["text"]


async def test_a_gateway_that_moved_is_read_at_its_new_address(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        source = build(FAMILY, start=NOON - 86400, inverters=5, batteries=0, serial="202499000777")
        async with EmulatedGateway(source, clock=Clock(NOON, rate=0)) as other:
            scene.jeedom.gateways[0] |= {"host": other.host, "token": other.token(lifetime=86400)}
            await scene.jeedom.configure()
            await scene.jeedom.until(lambda: scene.jeedom.state().get("serial") == "202499000777")
            await scene.jeedom.until(lambda: scene.jeedom.values()["gateway"].get("inverter_count") == 5)


async def test_a_gateway_added_twice_is_read_once_and_says_so(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        scene.jeedom.gateways.append({**scene.jeedom.gateways[0], "id": 2, "name": "Toit"})
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
            await scene.pass_until(lambda: scene.jeedom.state(2).get("state") == "twin")
            assert "« General » lit déjà cette passerelle" in scene.jeedom.state(2)["text"]
            await scene.jeedom.tell({"action": "sync", "gateway": 2, "request": "r"})
            answer = await scene.jeedom.until(lambda: scene.jeedom.answer("r", "failed"))
            assert "General" in answer["text"]
            # Told again every five minutes, it is not read again.
            await scene.jeedom.configure()
            scene.gateway.counters.reset()
            await scene.pass_until(lambda: scene.gateway.counters.statuses.total() > 9)
            assert scene.gateway.counters.concurrent_max == 1
            assert scene.jeedom.state(2)["state"] == "twin"
        # Without it everything stays with the one that is left.
        scene.jeedom.gateways.pop()
        scene.jeedom.posts.clear()
        async with scene.start():
            await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "ok")
        assert list((tmp_path / "data").glob("books-*"))
        assert list((tmp_path / "data/gateways").glob("*.json"))


async def test_the_other_reader_of_a_gateway_takes_over_when_the_first_is_removed(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        scene.jeedom.gateways.append({**scene.jeedom.gateways[0], "id": 2, "name": "Toit"})
        async with scene.start():
            await scene.pass_until(lambda: scene.jeedom.state(2).get("state") == "twin")
            scene.jeedom.gateways.pop(0)
            await scene.jeedom.configure()
            await scene.pass_until(lambda: scene.jeedom.state(2).get("state") == "ok")


async def test_what_is_missing_is_told_with_its_reason_once(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        told = await scene.jeedom.until(lambda: scene.jeedom.said("missing"))
        why = {what: row["why"] for row in told[0]["gateway"] for what in row["what"].split(", ")}
        counted = "calculé à partir du cumul ; jours complets à partir du 2026-07-02"
        assert why["Consommation de la journée"] == counted, why
        for _ in range(2):
            await scene.next_poll()
        assert [key for part in scene.jeedom.said("missing")[1:] for key in part if key.startswith("inverter:")] == []


async def test_a_replaced_gateway_is_read_once_it_is_accepted_and_has_its_own_token(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
            before = scene.jeedom.state()["serial"]
            scene.gateway.faults.on("drop-keepalive")
            scene.gateway.faults.on("gateway-swap")
            await scene.pass_until(lambda: scene.jeedom.state()["state"] == "changed")
            await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r", "trust": True})
            answered = asyncio.create_task(scene.jeedom.until(lambda: scene.jeedom.answer("r", "failed")))
            await scene.pass_until(answered.done)
            assert "est celui de la passerelle" in answered.result()["text"]
            scene.jeedom.gateways[0]["token"] = scene.gateway.token(lifetime=365 * 86400)
            await scene.jeedom.configure()
            await scene.pass_until(lambda: scene.jeedom.state()["serial"] != before)
            await scene.pass_until(lambda: scene.jeedom.state()["state"] == "ok")
        # A restart finds what is known of the new one, and not of the old one.
        scene.jeedom.posts.clear()
        async with scene.start():
            await scene.pass_until(lambda: scene.jeedom.state().get("state"))
            assert scene.jeedom.state()["state"] == "ok"
            assert len(list((tmp_path / "data/gateways").iterdir())) == 1


async def test_another_gateway_at_the_address_is_asked_about(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
        kept = next((tmp_path / "data/gateways").iterdir())
        kept.write_text(kept.read_text().replace("202499000000", "202499000001"))
        scene.jeedom.posts.clear()
        async with scene.start():
            await scene.jeedom.until(lambda: scene.jeedom.said("states"))
            await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
            answered = asyncio.create_task(scene.jeedom.until(lambda: scene.jeedom.answer("r", "changed", "failed")))
            await scene.pass_until(answered.done)
            assert (answered.result()["kind"], "alors que" in answered.result()["text"]) == ("changed", True)
            await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "t", "trust": True})
            await scene.pass_until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))


async def test_a_better_token_opens_at_once(tmp_path: Path) -> None:
    async with _scene(tmp_path, token="not.a.token") as scene, scene.start():
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "refused")
        scene.jeedom.gateways[0]["token"] = scene.gateway.token(lifetime=20 * 86400)
        await scene.jeedom.configure()
        await scene.jeedom.until(lambda: scene.jeedom.state().get("state") == "ok")
        await scene.jeedom.until(lambda: "state:1:" in scene.jeedom.listed("settled"))
        messages = await scene.jeedom.until(
            lambda: [message for message in scene.jeedom.listed("messages") if message["id"] == "token:1:"]
        )
        assert "expire le" in messages[0]["text"]


async def test_equipment_that_jeedom_could_not_take_is_handed_over_later(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene, scene.start():
        await scene.jeedom.until(scene.jeedom.values)
        before = scene.jeedom.refused
        scene.jeedom.status = 503
        await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
        await scene.jeedom.until(lambda: scene.jeedom.refused > before + 1)
        scene.jeedom.status = 200
        scene.time.advance(60)
        await scene.jeedom.until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))


async def test_what_an_interview_finds_by_itself_goes_to_jeedom_once_it_was_synchronised(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        async with scene.start():
            await scene.jeedom.until(scene.jeedom.values)
            scene.jeedom.posts.clear()
            await scene.jeedom.tell({"action": "sync", "gateway": 1, "request": "r"})
            await scene.jeedom.until(scene.jeedom.values)
        scene.jeedom.posts.clear()
        for path in (tmp_path / "data/gateways").iterdir():
            path.unlink()
        async with scene.start():
            await scene.jeedom.until(lambda: any("present" in part for part in scene.jeedom.said("equipment")))


async def test_sixty_inverters_cost_one_post_a_cycle(tmp_path: Path) -> None:
    async with _scene(tmp_path, inverters=60, batteries=0) as scene, scene.start():
        held = await scene.jeedom.until(lambda: len(scene.jeedom.values()) > 60 and scene.jeedom.values())
        assert len([key for key in held if key.startswith("inverter:")]) == 60
        assert len(scene.jeedom.said("values")) == 1
        scene.jeedom.posts.clear()
        scene.gateway.clock.advance(300)
        await scene.next_poll(300)
        await scene.jeedom.until(scene.jeedom.values)
        assert len(scene.jeedom.said("values")) == 1
        sent = sum(len(row) for row in scene.jeedom.values().values())
        assert sent <= 17 + 60 * 2


async def test_a_real_process_starts_stops_and_shows_no_secret(tmp_path: Path) -> None:
    async with Jeedom([]) as jeedom:
        process = await _spawn(jeedom, tmp_path)
        await jeedom.until(lambda: jeedom.posts)
        assert jeedom.posts[0]["hello"]["version"]
        assert (tmp_path / "daemon.pid").read_text() == f"{process.pid}\n"
        assert KEY not in _command_line(process.pid)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(90):
            assert await process.wait() == 0
        assert not (tmp_path / "daemon.pid").exists()


async def test_a_process_stops_while_jeedom_is_not_there(tmp_path: Path) -> None:
    async with Jeedom([]) as jeedom:
        await jeedom.stop()
        process = await _spawn(jeedom, tmp_path)
        async with asyncio.timeout(90):
            while not (tmp_path / "daemon.pid").exists():  # noqa: ASYNC110 - another process's doing
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(90):
            assert await process.wait() == 0


async def test_a_second_process_leaves_the_first_one_alone_and_names_the_setting(tmp_path: Path) -> None:
    async with Jeedom([]) as jeedom:
        first = await _spawn(jeedom, tmp_path)
        await jeedom.until(lambda: jeedom.posts)
        second = await _spawn(jeedom, tmp_path)
        async with asyncio.timeout(90):
            _, log = await second.communicate()
        assert second.returncode == 1
        assert f"Le port {jeedom.daemon_port} est déjà utilisé par un autre programme" in log.decode()
        assert "réglage « Port du démon »" in log.decode()
        assert (tmp_path / "daemon.pid").read_text() == f"{first.pid}\n"
        first.terminate()
        await first.wait()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


async def _spawn(jeedom: Jeedom, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        DAEMON,
        *_arguments(jeedom, folder),
        *("--language", "fr"),
        env={**os.environ, "HELIOGRAPH_APIKEY": KEY},
        stderr=asyncio.subprocess.PIPE,
    )
