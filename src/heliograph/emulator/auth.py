"""Who may come in: the doors of each generation, as real gateways keep them (protocol.md §2)."""

import base64
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.request import parse_http_list, parse_keqv_list

from heliograph.emulator.answer import Authentication, Source
from heliograph.emulator.generation import Nonces, generation_of
from heliograph.emulator.tokens import ROLES, Authority, Pass, TokenRefusedError
from heliograph.emulator.wire import Request

REALM = "enphaseenergy.com"
SESSION_LIFETIME = 600.0
"""Seconds without a request after which a session is over."""
CHECK_JWT = "/auth/check_jwt"
VALID_TOKEN = b"<!DOCTYPE html><h2>Valid token.</h2>\n"

BEYOND = max(ROLES.values()) + 1
"""The level of what no role may read."""

_NONCES_KEPT = 256


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and the headers that its reply carries for it."""

    admitted: bool
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    """Why not; for the log, a real gateway does not say."""


class Guard(Protocol):
    """Decides on requests for one gateway."""

    def admit(self, request: Request, now: float) -> Verdict:
        """Decide on a request at an epoch time."""


@dataclass(slots=True)
class Credentials:
    """What opens a gateway, beside what its serial says."""

    authority: Authority = field(default_factory=Authority)
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Digest users whose password was changed, or users of one's own."""
    cookie_only: bool = False
    """Whether `/ivp` wants the session cookie and is not content with a Bearer token, as some 7.0 are."""


def installer_password(serial: str, user: str = "installer") -> str:
    """Derive the password that a gateway gives its installer account (protocol.md §2.2.1)."""
    seed = f"[e]{user}@{REALM}#{serial} EnPhAsE eNeRgY "
    digest = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    zeros, ones = digest.count("0"), digest.count("1")
    password = ""
    for character in reversed(digest[-8:]):
        zeros = min(max(zeros - (zeros in {3, 6, 9}), 0), 20)
        ones = min(max(ones - (ones in {9, 15}), 0), 26)
        if character == "0":
            password += chr(ord("f") + zeros)
            zeros -= 1
        elif character == "1":
            password += chr(ord("@") + ones)
            ones -= 1
        else:
            password += character
    return password


def passwords_of(serial: str, changed: Mapping[str, str]) -> dict[str, str]:
    """Return the Digest users of a gateway and their passwords."""
    return {"envoy": serial[-6:], "installer": installer_password(serial), **changed}


class OpenGuard:
    """The gateway of an age without passwords."""

    def admit(self, request: Request, now: float) -> Verdict:  # noqa: ARG002 - the contract's
        """Let everybody in."""
        return Verdict(admitted=True)


class DigestGuard:
    """HTTP Digest, MD5, qop auth; the user `envoy` reads, `installer` may do all (protocol.md §2.2)."""

    def __init__(self, source: Source, credentials: Credentials) -> None:
        self._source = source
        self._credentials = credentials
        self._nonces: OrderedDict[str, int] = OrderedDict()

    def admit(self, request: Request, now: float) -> Verdict:
        """Let in what is open to all and whoever knows a password; challenge the rest with a fresh nonce."""
        if self._source.open_to_all(request.path):
            return Verdict(admitted=True)
        try:
            reason = self._complaint(request)
        except ValueError:
            reason = "credentials that cannot be read"
        if reason:
            return Verdict(admitted=False, headers=(("WWW-Authenticate", self.challenge(now)),), reason=reason)
        return Verdict(admitted=True)

    def challenge(self, now: float) -> str:
        """Make a challenge with a fresh nonce, in the generation's style."""
        if generation_of(self._source.firmware).nonces is Nonces.EPOCH:
            nonce = str(int(now))
        else:
            nonce = base64.b64encode(secrets.token_bytes(20)).decode()
        self._nonces.setdefault(nonce, 0)
        while len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)
        return f'Digest qop="auth", realm="{REALM}", nonce="{nonce}"'

    def _complaint(self, request: Request) -> str:
        """Return what is wrong with a request's credentials; nothing if they are good."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "digest":
            return "no Digest credentials"
        given = parse_keqv_list(parse_http_list(rest))
        user, nonce = given.get("username", ""), given.get("nonce", "")
        if nonce not in self._nonces:
            return "an unknown or forgotten nonce"
        password = passwords_of(self._source.serial, self._credentials.passwords).get(user)
        expected = "" if password is None else digest_response(request.method, given, password)
        if not expected or given.get("uri") != request.target or given.get("response") != expected:
            return f"a wrong password or target for {user!r}"
        count = int(given.get("nc") or "0", 16)
        if count and count <= self._nonces[nonce]:
            return "a request that was seen before"
        self._nonces[nonce] = count
        if self._source.minimum_role(request.path) == "installer" and user != "installer":
            return f"{user!r} may not read {request.path}"
        return ""


def digest_response(method: str, given: Mapping[str, str], password: str) -> str:
    """Compute the response that proves a password (RFC 2617 §3.2.2; without qop as in RFC 2069)."""
    known = _md5(given.get("username", ""), given.get("realm", ""), password)
    asked = _md5(method, given.get("uri", ""))
    if "qop" not in given:
        return _md5(known, given.get("nonce", ""), asked)
    middle = (given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
    return _md5(known, *middle, asked)


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class _Session:
    holder: Pass
    used: float

    def over(self, now: float) -> bool:
        return now - self.used > SESSION_LIFETIME or now >= self.holder.expires


class TokenGuard:
    """JWT and session cookie (protocol.md §2.3.2)."""

    def __init__(self, source: Source, credentials: Credentials) -> None:
        self._source = source
        self._credentials = credentials
        self._sessions: dict[str, _Session] = {}

    def admit(self, request: Request, now: float) -> Verdict:
        """Let in a good token or a session in use, of a sufficient role; hand a cookie to whoever shows a token."""
        if self._source.open_to_all(request.path):
            return Verdict(admitted=True)
        by_cookie = self._session(request, now)
        try:
            by_token = self._bearer(request, now)
        except TokenRefusedError as refusal:
            if by_cookie is None:
                return Verdict(admitted=False, reason=str(refusal))
            by_token = None
        holder = by_token or by_cookie
        if self._credentials.cookie_only and request.path.startswith("/ivp") and by_cookie is None:
            return Verdict(admitted=False, reason="this gateway wants its cookie here")
        if holder is None:
            return Verdict(admitted=False, reason="neither token nor session")
        wanted = "anybody" if request.path == CHECK_JWT else self._source.minimum_role(request.path)
        if ROLES.get(holder.role, 0) < ROLES.get(wanted, BEYOND):
            return Verdict(admitted=False, reason=f"{holder.role} may not read {request.path}")
        return Verdict(admitted=True, headers=self._cookie(by_token, now) if by_token else ())

    def forget_sessions(self) -> None:
        """End every session at once, as a restart of the gateway's login service does."""
        self._sessions.clear()

    def _bearer(self, request: Request, now: float) -> Pass | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return self._credentials.authority.check(token, self._source.serial, now)

    def _session(self, request: Request, now: float) -> Pass | None:
        name = request.cookies.get("sessionId", "")
        session = self._sessions.get(name)
        if session is None or session.over(now):
            return None
        session.used = now
        return session.holder

    def _cookie(self, holder: Pass, now: float) -> tuple[tuple[str, str], ...]:
        """Open the holder's session, or find it again; forget those that are over."""
        self._sessions = {name: session for name, session in self._sessions.items() if not session.over(now)}
        same = (name for name, session in self._sessions.items() if session.holder.identity == holder.identity)
        name = next(same, None) or secrets.token_urlsafe(24)
        self._sessions[name] = _Session(holder, now)
        return (("Set-Cookie", f"sessionId={name}; Secure; HttpOnly; path=/"),)


def guard_for(source: Source, credentials: Credentials) -> Guard:
    """Post the guard that this gateway's generation has."""
    match source.authentication:
        case Authentication.DIGEST:
            return DigestGuard(source, credentials)
        case Authentication.TOKEN:
            return TokenGuard(source, credentials)
        case Authentication.NONE:
            return OpenGuard()
