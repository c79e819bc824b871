"""A gateway small enough to be understood at a glance, to stand behind the emulator's sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from heliograph.emulator.access import authentication_of, is_open
from heliograph.emulator.answer import Answer, Authentication, Framing
from heliograph.emulator.clock import Clock
from heliograph.emulator.server import EmulatedGateway
from heliograph.gateway import Credentials, Event, Gateway, Patience

SERIAL = "122112123456"
OTHER_SERIAL = "122112999999"
NOW = 1_785_600_000.0
PRODUCTION = "/production.json?details=1"
SUMMARY = "/api/v1/production"
INVERTERS = "/api/v1/production/inverters"
INVENTORY = "/inventory.json?deleted=1"

INFO = """<?xml version="1.0" encoding="UTF-8"?>
<envoy_info><time>{now:.0f}</time><device><sn>{serial}</sn><pn>800-00551-r02</pn><software>{firmware}</software>
<euaid>4c8675</euaid><seqnum>0</seqnum><apiver>1</apiver><imeter>false</imeter></device>{tokens}</envoy_info>
"""


@dataclass
class House:
    """A standard gateway with two inverters, of any firmware."""

    firmware: str = "D8.2.4345"
    serial: str = SERIAL
    watts: int = 512
    for_installers: tuple[str, ...] = ()
    """Paths that an owner may not read."""
    changed: dict[str, Answer] = field(default_factory=dict)
    """Answers other than the usual, by path."""

    @property
    def authentication(self) -> Authentication:
        return authentication_of(self.firmware, web_tokens=False)

    @authentication.setter
    def authentication(self, value: Authentication) -> None:
        raise AttributeError(value)

    def open_to_all(self, path: str) -> bool:
        return is_open(self.authentication, self.firmware, path)

    def minimum_role(self, path: str) -> str:
        return "installer" if path in self.for_installers else "owner"

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:
        path = urlsplit(target).path
        if path in self.changed:
            return self.changed[path]
        if path == "/info":
            tokens = "<web-tokens>true</web-tokens>" if self.authentication is Authentication.TOKEN else ""
            text = INFO.format(now=now, serial=self.serial, firmware=self.firmware, tokens=tokens)
            return Answer(text.encode(), content_type="text/xml")
        documents = self._documents(now)
        if path not in documents:
            return Answer(b'{"err":"404 - Not Found"}', status=404)
        return Answer(json.dumps(documents[path]).encode(), content_type="application/json", framing=Framing.CHUNKED)

    def _documents(self, now: float) -> dict[str, Any]:
        at = int(now)
        inverters = {
            "type": "inverters",
            "activeCount": 2,
            "readingTime": at,
            "wNow": self.watts,
            "whLifetime": 12345678,
        }
        serials = ("482211001122", "482211001123")
        return {
            "/production.json": {"production": [inverters], "storage": [{"type": "acb", "activeCount": 0}]},
            "/api/v1/production": {
                "wattHoursToday": 1000,
                "wattHoursSevenDays": 7000,
                "wattHoursLifetime": 12345678,
                "wattsNow": self.watts,
            },
            "/api/v1/production/inverters": [
                {"serialNumber": s, "lastReportDate": at, "devType": 1, "lastReportWatts": 256, "maxReportWatts": 300}
                for s in serials
            ],
            # Every gateway of firmware 7 and later serves the list of storage devices; most have none.
            **({"/ivp/ensemble/inventory": []} if self.authentication is Authentication.TOKEN else {}),
            "/inventory.json": [{"type": "PCU", "devices": [{"serial_num": s, "part_num": "800"} for s in serials]}],
        }


class Bench:
    """An emulated gateway, its clock, and clients that use the same clock."""

    def __init__(self, gateway: EmulatedGateway, house: House, clock: Clock) -> None:
        self.gateway = gateway
        self.house = house
        self.clock = clock
        self.slept: list[float] = []
        self.events: list[Event] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    @property
    def credentials(self) -> Credentials:
        """What is right for the house as it is now."""
        token = self.house.authentication is Authentication.TOKEN
        return Credentials(token=self.gateway.token()) if token else Credentials()

    def client(self, credentials: Credentials | None = None, **options: Any) -> Gateway:
        chosen: dict[str, Any] = {
            "clock": self.clock.now,
            "sleep": self.sleep,
            "listen": self.events.append,
            "patience": Patience(connect=2, read=5),
        } | options
        return Gateway(self.gateway.host, self.credentials if credentials is None else credentials, **chosen)

    @property
    def happenings(self) -> list[str]:
        return [event.happening.value for event in self.events]

    def asked(self, *methods_and_targets: str) -> int:
        """How often a target was asked."""
        return sum(self.gateway.counters.targets[f"GET {target}"] for target in methods_and_targets)


@asynccontextmanager
async def bench(firmware: str = "D8.2.4345", **options: Any) -> AsyncIterator[Bench]:
    house = House(firmware, **{key: options.pop(key) for key in ("serial", "for_installers") if key in options})
    clock = Clock(NOW, rate=0)
    async with EmulatedGateway(house, clock=clock, **options) as gateway:
        yield Bench(gateway, house, clock)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(talk: Talk, address: str = "127.0.0.1") -> AsyncIterator[str]:
    """A server that may misbehave in any way; gives `address:port`."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, address, 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await server.wait_closed()


def saying(*answers: bytes) -> Talk:
    """Talk that gives these bytes, one for each request, whatever it is, and then hangs up."""
    left = iter(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(next(left, b""))
        await writer.drain()

    return talk
