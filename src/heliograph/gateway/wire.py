"""Heads of answers as some gateways write them, mended before aiohttp's strict parser sees them.

5.0.x names a length and chunks the body too; 3.9.36 sends binary garbage in a header (protocol.md §1.6). The parser
refuses the whole answer for either, though it can be understood.
"""

import re
from typing import Any, Final

from aiohttp import ClientPayloadError
from aiohttp.client_proto import ResponseHandler

from heliograph.protocol.answer import LARGEST

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a head, with all provisional ones (`100 Continue`) before it."""
TRAFFIC_LIMIT: Final = 2 * LARGEST
"""Bytes of one answer as they come over the wire: a body may be cut into chunks, and these may carry extensions."""

_STATUS: Final = re.compile(rb"HTTP/\d\.\d (\d{3})")
_END: Final = re.compile(rb"\r?\n\r?\n")
_LONGEST_END: Final = 3
_FIELD: Final = re.compile(rb"^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(.*)$", re.DOTALL)
_UNSPEAKABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


_SOUND: Final = re.compile(
    rb"HTTP/1\.\d \d{3}[^\x00-\x1f\x7f]*\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*\r\n"
)
_LENGTH: Final = re.compile(rb"\ncontent-length: *(\d+\r)?", re.IGNORECASE)


def sound(head: bytes) -> bool:
    """Return whether nothing in a head needs mending, as in nearly all."""
    if _SOUND.fullmatch(head) is None:
        return False
    lengths = _LENGTH.findall(head)
    return not lengths or (len(lengths) == 1 and bool(lengths[0]) and b"chunked" not in head.lower())


def mend(head: bytes) -> bytes:
    """Return the head of an answer, from status line to empty line, without what makes parsers refuse it.

    Lines that are no header go, control characters go; of several lengths the first stays, and none beside chunks.
    """
    status, *lines = re.split(rb"\r?\n", head.strip(b"\r\n"))
    fields = [(found[1], _UNSPEAKABLE.sub(b"", found[2]).strip()) for line in lines if (found := _FIELD.match(line))]
    chunked = any(name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in fields)
    lengths = 0
    mended = [status]
    for name, value in fields:
        if name.lower() == b"content-length":
            lengths += 1
            if chunked or lengths > 1 or not value.isdigit():
                continue
        mended.append(name + b": " + value)
    return b"\r\n".join(mended) + b"\r\n\r\n"


class TooLargeError(ClientPayloadError):
    """An answer that goes on and on."""


class LenientHandler(ResponseHandler):
    """aiohttp's connection to a gateway, with the heads of answers mended on their way in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head: bytearray | None = None
        self._received = 0
        self._before_head = 0

    def set_response_params(self, **kwargs: Any) -> None:
        """Expect the head of an answer from here on."""
        self._head = bytearray()
        self._received = self._before_head = 0
        super().set_response_params(**kwargs)

    def data_received(self, data: bytes) -> None:
        """Hold back a head until it is whole; let bodies pass as they come."""
        self._received += len(data)
        if self._received > TRAFFIC_LIMIT:
            self._refuse()
            return
        if self._head is None or not data:
            super().data_received(data)
            return
        searched = max(0, len(self._head) - _LONGEST_END)
        self._head += data
        while self._head is not None:
            found = _END.search(self._head, searched)
            searched = 0
            if found is None:
                # What cannot become a head is the parser's to refuse.
                if len(self._head) > HEAD_LIMIT or not b"HTTP/".startswith(bytes(self._head.lstrip(b"\r\n")[:5])):
                    self._pass_on(b"")
                return
            head = bytes(self._head[: found.end()])
            rest = bytes(self._head[found.end() :])
            status = _STATUS.match(head.lstrip(b"\r\n"))
            if status is not None and status[1].startswith(b"1"):
                self._before_head += len(head)
                if self._before_head > HEAD_LIMIT:
                    self._refuse()
                    return
                self._head = bytearray(rest)  # "100 Continue" is followed by the head that counts
                continue
            self._head = bytearray(rest)
            self._pass_on(mend(head) if status and not sound(head) else head)

    def _pass_on(self, head: bytes) -> None:
        rest, self._head = self._head, None
        super().data_received(head + bytes(rest or b""))

    def _refuse(self) -> None:
        """End a connection over which more comes than an answer may have."""
        err = TooLargeError()
        self.set_exception(err)
        if self._payload is not None:
            self._payload.set_exception(err)
        if self.transport is not None:
            self.transport.abort()
