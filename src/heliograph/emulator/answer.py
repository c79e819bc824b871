"""What a source of answers (a simulated site, a recording) hands to the HTTP side, and how it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Authentication(StrEnum):
    """How a gateway of this generation lets its readers in (protocol.md §2.1)."""

    NONE = "none"
    DIGEST = "digest"
    TOKEN = "token"  # noqa: S105 - the name of a way in, not a secret


class Framing(StrEnum):
    """How the end of a body is told (protocol.md §1.6)."""

    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, complete but for what the transport adds (Date, Set-Cookie, Connection)."""

    body: bytes
    status: int = 200
    content_type: str | None = None
    framing: Framing = Framing.LENGTH
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long a real gateway takes over it; the server waits so long only when asked to be slow."""


class Source(Protocol):
    """Something that answers as one gateway does. Pure: time is a parameter, nothing is waited for."""

    @property
    def serial(self) -> str:
        """Serial number, digits."""

    @property
    def firmware(self) -> str:
        """As in `/info`, with its letter: `D8.3.5169`."""

    @property
    def authentication(self) -> Authentication:
        """How this gateway lets its readers in."""

    def open_to_all(self, path: str) -> bool:
        """Return whether this path (no query) is answered without credentials."""

    def minimum_role(self, path: str) -> str:
        """Name the lowest role a token needs for this path: `owner` or `installer` (protocol.md §2.3.3)."""

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:
        """Answer a request for a target (path and query) at an epoch time; unknown ones with the family's own 404."""
