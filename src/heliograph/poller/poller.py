"""Due questions → gateway → ledger → live: one task a gateway, in step with the clock, none in another's way."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from datetime import time as time_of_day
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.errors import AnswerError, HeliographError, NotAGatewayError, TrustError, UnreachableError
from heliograph.gateway import Event as GatewayEvent
from heliograph.gateway import Gateway, Happening, Progress, Synced
from heliograph.ledger import Books, BooksError, Settings, advance, decode, encode
from heliograph.live import Condition, Event, Live, State, Update
from heliograph.model import Snapshot
from heliograph.poller.snapshots import not_judged, nothing_read, with_condition, with_retired

LOGGER: Final = logging.getLogger("heliograph.poller")

AWAY_AFTER: Final = 180
"""Seconds without an answer after which a gateway counts as away, and not as late."""
_TOLERANCE: Final = 1.0
"""Seconds by which a poll may be put off so that it comes when a gateway counts as away."""
PATIENT_AFTER: Final = 1800
"""The same around 23:00 at the gateway, when its services restart (protocol.md Q21)."""
QUIET_FROM, QUIET_UNTIL = time_of_day(22, 55), time_of_day(23, 15)
LONGEST_PAUSE: Final = 900
"""Seconds between two attempts at a gateway that stays away."""
STRETCHES: Final = (1, 2, 4)
"""By how much the interval is stretched for a gateway that struggles."""
STRUGGLING, RESTED = 0.5, 0.2
"""The part of the interval that a poll takes on a gateway that struggles, and on one that is at ease again."""
SWAPPED_AFTER: Final = 3
"""Times in a row that another serial must answer before a gateway counts as replaced."""

_NEWS: Final = frozenset(
    {
        Happening.SYNCED,
        Happening.TOKEN_RENEWED,
        Happening.KEY_TRUSTED,
        Happening.FIRMWARE_CHANGED,
        Happening.MOVED,
    }
)
"""After which what a client knows is kept."""
_MISSED: Final = (UnreachableError, NotAGatewayError, TrustError)
"""What the place says from which a gateway has gone: nothing, or that somebody else is there."""

Factory = Callable[[Callable[[GatewayEvent], None]], Gateway]
"""Makes the client of a gateway, given whom to tell what happens; called again when the gateway was replaced."""


@dataclass(slots=True)
class Watched:
    """One gateway to be read."""

    name: str
    """How the owner calls it; unique."""
    connect: Factory
    interval: float = 60
    """Seconds between two polls."""
    offset: float = 0
    """Seconds after the full interval."""
    delay: float = 0
    """Seconds before the first poll."""
    zone: str | None = None
    """Time zone where the gateway does not tell its own."""
    rated_power: float | None = None
    """Watts of all modules, where the owner says it."""


LoadBooks = Callable[[str], Awaitable[bytes | None]]
"""Gives the books last kept of a serial; None where there are none."""
Remember = Callable[[str, Gateway], Awaitable[None]]
"""Keeps what a gateway's client knows (facts, plan, token, address), by name."""
Find = Callable[[str], Awaitable[Sequence[str]]]
"""Gives the IP addresses at which a serial announces itself on the network at present."""


async def _nothing_kept(_: str) -> bytes | None:
    return None


async def _remember_nothing(_: str, __: Gateway) -> None:
    return None


async def _find_nothing(_: str) -> Sequence[str]:
    return ()


@dataclass(slots=True)
class _Round:
    """One gateway under way."""

    watched: Watched
    gateway: Gateway
    events: list[Event] = field(default_factory=list)
    books: Books | None = None
    snapshot: Snapshot | None = None
    condition: Condition | None = None
    failing_since: float | None = None
    swaps: int = 0
    stretch: int = 0
    """Index into STRETCHES."""
    unsaved: bool = False
    """What is new about the gateway could not be remembered yet."""
    ledger_failed: bool = False
    """At the latest poll."""
    poke: asyncio.Event = field(default_factory=asyncio.Event)


class Poller:
    """Reads all gateways for ever and publishes what the ledger trusts."""

    def __init__(
        self,
        live: Live,
        *,
        load_books: LoadBooks = _nothing_kept,
        remember: Remember = _remember_nothing,
        find: Find = _find_nothing,
        zone: str = "UTC",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            live: where updates go; each carries the books that belong to it.
            load_books: where books come from at start.
            remember: told when facts, plan, token or address are new.
            find: looks for a gateway that does not answer where it did.
            zone: time zone of gateways that do not tell theirs.
            clock: tells the time, epoch seconds UTC.
            sleep: waits for some seconds.
        """
        self._live = live
        self._load_books = load_books
        self._remember = remember
        self._find = find
        self._zone = zone
        self._clock = clock
        self._sleep = sleep
        self._rounds: dict[str, _Round] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        """The clients in use, by name."""
        return {name: one.gateway for name, one in self._rounds.items()}

    async def run(self) -> None:
        """Poll until cancelled; on the way out every connection is closed."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for name in self._rounds:
                    self._start(name)
                await asyncio.Event().wait()
        finally:
            self._group = None
            self._tasks.clear()
            # A thousand connections, one after the other, would take a minute to be closed.
            await asyncio.gather(*(one.gateway.close() for one in self._rounds.values()))

    def add(self, watched: Watched) -> None:
        """Read one more gateway, at once when running.

        Raises:
            ValueError: the name is in use.
        """
        if watched.name in self._rounds:
            message = f"a gateway is already called {watched.name}"
            raise ValueError(message)
        events: list[Event] = []
        self._rounds[watched.name] = _Round(watched, self._connect(watched, events), events)
        if self._group is not None:
            self._start(watched.name)

    async def remove(self, name: str) -> None:
        """Stop reading a gateway; nothing that was kept of it is lost."""
        one, task = self._rounds.pop(name, None), self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if one is not None:
            await one.gateway.close()
        self._live.forget(name)

    def refresh(self, name: str) -> None:
        """Poll a gateway now instead of at its time.

        Raises:
            KeyError: no gateway is called so.
        """
        one = self._rounds[name]
        one.gateway.hasten()
        one.poke.set()

    async def sync(self, name: str, progress: Callable[[Progress], None] | None = None) -> Synced:
        """Synchronise a gateway anew, then poll it.

        Raises:
            KeyError: no gateway is called so.
            HeliographError: as `Gateway.sync`.
        """
        one = self._rounds[name]
        try:
            synced = await one.gateway.sync(progress)
        except _MISSED:
            if not await self._follow(one):
                raise
            synced = await one.gateway.sync(progress)
        one.poke.set()
        return synced

    def _connect(self, watched: Watched, events: list[Event]) -> Gateway:
        def tell(event: GatewayEvent) -> None:
            details = {key: value for key, value in event.details.items() if isinstance(value, str | int | float)}
            events.append(Event(event.happening.value, self._clock(), details))

        return watched.connect(tell)

    def _start(self, name: str) -> None:
        assert self._group is not None  # noqa: S101 - started within run() only
        self._tasks[name] = self._group.create_task(self._watch(self._rounds[name]), name=f"poll {name}")

    async def _watch(self, one: _Round) -> None:
        if one.watched.delay:
            await self._pause(one, one.watched.delay)
        while True:
            one.poke.clear()
            started = self._clock()
            try:
                await self._poll(one)
            except Exception:
                # One gateway's unforeseen trouble must not end the reading of the others.
                LOGGER.exception("reading %s failed unexpectedly", one.watched.name)
                one.failing_since = started if one.failing_since is None else one.failing_since
            await self._pause(one, self._wait(one, self._clock() - started))

    async def _pause(self, one: _Round, seconds: float) -> None:
        timer = asyncio.ensure_future(self._sleep(seconds))
        poked = asyncio.ensure_future(one.poke.wait())
        try:
            await asyncio.wait({timer, poked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (timer, poked):
                waiting.cancel()
            await asyncio.gather(timer, poked, return_exceptions=True)

    def _wait(self, one: _Round, took: float) -> float:
        """Return the seconds to the next poll: the next step of the clock, further away for whoever struggles."""
        interval, now = one.watched.interval, self._clock()
        if one.failing_since is not None:
            # As long again as it has been failing already.
            pause = max(interval, min(now - one.failing_since, LONGEST_PAUSE))
        else:
            if took > STRUGGLING * interval:
                one.stretch = min(one.stretch + 1, len(STRETCHES) - 1)
            elif took < RESTED * interval:
                one.stretch = max(one.stretch - 1, 0)
            pause = interval * STRETCHES[one.stretch]
        step = (now - one.watched.offset) // interval * interval + one.watched.offset
        following = step + pause
        away_at = self._away_at(one, now)
        if away_at is not None and now < away_at < following + _TOLERANCE:
            # In time to see that it is away, but not a moment before, for then it would be seen only a pause later.
            following = away_at
        return max(following - now, 0.001)

    def _away_at(self, one: _Round, now: float) -> float | None:
        """Return when a gateway that fails counts as away, epoch seconds; None where it does not fail."""
        if one.failing_since is None:
            return None
        return one.failing_since + (PATIENT_AFTER if self._quiet(one, now) else AWAY_AFTER)

    async def _poll(self, one: _Round) -> None:
        at = self._clock()
        try:
            raw = await self._read(one)
        except HeliographError as err:
            await self._remember_news(one)
            self._fail(one, err, at)
            return
        one.failing_since, one.swaps = None, 0
        at = self._clock()
        await self._keep_books(one, raw)
        one.snapshot = self._judged(one, raw, at)
        problem = next(iter(one.gateway.problems.values()), None)
        state = State.ONLINE if problem is None else State.DEGRADED
        self._change(one, state, at, problem)
        await self._remember_news(one)
        self._publish(one, at, fresh=True)

    def _judged(self, one: _Round, raw: Snapshot, at: float) -> Snapshot:
        """Return what the ledger trusts of a snapshot; where the ledger fails, the gateway's own powers, marked so."""
        try:
            trusted = advance(one.books or Books(serial=raw.gateway.serial), raw, at, self._settings(one))
        except Exception:
            if not one.ledger_failed:
                LOGGER.exception("the ledger failed on what %s reports; its books stay as they are", one.watched.name)
                one.events.append(Event("ledger_failed", at, {}))
            one.ledger_failed = True
            return not_judged(raw)
        one.ledger_failed = False
        one.books = trusted.books
        return trusted.snapshot

    async def _read(self, one: _Round) -> Snapshot:
        """Read a gateway, be it at another address than before."""
        try:
            return await one.gateway.read()
        except _MISSED as err:
            # A single silence of one that answered before is no sign of anything.
            once = isinstance(err, UnreachableError) and one.snapshot is not None and one.failing_since is None
            if once or not await self._follow(one):
                raise
        return await one.gateway.read()

    async def _follow(self, one: _Round) -> bool:
        """Look for a gateway that is not where it was."""
        facts = one.gateway.facts
        return facts is not None and await one.gateway.follow(await self._find(facts.serial))

    async def _keep_books(self, one: _Round, raw: Snapshot) -> None:
        serial = raw.gateway.serial
        if one.books is not None and one.books.serial == serial:
            return
        kept = await self._load_books(serial)
        try:
            one.books = decode(kept) if kept else Books(serial=serial)
        except BooksError as err:
            LOGGER.error("%s: %s New books are opened.", one.watched.name, err)  # noqa: TRY400 - the sentence says it all
            one.events.append(Event("books_lost", self._clock(), {"code": err.code}))
            one.books = Books(serial=serial)

    def _settings(self, one: _Round) -> Settings:
        return Settings(zone=self._zone_of(one), rated_power=one.watched.rated_power)

    def _zone_of(self, one: _Round) -> ZoneInfo:
        """Return the time zone in which a gateway's days begin: its own where it reports one."""
        facts = one.gateway.facts
        own = facts.timezone if facts is not None else None
        return ZoneInfo(own or one.watched.zone or self._zone)

    def _fail(self, one: _Round, err: HeliographError, at: float) -> None:
        one.failing_since = at if one.failing_since is None else one.failing_since
        away_at = self._away_at(one, at)
        passing = isinstance(err, UnreachableError | AnswerError)
        # What was asked before and failed after that moment has failed until then, too.
        now = max(at, self._clock())
        late = passing and away_at is not None and now < away_at and one.snapshot is not None
        self._change(one, State.DEGRADED if late else State.AWAY, at, err)
        if isinstance(err, NotAGatewayError) and err.code == "wrong_gateway":
            self._suspect_swap(one, err, at)
        self._publish(one, at, fresh=False)

    def _suspect_swap(self, one: _Round, err: HeliographError, at: float) -> None:
        """Take another serial at the same address for a replacement once it has answered often enough."""
        one.swaps += 1
        others = {other.gateway.facts.serial for other in self._rounds.values() if other.gateway.facts is not None}
        found = str(err.details.get("found", ""))
        if one.swaps < SWAPPED_AFTER or found in others:
            return
        LOGGER.warning("%s was replaced by gateway %s", one.watched.name, found)
        former, one.gateway = one.gateway, self._connect(one.watched, one.events)
        if self._group is not None:
            self._group.create_task(former.close(), name=f"close {one.watched.name}")
        one.events.append(Event("replaced", at, {"found": found}))
        one.swaps, one.books = 0, None

    def _quiet(self, one: _Round, at: float) -> bool:
        moment = datetime.fromtimestamp(at, self._zone_of(one)).time()
        return QUIET_FROM <= moment < QUIET_UNTIL

    def _change(self, one: _Round, state: State, at: float, error: HeliographError | None) -> None:
        """Note a change of state, once."""
        before = one.condition
        if before is not None and before.state is state:
            one.condition = replace(before, error=error)
            return
        since = one.failing_since if state is State.AWAY and one.failing_since is not None else at
        one.condition = Condition(state, since, error)
        LOGGER.info("%s is %s", one.watched.name, state.value)
        if state is State.AWAY:
            one.events.append(Event("away", since, {"code": error.code if error else ""}))
        elif before is not None and before.state is State.AWAY:
            one.events.append(Event("back", at, {"seconds": round(at - before.since)}))

    async def _remember_news(self, one: _Round) -> None:
        """Have what is new remembered; where that fails, readings go on, and it is tried again at the next poll."""
        if not one.unsaved and not any(event.code in _NEWS for event in one.events):
            return
        try:
            await self._remember(one.watched.name, one.gateway)
        except (HeliographError, OSError) as err:
            if not one.unsaved:
                LOGGER.error("%s: what is new about it cannot be written: %s", one.watched.name, err)  # noqa: TRY400
            one.unsaved = True
        else:
            one.unsaved = False

    def _publish(self, one: _Round, at: float, *, fresh: bool) -> None:
        condition = one.condition
        assert condition is not None  # noqa: S101 - every poll ends in a condition
        snapshot = with_condition(one.snapshot or nothing_read(one.gateway, at), condition, at)
        snapshot = with_retired(snapshot, one.gateway.facts)
        books = encode(one.books) if fresh and one.books is not None else None
        events = tuple(one.events)
        one.events.clear()
        # Before it was read for the first time, nobody knows whether it tells one.
        zone = None if one.gateway.facts is None else self._zone_of(one).key
        self._live.publish(Update(one.watched.name, snapshot, condition, at, fresh, events, books, zone))
