"""One emulated gateway on real sockets: a source's answers, its generation's manners, and faults when told."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import formatdate
from functools import partial
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from heliograph.emulator.answer import Answer, Authentication, Framing, Source
from heliograph.emulator.auth import CHECK_JWT, VALID_TOKEN, Credentials, DigestGuard, Guard, TokenGuard, guard_for
from heliograph.emulator.certificate import Certificate, make_certificate, server_context
from heliograph.emulator.clock import Clock
from heliograph.emulator.counters import Counters
from heliograph.emulator.faults import Faults, Strike
from heliograph.emulator.generation import Dates, Generation, Ports, generation_of
from heliograph.emulator.listener import Line, Listener, Welcome
from heliograph.emulator.tokens import Authority
from heliograph.emulator.wire import MalformedRequestError, Reply, Request, read_request, send

_LOGGER = logging.getLogger(__name__)
_IDLE = 65.0
"""Seconds that an idle connection is kept."""
_SECURITY = (
    ("Strict-Transport-Security", "max-age=63072000; includeSubdomains"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
)
_SLOW_HANDLERS = ("/home", "/production", "/inventory", "/admin")


class EmulatedGateway:
    """A gateway that answers from a source, on the loopback unless told otherwise.

    By default one port speaks both TLS and plain HTTP, each as far as the generation has it, so that `host` stands for
    the gateway as its address does in a house. Given `http_port` or `https_port`, those are opened instead.

    Use as an async context manager; on leaving, no task or socket is left.
    """

    def __init__(
        self,
        source: Source,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        http_port: int | None = None,
        https_port: int | None = None,
        ports: Ports | None = None,
        clock: Clock | None = None,
        authority: Authority | None = None,
        passwords: Mapping[str, str] | None = None,
        cookie_only: bool = False,
        slow: bool = False,
        rsa: bool = False,
        seed: int = 0,
        timezone: str | None = None,
    ) -> None:
        """Prepare a gateway.

        Args:
            source: What it answers.
            address: The address to listen on.
            port: The one port for both ways of speaking; 0 lets the system choose.
            http_port: A port for plain HTTP alone.
            https_port: A port for TLS alone.
            ports: Which ways are open, if other than the generation's.
            clock: The time that the gateway believes in.
            authority: Whose tokens it accepts; one of its own unless given.
            passwords: Digest users whose passwords were changed.
            cookie_only: Whether `/ivp` wants the session cookie.
            slow: Whether answers take as long as a real gateway takes, the Ruby handlers one after the other.
            rsa: Whether the certificate has an RSA key, as real ones do, at a real one's cost.
            seed: Decides what faults by chance do.
            timezone: Where its own time is told, if other than where its source says, or UTC.
        """
        self.source = source
        self.clock = clock or Clock()
        self.counters = Counters()
        self.faults = Faults(source, self.counters, seed=seed)
        self.credentials = Credentials(authority or Authority(), passwords or {}, cookie_only)
        self._address = address
        self._wanted = _wanted_doors(port, http_port, https_port)
        self._ports = ports
        self._slow = slow
        self._rsa = rsa
        self._timezone = timezone
        self._ruby = asyncio.Lock()
        self._listeners: dict[str, Listener] = {}
        self._guard: Guard | None = None
        self._guarded: tuple[str, str] | None = None
        self._context: ssl.SSLContext | None = None
        self._certificate: Certificate | None = None
        self._certified = ""

    async def __aenter__(self) -> Self:
        """Open the doors."""
        await self._open()
        return self

    async def _open(self) -> None:
        try:
            for kind, port in self._wanted.items():
                listener = Listener(
                    self._address,
                    port,
                    greet=partial(self._greet, kind),
                    serve=self._serve,
                    failed=self._handshake_failed,
                )
                await listener.open()
                self._listeners[kind] = listener
        except OSError:
            await self.close()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the doors, and every connection."""
        await self.close()

    async def close(self) -> None:
        """Close the doors, and every connection."""
        listeners, self._listeners = self._listeners, {}
        for listener in listeners.values():
            await listener.close()

    async def restart(self) -> None:
        """Close every connection and open the same ports again."""
        await self.move(self._address)

    async def move(self, address: str) -> None:
        """Go to another address, with the same ports: the router gave it another one."""
        self._wanted = {kind: listener.port for kind, listener in self._listeners.items()}
        await self.close()
        self._address = address
        await self._open()

    @property
    def generation(self) -> Generation:
        """The manners of the firmware that the source has at this moment."""
        return generation_of(self.source.firmware)

    @property
    def ports(self) -> Ports:
        """Which ways of speaking are open at this moment."""
        return self._ports or self.generation.ports

    @property
    def http_port(self) -> int | None:
        """The port where plain HTTP arrives, if there is one."""
        return self._port_of("both", "http")

    @property
    def https_port(self) -> int | None:
        """The port where TLS arrives, if there is one."""
        return self._port_of("both", "https")

    @property
    def host(self) -> str:
        """What an owner types: `address:port`, the port of the generation's own way of speaking."""
        plain = self.ports is Ports.HTTP
        port = self.http_port if plain else self.https_port
        if port in {None, 80 if plain else 443}:
            return self._address
        return f"[{self._address}]:{port}" if ":" in self._address else f"{self._address}:{port}"

    @property
    def url(self) -> str:
        """The root of the gateway's own way of speaking, without a slash at its end."""
        return f"{'http' if self.ports is Ports.HTTP else 'https'}://{self.host}"

    @property
    def certificate(self) -> Certificate:
        """The certificate in use; made anew when the gateway's serial changes."""
        if self._certificate is None or self._certified != self.source.serial:
            self.rotate_certificate()
        assert self._certificate is not None  # noqa: S101 - just made
        return self._certificate

    def rotate_certificate(self) -> Certificate:
        """Make a new certificate with a new key, for the connections to come."""
        self._certified = self.source.serial
        self._certificate = make_certificate(f"envoy-{self._certified}", self.clock.now(), slow=self._rsa)
        self._context = server_context(self._certificate)
        return self._certificate

    def token(self, *, role: str = "owner", lifetime: float | None = None, **claims: Any) -> str:
        """Sign a token for this gateway by its own clock; see `Authority.mint`."""
        mint = self.credentials.authority.mint
        return mint(self.source.serial, now=self.clock.now(), role=role, lifetime=lifetime, **claims)

    def forget_sessions(self) -> None:
        """End every session at once."""
        if isinstance(self._guard, TokenGuard):
            self._guard.forget_sessions()

    def become(self, source: Source) -> None:
        """Answer from another source from now on: another firmware, or another gateway at the same address."""
        self.source = source
        self.faults.follow(source)

    def now(self) -> float:
        """Return the time as the gateway believes it, which the fault `clock-skew` moves."""
        return self.clock.now() + self.faults.skew()

    def _port_of(self, *kinds: str) -> int | None:
        return next((self._listeners[kind].port for kind in kinds if kind in self._listeners), None)

    def _greet(self, kind: str, secure: bool) -> Welcome:
        """Return what becomes of a caller at a door of this kind (`both`, `http`, `https`)."""
        open_here = kind in {"both", "https" if secure else "http"}
        open_now = self.ports is not (Ports.HTTP if secure else Ports.HTTPS)
        if not (open_here and open_now) or self.faults.closed(self._local_minute):
            self.counters.refused += 1
            return Welcome(accepted=False)
        if not secure:
            return Welcome(accepted=True)
        _ = self.certificate
        return Welcome(accepted=True, context=self._context)

    def _handshake_failed(self) -> None:
        self.counters.handshakes_failed += 1

    def _local_minute(self) -> int:
        """Return the minute of the gateway's own day."""
        zone = ZoneInfo(self._timezone or str(getattr(self.source, "timezone", "UTC")))
        return local_minute(self.now(), zone)

    async def _serve(self, line: Line) -> None:
        """Answer the requests of one connection until it ends."""
        self.counters.handshakes += line.secure
        with self.counters.connected(), contextlib.suppress(OSError):
            while await self._exchange(line):
                pass

    async def _exchange(self, line: Line) -> bool:
        """Answer one request; say whether another may follow."""
        try:
            async with asyncio.timeout(_IDLE):
                request = await read_request(line.reader)
        except TimeoutError:
            return False
        except MalformedRequestError as err:
            _LOGGER.debug("Not understood: %s", err)
            self.counters.malformed += 1
            self.counters.bytes_out += await send(line.writer, Reply(400, b"", keep_alive=False))
            return False
        if request is None:
            return False
        counters = self.counters
        counters.requests += 1
        counters.targets[f"{request.method} {request.target}"] += 1
        counters.bytes_in += request.size
        with counters.under_way():
            return await self._answer(line, request)

    async def _answer(self, line: Line, request: Request) -> bool:
        strike = self.faults.strike(request.path, self._local_minute)
        if strike.hangs:
            await _until_hung_up(line.reader)
            return False
        if not line.secure and self.ports is Ports.REDIRECT:
            reply = self._redirect(request, strike)
        else:
            reply = await self._reply(request, strike)
        self._dress(request, reply)
        strike.mar(reply)
        self.counters.statuses[reply.status] += 1
        self.counters.bytes_out += await send(line.writer, reply, head_only=request.method == "HEAD")
        return reply.keep_alive and not reply.drop and not reply.cut and reply.framing is not Framing.CLOSE

    def _redirect(self, request: Request, strike: Strike) -> Reply:
        """Send a caller of the plain port to the other one."""
        name = request.headers.get("host", self._address).rpartition("]")
        bare = name[0] + name[1] + name[2].partition(":")[0]
        port = "" if self.https_port in {None, 443} else f":{self.https_port}"
        target = "https://localhost/" if strike.has("redirect-localhost") else f"https://{bare}{port}/home"
        body = b"<html><body><h1>301 Moved Permanently</h1></body></html>"
        return Reply(301, body, headers=[("Content-Type", "text/html"), ("Location", target)])

    async def _reply(self, request: Request, strike: Strike) -> Reply:
        now = self.now()
        guard = self._guard_now()
        if strike.has("session-expiry"):
            self.forget_sessions()
        verdict = guard.admit(request, now)
        if not verdict.admitted or strike.has("401-flapping"):
            _LOGGER.debug("%s %s refused: %s", request.method, request.target, verdict.reason or "a fault")
            self.counters.unauthorised += 1
            refusal = self.generation.refusal
            return Reply(401, refusal.body, headers=[("Content-Type", refusal.content_type), *verdict.headers])
        answer = strike.bend(await self._ask(request, now))
        reply = Reply(answer.status, answer.body, answer.framing, list(answer.headers.items()))
        if answer.content_type is not None:
            reply.headers.insert(0, ("Content-Type", answer.content_type))
        reply.headers.extend(verdict.headers)
        if isinstance(guard, DigestGuard) and any(value.startswith("Digest") for _, value in reply.headers):
            reply.set_header("WWW-Authenticate", guard.challenge(now))  # a recorded nonce would open nothing
        return reply

    def _guard_now(self) -> Guard:
        """Post the guard anew when the firmware or the gateway has changed; its sessions and nonces go with it."""
        identity = (self.source.serial, self.source.firmware)
        if self._guard is None or self._guarded != identity:
            self._guard = guard_for(self.source, self.credentials)
            self._guarded = identity
        return self._guard

    async def _ask(self, request: Request, now: float) -> Answer:
        if request.path == CHECK_JWT and self.source.authentication is Authentication.TOKEN:
            return Answer(VALID_TOKEN, content_type="text/html")
        try:
            answer = self.source.answer(request.method, request.target, request.body, now)
        except Exception:
            _LOGGER.exception("The source has no answer to %s %s", request.method, request.target)
            return Answer(b"", status=500)
        if self._slow and answer.seconds:
            ruby = request.path.startswith(_SLOW_HANDLERS)
            async with self._ruby if ruby else contextlib.nullcontext():
                await asyncio.sleep(answer.seconds)
        return answer

    def _dress(self, request: Request, reply: Reply) -> None:
        """Add what the transport of this generation adds."""
        generation = self.generation
        if generation.server is not None:
            reply.headers.insert(0, ("Server", generation.server))
        under_v1 = request.path.startswith("/api/v1/")
        dates = {Dates.V1_ONLY: int(under_v1), Dates.V1_TWICE: 1 + under_v1, Dates.ALWAYS: 1}[generation.dates]
        reply.headers[:0] = [("Date", formatdate(self.now(), usegmt=True))] * dates
        if generation.hardened and reply.status not in {301, 401}:
            reply.headers.extend(_SECURITY)
        asked_to_close = request.headers.get("connection", "").lower() == "close" or request.version == "HTTP/1.0"
        closing = any(name.lower() == "connection" and value == "close" for name, value in reply.headers)
        reply.keep_alive = generation.keep_alive and not asked_to_close and not closing
        if not closing and generation.connection_header:
            reply.headers.append(("Connection", "keep-alive" if reply.keep_alive else "close"))
        if request.version == "HTTP/1.0" and reply.framing is Framing.CHUNKED:
            reply.framing = Framing.CLOSE


def local_minute(epoch: float, zone: ZoneInfo) -> int:
    """Return the minute of a day in a zone."""
    local = datetime.fromtimestamp(epoch, zone)
    return local.hour * 60 + local.minute


def _wanted_doors(port: int, http_port: int | None, https_port: int | None) -> dict[str, int]:
    doors = {"http": http_port, "https": https_port}
    wanted = {kind: number for kind, number in doors.items() if number is not None}
    return wanted or {"both": port}


async def _until_hung_up(reader: asyncio.StreamReader) -> None:
    while await reader.read(1024):
        pass
