import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from heliograph.emulator.listener import Line, Listener, Welcome


@contextlib.asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[Listener]:
    await listener.open()
    try:
        yield listener
    finally:
        await listener.close()


async def echo(line: Line) -> None:
    line.writer.write(b"you said " + await line.reader.readline())


async def fail(line: Line) -> None:
    message = "no"
    raise RuntimeError(message)


async def say(port: int, words: bytes, host: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(words)
        return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def welcome(secure: bool) -> Welcome:
    return Welcome(accepted=not secure)


async def test_hands_plain_callers_on() -> None:
    async with listening(Listener("127.0.0.1", 0, greet=welcome, serve=echo)) as listener:
        assert await say(listener.port, b"hello\n") == b"you said hello\n"


async def test_listens_on_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    listener = Listener("::1", 0, greet=welcome, serve=echo)
    try:
        await listener.open()
    except OSError:
        pytest.skip("no IPv6 loopback here")
    try:
        assert await say(listener.port, b"hello\n", "::1") == b"you said hello\n"
    finally:
        await listener.close()


async def test_resets_those_it_turns_away() -> None:
    async with listening(Listener("127.0.0.1", 0, greet=welcome, serve=echo)) as listener:
        with pytest.raises(ConnectionResetError):
            await say(listener.port, b"\x16\x03\x01")


async def test_bears_callers_who_say_nothing() -> None:
    async with listening(Listener("127.0.0.1", 0, greet=welcome, serve=echo)) as listener:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.close()
        await writer.wait_closed()

        assert await say(listener.port, b"hello\n") == b"you said hello\n"


async def test_tells_of_errors_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(Listener("127.0.0.1", 0, greet=welcome, serve=fail)) as listener:
        for _ in range(2):
            with contextlib.suppress(ConnectionResetError):
                await say(listener.port, b"hello\n")

    assert "A connection broke the emulator" in caplog.text


async def test_ends_its_connections_when_it_closes() -> None:
    async with listening(Listener("127.0.0.1", 0, greet=welcome, serve=echo)) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"half a")
        await asyncio.sleep(0)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_closes_without_having_opened() -> None:
    await Listener("127.0.0.1", 0, greet=welcome, serve=echo).close()
