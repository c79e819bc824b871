import asyncio

import pytest

from heliograph.emulator.answer import Framing
from heliograph.emulator.wire import MalformedRequestError, Reply, Request, parse_head, read_request


def reader_of(*pieces: bytes, end: bool = True) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1024)
    for piece in pieces:
        reader.feed_data(piece)
    if end:
        reader.feed_eof()
    return reader


async def test_reads_a_request_with_its_body() -> None:
    request = await read_request(reader_of(b"POST /a/b?x=1&y=%20 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"))

    assert request is not None
    assert (request.method, request.path, request.query) == ("POST", "/a/b", {"x": "1", "y": " "})
    assert request.body == b"abc"


@pytest.mark.parametrize("sent", [b"", b"GET /info HTT", b"GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"])
async def test_gives_nothing_when_the_connection_ends_early(sent: bytes) -> None:
    assert await read_request(reader_of(sent)) is None


@pytest.mark.parametrize(
    "head",
    [
        b"hello\r\n\r\n",
        b"GET info HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 4000 + b"\r\n\r\n",
    ],
)
async def test_refuses_what_is_no_request(head: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        await read_request(reader_of(head))


def test_reads_cookies_and_forms() -> None:
    headers = {"cookie": 'sessionId="abc"; other=1; broken'}
    request = Request("POST", "/", "HTTP/1.1", headers, b"user%5Bemail%5D=a%40b&empty=", 0)

    assert request.cookies == {"sessionId": "abc", "other": "1"}
    assert request.form == {"user[email]": "a@b", "empty": ""}


def test_keeps_the_last_of_a_repeated_header() -> None:
    assert parse_head(b"GET / HTTP/1.1\r\nA: 1\r\na: 2\r\n\r\n")[3] == {"a": "2"}


@pytest.mark.parametrize(
    ("framing", "both", "expected"),
    [
        (Framing.LENGTH, False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        (Framing.CHUNKED, False, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        (Framing.CLOSE, False, b"HTTP/1.1 200 OK\r\n\r\nhi"),
        (
            Framing.LENGTH,
            True,
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        ),
    ],
)
def test_frames_a_body(framing: Framing, both: bool, expected: bytes) -> None:
    reply = Reply(200, b"hi", framing, both_framings=both)

    assert reply.head() + reply.payload() == expected


def test_chunks_long_bodies() -> None:
    payload = Reply(200, b"x" * 5000, Framing.CHUNKED).payload()

    assert payload.startswith(b"1000\r\nxxx")
    assert payload.endswith(b"\r\n388\r\n" + b"x" * 904 + b"\r\n0\r\n\r\n")


def test_changes_headers_whatever_their_case() -> None:
    reply = Reply(200, b"", headers=[("content-type", "a"), ("Content-Type", "b")])
    reply.set_header("Content-Type", "c")

    assert reply.headers == [("Content-Type", "c")]
    assert reply.has_header("CONTENT-TYPE")
    reply.drop_header("content-type")
    assert not reply.has_header("Content-Type")
