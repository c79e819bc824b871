import pytest

from heliograph.gateway.wire import mend, sound


@pytest.mark.parametrize(
    ("head", "mended"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        (b"HTTP/1.1 200 OK\nA:b\n\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
        (
            b"HTTP/1.1 301 Moved\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 301 Moved\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 3\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"),
        (
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: \x80\x00\x01\xff\r\nB: c\r\n\r\n",
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: \x80\xff\r\nB: c\r\n\r\n",
        ),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nna me: x\r\n folded\r\nB: c\r\n\r\n", b"HTTP/1.1 200 OK\r\nB: c\r\n\r\n"),
        (b"\r\nHTTP/1.0 200\r\n\r\n", b"HTTP/1.0 200\r\n\r\n"),
    ],
)
def test_heads_are_mended(head: bytes, mended: bytes) -> None:
    assert mend(head) == mended


@pytest.mark.parametrize(
    ("head", "fine"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\n", True),
        (b"HTTP/1.0 200\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: a\r\nDate: b\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\nA:b\n\n", False),
        (b"HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nna me: x\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: soon\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: Chunked\r\n\r\n", False),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", False),
    ],
)
def test_most_heads_need_no_mending(head: bytes, fine: bool) -> None:
    assert sound(head) is fine
