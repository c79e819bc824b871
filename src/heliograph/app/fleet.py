"""All gateways that are read: remembered in the data folder, watched by the poller, changed by the page."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final

from heliograph.errors import HeliographError, NotAGatewayError
from heliograph.gateway import Credentials, Event, Gateway, Known, Progress
from heliograph.gateway.discovery import Found, discover
from heliograph.gateway.remembered import Memory, Remembered
from heliograph.model import Facts, Snapshot
from heliograph.poller import Poller, Watched
from heliograph.web.house import Change, Kept, Sync, TakenError, Wish

LOGGER: Final = logging.getLogger("heliograph.app")

_APART: Final = 0.06
"""Seconds between the first polls of two gateways after a start: one is read at once, a thousand within a minute."""

Connect = Callable[..., Gateway]
"""Makes a client: as `Gateway`."""


class Fleet:
    """Adds, changes and removes gateways while they are read."""

    def __init__(
        self,
        memory: Memory,
        poller: Poller,
        *,
        clock: Callable[[], float],
        told: Callable[[Sync], None],
        removed: Callable[[str], None],
        interval: int = 60,
        devices_interval: int = 300,
        connect: Connect = Gateway,
    ) -> None:
        """Prepare; `told` hears of every step of a synchronisation, `removed` of a name that is no longer read."""
        self._memory = memory
        self._poller = poller
        self._clock = clock
        self._told = told
        self._removed = removed
        self._interval = interval
        self._devices_interval = devices_interval
        self._gateway = connect
        self._kept: dict[str, Remembered] = {}
        """By name."""
        self._syncs: dict[str, Sync] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._saving = asyncio.Lock()
        """One change at a time goes to the disk and then to memory, so that both agree."""

    # What is there.

    async def load(self) -> int:
        """Watch every gateway that is remembered; give how many."""
        remembered = await asyncio.to_thread(self._memory.all)
        apart = min(_APART, self._interval / max(len(remembered), 1))
        for number, one in enumerate(remembered):
            name = self._free(one.name or one.serial)
            self._watch(replace(one, name=name), delay=number * apart)
        return len(self._kept)

    async def close(self) -> None:
        """Cancel what is running."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def all(self) -> Sequence[Kept]:
        """Return every gateway, by name."""
        return [self._shown(one) for _, one in sorted(self._kept.items(), key=lambda item: item[0].casefold())]

    def find(self, serial: str) -> Kept | None:
        """Return the gateway of a serial number."""
        one = self._of(serial)
        return None if one is None else self._shown(one)

    def _shown(self, one: Remembered) -> Kept:
        return Kept(one.serial, one.name, one.host, self._poller.gateways[one.name])

    def _of(self, serial: str) -> Remembered | None:
        return next((one for one in self._kept.values() if one.serial == serial), None)

    def _known(self, serial: str) -> Remembered:
        one = self._of(serial)
        if one is None:
            raise KeyError(serial)
        return one

    # What can be asked.

    async def identify(self, host: str) -> Facts:
        """Ask who answers at an address."""
        async with self._gateway(host, clock=self._clock) as gateway:
            return await gateway.identify()

    async def test(self, host: str, credentials: Credentials) -> Snapshot:
        """Read a gateway once without keeping anything."""
        async with self._gateway(host, credentials, clock=self._clock) as gateway:
            return await gateway.read()

    async def discover(self, seconds: float) -> Sequence[Found]:
        """Listen for gateways on the network."""
        return await discover(seconds)

    def refresh(self, serial: str) -> None:
        """Read a gateway now."""
        self._poller.refresh(self._known(serial).name)

    def syncing(self, serial: str) -> Sync | None:
        """Return the latest synchronisation of a gateway."""
        return self._syncs.get(serial)

    # What can be done.

    async def add(self, wish: Wish) -> Sync:
        """Find out who answers and begin to synchronise it."""
        self._check_name(wish.name)
        gateway = self._gateway(wish.host, wish.credentials, trust=wish.trust, clock=self._clock)
        try:
            facts = await gateway.identify()
            self._check_new(facts.serial, wish.name)
        except BaseException:
            await gateway.close()
            raise
        sync = Sync(wish.host, self._clock(), facts.serial, wish.name or self._free(facts.serial))
        self._begin(sync, self._first(gateway, sync))
        return sync

    def sync(self, serial: str) -> Sync:
        """Begin to synchronise a gateway anew."""
        one = self._known(serial)
        self._check_idle(serial)
        sync = Sync(one.host, self._clock(), serial, one.name)
        self._begin(sync, self._again(sync))
        return sync

    async def change(self, serial: str, change: Change) -> Kept:
        """Change name, address or credentials."""
        one = self._known(serial)
        self._check_idle(serial)
        if change.name is not None and change.name != one.name:
            self._check_name(change.name)
        credentials = one.credentials if change.credentials is None else change.credentials
        host = change.host or one.host
        known = one.known
        if change.host is not None or change.trust:
            known = await self._moved(one, host, credentials, trust=change.trust)
        async with self._saving:
            changed = replace(one, name=change.name or one.name, host=host, credentials=credentials, known=known)
            await asyncio.to_thread(self._memory.save, changed)
            await self._forget(one.name)
            self._watch(changed)
            return self._shown(changed)

    async def remove(self, serial: str) -> None:
        """Read a gateway no longer.

        Raises:
            KeyError: no gateway has this serial number.
            TakenError: it is being synchronised.
            UsageError: `unwritable_file`; it is read as before then.
        """
        self._check_idle(serial)
        async with self._saving:
            one = self._known(serial)
            await asyncio.to_thread(self._memory.forget, serial)
            await self._forget(one.name)
            self._syncs.pop(serial, None)

    async def remember(self, name: str, gateway: Gateway) -> None:
        """Keep what a client knows: facts, plan, a token that was fetched.

        Raises:
            UsageError: `unwritable_file`; what was remembered before is still remembered then.
        """
        async with self._saving:
            # Looked up only now: it may have been removed or changed while others wrote.
            one, facts = self._kept.get(name), gateway.facts
            if one is None or facts is None:
                return
            fresh = replace(one, serial=facts.serial, known=gateway.known, credentials=gateway.credentials)
            await asyncio.to_thread(self._memory.save, fresh)
            self._kept[name] = fresh
            if one.serial != fresh.serial:
                await asyncio.to_thread(self._memory.forget, one.serial)

    # How it is done.

    async def _moved(self, one: Remembered, host: str, credentials: Credentials, *, trust: bool) -> Known:
        """Make sure that the same gateway answers at another address."""
        async with self._gateway(
            host,
            credentials,
            serial=one.serial,
            known=replace(one.known, scheme=None, address=None),
            trust=trust,
            clock=self._clock,
        ) as gateway:
            facts = await gateway.identify()
            if facts.serial != one.serial:
                raise NotAGatewayError("wrong_gateway", host=host, found=facts.serial, expected=one.serial)
            return gateway.known

    async def _first(self, gateway: Gateway, sync: Sync) -> None:
        async with gateway:
            sync.synced = await gateway.sync(self._progress(sync))
            sync.snapshot = await gateway.read()
            self._check_new(sync.serial, sync.name)
            facts = gateway.facts
            serial = facts.serial if facts is not None else sync.serial
            one = Remembered(serial, sync.name, sync.host, gateway.known, gateway.credentials)
        await asyncio.to_thread(self._memory.save, one)
        self._watch(one)

    async def _again(self, sync: Sync) -> None:
        sync.synced = await self._poller.sync(sync.name, self._progress(sync))
        await self.remember(sync.name, self._poller.gateways[sync.name])

    def _progress(self, sync: Sync) -> Callable[[Progress], None]:
        def note(progress: Progress) -> None:
            sync.asked, sync.target = progress.number, progress.target
            self._told(sync)

        return note

    def _begin(self, sync: Sync, work: Coroutine[Any, Any, None]) -> None:
        self._syncs[sync.serial] = sync
        task = asyncio.get_running_loop().create_task(self._see_through(sync, work), name=f"sync {sync.serial}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._told(sync)

    async def _see_through(self, sync: Sync, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except HeliographError as err:
            sync.state, sync.error = "failed", err
        except TakenError:
            sync.state = "failed"
        except Exception:
            LOGGER.exception("synchronising %s failed unexpectedly", sync.host)
            sync.state = "failed"
        else:
            sync.state = "done"
        sync.finished = self._clock()
        self._told(sync)

    def _watch(self, one: Remembered, *, delay: float = 0) -> None:
        self._kept[one.name] = one
        made = 0

        def connect(tell: Callable[[Event], None]) -> Gateway:
            nonlocal made
            made += 1
            now = self._kept.get(one.name, one)
            # Called again only where another gateway has taken this one's place.
            known = now.known if made == 1 else Known(guard=now.known.guard, address=now.known.address)
            return self._gateway(
                now.host,
                now.credentials,
                known=known,
                interval=self._interval,
                devices_interval=self._devices_interval,
                listen=tell,
                clock=self._clock,
            )

        place = offset(one.serial, self._interval)
        self._poller.add(Watched(one.name, connect, interval=self._interval, offset=place, delay=delay))

    async def _forget(self, name: str) -> None:
        await self._poller.remove(name)
        self._kept.pop(name, None)
        self._removed(name)

    def _check_name(self, name: str) -> None:
        if any(name.casefold() == taken.casefold() for taken in self._kept):
            raise TakenError("name_taken", name=name)

    def _check_new(self, serial: str, name: str) -> None:
        if self._of(serial) is not None:
            raise TakenError("gateway_known", serial=serial)
        sync = self._syncs.get(serial)
        if sync is not None and sync.state == "running" and sync.name != name:
            raise TakenError("sync_running", serial=serial)

    def _check_idle(self, serial: str) -> None:
        sync = self._syncs.get(serial)
        if sync is not None and sync.state == "running":
            raise TakenError("sync_running", serial=serial)

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._kept:
            free, number = f"{name} {number}", number + 1
        return free


def offset(serial: str, interval: float) -> float:
    """Spread gateways evenly over the interval, each always at the same second of it."""
    place = int.from_bytes(hashlib.sha256(serial.encode()).digest()[:4], "big")
    return place / 2**32 * interval
