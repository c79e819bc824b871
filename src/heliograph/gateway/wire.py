"""HTTP/1.1 as gateways write it, read more leniently than any parser of the trade dares to.

5.0.x names a length and chunks the body too; 3.9.36 sends binary garbage in a header; 3.x ends its bodies by hanging up
(GATEWAY-API.md §1.6). Strict parsers refuse the whole answer for any of it, though it can be understood.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from heliograph.errors import Cause

Fields = tuple[tuple[str, str], ...]

_HEAD_LIMIT: Final = 64 * 1024
_PIECE: Final = 256 * 1024

_STATUS: Final = re.compile(r"HTTP/1\.(\d) (\d{3})")
_END: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(r"^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_ENDS: Final = re.compile(r"[\r\n]")
_UNSPEAKABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPEAKABLE: Final = "!#$%&'()*+,/:;=?@[]~"
"""What stays of a target as it is; letters and digits do anyway."""
_BODILESS: Final = (204, 304)


class BrokenAnswerError(Exception):
    """What came is no answer, or not the whole of it."""

    def __init__(self, cause: str, **details: int) -> None:
        super().__init__(cause)
        self.cause: Final = Cause(cause, details)


def request(host: str, target: str, headers: Mapping[str, str]) -> bytes:
    """Write a request; what could pass for the end of a line is left out."""
    lines = (f"{name}: {_ENDS.sub('', value)}\r\n" for name, value in headers.items())
    return f"GET {quote(target, _SPEAKABLE)} HTTP/1.1\r\nHost: {host}\r\n{''.join(lines)}\r\n".encode()


class Head(NamedTuple):
    """The head of an answer, and how its body comes."""

    status: int
    fields: Fields
    chunked: bool
    length: int | None
    """None where the end of the connection is the end of the body."""
    kept: bool
    """The gateway means to keep the connection."""


def read_head(head: bytes) -> Head:
    """Read the head of an answer, from status line to the last header.

    Lines that are no header go, and control characters go; of several lengths the first counts, and none beside chunks.

    Raises:
        BrokenAnswerError: `not_http`.
    """
    text = _UNSPEAKABLE.sub("", head.decode("latin-1"))
    status = _STATUS.match(text)
    if status is None:
        raise BrokenAnswerError("not_http")
    fields = tuple((name, value.rstrip()) for name, value in _FIELD.findall(text))
    said: dict[str, str] = {}
    for name, value in fields:
        if name.lower() != "content-length" or value.isdecimal():
            said.setdefault(name.lower(), value.lower())
    chunked = "chunked" in said.get("transfer-encoding", "")
    length = int(said.get("content-length", -1))
    if int(status[2]) in _BODILESS:
        chunked, length = False, 0
    connection = said.get("connection", "close" if status[1] == "0" else "")
    return Head(int(status[2]), fields, chunked, None if length < 0 else length, "close" not in connection)


class Incoming:
    """Answers on their way in, over one connection."""

    def __init__(self, stream: asyncio.StreamReader, limit: int) -> None:
        """Read from a stream; no body may be longer than `limit` bytes."""
        self._stream = stream
        self._limit = limit
        self._held = bytearray()

    @property
    def silent(self) -> bool:
        """Nothing has come that belongs to no answer yet."""
        return not self._held

    async def head(self) -> Head:
        """Give the next head; those that only announce another are passed over.

        Raises:
            BrokenAnswerError: `closed`, or `not_http`.
        """
        while True:
            found = _END.search(self._held)
            if found is None:
                start = bytes(self._held[:7]).lstrip(b"\r\n")
                if not b"HTTP/".startswith(start[:5]) or len(self._held) > _HEAD_LIMIT:
                    raise BrokenAnswerError("not_http")
                await self._more("closed")
                continue
            text = self._take(found.end()).strip(b"\r\n")
            if not text:
                continue
            head = read_head(text)
            if head.status >= 200:
                return head

    async def body(self, head: Head) -> bytes:
        """Give the body that follows a head.

        Raises:
            BrokenAnswerError: `incomplete`, `too_large`, or `not_http`.
        """
        if head.chunked:
            return await self._chunks()
        if head.length is not None:
            return await self._exactly(head.length)
        while not self._stream.at_eof():
            self._held += await self._stream.read(_PIECE)
            self._bound(len(self._held))
        return self._take(len(self._held))

    async def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = await self._line()
            try:
                length = int(size.split(b";")[0], 16)
            except ValueError:
                raise BrokenAnswerError("not_http") from None
            if length == 0:
                break
            body += await self._exactly(length)
            self._bound(len(body))
            await self._line()
        while await self._line():
            pass
        return bytes(body)

    async def _line(self) -> bytes:
        while (end := self._held.find(b"\n")) < 0:
            self._bound(len(self._held))
            await self._more("incomplete")
        return self._take(end + 1).strip()

    async def _exactly(self, length: int) -> bytes:
        self._bound(length)
        while len(self._held) < length:
            await self._more("incomplete")
        return self._take(length)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._held[:length])
        del self._held[:length]
        return taken

    def _bound(self, length: int) -> None:
        if length > self._limit:
            raise BrokenAnswerError("too_large", limit=self._limit)

    async def _more(self, otherwise: str) -> None:
        piece = await self._stream.read(_PIECE)
        if not piece:
            raise BrokenAnswerError(otherwise)
        self._held += piece
