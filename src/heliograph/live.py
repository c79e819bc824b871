"""The latest word of every gateway, and who wants to hear it; a slow reader never delays the one who speaks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from heliograph.errors import HeliographError
from heliograph.model import Snapshot


class State(StrEnum):
    """How a gateway is doing."""

    ONLINE = "online"
    DEGRADED = "degraded"
    """It answers, but not everything that was asked."""
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Condition:
    """A gateway's state, since when, and why."""

    state: State
    since: float
    """Epoch seconds UTC."""
    error: HeliographError | None = None
    """What went wrong at the latest poll; None when nothing did."""


CONDITION: Final = ("state", "state_since", "problem")
"""Keys of the network's metrics that tell a condition: they are known just when the gateway does not answer."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a gateway: firmware changed, away, back, moved, replaced, token renewed."""

    code: str
    """A code of `labels/*.json` (`event.…`)."""
    at: float
    """Epoch seconds UTC."""
    details: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Update:
    """One word of one gateway."""

    name: str
    """How the owner calls the gateway."""
    snapshot: Snapshot
    """What is trusted; while the gateway is away, its last one."""
    condition: Condition
    at: float
    """When it was published, epoch seconds UTC."""
    fresh: bool = True
    """The gateway was read for it; False where only its condition changed."""
    events: tuple[Event, ...] = ()
    books: bytes | None = None
    """The ledger's books that belong to it, for those who keep them."""
    zone: str | None = None
    """The IANA time zone in which the gateway's days begin; None while it is not known."""


class Patience(StrEnum):
    """What a subscriber gets that cannot keep up."""

    EVERY = "every"
    """Each update, in order: history."""
    LATEST = "latest"
    """The newest of each gateway: pages, brokers. Events of those skipped are handed on."""


BACKLOG: Final = 1000
"""Updates kept for a subscriber that wants every one and does not come; the oldest are dropped, and counted."""


class Subscription:
    """Updates for one subscriber; an asynchronous iterator that ends when the subscription is closed."""

    def __init__(self, patience: Patience, *, backlog: int = BACKLOG) -> None:
        """Start empty."""
        self.patience: Final = patience
        self.dropped = 0
        """Updates that were lost because nobody came for them."""
        self._backlog = backlog
        self._waiting: deque[Update] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Updates that wait to be fetched."""
        return len(self._waiting)

    def offer(self, update: Update) -> None:
        """Take an update without ever waiting."""
        if self.patience is Patience.LATEST:
            self._supersede(update)
        else:
            self._waiting.append(update)
            if len(self._waiting) > self._backlog:
                self._waiting.popleft()
                self.dropped += 1
        self._arrived.set()

    def _supersede(self, update: Update) -> None:
        skipped = next((old for old in self._waiting if old.name == update.name), None)
        if skipped is not None:
            self._waiting.remove(skipped)
            update = replace(
                update,
                fresh=update.fresh or skipped.fresh,
                events=skipped.events + update.events,
                books=update.books or skipped.books,
            )
        self._waiting.append(update)

    def close(self) -> None:
        """End the iteration once what waits is delivered."""
        self._closed = True
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Update]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._closed:
                return
            self._arrived.clear()
            await self._arrived.wait()


class Live:
    """Holds the latest update of each gateway and hands every new one to all subscribers."""

    def __init__(self) -> None:
        """Start with no gateway."""
        self._latest: dict[str, Update] = {}
        self._subscriptions: list[Subscription] = []

    @property
    def latest(self) -> Mapping[str, Update]:
        """The newest update of each gateway, by name."""
        return dict(self._latest)

    def publish(self, update: Update) -> None:
        """Make an update the latest and offer it to everybody; never waits."""
        self._latest[update.name] = update
        for subscription in self._subscriptions:
            subscription.offer(update)

    def forget(self, name: str) -> None:
        """Drop a gateway that is no longer read."""
        self._latest.pop(name, None)

    @contextmanager
    def subscribe(self, patience: Patience, *, backlog: int = BACKLOG, replay: bool = False) -> Iterator[Subscription]:
        """Subscribe for the length of a `with` block; with `replay` the latest updates come first."""
        subscription = Subscription(patience, backlog=backlog)
        if replay:
            for update in self._latest.values():
                subscription.offer(update)
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
            subscription.close()

    def close(self) -> None:
        """End all subscriptions once what waits is delivered."""
        for subscription in self._subscriptions:
            subscription.close()
