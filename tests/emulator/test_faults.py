import asyncio
from collections import Counter

import pytest

from heliograph.emulator.answer import Answer, Authentication
from heliograph.emulator.counters import Counters
from heliograph.emulator.faults import FAULTS, Faults, UnknownFaultError, all_faults
from heliograph.emulator.generation import Ports
from heliograph.emulator.lies import LIES
from heliograph.emulator.server import EmulatedGateway
from tests.emulator.stub import StubSource, ask, connect, exchange, hang_up, open_source, split, values


def morning() -> int:
    return 8 * 60


def night() -> int:
    return 23 * 60 + 4


def faults(source: StubSource | None = None) -> Faults:
    return Faults(source or StubSource(), Counters())


class Silent:
    """A source that cannot lie."""

    serial = "1"
    firmware = "D7.6.175"
    authentication = Authentication.NONE

    def open_to_all(self, path: str) -> bool:
        return True

    def minimum_role(self, path: str) -> str:
        return "owner"

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:
        return Answer(b"")


def struck(switches: Faults, name: str, path: str = "/x", count: int = 10) -> list[bool]:
    return [switches.strike(path, morning).has(name) for _ in range(count)]


class TestSwitches:
    def test_are_off_at_first(self) -> None:
        assert faults().active() == []
        assert faults().strike("/x", morning).amounts == {}

    def test_go_on_and_off(self) -> None:
        switches = faults()
        switches.on("hang")
        switches.on("503")
        assert switches.active() == ["503", "hang"]
        assert switches.strike("/x", morning).hangs
        switches.off("hang")
        switches.off("hang")
        assert switches.active() == ["503"]
        switches.clear()
        assert switches.active() == []

    def test_strike_some_paths(self) -> None:
        switches = faults()
        switches.on("503", paths="/ivp/*")

        assert struck(switches, "503", "/ivp/meters", 1) == [True]
        assert struck(switches, "503", "/production.json", 1) == [False]

    def test_strike_every_nth(self) -> None:
        switches = faults()
        switches.on("503", every=3)

        assert struck(switches, "503", count=6) == [False, False, True, False, False, True]

    def test_flap_every_second(self) -> None:
        switches = faults()
        switches.on("401-flapping")

        assert struck(switches, "401-flapping", count=4) == [False, True, False, True]

    def test_strike_so_often(self) -> None:
        switches = faults()
        switches.on("503", times=2)

        assert sum(struck(switches, "503")) == 2

    def test_strike_by_chance_but_the_same_each_time(self) -> None:
        results = []
        for _ in range(2):
            switches = faults()
            switches.on("503", probability=0.5)
            results.append(struck(switches, "503", count=100))

        assert results[0] == results[1]
        assert 30 < sum(results[0]) < 70

    def test_have_amounts(self) -> None:
        switches = faults()
        switches.on("clock-skew")
        assert switches.skew() == 7200.0
        switches.on("clock-skew", amount=-60)
        assert switches.skew() == -60
        switches.off("clock-skew")
        assert switches.skew() == 0.0

    def test_close_the_door(self) -> None:
        switches = faults()
        switches.on("outage-23h")
        assert not switches.closed(morning)
        assert switches.closed(night)
        assert switches.strike("/x", night).hangs
        assert not switches.strike("/x", morning).hangs
        switches.on("offline")
        assert switches.closed(morning)

    def test_are_counted(self) -> None:
        counters = Counters()
        switches = Faults(StubSource(), counters)
        switches.on("503")
        switches.strike("/x", morning)

        assert counters.faults == Counter({"503": 1})

    @pytest.mark.parametrize("switch", ["on", "off"])
    def test_do_not_exist_if_not_listed(self, switch: str) -> None:
        with pytest.raises(UnknownFaultError, match="'earthquake'"):
            getattr(faults(), switch)("earthquake")


def test_every_fault_says_what_it_does() -> None:
    listed = all_faults()

    assert set(FAULTS) <= set(listed)
    assert all(listed.values())
    assert list(all_faults(["hang"])) == ["hang"]


class TestLies:
    def test_are_switched_like_faults(self) -> None:
        source = StubSource()
        switches = faults(source)
        switches.on("counter-wrap-sum")
        switches.on("hang")
        assert source.lies == {"counter-wrap-sum"}
        assert switches.active() == ["counter-wrap-sum", "hang"]
        switches.off("counter-wrap-sum")
        assert source.lies == set()

    def test_of_the_firmware_itself_stay(self) -> None:
        source = StubSource(lies={"padded-lines"})
        switches = faults(source)
        switches.on("v1-zeros")
        switches.off("padded-lines")
        switches.clear()
        assert source.lies == {"padded-lines"}

    def test_of_another_source_count_from_then_on(self) -> None:
        switches = faults()
        after = StubSource(lies={"padded-lines"})
        switches.follow(after)
        switches.on("v1-zeros")
        switches.clear()
        assert after.lies == {"padded-lines"}

    def test_are_not_for_recordings(self) -> None:
        switches = faults()
        switches.follow(Silent())
        switches.on("hang")
        switches.clear()
        assert switches.active() == []
        with pytest.raises(UnknownFaultError, match="needs a simulated site"):
            switches.on("v1-zeros")

    def test_share_no_name_with_faults(self) -> None:
        assert not FAULTS.keys() & LIES.keys()
        assert all_faults() == {**FAULTS, **LIES}


class TestOnTheWire:
    """Every fault, as a reader meets it."""

    async def answer(self, name: str, *, amount: float | None = None) -> bytes:
        source = open_source("D7.6.175", home=Answer(b'{"a":1,"b":[2,3]}', content_type="application/json"))
        async with EmulatedGateway(source, ports=Ports.HTTP) as gateway:
            gateway.faults.on(name, every=1, amount=amount)
            return await ask(gateway, "/home")

    @pytest.mark.parametrize("status", ["401", "404", "500", "502", "503"])
    async def test_status(self, status: str) -> None:
        assert split(await self.answer(status))[0] == int(status)

    async def test_401_flapping(self) -> None:
        status, headers, _ = split(await self.answer("401-flapping"))

        assert status == 401
        assert values(headers, "content-type") == ["text/html"]

    async def test_empty(self) -> None:
        status, _, body = split(await self.answer("empty-200"))

        assert (status, body) == (200, b"")

    async def test_truncated(self) -> None:
        assert split(await self.answer("truncated"))[2] == b'{"a":1,"'

    async def test_cut(self) -> None:
        _, headers, body = split(await self.answer("cut"))

        assert int(values(headers, "content-length")[0]) > len(body) > 0

    async def test_slow_drip(self) -> None:
        assert split(await self.answer("slow-drip", amount=0))[2] == b'{"a":1,"b":[2,3]}'

    async def test_both_framings(self) -> None:
        _, headers, _ = split(await self.answer("both-framings"))

        assert values(headers, "content-length")
        assert values(headers, "transfer-encoding") == ["chunked"]

    async def test_garbage_headers(self) -> None:
        assert b"\r\nWWW-Authenticate: \xd8\xc9" in await self.answer("garbage-headers")

    async def test_repeated_headers(self) -> None:
        assert len(values(split(await self.answer("repeated-headers"))[1], "date")) == 2

    async def test_redirect_localhost(self) -> None:
        status, headers, _ = split(await self.answer("redirect-localhost"))

        assert (status, values(headers, "location")) == (301, ["https://localhost/home"])

    async def test_redirect_localhost_from_the_plain_port(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            gateway.faults.on("redirect-localhost")

            assert values(split(await ask(gateway, "/"))[1], "location") == ["https://localhost/"]

    async def test_http10_close(self) -> None:
        assert (await self.answer("http10-close")).startswith(b"HTTP/1.0 200 OK\r\n")

    async def test_drop_keepalive(self) -> None:
        async with EmulatedGateway(open_source("D7.6.175"), ports=Ports.HTTP) as gateway:
            gateway.faults.on("drop-keepalive")
            request = "GET /info HTTP/1.1\r\nHost: envoy"
            reply = await exchange(gateway, request, request)

            assert reply.count(b"HTTP/1.1 200") == 1
            assert values(split(reply)[1], "connection") == ["keep-alive"]

    async def test_hang(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            gateway.faults.on("hang")
            reader, writer = await connect(gateway, secure=False)
            writer.write(b"GET /info HTTP/1.1\r\n\r\n")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await reader.read()
            await hang_up(writer)

    async def test_offline(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            gateway.faults.on("offline")
            with pytest.raises(ConnectionResetError):
                await ask(gateway, "/info")
            gateway.faults.off("offline")

            assert split(await ask(gateway, "/info"))[0] == 200

    async def test_clock_skew(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            bearer = f"Authorization: Bearer {gateway.token(lifetime=3600)}"
            gateway.faults.on("clock-skew", amount=7200)
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 401
            gateway.faults.on("clock-skew", amount=-7200)
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 401
            gateway.faults.clear()
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 200

    async def test_session_expiry(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            bearer = f"Authorization: Bearer {gateway.token()}"
            _, headers, _ = split(await ask(gateway, "/ivp/meters", bearer, secure=True))
            cookie = "Cookie: " + values(headers, "set-cookie")[0].partition(";")[0]
            gateway.faults.on("session-expiry")

            assert split(await ask(gateway, "/ivp/meters", cookie, secure=True))[0] == 401
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 200
