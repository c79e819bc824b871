import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from heliograph.emulator.answer import Answer, Authentication, Framing
from heliograph.emulator.clock import Clock
from heliograph.emulator.families import build
from heliograph.emulator.generation import Ports
from heliograph.emulator.server import EmulatedGateway
from tests.emulator.stub import (
    SERIAL,
    StubSource,
    ask,
    connect,
    exchange,
    hang_up,
    open_source,
    split,
    until,
    values,
)

GET = "GET {} HTTP/1.1\r\nHost: envoy.local"


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield client


class TestDoors:
    async def test_speaks_plain_http_only_on_old_firmware(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            assert gateway.url == f"http://127.0.0.1:{gateway.http_port}"
            assert split(await ask(gateway, "/info"))[0] == 200
            with pytest.raises(ConnectionResetError):
                await connect(gateway, secure=True)
            assert gateway.counters.refused == 1

    async def test_redirects_plain_http_on_7x(self) -> None:
        async with EmulatedGateway(StubSource("D7.6.175")) as gateway:
            status, headers, _ = split(await ask(gateway, "/production.json"))

            assert gateway.url == f"https://127.0.0.1:{gateway.https_port}"
            assert status == 301
            assert values(headers, "location") == [f"https://127.0.0.1:{gateway.https_port}/home"]
            assert split(await ask(gateway, "/info", secure=True))[0] == 200

    async def test_closes_plain_http_on_83(self) -> None:
        async with EmulatedGateway(StubSource("D8.3.5286")) as gateway:
            with pytest.raises(ConnectionResetError):
                await ask(gateway, "/info")
            assert split(await ask(gateway, "/info", secure=True))[0] == 200

    async def test_opens_two_ports_when_asked(self) -> None:
        async with EmulatedGateway(StubSource(), http_port=0, https_port=0) as gateway:
            assert gateway.http_port != gateway.https_port
            status, headers, _ = split(await ask(gateway, "/"))
            assert status == 301
            assert values(headers, "location") == [f"https://127.0.0.1:{gateway.https_port}/home"]
            assert split(await ask(gateway, "/info", secure=True))[0] == 200

    async def test_lets_the_ports_be_chosen(self) -> None:
        async with EmulatedGateway(open_source("D8.3.1598"), ports=Ports.HTTP) as gateway:
            assert split(await ask(gateway, "/info"))[0] == 200

    async def test_follows_its_firmware(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            before = gateway.host
            gateway.become(StubSource("D7.6.175"))

            assert gateway.host == before
            assert split(await ask(gateway, "/info"))[0] == 301
            assert split(await ask(gateway, "/info", secure=True))[0] == 200

    async def test_is_updated_while_running(self) -> None:
        source = build("envoy-s-metered-4.10", start=1_780_000_000)
        async with EmulatedGateway(source, clock=Clock(1_780_000_000, rate=0)) as gateway:
            assert b"R4.10" in await ask(gateway, "/info")
            gateway.faults.on("firmware-update")

            assert split(await ask(gateway, "/info"))[0] == 301
            assert b"D7.3" in await ask(gateway, "/info", secure=True)
            assert split(await ask(gateway, "/production.json", secure=True))[0] == 401

    async def test_is_swapped_while_running(self) -> None:
        source = build("iq-metered-7.6", start=1_780_000_000)
        async with EmulatedGateway(source, clock=Clock(1_780_000_000, rate=0)) as gateway:
            bearer = f"Authorization: Bearer {gateway.token()}"
            before = gateway.certificate
            assert split(await ask(gateway, "/production.json", bearer, secure=True))[0] == 200
            gateway.faults.on("gateway-swap")

            assert split(await ask(gateway, "/production.json", bearer, secure=True))[0] == 401
            assert gateway.certificate != before

    async def test_frees_its_port(self) -> None:
        async with EmulatedGateway(open_source()) as gateway:
            port = gateway.http_port or 0
        async with EmulatedGateway(open_source(), port=port) as gateway:
            assert gateway.http_port == port
            with pytest.raises(OSError, match="in use"):
                async with EmulatedGateway(open_source(), port=port):
                    pass

    async def test_hides_the_usual_ports_in_its_host(self) -> None:
        gateway = EmulatedGateway(open_source("D5.0.62"), address="::1")
        assert gateway.host == "::1"


class TestCertificate:
    async def certificate_of(self, gateway: EmulatedGateway) -> bytes:
        _, writer = await connect(gateway, secure=True)
        shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        await hang_up(writer)
        return shown

    async def test_shows_the_one_it_tells_of(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            shown = await self.certificate_of(gateway)

            assert shown == ssl.PEM_cert_to_DER_cert(gateway.certificate.certificate.decode())
            assert gateway.counters.handshakes == 1

    async def test_may_change_it_while_running(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            before = await self.certificate_of(gateway)
            made = gateway.rotate_certificate()

            assert await self.certificate_of(gateway) != before
            assert gateway.certificate == made

    async def test_has_another_for_another_gateway(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            before = gateway.certificate
            gateway.become(StubSource(serial="202399999999"))

            assert gateway.certificate.key_fingerprint != before.key_fingerprint

    async def test_counts_handshakes_that_fail(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            reader, writer = await connect(gateway, secure=False)
            writer.write(b"\x16 this is no hello\r\n\r\n")
            await reader.read()
            await hang_up(writer)

            assert gateway.counters.handshakes_failed == 1


class TestManners:
    async def test_of_3x(self) -> None:
        source = open_source("D3.17.3", home=Answer(b"<p>", content_type="application/json", framing=Framing.CLOSE))
        async with EmulatedGateway(source) as gateway:
            status, headers, body = split(await exchange(gateway, GET.format("/home")))

            assert (status, body) == (200, b"<p>")
            assert headers == [("content-type", "application/json")]
            _, headers, _ = split(await ask(gateway, "/api/v1/production"))
            assert len(values(headers, "date")) == 1
            assert values(headers, "connection") == []

    async def test_of_5x(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            reply = await exchange(gateway, GET.format("/info"), GET.format("/info"))

            assert reply.count(b"HTTP/1.1 200") == 1
            _, headers, _ = split(reply)
            assert values(headers, "connection") == ["close"]
            assert values(headers, "server") == []
            assert len(values(headers, "date")) == 1
            _, headers, _ = split(await ask(gateway, "/api/v1/production"))
            assert len(values(headers, "date")) == 2

    async def test_of_7x(self) -> None:
        async with EmulatedGateway(open_source("D7.6.175"), ports=Ports.HTTP) as gateway:
            reply = await exchange(gateway, GET.format("/info"), GET.format("/info") + "\r\nConnection: close")
            _, headers, _ = split(reply)

            assert reply.count(b"HTTP/1.1 200") == 2
            assert gateway.counters.connections == 1
            assert values(headers, "connection") == ["keep-alive"]
            assert values(headers, "server") == ["openresty/1.17.8.1"]
            assert values(headers, "x-frame-options") == ["DENY"]
            assert reply.rpartition(b"HTTP/1.1")[2].count(b"Connection: close") == 1

    async def test_keeps_the_connection_header_of_an_answer(self) -> None:
        source = open_source("D8.3.5169", home=Answer(b"{}", headers={"Connection": "close"}))
        async with EmulatedGateway(source, ports=Ports.HTTP) as gateway:
            reply = await exchange(gateway, GET.format("/home"), GET.format("/home"))

            assert reply.count(b"HTTP/1.1 200") == 1
            assert values(split(reply)[1], "connection") == ["close"]

    async def test_answers_http10_without_chunks(self) -> None:
        source = open_source(home=Answer(b"{}", framing=Framing.CHUNKED))
        async with EmulatedGateway(source, ports=Ports.HTTP) as gateway:
            reply = await exchange(gateway, "GET /home HTTP/1.0")

            assert split(reply)[2] == b"{}"
            assert b"chunked" not in reply

    async def test_answers_head_without_a_body(self) -> None:
        async with EmulatedGateway(open_source(), ports=Ports.HTTP) as gateway:
            _, headers, body = split(await exchange(gateway, "HEAD /info HTTP/1.0"))

            assert body == b""
            assert int(values(headers, "content-length")[0]) > 0

    async def test_refuses_what_is_no_http(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            assert split(await exchange(gateway, "hello"))[0] == 400
            assert gateway.counters.malformed == 1

    async def test_answers_500_when_the_source_breaks(self, caplog: pytest.LogCaptureFixture) -> None:
        source = open_source("D5.0.62")
        source.answers = None  # type: ignore[assignment]  # breaks it
        async with EmulatedGateway(source) as gateway:
            assert split(await ask(gateway, "/info"))[0] == 500
        assert "has no answer to GET /info" in caplog.text

    async def test_hands_body_and_time_to_the_source(self) -> None:
        source = open_source("D5.0.62")
        async with EmulatedGateway(source, clock=Clock(1000.0, rate=0)) as gateway:
            await exchange(gateway, "PUT /a?b=c HTTP/1.1\r\nContent-Length: 4\r\n\r\n{}")  # the blank line counts

        assert source.asked == [("PUT", "/a?b=c", b"{}\r\n", 1000.0)]

    async def test_takes_its_time_when_slow(self) -> None:
        source = open_source("D5.0.62", home=Answer(b"{}", seconds=0.001), quick=Answer(b"{}", seconds=0.001))
        async with EmulatedGateway(source, slow=True) as gateway:
            assert split(await ask(gateway, "/home"))[0] == 200
            assert split(await ask(gateway, "/quick"))[0] == 200


class TestLogin:
    async def test_by_token_then_by_cookie(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway, session() as client:
            bearer = {"Authorization": f"Bearer {gateway.token()}"}
            async with client.get(f"{gateway.url}/auth/check_jwt", headers=bearer) as reply:
                assert (reply.status, await reply.text()) == (200, "<!DOCTYPE html><h2>Valid token.</h2>\n")
                cookie = reply.headers["Set-Cookie"].partition(";")[0]
            async with client.get(f"{gateway.url}/ivp/meters", headers={"Cookie": cookie}) as reply:
                assert (reply.status, await reply.text()) == (200, "[]")
            async with client.post(f"{gateway.url}/auth/check_jwt", headers=bearer) as reply:
                assert reply.status == 200
            assert (gateway.counters.connections, gateway.counters.unauthorised) == (1, 0)

    @pytest.mark.parametrize(("firmware", "page"), [("D7.6.175", "/home"), ("D8.3.5289", "/login.html")])
    async def test_shows_a_page_to_strangers(self, firmware: str, page: str) -> None:
        async with EmulatedGateway(StubSource(firmware)) as gateway:
            status, headers, body = split(await ask(gateway, "/ivp/meters", secure=True))

            assert status == 401
            assert values(headers, "content-type") == ["text/html"]
            assert f"'{page}'".encode() in body
            assert gateway.counters.unauthorised == 1

    async def test_by_password(self) -> None:
        source = StubSource("D5.0.62", Authentication.DIGEST)
        middleware = aiohttp.DigestAuthMiddleware("envoy", SERIAL[-6:])
        async with EmulatedGateway(source) as gateway, session() as client:
            async with client.get(f"{gateway.url}/ivp/meters", middlewares=(middleware,)) as reply:
                assert reply.status == 200
            assert gateway.counters.targets["GET /ivp/meters"] == 2
            assert gateway.counters.statuses == {401: 1, 200: 1}

    async def test_gives_a_fresh_challenge_for_a_recorded_one(self) -> None:
        old = 'Digest qop="auth", realm="enphaseenergy.com", nonce="old"'
        source = StubSource("D3.17.3", Authentication.DIGEST)
        source.answers["/info"] = Answer(b"Error: 401\n", 401, headers={"WWW-Authenticate": old})
        async with EmulatedGateway(source, clock=Clock(1234.0, rate=0)) as gateway:
            assert values(split(await ask(gateway, "/info"))[1], "www-authenticate") == [old.replace("old", "1234")]

    async def test_forgets_sessions(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            gateway.forget_sessions()
            bearer = f"Authorization: Bearer {gateway.token()}"
            _, headers, _ = split(await ask(gateway, "/ivp/meters", bearer, secure=True))
            cookie = "Cookie: " + values(headers, "set-cookie")[0].partition(";")[0]
            assert split(await ask(gateway, "/ivp/meters", cookie, secure=True))[0] == 200
            gateway.forget_sessions()
            assert split(await ask(gateway, "/ivp/meters", cookie, secure=True))[0] == 401

    async def test_knows_only_the_tokens_of_its_serial_after_a_swap(self) -> None:
        async with EmulatedGateway(StubSource()) as gateway:
            bearer = f"Authorization: Bearer {gateway.token()}"
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 200
            gateway.become(StubSource(serial="202399999999"))
            assert split(await ask(gateway, "/ivp/meters", bearer, secure=True))[0] == 401


class TestCounting:
    async def test_counts_what_it_bears(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            reply = await ask(gateway, "/info?x=1")
            await ask(gateway, "/nothing")
            counters = gateway.counters

            assert counters.requests == counters.connections == 2
            assert counters.targets == {"GET /info?x=1": 1, "GET /nothing": 1}
            assert counters.statuses == {404: 2}
            assert counters.concurrent_max == 1
            assert counters.bytes_out > len(reply)
            assert counters.bytes_in > 0

    async def test_sees_two_at_once(self) -> None:
        async with EmulatedGateway(open_source("D5.0.62")) as gateway:
            gateway.faults.on("hang")
            lines = [await connect(gateway, secure=False) for _ in range(2)]
            for _, writer in lines:
                writer.write(b"GET /info HTTP/1.1\r\n\r\n")
            await until(lambda: gateway.counters.concurrent == 2)
            for _, writer in lines:
                await hang_up(writer)
            await until(lambda: gateway.counters.connections_open == 0)

            assert (gateway.counters.concurrent, gateway.counters.concurrent_max) == (0, 2)


async def test_leaves_nothing_behind() -> None:
    async with EmulatedGateway(StubSource()) as gateway:
        lines = [await connect(gateway, secure=secure) for secure in (True, True, False)]
    for _, writer in lines:
        await hang_up(writer)

    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("emulator")] == []


async def test_runs_many_at_once() -> None:
    async with contextlib.AsyncExitStack() as stack:
        gateways = [await stack.enter_async_context(EmulatedGateway(open_source("D5.0.62"))) for _ in range(50)]
        replies = await asyncio.gather(*(ask(gateway, "/info") for gateway in gateways))

        assert {split(reply)[0] for reply in replies} == {200}
        assert len({gateway.host for gateway in gateways}) == 50


async def test_refuses_connections_in_the_nightly_outage() -> None:
    late = datetime(2026, 1, 15, 22, 2, tzinfo=UTC).timestamp()  # 23:02 in Paris
    async with EmulatedGateway(open_source("D5.0.62"), clock=Clock(late, rate=0)) as gateway:
        gateway.faults.on("outage-23h")
        with pytest.raises(ConnectionResetError):
            await ask(gateway, "/info")
        gateway.clock.advance(300)

        assert split(await ask(gateway, "/info"))[0] == 200
