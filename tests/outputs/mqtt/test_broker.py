"""The way out over MQTT, on a real Mosquitto: birth, life, restart, refusal, orders, secrecy."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from heliograph.live import Event, Live, State
from heliograph.model import Finding, Reason, Subject
from heliograph.outputs.base import PeerError
from heliograph.outputs.mqtt import Mqtt, Options
from heliograph.outputs.mqtt.client import CHECK, Client
from heliograph.outputs.mqtt.discovery import DEVICE, ENTITY, OFF, Manner
from heliograph.outputs.mqtt.link import connected
from heliograph.outputs.mqtt.topics import Topics
from tests.outputs import homeassistant
from tests.outputs.broker import Broker, Ear, ear, running
from tests.outputs.papers import papers, password_file
from tests.outputs.samples import AT, GATEWAY, NAME, SERIAL, aged, changed, empty, everything, full, update, without

ROOT = f"heliograph/{SERIAL}"
PANEL = "482200000001"
PASSWORD = "correct horse"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110 - real sockets
            await asyncio.sleep(0)


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def never(_: float) -> None:
    await asyncio.Event().wait()


class Sleeper:
    """Sleeps until it is woken."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._wake = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self._wake.wait()
        self._wake.clear()

    def wake(self) -> None:
        self._wake.set()


@asynccontextmanager
async def speaking(
    broker: Broker,
    live: Live,
    *,
    form: str = DEVICE,
    each: bool = True,
    order: Callable[[str, str], None] = lambda _order, _serial: None,
    clock: Callable[[], float] = lambda: 0.0,
    sleep: Callable[[float], object] = never,
    options: Options | None = None,
) -> AsyncIterator[Mqtt]:
    output = Mqtt(
        options or Options("127.0.0.1", broker.port, patience=5),
        Manner(Topics("heliograph"), "fr", "1.0", form=form),
        each=each,
        order=order,
        clock=clock,
        sleep=sleep,  # type: ignore[arg-type] # a coroutine function
    )
    task = asyncio.create_task(output.run(live))
    try:
        yield output
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def born(one: Ear) -> bool:
    return one.kept.get(f"{ROOT}/availability") == "online" and f"{ROOT}/system" in one.kept


def configurations(one: Ear) -> dict[str, str]:
    return {topic: payload for topic, payload in one.kept.items() if topic.startswith("homeassistant/")}


async def test_everything_is_there_and_kept_for_whoever_comes_later(tmp_path: Path) -> None:
    live = Live()
    found = update(everything(), findings=(Finding("counter_fell", Subject.SYSTEM, SERIAL),))
    live.publish(replace(found, zone="Europe/Lisbon"))
    async with running(tmp_path) as broker, speaking(broker, live) as output:
        async with ear(broker) as first:
            await first.until(born)
        async with ear(broker) as late:
            await late.until(born)
            await late.until(lambda one: len(one.kept) == len(first.kept))
            kept = dict(late.kept)
    assert kept["heliograph/status"] == "online"
    assert kept[f"{ROOT}/system/production_power"] == "1234.6"
    assert json.loads(kept[f"{ROOT}/inverter/{PANEL}"])["power"] == 1234.6
    assert kept[f"{ROOT}/inverter/{PANEL}/communicating"] == "true"
    assert kept[f"{ROOT}/inverter/{PANEL}/last_report"] == "2026-06-18T09:59:00Z"
    assert kept[f"{ROOT}/phase/L1/voltage"] == "236.25"
    assert kept[f"{ROOT}/zone"] == "Europe/Lisbon"
    assert json.loads(kept[f"{ROOT}/findings"])[0]["code"] == "counter_fell"
    assert len(homeassistant.entities({t: p for t, p in kept.items() if t.startswith("homeassistant/")})) > 150
    assert output.status().ok


async def test_only_what_changes_is_said_again(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live), ear(broker) as one:
        await one.until(born)
        one.heard.clear()
        items = [changed(item, power=7.0) if item.id == PANEL else item for item in everything()]
        live.publish(update(items))
        await one.until(lambda one: one.kept.get(f"{ROOT}/inverter/{PANEL}/power") == "7.0")
        assert [topic for topic, _ in one.heard] == [f"{ROOT}/inverter/{PANEL}", f"{ROOT}/inverter/{PANEL}/power"]


async def test_the_broker_restarts_and_is_told_everything_again(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live, sleep=at_once) as output:
        async with ear(broker) as one:
            await one.until(born)
            before = dict(one.kept)
            await broker.stop()
        live.publish(update([changed(everything()[0], production_power=1.0), *everything()[1:]]))
        await broker.start()
        async with ear(broker) as one:
            await one.until(lambda one: one.kept.keys() == before.keys())
            assert one.kept[f"{ROOT}/system/production_power"] == "1.0"
            assert output.status().ok
    assert output.status().failures >= 1


async def test_the_last_will_says_that_we_are_gone_and_so_does_a_clean_goodbye(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, ear(broker) as one:
        async with speaking(broker, live):
            await one.until(born)
        await one.until(lambda one: one.kept["heliograph/status"] == "offline")


async def test_home_assistant_that_starts_is_told_everything_again(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live), ear(broker) as one:
        await one.until(born)
        before = set(one.kept)
        one.heard.clear()
        await one.client.publish("homeassistant/status", "online")
        await one.until(lambda one: {topic for topic, _ in one.heard} >= before)


async def test_a_gateway_that_goes_away_is_unavailable_and_says_so(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live), ear(broker) as one:
        await one.until(born)
        away = Event("away", AT, {"code": "unreachable"})
        live.publish(update(everything(), state=State.AWAY, events=(away,)))
        await one.until(lambda one: one.kept[f"{ROOT}/availability"] == "offline")
        await one.until(lambda one: f"{ROOT}/event" in one.kept)
        assert json.loads(one.kept[f"{ROOT}/event"]) == {
            "event": "away",
            "at": "2026-06-18T10:00:00Z",
            "code": "unreachable",
        }
        assert one.kept["heliograph/status"] == "online"


async def test_absent_and_old_values_become_unknown_and_never_zero(tmp_path: Path) -> None:
    live = Live()
    panel = full(Subject.INVERTER, PANEL)
    battery = empty(Subject.BATTERY, "492200000001")
    system = full(Subject.SYSTEM, SERIAL)
    live.publish(update([system, panel, battery]))
    async with running(tmp_path) as broker, speaking(broker, live), ear(broker) as one:
        await one.until(born)
        assert f"{ROOT}/battery/492200000001" not in one.kept
        assert not [topic for topic in one.kept if "battery_492200000001" in topic]
        live.publish(update([without(system, "consumption_power"), aged(panel), battery]))
        await one.until(lambda one: f"{ROOT}/inverter/{PANEL}/power" not in one.kept)
        values = json.loads(one.kept[f"{ROOT}/inverter/{PANEL}"])
        assert values["power"] is None
        assert values["energy_lifetime"] == 12345
        assert values["last_report"] == "2026-06-18T09:59:00Z"
        assert json.loads(one.kept[f"{ROOT}/system"])["consumption_power"] is None
        assert f"{ROOT}/system/consumption_power" not in one.kept


async def test_what_is_too_old_at_a_start_in_the_night_is_announced_all_the_same(tmp_path: Path) -> None:
    live = Live()
    live.publish(update([full(Subject.SYSTEM, SERIAL), aged(full(Subject.INVERTER, PANEL))]))
    async with running(tmp_path) as broker, speaking(broker, live), ear(broker) as one:
        await one.until(born)
        assert f"heliograph_{SERIAL}_inverter_{PANEL}_power" in homeassistant.entities(configurations(one))
        assert json.loads(one.kept[f"{ROOT}/inverter/{PANEL}"])["power"] is None
        assert f"{ROOT}/inverter/{PANEL}/power" not in one.kept


async def test_what_was_there_before_a_restart_is_known_after_it(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, ear(broker) as one:
        async with speaking(broker, live):
            await one.until(born)
        await one.until(lambda one: one.kept["heliograph/status"] == "offline")
        del one.kept[f"{ROOT}/availability"]
        reason = Reason("not_reported")
        now = [without(item, "power", "factor") for item in everything()]
        items = [replace(item, absent={"power": reason}) if "power" not in item.values else item for item in now]
        again = Live()
        again.publish(update(items))
        async with speaking(broker, again, each=False):
            await one.until(born)
            assert f"heliograph_{SERIAL}_inverter_{PANEL}_power" in homeassistant.entities(configurations(one))
            assert json.loads(one.kept[f"{ROOT}/inverter/{PANEL}"])["power"] is None
            # Topics of their own are wanted no more.
            await one.until(lambda one: not any(topic.endswith("/power") for topic in one.kept))
            assert f"{ROOT}/system/production_power" not in one.kept


async def test_nothing_is_said_of_retired_equipment_that_was_never_told(tmp_path: Path) -> None:
    live = Live()
    live.publish(update([replace(item, retired=item.id == PANEL) for item in everything()]))
    async with running(tmp_path) as broker, ear(broker) as one, speaking(broker, live):
        await one.until(born)
        await one.until(lambda one: (f"{ROOT}/availability", "online") in one.heard)
        assert [topic for topic, _ in one.heard if PANEL in topic] == []


@pytest.mark.parametrize("form", [DEVICE, ENTITY])
async def test_retired_equipment_is_removed(tmp_path: Path, form: str) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live, form=form), ear(broker) as one:
        await one.until(born)
        assert any(PANEL in topic for topic in one.kept)
        live.publish(update([replace(item, retired=item.id == PANEL) for item in everything()]))
        await one.until(lambda one: not any(PANEL in topic for topic in one.kept))
        homeassistant.entities(configurations(one))


async def test_equipment_retired_while_nobody_was_there_is_removed_too(tmp_path: Path) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, ear(broker) as one:
        async with speaking(broker, live):
            await one.until(born)
        live.publish(update([replace(item, retired=item.id == PANEL) for item in everything()]))
        async with speaking(broker, live):
            await one.until(lambda one: not any(PANEL in topic for topic in one.kept))


@pytest.mark.parametrize(("before", "after"), [(ENTITY, DEVICE), (DEVICE, ENTITY), (DEVICE, OFF), (ENTITY, OFF)])
async def test_another_form_of_discovery_takes_the_place_of_the_former(tmp_path: Path, before: str, after: str) -> None:
    live = Live()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, ear(broker) as one:
        await one.client.publish("homeassistant/device/stranger/config", "{}", retain=True)
        async with speaking(broker, live, form=before):
            await one.until(born)
        await one.until(lambda one: one.kept["heliograph/status"] == "offline")
        del one.kept[f"{ROOT}/availability"]
        async with speaking(broker, live, form=after):
            await one.until(born)
        assert one.kept.pop("homeassistant/device/stranger/config") == "{}"
        found = homeassistant.entities(configurations(one))
        forms = {topic.split("/")[1] == "device" for topic in configurations(one)}
    assert forms == {DEVICE: {True}, ENTITY: {False}, OFF: set()}[after]
    assert bool(found) == (after != OFF)


async def test_a_gateway_that_is_removed_or_replaced_is_taken_away(tmp_path: Path) -> None:
    live, sleep = Live(), Sleeper()
    live.publish(update(everything()))
    live.publish(update([full(Subject.SYSTEM, "1")], name="shed", gateway=replace(GATEWAY, serial="1")))
    async with running(tmp_path) as broker, speaking(broker, live, sleep=sleep), ear(broker) as one:
        await one.until(lambda one: born(one) and "heliograph/1/system" in one.kept)
        live.publish(update([full(Subject.SYSTEM, "2")], name="shed", gateway=replace(GATEWAY, serial="2")))
        await one.until(lambda one: "heliograph/2/system" in one.kept and "heliograph/1/system" not in one.kept)
        live.forget(NAME)
        # Born again meanwhile, it still knows what it once said.
        one.heard.clear()
        await one.client.publish("homeassistant/status", "online")
        await one.until(lambda one: ("heliograph/2/availability", "online") in one.heard)
        sleep.wake()
        await one.until(lambda one: not any(SERIAL in topic for topic in one.kept))
        assert "heliograph/2/system" in one.kept


async def test_a_gateway_with_another_name_stays(tmp_path: Path) -> None:
    live, sleep = Live(), Sleeper()
    live.publish(update(everything()))
    async with running(tmp_path) as broker, speaking(broker, live, sleep=sleep), ear(broker) as one:
        await one.until(born)
        topics = set(one.kept)
        live.forget(NAME)
        live.publish(update(everything(), name="House"))
        live.publish(update([full(Subject.SYSTEM, "1")], name="shed", gateway=replace(GATEWAY, serial="1")))
        await one.until(lambda one: "heliograph/1/system" in one.kept)
        live.forget("shed")
        sleep.wake()
        await one.until(lambda one: set(one.kept) == topics)
        assert json.loads(one.kept[f"homeassistant/device/heliograph_{SERIAL}/config"])["device"]["name"] == "House"


async def test_orders_reach_the_gateway_but_not_every_second(tmp_path: Path) -> None:
    live, orders, now = Live(), list[tuple[str, str]](), [0.0]
    heard = asyncio.Event()

    def order(what: str, serial: str) -> None:
        if serial != SERIAL:
            heard.set()
            raise KeyError(serial)
        orders.append((serial, what))

    live.publish(update(everything()))
    async with running(tmp_path) as broker, ear(broker) as one:
        await one.client.publish(f"{ROOT}/command/sync", "kept for later", retain=True)
        async with speaking(broker, live, order=order, clock=lambda: now[0]):
            await one.until(born)
            await one.client.publish(f"{ROOT}/command/refresh", "")
            await one.client.publish(f"{ROOT}/command/refresh", "")
            await one.client.publish(f"{ROOT}/command/sync", "sync")
            await one.client.publish(f"{ROOT}/command/explode", "now")
            await one.client.publish("heliograph/999/command/refresh", "")
            await heard.wait()
            assert orders == [(SERIAL, "refresh"), (SERIAL, "sync")]
            now[0] = 11.0
            heard.clear()
            await one.client.publish(f"{ROOT}/command/refresh", "")
            await one.client.publish("heliograph/999/command/refresh", "")
            await heard.wait()
    assert orders == [(SERIAL, "refresh"), (SERIAL, "sync"), (SERIAL, "refresh")]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_user_and_password_in_either_version_and_a_refusal_tells_no_secret(
    tmp_path: Path, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    passwords = password_file(tmp_path, "helio", PASSWORD)
    live = Live()
    live.publish(update(everything()))
    sleep = Sleeper()
    async with running(tmp_path, f"password_file {passwords}") as broker:
        good = Options("127.0.0.1", broker.port, user="helio", password=PASSWORD, version=version, patience=5)
        with caplog.at_level(logging.DEBUG):
            async with speaking(broker, live, options=replace(good, password="wrong-secret"), sleep=sleep) as output:
                await until(lambda: sleep.seconds)
            assert not output.status().ok
            async with speaking(broker, live, options=good), ear(broker, user="helio", password=PASSWORD) as one:
                await one.until(born)
    assert "ot authori" in output.status().problem
    assert PASSWORD not in caplog.text
    assert "wrong-secret" not in caplog.text
    assert PASSWORD not in repr(good)


@pytest.mark.parametrize("answers", [0, 1])
async def test_nothing_of_a_connection_remains_when_it_ends_before_the_broker_answers(answers: int) -> None:
    """Cancelled while the thread connects (0), and while the answer is waited for (1)."""
    closed, accepted = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        client = Client(timeout=90)
        connecting = asyncio.create_task(client.connect(*server.sockets[0].getsockname()))
        await (accepted.wait() if answers else asyncio.sleep(0))
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        client.close()
        assert connecting.cancelled()
        async with asyncio.timeout(90):
            await closed.wait()


async def test_a_broker_that_does_not_answer_in_time_is_left_alone() -> None:
    closed = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        with pytest.raises(PeerError, match="does not answer in time"):
            async with connected(Options("127.0.0.1", server.sockets[0].getsockname()[1], patience=0.05), "status"):
                pass
        async with asyncio.timeout(90):
            await closed.wait()


async def received(options: Options) -> list[bytes]:
    async with connected(options, "status") as client:
        return [bytes(message.payload) async for message in client.messages()]


async def test_what_no_broker_would_send_ends_the_connection() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        # A well-formed acceptance, then a message whose topic is longer than the message.
        writer.write(b"\x20\x02\x00\x00" + b"\x30\x03\x00\xff\x61")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        options = Options("127.0.0.1", server.sockets[0].getsockname()[1], patience=90)
        with pytest.raises(PeerError):
            await received(options)


async def test_an_idle_connection_wakes_only_for_its_keepalive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as broker, connected(Options("127.0.0.1", broker.port), "status"):
        loop = asyncio.get_running_loop()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        waits = [handle.when() - loop.time() for handle in vars(loop)["_scheduled"] if not handle.cancelled()]
        assert all(seconds > CHECK - 5 for seconds in waits), waits


async def test_tls_with_a_certificate_of_ours_on_both_sides(tmp_path: Path) -> None:
    certificate, key = papers(tmp_path)
    lines = (
        "listener {port} 127.0.0.1",
        f"cafile {certificate}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
    )
    live, sleep = Live(), Sleeper()
    live.publish(update(everything()))
    async with running(tmp_path, *lines) as broker:
        options = Options(
            "127.0.0.1",
            broker.port,
            tls=True,
            authority=str(certificate),
            certificate=str(certificate),
            key=str(key),
            patience=5,
        )
        async with speaking(broker, live, options=options) as output:
            await until(lambda: output.status().delivered)
        for wrong in (
            replace(options, certificate="", key=""),
            replace(options, authority=""),
            replace(options, authority=str(tmp_path / "none.pem")),
        ):
            sleep.seconds.clear()
            async with speaking(broker, live, options=wrong, sleep=sleep) as output:
                await until(lambda: sleep.seconds)
            assert output.status().problem
        async with speaking(broker, live, options=replace(options, authority="", verify=False)) as output:
            await until(lambda: output.status().delivered)
