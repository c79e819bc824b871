"""The line to Jeedom, on jeedomdaemon's arguments and conventions.

Its listener and its sender are not used: the one writes a message with a wrong key into the log, secrets and all, and
dies of a broken one; the other stops for ever at an exception it does not know, writes a line twice a second while
Jeedom is down, gives up when Jeedom is not there at the start, and forgets what waits at the stop.
"""

import asyncio
import contextlib
import json
import logging
import math
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, NoReturn

import aiohttp
from jeedomdaemon.base_config import BaseConfig
from jeedomdaemon.utils import Utils

LOGGER: Final = logging.getLogger("heliograph.jeedom")
KEY: Final = "HELIOGRAPH_APIKEY"
"""The environment variable with the plugin's key: a command line can be read by every user of the machine."""
HEADER: Final = "Heliograph-Key"
"""The key's header: as a part of the address it would stand in the web server's log."""
LARGEST: Final = 1 << 20
"""Bytes of one message on the socket; more is not from Jeedom."""
PATIENCE: Final = aiohttp.ClientTimeout(total=60, connect=5)
PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between two tries while Jeedom does not answer."""
READ_TIMEOUT: Final = 10.0
LAST_WORDS: Final = 3.0
"""Seconds that the last changes may take at the stop."""

Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


class Config(BaseConfig):  # type: ignore[misc] # its package ships no types
    """Jeedom's arguments, with the plugin's data folder; the key comes by environment."""

    def __init__(self, arguments: list[str] | None = None, environment: MutableMapping[str, str] | None = None) -> None:
        """Read the arguments (None for the process's own) and take the key out of the environment."""
        super().__init__()
        self.add_argument("--data", type=Path, required=True)
        self.add_argument("--language", default="en")
        self.parse(arguments)
        variables: MutableMapping[str, str] = os.environ if environment is None else environment
        key = variables.pop(KEY, "")
        if key:
            self._args.apikey = key


def follow_level(level: str) -> None:
    """Log as Jeedom's level says; takes effect at once."""
    logging.getLogger().setLevel(Utils.convert_log_level(level))
    # At debug these two would write whole payloads and every request.
    for name in ("asyncio", "aiohttp.access", "aiohttp.client", "jeedomdaemon"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Outbox:
    """What waits to be said: later values take the place of earlier ones, lists grow, nothing is null."""

    def __init__(self) -> None:
        self._waiting: dict[str, Any] = {}

    def put(self, **parts: Mapping[Any, Any] | list[Any]) -> None:
        """Add parts of a message: mappings are merged, lists are appended."""
        for name, part in parts.items():
            if isinstance(part, Mapping):
                _merge(self._waiting.setdefault(name, {}), part)
            else:
                self._waiting.setdefault(name, []).extend(part)

    def take(self) -> dict[str, Any]:
        """Empty it."""
        taken, self._waiting = self._waiting, {}
        return taken

    def put_back(self, message: Mapping[str, Any]) -> None:
        """Return what could not be said; what came meanwhile is newer and stands."""
        newer, self._waiting = self._waiting, {}
        self.put(**message)
        self.put(**newer)

    def __bool__(self) -> bool:
        return bool(self._waiting)


def _merge(into: dict[Any, Any], part: Mapping[Any, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(str(key), {}), value)
        elif value is not None and not (isinstance(value, float) and not math.isfinite(value)):
            into[str(key)] = value


class Link:
    """Both directions: messages from Jeedom on a local socket, POSTs to the plugin's callback."""

    def __init__(self, config: Config, handler: Handler, *, sleep: Sleep = asyncio.sleep) -> None:
        """Take who handles Jeedom's messages; `sleep` is a parameter for tests."""
        self._config = config
        self._handler = handler
        self._sleep = sleep
        self._outbox = Outbox()
        self._wake = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._server: asyncio.Server | None = None
        self._failures = 0

    async def listen(self) -> None:
        """Listen to Jeedom.

        Raises:
            OSError: the port is taken.
        """
        self._server = await asyncio.start_server(self._read, self._config.socket_host, self._config.socket_port)

    async def open(self) -> None:
        """Wait until Jeedom's callback answers, however long that takes."""
        self._session = aiohttp.ClientSession(timeout=PATIENCE)
        while not await self._callback_answers():
            await self._sleep(self._pause())
        self._failures = 0

    async def close(self) -> None:
        """Say the last changes, if Jeedom still listens, and hang up."""
        if self._server is not None:
            self._server.close()
        if self._session is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self._flush()
            await self._session.close()

    def put(self, **parts: Mapping[Any, Any] | list[Any]) -> None:
        """Say something with the next POST."""
        self._outbox.put(**parts)
        if self._outbox:
            self._wake.set()

    async def post(self, **message: Any) -> bool:
        """Say something now; False where Jeedom did not take it."""
        return await self._post(message)

    async def run(self) -> NoReturn:
        """Send what waits, one POST a cycle, for ever; nothing that goes wrong ends it."""
        while True:
            await self._wake.wait()
            await self._sleep(self._config.cycle)
            self._wake.clear()
            if not await self._flush():
                await self._sleep(self._pause())
                self._wake.set()

    async def _flush(self) -> bool:
        message = self._outbox.take()
        if not message or await self._post(message):
            return True
        self._outbox.put_back(message)
        return False

    def _pause(self) -> float:
        return PAUSES[min(self._failures, len(PAUSES)) - 1]

    async def _callback_answers(self) -> bool:
        return await self._ask("GET", {"test": "1"}, None)

    async def _post(self, message: Mapping[str, Any]) -> bool:
        try:
            body = json.dumps(message, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError):
            # Would fail again for ever, and hold up everything behind it.
            LOGGER.exception("A message to Jeedom cannot be written; it is dropped")
            return True
        return await self._ask("POST", {}, body)

    async def _ask(self, method: str, query: Mapping[str, str], body: str | None) -> bool:
        if self._session is None:
            return False
        try:
            async with self._session.request(
                method,
                self._config.callback_url,
                params=query,
                data=None if body is None else body.encode(),
                headers={"Content-Type": "application/json", HEADER: self._config.api_key},
            ) as answer:
                if answer.status == 200:
                    self._succeeded()
                    return True
                self._failed(f"HTTP {answer.status}")
        except (aiohttp.ClientError, OSError) as err:
            self._failed(str(err) or type(err).__name__)
        return False

    def _succeeded(self) -> None:
        if self._failures:
            LOGGER.warning("Jeedom answers again")
        self._failures = 0

    def _failed(self, cause: str) -> None:
        # The first failure is worth a line; a restart of Jeedom must not fill its log.
        level = logging.WARNING if not self._failures else logging.DEBUG
        LOGGER.log(level, "Jeedom does not take the message (%s); trying again", cause)
        self._failures += 1

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                data = await _read_all(reader)
            message = self._understood(data)
        except (TimeoutError, OSError):
            message = None
            LOGGER.warning("A message from Jeedom did not end; it is ignored")
        finally:
            writer.close()
        if message is not None:
            await self._handle(message)

    def _understood(self, data: bytes | None) -> Mapping[str, Any] | None:
        if data is None:
            LOGGER.warning("A message on the socket is too large; it is ignored")
            return None
        try:
            message = json.loads(data)
        except ValueError:
            # Never its text: it may hold secrets.
            LOGGER.warning("A message on the socket is no JSON; it is ignored")
            return None
        if not isinstance(message, dict) or message.get("apikey") != self._config.api_key:
            LOGGER.warning("A message on the socket has not the right key; it is ignored")
            return None
        return message

    async def _handle(self, message: Mapping[str, Any]) -> None:
        try:
            await self._handler(message)
        except Exception:
            LOGGER.exception("A message from Jeedom (%s) could not be handled", message.get("action"))


async def _read_all(reader: asyncio.StreamReader) -> bytes | None:
    data = bytearray()
    while chunk := await reader.read(65536):
        data += chunk
        if len(data) > LARGEST:
            return None
    return bytes(data)
