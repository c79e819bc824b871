"""Asks a gateway and keeps what it answers whole: headers, body, time."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Final

from heliograph.gateway import Cloud, Credentials, Event, Known, Patience, parse_address
from heliograph.gateway.access import CHECK_JWT, Headers
from heliograph.gateway.conversation import Conversation
from heliograph.gateway.keeper import TokenKeeper
from heliograph.gateway.line import Line
from heliograph.gateway.transport import Reply
from heliograph.model import Facts

_MARKS: Final = re.compile(r"[/?=& ]")


def file_name(target: str) -> str:
    """Name the file of an answer, as the recordings do (protocol.md, appendix A)."""
    return _MARKS.sub("_", target.removeprefix("/"))


class _ListeningLine(Line):
    """A line that keeps the last reply to each target."""

    replies: dict[str, Reply]

    async def send(self, target: str, headers: Headers = dict, *, probing: str | None = None) -> Reply:
        """Send a request, and keep what comes back."""
        reply = await super().send(target, headers, probing=probing)
        if target != CHECK_JWT:
            self.replies[target] = reply
        return reply


class Recorder:
    """One gateway being recorded, politely: one question at a time."""

    def __init__(
        self,
        host: str,
        credentials: Credentials,
        *,
        known: Known,
        cloud: Cloud,
        clock: Callable[[], float] = time.time,
    ) -> None:
        line = _ListeningLine(
            parse_address(host), patience=Patience(), pin=known.pin, scheme=known.scheme, sleep=asyncio.sleep
        )
        line.replies = {}
        self._line = line
        self._keeper = TokenKeeper(credentials, cloud, known.guard, clock=clock, tell=_ignore)
        self._conversation = Conversation(line, self._keeper, facts=known.facts, serial=None, tell=_ignore, clock=clock)

    @property
    def replies(self) -> Mapping[str, Reply]:
        """The last reply to each target, in the order of asking."""
        return self._line.replies

    @property
    def credentials(self) -> Credentials:
        """What opens the gateway now."""
        return self._keeper.credentials

    @property
    def known(self) -> Known:
        """What was learnt beside the answers."""
        return Known(None, None, self._line.scheme, self._line.transport.key.expected, self._keeper.guard)

    def use(self, credentials: Credentials) -> None:
        """Take others from now on."""
        self._conversation.use(credentials)

    async def identify(self) -> Facts:
        """Ask who it is.

        Raises:
            HeliographError: as `Gateway.identify`.
        """
        await self._conversation.identify()
        facts = self._conversation.facts
        assert facts is not None  # noqa: S101 - just identified
        return facts

    async def ask(self, target: str) -> None:
        """Ask one question; the answer is kept, whatever its status.

        Raises:
            HeliographError: as `Gateway.ask`.
        """
        self._line.new_round()
        await self._conversation.ask(target)

    async def close(self) -> None:
        """Close the connection."""
        await self._line.transport.close()


def _ignore(event: Event) -> None:
    """Nobody asks what happens beside a recording."""
