"""InfluxDB's line protocol, to a URL (InfluxDB 1, 2 and 3, VictoriaMetrics, Telegraf) or to a file."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from heliograph.live import Live, Patience, Update
from heliograph.model import Equipment, Subject, Value
from heliograph.outputs.base import PeerError, Sleep, Status, hand_on, holds, private, rounded, split

LOGGER: Final = logging.getLogger("heliograph.outputs.influx")
BACKLOG: Final = 50_000
"""Lines that wait for a peer that does not take them: half a day of a large roof; the oldest are given up."""
BATCH: Final = 5_000
"""Lines of one delivery."""
PATIENCE: Final = aiohttp.ClientTimeout(total=25, connect=5)

UNWANTED: Final = frozenset({400, 413, 422})
"""What a database answers to lines that it will never take."""

_TAG = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\=", "\n": " ", "\\": "/"})
_TEXT = str.maketrans({'"': r"\"", "\\": "\\\\", "\n": " "})


class UnwantedError(PeerError):
    """The database will never take these lines."""


@dataclass(frozen=True, slots=True)
class Options:
    """Where lines go."""

    to: str
    """Whole address of the write endpoint, with its query (`precision=s`), or a file."""
    token: str = field(default="", repr=False)

    @property
    def is_url(self) -> bool:
        """Whether it is an address rather than a file."""
        return self.to.startswith(("http://", "https://"))

    @property
    def path(self) -> Path:
        """The file, where it is one."""
        return Path(self.to).expanduser()


def line(update: Update, item: Equipment) -> tuple[float, str] | None:
    """Write what an equipment says that holds: one line, with the time of its newest reading; None for nothing.

    The measurement is the subject, tags say whose it is, fields are the metrics; every number is a float, since a field
    that changes its type is refused. The system's line has the gateway's time zone, which says what a day is in it.
    """
    said = {key: reading for key, reading in item.values.items() if holds(reading)}
    if not said or item.retired:
        return None
    gateway = update.snapshot.gateway
    base, phase = split(item)
    tags = {"gateway": update.name, "serial": gateway.serial, "id": base or gateway.serial, "phase": phase}
    place = ",".join((str(item.subject), *(f"{key}={value.translate(_TAG)}" for key, value in tags.items() if value)))
    fields = ",".join(f"{key}={_written(rounded(reading.metric, reading.value))}" for key, reading in said.items())
    if item.subject is Subject.SYSTEM and update.zone is not None:
        fields += f",zone={_written(update.zone)}"
    at = max(reading.at for reading in said.values())
    return at, f"{place} {fields} {int(at)}"


def _written(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value.translate(_TEXT)}"'
    return repr(float(value))


class Influx:
    """The way out to a time-series database."""

    name = "influx"

    def __init__(self, options: Options, *, sleep: Sleep = asyncio.sleep) -> None:
        """Prepare; `sleep` waits for some seconds."""
        self._options = options
        self._sleep = sleep
        self._status = Status(LOGGER, details={"lost": 0})
        self._waiting: deque[str] = deque()
        self._written: dict[tuple[str, str, str], float] = {}
        """The time of the last line of each equipment."""

    def status(self) -> Status:
        """Return how it is doing."""
        return self._status

    async def run(self, live: Live) -> None:
        """Write until cancelled or live is closed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._gather(live), name="influx gathers")
            await hand_on(live, self._take, self._status, sleep=self._sleep)

    async def _gather(self, live: Live) -> None:
        """Make lines of every reading at once, however seldom the database takes them."""
        with live.subscribe(Patience.LATEST) as heard:
            async for update in heard:
                self._collect(update)

    async def _take(self, update: Update) -> None:
        self._collect(update)
        await self._post()

    def _collect(self, update: Update) -> None:
        if update.fresh:
            self._waiting.extend(self._news(update))

    async def _post(self) -> None:
        while len(self._waiting) > BACKLOG:
            self._waiting.popleft()
            self._status.details["lost"] += 1
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
            try:
                await self._deliver("\n".join(batch) + "\n")
            except UnwantedError:
                # Asked again, it would refuse them again, and all that comes after them.
                self._status.details["lost"] += len(batch)
                self._drop(len(batch))
                raise
            self._drop(len(batch))

    def _drop(self, count: int) -> None:
        for _ in range(count):
            self._waiting.popleft()

    def _news(self, update: Update) -> Iterator[str]:
        for item in update.snapshot.equipment:
            key = update.snapshot.gateway.serial, str(item.subject), item.id
            before = self._written.get(key, float("-inf"))
            if all(reading.at <= before for reading in item.values.values()):
                continue
            made = line(update, item)
            if made is not None and made[0] > before:
                self._written[key] = made[0]
                yield made[1]

    async def _deliver(self, text: str) -> None:
        if not self._options.is_url:
            await asyncio.to_thread(append, self._options.path, text)
            return
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self._options.token:
            headers["Authorization"] = f"Token {self._options.token}"
        try:
            async with (
                aiohttp.ClientSession(timeout=PATIENCE) as session,
                session.post(self._options.to, data=text.encode(), headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status >= 300:
                    message = f"the database answered HTTP {answer.status}"
                    raise (UnwantedError if answer.status in UNWANTED else PeerError)(message)
        except (aiohttp.ClientError, ValueError) as err:
            # Its text may hold the address, and the address a password.
            message = f"the database does not answer ({type(err).__name__})"
            raise PeerError(message) from err


def append(path: Path, text: str, head: str = "") -> None:
    """Add to a file, and begin it with a head where it is new; its owner alone may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8", newline="", opener=private) as file:
        file.write(text if file.tell() else head + text)
