"""The service whole: started, asked over its socket, stopped; with emulated gateways beside it."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from heliograph.app import demo, file, outputs
from heliograph.app.__main__ import announcement
from heliograph.app.file import SettingsError
from heliograph.app.keeping import Keeping, Shown
from heliograph.app.service import ACCESS, Service
from heliograph.app.settings import Settings as AppSettings
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.server import EmulatedGateway
from heliograph.errors import Cause, UsageError
from heliograph.extras import missing
from heliograph.gateway import Credentials
from heliograph.gateway.discovery import Found
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.ledger import decode
from heliograph.live import Condition, Event, Live, State, Update
from heliograph.model import Subject
from heliograph.outputs.base import Status
from heliograph.store import Settings, Store, StoreError
from heliograph.web.problem import ProblemError
from tests.web.front import NOON, past, said

FAST = {"HELIOGRAPH_WEB_PORT": "0", "HELIOGRAPH_LOG_LEVEL": "error"}


async def nobody() -> tuple[Found, ...]:
    return ()


def service(folder: Path, environment: dict[str, str] | None = None, **options: Any) -> Service:
    given = FAST | (environment or {})
    one = Service(file.load(folder / file.NAME, given), folder, environment=given, **{"search": nobody} | options)
    one.prepare()
    return one


@asynccontextmanager
async def running(one: Service) -> AsyncIterator[httpx.AsyncClient]:
    task = asyncio.create_task(one.run())
    async with httpx.AsyncClient(base_url=f"{one.url}/api/v1", timeout=20) as client:
        try:
            async with asyncio.timeout(90):
                while not one.server.ready:  # noqa: ASYNC110 - the server has no event for it
                    await asyncio.sleep(0)
            yield client
        finally:
            begin = time.monotonic()
            one.stop()
            await task
            # Promised within 3 s; a machine that runs other tests beside may take longer.
            assert time.monotonic() - begin < 15


@asynccontextmanager
async def emulated(family: str = "iq-metered-8.2", **options: Any) -> AsyncIterator[EmulatedGateway]:
    now = time.time()
    source = build(family, start=now - 86_400, inverters=3, **options)
    async with EmulatedGateway(source, clock=Clock(now)) as gateway:
        yield gateway


async def until(client: httpx.AsyncClient, path: str, good: Any) -> Any:
    async with asyncio.timeout(90):
        while True:
            answer = await client.get(path)
            if answer.status_code == 200 and good(answer.json()):
                return answer.json()
            await asyncio.sleep(0.02)


async def test_a_gateway_is_found_tried_added_and_read_over_the_api(tmp_path: Path) -> None:
    one = service(tmp_path)
    async with emulated() as gateway, running(one) as client:
        host, token = gateway.host, gateway.token()
        assert (await client.get("/gateways")).json() == []
        assert (await client.get("/notifications")).json()["addresses"] == []
        probed = (await client.post("/gateways/probe", json={"host": host})).json()
        assert (probed["serial"], probed["authentication"]) == (gateway.source.serial, "token")
        refused = await client.post("/gateways/test", json={"host": host})
        assert (refused.status_code, refused.json()["code"]) == (422, "token_needed")
        wrong = await client.post("/gateways/test", json={"host": host, "credentials": {"token": "nonsense"}})
        assert wrong.json()["field"] == "credentials.token"
        tried = await client.post("/gateways/test", json={"host": host, "credentials": {"token": token}})
        assert {count["subject"]: count["count"] for count in tried.json()["devices"]}["inverter"] == 3
        events: list[tuple[str, Any]] = []
        async with client.stream("GET", "/stream") as stream:
            added = await client.post("/gateways", json={"host": host, "name": "Roof", "credentials": {"token": token}})
            assert added.json()["state"] == "running"
            kind = ""
            async for line in stream.aiter_lines():
                name, _, rest = line.partition(": ")
                kind = rest if name == "event" else kind
                if name == "data":
                    events.append((kind, json.loads(rest)))
                if any(kind == "values" for kind, _ in events):
                    break
        syncs = [event for kind, event in events if kind == "sync"]
        assert syncs[0]["state"] == "running"
        assert max(sync["asked"] for sync in syncs) > 3
        done = await until(client, f"/gateways/{gateway.source.serial}/sync", lambda sync: sync["state"] == "done")
        assert {count["subject"] for count in done["devices"]} >= {"inverter", "meter"}
        values = await until(client, "/values?subject=system&key=production_power", lambda found: found["gateways"])
        assert values["gateways"][0]["name"] == "Roof"
        again = await client.post("/gateways", json={"host": host, "credentials": {"token": token}})
        assert again.json()["code"] == "gateway_known"
        (shown,) = (await client.get("/gateways")).json()
        assert shown["token"]["days_left"] > 300
        text = json.dumps([shown, done, values, (await client.get("/equipment")).json()])
        assert token not in text
        (kept,) = Memory(tmp_path).all()
        assert (kept.name, kept.credentials.token) == ("Roof", token)


async def test_what_was_added_is_read_again_after_a_restart_and_can_be_changed(tmp_path: Path) -> None:
    async with emulated() as gateway:
        serial = gateway.source.serial
        Memory(tmp_path).save(Remembered(serial, "Roof", gateway.host, credentials=Credentials(token=gateway.token())))
        async with running(service(tmp_path)) as client:
            await until(client, "/values", lambda found: found["gateways"])
            renamed = await client.patch(f"/gateways/{serial}", json={"name": "House"})
            assert renamed.json()["name"] == "House"
            await until(client, "/values", lambda found: [one["name"] for one in found["gateways"]] == ["House"])
            moved = await client.patch(f"/gateways/{serial}", json={"host": "127.0.0.1:9"})
            assert (moved.status_code, moved.json()["field"]) == (424, "host")
            assert (await client.post(f"/gateways/{serial}/sync")).json()["state"] == "running"
            busy = await client.delete(f"/gateways/{serial}")
            assert (busy.status_code, busy.json()["code"]) == (409, "sync_running")
            await until(client, f"/gateways/{serial}/sync", lambda sync: sync["state"] == "done")
            assert (await client.post(f"/gateways/{serial}/refresh")).status_code == 202
        requests = gateway.counters.requests
        async with running(service(tmp_path)) as client:
            await until(client, "/values", lambda found: found["gateways"])
            assert gateway.counters.targets["GET /ivp/meters"] <= 4
            assert (await client.delete(f"/gateways/{serial}")).status_code == 204
            assert (await client.get("/gateways")).json() == []
        assert gateway.counters.requests > requests
    assert Memory(tmp_path).all() == ()


async def test_a_gateway_with_another_address_is_found_again_and_its_owner_is_told(tmp_path: Path) -> None:
    async with emulated() as gateway:
        serial, token, typed = gateway.source.serial, gateway.token(), gateway.host

        async def search() -> tuple[Found, ...]:
            return (Found(serial, None, ("127.0.0.2",), "envoy"),)

        Memory(tmp_path).save(Remembered(serial, "Roof", typed, credentials=Credentials(token=token)))
        async with running(service(tmp_path)) as client:
            await until(client, "/values", lambda found: found["gateways"])
        await gateway.move("127.0.0.2")
        async with running(service(tmp_path, search=search)) as client:
            (shown,) = await until(client, "/gateways", lambda found: found and "address" in found[0])
            assert (shown["host"], shown["address"]) == (typed, gateway.host)
            events = await until(client, "/events", lambda found: any(one["kind"] == "moved" for one in found))
            (told,) = [event["text"] for event in events if event["kind"] == "moved"]
            assert told == f"The gateway moved from {typed} to {gateway.host}."
        (kept,) = Memory(tmp_path).all()
        assert (kept.host, kept.known.address) == (typed, gateway.host)
        async with running(service(tmp_path)) as client:
            await until(client, "/values", lambda found: found["gateways"])
            here = await client.patch(f"/gateways/{serial}", json={"host": gateway.host})
            assert "address" not in here.json()


async def test_another_gateway_at_the_new_address_is_refused(tmp_path: Path) -> None:
    async with emulated() as gateway, emulated(serial="122000000077") as other:
        serial = gateway.source.serial
        Memory(tmp_path).save(Remembered(serial, "Roof", gateway.host, credentials=Credentials(token=gateway.token())))
        async with running(service(tmp_path)) as client:
            await until(client, "/gateways", lambda found: found)
            moved = await client.patch(f"/gateways/{serial}", json={"host": other.host, "trust": True})
            assert moved.json()["code"] == "wrong_gateway"
            await until(client, "/values", lambda found: found["gateways"])


async def test_a_synchronisation_that_fails_says_why_and_keeps_nothing(tmp_path: Path) -> None:
    async with emulated() as gateway, running(service(tmp_path)) as client:
        started = await client.post("/gateways", json={"host": gateway.host})
        assert started.status_code == 202
        path = f"/gateways/{gateway.source.serial}/sync"
        failed = await until(client, path, lambda sync: sync["state"] != "running")
        assert (failed["state"], failed["problem"]["code"]) == ("failed", "token_needed")
        assert (await client.get("/gateways")).json() == []
    assert Memory(tmp_path).all() == ()


async def test_stopping_ends_open_streams_in_time(tmp_path: Path) -> None:
    one = service(tmp_path)
    async with running(one) as client, client.stream("GET", "/stream") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "retry: 3000"
        one.stop()
        async with asyncio.timeout(2):
            assert [line async for line in lines][-1] is not None


async def test_systemd_hears_of_it(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(address)
        door.setblocking(False)
        async with running(service(tmp_path, {"NOTIFY_SOCKET": address})):
            async with asyncio.timeout(90):
                assert await asyncio.get_running_loop().sock_recv(door, 100) == b"READY=1"
        assert door.recv(100) == b"STOPPING=1"


def service_without_claim(one: Service) -> bool:
    return one.claim_code is None


async def test_a_claim_code_only_where_somebody_else_may_call(tmp_path: Path) -> None:
    alone = service(tmp_path)
    assert alone.claim_code is None
    alone.close()
    for environment in ({"HELIOGRAPH_WEB_HOST": "0.0.0.0"}, {"HELIOGRAPH_WEB_LOGIN": "always"}):  # noqa: S104 - a test
        one = service(tmp_path, environment)
        assert isinstance(one.claim_code, str)
        await one.vault.set_password("correct horse")
        assert service_without_claim(one)
        assert (tmp_path / ACCESS).stat().st_mode & 0o777 == 0o600
        (tmp_path / ACCESS).unlink()
        one.close()


def test_says_where_it_is_found(tmp_path: Path) -> None:
    everywhere = {"HELIOGRAPH_WEB_HOST": "0.0.0.0"}  # noqa: S104 - a test
    name = socket.gethostname()
    for environment, found in (
        ({}, None),
        (everywhere, name),
        (everywhere | {"HELIOGRAPH_WEB_NAMES": "sun.lan"}, "sun.lan"),
    ):
        one = service(tmp_path, environment)
        port = one.url.rpartition(":")[2]
        assert one.url == f"http://127.0.0.1:{port}"
        assert one.network_url == (None if found is None else f"http://{found}:{port}")
        said = announcement(one, "fr")
        assert ([f"Depuis votre réseau : {one.network_url}"] == said[1:2]) == (found is not None)
        one.close()


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SettingsError) as raised:
            service(tmp_path, {"HELIOGRAPH_WEB_PORT": port})
    assert (raised.value.code, raised.value.key) == ("port_taken", "web.port")
    with pytest.raises(SettingsError) as raised:
        service(tmp_path, {"HELIOGRAPH_WEB_CERTIFICATE": str(tmp_path / "none.pem")})
    assert raised.value.code == "tls"
    (tmp_path / ACCESS).write_text("{")
    with pytest.raises(UsageError):
        service(tmp_path)


async def test_a_demonstration_in_one_go(tmp_path: Path) -> None:
    async with demo.emulated(tmp_path, "Demo", days=1) as site:
        books = decode(await site.books("") or b"")
        assert books.accounts
        one = service(tmp_path, prepare_history=site.make_history, books=site.books, demo=True)
        async with running(one) as client:
            assert (await client.get("/about")).json()["demo"]
            await until(client, "/values?key=production_power", lambda found: found["gateways"])
            if (early := await client.get("/energy")).status_code != 200:
                assert early.json()["code"] == "no_history"
            accounts = await until(client, "/energy?per=hour", lambda found: len(found["at"]) > 20)
            assert accounts["total"]["consumption"] > 0
    async with demo.emulated(tmp_path, "Demo") as site:
        assert not site.fresh
        assert site.inverters == 20


def test_made_history_says_what_the_gateway_says_now() -> None:
    one = past()
    spoken = said(one)
    (made_up,) = list(one.snapshots(NOON - 1, NOON + 1, step=900, devices=900)) or [one._snapshot(NOON, devices=True)]
    for key, reading in made_up.system.values.items():
        if key != "production_lifetime":
            assert spoken.system.values[key].value == pytest.approx(reading.value, abs=0.2), key
    assert len(list(made_up.of(Subject.INVERTER))) == 20


async def test_what_is_there_is_shown_while_older_days_are_still_made(tmp_path: Path) -> None:
    one, readable, enough = said(past()), asyncio.Event(), asyncio.Event()
    serial = one.gateway.serial

    async def prepare(shown: Shown) -> None:
        async with await Store.open(tmp_path, clock=lambda: NOON) as store:
            await store.write(one)
            await shown(tmp_path)
            readable.set()
            await enough.wait()

    live = Live()
    keeping = Keeping(live, tmp_path, Settings(), zone_of=lambda _: None, clock=lambda: NOON, prepare=prepare)
    task = asyncio.create_task(keeping.run())
    await readable.wait()
    assert [known.serial for known in await keeping.store().gateways()] == [serial]
    assert (keeping.opened, keeping.health().ok, keeping.health().details["state"]) == (False, True, "opening")
    live.publish(Update("Roof", replace(one, at=NOON + 60), Condition(State.ONLINE, NOON), NOON + 60))
    enough.set()
    live.close()
    await task
    async with await Store.open(tmp_path, clock=lambda: NOON) as store:
        assert [known.last for known in await store.gateways()] == [NOON + 60]


async def test_history_waits_for_its_database_and_outages_have_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, one = Live(), said(past())
    keeping = Keeping(live, tmp_path, Settings(), zone_of=lambda _: "Europe/Paris", clock=lambda: NOON)
    with pytest.raises(ProblemError):
        keeping.store()
    genuine, tries = Store.open, []

    async def stubborn(*arguments: Any, **options: Any) -> Store:
        tries.append(1)
        if len(tries) < 3:
            raise StoreError("history_unreachable", database="x", cause=Cause("disk_full"))
        return await genuine(*arguments, **options)

    waits: list[float] = []
    real_sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await real_sleep(0)

    monkeypatch.setattr(Store, "open", stubborn)
    monkeypatch.setattr("heliograph.app.keeping.asyncio.sleep", at_once)
    task = asyncio.create_task(keeping.run())
    await real_sleep(0)
    assert not keeping.health().ok
    online, away = Condition(State.ONLINE, NOON), Condition(State.AWAY, NOON + 60)
    live.publish(Update("Roof", one, online, NOON, books=b"the books"))
    live.publish(
        Update("Roof", one, away, NOON + 300, fresh=False, events=(Event("away", NOON + 60, {"code": "unreachable"}),))
    )
    live.publish(Update("Roof", one, away, NOON + 360, fresh=False))
    live.publish(Update("Roof", one, online, NOON + 600, fresh=False, events=(Event("back", NOON + 600, {}),)))
    assert await keeping.books(one.gateway.serial) is None or tries
    live.close()
    await task
    assert waits[:2] == [1.0, 2.0]
    async with await genuine(tmp_path) as store:
        (outage,) = await store.events(one.gateway.serial, NOON, NOON + 3600)
        assert (outage.kind, outage.at, outage.until) == ("away", NOON + 60, NOON + 600)
        assert await store.load_books(one.gateway.serial) == b"the books"


async def test_an_outage_that_a_restart_fell_into_is_closed(tmp_path: Path) -> None:
    one = said(past())
    serial = one.gateway.serial
    for state, events in (
        (State.AWAY, (Event("away", NOON, {}),)),
        (State.AWAY, ()),
        (State.ONLINE, ()),
    ):
        live = Live()
        keeping = Keeping(live, tmp_path, Settings(), zone_of=lambda _: None, clock=lambda: NOON)
        task = asyncio.create_task(keeping.run())
        await keeping.books(serial)
        live.publish(Update("Roof", one, Condition(state, NOON), NOON + 120, fresh=False, events=events))
        live.close()
        await task
    async with await Store.open(tmp_path) as store:
        (outage,) = await store.events(serial, NOON - 60, NOON + 3600)
        assert (outage.at, outage.until) == (NOON, NOON + 120)


class Spoken:
    """An output that hears once, then fails."""

    name = "spoken"

    def __init__(self) -> None:
        self.heard = 0

    async def run(self, live: Live) -> None:
        self.heard += 1
        raise missing("spoken")

    def status(self) -> Status:
        import logging  # noqa: PLC0415 - a test

        return Status(logging.getLogger("heliograph.test"))


async def test_outputs_run_beside_and_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = Spoken()

    def wanted(_: AppSettings, around: outputs.Surroundings) -> Spoken:
        with pytest.raises(KeyError):
            around.order("refresh", "unknown")
        return output

    monkeypatch.setattr(outputs, "OUTPUTS", [wanted, lambda *_: None])
    async with running(service(tmp_path)) as client:
        assert (await client.get("/health/live")).json() == {"ok": True}
    assert output.heard == 1
