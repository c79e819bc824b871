"""Takes messages to where the owner wants them: anything apprise knows, or a web hook."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp

from heliograph import extras
from heliograph.errors import HeliographError
from heliograph.outputs.base import PeerError
from heliograph.outputs.notifications import text
from heliograph.outputs.notifications.text import Told
from heliograph.outputs.wording import say

if TYPE_CHECKING:
    import apprise

PATIENCE: Final = aiohttp.ClientTimeout(total=15, connect=5)
HOOKS: Final = ("http://", "https://")
"""What an address begins with that is a web hook; all others are apprise's."""

LONGEST: Final = 60.0
"""Seconds that one address may take for a test message: mail servers are slow."""
_KIND: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,19})://")

Post = Callable[[str, Told, Mapping[str, object]], Awaitable[None]]


class UndeliveredError(PeerError):
    """An address did not take a message."""

    def __init__(self, code: str, **details: object) -> None:
        """Take a code of the words (`post.…`) and what its sentence names: nothing of an address but its kind."""
        self._code = code
        self._details = details
        super().__init__(self.text("en"))

    def text(self, language: str) -> str:
        """Return why."""
        return say(f"post.{self._code}", language, **self._details)


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test message to one address."""

    kind: str
    """Of the address, such as `mailto`; the rest of it is secret."""
    error: UndeliveredError | HeliographError | None = None
    """Why it did not arrive; None where it was taken."""


def kind_of(address: str) -> str:
    """Return what an address begins with, such as `mailto`; `?` where it begins like no address."""
    found = _KIND.match(address)
    return found[1].lower() if found else "?"


async def try_out(addresses: Sequence[str], language: str, *, send: Post | None = None) -> list[Trial]:
    """Send a message to every address that only shows that messages arrive; say of each what became of it."""
    said = text.test(language)
    return list(await asyncio.gather(*(_tried(address, said, send or post) for address in addresses)))


async def _tried(address: str, said: Told, send: Post) -> Trial:
    kind = kind_of(address)
    try:
        async with asyncio.timeout(LONGEST):
            await send(address, said, text.document(None, said))
    except TimeoutError:
        return Trial(kind, UndeliveredError("slow", kind=kind, seconds=round(LONGEST)))
    except (UndeliveredError, HeliographError) as err:
        return Trial(kind, err)
    return Trial(kind)


async def post(address: str, said: Told, document: Mapping[str, object]) -> None:
    """Take one message to one address.

    Raises:
        UndeliveredError: it was not taken.
        UsageError: `missing_extra`.
    """
    if address.startswith(HOOKS):
        await _hook(address, document)
    else:
        await _apprise(address, said)


async def _hook(address: str, document: Mapping[str, object]) -> None:
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status >= 300:
                raise UndeliveredError("hook_refused", status=answer.status)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as err:
        raise UndeliveredError("hook_silent", cause=type(err).__name__) from err


async def _apprise(address: str, said: Told) -> None:
    kind = kind_of(address)
    # It takes seconds to load, and nothing else may wait for it.
    service = await asyncio.to_thread(_service, address)
    if service is None:
        raise UndeliveredError("not_understood", kind=kind)
    if not await service.async_notify(title=said.title, body=said.text):
        raise UndeliveredError("not_taken", kind=kind)


def _service(address: str) -> "apprise.Apprise | None":
    """Return what takes messages to an address; None where it is not understood.

    Raises:
        UsageError: `missing_extra`.
    """
    try:
        import apprise  # noqa: PLC0415 - optional, and slow to load
    except ImportError as err:
        raise extras.missing("notifications") from err
    # It tells whole addresses of what it does not understand, and answers of services that repeat them.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise()
    return service if service.add(address) else None
