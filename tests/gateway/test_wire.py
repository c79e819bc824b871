import pytest

from heliograph.gateway.wire import BrokenAnswerError, Head, read_head, request


@pytest.mark.parametrize(
    ("head", "read"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b", Head(200, (("A", "b"),), False, None, True)),
        (b"HTTP/1.1 200 OK\nA:b", Head(200, (("A", "b"),), False, None, True)),
        (b"HTTP/1.0 200", Head(200, (), False, None, False)),
        (b"HTTP/1.0 200\r\nConnection: Keep-Alive", Head(200, (("Connection", "Keep-Alive"),), False, None, True)),
        (b"HTTP/1.1 200\r\nConnection: Close", Head(200, (("Connection", "Close"),), False, None, False)),
        (
            b"HTTP/1.1 301 Moved\r\nContent-Length: 2\r\nTransfer-Encoding: Chunked",
            Head(301, (("Content-Length", "2"), ("Transfer-Encoding", "Chunked")), True, 2, True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\ncontent-length: 2\r\nContent-Length: 3",
            Head(200, (("Content-Length", "x"), ("content-length", "2"), ("Content-Length", "3")), False, 2, True),
        ),
        (b"HTTP/1.1 304 No\r\nContent-Length: 9", Head(304, (("Content-Length", "9"),), False, 0, True)),
        (
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: \x80\x00\x01\xff\r\nB: c",
            Head(401, (("WWW-Authenticate", "\x80\xff"), ("B", "c")), False, None, True),
        ),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nna me: x\r\n folded\r\nB: c", Head(200, (("B", "c"),), False, None, True)),
    ],
)
def test_heads_are_read(head: bytes, read: Head) -> None:
    assert read_head(head) == read


@pytest.mark.parametrize("head", [b"SSH-2.0", b"HTTP/2 200", b"HTTP/1.1 OK", b""])
def test_what_is_no_head(head: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        read_head(head)


def test_nothing_slips_into_a_request() -> None:
    assert request("h:1", "/a?b=%20c d\r\nX: é", {"A": "b\r\nC: d"}) == (
        b"GET /a?b=%20c%20d%0D%0AX:%20%C3%A9 HTTP/1.1\r\nHost: h:1\r\nA: bC: d\r\n\r\n"
    )
