"""An emulated Enlighten and Entrez: accounts that log in and are given tokens, in three ways (protocol.md §2.4)."""

import html
import json
import ssl
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from heliograph.emulator.clock import Clock
from heliograph.emulator.service import Service
from heliograph.emulator.tokens import LIFETIMES, Authority
from heliograph.emulator.wire import Reply, Request


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may have tokens."""

    password: str
    role: str = "owner"
    serials: frozenset[str] | None = None
    """The gateways of this account; every one, if None."""
    second_factor: bool = False
    """Whether a code is asked for, which no program can give."""


@dataclass(slots=True)
class Visits:
    """What the cloud was asked, counted."""

    logins: int = 0
    logins_refused: int = 0
    tokens: int = 0
    tokens_refused: int = 0
    by_path: dict[str, int] = field(default_factory=dict)


def _json(status: int, content: Any, *headers: tuple[str, str]) -> Reply:
    body = json.dumps(content).encode()
    return Reply(status, body, headers=[("Content-Type", "application/json; charset=utf-8"), *headers])


def _text(status: int, text: str, kind: str = "text/plain", *headers: tuple[str, str]) -> Reply:
    return Reply(status, text.encode(), headers=[("Content-Type", f"{kind}; charset=utf-8"), *headers])


def _page(text: str) -> str:
    return f"<!DOCTYPE html>\n<html><head><title>Enphase</title></head><body>{text}</body></html>\n"


CLOUD_FAULTS: dict[str, tuple[str, Callable[[], Reply]]] = {
    "login-401": ("refuses every password", lambda: _json(401, {"message": "Invalid email or password"})),
    "login-mfa": (
        "asks for a second factor: a login without a session",
        lambda: _json(
            200, {"success": True, "isBlocked": False}, ("Set-Cookie", "login_otp_nonce=1; path=/; HttpOnly")
        ),
    ),
    "login-blocked": ("says that the account is blocked", lambda: _json(200, {"success": False, "isBlocked": True})),
    "login-html": ("answers a login with a page", lambda: _text(200, _page("<h1>Sign in</h1>"), "text/html")),
    "login-429": ("has seen too many logins", lambda: _json(429, {"message": "Too many requests"})),
    "login-503": ("is out of order at the login", lambda: _text(503, _page("Service Unavailable"), "text/html")),
    "tokens-400": ("calls a request for a token a bad one", lambda: _json(400, {"message": "Bad Request"})),
    "tokens-401": ("does not know the session", lambda: _json(401, {"message": "Unauthorized"})),
    "tokens-403": ("gives this account no token", lambda: _json(403, {"message": "Forbidden"})),
    "tokens-406": ("does not like the Accept header", lambda: _json(406, {"message": "Not Acceptable"})),
    "tokens-429": ("has given too many tokens", lambda: _json(429, {"message": "Too many requests"})),
    "tokens-500": ("breaks when asked for a token", lambda: _text(500, "Internal Server Error")),
    "tokens-503": ("is out of order at the tokens", lambda: _text(503, _page("Service Unavailable"), "text/html")),
    "tokens-html": ("gives a page for a token", lambda: _text(200, _page("<h1>Entrez</h1>"), "text/html")),
    "tokens-no-jwt": ("gives a text that is no token", lambda: _text(200, "not-a-token")),
    "tokens-error": ("gives a text that begins with Error", lambda: _text(200, "Error: the serial is unknown")),
    "tokens-empty": ("gives nothing for a token", lambda: _text(200, "")),
}
"""What can go wrong in the cloud, by name: what it means, and the reply. The word before the dash is the step."""


class EmulatedCloud:
    """Enlighten and Entrez on one port; `url` stands for both `https://enlighten…` and `https://entrez…`.

    Tokens are signed by `authority`, which a gateway must share to accept them. `faults` holds the names, of
    `CLOUD_FAULTS`, of what goes wrong; it may be changed while running. `wrong_serial` makes it give tokens for another
    gateway.

    Use as an async context manager.
    """

    def __init__(
        self,
        accounts: Mapping[str, Account],
        *,
        authority: Authority | None = None,
        clock: Clock | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.accounts = dict(accounts)
        self.authority = authority or Authority()
        self.clock = clock or Clock()
        self.faults: set[str] = set()
        self.visits = Visits()
        self.lifetime: float | None = None
        """Seconds that tokens live, if other than their role's."""
        self.wrong_serial: str | None = None
        self._sessions: dict[str, str] = {}
        self._service = Service(self._handle, address=address, port=port, context=context)
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("POST", "/login/login.json"): self._login,
            ("POST", "/tokens"): self._tokens,
            ("GET", "/entrez-auth-token"): self._auth_token,
            ("POST", "/login"): self._form_login,
            ("POST", "/entrez_tokens"): self._form_tokens,
        }

    async def __aenter__(self) -> Self:
        """Open the port."""
        await self._service.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port, and every connection."""
        await self._service.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        """The root of both services, without a slash at its end."""
        return self._service.url

    def _handle(self, request: Request) -> Reply:
        self.visits.by_path[request.path] = self.visits.by_path.get(request.path, 0) + 1
        route = self._routes.get((request.method, request.path))
        if route is not None:
            return route(request)
        known = any(path == request.path for _, path in self._routes)
        return _text(405 if known else 404, _page("Not here"), "text/html")

    def _fault(self, step: str) -> Reply | None:
        name = next((name for name in sorted(self.faults) if name.startswith(f"{step}-")), None)
        return CLOUD_FAULTS[name][1]() if name else None

    def _enter(self, name: str, password: str) -> str | Reply:
        """Open a session, or say what stands in the way."""
        self.visits.logins += 1
        account = self.accounts.get(name)
        fault = self._fault("login")
        if fault is None and (account is None or account.password != password):
            fault = CLOUD_FAULTS["login-401"][1]()
        if fault is None and account is not None and account.second_factor:
            fault = CLOUD_FAULTS["login-mfa"][1]()
        if fault is not None:
            self.visits.logins_refused += 1
            return fault
        session = uuid.uuid4().hex
        self._sessions[session] = name
        return session

    def _grant(self, session: str, serial: str) -> str | Reply:
        """Sign a token for the holder of a session, or say what stands in the way."""
        self.visits.tokens += 1
        account = self.accounts.get(self._sessions.get(session, ""))
        fault = self._fault("tokens")
        if fault is None and account is None:
            fault = CLOUD_FAULTS["tokens-401"][1]()
        if fault is None and account is not None and account.serials is not None and serial not in account.serials:
            fault = CLOUD_FAULTS["tokens-403"][1]()
        if fault is not None or account is None:
            self.visits.tokens_refused += 1
            return fault or CLOUD_FAULTS["tokens-401"][1]()
        return self.authority.mint(
            self.wrong_serial or serial,
            now=self.clock.now(),
            role=account.role,
            lifetime=self.lifetime,
            username=self._sessions[session],
        )

    def _login(self, request: Request) -> Reply:
        """Flows A and D, first step."""
        session = self._enter(request.form.get("user[email]", ""), request.form.get("user[password]", ""))
        if isinstance(session, Reply):
            return session
        content = {
            "message": "success",
            "session_id": session,
            "manager_token": uuid.uuid4().hex,
            "is_consumer": True,
            "system_id": 1234567,
            "redirect_url": "",
        }
        return _json(200, content, ("Set-Cookie", f"_enlighten_4_session={session}; path=/; HttpOnly"))

    def _tokens(self, request: Request) -> Reply:
        """Flow A, second step."""
        try:
            asked = json.loads(request.body)
            session, serial = str(asked["session_id"]), str(asked["serial_num"])
        except (ValueError, KeyError, TypeError):
            return CLOUD_FAULTS["tokens-400"][1]()
        token = self._grant(session, serial)
        return token if isinstance(token, Reply) else _text(200, token)

    def _auth_token(self, request: Request) -> Reply:
        """Flow D, second step."""
        session = request.cookies.get("_enlighten_4_session", "")
        token = self._grant(session, request.query.get("serial_num", ""))
        if isinstance(token, Reply):
            return token
        now = int(self.clock.now())
        role = self.accounts[self._sessions[session]].role
        lasting = self.lifetime if self.lifetime is not None else LIFETIMES.get(role, 86400)
        return _json(200, {"token": token, "generation_time": now, "expires_at": now + int(lasting)})

    def _form_login(self, request: Request) -> Reply:
        """Flow B, first step."""
        session = self._enter(request.form.get("username", ""), request.form.get("password", ""))
        if isinstance(session, Reply):
            return session
        cookie = ("Set-Cookie", f"SESSION={session}; path=/; HttpOnly")
        return _text(200, _page("<h1>Select a system</h1>"), "text/html", cookie)

    def _form_tokens(self, request: Request) -> Reply:
        """Flow B, second step."""
        serial = request.form.get("serialNum", "")
        if request.form.get("uncommissioned") == "true":
            serial = "un-commissioned"
        token = self._grant(request.cookies.get("SESSION", ""), serial)
        if isinstance(token, Reply):
            return token
        area = f'<textarea name="accessToken" id="JWTToken" cols="30" rows="10">{html.escape(token)}</textarea>'
        return _text(200, _page(area), "text/html")
