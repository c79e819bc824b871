"""The gate that every request passes: our name, who calls, what they may do, and what every answer carries."""

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, Literal

from heliograph.web.access.callers import Caller, Headers, Neighbourhood, origin_of
from heliograph.web.access.turns import Turns
from heliograph.web.access.vault import Rights, Vault
from heliograph.web.language import preferred
from heliograph.web.problem import MEDIA_TYPE, ProblemError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

Login = Literal["auto", "always", "others"]
"""Who must log in: others than this machine, and it too once there is a password; everybody; others only."""
LOGGER: Final = logging.getLogger("heliograph.web")

COOKIE: Final = "heliograph"
API: Final = "/api/"
METRICS: Final = "/metrics"
"""Where Prometheus looks."""
_V1: Final = "/api/v1"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = frozenset(
    {
        ("GET", f"{_V1}/session"),
        ("POST", f"{_V1}/session"),
        ("DELETE", f"{_V1}/session"),
        ("PUT", f"{_V1}/password"),
        ("GET", f"{_V1}/health/live"),
        ("GET", f"{_V1}/health/ready"),
    }
)
"""What answers without a login; each checks for itself what it gives."""
COSTLY: Final = frozenset(
    f"{_V1}/{name}" for name in ("history", "history.csv", "energy", "heatmap", "findings", "events")
)
"""What a caller may ask one after another only."""
_DOCS: Final = "/api/docs"

HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What every answer carries."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller and what it may do."""

    caller: Caller
    by: str
    """`local`, `session`, `key`, or empty for nobody."""
    rights: Rights | None
    token: str = ""
    """What the session cookie holds."""
    login_needed: bool = True


class Gate:
    """Stands before the API and the page."""

    def __init__(
        self,
        api: App,
        page: App,
        vault: Vault,
        neighbourhood: Neighbourhood,
        *,
        login: Login = "auto",
        language: Callable[[], str],
        metrics: App | None = None,
    ) -> None:
        """Put it before both, and before `metrics`; `login` says who must log in."""
        self._api = api
        self._page = page
        self._vault = vault
        self._neighbourhood = neighbourhood
        self._login = login
        self._warned = False
        self._language = language
        self._turns = Turns()
        self._apps = {METRICS: metrics} if metrics is not None else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        path = scope["path"]
        send = _dressed(send, private=path.startswith(API) or path in self._apps)
        language = preferred(headers.get("accept-language"), self._language())
        try:
            visitor = await self._admit(scope, headers)
        except ProblemError as problem:
            await _refuse(problem, language, send)
            return
        scope.setdefault("state", {})["visitor"] = visitor
        front = self._api if path.startswith(API) else self._apps.get(path, self._page)
        if path not in COSTLY:
            await front(scope, receive, send)
            return
        try:
            async with self._turns.turn(visitor.caller.address):
                await front(scope, receive, send)
        except ProblemError as problem:
            await _refuse(problem, language, send)

    async def _admit(self, scope: Scope, headers: Headers) -> Visitor:
        if not self._neighbourhood.knows(headers):
            raise ProblemError("foreign_host", 421, host=headers.get("host", "")[:80])
        method, path = scope["method"], scope["path"]
        caller = self._neighbourhood.caller(scope, headers)
        visitor = await self._visitor(caller, headers)
        if not path.startswith(API) and path not in self._apps:
            return visitor
        if visitor.by != "key":
            _check_origin(method, path, headers, secure=caller.secure)
        if (method, path) in OPEN or path.startswith(_DOCS):
            return visitor
        wanted = Rights.READ if method in SAFE else Rights.WRITE
        if visitor.rights is None:
            raise ProblemError("login_needed", 401, headers={"WWW-Authenticate": 'Bearer realm="Heliograph"'})
        if not visitor.rights.allow(wanted):
            raise ProblemError("read_only", 403)
        return visitor

    async def _visitor(self, caller: Caller, headers: Headers) -> Visitor:
        if caller.proxied and not self._warned:
            self._warned = True
            LOGGER.warning(
                "A proxy on this machine, or a foreign page in its browser, calls without saying for whom; it must log "
                "in. Name a proxy in web.proxies, and have it set X-Forwarded-For"
            )
        needed = not caller.local or self._login == "always" or (self._login == "auto" and self._vault.password_set)
        authorization = headers.get("authorization", "")
        if authorization:
            kind, _, text = authorization.partition(" ")
            key = self._vault.key(text.strip()) if kind.lower() == "bearer" else None
            if key is None:
                raise ProblemError("wrong_key", 401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
            return Visitor(caller, "key", key.rights, login_needed=needed)
        token = _cookie(headers)
        if token and await self._vault.session(token):
            return Visitor(caller, "session", Rights.WRITE, token, needed)
        if not needed:
            return Visitor(caller, "local", Rights.WRITE, login_needed=False)
        return Visitor(caller, "", None)


def _check_origin(method: str, path: str, headers: Headers, *, secure: bool) -> None:
    """Refuse what a foreign page makes a browser ask.

    Raises:
        ProblemError: `foreign_page`.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        navigation = method == "GET" and path.startswith(_DOCS) and headers.get("sec-fetch-mode") == "navigate"
        if site not in {"same-origin", "none"} and not navigation:
            raise ProblemError("foreign_page", 403)
        return
    origin = headers.get("origin")
    if origin is None or method in SAFE:
        return
    if origin.lower() != origin_of(headers, secure=secure):
        raise ProblemError("foreign_page", 403)


def _headers(scope: Scope) -> Headers:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        # What stands twice counts together, as the standard has it; a second Host is thereby none of ours.
        found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in found else value
    return found


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _dressed(send: Send, *, private: bool) -> Send:
    async def dressed(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            more = (
                dict(HEADERS) | {"date": formatdate(usegmt=True)} | ({"cache-control": "no-store"} if private else {})
            )
            headers += [(n.encode(), v.encode()) for n, v in more.items() if n.encode() not in there]
            message = {**message, "headers": headers}
        await send(message)

    return dressed


async def _refuse(problem: ProblemError, language: str, send: Send) -> None:
    body = problem.encoded(language)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
