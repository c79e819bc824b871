"""What happens, as Server-Sent Events: encoded once for all who listen, kept in a ring so that a reader can resume."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from heliograph.live import Live, Patience, Update
from heliograph.model import Equipment
from heliograph.web import wording
from heliograph.web.shapes.values import Values

RING: Final = 512
"""Events that are kept for readers who come back, at most."""
KEPT: Final = 300.0
"""Seconds for which they are kept: whoever comes back later is told everything anew."""
HEARTBEAT: Final = 15.0
"""Seconds after which a silent stream says that it is alive."""
READERS: Final = 200
"""Streams open at one time."""

Payload = Callable[[str], Any]
"""Makes what an event says, in a language."""

_encode: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Entry:
    """One event of the ring."""

    number: int
    at: float
    kind: str
    payload: Payload
    encoded: dict[str, bytes] = field(default_factory=dict)

    def frame(self, boot: str, language: str) -> bytes:
        """Return the event as it is sent."""
        if language not in self.encoded:
            self.encoded[language] = _frame(self.kind, _encode(self.payload(language)), f"{boot}-{self.number}")
        return self.encoded[language]


def _frame(kind: str, data: bytes, identity: str) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (identity.encode(), kind.encode(), data)


class Hub:
    """Takes every update from live and hands it to all streams."""

    def __init__(self, live: Live, clock: Callable[[], float], *, ring: int = RING) -> None:
        """Start with an empty ring."""
        self._live = live
        self._clock = clock
        self._boot = secrets.token_hex(4)
        self._ring: deque[Entry] = deque(maxlen=ring)
        self._number = 0
        self._previous: dict[str, Update] = {}
        self._moved = asyncio.Event()
        self._closed = False
        self.readers = 0
        """Streams that are open."""

    async def run(self) -> None:
        """Listen to live until it is closed."""
        with self._live.subscribe(Patience.LATEST) as heard:
            async for update in heard:
                self._take(update)

    def _take(self, update: Update) -> None:
        before = self._previous.get(update.name)
        self._previous[update.name] = update
        now = self._clock()
        # What is kept for a while is no more than what is new.
        news = replace(update, books=None, snapshot=replace(update.snapshot, equipment=_changed(before, update)))

        def payload(language: str) -> Values:
            return Values(now=now, gateways=[wording.gateway_values(news, now, language)])

        self.tell("values", payload)

    def tell(self, kind: str, payload: Payload) -> None:
        """Put an event into the ring and wake every stream."""
        now = self._clock()
        while self._ring and now - self._ring[0].at > KEPT:
            self._ring.popleft()
        self._number += 1
        self._ring.append(Entry(self._number, now, kind, payload))
        self._moved.set()
        self._moved = asyncio.Event()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._moved.set()

    def forget(self, name: str) -> None:
        """Drop a gateway that is no longer read."""
        self._previous.pop(name, None)

    async def listen(self, language: str, last: str | None) -> AsyncGenerator[bytes, None]:
        """Yield the frames of one stream: what was missed since `last`, or else everything, then what happens."""
        self.readers += 1
        try:
            seen = self._resume(last)
            if seen is None:
                seen = self._number
                yield b"retry: 3000\n" + self._everything(language)
            else:
                yield b"retry: 3000\n: resumed\n\n"
            while not self._closed:
                moved = self._moved
                fresh = [entry for entry in self._ring if entry.number > seen]
                if fresh and fresh[0].number > seen + 1:
                    # This reader was so slow that the ring has gone on without it.
                    seen = self._number
                    yield self._everything(language)
                    continue
                for entry in fresh:
                    seen = entry.number
                    yield entry.frame(self._boot, language)
                if fresh:
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await moved.wait()
                except TimeoutError:
                    yield b": alive\n\n"
        finally:
            self.readers -= 1

    def _resume(self, last: str | None) -> int | None:
        boot, mark, number = (last or "").rpartition("-")
        if not mark or boot != self._boot or not number.isascii() or not number.isdecimal() or len(number) > 15:
            return None
        seen = int(number)
        oldest = self._ring[0].number if self._ring else self._number + 1
        return seen if oldest - 1 <= seen <= self._number else None

    def _everything(self, language: str) -> bytes:
        now = self._clock()
        latest: Mapping[str, Update] = self._live.latest
        values = Values(now=now, gateways=[wording.gateway_values(update, now, language) for update in latest.values()])
        return _frame("state", _encode(values), f"{self._boot}-{self._number}")


def _changed(before: Update | None, update: Update) -> tuple[Equipment, ...]:
    """Return the equipment of which something was said since."""
    if before is None:
        return update.snapshot.equipment
    known = {(item.subject, item.id): item for item in before.snapshot.equipment}
    return tuple(item for item in update.snapshot.equipment if known.get((item.subject, item.id)) != item)
