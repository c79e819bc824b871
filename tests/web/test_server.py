"""Connections of strangers: ended in time, few enough, and none while nobody calls."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import h11
import pytest

from heliograph.web import connection
from heliograph.web.access.gate import App, Receive, Scope, Send
from heliograph.web.connection import HERE, network_of
from heliograph.web.server import Server, listen

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 8 * 2**20


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once the body is there: with as many bytes as the address says."""
    while (await receive()).get("more_body"):
        pass
    size = int(scope["path"].strip("/") or 2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * size, "more_body": size > 2})
    if size > 2:
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def served(application: App = answering, **options: Any) -> AsyncIterator[tuple[Server, int]]:
    door = listen("127.0.0.1", 0)
    port = door.getsockname()[1]
    server = Server(application, door, **options)
    task = asyncio.create_task(server.run())
    await asyncio.sleep(0)
    try:
        yield server, port
    finally:
        server.stop()
        await task


async def until_ended(port: int, *parts: bytes) -> bytes:
    """Send something, and give what comes until the other side ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: Mapping[Any, float] = {h11.IDLE: 0.05, h11.SEND_BODY: 0.05}
    monkeypatch.setattr(connection, "_LIMITS", limits)
    monkeypatch.setattr(connection, "STALL", 0.05)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"GET / HTTP/1.1\r\nHost: local",),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345",),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",),
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
async def test_an_unfinished_request_has_an_end(parts: tuple[bytes, ...]) -> None:
    async with served() as (_, port):
        assert await until_ended(port, *parts) == b""


@pytest.mark.usefixtures("hurried")
async def test_an_unfinished_request_after_a_whole_one_has_an_end_too() -> None:
    async with served() as (_, port):
        answer = await until_ended(port, REQUEST, REQUEST[:20])
        assert answer.count(b"200 OK") == 1


@pytest.mark.usefixtures("hurried")
async def test_who_takes_nothing_is_not_waited_for() -> None:
    async with served() as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(REQUEST.replace(b"/ ", b"/%d " % LARGE, 1))
        async with asyncio.timeout(10):
            while not server._state.tasks:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0)
            await asyncio.wait(set(server._state.tasks))
        taken = 0
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                taken += len(piece)
        assert taken < LARGE
        writer.close()


async def test_a_whole_request_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await done.wait()
        await answering(scope, receive, send)

    monkeypatch.setattr(connection, "_LIMITS", {h11.IDLE: 0.02})
    async with served(slow) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await asyncio.wait([asyncio.create_task(until_ended(port))])
        done.set()
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_connections_that_only_wait_give_way_to_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heliograph.web.server.HERE", "somewhere else")
    async with served(connections=20, of_one=4) as (server, port):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
        assert (await until_ended(port, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))).startswith(
            b"HTTP/1.1 200"
        )
        assert len(server._connections()) <= 4
        for _, writer in idle:
            writer.close()


async def test_all_strangers_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(f"192.0.2.{number}" for number in range(1000))
    monkeypatch.setattr("heliograph.web.server.network_of", lambda _: next(names))
    monkeypatch.setattr(connection.Connection, "network", property(lambda one: str(id(one))))
    async with served(connections=5, of_one=4) as (server, port):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
        answer = await until_ended(port, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert answer.startswith(b"HTTP/1.1 200")
        assert len(server._connections()) <= 5
        for _, writer in idle:
            writer.close()


async def test_a_machine_without_descriptors_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    accept, failing = loop.sock_accept, [True, True]

    async def sometimes(door: socket.socket) -> Any:
        if failing:
            failing.pop()
            raise OSError(24, "Too many open files")
        return await accept(door)

    monkeypatch.setattr(loop, "sock_accept", sometimes)
    monkeypatch.setattr("heliograph.web.server._PAUSE", 0)
    async with served() as (_, port):
        answer = await until_ended(port, REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert [record.getMessage() for record in caplog.records] == ["No connection can be taken: Too many open files"] * 2


async def test_nothing_wakes_up_while_nobody_calls() -> None:
    async with served():
        await asyncio.sleep(0)
        loop: Any = asyncio.get_running_loop()
        assert [timer for timer in loop._scheduled if not timer.cancelled()] == []


def test_who_one_caller_is() -> None:
    assert network_of("127.0.0.1") == network_of("::1") == network_of("::ffff:127.0.0.1") == HERE
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
