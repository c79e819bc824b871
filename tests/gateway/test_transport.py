import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from heliograph.errors import AnswerError, Cause, HeliographError, UnreachableError
from heliograph.gateway.address import parse_address
from heliograph.gateway.transport import Patience, Reply, Transport
from heliograph.protocol.answer import LARGEST_IDENTITY
from tests.gateway.house import raw_server, saying

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def exchange(host: str, patience: Patience | None = None) -> Reply:
    transport = Transport(parse_address(host), patience=patience or Patience(connect=2, read=5))
    try:
        return await transport.exchange("http", "/x?y=%20z")
    finally:
        await transport.close()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="as it should be"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nok", id="HTTP/1.0 until close"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\nok", id="HTTP/1.1 until close"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="both framings",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="both framings, contradicting",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", id="length twice"),
        pytest.param(b"HTTP/1.1 200 OK\r\nDate: a\r\nDate: b\r\nContent-Length: 2\r\n\r\nok", id="date twice"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: \x80\x00\xff\x01\x7f\r\nContent-Length: 2\r\n\r\nok", id="garbage value"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\x01\x02garbage\r\nContent-Length: 2\r\n\r\nok", id="garbage line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: soon\r\n\r\nok", id="length in words"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Type: ;;;\r\nContent-Length: 2\r\n\r\nok", id="no content type"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", id="no reason"),
        pytest.param(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", id="empty line first"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", id="bare line feeds"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, id="continue first"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\nContent-Length: 2\r\n\r\nok", id="long header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nSet-Cookie: =;;\x01\r\nContent-Length: 2\r\n\r\nok", id="strange cookie"),
    ],
)
async def test_answers_that_are_survived(answer: bytes) -> None:
    async with raw_server(saying(answer)) as host:
        reply = await exchange(host)
    assert (reply.status, reply.body) == (200, b"ok")


@pytest.mark.parametrize(
    ("answer", "code", "cause"),
    [
        pytest.param(b"", "interrupted", "closed", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", "interrupted", "closed", id="half a head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "interrupted", "incomplete", id="truncated"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
            "interrupted",
            "incomplete",
            id="half a chunk",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok", "bad_answer", "not_http", id="no chunk"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
            "interrupted",
            "incomplete",
            id="gzip",
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "bad_answer", "not_http", id="another protocol"),
        pytest.param(b"HTTP/9 hello\r\n\r\n", "bad_answer", "not_http", id="another version"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"x" * 99, "bad_answer", "too_large", id="too large"
        ),
    ],
)
async def test_answers_that_are_not(answer: bytes, code: str, cause: str) -> None:
    # A request on a fresh connection is sent once more, silently, when the connection breaks.
    async with raw_server(saying(answer, answer)) as host:
        with pytest.raises((UnreachableError, AnswerError)) as caught:
            await exchange(host, Patience(connect=2, read=5, size=64))
    assert (caught.value.code, _cause(caught.value)) == (code, cause)
    assert host in caught.value.text("fr")


def _cause(err: HeliographError) -> str:
    cause = err.details["cause"]
    assert isinstance(cause, Cause)
    return cause.code


async def test_head_in_pieces() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    async with raw_server(talk) as host:
        assert (await exchange(host)).body == b"ok"


async def test_a_silent_gateway_is_not_waited_for_without_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(talk) as host:
        with pytest.raises(UnreachableError) as caught:
            await exchange(host, Patience(connect=0.05, read=0.05))
    assert caught.value.code == "timeout"


async def test_a_dripping_gateway_is_not_waited_for_without_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with raw_server(talk) as host:
        with pytest.raises(UnreachableError) as caught:
            await exchange(host, Patience(connect=0.1, read=0.1))
    assert caught.value.code == "timeout"


@pytest.fixture
async def closed_port() -> AsyncIterator[int]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door.getsockname()[1]


async def test_a_closed_port(closed_port: int) -> None:
    with pytest.raises(UnreachableError) as caught:
        await exchange(f"127.0.0.1:{closed_port}")
    assert (caught.value.code, _cause(caught.value)) == ("unreachable", "connection_refused")
    assert "refusée" in caught.value.text("fr")


async def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(UnreachableError) as caught:
        await exchange("nowhere.invalid")
    assert caught.value.code == "unresolved"


async def test_the_target_goes_out_as_it_is_and_nothing_is_followed() -> None:
    seen = b""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw_server(talk) as host:
        reply = await exchange(host)
    assert reply.status == 301
    assert seen.startswith(b"GET /x?y=%20z HTTP/1.1\r\n")
    assert b"Accept-Encoding" not in seen


async def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()

    async with raw_server(talk) as host:
        transport = Transport(parse_address(host))
        bodies = [(await transport.exchange("http", "/x")).body for _ in range(3)]
        await transport.close()
    assert bodies == [b"ok"] * 3
    assert connections == 3


async def test_a_kept_connection_is_used_again() -> None:
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await writer.drain()

    async with raw_server(talk) as host:
        transport = Transport(parse_address(host))
        for _ in range(3):
            await transport.exchange("http", "/x")
        await transport.close()
    assert connections == 1


async def test_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        async with raw_server(saying(OK), "::1") as host:
            assert (await exchange(host)).body == b"ok"
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_headers_may_repeat() -> None:
    reply = Reply(200, (("Set-Cookie", "a"), ("Date", "b"), ("set-cookie", "c")), b"", 0.0)
    assert reply.header("set-cookie") == ("a", "c")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, id="provisional heads"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"1;" + b"x" * 8000 + b"\r\na\r\n") * 200,
            id="extensions of chunks",
        ),
    ],
)
async def test_what_goes_on_and_on_is_ended(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(answer)
                await writer.drain()

    async with raw_server(talk) as host:
        with pytest.raises(AnswerError) as caught:
            await exchange(host)
    assert (caught.value.code, _cause(caught.value)) == ("bad_answer", "too_large")


async def test_the_identity_is_small() -> None:
    body = b"<a>" * 30_000
    async with raw_server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))) as host:
        transport = Transport(parse_address(host), patience=Patience(connect=2, read=5))
        with pytest.raises(AnswerError) as caught:
            await transport.exchange("http", "/info")
        await transport.close()
    cause = caught.value.details["cause"]
    assert cause == Cause("too_large", {"limit": LARGEST_IDENTITY})
