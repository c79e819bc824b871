"""The smallest gateway there is, and bytes over a socket: what the tests of the emulator's wire need."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from heliograph.emulator.answer import Answer, Authentication
from heliograph.emulator.server import EmulatedGateway

SERIAL = "122112123456"
PRODUCTION = b'{"wattHoursToday":1,"wattHoursSevenDays":2,"wattHoursLifetime":3,"wattsNow":4}'


@dataclass
class StubSource:
    """Answers `/info` and `/api/v1/production` to all, `/ivp/meters` to owners, `/ivp/peb/devstatus` to installers."""

    firmware: str = "D7.6.175"
    authentication: Authentication = Authentication.TOKEN
    serial: str = SERIAL
    timezone: str = "Europe/Paris"
    lies: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(
        default_factory=lambda: {
            "/info": Answer(b"<?xml version='1.0'?><envoy_info/>", content_type="text/xml"),
            "/api/v1/production": Answer(PRODUCTION, content_type="application/json"),
            "/ivp/meters": Answer(b"[]"),
            "/ivp/peb/devstatus": Answer(b"{}"),
        }
    )
    asked: list[tuple[str, str, bytes, float]] = field(default_factory=list)

    def open_to_all(self, path: str) -> bool:
        return path in {"/info", "/info.xml"}

    def minimum_role(self, path: str) -> str:
        return "installer" if path.startswith("/ivp/peb/") else "owner"

    def answer(self, method: str, target: str, body: bytes, now: float) -> Answer:
        self.asked.append((method, target, body, now))
        return self.answers.get(target, Answer(b'{"err":"404 - Not Found"}', 404))


def open_source(firmware: str = "D7.6.175", **answers: Answer) -> StubSource:
    """Give a source that nobody needs credentials for; `answers` by the last part of their path."""
    source = StubSource(firmware=firmware, authentication=Authentication.NONE)
    source.answers |= {f"/{name}": answer for name, answer in answers.items()}
    return source


async def connect(gateway: EmulatedGateway, *, secure: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to a gateway."""
    context = ssl.create_default_context() if secure else None
    if context:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    port = gateway.https_port if secure else gateway.http_port
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until it is."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def exchange(gateway: EmulatedGateway, *requests: str, secure: bool = False) -> bytes:
    """Send requests on one connection, all at once, and give everything that comes back until it closes."""
    reader, writer = await connect(gateway, secure=secure)
    try:
        writer.write("".join(f"{request}\r\n\r\n" for request in requests).encode("latin-1"))
        async with asyncio.timeout(90):
            return await reader.read()
    finally:
        await hang_up(writer)


async def ask(gateway: EmulatedGateway, target: str, *headers: str, secure: bool = False) -> bytes:
    """Ask for one target and give the bytes of the reply."""
    lines = (f"GET {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers)
    return await exchange(gateway, "\r\n".join(lines), secure=secure)


def split(reply: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Take a reply apart into status, headers (names in lower case) and the rest."""
    head, _, body = reply.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split(" ")[1]), [(name.lower(), value) for name, _, value in pairs], body


def values(headers: list[tuple[str, str]], name: str) -> list[str]:
    """Give every value of a header."""
    return [value for key, value in headers if key == name]


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something is so, for ten seconds at most."""
    async with asyncio.timeout(90):
        while not condition():  # noqa: ASYNC110 - counters have no event, and need none but here
            await asyncio.sleep(0)
