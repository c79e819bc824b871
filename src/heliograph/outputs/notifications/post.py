"""Takes messages to where the owner wants them: anything apprise knows, or a web hook."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp

from heliograph.errors import UsageError
from heliograph.outputs.base import PeerError
from heliograph.outputs.notifications.text import Told

PATIENCE: Final = aiohttp.ClientTimeout(total=15, connect=5)
HOOKS: Final = ("http://", "https://")
"""What an address begins with that is a web hook; all others are apprise's."""

Post = Callable[[str, Told, Mapping[str, object]], Awaitable[None]]


async def post(address: str, said: Told, document: Mapping[str, object]) -> None:
    """Take one message to one address.

    Raises:
        PeerError: it was not taken; the text names no more of the address than its kind, for the rest is secret.
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
                message = f"the web hook answered HTTP {answer.status}"
                raise PeerError(message)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as err:
        message = f"the web hook does not answer ({type(err).__name__})"
        raise PeerError(message) from err


async def _apprise(address: str, said: Told) -> None:
    try:
        import apprise  # noqa: PLC0415 - optional, and slow to load
    except ImportError as err:
        raise UsageError("missing_extra", extra="notifications") from err
    kind = address.partition(":")[0]
    service = apprise.Apprise()
    if not service.add(address):
        message = f"the address {kind}:… is not understood"
        raise PeerError(message)
    if not await service.async_notify(title=said.title, body=said.text):
        message = f"{kind} did not take the message"
        raise PeerError(message)
