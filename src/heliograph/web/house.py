"""What the web knows of the rest of the house: a few narrow doors, opened by whoever puts the house together."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from heliograph.errors import HeliographError
from heliograph.gateway import Credentials, Gateway, Synced
from heliograph.gateway.discovery import Found
from heliograph.live import Live
from heliograph.model import Facts, Snapshot
from heliograph.store import Store
from heliograph.web.access.limits import Limits
from heliograph.web.access.vault import Vault
from heliograph.web.shapes import notifications as told
from heliograph.web.shapes.house import Settings
from heliograph.web.stream import Hub

PORTIONS: Final = 2
"""Portions of history that all callers together have in memory at one time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One gateway that is read."""

    serial: str
    name: str
    host: str
    client: Gateway


@dataclass(slots=True)
class Sync:
    """A synchronisation, under way or over."""

    host: str
    started: float
    serial: str = ""
    name: str = ""
    state: str = "running"
    """`running`, `done` or `failed`."""
    asked: int = 0
    target: str = ""
    finished: float | None = None
    synced: Synced | None = None
    snapshot: Snapshot | None = None
    """What was read first."""
    error: HeliographError | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A gateway to be added."""

    host: str
    name: str
    credentials: Credentials
    trust: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change about a gateway; None leaves a thing as it is."""

    name: str | None = None
    host: str | None = None
    credentials: Credentials | None = None
    trust: bool = False


class TakenError(Exception):
    """A name or a gateway that is already there."""

    def __init__(self, code: str, **details: str) -> None:
        """Take `name_taken` or `gateway_known`, or `sync_running`."""
        super().__init__(code)
        self.code = code
        self.details = details


class Fleet(Protocol):
    """All gateways that are read."""

    def all(self) -> Sequence[Kept]:
        """Return every gateway, by name."""

    def find(self, serial: str) -> Kept | None:
        """Return the gateway of a serial number."""

    async def identify(self, host: str) -> Facts:
        """Ask who answers at an address; needs no credentials.

        Raises:
            HeliographError: nobody, or no gateway.
        """

    async def test(self, host: str, credentials: Credentials) -> Snapshot:
        """Read a gateway once without keeping anything.

        Raises:
            HeliographError: as `Gateway.read`.
        """

    async def add(self, wish: Wish) -> Sync:
        """Find out who answers and begin to synchronise it; it is kept once that has succeeded.

        Raises:
            HeliographError: nobody answers, or no gateway.
            TakenError: it is known already, or the name is in use.
        """

    async def change(self, serial: str, change: Change) -> Kept:
        """Change name, address or credentials.

        Raises:
            KeyError: no gateway has this serial number.
            HeliographError: the new address is not this gateway's.
            TakenError: the name is in use.
        """

    async def remove(self, serial: str) -> None:
        """Read a gateway no longer; its history stays.

        Raises:
            KeyError: no gateway has this serial number.
        """

    def sync(self, serial: str) -> Sync:
        """Begin to synchronise a gateway anew.

        Raises:
            KeyError: no gateway has this serial number.
            TakenError: `sync_running`.
        """

    def syncing(self, serial: str) -> Sync | None:
        """Return the latest synchronisation of a gateway since the start."""

    def refresh(self, serial: str) -> None:
        """Read a gateway now.

        Raises:
            KeyError: no gateway has this serial number.
        """

    async def discover(self, seconds: float) -> Sequence[Found]:
        """Listen for gateways on the network.

        Raises:
            UsageError: `missing_extra`.
        """


DAMAGED: Final = "damaged history"
"""The part of the health that tells of damaged files beside the history."""


@dataclass(frozen=True, slots=True)
class Health:
    """How one part of the service is doing."""

    name: str
    ok: bool
    details: Mapping[str, Any] = field(default_factory=dict)
    problem: HeliographError | None = None
    """What is wrong and what can be done, where there are words for it in every language."""


class Preferences(Protocol):
    """The settings of the service."""

    def all(self, language: str) -> Settings:
        """Return every setting with its value, origin and meaning."""

    async def change(self, changes: Mapping[str, object]) -> None:
        """Put values into the settings file.

        Raises:
            HeliographError: a value will not do, or the file cannot be written.
        """


class Notifier(Protocol):
    """Tries out what tells those who are not looking."""

    def all(self, language: str) -> told.Notifications:
        """Return where messages go and what is told."""

    async def test(self, language: str) -> Sequence[told.Trial]:
        """Send a message to every address that only shows that messages arrive.

        Raises:
            ProblemError: `no_addresses`.
        """

    def begin(self, days: int, gateways: Sequence[str], language: str) -> told.DryRun:
        """Begin a dry run over the last days of some gateways, by serial number; one that is under way is given up.

        Raises:
            ProblemError: `no_history`.
        """

    def dry_run(self, language: str) -> told.DryRun | None:
        """Return how far the latest dry run is, and what it told so far; None where there was none."""


@dataclass(frozen=True, slots=True)
class Exposition:
    """The page for Prometheus."""

    render: Callable[[Collection[str]], bytes]
    """Writes the page, or what is about some subjects; takes a moment, and may be called in any thread."""
    subjects: Collection[str]
    """What the page can be narrowed to."""
    content_type: str


@dataclass(slots=True)
class House:
    """Everything that the API hands out from."""

    live: Live
    hub: Hub
    fleet: Fleet
    clock: Callable[[], float]
    language: Callable[[], str]
    """The language of callers who do not say theirs."""
    health: Callable[[], Sequence[Health]]
    history: Callable[[], Store]
    """Gives the history; raises `ProblemError` while there is none."""
    preferences: Preferences
    notifier: Notifier
    vault: Vault
    limits: Limits
    session_days: int
    zone: str
    """The time zone of gateways that do not tell theirs."""
    site: Callable[[], str]
    version: str
    started: float
    demo: bool = False
    exposition: Exposition | None = None
    """Renders the page for Prometheus; None where it is not wanted."""
    portions: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PORTIONS))
    """Held by whoever has a portion of history in memory."""
