"""An answer of the gateway as it came, and the document its body holds; the Content-Type is never asked."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

LARGEST: Final = 768 * 1024
"""Bytes of a body that is read: six hundred inverters, the most that a gateway has, take a third of it."""
LARGEST_IDENTITY: Final = 64 * 1024
"""Bytes of `/info`, which has two thousand."""
_MOST_OBJECTS: Final = 10_000
"""Objects and lists in a document; with 600 inverters it has two thousand."""
_MOST_VALUES: Final = 50_000
_PROLOGUE: Final = 1000
"""Bytes within which an XML document that lacks its declaration shows what it is."""


class Body(StrEnum):
    """What a body turns out to be when one looks at it."""

    JSON = "json"
    XML = "xml"
    HTML = "html"
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: of which target, when, and what it holds."""

    target: str
    """Path and query as asked: `/production.json?details=1`."""
    status: int
    body: bytes
    at: float
    """When it was complete, epoch seconds UTC."""
    seconds: float = 0.0
    """How long the gateway took."""
    kind: Body = Body.EMPTY
    document: Any = None
    """The decoded JSON; None where the body is not JSON."""
    served: bool = field(init=False)
    """A success that holds something: not an error status, not an error object."""
    cache: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was found in it, kept by who looked: most answers are read many times, a minute apart."""

    def __post_init__(self) -> None:
        served = self.status == 200 and self.kind is not Body.EMPTY and not is_refusal(self.document)
        object.__setattr__(self, "served", served)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are kept as Latin-1."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            return self.body.decode("latin-1")


_REFUSAL_KEYS = frozenset({"error", "err", "status", "info", "moreInfo", "message", "reason", "informational", "msg"})


def is_refusal(document: Any) -> bool:
    """Recognise an error object given with status 200 (protocol.md §1.6)."""
    return isinstance(document, dict) and bool(document) and document.keys() <= _REFUSAL_KEYS


def largest(target: str) -> int:
    """Return how many bytes the body of an answer may have."""
    return LARGEST_IDENTITY if target.startswith("/info") else LARGEST


def answer(target: str, status: int, body: bytes, at: float, *, seconds: float = 0.0) -> Answer:
    """Look at a body and decode it; duplicate JSON keys resolve to the last one. Never raises.

    A document of more parts than any gateway has is left undecoded, as text: to read it would stop everything else.
    """
    kind, document = _look(body.lstrip(b"\xef\xbb\xbf \t\r\n"))
    return Answer(target, status, body, at, seconds, kind, document)


def _look(body: bytes) -> tuple[Body, Any]:
    if not body:
        return Body.EMPTY, None
    if body[:1] in b"[{":
        objects = body.count(b"{") + body.count(b"[")
        if objects > _MOST_OBJECTS or objects + body.count(b",") > _MOST_VALUES:
            return Body.TEXT, None
        try:
            return Body.JSON, msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Body.TEXT, None
    if body[:5].lower() == b"<?xml" or b"<envoy_info" in body[:_PROLOGUE]:
        return Body.XML, None
    return (Body.HTML if body[:1] == b"<" else Body.TEXT), None
