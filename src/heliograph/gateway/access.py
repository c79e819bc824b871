"""The doors of the three generations: how a request is let in, and what a 401 means (protocol.md §2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from heliograph.errors import AnswerError, RefusedError
from heliograph.gateway.credentials import Credentials
from heliograph.gateway.digest import Challenge
from heliograph.gateway.transport import Reply
from heliograph.protocol.password import INSTALLER, USER, default_password, installer_password

UNAUTHORIZED: Final = 401
CHECK_JWT: Final = "/auth/check_jwt"
PROOF: Final = "/api/v1/production/inverters"
"""Asks for a password on every firmware that knows passwords, and serves every user."""

REFUSAL_PAUSE: Final = 900.0
"""Seconds before credentials that were refused are offered again."""
_GOOD_FOR: Final = 60.0
"""Seconds for which a session that was good is taken for good."""
_NO_SESSIONS: Final = (404, 405)
_BUSY: Final = (500, 502, 503, 504)

Headers = Callable[[], Mapping[str, str]]
"""Makes the headers of one request, anew for each time that it is sent: a nonce counts."""
Send = Callable[[str, Headers], Awaitable[Reply]]
"""Sends a request for a target, again if that may help."""


class TokenOverError(Exception):
    """The gateway does not accept the token itself."""


class Access(Protocol):
    """One way in."""

    async def exchange(self, target: str) -> Reply:
        """Ask for a target; a 401 that comes back means that the target is not for us, though we are let in.

        Raises:
            RefusedError: we are not let in at all.
            TokenOverError: nor with this token.
        """


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A user and a password to try."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user})"


def logins(credentials: Credentials, serial: str) -> tuple[Login, ...]:
    """Return what to try: what the owner gave, or else the factory's users, the lesser first."""
    match credentials.user, credentials.password:
        case None, None:
            return (Login(USER, default_password(serial)), Login(INSTALLER, installer_password(serial)))
        case str(user), None:
            secret = installer_password(serial, user=user) if user == INSTALLER else default_password(serial)
            return (Login(user, secret),)
        case user, str(password):
            return (Login(user or USER, password),)
    return ()  # pragma: no cover - all cases are above


class WrongPasswordError(RefusedError):
    """The password was refused just now, and not only held back because it was before."""


class DigestAccess:
    """Digest, where a challenge asks for it: its nonce is used again until refused, then the new challenge is met.

    A gateway answers 401 also where the user is right and the endpoint is not for them, so that a 401 is held against
    the password only after an endpoint that serves every user has said the same. A wrong password is not offered again
    for a while.
    """

    def __init__(self, send: Send, candidates: tuple[Login, ...], host: str, *, clock: Callable[[], float]) -> None:
        self._send = send
        self._candidates = candidates
        self._host = host
        self._clock = clock
        self._login = candidates[0]
        self._challenge: Challenge | None = None
        self._challenged: set[str] = set()
        """Targets that want a password; the others are asked without."""
        self._worked: set[str] = set()
        self._proven: bool | None = None
        self._refused_at: float | None = None

    async def exchange(self, target: str) -> Reply:
        """Ask for a target, with the password where it is wanted."""
        if target in self._challenged and self._pausing():
            raise self._refusal()
        reply = await self._try(target, self._login)
        if reply.status != UNAUTHORIZED or target not in self._challenged:
            return reply
        for login in self._candidates:
            if login is not self._login:
                other = await self._try(target, login)
                if other.status != UNAUTHORIZED:
                    self._login = login
                    return other
        if target in self._worked or target == PROOF or not self._proven:
            self._proven = await self._prove()
        if self._proven is False:
            self._refused_at = self._clock()
            raise self._refusal(WrongPasswordError)
        return reply

    def _pausing(self) -> bool:
        return self._refused_at is not None and self._clock() - self._refused_at < REFUSAL_PAUSE

    def _refusal(self, kind: type[RefusedError] = RefusedError) -> RefusedError:
        return kind("wrong_password", host=self._host, user=self._login.user)

    async def _prove(self) -> bool | None:
        """Find out whether the password is right; None where the gateway has nothing to tell by."""
        self._challenged.add(PROOF)
        reply = await self._try(PROOF, self._login)
        return {200: True, UNAUTHORIZED: False}.get(reply.status)

    async def _try(self, target: str, login: Login) -> Reply:
        if target in self._challenged and self._challenge is not None:
            fresh = self._challenge.uses == 0
            reply = await self._answer(self._challenge, target, login)
            if reply.status != UNAUTHORIZED or fresh:
                return reply
        else:
            reply = await self._send(target, dict)
            self._learn(target, reply)
        if reply.status != UNAUTHORIZED or target not in self._challenged or self._challenge is None:
            return reply
        return await self._answer(self._challenge, target, login)

    async def _answer(self, challenge: Challenge, target: str, login: Login) -> Reply:
        def headers() -> Mapping[str, str]:
            return {"Authorization": challenge.authorization("GET", target, login.user, login.password)}

        reply = await self._send(target, headers)
        self._learn(target, reply)
        if reply.status != UNAUTHORIZED:
            self._worked.add(target)
            self._proven = True
            self._refused_at = None
        return reply

    def _learn(self, target: str, reply: Reply) -> None:
        if reply.status != UNAUTHORIZED:
            return
        challenge = Challenge.read(reply.header("www-authenticate"))
        if challenge is not None:
            self._challenge = challenge
            self._challenged.add(target)


class TokenAccess:
    """A token opens a session, and its cookie opens the rest: checking a cookie costs the gateway little, a token much.

    A 401 means first that the session is over, then perhaps that this firmware wants cookie and token together, and
    else that the endpoint is not for this role. The token is doubted only when it opens no session any more.
    """

    def __init__(self, send: Send, token: str, host: str, *, clock: Callable[[], float]) -> None:
        self._send = send
        self._bearer = {"Authorization": f"Bearer {token}"}
        self._host = host
        self._clock = clock
        self._cookie: str | None = None
        self._sessions = True
        self._both = False
        self._helped = 0
        self._good_at: float | None = None
        self._worked: set[str] = set()
        self.opened = 0
        """Sessions opened so far."""

    async def exchange(self, target: str) -> Reply:
        """Ask for a target within a session."""
        if self._cookie is None and self._sessions:
            await self._open()
        reply = await self._try(target)
        if reply.status == UNAUTHORIZED and not self._surely_good(target):
            await self._open()
            reply = await self._try(target)
        if reply.status == UNAUTHORIZED and not self._both and self._cookie is not None and target not in self._worked:
            reply = await self._try(target, both=True)
            if reply.status != UNAUTHORIZED:
                # Once may be a session that ended at that moment; twice is this firmware's way.
                self._helped += 1
                self._both = self._helped > 1
        return reply

    def _surely_good(self, target: str) -> bool:
        """Return whether a 401 must be the endpoint's: it never worked, and something else did just now."""
        recent = self._good_at is not None and self._clock() - self._good_at < _GOOD_FOR
        return recent and target not in self._worked

    async def _open(self) -> None:
        reply = await self._send(CHECK_JWT, lambda: self._bearer)
        if reply.status == UNAUTHORIZED:
            self._cookie = None
            raise TokenOverError
        if reply.status in _BUSY:
            raise AnswerError("not_ready", host=self._host, target=CHECK_JWT, status=reply.status)
        self.opened += 1
        self._sessions = reply.status not in _NO_SESSIONS
        self._cookie = session_cookie(reply)
        self._sessions = self._sessions and self._cookie is not None
        self._good_at = self._clock()

    async def _try(self, target: str, *, both: bool = False) -> Reply:
        headers = {} if self._cookie is None else {"Cookie": self._cookie}
        if both or self._both or not headers:
            headers |= self._bearer
        reply = await self._send(target, lambda: headers)
        if reply.status != UNAUTHORIZED:
            self._worked.add(target)
            self._good_at = self._clock()
            if self._sessions:
                self._cookie = session_cookie(reply) or self._cookie
        return reply


def session_cookie(reply: Reply) -> str | None:
    """Find the session cookie that a reply sets, as it is to be sent back: `sessionId=…`."""
    for header in reply.header("set-cookie"):
        pair = header.split(";", 1)[0].strip()
        name, mark, value = pair.partition("=")
        if mark and value and "session" in name.lower():
            return pair
    return None
