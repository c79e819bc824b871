"""What happens to a gateway beside its readings, told to whoever listens, and what it costs to ask it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Happening(StrEnum):
    """What there is to tell."""

    IDENTIFIED = "identified"
    """Found, with its serial and firmware."""
    SYNCED = "synced"
    """The interview is done; facts and plan are new."""
    FIRMWARE_CHANGED = "firmware_changed"
    """A synchronisation follows by itself."""
    KEY_TRUSTED = "key_trusted"
    """Its certificate key was seen for the first time, or the owner accepted the new one."""
    TOKEN_RENEWED = "token_renewed"  # noqa: S105 - a name, not a secret
    RENEWAL_FAILED = "renewal_failed"
    """The present token stays in use."""
    REFUSED = "refused"
    """It does not let us in; tried again after a pause."""
    LOST = "lost"
    """It does not answer any more."""
    FOUND_AGAIN = "found_again"
    MOVED = "moved"
    """It answers at another address."""


@dataclass(frozen=True, slots=True)
class Event:
    """One happening and its details; never a secret."""

    happening: Happening
    details: Mapping[str, object] = field(default_factory=dict)


Listener = Callable[[Event], None]


@dataclass(slots=True)
class Latency:
    """How long one endpoint takes, in seconds."""

    last: float = 0.0
    mean: float = 0.0
    worst: float = 0.0
    count: int = 0

    def add(self, seconds: float) -> None:
        """Count one answer."""
        self.count += 1
        self.last = seconds
        self.mean += (seconds - self.mean) / self.count
        self.worst = max(self.worst, seconds)


@dataclass(slots=True)
class Requests:
    """What the gateway was asked to bear since the start."""

    sent: int = 0
    """Requests of any kind, further tries and sessions included."""
    answered: int = 0
    failed: int = 0
    """Without an answer that could be used."""
    repeated: int = 0
    """Sent once more after a failure."""
    sessions: int = 0
    """Sessions opened with the token."""
    refused: int = 0
    """Answered with 401."""
