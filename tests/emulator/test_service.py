import asyncio
import contextlib

import aiohttp
import pytest

from heliograph.emulator.certificate import make_certificate, server_context
from heliograph.emulator.service import Service
from heliograph.emulator.wire import Reply, Request


def greet(request: Request) -> Reply:
    if request.path == "/broken":
        message = "no"
        raise RuntimeError(message)
    return Reply(200, f"{request.method} {request.path}".encode())


async def test_answers_on_one_connection() -> None:
    async with Service(greet) as service, aiohttp.ClientSession() as client:
        for path in ("/a", "/b"):
            async with client.get(service.url + path) as reply:
                assert await reply.text() == f"GET {path}"


async def test_speaks_tls_with_a_context() -> None:
    context = server_context(make_certificate("cloud", 1_700_000_000.0))
    connector = aiohttp.TCPConnector(ssl=False)
    async with Service(greet, context=context) as service, aiohttp.ClientSession(connector=connector) as client:
        assert service.url.startswith("https://")
        async with client.get(service.url + "/a", headers={"Connection": "close"}) as reply:
            assert await reply.text() == "GET /a"


async def test_survives_what_breaks(caplog: pytest.LogCaptureFixture) -> None:
    async with Service(greet) as service, aiohttp.ClientSession() as client:
        async with client.get(service.url + "/broken") as reply:
            assert reply.status == 500
        reader, writer = await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))
        writer.write(b"hello\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    assert "No answer to GET /broken" in caplog.text
