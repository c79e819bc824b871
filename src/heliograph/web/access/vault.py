"""What opens the service: one password, sessions, and keys for machines; kept as hashes only."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from heliograph.errors import HeliographError

LOGGER: Final = logging.getLogger("heliograph.web")

SHORTEST: Final = 8
LONGEST: Final = 256
"""Characters of a password."""
KEY_PREFIX: Final = "hg_"
KEYS: Final = 100
SESSIONS: Final = 200
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_DAY: Final = 86_400.0


class Rights(StrEnum):
    """What a caller may do."""

    READ = "read"
    WRITE = "write"

    def allow(self, wanted: "Rights") -> bool:
        """Return whether these rights are enough."""
        return self is Rights.WRITE or wanted is Rights.READ


class Key(msgspec.Struct, frozen=True):
    """One key for a machine."""

    id: str
    name: str
    rights: Rights
    hash: str
    created: float


class Session(msgspec.Struct, frozen=True):
    """One browser that has logged in."""

    hash: str
    opened: float
    used: float


class _Content(msgspec.Struct, frozen=True):
    password: str | None = None
    keys: tuple[Key, ...] = ()
    sessions: tuple[Session, ...] = ()


class Vault:
    """Keeps and checks what opens the service."""

    def __init__(
        self,
        load: Callable[[], bytes | None],
        save: Callable[[bytes], None],
        *,
        clock: Callable[[], float],
        session_days: int = 90,
    ) -> None:
        """Open it; `load` and `save` reach a file that its owner alone may read.

        Raises:
            ValueError: what was loaded is damaged.
        """
        content = load()
        self._content = msgspec.json.decode(content, type=_Content) if content else _Content()
        self._save_bytes = save
        self._clock = clock
        self._lifetime = session_days * _DAY
        self._lock = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._used: dict[str, float] = {}
        """When each key was last used since the start, by id."""
        self.claim_code: Final = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
        """Proves at first visit that one reads what the service prints."""

    # The password.

    @property
    def password_set(self) -> bool:
        """Whether there is a password."""
        return self._content.password is not None

    def claimed_by(self, code: str) -> bool:
        """Return whether this is the claim code, which is good until a password is set."""
        given = code.strip().upper().replace(" ", "").encode()
        return not self.password_set and hmac.compare_digest(given, self.claim_code.encode())

    async def set_password(self, password: str) -> None:
        """Set the password; every session ends, and with the first password the keys that anybody could make before.

        Raises:
            UsageError: `unwritable_file`; the password is then the one before.
        """
        async with self._lock:
            hashed = await asyncio.to_thread(_hash, password)
            await self._store(
                lambda now: msgspec.structs.replace(
                    now, password=hashed, sessions=(), keys=() if now.password is None else now.keys
                )
            )

    async def check_password(self, password: str) -> bool:
        """Return whether this is the password."""
        hashed = self._content.password
        if hashed is None or len(password) > LONGEST:
            return False
        # One at a time: checking takes memory by design.
        async with self._lock:
            return await asyncio.to_thread(_matches, hashed, password)

    # Sessions.

    async def open_session(self) -> str:
        """Open a session; give what the cookie holds."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        opened = Session(_digest(token), now, now)

        def change(sessions: tuple[Session, ...]) -> tuple[Session, ...]:
            return (*[one for one in sessions if self._lives(one)][-(SESSIONS - 1) :], opened)

        await self._store_sessions(change)
        return token

    async def session(self, token: str) -> bool:
        """Return whether a session is open; its end moves away when it is used."""
        known = self._find(token)
        if known is None or not self._lives(known):
            return False
        if self._clock() - known.used > _DAY:
            fresh = msgspec.structs.replace(known, used=self._clock())
            await self._store_sessions(lambda sessions: tuple(fresh if one is known else one for one in sessions))
        return True

    async def close_session(self, token: str) -> None:
        """End a session."""
        known = self._find(token)
        if known is not None:
            await self._store_sessions(lambda sessions: tuple(one for one in sessions if one is not known))

    def _find(self, token: str) -> Session | None:
        digest = _digest(token)
        return next((one for one in self._content.sessions if hmac.compare_digest(one.hash, digest)), None)

    def _lives(self, session: Session) -> bool:
        return self._clock() - session.used < self._lifetime

    # Keys.

    @property
    def keys(self) -> Sequence[Key]:
        """Every key; what it is cannot be told any more."""
        return self._content.keys

    async def make_key(self, name: str, rights: Rights) -> tuple[Key, str]:
        """Make a key; its text is given this once.

        Raises:
            UsageError: `unwritable_file`; there is no such key then.
            ValueError: there are too many.
        """
        if len(self._content.keys) >= KEYS:
            message = "too many keys"
            raise ValueError(message)
        text = KEY_PREFIX + secrets.token_urlsafe(32)
        key = Key(secrets.token_hex(4), name, rights, _digest(text), self._clock())
        await self._store(lambda now: msgspec.structs.replace(now, keys=(*now.keys, key)))
        return key, text

    async def remove_key(self, identity: str) -> bool:
        """Remove a key; False where there is none.

        Raises:
            UsageError: `unwritable_file`; the key is still good then.
        """
        if all(key.id != identity for key in self._content.keys):
            return False

        def change(content: _Content) -> _Content:
            return msgspec.structs.replace(content, keys=tuple(key for key in content.keys if key.id != identity))

        await self._store(change)
        return True

    def key(self, text: str) -> Key | None:
        """Find the key that this is."""
        digest = _digest(text)
        found = next((key for key in self._content.keys if hmac.compare_digest(key.hash, digest)), None)
        if found is not None:
            self._used[found.id] = self._clock()
        return found

    def last_used(self, key: Key) -> float | None:
        """Return when a key was last used since the start."""
        return self._used.get(key.id)

    async def _store(self, change: Callable[[_Content], _Content]) -> None:
        """Make a change that holds once it is on the disk; where that fails, nothing has changed."""
        async with self._saving:
            content = change(self._content)
            await self._write(content)
            self._content = content

    async def _store_sessions(self, change: Callable[[tuple[Session, ...]], tuple[Session, ...]]) -> None:
        """Make a change that holds at once: to look, nothing need be written. The next write brings it to the disk."""
        async with self._saving:
            self._content = msgspec.structs.replace(self._content, sessions=change(self._content.sessions))
            try:
                await self._write(self._content)
            except (HeliographError, OSError) as err:
                LOGGER.warning("sessions stay in memory alone: %s", err)

    async def _write(self, content: _Content) -> None:
        await asyncio.to_thread(self._save_bytes, msgspec.json.format(msgspec.json.encode(content), indent=1))


def _digest(token: str) -> str:
    """Hash what was drawn at random: it cannot be guessed, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _hasher() -> Any:
    from argon2 import PasswordHasher  # noqa: PLC0415 - seldom needed

    # OWASP's second choice: 19 MiB, so that the smallest machine can bear it.
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def _hash(password: str) -> str:
    hashed: str = _hasher().hash(password)
    return hashed


def _matches(hashed: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - seldom needed

    try:
        return bool(_hasher().verify(hashed, password))
    except (Argon2Error, InvalidHashError):
        return False
