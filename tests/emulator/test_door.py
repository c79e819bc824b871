from typing import Any

import aiohttp
import pytest

from heliograph.emulator.clock import Clock
from heliograph.emulator.door import ControlDoor
from heliograph.emulator.server import EmulatedGateway
from tests.emulator.stub import StubSource


async def turn(door: ControlDoor, path: str = "", asked: Any = None, method: str = "") -> tuple[int, Any]:
    method = method or ("GET" if asked is None else "POST")
    async with aiohttp.ClientSession() as client, client.request(method, door.url + path, json=asked) as reply:
        return reply.status, await reply.json()


@pytest.fixture
def gateway() -> EmulatedGateway:
    return EmulatedGateway(StubSource(), clock=Clock(1000.0, rate=0))


async def test_tells_how_the_gateway_is(gateway: EmulatedGateway) -> None:
    async with gateway, ControlDoor(gateway) as door:
        status, told = await turn(door)

        assert status == 200
        assert (told["serial"], told["host"]) == (gateway.source.serial, gateway.host)
        assert told["clock"] == {"now": 1000.0, "rate": 0}
        assert told["counters"]["requests"] == 0


async def test_lists_and_switches_faults(gateway: EmulatedGateway) -> None:
    async with gateway, ControlDoor(gateway) as door:
        assert "hang" in (await turn(door, "/faults"))[1]
        assert (await turn(door, "/faults", {"on": "503", "every": 2, "paths": "/ivp/*"}))[1]["faults"] == ["503"]
        assert (await turn(door, "/faults", {"on": "hang", "off": "503"}))[1]["faults"] == ["hang"]
        assert (await turn(door, "/faults", {"clear": True}))[1]["faults"] == []


async def test_moves_the_clock(gateway: EmulatedGateway) -> None:
    async with gateway, ControlDoor(gateway) as door:
        assert (await turn(door, "/clock", {"set": 5000, "advance": 10}))[1]["clock"]["now"] == 5010
        assert (await turn(door, "/clock", {"set": "2026-01-15T22:00:00+00:00"}))[1]["clock"]["now"] == 1768514400
        await turn(door, "/clock", {"rate": 60})
        assert gateway.clock.rate == 60


async def test_does_the_rest(gateway: EmulatedGateway) -> None:
    async with gateway, ControlDoor(gateway) as door:
        before = gateway.certificate.fingerprint
        made = (await turn(door, "/certificate", {}))[1]["fingerprint"]
        assert made == gateway.certificate.fingerprint != before
        gateway.counters.requests = 7
        assert (await turn(door, "/counters", {}))[1]["counters"]["requests"] == 0
        assert (await turn(door, "/sessions", {}))[0] == 200
        token = (await turn(door, "/token", {"role": "installer"}))[1]["token"]
        assert gateway.credentials.authority.check(token, gateway.source.serial, 1000.0).role == "installer"


@pytest.mark.parametrize(
    ("path", "asked", "method", "status"),
    [
        ("/faults", {"on": "earthquake"}, "POST", 400),
        ("/faults", {"on": "hang", "where": "here"}, "POST", 400),
        ("/faults", ["hang"], "POST", 400),
        ("/clock", {"set": "tomorrow"}, "POST", 400),
        ("/nothing", {}, "POST", 404),
        ("/clock", None, "GET", 404),
        ("/faults", None, "POST", 415),
    ],
)
async def test_refuses_nonsense(gateway: EmulatedGateway, path: str, asked: Any, method: str, status: int) -> None:
    async with gateway, ControlDoor(gateway) as door:
        code, told = await turn(door, path, asked, method)

        assert code == status
        assert told["error"]


async def test_is_at_its_own_place(gateway: EmulatedGateway) -> None:
    async with gateway, ControlDoor(gateway) as door, aiohttp.ClientSession() as client:
        reply = await client.get(door.url.removesuffix("/_emulator") + "/production.json")

        assert reply.status == 404
        reply.release()
