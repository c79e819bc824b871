"""HTTP/1.1 as bytes: reads the heads of requests, writes replies; it obeys also when told to write a wrong one."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from heliograph.emulator.answer import Framing

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 4 * 1024 * 1024
CHUNK = 4096

_REASONS = {status.value: status.phrase for status in HTTPStatus}


class MalformedRequestError(Exception):
    """What arrived is no HTTP request that a gateway would understand."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole."""

    method: str
    target: str
    version: str
    headers: dict[str, str]
    """Names in lower case; of a repeated one the last."""
    body: bytes
    size: int
    """Bytes of head and body."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The fields of the query; of a repeated one the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form sent as the body; of a repeated one the last."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies sent along."""
        pairs = (part.partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip().strip('"') for name, mark, value in pairs if mark}


@dataclass(slots=True)
class Reply:
    """A reply as it will go out. Mutable: generation and faults dress it one after the other."""

    status: int
    body: bytes
    framing: Framing = Framing.LENGTH
    headers: list[tuple[str, str]] = field(default_factory=list)
    keep_alive: bool = True
    version: str = "HTTP/1.1"
    both_framings: bool = False
    """Name a length and chunk the body as well."""
    cut: bool = False
    """Close in the middle of the body."""
    drop: bool = False
    """Promise to keep the connection and close it all the same."""
    drip: float | None = None
    """Seconds between the pieces of a body that drips."""

    def drop_header(self, name: str) -> None:
        """Take a header away, if it is there."""
        self.headers = [(key, value) for key, value in self.headers if key.lower() != name.lower()]

    def set_header(self, name: str, value: str) -> None:
        """Set a header to this value only."""
        self.drop_header(name)
        self.headers.append((name, value))

    def has_header(self, name: str) -> bool:
        """Return whether a header is there."""
        return any(key.lower() == name.lower() for key, _ in self.headers)

    def head(self) -> bytes:
        """Write status line and headers."""
        lines = [f"{self.version} {self.status} {_REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.framing is Framing.LENGTH or self.both_framings:
            lines.append(f"Content-Length: {len(self.body)}")
        if self.framing is Framing.CHUNKED or self.both_framings:
            lines.append("Transfer-Encoding: chunked")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def payload(self) -> bytes:
        """Write the body in its framing."""
        if self.framing is Framing.CHUNKED or self.both_framings:
            return b"".join(_chunks(self.body))
        return self.body


def _chunks(body: bytes) -> Iterable[bytes]:
    for start in range(0, len(body), CHUNK):
        piece = body[start : start + CHUNK]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    """Take a head apart into method, target, version and headers."""
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/1."):
        message = f"not an HTTP request line: {first[:80]!r}"
        raise MalformedRequestError(message)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            message = f"not an HTTP header: {line[:80]!r}"
            raise MalformedRequestError(message)
        headers[name.strip().lower()] = value.strip()
    return words[0], words[1], words[2], headers


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read the next request, or None if the connection ended before one began or in its middle."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, version, headers = parse_head(head)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            message = f"not a length to be borne: {length[:20]!r}"
            raise MalformedRequestError(message)
        body = await reader.readexactly(int(length)) if length != "0" else b""
    except asyncio.LimitOverrunError as err:
        message = "the head is longer than any gateway reads"
        raise MalformedRequestError(message) from err
    except (asyncio.IncompleteReadError, OSError):
        return None
    return Request(method, target, version, headers, body, len(head) + len(body))


async def send(writer: asyncio.StreamWriter, reply: Reply, *, head_only: bool = False) -> int:
    """Send a reply in the way it says, and tell how many bytes went out."""
    head = reply.head()
    payload = b"" if head_only else reply.payload()
    if reply.cut:
        payload = payload[: len(payload) // 2]
    if reply.drip is None:
        writer.write(head + payload)
        await writer.drain()
        return len(head) + len(payload)
    writer.write(head)
    step = max(1, len(payload) // 20)
    for start in range(0, len(payload), step):
        await asyncio.sleep(reply.drip)
        writer.write(payload[start : start + step])
        await writer.drain()
    return len(head) + len(payload)
