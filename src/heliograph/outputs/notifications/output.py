"""Watches every gateway and takes what is worth telling to its addresses, each message once to each."""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from heliograph.live import Live, Update
from heliograph.outputs.base import PeerError, Sleep, Status, hand_on, zone_of
from heliograph.outputs.notifications import text
from heliograph.outputs.notifications.post import Post, post
from heliograph.outputs.notifications.rules import Case
from heliograph.outputs.notifications.watch import Message, Watch

LOGGER: Final = logging.getLogger("heliograph.outputs.notifications")
WAITING: Final = 100
"""Messages that may wait for an address that does not take them; the oldest are given up."""
SERVICE_EVERY: Final = 60.0
"""Seconds between two looks at the service itself."""
KEEP_EVERY: Final = 900.0
"""Seconds after which the diary is written although nothing was told: a memory card wears out."""
PATIENCE: Final = 60.0
"""Seconds that all messages of one moment may take."""


Problems = Callable[[str], Iterable[Case]]
"""Gives what is wrong with the service itself: cases whose details have a `problem` in words of a language."""


@dataclass(slots=True)
class _Letter:
    """A message on its way to one address."""

    address: str
    message: Message
    said: text.Told = field(repr=False)


class Notifications:
    """The way out to whoever is not looking."""

    name = "notifications"

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        language: str,
        zone: ZoneInfo,
        silenced: Collection[str] = (),
        diary: Path | None = None,
        problems: Problems = lambda _: (),
        send: Post = post,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare.

        Args:
            addresses: where messages go; never logged.
            language: in which they are said.
            zone: in whose time, where a gateway’s own is not known.
            silenced: codes of rules that are off.
            problems: gives what is wrong with the service itself, in a language.
            diary: file in which it is remembered what was told, so that a restart tells nothing twice.
            send: takes one message to one address.
            sleep: waits for some seconds.
        """
        self._addresses = addresses
        self._language = language
        self._zone = zone
        self._watch = Watch(zone, silenced)
        self._diary = diary
        self._problems = problems
        self._looked = -math.inf
        """When the service itself was looked at last."""
        self._send = send
        self._sleep = sleep
        self._status = Status(LOGGER)
        self._letters: deque[_Letter] = deque(maxlen=WAITING)
        self._news = False
        """Something was told that the diary does not hold yet."""
        self._kept = 0.0

    def status(self) -> Status:
        """Return how it is doing."""
        return self._status

    async def run(self, live: Live) -> None:
        """Watch until cancelled or live is closed."""
        await self._open_diary()
        await hand_on(live, self._take, self._status, sleep=self._sleep, patience=PATIENCE)

    async def _take(self, update: Update) -> None:
        messages = self._watch.observe(update) + self._see_service(update.at)
        for message in messages:
            zone = zone_of(update, self._zone) if message.gateway else self._zone
            said = text.told(message, self._language, zone)
            LOGGER.info("%s: %s", said.title, said.text)
            self._letters.extend(_Letter(address, message, said) for address in self._addresses)
        self._news = self._news or bool(messages)
        await self._post()
        # Once all of it has arrived: what a restart interrupts is told again, not lost.
        if self._news or update.at - self._kept >= KEEP_EVERY:
            await self._keep_diary()
            self._news, self._kept = False, update.at

    def _see_service(self, at: float) -> list[Message]:
        if 0 <= at - self._looked < SERVICE_EVERY:
            return []
        self._looked = at
        return self._watch.see_service(self._problems(self._language), at)

    async def _post(self) -> None:
        """Take every letter to its address; one that fails keeps the others from nothing, and waits its turn."""
        problem: PeerError | None = None
        for _ in range(len(self._letters)):
            letter = self._letters[0]
            try:
                await self._send(letter.address, letter.said, text.document(letter.message, letter.said))
            except PeerError as err:
                problem = err
                self._letters.rotate(-1)
            else:
                self._letters.popleft()
        if problem is not None:
            raise problem

    async def _open_diary(self) -> None:
        if self._diary is None:
            return
        try:
            self._watch.decode(await asyncio.to_thread(self._diary.read_bytes))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as err:
            LOGGER.warning("what was told before cannot be read, and may be told again: %s", err)

    async def _keep_diary(self) -> None:
        if self._diary is not None:
            await asyncio.to_thread(_write, self._diary, self._watch.encode())


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)
